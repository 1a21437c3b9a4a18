//! What is put together for one check: who takes part, with which programs, and what may go wrong how often.

use crate::model::step::Step;

/// What an invalidation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Entity(u8),
    Key(u8),
    /// A function or everything: every value of the model.
    All,
}

/// Which part a process plays. Several processes may play the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub program: Vec<Step>,
    /// The value key that it reads, writes or reaps.
    pub key: u8,
    /// The entities in the result of its run, a bit each.
    pub entities: u8,
    /// What it invalidates; `None` for runs, readers and reapers.
    pub target: Option<Target>,
}

impl Role {
    /// A call of the function behind `key`, whose result contains these entities (a bit each).
    pub fn run(program: Vec<Step>, key: u8, entities: u8) -> Self {
        Role {
            program,
            key,
            entities,
            target: None,
        }
    }

    /// A refresh of `key`: a run that tells the log of itself.
    pub fn refresh(program: Vec<Step>, key: u8, entities: u8) -> Self {
        Role {
            target: Some(Target::Key(key)),
            ..Role::run(program, key, entities)
        }
    }

    pub fn invalidation(program: Vec<Step>, target: Target) -> Self {
        Role {
            program,
            key: 0,
            entities: 0,
            target: Some(target),
        }
    }

    /// A reader or a reaper of `key`.
    pub fn helper(program: Vec<Step>, key: u8) -> Self {
        Role::run(program, key, 0)
    }
}

/// How a place in the log is remembered and recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionRule {
    /// By an entry that can be told from every other that ever was: its id and the writer's own number in it.
    Entry,
    /// By the id alone, on a server whose clock may give a log made anew the ids of the old one (broken variant).
    IdAlone,
    /// `0-0` when the log is empty, and no seed (broken variant).
    ZeroWhenEmpty,
    /// The entry at the position is itself taken for news (broken variant).
    OwnEntryCounts,
}

/// Something that must hold in every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// I1: whoever reads now is not given what an invalidation that has resolved concerns.
    Fresh,
    /// I1 as far as indexes are there: such a value has lost one to eviction.
    FreshButForEviction,
    /// I1 for callers that take several steps: what they were handed.
    Served,
    /// Every value is found by its indexes, also while its run goes on, and when its writer has died.
    Indexed,
    /// A run that no invalidation overlaps, and whose position was not lost, ends up stored.
    Stores,
    /// What was asked for last is not replaced by the result of a run that began before.
    NeverBack,
    /// From here a run that is left alone ends up stored and indexed, and an invalidation left alone finds everything.
    Recovers,
}

#[derive(Clone, Debug)]
pub struct Scenario {
    /// One per process, equal ones side by side.
    pub roles: Vec<Role>,
    /// Whether processes of one role can be taken for one another.
    pub is_symmetric: bool,
    pub rules: Vec<Rule>,
    pub position_rule: PositionRule,
    /// A run and an invalidation that the rule `Recovers` plays alone from every state.
    pub probe: Option<(Role, Role)>,
    /// How many processes may die.
    pub crashes: u8,
    pub index_evictions: u8,
    pub log_evictions: u8,
    pub log_trims: u8,
    /// Values and staged results may expire or be evicted at any moment.
    pub expiry: bool,
    /// A value of each of these keys (a bit each) is stored and indexed under entity 0 before all begins.
    pub stored_before: u8,
}

impl Scenario {
    pub fn new(rules: &[Rule]) -> Self {
        Scenario {
            roles: Vec::new(),
            is_symmetric: true,
            rules: rules.to_vec(),
            position_rule: PositionRule::Entry,
            probe: None,
            crashes: 0,
            index_evictions: 0,
            log_evictions: 0,
            log_trims: 0,
            expiry: false,
            stored_before: 0,
        }
    }

    pub fn with(mut self, count: usize, role: Role) -> Self {
        self.is_symmetric &= !role.program.iter().any(|step| step.names_process());
        self.roles.extend(std::iter::repeat_n(role, count));
        self
    }

    pub fn position_rule(mut self, rule: PositionRule) -> Self {
        self.position_rule = rule;
        self
    }

    pub fn probe(mut self, run: Role, invalidation: Role) -> Self {
        self.probe = Some((run, invalidation));
        self
    }

    pub fn crashes(mut self, count: u8) -> Self {
        self.crashes = count;
        self
    }

    pub fn index_evictions(mut self, count: u8) -> Self {
        self.index_evictions = count;
        self
    }

    /// The log may be evicted, and may lose its oldest entry, this often each.
    pub fn log_losses(mut self, count: u8) -> Self {
        self.log_evictions = count;
        self.log_trims = count;
        self
    }

    pub fn expiry(mut self) -> Self {
        self.expiry = true;
        self
    }

    pub fn stored_before(mut self, keys: u8) -> Self {
        self.stored_before = keys;
        self
    }
}
