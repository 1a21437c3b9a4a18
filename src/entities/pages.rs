//! Pages: results that hold their entities in a field of a well-known name, such as `{ "data": [...], "nextCursor": 7 }`.
//!
//! They are looked for only in an object that has no id of its own, by rules of their own in a second scan: a result with an
//! id, and an array, pay nothing for it. A field that is an array (of objects with ids, or empty) is a page, and the result
//! is a list of the type; so is a field that is `null`. A field that is one object with an id holds that entity.
//!
//! In these rules each type has three numbers: three times the place of its rule and `OWN`, `LIST`, or 1 for an id in a
//! field.

use super::ids::Ids;
use super::matcher::Matcher;
use super::scan::Scanner;
use crate::words::{Reader, Result};

/// The id that the result has itself: then it is no page.
const OWN: u32 = 0;
/// No id: there is an array or `null` in a field.
const LIST: u32 = 2;
const NUMBERS: u32 = 3;

/// The compiled rules.
#[derive(Debug)]
pub struct Pages {
    /// What is followed.
    pub rules: Matcher,
    /// The type of each rule.
    pub types: Vec<u32>,
    /// Whether an id of a type can only be the result's own.
    pub is_sure: bool,
}

impl Pages {
    pub(super) fn read(words: &mut Reader) -> Result<Pages> {
        words.record(|fields| {
            Ok(Pages {
                rules: Matcher::read(fields)?,
                types: fields.list(Reader::number)?,
                is_sure: fields.flag()?,
            })
        })
    }

    /// Whether a result is an object that may have no id of its own, given the ids that were found in it.
    #[inline]
    pub(super) fn is_needed(&self, json: &[u8], ids: &Ids) -> bool {
        let is_missing = |entity: &u32| !ids.has(*entity);
        let first = json.iter().find(|byte| !byte.is_ascii_whitespace());
        first == Some(&b'{') && (!self.is_sure || self.types.iter().any(is_missing))
    }

    /// Adds the ids of a page.
    #[inline(never)]
    pub(super) fn add(&self, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        let from = ids.len();
        scanner.scan(&self.rules, json, ids);
        let mut is_own = vec![false; self.types.len()];
        for number in ids.types_from(from).filter(|number| number % NUMBERS == OWN) {
            if let Some(is_own) = is_own.get_mut((number / NUMBERS) as usize) {
                *is_own = true;
            }
        }
        let mut lists = Vec::new();
        ids.rename(from, |number| {
            let place = (number / NUMBERS) as usize;
            let entity = *self.types.get(place)?;
            if is_own.get(place) != Some(&false) {
                return None;
            }
            if number % NUMBERS == LIST {
                lists.push(entity);
                return None;
            }
            Some(entity)
        });
        for entity in lists {
            ids.add_page(entity);
        }
    }
}
