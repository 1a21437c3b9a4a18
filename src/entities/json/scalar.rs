//! Scalars in JSON text, and the text that they have as an entity id.
//!
//! The id of a scalar is `String(JSON.parse(text))`, so that it equals the id that the live object has. A number that
//! `JSON.stringify` wrote is spelled so already. A few spellings do not show that: `1e21`, `9007199254740993`, or the
//! `1.0` of a `JSON.rawJSON`. They need a parser, which only builds with the feature `numbers` have
//! ([`Scalar::is_unreadable`]).

use super::member_name::words;
#[cfg(feature = "numbers")]
use crate::text::decimal::Decimal;
use crate::text::wellformed::append_code;
#[cfg(feature = "numbers")]
use lexical_parse_float::FromLexical;
use std::borrow::Cow;

/// A scalar that can be an id, as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// The content of a string without escapes.
    Plain(&'a [u8]),
    /// The content of a string with escapes, as it is written.
    Escaped(&'a [u8]),
    /// An integer, spelled as JavaScript prints it.
    Integer(&'a [u8]),
    /// Any other number.
    Number(&'a [u8]),
}

impl<'a> Scalar<'a> {
    /// The scalar at the start of `json`, if it is a string or a number.
    #[inline]
    pub fn read(json: &'a [u8]) -> Option<Self> {
        match json.first()? {
            b'"' => {
                let inside = json.get(1..)?;
                let end = string_end(inside)?;
                let content = inside.get(..end.length)?;
                Some(if end.has_escapes {
                    Scalar::Escaped(content)
                } else {
                    Scalar::Plain(content)
                })
            }
            b'1'..=b'9' => {
                let length = json
                    .iter()
                    .position(|byte| !byte.is_ascii_digit())
                    .unwrap_or(json.len());
                match json.get(length) {
                    Some(b'.' | b'e' | b'E' | b'+' | b'-') => read_number(json),
                    _ if length > EXACT_DIGITS => read_number(json),
                    _ => json.get(..length).map(Scalar::Integer),
                }
            }
            b'-' | b'0' => read_number(json),
            _ => None,
        }
    }

    /// Whether it is a string.
    pub fn is_string(&self) -> bool {
        matches!(self, Scalar::Plain(_) | Scalar::Escaped(_))
    }

    /// Whether it is a number whose text cannot be told without a parser, which this build does not have.
    pub fn is_unreadable(&self) -> bool {
        !cfg!(feature = "numbers") && matches!(self, Scalar::Number(text) if !is_plain_number(text))
    }

    /// Its text, as WTF-8.
    pub fn text(&self) -> Cow<'a, [u8]> {
        if let Scalar::Plain(text) | Scalar::Integer(text) = *self {
            return Cow::Borrowed(text);
        }
        let mut text = Vec::new();
        self.append_to(&mut text);
        Cow::Owned(text)
    }

    /// Appends its text. Returns `false`, and leaves `out` as it was, if it is no number after all (too large for a
    /// double, or not spelled as JSON spells numbers), and if it is unreadable.
    pub fn append_to(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Scalar::Plain(text) | Scalar::Integer(text) => out.extend_from_slice(text),
            Scalar::Escaped(inner) => unescape(inner, out),
            Scalar::Number(digits) => return append_number(digits, out),
        }
        true
    }
}

/// The bytes that are loaded at once to read a short scalar.
const LOOK: usize = 32;
/// The most bytes of a short scalar.
pub const SHORT_SCALAR: usize = 16;

/// A scalar whose text is short and plain: an integer as JavaScript prints it, or a string of a few ASCII characters
/// without escapes. Most ids are.
#[derive(Debug, Clone, Copy)]
pub struct ShortScalar<'a> {
    /// Its text, and behind that whatever follows in the JSON text.
    pub bytes: &'a [u8; SHORT_SCALAR],
    /// The length of its text.
    pub length: usize,
    /// Whether it is a string.
    pub is_string: bool,
}

