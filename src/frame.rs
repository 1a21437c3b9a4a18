//! What a scan keeps of the containers that are open, and the room for it, which the next scan uses again.
//!
//! Most results are short: to allocate for each would take as long as a tenth of the scan. [`crate::scan`] uses it.

use crate::matcher::{DEAD, State};
use crate::repeat::SeenMember;

/// An open container.
#[derive(Debug)]
pub struct Frame<'a> {
    pub state: &'a State,
    pub is_array: bool,
    /// Of an object, whether a member of whatever name has given ids: then a later one of the same name takes them back.
    pub is_watched: bool,
    /// Where it opens.
    pub start: usize,
    /// How many ids there were when it opened.
    pub ids: usize,
    /// Where an object's slots begin, or the index of the element of an array that is next.
    pub slots: usize,
    /// Where an object's members begin, or how many elements an array has.
    pub members: usize,
}

impl Frame<'_> {
    /// Whether it is an object any member of which may give ids.
    #[inline]
    pub fn is_open(&self) -> bool {
        !self.is_array && self.state.other != DEAD
    }
}

/// The vectors of a scan that has ended, empty.
#[derive(Debug, Default)]
pub struct Room {
    frames: Vec<Frame<'static>>,
    slots: Vec<usize>,
    members: Vec<SeenMember<'static>>,
}

/// Vectors with more room than this are given back.
const MOST_KEPT: usize = 256;

impl Room {
    /// The vectors for a scan.
    pub fn take<'a>(&mut self) -> (Vec<Frame<'a>>, Vec<usize>, Vec<SeenMember<'a>>) {
        let Room { frames, slots, members } = std::mem::take(self);
        (emptied(frames), slots, emptied(members))
    }

    /// Keeps what [`Room::take`] gave.
    pub fn keep(&mut self, frames: Vec<Frame>, mut slots: Vec<usize>, members: Vec<SeenMember>) {
        if frames.capacity().max(slots.capacity()).max(members.capacity()) <= MOST_KEPT {
            slots.clear();
            *self = Room {
                frames: emptied(frames),
                slots,
                members: emptied(members),
            };
        }
    }
}

/// The allocation of a vector, for items that live as long as others do. (To collect in place allocates nothing.)
fn emptied<T, U>(mut items: Vec<T>) -> Vec<U> {
    items.clear();
    items.into_iter().filter_map(|_| None).collect()
}
