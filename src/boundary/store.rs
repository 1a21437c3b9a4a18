//! The in-memory stores: one for each MemoryBackend, named by a handle. These exports are hot.
//!
//! A call crosses once, as numbers. Its argument words are in the scratch buffer; the answer is a slot, with the state in
//! its lowest bits ([`super::numbers`]). JavaScript keeps the values, by slot.

use super::numbers::{FULL, HAS_REMOVED, NONE, OUTCOME_FULL, REFUSED, STATE_BITS};
use super::{definition, entities, memory, scratch};
use crate::error::Full;
use crate::keys::memory_key::{self, KeyBytes};
use crate::keyspace::{Keyspace, Suspects};
use crate::store::index::Tracked;
use crate::store::{Answer, Call, Lifetime, Limits, Store};
use crate::words::{self, Malformed};
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static STORES: RefCell<Vec<Option<Keyspace>>> = const { RefCell::new(Vec::new()) };
    static KEY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes a store and returns its handle. The four numbers are random; they key the hashes of the store. `max_entries` and
/// `max_bytes` may be infinite.
#[wasm_bindgen(js_name = storeCreate)]
pub fn store_create(a: u32, b: u32, c: u32, d: u32, max_entries: f64, max_bytes: f64) -> u32 {
    let key = [u64::from(a) << 32 | u64::from(b), u64::from(c) << 32 | u64::from(d)];
    // A conversion to an integer stops at the greatest integer.
    let limits = Limits {
        entries: max_entries as u32,
        bytes: max_bytes as u64,
    };
    let keyspace = Keyspace::new(Store::new(key, limits));
    STORES.with_borrow_mut(|stores| {
        let free = stores.iter().position(Option::is_none);
        let handle = free.unwrap_or(stores.len());
        match stores.get_mut(handle) {
            Some(place) => *place = Some(keyspace),
            None => stores.push(Some(keyspace)),
        }
        handle as u32
    })
}

/// Gives the memory of a store back. JavaScript calls this when the MemoryBackend is gone.
#[wasm_bindgen(js_name = storeFree)]
pub fn store_free(handle: u32) {
    STORES.with_borrow_mut(|stores| {
        if let Some(place) = stores.get_mut(handle as usize) {
            *place = None;
        }
    });
}

/// Opens a store for a definition, and returns the number that its calls are made with. `suspects` is a number of
/// `Suspects`.
#[wasm_bindgen(js_name = storeOpen)]
pub fn store_open(handle: u32, definition: u32, suspects: u32) -> u32 {
    let suspects = match suspects {
        0 => Suspects::Declared,
        1 => Suspects::Every,
        _ => Suspects::None,
    };
    with(handle, |keyspace| {
        definition::with(definition, |known| keyspace.open(definition, known, suspects))
    })
}

/// Looks up the call whose `words` argument words are in the scratch buffer. If the caller is to start a run, the ticket of
/// the run is the first double of the scratch buffer.
#[wasm_bindgen(js_name = storeLookup)]
pub fn store_lookup(handle: u32, opened: u32, words: u32, now_ms: f64, serve_stale_ms: f64) -> u32 {
    let answer = with_call(handle, opened, words, |store, call| {
        store.lookup(call, now_ms, serve_stale_ms)
    });
    pack(answer)
}

/// Reserves the slot of a call for a run, whatever the slot holds. The answer is that of `storeLookup`.
#[wasm_bindgen(js_name = storeRefresh)]
pub fn store_refresh(handle: u32, opened: u32, words: u32) -> u32 {
    pack(with_call(handle, opened, words, |store, call| store.refresh(call)))
}

/// The slot of a call whose value may be served, or none.
#[wasm_bindgen(js_name = storePeek)]
pub fn store_peek(handle: u32, opened: u32, words: u32, now_ms: f64, serve_stale_ms: f64) -> u32 {
    with_call(handle, opened, words, |store, call| {
        Ok::<_, Full>(store.peek(call, now_ms, serve_stale_ms))
    })
    .ok()
    .and_then(Result::ok)
    .flatten()
    .unwrap_or(NONE)
}

/// Until when the value in a slot is fresh.
#[wasm_bindgen(js_name = storeFreshUntil)]
pub fn store_fresh_until(handle: u32, slot: u32) -> f64 {
    with(handle, |keyspace| keyspace.store.fresh_until_ms(slot))
}

