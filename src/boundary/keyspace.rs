//! The in-memory stores looked at: keys set by hand, and what is in each slot, from which js/memory/names.js makes names.
//! None of it is hot.
//!
//! Texts cross one after the other in the scratch buffer; their lengths are arguments.

use super::invalidation::with_tracked;
use super::numbers::NONE;
use super::scratch::with_texts;
use super::store::with;
use super::{memory, scratch};
use crate::store::index::Tracked;
use crate::store::{BY_HAND, Lifetime};
use wasm_bindgen::prelude::wasm_bindgen;

/// Sets the key in the scratch buffer by hand. Returns the slot for its value, or none if the value is too large.
#[wasm_bindgen(js_name = storePut)]
pub fn store_put(handle: u32, name_length: u32, now_ms: f64, expires_ms: f64, size: f64) -> u32 {
    let lifetime = Lifetime {
        now_ms,
        fresh_until_ms: expires_ms,
        window_ms: 0.0,
        size: size as u32,
    };
    let slot = with_texts([name_length], |[name]| {
        with(handle, |keyspace| keyspace.store.put(name.as_bytes(), lifetime))
    });
    memory::grow_ahead();
    slot.ok().flatten().unwrap_or(NONE)
}

/// The slot of the key in the scratch buffer, if it was set by hand.
#[wasm_bindgen(js_name = storeFindByHand)]
pub fn store_find_by_hand(handle: u32, name_length: u32, now_ms: f64) -> u32 {
    let slot = with_texts([name_length], |[name]| {
        with(handle, |keyspace| keyspace.store.find_by_hand(name.as_bytes(), now_ms))
    });
    slot.unwrap_or(NONE)
}

/// Drops the cached call whose cache key is in the scratch buffer, and refuses its runs. Only functions whose keys are texts
/// in memory know it. Returns how many calls were dropped.
#[cfg(feature = "texts")]
#[wasm_bindgen(js_name = storeInvalidateName)]
pub fn store_invalidate_name(handle: u32, name_length: u32, now_ms: f64) -> u32 {
    with_texts([name_length], |[name]| {
        with(handle, |keyspace| {
            super::definition::with_all(|definitions| keyspace.invalidate_call(definitions, name, now_ms))
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

/// The number of slots of entries.
#[wasm_bindgen(js_name = storeSlots)]
pub fn store_slots(handle: u32) -> u32 {
    with(handle, |keyspace| keyspace.store.slots())
}

/// The number of slots of entities.
#[wasm_bindgen(js_name = storeEntitySlots)]
pub fn store_entity_slots(handle: u32) -> u32 {
    with(handle, |keyspace| keyspace.store.entity_slots())
}

/// Puts what is in a slot into the scratch buffer: the number of the last definition of its function (-1 for a key set by
/// hand), its age and how long it is fresh as doubles, and its key bytes. Returns the length, or 0 if there is no value.
#[wasm_bindgen(js_name = storeDescribe)]
pub fn store_describe(handle: u32, slot: u32, now_ms: f64) -> u32 {
    with(handle, |keyspace| {
        let Some(described) = keyspace.store.describe(slot, now_ms) else {
            return 0;
        };
        let opened = match described.function {
            BY_HAND => None,
            function => keyspace.last_of(function),
        };
        let numbers = [
            opened.map_or(-1.0, f64::from),
            f64::from(described.age_ms),
            described.fresh_for_ms,
        ];
        scratch::put(&[bytemuck::cast_slice(&numbers), described.key].concat())
    })
}

/// Puts the name of the index in a slot of the entities into the scratch buffer. Returns the length, or 0 if there is none.
#[wasm_bindgen(js_name = storeIndexName)]
pub fn store_index_name(handle: u32, slot: u32, now_ms: f64) -> u32 {
    let name = with(handle, |keyspace| keyspace.index_name(slot, now_ms));
    name.map_or(0, |name| scratch::put(&name))
}

/// Puts the slots of the calls that contain an entity, whose prefix, type and id are in the scratch buffer, into that
/// buffer, newest first, and returns the length in bytes. Without an id, those that are a list of the type, or that depend
/// on it.
#[wasm_bindgen(js_name = storeTracked)]
pub fn store_tracked(handle: u32, prefix_length: u32, type_length: u32, id_length: u32, is_dependent: bool) -> u32 {
    let lengths = [prefix_length, type_length, id_length];
    let slots = with_tracked(handle, lengths, |keyspace, prefix, tracked| {
        let tracked = if is_dependent {
            Tracked::dependent(tracked.type_name)
        } else {
            tracked
        };
        keyspace.store.tracked(prefix, tracked)
    });
    scratch::put(bytemuck::cast_slice(&slots))
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
