//! What one command of a process does to the backend and to what the process knows.

use crate::model::backend::{Author, PERSISTENT, Position, SEED, Value, ZERO};
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
            author: Author::Writing(slot as u8),
            is_provisional: false,
            has_lost_index: state.processes[slot].has_lost_index,
            ttl: if self.has_clock() { role.ttl } else { 0 },
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
            let index = &mut state.backend.indexes[entity];
            index.members |= 1 << role.key;
            index.ttl = index.ttl.max(value.ttl);
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
            Step::AddMember(entity) => state.backend.add_member(entity, role.key, self.has_clock()),
            Step::AddMemberAndMark(entity) => {
                state.backend.add_member(entity, role.key, self.has_clock());
                state.processes[slot].marks |= 1 << entity;
            }
            Step::AddMark(entity) => {
                state.processes[slot].marks |= 1 << entity;
                let index = &mut state.backend.indexes[entity as usize];
                index.ttl = index.ttl.max(role.ttl);
            }
            Step::RemoveMark(entity) => state.processes[slot].marks &= !(1 << entity),
            Step::Index(entity) => {
                state.processes[slot].marks |= 1 << entity;
                let index = &mut state.backend.indexes[entity as usize];
                index.members |= 1 << role.key;
                index.ttl = index.ttl.max(role.ttl);
            }
            Step::Lengthen(entity) => {
                let index = &mut state.backend.indexes[entity as usize];
                if index.ttl != 0 {
                    index.ttl = index.ttl.max(role.ttl);
                }
            }
            Step::ExpireNew(entity) => {
                let index = &mut state.backend.indexes[entity as usize];
                if index.ttl == PERSISTENT {
                    index.ttl = role.ttl;
                }
            }
            Step::Expire(entity) => {
                let index = &mut state.backend.indexes[entity as usize];
                if index.ttl != 0 {
                    index.ttl = role.ttl;
                }
            }
            Step::Write | Step::WriteProvisional => {
                let is_provisional = role.program[pc as usize] == Step::WriteProvisional;
                let value = Value {
                    is_provisional,
                    ..self.own_value(state, slot)
                };
                self.put(state, slot, value);
            }
            Step::Confirm => {
                if let Some(value) = &mut state.backend.values[key] {
                    value.is_provisional = false;
                }
            }
            Step::ConfirmOwn => {
                if let Some(value) = &mut state.backend.values[key]
                    && value.author == Author::Writing(slot as u8)
                {
                    value.is_provisional = false;
                }
            }
            Step::Stage => state.processes[slot].staged = self.own_value(state, slot).ttl.max(1),
            Step::Publish { on_failure } | Step::Place { on_failure } => {
                let is_checked = matches!(role.program[pc as usize], Step::Place { .. });
                if state.processes[slot].staged == 0 || is_checked && self.is_in_conflict(state, slot) {
                    next = on_failure;
                } else {
                    let ttl = std::mem::take(&mut state.processes[slot].staged);
                    let ttl = if self.has_clock() { ttl } else { 0 };
                    let value = Value {
                        ttl,
                        ..self.own_value(state, slot)
                    };
                    self.put(state, slot, value);
                }
            }
            Step::Tidy(entity) => {
                if state.backend.values[key].is_some() {
                    state.backend.add_member(entity, role.key, self.has_clock());
                } else {
                    state.backend.remove_members(entity, 1 << key);
                }
                state.processes[slot].marks &= !(1 << entity);
            }
            Step::Unstage => state.processes[slot].staged = 0,
            Step::Withdraw => {
                if let Some(value) = state.backend.values[key] {
                    let is_news = state.asked & self.concern(role.key, value.entities) & !value.seen != 0;
                    state.was_removed_needlessly |= self.has(Rule::Keeps) && !is_news;
                }
                state.backend.values[key] = None;
                state.processes[slot].has_stored = false;
            }

            Step::Append => {
                self.append(state, slot);
            }
            Step::Invalidate(entity) => {
                self.append(state, slot);
                self.find(state, slot, entity, u8::MAX);
                self.drop_found(state, slot, entity);
            }
            Step::InvalidateAndUnmark(entity) => {
                self.append(state, slot);
                self.find(state, slot, entity, u8::MAX);
                self.drop_found(state, slot, entity);
                for process in &mut state.processes {
                    process.marks &= !(1 << entity);
                }
            }
            Step::Empty(entity) => {
                self.find(state, slot, entity, u8::MAX);
                self.drop_found(state, slot, entity);
            }
            Step::ReadIndex(entity) => self.find(state, slot, entity, u8::MAX),
            Step::ScanIndex { entity, key } => self.find(state, slot, entity, 1 << key),
            Step::DropFound(entity) => self.drop_found(state, slot, entity),
            Step::RemoveFound(entity) => state.backend.remove_members(entity, state.processes[slot].found),
            Step::UnlinkFound => {
                if self.unlink_found(state, slot) {
                    next = pc;
                }
            }
            Step::UnlinkStaged | Step::UnlinkStagedOnly => {
                let marked = std::mem::take(&mut state.processes[slot].found_marks);
                for other in (0..PROCESSES).filter(|other| marked & 1 << other != 0) {
                    state.processes[other].staged = 0;
                    if role.program[pc as usize] == Step::UnlinkStaged {
                        state.processes[slot].found |= 1 << self.role(other).key;
                    }
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
                let is_there = state.processes[process as usize].staged > 0;
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
            Step::UnstageOf(other) => state.processes[other as usize].staged = 0,
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
                if state.backend.indexes[entity as usize].members & 1 << key == 0 {
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
        process.found = state.backend.indexes[entity as usize].members & keys;
        process.found_marks = (0..PROCESSES)
            .filter(is_of_keys)
            .fold(0, |bits, other| bits | 1 << other);
    }

    /// SREM of the value keys found, and UNLINK of all that the members found stand for.
    fn drop_found(&self, state: &mut State, slot: usize, entity: u8) {
        state.backend.remove_members(entity, state.processes[slot].found);
        while self.found_keys(state, slot) != 0 {
            self.unlink_found(state, slot);
        }
    }

    /// The value keys that the members found stand for, a bit each.
    fn found_keys(&self, state: &State, slot: usize) -> u8 {
        let process = &state.processes[slot];
        let marked = (0..PROCESSES).filter(|other| process.found_marks & 1 << other != 0);
        marked.fold(process.found, |keys, other| keys | 1 << self.role(other).key)
    }

    /// UNLINK of one value key that was found, and of what is staged for it. Returns whether there are more.
    fn unlink_found(&self, state: &mut State, slot: usize) -> bool {
        let keys = self.found_keys(state, slot);
        let key = keys.trailing_zeros() as u8;
        for other in 0..PROCESSES {
            if state.processes[slot].found_marks & 1 << other != 0 && self.role(other).key == key {
                state.processes[other].staged = 0;
                state.processes[slot].found_marks &= !(1 << other);
            }
        }
        state.backend.unlink(1 << key);
        state.processes[slot].found &= !(1 << key);
        keys & !(1 << key) != 0
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
            let has_staged = process.staged > 0;
            match step {
                Step::Resolve => state.resolved |= 1 << slot,
                Step::Serve => {
                    state.was_served_stale |= process.held.is_some_and(|held| process.seen & !held != 0);
                }
                Step::DropFound(_)
                | Step::RemoveFound(_)
                | Step::UnlinkFound
                | Step::UnlinkStaged
                | Step::UnlinkStagedOnly
                | Step::UnlinkValues
                    if !has_found => {}
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
        for value in state.backend.values.iter_mut().flatten() {
            if value.author == Author::Writing(slot as u8) {
                value.author = if status == Status::Dead {
                    Author::Dead
                } else {
                    Author::Settled
                };
            }
        }
        // What it had staged nobody publishes any more; its marks go on standing for its key.
        state.processes[slot] = Process {
            status,
            marks: process.marks,
            ..Process::default()
        };
    }
}
