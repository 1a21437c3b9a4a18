//! Entity ids out of JSON text, in one pass and without a tree.
//!
//! The scan goes from mark to mark with a stack of the open containers in which something can still be found. Of an
//! object it reads the names that the [`Matcher`] has a use for, of an array the elements if they matter; everything
//! else is passed 64 bytes at a time. It does not validate: on text that is no JSON it finds whatever it finds, in
//! bounded time and space, since it never goes back. Of a name that repeats in its object it finds the ids of all, not of
//! the last alone, unless [`crate::entities::json::repeated`] has removed the others. Only [`crate::entities::extract`] uses it.
//!
//! The loop over the marks keeps few values at hand, and what is rare is out of line: with more than a dozen V8 moves
//! them to and fro between memory and registers, which was measured to take a fifth of the time.

use crate::entities::ids::Ids;
use crate::entities::json::array_lengths::Lengths;
use crate::entities::json::member_name::{has_backslash, words};
use crate::entities::json::repeated::name_of;
use crate::entities::json::scalar::{Literal, read_short, string_end};
use crate::entities::json::structure::Cursor;
use crate::entities::matcher::{DEAD, Matcher, Member, Record, State};
use crate::entities::room::Room;
use std::slice::Iter;

/// Adds the ids that `matcher` finds in the text `json`, and says in `ids` whether the text is a list.
pub fn scan(matcher: &Matcher, json: &[u8], ids: &mut Ids) {
    let Room { marks, open, slots } = std::mem::take(&mut ids.room);
    let mut cursor = Cursor::new(json, matcher.initials.as_deref(), marks);
    let mut scan = Scan {
        matcher,
        json,
        lengths: if matcher.is_from_end {
            Lengths::count(json)
        } else {
            Lengths::default()
        },
        open,
        places: Vec::new(),
        slots,
        dead: 0,
        behind: 0,
        taken: 0,
        ids,
    };
    scan.run(&mut cursor);
    let Scan { open, slots, ids, .. } = scan;
    let marks = cursor.into_room();
    ids.room = Room { marks, open, slots }.emptied();
}

struct Scan<'a> {
    matcher: &'a Matcher,
    json: &'a [u8],
    lengths: Lengths,
    /// The containers around the innermost one in which something can be found: the numbers of their states, twice that
    /// plus 1 for an array.
    open: Vec<u32>,
    /// Of the open arrays whose elements' states differ, the index of the next element and the number of all.
    places: Vec<(usize, usize)>,
    /// Where the values are that the records of the open objects are made of, 0 for none yet.
    slots: Vec<usize>,
    /// How many containers are open in which nothing can be found.
    dead: usize,
    /// The end of the last container.
    behind: usize,
    /// Up to where scalars were taken of arrays.
    taken: usize,
    ids: &'a mut Ids,
}

impl<'a> Scan<'a> {
    fn run(&mut self, cursor: &mut Cursor) {
        let start = self.skip_space(0);
        let text = self.rest(start);
        self.ids.is_list = text.starts_with(b"[") || text.starts_with(b"null");
        if !self.is_container(start) {
            return self.take_scalar(self.matcher.root, start);
        }
        // The innermost container in which something can be found: its state, and whether it is an array.
        let (mut state, mut is_array) = (self.state(DEAD), false);
        // The state of the next container, if it is the document or the value of a member that was met.
        let mut next = Some(self.matcher.root);
        while let Some(marks) = cursor.next_marks() {
            let mut marks = marks.iter();
            if self.dead > 0 {
                self.skip(&mut marks);
            }
            while let Some(at) = marks.next().map(|&at| at as usize) {
                let byte = self.byte(at);
                if byte == b'"' {
                    if !is_array {
                        next = self.read_member(state, at);
                    }
                } else if is_opening(byte) {
                    let inner = match next.take() {
                        Some(number) => number,
                        None if is_array => self.go_to_element(state, at),
                        None => state.other,
                    };
                    let inner = self.state(inner);
                    let is_inner_array = byte == b'[';
                    if !(is_inner_array && inner.is_array_live || !is_inner_array && inner.is_object_live) {
                        self.dead = 1;
                        self.skip(&mut marks);
                        continue;
                    }
                    self.open.push(state.number << 1 | u32::from(is_array));
                    (state, is_array) = (inner, is_inner_array);
                    self.enter(state, at, is_array);
                } else {
                    self.leave(state, is_array, at);
                    let Some(frame) = self.open.pop() else { return };
                    (state, is_array) = (self.state(frame >> 1), frame & 1 == 1);
                }
            }
        }
    }

