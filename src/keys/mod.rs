//! Which key a call has.
//!
//! [`cache_key`] writes keys for stores that others share, and [`recognise`] tells whose they are. [`memory_key`] writes
//! key bytes for the store in this process. Their argument parts are [`canonical`] text or [`in_process`] bytes.

#[cfg(feature = "texts")]
pub mod cache_key;
#[cfg(feature = "texts")]
pub mod canonical;
pub mod in_process;
pub mod memory_key;
#[cfg(feature = "texts")]
pub mod recognise;
pub mod rules;
