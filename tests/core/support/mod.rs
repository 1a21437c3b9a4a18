//! What the tests share: a writer of words, a compiler of entity rules, the naive model of the store, the oracle for
//! entities, and public vectors.

#[cfg_attr(not(feature = "numbers"), allow(dead_code))] // what few tests need, a small build does not
pub mod argument;
#[cfg(feature = "numbers")]
pub mod compile;
pub mod definition;
#[cfg(feature = "numbers")]
pub mod jsonpath;
pub mod model;
#[cfg(feature = "numbers")]
pub mod naive;
#[cfg(feature = "numbers")]
pub mod rules;
#[cfg_attr(not(feature = "numbers"), allow(dead_code))]
pub mod vectors;
