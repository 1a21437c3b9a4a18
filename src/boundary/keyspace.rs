//! The in-memory stores seen as keys, and what else is not on a hot path: invalidations by name, keys set by hand,
//! `keys`, `scan`, `smembers`, `explain`, figures.
//!
//! Texts cross one after the other in the scratch buffer, with their lengths; answers that are lists cross as JSON.

use super::store::{Local, NONE, with};
use super::{definition, memory, scratch};
use crate::keys::cache_key;
use crate::keys::memory_key::{PropertyNames, cache_key};
use crate::store::index::Tracked;
use crate::store::{BY_HAND, Described, Lifetime};
use crate::text::glob;
use serde::Serialize;
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a scan has found, and where it goes on.
#[derive(Serialize)]
struct Page {
    cursor: i64,
    keys: Vec<String>,
}

/// A cached call, as `explain` tells it. Times are whole: a float would bring its tables of 10 KB into the module.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    key: String,
    function: &'a str,
    age_ms: u32,
    ttl_ms: Option<i64>,
}

/// What is serialized here has texts and integers only, which cannot fail.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

thread_local! {
    static NAMES: RefCell<PropertyNames> = RefCell::default();
}

/// Takes the names of properties, which are in the scratch buffer as argument words, so that keys can be shown. To be
/// called before any of the exports below that return names, when there are new ones.
#[wasm_bindgen(js_name = storeNames)]
pub fn store_names(words: u32) {
    let names = scratch::with_words(|scratch| PropertyNames::read(scratch.get(..words as usize).unwrap_or_default()));
    NAMES.set(names.unwrap_or_default());
}

/// Drops the calls that contain an entity; its prefix, type and id are in the scratch buffer. Without an id (its length
/// is 2^32 - 1) those that are a list of the type. Returns how many cached calls that were.
#[wasm_bindgen(js_name = storeInvalidateTracked)]
pub fn store_invalidate_tracked(handle: u32, prefix: u32, kind: u32, id: u32, now_ms: f64, is_soft: bool) -> u32 {
    with_tracked(handle, prefix, kind, id, |local, prefix, tracked| {
        local.store.invalidate_tracked(prefix, tracked, now_ms, is_soft)
    })
}

/// Drops all calls of a function; prefix and name are in the scratch buffer.
#[wasm_bindgen(js_name = storeInvalidateFunction)]
pub fn store_invalidate_function(handle: u32, prefix: u32, name: u32, now_ms: f64) -> u32 {
    with_texts([prefix, name], |[prefix, name]| {
        with(handle, |local| local.store.invalidate_function(prefix, name, now_ms))
    })
}

/// Drops everything under a prefix, which is in the scratch buffer.
#[wasm_bindgen(js_name = storeInvalidateAll)]
pub fn store_invalidate_all(handle: u32, prefix: u32, now_ms: f64) -> u32 {
    with_texts([prefix], |[prefix]| {
        with(handle, |local| local.store.invalidate_all(prefix, now_ms))
    })
}

/// Drops the value in a slot.
#[wasm_bindgen(js_name = storeInvalidateSlot)]
pub fn store_invalidate_slot(handle: u32, slot: u32, now_ms: f64) -> u32 {
    with(handle, |local| local.store.invalidate_slot(slot, now_ms))
}

/// Sets a key by hand; its name is in the scratch buffer. Returns the slot for its value, none if it is too large.
#[wasm_bindgen(js_name = storePut)]
pub fn store_put(handle: u32, name: u32, now_ms: f64, expires_ms: f64, size: f64) -> u32 {
    let lifetime = Lifetime {
        now_ms,
        fresh_until_ms: expires_ms,
        window_ms: 0,
        size: size as u32,
    };
    let slot = with_texts([name], |[name]| {
        with(handle, |local| local.store.put(name.as_bytes(), lifetime))
    });
    memory::grow_ahead();
    slot.ok().flatten().unwrap_or(NONE)
}

