//! Growth of the memory in large steps.
//!
//! Every growth detaches the views that JavaScript holds and tells its garbage collector of a new, larger buffer; in the
//! allocator's own steps of 64 KB that was measured to cost seconds while a million entries are stored.

use std::cell::Cell;

const PAGE: usize = 64 * 1024;
/// The smallest step.
const STEP: usize = 1024 * 1024;
/// Up to this size the memory grows by half, then by an eighth: what is ahead of need counts as used, too.
const LARGE: usize = 64 * 1024 * 1024;

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
        let size = pages * PAGE;
        let step = if size < LARGE { size / 2 } else { size / 8 };
        let _ = ahead.try_reserve_exact(step.max(STEP));
        drop(ahead);
        PAGES.set(core::arch::wasm32::memory_size(0));
    }
}
