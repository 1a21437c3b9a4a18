//! JSON text: its structure, its scalars, and the names of its members.

pub mod array_lengths;
pub mod member_name;
pub mod repeated;
pub mod scalar;
pub mod structure;
