//! The keys of an in-memory store: which name a slot has, and which slot a name has.
//!
//! The store knows a cached call by its function and its key bytes. Users know it by its cache key, which only the rules
//! of its function can write. So a [`Keyspace`] keeps the store together with the definitions that it was opened for. Who
//! calls it lends the definitions themselves ([`Known`]), since many stores share them.
//!
//! | name | what it names |
//! |---|---|
//! | `{prefix}c:{function}:{arguments}` | a cached call |
//! | `{prefix}e:{type}:{id}` | the index of an entity |
//! | `{prefix}l:{type}` | the index of the lists of a type |
//! | `{prefix}t:{type}` | the index of the calls that depend on a type |
//! | any other | a key that was set by hand |

use crate::definition::Definition;
use crate::keys::memory_key::{PropertyNames, needs_texts, of_cache_key, to_cache_key};
use crate::keys::recognise::is_of;
use crate::store::index::{Role, Tracked};
use crate::store::{BY_HAND, Call, Described, Store};
use serde::Serialize;

/// What a keyspace needs to write names, and does not own.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The definitions, by their numbers.
    pub definitions: &'a [Definition],
    /// The names of properties in key bytes.
    pub names: &'a PropertyNames,
}

/// A definition that a store was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The number of the definition.
    pub definition: u32,
    /// The number of its function in the store.
    pub function: u32,
}

/// A store, and the definitions that it was opened for.
pub struct Keyspace {
    /// The store.
    pub store: Store,
    opened: Vec<Opened>,
}

/// A part of a scan.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Where the scan goes on; 0 at its end.
    pub cursor: i64,
    /// The names that were found.
    pub keys: Vec<String>,
}

/// A cached call, as `explain` shows it. Its times are whole: code that prints floats would add 10 KB to the module.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedCall<'a> {
    /// The cache key.
    pub key: String,
    /// The name of the function.
    pub function: &'a str,
    /// How long ago the value was stored.
    pub age_ms: u32,
    /// How long the value is still fresh; `None` if it always is.
    pub ttl_ms: Option<i64>,
}

impl Keyspace {
    /// The keys of a store that is not yet open for any definition.
    pub fn new(store: Store) -> Self {
        Keyspace {
            store,
            opened: Vec::new(),
        }
    }

    /// Opens the store for the definition `number`, and returns the number that its calls are made with. `is_open`: its
    /// results may contain types that are not declared.
    #[inline]
    pub fn open(&mut self, number: u32, definition: &Definition, is_open: bool) -> u32 {
        let entities = &definition.entities;
        let types = entities.types().iter().chain(entities.depends_on());
        let types: Vec<&str> = types.map(String::as_str).collect();
        let types = (!is_open).then_some(types.as_slice());
        let keys = &definition.keys;
        let opened = Opened {
            definition: number,
            function: self.store.open(&keys.prefix, &keys.name, types),
        };
        let place = self.opened.iter().position(|other| *other == opened);
        place.unwrap_or_else(|| {
            self.opened.push(opened);
            self.opened.len() - 1
        }) as u32
    }

    /// What `open` has numbered.
    #[inline]
    pub fn opened(&self, number: u32) -> Opened {
        self.opened[number as usize]
    }

    /// The slot of a key. For the key of a cached call it looks at all calls of the function.
    #[inline]
    pub fn find(&self, known: Known<'_>, name: &str, now_ms: f64) -> Option<u32> {
        let by_hand = self.store.find_by_hand(name.as_bytes(), now_ms);
        by_hand.or_else(|| self.find_call(known, name, now_ms))
    }

    /// Drops the call that has a cache key, and refuses the runs of it that are under way. Only definitions whose key bytes
    /// are cache keys know it. Returns how many calls were dropped.
    pub fn invalidate_call(&mut self, known: Known<'_>, name: &str, now_ms: f64) -> u32 {
        let mut key = Vec::new();
        of_cache_key(name, &mut key);
        let mut functions = Vec::new();
        for opened in &self.opened {
            let Some(definition) = known.definitions.get(opened.definition as usize) else {
                continue;
            };
            let keys = &definition.keys;
            if needs_texts(keys) && is_of(name, keys) && !functions.contains(&opened.function) {
                functions.push(opened.function);
            }
        }
        let mut dropped = 0;
        for function in functions {
            dropped += self.store.invalidate_key(Call { function, key: &key }, now_ms);
        }
        dropped
    }

    fn find_call(&self, known: Known<'_>, name: &str, now_ms: f64) -> Option<u32> {
        let is_of_definition = |number: u32| is_of(name, &known.definitions[number as usize].keys);
        let mut functions = Vec::new();
        for opened in &self.opened {
            if is_of_definition(opened.definition) {
                functions.push(opened.function);
            }
        }
        if functions.is_empty() {
            return None;
        }
        (0..self.store.slots()).find(|&slot| {
            let described = self.store.describe(slot, now_ms);
            described.is_some_and(|described| functions.contains(&described.function))
                && self.key_of(known, slot, now_ms).is_some_and(|key| key == name)
        })
    }

