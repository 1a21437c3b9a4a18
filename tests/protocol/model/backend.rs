//! What the backend holds: the log, the values and the indexes. Nothing here knows a protocol.

pub const KEYS: usize = 2;
pub const ENTITIES: usize = 2;
const LOG_LENGTH: usize = 10;

/// A stored result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value {
    /// The invalidations that were asked for before its run began, a bit each.
    pub seen: u8,
    /// The entities found in it, a bit each.
    pub entities: u8,
    /// One of its indexes was evicted.
    pub has_lost_index: bool,
}

/// The place of an entry in the log.
pub type Position = u8;
/// The entry was trimmed or evicted: a range that starts there does not start with it.
pub const LOST: Position = u8::MAX;
/// The position that stands for "the log was empty" in the broken variant.
pub const ZERO: Position = u8::MAX - 1;
/// None was read.
pub const UNREAD: Position = u8::MAX - 2;

/// The entry that concerns nothing.
pub const SEED: u8 = u8::MAX;

/// The invalidation log: the numbers of the invalidations, or `SEED`, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Log {
    /// The id of the first entry that is still there.
    first: u8,
    length: u8,
    entries: [u8; LOG_LENGTH],
}

impl Log {
    pub fn append(&mut self, entry: u8) -> Position {
        self.entries[self.length as usize] = entry;
        self.length += 1;
        self.first + self.length - 1
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub fn last(&self) -> Option<Position> {
        self.length.checked_sub(1).map(|index| self.first + index)
    }

    pub fn first(&self) -> Position {
        self.first
    }

    /// XRANGE from a position: what follows it, or `None` when the entry itself is not there any more.
    pub fn since(&self, position: Position) -> Option<&[u8]> {
        let entries = &self.entries[..self.length as usize];
        if position == ZERO {
            return Some(entries);
        }
        let index = position.checked_sub(self.first)?;
        entries
            .get(index as usize..)
            .filter(|rest| !rest.is_empty())
            .map(|rest| &rest[1..])
    }

    /// The entry at a position.
    pub fn entry(&self, position: Position) -> Option<u8> {
        let index = position.checked_sub(self.first)?;
        self.entries[..self.length as usize].get(index as usize).copied()
    }

    pub fn evict(&mut self) {
        *self = Log::default();
    }

    /// Drops the oldest entry, never the last one.
    pub fn trim(&mut self) {
        if self.length > 1 {
            self.entries.copy_within(1..self.length as usize, 0);
            self.length -= 1;
            self.entries[self.length as usize] = 0;
            self.first += 1;
        }
    }

    /// Gives the invalidations other numbers.
    pub fn rename(&mut self, number: impl Fn(u8) -> u8) {
        for entry in self.entries[..self.length as usize]
            .iter_mut()
            .filter(|entry| **entry != SEED)
        {
            *entry = number(*entry);
        }
    }

    /// Counts ids from the oldest entry; returns by how much they moved.
    pub fn renumber(&mut self) -> u8 {
        std::mem::take(&mut self.first)
    }
}

/// Everything that survives the processes, except their staged results and marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Backend {
    pub log: Log,
    pub values: [Option<Value>; KEYS],
    /// The value keys that are members of each index, a bit each. Marks are kept with the processes that made them.
    pub indexes: [u8; ENTITIES],
}

impl Backend {
    /// SADD of a value key.
    pub fn add_member(&mut self, entity: u8, key: u8) {
        self.indexes[entity as usize] |= 1 << key;
    }

    /// SREM of some value keys.
    pub fn remove_members(&mut self, entity: u8, keys: u8) {
        self.indexes[entity as usize] &= !keys;
    }

    /// UNLINK of some value keys.
    pub fn unlink(&mut self, keys: u8) {
        for (key, value) in self.values.iter_mut().enumerate() {
            if keys & 1 << key != 0 {
                *value = None;
            }
        }
    }
}
