//! The entities of the result at hand: found in its text or told by JavaScript, and kept for the next export.
//!
//! js/entities.js calls these. What they leave in `CURRENT` the store takes in the same turn (`with_current`).

use super::{definition, scratch};
use crate::entities::ids::Ids;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static CURRENT: RefCell<Ids> = RefCell::default();
}

/// Finds the entities in the result of the function `handle` whose text, as `JSON.stringify` wrote it, is the first
/// `length` bytes of the scratch buffer, and returns how many there are, repeated ones included.
#[wasm_bindgen(js_name = extractText)]
pub fn extract_text(handle: u32, length: u32) -> u32 {
    with_current(|ids| {
        definition::with(handle, |definition| {
            scratch::with_bytes(|bytes| {
                let text = bytes.get(..length as usize).unwrap_or_default();
                definition.entities.extract_stringified(text, ids);
            });
        });
        ids.len() as u32
    })
}

/// Begins a result of the function `handle` whose entities [`add_ids`] tells.
#[wasm_bindgen(js_name = beginIds)]
pub fn begin_ids(handle: u32, is_list: bool) {
    with_current(|ids| {
        definition::with(handle, |definition| definition.entities.begin(ids));
        ids.is_list = is_list;
    });
}

/// Adds the entities that the first `count` words of the scratch buffer are. Throws for words that js/entities.js does
/// not write.
#[wasm_bindgen(js_name = addIds)]
pub fn add_ids(count: u32) -> Result<(), JsValue> {
    with_current(|ids| {
        scratch::with_words(|words| ids.push_words(words.get(..count as usize).unwrap_or_default()))
            .map_err(|_| JsValue::from_str("malformed entity ids"))
    })
}

/// Puts the entities, each once, into the scratch buffer as a JSON array, type and id in turn, and returns its length.
#[wasm_bindgen(js_name = writeIds)]
pub fn write_ids() -> u32 {
    with_current(|ids| {
        ids.dedupe();
        scratch::put(&ids.to_json())
    })
}

/// The compiled rules of the function `handle`, for js/walk.js.
#[wasm_bindgen(js_name = extractionTable)]
pub fn extraction_table(handle: u32) -> JsValue {
    let table = definition::with(handle, |definition| {
        serde_wasm_bindgen::to_value(definition.entities.table())
    });
    // Serializing texts and small integers cannot fail.
    table.unwrap_or_default()
}

/// Hands the entities of the result at hand to `f`.
pub(crate) fn with_current<R>(f: impl FnOnce(&mut Ids) -> R) -> R {
    CURRENT.with_borrow_mut(f)
}
