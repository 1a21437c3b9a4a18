//! Members whose name is repeated: of `{"a":{"id":1},"a":5}` the last `a` counts, as in `JSON.parse`.
//!
//! `JSON.stringify` never writes such a text, but others may. Repeated members are removed before the scan, so that the
//! scan need not remember names.

use super::scalar::{string_end, unescape};
use super::structure::Cursor;
use crate::sort::order;
use std::borrow::Cow;

/// A member of an object: where its name begins, and the content of the name.
type Member<'a> = (usize, &'a [u8]);

/// The text without the members whose name occurs again later in their object. Spaces stand in their place.
pub fn without_repeated(json: &[u8]) -> Cow<'_, [u8]> {
    let mut places = Vec::new();
    // The members of the open objects, and for each open container where its own begin.
    let mut members: Vec<Member> = Vec::new();
    let mut starts = vec![0];
    let mut cursor = Cursor::new(json, None, Vec::new());
    while let Some(marks) = cursor.next_marks() {
        for at in marks.iter().map(|&at| at as usize) {
            match json.get(at) {
                Some(b'"') => members.extend(name_at(json, at).map(|name| (at, name))),
                Some(b'{' | b'[') => starts.push(members.len()),
                _ => {
                    let start = starts.pop().unwrap_or_default();
                    places.extend(repeated(members.get(start..).unwrap_or_default()));
                    members.truncate(start);
                }
            }
        }
    }
    places.sort_unstable();
    let mut text = Cow::Borrowed(json);
    let mut done = 0;
    for (from, to) in places {
        // One may lie within another.
        if let Some(rest) = text.to_mut().get_mut(from.max(done)..to) {
            rest.fill(b' ');
            done = to;
        }
    }
    text
}

/// The content of the string that opens at `at`, if it is a name.
fn name_at(json: &[u8], at: usize) -> Option<&[u8]> {
    let inside = json.get(at + 1..)?;
    let (name, behind) = inside.split_at_checked(string_end(inside)?.length)?;
    behind.get(1..)?.trim_ascii_start().starts_with(b":").then_some(name)
}

/// Where the members of an object are whose name occurs again, with the commas behind them.
fn repeated(members: &[Member]) -> Vec<(usize, usize)> {
    let names: Vec<_> = members.iter().map(|(_, name)| name_of(name)).collect();
    // Of equal names the last stays last.
    let sorted = order(names.len(), &mut |one, other| {
        names[one].cmp(&names[other]).then(one.cmp(&other))
    });
    let is_repeated = |pair: &&[u32]| names[pair[0] as usize] == names[pair[1] as usize];
    let place = |pair: &[u32]| {
        let member = pair[0] as usize;
        Some((members.get(member)?.0, members.get(member + 1)?.0))
    };
    sorted.windows(2).filter(is_repeated).filter_map(place).collect()
}

/// A name without its escapes.
pub fn name_of(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'\\') {
        return Cow::Borrowed(name);
    }
    let mut unescaped = Vec::with_capacity(name.len());
    unescape(name, &mut unescaped);
    Cow::Owned(unescaped)
}
