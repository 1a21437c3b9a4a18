//! Errors of misuse: a stable code and a sentence.
//!
//! Only what the programmer wrote causes an `Error`: options, rules, paths. Data never does: an odd result has no ids, and
//! an odd argument makes a call uncached. JavaScript makes a `ConfigError` of it.

use std::fmt;

/// The result of a function that may find misuse.
pub type Result<T> = std::result::Result<T, Error>;

/// A misuse: a stable code, and a sentence that says what was given and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: String,
}

/// The kinds of misuse. New ones may be added; the text of [`Code::as_str`] never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// An option has a wrong type or value.
    Option,
    /// A JSONPath is not valid, or uses a selector that is not supported.
    Path,
    /// An entity type is empty or contains a `:`.
    EntityType,
    /// A limit of the in-memory store (2^28 items of a kind) was reached.
    Limit,
}

impl Code {
    /// The code as JavaScript sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Option => "ERR_CACHEREF_OPTION",
            Code::Path => "ERR_CACHEREF_PATH",
            Code::EntityType => "ERR_CACHEREF_ENTITY_TYPE",
            Code::Limit => "ERR_CACHEREF_LIMIT",
        }
    }
}

impl Error {
    /// An error of this kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error {
            code,
            message: message.into(),
        }
    }

    /// The stable code, for example `ERR_CACHEREF_PATH`.
    pub fn code(&self) -> &'static str {
        self.code.as_str()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
