//! A backend of one's own sweeps everything, in single commands, while a Redis client on the same prefix stores.
//!
//! The Redis client writes a value and lists it in one script. What the sweep then takes out of the index is a value that
//! no invalidation finds.

use crate::model::machine::{Machine, Moves, breaks, holds};

const UNLISTED: &str = "a value of another client is in its index";
const DONE: u8 = 9;

#[derive(Clone, Copy)]
struct OwnSweep {
    /// The indexes stay as they are: only values are dropped.
    leaves_indexes: bool,
    /// Values are looked for once more behind the indexes.
    looks_again: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    has_value: bool,
    is_listed: bool,
    pc: u8,
    stores: u8,
}

impl Machine for OwnSweep {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let stores = 2;
        let is_there = |has_value| State {
            has_value,
            is_listed: true,
            stores,
            pc: 0,
        };
        vec![is_there(true), is_there(false)]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        if state.stores > 0 {
            let next = State {
                has_value: true,
                is_listed: true,
                stores: state.stores - 1,
                ..*state
            };
            moves.push((("another client stores", 0), next));
        }
        let mut next = *state;
        next.pc += 1;
        let label = match state.pc {
            0 | 3 => {
                next.has_value = false;
                if state.pc == 3 || self.leaves_indexes {
                    next.pc = DONE;
                }
                "UNLINK the value that a scan has found"
            }
            1 => {
                if state.is_listed {
                    next.has_value = false;
                }
                "read the index, UNLINK what it lists"
            }
            2 => {
                next.is_listed = false;
                if !self.looks_again {
                    next.pc = DONE;
                }
                "UNLINK the index"
            }
            _ => return,
        };
        moves.push(((label, 0), next));
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        (state.has_value && !state.is_listed).then_some(UNLISTED)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.pc == DONE && state.has_value
    }
}

#[test]
fn a_sweep_that_leaves_the_indexes_leaves_every_value_in_its_index() {
    holds(OwnSweep {
        leaves_indexes: true,
        looks_again: false,
    });
}

#[test]
fn a_sweep_that_deletes_an_index_loses_a_value_that_is_stored_meanwhile() {
    for (variant, looks_again) in [
        ("deleting the indexes", false),
        ("deleting the indexes, and a second look at the values", true),
    ] {
        breaks(
            variant,
            OwnSweep {
                leaves_indexes: false,
                looks_again,
            },
            UNLISTED,
        );
    }
}
