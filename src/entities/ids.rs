//! The entities that a result contains: pairs of a type and an id, as text.
//!
//! One flat buffer, so that nothing is allocated per id, and reused from result to result. Who fills it (the scan of a
//! text, the walk of a live object, a user's function) and who reads it (the store, the plan for a remote store) know
//! nothing of each other.

use crate::entities::json::scalar::{Literal, SHORT_SCALAR, append_code, append_f64, append_plain, read_short};
use crate::entities::room::Room;
use crate::sort::order;
use crate::text::decimal::Decimal;
use crate::text::wellformed;
use crate::words::{self, Malformed, Reader, Text, Value, tag};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// The bytes of a word.
const WORD: usize = 8;

/// The found types that are looked through before they are looked up.
const FEW_TYPES: usize = 8;

/// The ids found in one result.
#[derive(Debug, Default)]
pub struct Ids {
    /// Whether the result is an array or `null`, hence also a list of its types.
    pub is_list: bool,
    /// What the scan of the last text has left for the next.
    pub(crate) room: Room,
    bytes: Vec<u8>,
    spans: Vec<Span>,
    declared: Arc<[String]>,
    found: Vec<String>,
    /// The found types in the order of their names.
    by_name: Vec<u32>,
    /// Some of the types whose names are short: the name in the highest bytes of a word, and the index.
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

    /// Forgets what was found, and takes `types` as the types that the result is declared to contain.
    pub fn clear(&mut self, types: &Arc<[String]>) {
        self.is_list = false;
        self.bytes.clear();
        self.spans.clear();
        self.found.clear();
        self.by_name.clear();
        self.short_types.clear();
        self.declared = Arc::clone(types);
    }

