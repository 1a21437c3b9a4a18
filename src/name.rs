//! The name of a member, made ready to be looked for in JSON text.
//!
//! [`crate::matcher`] makes them, [`crate::scan`] compares them with the strings that it meets: two words at once, which
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
    length: usize,
}

impl Name {
    /// The name of a member.
    pub fn new(name: &str) -> Name {
        if name.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
            // Written with an escape, it is never found as it is: no string begins with a zero.
            return Name {
                masks: [u64::MAX; 2],
                ..Name::default()
            };
        }
        let quoted = [b"\"", name.as_bytes(), b"\""].concat();
        let mut bytes = [0; LONGEST];
        bytes.iter_mut().zip(&quoted).for_each(|(to, from)| *to = *from);
        Name {
            words: words(&bytes),
            masks: words(&bytes.map(|byte| if byte == 0 { 0 } else { 0xff })),
            length: quoted.len(),
        }
    }

    /// Whether the text that starts with `words` starts with the name, or with as much of it as is looked for.
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
