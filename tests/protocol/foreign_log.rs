//! Somebody puts another type under the key of the log.

use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "no stale value can be read";
const STUCK: &str = "an invalidation is applied";

const RUNS: usize = 2;
const INVALIDATIONS: usize = 2;
const DONE: u8 = 9;

/// What a store makes of WRONGTYPE.
#[derive(Clone, Copy, PartialEq)]
enum Store {
    Refuses,
    /// It takes it for a log without entries.
    SeesNoEntries,
}

#[derive(Clone, Copy)]
struct ForeignLog {
    store: Store,
    /// An invalidation that meets another type unlinks it (not so today).
    invalidation_repairs: bool,
    /// A log that was unlinked begins with entries that are not those of the old one.
    has_writers: bool,
    times: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Run {
    pc: u8,
    seen: u8,
    generation: u8,
    place: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    value: Option<u8>,
    is_foreign: bool,
    /// How often the log was begun anew, and how many entries it has.
    generation: u8,
    length: u8,
    runs: [Run; RUNS],
    invalidations: [u8; INVALIDATIONS],
    asked: u8,
    resolved: u8,
    is_stuck: bool,
    times: u8,
}

impl State {
    fn repair(&mut self) {
        if std::mem::take(&mut self.is_foreign) {
            self.generation += 1;
            self.length = 0;
        }
    }
}

impl Machine for ForeignLog {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![State {
            times: self.times,
            value: Some(0),
            ..State::default()
        }]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..RUNS {
            let mut next = *state;
            match state.runs[slot].pc {
                0 => {
                    next.repair();
                    next.length = next.length.max(1);
                    next.runs[slot] = Run {
                        pc: 1,
                        seen: state.asked,
                        generation: next.generation,
                        place: next.length,
                    };
                    moves.push((("POSITION", slot as u8), next));
                }
                1 => {
                    let run = state.runs[slot];
                    let is_there = !self.has_writers || run.generation == state.generation;
                    let passes = match state.is_foreign {
                        true => self.store == Store::SeesNoEntries,
                        // What was invalidated since is behind the position.
                        false => is_there && run.place == state.length,
                    };
                    next.repair();
                    if passes {
                        next.value = Some(run.seen);
                    }
                    next.runs[slot] = Run {
                        pc: DONE,
                        ..Run::default()
                    };
                    moves.push((("STORE", slot as u8), next));
                }
                _ => {}
            }
        }
        for slot in 0..INVALIDATIONS {
            if state.invalidations[slot] == DONE {
                continue;
            }
            let mut next = *state;
            if state.is_foreign && !self.invalidation_repairs {
                next.is_stuck = true;
                moves.push((("DROP fails", slot as u8), next));
                continue;
            }
            next.repair();
            next.length += 1;
            next.value = None;
            next.asked |= 1 << slot;
            next.resolved |= 1 << slot;
            next.invalidations[slot] = DONE;
            moves.push((("DROP", slot as u8), next));
        }
        if state.times > 0 && !state.is_foreign {
            let times = state.times - 1;
            moves.push((
                ("SET log", 0),
                State {
                    is_foreign: true,
                    times,
                    ..*state
                },
            ));
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        if state.is_stuck {
            return Some(STUCK);
        }
        let seen = state.value?;
        (state.resolved & !seen != 0).then_some(STALE)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.times == 0 && state.resolved == 0b11 && state.value == Some(state.asked)
    }
}

const DESIGN: ForeignLog = ForeignLog {
    store: Store::Refuses,
    invalidation_repairs: true,
    has_writers: true,
    times: 2,
};

#[test]
fn each_path_unlinks_another_type_and_the_log_counts_as_lost() {
    holds(DESIGN);
}

#[test]
fn an_invalidation_that_does_not_repair_is_never_applied() {
    breaks(
        "DROP does not repair",
        ForeignLog {
            invalidation_repairs: false,
            ..DESIGN
        },
        STUCK,
    );
}

#[test]
fn another_type_is_not_a_log_without_entries() {
    breaks(
        "WRONGTYPE taken for no entries",
        ForeignLog {
            store: Store::SeesNoEntries,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn the_place_in_a_log_made_anew_is_not_that_in_the_old_one() {
    breaks(
        "positions without a writer",
        ForeignLog {
            has_writers: false,
            ..DESIGN
        },
        STALE,
    );
}
