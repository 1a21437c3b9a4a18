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

/// Bytes, as a table of those that are meant.
pub type ByteSet = [bool; 256];

/// Goes through JSON text from mark to mark.
pub struct Cursor<'a> {
    json: &'a [u8],
    /// Where the current block starts.
    base: usize,
    /// The last block of the text, filled up with spaces.
    tail: [u8; WIDTH],
    brackets: u64,
    /// The opening quotes of strings.
    strings: u64,
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
            base: 0,
            tail,
            brackets: 0,
            strings: 0,
            ahead: 0,
            in_string: 0,
            escaped: 0,
        };
        cursor.read_block();
        cursor
    }

    /// Where the next bracket is.
    #[inline]
    pub fn next_bracket(&mut self) -> Option<usize> {
        loop {
            let brackets = self.brackets & self.ahead;
            if brackets != 0 {
                return Some(self.stop_at(brackets.trailing_zeros()));
            }
            self.next_block()?;
        }
    }

    /// Where the next bracket or comma is.
    pub fn next_bracket_or_comma(&mut self) -> Option<usize> {
        loop {
            let commas = mark_any(self.block(), b",") & !self.in_string;
            let marks = (self.brackets | commas) & self.ahead;
            if marks != 0 {
                return Some(self.stop_at(marks.trailing_zeros()));
            }
            self.next_block()?;
        }
    }

    /// Where the next bracket is, or before it the quote that opens a string whose first byte is one of `first_bytes`.
    /// Containers that `is_passing` passes over on the way are those that open in between.
    #[inline]
    pub fn next_string(&mut self, first_bytes: &ByteSet, is_passing: bool) -> Option<usize> {
        loop {
            let brackets = self.brackets & self.ahead;
            // All bits below the first bracket; all there are if there is none.
            let before = !brackets & brackets.wrapping_sub(1);
            let mut strings = self.strings & self.ahead & before;
            while strings != 0 {
                let bit = strings.trailing_zeros();
                let first = self.json.get(self.base + bit as usize + 1).copied().unwrap_or_default();
                if first_bytes[usize::from(first)] {
                    return Some(self.stop_at(bit));
                }
                strings &= strings - 1;
            }
            if brackets == 0 {
                self.next_block()?;
                continue;
            }
            let at = self.stop_at(brackets.trailing_zeros());
            match self.json.get(at) {
                Some(b'{' | b'[') if is_passing => self.skip_container()?,
                _ => return Some(at),
            };
        }
    }

    /// Goes to the end of the container whose opening bracket was the last mark, and says where it is.
    #[inline]
    pub fn skip_container(&mut self) -> Option<usize> {
        let mut depth: usize = 1;
        loop {
            let mut brackets = self.brackets & self.ahead;
            while brackets != 0 {
                let bit = brackets.trailing_zeros();
                brackets &= brackets - 1;
                match self.json.get(self.base + bit as usize) {
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']') => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    return Some(self.stop_at(bit));
                }
            }
            self.next_block()?;
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
    fn block(&self) -> &[u8; WIDTH] {
        let rest = self.json.get(self.base..).unwrap_or_default();
        rest.first_chunk().unwrap_or(&self.tail)
    }

    /// `None` at the end of the text.
    #[inline]
    fn next_block(&mut self) -> Option<()> {
        if self.json.len() - self.base <= WIDTH {
            self.ahead = 0;
            return None;
        }
        self.base += WIDTH;
        self.read_block();
        Some(())
    }

    #[inline]
    fn read_block(&mut self) {
        let marks = mark(self.block());
        let quotes = marks.quotes & !self.find_escaped(marks.backslashes);
        let was_in_string = ((self.in_string as i64) >> 63) as u64;
        self.in_string = parity(quotes) ^ was_in_string;
        self.brackets = marks.brackets & !self.in_string;
        self.strings = quotes & self.in_string;
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
