//! States that nothing can tell apart are made one, which is what keeps the checks short.

use crate::model::backend::{LOST, Position, UNREAD, ZERO};
use crate::model::scenario::{PositionRule, Rule, Scenario};
use crate::model::state::{PROCESSES, Process, State, Status};

impl Scenario {
    pub fn normalize(&self, state: &mut State) {
        self.forget_dead_invalidations(state);
        if !self.has(Rule::Served) && !self.has(Rule::NeverBack) {
            self.forget_degrees_of_staleness(state);
        }
        if self.position_rule != PositionRule::IdAlone {
            forget_old_entries(state);
        }
        if self.is_symmetric {
            self.sort_equals(state);
        }
    }

    /// An invalidation that never resolves promises nothing.
    fn forget_dead_invalidations(&self, state: &mut State) {
        let is_dead = |&slot: &usize| state.processes[slot].status == Status::Dead;
        let dead = (0..self.roles.len())
            .filter(is_dead)
            .fold(0, |bits, slot| bits | 1 << slot)
            & !state.resolved;
        state.asked &= !dead;
        for process in &mut state.processes {
            process.seen &= !dead;
        }
        for value in state.backend.values.iter_mut().flatten() {
            value.seen &= !dead;
        }
    }

    /// What is stale stays so; by how many invalidations it is does not matter.
    fn forget_degrees_of_staleness(&self, state: &mut State) {
        for slot in 0..self.roles.len() {
            let role = self.role(slot);
            let concern = self.concern(role.key, role.entities);
            if state.resolved & concern & !state.processes[slot].seen != 0 {
                state.processes[slot].seen = 0;
            }
        }
        for (key, value) in state.backend.values.iter_mut().enumerate() {
            if let Some(value) = value
                && state.resolved & self.concern(key as u8, value.entities) & !value.seen != 0
            {
                value.seen = 0;
            }
        }
    }

    /// Processes of one role are interchangeable: they are kept sorted.
    fn sort_equals(&self, state: &mut State) {
        let mut first = 0;
        while first < self.roles.len() {
            let role = &self.roles[first];
            let count = self.roles[first..].iter().take_while(|&other| other == role).count();
            if count > 1 {
                sort(state, first, count);
            }
            first += count;
        }
    }
}

fn sort(state: &mut State, first: usize, count: usize) {
    let mut order: [usize; PROCESSES] = std::array::from_fn(|slot| slot);
    order[first..first + count].sort_by_key(|&slot| state.processes[slot]);
    if order.is_sorted() {
        return;
    }
    let before: [Process; PROCESSES] = state.processes;
    let mut place = [0u8; PROCESSES];
    for (slot, &origin) in order.iter().enumerate() {
        state.processes[slot] = before[origin];
        place[origin] = slot as u8;
    }
    let moved = |bits: u8| match bits {
        0 => 0,
        _ => (0..PROCESSES)
            .filter(|slot| bits & 1 << slot != 0)
            .fold(0, |moved, slot| moved | 1 << place[slot]),
    };
    state.asked = moved(state.asked);
    state.resolved = moved(state.resolved);
    for process in &mut state.processes {
        process.seen = moved(process.seen);
        process.held = process.held.map(moved);
        process.found_marks = moved(process.found_marks);
    }
    for value in state.backend.values.iter_mut().flatten() {
        value.seen = moved(value.seen);
    }
    state.backend.log.rename(|slot| place[slot as usize]);
}

/// Entries before every position that is still remembered are never read again.
fn forget_old_entries(state: &mut State) {
    let is_place = |position: &Position| ![UNREAD, LOST, ZERO].contains(position);
    if state.processes.iter().any(|process| process.position == ZERO) {
        return;
    }
    let log = &mut state.backend.log;
    let oldest = state
        .processes
        .iter()
        .map(|process| process.position)
        .filter(is_place)
        .min();
    while log.last().is_some_and(|last| log.first() < oldest.unwrap_or(last)) {
        log.trim();
    }
    let shift = log.renumber();
    for process in state.processes.iter_mut().filter(|process| is_place(&process.position)) {
        process.position -= shift;
    }
}
