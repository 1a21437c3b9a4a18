//! Growth of the memory in large steps.
//!
//! Every growth detaches the views that JavaScript holds, and gives its garbage collector a new buffer of the whole size.
//! V8 begins a collection if that buffer is over 64 MB. For a million entries the allocator's own steps of 64 KB were
//! measured to cost seconds, and steps of an eighth cost pauses of 200 ms. Memory that is grown ahead of need is address
//! space only: a page takes real memory when it is first written to.

use std::cell::Cell;
use std::hint::black_box;

const PAGE: usize = 64 * 1024;
/// The smallest step.
const STEP: usize = 1024 * 1024;

thread_local! {
    static PAGES: Cell<usize> = const { Cell::new(0) };
}

/// Grows the memory ahead of need, if it has grown since the last call. Exports call this after they have stored something.
#[inline]
pub(crate) fn grow_ahead() {
    let pages = core::arch::wasm32::memory_size(0);
    if PAGES.replace(pages) != pages {
        // The allocator keeps freed pages, so dropping this grows the heap for later.
        let mut ahead = Vec::<u8>::new();
        let _ = ahead.try_reserve_exact((pages * PAGE / 2).max(STEP));
        // Without it the compiler may leave out an allocation that nobody uses.
        drop(black_box(ahead));
        PAGES.set(core::arch::wasm32::memory_size(0));
    }
}
