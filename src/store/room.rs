//! Room for values: what a slot is filled with, which entries are evicted, and how values and entries are removed.

use super::entry::ENTRY_SIZE;
use super::index::Tracked;
use super::slab::NONE;
use super::{Lifetime, Outcome, Store};
use crate::error::Result;

/// The number of entries that each insertion sweeps: it removes those that have expired.
const SWEPT_PER_INSERTION: u32 = 4;

impl Store {
    /// Notes that the entries in these slots were used, in this order. Slots without a value are skipped.
    pub fn touch(&mut self, slots: &[u32]) {
        for &slot in slots {
            if slot < self.entries.bound() && self.entries.get(slot).is_stored() {
                self.order.touch(&mut self.entries, slot);
            }
        }
    }

    /// Gives a slot without a run a value, and evicts entries until there is room for it.
    pub(super) fn fill<'a>(
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

    /// Puts an entry into the index of everything that its result contains.
    fn link<'a>(&mut self, slot: u32, tracked: impl Iterator<Item = Tracked<'a>>) -> Result<()> {
        let prefix = self.prefix_of(slot);
        for item in tracked {
            let kind = self.index.kind(&self.topics, prefix, item.type_name, item.role)?;
            let entry = self.entries.get_mut(slot);
            entry.edges = self.index.link(&self.topics, slot, entry.edges, kind, item.id)?;
        }
        Ok(())
    }

    fn prefix_of(&self, slot: u32) -> u32 {
        let function = self.functions.get(self.entries.get(slot).function);
        function.map_or(NONE, |function| function.prefix)
    }

    /// Removes the value of a slot, and the entry too, unless a run will fill it.
    pub(super) fn drop_value(&mut self, slot: u32) {
        self.clear(slot);
        self.free_if_unused(slot);
    }

    /// Removes the value of a slot. The entry stays.
    pub(super) fn clear(&mut self, slot: u32) {
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

    /// Frees a slot without a value and without a run.
    pub(super) fn free_if_unused(&mut self, slot: u32) {
        let entry = self.entries.get(slot);
        if entry.run == NONE && !entry.is_stored() {
            let hash = self.hash(entry.call());
            self.table.remove(hash as u32, slot);
            self.entries.remove(slot);
        }
    }

    /// Removes the expired ones among the next few entries. Each insertion looks at several, so the expired entries that
    /// are left are never more than a fraction of the others.
    pub(super) fn sweep(&mut self, now_ms: f64) {
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
