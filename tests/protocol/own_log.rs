//! Backends that keep no streams: the log is that of the process, and so are the locks. A write that its caller has
//! given up may land at any time.
//!
//! One key. In a set it is one member; in Workers KV each store has an index entry of its own.

use crate::model::check::soak;
use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "the process reads no stale value";
const UNLISTED: &str = "a stored value is in its index";

const STORES: usize = 3;
const INVALIDATIONS: usize = 2;
const DONE: u8 = 9;

#[derive(Clone, Copy)]
struct OwnLog {
    /// One key, one writer.
    has_locks: bool,
    /// A store whose write is late looks at the log again when it settles, and nobody reads its key until then.
    watches_late_writes: bool,
    /// Workers KV.
    has_own_entries: bool,
    /// An invalidation takes the members out.
    removes: bool,
    has_reaper: bool,
    /// A store lists its key once more when its write has settled, and deletes the value if that fails.
    lists_again: bool,
    /// An invalidation knows the stores of its process that write to the index, besides what the index lists.
    knows_stores: bool,
    /// How often another client of the prefix, whose entries this log does not have, drops everything.
    sweeps: u8,
    stores: usize,
    invalidations: usize,
    late: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Store {
    pc: u8,
    seen: u8,
    is_late: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Invalidation {
    pc: u8,
    found: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    value: Option<u8>,
    index: u8,
    stores: [Store; STORES],
    invalidations: [Invalidation; INVALIDATIONS],
    reaper: u8,
    /// 0: free; a store: 1 + its slot; the reaper: 10; an invalidation: 20 + its slot.
    lock: u8,
    asked: u8,
    resolved: u8,
    late: u8,
    sweeps: u8,
}

impl OwnLog {
    fn entry(&self, slot: usize) -> u8 {
        if self.has_own_entries { 1 << slot } else { 1 }
    }

    fn is_free(&self, state: &State) -> bool {
        !self.has_locks || state.lock == 0
    }

    fn take(&self, state: &mut State, owner: u8) {
        if self.has_locks {
            state.lock = owner;
        }
    }

    fn store(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let store = &mut next.stores[slot];
        let is_concerned = state.asked & !store.seen != 0;
        let label = match store.pc {
            0 => {
                store.seen = state.asked;
                store.pc = 1;
                "the function begins"
            }
            1 if !self.is_free(state) => return,
            1 => {
                store.pc = 2;
                self.take(&mut next, 1 + slot as u8);
                "store: lock"
            }
            2 => {
                store.pc = 3;
                next.index |= self.entry(slot);
                "store: SADD"
            }
            3 if is_concerned => {
                *store = Store {
                    pc: DONE,
                    ..Store::default()
                };
                self.take(&mut next, 0);
                "store: refused"
            }
            3 => {
                store.pc = 4;
                "store: SET is sent"
            }
            4 => {
                store.pc = 5;
                next.value = Some(store.seen);
                "SET lands"
            }
            5 if self.lists_again => {
                store.pc = 6;
                next.index |= self.entry(slot);
                "SET settles; SADD"
            }
            5 | 6 => {
                if self.watches_late_writes && is_concerned {
                    next.value = None;
                }
                *store = Store {
                    pc: DONE,
                    ..Store::default()
                };
                self.take(&mut next, 0);
                "store: look at the log"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
        if self.lists_again && state.stores[slot].pc == 5 {
            let mut next = *state;
            next.value = None;
            next.stores[slot] = Store {
                pc: DONE,
                ..Store::default()
            };
            self.take(&mut next, 0);
            moves.push((("SADD fails: UNLINK", slot as u8), next));
        }
        if matches!(state.stores[slot].pc, 4..=6) && state.late > 0 && !state.stores[slot].is_late {
            let mut next = *state;
            next.late -= 1;
            next.stores[slot].is_late = true;
            moves.push((("the caller gives up", slot as u8), next));
        }
    }

    fn reap(&self, state: &State, moves: &mut Moves<State>) {
        let mut next = *state;
        let (label, pc) = match state.reaper {
            0 if !self.is_free(state) => return,
            0 if state.value.is_some() || state.index == 0 => ("reaper: EXISTS", DONE),
            0 => {
                self.take(&mut next, 10);
                ("reaper: EXISTS", 1)
            }
            1 => {
                next.index = 0;
                self.take(&mut next, 0);
                ("reaper: SREM", DONE)
            }
            _ => return,
        };
        next.reaper = pc;
        moves.push(((label, 0), next));
    }

    fn invalidate(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = &mut next.invalidations[slot];
        let is_writing = |store: &Store| matches!(store.pc, 4..=6) && !store.is_late;
        let label = match own.pc {
            0 => {
                own.pc = 1;
                next.asked |= 1 << slot;
                "append"
            }
            // Without locks it waits for the writes that are under way.
            1 if !self.has_locks && state.stores.iter().any(is_writing) => return,
            1 => {
                own.found = state.index;
                own.pc = match (own.found, self.knows_stores) {
                    (0, true) => 6,
                    (0, false) => 5,
                    _ => 2,
                };
                "read the index"
            }
            6 => {
                own.pc = if matches!(state.lock, 1..=9) { 2 } else { 5 };
                "look at the stores under way"
            }
            2 if self.is_free(state) => {
                own.pc = 3;
                self.take(&mut next, 20 + slot as u8);
                "invalidation: lock"
            }
            2 => {
                // A store that is late will see the entry when it settles.
                let is_held_late = matches!(state.lock, 1..=9) && state.stores[state.lock as usize - 1].is_late;
                if !is_held_late {
                    return;
                }
                own.pc = 5;
                "left to the late store"
            }
            3 => {
                next.value = None;
                own.pc = if self.removes { 4 } else { 5 };
                if !self.removes {
                    self.take(&mut next, 0);
                }
                "UNLINK"
            }
            4 => {
                // Those of stores that have begun since are not among the ones found.
                next.index &= !own.found;
                own.pc = 5;
                self.take(&mut next, 0);
                "SREM"
            }
            5 => {
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
    }
}

impl Machine for OwnLog {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let state = State {
            late: self.late,
            sweeps: self.sweeps,
            ..State::default()
        };
        // A member whose value is gone, and nothing.
        vec![
            State {
                index: self.entry(0),
                ..state
            },
            state,
        ]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..self.stores {
            self.store(state, slot, moves);
        }
        for slot in 0..self.invalidations {
            self.invalidate(state, slot, moves);
        }
        if self.has_reaper {
            self.reap(state, moves);
        }
        if state.sweeps > 0 {
            // A script of a Redis client: a member leaves the index together with its value.
            let next = State {
                value: None,
                index: 0,
                sweeps: state.sweeps - 1,
                ..*state
            };
            moves.push((("another client drops everything", 0), next));
        }
        if state.value.is_some() {
            moves.push((("the value expires", 0), State { value: None, ..*state }));
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        let seen = state.value?;
        let is_doubtful = self.watches_late_writes && state.stores.iter().any(|store| store.is_late);
        if state.resolved & !seen != 0 && !is_doubtful {
            return Some(STALE);
        }
        let is_under_way = state.stores.iter().any(|store| !matches!(store.pc, 0 | DONE));
        let is_dropping = state.invalidations.iter().any(|own| matches!(own.pc, 3 | 4));
        (state.index == 0 && !is_under_way && !is_dropping).then_some(UNLISTED)
    }

    fn is_goal(&self, state: &State) -> bool {
        let is_over = state.resolved.count_ones() as usize == self.invalidations && state.late == 0;
        is_over && state.value == Some(state.asked) && state.lock == 0
    }
}

const DESIGN: OwnLog = OwnLog {
    has_locks: true,
    watches_late_writes: true,
    has_own_entries: false,
    removes: true,
    has_reaper: true,
    lists_again: true,
    knows_stores: true,
    sweeps: 1,
    stores: 2,
    invalidations: 2,
    late: 1,
};
const KV: OwnLog = OwnLog {
    has_own_entries: true,
    has_reaper: false,
    lists_again: false,
    knows_stores: false,
    sweeps: 0,
    ..DESIGN
};

#[test]
fn with_one_writer_for_a_key_and_late_writes_watched_nothing_stale_is_read_in_the_process() {
    holds(OwnLog {
        stores: soak(2, 3),
        ..DESIGN
    });
    holds(OwnLog {
        stores: 3,
        late: 0,
        ..DESIGN
    });
    holds(OwnLog {
        removes: false,
        ..DESIGN
    });
    holds(OwnLog {
        stores: soak(2, 3),
        ..KV
    });
}

#[test]
fn without_locks_the_reaper_of_another_store_takes_the_member_that_was_just_added() {
    let today = OwnLog {
        has_locks: false,
        removes: false,
        late: 0,
        watches_late_writes: false,
        lists_again: false,
        knows_stores: false,
        sweeps: 0,
        ..DESIGN
    };
    breaks(
        "no locks, reaper",
        OwnLog {
            invalidations: 1,
            ..today
        },
        UNLISTED,
    );
    holds(OwnLog {
        has_reaper: false,
        ..today
    });
}

#[test]
fn without_locks_an_invalidation_takes_the_index_entry_of_a_value_that_is_being_stored() {
    breaks(
        "no locks, KV's index entries",
        OwnLog {
            has_locks: false,
            watches_late_writes: false,
            late: 0,
            ..KV
        },
        UNLISTED,
    );
}

#[test]
fn a_key_that_is_listed_only_before_its_write_is_lost_to_the_sweep_of_another_client() {
    breaks(
        "SADD before the SET only",
        OwnLog {
            lists_again: false,
            ..DESIGN
        },
        UNLISTED,
    );
}

#[test]
fn an_invalidation_that_knows_only_what_the_index_lists_misses_a_store_whose_key_another_client_took_out() {
    breaks(
        "stores under way not known",
        OwnLog {
            knows_stores: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_write_that_outlasts_its_limit_lands_behind_the_invalidation() {
    let today = OwnLog {
        has_locks: false,
        removes: false,
        has_reaper: false,
        watches_late_writes: false,
        ..DESIGN
    };
    breaks("no locks, a late write", today, STALE);
    breaks(
        "late writes not watched",
        OwnLog {
            watches_late_writes: false,
            ..DESIGN
        },
        STALE,
    );
}
