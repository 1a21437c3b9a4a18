//! The in-memory stores: one for each MemoryBackend, named by a handle.
//!
//! A call is one crossing with numbers: its argument words are in the scratch buffer, the answer is the slot with the
//! state in its lowest bits. `wasm::keyspace` has what is not on a hot path. js/backends/memory-store.js is the other
//! side.

use super::{definition, entities, memory, scratch};
use crate::error::Error;
use crate::keys::cache_key::KeyOutcome;
use crate::keys::memory_key;
use crate::store::index::Tracked;
use crate::store::{Answer, Call, Lifetime, Limits, Store};
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// States beyond those of `State`: the call cannot be cached; why stands in the scratch buffer, its length in the place
/// of the slot. `REFUSED` is the path of an argument, a line feed and the reason, `FULL` a sentence.
const REFUSED: u32 = 5;
const FULL: u32 = 6;
const STATE_BITS: u32 = 3;

/// Outcomes beyond those of `Outcome`: the store is at a limit of its own. And the flag that values have gone.
const OUTCOME_FULL: u32 = 4;
const HAS_REMOVED: u32 = 8;

/// A store, and the definitions that it was opened for.
pub(crate) struct Local {
    pub(crate) store: Store,
    /// The definition and the function number of each.
    pub(crate) opened: Vec<(u32, u32)>,
}

thread_local! {
    static STORES: RefCell<Vec<Option<Local>>> = const { RefCell::new(Vec::new()) };
    static KEY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes a store and returns its handle. The four numbers are random: they key its hashes. `max_entries` and
/// `max_bytes` may be infinite.
#[wasm_bindgen(js_name = storeCreate)]
pub fn store_create(a: u32, b: u32, c: u32, d: u32, max_entries: f64, max_bytes: f64) -> u32 {
    let key = [u64::from(a) << 32 | u64::from(b), u64::from(c) << 32 | u64::from(d)];
    // A conversion to an integer stops at the greatest one.
    let limits = Limits {
        entries: max_entries as u32,
        bytes: max_bytes as u64,
    };
    let local = Local {
        store: Store::new(key, limits),
        opened: Vec::new(),
    };
    STORES.with_borrow_mut(|stores| {
        let free = stores.iter().position(Option::is_none);
        let handle = free.unwrap_or(stores.len());
        match stores.get_mut(handle) {
            Some(place) => *place = Some(local),
            None => stores.push(Some(local)),
        }
        handle as u32
    })
}

/// Gives a store's memory back, when its MemoryBackend is gone.
#[wasm_bindgen(js_name = storeFree)]
pub fn store_free(handle: u32) {
    STORES.with_borrow_mut(|stores| {
        if let Some(place) = stores.get_mut(handle as usize) {
            *place = None;
        }
    });
}

/// Opens a store for a definition and returns the number that its calls are made with. `is_open`: its results may
/// contain types that are not declared.
#[wasm_bindgen(js_name = storeOpen)]
pub fn store_open(handle: u32, definition: u32, is_open: bool) -> u32 {
    with(handle, |local| {
        definition::with(definition, |known| {
            let types: Vec<&str> = known.entities.types().iter().map(String::as_str).collect();
            let types = (!is_open).then_some(types.as_slice());
            let opened = (
                definition,
                local.store.open(&known.keys.prefix, &known.keys.name, types),
            );
            let place = local.opened.iter().position(|other| *other == opened);
            place.unwrap_or_else(|| {
                local.opened.push(opened);
                local.opened.len() - 1
            }) as u32
        })
    })
}

/// Whether the argument words for a definition must have the names of properties as texts.
#[wasm_bindgen(js_name = storeNeedsTexts)]
pub fn store_needs_texts(definition: u32) -> bool {
    definition::with(definition, |known| memory_key::needs_texts(&known.keys))
}

/// Looks up the call whose `words` argument words are in the scratch buffer. A run that the caller is to start has its
/// ticket as the first double of the scratch buffer.
#[wasm_bindgen(js_name = storeLookup)]
pub fn store_lookup(handle: u32, opened: u32, words: u32, now_ms: f64, stale_ms: f64) -> u32 {
    let answer = with_call(handle, opened, words, |store, call| {
        store.lookup(call, now_ms, stale_ms)
    });
    pack(answer)
}

/// Reserves the slot of a call for a run, whatever is there; answers like `storeLookup`.
#[wasm_bindgen(js_name = storeRefresh)]
pub fn store_refresh(handle: u32, opened: u32, words: u32) -> u32 {
    pack(with_call(handle, opened, words, |store, call| store.refresh(call)))
}

/// The slot of a call whose value may be served.
#[wasm_bindgen(js_name = storePeek)]
pub fn store_peek(handle: u32, opened: u32, words: u32, now_ms: f64, stale_ms: f64) -> u32 {
    with_call(handle, opened, words, |store, call| {
        Ok::<_, Error>(store.peek(call, now_ms, stale_ms))
    })
    .ok()
    .and_then(Result::ok)
    .flatten()
    .unwrap_or(NONE)
}

/// Until when the value in a slot is fresh.
#[wasm_bindgen(js_name = storeFreshUntil)]
pub fn store_fresh_until(handle: u32, slot: u32) -> f64 {
    with(handle, |local| local.store.fresh_until_ms(slot))
}

/// Ends a run: stores its result, which contains the current ids. Returns the outcome, with a flag if values have gone.
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
        window_ms: window_ms as u32,
        size: size as u32,
    };
    let outcome = with(handle, |local| {
        let outcome = entities::with_current(|ids| {
            let ids = &*ids;
            local.store.commit(slot, ticket as u64, lifetime, || {
                let entities = ids.iter().map(|(type_name, id)| Tracked {
                    type_name,
                    id: Some(id),
                });
                let lists = ids
                    .types()
                    .filter(|_| ids.is_list)
                    .map(|type_name| Tracked { type_name, id: None });
                entities.chain(lists)
            })
        });
        let flag = if local.store.has_removed() { HAS_REMOVED } else { 0 };
        outcome.map_or(OUTCOME_FULL, |outcome| outcome as u32) | flag
    });
    memory::grow_ahead();
    outcome
}

