//! Members that repeat: in `{"a":{"id":1},"a":5}` the last `a` counts, as `JSON.parse` has it.
//!
//! `JSON.stringify` never writes such a text, others may. [`crate::scan`] notes the members of an object that give ids,
//! and what may be a later member of equal name: that takes back what the earlier one gave.

use crate::ids::Ids;
use crate::literal::unescape;
use crate::order::order;
use std::borrow::Cow;

/// A member of an object that is being scanned.
#[derive(Debug, Clone, Copy)]
pub struct SeenMember<'a> {
    /// The name, as it stands between its quotes.
    pub name: &'a [u8],
    /// How many ids there were before its value.
    pub ids: usize,
}

/// Takes back the ids of those of an object's members whose names occur again after them. `has_escapes`: some of the
/// names may be spelled with escapes.
#[inline(never)]
pub fn drop_repeated(members: &[SeenMember], has_escapes: bool, ids: &mut Ids) {
    if !has_escapes && are_different(members) {
        return;
    }
    let ends = members.iter().skip(1).map(|next| next.ids).chain([ids.len()]);
    let named: Vec<_> = members
        .iter()
        .zip(ends)
        .map(|(member, end)| (name_of(member.name), member.ids..end))
        .collect();
    let name_at = |at: usize| named.get(at).map(|(name, _)| name);
    // Of equal names the last stays last.
    let sorted = order(named.len(), &mut |one, other| {
        name_at(one).cmp(&name_at(other)).then(one.cmp(&other))
    });
    for pair in sorted.windows(2) {
        if let &[one, next] = pair
            && let Some((name, range)) = named.get(one as usize)
            && Some(name) == name_at(next as usize)
        {
            ids.drop_range(range.clone());
        }
    }
}

/// Whether the members are so few that their names were compared, and found different.
fn are_different(members: &[SeenMember]) -> bool {
    const FEW: usize = 8;
    let differs =
        |(index, member): (usize, &SeenMember)| members.iter().skip(index + 1).all(|later| later.name != member.name);
    members.len() < 2 || members.len() <= FEW && members.iter().enumerate().all(differs)
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

/// Up to this length a loop over the bytes is quicker than a call.
const SHORT_NAME: usize = 16;

/// The name of the member whose value starts at `at`, as it stands between its quotes; empty if there is none.
pub fn name_before(json: &[u8], at: usize) -> &[u8] {
    let before = |at: usize| json.get(..at).unwrap_or_default();
    // Most often it is short and plain, and nothing stands between it and the value.
    if let Some(inside) = before(at).strip_suffix(b"\":")
        && let Some(length) = inside
            .iter()
            .rev()
            .take(SHORT_NAME)
            .position(|byte| matches!(byte, b'"' | b'\\'))
        && let (outside, name) = inside.split_at(inside.len() - length)
        && let [.., before, b'"'] = outside
        && *before != b'\\'
    {
        return name;
    }
    let string = before(at)
        .trim_ascii_end()
        .strip_suffix(b":")
        .and_then(|rest| rest.trim_ascii_end().strip_suffix(b"\""));
    let end = string.unwrap_or_default().len();
    let mut start = end;
    while let Some(quote) = memchr::memrchr(b'"', before(start)) {
        let backslashes = before(quote).iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            return json.get(quote + 1..end).unwrap_or_default();
        }
        start = quote;
    }
    &[]
}
