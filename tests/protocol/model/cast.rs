//! The processes that most scenarios are about: runs of one key whose result contains entity 0, and invalidations of
//! that entity.

use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Scenario, Target};
use crate::model::step::Step;

/// A run of key 0 with entity 0 in its result.
pub fn run(program: Vec<Step>) -> Role {
    Role::run(program, 0, 1)
}

/// An invalidation of entity 0.
pub fn invalidation(program: Vec<Step>) -> Role {
    Role::invalidation(program, Target::Entity(0))
}

/// A reaper of the member that key 0 is in the index of entity 0.
pub fn reaper(program: Vec<Step>) -> Role {
    Role::helper(program, 0)
}

/// A call that reads key 0.
pub fn reader(program: Vec<Step>) -> Role {
    Role::helper(program, 0)
}

impl Scenario {
    pub fn probe_script(self) -> Self {
        self.probe(run(script::run()), invalidation(script::invalidation(0)))
    }

    pub fn probe_rename(self) -> Self {
        self.probe(run(rename::run(1)), invalidation(rename::invalidation(0)))
    }
}
