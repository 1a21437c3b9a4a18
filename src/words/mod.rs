//! Words: the form in which arguments, ids and definitions cross from JavaScript. Here are the format and a reader, which
//! never panics and never reads outside of the words, whatever they are.
//!
//! For example, the call `f("id", [7])` crosses as:
//!
//! ```text
//! UNSORTED_ARGUMENTS 2    ASCII 2    "id\0\0"    ARRAY 1    1 (word of body)    INTEGER 7
//! ```
//!
//! A word is a `u32`, little-endian in memory: the tag in the lowest 8 bits, a number `n` in the upper 24. The first
//! word is `ARGUMENTS` (the properties of every object ascend by their name's number) or `UNSORTED_ARGUMENTS` with the
//! number of arguments; then come the arguments, each a value:
//!
//! | tag | words that follow |
//! |---|---|
//! | `HOLE`, `UNDEFINED`, `NULL`, `FALSE`, `TRUE` | none |
//! | `INTEGER` | none: `n` is the integer, signed |
//! | `FLOAT` | two: the bits of a double, the lower half first; for numbers that are no `INTEGER`; one NaN, no `-0` |
//! | `BIGINT` | its `n` decimal digits and sign, as ASCII |
//! | `ASCII`, `UTF8` | `n` bytes |
//! | `UTF16` | `n` units, two in a word: what is short and not ASCII, or has lone surrogates |
//! | `NAME` | none: `n` stands for the name of a property; only for keys that stay in the process |
//! | `BINARY` | `n` is a kind of [`BINARY_KINDS`]: the number of bytes, then the bytes |
//! | `ARRAY`, `SET` | the number of words of the body, then `n` values |
//! | `OBJECT`, `MAP` | the number of words of the body, then `n` times a name (`ASCII`, `UTF8`, `UTF16`, `NAME`) or a key, and a value |
//! | `DATE`, `REGEXP`, `URL`, `URL_SEARCH_PARAMS`, `BOXED`, `TO_JSON` | the number of words of the body, then `n` values |
//!
//! The highest bit of the number of words of a body is set if it contains an object, or is one, whose properties do not
//! ascend. Bytes and units are padded with zeros to whole words. How a text is written depends on nothing but the text,
//! so equal values are equal words, save for the order of properties.

mod fields;

/// The lowest 8 bits of a word.
#[allow(missing_docs)] // the table above says what they are
pub mod tag {
    pub const ARGUMENTS: u32 = 1;
    pub const UNSORTED_ARGUMENTS: u32 = 2;
    pub const HOLE: u32 = 3;
    pub const UNDEFINED: u32 = 4;
    pub const NULL: u32 = 5;
    pub const FALSE: u32 = 6;
    pub const TRUE: u32 = 7;
    pub const INTEGER: u32 = 8;
    pub const FLOAT: u32 = 9;
    pub const BIGINT: u32 = 10;
    pub const ASCII: u32 = 11;
    pub const UTF8: u32 = 12;
    pub const UTF16: u32 = 13;
    pub const NAME: u32 = 14;
    pub const BINARY: u32 = 15;
    pub const ARRAY: u32 = 16;
    pub const OBJECT: u32 = 17;
    pub const MAP: u32 = 18;
    pub const SET: u32 = 19;
    pub const DATE: u32 = 20;
    pub const REGEXP: u32 = 21;
    pub const URL: u32 = 22;
    pub const URL_SEARCH_PARAMS: u32 = 23;
    pub const BOXED: u32 = 24;
    pub const TO_JSON: u32 = 25;
}

/// The types whose content is bytes. JavaScript has the same list: tests/core/numbers.rs compares them.
pub const BINARY_KINDS: [&str; 16] = [
    "ArrayBuffer",
    "SharedArrayBuffer",
    "DataView",
    "Buffer",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
];

/// The flag in the number of words of a body: see above.
pub const UNSORTED: u32 = 1 << 31;

/// Whether a value that begins with this word has a body.
pub fn has_body(first: u32) -> bool {
    matches!(first & 0xff, tag::ARRAY..=tag::TO_JSON)
}

/// Containers that are nested deeper are malformed. JavaScript refuses more than 100 levels.
pub const MAX_DEPTH: u32 = 128;

/// The depth below `depth`, unless it is too deep.
pub fn deeper(depth: u32) -> Result<u32> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(Malformed)
    }
}

/// The words are not what JavaScript writes: cut off, or of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The result of reading words.
pub type Result<T> = std::result::Result<T, Malformed>;