    /// Goes to the end of the `dead` containers, as far as it is among these marks.
    #[inline]
    fn skip(&mut self, marks: &mut Iter<u32>) {
        let mut dead = self.dead;
        for at in marks.map(|&at| at as usize) {
            let byte = self.byte(at);
            if is_opening(byte) {
                dead += 1;
            } else if byte != b'"' {
                dead -= 1;
                if dead == 0 {
                    self.behind = at + 1;
                    break;
                }
            }
        }
        self.dead = dead;
    }

    /// Makes room for what is kept of a container that opens at `start`.
    #[inline]
    fn enter(&mut self, state: &State, start: usize, is_array: bool) {
        self.behind = start + 1;
        if is_array {
            if state.element.is_none() {
                self.places.push((0, self.lengths.of(start)));
            }
        } else {
            for _ in 0..state.slots {
                self.slots.push(0);
            }
        }
    }

    /// Takes what there is to take in the end, `at`, of a container.
    #[inline]
    fn leave(&mut self, state: &State, is_array: bool, at: usize) {
        if is_array {
            self.go_to_element(state, at);
            if state.element.is_none() {
                self.places.pop();
            }
        } else if state.slots > 0 {
            let start = self.slots.len().saturating_sub(state.slots);
            for record in &state.records {
                push_record(self.ids, record, self.json, self.slots.get(start..).unwrap_or_default());
            }
            self.slots.truncate(start);
        }
        self.behind = at + 1;
    }

    /// Takes what there is to take of the member whose name opens at `at`, if it is one that matters, and answers the
    /// number of the state of its value if that is a container.
    #[inline]
    fn read_member(&mut self, state: &'a State, at: usize) -> Option<u32> {
        let Some(look) = self.rest(at).first_chunk() else {
            return self.read_odd_member(state, at);
        };
        let words = words(look);
        match state.members.iter().find(|member| member.spelled.is_start(words)) {
            Some(member) => match member.spelled.length_to_value(look) {
                Some(length) => self.take_member(state, member, at + length),
                None => self.read_odd_member(state, at),
            },
            None if state.is_taking_others || has_backslash(words) => self.read_odd_member(state, at),
            None => None,
        }
    }

    /// The same, however the name is written.
    #[inline(never)]
    fn read_odd_member(&mut self, state: &'a State, at: usize) -> Option<u32> {
        let inside = self.rest(at + 1);
        let (length, _) = string_end(inside)?;
        let colon = self.skip_space(at + length + 2);
        if self.byte(colon) != b':' {
            return None;
        }
        let name = name_of(inside.get(..length)?);
        let value = self.skip_space(colon + 1);
        match state.members.iter().find(|member| member.name.as_bytes() == &*name) {
            Some(member) => self.take_member(state, member, value),
            None => {
                self.take_scalar(state.other, value);
                self.is_container(value).then_some(state.other)
            }
        }
    }

    /// Takes what there is to take of a member whose value is at `value`.
    #[inline]
    fn take_member(&mut self, state: &'a State, member: &'a Member, value: usize) -> Option<u32> {
        if let Some(slot) = member.slot
            && let Some(start) = self.slots.len().checked_sub(state.slots)
            && let Some(target) = self.slots.get_mut(start + slot as usize)
        {
            *target = value;
        }
        match member.entities.as_slice() {
            [] => {}
            [entity] => self.ids.push_scalar(*entity, self.rest(value)),
            entities => self.push_all(entities, value),
        }
        (member.next != DEAD && self.is_container(value)).then_some(member.next)
    }

