//! One entry of the store: 56 bytes on wasm32. Its value is not here; JavaScript keeps it by the slot of the entry.
//!
//! A slot is free, or its entry is in one of these states:
//!
//! | state | value | run |
//! |---|---|---|
//! | reserved | none | a run will fill it |
//! | stored | fresh, stale or expired | none, or one that refreshes it |

use super::Call;
use super::short_bytes::ShortBytes;
use super::slab::{Link, NONE};
use super::table::BUCKET_SHARE;

/// The bytes of an entry, its share of the table, and the place of its value in JavaScript's array.
pub(crate) const ENTRY_SIZE: u64 = 56 + BUCKET_SHARE + 8;

/// The expiry of an entry without a value.
const NEVER: f64 = f64::NEG_INFINITY;

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: ShortBytes,
    pub(crate) function: u32,
    /// When it was stored, in milliseconds since the first insertion (wraps after 49 days).
    pub(crate) stored: u32,
    /// When its value expires. Until then it is kept, fresh or stale. [`NEVER`] without a value.
    pub(crate) expires_ms: f64,
    /// How long before its expiry it stops being fresh. In 32 bits a window of years is right to a second or two.
    pub(crate) window_ms: f32,
    /// The bytes of its value.
    pub(crate) size: u32,
    /// The entry that was used after it.
    pub(crate) newer: u32,
    /// The entry that was used before it, or the next free slot.
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
            key: ShortBytes::default(),
            function: NONE,
            stored: 0,
            expires_ms: NEVER,
            window_ms: 0.0,
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
    /// Whether it has a value, expired or not.
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

    /// The call that it is the entry of.
    #[inline]
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            function: self.function,
            key: self.key.as_bytes(),
        }
    }

    /// The bytes that it takes in the store and in JavaScript, without its edges.
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
