//! The names of values in a store that processes and languages share: `{prefix}c:{name}:{argument part}`.
//!
//! The argument part is canonical text (`[42]`) up to 64 bytes, above that `#` and a truncated SHA-256; in keys that are
//! shared with the Python library, an MD5 as that library makes it. It knows nothing of entities or stores; definitions
//! have rules by which it writes, and invalidations of a function ask it which keys are that function's.

use crate::keys::canonical::{self, Normalization};
use crate::keys::python;
use crate::text::sink::{Sink, URL_SAFE, base64, quote};
use crate::words::{Malformed, Text};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The longest argument part that is readable, in bytes.
const READABLE: usize = 64;
/// How much of the SHA-256 is kept. 192 bits: the arguments may be hostile, and a collision would hand one user the
/// data of another.
const HASH: usize = 24;
/// The length of the hash in base64url.
const HASH_TEXT: usize = HASH / 3 * 4;
const HASHED: u8 = b'#';

/// What the argument part looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyFormat {
    /// Canonical text, hashed above 64 bytes.
    #[default]
    Readable,
    /// Hashed whatever its length.
    Hashed,
    /// What the Python library computes.
    Python,
}

/// How the keys of one function are made.
#[derive(Debug, Clone, Default)]
pub struct KeyRules {
    /// Comes before everything.
    pub prefix: String,
    /// The name of the function, or the `keyPrefix` that it was given.
    pub name: String,
    /// Is a part of every key, so that another version finds none of the old values.
    pub version: Option<String>,
    /// What the argument part looks like.
    pub format: KeyFormat,
    /// Whether arguments go by name, and lists, sets and maps are unordered.
    pub normalize: bool,
    /// The names of the positional parameters.
    pub params: Vec<String>,
}

/// What came of writing a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOutcome {
    /// The key was written.
    Written,
    /// An argument has no counterpart in this format: the call can't be cached.
    Refused {
        /// Where it is, for example `arguments[0].tags[2]`.
        path: String,
        /// What it is, as the end of a sentence.
        reason: String,
    },
}

impl KeyRules {
    /// How the arguments are normalized.
    pub fn normalization(&self) -> Normalization<'_> {
        self.normalize.then_some(self.params.as_slice())
    }
}

/// Appends the key of a call with the arguments in `words` (whose names are texts, not numbers) to `out`, which is as it
/// was if they are refused.
pub fn write(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> KeyOutcome {
    let length = out.len();
    for part in [&rules.prefix, "c:", &rules.name, ":"] {
        out.put(part.as_bytes());
    }
    let outcome = match rules.format {
        KeyFormat::Python => python::write(words, rules.normalization(), out),
        KeyFormat::Readable | KeyFormat::Hashed => {
            canonical_part(rules, words, out).map_err(|Malformed| KeyOutcome::Refused {
                path: "arguments".into(),
                reason: "could not be decoded".into(),
            })
        }
    };
    match outcome {
        Ok(()) => KeyOutcome::Written,
        Err(refused) => {
            out.truncate(length);
            refused
        }
    }
}

fn canonical_part(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut part = Part::default();
    canonical::text(words, rules.normalization(), &mut part)?;
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

/// Versions of other characters are quoted: one with a `:` could pass for an argument part of another function.
fn is_plain_version(version: &[u8]) -> bool {
    version
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

/// An argument part in the making. However long it gets, only its end is kept; what came before is in the hash.
struct Part {
    end: [u8; END],
    length: usize,
    hash: Option<Sha256>,
}

/// Hashing piece by piece, and a piece may be one byte, would cost more than hashing.
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

/// Whether `key` is of the function called `name` under `prefix`. It is not enough that the key begins with both: names
/// may contain `:`, and `user` must not take the keys of `user:list`.
pub fn is_of(key: &str, prefix: &str, name: &str) -> bool {
    let part = key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix("c:"));
    let part = part
        .and_then(|rest| rest.strip_prefix(name))
        .and_then(|rest| rest.strip_prefix(':'));
    part.is_some_and(is_argument_part)
}

/// Whether `text` is the argument part of a key: of ours, or of one that the Python library wrote.
pub fn is_argument_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.split_first() {
        Some((&HASHED, hash)) => hash.len() == HASH_TEXT && hash.iter().all(|digit| URL_SAFE.contains(digit)),
        Some((b'[', _)) => bytes.len() <= READABLE && array_end(bytes).is_some_and(|end| is_version(&bytes[end..])),
        _ => python::is_argument_part(bytes),
    }
}

/// Where the array that `bytes` begin with ends. A backslash outside of a string is what tells the inside of a string
/// that looks like an array from one.
fn array_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.checked_sub(1)?,
            b'"' => at += string_end(bytes.get(at..)?)?,
            b'\\' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Where the string ends whose content and closing quote `bytes` begin with.
fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Whether `bytes` are what follows the text of the arguments: nothing, or a version.
fn is_version(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [b'@', b'"', quoted @ ..] => string_end(quoted) == Some(quoted.len()),
        [b'@', plain @ ..] => is_plain_version(plain),
        _ => false,
    }
}