/// The slot of the key whose name is in the scratch buffer: of one that was set by hand, or of a cached call, for which
/// all calls of its function are looked at.
#[wasm_bindgen(js_name = storeFind)]
pub fn store_find(handle: u32, name: u32, now_ms: f64) -> u32 {
    with_texts([name], |[name]| {
        with(handle, |local| {
            let by_hand = local.store.find_by_hand(name.as_bytes(), now_ms);
            by_hand.or_else(|| find_call(local, name, now_ms))
        })
        .unwrap_or(NONE)
    })
}

/// Moves the expiry of the value in a slot.
#[wasm_bindgen(js_name = storeExpire)]
pub fn store_expire(handle: u32, slot: u32, expires_ms: f64) {
    with(handle, |local| local.store.expire(slot, expires_ms));
}

/// How much longer the value in a slot is kept.
#[wasm_bindgen(js_name = storeExpiresIn)]
pub fn store_expires_in(handle: u32, slot: u32, now_ms: f64) -> f64 {
    with(handle, |local| {
        let described = local.store.describe(slot, now_ms);
        described.map_or(f64::NAN, |described| described.expires_in_ms)
    })
}

/// Up to `count` slots from a cursor on, and the names among them that match the pattern in the scratch buffer: JSON
/// `{ cursor, keys }`, of which this is the length. A scan begins with 0 and ends when it is 0 again.
#[wasm_bindgen(js_name = storeScan)]
pub fn store_scan(handle: u32, pattern: u32, cursor: f64, count: f64, now_ms: f64) -> u32 {
    let json = with_texts([pattern], |[pattern]| {
        with(handle, |local| {
            let entries = u64::from(local.store.slots());
            let all = entries + u64::from(local.store.entity_slots());
            // Entities are counted from the end of all numbers, since there may be more entries by the next call.
            let is_at_entities = cursor < 0.0;
            let start = if is_at_entities {
                entries + (-cursor) as u64 - 1
            } else {
                cursor as u64
            };
            let end = start.saturating_add(count as u64).min(all);
            let mut keys = Vec::new();
            for at in start..end {
                let key = match at.checked_sub(entries) {
                    None => key_of(local, at as u32, now_ms),
                    Some(entity) => entity_key(local, entity as u32, now_ms),
                };
                keys.extend(key.filter(|key| glob::matches(pattern.as_bytes(), key.as_bytes())));
            }
            let cursor = match end {
                end if end >= all => 0,
                end if end >= entries => -((end - entries) as i64) - 1,
                end => end as i64,
            };
            to_json(&Page { cursor, keys })
        })
    });
    scratch::put(&json)
}

/// The keys of the calls that an index lists, whose name is in the scratch buffer: JSON, of which this is the length.
#[wasm_bindgen(js_name = storeMembers)]
pub fn store_members(handle: u32, name: u32, now_ms: f64) -> u32 {
    let json = with_texts([name], |[name]| {
        with(handle, |local| {
            let slots = local.store.prefixes().find_map(|prefix| {
                let tracked = parse_index(name.strip_prefix(prefix)?)?;
                Some(local.store.tracked(prefix, tracked))
            });
            let keys = slots
                .into_iter()
                .flatten()
                .filter_map(|slot| key_of(local, slot, now_ms));
            to_json(&keys.collect::<Vec<_>>())
        })
    });
    scratch::put(&json)
}

/// The calls that contain an entity, whose prefix, type and id are in the scratch buffer: JSON `[{ key, function, ageMs,
/// ttlMs }]`, of which this is the length. An infinite `ttlMs` is `null`.
#[wasm_bindgen(js_name = storeExplain)]
pub fn store_explain(handle: u32, prefix: u32, kind: u32, id: u32, now_ms: f64) -> u32 {
    let json = with_tracked(handle, prefix, kind, id, |local, prefix, tracked| {
        let slots = local.store.tracked(prefix, tracked);
        let calls = slots.into_iter().filter_map(|slot| {
            let described = local.store.describe(slot, now_ms)?;
            Some(Call {
                key: key_of(local, slot, now_ms)?,
                function: described.name,
                age_ms: described.age_ms,
                ttl_ms: described
                    .fresh_for_ms
                    .is_finite()
                    .then_some(described.fresh_for_ms as i64),
            })
        });
        to_json(&calls.collect::<Vec<_>>())
    });
    scratch::put(&json)
}

