//! What the tests share: a writer of words, the naive model of the store, the oracle for entities, and public vectors.

#[cfg_attr(not(feature = "numbers"), allow(dead_code))] // what few tests need, a small build does not
pub mod argument;
pub mod model;
#[cfg(feature = "numbers")]
pub mod naive;
#[cfg_attr(not(feature = "numbers"), allow(dead_code))]
pub mod vectors;
