//! Indexes without an expiry, which `volatile-*` never evicts. A sorted set lists each with the latest end of its
//! members, and whoever stores looks at some that are due.
//!
//! Values and staged results have an expiry and may be evicted at any moment. One key, one index.

use crate::model::machine::{Machine, Moves};

pub const STALE: &str = "no stale value can be read";
pub const UNLISTED: &str = "a stored value is in its index";
pub const GARBAGE: &str = "an index that is left is in the sorted set";

const KEY: u8 = 1;
const WRITERS: usize = 2;
const EXAMINERS: usize = 2;
const DONE: u8 = 20;

#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    /// A store is one script, and so is the look at an index that is due.
    Script,
    /// A store goes by a mark.
    Marks,
}

/// Who looks at an index that is due, and how.
#[derive(Clone, Copy, PartialEq)]
pub enum Look {
    /// One script: no member lives, so index and entry go.
    Script,
    /// Two commands.
    EachAlone,
    /// One script, which takes a mark for dead when there is nothing under it.
    EmptyMarksAreDead,
    /// One script, which does not look for the value that an old mark stands for.
    MarksStandForNothing,
    /// Members go as the reaper takes them out; then the entry, if it still has the end that was seen.
    Reaping,
    /// The same, and the entry goes whatever end it has.
    ReapingWithoutComparing,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Persist {
    BeforeSadd,
    AfterSadd,
}

#[derive(Clone, Copy)]
pub struct Life {
    pub form: Form,
    pub look: Look,
    pub persist: Persist,
    /// Indexes have an expiry, as all had before.
    pub is_volatile: bool,
    /// The sorted set is written before the index.
    pub is_listed_first: bool,
    /// An index with an expiry is left from before.
    pub has_old_index: bool,
    pub writers: usize,
    pub crashes: u8,
}

pub const SCRIPT: Life = Life {
    form: Form::Script,
    look: Look::Script,
    persist: Persist::BeforeSadd,
    is_volatile: false,
    is_listed_first: true,
    has_old_index: false,
    writers: 2,
    crashes: 1,
};
pub const MARKS: Life = Life {
    form: Form::Marks,
    ..SCRIPT
};
pub const PLAIN: Life = Life {
    look: Look::Reaping,
    ..MARKS
};

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Writer {
    pc: u8,
    seen: bool,
    is_stored: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Examiner {
    pc: u8,
    end: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// Whether its run knew of the invalidation.
    value: Option<bool>,
    staged: u8,
    index: u8,
    can_be_evicted: bool,
    /// The end in the sorted set, counted up; 0: not listed.
    end: u8,
    ends: u8,
    writers: [Writer; WRITERS],
    examiners: [Examiner; EXAMINERS],
    invalidation: u8,
    crashes: u8,
}

const fn mark(writer: usize) -> u8 {
    2 << writer
}

const fn doubt(examiner: usize) -> u8 {
    2 << (WRITERS + examiner)
}

impl Life {
    fn add(&self, state: &mut State, members: u8) {
        if state.index == 0 {
            state.can_be_evicted = self.is_volatile;
        }
        state.index |= members;
    }

    fn list(state: &mut State) {
        state.ends += 1;
        state.end = state.ends;
    }

    fn write(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = mark(slot);
        let is_concerned = state.invalidation > 0 && !state.writers[slot].seen;
        let mut go = |next: &State, label: &'static str, pc: u8| {
            let mut next = *next;
            next.writers[slot].pc = pc;
            if pc == DONE {
                next.writers[slot] = Writer {
                    pc: DONE,
                    ..Writer::default()
                };
            }
            moves.push(((label, slot as u8), next));
        };
        match state.writers[slot].pc {
            0 => {
                next.writers[slot].seen = state.invalidation > 0;
                go(
                    &next,
                    "the function begins",
                    if self.form == Form::Script { 1 } else { 2 },
                );
            }
            1 if is_concerned => go(&next, "script: refused", DONE),
            1 => {
                if !self.is_volatile {
                    next.can_be_evicted = false;
                }
                self.add(&mut next, KEY);
                Self::list(&mut next);
                next.value = Some(state.writers[slot].seen);
                go(&next, "script: PERSIST, SADD, ZADD, SET", DONE);
            }
            2 if self.is_listed_first && self.is_plain() => {
                Self::list(&mut next);
                go(&next, "ZADD", 3);
            }
            2 => go(&next, "the result is there", 3),
            // The mark and its index are written by two connections: either may come first.
            3 => {
                next.staged |= own;
                go(&next, "SET mark", 4);
                let mut next = *state;
                self.add_mark(&mut next, own);
                go(&next, "SADD mark", 5);
            }
            4 => {
                self.add_mark(&mut next, own);
                go(&next, "SADD mark", 6);
            }
            5 => {
                next.staged |= own;
                go(&next, "SET mark", 6);
            }
            6 => {
                if self.persist == Persist::AfterSadd && !self.is_volatile {
                    next.can_be_evicted = false;
                }
                if !self.is_listed_first {
                    Self::list(&mut next);
                }
                go(&next, "SADD is answered", 7);
            }
            7 => go(&next, "look at the log", if is_concerned { 9 } else { 8 }),
            8 => {
                if state.staged & own != 0 {
                    next.value = Some(state.writers[slot].seen);
                    next.writers[slot].is_stored = true;
                }
                next.staged &= !own;
                go(&next, "RENAME mark key", 9);
            }
            9 => {
                if state.writers[slot].is_stored {
                    if state.index & own != 0 {
                        next.index |= KEY;
                    } else if self.is_plain() || state.index & KEY == 0 {
                        next.value = None;
                    }
                }
                next.staged &= !own;
                next.index &= !own;
                go(&next, "tidy", DONE);
            }
            _ => {}
        }
    }

    fn add_mark(&self, state: &mut State, own: u8) {
        if self.persist == Persist::BeforeSadd && !self.is_volatile {
            state.can_be_evicted = false;
        }
        self.add(state, own);
        if !self.is_plain() {
            Self::list(state);
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self.look, Look::Reaping | Look::ReapingWithoutComparing)
    }

    /// Whether a writer still has to do with its mark: no examiner takes it for an old one.
    fn is_young(&self, state: &State, slot: usize) -> bool {
        !matches!(state.writers[slot].pc, 0 | DONE)
    }

    fn has_living_member(&self, state: &State) -> bool {
        let is_alive = |slot: usize| {
            let is_member = state.index & mark(slot) != 0;
            is_member
                && match self.look {
                    Look::EmptyMarksAreDead => state.staged & mark(slot) != 0 || state.value.is_some(),
                    Look::MarksStandForNothing => self.is_young(state, slot),
                    // One that a dead writer has left stands for the value that may have got its name.
                    _ => self.is_young(state, slot) || state.value.is_some(),
                }
        };
        let doubts = state.index & (doubt(0) | doubt(1)) != 0;
        state.index & KEY != 0 && state.value.is_some() || (0..WRITERS).any(is_alive) || doubts
    }

    fn examine(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = doubt(slot);
        let examiner = state.examiners[slot];
        let is_reaping = self.is_plain();
        let mut has_seen = examiner.end;
        let (label, pc) = match examiner.pc {
            // Not due while somebody is about to write what it was listed for.
            0 if state.end == 0 || (is_reaping && (0..WRITERS).any(|slot| self.is_young(state, slot))) => return,
            0 => {
                has_seen = state.end;
                ("an index is due", if is_reaping { 3 } else { 1 })
            }
            1 if self.has_living_member(state) => ("a member lives", DONE),
            1 if self.look == Look::EachAlone => ("no member lives", 2),
            1 | 2 => {
                next.index = 0;
                next.end = 0;
                ("UNLINK index, ZREM", DONE)
            }
            3 if state.index & KEY == 0 => ("no member", 8),
            3 => ("EXISTS key", if state.value.is_some() { DONE } else { 4 }),
            4 => {
                next.index = state.index & !KEY | own;
                ("script: SADD doubt, SREM key", 5)
            }
            5 => ("EXISTS key", if state.value.is_some() { 6 } else { 7 }),
            6 => {
                self.add(&mut next, KEY);
                ("SADD key", 7)
            }
            7 => {
                next.index &= !own;
                ("SREM doubt", 8)
            }
            8 => ("SCARD", if state.index == 0 { 9 } else { DONE }),
            9 => {
                if self.look == Look::ReapingWithoutComparing || state.end == examiner.end {
                    next.end = 0;
                }
                ("ZREM", DONE)
            }
            _ => return,
        };
        next.examiners[slot] = if pc == DONE {
            Examiner { pc, end: 0 }
        } else {
            Examiner { pc, end: has_seen }
        };
        moves.push(((label, slot as u8), next));
    }

    fn invalidate(&self, state: &State, moves: &mut Moves<State>) {
        let mut next = *state;
        let label = match state.invalidation {
            0 => "XADD",
            1 => {
                if state.index != 0 {
                    next.staged &= !state.index;
                    next.value = None;
                }
                "drop what the index lists"
            }
            _ => return,
        };
        next.invalidation += 1;
        moves.push(((label, 0), next));
    }
}

impl Machine for Life {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let index = if self.has_old_index { KEY } else { 0 };
        vec![State {
            index,
            can_be_evicted: self.has_old_index,
            crashes: self.crashes,
            ..State::default()
        }]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..self.writers {
            self.write(state, slot, moves);
            if state.crashes > 0 && self.is_young(state, slot) {
                let mut next = *state;
                next.writers[slot] = Writer {
                    pc: DONE,
                    ..Writer::default()
                };
                next.crashes -= 1;
                moves.push((("dies", slot as u8), next));
            }
        }
        for slot in 0..EXAMINERS {
            self.examine(state, slot, moves);
        }
        self.invalidate(state, moves);
        if state.value.is_some() {
            moves.push((("the value expires", 0), State { value: None, ..*state }));
        }
        if state.staged != 0 {
            moves.push((("what is staged expires", 0), State { staged: 0, ..*state }));
        }
        if state.index != 0 && state.can_be_evicted {
            moves.push((("the index is evicted", 0), State { index: 0, ..*state }));
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        if state.invalidation == 2 && state.value == Some(false) {
            return Some(STALE);
        }
        if state.value.is_some() && state.index == 0 {
            return Some(UNLISTED);
        }
        let is_quiet = state.writers[..self.writers].iter().all(|writer| writer.pc == DONE)
            && state.examiners.iter().all(|examiner| matches!(examiner.pc, 0 | DONE));
        (is_quiet && !self.is_volatile && state.index != 0 && state.end == 0).then_some(GARBAGE)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.invalidation == 2 && state.end == 0 && state.ends as usize == self.writers && state.index == 0
    }
}
