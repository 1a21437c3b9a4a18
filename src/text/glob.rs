//! Patterns as Redis matches them (`KEYS`, `SCAN MATCH`), on bytes.

/// Whether the whole of `text` matches `pattern`: `*`, `?`, `[abc]`, `[a-z]`, `[^…]`, and `\` before any of them.
///
/// As in Redis, an unclosed `[` reaches to the end of the pattern, a range may be given backwards, and a `\` at the end of a
/// pattern means that backslash. Time is at most quadratic: if the match fails after a later `*`, no earlier one is tried
/// again, since that could not help.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut position) = (0, 0);
    // Where to go on if the match fails: after the last `*`, one byte of text further on.
    let mut star = None;
    loop {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, position));
            continue;
        }
        match text.get(position) {
            None if at == pattern.len() => return true,
            None => return false,
            Some(&byte) => match match_one(&pattern[at..], byte) {
                Some(length) => {
                    at += length;
                    position += 1;
                }
                None => match star {
                    Some((after, from)) => {
                        star = Some((after, from + 1));
                        at = after;
                        position = from + 1;
                    }
                    None => return false,
                },
            },
        }
    }
}

/// The length of the first element of `pattern`, if the element matches `byte`. Not for `*`.
fn match_one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', class @ ..] => {
            let (is_match, length) = match_class(class, byte);
            is_match.then_some(1 + length)
        }
        [b'\\', escaped, ..] => (*escaped == byte).then_some(2),
        [literal, ..] => (*literal == byte).then_some(1),
    }
}

/// Whether a class holds `byte`, and its length with its `]`. `class` begins behind the `[`.
fn match_class(class: &[u8], byte: u8) -> (bool, usize) {
    let is_negated = class.first() == Some(&b'^');
    let mut at = usize::from(is_negated);
    let mut is_match = false;
    loop {
        match &class[at..] {
            [] => break,
            [b']', ..] => {
                at += 1;
                break;
            }
            [b'\\', escaped, ..] => {
                is_match |= *escaped == byte;
                at += 2;
            }
            [from, b'-', to, ..] => {
                is_match |= (*from.min(to)..=*from.max(to)).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                is_match |= *literal == byte;
                at += 1;
            }
        }
    }
    (is_match != is_negated, at)
}
