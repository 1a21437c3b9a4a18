//! Which entities a result contains.

pub mod extract;
pub mod ids;
pub mod json;
pub mod jsonpath;
pub mod matcher;
mod room;
pub mod scan;
