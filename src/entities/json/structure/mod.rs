//! Where the structure of JSON text is: quotes, brackets and commas, found 64 bytes at a time.
//!
//! A block of 64 bytes becomes a few 64-bit masks, one bit per byte, and strings are told from structure by the parity
//! of the quotes before them (Langdale and Lemire, "Parsing gigabytes of JSON per second"). [`mark`] has two
//! implementations that give the same masks: SIMD128 where the wasm build has it, and one on 64-bit words. The
//! [`Cursor`] lists the marks; it knows nothing of entities or rules. [`crate::entities::scan`] uses it.

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

/// Finds the bytes `byte`.
#[inline]
pub fn mark_byte(block: &[u8; WIDTH], byte: u8) -> u64 {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return simd::mark_byte(block, byte);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    return words::mark_byte(block, byte);
}

/// Of the bytes `marks` those that are followed by a byte whose lower half is in `halves`, or by the next block.
#[inline]
pub fn mark_before(block: &[u8; WIDTH], marks: u64, halves: &Halves) -> u64 {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return simd::mark_before(block, marks, halves);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    return words::mark_before(block, marks, halves);
}

/// A set of lower halves of bytes: 0xff for each that is in it, else 0.
pub type Halves = [u8; 16];

/// The last byte of a block.
const LAST: u64 = 1 << (WIDTH - 1);

/// Brackets differ in these bits only; with them set, all four are DEL.
const BRACKET_BITS: u8 = 0x26;
const BRACKET: u8 = 0x7f;

/// The masks by 64-bit words, eight bytes at a time.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod words {
    use super::{BRACKET, BRACKET_BITS, Halves, LAST, Marks, WIDTH};

    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    pub(super) fn mark(block: &[u8; WIDTH]) -> Marks {
        let (mut quotes, mut brackets) = (0, 0);
        let mut any_backslash = 0;
        for (shift, word) in words(block) {
            quotes |= gather(equal(word, b'"')) << shift;
            brackets |= gather(equal(word | splat(BRACKET_BITS), BRACKET)) << shift;
            any_backslash |= equal(word, b'\\');
        }
        let backslashes = if any_backslash == 0 { 0 } else { mark_byte(block, b'\\') };
        Marks {
            quotes,
            backslashes,
            brackets,
        }
    }

    pub(super) fn mark_byte(block: &[u8; WIDTH], byte: u8) -> u64 {
        words(block).fold(0, |mask, (shift, word)| mask | gather(equal(word, byte)) << shift)
    }

    pub(super) fn mark_before(block: &[u8; WIDTH], marks: u64, halves: &Halves) -> u64 {
        let mut rest = marks;
        let mut found = marks & LAST;
        while rest != 0 {
            let half = block[(rest.trailing_zeros() as usize + 1) % WIDTH] & 0xf;
            found |= rest & rest.wrapping_neg() & 0_u64.wrapping_sub(u64::from(halves[usize::from(half)] & 1));
            rest &= rest - 1;
        }
        found
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
    use super::{BRACKET, BRACKET_BITS, Halves, LAST, Marks, WIDTH};
    use core::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_swizzle, v128, v128_and, v128_any_true, v128_or,
    };

    #[inline]
    pub(super) fn mark(block: &[u8; WIDTH]) -> Marks {
        let vectors = vectors(block);
        let [a, b, c, d] = equal(vectors, b'\\');
        let has_backslash = v128_any_true(v128_or(v128_or(a, b), v128_or(c, d)));
        let bits = u8x16_splat(BRACKET_BITS);
        Marks {
            quotes: gather(equal(vectors, b'"')),
            backslashes: if has_backslash { gather([a, b, c, d]) } else { 0 },
            brackets: gather(equal(vectors.map(|vector| v128_or(vector, bits)), BRACKET)),
        }
    }

    #[inline]
    pub(super) fn mark_byte(block: &[u8; WIDTH], byte: u8) -> u64 {
        gather(equal(vectors(block), byte))
    }

    #[inline]
    pub(super) fn mark_before(block: &[u8; WIDTH], marks: u64, halves: &Halves) -> u64 {
        let halves: v128 = bytemuck::cast(*halves);
        let low = u8x16_splat(0xf);
        let found = gather(vectors(block).map(|vector| u8x16_swizzle(halves, v128_and(vector, low))));
        marks & (found >> 1 | LAST)
    }

    #[inline]
    fn vectors(block: &[u8; WIDTH]) -> [v128; 4] {
        bytemuck::pod_read_unaligned(block)
    }

    #[inline]
    fn equal(vectors: [v128; 4], byte: u8) -> [v128; 4] {
        let byte = u8x16_splat(byte);
        vectors.map(|vector| u8x16_eq(vector, byte))
    }

    #[inline]
    fn gather([a, b, c, d]: [v128; 4]) -> u64 {
        let low = u32::from(u8x16_bitmask(a)) | u32::from(u8x16_bitmask(b)) << 16;
        let high = u32::from(u8x16_bitmask(c)) | u32::from(u8x16_bitmask(d)) << 16;
        u64::from(low) | u64::from(high) << 32
    }
}