/// The scalar at the start of `json`, if it is a short one. Of others, and of one at the very end of the text, it says
/// nothing: [`Scalar::read`] reads them all.
#[inline]
pub fn read_short(json: &[u8]) -> Option<ShortScalar<'_>> {
    let look = json.first_chunk::<LOOK>()?;
    let is_string = look[0] == b'"';
    let bytes: &[u8; SHORT_SCALAR] = if is_string {
        look[1..].first_chunk()?
    } else {
        look.first_chunk()?
    };
    let [low, high] = words(bytes);
    let end = |word: u64| {
        if is_string {
            end_of_plain(word)
        } else {
            end_of_digits(word)
        }
    };
    let length = place([end(low), end(high)]);
    let after = look[(length + usize::from(is_string)) % LOOK];
    let is_short = match is_string {
        true => after == b'"' && length < SHORT_SCALAR,
        false => matches!(after, b',' | b'}' | b']') && matches!(look[0], b'1'..=b'9') && length <= EXACT_DIGITS,
    };
    is_short.then_some(ShortScalar {
        bytes,
        length,
        is_string,
    })
}

/// Appends the string at the start of `json`, if it is ASCII without escapes. Else returns `false`, and leaves `out` as it
/// was.
pub fn append_plain(json: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut rest = json.strip_prefix(b"\"").unwrap_or_default();
    while let Some((text, behind)) = rest.split_first_chunk::<SHORT_SCALAR>() {
        let length = place(words(text).map(end_of_plain));
        out.extend_from_slice(text);
        match text.get(length) {
            None => rest = behind,
            Some(b'"') => {
                out.truncate(out.len() - SHORT_SCALAR + length);
                return true;
            }
            Some(_) => break,
        }
    }
    out.truncate(start);
    false
}

const fn splat(byte: u8) -> u64 {
    0x0101_0101_0101_0101 * byte as u64
}

/// The place of the first byte whose highest bit is set; the place behind the last byte if there is none.
#[inline]
fn place([low, high]: [u64; 2]) -> usize {
    let of = |bits: u64| bits.trailing_zeros() as usize / 8;
    if low != 0 { of(low) } else { WORD + of(high) }
}

/// The bytes of a word.
const WORD: usize = 8;

/// Sets the highest bit of the first byte that is no digit, and of some bytes behind it.
#[inline]
fn end_of_digits(word: u64) -> u64 {
    let bits = word ^ splat(b'0');
    // A digit has become its value. A byte above nine, or with its highest bit set, is no digit.
    (((bits & splat(0x7f)) + splat(0x80 - 10)) | bits) & splat(0x80)
}

/// Sets the highest bit of the first byte that is a quote, a backslash or not ASCII, and of some bytes behind it.
#[inline]
fn end_of_plain(word: u64) -> u64 {
    // Finds zero bytes. Of the lowest one it is exact; above that it may find others too.
    let zeros = |word: u64| word.wrapping_sub(splat(1)) & !word;
    (zeros(word ^ splat(b'"')) | zeros(word ^ splat(b'\\')) | word) & splat(0x80)
}

fn read_number(json: &[u8]) -> Option<Scalar<'_>> {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let length = json.iter().position(|byte| !is_part(byte)).unwrap_or(json.len());
    json.get(..length).map(Scalar::Number)
}

/// How long the scalar at the start of `json` is.
pub fn scalar_length(json: &[u8]) -> usize {
    if let Some(inside) = json.strip_prefix(b"\"") {
        return string_end(inside).map_or(json.len(), |end| end.length + 2);
    }
    let is_end = |byte: &u8| {
        matches!(
            byte,
            b',' | b']' | b'}' | b'[' | b'{' | b'"' | b' ' | b'\n' | b'\r' | b'\t'
        )
    };
    json.iter().position(is_end).unwrap_or(json.len())
}

/// Up to this length a loop over the bytes is quicker than a call.
const SHORT: usize = 16;

/// Where a string ends.
#[derive(Debug, Clone, Copy)]
pub struct StringEnd {
    /// The length of the content: the place of the closing quote.
    pub length: usize,
    /// Whether the content has escapes.
    pub has_escapes: bool,
}

/// Where the string ends whose content `inside` starts with.
#[inline]
pub fn string_end(inside: &[u8]) -> Option<StringEnd> {
    match inside.iter().take(SHORT).position(|byte| matches!(byte, b'"' | b'\\')) {
        Some(length) if inside.get(length) == Some(&b'"') => Some(StringEnd {
            length,
            has_escapes: false,
        }),
        _ => long_string_end(inside),
    }
}

