//! The two canonical forms of arguments. Equal arguments give equal bytes and no others do, in each of them:
//!
//! - *in-process bytes*, which the memory store hashes and compares: the words themselves, the properties of every
//!   object in the order of their numbers. Quick, and meaningless outside of this process.
//! - *text*, from which keys that leave the process are made: RFC 8785 JSON of the array of the arguments, extended for
//!   the values that JSON does not have (`undefined`, `1n`, `Date(0)`, `Map([["a",1]])`). No such extension is valid
//!   JSON, so it never equals a plain value.
//!
//! Text may be normalized (contract K4): lists, sets and maps are unordered, and the arguments go by their names. It knows
//! nothing of prefixes, names of functions or hashes: `key` does.

use crate::sort::order;
use crate::text::decimal::Decimal;
use crate::text::sink::{STANDARD, Sink, base64, quote};
use crate::words::{Arguments, Container, MAX_DEPTH, Malformed, Reader, Result, Text, UNSORTED, Value, has_body, tag};
use std::cmp::Ordering;

/// How arguments are normalized: not at all, or with these names for the positional ones.
pub type Normalization<'a> = Option<&'a [String]>;

/// So many words are copied one by one.
const FEW: usize = 8;
/// Objects with no more properties than this are sorted without an allocation.
const SMALL: usize = 16;

/// Appends the in-process bytes of `words`.
pub fn in_process(words: &[u32], out: &mut Vec<u8>) -> Result<()> {
    let arguments = Arguments::new(words)?;
    let mut body = arguments.body;
    out.reserve(4 * words.len());
    put_words(&[tag::ARGUMENTS | (arguments.count as u32) << 8], out);
    if arguments.is_sorted {
        put_words(body.rest(), out);
        return Ok(());
    }
    for _ in 0..arguments.count {
        sort(body.skip()?, 0, out)?;
    }
    body.end()
}

/// Appends the text of `words`.
pub fn text(words: &[u32], normalization: Normalization, out: &mut dyn Sink) -> Result<()> {
    let arguments = Arguments::new(words)?;
    let mut body = arguments.body;
    let writer = TextWriter {
        is_unordered: normalization.is_some(),
    };
    let names = names(normalization.unwrap_or_default(), arguments.count);
    out.push(b'[');
    let mut named: Vec<(&str, Vec<u8>)> = Vec::with_capacity(names.len());
    for name in names {
        if !body.skips_undefined()? {
            let mut value = Vec::new();
            writer.value(&mut body, 0, &mut value)?;
            named.push((name, value));
        }
    }
    if !names.is_empty() {
        out.push(b'{');
        let name_at = |at: usize| named.get(at).map(|(name, _)| name.encode_utf16());
        let sorted = order(named.len(), &mut |one, other| match (name_at(one), name_at(other)) {
            (Some(one), Some(other)) => one.cmp(other),
            _ => Ordering::Equal,
        });
        for (index, (name, value)) in sorted.iter().filter_map(|&at| named.get(at as usize)).enumerate() {
            separate(index, out);
            quote(Text::Utf8(name), out);
            out.push(b':');
            out.put(value);
        }
        out.push(b'}');
    }
    for index in names.len()..arguments.count {
        separate(index, out);
        writer.value(&mut body, 0, out)?;
    }
    out.push(b']');
    body.end()
}

/// The names of the first arguments. A single parameter has none: it is told by its value alone, so that services that
/// call it `id` and `user_id` share entries.
fn names(params: &[String], count: usize) -> &[String] {
    match params {
        [] | [_] => &[],
        _ => params.get(..count).unwrap_or(params),
    }
}

impl Reader<'_> {
    /// Reads the next value if it is `undefined`, and says whether it was.
    fn skips_undefined(&mut self) -> Result<bool> {
        let is_undefined = self.rest().first().is_some_and(|word| word & 0xff == tag::UNDEFINED);
        if is_undefined {
            self.skip()?;
        }
        Ok(is_undefined)
    }
}

