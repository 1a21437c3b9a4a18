//! Growth of the memory in large steps.
//!
//! Every growth detaches the views that JavaScript holds and hands its garbage collector a new buffer of the whole size,
//! at which V8 begins a collection once that is over 64 MB. While a million entries are stored, the allocator's own steps
//! of 64 KB were measured to cost seconds, and steps of an eighth pauses of 200 ms. What is ahead of need is address
//! space only: a page of it takes memory when it is written to.

use std::cell::Cell;

const PAGE: usize = 64 * 1024;
/// The smallest step.
const STEP: usize = 1024 * 1024;

thread_local! {
    static PAGES: Cell<usize> = const { Cell::new(0) };
}

/// To be called after something was stored: if the memory has grown, it grows more, ahead of need.
#[inline]
pub(crate) fn grow_ahead() {
    let pages = core::arch::wasm32::memory_size(0);
    if PAGES.replace(pages) != pages {
        // What is given back to the allocator stays its own: it takes what comes next from there.
        let mut ahead = Vec::<u8>::new();
        let _ = ahead.try_reserve_exact((pages * PAGE / 2).max(STEP));
        drop(ahead);
        PAGES.set(core::arch::wasm32::memory_size(0));
    }
}
