//! Slices of arrays: which elements a rule selects by their places.

use crate::words::{Reader, Result};

/// `start:end:step`, as Python slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The first element, from the end if negative.
    pub start: Option<i64>,
    /// The element to stop before, from the end if negative.
    pub end: Option<i64>,
    /// The distance. A negative one goes backwards, 0 selects nothing.
    pub step: i64,
}

impl Slice {
    #[inline(never)]
    pub(super) fn read(words: &mut Reader) -> Result<Slice> {
        words.record(|fields| {
            Ok(Slice {
                start: fields.optional(Reader::integer)?,
                end: fields.optional(Reader::integer)?,
                step: fields.integer()?,
            })
        })
    }

    /// Whether the selection depends on the length of the array.
    pub fn is_from_end(&self) -> bool {
        let is_negative = |bound: Option<i64>| bound.is_some_and(|value| value < 0);
        self.step < 0 || is_negative(self.start) || is_negative(self.end)
    }

    /// Whether the element `index` of an array of `length` elements is selected (RFC 9535, section 2.3.4.2.2).
    pub fn is_selecting(&self, index: u64, length: u64) -> bool {
        let (index, length) = (index as i64, i64::try_from(length).unwrap_or(i64::MAX));
        let normalize = |bound: i64| if bound < 0 { length.saturating_add(bound) } else { bound };
        if self.step > 0 {
            let lower = self.start.map_or(0, normalize).clamp(0, length);
            let upper = self.end.map_or(length, normalize).clamp(0, length);
            lower <= index && index < upper && (index - lower) % self.step == 0
        } else if self.step < 0 {
            let upper = self.start.map_or(length - 1, normalize).clamp(-1, length - 1);
            let lower = self.end.map_or(-1, normalize).clamp(-1, length - 1);
            lower < index && index <= upper && (upper - index) % self.step == 0
        } else {
            false
        }
    }
}
