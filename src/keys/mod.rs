//! Which key a call has: in the in-memory store, and in a store that other processes share.

pub mod cache_key;
pub mod canonical;
pub mod memory_key;
pub mod python;
