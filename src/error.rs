//! The one error of the core. Whatever else is wrong, JavaScript finds before it asks the core.

/// The result of what may find the in-memory store full.
pub type Result<T> = std::result::Result<T, Full>;

/// The in-memory store is at a limit of its own: it holds 2^28 items of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;
