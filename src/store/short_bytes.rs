//! Bytes that are mostly few: key bytes and entity ids.
//!
//! Up to fourteen bytes stand in the item itself (a number, a short text), which saves an allocation and a memory
//! access per comparison; longer ones are on the heap. Used by the store and the index.

/// The most bytes that need no allocation: with length and tag it makes 16 bytes on wasm32, as a boxed slice does.
const INLINE: usize = 14;

#[derive(Clone)]
pub(crate) enum Short {
    Inline { length: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl Short {
    pub(crate) fn new(given: &[u8]) -> Self {
        if given.len() > INLINE {
            return Short::Heap(given.into());
        }
        let mut bytes = [0; INLINE];
        bytes[..given.len()].copy_from_slice(given);
        Short::Inline {
            length: given.len() as u8,
            bytes,
        }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Short::Inline { length, bytes } => &bytes[..*length as usize],
            Short::Heap(bytes) => bytes,
        }
    }

    /// Whether these are the bytes. In wasm `==` of slices is a loop over single bytes: this one takes eight at a time.
    #[inline]
    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        let own = self.as_bytes();
        let (mut chunks, mut other_chunks) = (own.chunks_exact(8), bytes.chunks_exact(8));
        own.len() == bytes.len()
            && chunks
                .by_ref()
                .zip(other_chunks.by_ref())
                .all(|(one, other)| word(one) == word(other))
            && chunks.remainder().iter().eq(other_chunks.remainder())
    }

    /// The bytes held outside the item.
    pub(crate) fn heap_size(&self) -> u32 {
        match self {
            Short::Inline { .. } => 0,
            Short::Heap(bytes) => bytes.len() as u32,
        }
    }
}

fn word(chunk: &[u8]) -> u64 {
    u64::from_le_bytes(chunk.try_into().unwrap_or_default())
}

impl Default for Short {
    fn default() -> Self {
        Short::new(&[])
    }
}
