//! Byte strings that are mostly short: key bytes and entity ids.
//!
//! Up to fourteen bytes (a number, a short text) stand in the item itself. That saves an allocation, and a memory access
//! for each comparison. Longer ones are on the heap.

/// The most bytes that stand in the item. With its length and the tag the item has 16 bytes on wasm32.
const INLINE: usize = 14;

#[derive(Clone)]
pub(crate) enum ShortBytes {
    Inline { length: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl ShortBytes {
    pub(crate) fn new(given: &[u8]) -> Self {
        if given.len() > INLINE {
            return ShortBytes::Heap(given.into());
        }
        let mut bytes = [0; INLINE];
        bytes[..given.len()].copy_from_slice(given);
        ShortBytes::Inline {
            length: given.len() as u8,
            bytes,
        }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            ShortBytes::Inline { length, bytes } => &bytes[..*length as usize],
            ShortBytes::Heap(bytes) => bytes,
        }
    }

    /// Whether the bytes are these. In wasm `==` of slices is a loop over single bytes; this one takes eight at a time.
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

    /// The number of bytes on the heap.
    pub(crate) fn heap_size(&self) -> u32 {
        match self {
            ShortBytes::Inline { .. } => 0,
            ShortBytes::Heap(bytes) => bytes.len() as u32,
        }
    }
}

fn word(chunk: &[u8]) -> u64 {
    u64::from_le_bytes(chunk.try_into().unwrap_or_default())
}

impl Default for ShortBytes {
    fn default() -> Self {
        ShortBytes::new(&[])
    }
}
