//! Behaviour of the core, by module. One crate, so that it links once.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod argument;
mod canonical;
mod definition;
mod error;
mod extract;
mod glob;
mod ids;
mod jsonpath;
mod key;
mod literal;
mod log;
mod memory_key;
mod model;
mod naive;
mod python;
mod store;
mod vectors;
