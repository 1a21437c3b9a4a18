//! Behaviour of the core, in the folders of src/. One crate, so that it links once.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

mod definition;
mod entities;
mod imports;
mod keys;
mod keyspace;
mod numbers;
mod store;