/// Ends a run without a result to store. Says whether the slot holds a value that is not expired.
#[wasm_bindgen(js_name = storeRelease)]
pub fn store_release(handle: u32, slot: u32, ticket: f64, now_ms: f64) -> bool {
    with(handle, |local| local.store.release(slot, ticket as u64, now_ms))
}

/// Notes the use of the entries whose slots are the first `count` words of the scratch buffer.
#[wasm_bindgen(js_name = storeTouch)]
pub fn store_touch(handle: u32, count: u32) {
    with(handle, |local| {
        scratch::with_words(|words| local.store.touch(words.get(..count as usize).unwrap_or_default()));
    });
}

/// Puts the slots whose values have gone into the scratch buffer; returns the length in bytes.
#[wasm_bindgen(js_name = storeTakeRemoved)]
pub fn store_take_removed(handle: u32) -> u32 {
    let slots = with(handle, |local| local.store.take_removed());
    scratch::put(bytemuck::cast_slice(&slots))
}

/// Puts the slots whose values stopped being fresh before their time into the scratch buffer; returns the length in
/// bytes.
#[wasm_bindgen(js_name = storeTakeSoftened)]
pub fn store_take_softened(handle: u32) -> u32 {
    let slots = with(handle, |local| local.store.take_softened());
    scratch::put(bytemuck::cast_slice(&slots))
}

/// Drops one call, whose argument words are in the scratch buffer; returns how many cached calls that were.
#[wasm_bindgen(js_name = storeInvalidateKey)]
pub fn store_invalidate_key(handle: u32, opened: u32, words: u32, now_ms: f64) -> u32 {
    with_call(handle, opened, words, |store, call| store.invalidate_key(call, now_ms)).unwrap_or(0)
}

/// Hands the store behind a handle to `f`. A handle that was never given out is a bug of the JavaScript side: it traps.
pub(crate) fn with<R>(handle: u32, f: impl FnOnce(&mut Local) -> R) -> R {
    STORES.with_borrow_mut(|stores| match stores.get_mut(handle as usize) {
        Some(Some(local)) => f(local),
        _ => unreachable!("store {handle} is open"),
    })
}

/// Hands a call to `f`, or returns why its arguments are no key.
fn with_call<R>(
    handle: u32,
    opened: u32,
    words: u32,
    f: impl FnOnce(&mut Store, Call<'_>) -> R,
) -> Result<R, (String, String)> {
    with(handle, |local| {
        let (definition, function) = local.opened[opened as usize];
        definition::with(definition, |known| {
            scratch::with_words(|scratch| {
                let words = scratch.get(..words as usize).unwrap_or_default();
                if let Some(key) = memory_key::borrow(&known.keys, words) {
                    return Ok(f(&mut local.store, Call { function, key }));
                }
                KEY.with_borrow_mut(|key| match memory_key::write(&known.keys, words, key) {
                    KeyOutcome::Written => Ok(f(&mut local.store, Call { function, key })),
                    KeyOutcome::Refused { path, reason } => Err((path, reason)),
                })
            })
        })
    })
}

fn pack(answer: Result<Result<Answer, Error>, (String, String)>) -> u32 {
    let (state, told) = match answer {
        Ok(Ok(answer)) => {
            if answer.ticket != 0 {
                scratch::put(&(answer.ticket as f64).to_le_bytes());
            }
            return answer.slot << STATE_BITS | answer.state as u32;
        }
        Ok(Err(error)) => (FULL, error.to_string()),
        Err((path, reason)) => (REFUSED, format!("{path}\n{reason}")),
    };
    scratch::put(told.as_bytes()) << STATE_BITS | state
}
