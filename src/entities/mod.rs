//! Which entities a result contains.
//!
//! [`extract`] compiles the rules of a function: [`jsonpath`] parses its paths, [`compile`] makes a [`matcher`] of them. The
//! [`scan`] follows the matcher over JSON text ([`json`]) and collects [`ids`]. [`pages`] finds pages without a path.

pub mod compile;
pub mod extract;
pub mod ids;
#[cfg(feature = "scan")]
pub mod json;
pub mod jsonpath;
pub mod matcher;
pub mod pages;
#[cfg(feature = "scan")]
pub mod scan;
pub mod table;
