//! The one sort of the module: insertion sort of short runs, then merges.
//!
//! The sorts of std are quicker by a third, but take 8 KB of the module for each type.

use std::cmp::Ordering;

/// Runs of this length are sorted by insertion.
const SHORT: usize = 16;

/// The numbers below `count`, in the order of the things that they stand for. Equal things keep their order. One pass is
/// enough if all are in order already.
pub fn order(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<u32> {
    let mut is_before = |one: u32, other: u32| compare(one as usize, other as usize) == Ordering::Less;
    let mut numbers: Vec<u32> = (0..count as u32).collect();
    for run in numbers.chunks_mut(SHORT) {
        insertion_sort(run, &mut is_before);
    }
    let mut merged = Vec::new();
    let mut length = SHORT;
    while length < count {
        merged.clear();
        for pair in numbers.chunks(2 * length) {
            let (lower, upper) = pair.split_at(length.min(pair.len()));
            merge(lower, upper, &mut is_before, &mut merged);
        }
        std::mem::swap(&mut numbers, &mut merged);
        length *= 2;
    }
    numbers
}

fn insertion_sort(run: &mut [u32], is_before: &mut dyn FnMut(u32, u32) -> bool) {
    for end in 1..run.len() {
        let mut at = end;
        while at > 0 && is_before(run[at], run[at - 1]) {
            run.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Appends two sorted runs as one.
fn merge(mut lower: &[u32], mut upper: &[u32], is_before: &mut dyn FnMut(u32, u32) -> bool, merged: &mut Vec<u32>) {
    if let (Some(&last), Some(&first)) = (lower.last(), upper.first())
        && is_before(first, last)
    {
        while let ([low, lows @ ..], [high, highs @ ..]) = (lower, upper) {
            if is_before(*high, *low) {
                merged.push(*high);
                upper = highs;
            } else {
                merged.push(*low);
                lower = lows;
            }
        }
    }
    merged.extend_from_slice(lower);
    merged.extend_from_slice(upper);
}

/// Adds an item to a short sorted list, unless it is there already.
pub fn insert<T: Ord>(sorted: &mut Vec<T>, item: T) {
    if let Err(at) = sorted.binary_search(&item) {
        sorted.insert(at, item);
    }
}
