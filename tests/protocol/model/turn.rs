//! What one command of a process does to the backend and to what the process knows.

use crate::model::backend::{Position, SEED, Value, ZERO};
use crate::model::scenario::{PositionRule, Rule, Scenario};
use crate::model::state::{PROCESSES, Process, State, Status};
use crate::model::step::{OVER, Step};

impl Scenario {
    /// The function of the run begins: from here on its result is what the data were.
    fn begin(&self, state: &mut State, slot: usize) {
        if state.processes[slot].has_begun {
            return;
        }
        let is_invalidating = state.processes.iter().enumerate().any(|(other, process)| {
            process.status == Status::Running && state.asked & !state.resolved & 1 << other != 0
        });
        let process = &mut state.processes[slot];
        process.has_begun = true;
        process.seen = state.asked;
        process.is_disturbed = is_invalidating && self.has(Rule::Stores);
    }

    fn own_value(&self, state: &State, slot: usize) -> Value {
        let role = self.role(slot);
        Value {
            seen: state.processes[slot].seen,
            entities: role.entities,
            has_lost_index: state.processes[slot].has_lost_index,
        }
    }

    fn append(&self, state: &mut State, slot: usize) -> Position {
        state.asked |= 1 << slot;
        if self.has(Rule::Stores) {
            for process in state.processes.iter_mut().filter(|process| process.has_begun) {
                process.is_disturbed = true;
            }
        }
        state.backend.log.append(slot as u8)
    }

    /// SADD to every index of the run and SET, as one.
    fn store(&self, state: &mut State, slot: usize) {
        let role = self.role(slot);
        let value = self.own_value(state, slot);
        for entity in (0..state.backend.indexes.len()).filter(|entity| role.entities & 1 << entity != 0) {
            state.backend.add_member(entity as u8, role.key);
        }
        self.put(state, slot, value);
    }

    /// SET of the value key.
    fn put(&self, state: &mut State, slot: usize, value: Value) {
        let place = &mut state.backend.values[self.role(slot).key as usize];
        state.was_turned_back |= self.has(Rule::NeverBack) && place.is_some_and(|other| other.seen & !value.seen != 0);
        *place = Some(value);
        state.processes[slot].has_stored = true;
    }