/// A text as it was written.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    /// All of it is ASCII.
    Ascii(&'a str),
    /// It has other characters, and no lone surrogates.
    Utf8(&'a str),
    /// UTF-16, perhaps with lone surrogates.
    Utf16(&'a [u16]),
}

/// One value.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A place of an array that has no element.
    Hole,
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, never `-0`.
    Number(f64),
    /// The decimal digits of a bigint, with a `-` if it is negative.
    BigInt(&'a str),
    /// A string.
    Text(Text<'a>),
    /// The number that stands for the name of a property.
    Name(u32),
    /// Bytes, and the name of the type that holds them.
    Binary(&'static str, &'a [u8]),
    /// What consists of other values.
    Container(Container<'a>),
}

/// A value that consists of others.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    /// `tag::ARRAY` and those after it.
    pub tag: u32,
    /// The number of elements, properties or entries.
    pub count: usize,
    /// Reads them.
    pub body: Reader<'a>,
}

/// Reads values one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    words: &'a [u32],
}

/// The arguments of a call.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    /// Whether the properties of every object ascend by the number of their name.
    pub is_sorted: bool,
    /// How many there are.
    pub count: usize,
    /// Reads them.
    pub body: Reader<'a>,
}

impl<'a> Arguments<'a> {
    /// Reads the first word.
    pub fn new(words: &'a [u32]) -> Result<Self> {
        let (&first, rest) = words.split_first().ok_or(Malformed)?;
        let is_sorted = match first & 0xff {
            tag::ARGUMENTS => true,
            tag::UNSORTED_ARGUMENTS => false,
            _ => return Err(Malformed),
        };
        Ok(Arguments {
            is_sorted,
            count: (first >> 8) as usize,
            body: Reader { words: rest },
        })
    }
}

impl<'a> Reader<'a> {
    /// Reads `words`.
    pub fn new(words: &'a [u32]) -> Self {
        Reader { words }
    }

    /// The words that were not read yet.
    pub fn rest(&self) -> &'a [u32] {
        self.words
    }

    /// Makes sure that nothing is left.
    pub fn end(&self) -> Result<()> {
        if self.words.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u32]> {
        let (taken, rest) = self.words.split_at_checked(count).ok_or(Malformed)?;
        self.words = rest;
        Ok(taken)
    }

    fn word(&mut self) -> Result<u32> {
        let (&word, rest) = self.words.split_first().ok_or(Malformed)?;
        self.words = rest;
        Ok(word)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let words = self.take(length.div_ceil(4))?;
        bytemuck::cast_slice(words).get(..length).ok_or(Malformed)
    }

    fn ascii(&mut self, length: usize) -> Result<&'a str> {
        let bytes = self.bytes(length)?;
        if !bytes.is_ascii() {
            return Err(Malformed);
        }
        std::str::from_utf8(bytes).map_err(|_| Malformed)
    }

    /// The words of the next value, unread.
    pub fn skip(&mut self) -> Result<&'a [u32]> {
        let (&word, rest) = self.words.split_first().ok_or(Malformed)?;
        let n = (word >> 8) as usize;
        let second = || rest.first().map(|&second| second as usize).ok_or(Malformed);
        let length = match word & 0xff {
            tag::HOLE..=tag::INTEGER | tag::NAME => 1,
            tag::FLOAT => 3,
            tag::BIGINT | tag::ASCII | tag::UTF8 => 1 + n.div_ceil(4),
            tag::UTF16 => 1 + n.div_ceil(2),
            tag::BINARY => second()?.div_ceil(4).saturating_add(2),
            tag::ARRAY..=tag::TO_JSON => (second()? & !(UNSORTED as usize)).saturating_add(2),
            _ => return Err(Malformed),
        };
        self.take(length)
    }

    /// Reads the next value.
    pub fn value(&mut self) -> Result<Value<'a>> {
        let word = self.word()?;
        let n = (word >> 8) as usize;
        Ok(match word & 0xff {
            tag::HOLE => Value::Hole,
            tag::UNDEFINED => Value::Undefined,
            tag::NULL => Value::Null,
            tag::FALSE => Value::Boolean(false),
            tag::TRUE => Value::Boolean(true),
            tag::INTEGER => Value::Number(f64::from((word as i32) >> 8)),
            tag::FLOAT => {
                let (low, high) = (self.word()?, self.word()?);
                Value::Number(f64::from_bits(u64::from(high) << 32 | u64::from(low)))
            }
            tag::BIGINT => Value::BigInt(self.ascii(n)?),
            tag::ASCII => Value::Text(Text::Ascii(self.ascii(n)?)),
            tag::UTF8 => Value::Text(Text::Utf8(std::str::from_utf8(self.bytes(n)?).map_err(|_| Malformed)?)),
            tag::UTF16 => {
                let words = self.take(n.div_ceil(2))?;
                Value::Text(Text::Utf16(bytemuck::cast_slice(words).get(..n).ok_or(Malformed)?))
            }
            tag::NAME => Value::Name(word >> 8),
            tag::BINARY => {
                let length = self.word()? as usize;
                Value::Binary(BINARY_KINDS.get(n).ok_or(Malformed)?, self.bytes(length)?)
            }
            tag @ tag::ARRAY..=tag::TO_JSON => {
                let length = (self.word()? & !UNSORTED) as usize;
                let body = Reader {
                    words: self.take(length)?,
                };
                // A value has at least one word: what is allocated for `count` of them is bounded by what was sent.
                if n > length {
                    return Err(Malformed);
                }
                Value::Container(Container { tag, count: n, body })
            }
            _ => return Err(Malformed),
        })
    }

    /// Reads the next value, which must be a text.
    pub fn text(&mut self) -> Result<Text<'a>> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            _ => Err(Malformed),
        }
    }
}

impl<'a> Text<'a> {
    /// The UTF-16 units.
    pub fn units(self) -> impl Iterator<Item = u16> + 'a {
        let (text, units) = match self {
            Text::Ascii(text) | Text::Utf8(text) => (text, [].as_slice()),
            Text::Utf16(units) => ("", units),
        };
        text.encode_utf16().chain(units.iter().copied())
    }

    /// The characters; a lone surrogate is an `Err`.
    pub fn chars(self) -> impl Iterator<Item = std::result::Result<char, u16>> + 'a {
        let (text, units) = match self {
            Text::Ascii(text) | Text::Utf8(text) => (text, [].as_slice()),
            Text::Utf16(units) => ("", units),
        };
        let decoded = char::decode_utf16(units.iter().copied());
        text.chars()
            .map(Ok)
            .chain(decoded.map(|unit| unit.map_err(|error| error.unpaired_surrogate())))
    }

    /// By UTF-16 units, as RFC 8785 sorts the names of properties.
    pub fn compare(self, other: Text<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (Text::Ascii(one), Text::Ascii(other)) => one.cmp(other),
            _ => self.units().cmp(other.units()),
        }
    }
}
