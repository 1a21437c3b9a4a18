//! The lengths of the arrays of a JSON text, counted before the scan.
//!
//! Only rules that count from the end of an array (`$.items[-1]`) need them, and only for those the scan makes this pass.
//! One pass counts all arrays: to count each array when the scan enters it would cost the depth of the text times its
//! size.

use super::structure::Cursor;

/// The arrays of a text, in the order in which they open: where, and how many elements they have.
#[derive(Debug, Default)]
pub struct ArrayLengths {
    arrays: Vec<(usize, usize)>,
}

impl ArrayLengths {
    /// Counts the elements of all arrays.
    pub fn count(json: &[u8]) -> ArrayLengths {
        let mut arrays: Vec<(usize, usize)> = Vec::new();
        // The open containers: the number of an array, or `None` for an object.
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
        ArrayLengths { arrays }
    }

    /// The number of elements of the array that opens at `at`. For an array that was not counted it is the largest number,
    /// so that all its elements lie before its end.
    pub fn of(&self, at: usize) -> usize {
        let found = self.arrays.binary_search_by_key(&at, |(start, _)| *start);
        found
            .ok()
            .and_then(|number| self.arrays.get(number))
            .map_or(usize::MAX, |(_, length)| *length)
    }
}
