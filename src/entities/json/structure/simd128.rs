//! The marks of a block by SIMD128, sixteen bytes at a time. The wasm module has it.

use super::{BRACKET, BRACKET_BITS, Halves, LAST, Marks, WIDTH};
use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_swizzle, v128, v128_and, v128_any_true, v128_or};

/// Finds quotes, backslashes and brackets.
#[inline]
pub fn mark(block: &[u8; WIDTH]) -> Marks {
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

/// Finds the bytes that equal `byte`.
#[inline]
pub fn mark_byte(block: &[u8; WIDTH], byte: u8) -> u64 {
    gather(equal(vectors(block), byte))
}

/// Keeps those of the bytes `marks` that are followed by a byte whose lower half is in `halves`, or by the next block.
#[inline]
pub fn mark_before(block: &[u8; WIDTH], marks: u64, halves: &Halves) -> u64 {
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
