//! The argument part as the Python library `cacheref` computes it, so that services of both languages share values:
//! `md5(str(args) + str(sorted(kwargs.items())))`, or `noargs` if there are no arguments. An empty part is left out.
//!
//! For that the values are written as CPython's `repr` writes them. A value without a certain counterpart in Python is
//! refused.

mod number;

use super::recognise::PYTHON_NO_ARGUMENTS;
use super::rules::{Normalization, Refused};
use crate::sort::order;
use crate::text::sink::{Sink, quoted};
use crate::words::{Arguments, Container, MAX_DEPTH, Malformed, Reader, Text, Value, tag};
use md5::{Digest, Md5};
use number::{compare_digits, float, integer_digits, signed_order};
use std::cmp::Ordering;

type Result<T> = std::result::Result<T, Refused>;

/// Appends the argument part of a call with the arguments in `words`. If they are normalized, the arguments that have a
/// name are keywords, and all are put in order as the library does: see `Python::read`.
///
/// # Errors
/// If a value has no counterpart in Python.
pub fn write(words: &[u32], normalization: Normalization, out: &mut Vec<u8>) -> Result<()> {
    let mut text = Vec::new();
    represent(words, normalization, &mut text)?;
    if text.is_empty() {
        out.put(PYTHON_NO_ARGUMENTS.as_bytes());
        return Ok(());
    }
    for byte in Md5::digest(&text) {
        out.put(&[hex(byte >> 4), hex(byte)]);
    }
    Ok(())
}

fn hex(digit: u8) -> u8 {
    char::from_digit(u32::from(digit & 0xf), 16).map_or(b'0', |digit| digit as u8)
}

/// Appends the text that is hashed: `str(args) + str(sorted(kwargs.items()))`.
///
/// # Errors
/// If a value has no counterpart in Python.
pub fn represent(words: &[u32], normalization: Normalization, out: &mut Vec<u8>) -> Result<()> {
    write_repr(words, normalization, out).map_err(|refused| refused.within("arguments"))
}

fn write_repr(words: &[u32], normalization: Normalization, out: &mut Vec<u8>) -> Result<()> {
    let arguments = Arguments::new(words)?;
    let mut body = arguments.body;
    let params = normalization.unwrap_or_default();
    let mut keywords = Vec::new();
    let mut positional = Vec::new();
    for index in 0..arguments.count {
        let value = Python::read(&mut body, normalization.is_some(), 0);
        let param = params.get(index);
        // A keyword that is undefined counts as not given.
        if param.is_some() && matches!(value, Ok(Python::Undefined)) {
            continue;
        }
        let value = value
            .and_then(Python::defined)
            .map_err(|refused| refused.within(&format!("[{index}]")))?;
        match param {
            Some(name) => keywords.push((name, value)),
            None => positional.push(value),
        }
    }
    body.end()?;
    if let [only] = positional.as_slice() {
        out.push(b'(');
        only.repr(out);
        out.put(b",)");
    } else if !positional.is_empty() {
        list(b"(", &positional, |value, out| value.repr(out), b")", out);
    }
    if !keywords.is_empty() {
        let name_at = |at: usize| keywords.get(at).map(|(name, _)| *name);
        let sorted = order(keywords.len(), &mut |one, other| name_at(one).cmp(&name_at(other)));
        let keywords: Vec<_> = sorted.iter().filter_map(|&at| keywords.get(at as usize)).collect();
        let item = |(name, value): &&(&String, Python), out: &mut Vec<u8>| {
            out.push(b'(');
            string(Text::Utf8(name), out);
            out.put(b", ");
            value.repr(out);
            out.push(b')');
        };
        list(b"[", &keywords, item, b"]", out);
    }
    Ok(())
}

fn list<T>(open: &[u8], items: &[T], write: impl Fn(&T, &mut Vec<u8>), close: &[u8], out: &mut Vec<u8>) {
    out.put(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.put(b", ");
        }
        write(item, out);
    }
    out.put(close);
}

