//! A server that comes back with older data brings back values that were invalidated since, and so does a backup.
//!
//! Values, indexes and log lie in one slot, so they are of one moment. A process knows by an entry that it has seen.

use crate::model::check::soak;
use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "a process that has looked at the log since has seen to its invalidations";

const PROCESSES: usize = 2;
const ENTRIES: usize = 12;
const NONE: u8 = u8::MAX;
const DONE: u8 = 9;

/// How a process finds out that the data are older than what it has seen.
#[derive(Clone, Copy, PartialEq)]
enum Check {
    /// Today.
    Nothing,
    /// The log has another identity.
    Identity,
    /// The last entry is older than the last that it has seen.
    LastEntry,
    /// The last entry that it has seen is gone, and was not trimmed.
    SeenEntry,
}

/// When that entry is written.
#[derive(Clone, Copy, PartialEq)]
enum Confirm {
    Always,
    /// The first entry of the recovery is still there.
    OwnEntry,
    /// The server is still in the run in which everything was dropped.
    SameRun,
}

#[derive(Clone, Copy)]
struct LostData {
    check: Check,
    /// The entry with the new identity is written when everything is dropped, not before.
    tells_afterwards: bool,
    confirms: Confirm,
    restores: u8,
    log_losses: u8,
    trims: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Kind {
    #[default]
    Seed,
    Invalidation,
    Everything,
    Recovered,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Log {
    first: u8,
    length: u8,
    entries: [u8; ENTRIES],
}

impl Log {
    fn entries(&self) -> &[u8] {
        &self.entries[self.first as usize..self.length as usize]
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Process {
    /// The entry that it has seen last.
    seen: u8,
    identity: u8,
    has_invalidated: bool,
    /// 0: none; 1: append; 2: sweep; 3: append again.
    recovery: u8,
    /// The run of the server in which its recovery began.
    run: u8,
    has_looked: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Data {
    value: Option<u8>,
    log: Log,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    now: Data,
    server_run: u8,
    copy: Option<Data>,
    /// What was ever written to the log, by the order of writing; what each entry says, and its identity.
    written: u8,
    kinds: [Kind; ENTRIES],
    identities: [u8; ENTRIES],
    processes: [Process; PROCESSES],
    run: u8,
    run_position: u8,
    run_seen: u8,
    asked: u8,
    resolved: u8,
    restores: u8,
    log_losses: u8,
    trims: u8,
}

impl State {
    fn append(&mut self, kind: Kind) -> u8 {
        let entry = self.written;
        let identity = match (kind, self.now.log.entries().last()) {
            (Kind::Recovered, _) | (_, None) => entry,
            (_, Some(&last)) => self.identities[last as usize],
        };
        self.written += 1;
        self.kinds[entry as usize] = kind;
        self.identities[entry as usize] = identity;
        self.now.log.entries[self.now.log.length as usize] = entry;
        self.now.log.length += 1;
        entry
    }
}

impl LostData {
    /// What POSITION and APPEND answer about the entry that a process has seen.
    fn is_lost(&self, state: &State, process: &Process) -> bool {
        let entries = state.now.log.entries();
        if process.seen == NONE || self.check == Check::Nothing {
            return false;
        }
        let (Some(&first), Some(&last)) = (entries.first(), entries.last()) else {
            return true;
        };
        let identity = state.identities[last as usize];
        match self.check {
            Check::Nothing => false,
            Check::Identity => identity != process.identity,
            Check::LastEntry => last < process.seen,
            Check::SeenEntry => {
                let was_trimmed = first > process.seen && identity == process.identity;
                !entries.contains(&process.seen) && !was_trimmed
            }
        }
    }

    fn is_undone(&self, state: &State, process: &Process) -> bool {
        match self.confirms {
            Confirm::Always => false,
            Confirm::OwnEntry => self.is_lost(state, process),
            Confirm::SameRun => state.server_run != process.run,
        }
    }

    /// A look at the log, and what follows from it.
    fn look(&self, state: &mut State, slot: usize, kind: Option<Kind>) {
        let mut process = state.processes[slot];
        let mut is_lost = self.is_lost(state, &process);
        if let Some(&last) = state.now.log.entries().last() {
            let identity = state.identities[last as usize];
            let is_recovered = state.kinds[identity as usize] == Kind::Recovered && identity != process.identity;
            is_lost &= !is_recovered;
        }
        if state.now.log.entries().is_empty() && kind.is_none() {
            state.append(Kind::Seed);
        }
        if let Some(kind) = kind {
            state.append(kind);
        }
        let last = state.now.log.entries().last().copied().unwrap_or(NONE);
        process.seen = last;
        process.identity = state.identities[last as usize];
        process.has_looked = true;
        process.recovery = u8::from(is_lost);
        state.processes[slot] = process;
    }

    fn act(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let label = |what| (what, slot as u8);
        let process = state.processes[slot];
        let mut next = *state;
        let room = ENTRIES as u8 - state.written;
        match process.recovery {
            0 if room > 5 => {
                let mut looking = next;
                self.look(&mut looking, slot, None);
                moves.push((label("look at the log"), looking));
                if !process.has_invalidated {
                    // One script: the entry, and the value goes.
                    next.asked |= 1 << slot;
                    self.look(&mut next, slot, Some(Kind::Invalidation));
                    next.now.value = None;
                    next.processes[slot].has_invalidated = true;
                    if next.processes[slot].recovery == 0 {
                        next.resolved |= 1 << slot;
                    }
                    moves.push((label("invalidate"), next));
                }
            }
            1 if room > 1 => {
                let own = next.append(Kind::Everything);
                next.processes[slot].seen = own;
                next.processes[slot].run = state.server_run;
                next.processes[slot].identity = next.identities[own as usize];
                if !self.tells_afterwards {
                    next.append(Kind::Recovered);
                }
                next.processes[slot].recovery = 2;
                moves.push((label("recover: append a:*"), next));
            }
            2 => {
                next.now.value = None;
                next.processes[slot].recovery = 3;
                moves.push((label("recover: sweep"), next));
            }
            3 if self.is_undone(state, &process) => {
                next.processes[slot].recovery = 1;
                moves.push((label("recover again"), next));
            }
            3 if room > 0 => {
                if self.tells_afterwards {
                    next.append(Kind::Recovered);
                }
                if let Some(&last) = next.now.log.entries().last() {
                    next.processes[slot].seen = last;
                    next.processes[slot].identity = next.identities[last as usize];
                }
                next.processes[slot].recovery = 0;
                next.processes[slot].run = 0;
                if process.has_invalidated {
                    next.resolved |= 1 << slot;
                }
                moves.push((label("recovered"), next));
            }
            _ => {}
        }
    }

    fn run(&self, state: &State, moves: &mut Moves<State>) {
        let mut next = *state;
        let entries = state.now.log.entries();
        let label = match state.run {
            0 => {
                let Some(&last) = entries.last() else { return };
                next.run_position = last;
                next.run_seen = state.asked;
                next.run = 1;
                "a run begins"
            }
            1 => {
                let place = entries.iter().position(|&entry| entry == state.run_position);
                let is_news =
                    |&entry: &u8| matches!(state.kinds[entry as usize], Kind::Invalidation | Kind::Everything);
                if place.is_some_and(|place| !entries[place + 1..].iter().any(is_news)) {
                    next.now.value = Some(state.run_seen);
                }
                next.run = DONE;
                next.run_position = NONE;
                "store"
            }
            _ => return,
        };
        moves.push(((label, 0), next));
    }
}

impl Machine for LostData {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let process = Process {
            seen: NONE,
            identity: NONE,
            has_invalidated: false,
            recovery: 0,
            run: 0,
            has_looked: false,
        };
        let mut state = State {
            now: Data {
                value: Some(0),
                log: Log::default(),
            },
            server_run: 0,
            copy: None,
            written: 0,
            kinds: [Kind::Seed; ENTRIES],
            identities: [0; ENTRIES],
            processes: [process; PROCESSES],
            run: 0,
            run_position: NONE,
            run_seen: 0,
            asked: 0,
            resolved: 0,
            restores: self.restores,
            log_losses: self.log_losses,
            trims: self.trims,
        };
        state.append(Kind::Seed);
        vec![state]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..PROCESSES {
            self.act(state, slot, moves);
        }
        self.run(state, moves);
        if state.copy.is_none() {
            moves.push((
                ("a copy is saved", 0),
                State {
                    copy: Some(state.now),
                    ..*state
                },
            ));
        }
        let mut next = *state;
        for process in &mut next.processes {
            process.has_looked = false;
        }
        if let (true, Some(copy)) = (state.restores > 0, state.copy) {
            next.restores -= 1;
            next.now = copy;
            next.server_run += 1;
            moves.push((("the server comes back with the copy", 0), next));
        }
        if state.log_losses > 0 {
            let mut next = *state;
            next.log_losses -= 1;
            next.now.log = Log::default();
            moves.push((("the log is deleted", 0), next));
        }
        // Not after a restore: the log keeps 100,000 entries, and a process that has looked at none of so many takes its
        // own for trimmed.
        if state.trims > 0 && state.server_run == 0 && state.now.log.entries().len() > 1 {
            let mut next = *state;
            next.trims -= 1;
            next.now.log.first += 1;
            moves.push((("the log is trimmed", 0), next));
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        let seen = state.now.value?;
        let has_seen_to = |slot: usize| {
            let process = state.processes[slot];
            process.has_looked && process.recovery == 0 && state.resolved & !seen & 1 << slot != 0
        };
        (0..PROCESSES).any(has_seen_to).then_some(STALE)
    }

    fn is_goal(&self, state: &State) -> bool {
        let is_settled = state
            .processes
            .iter()
            .all(|process| process.recovery == 0 && process.has_looked);
        state.restores == 0 && state.resolved == 0b11 && is_settled
    }
}

const DESIGN: LostData = LostData {
    check: Check::SeenEntry,
    tells_afterwards: true,
    confirms: Confirm::SameRun,
    restores: 1,
    log_losses: 0,
    trims: 0,
};

#[test]
fn a_process_that_misses_an_entry_that_it_has_seen_drops_everything_once() {
    holds(DESIGN);
    holds(LostData {
        log_losses: 1,
        ..DESIGN
    });
    holds(LostData { trims: 1, ..DESIGN });
    holds(LostData {
        restores: soak(1, 2) as u8,
        ..DESIGN
    });
}

#[test]
fn a_recovery_that_is_itself_undone_begins_again() {
    breaks(
        "`r` whatever happened meanwhile",
        LostData {
            confirms: Confirm::Always,
            log_losses: 1,
            ..DESIGN
        },
        STALE,
    );
    breaks(
        "`r` if the `a:*` is still there",
        LostData {
            confirms: Confirm::OwnEntry,
            log_losses: 1,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn without_a_look_at_what_was_seen_old_values_come_back_for_good() {
    breaks(
        "no check",
        LostData {
            check: Check::Nothing,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn an_older_log_has_the_same_identity() {
    breaks(
        "identity alone",
        LostData {
            check: Check::Identity,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn an_older_log_goes_on_and_its_last_entry_is_younger_than_what_was_seen() {
    breaks(
        "last entry alone",
        LostData {
            check: Check::LastEntry,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_recovery_that_tells_of_itself_before_everything_is_dropped_is_believed_too_early() {
    breaks(
        "`r` before the sweep",
        LostData {
            tells_afterwards: false,
            ..DESIGN
        },
        STALE,
    );
}