    /// The name of the value in a slot: as it was set by hand, or the cache key of a call.
    pub fn key_of(&self, known: Known<'_>, slot: u32, now_ms: f64) -> Option<String> {
        let Described { function, key, .. } = self.store.describe(slot, now_ms)?;
        if function == BY_HAND {
            return String::from_utf8(key.to_vec()).ok();
        }
        // The last definition of the function decides on the format. The version is in the key bytes.
        let opened = self.opened.iter().rfind(|opened| opened.function == function)?;
        let definition = &known.definitions[opened.definition as usize];
        to_cache_key(&definition.keys, key, known.names)
    }

    /// The name of the index in a slot of the entities, unless all that it lists has expired.
    pub fn index_key(&self, slot: u32, now_ms: f64) -> Option<String> {
        let (prefix, tracked) = self.store.entity(slot)?;
        let slots = self.store.tracked(prefix, tracked);
        slots.into_iter().find_map(|slot| self.store.describe(slot, now_ms))?;
        let Tracked { type_name, role, id } = tracked;
        match role {
            Role::Entity => Some(format!("{prefix}e:{type_name}:{}", std::str::from_utf8(id).ok()?)),
            Role::List => Some(format!("{prefix}l:{type_name}")),
            Role::Dependent => Some(format!("{prefix}t:{type_name}")),
        }
    }

    /// Looks at up to `count` slots from a cursor on, and returns the names there that `is_wanted` accepts.
    ///
    /// A scan begins with the cursor 0. It visits all slots of entries, then all slots of entities. A key that exists
    /// during the whole scan is returned.
    #[inline]
    pub fn scan(
        &self,
        known: Known<'_>,
        cursor: i64,
        count: u64,
        now_ms: f64,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Page {
        let entries = u64::from(self.store.slots());
        let all = entries + u64::from(self.store.entity_slots());
        // Cursors in the entities are negative and count from -1 down: there may be more entries by the next call.
        let start = match cursor {
            ..0 => entries + cursor.unsigned_abs() - 1,
            _ => cursor as u64,
        };
        let end = start.saturating_add(count).min(all);
        let mut keys = Vec::new();
        for at in start..end {
            let key = match at.checked_sub(entries) {
                None => self.key_of(known, at as u32, now_ms),
                Some(entity) => self.index_key(entity as u32, now_ms),
            };
            keys.extend(key.filter(|key| is_wanted(key)));
        }
        let cursor = match end {
            end if end >= all => 0,
            end if end >= entries => -((end - entries) as i64) - 1,
            end => end as i64,
        };
        Page { cursor, keys }
    }

    /// The cache keys of the calls that an index lists.
    #[inline]
    pub fn members(&self, known: Known<'_>, name: &str, now_ms: f64) -> Vec<String> {
        let slots = self.store.prefixes().find_map(|prefix| {
            let tracked = parse_index(name.strip_prefix(prefix)?)?;
            Some(self.store.tracked(prefix, tracked))
        });
        let mut keys = Vec::new();
        for slot in slots.unwrap_or_default() {
            keys.extend(self.key_of(known, slot, now_ms));
        }
        keys
    }

    /// The calls that contain an entity, or are a list of its type.
    #[inline]
    pub fn explain(&self, known: Known<'_>, prefix: &str, tracked: Tracked<'_>, now_ms: f64) -> Vec<ExplainedCall<'_>> {
        let mut calls = Vec::new();
        for slot in self.store.tracked(prefix, tracked) {
            let (Some(described), Some(key)) = (self.store.describe(slot, now_ms), self.key_of(known, slot, now_ms))
            else {
                continue;
            };
            let fresh_for_ms = described.fresh_for_ms;
            calls.push(ExplainedCall {
                key,
                function: described.name,
                age_ms: described.age_ms,
                ttl_ms: fresh_for_ms.is_finite().then_some(fresh_for_ms as i64),
            });
        }
        calls
    }
}

/// What the name of an index says. Its prefix is taken off already.
fn parse_index(name: &str) -> Option<Tracked<'_>> {
    if let Some(type_name) = name.strip_prefix("l:") {
        return Some(Tracked::list(type_name));
    }
    if let Some(type_name) = name.strip_prefix("t:") {
        return Some(Tracked::dependent(type_name));
    }
    let name = name.strip_prefix("e:")?;
    // By hand: `split_once` brings the text search of std along, 2 KB of the module.
    let colon = name.bytes().position(|byte| byte == b':')?;
    let (type_name, id) = (name.get(..colon)?, name.get(colon + 1..)?);
    Some(Tracked::entity(type_name, id.as_bytes()))
}
