//! Whole numbers as decimal text. Most numbers in keys and ids are small and whole; they do not need the search for the
//! shortest digits that doubles need.

/// The most bytes of an `i32` as text.
const LONGEST: usize = 11;

/// An `i32` as text.
pub(crate) struct Decimal {
    bytes: [u8; LONGEST],
    start: usize,
}

impl Decimal {
    /// The text of `number`, if it is an `i32`.
    #[inline]
    pub(crate) fn of(number: f64) -> Option<Decimal> {
        let integer = number as i32;
        // Also true for -0, which is written as 0.
        (f64::from(integer) == number).then(|| Decimal::new(integer))
    }

    #[inline]
    pub(crate) fn new(integer: i32) -> Decimal {
        let mut bytes = [0; LONGEST];
        let mut start = LONGEST;
        let mut rest = integer.unsigned_abs();
        loop {
            start -= 1;
            bytes[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if integer < 0 {
            start -= 1;
            bytes[start] = b'-';
        }
        Decimal { bytes, start }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Appends the text byte by byte: a copy of unknown length is a call out of the wasm module.
    #[inline]
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        out.reserve(LONGEST);
        for &byte in self.as_bytes() {
            out.push(byte);
        }
    }
}
