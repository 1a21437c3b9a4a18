//! A Cluster whose keys lie in several slots: one node loses its data, and with them an index whose values are elsewhere.
//!
//! The index and the witness of its slot are on the node that is emptied; the value, the log and the map of slots with a
//! witness are not. A recovery begins with a new identity of the log, and ends when everything was swept.

use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "no stale value can be read";

const WRITERS: usize = 2;
const INVALIDATIONS: usize = 2;
const RECOVERIES: u8 = 3;
const DONE: u8 = 9;

#[derive(Clone, Copy)]
struct NodeLoss {
    has_witness: bool,
    /// Only who has put the slot on the map sets its witness.
    arms_once: bool,
    /// A witness counts only under the identity of the log that it names, which a recovery changes.
    has_identity: bool,
    /// The map is cleared when the recovery begins, together with the new identity; not when it ends.
    clears_first: bool,
    /// Who finds no witness looks at the identity together with the map.
    looks_at_identity: bool,
    /// Who meets a recovery that has not ended sweeps too.
    joins: bool,
    losses: u8,
    invalidations: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Writer {
    pc: u8,
    seen: u8,
    identity: u8,
    swept: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Invalidation {
    pc: u8,
    identity: u8,
    has_found: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    value: Option<u8>,
    is_listed: bool,
    /// The identity that it names, and one; 0: none.
    witness: u8,
    is_on_map: bool,
    /// The second bit: its witness was set.
    is_armed: bool,
    identity: u8,
    is_recovering: bool,
    /// Entries that are about everything.
    sweeps: u8,
    /// The identity under which the process of the writers knows that the slot has its witness, and one.
    known: u8,
    writers: [Writer; WRITERS],
    invalidations: [Invalidation; INVALIDATIONS],
    asked: u8,
    resolved: u8,
    losses: u8,
}

impl NodeLoss {
    fn name(&self, identity: u8) -> u8 {
        1 + if self.has_identity { identity } else { 0 }
    }

    fn write(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let writer = &mut next.writers[slot];
        let name = self.name(writer.identity);
        let label = match writer.pc {
            0 => {
                writer.seen = state.asked;
                writer.identity = state.identity;
                writer.swept = state.sweeps;
                writer.pc = 1;
                "the function begins"
            }
            1 if state.identity != writer.identity => {
                writer.pc = DONE;
                "another identity"
            }
            1 if state.is_armed => {
                writer.pc = 2;
                "the slot is armed"
            }
            1 if state.is_on_map && self.arms_once => {
                writer.pc = DONE;
                "somebody arms the slot: not stored"
            }
            1 => {
                next.is_on_map = true;
                writer.pc = 3;
                "SETBIT"
            }
            2 if state.witness == name => {
                next.known = name;
                writer.pc = 4;
                "the slot has its witness"
            }
            2 if self.arms_once => {
                writer.pc = DONE;
                "no witness: not stored"
            }
            2 | 3 => {
                next.witness = name;
                writer.pc = 6;
                "SET witness"
            }
            6 if state.identity != writer.identity => {
                writer.pc = DONE;
                "another identity"
            }
            6 => {
                next.is_armed = true;
                next.known = name;
                writer.pc = 4;
                "SETBIT, armed"
            }
            4 => {
                next.is_listed = true;
                writer.pc = 5;
                "SADD"
            }
            5 => {
                // By a mark in truth: here the look at the log and the name are one step. TIDY withdraws what is not listed.
                let is_refused = state.asked & !writer.seen != 0 || state.sweeps != writer.swept;
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
        if state.writers[slot].pc == 1 && state.known == name {
            let mut next = *state;
            next.writers[slot].pc = 4;
            moves.push((("the process knows the witness", slot as u8), next));
        }
    }

    fn invalidate(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = &mut next.invalidations[slot];
        let label = match own.pc {
            0 => {
                next.asked |= 1 << slot;
                own.identity = state.identity;
                own.pc = if state.is_recovering && self.joins { 5 } else { 1 };
                "XADD"
            }
            1 => {
                own.has_found = state.is_listed;
                own.pc = 2;
                "read the index"
            }
            2 => {
                if own.has_found {
                    next.value = None;
                }
                own.pc = if self.has_witness { 3 } else { 8 };
                "UNLINK"
            }
            3 => {
                own.pc = if state.witness == self.name(own.identity) { 8 } else { 4 };
                "read the witness"
            }
            4 => {
                let is_other = state.identity != own.identity && self.looks_at_identity;
                own.pc = match (is_other, state.is_armed) {
                    (true, _) => 5,
                    // A writer may have set it since.
                    (false, true) => 10,
                    (false, false) => 8,
                };
                "look at the map"
            }
            10 => {
                own.pc = if state.witness == self.name(own.identity) { 8 } else { 5 };
                "read the witness again"
            }
            5 if state.sweeps == RECOVERIES => return,
            5 => {
                next.sweeps += 1;
                if !state.is_recovering {
                    next.identity += 1;
                    next.is_recovering = true;
                    if self.clears_first {
                        next.is_on_map = false;
                        next.is_armed = false;
                    }
                }
                own.identity = next.identity;
                own.pc = 6;
                "recover: XADD a:*"
            }
            6 => {
                next.value = None;
                own.pc = 7;
                "recover: sweep"
            }
            7 if state.identity != own.identity => {
                own.pc = 8;
                "recover: another one has begun"
            }
            7 => {
                if state.is_recovering && !self.clears_first {
                    next.is_on_map = false;
                    next.is_armed = false;
                }
                next.is_recovering = false;
                own.pc = 8;
                "recover: XADD, it has ended"
            }
            8 => {
                *own = Invalidation {
                    pc: DONE,
                    ..Invalidation::default()
                };
                next.resolved |= 1 << slot;
                "resolve"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
        if state.losses > 0 && state.invalidations[slot].pc == 1 {
            let mut next = *state;
            next.losses -= 1;
            next.invalidations[slot].pc = 5;
            moves.push((("another slot has lost its witness", slot as u8), next));
        }
        // Its process dies, and nobody waits for it any more.
        if matches!(state.invalidations[slot].pc, 6 | 7) {
            let mut next = *state;
            next.invalidations[slot] = Invalidation {
                pc: DONE,
                ..Invalidation::default()
            };
            moves.push((("the process dies", slot as u8), next));
        }
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
        state.losses == 0 && state.resolved.count_ones() as usize == self.invalidations && state.sweeps > 0
    }
}

const DESIGN: NodeLoss = NodeLoss {
    has_witness: true,
    arms_once: true,
    has_identity: true,
    clears_first: true,
    looks_at_identity: true,
    joins: true,
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
        "no witness",
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
        "anybody sets the witness",
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
        "a witness without identity",
        NodeLoss {
            has_identity: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_map_that_is_cleared_behind_the_sweep_forgets_what_was_stored_meanwhile() {
    breaks(
        "the map cleared behind the sweep",
        NodeLoss {
            clears_first: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn who_finds_the_map_cleared_by_the_recovery_of_another_process_resolves_before_its_sweep() {
    breaks(
        "the map without the identity",
        NodeLoss {
            looks_at_identity: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn who_leaves_a_recovery_to_a_process_that_has_died_resolves_before_its_sweep() {
    breaks(
        "a recovery left to a dead process",
        NodeLoss { joins: false, ..DESIGN },
        STALE,
    );
}
