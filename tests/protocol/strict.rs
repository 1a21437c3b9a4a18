//! `strict`: a value counts only while its index lists it. Indexes may be evicted at any moment (`allkeys-*`).
//!
//! Writers here store under a mark, the form for large results; the script of a small one lists and writes in one step.

use crate::model::check::soak;
use crate::model::machine::{Machine, Moves, breaks, holds};

const BELIEVED: &str = "no strict read believes a stale value";
const BELIEVED_AT_REST: &str = "no strict read believes a stale value when every writer has tidied up";
const UNLISTED: &str = "without evictions a stored value is in its index";

const KEY: u8 = 1;
const WRITERS: usize = 3;
const INVALIDATIONS: usize = 2;

/// When a writer lists the key.
#[derive(Clone, Copy, PartialEq)]
enum Listing {
    /// With the mark, before the look at the log (writers that are not strict, today).
    WithTheMark,
    /// At the end, if there is a value under the key, whoever wrote it (today).
    IfThereIsAValue,
    /// At the end, if its own value got the name.
    IfStored,
    /// In place of its mark: only if it got the name, and only if the mark is still there.
    InPlaceOfTheMark,
}

/// When a writer whose value got the name unlinks it.
#[derive(Clone, Copy, PartialEq)]
enum Withdrawal {
    Never,
    /// If the index lists neither its mark nor the key.
    IfNeitherIsListed,
    /// If the index does not list its mark.
    IfTheMarkIsGone,
}

#[derive(Clone, Copy)]
struct Strict {
    listing: Listing,
    withdrawal: Withdrawal,
    /// The look at the log and RENAME are two commands; so are TIDY and UNLINK.
    is_plain: bool,
    asks_at_rest: bool,
    writers: usize,
    invalidations: usize,
    evictions: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Writer {
    pc: u8,
    seen: u8,
    is_stored: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    value: Option<u8>,
    staged: u8,
    index: u8,
    writers: [Writer; WRITERS],
    /// 0: not yet; 1: found something; 2: over.
    invalidations: [u8; INVALIDATIONS],
    asked: u8,
    resolved: u8,
    evictions: u8,
}

const DONE: u8 = 9;

impl Strict {
    fn write(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = 2 << slot;
        let writer = &mut next.writers[slot];
        let label = match writer.pc {
            0 => {
                writer.seen = state.asked;
                writer.pc = 1;
                "the function begins"
            }
            1 => {
                next.staged |= 1 << slot;
                next.index |= own | if self.listing == Listing::WithTheMark { KEY } else { 0 };
                writer.pc = 2;
                "SET mark, SADD mark"
            }
            2 if self.is_plain => {
                writer.pc = if state.asked & !writer.seen == 0 { 4 } else { 3 };
                "look at the log"
            }
            2 | 4 => {
                // In the one-slot form one script: look at the log, RENAME.
                let is_clear = writer.pc == 4 || state.asked & !writer.seen == 0;
                writer.is_stored = is_clear && state.staged & 1 << slot != 0;
                if writer.is_stored {
                    next.value = Some(writer.seen);
                }
                next.staged &= !(1 << slot);
                writer.pc = 3;
                if writer.is_stored { "place" } else { "refused" }
            }
            3 => {
                let has_mark = state.index & own != 0;
                let lists = match self.listing {
                    Listing::WithTheMark | Listing::IfStored => writer.is_stored,
                    Listing::IfThereIsAValue => state.value.is_some(),
                    Listing::InPlaceOfTheMark => writer.is_stored && has_mark,
                };
                let withdraws = match self.withdrawal {
                    Withdrawal::Never => false,
                    Withdrawal::IfNeitherIsListed => !has_mark && state.index & KEY == 0,
                    Withdrawal::IfTheMarkIsGone => !has_mark,
                };
                let withdraws = writer.is_stored && withdraws;
                next.index = state.index & !own | if lists { KEY } else { 0 };
                if withdraws && !self.is_plain {
                    next.value = None;
                }
                let pc = if withdraws && self.is_plain { 5 } else { DONE };
                *writer = Writer {
                    pc,
                    ..Writer::default()
                };
                "tidy"
            }
            5 => {
                next.value = None;
                writer.pc = DONE;
                "withdraw"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
    }

    /// In two steps, as where the index is large or lies elsewhere.
    fn invalidate(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let label = match state.invalidations[slot] {
            0 => {
                next.asked |= 1 << slot;
                "XADD"
            }
            1 => {
                if state.index != 0 {
                    next.staged &= !(state.index >> 1);
                    next.value = None;
                }
                next.resolved |= 1 << slot;
                "drop what the index lists"
            }
            _ => return,
        };
        next.invalidations[slot] += 1;
        moves.push(((label, slot as u8), next));
    }
}

impl Machine for Strict {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![State {
            value: Some(0),
            index: KEY,
            evictions: self.evictions,
            ..State::default()
        }]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..self.writers {
            self.write(state, slot, moves);
        }
        for slot in 0..self.invalidations {
            self.invalidate(state, slot, moves);
        }
        if state.evictions > 0 && state.index != 0 {
            let evictions = state.evictions - 1;
            moves.push((
                ("the index is evicted", 0),
                State {
                    index: 0,
                    evictions,
                    ..*state
                },
            ));
        }
        if state.value.is_some() {
            moves.push((("the value expires", 0), State { value: None, ..*state }));
        }
    }

    /// A strict read is one script: is the key listed, and if so the value.
    fn fault(&self, state: &State) -> Option<&'static str> {
        let seen = state.value?;
        if state.resolved & !seen != 0 && state.index & KEY != 0 {
            let is_tidy = state.writers.iter().all(|writer| !matches!(writer.pc, 3 | 5));
            if !self.asks_at_rest {
                return Some(BELIEVED);
            } else if is_tidy {
                return Some(BELIEVED_AT_REST);
            }
        }
        (self.evictions == 0 && state.index == 0).then_some(UNLISTED)
    }

