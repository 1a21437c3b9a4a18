//! The one error of the core. Whatever else is wrong, JavaScript finds before it asks the core.

use std::fmt;

/// The result of what may find the in-memory store full.
pub type Result<T> = std::result::Result<T, Full>;

/// The in-memory store is at a limit of its own: it holds 2^28 items of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the in-memory store holds 2^28 items of a kind, which is the most it can address")
    }
}

impl std::error::Error for Full {}
