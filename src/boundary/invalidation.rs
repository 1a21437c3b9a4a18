//! Invalidations. Names and ids cross in the scratch buffer, one after the other as UTF-8; their lengths are arguments.
//!
//! Each export returns how many cached calls it dropped.

use super::numbers::NONE;
use super::scratch::with_texts;
use super::store::{with, with_call};
use crate::keyspace::Keyspace;
use crate::store::index::Tracked;
use wasm_bindgen::prelude::wasm_bindgen;

/// Drops the calls that contain an entity, and those that depend on its type. The scratch buffer holds its prefix, type and
/// id. Without an id (its length is 2^32 - 1) it drops the calls that are a list of the type.
#[wasm_bindgen(js_name = storeInvalidateTracked)]
pub fn store_invalidate_tracked(
    handle: u32,
    prefix_length: u32,
    type_length: u32,
    id_length: u32,
    now_ms: f64,
    is_soft: bool,
) -> u32 {
    with_tracked(
        handle,
        [prefix_length, type_length, id_length],
        |keyspace, prefix, tracked| keyspace.store.invalidate_tracked(prefix, tracked, now_ms, is_soft),
    )
}

/// Drops the calls that contain anything of a type, are a list of it or depend on it. The scratch buffer holds the prefix and
/// the type.
#[wasm_bindgen(js_name = storeInvalidateType)]
pub fn store_invalidate_type(handle: u32, prefix_length: u32, type_length: u32, now_ms: f64, is_soft: bool) -> u32 {
    with_texts([prefix_length, type_length], |[prefix, name]| {
        with(handle, |keyspace| {
            keyspace.store.invalidate_type(prefix, name, now_ms, is_soft)
        })
    })
}

/// Drops all calls of a function. The scratch buffer holds its prefix and its name.
#[wasm_bindgen(js_name = storeInvalidateFunction)]
pub fn store_invalidate_function(handle: u32, prefix_length: u32, name_length: u32, now_ms: f64) -> u32 {
    with_texts([prefix_length, name_length], |[prefix, name]| {
        with(handle, |keyspace| {
            keyspace.store.invalidate_function(prefix, name, now_ms)
        })
    })
}

/// Drops everything under the prefix in the scratch buffer.
#[wasm_bindgen(js_name = storeInvalidateAll)]
pub fn store_invalidate_all(handle: u32, prefix_length: u32, now_ms: f64) -> u32 {
    with_texts([prefix_length], |[prefix]| {
        with(handle, |keyspace| keyspace.store.invalidate_all(prefix, now_ms))
    })
}

/// Drops the call whose `words` argument words are in the scratch buffer.
#[wasm_bindgen(js_name = storeInvalidateKey)]
pub fn store_invalidate_key(handle: u32, opened: u32, words: u32, now_ms: f64) -> u32 {
    with_call(handle, opened, words, |store, call| store.invalidate_key(call, now_ms)).unwrap_or(0)
}

/// Drops the value in a slot.
#[wasm_bindgen(js_name = storeInvalidateSlot)]
pub fn store_invalidate_slot(handle: u32, slot: u32, now_ms: f64) -> u32 {
    with(handle, |keyspace| keyspace.store.invalidate_slot(slot, now_ms))
}

/// Hands a prefix and what is tracked under it to `f`. The lengths are those of the prefix, the type and the id.
pub(crate) fn with_tracked<R>(
    handle: u32,
    [prefix_length, type_length, id_length]: [u32; 3],
    f: impl FnOnce(&mut Keyspace, &str, Tracked<'_>) -> R,
) -> R {
    let has_id = id_length != NONE;
    let lengths = [prefix_length, type_length, if has_id { id_length } else { 0 }];
    with_texts(lengths, |[prefix, type_name, text]| {
        let tracked = match has_id {
            true => Tracked::entity(type_name, text.as_bytes()),
            false => Tracked::list(type_name),
        };
        with(handle, |keyspace| f(keyspace, prefix, tracked))
    })
}
