//! A hash table of slots that grows by one page at a time (extendible hashing: Fagin, Nievergelt, Pippenger and Strong,
//! ACM TODS 4(3), 1979).
//!
//! A page holds some hundred slots, each beside its hash, by linear probing. A page that is nearly full is split in two
//! by the next bit of the hashes, and the directory leads from the lowest bits of a hash to its page. So there is neither
//! a long pause nor a moment in which an old and a new table exist together; and an item itself is only looked at if its
//! hash is the one that is searched for. Hashes must be keyed: pages fill evenly if nobody can aim at one. The store finds
//! its entries by it and the index its entities.

use super::slab::NONE;

/// The buckets of a page, 2 KB of them. Where in its page a hash is looked for first its highest bits tell.
const BUCKETS: usize = 256;
const PLACE_BITS: u32 = BUCKETS.trailing_zeros();
/// A page with so many items is split: searches get long beyond that.
const FULL: u32 = BUCKETS as u32 / 8 * 7;
/// The bits that are left to tell pages apart. They do for more items than the memory has room for.
const MOST_BITS: u32 = u32::BITS - PLACE_BITS;

/// The bytes of the table that an item takes on average: after splits, pages are as full as `FULL` by the logarithm of 2.
pub(crate) const BUCKET_SHARE: u64 = 14;

#[derive(Clone, Copy)]
struct Bucket {
    hash: u32,
    /// `NONE` in a bucket that is free.
    slot: u32,
}

/// All bits are set, so that a new page is filled by one instruction.
const FREE: Bucket = Bucket { hash: NONE, slot: NONE };

struct Page {
    buckets: Box<[Bucket; BUCKETS]>,
    used: u32,
    /// The hashes here have this number of lowest bits in common.
    bits: u32,
}

pub(crate) struct Table {
    pages: Vec<Page>,
    /// The page of each value that the lowest bits of a hash can have: as many bits as the most divided page has.
    directory: Vec<u32>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Table {
            pages: vec![Page::new(0)],
            directory: vec![0],
        }
    }

    /// The slot with this hash that `is_it` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let page = &self.pages[self.page(hash)];
        let at = page.search(hash, |bucket| bucket.hash == hash && is_it(bucket.slot))?;
        Some(page.buckets[at].slot)
    }

    /// Adds a slot, which must not be there yet.
    #[inline(never)]
    pub(crate) fn insert(&mut self, hash: u32, slot: u32) {
        let mut page = self.page(hash);
        while self.pages[page].used >= FULL && self.pages[page].bits < MOST_BITS {
            self.split(hash);
            page = self.page(hash);
        }
        self.pages[page].insert(Bucket { hash, slot });
    }

    /// Removes a slot.
    #[inline(never)]
    pub(crate) fn remove(&mut self, hash: u32, slot: u32) {
        let page = self.page(hash);
        self.pages[page].remove(hash, slot);
    }

    #[inline]
    fn page(&self, hash: u32) -> usize {
        self.directory[hash as usize & (self.directory.len() - 1)] as usize
    }

    /// Splits the page of a hash by one more bit.
    #[inline(never)]
    fn split(&mut self, hash: u32) {
        let number = self.page(hash);
        let bit = 1 << self.pages[number].bits;
        if self.directory.len() == bit {
            self.directory.extend_from_within(..);
        }
        let [mut low, mut high] = [(); 2].map(|()| Page::new(self.pages[number].bits + 1));
        for bucket in self.pages[number].items() {
            let half = if bucket.hash as usize & bit == 0 {
                &mut low
            } else {
                &mut high
            };
            half.insert(*bucket);
        }
        let first = hash as usize & (bit - 1) | bit;
        for page in self.directory[first..].iter_mut().step_by(bit * 2) {
            *page = self.pages.len() as u32;
        }
        self.pages[number] = low;
        self.pages.push(high);
    }

    /// All slots, page by page, or what is wrong with the table. For `validate`.
    pub(crate) fn slots(&self) -> Result<Vec<u32>, String> {
        let mut slots = Vec::new();
        for (number, page) in self.pages.iter().enumerate() {
            if page.items().count() != page.used as usize {
                return Err(format!("page {number} does not hold the {} items it counts", page.used));
            }
            if let Some(item) = page.items().find(|item| self.page(item.hash) != number) {
                return Err(format!(
                    "slot {} is in page {number}, where it does not belong",
                    item.slot
                ));
            }
            slots.extend(page.items().map(|item| item.slot));
        }
        Ok(slots)
    }
}

impl Page {
    fn new(bits: u32) -> Self {
        Page {
            buckets: Box::new([FREE; BUCKETS]),
            used: 0,
            bits,
        }
    }

    fn items(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().filter(|bucket| bucket.slot != NONE)
    }

    /// Where the first bucket is that `is_it` accepts, from the place of a hash on up to a bucket that is free.
    #[inline]
    fn search(&self, hash: u32, is_it: impl Fn(&Bucket) -> bool) -> Option<usize> {
        let mut at = place(hash);
        for _ in 0..BUCKETS {
            let bucket = &self.buckets[at];
            if bucket.slot == NONE {
                return None;
            }
            if is_it(bucket) {
                return Some(at);
            }
            at = behind(at);
        }
        None
    }

    fn insert(&mut self, item: Bucket) {
        let mut at = place(item.hash);
        while self.buckets[at].slot != NONE {
            at = behind(at);
        }
        self.buckets[at] = item;
        self.used += 1;
    }

    fn remove(&mut self, hash: u32, slot: u32) {
        let Some(mut free) = self.search(hash, |bucket| bucket.slot == slot) else {
            return;
        };
        // Those behind it close up, unless that took them to before their place (Knuth, volume 3, 6.4, algorithm R).
        let mut at = behind(free);
        while self.buckets[at].slot != NONE {
            let from_place = at.wrapping_sub(place(self.buckets[at].hash)) % BUCKETS;
            if from_place >= at.wrapping_sub(free) % BUCKETS {
                self.buckets[free] = self.buckets[at];
                free = at;
            }
            at = behind(at);
        }
        self.buckets[free] = FREE;
        self.used -= 1;
    }
}

/// Where in a page a hash is looked for first.
#[inline]
fn place(hash: u32) -> usize {
    (hash >> (u32::BITS - PLACE_BITS)) as usize
}

#[inline]
fn behind(at: usize) -> usize {
    (at + 1) % BUCKETS
}
