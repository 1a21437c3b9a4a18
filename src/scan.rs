//! Entity ids out of JSON text, in one pass and without a tree.
//!
//! The scan goes from bracket to bracket with a stack of the open containers in which something can still be found, and
//! looks at strings and commas only where the [`Matcher`] has a use for them; everything else is skipped 64 bytes at a
//! time. It does not validate: on text that is no JSON it finds whatever it finds, in bounded time and space. An object
//! that repeats a member counts the last one, as `JSON.parse` has it.

use crate::block::{Cursor, Look};
use crate::ids::Ids;
use crate::length::Lengths;
use crate::literal::{Literal, string_end, unescape};
use crate::matcher::{DEAD, Matcher, Member, Record, State};
use std::borrow::Cow;

/// Adds the ids that `matcher` finds in the text `json`, and says whether the text is a list.
pub fn scan(matcher: &Matcher, json: &[u8], ids: &mut Ids) {
    let mut scan = Scan {
        matcher,
        json,
        lengths: if matcher.is_from_end {
            Lengths::count(json)
        } else {
            Lengths::default()
        },
        cursor: Cursor::new(json),
        look: Look::default(),
        frames: Vec::new(),
        slots: Vec::new(),
        members: Vec::new(),
        expected: (usize::MAX, DEAD),
        ids,
    };
    scan.run();
    scan.ids.compact();
}

struct Scan<'a> {
    matcher: &'a Matcher,
    json: &'a [u8],
    lengths: Lengths,
    cursor: Cursor<'a>,
    /// What the innermost frame wants to see.
    look: Look,
    /// The open containers, except those in which nothing can be found.
    frames: Vec<Frame>,
    /// What the records of the open objects have so far; each frame's begin at its `slots`.
    slots: Vec<Option<Literal<'a>>>,
    /// The members of the open objects since the first that gave an id; each frame's begin at its `members`.
    members: Vec<SeenMember<'a>>,
    /// The place of the value that a member was just read for, and its state.
    expected: (usize, u32),
    ids: &'a mut Ids,
}

struct Frame {
    state: u32,
    kind: Kind,
    /// Where it opens.
    at: usize,
    /// How many ids there were when it opened.
    ids: usize,
}

enum Kind {
    Object {
        slots: usize,
        members: usize,
        /// Whether a value in it has given an id: then a later member of the same name takes it back.
        is_watched: bool,
    },
    Array {
        index: u64,
        length: u64,
    },
}

