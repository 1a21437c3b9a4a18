//! The entities that a result contains: pairs of a type and an id, as text.
//!
//! The ids stand in one flat buffer, which is used for one result after another: no id costs an allocation. Three write
//! them: the scan of a text, the walk of a live object, and a user's function. The store and the boundary read them.

#[cfg(feature = "scan")]
use super::json::scalar::{SHORT_SCALAR, Scalar, ShortScalar, append_plain, read_short};
use crate::sort::order;
use crate::text::decimal::Decimal;
use crate::text::sink::quote;
use crate::text::wellformed::{self, wtf8};
use crate::words::{self, Malformed, Reader, Text, Value, tag};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// The bytes of a word.
const WORD: usize = 8;

/// Up to this number found types are looked through, before they are looked up.
const FEW_TYPES: usize = 8;

/// What a function declares about the entities of its results.
#[derive(Debug, Default)]
pub struct Declared {
    /// The types, in the order of their indexes.
    pub types: Vec<String>,
    /// The indexes of the types that each result is a list of.
    pub lists: Vec<u32>,
    /// Whether each result is a list of all its types, or none is; `None`: arrays and `null` are.
    pub is_list: Option<bool>,
    /// The types that each result depends on.
    pub depends_on: Vec<String>,
}

impl Declared {
    /// Reads what js/entities/declared.js has compiled.
    ///
    /// # Errors
    /// If the words are something else.
    #[inline(never)]
    pub fn read(words: &mut Reader) -> words::Result<Declared> {
        words.record(|fields| {
            Ok(Declared {
                types: fields.list(Reader::string)?,
                lists: fields.list(Reader::number)?,
                is_list: fields.optional(Reader::flag)?,
                depends_on: fields.list(Reader::string)?,
            })
        })
    }
}

/// The ids found in one result.
#[derive(Debug, Default)]
pub struct Ids {
    /// Whether the result is an array or `null`, and so a list of its types too.
    pub is_list: bool,
    /// Whether an id is missing, because it is a number that this build cannot read (`Scalar::is_unreadable`).
    pub is_partial: bool,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    declared: Arc<Declared>,
    /// The types of which the result holds a page.
    pages: Vec<u32>,
    found: Vec<String>,
    /// The found types in the order of their names.
    by_name: Vec<u32>,
    /// Some types with short names: the name, in the highest bytes of a word, and the index.
    #[cfg(feature = "scan")]
    short_types: Vec<(u128, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    type_index: u32,
    start: usize,
    end: usize,
}

impl Ids {
    /// Nothing found yet, of no type.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets what was found, and takes over what the function of the next result declares.
    pub fn clear(&mut self, declared: &Arc<Declared>) {
        self.is_list = false;
        self.pages.clear();
        self.is_partial = false;
        self.bytes.clear();
        self.spans.clear();
        self.found.clear();
        self.by_name.clear();
        #[cfg(feature = "scan")]
        self.short_types.clear();
        self.declared = Arc::clone(declared);
    }

    /// The number of ids, repeated ones included until [`Ids::dedupe`].
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether no id was found.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The types, in the order of their indexes: first the declared ones, then those that were found in the result.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.declared.types.iter().chain(&self.found).map(String::as_str)
    }

    /// The types that the result is a list of (rule E7).
    pub fn list_types(&self) -> impl Iterator<Item = &str> {
        let types = (0..).zip(self.types());
        types.filter_map(|(index, name)| self.is_list_of(index).then_some(name))
    }

    #[inline(never)]
    fn is_list_of(&self, type_index: u32) -> bool {
        let Declared { lists, is_list, .. } = &*self.declared;
        match is_list.unwrap_or(self.is_list) {
            true => true,
            false => *is_list != Some(false) && (lists.contains(&type_index) || self.pages.contains(&type_index)),
        }
    }

    /// The types that the result depends on.
    pub fn depends_on(&self) -> impl Iterator<Item = &str> {
        self.declared.depends_on.iter().map(String::as_str)
    }

    /// Notes that the result holds a page of a type.
    pub(crate) fn add_page(&mut self, type_index: u32) {
        if !self.pages.contains(&type_index) {
            self.pages.push(type_index);
        }
    }

    #[cfg(feature = "scan")]
    /// Whether there is an id of a type.
    pub(crate) fn has(&self, type_index: u32) -> bool {
        self.spans.iter().any(|span| span.type_index == type_index)
    }

    #[cfg(feature = "scan")]
    /// Gives the ids from the place `from` on the types that `rename` says, and removes those without one.
    pub(crate) fn rename(&mut self, from: usize, mut rename: impl FnMut(u32) -> Option<u32>) {
        let mut kept = from;
        for at in from..self.spans.len() {
            let mut span = self.spans[at];
            if let Some(type_index) = rename(span.type_index) {
                span.type_index = type_index;
                self.spans[kept] = span;
                kept += 1;
            }
        }
        self.spans.truncate(kept);
    }

    #[cfg(feature = "scan")]
    /// The types of the ids from the place `from` on.
    pub(crate) fn types_from(&self, from: usize) -> impl Iterator<Item = u32> {
        self.spans.iter().skip(from).map(|span| span.type_index)
    }

