//! The key bytes by which the in-memory store knows a call. js/memory/names.js finds the way back to its cache key.
//!
//! Mostly they are the in-process bytes of the arguments, followed by the version of the function if it has one. If the
//! arguments are normalized, or JavaScript writes the keys, they are the argument part of the cache key. That is slower, but
//! calls that are one call on a shared backend are then one call here too. A near cache has argument parts as well: the
//! invalidation log names calls by their cache keys. What stands before the part is the same for all calls of a function, so
//! no entry keeps it. The store does not look into key bytes.
//!
//! A core without the feature `texts` writes no cache keys: JavaScript then gives it the part in place of the arguments.

#[cfg(feature = "texts")]
use super::cache_key;
use super::in_process;
use super::rules::{KeyFormat, KeyRules};
#[cfg(feature = "texts")]
use crate::text::wellformed::wtf8;
#[cfg(feature = "texts")]
use crate::words::Arguments;
use crate::words::{Result, tag};

/// The first byte of key bytes that are the argument part of a cache key. In-process bytes begin with a tag, which is lower.
pub const ARGUMENT_PART: u8 = 0xfe;

/// Where the key bytes of a call are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyBytes<'a> {
    /// The words are the key bytes, as they are.
    Borrowed(&'a [u8]),
    /// Nowhere yet: [`write()`] makes them.
    Unwritten,
}

/// Whether the words must have the names of properties as texts.
pub fn needs_texts(rules: &KeyRules) -> bool {
    cfg!(feature = "texts") && (rules.as_text || rules.normalize || rules.format == KeyFormat::Given)
}

/// Borrows the key bytes from the words, if the words are exactly that. Most calls need no copy.
#[inline]
pub fn borrow<'a>(rules: &KeyRules, words: &'a [u32]) -> KeyBytes<'a> {
    let is_sorted = words.first().is_some_and(|first| first & 0xff == tag::ARGUMENTS);
    if is_sorted && rules.version.is_none() && !needs_texts(rules) {
        KeyBytes::Borrowed(bytemuck::cast_slice(words))
    } else {
        KeyBytes::Unwritten
    }
}

/// Writes the key bytes of a call to `out`, whose content they replace.
///
/// # Errors
/// If the words are malformed.
pub fn write(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> Result<()> {
    out.clear();
    #[cfg(feature = "texts")]
    if needs_texts(rules) {
        out.push(ARGUMENT_PART);
        return match rules.format {
            KeyFormat::Given => put_given(words, out),
            _ => cache_key::write_part(rules, words, out),
        };
    }
    in_process::write(words, out)?;
    if let Some(version) = &rules.version {
        out.extend_from_slice(&(version.len() as u32).to_le_bytes());
        out.extend_from_slice(version.as_bytes());
    }
    Ok(())
}

/// Appends the argument part that stands in the place of the arguments.
#[cfg(feature = "texts")]
fn put_given(words: &[u32], out: &mut Vec<u8>) -> Result<()> {
    let mut arguments = Arguments::new(words)?;
    out.extend_from_slice(&wtf8(arguments.body.text()?));
    arguments.body.end()
}

/// The key bytes of the call whose cache key has this argument part.
#[cfg(feature = "texts")]
pub fn of_part(part: &str) -> Vec<u8> {
    [&[ARGUMENT_PART], part.as_bytes()].concat()
}
