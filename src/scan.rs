//! Entity ids out of JSON text, in one pass and without a tree.
//!
//! The scan goes from mark to mark with a stack of the open containers in which something can still be found. Of an
//! object it reads the names that the [`Matcher`] has a use for, of an array the elements if they matter; everything
//! else is passed 64 bytes at a time. It does not validate: on text that is no JSON it finds whatever it finds, in
//! bounded time and space, since neither the cursor nor `at` ever goes back. Only [`crate::extract`] uses it.

use crate::block::{ByteSet, Cursor};
use crate::ids::Ids;
use crate::length::Lengths;
use crate::literal::{Literal, string_end};
use crate::matcher::{DEAD, Matcher, Member, Record, State};
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
        cursor: Cursor::new(json),
        at: 0,
        frames: Vec::new(),
        slots: Vec::new(),
        members: Vec::new(),
        ids,
    };
    scan.run();
    scan.ids.compact();
}

/// All strings.
static ANY: ByteSet = [true; 256];

struct Scan<'a> {
    matcher: &'a Matcher,
    json: &'a [u8],
    lengths: Lengths,
    cursor: Cursor<'a>,
    /// The end of the last value of an array; its next element is looked for from here on.
    at: usize,
    /// The open containers, except those in which nothing can be found.
    frames: Vec<Frame<'a>>,
    /// What the records of the open objects have so far; each frame's begin at its `slots`.
    slots: Vec<Option<Literal<'a>>>,
    /// The members of the open objects since the first that gave an id; each frame's begin at its `members`.
    members: Vec<SeenMember<'a>>,
    ids: &'a mut Ids,
}

#[derive(Clone, Copy)]
struct Frame<'a> {
    state: &'a State,
    kind: Kind,
    /// Where it opens.
    start: usize,
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

