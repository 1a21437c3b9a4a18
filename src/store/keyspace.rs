//! What the store shows of its slots, for `keys`, `get`, `scan` and `explain`; and keys that were set by hand.
//!
//! Here are only prefixes, functions and key bytes; js/memory/names.js makes names of them. Entries do not move between
//! slots, so a slot number is a cursor: a scan visits every entry that exists during the whole scan.

use super::function::BY_HAND;
use super::index::Tracked;
use super::{Call, Lifetime, Outcome, Store};
use crate::error::Result;

/// What the store knows of the entry in a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Described<'a> {
    /// The number of its function.
    pub function: u32,
    /// The key bytes: canonical arguments, or the name of a key that was set by hand.
    pub key: &'a [u8],
    /// How long ago it was stored (wraps after 49 days).
    pub age_ms: u32,
    /// How long it is still fresh; below 0 if it is stale.
    pub fresh_for_ms: f64,
    /// How much longer it is kept.
    pub expires_in_ms: f64,
}

impl Store {
    /// Sets a key by hand, without a run and without entities. Returns its slot, or `None` if there was no room.
    pub fn put(&mut self, name: &[u8], lifetime: Lifetime) -> Result<Option<u32>> {
        let call = Call {
            function: BY_HAND,
            key: name,
        };
        let hash = self.hash(call);
        let slot = match self.find(call, hash) {
            Some(slot) => slot,
            None => self.reserve(call, hash)?,
        };
        let outcome = self.fill(slot, lifetime, std::iter::empty())?;
        self.sweep(lifetime.now_ms);
        Ok((outcome == Outcome::Stored).then_some(slot))
    }

    /// Moves the expiry of a value.
    pub fn expire(&mut self, slot: u32, expires_ms: f64) {
        let entry = self.entries.get_mut(slot);
        if entry.is_stored() {
            entry.expires_ms = expires_ms;
            self.softened.push(slot);
        }
    }

    /// The slot of a key that was set by hand.
    pub fn find_by_hand(&self, name: &[u8], now_ms: f64) -> Option<u32> {
        let call = Call {
            function: BY_HAND,
            key: name,
        };
        self.peek(call, now_ms, f64::INFINITY)
    }

    /// All slots are below this.
    pub fn slots(&self) -> u32 {
        self.entries.bound()
    }

    /// The entry in a slot. `None` if there is no value, or if it has expired.
    pub fn describe(&self, slot: u32, now_ms: f64) -> Option<Described<'_>> {
        if slot >= self.entries.bound() {
            return None;
        }
        let entry = self.entries.get(slot);
        self.functions.get(entry.function)?;
        let now = (now_ms - self.epoch_ms.unwrap_or(now_ms)).max(0.0) as u64 as u32;
        entry.is_live(now_ms).then(|| Described {
            function: entry.function,
            key: entry.key.as_bytes(),
            age_ms: now.wrapping_sub(entry.stored),
            fresh_for_ms: entry.fresh_until_ms() - now_ms,
            expires_in_ms: entry.expires_ms - now_ms,
        })
    }

    /// All slots of entities are below this.
    pub fn entity_slots(&self) -> u32 {
        self.index.bound()
    }

    /// The prefix and the name of the entity in a slot, if there is one.
    pub fn entity(&self, slot: u32) -> Option<(&str, Tracked<'_>)> {
        if slot >= self.index.bound() {
            return None;
        }
        let (prefix, tracked) = self.index.entity(slot)?;
        Some((self.functions.prefix_text(prefix), tracked))
    }

    /// The slots of the calls whose results contain an entity, newest first. Some may be expired.
    pub fn tracked(&self, prefix: &str, tracked: Tracked<'_>) -> Vec<u32> {
        let prefix = self.functions.prefix(prefix);
        prefix.map_or(Vec::new(), |prefix| self.index.entries(&self.topics, prefix, tracked))
    }
}
