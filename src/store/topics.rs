//! What a run or an invalidation concerns, as keyed 64-bit hashes: the topics of the log, and the hashes of the index.
//!
//! Every kind of thing has a hash of its own for each prefix, and what is below it is mixed in: an id under its type,
//! key bytes under their function. The key of the hash is drawn at random by whoever makes the store, so nobody can
//! aim at a collision from outside; and where one would matter (the tables) bytes are compared as well.

use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Hashes with the key of one store.
#[derive(Clone)]
pub(crate) struct Topics {
    hasher: SipHasher13,
}

impl Topics {
    pub(crate) fn new(key: [u64; 2]) -> Self {
        Topics {
            hasher: SipHasher13::new_with_keys(key[0], key[1]),
        }
    }

    /// Everything under a prefix.
    pub(crate) fn all(&self, prefix: u32) -> u64 {
        self.of(b'a', prefix, "")
    }

    /// Any entity or list under a prefix: for runs whose types are only known when they end.
    pub(crate) fn any_type(&self, prefix: u32) -> u64 {
        self.of(b'*', prefix, "")
    }

    /// Any entity or list of a type.
    pub(crate) fn entity_type(&self, prefix: u32, name: &str) -> u64 {
        self.of(b't', prefix, name)
    }

    /// What the ids of a type are mixed with; `is_list` for the lists of the type.
    pub(crate) fn base(&self, prefix: u32, name: &str, is_list: bool) -> u64 {
        self.of(if is_list { b'l' } else { b'e' }, prefix, name)
    }

    /// An entity, or (with no id) the lists of a type.
    #[inline]
    pub(crate) fn entity(&self, base: u64, id: &[u8]) -> u64 {
        self.hasher.hash(id) ^ base
    }

    /// All calls of a function.
    pub(crate) fn function(&self, function: u32) -> u64 {
        self.of(b'f', function, "")
    }

    /// What the key bytes of a function are mixed with.
    pub(crate) fn function_base(&self, function: u32) -> u64 {
        self.of(b'c', function, "")
    }

    /// One call.
    #[inline]
    pub(crate) fn key(&self, function_base: u64, key: &[u8]) -> u64 {
        self.hasher.hash(key) ^ function_base
    }

    fn of(&self, kind: u8, number: u32, name: &str) -> u64 {
        let mut hasher = self.hasher;
        hasher.write_u8(kind);
        hasher.write_u32(number);
        hasher.write(name.as_bytes());
        hasher.finish()
    }
}