/// A member that was met.
struct Named<'a> {
    /// Its name, as it stands between its quotes.
    name: &'a [u8],
    /// What there is to do about it, if it matters by its name.
    member: Option<&'a Member>,
    /// The text from its value on.
    value: &'a [u8],
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        let text = trim_start(self.json);
        self.ids.is_list = text.starts_with(b"[") || text.starts_with(b"null");
        let root = self.state(self.matcher.root);
        if !is_container(text) {
            return self.take_scalar(root, text);
        }
        if let Some(start) = self.cursor.next_bracket() {
            self.open(root, start);
        }
        while let Some(&Frame { state, kind, .. }) = self.frames.last() {
            let is_going_on = match kind {
                Kind::Array { index, length } => self.go_through_array(state, index, length),
                Kind::Object { is_watched, .. } => self.go_through_object(state, is_watched),
            };
            if is_going_on.is_none() {
                return;
            }
        }
    }

    /// Enters the container whose bracket at `start` was the last mark; or reads it at once, or passes it, and answers
    /// `false`.
    #[inline]
    fn open(&mut self, state: &'a State, start: usize) -> bool {
        let ids = self.ids.len();
        let kind = match self.byte(start) {
            b'{' if state.is_leaf => {
                self.read_leaf(state);
                self.leave(start, ids);
                return false;
            }
            b'{' if state.is_object_live => {
                let slots = self.slots.len();
                self.slots.extend((0..state.slots).map(|_| None));
                Kind::Object {
                    slots,
                    members: self.members.len(),
                    is_watched: false,
                }
            }
            b'[' if state.is_array_live => Kind::Array {
                index: 0,
                length: self.lengths.of(start),
            },
            _ => {
                self.cursor.skip_container();
                self.catch_up();
                return false;
            }
        };
        self.catch_up();
        self.frames.push(Frame {
            state,
            kind,
            start,
            ids,
        });
        true
    }

    /// Reads an object that gives ids by its own scalars alone. It needs no frame, and for one id no slots.
    #[inline(never)]
    fn read_leaf(&mut self, state: &'a State) {
        let slots = self.slots.len();
        let only = state.only_field();
        let mut id = None;
        if only.is_none() {
            self.slots.extend((0..state.slots).map(|_| None));
        }
        while let Some(at) = self.cursor.next_string(&state.first_bytes.0, true)
            && self.byte(at) == b'"'
        {
            match self.name_at(state, at, false) {
                Some(Named { value, .. }) if only.is_some() => id = Literal::read(value),
                Some(Named {
                    member: Some(member),
                    value,
                    ..
                }) => self.fill_slot(slots, member, value),
                _ => {}
            }
        }
        match (only, id) {
            (None, _) => self.push_records(state, slots),
            (Some(entity), Some(id)) => self.ids.push_literal(entity, id),
            (Some(_), None) => {}
        }
    }

    /// Goes on in an object up to its end or into a value. `None` if the text ends first.
    fn go_through_object(&mut self, state: &'a State, is_watched: bool) -> Option<()> {
        let is_any = state.is_taking_others || is_watched && state.other != DEAD;
        let first_bytes = if is_any { &ANY } else { &state.first_bytes.0 };
        loop {
            let at = self.cursor.next_string(first_bytes, state.other == DEAD)?;
            let ids = self.ids.len();
            let is_entered = match self.byte(at) {
                b'"' => match self.name_at(state, at, is_any) {
                    Some(named) => {
                        let next = self.state(named.member.map_or(state.other, |member| member.next));
                        let is_opening = self.read_member(named, next, is_watched);
                        is_opening && {
                            let start = self.cursor.next_bracket()?;
                            self.open(next, start)
                        }
                    }
                    None => false,
                },
                b'{' | b'[' => self.open(self.state(state.other), at),
                b'}' | b']' => {
                    self.close();
                    true
                }
                _ => false,
            };
            // With its first id an object begins to be watched.
            if is_entered || self.ids.len() > ids {
                return Some(());
            }
        }
    }

    /// Takes what there is to take of a member, and says whether its value is to be opened.
    fn read_member(&mut self, named: Named<'a>, next: &State, is_watched: bool) -> bool {
        let Some(&Frame {
            kind: Kind::Object { slots, .. },
            ..
        }) = self.frames.last()
        else {
            return false;
        };
        let Named { name, member, value } = named;
        if let Some(member) = member {
            self.fill_slot(slots, member, value);
        }
        let seen = SeenMember {
            name,
            ids: self.ids.len(),
        };
        if is_watched {
            self.members.push(seen);
        }
        if is_container(value) {
            return next.is_object_live || next.is_array_live;
        }
        self.take_scalar(next, value);
        if self.ids.len() > seen.ids && !is_watched {
            self.watch(seen);
        }
        false
    }

    /// The member whose name opens at `at`, if it is one that matters by its name or `is_any` does.
    #[inline]
    fn name_at(&self, state: &'a State, at: usize, is_any: bool) -> Option<Named<'a>> {
        let inside = self.json.get(at + 1..)?;
        let mut member = state.members.iter().find(|member| is_named(inside, member));
        let length = match member {
            Some(member) => member.name.len(),
            None => {
                let (end, is_escaped) = string_end(inside)?;
                if is_escaped {
                    let name = name_of(inside.get(..end)?);
                    member = state.members.iter().find(|member| member.name.as_bytes() == &*name);
                }
                if member.is_none() && !is_any {
                    return None;
                }
                end
            }
        };
        let value = trim_start(inside.get(length + 1..)?).strip_prefix(b":")?;
        Some(Named {
            name: inside.get(..length)?,
            member,
            value: trim_start(value),
        })
    }

    #[inline]
    fn fill_slot(&mut self, slots: usize, member: &Member, value: &'a [u8]) {
        if let Some(slot) = member.slot
            && let Some(target) = self.slots.get_mut(slots + slot as usize)
        {
            *target = Literal::read(value);
        }
    }

    /// Goes on in an array up to its end or into an element. `None` if the text ends first.
    fn go_through_array(&mut self, state: &'a State, mut index: u64, length: u64) -> Option<()> {
        loop {
            let mut element = trim_start(self.json.get(self.at..)?);
            // Between a value and the next one is a comma.
            if element.first() == Some(&b',') {
                index += 1;
                element = trim_start(element.get(1..)?);
            }
            if state.is_reading_elements {
                element = self.take_scalars(state, element, &mut index, length);
            }
            self.at = self.json.len() - element.len();
            let at = self.cursor.next_bracket()?;
            let mark = self.byte(at);
            if matches!(mark, b'}' | b']') {
                self.close();
                return Some(());
            }
            let is_opening = matches!(mark, b'{' | b'[');
            if is_opening && self.open(self.state(state.elements.state(index, length)), at) {
                break;
            }
        }
        // Below the frame that was pushed.
        if let Some([Frame { kind, .. }, _]) = self.frames.last_chunk_mut() {
            *kind = Kind::Array { index, length };
        }
        Some(())
    }

    /// Takes the scalars among the elements up to the first that is none, and returns the text from there on.
    fn take_scalars(&mut self, state: &State, mut element: &'a [u8], index: &mut u64, length: u64) -> &'a [u8] {
        while !is_container(element) && !matches!(element.first(), None | Some(b']' | b'}')) {
            self.take_scalar(self.state(state.elements.state(*index, length)), element);
            let rest = trim_start(element.get(scalar_length(element)..).unwrap_or_default());
            let Some(next) = rest.strip_prefix(b",") else {
                return rest;
            };
            element = trim_start(next);
            *index += 1;
        }
        element
    }

    /// The innermost container ends.
    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if let Kind::Object { slots, members, .. } = frame.kind {
            drop_repeated(self.members.get(members..).unwrap_or_default(), self.ids);
            self.push_records(frame.state, slots);
            self.members.truncate(members);
        }
        self.leave(frame.start, frame.ids);
    }

    /// Goes back to the container around one that opened at `start` and with `ids` ids.
    #[inline]
    fn leave(&mut self, start: usize, ids: usize) {
        self.catch_up();
        if let Some(Frame {
            kind: Kind::Object { is_watched: false, .. },
            ..
        }) = self.frames.last()
            && self.ids.len() > ids
        {
            let name = name_before(self.json, start);
            self.watch(SeenMember { name, ids });
        }
    }

    /// Sets `at` to behind the last mark. Never back: on text that is no JSON it may be ahead of the cursor.
    #[inline]
    fn catch_up(&mut self) {
        self.at = self.at.max(self.cursor.position());
    }

    /// From its first member that gives an id on, an object's members are remembered.
    fn watch(&mut self, member: SeenMember<'a>) {
        if let Some(Frame {
            kind: Kind::Object { is_watched, .. },
            ..
        }) = self.frames.last_mut()
        {
            *is_watched = true;
            self.members.push(member);
        }
    }

    /// Makes the ids of an object of what its slots hold, and gives the slots back.
    fn push_records(&mut self, state: &State, slots: usize) {
        let values = self.slots.get(slots..).unwrap_or_default();
        for record in &state.records {
            push_record(self.ids, record, values);
        }
        self.slots.truncate(slots);
    }

    #[inline]
    fn take_scalar(&mut self, state: &State, json: &'a [u8]) {
        if !state.entities.is_empty()
            && let Some(literal) = Literal::read(json)
        {
            for &entity in &state.entities {
                self.ids.push_literal(entity, literal);
            }
        }
    }

    #[inline]
    fn state(&self, number: u32) -> &'a State {
        // Every number in a matcher is that of one of its states.
        &self.matcher.states[number as usize]
    }

    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.json.get(at).copied().unwrap_or_default()
    }
}

