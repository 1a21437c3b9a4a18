//! A large index that scripts drop part by part, where everything lies in one slot.
//!
//! A cursor means nothing to another run of the server, and while a slot moves a script may end in the middle. Each
//! member lies on one of two pages; a restart deals the pages anew. A script takes out one value key at least.

use crate::model::check::soak;
use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "no stale value can be read";
const UNLISTED: &str = "a stored value is in its index";

const KEYS: u8 = 0b011;
/// The mark of the large result of key 0.
const MARK: u8 = 0b100;
const INVALIDATIONS: usize = 2;
const DONE: u8 = 9;

#[derive(Clone, Copy, PartialEq)]
enum End {
    /// When the cursor is 0 again (today).
    AtTheCursor,
    /// When one script has walked the index from 0 to its end.
    AfterAWholeWalk,
}

/// When a script deletes the index in place of SREM of what it has dropped.
#[derive(Clone, Copy, PartialEq)]
enum Deletion {
    /// When it has walked the whole of it, and there was no mark.
    OfAWhole,
    /// When its page is the last one.
    OfTheLastPage,
}

#[derive(Clone, Copy)]
struct Cursor {
    end: End,
    deletion: Deletion,
    /// Within the script, where that may end in the middle.
    unlinks_first: bool,
    /// A key that has not arrived in the slot yet is an error, not an answer of 0.
    names_two_keys: bool,
    has_large_run: bool,
    restarts: u8,
    failures: u8,
    arriving: u8,
    invalidations: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Invalidation {
    pc: u8,
    page: u8,
    is_whole: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Run {
    pc: u8,
    seen: u8,
    is_stored: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    values: [Option<u8>; 2],
    /// Keys whose values are still on the node that the slot comes from, a bit each.
    arriving: u8,
    index: u8,
    pages: u8,
    staged: bool,
    /// The first stores key 0 by a mark, if it is a large one; the second stores key 1 by one script.
    runs: [Run; 2],
    has_reaped: bool,
    invalidations: [Invalidation; INVALIDATIONS],
    asked: u8,
    resolved: u8,
    restarts: u8,
    failures: u8,
}

impl Cursor {
    fn run(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let is_large = slot == 0 && self.has_large_run;
        let run = &mut next.runs[slot];
        let is_concerned = state.asked & !run.seen != 0;
        let label = match run.pc {
            0 => {
                run.seen = state.asked;
                run.pc = if is_large { 2 } else { 1 };
                "the function begins"
            }
            // A slot that moves refuses scripts whose keys are in two places.
            1 if state.arriving & 1 << slot != 0 => return,
            1 => {
                if !is_concerned {
                    next.index |= 1 << slot;
                    next.values[slot] = Some(run.seen);
                }
                *run = Run {
                    pc: DONE,
                    ..Run::default()
                };
                "script: store"
            }
            2 => {
                run.pc = 3;
                next.staged = true;
                next.index |= MARK;
                "SET mark, SADD mark"
            }
            3 if state.arriving & 1 << slot != 0 => return,
            3 => {
                run.is_stored = state.staged && !is_concerned;
                if run.is_stored {
                    next.values[slot] = Some(run.seen);
                }
                next.staged = false;
                run.pc = 4;
                "script: place"
            }
            4 => {
                if run.is_stored && state.index & MARK != 0 {
                    next.index |= 1 << slot;
                }
                next.index &= !MARK;
                *run = Run {
                    pc: DONE,
                    ..Run::default()
                };
                "script: tidy"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
    }

    fn drop(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = &mut next.invalidations[slot];
        if own.pc == DONE {
            return;
        }
        if own.pc == 0 {
            own.pc = 1;
            next.asked |= 1 << slot;
        }
        own.is_whole = own.page == 0;
        let mut taken = 0;
        while own.page < 2 && taken & KEYS == 0 {
            let on_page = if own.page == 0 { !state.pages } else { state.pages };
            taken |= state.index & on_page;
            own.page += 1;
        }
        let has_ended = own.page == 2;
        own.page %= 2;
        let is_done = has_ended && (own.is_whole || self.end == End::AtTheCursor);
        let values = taken & KEYS | u8::from(taken & MARK != 0);
        let label = (if is_done { "script: drop, done" } else { "script: drop" }, slot as u8);
        if values & state.arriving != 0 && self.names_two_keys {
            // TRYAGAIN, before anything is taken out. The entry of the log is there.
            next.invalidations[slot].page = 0;
            moves.push((("script: TRYAGAIN", slot as u8), next));
            return;
        }
        let unlink = |next: &mut State| {
            for key in 0..2 {
                if values & 1 << key != 0 && state.arriving & 1 << key == 0 {
                    next.values[key] = None;
                }
            }
            next.staged &= taken & MARK == 0;
        };
        if state.failures > 0 {
            let mut next = next;
            next.failures -= 1;
            next.invalidations[slot].page = 0;
            if self.unlinks_first {
                unlink(&mut next);
            } else {
                next.index &= !(taken & KEYS);
            }
            moves.push((("script: ends in the middle", slot as u8), next));
        }
        let is_all = next.invalidations[slot].is_whole || self.deletion == Deletion::OfTheLastPage;
        if has_ended && is_all && taken & MARK == 0 {
            next.index = 0;
        }
        next.index &= !(taken & KEYS);
        unlink(&mut next);
        if is_done {
            next.resolved |= 1 << slot;
            next.invalidations[slot] = Invalidation {
                pc: DONE,
                ..Invalidation::default()
            };
        }
        moves.push((label, next));
    }
}

impl Machine for Cursor {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let state = State {
            values: [Some(0), Some(0)],
            arriving: self.arriving,
            index: KEYS,
            restarts: self.restarts,
            failures: self.failures,
            ..State::default()
        };
        let mut states = vec![state; 8];
        for (pages, state) in states.iter_mut().enumerate() {
            state.pages = pages as u8;
        }
        states
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..2 {
            self.run(state, slot, moves);
        }
        for slot in 0..self.invalidations {
            self.drop(state, slot, moves);
        }
        if !state.has_reaped {
            let mut next = State {
                has_reaped: true,
                ..*state
            };
            for key in 0..2 {
                if state.values[key].is_none() {
                    next.index &= !(1 << key);
                }
            }
            moves.push((("script: reap", 0), next));
        }
        for key in 0..2 {
            let mut next = *state;
            if state.arriving & 1 << key != 0 {
                next.arriving &= !(1 << key);
                moves.push((("the value arrives", key as u8), next));
            } else if state.values[key].is_some() {
                next.values[key] = None;
                moves.push((("the value expires", key as u8), next));
            }
        }
        if state.restarts > 0 {
            for pages in 0..8 {
                let restarts = state.restarts - 1;
                moves.push((
                    ("restart", pages),
                    State {
                        pages,
                        restarts,
                        ..*state
                    },
                ));
            }
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        for key in 0..2 {
            if let Some(seen) = state.values[key] {
                if state.resolved & !seen != 0 {
                    return Some(STALE);
                }
                let stands_for = if key == 0 { MARK | 1 } else { 2 };
                if state.index & stands_for == 0 && state.failures == self.failures {
                    return Some(UNLISTED);
                }
            }
        }
        None
    }

    fn is_goal(&self, state: &State) -> bool {
        state.resolved.count_ones() as usize == self.invalidations && state.values == [Some(state.asked); 2]
    }
}

const DESIGN: Cursor = Cursor {
    end: End::AfterAWholeWalk,
    deletion: Deletion::OfAWhole,
    unlinks_first: true,
    names_two_keys: true,
    has_large_run: true,
    restarts: 0,
    failures: 0,
    arriving: 0,
    invalidations: 1,
};

#[test]
fn an_index_is_done_when_one_script_has_walked_it_from_its_beginning_to_its_end() {
    holds(Cursor {
        restarts: soak(1, 2) as u8,
        invalidations: 2,
        ..DESIGN
    });
    holds(Cursor {
        failures: 2,
        restarts: 1,
        ..DESIGN
    });
    holds(Cursor {
        arriving: KEYS,
        invalidations: 2,
        ..DESIGN
    });
}

#[test]
fn a_cursor_that_outlives_a_restart_passes_over_members() {
    breaks(
        "ending at the cursor, with a restart",
        Cursor {
            end: End::AtTheCursor,
            has_large_run: false,
            restarts: 1,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_key_that_is_listed_on_a_page_that_was_passed_is_missed_without_any_failure() {
    breaks(
        "ending at the cursor, without any failure (TIDY on a passed page)",
        Cursor {
            end: End::AtTheCursor,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_script_that_ends_after_taking_members_out_leaves_values_that_nobody_finds() {
    breaks(
        "SREM before UNLINK in a script that may end in the middle",
        Cursor {
            unlinks_first: false,
            failures: 1,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_value_that_is_still_on_the_other_node_is_no_value_that_is_gone() {
    breaks(
        "a single-key UNLINK while a slot is imported",
        Cursor {
            names_two_keys: false,
            arriving: 1,
            ..DESIGN
        },
        UNLISTED,
    );
}

#[test]
fn an_index_of_which_a_script_has_seen_the_last_page_only_lists_what_was_stored_since() {
    breaks(
        "DEL of an index of which the script has read a part",
        Cursor {
            deletion: Deletion::OfTheLastPage,
            ..DESIGN
        },
        UNLISTED,
    );
}
