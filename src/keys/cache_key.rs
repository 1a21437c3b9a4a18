//! Cache keys: the names of values in a store that processes and languages share, `{prefix}c:{name}:{argument part}`.
//!
//! The argument part is canonical text (`[42]`) if that has at most 64 bytes, else `#` and a truncated SHA-256. JavaScript
//! writes the keys that are shared with the Python library (js/keys/python.js).

use super::canonical;
use super::recognise::is_plain_version;
use super::rules::{KeyFormat, KeyRules};
use crate::text::sink::{Sink, URL_SAFE, base64, quote};
use crate::words::{self, Text};
use sha2::{Digest, Sha256};

/// The longest argument part that is readable, in bytes.
pub(super) const READABLE: usize = 64;
/// The bytes of the SHA-256 that are kept. 192 bits: the arguments may be hostile, and a collision would hand one user
/// the data of another.
const HASH: usize = 24;
/// The length of the hash in base64url.
pub(super) const HASH_TEXT: usize = HASH / 3 * 4;
/// The first byte of an argument part that is a hash.
pub(super) const HASHED: u8 = b'#';

/// Appends the key of a call to `out`. `words` are the arguments of the call; the names of properties are texts there,
/// not numbers.
///
/// # Errors
/// If the words are malformed. `out` is then as it was.
pub fn write(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> words::Result<()> {
    let length = out.len();
    for part in [&rules.prefix, rules.heading(), &rules.name, ":"] {
        out.put(part.as_bytes());
    }
    let written = write_part(rules, words, out);
    if written.is_err() {
        out.truncate(length);
    }
    written
}

/// Appends the argument part of the key of a call to `out`.
///
/// # Errors
/// If the words are malformed. `out` is then as it was.
pub fn write_part(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> words::Result<()> {
    let mut part = Part::default();
    canonical::write(words, rules.normalization(), &mut part)?;
    if let Some(version) = &rules.version {
        part.push(b'@');
        if is_plain_version(version.as_bytes()) {
            part.put(version.as_bytes());
        } else {
            quote(Text::Utf8(version), &mut part);
        }
    }
    match part.readable() {
        Some(text) if rules.format != KeyFormat::Hashed => out.put(text),
        _ => {
            out.push(HASHED);
            base64(part.hash().get(..HASH).unwrap_or_default(), URL_SAFE, false, out);
        }
    }
    Ok(())
}

/// An argument part that is being written. Only its end is kept, however long it gets; what came before is in the hash.
struct Part {
    end: [u8; END],
    length: usize,
    hash: Option<Sha256>,
}

/// The bytes that are collected before they are hashed. A piece may be one byte: a call of the hash for each would cost
/// more than the hash.
const END: usize = 256;

impl Default for Part {
    fn default() -> Self {
        Part {
            end: [0; END],
            length: 0,
            hash: None,
        }
    }
}

impl Part {
    fn kept(&self) -> &[u8] {
        self.end.get(..self.length).unwrap_or_default()
    }

    /// The text, if it is short enough to stand in a key.
    fn readable(&self) -> Option<&[u8]> {
        (self.hash.is_none() && self.length <= READABLE).then(|| self.kept())
    }

    fn hash(mut self) -> [u8; 32] {
        let mut hash = self.hash.take().unwrap_or_default();
        hash.update(self.kept());
        hash.finalize().into()
    }
}

impl Sink for Part {
    fn put(&mut self, bytes: &[u8]) {
        let free = self.end.get_mut(self.length..self.length + bytes.len());
        if let Some(free) = free {
            free.copy_from_slice(bytes);
            self.length += bytes.len();
            return;
        }
        let mut hash = self.hash.take().unwrap_or_default();
        hash.update(self.kept());
        hash.update(bytes);
        self.hash = Some(hash);
        self.length = 0;
    }

    fn push(&mut self, byte: u8) {
        match self.end.get_mut(self.length) {
            Some(free) => {
                *free = byte;
                self.length += 1;
            }
            None => self.put(&[byte]),
        }
    }
}
