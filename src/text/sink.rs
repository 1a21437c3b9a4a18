//! Where text is written to (a buffer, or a hash that takes the text piece by piece), and how strings and bytes are written
//! there.

use crate::words::Text;

/// Text is written to it: a buffer, or a hash.
pub trait Sink {
    /// Appends `bytes`.
    fn put(&mut self, bytes: &[u8]);

    /// Appends one byte. This is quicker than `put` with a slice of one byte.
    fn push(&mut self, byte: u8);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn push(&mut self, byte: u8) {
        Vec::push(self, byte);
    }
}

/// Appends a JSON string as RFC 8785 (section 3.2.2.2) writes it; a lone surrogate as `\udXXX`.
pub fn quote(text: Text, out: &mut dyn Sink) {
    out.push(b'"');
    match text {
        Text::Ascii(text) | Text::Utf8(text) => escape(text, out),
        Text::Utf16(_) => {
            for unit in text.chars() {
                match unit {
                    Ok(character) => escape(character.encode_utf8(&mut [0; 4]), out),
                    Err(surrogate) => out.put(&escaped(surrogate)),
                }
            }
        }
    }
    out.push(b'"');
}

/// A UTF-16 unit as `\uXXXX`. Formatting by std would bring a kilobyte along.
pub(super) fn escaped(unit: u16) -> [u8; 6] {
    let digit = |shift: u16| match (unit >> shift & 0xf) as u8 {
        digit @ 0..10 => b'0' + digit,
        digit => b'a' + digit - 10,
    };
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

fn escape(text: &str, out: &mut dyn Sink) {
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest
        .iter()
        .position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let (plain, after) = rest.split_at(at);
        out.put(plain);
        let Some((&byte, after)) = after.split_first() else {
            return;
        };
        match byte {
            b'"' => out.put(b"\\\""),
            b'\\' => out.put(b"\\\\"),
            0x08 => out.put(b"\\b"),
            b'\t' => out.put(b"\\t"),
            b'\n' => out.put(b"\\n"),
            0x0c => out.put(b"\\f"),
            b'\r' => out.put(b"\\r"),
            _ => out.put(&escaped(byte.into())),
        }
        rest = after;
    }
    out.put(rest);
}

/// The alphabet of base64.
pub const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The alphabet of base64url.
pub const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Appends `bytes` in base64, with `=` at the end if it `is_padded`.
pub fn base64(bytes: &[u8], alphabet: &[u8; 64], is_padded: bool, out: &mut dyn Sink) {
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0, |bits, (index, &byte)| bits | u32::from(byte) << (16 - 8 * index));
        let digits = [18, 12, 6, 0].map(|shift| alphabet[(bits >> shift & 0x3f) as usize]);
        let (used, padding) = digits.split_at(chunk.len() + 1);
        out.put(used);
        if is_padded {
            out.put(&b"==="[..padding.len()]);
        }
    }
}