    fn is_goal(&self, state: &State) -> bool {
        let is_over = state.resolved.count_ones() as usize == self.invalidations;
        is_over && state.value == Some(state.asked) && state.index == KEY
    }
}

const DESIGN: Strict = Strict {
    listing: Listing::InPlaceOfTheMark,
    withdrawal: Withdrawal::IfNeitherIsListed,
    is_plain: false,
    asks_at_rest: false,
    writers: 2,
    invalidations: 2,
    evictions: 2,
};
const PLAIN: Strict = Strict {
    withdrawal: Withdrawal::IfTheMarkIsGone,
    is_plain: true,
    asks_at_rest: true,
    ..DESIGN
};

#[test]
fn a_key_that_is_listed_in_place_of_the_mark_of_its_writer_is_never_that_of_an_older_value() {
    holds(Strict {
        writers: soak(2, 3),
        ..DESIGN
    });
    holds(Strict {
        writers: 3,
        evictions: 0,
        ..DESIGN
    });
}

#[test]
fn a_refused_store_that_lists_the_key_because_there_is_a_value_lists_an_old_one() {
    breaks(
        "TIDY lists because there is a value",
        Strict {
            listing: Listing::IfThereIsAValue,
            withdrawal: Withdrawal::Never,
            ..DESIGN
        },
        BELIEVED,
    );
}

#[test]
fn a_key_that_is_listed_before_the_look_at_the_log_confirms_an_old_value() {
    breaks(
        "the key listed before the check",
        Strict {
            listing: Listing::WithTheMark,
            withdrawal: Withdrawal::Never,
            ..DESIGN
        },
        BELIEVED,
    );
}

#[test]
fn a_writer_whose_mark_was_evicted_may_not_list_its_value() {
    breaks(
        "listing although the mark is gone",
        Strict {
            listing: Listing::IfStored,
            withdrawal: Withdrawal::Never,
            ..DESIGN
        },
        BELIEVED,
    );
}

#[test]
fn in_single_commands_a_writer_withdraws_what_it_has_stored_behind_an_invalidation() {
    holds(Strict {
        writers: soak(2, 3),
        ..PLAIN
    });
    breaks(
        "the plain form until a writer has tidied up",
        Strict {
            asks_at_rest: false,
            ..PLAIN
        },
        BELIEVED,
    );
    breaks(
        "the plain form, withdrawing only where another writer has not listed the key",
        Strict {
            withdrawal: Withdrawal::IfNeitherIsListed,
            ..PLAIN
        },
        BELIEVED_AT_REST,
    );
}
