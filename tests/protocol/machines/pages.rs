//! An index that is read page by page, in single commands (a Cluster whose keys lie in several slots).
//!
//! SSCAN promises only the members that are there from the first page to the last, and a cursor means nothing to
//! another run of the server. Each member lies on one of two pages; a restart deals the pages anew.

use crate::model::machine::{Machine, Moves};

pub const STALE: &str = "no stale value can be read";
pub const UNLISTED: &str = "a stored value is in its index";

const KEY: u8 = 1;
const WRITERS: usize = 2;
const REAPERS: usize = 2;
const WALKERS: usize = 2;
/// Members: the value key, the marks of writers, those of reapers.
const MEMBERS: usize = 1 + WRITERS + REAPERS;

const fn mark(writer: usize) -> u8 {
    2 << writer
}

const fn doubt(reaper: usize) -> u8 {
    2 << (WRITERS + reaper)
}

/// When an invalidation unlinks what it has found.
#[derive(Clone, Copy, PartialEq)]
pub enum Unlinking {
    AfterEachPage,
    AfterTheLastPage,
}

/// What a page leaves in a key beside the index, with an expiry: while it is there nobody takes a member out.
#[derive(Clone, Copy, PartialEq)]
pub enum Lock {
    Absent,
    /// Anybody's lock will do for the next page.
    Anonymous,
    /// The next page demands the lock that the page before has seen.
    Token,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Restarts {
    Unnoticed,
    /// Each page names the run of the server that answered, and a walk that sees two of them starts over.
    RunId,
    /// The index is walked twice.
    Twice,
}

#[derive(Clone, Copy)]
pub struct Pages {
    pub writers: usize,
    pub reapers: usize,
    /// Reapers of the marks of writers that seem to be dead.
    pub has_mark_reaper: bool,
    pub walkers: usize,
    pub unlinking: Unlinking,
    pub lock: Lock,
    /// Whether reapers take nothing out during a walk.
    pub reapers_wait: bool,
    pub noticing: Restarts,
    pub restarts: u8,
    pub lock_expiries: u8,
    pub crashes: u8,
    pub stored_before: bool,
}

pub const DESIGN: Pages = Pages {
    writers: 1,
    reapers: 1,
    has_mark_reaper: false,
    walkers: 1,
    unlinking: Unlinking::AfterTheLastPage,
    lock: Lock::Token,
    reapers_wait: true,
    noticing: Restarts::RunId,
    restarts: 0,
    lock_expiries: 0,
    crashes: 0,
    stored_before: false,
};

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Writer {
    pc: u8,
    seen: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Walker {
    pc: u8,
    page: u8,
    passes: u8,
    found: u8,
    token: u8,
    run: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The invalidations that its run knew of, a bit each.
    value: Option<u8>,
    staged: u8,
    index: u8,
    /// The page of each member, a bit each.
    pages: u8,
    /// 0: none.
    lock: u8,
    locks_made: u8,
    run: u8,
    writers: [Writer; WRITERS],
    reapers: [u8; REAPERS],
    mark_reaper: u8,
    walkers: [Walker; WALKERS],
    asked: u8,
    resolved: u8,
    restarts: u8,
    lock_expiries: u8,
    crashes: u8,
}

const DONE: u8 = 9;

impl Pages {
    fn is_locked(&self, state: &State) -> bool {
        self.lock != Lock::Absent && state.lock != 0
    }

    fn write(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = mark(slot);
        let writer = &mut next.writers[slot];
        let label = match writer.pc {
            0 => {
                writer.seen = state.asked;
                writer.pc = 1;
                "the function begins"
            }
            1 => {
                next.staged |= 1 << slot;
                writer.pc = 2;
                "SET mark"
            }
            2 => {
                next.index |= own;
                writer.pc = 3;
                "SADD mark"
            }
            3 => {
                writer.pc = if state.asked & !writer.seen == 0 { 4 } else { 6 };
                "look at the log"
            }
            4 if state.staged & 1 << slot != 0 => {
                next.staged &= !(1 << slot);
                next.value = Some(writer.seen);
                writer.pc = 5;
                "RENAME mark key"
            }
            4 => {
                writer.pc = 6;
                "RENAME fails"
            }
            // One script on the index, that of step 6 included.
            5 if self.lock != Lock::Absent => {
                writer.pc = DONE;
                if state.index & own != 0 {
                    next.index |= KEY;
                    if !self.is_locked(state) {
                        next.index &= !own;
                    }
                }
                "script: SADD key, SREM mark"
            }
            5 => {
                next.index |= KEY;
                writer.pc = 6;
                "SADD key"
            }
            6 => {
                next.staged &= !(1 << slot);
                if !self.is_locked(state) {
                    next.index &= !own;
                }
                writer.pc = DONE;
                "UNLINK mark, SREM mark"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
    }

    fn reap(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let own = doubt(slot);
        let (label, pc) = match state.reapers[slot] {
            0 => ("EXISTS key", if state.value.is_none() { 1 } else { DONE }),
            1 if self.reapers_wait && self.is_locked(state) || state.index & KEY == 0 => ("nothing is taken out", DONE),
            1 => {
                next.index = state.index & !KEY | own;
                ("script: SADD doubt, SREM key", 2)
            }
            2 => ("EXISTS key", if state.value.is_none() { 4 } else { 3 }),
            3 => {
                next.index |= KEY;
                ("SADD key", 4)
            }
            4 => {
                if !(self.reapers_wait && self.is_locked(state)) {
                    next.index &= !own;
                }
                ("SREM doubt", DONE)
            }
            _ => return,
        };
        next.reapers[slot] = pc;
        moves.push(((label, slot as u8), next));
    }

    /// Takes the mark of writer 0 for one of a dead process.
    fn reap_mark(&self, state: &State, moves: &mut Moves<State>) {
        let mut next = *state;
        let (label, pc) = match state.mark_reaper {
            0 if state.index & mark(0) == 0 => return,
            0 => {
                next.staged &= !1;
                ("UNLINK old mark", 1)
            }
            1 => ("EXISTS key", if state.value.is_some() { 2 } else { 3 }),
            2 => {
                next.index |= KEY;
                ("SADD key", 3)
            }
            3 => {
                if !self.is_locked(state) {
                    next.index &= !mark(0);
                }
                ("SREM old mark", DONE)
            }
            _ => return,
        };
        next.mark_reaper = pc;
        moves.push(((label, 0), next));
    }

    fn walk(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let walker = &mut next.walkers[slot];
        let label = match walker.pc {
            0 => {
                walker.pc = 1;
                next.asked |= 1 << slot;
                "XADD"
            }
            1 => {
                let has_lock = match self.lock {
                    Lock::Absent => true,
                    Lock::Anonymous => state.lock != 0,
                    Lock::Token => state.lock == walker.token,
                };
                let is_same_run = self.noticing != Restarts::RunId || state.run == walker.run;
                if walker.page > 0 && !(has_lock && is_same_run) {
                    walker.page = 0;
                }
                if self.lock != Lock::Absent && state.lock == 0 {
                    next.locks_made += 1;
                    next.lock = next.locks_made;
                }
                walker.token = if self.lock == Lock::Token { next.lock } else { 0 };
                walker.run = if self.noticing == Restarts::RunId { state.run } else { 0 };
                let on_page = if walker.page == 0 { !state.pages } else { state.pages };
                walker.found |= state.index & on_page;
                walker.page += 1;
                if walker.page == 2 {
                    walker.page = 0;
                    walker.passes += 1;
                }
                let is_over = walker.passes == if self.noticing == Restarts::Twice { 2 } else { 1 };
                if is_over || self.unlinking == Unlinking::AfterEachPage {
                    walker.pc = 2;
                }
                "SSCAN"
            }
            2 => {
                let marks = walker.found >> 1 & ((1 << WRITERS) - 1);
                next.staged &= !marks;
                walker.pc = 3;
                "UNLINK marks"
            }
            3 => {
                if walker.found != 0 {
                    next.value = None;
                }
                walker.found = 0;
                if walker.passes == if self.noticing == Restarts::Twice { 2 } else { 1 } {
                    *walker = Walker {
                        pc: DONE,
                        ..Walker::default()
                    };
                    next.resolved |= 1 << slot;
                } else {
                    walker.pc = 1;
                }
                "UNLINK keys"
            }
            _ => return,
        };
        moves.push(((label, slot as u8), next));
    }
}

impl Machine for Pages {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let state = State {
            value: self.stored_before.then_some(0),
            index: if self.stored_before { KEY } else { 0 },
            restarts: self.restarts,
            lock_expiries: self.lock_expiries,
            crashes: self.crashes,
            ..State::default()
        };
        let mut states = vec![state; 1 << MEMBERS];
        for (pages, state) in states.iter_mut().enumerate() {
            state.pages = pages as u8;
        }
        states
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..self.writers {
            self.write(state, slot, moves);
            let pc = state.writers[slot].pc;
            if state.crashes > 0 && pc != 0 && pc != DONE {
                let mut next = *state;
                next.writers[slot].pc = DONE;
                next.crashes -= 1;
                moves.push((("dies", slot as u8), next));
            }
        }
        for slot in 0..self.reapers {
            self.reap(state, slot, moves);
        }
        if self.has_mark_reaper {
            self.reap_mark(state, moves);
        }
        for slot in 0..self.walkers {
            self.walk(state, slot, moves);
        }
        if state.value.is_some() {
            moves.push((("the value expires", 0), State { value: None, ..*state }));
        }
        if state.lock != 0 && state.lock_expiries > 0 {
            let lock_expiries = state.lock_expiries - 1;
            moves.push((
                ("the lock expires", 0),
                State {
                    lock: 0,
                    lock_expiries,
                    ..*state
                },
            ));
        }
        if state.restarts > 0 {
            for pages in 0..1 << MEMBERS {
                let next = State {
                    pages,
                    run: state.run + 1,
                    restarts: state.restarts - 1,
                    ..*state
                };
                moves.push((("restart", pages), next));
            }
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        let seen = state.value?;
        if state.resolved & !seen != 0 {
            return Some(STALE);
        }
        (state.index == 0).then_some(UNLISTED)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.resolved.count_ones() as usize == self.walkers && state.value == Some(state.asked)
    }
}
