//! The near cache: memory in front of Redis, which serves without a command while its lease lasts.
//!
//! One key. An instance holds a near value, follows the log, and renews a lease in a registry on the server. An invalidation
//! resolves when every lease that was held at its (closing) entry has applied it or is over. Any time may pass between two
//! steps of anybody, so a paused process is one that takes no step. Time is what it takes to be right: the server never
//! lets a lease lapse that its holder, whose time counts from before it asked, may still use. Leases have nothing in common
//! but the log and the registry, so one instance stands for all; the first invalidation may be of its own process.

use crate::model::check::soak;
use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "no near value is older than an invalidation that has resolved";
const OVER: &str = "no near value outlives its value on the server";
const LATE: &str = "an instance that is behind renews its lease once at most";

const INSTANCES: usize = 1;
const INVALIDATIONS: usize = 2;
const STORES: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The entry and the drop are one script.
    OneStep,
    /// The entry, the drop, and a closing entry.
    ManySteps,
    /// As `ManySteps`, but the value becomes stale in place of being dropped.
    Soft,
}

/// The design, and what can be left out of it.
#[derive(Clone, Copy)]
struct Near {
    kinds: &'static [Kind],
    /// The first invalidation is one of the instance's own process.
    is_own: bool,
    /// The server may lose the registry.
    loses_registry: bool,
    /// The server may lose the log.
    loses_log: bool,
    has_closing_entry: bool,
    acknowledges_what_is_applied: bool,
    renews_only_when_caught_up: bool,
    counts_from_the_sending: bool,
    heeds_a_missing_field: bool,
    drops_when_lapsed: bool,
    applies_its_own: bool,
    /// An entry of its own that it has applied when the reply arrived is not applied again when it is read.
    passes_over_its_own: bool,
    keeps_joins_apart: bool,
    leaves_stale_values: bool,
    carries_ttl: bool,
    /// The registry has a witness: an invalidation learns that the registry was lost.
    has_witness: bool,
    /// A renewal finds the entry of the renewal before, or the log is another one.
    checks_the_log: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Value {
    version: u8,
    is_stale: bool,
    /// Its value on the server has expired since.
    is_over: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Run {
    read: Option<Value>,
    has_read: bool,
    /// An entry was applied since it began.
    is_refused: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Request {
    Renew { applied: u8 },
    Join,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Reply {
    Renewed {
        applied: u8,
        end: u8,
    },
    Joined {
        end: u8,
    },
    /// There is no lease to renew, or the log is another one.
    Refused,
}

/// Of a request that is under way, and of a reply: whether the time that it may give is not over yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Wire {
    Idle,
    Sent(Request, bool),
    Answered(Reply, bool),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Instance {
    held: Option<Value>,
    run: Option<Run>,
    /// How far it has read, and applied, the log.
    read: u8,
    applied: u8,
    /// What it had applied, and where the log ended, at the renewal before.
    acknowledged: u8,
    end: u8,
    has_joined: bool,
    may_serve: bool,
    wire: Wire,
}

/// A lease, as the server knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Field {
    applied: u8,
    is_over: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Invalidation {
    pc: u8,
    version: u8,
    /// The entry that is to be applied.
    entry: u8,
    /// The instances that it waits for.
    waits: u8,
    /// How often each has renewed since without having applied the entry.
    renewals: [u8; INSTANCES],
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Writer {
    pc: u8,
    position: u8,
    version: u8,
    stores: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    /// The version of the data.
    row: u8,
    value: Option<Value>,
    /// Entries are numbered for good. Those before `first` are lost.
    first: u8,
    last: u8,
    /// The entries that are about the key.
    about: u16,
    registry: [Option<Field>; INSTANCES],
    /// The leases that were lost with the registry.
    lost: [bool; INSTANCES],
    instances: [Instance; INSTANCES],
    invalidations: [Invalidation; INVALIDATIONS],
    writer: Writer,
    /// The entry of its own that the instance has applied when the reply arrived.
    own_entry: u8,
    /// The newest version whose invalidation has resolved.
    resolved: u8,
    losses: u8,
    has_expired: bool,
}

impl State {
    fn append(&mut self, is_about: bool) -> u8 {
        self.last += 1;
        if is_about {
            self.about |= 1 << self.last;
        }
        self.last
    }

    fn log_is_empty(&self) -> bool {
        self.first > self.last
    }

    /// Whether the log has an entry about the key after a position. Those that are lost nobody sees.
    fn concerns(&self, position: u8) -> bool {
        self.concerns_between(position, self.last, 0)
    }

    /// The same up to another position, without one entry.
    fn concerns_between(&self, position: u8, end: u8, without: u8) -> bool {
        (self.first.max(position + 1)..=end).any(|entry| entry != without && self.about & 1 << entry != 0)
    }
}

impl Instance {
    /// Drops what is near, runs under way included.
    fn drop_near(&mut self) {
        self.held = None;
        if let Some(run) = &mut self.run {
            run.is_refused = true;
        }
    }
}

impl Near {
    fn instance(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let own = &state.instances[slot];
        let mut push = |label, change: &dyn Fn(&mut State)| {
            let mut next = *state;
            change(&mut next);
            moves.push(((label, slot as u8), next));
        };

        // A call that is not served near is a run of the near cache.
        match own.run {
            None if own.held.is_none() && own.may_serve => push("a run begins", &|next| {
                next.instances[slot].run = Some(Run::default());
            }),
            Some(run) if !run.has_read => push("the run reads the server", &|next| {
                let run = Run {
                    read: next.value,
                    has_read: true,
                    ..run
                };
                next.instances[slot].run = Some(run);
            }),
            Some(run) if run.has_read => push("the run ends", &|next| {
                let own = &mut next.instances[slot];
                own.run = None;
                own.held = run
                    .read
                    .filter(|value| !(run.is_refused || value.is_stale && self.leaves_stale_values));
            }),
            _ => {}
        }

        // The follower.
        if own.has_joined && own.read < state.last && !state.log_is_empty() {
            push("XREAD", &|next| next.instances[slot].read = next.last);
        }
        if own.applied < own.read {
            push("the entries are applied", &|next| {
                let without = if self.passes_over_its_own { next.own_entry } else { 0 };
                let is_concerned = next.concerns_between(own.applied, own.read, without);
                let own = &mut next.instances[slot];
                own.applied = own.read;
                if is_concerned {
                    own.drop_near();
                }
            });
        }

        // The lease.
        match own.wire {
            Wire::Idle if !own.has_joined => push("join", &|next| {
                next.instances[slot].wire = Wire::Sent(Request::Join, true);
            }),
            // A renewal that would change nothing is left out.
            Wire::Idle
                if (own.applied >= own.end || !self.renews_only_when_caught_up)
                    && (!own.may_serve || own.acknowledged < own.read || own.end < state.last) =>
            {
                push("renew", &|next| {
                    let own = &mut next.instances[slot];
                    let applied = if self.acknowledges_what_is_applied {
                        own.applied
                    } else {
                        own.read
                    };
                    own.wire = Wire::Sent(Request::Renew { applied }, true);
                })
            }
            Wire::Sent(request, is_alive) => push("the server answers", &|next| {
                let reply = self.answer(next, slot, request);
                next.instances[slot].wire = Wire::Answered(reply, is_alive);
            }),
            Wire::Answered(reply, is_alive) => push("the answer arrives", &|next| {
                let own = &mut next.instances[slot];
                own.wire = Wire::Idle;
                let is_alive = is_alive || !self.counts_from_the_sending;
                match reply {
                    Reply::Renewed { applied, end } => {
                        own.acknowledged = applied;
                        own.end = end;
                        own.may_serve |= is_alive;
                    }
                    Reply::Joined { end } => {
                        own.drop_near();
                        (own.read, own.applied, own.acknowledged, own.end) = (end, end, end, end);
                        own.has_joined = true;
                        own.may_serve = is_alive;
                    }
                    Reply::Refused => {
                        own.drop_near();
                        own.has_joined = false;
                        own.may_serve = false;
                    }
                }
            }),
            Wire::Idle => {}
        }

        // Time.
        if own.may_serve {
            push("its own time is over", &|next| next.instances[slot].may_serve = false);
            return;
        }
        match own.wire {
            Wire::Sent(request, true) => push("the time of its request is over", &|next| {
                next.instances[slot].wire = Wire::Sent(request, false);
            }),
            Wire::Answered(reply, true) => {
                push("the time of its request is over", &|next| {
                    next.instances[slot].wire = Wire::Answered(reply, false);
                });
                return;
            }
            _ => {}
        }
        if let Some(field) = state.registry[slot].filter(|field| !field.is_over) {
            push("the lease lapses", &|next| {
                next.registry[slot] = Some(Field { is_over: true, ..field });
            });
        }
        if state.lost[slot] {
            push("the lost lease lapses", &|next| next.lost[slot] = false);
        }
    }

    fn answer(&self, next: &mut State, slot: usize, request: Request) -> Reply {
        match request {
            Request::Join => {
                if next.log_is_empty() {
                    next.append(false);
                }
                next.registry[slot] = Some(Field {
                    applied: next.last,
                    is_over: false,
                });
                Reply::Joined { end: next.last }
            }
            Request::Renew { applied } => {
                let is_there = match next.registry[slot] {
                    None => !self.heeds_a_missing_field,
                    Some(field) => !field.is_over || !self.drops_when_lapsed,
                };
                let is_same_log = next.instances[slot].acknowledged >= next.first || !self.checks_the_log;
                if !is_there || !is_same_log {
                    return Reply::Refused;
                }
                for invalidation in &mut next.invalidations {
                    if invalidation.waits & 1 << slot != 0 && applied < invalidation.entry {
                        let count = &mut invalidation.renewals[slot];
                        *count = (*count + 1).min(2);
                    }
                }
                next.registry[slot] = Some(Field {
                    applied,
                    is_over: false,
                });
                Reply::Renewed {
                    applied,
                    end: next.last,
                }
            }
        }
    }

    fn invalidate(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let kind = self.kinds[slot];
        let own_instance = (self.is_own && slot == 0).then_some(0);
        let pc = state.invalidations[slot].pc;
        let mut waits_now = false;
        let label = match (pc, kind) {
            (0, _) => {
                next.row += 1;
                next.invalidations[slot].version = next.row;
                next.invalidations[slot].pc = if kind == Kind::OneStep { 1 } else { 4 };
                "the data change"
            }
            (1, _) => {
                next.append(true);
                next.value = None;
                waits_now = true;
                "the entry and the drop"
            }
            (4, _) => {
                next.append(true);
                next.invalidations[slot].pc = 5;
                waits_now = !self.has_closing_entry;
                "the entry"
            }
            (5, _) => {
                next.value = match next.value {
                    Some(value) if kind == Kind::Soft => Some(Value {
                        is_stale: true,
                        ..value
                    }),
                    _ => None,
                };
                next.invalidations[slot].pc = if self.has_closing_entry { 6 } else { 2 };
                "the drop"
            }
            (6, _) => {
                next.append(true);
                waits_now = true;
                "the closing entry"
            }
            (2, _) => {
                if let Some(own) = own_instance {
                    next.own_entry = next.invalidations[slot].entry;
                    if self.applies_its_own {
                        next.instances[own].drop_near();
                    }
                }
                next.invalidations[slot].pc = 3;
                "the reply arrives"
            }
            (3, _) => {
                let Invalidation {
                    entry, waits, version, ..
                } = state.invalidations[slot];
                let waits_for = |instance: usize| {
                    let is_behind =
                        state.registry[instance].is_some_and(|field| !field.is_over && field.applied < entry);
                    waits & 1 << instance != 0 && (is_behind || (self.has_witness && state.lost[instance]))
                };
                if (0..INSTANCES).any(waits_for) {
                    return;
                }
                next.resolved = next.resolved.max(version);
                next.invalidations[slot] = Invalidation {
                    pc: 9,
                    ..Invalidation::default()
                };
                "it resolves"
            }
            _ => return,
        };
        if waits_now {
            let entry = next.last;
            let mut waits = 0;
            for instance in (0..INSTANCES).filter(|instance| Some(*instance) != own_instance) {
                let is_held = next.registry[instance].is_some_and(|field| !field.is_over);
                if is_held || (self.has_witness && next.lost[instance]) {
                    waits |= 1 << instance;
                }
            }
            let own = &mut next.invalidations[slot];
            (own.entry, own.waits) = (entry, waits);
            if pc != 4 {
                own.pc = 2;
            }
        }
        moves.push(((label, slot as u8), next));
    }

    /// A run of the function somewhere, which stores its result on the server.
    fn write(&self, state: &State, moves: &mut Moves<State>) {
        let mut next = *state;
        let label = match state.writer.pc {
            0 if state.writer.stores == STORES => return,
            0 => {
                if next.log_is_empty() {
                    next.append(false);
                }
                next.writer = Writer {
                    pc: 1,
                    position: next.last,
                    version: next.row,
                    stores: state.writer.stores + 1,
                };
                "the function begins"
            }
            _ => {
                let Writer {
                    position,
                    version,
                    stores,
                    ..
                } = state.writer;
                if position >= state.first && !state.concerns(position) {
                    next.value = Some(Value {
                        version,
                        is_stale: false,
                        is_over: false,
                    });
                }
                next.writer = Writer {
                    stores,
                    ..Writer::default()
                };
                "STORE"
            }
        };
        moves.push(((label, 0), next));
    }

    fn expire(&self, state: &State, moves: &mut Moves<State>) {
        let mut next = *state;
        next.has_expired = true;
        next.value = None;
        for own in &mut next.instances {
            if self.carries_ttl {
                own.held = None;
                if let Some(run) = &mut own.run {
                    run.read = None;
                }
                continue;
            }
            let end = |value: Value| Value { is_over: true, ..value };
            own.held = own.held.map(end);
            if let Some(run) = &mut own.run {
                run.read = run.read.map(end);
            }
        }
        moves.push((("the value expires", 0), next));
    }
}

impl Machine for Near {
    type State = State;

    fn starts(&self) -> Vec<State> {
        let instance = Instance {
            held: None,
            run: None,
            read: 1,
            applied: 1,
            acknowledged: 1,
            end: 1,
            has_joined: true,
            may_serve: true,
            wire: Wire::Idle,
        };
        let field = Field {
            applied: 1,
            is_over: false,
        };
        vec![State {
            row: 0,
            value: None,
            first: 1,
            last: 1,
            about: 0,
            registry: [Some(field); INSTANCES],
            lost: [false; INSTANCES],
            instances: [instance; INSTANCES],
            invalidations: [Invalidation::default(); INVALIDATIONS],
            writer: Writer::default(),
            own_entry: 0,
            resolved: 0,
            losses: 0,
            has_expired: false,
        }]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..INSTANCES {
            self.instance(state, slot, moves);
        }
        for slot in 0..self.kinds.len() {
            self.invalidate(state, slot, moves);
        }
        self.write(state, moves);
        if !self.carries_ttl && !state.has_expired && state.value.is_some() {
            self.expire(state, moves);
        }
        if self.loses_registry && state.losses == 0 {
            let mut next = *state;
            next.losses = 1;
            for slot in 0..INSTANCES {
                next.lost[slot] = state.registry[slot].is_some_and(|field| !field.is_over);
                next.registry[slot] = None;
            }
            moves.push((("the registry is lost", 0), next));
        }
        if self.loses_log && state.losses == 0 {
            let mut next = *state;
            next.losses = 1;
            next.first = next.last + 1;
            moves.push((("the log is lost", 0), next));
        }
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

const DESIGN: Near = Near {
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

const ONE_STEP: Near = Near {
    kinds: &[Kind::OneStep],
    ..DESIGN
};
const SOFT: Near = Near {
    kinds: &[Kind::Soft],
    ..DESIGN
};

#[test]
fn a_near_cache_is_exact() {
    holds(ONE_STEP);
    holds(Near {
        is_own: true,
        ..ONE_STEP
    });
    holds(Near { is_own: true, ..DESIGN });
    holds(DESIGN);
    holds(SOFT);
    if soak(0, 1) == 1 {
        holds(Near {
            kinds: &[Kind::OneStep, Kind::ManySteps],
            ..DESIGN
        });
    }
}

#[test]
fn it_is_exact_when_the_registry_is_lost() {
    holds(Near {
        loses_registry: true,
        ..ONE_STEP
    });
    if soak(0, 1) == 1 {
        holds(Near {
            loses_registry: true,
            ..DESIGN
        });
    }
}

#[test]
fn it_is_exact_when_the_log_is_lost() {
    holds(Near {
        loses_log: true,
        ..ONE_STEP
    });
    if soak(0, 1) == 1 {
        holds(Near {
            loses_log: true,
            ..DESIGN
        });
    }
}

/// Checks that the way of doing without something is found.
macro_rules! rejects {
    ($name:ident, $variant:expr, $rule:expr, { $($field:ident: $value:expr),* }, $design:expr) => {
        #[test]
        fn $name() {
            breaks($variant, Near { $($field: $value,)* ..$design }, $rule);
        }
    };
}

rejects!(without_a_closing_entry_the_old_value_is_read_again, "no closing entry", STALE, { has_closing_entry: false }, DESIGN);
rejects!(an_entry_acknowledged_before_it_is_applied, "acknowledged before applied", STALE, { acknowledges_what_is_applied: false }, ONE_STEP);
rejects!(one_that_is_behind_would_renew_for_ever, "renewed while behind", LATE, { renews_only_when_caught_up: false }, ONE_STEP);
rejects!(time_that_counts_from_the_reply, "time that counts from the reply", STALE, { counts_from_the_sending: false }, ONE_STEP);
rejects!(a_missing_field_that_is_ignored, "a missing field ignored", STALE, { loses_registry: true, heeds_a_missing_field: false }, ONE_STEP);
rejects!(a_lapsed_lease_that_goes_on_with_what_it_holds, "a lapsed lease renewed", STALE, { drops_when_lapsed: false }, ONE_STEP);
rejects!(an_own_invalidation_that_is_not_applied, "the own instance not applied", STALE, { is_own: true, applies_its_own: false }, ONE_STEP);
rejects!(a_run_joined_across_an_entry, "a run joined across an entry", STALE, { keeps_joins_apart: false }, ONE_STEP);
rejects!(a_stale_value_that_is_kept, "a stale value kept", STALE, { leaves_stale_values: false }, SOFT);
rejects!(a_ttl_that_is_not_carried_over, "no ttl", OVER, { carries_ttl: false }, ONE_STEP);
rejects!(a_lost_registry_without_a_witness, "no witness", STALE, { loses_registry: true, has_witness: false }, ONE_STEP);
rejects!(a_new_log_taken_for_the_old_one, "a new log taken for the old one", STALE, { loses_log: true, checks_the_log: false }, ONE_STEP);
