//! Topics: what a run or an invalidation concerns, as keyed 64-bit hashes. The log and the tables use them.
//!
//! Each prefix, type and function has a hash of its own. An id is mixed with the hash of its type, and key bytes with the
//! hash of their function. The key of the hashes is drawn at random for each store, so nobody outside can aim at a
//! collision. The tables compare the bytes as well, since a collision would matter there.

use super::index::Role;
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

    /// Any entity or list under a prefix. For runs whose types are only known at their end.
    pub(crate) fn any_type(&self, prefix: u32) -> u64 {
        self.of(b'*', prefix, "")
    }

    /// Any entity or list of a type: every invalidation of one has this topic.
    pub(crate) fn entity_type(&self, prefix: u32, name: &str) -> u64 {
        self.of(b't', prefix, name)
    }

    /// All entities and lists of a type together: what holds any of them is concerned.
    pub(crate) fn whole_type(&self, prefix: u32, name: &str) -> u64 {
        self.of(b'w', prefix, name)
    }

    /// Mixed with the ids of a type, or stands for the lists of the type or for what depends on it.
    pub(crate) fn base(&self, prefix: u32, name: &str, role: Role) -> u64 {
        let letter = match role {
            Role::Entity => b'e',
            Role::List => b'l',
            Role::Dependent => b'd',
        };
        self.of(letter, prefix, name)
    }

    /// An entity, or (without an id) the lists of a type.
    #[inline]
    pub(crate) fn entity(&self, base: u64, id: &[u8]) -> u64 {
        self.hasher.hash(id) ^ base
    }

    /// All calls of a function.
    pub(crate) fn function(&self, function: u32) -> u64 {
        self.of(b'f', function, "")
    }

    /// Mixed with the key bytes of a function.
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
