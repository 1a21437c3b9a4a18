//! Looking a call up: what it finds, and whether the caller runs the function.
//!
//! | the value | a run in flight that may be joined | no such run |
//! |---|---|---|
//! | fresh | `Fresh` | `Fresh` |
//! | stale, and still served | `Stale` | `Refresh` |
//! | any other, or none | `Join` | `Run` |

use super::entry::Entry;
use super::short_bytes::ShortBytes;
use super::slab::NONE;
use super::{Answer, Call, State, Store};
use crate::error::Result;

impl Store {
    /// Looks a call up. If the caller is to run the function, it reserves the slot and starts a run.
    ///
    /// A stale value is served for `serve_stale_ms` after it stopped being fresh, if it is kept that long. The caller joins
    /// a run in flight, unless something that may concern the call was invalidated since the run began.
    pub fn lookup(&mut self, call: Call<'_>, now_ms: f64, serve_stale_ms: f64) -> Result<Answer> {
        let hash = self.hash(call);
        let Some(slot) = self.find(call, hash) else {
            let slot = self.reserve(call, hash)?;
            return self.start(State::Run, slot);
        };
        let entry = self.entries.get(slot);
        let run = entry.run;
        if entry.is_live(now_ms) {
            let fresh_until_ms = entry.fresh_until_ms();
            if now_ms < fresh_until_ms {
                return Ok(Answer {
                    state: State::Fresh,
                    slot,
                    ticket: 0,
                });
            }
            if now_ms < fresh_until_ms + serve_stale_ms {
                return match self.is_joinable(run, call.function, hash) {
                    true => Ok(Answer {
                        state: State::Stale,
                        slot,
                        ticket: 0,
                    }),
                    false => self.start(State::Refresh, slot),
                };
            }
        } else if entry.is_stored() {
            self.clear(slot);
        }
        match self.is_joinable(run, call.function, hash) {
            true => Ok(Answer {
                state: State::Join,
                slot,
                ticket: 0,
            }),
            false => self.start(State::Run, slot),
        }
    }

    /// Reserves the slot of a call and starts a run, whatever is stored or in flight there. A stored value stays until the
    /// run ends. The result of a run that was in flight will not be stored.
    pub fn refresh(&mut self, call: Call<'_>) -> Result<Answer> {
        let hash = self.hash(call);
        let slot = match self.find(call, hash) {
            Some(slot) => slot,
            None => self.reserve(call, hash)?,
        };
        self.start(State::Run, slot)
    }

    /// The slot of a call whose value may be served, by the rules of `lookup`. Changes nothing and starts no run.
    pub fn peek(&self, call: Call<'_>, now_ms: f64, serve_stale_ms: f64) -> Option<u32> {
        let slot = self.find(call, self.hash(call))?;
        let entry = self.entries.get(slot);
        let is_served = entry.is_live(now_ms) && now_ms < entry.fresh_until_ms() + serve_stale_ms;
        is_served.then_some(slot)
    }

    #[inline]
    pub(super) fn find(&self, call: Call<'_>, hash: u64) -> Option<u32> {
        self.table.find(hash as u32, |slot| {
            let entry = self.entries.get(slot);
            entry.function == call.function && entry.key.is(call.key)
        })
    }

    /// Makes an entry without a value.
    pub(super) fn reserve(&mut self, call: Call<'_>, hash: u64) -> Result<u32> {
        let slot = self.entries.insert(Entry {
            key: ShortBytes::new(call.key),
            function: call.function,
            ..Entry::default()
        })?;
        self.table.insert(hash as u32, slot);
        Ok(slot)
    }

    /// Whether there is a run, and nothing that may concern the call was invalidated since the run began.
    fn is_joinable(&self, run: u32, function: u32, hash: u64) -> bool {
        if run == NONE {
            return false;
        }
        let position = self.runs.get(run).position;
        let Some(function) = self.functions.get(function) else {
            return false;
        };
        let topics = function.topics.iter().chain(&function.types).copied();
        self.log.is_quiet_since(position) || !self.log.concerns(position, topics.chain([hash]))
    }
}
