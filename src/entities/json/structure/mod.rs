//! Where the structure of JSON text is: quotes, brackets and commas, found 64 bytes at a time.
//!
//! A block of 64 bytes becomes a few 64-bit masks, one bit for each byte. Whether a byte is inside a string is told by the
//! parity of the quotes before it (Langdale and Lemire, "Parsing gigabytes of JSON per second"). For example:
//!
//! ```text
//! text      { " i d " : " } " , " t o " : [ 1 ] }
//! quotes      1     1   1   1   1     1
//! in string   1 1 1     1 1     1 1 1
//! brackets  1             1               1   1 1
//! marks     1 1                 1         1   1 1
//! ```
//!
//! Marks are the brackets outside of strings, and the quotes that may open one of the names `id` and `to`, which are
//! looked for here. The quote of `"}"` opens a string too, but no name that is looked for starts with `}`.
//!
//! Two modules find the masks and give the same ones: `simd128` where the wasm module has it, else `words`. The
//! [`Cursor`] lists the marks.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod words;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use simd128::{mark, mark_before, mark_byte};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub use words::{mark, mark_before, mark_byte};

/// The bytes of a block.
const WIDTH: usize = 64;

/// What a block shows without the blocks before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// The quotes, escaped or not.
    pub quotes: u64,
    /// The backslashes.
    pub backslashes: u64,
    /// `[`, `]`, `{` and `}`; also `Y`, `_`, `y` and DEL, which never stand outside of strings in valid JSON.
    pub brackets: u64,
}

/// A set of lower halves of bytes: 0xff for each half in the set, 0 for the others.
pub type Halves = [u8; 16];

/// The last byte of a block.
const LAST: u64 = 1 << (WIDTH - 1);

/// Brackets differ in these bits only; with them set, all four are DEL.
const BRACKET_BITS: u8 = 0x26;
const BRACKET: u8 = 0x7f;

/// The number of blocks whose marks are found together.
const BLOCKS: usize = 16;

/// The first bytes of the names that are looked for; `None` if any name matters.
pub type Initials<'a> = Option<&'a [u8]>;

/// Lists the marks of a JSON text: its brackets, and the quotes that may open a name that is looked for.
///
/// It finds the marks of several blocks together: the loop over the blocks has no branch that depends on where the marks
/// are.
pub struct Cursor<'a> {
    json: &'a [u8],
    /// The lower halves of the first bytes of the names that are looked for.
    initials: Halves,
    /// Whether commas are marks too.
    has_commas: bool,
    /// The marks that were found last.
    marks: Vec<u32>,
    /// The block after those.
    base: usize,
    /// Whether the block at `base` begins within a string: all bits, or none.
    in_string: u64,
    /// Whether its first byte is escaped: 0 or 1.
    escaped: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first byte of `json`. `memory` is for the marks, from [`Cursor::into_memory`] or empty.
    pub fn new(json: &'a [u8], initials: Initials, mut memory: Vec<u32>) -> Self {
        memory.resize(BLOCKS * WIDTH, 0);
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
            marks: memory,
            base: 0,
            in_string: 0,
            escaped: 0,
        }
    }

    /// A cursor whose marks are brackets and commas.
    pub fn of_commas(json: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(json, Some(&[]), Vec::new());
        cursor.has_commas = true;
        cursor
    }

    /// The memory of the marks, for the next cursor.
    pub fn into_memory(self) -> Vec<u32> {
        self.marks
    }

    /// The marks of the next blocks that have any. `None` at the end of the text.
    #[inline(never)]
    pub fn next_marks(&mut self) -> Option<&[u32]> {
        let mut end = 0;
        while end == 0 {
            let rest = self.json.get(self.base..).filter(|rest| !rest.is_empty())?;
            let ahead = rest.get(..BLOCKS * WIDTH).unwrap_or(rest);
            // Spaces fill the last block of the text.
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

/// The bytes that a backslash escapes: those behind a run of backslashes of odd length (simdjson's way, by the carries of
/// one subtraction). `escaped` says whether the first byte of the block is escaped, 0 or 1; afterwards it says so of the
/// next block.
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

/// For each bit: whether the number of bits that are set up to it, itself included, is odd.
#[inline]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
