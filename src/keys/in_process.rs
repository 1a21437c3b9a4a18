//! In-process bytes of arguments: equal arguments give equal bytes, different arguments different ones.
//!
//! The memory store hashes and compares them. They are the words themselves, with the properties of every object in the
//! order of their numbers. They are quick to make, and mean nothing outside of this process.
//!
//! For example, `{ b: 1, a: 2 }` and `{ a: 2, b: 1 }` both give `ARGUMENTS 1, OBJECT 2, size 4, a, 2, b, 1`, if `a` has
//! a lower number than `b`.

use crate::sort::order;
use crate::words::{Arguments, Malformed, Reader, Result, UNSORTED, deeper, has_body, tag};
use std::cmp::Ordering;

/// Up to this number words are copied one by one.
const FEW: usize = 8;
/// Objects with at most this number of properties are sorted without an allocation.
const SMALL: usize = 16;

/// Appends the in-process bytes of `words`.
pub fn write(words: &[u32], out: &mut Vec<u8>) -> Result<()> {
    let arguments = Arguments::new(words)?;
    let mut body = arguments.body;
    out.reserve(4 * words.len());
    put_words(&[tag::ARGUMENTS | (arguments.count as u32) << 8], out);
    if arguments.is_sorted {
        put_words(body.rest(), out);
        return Ok(());
    }
    for _ in 0..arguments.count {
        sort(body.skip()?, 0, out)?;
    }
    body.end()
}

fn put_words(words: &[u32], out: &mut Vec<u8>) {
    if words.len() > FEW {
        return out.extend_from_slice(bytemuck::cast_slice(words));
    }
    // A copy of memory is a call out of the wasm module, which would cost more than these few words.
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

/// A property of an object, to be sorted.
#[derive(Clone, Copy, Default)]
struct Property<'a> {
    /// The words of its name, then those of its value.
    words: &'a [u32],
    /// The number of words of the name.
    name: usize,
}

impl Property<'_> {
    /// Compares the numbers of the names. A name without a number is a text, whose words are compared in any fixed order.
    fn compare(&self, other: &Self) -> Ordering {
        self.words.get(..self.name).cmp(&other.words.get(..other.name))
    }

    fn put(&self, depth: u32, out: &mut Vec<u8>) -> Result<()> {
        let (name, value) = self.words.split_at_checked(self.name).ok_or(Malformed)?;
        if !is_unsorted(value) {
            put_words(self.words, out);
            return Ok(());
        }
        put_words(name, out);
        sort(value, depth, out)
    }
}

/// Whether the value is or contains an object whose properties do not ascend.
fn is_unsorted(value: &[u32]) -> bool {
    matches!(value, &[first, size, ..] if has_body(first) && size & UNSORTED != 0)
}

/// Copies one value. The properties of every object are put in the order of their names.
fn sort(words: &[u32], depth: u32, out: &mut Vec<u8>) -> Result<()> {
    let (true, &[first, size, ref body @ ..]) = (is_unsorted(words), words) else {
        put_words(words, out);
        return Ok(());
    };
    let depth = deeper(depth)?;
    put_words(&[first, size & !UNSORTED], out);
    if first & 0xff != tag::OBJECT {
        let mut body = Reader::new(body);
        while !body.rest().is_empty() {
            sort(body.skip()?, depth, out)?;
        }
        return Ok(());
    }
    // A property has at least two words, so hostile words cannot ask for more memory than they take themselves.
    let count = ((first >> 8) as usize).min(body.len());
    if let Some(places) = Places::of(body, count) {
        return places.iter(body).try_for_each(|property| property.put(depth, out));
    }
    let mut body = Reader::new(body);
    let mut properties = Vec::with_capacity(count);
    for _ in 0..count {
        let rest = body.rest();
        let name = body.skip()?.len();
        body.skip()?;
        let words = rest.get(..rest.len() - body.rest().len()).ok_or(Malformed)?;
        properties.push(Property { words, name });
    }
    body.end()?;
    let at = |at: usize| properties.get(at).copied().unwrap_or_default();
    for number in order(count, &mut |one, other| at(one).compare(&at(other))) {
        at(number as usize).put(depth, out)?;
    }
    Ok(())
}

/// The places of a few properties, in the order of the numbers of their names. Most objects are sorted with it, without an
/// allocation. A place is one integer: from the highest bits down the number, the start and the end of the property.
struct Places {
    sorted: [u64; SMALL],
    count: usize,
}

impl Places {
    /// The bits of a start, and of an end.
    const BITS: u32 = 20;

    /// `None` if there are more properties, if a name has no number, or if the object is too long.
    fn of(body: &[u32], count: usize) -> Option<Places> {
        if count > SMALL || body.len() >> Self::BITS != 0 {
            return None;
        }
        let mut sorted = [0; SMALL];
        let mut reader = Reader::new(body);
        for index in 0..count {
            let start = body.len() - reader.rest().len();
            let &[name] = reader.skip().ok()? else { return None };
            reader.skip().ok()?;
            let end = body.len() - reader.rest().len();
            let place = u64::from(name >> 8) << (2 * Self::BITS) | (start as u64) << Self::BITS | end as u64;
            let mut at = index;
            while at > 0 && sorted[at - 1] > place {
                sorted[at] = sorted[at - 1];
                at -= 1;
            }
            sorted[at] = place;
        }
        reader.end().ok().map(|()| Places { sorted, count })
    }

    fn iter<'a>(&self, body: &'a [u32]) -> impl Iterator<Item = Property<'a>> {
        let part = |place: u64| (place & ((1 << Self::BITS) - 1)) as usize;
        self.sorted.iter().take(self.count).map(move |&place| Property {
            words: body.get(part(place >> Self::BITS)..part(place)).unwrap_or_default(),
            name: 1,
        })
    }
}
