//! A value that is stored anew leaves the indexes of entities that it no longer holds.
//!
//! One key, two entities. Writer 0 stores a result that holds both, writers 1 and 2 store others.

use crate::model::machine::{Machine, Moves, breaks, holds};

const UNLISTED: &str = "a stored value is in its indexes";
const TOO_MUCH: &str = "a value that its writer knew before is in no other index";

const WRITERS: usize = 3;
const DONE: u8 = 9;
const HOLDS: [u8; WRITERS] = [0b11, 0b10, 0b01];

#[derive(Clone, Copy, PartialEq)]
enum Cleaning {
    /// Today.
    Never,
    /// In the script that stores.
    WithTheStore,
    /// Afterwards, in one command, whatever stands there by then.
    Blindly,
    /// Afterwards: is it still mine, and then SREM.
    LookThenRemove,
    /// Afterwards: a doubt for the key, is it still mine, and back with it if it is not.
    UnderADoubt,
}

#[derive(Clone, Copy)]
struct Former {
    cleaning: Cleaning,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    /// The writer whose result stands there.
    value: Option<u8>,
    indexes: [bool; 2],
    /// Doubts in the indexes, a bit for each writer.
    doubts: [u8; 2],
    writers: [u8; WRITERS],
    /// What writers believe to be former indexes, a bit each.
    former: [u8; WRITERS],
    /// The one that writer has to do with now.
    at: [u8; WRITERS],
}

impl Former {
    fn write(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let label = |what| (what, slot as u8);
        let entity = state.at[slot] as usize;
        let is_mine = state.value == Some(slot as u8) || state.value.is_none();
        let (what, pc) = match state.writers[slot] {
            0 => {
                // Each knows what it has read or stored last, which need not be what stands there when it stores.
                next.former[slot] = 0b11 & !HOLDS[slot];
                ("knows the value from before", 1)
            }
            1 => {
                for entity in 0..2 {
                    next.indexes[entity] |= HOLDS[slot] & 1 << entity != 0;
                    if self.cleaning == Cleaning::WithTheStore && state.former[slot] & 1 << entity != 0 {
                        next.indexes[entity] = false;
                    }
                }
                next.value = Some(slot as u8);
                next.at[slot] = if state.former[slot] == 0 {
                    0
                } else {
                    state.former[slot].trailing_zeros() as u8
                };
                let is_over =
                    state.former[slot] == 0 || matches!(self.cleaning, Cleaning::Never | Cleaning::WithTheStore);
                next.former[slot] = 0;
                ("script: store", if is_over { DONE } else { 2 })
            }
            2 => match self.cleaning {
                Cleaning::Blindly => {
                    next.indexes[entity] = false;
                    ("SREM", DONE)
                }
                Cleaning::LookThenRemove => ("GET", if is_mine { 5 } else { DONE }),
                _ if !state.indexes[entity] => ("not listed", DONE),
                _ => {
                    next.indexes[entity] = false;
                    next.doubts[entity] |= 1 << slot;
                    ("script: SADD doubt, SREM key", 3)
                }
            },
            3 => ("GET", if is_mine { 6 } else { 4 }),
            4 => {
                next.indexes[entity] = true;
                ("SADD key", 6)
            }
            5 => {
                next.indexes[entity] = false;
                ("SREM", DONE)
            }
            6 => {
                next.doubts[entity] &= !(1 << slot);
                ("SREM doubt", DONE)
            }
            _ => return,
        };
        next.writers[slot] = pc;
        moves.push((label(what), next));
    }
}

impl Machine for Former {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![
            State::default(),
            State {
                value: Some(0),
                indexes: [true; 2],
                ..State::default()
            },
        ]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..WRITERS {
            self.write(state, slot, moves);
        }
        if state.value.is_some() {
            moves.push((("the value expires", 0), State { value: None, ..*state }));
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        let held = HOLDS[state.value? as usize];
        for entity in 0..2 {
            if held & 1 << entity != 0 && !state.indexes[entity] && state.doubts[entity] == 0 {
                return Some(UNLISTED);
            }
            let is_quiet = state.writers.iter().all(|&pc| pc == 0 || pc == DONE);
            let is_once_only = self.cleaning == Cleaning::WithTheStore || self.cleaning == Cleaning::Never;
            let has_stored = state.writers[state.value? as usize] == DONE;
            if held & 1 << entity == 0 && state.indexes[entity] && is_quiet && has_stored && is_once_only {
                return Some(TOO_MUCH);
            }
        }
        None
    }

    fn is_goal(&self, state: &State) -> bool {
        state.writers == [DONE; WRITERS] && state.value == Some(1) && !state.indexes[0]
    }
}

#[test]
fn the_script_that_stores_takes_the_key_out_of_the_former_indexes_whatever_it_believes_of_them() {
    holds(Former {
        cleaning: Cleaning::WithTheStore,
    });
}

#[test]
fn afterwards_the_key_leaves_an_index_under_a_doubt_and_comes_back_if_the_value_is_another() {
    holds(Former {
        cleaning: Cleaning::UnderADoubt,
    });
}

#[test]
fn without_it_a_value_stays_listed_under_what_it_held_before() {
    breaks(
        "never",
        Former {
            cleaning: Cleaning::Never,
        },
        TOO_MUCH,
    );
}

#[test]
fn afterwards_it_is_somebody_elses_value() {
    breaks(
        "SREM afterwards",
        Former {
            cleaning: Cleaning::Blindly,
        },
        UNLISTED,
    );
    breaks(
        "look, then SREM",
        Former {
            cleaning: Cleaning::LookThenRemove,
        },
        UNLISTED,
    );
}
