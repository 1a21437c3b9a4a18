//! Writes the words of arguments as JavaScript does, for the tests of what reads them.

use cacheref::words::{UNSORTED, tag};

/// A JavaScript value.
#[derive(Debug, Clone, PartialEq)]
pub enum Js {
    Hole,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    BigInt(String),
    Text(Vec<u16>),
    /// A property name by its number.
    Name(u32),
    Binary(u32, Vec<u8>),
    /// A tag, and values: of an object or a map, names or keys and values in turn.
    Container(u32, Vec<Js>),
}

pub fn text(text: &str) -> Js {
    Js::Text(text.encode_utf16().collect())
}

pub fn array(items: impl IntoIterator<Item = Js>) -> Js {
    Js::Container(tag::ARRAY, items.into_iter().collect())
}

pub fn object<'a>(properties: impl IntoIterator<Item = (&'a str, Js)>) -> Js {
    Js::Container(
        tag::OBJECT,
        properties
            .into_iter()
            .flat_map(|(name, value)| [text(name), value])
            .collect(),
    )
}

pub fn container(tag: u32, values: impl IntoIterator<Item = Js>) -> Js {
    Js::Container(tag, values.into_iter().collect())
}

impl From<f64> for Js {
    fn from(value: f64) -> Self {
        Js::Number(value)
    }
}

impl From<&serde_json::Value> for Js {
    fn from(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Js::Null,
            Value::Bool(value) => Js::Bool(*value),
            Value::Number(value) => Js::Number(value.as_f64().unwrap()),
            Value::String(value) => text(value),
            Value::Array(items) => array(items.iter().map(Js::from)),
            Value::Object(map) => object(map.iter().map(|(name, value)| (name.as_str(), value.into()))),
        }
    }
}

/// The words of a call with these arguments.
pub fn words(arguments: &[Js]) -> Vec<u32> {
    let mut words = vec![tag::UNSORTED_ARGUMENTS | (arguments.len() as u32) << 8];
    arguments.iter().for_each(|argument| push(argument, &mut words));
    words
}

/// The words of one value.
pub fn value_words(value: &Js) -> Vec<u32> {
    let mut words = Vec::new();
    push(value, &mut words);
    words
}

fn push(value: &Js, words: &mut Vec<u32>) {
    match value {
        Js::Hole => words.push(tag::HOLE),
        Js::Undefined => words.push(tag::UNDEFINED),
        Js::Null => words.push(tag::NULL),
        Js::Bool(false) => words.push(tag::FALSE),
        Js::Bool(true) => words.push(tag::TRUE),
        Js::Number(value) => number(*value, words),
        Js::BigInt(digits) => bytes(tag::BIGINT, digits.as_bytes(), words),
        Js::Text(units) => match String::from_utf16(units) {
            Ok(text) if text.is_ascii() => bytes(tag::ASCII, text.as_bytes(), words),
            Ok(text) if units.len() > 24 => bytes(tag::UTF8, text.as_bytes(), words),
            _ => {
                words.push(tag::UTF16 | (units.len() as u32) << 8);
                words.extend(
                    units
                        .chunks(2)
                        .map(|pair| u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 16),
                );
            }
        },
        Js::Name(number) => words.push(tag::NAME | number << 8),
        Js::Binary(kind, content) => {
            words.extend([tag::BINARY | kind << 8, content.len() as u32]);
            padded(content, words);
        }
        Js::Container(tag, values) => {
            let count = match *tag {
                tag::OBJECT | tag::MAP => values.len() / 2,
                _ => values.len(),
            };
            let start = words.len();
            words.extend([tag | (count as u32) << 8, 0]);
            values.iter().for_each(|value| push(value, words));
            words[start + 1] = (words.len() - start - 2) as u32 | UNSORTED;
        }
    }
}

fn number(value: f64, words: &mut Vec<u32>) {
    let integer = value as i32;
    if f64::from(integer) == value && integer << 8 >> 8 == integer {
        words.push(tag::INTEGER | (integer as u32) << 8);
    } else {
        let bits = value.to_bits();
        words.extend([tag::FLOAT, bits as u32, (bits >> 32) as u32]);
    }
}

fn bytes(tag: u32, content: &[u8], words: &mut Vec<u32>) {
    words.push(tag | (content.len() as u32) << 8);
    padded(content, words);
}

fn padded(content: &[u8], words: &mut Vec<u32>) {
    for chunk in content.chunks(4) {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        words.push(u32::from_le_bytes(word));
    }
}
