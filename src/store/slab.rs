//! Numbered slots in chunks: the memory of the store.
//!
//! A full chunk never moves, so growth copies nothing and costs the same for a thousand items as for a million. Only the
//! first one begins small and moves until it is full: many stores hold a few items. A slot that was given back is used again
//! before new ones.

use crate::error::{Full, Result};

/// No slot: the end of every chain and list.
pub(crate) const NONE: u32 = u32::MAX;

/// All slots are below this; an insertion beyond it fails. The bits above are in use: the answer to a look-up has three bits
/// more than a slot (`boundary::numbers::STATE_BITS`), and an edge marks an entity by the highest bit.
pub(crate) const LIMIT: u32 = 1 << 28;

const SHIFT: u32 = 10;
const CHUNK: usize = 1 << SHIFT;
/// The length of the first chunk of a store with few items, and by how much it grows.
const FIRST: usize = 16;
const GROWTH: usize = 4;

/// A growing array that does not move its items, but for those of a first chunk that is not full.
pub(crate) struct Chunked<T> {
    chunks: Vec<Box<[T]>>,
    length: u32,
}

impl<T: Default + Clone> Chunked<T> {
    pub(crate) fn new() -> Self {
        Chunked {
            chunks: Vec::new(),
            length: 0,
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.length
    }

    pub(crate) fn push(&mut self, item: T) {
        let at = self.length as usize;
        if at >> SHIFT == self.chunks.len() {
            let length = if at == 0 { FIRST } else { CHUNK };
            self.chunks.push(vec![T::default(); length].into_boxed_slice());
        } else if at < CHUNK && at == self.chunks[0].len() {
            let mut items = std::mem::take(&mut self.chunks[0]).into_vec();
            items.resize(at * GROWTH, T::default());
            self.chunks[0] = items.into_boxed_slice();
        }
        self.chunks[at >> SHIFT][at & (CHUNK - 1)] = item;
        self.length += 1;
    }

    #[inline]
    pub(crate) fn get(&self, at: u32) -> &T {
        &self.chunks[(at >> SHIFT) as usize][at as usize & (CHUNK - 1)]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: u32) -> &mut T {
        &mut self.chunks[(at >> SHIFT) as usize][at as usize & (CHUNK - 1)]
    }
}

/// An item that can stand in the free list of a slab.
pub(crate) trait Link {
    fn link(&self) -> u32;
    fn set_link(&mut self, next: u32);
}

/// Slots of items, with a free list that runs through the items themselves.
pub(crate) struct Slab<T> {
    items: Chunked<T>,
    free: u32,
    used: u32,
}

impl<T: Link + Default + Clone> Slab<T> {
    pub(crate) fn new() -> Self {
        Slab {
            items: Chunked::new(),
            free: NONE,
            used: 0,
        }
    }

    /// Puts an item into a slot: one that was given back, or else a new one.
    pub(crate) fn insert(&mut self, item: T) -> Result<u32> {
        let slot = self.free;
        if slot != NONE {
            self.free = self.items.get(slot).link();
            *self.items.get_mut(slot) = item;
            self.used += 1;
            return Ok(slot);
        }
        let slot = self.items.len();
        if slot >= LIMIT {
            return Err(Full);
        }
        self.items.push(item);
        self.used += 1;
        Ok(slot)
    }

    /// Gives a slot back, and drops its item.
    pub(crate) fn remove(&mut self, slot: u32) {
        let item = self.items.get_mut(slot);
        *item = T::default();
        item.set_link(self.free);
        self.free = slot;
        self.used -= 1;
    }

    /// All slots are below this.
    pub(crate) fn bound(&self) -> u32 {
        self.items.len()
    }

    /// The number of slots in use.
    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> &T {
        self.items.get(slot)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> &mut T {
        self.items.get_mut(slot)
    }

    /// The slots that were given back, for `validate`.
    pub(crate) fn free_slots(&self) -> Vec<u32> {
        let mut slots = Vec::new();
        let mut at = self.free;
        while at != NONE && slots.len() <= self.bound() as usize {
            slots.push(at);
            at = self.items.get(at).link();
        }
        slots
    }
}
