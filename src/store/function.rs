//! The prefixes and functions of a store, with their topics in the log.
//!
//! Caches with different prefixes share one store. A function is known by its prefix and its name, so two definitions with
//! one name (`keyPrefix`) are one function. Prefixes and functions are never removed: there are as many as the program
//! wraps.

use super::topics::Topics;
use crate::sort::insert;
use std::cmp::Ordering;

/// The function of keys that were set by hand (`MemoryBackend.set`), not by a cached call.
pub const BY_HAND: u32 = 0;

pub(crate) struct Function {
    pub(crate) prefix: u32,
    pub(crate) name: Box<str>,
    /// Mixed into the hashes of its keys.
    pub(crate) base: u64,
    /// Its own topic, and the topic of everything under its prefix.
    pub(crate) topics: [u64; 2],
    /// The topics of the types that its results may contain.
    pub(crate) types: Vec<u64>,
    /// The number of its entries that are stored.
    pub(crate) entries: u32,
}

pub(crate) struct Functions {
    prefixes: Vec<Box<str>>,
    functions: Vec<Function>,
    /// The functions in the order of their prefixes and names.
    by_name: Vec<u32>,
}

impl Functions {
    pub(crate) fn new(topics: &Topics) -> Self {
        let mut functions = Functions {
            prefixes: Vec::new(),
            functions: Vec::new(),
            by_name: Vec::new(),
        };
        // Keys set by hand have the empty prefix, which no cache has.
        functions.open(topics, "", "", Some(&[]));
        functions
    }

    /// The number of a function. A new one is added. `types` are the entity types that its results may contain, or `None`
    /// if they are only known at the end of a run.
    pub(crate) fn open(&mut self, topics: &Topics, prefix: &str, name: &str, types: Option<&[&str]>) -> u32 {
        let of_prefix = match self.prefix(prefix) {
            Some(of_prefix) => of_prefix,
            None => {
                self.prefixes.push(prefix.into());
                self.prefixes.len() as u32 - 1
            }
        };
        let number = match self.place(of_prefix, name) {
            Ok(at) => self.by_name[at],
            Err(at) => {
                let number = self.functions.len() as u32;
                self.functions.push(Function {
                    prefix: of_prefix,
                    name: name.into(),
                    base: topics.function_base(number),
                    topics: [topics.function(number), topics.all(of_prefix)],
                    types: Vec::new(),
                    entries: 0,
                });
                self.by_name.insert(at, number);
                number
            }
        };
        if let Some(function) = self.functions.get_mut(number as usize) {
            match types {
                Some(types) => types
                    .iter()
                    .for_each(|name| insert(&mut function.types, topics.entity_type(of_prefix, name))),
                None => insert(&mut function.types, topics.any_type(of_prefix)),
            }
        }
        number
    }

    pub(crate) fn prefix(&self, prefix: &str) -> Option<u32> {
        let at = self.prefixes.iter().position(|known| **known == *prefix);
        at.map(|at| at as u32)
    }

    pub(crate) fn prefix_text(&self, prefix: u32) -> &str {
        self.prefixes.get(prefix as usize).map_or("", |text| text)
    }

    pub(crate) fn find(&self, prefix: &str, name: &str) -> Option<u32> {
        let at = self.place(self.prefix(prefix)?, name).ok()?;
        self.by_name.get(at).copied()
    }

    /// Where a function is in `by_name`, or where it would be.
    fn place(&self, prefix: u32, name: &str) -> Result<usize, usize> {
        self.by_name.binary_search_by(|&number| {
            self.get(number).map_or(Ordering::Less, |function| {
                (function.prefix, &*function.name).cmp(&(prefix, name))
            })
        })
    }

    #[inline]
    pub(crate) fn get(&self, function: u32) -> Option<&Function> {
        self.functions.get(function as usize)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, function: u32) -> Option<&mut Function> {
        self.functions.get_mut(function as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Function)> {
        (0..).zip(&self.functions)
    }
}
