//! The boundary to JavaScript. Only these files name wasm-bindgen and js-sys.
//!
//! Numbers cross, and bytes cross in the scratch buffer (scratch.rs). An object crosses in one case only,
//! which is not hot: misuse. Nothing here calls JavaScript back, so no export is entered while another
//! one runs.
//!
//! All of it is compiled for wasm alone, but for the [`numbers`]: a core module that uses the boundary does not build on
//! the host.

#[cfg(target_arch = "wasm32")]
pub mod definition;
#[cfg(target_arch = "wasm32")]
pub mod entities;
#[cfg(target_arch = "wasm32")]
pub mod errors;
#[cfg(target_arch = "wasm32")]
pub mod invalidation;
#[cfg(all(target_arch = "wasm32", feature = "texts"))]
pub mod key;
#[cfg(target_arch = "wasm32")]
pub mod keyspace;
#[cfg(target_arch = "wasm32")]
mod memory;
pub mod numbers;
#[cfg(target_arch = "wasm32")]
pub mod scratch;
#[cfg(target_arch = "wasm32")]
pub mod store;
