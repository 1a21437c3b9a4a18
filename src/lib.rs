//! The core of `cacheref`: argument keys, entity ids, the in-memory store with its entity index, and what an
//! invalidation concerns.
//!
//! Everything here is pure: nothing awaits, calls JavaScript, reads a clock or draws a random number. The time is an
//! argument, and what has to be done is returned. Only `wasm` knows that JavaScript exists; it is compiled for
//! `wasm32` alone, so that a core module that reaches for it does not build on the host.

pub mod block;
pub mod canonical;
mod decimal;
pub mod definition;
pub mod error;
pub mod extract;
pub mod glob;
pub mod ids;
pub mod index;
pub mod jsonpath;
pub mod key;
pub mod length;
pub mod literal;
pub mod log;
pub mod matcher;
pub mod memory_key;
pub mod name;
pub mod order;
pub mod python;
pub mod repeat;
mod room;
pub mod scan;
mod short;
pub mod sink;
mod slab;
pub mod store;
mod table;
mod topic;
#[cfg(target_arch = "wasm32")]
#[allow(missing_docs)] // wasm-bindgen generates items that it does not document
pub mod wasm;
pub mod wellformed;
pub mod words;
