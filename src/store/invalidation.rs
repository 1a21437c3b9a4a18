//! Invalidations. Each is appended to the log first, so that runs in flight do not store what it concerns. Then it drops the
//! values that are stored.
//!
//! Each method returns the number of calls that were cached and no longer are. Expired values are dropped too, but not
//! counted.

use super::index::Tracked;
use super::{Call, Store};
use crate::sort::order;

impl Store {
    /// Drops the calls under `prefix` whose results contain an entity, or are a list of a type, and those that depend on the
    /// type.
    ///
    /// If `is_soft`, values with a window for stale service become stale now, and are kept for that window from now on.
    /// Others are dropped.
    pub fn invalidate_tracked(&mut self, prefix: &str, tracked: Tracked<'_>, now_ms: f64, is_soft: bool) -> u32 {
        let Some(prefix) = self.functions.prefix(prefix) else {
            return 0;
        };
        let Tracked { type_name, role, id } = tracked;
        let base = self.topics.base(prefix, type_name, role);
        self.log.append([
            self.topics.entity(base, id),
            self.topics.entity_type(prefix, type_name),
            self.topics.any_type(prefix),
        ]);
        let mut slots = self.index.entries(&self.topics, prefix, tracked);
        let dependents = self.index.entries(&self.topics, prefix, Tracked::dependent(type_name));
        if !dependents.is_empty() {
            slots.extend(dependents);
            slots = once_each(&slots);
        }
        self.invalidate_slots(&slots, now_ms, is_soft)
    }

    /// Drops the calls under `prefix` whose results contain anything of a type, are a list of it or depend on it.
    pub fn invalidate_type(&mut self, prefix: &str, name: &str, now_ms: f64, is_soft: bool) -> u32 {
        let Some(prefix) = self.functions.prefix(prefix) else {
            return 0;
        };
        self.log.append([
            self.topics.whole_type(prefix, name),
            self.topics.entity_type(prefix, name),
            self.topics.any_type(prefix),
        ]);
        let slots = once_each(&self.index.entries_of_type(prefix, name));
        self.invalidate_slots(&slots, now_ms, is_soft)
    }

    /// Drops the values in some slots, each named once; if `is_soft`, as `invalidate_tracked` does.
    fn invalidate_slots(&mut self, slots: &[u32], now_ms: f64, is_soft: bool) -> u32 {
        let mut count = 0;
        for &slot in slots {
            count += match is_soft && self.entries.get(slot).window_ms > 0.0 {
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

    /// Drops the value in a slot, if it has one. For keys that were found by their name.
    pub fn invalidate_slot(&mut self, slot: u32, now_ms: f64) -> u32 {
        let entry = self.entries.get(slot);
        if !entry.is_stored() {
            return 0;
        }
        let is_live = entry.is_live(now_ms);
        self.drop_value(slot);
        u32::from(is_live)
    }

    /// Drops all values of some functions; `entries` is the number of those values. It looks at every slot, which costs
    /// some nanoseconds each: these invalidations are rare, so no list is kept for them.
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

    /// Makes a value stale now.
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

/// These numbers, each once.
fn once_each(numbers: &[u32]) -> Vec<u32> {
    let mut sorted = order(numbers.len(), &mut |a, b| numbers[a].cmp(&numbers[b]));
    sorted.dedup_by(|a, b| numbers[*a as usize] == numbers[*b as usize]);
    sorted.into_iter().map(|at| numbers[at as usize]).collect()
}
