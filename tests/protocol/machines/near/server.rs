//! What happens on the server besides invalidations: it answers requests of leases, functions store there, a value expires,
//! and the registry or the log is lost.

use super::Near;
use super::state::{Field, INSTANCES, Reply, Request, State, Value, Writer};
use crate::model::machine::Moves;

const STORES: u8 = 2;

impl Near {
    pub fn answer(&self, next: &mut State, slot: usize, request: Request) -> Reply {
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

    /// A run of the function somewhere, which stores its result on the server.
    pub fn write(&self, state: &State, moves: &mut Moves<State>) {
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

    pub fn expire(&self, state: &State, moves: &mut Moves<State>) {
        if self.carries_ttl || state.has_expired || state.value.is_none() {
            return;
        }
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

    pub fn lose(&self, state: &State, moves: &mut Moves<State>) {
        if state.losses > 0 {
            return;
        }
        if self.loses_registry {
            let mut next = *state;
            next.losses = 1;
            for slot in 0..INSTANCES {
                next.lost[slot] = state.registry[slot].is_some_and(|field| !field.is_over);
                next.registry[slot] = None;
            }
            moves.push((("the registry is lost", 0), next));
        }
        if self.loses_log {
            let mut next = *state;
            next.losses = 1;
            next.first = next.last + 1;
            moves.push((("the log is lost", 0), next));
        }
    }
}
