//! An in-memory store, and the definitions that it was opened for.
//!
//! The store knows a cached call by its function and its key bytes. Users know it by its cache key, which only the rules
//! of its function can write. JavaScript does so (js/memory/names.js), and asks here for the definition of a function.

use crate::definition::Definition;
#[cfg(feature = "texts")]
use crate::keys::{
    memory_key::{needs_texts, of_part},
    recognise::part_of,
};
#[cfg(feature = "texts")]
use crate::store::Call;
use crate::store::Store;
use crate::store::index::Role;

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

/// The types whose invalidation ends the joining of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suspects {
    /// Those that the function declares.
    Declared = 0,
    /// All: results may contain types that are not declared.
    Every = 1,
    /// None: who joins a run sees at its end whether the result was stored.
    None = 2,
}

impl Keyspace {
    /// The keys of a store that is not yet open for any definition.
    pub fn new(store: Store) -> Self {
        Keyspace {
            store,
            opened: Vec::new(),
        }
    }

    /// Opens the store for the definition `number`, and returns the number that its calls are made with.
    #[inline]
    pub fn open(&mut self, number: u32, definition: &Definition, suspects: Suspects) -> u32 {
        let declared = &definition.declared;
        let types = declared.types.iter().chain(&declared.depends_on);
        let types: Vec<&str> = types.map(String::as_str).collect();
        let types = match suspects {
            Suspects::Declared => Some(types.as_slice()),
            Suspects::Every => None,
            Suspects::None => Some([].as_slice()),
        };
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

    /// The number of the last definition of a function. It decides how the keys of the function are written.
    #[inline]
    pub fn last_of(&self, function: u32) -> Option<u32> {
        let place = self.opened.iter().rposition(|opened| opened.function == function);
        place.map(|place| place as u32)
    }

    /// Drops the call that has a cache key, and refuses the runs of it that are under way. Only definitions whose key bytes
    /// are argument parts know it. Returns how many calls were dropped.
    #[cfg(feature = "texts")]
    pub fn invalidate_call(&mut self, definitions: &[Definition], name: &str, now_ms: f64) -> u32 {
        let mut functions = Vec::new();
        let mut dropped = 0;
        for opened in &self.opened {
            let Some(definition) = definitions.get(opened.definition as usize) else {
                continue;
            };
            let keys = &definition.keys;
            if !needs_texts(keys) || functions.contains(&opened.function) {
                continue;
            }
            if let Some(part) = part_of(name, keys) {
                let (function, key) = (opened.function, &of_part(part));
                functions.push(function);
                dropped += self.store.invalidate_key(Call { function, key }, now_ms);
            }
        }
        dropped
    }

    /// The name of the index in a slot of the entities (`{prefix}e:{type}:{id}`, `{prefix}l:{type}` or
    /// `{prefix}t:{type}`), unless all that it lists has expired.
    pub fn index_name(&self, slot: u32, now_ms: f64) -> Option<Vec<u8>> {
        let (prefix, tracked) = self.store.entity(slot)?;
        let slots = self.store.tracked(prefix, tracked);
        slots.into_iter().find_map(|slot| self.store.describe(slot, now_ms))?;
        let (kind, separator) = match tracked.role {
            Role::Entity => ("e:", ":"),
            Role::List => ("l:", ""),
            Role::Dependent => ("t:", ""),
        };
        let parts = [prefix, kind, tracked.type_name, separator].map(str::as_bytes);
        Some([parts.concat().as_slice(), tracked.id].concat())
    }
}
