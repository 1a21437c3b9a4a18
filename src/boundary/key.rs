//! Keys for stores that others share, from the words in the scratch buffer.

use super::{definition, scratch};
use crate::keys::cache_key::{KeyOutcome, is_argument_part, write};
use wasm_bindgen::prelude::wasm_bindgen;

/// Writes the key of a call of the function `handle` with the arguments in the first `count` words of the scratch buffer
/// to that buffer, and returns its length. Where the key format has no place for an argument, the scratch buffer gets
/// the argument's path, a line feed and the reason, and the result is `!length`, which is negative.
#[wasm_bindgen(js_name = writeKey)]
pub fn write_key(handle: u32, count: u32) -> i32 {
    let mut key = Vec::with_capacity(128);
    let outcome = definition::with(handle, |definition| {
        scratch::with_words(|words| {
            write(
                &definition.keys,
                words.get(..count as usize).unwrap_or_default(),
                &mut key,
            )
        })
    });
    match outcome {
        KeyOutcome::Written => scratch::put(&key) as i32,
        KeyOutcome::Refused { path, reason } => !(scratch::put(format!("{path}\n{reason}").as_bytes()) as i32),
    }
}

/// Whether the first `length` bytes of the scratch buffer are the argument part of a key.
#[wasm_bindgen(js_name = isArgumentPart)]
pub fn is_argument_part_of_key(length: u32) -> bool {
    scratch::with_bytes(|bytes| {
        std::str::from_utf8(bytes.get(..length as usize).unwrap_or_default()).is_ok_and(is_argument_part)
    })
}