fn long_string_end(inside: &[u8]) -> Option<StringEnd> {
    let mut length = 0;
    let mut has_escapes = false;
    loop {
        length += memchr::memchr2(b'"', b'\\', inside.get(length..)?)?;
        if inside.get(length) == Some(&b'"') {
            return Some(StringEnd { length, has_escapes });
        }
        has_escapes = true;
        length += 2;
    }
}

/// The most digits that a double holds exactly, whatever the digits are.
const EXACT_DIGITS: usize = 15;

fn append_number(text: &[u8], out: &mut Vec<u8>) -> bool {
    if is_plain_number(text) {
        out.extend_from_slice(text);
        return true;
    }
    #[cfg(feature = "numbers")]
    if let Ok(value) = f64::from_lexical(text) {
        return append_f64(value, out);
    }
    false
}

/// Whether `text` is certainly what `String` prints for the number: a whole number up to 2^53, or a fraction of at most
/// fifteen digits, of which a double loses none, without an exponent and without zeros at its end. Below 1e-6 `String`
/// prints an exponent.
fn is_plain_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let Some(point) = digits.iter().position(|&byte| byte == b'.') else {
        // Not "-0", which prints as "0".
        let is_spelled = matches!(digits, [b'1'..=b'9', ..]) || text == b"0";
        let is_exact = digits.len() <= EXACT_DIGITS || digits.len() == GREATEST.len() && digits <= GREATEST;
        return is_spelled && is_exact && is_digits(digits);
    };
    let (whole, fraction) = digits.split_at(point);
    let fraction = fraction.get(1..).unwrap_or_default();
    let zeros = fraction.iter().take_while(|&&digit| digit == b'0').count();
    (matches!(whole, [b'1'..=b'9', ..]) || whole == b"0")
        && !matches!(fraction, [] | [.., b'0'])
        && zeros < LEADING_ZEROS
        && whole.len() + fraction.len() <= EXACT_DIGITS
        && is_digits(whole)
        && is_digits(fraction)
}

/// The greatest number below which a double holds every whole number.
const GREATEST: &[u8] = b"9007199254740992";
/// `String(1e-6)` is "0.000001", and `String(1e-7)` is "1e-7".
const LEADING_ZEROS: usize = 6;

/// Appends a double as ECMAScript's `String(value)` prints it. Returns `false` if it is not finite.
#[cfg(feature = "numbers")]
pub fn append_f64(value: f64, out: &mut Vec<u8>) -> bool {
    match Decimal::of(value) {
        Some(decimal) => decimal.append_to(out),
        None if value.is_finite() => out.extend_from_slice(ryu_js::Buffer::new().format_finite(value).as_bytes()),
        None => return false,
    }
    true
}

/// Appends the content of a JSON string without its escapes. Half a surrogate pair becomes the three bytes that UTF-8 would
/// have for it (WTF-8). A broken escape stays as it is.
pub fn unescape(inner: &[u8], out: &mut Vec<u8>) {
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
        let byte = match escape.get(1) {
            Some(b'b') => b'\x08',
            Some(b'f') => b'\x0c',
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(&other @ (b'"' | b'\\' | b'/')) => other,
            Some(b'u') => {
                rest = unescape_unicode(escape, out);
                continue;
            }
            _ => {
                out.push(b'\\');
                rest = escape.get(1..).unwrap_or_default();
                continue;
            }
        };
        out.push(byte);
        rest = escape.get(2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Appends the character of the `\uXXXX` at the start of `escape`, and returns the bytes behind it. Two of them may make a
/// pair.
fn unescape_unicode<'a>(escape: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some(first) = hex4(escape) else {
        out.extend_from_slice(b"\\u");
        return escape.get(2..).unwrap_or_default();
    };
    let mut code = first;
    let mut rest = escape.get(6..).unwrap_or_default();
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, hex4(rest)) {
        code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        rest = rest.get(6..).unwrap_or_default();
    }
    append_code(code, out);
    rest
}

fn hex4(escape: &[u8]) -> Option<u32> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0, |value, &digit| Some(value * 16 + char::from(digit).to_digit(16)?))
}