    /// The number of ids, repeated ones included until [`Ids::dedupe`].
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether no id was found.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The types: those declared, then those that were found in the result itself, in the order of their indexes.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().chain(&self.found).map(String::as_str)
    }

    /// The name of a type.
    pub fn type_name(&self, type_index: u32) -> Option<&str> {
        let index = type_index as usize;
        let found = || self.found.get(index.checked_sub(self.declared.len())?);
        self.declared.get(index).or_else(found).map(String::as_str)
    }

    /// The index of the type of this name (WTF-8), which is added if it is new. `None` if the name cannot be a type: it
    /// is empty or contains a `:`.
    pub fn type_index(&mut self, name: &[u8]) -> Option<u32> {
        // A name with a backslash may read like the text of another, one with half a surrogate pair.
        let is_name = |(_, found): &(usize, &String)| found.as_bytes() == name && !name.contains(&b'\\');
        if let Some((index, _)) = self.found.iter().take(FEW_TYPES).enumerate().find(is_name) {
            return u32::try_from(self.declared.len() + index).ok();
        }
        if !is_type(name) {
            return None;
        }
        let name = wellformed::text(name);
        if let Some(index) = self.declared.iter().position(|declared| *declared == *name) {
            return u32::try_from(index).ok();
        }
        let (found, declared) = (&self.found, self.declared.len());
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

    /// The same for a name of the first `length` bytes of `text`, ASCII without backslashes.
    #[inline]
    pub(crate) fn short_type_index(&mut self, text: &[u8; SHORT_SCALAR], length: usize) -> Option<u32> {
        let unused = (SHORT_SCALAR - length) as u32 * 8;
        let name = u128::from_le_bytes(*text).checked_shl(unused).unwrap_or_default();
        match self.short_types.iter().find(|(known, _)| *known == name) {
            Some((_, index)) => Some(*index),
            None => self.new_short_type(name, text.get(..length)?),
        }
    }

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

    /// Adds the id that the scalar at the start of `json` is; none if it is no string and no number.
    #[inline]
    pub fn push_scalar(&mut self, type_index: u32, json: &[u8]) {
        let Some((text, length, _)) = read_short(json) else {
            return self.push_long(type_index, json);
        };
        // A copy of known length, of which too much is taken back: any other is a call out of the wasm module.
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.bytes.truncate(start + length);
        self.end_span(type_index, start);
    }

    #[inline(never)]
    fn push_long(&mut self, type_index: u32, json: &[u8]) {
        let start = self.bytes.len();
        if append_plain(json, &mut self.bytes) {
            self.end_span(type_index, start);
        } else {
            self.push_joined(type_index, std::iter::once(Literal::read(json)));
        }
    }

    /// Adds the id that is made of these scalars, joined with `-`; unless one of them is missing or no number.
    #[inline(never)]
    pub fn push_joined<'a>(&mut self, type_index: u32, mut parts: impl Iterator<Item = Option<Literal<'a>>>) {
        let start = self.bytes.len();
        let mut is_first = true;
        let is_whole = parts.all(|part| {
            if !std::mem::take(&mut is_first) {
                self.bytes.push(b'-');
            }
            part.is_some_and(|literal| literal.append_to(&mut self.bytes))
        });
        if is_whole {
            self.end_id(type_index, start)
        } else {
            self.bytes.truncate(start)
        }
    }

    /// Makes an id of the bytes, WTF-8, from `start` on.
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

    /// Adds the entities that JavaScript writes as words: in turn a type (the index of a declared one, or a name) and an
    /// id (a string, a number or a bigint). Ids that are not finite and names that are no type are left out.
    ///
    /// # Errors
    /// For words that are nothing of the kind; those before them are added.
    pub fn push_words(&mut self, words: &[u32]) -> words::Result<()> {
        let mut words = words;
        while !words.is_empty() {
            // Most are a declared type and a small whole number.
            if let [kind, id, rest @ ..] = words
                && kind & 0xff == tag::INTEGER
                && id & 0xff == tag::INTEGER
                && ((kind >> 8) as usize) < self.declared.len()
            {
                let start = self.bytes.len();
                Decimal::new(*id as i32 >> 8).append_to(&mut self.bytes);
                self.end_span(kind >> 8, start);
                words = rest;
                continue;
            }
            let mut reader = Reader::new(words);
            let type_index = match reader.value()? {
                Value::Number(index) if (0.0..self.declared.len() as f64).contains(&index) => Some(index as u32),
                Value::Text(name) => self.type_index(&wtf8(name)),
                _ => return Err(Malformed),
            };
            let id = reader.value()?;
            if !matches!(id, Value::Number(_) | Value::BigInt(_) | Value::Text(_)) {
                return Err(Malformed);
            }
            if let Some(type_index) = type_index {
                let start = self.bytes.len();
                if append_value(id, &mut self.bytes) {
                    self.end_id(type_index, start);
                }
            }
            words = reader.rest();
        }
        Ok(())
    }

    /// The entities as a JSON array of strings, type and id in turn.
    pub fn to_json(&self) -> Vec<u8> {
        let mut strings = Vec::with_capacity(self.spans.len() * 2);
        for (name, id) in self.iter() {
            strings.push(name);
            // Ids are UTF-8: end_id sees to it.
            strings.push(std::str::from_utf8(id).unwrap_or_default());
        }
        // Writing strings to memory cannot fail.
        serde_json::to_vec(&strings).unwrap_or_default()
    }

    /// Removes repeated ids. Their order changes: by type, then by length, so that ascending numbers are sorted already.
    pub fn dedupe(&mut self) {
        let (bytes, spans) = (&self.bytes, &self.spans);
        let id = |span: &Span| bytes.get(span.start..span.end).unwrap_or_default();
        // Compared by eight bytes at a time, of which the first are at hand: to compare slices is a call.
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

/// Up to eight bytes as a number. Those of texts of one length are in the order of the texts.
fn as_word(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(whole) => u64::from_be_bytes(whole),
        Err(_) => bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

fn append_value(value: Value<'_>, bytes: &mut Vec<u8>) -> bool {
    match value {
        Value::Number(number) => return append_f64(number, bytes),
        Value::BigInt(digits) => bytes.extend_from_slice(digits.as_bytes()),
        Value::Text(text) => bytes.extend_from_slice(&wtf8(text)),
        _ => return false,
    }
    true
}

/// The bytes of a text; halves of surrogate pairs as WTF-8.
fn wtf8(text: Text<'_>) -> Cow<'_, [u8]> {
    match text {
        Text::Ascii(text) | Text::Utf8(text) => Cow::Borrowed(text.as_bytes()),
        Text::Utf16(_) => {
            let mut bytes = Vec::new();
            for c in text.chars() {
                append_code(c.map_or_else(u32::from, u32::from), &mut bytes);
            }
            Cow::Owned(bytes)
        }
    }
}

/// Whether a name can be an entity type.
pub fn is_type(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&b':')
}