    /// The name of a type.
    pub fn type_name(&self, type_index: u32) -> Option<&str> {
        let index = type_index as usize;
        let found = || self.found.get(index.checked_sub(self.declared.types.len())?);
        self.declared.types.get(index).or_else(found).map(String::as_str)
    }

    /// The index of the type with this name (WTF-8). A new type is added. `None` if the name cannot be a type: it is empty
    /// or contains a `:`.
    pub fn type_index(&mut self, name: &[u8]) -> Option<u32> {
        // A name with a backslash may look like the text of another name, one with half a surrogate pair.
        let is_name = |(_, found): &(usize, &String)| found.as_bytes() == name && !name.contains(&b'\\');
        if let Some((index, _)) = self.found.iter().take(FEW_TYPES).enumerate().find(is_name) {
            return u32::try_from(self.declared.types.len() + index).ok();
        }
        if !is_type(name) {
            return None;
        }
        let name = wellformed::text(name);
        if let Some(index) = self.declared.types.iter().position(|declared| *declared == *name) {
            return u32::try_from(index).ok();
        }
        let (found, declared) = (&self.found, self.declared.types.len());
        match self.by_name.binary_search_by(|&at| (*found[at as usize]).cmp(&*name)) {
            Ok(at) => u32::try_from(declared + self.by_name[at] as usize).ok(),
            Err(at) => {
                let index = u32::try_from(declared + found.len()).ok()?;
                self.by_name.insert(at, found.len() as u32);
                self.found.push(name.into_owned());
                Some(index)
            }
        }
    }

    #[cfg(feature = "scan")]
    /// The index of the type that the string at the start of `json` names.
    pub(crate) fn type_named(&mut self, json: &[u8]) -> Option<u32> {
        match read_short(json) {
            Some(name) if name.is_string => self.short_type_index(name),
            _ => self.type_index(&Scalar::read(json).filter(Scalar::is_string)?.text()),
        }
    }

    #[cfg(feature = "scan")]
    /// The index of the type with a short name.
    #[inline]
    fn short_type_index(&mut self, name: ShortScalar<'_>) -> Option<u32> {
        let unused = (SHORT_SCALAR - name.length) as u32 * 8;
        let packed = u128::from_le_bytes(*name.bytes).checked_shl(unused).unwrap_or_default();
        match self.short_types.iter().find(|(known, _)| *known == packed) {
            Some((_, index)) => Some(*index),
            None => self.new_short_type(packed, name.bytes.get(..name.length)?),
        }
    }

    #[cfg(feature = "scan")]
    #[inline(never)]
    fn new_short_type(&mut self, packed: u128, name: &[u8]) -> Option<u32> {
        let index = self.type_index(name)?;
        if self.short_types.len() < FEW_TYPES {
            self.short_types.push((packed, index));
        }
        Some(index)
    }

    /// Adds an id, given as WTF-8.
    pub fn push(&mut self, type_index: u32, id: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(id);
        self.end_id(type_index, start);
    }

    #[cfg(feature = "scan")]
    /// Adds the scalar at the start of `json` as an id. Adds nothing if it is no string and no number.
    #[inline]
    pub fn push_scalar(&mut self, type_index: u32, json: &[u8]) {
        let Some(scalar) = read_short(json) else {
            return self.push_long(type_index, json);
        };
        // Copies sixteen bytes and takes back what is too much: a copy of unknown length is a call out of the module.
        let start = self.bytes.len();
        self.bytes.extend_from_slice(scalar.bytes);
        self.bytes.truncate(start + scalar.length);
        self.end_span(type_index, start);
    }

    #[cfg(feature = "scan")]
    #[inline(never)]
    fn push_long(&mut self, type_index: u32, json: &[u8]) {
        let start = self.bytes.len();
        if append_plain(json, &mut self.bytes) {
            self.end_span(type_index, start);
        } else {
            self.push_joined(type_index, std::iter::once(Scalar::read(json)));
        }
    }

