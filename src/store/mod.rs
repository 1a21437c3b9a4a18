//! The in-memory store: which calls are cached under which slot, until when, and what they contain.
//!
//! JavaScript keeps the values, one per slot; the store knows everything else. It finds an entry by function and key
//! bytes, decides what is fresh, who runs and who joins, what may be stored (by the log), and what goes when there is
//! no room. It must not know what a value or an argument is. Time is an argument; expired entries go when they are met,
//! and a few more with each insertion. Slots whose values are gone are handed out by `take_removed`.

mod call;
mod entry;
mod function;
pub mod index;
mod invalidation;
mod keyspace;
pub mod log;
mod short_bytes;
mod slab;
mod table;
mod topics;
mod validation;

pub use call::{Answer, Call, Lifetime, Outcome, State};
pub use function::BY_HAND;
pub use keyspace::Described;

use crate::error::Result;
use crate::store::index::{Index, Tracked};
use crate::store::log::{Log, Position};
use crate::store::short_bytes::Short;
use crate::store::slab::{Link, NONE, Slab};
use crate::store::table::Table;
use crate::store::topics::Topics;
use entry::{ENTRY_SIZE, Entry, Order};
use function::Functions;

/// The number of entries that each insertion looks at to find expired ones.
const SWEPT_PER_INSERTION: u32 = 4;

/// How much a store holds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most entries; beyond it those least recently used go.
    pub entries: u32,
    /// The most bytes, keys and index included; beyond it those least recently used go.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            entries: u32::MAX,
            bytes: u64::MAX,
        }
    }
}

/// A run in flight.
#[derive(Clone)]
struct Run {
    ticket: u64,
    position: Position,
    /// The next free one.
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

/// An in-memory store with its entity index and its log.
pub struct Store {
    topics: Topics,
    limits: Limits,
    functions: Functions,
    entries: Slab<Entry>,
    table: Table,
    order: Order,
    index: Index,
    log: Log,
    runs: Slab<Run>,
    tickets: u64,
    /// The entries with a value.
    stored: u32,
    /// The bytes of those, the index apart.
    bytes: u64,
    evictions: u64,
    swept: u32,
    /// The time at which `Entry::stored` counts from.
    epoch_ms: Option<f64>,
    removed: Vec<u32>,
    softened: Vec<u32>,
}

impl Store {
    /// An empty store. `key` is what its hashes are keyed with: random, so that nobody outside can make them collide.
    pub fn new(key: [u64; 2], limits: Limits) -> Self {
        let topics = Topics::new(key);
        Store {
            functions: Functions::new(&topics),
            topics,
            limits,
            entries: Slab::new(),
            table: Table::new(),
            order: Order::new(),
            index: Index::new(),
            log: Log::new(),
            runs: Slab::new(),
            tickets: 0,
            stored: 0,
            bytes: 0,
            evictions: 0,
            swept: 0,
            epoch_ms: None,
            removed: Vec::new(),
            softened: Vec::new(),
        }
    }

    /// The number of the function `name` under `prefix`. `types` are the entity types that its results may contain;
    /// `None` when they are only known at the end of a run.
    pub fn open(&mut self, prefix: &str, name: &str, types: Option<&[&str]>) -> u32 {
        self.functions.open(&self.topics, prefix, name, types)
    }

