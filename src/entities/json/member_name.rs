//! The name of a member, made ready to be looked for in JSON text.
//!
//! [`crate::entities::matcher`] makes them, [`crate::entities::scan`] compares them with the strings that it meets: two words at once, which
//! is the whole of most names.

/// So many bytes of a name are looked for, its quotes included.
const LONGEST: usize = 16;

/// What is looked at to find a name: the name, the colon behind it, and the first byte of the value.
pub const LOOK: usize = 32;

/// A name as JSON writes it, quotes included.
#[derive(Debug, Default)]
pub struct Name {
    words: [u64; 2],
    /// Which bits of the words are meant.
    masks: [u64; 2],
    /// How long it is; for one that is always spelled with an escape, more than is looked for.
    length: usize,
}

impl Name {
    /// The name of a member.
    pub fn new(name: &str) -> Name {
        let is_escaped = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let plain = name.bytes().position(|byte| is_escaped(&byte));
        let quoted = match plain {
            None => [b"\"", name.as_bytes(), b"\""].concat(),
            Some(end) => [b"\"", name.as_bytes().get(..end).unwrap_or_default()].concat(),
        };
        let mut bytes = [0; LONGEST];
        bytes.iter_mut().zip(&quoted).for_each(|(to, from)| *to = *from);
        Name {
            words: words(&bytes),
            masks: words(&bytes.map(|byte| if byte == 0 { 0 } else { 0xff })),
            length: if plain.is_none() { quoted.len() } else { LOOK },
        }
    }

    /// Whether the text that starts with `words` starts with the name, or with as much of it as is looked for: up to its
    /// first character that is always escaped.
    #[inline]
    pub fn is_start(&self, words: [u64; 2]) -> bool {
        (words[0] ^ self.words[0]) & self.masks[0] | (words[1] ^ self.words[1]) & self.masks[1] == 0
    }

    /// The number of bytes before the value in a text that starts with the name, if it is all of that and there is no
    /// space in between.
    #[inline]
    pub fn length_to_value(&self, json: &[u8; LOOK]) -> Option<usize> {
        let colon = self.length;
        let is_told = colon <= LONGEST && json[colon % LOOK] == b':' && json[(colon + 1) % LOOK] > b' ';
        is_told.then_some(colon + 1)
    }
}

/// Whether there is a backslash among the bytes of `words`. Without one, a text that does not start with a name is not
/// that name in another spelling either.
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
