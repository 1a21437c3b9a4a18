//! Entity ids out of JSON text, in one pass and without a tree.
//!
//! The scan goes from bracket to bracket with a stack of the open containers in which something can still be found, and
//! looks at names and elements only where the [`Matcher`] has a use for them; everything else is passed 64 bytes at a
//! time. It does not validate: on text that is no JSON it finds whatever it finds, in bounded time and space. Only
//! [`crate::extract`] uses it.

use crate::block::{Cursor, Look};
use crate::ids::Ids;
use crate::length::Lengths;
use crate::literal::{Literal, string_end};
use crate::matcher::{DEAD, Matcher, Record, State};
use crate::repeat::{SeenMember, drop_repeated, name_before, name_of};

/// Adds the ids that `matcher` finds in the text `json`, and says in `ids` whether the text is a list.
pub fn scan(matcher: &Matcher, json: &[u8], ids: &mut Ids) {
    let mut scan = Scan {
        matcher,
        json,
        lengths: if matcher.is_from_end {
            Lengths::count(json)
        } else {
            Lengths::default()
        },
        cursor: Cursor::new(json, &matcher.first_bytes),
        look: Look::Brackets,
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
    frames: Vec<Frame<'a>>,
    /// What the records of the open objects have so far; each frame's begin at its `slots`.
    slots: Vec<Option<Literal<'a>>>,
    /// The members of the open objects since the first that gave an id; each frame's begin at its `members`.
    members: Vec<SeenMember<'a>>,
    /// The place of the value that a member was just read for, and its state.
    expected: (usize, u32),
    ids: &'a mut Ids,
}

struct Frame<'a> {
    state: &'a State,
    kind: Kind,
    /// Where it opens.
    at: usize,
    /// How many ids there were when it opened.
    ids: usize,
}

#[derive(Clone, Copy)]
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

impl<'a> Scan<'a> {
    fn run(&mut self) {
        let start = self.skip_space(0);
        let rest = self.json.get(start..).unwrap_or_default();
        self.ids.is_list = rest.starts_with(b"[") || rest.starts_with(b"null");
        if !matches!(rest.first(), Some(b'[' | b'{')) {
            return self.take_scalar(self.state(self.matcher.root), rest);
        }
        while let Some(at) = self.cursor.next(self.look) {
            match self.byte(at) {
                b'{' | b'[' => self.open(at),
                b'}' | b']' => self.close(at),
                b'"' => self.read_member(at),
                _ => continue,
            }
            if self.frames.is_empty() {
                return;
            }
        }
    }

    fn open(&mut self, at: usize) {
        let state = self.state_at(at);
        let is_array = self.byte(at) == b'[';
        let is_live = if is_array {
            state.is_array_live
        } else {
            state.is_object_live
        };
        if !is_live {
            if let Some(end) = self.cursor.skip_container() {
                self.next_element(end);
            }
            return;
        }
        let kind = if is_array {
            Kind::Array {
                index: 0,
                length: self.lengths.of(at),
            }
        } else {
            Kind::Object {
                slots: self.slots.len(),
                members: self.members.len(),
                is_watched: false,
            }
        };
        self.frames.push(Frame {
            state,
            kind,
            at,
            ids: self.ids.len(),
        });
        self.look = look_for(state, kind);
        if is_array {
            self.read_elements(at + 1);
        } else {
            self.slots.resize(self.slots.len() + state.slots, None);
        }
    }

