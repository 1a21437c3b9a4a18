//! A hash table of slots that grows by one page at a time (extendible hashing: Fagin, Nievergelt, Pippenger and Strong,
//! ACM TODS 4(3), 1979).
//!
//! The directory leads from the lowest bits of a hash to a page. A page holds up to 224 slots, each beside its hash, by
//! linear probing. A page that is full is split in two by the next bit of the hashes:
//!
//! ```text
//! directory          pages
//! ..00 ─────────────→ A  hashes that end in 00        A is full: it is split by its third bit into
//! ..10 ─────────────→ B  hashes that end in 10        000 → A and 100 → D. The directory doubles to eight
//! ..01 ──┬──────────→ C  hashes that end in 1         places; B and C stay, with two and four of them.
//! ..11 ──┘
//! ```
//!
//! So there is no long pause, and never an old and a new table at the same time. An item itself is only looked at if its
//! hash is the one that is searched for. Hashes must be keyed: pages fill evenly only if nobody can aim at one.

use super::slab::NONE;

/// The buckets of a page, which take 2 KB. The highest bits of a hash say where its search in the page begins.
const BUCKETS: usize = 256;
const PLACE_BITS: u32 = BUCKETS.trailing_zeros();
/// A page with this number of items is split. Beyond it searches get long.
const FULL: u32 = BUCKETS as u32 / 8 * 7;
/// The bits that are left to tell pages apart. They are enough for more items than the memory has room for.
const MOST_BITS: u32 = u32::BITS - PLACE_BITS;

/// The bytes of the table that an item takes on average. After many splits a page holds `FULL` times the logarithm of 2
/// items on average.
pub(crate) const BUCKET_SHARE: u64 = 14;

#[derive(Clone, Copy)]
struct Bucket {
    hash: u32,
    /// `NONE` in a bucket that is free.
    slot: u32,
}

/// All bits are set, so that one instruction fills a new page.
const FREE: Bucket = Bucket { hash: NONE, slot: NONE };

struct Page {
    buckets: Box<[Bucket; BUCKETS]>,
    used: u32,
    /// The hashes here have this number of lowest bits in common.
    bits: u32,
}

pub(crate) struct Table {
    pages: Vec<Page>,
    /// A page for each value of the lowest bits of a hash. It uses as many bits as the page that was split most often.
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

    /// The first bucket that `is_it` accepts, from the place of a hash on to the next free bucket.
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
        // Items behind it move up, unless that would take one to before its place (Knuth, volume 3, 6.4, algorithm R).
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

/// Where the search for a hash begins in its page.
#[inline]
fn place(hash: u32) -> usize {
    (hash >> (u32::BITS - PLACE_BITS)) as usize
}

#[inline]
fn behind(at: usize) -> usize {
    (at + 1) % BUCKETS
}