#[inline]
fn push_record<'a>(ids: &mut Ids, record: &Record, slots: &[Option<Literal<'a>>]) {
    let value = |slot: &u32| slots.get(*slot as usize).copied().flatten();
    match (record.entity, record.slots.as_slice()) {
        (Some(entity), [slot]) => {
            if let Some(literal) = value(slot) {
                ids.push_literal(entity, literal);
            }
        }
        (Some(entity), slots) => ids.push_joined(entity, slots.iter().map(value)),
        (None, [type_slot, slots @ ..]) => {
            let name = value(type_slot).filter(Literal::is_string);
            if let Some(entity) = name.and_then(|name| ids.type_index(&name.text())) {
                ids.push_joined(entity, slots.iter().map(value));
            }
        }
        (None, []) => {}
    }
}

/// Whether the string whose content `inside` starts with is the member's name, as it is.
#[inline]
fn is_named(inside: &[u8], member: &Member) -> bool {
    let name = member.name.as_bytes();
    member.is_plain && inside.get(name.len()) == Some(&b'"') && inside.iter().zip(name).all(|(a, b)| a == b)
}

#[inline]
fn is_container(json: &[u8]) -> bool {
    matches!(json.first(), Some(b'[' | b'{'))
}

#[inline]
fn trim_start(mut json: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = json {
        json = rest;
    }
    json
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
