//! Runs in flight: a run begins with a position of the log, and ends with a result or without one.
//!
//! A slot has one run at most. A run that another one replaced is superseded: its ticket is no longer that of the slot.

use super::index::{Role, Tracked};
use super::log::Position;
use super::slab::{Link, NONE};
use super::{Answer, Lifetime, Outcome, State, Store};
use crate::error::Result;

/// A run in flight.
#[derive(Clone)]
pub(super) struct Run {
    /// Names this run among all runs of the store.
    pub(super) ticket: u64,
    /// Where the log was when the run began.
    pub(super) position: Position,
    /// The next free run.
    next: u32,
}

impl Default for Run {
    fn default() -> Self {
        Run {
            ticket: 0,
            position: 0,
            next: NONE,
        }
    }
}

impl Link for Run {
    fn link(&self) -> u32 {
        self.next
    }

    fn set_link(&mut self, next: u32) {
        self.next = next;
    }
}

impl Store {
    /// Starts a run for a slot. It takes the place of a run in flight.
    pub(super) fn start(&mut self, state: State, slot: u32) -> Result<Answer> {
        self.end(slot);
        self.tickets += 1;
        let started = self.runs.insert(Run {
            ticket: self.tickets,
            position: self.log.begin(),
            next: NONE,
        });
        match started {
            Ok(run) => {
                self.entries.get_mut(slot).run = run;
                Ok(Answer {
                    state,
                    slot,
                    ticket: self.tickets,
                })
            }
            Err(error) => {
                self.free_if_unused(slot);
                Err(error)
            }
        }
    }

    /// The run of a slot, if it has this ticket.
    fn run(&self, slot: u32, ticket: u64) -> Option<u32> {
        let run = (slot < self.entries.bound()).then(|| self.entries.get(slot).run)?;
        (run != NONE && self.runs.get(run).ticket == ticket).then_some(run)
    }

    /// Ends the run of a slot, if it has one.
    fn end(&mut self, slot: u32) {
        let entry = self.entries.get_mut(slot);
        let run = std::mem::replace(&mut entry.run, NONE);
        if run != NONE {
            self.log.end(self.runs.get(run).position);
            self.runs.remove(run);
        }
    }

    /// Ends a run with a result. Stores the result, unless something that concerns it was invalidated since the run began.
    ///
    /// `tracked` is what the result contains; duplicates are allowed. Other entries may be evicted to make room.
    pub fn commit<'a, I>(
        &mut self,
        slot: u32,
        ticket: u64,
        lifetime: Lifetime,
        tracked: impl Fn() -> I,
    ) -> Result<Outcome>
    where
        I: Iterator<Item = Tracked<'a>>,
    {
        let Some(run) = self.run(slot, ticket) else {
            return Ok(Outcome::Superseded);
        };
        let position = self.runs.get(run).position;
        let is_concerned =
            !self.log.is_quiet_since(position) && self.is_concerned(slot, position, &tracked().collect::<Vec<_>>());
        self.end(slot);
        if is_concerned {
            self.free_if_unused(slot);
            return Ok(Outcome::Invalidated);
        }
        let outcome = self.fill(slot, lifetime, tracked());
        self.sweep(lifetime.now_ms);
        outcome
    }

    /// Ends a run without a result. Returns whether the slot holds a value that is not expired.
    pub fn release(&mut self, slot: u32, ticket: u64, now_ms: f64) -> bool {
        if self.run(slot, ticket).is_none() {
            return false;
        }
        self.end(slot);
        let is_live = self.entries.get(slot).is_live(now_ms);
        self.free_if_unused(slot);
        is_live
    }

    /// Whether something that concerns a result was invalidated since a position of the log.
    fn is_concerned(&self, slot: u32, position: Position, tracked: &[Tracked<'_>]) -> bool {
        let entry = self.entries.get(slot);
        let Some(function) = self.functions.get(entry.function) else {
            return true;
        };
        let key = self.hash(entry.call());
        let (topics, prefix) = (&self.topics, function.prefix);
        let mut own = vec![key];
        own.extend(function.topics);
        let mut last = "";
        for &Tracked { type_name, role, id } in tracked {
            own.push(match role {
                Role::Dependent => topics.entity_type(prefix, type_name),
                _ => topics.entity(topics.base(prefix, type_name, role), id),
            });
            // Mostly the next one is of the same type.
            if last != type_name {
                own.push(topics.whole_type(prefix, type_name));
            }
            last = type_name;
        }
        self.log.concerns(position, own)
    }
}
