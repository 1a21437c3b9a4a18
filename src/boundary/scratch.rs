//! The scratch buffer: the one place through which bytes cross.
//!
//! JavaScript writes arguments, texts and ids to it and calls an export with their length. An export that returns bytes
//! puts them there and returns their length. The next export may overwrite them.
//!
//! The buffer only grows, by doubling. Every growth of the memory detaches the views that JavaScript holds, and growth in
//! small steps was measured to cost seconds of garbage collection.

use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The smallest capacity, in bytes.
const SMALLEST: usize = 64 * 1024;

thread_local! {
    // Words of eight bytes, so that views of any width are aligned.
    static SCRATCH: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    // Bytes that were put and did not fit.
    static ASIDE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Makes room for `bytes` bytes and returns the address of the buffer, which keeps its content. Only JavaScript calls
/// this, and then renews its views.
#[wasm_bindgen(js_name = scratchReserve)]
pub fn scratch_reserve(bytes: u32) -> u32 {
    SCRATCH.with_borrow_mut(|scratch| {
        let wanted = (bytes as usize).div_ceil(8);
        if scratch.len() < wanted {
            scratch.resize(wanted.next_power_of_two().max(SMALLEST / 8), 0);
        }
        scratch.as_ptr() as usize as u32
    })
}

/// The capacity in bytes.
#[wasm_bindgen(js_name = scratchCapacity)]
pub fn scratch_capacity() -> u32 {
    SCRATCH.with_borrow(|scratch| (scratch.len() * 8) as u32)
}

/// Hands the whole buffer to `f`, as bytes.
pub(crate) fn with_bytes<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| f(bytemuck::cast_slice_mut(scratch)))
}

/// Hands the whole buffer to `f`, as 32-bit words.
pub(crate) fn with_words<R>(f: impl FnOnce(&mut [u32]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| f(bytemuck::cast_slice_mut(scratch)))
}

/// Hands texts of these lengths to `f`. JavaScript wrote them to the buffer one after the other, as UTF-8. They are copied,
/// so `f` may use the buffer.
pub(crate) fn with_texts<const N: usize, R>(lengths: [u32; N], f: impl FnOnce([&str; N]) -> R) -> R {
    let bytes = with_bytes(|scratch| {
        let length = lengths.iter().sum::<u32>() as usize;
        scratch.get(..length).unwrap_or_default().to_vec()
    });
    let mut rest = bytes.as_slice();
    f(lengths.map(|length| {
        let (text, after) = rest.split_at(rest.len().min(length as usize));
        rest = after;
        std::str::from_utf8(text).unwrap_or_default()
    }))
}

/// Puts `bytes` into the buffer, from its start, and returns their number. Bytes that do not fit are kept aside. JavaScript
/// sees by the number that they did not fit, makes room and calls [`scratch_take`]. If Rust moved the buffer by itself,
/// JavaScript would be left with views of freed memory.
pub(crate) fn put(bytes: &[u8]) -> u32 {
    if scratch_capacity() == 0 {
        // JavaScript has no views yet, and would not see that these bytes were kept aside.
        scratch_reserve(1);
    }
    let fits = with_bytes(|scratch| match scratch.get_mut(..bytes.len()) {
        Some(target) => {
            target.copy_from_slice(bytes);
            true
        }
        None => false,
    });
    if !fits {
        ASIDE.set(bytes.to_vec());
    }
    bytes.len() as u32
}

/// Moves the bytes that were kept aside to the buffer.
#[wasm_bindgen(js_name = scratchTake)]
pub fn scratch_take() {
    put(&ASIDE.take());
}

/// The memory's buffer as it is now. JavaScript makes its views of it.
#[wasm_bindgen(js_name = memoryBuffer)]
pub fn memory_buffer() -> JsValue {
    use wasm_bindgen::JsCast;
    wasm_bindgen::memory()
        .unchecked_into::<js_sys::WebAssembly::Memory>()
        .buffer()
}
