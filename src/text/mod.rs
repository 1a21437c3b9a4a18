//! Text: how it is written, made well-formed, and matched.

pub(crate) mod decimal;
pub mod glob;
pub mod sink;
pub mod wellformed;
