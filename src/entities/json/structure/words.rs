//! The marks of a block by 64-bit words, eight bytes at a time. For targets without SIMD128.

use super::{BRACKET, BRACKET_BITS, Halves, LAST, Marks, WIDTH};

const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// Finds quotes, backslashes and brackets.
#[inline]
pub fn mark(block: &[u8; WIDTH]) -> Marks {
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

/// Finds the bytes that equal `byte`.
#[inline]
pub fn mark_byte(block: &[u8; WIDTH], byte: u8) -> u64 {
    words(block).fold(0, |mask, (shift, word)| mask | gather(equal(word, byte)) << shift)
}

/// Keeps those of the bytes `marks` that are followed by a byte whose lower half is in `halves`, or by the next block.
#[inline]
pub fn mark_before(block: &[u8; WIDTH], marks: u64, halves: &Halves) -> u64 {
    let mut rest = marks;
    let mut found = marks & LAST;
    while rest != 0 {
        let half = block[(rest.trailing_zeros() as usize + 1) % WIDTH] & 0xf;
        found |= rest & rest.wrapping_neg() & 0_u64.wrapping_sub(u64::from(halves[usize::from(half)] & 1));
        rest &= rest - 1;
    }
    found
}

/// The words of a block, each with the place that its bits have in a mask.
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

/// Sets the highest bit of the bytes that equal `byte`, and of no others: no carry runs from one byte into the next.
fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ splat(byte);
    !(((difference & LOW) + LOW) | difference | LOW)
}

/// Moves the highest bits of the eight bytes together.
fn gather(bits: u64) -> u64 {
    (bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