    #[cfg(feature = "scan")]
    /// Adds the id that these scalars make, joined with `-`. Adds nothing if one of them is missing or no number after all.
    #[inline(never)]
    pub fn push_joined<'a>(&mut self, type_index: u32, mut parts: impl Iterator<Item = Option<Scalar<'a>>>) {
        let start = self.bytes.len();
        let mut is_first = true;
        let is_whole = parts.all(|part| {
            if !std::mem::take(&mut is_first) {
                self.bytes.push(b'-');
            }
            part.is_some_and(|scalar| {
                self.is_partial |= scalar.is_unreadable();
                scalar.append_to(&mut self.bytes)
            })
        });
        if is_whole {
            self.end_id(type_index, start)
        } else {
            self.bytes.truncate(start)
        }
    }

    /// Makes an id of the bytes from `start` on, which are WTF-8.
    fn end_id(&mut self, type_index: u32, start: usize) {
        let id = self.bytes.get(start..).unwrap_or_default();
        if id.iter().any(|&byte| byte == b'\\' || !byte.is_ascii())
            && let Cow::Owned(text) = wellformed::text(id)
        {
            self.bytes.truncate(start);
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.end_span(type_index, start);
    }

    #[inline]
    fn end_span(&mut self, type_index: u32, start: usize) {
        let end = self.bytes.len();
        self.spans.push(Span { type_index, start, end });
    }

    /// Adds the entities that JavaScript writes as words: a type (the index of a declared one, or a name) and an id (a
    /// string, an integer of 32 bits or a bigint) in turn. Names that are no type are left out. In place of an id `null` says
    /// that the result holds a page of the type.
    ///
    /// # Errors
    /// If the words are anything else. The entities before the error are added.
    pub fn push_words(&mut self, words: &[u32]) -> words::Result<()> {
        let mut words = words;
        while !words.is_empty() {
            // Most entities are a declared type and a small whole number.
            if let [kind, id, rest @ ..] = words
                && kind & 0xff == tag::INTEGER
                && id & 0xff == tag::INTEGER
                && ((kind >> 8) as usize) < self.declared.types.len()
            {
                let start = self.bytes.len();
                Decimal::new(*id as i32 >> 8).append_to(&mut self.bytes);
                self.end_span(kind >> 8, start);
                words = rest;
                continue;
            }
            let mut reader = Reader::new(words);
            let type_index = match reader.value()? {
                Value::Number(index) if (0.0..self.declared.types.len() as f64).contains(&index) => Some(index as u32),
                Value::Text(name) => self.type_index(&wtf8(name)),
                _ => return Err(Malformed),
            };
            let start = self.bytes.len();
            let is_page = append_value(reader.value()?, &mut self.bytes)?;
            match type_index {
                Some(type_index) if is_page => self.add_page(type_index),
                Some(type_index) => self.end_id(type_index, start),
                None => self.bytes.truncate(start),
            }
            words = reader.rest();
        }
        Ok(())
    }

    /// The entities as a JSON array, type and id in turn. A type and `null` follow for each list that the result is.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(self.bytes.len() + self.spans.len() * 16);
        let begin = |name: &str, json: &mut Vec<u8>| {
            json.push(if json.is_empty() { b'[' } else { b',' });
            quote(Text::Utf8(name), json);
            json.push(b',');
        };
        for (name, id) in self.iter() {
            begin(name, &mut json);
            // Ids are UTF-8: `end_id` makes sure of it.
            quote(Text::Utf8(std::str::from_utf8(id).unwrap_or_default()), &mut json);
        }
        for name in self.list_types() {
            begin(name, &mut json);
            json.extend_from_slice(b"null");
        }
        if json.is_empty() {
            json.push(b'[');
        }
        json.push(b']');
        json
    }

    /// Removes repeated ids. It sorts the ids by type, then by length, then by text: ascending numbers are in that order
    /// already.
    pub fn dedupe(&mut self) {
        let (bytes, spans) = (&self.bytes, &self.spans);
        let id = |span: &Span| bytes.get(span.start..span.end).unwrap_or_default();
        // Compares eight bytes at a time, the first of them without a look at the text: a comparison of slices is a call.
        let keys: Vec<_> = spans
            .iter()
            .map(|span| {
                let kind_and_length = u64::from(span.type_index) << 32 | (span.end - span.start) as u64;
                (kind_and_length, id(span).chunks(WORD).next().map_or(0, as_word))
            })
            .collect();
        let compare = |a: usize, b: usize| {
            let rest = |at: usize| id(&spans[at]).chunks(WORD).skip(1).map(as_word);
            keys[a].cmp(&keys[b]).then_with(|| rest(a).cmp(rest(b)))
        };
        let mut sorted = order(spans.len(), &mut |a, b| compare(a, b));
        sorted.dedup_by(|a, b| compare(*a as usize, *b as usize) == Ordering::Equal);
        self.spans = sorted.into_iter().map(|at| spans[at as usize]).collect();
    }

    /// The entities, as pairs of a type's name and an id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.iter_indexed()
            .filter_map(|(type_index, id)| Some((self.type_name(type_index)?, id)))
    }

    /// The entities, as pairs of a type's index and an id.
    pub fn iter_indexed(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let id = |span: &Span| Some((span.type_index, self.bytes.get(span.start..span.end)?));
        self.spans.iter().filter_map(id)
    }
}

/// Up to eight bytes as a number. The numbers of texts of the same length have the order of the texts.
fn as_word(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(whole) => u64::from_be_bytes(whole),
        Err(_) => bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// Appends the text of an id, and returns whether there is none: `null`.
fn append_value(value: Value<'_>, bytes: &mut Vec<u8>) -> words::Result<bool> {
    match value {
        Value::Number(number) => Decimal::of(number).ok_or(Malformed)?.append_to(bytes),
        Value::BigInt(digits) => bytes.extend_from_slice(digits.as_bytes()),
        Value::Text(text) => bytes.extend_from_slice(&wtf8(text)),
        Value::Null => return Ok(true),
        _ => return Err(Malformed),
    }
    Ok(false)
}

/// Whether a name can be an entity type.
fn is_type(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&b':')
}
