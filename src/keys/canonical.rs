//! Canonical text of arguments: equal arguments give equal text, different arguments different text.
//!
//! Keys that leave the process are made of it. It is the RFC 8785 JSON of the array of the arguments, extended for the
//! values that JSON does not have: `undefined`, `1n`, `Date(0)`, `Map([["a",1]])`. No extension is valid JSON, so it never
//! equals the text of a plain value.
//!
//! Text may be normalized (rule K4): the arguments go by their names, and lists, sets and maps are unordered.

use super::rules::Normalization;
use crate::sort::order;
use crate::text::decimal::Decimal;
use crate::text::sink::{STANDARD, Sink, base64, quote};
use crate::words::{Arguments, Container, Malformed, Reader, Result, Text, Value, deeper, tag};
use std::cmp::Ordering;

/// Appends the text of `words`.
pub fn write(words: &[u32], normalization: Normalization, out: &mut dyn Sink) -> Result<()> {
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

/// The names of the first arguments. A single parameter has no name: one service may call it `id` and another `user_id`,
/// and they share entries.
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

/// The texts of the parts of a container, to be sorted. They stand in one buffer: hostile arguments may have millions.
#[derive(Default)]
struct Parts {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Parts {
    /// Begins a part. What is appended to the returned buffer belongs to it.
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

fn separate(index: usize, out: &mut dyn Sink) {
    if index > 0 {
        out.push(b',');
    }
}

/// Appends a number as ECMAScript prints it.
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
            // Only a key that stays in the process may have names by number.
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
