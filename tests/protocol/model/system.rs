//! The state machine: processes that take one command at a time, in any order, at one backend.

use stateright::{Model, Property};

use crate::model::backend::{Backend, LOST, Position, UNREAD, Value, ZERO};
use crate::model::property;
use crate::model::scenario::{PositionRule, Rule, Scenario};
use crate::model::state::{PROCESSES, Process, State, Status};
use crate::model::step::Step;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The process sends its next command and takes the reply.
    Step(usize, Step),
    Crash(usize),
    ExpireValue(usize),
    ExpireStaged(usize),
    EvictIndex(usize),
    EvictLog,
    TrimLog,
}

impl Model for Scenario {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            backend: Backend::default(),
            processes: [Process::default(); PROCESSES],
            asked: 0,
            resolved: 0,
            crashes: self.crashes,
            index_evictions: self.index_evictions,
            log_evictions: self.log_evictions,
            log_trims: self.log_trims,
            was_served_stale: false,
            was_refused_needlessly: false,
            was_turned_back: false,
        };
        for (key, value) in state.backend.values.iter_mut().enumerate() {
            if self.stored_before & 1 << key != 0 {
                *value = Some(Value {
                    seen: 0,
                    entities: 1,
                    has_lost_index: false,
                });
                state.backend.indexes[0] |= 1 << key;
            }
        }
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (slot, process) in state.processes[..self.roles.len()].iter().enumerate() {
            if process.status == Status::Running {
                actions.push(Action::Step(slot, self.roles[slot].program[process.pc as usize]));
                if state.crashes > 0 && process.pc > 0 {
                    actions.push(Action::Crash(slot));
                }
                if self.expiry && process.is_staged {
                    actions.push(Action::ExpireStaged(slot));
                }
            }
        }
        if self.expiry {
            let stored = |&key: &usize| state.backend.values[key].is_some();
            actions.extend((0..state.backend.values.len()).filter(stored).map(Action::ExpireValue));
        }
        if state.index_evictions > 0 {
            let exists = |&entity: &usize| state.has_index(entity);
            actions.extend((0..state.backend.indexes.len()).filter(exists).map(Action::EvictIndex));
        }
        if state.log_evictions > 0 && !state.backend.log.is_empty() {
            actions.push(Action::EvictLog);
        }
        if state.log_trims > 0 && state.backend.log.last() != Some(state.backend.log.first()) {
            actions.push(Action::TrimLog);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = *last;
        match action {
            Action::Step(slot, _) => self.step(&mut state, slot),
            Action::Crash(slot) => {
                state.crashes -= 1;
                self.finish(&mut state, slot, Status::Dead);
            }
            Action::ExpireValue(key) => state.backend.values[key] = None,
            Action::ExpireStaged(slot) => {
                state.processes[slot].is_staged = false;
                state.processes[slot].is_disturbed |= self.has(Rule::Stores);
            }
            Action::EvictIndex(entity) => {
                state.index_evictions -= 1;
                state.lose_index(entity);
            }
            Action::EvictLog => {
                state.log_evictions -= 1;
                state.backend.log.evict();
                if self.position_rule != PositionRule::IdAlone {
                    self.lose_positions(&mut state, |position| position != ZERO);
                }
            }
            Action::TrimLog => {
                state.log_trims -= 1;
                let first = state.backend.log.first();
                state.backend.log.trim();
                if self.position_rule != PositionRule::IdAlone {
                    self.lose_positions(&mut state, |position| position == first);
                }
            }
        }
        self.normalize(&mut state);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        property::of(self)
    }
}

impl Scenario {
    fn lose_positions(&self, state: &mut State, is_lost: impl Fn(Position) -> bool) {
        for process in &mut state.processes {
            if process.position != UNREAD && is_lost(process.position) {
                process.position = LOST;
                process.is_disturbed |= self.has(Rule::Stores);
            }
        }
    }
}