/// The blocks whose marks are found at once.
const BLOCKS: usize = 16;

/// What the names that are looked for start with; `None` for any names.
pub type Initials<'a> = Option<&'a [u8]>;

/// Finds the marks of a JSON text: its brackets, and the quotes that open strings that may be a name that is looked for.
///
/// The marks of some blocks are found together, in a loop that need not guess where the next one is.
pub struct Cursor<'a> {
    json: &'a [u8],
    /// The lower halves of the bytes that names that are looked for start with.
    initials: Halves,
    /// Whether commas are marks too.
    has_commas: bool,
    /// The marks found last.
    marks: Vec<u32>,
    /// The block after those.
    base: usize,
    /// Whether the block at `base` begins within a string: all bits, or none.
    in_string: u64,
    /// Whether its first byte is escaped: 0 or 1.
    escaped: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first byte of `json`. `room` is what [`Cursor::into_room`] gave, or empty.
    pub fn new(json: &'a [u8], initials: Initials, mut room: Vec<u32>) -> Self {
        room.resize(BLOCKS * WIDTH, 0);
        let halves = match initials {
            None => [0xff; 16],
            Some(initials) => {
                let mut halves = [0; 16];
                initials
                    .iter()
                    .for_each(|&initial| halves[usize::from(initial & 0xf)] = 0xff);
                halves
            }
        };
        Cursor {
            json,
            initials: halves,
            has_commas: false,
            marks: room,
            base: 0,
            in_string: 0,
            escaped: 0,
        }
    }

    /// A cursor to which brackets and commas are marks.
    pub fn of_commas(json: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(json, Some(&[]), Vec::new());
        cursor.has_commas = true;
        cursor
    }

    /// The memory of the marks, for the next cursor.
    pub fn into_room(self) -> Vec<u32> {
        self.marks
    }

    /// The marks of the next blocks that have any. `None` at the end of the text.
    #[inline(never)]
    pub fn next_marks(&mut self) -> Option<&[u32]> {
        let mut end = 0;
        while end == 0 {
            let rest = self.json.get(self.base..).filter(|rest| !rest.is_empty())?;
            let ahead = rest.get(..BLOCKS * WIDTH).unwrap_or(rest);
            // The last block of the text is filled up with spaces.
            let mut tail = [b' '; WIDTH];
            let blocks = if ahead.len() < WIDTH {
                tail.iter_mut().zip(ahead).for_each(|(to, from)| *to = *from);
                tail.chunks_exact(WIDTH)
            } else {
                ahead.chunks_exact(WIDTH)
            };
            let (mut in_string, mut escaped) = (self.in_string, self.escaped);
            let mut base = self.base;
            for block in blocks.filter_map(|block| block.first_chunk()) {
                let marks = mark(block);
                let quotes = marks.quotes & !find_escaped(marks.backslashes, &mut escaped);
                let is_in_string = parity(quotes) ^ in_string;
                in_string = ((is_in_string as i64) >> 63) as u64;
                let strings = quotes & is_in_string;
                // A name may also start with an escape.
                let names = mark_before(block, strings, &self.initials) | strings & marks.backslashes >> 1;
                let mut others = marks.brackets;
                if self.has_commas {
                    others |= mark_byte(block, b',');
                }
                let mut marks = names | others & !is_in_string;
                while marks != 0 {
                    if let Some(place) = self.marks.get_mut(end) {
                        *place = base as u32 + marks.trailing_zeros();
                        end += 1;
                    }
                    marks &= marks - 1;
                }
                base += WIDTH;
            }
            self.base = base;
            (self.in_string, self.escaped) = (in_string, escaped);
        }
        self.marks.get(..end)
    }
}

/// The bytes that a backslash escapes: those after a run of backslashes of odd length (simdjson's way, by the carries of
/// one subtraction). `escaped` is whether the first byte is, and then whether that of the next block is: 0 or 1.
#[inline]
fn find_escaped(backslashes: u64, escaped: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    if backslashes == 0 {
        return std::mem::take(escaped);
    }
    let unescaped = backslashes & !*escaped;
    let codes = ((unescaped << 1) | ODD).wrapping_sub(unescaped) ^ ODD;
    let found = codes ^ (backslashes | *escaped);
    *escaped = (codes & backslashes) >> 63;
    found
}

/// For each bit whether an odd number of bits is set up to and including it.
#[inline]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