    /// The state of the value at `at`.
    fn state_at(&self, at: usize) -> &'a State {
        let number = match self.frames.last() {
            None => self.matcher.root,
            Some(Frame {
                state,
                kind: Kind::Array { index, length },
                ..
            }) => state.elements.state(*index, *length),
            Some(_) if self.expected.0 == at => self.expected.1,
            Some(frame) => frame.state.other,
        };
        self.state(number)
    }

    fn close(&mut self, at: usize) {
        let Some(frame) = self.frames.pop() else { return };
        if let Kind::Object { slots, members, .. } = frame.kind {
            drop_repeated(self.members.get(members..).unwrap_or_default(), self.ids);
            let values = self.slots.get(slots..).unwrap_or_default();
            for record in &frame.state.records {
                push_record(self.ids, record, values);
            }
            self.slots.truncate(slots);
            self.members.truncate(members);
        }
        let Some(parent) = self.frames.last() else { return };
        self.look = look_for(parent.state, parent.kind);
        match parent.kind {
            Kind::Array { .. } => self.next_element(at),
            Kind::Object { is_watched: false, .. } if self.ids.len() > frame.ids => self.watch(SeenMember {
                name: name_before(self.json, frame.at),
                ids: frame.ids,
            }),
            Kind::Object { .. } => {}
        }
    }

    /// From its first member that gives an id on, an object's members are remembered.
    fn watch(&mut self, member: SeenMember<'a>) {
        if let Some(Frame { kind, state, .. }) = self.frames.last_mut()
            && let Kind::Object { is_watched, .. } = kind
        {
            *is_watched = true;
            self.members.push(member);
            self.look = look_for(state, *kind);
        }
    }

    /// A string opens in an object: a name, or a value that begins like one.
    fn read_member(&mut self, at: usize) {
        let Some(&Frame {
            state,
            kind: Kind::Object { slots, is_watched, .. },
            ..
        }) = self.frames.last()
        else {
            return;
        };
        let inside = self.json.get(at + 1..).unwrap_or_default();
        let is_raw = |name: &str| {
            inside
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.first() == Some(&b'"'))
        };
        let mut member = state
            .members
            .iter()
            .find(|member| member.is_plain && is_raw(&member.name));
        let length = match member {
            Some(member) => member.name.len(),
            None => {
                let Some((end, is_escaped)) = string_end(inside) else {
                    return;
                };
                if is_escaped {
                    let name = name_of(inside.get(..end).unwrap_or_default());
                    member = state.members.iter().find(|member| member.name.as_bytes() == &*name);
                }
                if member.is_none() && self.look != Look::Strings {
                    return;
                }
                end
            }
        };
        let colon = self.skip_space(at + 1 + length + 1);
        if self.byte(colon) != b':' {
            return;
        }
        let start = self.skip_space(colon + 1);
        let value = self.json.get(start..).unwrap_or_default();
        if let Some(slot) = member.and_then(|member| member.slot)
            && let Some(target) = self.slots.get_mut(slots + slot as usize)
        {
            *target = Literal::read(value);
        }
        let seen = SeenMember {
            name: inside.get(..length).unwrap_or_default(),
            ids: self.ids.len(),
        };
        if is_watched {
            self.members.push(seen);
        }
        let next = member.map_or(state.other, |member| member.next);
        self.expected = (start, next);
        self.take_scalar(self.state(next), value);
        if self.ids.len() > seen.ids && !is_watched {
            self.watch(seen);
        }
    }

    /// A value ends at `at`; if it is an element, the next one follows its comma.
    fn next_element(&mut self, at: usize) {
        if let Some(Frame {
            state,
            kind: Kind::Array { index, .. },
            ..
        }) = self.frames.last_mut()
            && state.is_reading_elements
        {
            let comma = skip_space(self.json, at + 1);
            if self.json.get(comma) == Some(&b',') {
                *index += 1;
                self.read_elements(comma + 1);
            }
        }
    }

    /// Takes the elements from `at` on that are scalars, up to the first that is not: its bracket is the next mark.
    fn read_elements(&mut self, mut at: usize) {
        while let Some(Frame {
            state,
            kind: Kind::Array { index, length },
            ..
        }) = self.frames.last_mut()
            && state.is_reading_elements
        {
            at = skip_space(self.json, at);
            let element = self.json.get(at..).unwrap_or_default();
            if matches!(element.first(), None | Some(b'[' | b'{' | b']' | b'}')) {
                return;
            }
            let state = &self.matcher.states[state.elements.state(*index, *length) as usize];
            *index += 1;
            self.take_scalar(state, element);
            at = skip_space(self.json, at + scalar_length(element));
            if self.byte(at) != b',' {
                return;
            }
            at += 1;
        }
    }

    fn take_scalar(&mut self, state: &State, json: &'a [u8]) {
        if state.entities.is_empty() {
            return;
        }
        if let Some(literal) = Literal::read(json) {
            for &entity in &state.entities {
                self.ids.push_literals(entity, [Some(literal)].into_iter());
            }
        }
    }

    fn state(&self, number: u32) -> &'a State {
        // Every number in a matcher is that of one of its states.
        &self.matcher.states[number as usize]
    }

    fn byte(&self, at: usize) -> u8 {
        self.json.get(at).copied().unwrap_or_default()
    }

    fn skip_space(&self, at: usize) -> usize {
        skip_space(self.json, at)
    }
}

/// What is to be seen of a container.
fn look_for(state: &State, kind: Kind) -> Look {
    match kind {
        Kind::Object { is_watched, .. } if state.is_taking_others || is_watched && state.other != DEAD => Look::Strings,
        Kind::Object { .. } if !state.members.is_empty() => Look::Names,
        _ => Look::Brackets,
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

fn skip_space(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// How long the scalar at the start of `json` is.
fn scalar_length(json: &[u8]) -> usize {
    if let Some(inside) = json.strip_prefix(b"\"") {
        return string_end(inside).map_or(json.len(), |(end, _)| end + 2);
    }
    let is_end = |byte: &u8| {
        matches!(
            byte,
            b',' | b']' | b'}' | b'[' | b'{' | b'"' | b' ' | b'\n' | b'\r' | b'\t'
        )
    };
    json.iter().position(is_end).unwrap_or(json.len())
}
