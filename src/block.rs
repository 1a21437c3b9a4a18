//! Where the structure of JSON text is: quotes, brackets and commas, found 64 bytes at a time.
//!
//! A block of 64 bytes becomes a few 64-bit masks, one bit per byte, and strings are told from structure by the parity
//! of the quotes before them (Langdale and Lemire, "Parsing gigabytes of JSON per second"). [`mark`] has two
//! implementations that give the same masks: SIMD128 where the wasm build has it, and one on 64-bit words. The
//! [`Cursor`] goes from mark to mark; it knows nothing of entities or rules. [`crate::scan`] uses it.

/// The bytes of a block.
const WIDTH: usize = 64;

/// What can be seen in a block without what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// The quotes, escaped or not.
    pub quotes: u64,
    /// The backslashes.
    pub backslashes: u64,
    /// `[`, `]`, `{`, `}` and, since they never stand outside a string in valid JSON, also `Y`, `_`, `y` and DEL.
    pub brackets: u64,
}

/// Finds quotes, backslashes and brackets.
#[inline]
pub fn mark(block: &[u8; WIDTH]) -> Marks {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return simd::mark(block);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    return words::mark(block);
}

/// Finds the bytes that are one of `needles`.
#[inline]
pub fn mark_any(block: &[u8; WIDTH], needles: &[u8]) -> u64 {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return simd::mark_any(block, needles);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    return words::mark_any(block, needles);
}

/// Brackets differ in these bits only; with them set, all four are DEL.
const BRACKET_BITS: u8 = 0x26;
const BRACKET: u8 = 0x7f;

/// The masks by 64-bit words, eight bytes at a time.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod words {
    use super::{BRACKET, BRACKET_BITS, Marks, WIDTH};

    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    pub(super) fn mark(block: &[u8; WIDTH]) -> Marks {
        let (mut quotes, mut brackets) = (0, 0);
        let mut any_backslash = 0;
        for (shift, word) in words(block) {
            quotes |= gather(equal(word, b'"')) << shift;
            brackets |= gather(equal(word | splat(BRACKET_BITS), BRACKET)) << shift;
            any_backslash |= equal(word, b'\\');
        }
        let backslashes = if any_backslash == 0 { 0 } else { mark_any(block, b"\\") };
        Marks {
            quotes,
            backslashes,
            brackets,
        }
    }

    pub(super) fn mark_any(block: &[u8; WIDTH], needles: &[u8]) -> u64 {
        let is_any = |word: u64| needles.iter().fold(0, |bits, &needle| bits | equal(word, needle));
        words(block).fold(0, |mask, (shift, word)| mask | gather(is_any(word)) << shift)
    }

    /// The words of a block, each with the place of its bits in a mask.
    fn words(block: &[u8; WIDTH]) -> impl Iterator<Item = (usize, u64)> {
        let words: [u64; 8] = bytemuck::pod_read_unaligned(block);
        words
            .into_iter()
            .enumerate()
            .map(|(index, word)| (index * 8, u64::from_le(word)))
    }

    const fn splat(byte: u8) -> u64 {
        0x0101_0101_0101_0101 * byte as u64
    }

    /// Sets the highest bit of the bytes that equal `byte`, exactly: no carry runs from one byte into the next.
    fn equal(word: u64, byte: u8) -> u64 {
        let difference = word ^ splat(byte);
        !(((difference & LOW) + LOW) | difference | LOW)
    }

    /// Moves the highest bits of the eight bytes together.
    fn gather(bits: u64) -> u64 {
        (bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

/// The masks by SIMD128, sixteen bytes at a time.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use super::{BRACKET, BRACKET_BITS, Marks, WIDTH};
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128, v128_any_true, v128_or};

    pub(super) fn mark(block: &[u8; WIDTH]) -> Marks {
        let [a, b, c, d] = vectors(block);
        let backslash = u8x16_splat(b'\\');
        let is_backslash = [
            u8x16_eq(a, backslash),
            u8x16_eq(b, backslash),
            u8x16_eq(c, backslash),
            u8x16_eq(d, backslash),
        ];
        let any = v128_or(
            v128_or(is_backslash[0], is_backslash[1]),
            v128_or(is_backslash[2], is_backslash[3]),
        );
        let bits = u8x16_splat(BRACKET_BITS);
        Marks {
            quotes: mark_byte([a, b, c, d], b'"'),
            backslashes: if v128_any_true(any) { gather(is_backslash) } else { 0 },
            brackets: mark_byte(
                [v128_or(a, bits), v128_or(b, bits), v128_or(c, bits), v128_or(d, bits)],
                BRACKET,
            ),
        }
    }

    pub(super) fn mark_any(block: &[u8; WIDTH], needles: &[u8]) -> u64 {
        let vectors = vectors(block);
        let none = [u8x16_splat(0); 4];
        gather(needles.iter().fold(none, |found, &needle| {
            let needle = u8x16_splat(needle);
            std::array::from_fn(|index| v128_or(found[index], u8x16_eq(vectors[index], needle)))
        }))
    }

    fn vectors(block: &[u8; WIDTH]) -> [v128; 4] {
        bytemuck::pod_read_unaligned(block)
    }

    fn mark_byte([a, b, c, d]: [v128; 4], byte: u8) -> u64 {
        let byte = u8x16_splat(byte);
        gather([
            u8x16_eq(a, byte),
            u8x16_eq(b, byte),
            u8x16_eq(c, byte),
            u8x16_eq(d, byte),
        ])
    }

    fn gather([a, b, c, d]: [v128; 4]) -> u64 {
        let low = u32::from(u8x16_bitmask(a)) | u32::from(u8x16_bitmask(b)) << 16;
        let high = u32::from(u8x16_bitmask(c)) | u32::from(u8x16_bitmask(d)) << 16;
        u64::from(low) | u64::from(high) << 32
    }
}

