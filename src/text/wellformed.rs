//! Text that leaves the process: valid UTF-8, and different for different JavaScript strings.
//!
//! A JavaScript string may hold half a surrogate pair, for which UTF-8 has no bytes. Strings come here as WTF-8, which gives
//! such a half the three bytes that UTF-8 would give it. A string without halves, and without the characters `\ud`, is its
//! own text. In any other string every `\` is doubled, and a half is written as `\udXXX`. Ids pass through here before they
//! become part of a key. JavaScript does the same to names and prefixes.

use super::sink::escaped as written;
use crate::words::Text;
use std::borrow::Cow;

/// The start of a written half.
const HALF: &[u8] = b"\\ud";

/// The text of a string, given as WTF-8. Bytes that are neither UTF-8 nor such a half become U+FFFD.
///
/// ```
/// use cacheref::text::wellformed::text;
/// assert_eq!(text(b"caf\xc3\xa9 \\ 1"), "café \\ 1");
/// assert_eq!(text(b"\\ \xed\xa0\x80"), r"\\ \ud800"); // a backslash and the half U+D800
/// assert_eq!(text(br"\ud800"), r"\\ud800"); // the characters themselves
/// ```
pub fn text(wtf8: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(wtf8) {
        Ok(text) if !wtf8.windows(HALF.len()).any(|window| window == HALF) => Cow::Borrowed(text),
        Ok(text) => {
            let mut escaped = String::with_capacity(text.len() + 8);
            double_backslashes(text, &mut escaped);
            Cow::Owned(escaped)
        }
        Err(_) => escape(wtf8),
    }
}

fn escape(wtf8: &[u8]) -> Cow<'_, str> {
    let mut escaped = String::with_capacity(wtf8.len() + 8);
    let mut has_half = false;
    let mut from = 0;
    let push = |bytes: &[u8], to: &mut String| double_backslashes(&String::from_utf8_lossy(bytes), to);
    for (at, window) in wtf8.windows(3).enumerate() {
        if let &[0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf] = window {
            push(wtf8.get(from..at).unwrap_or_default(), &mut escaped);
            let unit = 0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f);
            escaped.extend(written(unit).map(char::from));
            has_half = true;
            from = at + 3;
        }
    }
    if !has_half {
        return String::from_utf8_lossy(wtf8);
    }
    push(wtf8.get(from..).unwrap_or_default(), &mut escaped);
    Cow::Owned(escaped)
}

/// By hand: `replace` brings the text search of std along, 2 KB of the module.
fn double_backslashes(text: &str, to: &mut String) {
    for character in text.chars() {
        if character == '\\' {
            to.push('\\');
        }
        to.push(character);
    }
}

/// Appends a code point, halves of pairs included, as WTF-8.
pub fn append_code(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
    }
}

/// The bytes of a text; halves of surrogate pairs as WTF-8.
pub fn wtf8(text: Text<'_>) -> Cow<'_, [u8]> {
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
