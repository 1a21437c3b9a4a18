//! The numbers that JavaScript and the core agree on. js/boundary/numbers.js has them too; tests/core/numbers.rs compares
//! the two, which is why this file is compiled on the host as well.

pub use crate::entities::DEAD;
pub use crate::keys::memory_key::ARGUMENT_PART;
pub use crate::keyspace::Suspects;
pub use crate::store::{Outcome, State};
pub use crate::words::{BINARY_KINDS, MAX_DEPTH, UNSORTED, tag};

/// No slot, or no id.
pub const NONE: u32 = u32::MAX;

/// A look-up is answered with a slot. The lowest bits hold the state: one of [`State`], [`REFUSED`] or [`FULL`].
pub const STATE_BITS: u32 = 3;
/// The bits of the state.
pub const STATE_MASK: u32 = (1 << STATE_BITS) - 1;
/// The arguments could not be read.
pub const REFUSED: u32 = 5;
/// The store is at a limit of its own.
pub const FULL: u32 = 6;

/// A commit is answered with an outcome in these bits: one of [`Outcome`] or [`OUTCOME_FULL`].
pub const OUTCOME_MASK: u32 = 7;
/// The store is at a limit of its own, so the result was not stored.
pub const OUTCOME_FULL: u32 = 4;
/// In the answer to a commit: `storeTakeRemoved` has slots whose values have gone.
pub const HAS_REMOVED: u32 = 8;

// A state fits below the slot, and an outcome below its flag.
const _: () = assert!(REFUSED <= STATE_MASK && FULL <= STATE_MASK);
const _: () = assert!(OUTCOME_FULL <= OUTCOME_MASK && OUTCOME_MASK & HAS_REMOVED == 0);