/// Puts figures into the scratch buffer, as doubles: entries, bytes, evictions, entities, runs in flight.
#[wasm_bindgen(js_name = storeFigures)]
pub fn store_figures(handle: u32) {
    let figures = with(handle, |local| {
        let store = &local.store;
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

/// Checks every invariant. Returns the length of the sentence in the scratch buffer that says what is wrong, or 0.
#[cfg(feature = "debug")]
#[wasm_bindgen(js_name = storeValidate)]
pub fn store_validate(handle: u32) -> u32 {
    let checked = with(handle, |local| local.store.validate());
    scratch::put(checked.err().unwrap_or_default().as_bytes())
}

fn find_call(local: &Local, name: &str, now_ms: f64) -> Option<u32> {
    let is_of = |definition| {
        definition::with(definition, |known| {
            key::is_of(name, &known.keys.prefix, &known.keys.name)
        })
    };
    let functions: Vec<u32> = local
        .opened
        .iter()
        .filter(|opened| is_of(opened.0))
        .map(|opened| opened.1)
        .collect();
    if functions.is_empty() {
        return None;
    }
    (0..local.store.slots()).find(|&slot| {
        let described = local.store.describe(slot, now_ms);
        described.is_some_and(|described| functions.contains(&described.function))
            && key_of(local, slot, now_ms).is_some_and(|key| key == name)
    })
}

/// The name of what is in a slot: as it was set by hand, or the cache key of a call.
fn key_of(local: &Local, slot: u32, now_ms: f64) -> Option<String> {
    let Described { function, key, .. } = local.store.describe(slot, now_ms)?;
    if function == BY_HAND {
        return String::from_utf8(key.to_vec()).ok();
    }
    // The last definition of the name decides on the format; the version is in the key bytes.
    let opened = local.opened.iter().rfind(|opened| opened.1 == function)?;
    definition::with(opened.0, |known| {
        NAMES.with_borrow(|names| cache_key(&known.keys, key, names))
    })
}

/// The name of an index that lists something.
fn entity_key(local: &Local, slot: u32, now_ms: f64) -> Option<String> {
    let (prefix, tracked) = local.store.entity(slot)?;
    let slots = local.store.tracked(prefix, tracked);
    slots.into_iter().find_map(|slot| local.store.describe(slot, now_ms))?;
    let name = tracked.type_name;
    match tracked.id {
        Some(id) => Some(format!("{prefix}e:{name}:{}", std::str::from_utf8(id).ok()?)),
        None => Some(format!("{prefix}l:{name}")),
    }
}

/// What the name of an index, its prefix apart, says.
fn parse_index(name: &str) -> Option<Tracked<'_>> {
    if let Some(type_name) = name.strip_prefix("l:") {
        return Some(Tracked { type_name, id: None });
    }
    let name = name.strip_prefix("e:")?;
    let colon = name.bytes().position(|byte| byte == b':')?;
    let (type_name, id) = (name.get(..colon)?, name.get(colon + 1..)?);
    Some(Tracked {
        type_name,
        id: Some(id.as_bytes()),
    })
}

fn with_tracked<R>(
    handle: u32,
    prefix: u32,
    kind: u32,
    id: u32,
    f: impl FnOnce(&mut Local, &str, Tracked<'_>) -> R,
) -> R {
    let length = if id == NONE { 0 } else { id };
    with_texts([prefix, kind, length], |[prefix, type_name, text]| {
        let id = (id != NONE).then_some(text.as_bytes());
        with(handle, |local| f(local, prefix, Tracked { type_name, id }))
    })
}

/// Hands texts of these lengths, one after the other in the scratch buffer, to `f`. JavaScript wrote them as UTF-8.
fn with_texts<const N: usize, R>(lengths: [u32; N], f: impl FnOnce([&str; N]) -> R) -> R {
    let bytes = scratch::with_bytes(|scratch| {
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
