//! The rules by which the keys of one function are made.

use crate::words::{self, Malformed, Reader};

/// What the argument part of a cache key looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyFormat {
    /// Canonical text; a hash if the text is longer than 64 bytes.
    #[default]
    Readable,
    /// Always a hash.
    Hashed,
    /// JavaScript writes the key, which stands in the place of the arguments: it is one in Python's format.
    Given,
}

/// How the keys of one function are made.
#[derive(Debug, Clone, Default)]
pub struct KeyRules {
    /// Every key begins with it.
    pub prefix: String,
    /// What follows the prefix; `c:` if nothing is given. The newer Python library says `cache:`.
    pub heading: Option<String>,
    /// The name of the function, or its `keyPrefix`.
    pub name: String,
    /// A part of every key, so that a new version of the function finds no old values.
    pub version: Option<String>,
    /// What the argument part looks like.
    pub format: KeyFormat,
    /// Whether arguments are normalized: they go by name, and lists, sets and maps are unordered.
    pub normalize: bool,
    /// The names of the positional parameters.
    pub params: Vec<String>,
    /// Whether an in-memory store knows the calls by their cache keys, whatever the format.
    pub as_text: bool,
}

/// How arguments are normalized. `None`: not at all. `Some`: with these names for the positional ones.
pub type Normalization<'a> = Option<&'a [String]>;

impl KeyFormat {
    fn read(words: &mut Reader) -> words::Result<KeyFormat> {
        match words.number()? {
            0 => Ok(KeyFormat::Readable),
            1 => Ok(KeyFormat::Hashed),
            2 => Ok(KeyFormat::Given),
            _ => Err(Malformed),
        }
    }
}

impl KeyRules {
    /// Reads what JavaScript writes (`define` of js/boundary/core.js).
    ///
    /// # Errors
    /// If the words are something else.
    #[inline(never)]
    pub fn read(words: &mut Reader) -> words::Result<KeyRules> {
        words.record(|fields| {
            Ok(KeyRules {
                prefix: fields.string()?,
                heading: fields.optional(Reader::string)?,
                name: fields.string()?,
                version: fields.optional(Reader::string)?,
                format: KeyFormat::read(fields)?,
                normalize: fields.flag()?,
                params: fields.list(Reader::string)?,
                as_text: fields.flag()?,
            })
        })
    }

    /// What follows the prefix.
    pub fn heading(&self) -> &str {
        self.heading.as_deref().unwrap_or("c:")
    }

    /// How the arguments are normalized.
    pub fn normalization(&self) -> Normalization<'_> {
        self.normalize.then_some(self.params.as_slice())
    }
}
