//! Dropping what is concerned: appends to the log what runs in flight must not store, then drops what is stored.
//!
//! Each method answers with the number of calls that were cached and no longer are. Expired values go too, uncounted.

use super::index::Tracked;
use super::{Call, Store};

impl Store {
    /// Drops the calls under `prefix` whose results contain an entity, or (with no id) are a list of its type.
    ///
    /// If `is_soft`, values that have a window to be served stale in get as much of it from now on as they would have
    /// had from the end of their freshness; others are dropped.
    pub fn invalidate_tracked(&mut self, prefix: &str, tracked: Tracked<'_>, now_ms: f64, is_soft: bool) -> u32 {
        let Some(prefix) = self.functions.prefix(prefix) else {
            return 0;
        };
        let base = self.topics.base(prefix, tracked.type_name, tracked.id.is_none());
        self.log.append([
            self.topics.entity(base, tracked.id.unwrap_or_default()),
            self.topics.entity_type(prefix, tracked.type_name),
            self.topics.any_type(prefix),
        ]);
        let slots = self.index.entries(&self.topics, prefix, tracked);
        let mut count = 0;
        for slot in slots {
            count += match is_soft && self.entries.get(slot).window_ms > 0 {
                true => self.soften(slot, now_ms),
                false => self.invalidate_slot(slot, now_ms),
            };
        }
        count
    }

    /// Drops all calls of a function.
    pub fn invalidate_function(&mut self, prefix: &str, name: &str, now_ms: f64) -> u32 {
        let Some(number) = self.functions.find(prefix, name) else {
            return 0;
        };
        let Some(function) = self.functions.get(number) else {
            return 0;
        };
        let entries = function.entries;
        self.log.append([function.topics[0]]);
        self.invalidate_functions(&[number], entries, now_ms)
    }

    /// Drops everything under a prefix.
    pub fn invalidate_all(&mut self, prefix: &str, now_ms: f64) -> u32 {
        let Some(prefix) = self.functions.prefix(prefix) else {
            return 0;
        };
        self.log.append([self.topics.all(prefix)]);
        let (mut numbers, mut entries) = (Vec::new(), 0);
        for (number, function) in self.functions.iter() {
            if function.prefix == prefix {
                numbers.push(number);
                entries += function.entries;
            }
        }
        self.invalidate_functions(&numbers, entries, now_ms)
    }

    /// Drops one call.
    pub fn invalidate_key(&mut self, call: Call<'_>, now_ms: f64) -> u32 {
        let hash = self.hash(call);
        self.log.append([hash]);
        match self.find(call, hash) {
            Some(slot) if self.entries.get(slot).is_stored() => self.invalidate_slot(slot, now_ms),
            _ => 0,
        }
    }

    /// Drops the value in a slot, if it has one: for keys that were found by their name.
    pub fn invalidate_slot(&mut self, slot: u32, now_ms: f64) -> u32 {
        let entry = self.entries.get(slot);
        if !entry.is_stored() {
            return 0;
        }
        let is_live = entry.is_live(now_ms);
        self.drop_value(slot);
        u32::from(is_live)
    }

    /// Drops the entries of some functions, which have so many: no list of them is kept, since these invalidations are
    /// rare and a look at every slot costs some nanoseconds.
    fn invalidate_functions(&mut self, numbers: &[u32], entries: u32, now_ms: f64) -> u32 {
        let (mut left, mut count) = (entries, 0);
        for slot in 0..self.entries.bound() {
            if left == 0 {
                break;
            }
            let entry = self.entries.get(slot);
            if entry.is_stored() && numbers.contains(&entry.function) {
                count += self.invalidate_slot(slot, now_ms);
                left -= 1;
            }
        }
        count
    }

    /// Ends the freshness of a value now.
    fn soften(&mut self, slot: u32, now_ms: f64) -> u32 {
        let entry = self.entries.get_mut(slot);
        if !entry.is_live(now_ms) {
            return 0;
        }
        entry.expires_ms = entry.expires_ms.min(now_ms + f64::from(entry.window_ms));
        self.softened.push(slot);
        1
    }
}