/// What the cursor stops at besides brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// At nothing else.
    Brackets,
    /// At the opening quotes of strings that may be one of the names looked for.
    Names,
    /// At all opening quotes.
    Strings,
    /// At commas outside strings.
    Commas,
}

/// With more first bytes than these it is quicker to stop at every string.
const MOST_NEEDLES: usize = 4;

/// Goes through JSON text from mark to mark.
pub struct Cursor<'a> {
    json: &'a [u8],
    /// The bytes that the names looked for start with.
    first_bytes: &'a [u8],
    /// Where the current block starts.
    base: usize,
    /// The last block of the text, filled up with spaces.
    tail: [u8; WIDTH],
    backslashes: u64,
    brackets: u64,
    strings: u64,
    /// The names of the block, once somebody has looked for them.
    names: Option<u64>,
    /// What of the current block lies ahead.
    ahead: u64,
    /// The bytes that belong to a string, its opening quote included.
    in_string: u64,
    /// Whether the first byte of the next block is escaped: 0 or 1.
    escaped: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first byte of `json`.
    pub fn new(json: &'a [u8]) -> Self {
        let mut tail = [b' '; WIDTH];
        let rest = json.chunks_exact(WIDTH).remainder();
        tail.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let mut cursor = Cursor {
            json,
            first_bytes: &[],
            base: 0,
            tail,
            backslashes: 0,
            brackets: 0,
            strings: 0,
            names: None,
            ahead: 0,
            in_string: 0,
            escaped: 0,
        };
        cursor.read_block();
        cursor
    }

    /// Makes [`Look::Names`] stop at strings that start with one of `first_bytes` or with an escape; at some others too.
    #[inline]
    pub fn set_first_bytes(&mut self, first_bytes: &'a [u8]) {
        if !std::ptr::eq(self.first_bytes, first_bytes) {
            self.first_bytes = first_bytes;
            self.names = None;
        }
    }

    /// Where the next mark is that is looked for; brackets always are.
    #[inline]
    pub fn next(&mut self, look: Look) -> Option<usize> {
        loop {
            let marks = self.brackets
                | match look {
                    Look::Brackets => 0,
                    Look::Names => self.names(),
                    Look::Strings => self.strings,
                    Look::Commas => mark_any(self.block(), b",") & !self.in_string,
                };
            let marks = marks & self.ahead;
            if marks != 0 {
                return Some(self.stop_at(marks.trailing_zeros()));
            }
            if !self.next_block() {
                return None;
            }
        }
    }

    /// Goes to the next mark that is not inside of a container which opens on the way: the end of the container that the
    /// cursor is in, or before that a mark that is looked for.
    #[inline]
    pub fn next_on_level(&mut self, look: Look) -> Option<usize> {
        let mut depth: usize = 0;
        loop {
            let mut marks = (self.brackets | self.looked_for(look)) & self.ahead;
            while marks != 0 {
                let bit = marks.trailing_zeros();
                marks &= marks - 1;
                match self.json.get(self.base + bit as usize) {
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']' | b'"') if depth == 0 => return Some(self.stop_at(bit)),
                    Some(b'}' | b']') => depth -= 1,
                    _ => {}
                }
            }
            if !self.next_block() {
                return None;
            }
        }
    }

    /// Just behind the last mark; at the end of the text if there was none.
    #[inline]
    pub fn position(&self) -> usize {
        let passed = if self.ahead == 0 {
            WIDTH as u32
        } else {
            self.ahead.trailing_zeros()
        };
        (self.base + passed as usize).min(self.json.len())
    }

    #[inline]
    fn stop_at(&mut self, bit: u32) -> usize {
        self.ahead = (u64::MAX << bit) << 1;
        self.base + bit as usize
    }

    #[inline]
    fn looked_for(&mut self, look: Look) -> u64 {
        match look {
            Look::Brackets => 0,
            Look::Names => self.names(),
            Look::Strings => self.strings,
            Look::Commas => mark_any(self.block(), b",") & !self.in_string,
        }
    }

    #[inline]
    fn names(&mut self) -> u64 {
        if self.first_bytes.is_empty() {
            return 0;
        }
        if self.first_bytes.len() > MOST_NEEDLES {
            return self.strings;
        }
        if let Some(names) = self.names {
            return names;
        }
        let first_bytes = mark_any(self.block(), self.first_bytes) | self.backslashes;
        // What the string starts with that opens with the last byte is not in this block.
        let names = self.strings & (first_bytes >> 1 | 1 << (WIDTH - 1));
        self.names = Some(names);
        names
    }

    #[inline]
    fn block(&self) -> &[u8; WIDTH] {
        let rest = self.json.get(self.base..).unwrap_or_default();
        rest.first_chunk().unwrap_or(&self.tail)
    }

    #[inline]
    fn next_block(&mut self) -> bool {
        if self.json.len() - self.base <= WIDTH {
            self.ahead = 0;
            return false;
        }
        self.base += WIDTH;
        self.read_block();
        true
    }

    #[inline]
    fn read_block(&mut self) {
        let marks = mark(self.block());
        let quotes = marks.quotes & !self.find_escaped(marks.backslashes);
        let was_in_string = ((self.in_string as i64) >> 63) as u64;
        self.backslashes = marks.backslashes;
        self.in_string = parity(quotes) ^ was_in_string;
        self.brackets = marks.brackets & !self.in_string;
        self.strings = quotes & self.in_string;
        self.names = None;
        self.ahead = u64::MAX;
    }

    /// The bytes that a backslash escapes: those after a run of backslashes of odd length (simdjson's way, by the
    /// carries of one subtraction).
    #[inline]
    fn find_escaped(&mut self, backslashes: u64) -> u64 {
        const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        let unescaped = backslashes & !self.escaped;
        let codes = ((unescaped << 1) | ODD).wrapping_sub(unescaped) ^ ODD;
        let escaped = codes ^ (backslashes | self.escaped);
        self.escaped = (codes & backslashes) >> 63;
        escaped
    }
}

/// For each bit whether an odd number of bits is set up to and including it.
#[inline]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
