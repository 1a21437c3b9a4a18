//! What must hold in every state, and what must be reached so that a check that finds nothing is worth something.

use stateright::Property;

use crate::model::backend::Value;
use crate::model::scenario::{Rule, Scenario};
use crate::model::state::{State, Status};

impl Rule {
    pub fn name(self) -> &'static str {
        match self {
            Rule::Fresh => "no stale value can be read",
            Rule::FreshButForEviction => "a stale value that can be read has lost an index",
            Rule::Served => "no caller is handed a stale value",
            Rule::Indexed => "a stored value is in its indexes",
            Rule::Stores => "a run that nothing disturbs is stored",
            Rule::NeverBack => "no run replaces the value of a later one",
            Rule::Recovers => "left alone, a run is stored and an invalidation finds all",
        }
    }
}

pub fn of(scenario: &Scenario) -> Vec<Property<Scenario>> {
    let mut properties: Vec<_> = scenario.rules.iter().map(|&rule| always(rule)).collect();
    if scenario.roles.iter().any(|role| role.target.is_some()) {
        properties.push(Property::sometimes(
            "all invalidations resolve",
            |scenario: &Scenario, state: &State| {
                let targets = scenario.roles.iter().filter(|role| role.target.is_some()).count();
                state.resolved.count_ones() as usize == targets
            },
        ));
    }
    properties.push(Property::sometimes("a value is stored", |_, state: &State| {
        state.stored().next().is_some()
    }));
    properties
}

fn always(rule: Rule) -> Property<Scenario> {
    let condition: fn(&Scenario, &State) -> bool = match rule {
        Rule::Fresh => |scenario, state| stale(scenario, state).next().is_none(),
        Rule::FreshButForEviction => |scenario, state| stale(scenario, state).all(|value| value.has_lost_index),
        Rule::NeverBack => |_, state| !state.was_turned_back,
        Rule::Served => |_, state| !state.was_served_stale,
        Rule::Indexed => is_indexed,
        Rule::Stores => |_, state| !state.was_refused_needlessly,
        Rule::Recovers => recovers,
    };
    Property::always(rule.name(), condition)
}

impl State {
    fn stored(&self) -> impl Iterator<Item = (u8, &Value)> {
        self.backend
            .values
            .iter()
            .enumerate()
            .filter_map(|(key, value)| Some((key as u8, value.as_ref()?)))
    }
}

/// The values that somebody could read now although an invalidation that has resolved concerns them.
fn stale<'a>(scenario: &'a Scenario, state: &'a State) -> impl Iterator<Item = &'a Value> {
    let is_stale =
        |(key, value): &(u8, &Value)| state.resolved & scenario.concern(*key, value.entities) & !value.seen != 0;
    state.stored().filter(is_stale).map(|(_, value)| value)
}

fn is_indexed(scenario: &Scenario, state: &State) -> bool {
    state.stored().all(|(key, value)| {
        let is_member = |entity: usize| {
            let marks = state.marks_in(entity as u8);
            let is_marked =
                (0..scenario.roles.len()).any(|slot| marks & 1 << slot != 0 && scenario.role(slot).key == key);
            state.backend.indexes[entity] & 1 << key != 0 || is_marked
        };
        (0..state.backend.indexes.len())
            .filter(|entity| value.entities & 1 << entity != 0)
            .all(is_member)
    })
}

/// Plays the probe's run and then its invalidation, with nobody else taking a step.
fn recovers(scenario: &Scenario, state: &State) -> bool {
    let mut state = *state;
    let run = scenario.roles.len();
    let key = scenario.role(run).key as usize;
    play(scenario, &mut state, run);
    let is_own = |value: Value| value.seen == state.asked;
    if !state.backend.values[key].is_some_and(is_own) || !is_indexed(scenario, &state) {
        return false;
    }
    play(scenario, &mut state, run + 1);
    stale(scenario, &state).all(|value| value.has_lost_index) && state.backend.values[key].is_none()
}

fn play(scenario: &Scenario, state: &mut State, slot: usize) {
    while state.processes[slot].status == Status::Running {
        scenario.step(state, slot);
    }
}