/// A value as Python has it.
enum Python<'a> {
    /// The argument was not given. Python has no such value.
    Undefined,
    None,
    Bool(bool),
    /// The digits of an int.
    Int(String),
    Float(f64),
    Str(Text<'a>),
    List(Vec<Python<'a>>),
    Dict(Vec<(Text<'a>, Python<'a>)>),
}

impl<'a> Python<'a> {
    /// Reads the next value. If it `is_normalized`, the items of a dict are sorted by their names and normalized; a list
    /// and a set are sorted, and what is in them stays as it is.
    fn read(reader: &mut Reader<'a>, is_normalized: bool, depth: u32) -> Result<Self> {
        Ok(match reader.value()? {
            Value::Undefined => Python::Undefined,
            Value::Null => Python::None,
            Value::Boolean(value) => Python::Bool(value),
            Value::Number(value) if value.is_finite() && value.trunc() == value => Python::Int(integer_digits(value)),
            Value::Number(value) => Python::Float(value),
            Value::BigInt(digits) => Python::Int(digits.to_string()),
            Value::Text(text) => Python::Str(text),
            Value::Container(container) if depth < MAX_DEPTH => match container.tag {
                tag::ARRAY => Python::read_list(container, is_normalized, depth + 1)?,
                tag::SET if is_normalized => Python::read_set(container, depth + 1)?,
                tag::OBJECT => Python::read_dict(container, is_normalized, depth + 1)?,
                _ => return Err(Refused::new(NO_COUNTERPART)),
            },
            Value::Hole | Value::Binary(..) | Value::Container(_) => return Err(Refused::new(NO_COUNTERPART)),
            Value::Name(_) => return Err(Malformed.into()),
        })
    }

    fn read_list(container: Container<'a>, is_normalized: bool, depth: u32) -> Result<Self> {
        let items = Python::read_items(container, depth)?;
        if !is_normalized {
            return Ok(Python::List(items));
        }
        match sort(&items) {
            Ok(order) => Ok(Python::List(in_order(items, &order))),
            // The Python library goes on with the list as it is.
            Err(Unsortable::Raises) => Ok(Python::List(items)),
            Err(Unsortable::HasNan) => Err(Refused::new("is a list whose order in Python depends on a NaN")),
        }
    }

    /// A set has an order in Python only once it is sorted.
    fn read_set(container: Container<'a>, depth: u32) -> Result<Self> {
        let items = Python::read_items(container, depth)?;
        let is_hashable = |item: &Python| !matches!(item, Python::List(_) | Python::Dict(_));
        let order = sort(&items).ok().filter(|_| items.iter().all(is_hashable));
        let items = in_order(items, &order.ok_or_else(|| Refused::new(NO_COUNTERPART))?);
        let mut pairs = items.windows(2);
        // `true` and `1` are one member in Python.
        if pairs.any(|pair| matches!(pair, [one, other] if one.is_equal(other))) {
            return Err(Refused::new(NO_COUNTERPART));
        }
        Ok(Python::List(items))
    }

    fn read_items(container: Container<'a>, depth: u32) -> Result<Vec<Self>> {
        let mut body = container.body;
        let mut items = Vec::with_capacity(container.count);
        for index in 0..container.count {
            let item = Python::read(&mut body, false, depth).and_then(Python::defined);
            items.push(item.map_err(|refused| refused.within(&format!("[{index}]")))?);
        }
        body.end()?;
        Ok(items)
    }

    /// A dict that is not normalized keeps the order in which the object has its properties: so does Python's `repr`.
    fn read_dict(container: Container<'a>, is_normalized: bool, depth: u32) -> Result<Self> {
        let mut body = container.body;
        let mut items = Vec::with_capacity(container.count);
        for _ in 0..container.count {
            let name = body.text()?;
            let item = Python::read(&mut body, is_normalized, depth).and_then(Python::defined);
            items.push((name, item.map_err(|refused| refused.within(&property_step(name)))?));
        }
        body.end()?;
        if is_normalized {
            let name_at = |at: usize| items.get(at).into_iter().flat_map(|(name, _)| code_points(*name));
            let order = order(items.len(), &mut |one, other| name_at(one).cmp(name_at(other)));
            items = in_order(items, &order);
        }
        Ok(Python::Dict(items))
    }

    fn defined(self) -> Result<Self> {
        match self {
            Python::Undefined => Err(Refused::new(NO_COUNTERPART)),
            value => Ok(value),
        }
    }

    /// Appends what Python's `repr` gives.
    fn repr(&self, out: &mut Vec<u8>) {
        match self {
            Python::Undefined | Python::None => out.put(b"None"),
            Python::Bool(true) => out.put(b"True"),
            Python::Bool(false) => out.put(b"False"),
            Python::Int(digits) => out.put(digits.as_bytes()),
            Python::Float(value) => float(*value, out),
            Python::Str(text) => string(*text, out),
            Python::List(items) => list(b"[", items, |item, out| item.repr(out), b"]", out),
            Python::Dict(items) => {
                let item = |(name, value): &(Text, Python), out: &mut Vec<u8>| {
                    string(*name, out);
                    out.put(b": ");
                    value.repr(out);
                };
                list(b"{", items, item, b"}", out);
            }
        }
    }

    /// Whether `self == other` is true in Python.
    fn is_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Python::None, Python::None) => true,
            (Python::Str(one), Python::Str(other)) => one.compare(*other) == Ordering::Equal,
            (Python::List(one), Python::List(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_equal(other))
            }
            (Python::Dict(one), Python::Dict(other)) => {
                let has = |name: Text, value: &Python| {
                    (other.iter()).any(|(at, other)| at.compare(name) == Ordering::Equal && other.is_equal(value))
                };
                one.len() == other.len() && one.iter().all(|(name, value)| has(*name, value))
            }
            _ => self.compare_numbers(other) == Ok(Ordering::Equal),
        }
    }

    /// Whether `self < other` in Python.
    fn is_less(&self, other: &Self) -> std::result::Result<bool, Unsortable> {
        match (self, other) {
            (Python::Str(one), Python::Str(other)) => Ok(code_points(*one).lt(code_points(*other))),
            (Python::List(one), Python::List(other)) => {
                match one.iter().zip(other).find(|(one, other)| !one.is_equal(other)) {
                    Some((one, other)) => one.is_less(other),
                    None => Ok(one.len() < other.len()),
                }
            }
            _ => Ok(self.compare_numbers(other)? == Ordering::Less),
        }
    }

    /// Compares numbers and booleans by value.
    fn compare_numbers(&self, other: &Self) -> std::result::Result<Ordering, Unsortable> {
        let order = match (self, other) {
            (Python::Float(one), Python::Float(other)) => one.partial_cmp(other),
            (Python::Float(one), _) => compare_digits(other.digits()?, *one).map(Ordering::reverse),
            (_, Python::Float(other)) => compare_digits(self.digits()?, *other),
            _ => Some(signed_order(self.digits()?, other.digits()?)),
        };
        order.ok_or(Unsortable::HasNan)
    }

    fn digits(&self) -> std::result::Result<&str, Unsortable> {
        match self {
            Python::Bool(true) => Ok("1"),
            Python::Bool(false) => Ok("0"),
            Python::Int(digits) => Ok(digits),
            _ => Err(Unsortable::Raises),
        }
    }
}

