//! The name of a member, prepared to be found in JSON text.
//!
//! It is compared sixteen bytes at a time, as two words. Most names are no longer.

/// The bytes of a name that are compared, its quotes included.
const LONGEST: usize = 16;

/// The bytes that are loaded at once: a name (at most 16), the colon, and the first byte of the value.
pub const LOOK: usize = 32;

/// A name as JSON writes it, quotes included.
#[derive(Debug, Default)]
pub struct MemberName {
    words: [u64; 2],
    /// The bits of the words that are compared.
    masks: [u64; 2],
    /// Its length. For a name that needs an escape it is longer than any that is compared.
    length: usize,
}

impl MemberName {
    /// The name of a member, given as WTF-8.
    pub fn new(name: &[u8]) -> MemberName {
        let is_escaped = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let plain = name.iter().position(is_escaped);
        let quoted = match plain {
            None => [b"\"", name, b"\""].concat(),
            Some(end) => [b"\"", name.get(..end).unwrap_or_default()].concat(),
        };
        let mut bytes = [0; LONGEST];
        bytes.iter_mut().zip(&quoted).for_each(|(to, from)| *to = *from);
        MemberName {
            words: words(&bytes),
            masks: words(&bytes.map(|byte| if byte == 0 { 0 } else { 0xff })),
            length: if plain.is_none() { quoted.len() } else { LOOK },
        }
    }

    /// Whether the text that starts with `words` starts with the name, or with the part of it that is compared: up to its
    /// first character that needs an escape.
    #[inline]
    pub fn is_start(&self, words: [u64; 2]) -> bool {
        (words[0] ^ self.words[0]) & self.masks[0] | (words[1] ^ self.words[1]) & self.masks[1] == 0
    }

    /// The number of bytes before the value, in a text that starts with the name. `None` if only a part of the name was
    /// compared, or if space stands before the value.
    #[inline]
    pub fn length_to_value(&self, json: &[u8; LOOK]) -> Option<usize> {
        let colon = self.length;
        let is_whole = colon <= LONGEST && json[colon % LOOK] == b':' && json[(colon + 1) % LOOK] > b' ';
        is_whole.then_some(colon + 1)
    }
}

/// Whether the bytes of `words` contain a backslash. If not, a text that does not start with a name does not spell that
/// name in another way either.
#[inline]
pub fn has_backslash(words: [u64; 2]) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let is_in = |word: u64| {
        let difference = word ^ (LOW * u64::from(b'\\'));
        difference.wrapping_sub(LOW) & !difference & (LOW << 7) != 0
    };
    is_in(words[0]) || is_in(words[1])
}

/// The first sixteen bytes as two words.
#[inline]
pub fn words(bytes: &[u8]) -> [u64; 2] {
    let word = |at: usize| {
        bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .map_or(0, |word| u64::from_le_bytes(*word))
    };
    [word(0), word(8)]
}