    /// Looks a call up, and reserves its slot when the caller is to run the function. A value is served for `stale_ms`
    /// after it stopped being fresh, if it is kept that long.
    ///
    /// The caller joins a run in flight unless something that may concern the call was invalidated since it began.
    pub fn lookup(&mut self, call: Call<'_>, now_ms: f64, stale_ms: f64) -> Result<Answer> {
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
            if now_ms < fresh_until_ms + stale_ms {
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

    /// Reserves the slot of a call for a run, whatever is stored or in flight there: what is stored stays until the run
    /// ends, a run in flight will not be stored.
    pub fn refresh(&mut self, call: Call<'_>) -> Result<Answer> {
        let hash = self.hash(call);
        let slot = match self.find(call, hash) {
            Some(slot) => slot,
            None => self.reserve(call, hash)?,
        };
        self.start(State::Run, slot)
    }

    /// The slot of a value that may be served, as `lookup` finds it, without a run and without a trace.
    pub fn peek(&self, call: Call<'_>, now_ms: f64, stale_ms: f64) -> Option<u32> {
        let slot = self.find(call, self.hash(call))?;
        let entry = self.entries.get(slot);
        let is_served = entry.is_live(now_ms) && now_ms < entry.fresh_until_ms() + stale_ms;
        is_served.then_some(slot)
    }

    /// Until when the value in a slot is fresh.
    pub fn fresh_until_ms(&self, slot: u32) -> f64 {
        self.entries.get(slot).fresh_until_ms()
    }

    /// Ends a run with a result, and stores that unless something that concerns it was invalidated since it began.
    ///
    /// `tracked` is what the result contains, duplicates allowed. When it is stored, other entries may have gone for it.
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
        let is_concerned = !self.log.is_quiet_since(position) && self.is_concerned(slot, position, tracked());
        self.end(slot);
        if is_concerned {
            self.free_if_unused(slot);
            return Ok(Outcome::Invalidated);
        }
        let outcome = self.fill(slot, lifetime, tracked());
        self.sweep(lifetime.now_ms);
        outcome
    }

    /// Ends a run without a result to store. Says whether the slot holds a value that is not expired.
    pub fn release(&mut self, slot: u32, ticket: u64, now_ms: f64) -> bool {
        if self.run(slot, ticket).is_none() {
            return false;
        }
        self.end(slot);
        let is_live = self.entries.get(slot).is_live(now_ms);
        self.free_if_unused(slot);
        is_live
    }

    /// Notes that the entries in these slots were used, in this order. Slots without a value are passed over.
    pub fn touch(&mut self, slots: &[u32]) {
        for &slot in slots {
            if slot < self.entries.bound() && self.entries.get(slot).is_stored() {
                self.order.touch(&mut self.entries, slot);
            }
        }
    }

    /// The slots whose values have gone since this was asked last. They may be in use again.
    pub fn take_removed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.removed)
    }

    /// Whether `take_removed` has something to say.
    pub fn has_removed(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The slots whose values were declared stale since this was asked last.
    pub fn take_softened(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.softened)
    }

    /// The number of entries with a value.
    pub fn len(&self) -> u32 {
        self.stored
    }

    /// Whether no entry has a value.
    pub fn is_empty(&self) -> bool {
        self.stored == 0
    }

    /// The bytes of all entries, with their keys, their values as they were told, and the index.
    pub fn bytes(&self) -> u64 {
        self.bytes + self.index.bytes()
    }

    /// The number of entries that went because there was no room.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// The number of entities in the index.
    pub fn entities(&self) -> u32 {
        self.index.entities()
    }

    /// The number of runs in flight.
    pub fn runs(&self) -> u32 {
        self.runs.used()
    }

    fn hash(&self, call: Call<'_>) -> u64 {
        let base = self.functions.get(call.function).map_or(0, |function| function.base);
        self.topics.key(base, call.key)
    }

    #[inline]
    fn find(&self, call: Call<'_>, hash: u64) -> Option<u32> {
        self.table.find(hash as u32, |slot| {
            let entry = self.entries.get(slot);
            entry.function == call.function && entry.key.is(call.key)
        })
    }

    /// An entry without a value.
    fn reserve(&mut self, call: Call<'_>, hash: u64) -> Result<u32> {
        let slot = self.entries.insert(Entry {
            key: Short::new(call.key),
            function: call.function,
            ..Entry::default()
        })?;
        self.table.insert(hash as u32, slot);
        Ok(slot)
    }

    /// Starts a run for a slot, in the place of the one in flight if there is one.
    fn start(&mut self, state: State, slot: u32) -> Result<Answer> {
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

    /// The run of a slot, if it is the one with this ticket.
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

    /// Whether there is a run, and nothing that may concern the call was invalidated since it began.
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

    /// Whether something that concerns a result was invalidated since a position.
    fn is_concerned<'a>(&self, slot: u32, position: Position, tracked: impl Iterator<Item = Tracked<'a>>) -> bool {
        let entry = self.entries.get(slot);
        let Some(function) = self.functions.get(entry.function) else {
            return true;
        };
        let key = self.hash(entry.call());
        let contained = tracked.map(|tracked| {
            let base = self
                .topics
                .base(function.prefix, tracked.type_name, tracked.id.is_none());
            self.topics.entity(base, tracked.id.unwrap_or_default())
        });
        self.log
            .concerns(position, function.topics.into_iter().chain([key]).chain(contained))
    }

