//! Finds the entities of a result in its text, by the compiled rules of its function. docs/rules.md has the rules.

use super::ids::{Declared, Ids};
use super::json::repeated::without_repeated;
use super::matcher::Matcher;
use super::pages::Pages;
use super::scan::Scanner;
use crate::words::{Reader, Result};
use std::sync::Arc;

/// The compiled rules of one function.
#[derive(Debug)]
pub struct Extractor {
    /// What is followed first.
    pub rules: Matcher,
    /// What is followed if the result is an object without an id of its own.
    pub pages: Option<Pages>,
}

impl Extractor {
    /// Reads what js/entities/declared.js has compiled.
    ///
    /// # Errors
    /// If the words are something else.
    pub fn read(words: &mut Reader) -> Result<Extractor> {
        words.record(|fields| {
            Ok(Extractor {
                rules: Matcher::read(fields)?,
                pages: fields.optional(Pages::read)?,
            })
        })
    }

    /// Puts the ids of a result, given as JSON text, into `ids`, whose content they replace. Text that is no JSON gives some
    /// ids or none.
    pub fn extract_text(&self, declared: &Arc<Declared>, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        self.extract_stringified(declared, &without_repeated(json), scanner, ids);
    }

    /// The same for a text that `JSON.stringify` has written, in which no name is repeated in an object. If one is repeated
    /// after all, the ids may include those of a member that does not count.
    pub fn extract_stringified(&self, declared: &Arc<Declared>, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        ids.clear(declared);
        scanner.scan(&self.rules, json, ids);
        if let Some(pages) = &self.pages
            && pages.is_needed(json, ids)
        {
            pages.add(json, scanner, ids);
        }
    }
}
