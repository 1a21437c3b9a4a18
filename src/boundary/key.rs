//! Keys for stores that others share. Arguments and keys cross in the scratch buffer.

use super::{definition, scratch};
use crate::keys::cache_key::write;
use crate::keys::recognise::is_argument_part;
use wasm_bindgen::prelude::wasm_bindgen;

/// Writes the cache key of a call of the function `handle`, whose arguments are the first `words` words of the scratch
/// buffer. Puts it into that buffer and returns its length; -1 if the arguments could not be read.
#[wasm_bindgen(js_name = writeKey)]
pub fn write_key(handle: u32, words: u32) -> i32 {
    let mut key = Vec::with_capacity(128);
    let written = definition::with(handle, |definition| {
        scratch::with_words(|scratch| {
            let words = scratch.get(..words as usize).unwrap_or_default();
            write(&definition.keys, words, &mut key)
        })
    });
    written.map_or(-1, |()| scratch::put(&key) as i32)
}

/// Whether the first `length` bytes of the scratch buffer are the argument part of a key.
#[wasm_bindgen(js_name = isArgumentPart)]
pub fn is_argument_part_of_key(length: u32) -> bool {
    scratch::with_bytes(|bytes| {
        std::str::from_utf8(bytes.get(..length as usize).unwrap_or_default()).is_ok_and(is_argument_part)
    })
}
