//! The larger of the machines that `model::machine` explores; the checks beside this folder say what they show. The
//! smaller ones stand in one file with their checks.

pub mod life;
pub mod near;
pub mod pages;