    /// Gives a slot without a run a value, and makes room for it.
    fn fill<'a>(
        &mut self,
        slot: u32,
        lifetime: Lifetime,
        tracked: impl Iterator<Item = Tracked<'a>>,
    ) -> Result<Outcome> {
        if self.entries.get(slot).is_stored() {
            self.clear(slot);
        }
        if ENTRY_SIZE + u64::from(lifetime.size) > self.limits.bytes {
            self.free_if_unused(slot);
            return Ok(Outcome::TooLarge);
        }
        let stored = self.since_epoch(lifetime.now_ms);
        let entry = self.entries.get_mut(slot);
        entry.expires_ms = lifetime.fresh_until_ms + f64::from(lifetime.window_ms);
        entry.window_ms = lifetime.window_ms;
        entry.size = lifetime.size;
        entry.stored = stored;
        self.bytes += entry.bytes();
        self.stored += 1;
        if let Some(function) = self.functions.get_mut(entry.function) {
            function.entries += 1;
        }
        self.order.add(&mut self.entries, slot);
        if let Err(error) = self.link(slot, tracked) {
            self.drop_value(slot);
            return Err(error);
        }
        while self.stored > self.limits.entries || self.bytes() > self.limits.bytes {
            let oldest = self.order.oldest();
            self.drop_value(oldest);
            if oldest == slot {
                return Ok(Outcome::TooLarge);
            }
            self.evictions += 1;
        }
        Ok(Outcome::Stored)
    }

    fn link<'a>(&mut self, slot: u32, tracked: impl Iterator<Item = Tracked<'a>>) -> Result<()> {
        let prefix = self.prefix_of(slot);
        for item in tracked {
            let kind = self
                .index
                .kind(&self.topics, prefix, item.type_name, item.id.is_none())?;
            let id = item.id.unwrap_or_default();
            let entry = self.entries.get_mut(slot);
            entry.edges = self.index.link(&self.topics, slot, entry.edges, kind, id)?;
        }
        Ok(())
    }

    fn prefix_of(&self, slot: u32) -> u32 {
        let function = self.functions.get(self.entries.get(slot).function);
        function.map_or(NONE, |function| function.prefix)
    }

    /// Removes the value of a slot, and the slot too unless a run will fill it.
    fn drop_value(&mut self, slot: u32) {
        self.clear(slot);
        self.free_if_unused(slot);
    }

    /// Removes the value of a slot, which stays.
    fn clear(&mut self, slot: u32) {
        self.order.remove(&mut self.entries, slot);
        let entry = self.entries.get_mut(slot);
        let edges = entry.edges;
        self.bytes -= entry.bytes();
        self.stored -= 1;
        if let Some(function) = self.functions.get_mut(entry.function) {
            function.entries -= 1;
        }
        entry.clear();
        self.index.unlink(edges);
        self.removed.push(slot);
    }

    fn free_if_unused(&mut self, slot: u32) {
        let entry = self.entries.get(slot);
        if entry.run == NONE && !entry.is_stored() {
            let hash = self.hash(entry.call());
            self.table.remove(hash as u32, slot);
            self.entries.remove(slot);
        }
    }

    /// Removes what has expired among the next few entries. Since each insertion looks at several, the expired ones
    /// that are left are never more than a fraction of the others.
    fn sweep(&mut self, now_ms: f64) {
        for _ in 0..SWEPT_PER_INSERTION.min(self.entries.bound()) {
            self.swept = (self.swept + 1) % self.entries.bound();
            let entry = self.entries.get(self.swept);
            if entry.is_stored() && !entry.is_live(now_ms) {
                self.drop_value(self.swept);
            }
        }
    }

    /// Milliseconds since the first insertion, in 32 bits.
    fn since_epoch(&mut self, now_ms: f64) -> u32 {
        let epoch_ms = *self.epoch_ms.get_or_insert(now_ms);
        (now_ms - epoch_ms).max(0.0) as u64 as u32
    }
}
