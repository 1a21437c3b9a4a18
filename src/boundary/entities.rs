//! The entities of the result at hand. The core finds them in its text or JavaScript tells them; the next export uses them.
//!
//! What these exports leave behind, the store takes in the same turn ([`with_current`]).

use super::{definition, scratch};
#[cfg(feature = "scan")]
use crate::definition::Definition;
use crate::entities::ids::Ids;
#[cfg(feature = "scan")]
use crate::entities::scan::Scanner;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The ids of the result at hand, and the scanner that finds ids in texts.
#[derive(Default)]
struct Current {
    ids: Ids,
    #[cfg(feature = "scan")]
    scanner: Scanner,
}

thread_local! {
    static CURRENT: RefCell<Current> = RefCell::default();
}

#[cfg(feature = "scan")]
/// Finds the entities in a result of the function `handle`. Its text, as `JSON.stringify` wrote it, is the first `length`
/// bytes of the scratch buffer. Returns how many entities there are, repeated ones included; -1 if a number may be an id
/// and only a parser can tell which. JavaScript then reads the text.
#[wasm_bindgen(js_name = extractText)]
pub fn extract_text(handle: u32, length: u32) -> i32 {
    CURRENT.with_borrow_mut(|Current { ids, scanner }| {
        definition::with(handle, |definition| {
            scratch::with_bytes(|bytes| {
                let text = bytes.get(..length as usize).unwrap_or_default();
                let Definition {
                    declared, extractor, ..
                } = definition;
                extractor.extract_stringified(declared, text, scanner, ids);
            });
        });
        if ids.is_partial { -1 } else { ids.len() as i32 }
    })
}

/// Begins a result of the function `handle`, whose entities [`add_ids`] adds.
#[wasm_bindgen(js_name = beginIds)]
pub fn begin_ids(handle: u32, is_list: bool) {
    CURRENT.with_borrow_mut(|Current { ids, .. }| {
        definition::with(handle, |definition| ids.clear(&definition.declared));
        ids.is_list = is_list;
    });
}

/// Adds the entities that are the first `words` words of the scratch buffer. Throws if the words are no entities.
#[wasm_bindgen(js_name = addIds)]
pub fn add_ids(words: u32) -> Result<(), JsValue> {
    CURRENT.with_borrow_mut(|Current { ids, .. }| {
        scratch::with_words(|scratch| ids.push_words(scratch.get(..words as usize).unwrap_or_default()))
            .map_err(|_| JsValue::from_str("malformed entity ids"))
    })
}

/// Puts the entities, each once, into the scratch buffer as a JSON array, type and id in turn, and each list as a type and
/// `null`. Returns the length.
#[wasm_bindgen(js_name = writeIds)]
pub fn write_ids() -> u32 {
    CURRENT.with_borrow_mut(|Current { ids, .. }| {
        ids.dedupe();
        scratch::put(&ids.to_json())
    })
}

/// Hands the entities of the result at hand to `f`.
pub(crate) fn with_current<R>(f: impl FnOnce(&Ids) -> R) -> R {
    CURRENT.with_borrow(|Current { ids, .. }| f(ids))
}
