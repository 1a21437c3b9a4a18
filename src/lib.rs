//! The core of `cacheref`: argument keys, entity ids, and the in-memory store with its entity index and its log.
//!
//! Everything here is pure: nothing awaits, calls JavaScript, reads a clock or draws a random number. The time is an
//! argument, and what is left to do is returned. Only [`boundary`] knows JavaScript.
//!
//! Who may name whom (tests/core/imports.rs checks it; all may name `error`):
//!
//! ```text
//! boundary → all
//! keyspace → definition, keys, store
//! definition → keys, entities, words
//! keys, entities → text, words, sort
//! store → sort
//! text → words
//! ```

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