#[derive(Clone, Copy)]
struct SeenMember<'a> {
    /// The name, between its quotes.
    name: &'a [u8],
    /// How many ids there were before its value.
    ids: usize,
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        let start = self.skip_space(0);
        let rest = self.json.get(start..).unwrap_or_default();
        self.ids.is_list = rest.starts_with(b"[") || rest.starts_with(b"null");
        if !matches!(rest.first(), Some(b'[' | b'{')) {
            self.take_scalar(self.matcher.root, start);
            return;
        }
        while let Some(at) = self.cursor.next(self.look) {
            match self.byte(at) {
                b'{' => self.open_object(at),
                b'[' => self.open_array(at),
                b'}' | b']' => self.close(),
                b'"' => self.read_member(at),
                b',' => self.next_element(at),
                _ => continue,
            }
            if self.frames.is_empty() {
                return;
            }
        }
    }

    fn open_object(&mut self, at: usize) {
        let number = self.state_at(at);
        let state = self.state(number);
        if !state.is_object_live {
            return self.cursor.skip_container();
        }
        let kind = Kind::Object {
            slots: self.slots.len(),
            members: self.members.len(),
            is_watched: false,
        };
        self.slots.resize(self.slots.len() + state.slots, None);
        self.push(number, kind, at);
    }

    fn open_array(&mut self, at: usize) {
        let number = self.state_at(at);
        let state = self.state(number);
        if !state.is_array_live {
            return self.cursor.skip_container();
        }
        let length = self.lengths.of(at);
        self.push(number, Kind::Array { index: 0, length }, at);
        self.read_element(at);
    }

    fn push(&mut self, state: u32, kind: Kind, at: usize) {
        let ids = self.ids.len();
        self.frames.push(Frame { state, kind, at, ids });
        self.look_for_top();
    }

    /// The state of the container that opens at `at`.
    fn state_at(&self, at: usize) -> u32 {
        let Some(frame) = self.frames.last() else {
            return self.matcher.root;
        };
        let state = self.state(frame.state);
        match frame.kind {
            Kind::Array { index, length } => state.elements.state(index, length),
            Kind::Object { .. } if self.expected.0 == at => self.expected.1,
            Kind::Object { .. } => state.other,
        }
    }

    fn look_for_top(&mut self) {
        self.look = match self.frames.last() {
            None => Look::default(),
            Some(frame) => self.look_for(frame),
        };
    }

    fn look_for(&self, frame: &Frame) -> Look {
        let state = self.state(frame.state);
        let mask = |is_looked_for: bool| if is_looked_for { u64::MAX } else { 0 };
        match frame.kind {
            Kind::Object { is_watched, .. } => Look {
                strings: mask(!state.members.is_empty() || self.is_taking_others(state) || is_watched),
                commas: 0,
            },
            Kind::Array { .. } => {
                let is_taking = |number: u32| !self.state(number).entities.is_empty();
                Look {
                    strings: 0,
                    commas: mask(state.elements.uniform().is_none_or(is_taking)),
                }
            }
        }
    }

    /// Whether scalars are taken of members whatever their names.
    fn is_taking_others(&self, state: &State) -> bool {
        !self.state(state.other).entities.is_empty()
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if let Kind::Object { slots, members, .. } = frame.kind {
            self.drop_repeated(members);
            let state = self.state(frame.state);
            let values = self.slots.get(slots..).unwrap_or_default();
            for record in &state.records {
                push_record(self.ids, record, values);
            }
            self.slots.truncate(slots);
            self.members.truncate(members);
        }
        if self.ids.len() > frame.ids {
            self.watch_parent(&frame);
        }
        self.look_for_top();
    }

    /// From its first member that gave an id on, an object's members are remembered.
    fn watch_parent(&mut self, child: &Frame) {
        let name = name_before(self.json, child.at);
        if let Some(Frame {
            kind: Kind::Object { is_watched, .. },
            ..
        }) = self.frames.last_mut()
            && !std::mem::replace(is_watched, true)
        {
            self.members.push(SeenMember { name, ids: child.ids });
        }
    }

    /// Takes back the ids of the members, from the `first` on, whose names occur again after them.
    fn drop_repeated(&mut self, first: usize) {
        let members = self.members.get(first..).unwrap_or_default();
        if are_different(members) {
            return;
        }
        let end = self.ids.len();
        let ends = members.iter().skip(1).map(|next| next.ids).chain([end]);
        let mut named: Vec<_> = members
            .iter()
            .zip(ends)
            .map(|(member, end)| (name_of(member.name), member.ids, end))
            .collect();
        // The sort is stable: of equal names the last stays last.
        named.sort_by(|a, b| a.0.cmp(&b.0));
        for pair in named.windows(2) {
            if let [(name, start, end), (next, ..)] = pair
                && name == next
            {
                self.ids.drop_range(*start..*end);
            }
        }
    }

    /// A string opens in an object: a name, or a value that is not looked for.
    fn read_member(&mut self, at: usize) {
        let Some(&Frame {
            state: number,
            kind: Kind::Object { slots, is_watched, .. },
            ..
        }) = self.frames.last()
        else {
            return;
        };
        let state = self.state(number);
        let is_any = is_watched && state.other != DEAD || self.is_taking_others(state);
        if !is_any && !state.is_starting(self.byte(at + 1)) {
            return;
        }
        let Some((name, end)) = self.name_at(at) else { return };
        let colon = self.skip_space(end + 1);
        if self.byte(colon) != b':' {
            return;
        }
        let member = find_member(state, name);
        if member.is_none() && !is_any {
            return;
        }
        let value = self.skip_space(colon + 1);
        let ids = self.ids.len();
        if is_watched {
            self.members.push(SeenMember { name, ids });
        }
        let next = member.map_or(state.other, |member| member.next);
        if let Some(slot) = member.and_then(|member| member.slot)
            && let Some(target) = self.slots.get_mut(slots + slot as usize)
        {
            *target = Literal::read(self.json.get(value..).unwrap_or_default());
        }
        self.expected = (value, next);
        self.take_scalar(next, value);
        if self.ids.len() > ids && !is_watched {
            self.watch(SeenMember { name, ids });
        }
    }

    fn next_element(&mut self, at: usize) {
        if let Some(Frame {
            kind: Kind::Array { index, .. },
            ..
        }) = self.frames.last_mut()
        {
            *index += 1;
            self.read_element(at);
        }
    }

    /// Takes the element after the bracket or comma at `at`, if it is a scalar.
    fn read_element(&mut self, at: usize) {
        if self.look.commas != 0 {
            let value = self.skip_space(at + 1);
            self.take_scalar(self.state_at(value), value);
        }
    }

    fn take_scalar(&mut self, number: u32, at: usize) {
        let state = self.state(number);
        if state.entities.is_empty() {
            return;
        }
        if let Some(literal) = Literal::read(self.json.get(at..).unwrap_or_default()) {
            for &entity in &state.entities {
                self.ids.push_literals(entity, [Some(literal)].into_iter());
            }
        }
    }

    fn state(&self, number: u32) -> &'a State {
        // Every number in a matcher is that of one of its states; DEAD is always there.
        &self.matcher.states[number as usize]
    }

    fn byte(&self, at: usize) -> u8 {
        self.json.get(at).copied().unwrap_or_default()
    }

    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }
}

