//! The lengths of the arrays of a JSON text, counted ahead of the scan.
//!
//! Only rules that count from the end of an array (`$.items[-1]`) need them, and only then [`crate::entities::scan`] makes this
//! pass: one for the whole text, since counting each array when it is met would cost its depth times its size.

use crate::entities::json::structure::Cursor;

/// The arrays of a text, in the order in which they open: where, and how many elements they have.
#[derive(Debug, Default)]
pub struct Lengths {
    arrays: Vec<(usize, usize)>,
}

impl Lengths {
    /// Counts the elements of all arrays.
    pub fn count(json: &[u8]) -> Lengths {
        let mut arrays: Vec<(usize, usize)> = Vec::new();
        // The open containers: the number of an array, nothing for an object.
        let mut open: Vec<Option<usize>> = Vec::new();
        let mut cursor = Cursor::of_commas(json);
        while let Some(marks) = cursor.next_marks() {
            for at in marks.iter().map(|&at| at as usize) {
                match json.get(at) {
                    Some(b'[') => {
                        let inside = json.get(at + 1..).unwrap_or_default().trim_ascii_start();
                        open.push(Some(arrays.len()));
                        arrays.push((at, usize::from(!inside.starts_with(b"]"))));
                    }
                    Some(b'{') => open.push(None),
                    Some(b']' | b'}') => {
                        open.pop();
                    }
                    Some(b',') => {
                        if let Some(array) = open.last().copied().flatten().and_then(|number| arrays.get_mut(number)) {
                            array.1 += 1;
                        }
                    }
                    _ => {}
                }
            }
        }
        Lengths { arrays }
    }

    /// The number of elements of the array that opens at `at`; the largest there is if it was not counted, so that
    /// everything lies before its end.
    pub fn of(&self, at: usize) -> usize {
        let found = self.arrays.binary_search_by_key(&at, |(start, _)| *start);
        found
            .ok()
            .and_then(|number| self.arrays.get(number))
            .map_or(usize::MAX, |(_, length)| *length)
    }
}