fn put_words(words: &[u32], out: &mut Vec<u8>) {
    if words.len() > FEW {
        return out.extend_from_slice(bytemuck::cast_slice(words));
    }
    // A copy of memory is a call out of wasm, which costs more than it copies here.
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

/// The encoded parts of something, to be sorted. One buffer: hostile arguments may have millions of parts.
#[derive(Default)]
struct Parts {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Parts {
    /// Begins a part, which is what is then appended.
    fn begin(&mut self) -> &mut Vec<u8> {
        self.starts.push(self.bytes.len());
        &mut self.bytes
    }

    fn part(&self, at: usize) -> &[u8] {
        let end = self.starts.get(at + 1).copied().unwrap_or(self.bytes.len());
        let start = self.starts.get(at).copied().unwrap_or(end);
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn sorted(&self) -> impl Iterator<Item = &[u8]> {
        let sorted = order(self.starts.len(), &mut |one, other| {
            self.part(one).cmp(self.part(other))
        });
        sorted.into_iter().map(|at| self.part(at as usize))
    }
}

fn deeper(depth: u32) -> Result<u32> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(Malformed)
    }
}

/// A property of an object, for sorting.
#[derive(Clone, Copy, Default)]
struct Property<'a> {
    /// The words of its name and its value, and how many are the name's.
    words: &'a [u32],
    name: usize,
}

impl Property<'_> {
    /// By the number of the name; a name without one is more words, in whatever order.
    fn compare(&self, other: &Self) -> Ordering {
        self.words.get(..self.name).cmp(&other.words.get(..other.name))
    }

    fn put(&self, depth: u32, out: &mut Vec<u8>) -> Result<()> {
        let (name, value) = self.words.split_at_checked(self.name).ok_or(Malformed)?;
        if !is_unsorted(value) {
            put_words(self.words, out);
            return Ok(());
        }
        put_words(name, out);
        sort(value, depth, out)
    }
}

/// Whether there is an object in the value whose properties do not ascend.
fn is_unsorted(value: &[u32]) -> bool {
    matches!(value, &[first, size, ..] if has_body(first) && size & UNSORTED != 0)
}

/// Copies one value, with the properties of every object in the order of their names.
fn sort(words: &[u32], depth: u32, out: &mut Vec<u8>) -> Result<()> {
    let (true, &[first, size, ref body @ ..]) = (is_unsorted(words), words) else {
        put_words(words, out);
        return Ok(());
    };
    let depth = deeper(depth)?;
    put_words(&[first, size & !UNSORTED], out);
    if first & 0xff != tag::OBJECT {
        let mut body = Reader::new(body);
        while !body.rest().is_empty() {
            sort(body.skip()?, depth, out)?;
        }
        return Ok(());
    }
    // A property has at least two words: what is allocated is bounded by what was sent.
    let count = ((first >> 8) as usize).min(body.len());
    if let Some(places) = Places::of(body, count) {
        return places.iter(body).try_for_each(|property| property.put(depth, out));
    }
    let mut body = Reader::new(body);
    let mut properties = Vec::with_capacity(count);
    for _ in 0..count {
        let rest = body.rest();
        let name = body.skip()?.len();
        body.skip()?;
        let words = rest.get(..rest.len() - body.rest().len()).ok_or(Malformed)?;
        properties.push(Property { words, name });
    }
    body.end()?;
    let at = |at: usize| properties.get(at).copied().unwrap_or_default();
    for number in order(count, &mut |one, other| at(one).compare(&at(other))) {
        at(number as usize).put(depth, out)?;
    }
    Ok(())
}

/// The places of a few properties, in the order of the numbers of their names. Most objects are sorted by this, without
/// an allocation: a place is one integer, the number above the start above the end.
struct Places {
    sorted: [u64; SMALL],
    count: usize,
}

impl Places {
    /// The most bits of a start and of an end.
    const BITS: u32 = 20;

    /// `None` for more properties, for names without a number, and for what is too long.
    fn of(body: &[u32], count: usize) -> Option<Places> {
        if count > SMALL || body.len() >> Self::BITS != 0 {
            return None;
        }
        let mut sorted = [0; SMALL];
        let mut reader = Reader::new(body);
        for index in 0..count {
            let start = body.len() - reader.rest().len();
            let &[name] = reader.skip().ok()? else { return None };
            reader.skip().ok()?;
            let end = body.len() - reader.rest().len();
            let place = u64::from(name >> 8) << (2 * Self::BITS) | (start as u64) << Self::BITS | end as u64;
            let mut at = index;
            while at > 0 && sorted[at - 1] > place {
                sorted[at] = sorted[at - 1];
                at -= 1;
            }
            sorted[at] = place;
        }
        reader.end().ok().map(|()| Places { sorted, count })
    }