/// Ends a run with a result, and stores the result with the ids at hand. Returns the outcome, and a flag if values have
/// gone.
#[wasm_bindgen(js_name = storeCommit)]
pub fn store_commit(
    handle: u32,
    slot: u32,
    ticket: f64,
    now_ms: f64,
    fresh_until_ms: f64,
    window_ms: f64,
    size: f64,
) -> u32 {
    let lifetime = Lifetime {
        now_ms,
        fresh_until_ms,
        window_ms: window_ms as f32,
        size: size as u32,
    };
    let outcome = with(handle, |keyspace| {
        let outcome = entities::with_current(|ids| {
            keyspace.store.commit(slot, ticket as u64, lifetime, || {
                let entities = ids.iter().map(|(type_name, id)| Tracked::entity(type_name, id));
                let lists = ids.list_types().map(Tracked::list);
                let dependents = ids.depends_on().map(Tracked::dependent);
                entities.chain(lists).chain(dependents)
            })
        });
        let flag = if keyspace.store.has_removed() { HAS_REMOVED } else { 0 };
        outcome.map_or(OUTCOME_FULL, |outcome| outcome as u32) | flag
    });
    memory::grow_ahead();
    outcome
}

/// Ends a run without a result. Returns whether the slot holds a value that is not expired.
#[wasm_bindgen(js_name = storeRelease)]
pub fn store_release(handle: u32, slot: u32, ticket: f64, now_ms: f64) -> bool {
    with(handle, |keyspace| keyspace.store.release(slot, ticket as u64, now_ms))
}

/// Notes the use of the entries whose slots are the first `count` words of the scratch buffer.
#[wasm_bindgen(js_name = storeTouch)]
pub fn store_touch(handle: u32, count: u32) {
    with(handle, |keyspace| {
        scratch::with_words(|words| keyspace.store.touch(words.get(..count as usize).unwrap_or_default()));
    });
}

/// Puts the slots whose values have gone into the scratch buffer, and returns the length in bytes.
#[wasm_bindgen(js_name = storeTakeRemoved)]
pub fn store_take_removed(handle: u32) -> u32 {
    let slots = with(handle, |keyspace| keyspace.store.take_removed());
    scratch::put(bytemuck::cast_slice(&slots))
}

/// Puts the slots whose values became stale before their time into the scratch buffer, and returns the length in bytes.
#[wasm_bindgen(js_name = storeTakeSoftened)]
pub fn store_take_softened(handle: u32) -> u32 {
    let slots = with(handle, |keyspace| keyspace.store.take_softened());
    scratch::put(bytemuck::cast_slice(&slots))
}

/// Hands the store with this handle to `f`. An unknown handle is a bug of the JavaScript side: it traps.
pub(crate) fn with<R>(handle: u32, f: impl FnOnce(&mut Keyspace) -> R) -> R {
    STORES.with_borrow_mut(|stores| match stores.get_mut(handle as usize) {
        Some(Some(keyspace)) => f(keyspace),
        _ => unreachable!("store {handle} is open"),
    })
}

/// Hands the call whose `words` argument words are in the scratch buffer to `f`.
pub(crate) fn with_call<R>(
    handle: u32,
    opened: u32,
    words: u32,
    f: impl FnOnce(&mut Store, Call<'_>) -> R,
) -> words::Result<R> {
    with(handle, |keyspace| {
        let opened = keyspace.opened(opened);
        let function = opened.function;
        definition::with(opened.definition, |known| {
            scratch::with_words(|scratch| {
                let words = scratch.get(..words as usize).unwrap_or_default();
                if let KeyBytes::Borrowed(key) = memory_key::borrow(&known.keys, words) {
                    return Ok(f(&mut keyspace.store, Call { function, key }));
                }
                KEY.with_borrow_mut(|key| {
                    memory_key::write(&known.keys, words, key)?;
                    Ok(f(&mut keyspace.store, Call { function, key }))
                })
            })
        })
    })
}

/// Packs an answer into one number. A run that the caller is to start has its ticket in the scratch buffer.
fn pack(answer: words::Result<Result<Answer, Full>>) -> u32 {
    match answer {
        Ok(Ok(answer)) => {
            if answer.ticket != 0 {
                scratch::put(&(answer.ticket as f64).to_le_bytes());
            }
            answer.slot << STATE_BITS | answer.state as u32
        }
        Ok(Err(Full)) => FULL,
        Err(Malformed) => REFUSED,
    }
}
