//! Text: how it is written, and made well-formed.

pub(crate) mod decimal;
pub mod sink;
pub mod wellformed;
