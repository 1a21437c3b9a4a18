//! The memory of a scan, which the next one uses again.
//!
//! Most results are short: to allocate for each would take as long as a tenth of the scan. [`crate::entities::scan`] uses it.

/// Vectors of numbers, empty but for that of the marks.
#[derive(Debug, Default)]
pub struct Room {
    /// For the marks: always as many, whatever they are.
    pub marks: Vec<u32>,
    /// For the open containers.
    pub open: Vec<u32>,
    /// For the slots of the open objects.
    pub slots: Vec<usize>,
}

/// Vectors of open containers with more room than this are given back.
const MOST_KEPT: usize = 256;

impl Room {
    /// What the next scan is to have of this.
    pub fn emptied(mut self) -> Room {
        self.open.clear();
        self.slots.clear();
        if self.open.capacity().max(self.slots.capacity()) > MOST_KEPT {
            (self.open, self.slots) = (Vec::new(), Vec::new());
        }
        self
    }
}
