//! The in-memory store: which calls are cached in which slot, until when, and which entities they contain.
//!
//! JavaScript keeps the values, one for each slot. The store knows everything else. It finds an entry by its function and
//! its key bytes, and does not look into them. It decides what is fresh, which call runs the function and which one joins
//! a run (lookup.rs), which results may be stored (runs.rs, by the [`log`]), and which entries are evicted (room.rs). Time
//! is an argument. An expired entry is removed when it is looked up, and each insertion removes a few more.
//!
//! The slots whose values have gone are handed out by [`Store::take_removed`].

mod call;
mod entry;
mod function;
pub mod index;
mod invalidation;
mod keyspace;
pub mod log;
mod lookup;
mod order;
mod room;
mod runs;
mod short_bytes;
mod slab;
mod table;
mod topics;
mod validation;

pub use call::{Answer, Call, Lifetime, Outcome, State};
pub use function::BY_HAND;
pub use keyspace::Described;

use entry::Entry;
use function::Functions;
use index::Index;
use log::Log;
use order::Order;
use runs::Run;
use slab::Slab;
use table::Table;
use topics::Topics;

/// How much a store holds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most entries. Beyond it the least recently used ones are evicted.
    pub entries: u32,
    /// The most bytes, keys and index included. Beyond it the least recently used entries are evicted.
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
    /// The number of entries with a value.
    stored: u32,
    /// The bytes of those entries, without the index.
    bytes: u64,
    evictions: u64,
    /// The slot that was swept last.
    swept: u32,
    /// The time at which `Entry::stored` counts from.
    epoch_ms: Option<f64>,
    removed: Vec<u32>,
    softened: Vec<u32>,
}

impl Store {
    /// An empty store. `key` keys its hashes. It is random, so that nobody outside can make them collide.
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

    /// The number of the function `name` under `prefix`. `types` are the entity types that its results may contain, or
    /// `None` if they are only known at the end of a run.
    pub fn open(&mut self, prefix: &str, name: &str, types: Option<&[&str]>) -> u32 {
        self.functions.open(&self.topics, prefix, name, types)
    }

    /// Until when the value in a slot is fresh.
    pub fn fresh_until_ms(&self, slot: u32) -> f64 {
        self.entries.get(slot).fresh_until_ms()
    }

    /// The slots whose values have gone since the last call. They may be in use again.
    pub fn take_removed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.removed)
    }

    /// Whether `take_removed` would return any slot.
    pub fn has_removed(&self) -> bool {
        !self.removed.is_empty()
    }

    /// The slots whose values became stale before their time, or whose expiry was moved, since the last call.
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

    /// The bytes of all entries, with their keys, their values (by the sizes that JavaScript gave), and the index.
    pub fn bytes(&self) -> u64 {
        self.bytes + self.index.bytes()
    }

    /// The number of entries that were evicted because there was no room.
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
}
