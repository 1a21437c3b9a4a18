//! What the tests share: a writer of words, the naive model of the store, the oracle for entities, and public vectors.

pub mod argument;
pub mod model;
pub mod naive;
pub mod vectors;