/// Why Python's `sorted` gives no order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unsortable {
    /// A comparison raises a TypeError.
    Raises,
    /// A comparison with a NaN is always false, so the order depends on the algorithm.
    HasNan,
}

const NO_COUNTERPART: &str = "has no counterpart in Python";

/// The step to a property, for a path.
fn property_step(name: Text) -> String {
    format!("[{}]", quoted(name))
}

/// The order of the items as Python's `sorted` returns them. Which pairs are compared does not matter: every sort compares
/// two items that stand next to each other in the result.
fn sort(items: &[Python]) -> std::result::Result<Vec<u32>, Unsortable> {
    let mut failure = None;
    let order = order(items.len(), &mut |one, other| match items[one].is_less(&items[other]) {
        Ok(true) => Ordering::Less,
        Ok(false) => Ordering::Greater,
        Err(unsortable) => {
            failure = failure.or(Some(unsortable));
            Ordering::Greater
        }
    });
    failure.map_or(Ok(order), Err)
}

fn in_order<T>(items: Vec<T>, order: &[u32]) -> Vec<T> {
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    order.iter().filter_map(|&at| items[at as usize].take()).collect()
}

fn code_points(text: Text) -> impl Iterator<Item = u32> {
    text.chars()
        .map(|character| character.map_or_else(u32::from, u32::from))
}

/// Appends the `repr` of a str.
fn string(text: Text, out: &mut Vec<u8>) {
    let mut quotes = (false, false);
    for character in text.chars() {
        quotes.0 |= character == Ok('\'');
        quotes.1 |= character == Ok('"');
    }
    let quote = if quotes == (true, false) { '"' } else { '\'' };
    out.push(quote as u8);
    for character in text.chars() {
        match character {
            Ok('\t') => out.put(b"\\t"),
            Ok('\n') => out.put(b"\\n"),
            Ok('\r') => out.put(b"\\r"),
            Ok(plain) if plain == quote || plain == '\\' => out.put(&[b'\\', plain as u8]),
            Ok(plain) if is_printable(plain) => out.put(plain.encode_utf8(&mut [0; 4]).as_bytes()),
            other => {
                let code = other.map_or_else(u32::from, u32::from);
                let escaped = match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                };
                out.put(escaped.as_bytes());
            }
        }
    }
    out.push(quote as u8);
}

/// Whether Python prints `character` as it is. Rust's `escape_debug` uses the same categories (all but Cc, Cf, Cn, Co, Cs,
/// Zl, Zp and Zs), of its version of Unicode.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    // A combining character is escaped at the start of a text, so another character stands before it.
    let mut text = String::from(" ");
    text.push(character);
    !text.escape_debug().any(|escaped| escaped == '\\')
}
