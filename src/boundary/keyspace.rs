//! The in-memory stores seen as keys: keys set by hand, `keys`, `scan`, `smembers`, `explain`, and figures. None of it is
//! hot.
//!
//! Texts cross one after the other in the scratch buffer; their lengths are arguments. Lists cross as JSON.

use super::invalidation::with_tracked;
use super::numbers::NONE;
use super::scratch::with_texts;
use super::store::with;
use super::{definition, memory, scratch};
use crate::keys::memory_key::PropertyNames;
use crate::keyspace::Known;
use crate::store::Lifetime;
use crate::text::glob;
use serde::Serialize;
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static NAMES: RefCell<PropertyNames> = RefCell::default();
}

/// Takes the names of properties, which are in the scratch buffer as `words` argument words. JavaScript calls this before
/// the exports below that return keys, if there are new names.
#[wasm_bindgen(js_name = storeNames)]
pub fn store_names(words: u32) {
    let names = scratch::with_words(|scratch| PropertyNames::read(scratch.get(..words as usize).unwrap_or_default()));
    NAMES.set(names.unwrap_or_default());
}

/// Sets the key in the scratch buffer by hand. Returns the slot for its value, or none if the value is too large.
#[wasm_bindgen(js_name = storePut)]
pub fn store_put(handle: u32, name_length: u32, now_ms: f64, expires_ms: f64, size: f64) -> u32 {
    let lifetime = Lifetime {
        now_ms,
        fresh_until_ms: expires_ms,
        window_ms: 0,
        size: size as u32,
    };
    let slot = with_texts([name_length], |[name]| {
        with(handle, |keyspace| keyspace.store.put(name.as_bytes(), lifetime))
    });
    memory::grow_ahead();
    slot.ok().flatten().unwrap_or(NONE)
}

/// The slot of the key in the scratch buffer, set by hand or of a cached call. For a cached call it looks at all calls of
/// the function.
#[wasm_bindgen(js_name = storeFind)]
pub fn store_find(handle: u32, name_length: u32, now_ms: f64) -> u32 {
    let slot = with_texts([name_length], |[name]| {
        with(handle, |keyspace| {
            with_known(|known| keyspace.find(known, name, now_ms))
        })
    });
    slot.unwrap_or(NONE)
}

/// Drops the cached call whose cache key is in the scratch buffer, and refuses its runs. Only functions whose keys are texts
/// in memory know it. Returns how many calls were dropped.
#[wasm_bindgen(js_name = storeInvalidateName)]
pub fn store_invalidate_name(handle: u32, name_length: u32, now_ms: f64) -> u32 {
    with_texts([name_length], |[name]| {
        with(handle, |keyspace| {
            with_known(|known| keyspace.invalidate_call(known, name, now_ms))
        })
    })
}

/// Moves the expiry of the value in a slot.
#[wasm_bindgen(js_name = storeExpire)]
pub fn store_expire(handle: u32, slot: u32, expires_ms: f64) {
    with(handle, |keyspace| keyspace.store.expire(slot, expires_ms));
}

/// How much longer the value in a slot is kept.
#[wasm_bindgen(js_name = storeExpiresIn)]
pub fn store_expires_in(handle: u32, slot: u32, now_ms: f64) -> f64 {
    with(handle, |keyspace| {
        let described = keyspace.store.describe(slot, now_ms);
        described.map_or(f64::NAN, |described| described.expires_in_ms)
    })
}

/// Looks at up to `count` slots from a cursor on. Puts the names that match the pattern in the scratch buffer into that
/// buffer, as JSON `{ cursor, keys }`, and returns the length. A scan begins with 0 and ends when the cursor is 0 again.
#[wasm_bindgen(js_name = storeScan)]
pub fn store_scan(handle: u32, pattern_length: u32, cursor: f64, count: f64, now_ms: f64) -> u32 {
    let json = with_texts([pattern_length], |[pattern]| {
        let is_wanted = |key: &str| glob::matches(pattern.as_bytes(), key.as_bytes());
        with(handle, |keyspace| {
            with_known(|known| to_json(&keyspace.scan(known, cursor as i64, count as u64, now_ms, is_wanted)))
        })
    });
    scratch::put(&json)
}

/// Puts the cache keys that the index lists whose name is in the scratch buffer into that buffer, as JSON, and returns the
/// length.
#[wasm_bindgen(js_name = storeMembers)]
pub fn store_members(handle: u32, name_length: u32, now_ms: f64) -> u32 {
    let json = with_texts([name_length], |[name]| {
        with(handle, |keyspace| {
            with_known(|known| to_json(&keyspace.members(known, name, now_ms)))
        })
    });
    scratch::put(&json)
}

/// Puts the calls that contain an entity, whose prefix, type and id are in the scratch buffer, into that buffer, as JSON
/// `[{ key, function, ageMs, ttlMs }]`, and returns the length. An infinite `ttlMs` is `null`.
#[wasm_bindgen(js_name = storeExplain)]
pub fn store_explain(handle: u32, prefix_length: u32, type_length: u32, id_length: u32, now_ms: f64) -> u32 {
    let lengths = [prefix_length, type_length, id_length];
    let json = with_tracked(handle, lengths, |keyspace, prefix, tracked| {
        with_known(|known| to_json(&keyspace.explain(known, prefix, tracked, now_ms)))
    });
    scratch::put(&json)
}

/// Puts figures into the scratch buffer, as doubles: entries, bytes, evictions, entities, runs in flight.
#[wasm_bindgen(js_name = storeFigures)]
pub fn store_figures(handle: u32) {
    let figures = with(handle, |keyspace| {
        let store = &keyspace.store;
        [
            f64::from(store.len()),
            store.bytes() as f64,
            store.evictions() as f64,
            f64::from(store.entities()),
            f64::from(store.runs()),
        ]
    });
    scratch::put(bytemuck::cast_slice(&figures));
}

/// Checks every invariant. Returns 0, or the length of the sentence in the scratch buffer that says what is wrong.
#[cfg(feature = "debug")]
#[wasm_bindgen(js_name = storeValidate)]
pub fn store_validate(handle: u32) -> u32 {
    let checked = with(handle, |keyspace| keyspace.store.validate());
    scratch::put(checked.err().unwrap_or_default().as_bytes())
}

/// Hands to `f` what a keyspace needs to write names.
fn with_known<R>(f: impl FnOnce(Known<'_>) -> R) -> R {
    definition::with_all(|definitions| NAMES.with_borrow(|names| f(Known { definitions, names })))
}

/// What is serialized here has texts and integers only, which cannot fail.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
