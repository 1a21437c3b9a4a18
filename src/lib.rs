//! The core of `cacheref`: argument keys, entity ids, the in-memory store with its entity index, and what an
//! invalidation concerns.
//!
//! Everything here is pure: nothing awaits, calls JavaScript, reads a clock or draws a random number. The time is an
//! argument, and what has to be done is returned. Only `wasm` knows that JavaScript exists; it is compiled for
//! `wasm32` alone, so that a core module that reaches for it does not build on the host.

#[cfg_attr(target_arch = "wasm32", allow(missing_docs))] // wasm-bindgen generates items that it does not document
pub mod boundary;
pub mod definition;
pub mod entities;
pub mod error;
pub mod keys;
pub mod keyspace;
pub mod sort;
pub mod store;
pub mod text;
pub mod words;