    fn iter<'a>(&self, body: &'a [u32]) -> impl Iterator<Item = Property<'a>> {
        let part = |place: u64| (place & ((1 << Self::BITS) - 1)) as usize;
        self.sorted.iter().take(self.count).map(move |&place| Property {
            words: body.get(part(place >> Self::BITS)..part(place)).unwrap_or_default(),
            name: 1,
        })
    }
}

fn separate(index: usize, out: &mut dyn Sink) {
    if index > 0 {
        out.push(b',');
    }
}

/// As ECMAScript prints it.
fn put_number(number: f64, out: &mut dyn Sink) {
    match Decimal::of(number) {
        Some(decimal) => out.put(decimal.as_bytes()),
        None => out.put(ryu_js::Buffer::new().format(number).as_bytes()),
    }
}

/// Writes values as text.
struct TextWriter {
    is_unordered: bool,
}

impl TextWriter {
    fn value(&self, reader: &mut Reader, depth: u32, out: &mut dyn Sink) -> Result<()> {
        match reader.value()? {
            Value::Hole => out.put(b"hole"),
            Value::Undefined => out.put(b"undefined"),
            Value::Null => out.put(b"null"),
            Value::Boolean(true) => out.put(b"true"),
            Value::Boolean(false) => out.put(b"false"),
            Value::Number(number) => put_number(number, out),
            Value::BigInt(digits) => {
                out.put(digits.as_bytes());
                out.push(b'n');
            }
            Value::Text(text) => quote(text, out),
            // Only a key that stays in the process may have these.
            Value::Name(_) => return Err(Malformed),
            Value::Binary(kind, bytes) => {
                out.put(kind.as_bytes());
                out.put(b"(\"");
                base64(bytes, STANDARD, true, out);
                out.put(b"\")");
            }
            Value::Container(container) => self.container(container, deeper(depth)?, out)?,
        }
        Ok(())
    }

    fn container(&self, container: Container, depth: u32, out: &mut dyn Sink) -> Result<()> {
        let (open, close) = match container.tag {
            tag::OBJECT => return self.object(container, depth, out),
            tag::ARRAY => ("[", "]"),
            tag::MAP => ("Map([", "])"),
            tag::SET => ("Set([", "])"),
            tag::DATE => ("Date(", ")"),
            tag::REGEXP => ("RegExp(", ")"),
            tag::URL => ("URL(", ")"),
            tag::URL_SEARCH_PARAMS => ("URLSearchParams(", ")"),
            tag::BOXED => ("Object(", ")"),
            tag::TO_JSON => ("toJSON(", ")"),
            _ => return Err(Malformed),
        };
        out.put(open.as_bytes());
        let mut body = container.body;
        if self.is_unordered && matches!(container.tag, tag::ARRAY | tag::SET | tag::MAP) {
            let mut parts = Parts::default();
            for _ in 0..container.count {
                self.part(container.tag, &mut body, depth, parts.begin())?;
            }
            for (index, part) in parts.sorted().enumerate() {
                separate(index, out);
                out.put(part);
            }
        } else {
            for index in 0..container.count {
                separate(index, out);
                self.part(container.tag, &mut body, depth, out)?;
            }
        }
        body.end()?;
        out.put(close.as_bytes());
        Ok(())
    }

    /// An element, or an entry of a map.
    fn part(&self, container: u32, body: &mut Reader, depth: u32, out: &mut dyn Sink) -> Result<()> {
        if container != tag::MAP {
            return self.value(body, depth, out);
        }
        out.push(b'[');
        self.value(body, depth, out)?;
        out.push(b',');
        self.value(body, depth, out)?;
        out.push(b']');
        Ok(())
    }

    fn object(&self, container: Container, depth: u32, out: &mut dyn Sink) -> Result<()> {
        let mut body = container.body;
        let mut properties = Vec::with_capacity(container.count);
        for _ in 0..container.count {
            properties.push((body.text()?, body));
            body.skip()?;
        }
        body.end()?;
        let name_at = |at: usize| properties.get(at).map_or(Text::Ascii(""), |property| property.0);
        let sorted = order(properties.len(), &mut |one, other| name_at(one).compare(name_at(other)));
        out.push(b'{');
        let sorted = sorted.iter().filter_map(|&at| properties.get(at as usize).copied());
        for (index, (name, mut value)) in sorted.enumerate() {
            separate(index, out);
            quote(name, out);
            out.push(b':');
            self.value(&mut value, depth, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}
