//! The key bytes by which the in-memory store knows a call, and the way back from them to its cache key.
//!
//! Mostly they are the in-process bytes of the arguments, followed by the version of the function if it has one. Where
//! keys are made by rules of their own (normalized arguments, Python's format) they are the cache key itself: slower,
//! but what is one call on a shared backend is then one call here. The store does not look into them.

use crate::keys::cache_key::{self, KeyFormat, KeyOutcome, KeyRules};
use crate::keys::canonical;
use crate::words::{Arguments, Malformed, Reader, Result, tag};

/// First byte of key bytes that are a cache key; in-process bytes begin with a tag.
const CACHE_KEY: u8 = 0xfe;

/// Whether the words must have the names of properties as texts.
pub fn needs_texts(rules: &KeyRules) -> bool {
    rules.normalize || rules.format == KeyFormat::Python
}

/// The words as key bytes, where they are exactly that.
#[inline]
pub fn borrow<'a>(rules: &KeyRules, words: &'a [u32]) -> Option<&'a [u8]> {
    let is_sorted = words.first().is_some_and(|first| first & 0xff == tag::ARGUMENTS);
    let is_plain = is_sorted && rules.version.is_none() && !needs_texts(rules);
    is_plain.then(|| bytemuck::cast_slice(words))
}

/// Puts the key bytes of a call into `out`, in the place of what it held.
pub fn write(rules: &KeyRules, words: &[u32], out: &mut Vec<u8>) -> KeyOutcome {
    out.clear();
    if needs_texts(rules) {
        out.push(CACHE_KEY);
        return cache_key::write(rules, words, out);
    }
    if canonical::in_process(words, out).is_err() {
        return KeyOutcome::Refused {
            path: "arguments".into(),
            reason: "could not be decoded".into(),
        };
    }
    if let Some(version) = &rules.version {
        out.extend_from_slice(&(version.len() as u32).to_le_bytes());
        out.extend_from_slice(version.as_bytes());
    }
    KeyOutcome::Written
}

/// The cache key of the call with these key bytes. `None` if they are not what `write` makes, or contain a name that
/// is not among `names`.
pub fn cache_key(rules: &KeyRules, bytes: &[u8], names: &PropertyNames) -> Option<String> {
    if let Some((&CACHE_KEY, key)) = bytes.split_first() {
        return String::from_utf8(key.to_vec()).ok();
    }
    // Copied: key bytes may stand anywhere in memory, words only at multiples of four.
    let words = bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned::<u32>);
    let words: Vec<u32> = words.collect();
    let mut expanded = Vec::with_capacity(2 * words.len());
    let version = names.expand(&words, &mut expanded).ok()?;
    let rules = KeyRules {
        // Two definitions of one name may have versions of their own: the bytes know which one wrote them.
        version: match bytes.get(4 * version + 4..) {
            Some(version) => Some(String::from_utf8(version.to_vec()).ok()?),
            None => None,
        },
        ..rules.clone()
    };
    let mut key = Vec::new();
    match cache_key::write(&rules, &expanded, &mut key) {
        KeyOutcome::Written => String::from_utf8(key).ok(),
        KeyOutcome::Refused { .. } => None,
    }
}

/// The names of properties that stand as numbers in in-process bytes.
#[derive(Debug, Default)]
pub struct PropertyNames {
    /// The words of each name.
    names: Vec<Vec<u32>>,
}

impl PropertyNames {
    /// Reads the names from words that were written as if they were the arguments of a call, in the order of their
    /// numbers.
    pub fn read(words: &[u32]) -> Result<Self> {
        let arguments = Arguments::new(words)?;
        let mut body = arguments.body;
        let names = (0..arguments.count)
            .map(|_| body.skip().map(<[u32]>::to_vec))
            .collect::<Result<_>>()?;
        Ok(PropertyNames { names })
    }

    /// Writes words with texts in the place of numbers. Returns the number of words read: what follows the arguments is
    /// left.
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
