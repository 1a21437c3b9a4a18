//! The key bytes by which the in-memory store knows a call, and the way back from them to its cache key.
//!
//! Mostly they are the in-process bytes of the arguments, followed by the version of the function if it has one. If the
//! arguments are normalized, or the keys have Python's format, they are the cache key itself. That is slower, but calls
//! that are one call on a shared backend are then one call here too. A near cache has cache keys as well: the invalidation
//! log names calls by them. The store does not look into key bytes.

use super::rules::{KeyFormat, KeyRules, Refused};
use super::{cache_key, in_process};
use crate::words::{Arguments, Malformed, Reader, Result, tag};

/// The first byte of key bytes that are a cache key. In-process bytes begin with a tag, which is lower.
const CACHE_KEY: u8 = 0xfe;

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
    rules.as_text || rules.normalize || rules.format == KeyFormat::Python
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
/// If an argument has no place in the key.
pub fn write(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> std::result::Result<(), Refused> {
    out.clear();
    if needs_texts(rules) {
        out.push(CACHE_KEY);
        return cache_key::write(rules, words, out);
    }
    in_process::write(words, out).map_err(|malformed| Refused::from(malformed).within("arguments"))?;
    if let Some(version) = &rules.version {
        out.extend_from_slice(&(version.len() as u32).to_le_bytes());
        out.extend_from_slice(version.as_bytes());
    }
    Ok(())
}

/// Writes the key bytes of the call that has this cache key to `out`, whose content they replace.
pub fn of_cache_key(key: &str, out: &mut Vec<u8>) {
    out.clear();
    out.push(CACHE_KEY);
    out.extend_from_slice(key.as_bytes());
}

/// The cache key of the call with these key bytes. `None` if `write` did not make them, or if they contain a name that is
/// not among `names`.
pub fn to_cache_key(rules: &KeyRules, bytes: &[u8], names: &PropertyNames) -> Option<String> {
    if let Some((&CACHE_KEY, key)) = bytes.split_first() {
        return String::from_utf8(key.to_vec()).ok();
    }
    // Copied: key bytes may stand anywhere in memory, words only at multiples of four.
    let words = bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned::<u32>);
    let words: Vec<u32> = words.collect();
    let mut expanded = Vec::with_capacity(2 * words.len());
    let version = names.expand(&words, &mut expanded).ok()?;
    let rules = KeyRules {
        // Two definitions of one name may have different versions. The bytes say which one wrote them.
        version: match bytes.get(4 * version + 4..) {
            Some(version) => Some(String::from_utf8(version.to_vec()).ok()?),
            None => None,
        },
        ..rules.clone()
    };
    let mut key = Vec::new();
    cache_key::write(&rules, &expanded, &mut key).ok()?;
    String::from_utf8(key).ok()
}

/// The names of the properties that in-process bytes name by numbers.
#[derive(Debug, Default)]
pub struct PropertyNames {
    /// The words of each name.
    names: Vec<Vec<u32>>,
}

impl PropertyNames {
    /// Reads the names, in the order of their numbers. JavaScript writes them as if they were the arguments of a call.
    pub fn read(words: &[u32]) -> Result<Self> {
        let arguments = Arguments::new(words)?;
        let mut body = arguments.body;
        let names = (0..arguments.count)
            .map(|_| body.skip().map(<[u32]>::to_vec))
            .collect::<Result<_>>()?;
        Ok(PropertyNames { names })
    }

    /// Copies words, with texts in the place of numbers. Returns the number of words that the arguments take: what
    /// follows them is not copied.
    fn expand(&self, words: &[u32], out: &mut Vec<u32>) -> Result<usize> {
        let arguments = Arguments::new(words)?;
        out.extend(words.first());
        let mut body = arguments.body;
        for _ in 0..arguments.count {
            self.expand_value(body.skip()?, out)?;
        }
        Ok(words.len() - body.rest().len())
    }

    fn expand_value(&self, value: &[u32], out: &mut Vec<u32>) -> Result<()> {
        let first = value.first().copied().unwrap_or_default();
        match first & 0xff {
            tag::NAME => out.extend(self.names.get((first >> 8) as usize).ok_or(Malformed)?),
            tag::ARRAY..=tag::TO_JSON => {
                out.extend([first, 0]);
                let start = out.len();
                let mut body = Reader::new(value.get(2..).unwrap_or_default());
                while !body.rest().is_empty() {
                    self.expand_value(body.skip()?, out)?;
                }
                let length = (out.len() - start) as u32;
                if let Some(size) = out.get_mut(start - 1) {
                    *size = length;
                }
            }
            _ => out.extend(value),
        }
        Ok(())
    }
}
