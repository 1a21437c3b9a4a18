//! One entry of the store, and the order in which entries were last used.
//!
//! An entry is 56 bytes on wasm32. Its value is not here: JavaScript keeps it under the entry's slot.
//! The order is a doubly linked list through the entries themselves.

use super::Call;
use crate::store::short_bytes::Short;
use crate::store::slab::{Link, NONE, Slab};
use crate::store::table::BUCKET_SHARE;

/// The bytes of an entry, its share of the table, and the place of its value in JavaScript's array.
pub(crate) const ENTRY_SIZE: u64 = 56 + BUCKET_SHARE + 8;

/// An entry that was never stored, or no longer is: its value has always been expired.
const NEVER: f64 = f64::NEG_INFINITY;

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: Short,
    pub(crate) function: u32,
    /// When it was stored, in milliseconds of the store's own count (which wraps after 49 days).
    pub(crate) stored: u32,
    /// When its value goes, stale windows included.
    pub(crate) expires_ms: f64,
    /// How long before that it stops being fresh.
    pub(crate) window_ms: u32,
    /// The bytes of its value.
    pub(crate) size: u32,
    pub(crate) newer: u32,
    /// The entry used before it, or the next free slot.
    pub(crate) older: u32,
    /// Its first edge in the index.
    pub(crate) edges: u32,
    /// The run that will store it.
    pub(crate) run: u32,
}

// What `ENTRY_SIZE` counts with.
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Entry>() == 56);

impl Default for Entry {
    fn default() -> Self {
        Entry {
            key: Short::default(),
            function: NONE,
            stored: 0,
            expires_ms: NEVER,
            window_ms: 0,
            size: 0,
            newer: NONE,
            older: NONE,
            edges: NONE,
            run: NONE,
        }
    }
}

impl Link for Entry {
    #[inline]
    fn link(&self) -> u32 {
        self.older
    }

    #[inline]
    fn set_link(&mut self, next: u32) {
        self.older = next;
    }
}

impl Entry {
    /// Whether it has a value, expired or not. Without one it is free, or reserved by a run.
    #[inline]
    pub(crate) fn is_stored(&self) -> bool {
        self.expires_ms != NEVER
    }

    /// Whether it has a value that is not expired.
    #[inline]
    pub(crate) fn is_live(&self, now_ms: f64) -> bool {
        now_ms < self.expires_ms
    }

    /// Until when its value is fresh.
    #[inline]
    pub(crate) fn fresh_until_ms(&self) -> f64 {
        self.expires_ms - f64::from(self.window_ms)
    }

    /// What it is the entry of.
    #[inline]
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            function: self.function,
            key: self.key.as_bytes(),
        }
    }

    /// The bytes that it takes in the store and in JavaScript, its edges apart.
    pub(crate) fn bytes(&self) -> u64 {
        ENTRY_SIZE + u64::from(self.key.heap_size()) + u64::from(self.size)
    }

    /// Forgets the value.
    pub(crate) fn clear(&mut self) {
        self.expires_ms = NEVER;
        self.edges = NONE;
        self.size = 0;
    }
}

/// From the entry that was used last to the one that is evicted first.
pub(crate) struct Order {
    newest: u32,
    oldest: u32,
}

impl Order {
    pub(crate) fn new() -> Self {
        Order {
            newest: NONE,
            oldest: NONE,
        }
    }

    pub(crate) fn oldest(&self) -> u32 {
        self.oldest
    }

    pub(crate) fn add(&mut self, entries: &mut Slab<Entry>, slot: u32) {
        let entry = entries.get_mut(slot);
        entry.newer = NONE;
        entry.older = self.newest;
        match self.newest {
            NONE => self.oldest = slot,
            newest => entries.get_mut(newest).newer = slot,
        }
        self.newest = slot;
    }

    pub(crate) fn remove(&mut self, entries: &mut Slab<Entry>, slot: u32) {
        let entry = entries.get(slot);
        let (newer, older) = (entry.newer, entry.older);
        match newer {
            NONE => self.newest = older,
            newer => entries.get_mut(newer).older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => entries.get_mut(older).newer = newer,
        }
    }

    pub(crate) fn touch(&mut self, entries: &mut Slab<Entry>, slot: u32) {
        if self.newest != slot {
            self.remove(entries, slot);
            self.add(entries, slot);
        }
    }

    /// All entries, oldest first, or what is wrong with the order. For `validate`.
    pub(crate) fn slots(&self, entries: &Slab<Entry>) -> Result<Vec<u32>, String> {
        let mut slots = Vec::new();
        let (mut at, mut older) = (self.oldest, NONE);
        while at != NONE {
            if entries.get(at).older != older || slots.len() > entries.used() as usize {
                return Err(format!("the order is broken at slot {at}"));
            }
            slots.push(at);
            (older, at) = (at, entries.get(at).newer);
        }
        if self.newest != older {
            return Err("the order does not end at its newest entry".into());
        }
        Ok(slots)
    }
}
