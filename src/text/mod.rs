//! Text that leaves the process: how it is written, escaped and matched.

pub(crate) mod decimal;
pub mod glob;
pub mod sink;
pub mod wellformed;
