//! Who plays what, and which invalidation is about what.

use crate::model::backend::SEED;
use crate::model::scenario::{PositionRule, Role, Rule, Scenario, Target};
use crate::model::state::State;

impl Scenario {
    /// The role of a process; the two slots after the last one are those of the probe.
    pub fn role(&self, slot: usize) -> &Role {
        match (self.roles.get(slot), &self.probe) {
            (Some(role), _) => role,
            (None, Some((run, _))) if slot == self.roles.len() => run,
            (None, Some((_, invalidation))) => invalidation,
            (None, None) => panic!("no process has the slot {slot}"),
        }
    }

    pub fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// Whether the invalidation of this process is about a value of this key with these entities.
    fn is_about(&self, slot: usize, key: u8, entities: u8) -> bool {
        match self.role(slot).target {
            Some(Target::Entity(entity)) => entities & 1 << entity != 0,
            Some(Target::Key(target)) => key == target,
            Some(Target::All) => true,
            None => false,
        }
    }

    /// The invalidations, a bit each, that are about a value of this key with these entities.
    pub fn concern(&self, key: u8, entities: u8) -> u8 {
        let count = self.roles.len() + if self.probe.is_some() { 2 } else { 0 };
        (0..count)
            .filter(|&slot| self.is_about(slot, key, entities))
            .fold(0, |bits, slot| bits | 1 << slot)
    }

    /// Whether the log says that the result of this process may not be stored (or joined by the call of another).
    pub fn is_in_conflict(&self, state: &State, slot: usize) -> bool {
        let (process, role) = (&state.processes[slot], self.role(slot));
        let is_news = |&entry: &u8| entry != SEED && self.is_about(entry as usize, role.key, role.entities);
        let log = &state.backend.log;
        let Some(news) = log.since(process.position) else {
            return true;
        };
        let own = log
            .entry(process.position)
            .filter(|_| self.position_rule == PositionRule::OwnEntryCounts);
        news.iter().any(is_news) || own.as_ref().is_some_and(is_news)
    }
}