    /// One command of a process, and the local steps that follow.
    pub fn step(&self, state: &mut State, slot: usize) {
        let role = self.role(slot);
        let key = role.key as usize;
        let pc = state.processes[slot].pc;
        let mut next = pc + 1;
        match role.program[pc as usize] {
            Step::ReadPosition => {
                let position = match state.backend.log.last() {
                    None if self.position_rule == PositionRule::ZeroWhenEmpty => Some(ZERO),
                    last => last,
                };
                if let Some(position) = position {
                    state.processes[slot].position = position;
                    self.begin(state, slot);
                    next += 1;
                }
            }
            Step::Seed => {
                state.processes[slot].position = state.backend.log.append(SEED);
                self.begin(state, slot);
            }
            Step::AppendPosition => {
                state.processes[slot].position = self.append(state, slot);
                self.begin(state, slot);
            }
            Step::Begin => self.begin(state, slot),
            Step::Store => {
                if !self.is_in_conflict(state, slot) {
                    self.store(state, slot);
                }
            }
            Step::StoreUnchecked => self.store(state, slot),
            Step::Check { on_conflict } => {
                if self.is_in_conflict(state, slot) {
                    next = on_conflict;
                }
            }
            Step::AddMember(entity) => state.backend.add_member(entity, role.key),
            Step::AddMark(entity) => state.processes[slot].marks |= 1 << entity,
            Step::RemoveMark(entity) => state.processes[slot].marks &= !(1 << entity),
            Step::Write => {
                let value = self.own_value(state, slot);
                self.put(state, slot, value);
            }
            Step::Stage => state.processes[slot].is_staged = true,
            Step::Place { on_conflict, .. } if self.is_in_conflict(state, slot) => next = on_conflict,
            Step::Publish { on_failure: on_gone } | Step::Place { on_gone, .. } => {
                if std::mem::take(&mut state.processes[slot].is_staged) {
                    let value = self.own_value(state, slot);
                    self.put(state, slot, value);
                } else {
                    next = on_gone;
                }
            }
            Step::Tidy(entity) => {
                if self.unmark(state, slot, entity) {
                    state.backend.add_member(entity, role.key);
                } else {
                    state.processes[slot].must_withdraw = true;
                }
            }
            Step::TidyAndWithdraw(entity) => {
                if self.unmark(state, slot, entity) {
                    state.backend.add_member(entity, role.key);
                } else if state.backend.indexes[entity as usize] & 1 << key == 0 {
                    self.withdraw(state, slot);
                }
            }
            Step::Unmark(entity) => state.processes[slot].must_withdraw |= !self.unmark(state, slot, entity),
            Step::Unstage => state.processes[slot].is_staged = false,
            Step::WithdrawIfLost | Step::Withdraw => self.withdraw(state, slot),

            Step::Append => {
                self.append(state, slot);
            }
            Step::Invalidate(entity) => {
                self.append(state, slot);
                self.drop_members(state, slot, entity, u8::MAX);
            }
            Step::InvalidateAndUnmark(entity) => {
                self.append(state, slot);
                self.drop_members(state, slot, entity, u8::MAX);
                for process in &mut state.processes {
                    process.marks &= !(1 << entity);
                }
            }
            Step::Drop(entity) => self.drop_members(state, slot, entity, u8::MAX),
            Step::DropPage { entity, key } => self.drop_members(state, slot, entity, 1 << key),
            Step::ReadIndex(entity) => self.find(state, slot, entity, u8::MAX),
            Step::RemoveFound(entity) => state.backend.remove_members(entity, state.processes[slot].found),
            Step::UnlinkFound => {
                let keys = state.processes[slot].found;
                state.backend.unlink(lowest(keys));
                state.processes[slot].found = keys & !lowest(keys);
                if state.processes[slot].found != 0 {
                    next = pc;
                }
            }
            Step::UnlinkStaged | Step::UnlinkStagedOnly => {
                let marked = state.processes[slot].found_marks;
                let other = marked.trailing_zeros() as usize;
                state.processes[other].is_staged = false;
                state.processes[slot].found_marks = marked & !lowest(marked);
                if role.program[pc as usize] == Step::UnlinkStaged {
                    state.processes[slot].found |= 1 << self.role(other).key;
                }
                if state.processes[slot].found_marks != 0 {
                    next = pc;
                }
            }
            Step::UnlinkValues => {
                let keys = self.found_keys(state, slot);
                state.backend.unlink(keys);
            }
            Step::ScanValue(key) => {
                let is_there = state.backend.values[key as usize].is_some();
                state.processes[slot].found = u8::from(is_there) << key;
            }
            Step::ScanStaged(process) => {
                let is_there = state.processes[process as usize].is_staged;
                state.processes[slot].found_marks = u8::from(is_there) << process;
            }
            Step::DropIndex(entity) => state.drop_index(entity as usize),
            Step::UnlinkKey(key) => state.backend.unlink(1 << key),

            Step::UnlessExists(otherwise) => {
                if state.backend.values[key].is_some() {
                    next = otherwise;
                }
            }
            Step::Reap(entity) => {
                if state.backend.values[key].is_none() {
                    state.backend.remove_members(entity, 1 << key);
                }
            }
            Step::RemoveMember(entity) => state.backend.remove_members(entity, 1 << key),
            Step::IfMarked { entity, process } => {
                if state.marks_in(entity) & 1 << process == 0 {
                    next = OVER;
                }
            }
            Step::UnstageOf(other) => state.processes[other as usize].is_staged = false,
            Step::RemoveMarkOf { entity, process } => state.processes[process as usize].marks &= !(1 << entity),

            Step::Get { on_miss } => {
                let process = &mut state.processes[slot];
                if !process.has_begun {
                    process.has_begun = true;
                    process.seen = state.resolved;
                }
                process.held =
                    state.backend.values[key].map(|value| value.seen | !self.concern(role.key, value.entities));
                if process.held.is_none() {
                    next = on_miss;
                }
            }
            Step::IsMember(entity) => {
                if state.backend.indexes[entity as usize] & 1 << key == 0 {
                    state.processes[slot].held = None;
                    next = OVER;
                }
            }
            Step::Join(other) | Step::JoinUnchecked(other) | Step::JoinFailed(other) => {
                let run = state.processes[other as usize];
                let is_checked = !matches!(role.program[pc as usize], Step::JoinUnchecked(_));
                let is_under_way = run.status == Status::Running && run.has_begun;
                if is_under_way && !(is_checked && self.is_in_conflict(state, other as usize)) {
                    let old = matches!(role.program[pc as usize], Step::JoinFailed(_)).then_some(run.held);
                    let fresh = run.seen | !self.concern(role.key, self.role(other as usize).entities);
                    state.processes[slot].held = old.unwrap_or(Some(fresh));
                } else {
                    next = OVER;
                }
            }
            Step::Fail => {}
            Step::Resolve | Step::Serve | Step::End => panic!("a local step is not scheduled"),
        }
        state.processes[slot].pc = next;
        self.go_on(state, slot);
    }

