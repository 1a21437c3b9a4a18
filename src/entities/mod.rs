//! Which entities a result contains.
//!
//! JavaScript compiles the rules of a function to a [`matcher`]. The [`scan`] follows it over JSON text ([`json`]) and
//! collects [`ids`]. [`pages`] finds pages without a path.

#[cfg(feature = "scan")]
pub mod extract;
pub mod ids;
#[cfg(feature = "scan")]
pub mod json;
#[cfg(feature = "scan")]
pub mod matcher;
#[cfg(feature = "scan")]
pub mod pages;
#[cfg(feature = "scan")]
pub mod scan;
#[cfg(feature = "scan")]
pub mod slice;

/// The state of a matcher in which nothing can be found.
pub const DEAD: u32 = 0;