    /// Takes the scalar at `at`, if it is one, as ids of the types of the state `number`.
    fn take_scalar(&mut self, number: u32, at: usize) {
        self.push_all(&self.state(number).entities, at);
    }

    #[inline(never)]
    fn push_all(&mut self, entities: &[u32], at: usize) {
        for &entity in entities {
            self.ids.push_scalar(entity, self.rest(at));
        }
    }

    /// Goes on from the end of an element of an array, `behind`, to the next container or the end of the array, at `at`,
    /// and answers the state of what is there.
    #[inline]
    fn go_to_element(&mut self, state: &State, at: usize) -> u32 {
        match state.element {
            // Most often one object follows on another.
            Some(number)
                if !state.is_reading_elements
                    || self.behind == at
                    || self.behind + 1 == at && self.byte(self.behind) == b',' =>
            {
                number
            }
            _ => self.take_scalars(state),
        }
    }

    /// Takes the scalars among the elements from the last container on up to the next, and answers the state of that.
    #[inline(never)]
    fn take_scalars(&mut self, state: &State) -> u32 {
        let (mut index, length) = self
            .places
            .last()
            .copied()
            .filter(|_| state.element.is_none())
            .unwrap_or_default();
        let state_of = |index: usize| {
            state
                .element
                .unwrap_or_else(|| state.elements.state(index as u64, length as u64))
        };
        // Never back: on text that is no JSON it may be ahead of the cursor.
        let mut at = self.skip_space(self.behind.max(self.taken));
        // Between a value and the next one is a comma.
        if self.byte(at) == b',' {
            index += 1;
            at = self.skip_space(at + 1);
        }
        while !matches!(self.json.get(at), None | Some(b'[' | b'{' | b']' | b'}')) {
            self.take_scalar(state_of(index), at);
            at = self.skip_space(at + scalar_length(self.rest(at)));
            if self.byte(at) != b',' {
                break;
            }
            at = self.skip_space(at + 1);
            index += 1;
        }
        self.taken = at;
        if state.element.is_none()
            && let Some(place) = self.places.last_mut()
        {
            place.0 = index;
        }
        state_of(index)
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

    #[inline]
    fn rest(&self, at: usize) -> &'a [u8] {
        self.json.get(at..).unwrap_or_default()
    }

    /// Where what is not whitespace begins, from `at` on.
    #[inline]
    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    #[inline]
    fn is_container(&self, at: usize) -> bool {
        matches!(self.byte(at), b'[' | b'{')
    }
}

/// The text from the value on that a slot holds.
#[inline]
fn value_of<'a>(json: &'a [u8], slots: &[usize], slot: u32) -> Option<&'a [u8]> {
    match slots.get(slot as usize) {
        None | Some(0) => None,
        Some(at) => json.get(*at..),
    }
}

/// Makes an id of the values that an object's slots hold.
#[inline]
fn push_record(ids: &mut Ids, record: &Record, json: &[u8], slots: &[usize]) {
    let value = |slot: u32| value_of(json, slots, slot);
    match (record.entity, record.slots.as_slice()) {
        (None, &[kind, id]) => {
            if let Some(id) = value(id)
                && let Some(entity) = value(kind).and_then(|name| type_named(ids, name))
            {
                ids.push_scalar(entity, id);
            }
        }
        (Some(entity), joined) => {
            ids.push_joined(entity, joined.iter().map(|&slot| value(slot).and_then(Literal::read)));
        }
        (None, _) => {}
    }
}

/// The type that the string at the start of `json` names.
fn type_named(ids: &mut Ids, json: &[u8]) -> Option<u32> {
    match read_short(json) {
        Some((text, length, true)) => ids.short_type_index(text, length),
        _ => ids.type_index(&Literal::read(json).filter(Literal::is_string)?.text()),
    }
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

/// Whether a mark that is no quote opens a container.
#[inline]
fn is_opening(byte: u8) -> bool {
    matches!(byte, b'{' | b'[')
}
