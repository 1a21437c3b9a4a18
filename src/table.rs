//! A hash table of slots that grows by one bucket at a time (linear hashing, Litwin 1980).
//!
//! Items stay in their slab and are chained through it; the table holds one slot per bucket. Each insertion splits at
//! most one bucket, so there is neither a long pause nor a moment in which old and new table exist together, and the
//! load stays near one item per bucket. Hashes must be keyed: chains are only short if nobody can aim at one. The
//! store finds its entries by it and the index its entities.

use crate::slab::{Chunked, Link, NONE, Slab};

/// An item that a table can find.
pub(crate) trait Hashed: Link {
    fn hash(&self) -> u32;
}

pub(crate) struct Table {
    buckets: Chunked<u32>,
    items: u32,
}

impl Table {
    pub(crate) fn new() -> Self {
        Table {
            buckets: Chunked::new(),
            items: 0,
        }
    }

    /// The slot of the item with this hash that `is_it` accepts.
    #[inline]
    pub(crate) fn find<T: Hashed + Default + Clone>(
        &self,
        slab: &Slab<T>,
        hash: u32,
        is_it: impl Fn(&T) -> bool,
    ) -> Option<u32> {
        if self.buckets.len() == 0 {
            return None;
        }
        let mut at = *self.buckets.get(self.bucket(hash));
        while at != NONE {
            let item = slab.get(at);
            if item.hash() == hash && is_it(item) {
                return Some(at);
            }
            at = item.link();
        }
        None
    }

    /// Adds the item in `slot`, which must not be there yet.
    pub(crate) fn insert<T: Hashed + Default + Clone>(&mut self, slab: &mut Slab<T>, slot: u32) {
        if self.items >= self.buckets.len() {
            self.split(slab);
        }
        self.items += 1;
        let bucket = self.bucket(slab.get(slot).hash());
        let first = self.buckets.get_mut(bucket);
        slab.get_mut(slot).set_link(*first);
        *first = slot;
    }

    /// Takes the item in `slot` out of its chain.
    pub(crate) fn remove<T: Hashed + Default + Clone>(&mut self, slab: &mut Slab<T>, slot: u32) {
        let item = slab.get(slot);
        let (next, bucket) = (item.link(), self.bucket(item.hash()));
        let first = self.buckets.get_mut(bucket);
        if *first == slot {
            *first = next;
        } else {
            let mut at = *first;
            while at != NONE {
                let item = slab.get_mut(at);
                if item.link() == slot {
                    item.set_link(next);
                    break;
                }
                at = item.link();
            }
        }
        self.items -= 1;
    }

    /// The bucket of a hash: as many of its low bits as there are buckets for.
    #[inline]
    fn bucket(&self, hash: u32) -> u32 {
        let count = self.buckets.len();
        let mask = u32::MAX >> (count - 1).leading_zeros().min(31);
        let bucket = if count == 1 { 0 } else { hash & mask };
        if bucket < count { bucket } else { bucket & (mask >> 1) }
    }

    /// Adds a bucket, and moves to it the items of its sibling (its number without the highest bit) that belong there.
    fn split<T: Hashed + Default + Clone>(&mut self, slab: &mut Slab<T>) {
        let new = self.buckets.len();
        self.buckets.push(NONE);
        if new == 0 {
            return;
        }
        let sibling = new & !(1 << (31 - new.leading_zeros()));
        let mut at = std::mem::replace(self.buckets.get_mut(sibling), NONE);
        while at != NONE {
            let item = slab.get(at);
            let (next, bucket) = (item.link(), self.bucket(item.hash()));
            let first = self.buckets.get_mut(bucket);
            slab.get_mut(at).set_link(*first);
            *first = at;
            at = next;
        }
    }

    /// The slots of all items, bucket by bucket, or what is wrong with the table. For `validate`.
    pub(crate) fn slots<T: Hashed + Default + Clone>(&self, slab: &Slab<T>) -> Result<Vec<u32>, String> {
        let mut slots = Vec::new();
        for bucket in 0..self.buckets.len() {
            let mut at = *self.buckets.get(bucket);
            while at != NONE {
                if self.bucket(slab.get(at).hash()) != bucket {
                    return Err(format!(
                        "slot {at} is in bucket {bucket}, where its hash does not belong"
                    ));
                }
                slots.push(at);
                if slots.len() > self.items as usize {
                    return Err(format!(
                        "the chains hold more than the {} items of the table",
                        self.items
                    ));
                }
                at = slab.get(at).link();
            }
        }
        if slots.len() != self.items as usize {
            return Err(format!(
                "the chains hold {} items, the table counts {}",
                slots.len(),
                self.items
            ));
        }
        Ok(slots)
    }
}
