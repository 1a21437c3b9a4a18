//! The near cache: memory in front of Redis, which serves without a command while its lease lasts.
//!
//! One key. An instance holds a near value, follows the log, and renews a lease in a registry on the server. An invalidation
//! resolves when every lease that was held at its (closing) entry has applied it or is over. Any time may pass between two
//! steps of anybody, so a paused process is one that takes no step. Time is what it takes to be right: the server never
//! lets a lease lapse that its holder, whose time counts from before it asked, may still use. Leases have nothing in common
//! but the log and the registry, so one instance stands for all; the first invalidation may be of its own process.

mod instance;
mod invalidation;
mod server;
mod state;

use self::state::{INSTANCES, Invalidation, State};
use crate::model::machine::{Machine, Moves};

pub const STALE: &str = "no near value is older than an invalidation that has resolved";
pub const OVER: &str = "no near value outlives its value on the server";
pub const LATE: &str = "an instance that is behind renews its lease once at most";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The entry and the drop are one script.
    OneStep,
    /// The entry, the drop, and a closing entry.
    ManySteps,
    /// As `ManySteps`, but the value becomes stale in place of being dropped.
    Soft,
}

/// The design, and what can be left out of it.
#[derive(Clone, Copy)]
pub struct Near {
    pub kinds: &'static [Kind],
    /// The first invalidation is one of the instance's own process.
    pub is_own: bool,
    /// The server may lose the registry.
    pub loses_registry: bool,
    /// The server may lose the log.
    pub loses_log: bool,
    pub has_closing_entry: bool,
    pub acknowledges_what_is_applied: bool,
    pub renews_only_when_caught_up: bool,
    pub counts_from_the_sending: bool,
    pub heeds_a_missing_field: bool,
    pub drops_when_lapsed: bool,
    pub applies_its_own: bool,
    /// An entry of its own that it has applied when the reply arrived is not applied again when it is read.
    pub passes_over_its_own: bool,
    pub keeps_joins_apart: bool,
    pub leaves_stale_values: bool,
    pub carries_ttl: bool,
    /// The registry has a witness: an invalidation learns that the registry was lost.
    pub has_witness: bool,
    /// A renewal finds the entry of the renewal before, or the log is another one.
    pub checks_the_log: bool,
}

pub const DESIGN: Near = Near {
    kinds: &[Kind::ManySteps],
    is_own: false,
    loses_registry: false,
    loses_log: false,
    has_closing_entry: true,
    acknowledges_what_is_applied: true,
    renews_only_when_caught_up: true,
    counts_from_the_sending: true,
    heeds_a_missing_field: true,
    drops_when_lapsed: true,
    applies_its_own: true,
    passes_over_its_own: true,
    keeps_joins_apart: true,
    leaves_stale_values: true,
    carries_ttl: true,
    has_witness: true,
    checks_the_log: true,
};

pub const ONE_STEP: Near = Near {
    kinds: &[Kind::OneStep],
    ..DESIGN
};
pub const SOFT: Near = Near {
    kinds: &[Kind::Soft],
    ..DESIGN
};

impl Machine for Near {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![State::start()]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..INSTANCES {
            self.instance(state, slot, moves);
        }
        for slot in 0..self.kinds.len() {
            self.invalidate(state, slot, moves);
        }
        self.write(state, moves);
        self.expire(state, moves);
        self.lose(state, moves);
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        for own in state.instances.iter().filter(|own| own.may_serve) {
            let joinable = own.run.filter(|run| !run.is_refused || !self.keeps_joins_apart);
            // What the server serves stale may be handed out: it is not kept.
            let given = [
                own.held,
                joinable.and_then(|run| run.read).filter(|value| !value.is_stale),
            ];
            if own.held.is_some_and(|value| value.is_over) {
                return Some(OVER);
            }
            if given.iter().flatten().any(|value| value.version < state.resolved) {
                return Some(STALE);
            }
        }
        let is_late = |invalidation: &Invalidation| invalidation.renewals.iter().any(|&count| count > 1);
        state.invalidations.iter().any(is_late).then_some(LATE)
    }

    fn is_goal(&self, state: &State) -> bool {
        usize::from(state.resolved) == self.kinds.len()
            && state.instances.iter().all(|own| own.may_serve && own.held.is_some())
    }
}
