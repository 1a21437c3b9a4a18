//! The order in which entries were last used: a doubly linked list through the entries, from the one that was used last to
//! the one that is evicted first.

use super::entry::Entry;
use super::slab::{NONE, Slab};

/// The first and the last entry of the list.
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
