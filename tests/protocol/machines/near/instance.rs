//! The steps of an instance: a run of the near cache, following the log, holding the lease, and time.

use super::Near;
use super::state::{Field, Instance, Reply, Request, Run, State, Wire};
use crate::model::machine::Moves;

/// Collects the steps that one instance can take.
struct Steps<'a> {
    state: &'a State,
    slot: usize,
    own: &'a Instance,
    moves: &'a mut Moves<State>,
}

impl Steps<'_> {
    fn add(&mut self, label: &'static str, change: impl FnOnce(&mut State)) {
        let mut next = *self.state;
        change(&mut next);
        self.moves.push(((label, self.slot as u8), next));
    }

    /// A step that changes nothing but the instance.
    fn add_own(&mut self, label: &'static str, change: impl FnOnce(&mut Instance)) {
        let slot = self.slot;
        self.add(label, |next| change(&mut next.instances[slot]));
    }
}

impl Near {
    pub fn instance(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut steps = Steps {
            state,
            slot,
            own: &state.instances[slot],
            moves,
        };
        self.run(&mut steps);
        self.follow(&mut steps);
        self.hold_lease(&mut steps);
        pass_time(&mut steps);
    }

    /// A call that is not served near is a run of the near cache.
    fn run(&self, steps: &mut Steps) {
        match steps.own.run {
            None if steps.own.held.is_none() && steps.own.may_serve => {
                steps.add_own("a run begins", |own| own.run = Some(Run::default()));
            }
            Some(run) if !run.has_read => {
                let read = steps.state.value;
                steps.add_own("the run reads the server", |own| {
                    own.run = Some(Run {
                        read,
                        has_read: true,
                        ..run
                    });
                });
            }
            Some(run) => steps.add_own("the run ends", |own| {
                own.run = None;
                own.held = run
                    .read
                    .filter(|value| !(run.is_refused || value.is_stale && self.leaves_stale_values));
            }),
            None => {}
        }
    }

    fn follow(&self, steps: &mut Steps) {
        let Steps { state, own, .. } = *steps;
        if own.has_joined && own.read < state.last && !state.log_is_empty() {
            steps.add_own("XREAD", |own| own.read = state.last);
        }
        if own.applied < own.read {
            let without = if self.passes_over_its_own { state.own_entry } else { 0 };
            let is_concerned = state.concerns_between(own.applied, own.read, without);
            steps.add_own("the entries are applied", |own| {
                own.applied = own.read;
                if is_concerned {
                    own.drop_near();
                }
            });
        }
    }

    fn hold_lease(&self, steps: &mut Steps) {
        let Steps { state, slot, own, .. } = *steps;
        match own.wire {
            Wire::Idle if !own.has_joined => {
                steps.add_own("join", |own| own.wire = Wire::Sent(Request::Join, true));
            }
            // A renewal that would change nothing is left out.
            Wire::Idle
                if (own.applied >= own.end || !self.renews_only_when_caught_up)
                    && (!own.may_serve || own.acknowledged < own.read || own.end < state.last) =>
            {
                steps.add_own("renew", |own| {
                    let applied = if self.acknowledges_what_is_applied {
                        own.applied
                    } else {
                        own.read
                    };
                    own.wire = Wire::Sent(Request::Renew { applied }, true);
                });
            }
            Wire::Sent(request, is_alive) => steps.add("the server answers", |next| {
                let reply = self.answer(next, slot, request);
                next.instances[slot].wire = Wire::Answered(reply, is_alive);
            }),
            Wire::Answered(reply, is_alive) => steps.add_own("the answer arrives", |own| {
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
    }
}

/// What the instance counts ends first: its own time, then that of its request, then the lease on the server.
fn pass_time(steps: &mut Steps) {
    let Steps { state, slot, own, .. } = *steps;
    if own.may_serve {
        steps.add_own("its own time is over", |own| own.may_serve = false);
        return;
    }
    match own.wire {
        Wire::Sent(request, true) => steps.add_own("the time of its request is over", |own| {
            own.wire = Wire::Sent(request, false);
        }),
        Wire::Answered(reply, true) => {
            steps.add_own("the time of its request is over", |own| {
                own.wire = Wire::Answered(reply, false);
            });
            return;
        }
        _ => {}
    }
    if let Some(field) = state.registry[slot].filter(|field| !field.is_over) {
        steps.add("the lease lapses", |next| {
            next.registry[slot] = Some(Field { is_over: true, ..field });
        });
    }
    if state.lost[slot] {
        steps.add("the lost lease lapses", |next| next.lost[slot] = false);
    }
}
