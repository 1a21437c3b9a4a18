//! Sorting without a copy of the sort for every type: each costs 4 KB of wasm. Used where things are few or seldom sorted.

use std::cmp::Ordering;

/// The numbers below `count` in the order of the things that they stand for.
pub fn order(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..count as u32).collect();
    numbers.sort_unstable_by(|&one, &other| compare(one as usize, other as usize));
    numbers
}

/// Adds an item to a short sorted list, if it is not there yet.
pub fn insert<T: Ord>(sorted: &mut Vec<T>, item: T) {
    if let Err(at) = sorted.binary_search(&item) {
        sorted.insert(at, item);
    }
}
