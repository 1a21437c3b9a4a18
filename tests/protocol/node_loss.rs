//! A Cluster whose keys lie in several slots: one node loses its data, and with them an index whose values are elsewhere.
//!
//! The index and the witness of its slot are on the node that is emptied; the value, the log and the map of slots with a
//! witness are not.

use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "no stale value can be read";

const WRITERS: usize = 2;
const INVALIDATIONS: usize = 2;
const DONE: u8 = 9;

#[derive(Clone, Copy)]
struct NodeLoss {
    has_witness: bool,
    /// Only who has put the slot on the map sets its witness.
    arms_once: bool,
    /// A witness counts only under the identity of the log that it names, which a recovery changes.
    has_identity: bool,
    losses: u8,
    invalidations: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Writer {
    pc: u8,
    seen: u8,
    identity: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Invalidation {
    pc: u8,
    has_found: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    value: Option<u8>,
    is_listed: bool,
    /// The identity that it names, and one; 0: none.
    witness: u8,
    is_on_map: bool,
    identity: u8,
    /// Entries that are about everything.
    recoveries: u8,
    writers: [Writer; WRITERS],
    invalidations: [Invalidation; INVALIDATIONS],
    asked: u8,
    resolved: u8,
    losses: u8,
}

impl NodeLoss {
    fn has_witness(&self, state: &State) -> bool {
        state.witness != 0 && (!self.has_identity || state.witness == state.identity + 1)
    }

    /// Everything is dropped, and then the log gets another identity and the map is cleared, in one script.
    fn recover(&self, state: &mut State) {
        state.value = None;
        state.recoveries += 1;
        state.identity += u8::from(self.has_identity);
        state.is_on_map = false;
        if !self.has_identity {
            state.witness = state.identity + 1;
            state.is_on_map = true;
        }
    }

    fn write(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let writer = &mut next.writers[slot];
        let is_refused = state.asked & !writer.seen != 0 || state.recoveries != writer.identity;
        let label = match writer.pc {
            0 => {
                writer.seen = state.asked;
                writer.identity = state.recoveries;
                writer.pc = 1;
                "the function begins"
            }
            1 if state.recoveries != writer.identity => {
                writer.pc = DONE;
                "another identity"
            }
            1 if state.is_on_map && self.has_witness(state) => {
                writer.pc = 3;
                "the slot has a witness"
            }
            1 if state.is_on_map && self.arms_once => {
                if state.recoveries > 2 {
                    return;
                }
                self.recover(&mut next);
                next.writers[slot].pc = DONE;
                "the witness is gone: recover"
            }
            1 => {
                next.is_on_map = true;
                writer.pc = 2;
                "SETBIT"
            }
            2 => {
                next.witness = 1 + if self.has_identity { writer.identity } else { 0 };
                writer.pc = 3;
                "SET witness"
            }
            3 => {
                next.is_listed = true;
                writer.pc = 4;
                "SADD"
            }
            4 => {
                // By a mark in truth: here the look at the log and the name are one step.
                if !is_refused && state.is_listed {
                    next.value = Some(writer.seen);
                }
                *writer = Writer {
                    pc: DONE,
                    ..Writer::default()
                };
                "look at the log, RENAME"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
    }

    fn invalidate(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = &mut next.invalidations[slot];
        let label = match own.pc {
            0 => {
                own.pc = 1;
                next.asked |= 1 << slot;
                "XADD"
            }
            1 => {
                own.has_found = state.is_listed;
                own.pc = if self.has_witness(state) || !self.has_witness {
                    3
                } else {
                    2
                };
                "read the index and the witness"
            }
            2 if state.is_on_map => {
                if state.recoveries > 2 {
                    return;
                }
                own.pc = 3;
                self.recover(&mut next);
                "GETBIT: the data are lost: recover"
            }
            2 => {
                own.pc = 3;
                "GETBIT: nothing was there"
            }
            3 => {
                if own.has_found {
                    next.value = None;
                }
                *own = Invalidation {
                    pc: DONE,
                    ..Invalidation::default()
                };
                next.resolved |= 1 << slot;
                "UNLINK, resolve"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
    }
}

impl Machine for NodeLoss {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![State {
            losses: self.losses,
            ..State::default()
        }]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..WRITERS {
            self.write(state, slot, moves);
        }
        for slot in 0..self.invalidations {
            self.invalidate(state, slot, moves);
        }
        if state.losses > 0 {
            let losses = state.losses - 1;
            moves.push((
                ("the node is emptied", 0),
                State {
                    is_listed: false,
                    witness: 0,
                    losses,
                    ..*state
                },
            ));
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        let seen = state.value?;
        (state.resolved & !seen != 0).then_some(STALE)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.losses == 0 && state.resolved.count_ones() as usize == self.invalidations && state.recoveries > 0
    }
}

const DESIGN: NodeLoss = NodeLoss {
    has_witness: true,
    arms_once: true,
    has_identity: true,
    losses: 2,
    invalidations: 2,
};

#[test]
fn an_invalidation_that_finds_no_witness_in_a_slot_of_the_map_drops_everything() {
    holds(DESIGN);
}

#[test]
fn without_a_witness_the_values_of_a_lost_index_stay() {
    breaks(
        NodeLoss {
            has_witness: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_witness_that_anybody_sets_again_hides_the_loss() {
    breaks(
        NodeLoss {
            arms_once: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_witness_that_a_slow_writer_sets_after_a_recovery_hides_the_next_loss() {
    breaks(
        NodeLoss {
            has_identity: false,
            ..DESIGN
        },
        STALE,
    );
}