impl<'a> Scan<'a> {
    /// The string at `at`, between its quotes, and where its closing quote is.
    fn name_at(&self, at: usize) -> Option<(&'a [u8], usize)> {
        let rest = self.json.get(at..)?;
        let (length, _) = string_end(rest)?;
        Some((rest.get(1..length)?, at + length))
    }

    fn watch(&mut self, member: SeenMember<'a>) {
        self.members.push(member);
        if let Some(Frame {
            kind: Kind::Object { is_watched, .. },
            ..
        }) = self.frames.last_mut()
        {
            *is_watched = true;
        }
        self.look_for_top();
    }
}

fn push_record<'a>(ids: &mut Ids, record: &Record, slots: &[Option<Literal<'a>>]) {
    let value = |slot: &u32| slots.get(*slot as usize).copied().flatten();
    match (record.entity, record.slots.as_slice()) {
        (Some(entity), slots) => ids.push_literals(entity, slots.iter().map(value)),
        (None, [type_slot, slots @ ..]) => {
            let name = value(type_slot).filter(Literal::is_string);
            if let Some(entity) = name.and_then(|name| ids.type_index(&name.text())) {
                ids.push_literals(entity, slots.iter().map(value));
            }
        }
        (None, []) => {}
    }
}

/// Whether the members are so few that their names were compared, and found different.
fn are_different(members: &[SeenMember]) -> bool {
    const FEW: usize = 8;
    let is_plain = |member: &SeenMember| !member.name.contains(&b'\\');
    let differs =
        |(index, member): (usize, &SeenMember)| members.iter().skip(index + 1).all(|later| later.name != member.name);
    members.len() < 2 || members.len() <= FEW && members.iter().all(is_plain) && members.iter().enumerate().all(differs)
}

/// The member of this name, which is given as it stands between its quotes.
fn find_member<'s>(state: &'s State, name: &[u8]) -> Option<&'s Member> {
    let name = name_of(name);
    state.members.iter().find(|member| member.name.as_bytes() == &*name)
}

/// A member's name without its escapes.
fn name_of(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'\\') {
        return Cow::Borrowed(name);
    }
    let mut unescaped = Vec::with_capacity(name.len());
    unescape(name, &mut unescaped);
    Cow::Owned(unescaped)
}

/// The name of the member whose value starts at `at`, between its quotes; empty if there is none.
fn name_before(json: &[u8], at: usize) -> &[u8] {
    let before = |at: usize| json.get(..at).unwrap_or_default();
    let Some(end) = before(at)
        .trim_ascii_end()
        .strip_suffix(b":")
        .map(|rest| rest.trim_ascii_end().len().saturating_sub(1))
    else {
        return &[];
    };
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
