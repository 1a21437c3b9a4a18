//! The model: a backend, the processes that send it commands, and the rules that every state must keep.
//!
//! [`step`] lists the commands, [`program`] puts them in order, [`cast`] makes the roles of processes, [`scenario`] says
//! who plays and what may go wrong. [`system`] tries every order of commands, [`turn`] carries one command out on
//! [`backend`], and [`property`] asks the rules. [`check`] runs all of it for the checks beside this folder.
//!
//! [`machine`] is a checker of its own, for small protocols that need none of that. Both compare what they find with
//! [`document`].

pub mod backend;
pub mod cast;
pub mod check;
mod concern;
pub mod document;
pub mod machine;
mod normal;
pub mod program;
mod property;
pub mod scenario;
mod state;
pub mod step;
mod system;
mod turn;