    /// What an index lists of these keys (a bit each).
    fn find(&self, state: &mut State, slot: usize, entity: u8, keys: u8) {
        let marks = state.marks_in(entity);
        let is_of_keys = |&other: &usize| marks & 1 << other != 0 && keys & 1 << self.role(other).key != 0;
        let process = &mut state.processes[slot];
        process.found = state.backend.indexes[entity as usize] & keys;
        process.found_marks = (0..PROCESSES)
            .filter(is_of_keys)
            .fold(0, |bits, other| bits | 1 << other);
    }

    /// UNLINK of all that the members of these keys (a bit each) stand for, and SREM of those that are no marks.
    fn drop_members(&self, state: &mut State, slot: usize, entity: u8, keys: u8) {
        self.find(state, slot, entity, keys);
        state.backend.unlink(self.found_keys(state, slot));
        let process = &mut state.processes[slot];
        let (found, marked) = (
            std::mem::take(&mut process.found),
            std::mem::take(&mut process.found_marks),
        );
        state.backend.remove_members(entity, found);
        for (other, process) in state.processes.iter_mut().enumerate() {
            process.is_staged &= marked & 1 << other == 0;
        }
    }

    /// SREM of the mark of this process. Returns whether it was there.
    fn unmark(&self, state: &mut State, slot: usize, entity: u8) -> bool {
        let marks = &mut state.processes[slot].marks;
        let was_there = *marks & 1 << entity != 0;
        *marks &= !(1 << entity);
        was_there
    }

    /// UNLINK of the value key of this process.
    fn withdraw(&self, state: &mut State, slot: usize) {
        state.backend.values[self.role(slot).key as usize] = None;
        let process = &mut state.processes[slot];
        process.has_stored = false;
        process.must_withdraw = false;
    }

    /// The value keys that the members found stand for, a bit each.
    fn found_keys(&self, state: &State, slot: usize) -> u8 {
        let process = &state.processes[slot];
        let marked = (0..PROCESSES).filter(|other| process.found_marks & 1 << other != 0);
        marked.fold(process.found, |keys, other| keys | 1 << self.role(other).key)
    }

    /// Takes the steps that need no command.
    fn go_on(&self, state: &mut State, slot: usize) {
        loop {
            let process = &mut state.processes[slot];
            let role = self.role(slot);
            let step = if process.pc == OVER {
                Step::End
            } else {
                role.program[process.pc as usize]
            };
            let has_found = process.found | process.found_marks != 0;
            let has_staged = process.is_staged;
            match step {
                Step::Resolve => state.resolved |= 1 << slot,
                Step::Serve => {
                    state.was_served_stale |= process.held.is_some_and(|held| process.seen & !held != 0);
                }
                Step::UnlinkStaged | Step::UnlinkStagedOnly if process.found_marks == 0 => {}
                Step::UnlinkFound if process.found == 0 => {}
                Step::RemoveFound(_) | Step::UnlinkValues if !has_found => {}
                Step::WithdrawIfLost if !process.must_withdraw => {}
                Step::Unstage if !has_staged => {}
                Step::End => return self.finish(state, slot, Status::Done),
                _ => return,
            }
            state.processes[slot].pc += 1;
        }
    }

    /// The process is over, one way or the other: what it knew is gone, what it did stays.
    pub fn finish(&self, state: &mut State, slot: usize, status: Status) {
        let process = state.processes[slot];
        if status == Status::Done && self.has(Rule::Stores) {
            let is_run = process.has_begun && self.role(slot).entities != 0;
            state.was_refused_needlessly |= is_run && !process.has_stored && !process.is_disturbed;
        }
        // What it had staged nobody publishes any more; its marks go on standing for its key.
        state.processes[slot] = Process {
            status,
            marks: process.marks,
            ..Process::default()
        };
    }
}

/// The lowest of some bits.
fn lowest(bits: u8) -> u8 {
    bits & bits.wrapping_neg()
}
