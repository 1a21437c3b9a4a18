//! Recognises the keys of one function among all keys.
//!
//! It is not enough that a key begins with a prefix and a name. Names may contain `:`, so the rest must look like an
//! argument part: `app:c:user:list:[1]` is a key of `user:list`, not one of `user`.

use super::cache_key::{HASH_TEXT, HASHED, READABLE};
use super::rules::KeyRules;
use crate::text::sink::URL_SAFE;

/// The argument part of the Python library for a call without arguments.
const PYTHON_NO_ARGUMENTS: &str = "noargs";
/// The length of an MD5 in hexadecimal.
const PYTHON_HASH_TEXT: usize = 32;

/// The argument part of `key`, if it is a key of the function with these rules.
pub fn part_of<'a>(key: &'a str, rules: &KeyRules) -> Option<&'a str> {
    let head = [&rules.prefix, rules.heading(), &rules.name, ":"];
    let part = head.iter().try_fold(key, |rest, piece| rest.strip_prefix(piece));
    part.filter(|part| is_argument_part(part))
}

/// Whether `text` is the argument part of a key, of ours or of the Python library.
pub fn is_argument_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.split_first() {
        Some((&HASHED, hash)) => hash.len() == HASH_TEXT && hash.iter().all(|digit| URL_SAFE.contains(digit)),
        Some((b'[', _)) => bytes.len() <= READABLE && array_end(bytes).is_some_and(|end| is_version(&bytes[end..])),
        _ => is_python_part(bytes),
    }
}

/// Whether `bytes` are an argument part of the Python library: an MD5 in hexadecimal, or no arguments.
fn is_python_part(bytes: &[u8]) -> bool {
    let is_hash = bytes.len() == PYTHON_HASH_TEXT && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash || bytes == PYTHON_NO_ARGUMENTS.as_bytes()
}

/// Where the array ends that `bytes` begin with. The inside of a string may look like an array: a backslash outside of
/// strings gives it away.
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

/// Where the string ends. `bytes` begin with its content, which its closing quote follows.
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

/// Whether `bytes` may follow the text of the arguments: nothing, or a version.
fn is_version(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [b'@', b'"', quoted @ ..] => string_end(quoted) == Some(quoted.len()),
        [b'@', plain @ ..] => is_plain_version(plain),
        _ => false,
    }
}

/// Whether a version stands in a key without quotes. Others are quoted: one with a `:` could pass for the argument part
/// of another function.
pub(super) fn is_plain_version(version: &[u8]) -> bool {
    version
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}
