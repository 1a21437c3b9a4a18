//! Which key a call has.
//!
//! [`cache_key`] writes keys for stores that others share, and [`recognise`] tells whose they are. [`memory_key`] writes
//! key bytes for the store in this process. Their argument parts are [`canonical`] text, [`in_process`] bytes, or
//! what the [`python`] library computes.

pub mod cache_key;
pub mod canonical;
pub mod in_process;
pub mod memory_key;
pub mod python;
pub mod recognise;
pub mod rules;
