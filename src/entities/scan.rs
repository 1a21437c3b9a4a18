//! Finds entity ids in JSON text, in one pass and without a tree.
//!
//! The scan goes from mark to mark ([`super::json::structure`]) with a stack of the open containers. Of an object it reads
//! the names that the [`Matcher`] knows, of an array the elements if they matter. Everything else it skips, 64 bytes at a
//! time. For example, with the states of the rule `$.items[*].id` (see [`super::matcher`]):
//!
//! ```text
//! text   {"total":2,"items":[{"id":7},{"id":8}]}
//! marks  ^          ^       ^^^     ^ ^^     ^^^     "total" is none: no name of the rule starts with t
//!
//! mark      what the scan does                                     state, and the stack below it
//! {         enters the object                                      1
//! "items"   its value is a container: the next one is in state 2   1
//! [         enters the array                                       2   1
//! {         enters an element                                      3   2 1
//! "id"      takes 7 as an id                                       3   2 1
//! }         leaves the element                                     2   1
//! { "id" }  enters the next element, takes 8, leaves it            2   1
//! ] }       leaves the array and the object                        -
//! ```
//!
//! A container whose state is DEAD is not entered: the scan counts brackets until it ends.
//!
//! The scan does not validate. On text that is no JSON it finds some ids or none, in bounded time and space, since it never
//! goes back. If a name is repeated in an object it takes the ids of all the members, unless
//! [`super::json::repeated`] has removed the others.
//!
//! The loop over the marks keeps few values in use, and rare cases are out of line. With more than a dozen values V8 moves
//! them between memory and registers, which was measured to take a fifth of the time.

use super::DEAD;
use super::ids::Ids;
use super::json::array_lengths::ArrayLengths;
use super::json::member_name::{has_backslash, words};
use super::json::repeated::name_of;
use super::json::scalar::{Scalar, scalar_length, string_end};
use super::json::structure::Cursor;
use super::matcher::{Matcher, Member, Record, State};
use std::slice::Iter;

/// Scans texts, and keeps the memory of one scan for the next. Most results are short: to allocate for each would take up to
/// a tenth of the time of its scan.
#[derive(Debug, Default)]
pub struct Scanner {
    /// For the marks. Its length is always the same.
    marks: Vec<u32>,
    /// For the open containers; empty between two scans.
    open: Vec<u32>,
    /// For the slots of the open objects; empty between two scans.
    slots: Vec<usize>,
}

/// Vectors of open containers with more room than this are given back.
const MOST_KEPT: usize = 256;

impl Scanner {
    /// Adds the ids that `matcher` finds in the text `json` to `ids`, and notes there whether the text is a list.
    pub fn scan(&mut self, matcher: &Matcher, json: &[u8], ids: &mut Ids) {
        let Scanner { marks, open, slots } = std::mem::take(self);
        let mut cursor = Cursor::new(json, matcher.initials.as_deref(), marks);
        let mut scan = Scan {
            matcher,
            json,
            lengths: if matcher.is_from_end {
                ArrayLengths::count(json)
            } else {
                ArrayLengths::default()
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
        let Scan { open, slots, .. } = scan;
        let marks = cursor.into_memory();
        *self = Scanner { marks, open, slots }.emptied();
    }

    fn emptied(mut self) -> Scanner {
        self.open.clear();
        self.slots.clear();
        if self.open.capacity().max(self.slots.capacity()) > MOST_KEPT {
            (self.open, self.slots) = (Vec::new(), Vec::new());
        }
        self
    }
}

struct Scan<'a> {
    matcher: &'a Matcher,
    json: &'a [u8],
    lengths: ArrayLengths,
    /// The open containers around the current one: twice the number of the state, plus 1 for an array.
    open: Vec<u32>,
    /// For each open array whose elements have different states: the index of the next element, and the number of all.
    places: Vec<(usize, usize)>,
    /// Where the values are that the records of the open objects need; 0 for a value that was not found yet.
    slots: Vec<usize>,
    /// The number of open containers in which nothing can be found.
    dead: usize,
    /// The end of the last container.
    behind: usize,
    /// The end of the last scalar that was taken of an array.
    taken: usize,
    ids: &'a mut Ids,
}

impl<'a> Scan<'a> {
    fn run(&mut self, cursor: &mut Cursor) {
        let start = self.skip_space(0);
        let text = self.rest(start);
        self.ids.is_list = is_list(text);
        if !self.is_container(start) {
            return self.take_scalar(self.matcher.root, start);
        }
        // The current container: its state, and whether it is an array.
        let (mut state, mut is_array) = (self.state(DEAD), false);
        // The state of the next container, if that is the document or the value of the member that was read last.
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

    /// Skips the marks up to the end of the `dead` containers, or all of them.
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

    /// Begins a container that opens at `start`.
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

    /// Ends a container at `at`: takes the scalars at the end of an array, and the records of an object.
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

    /// Reads the member whose name opens at `at`. If it matters, takes its ids. Returns the number of the state of its
    /// value, if that is a container.
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

    /// The same for a name in any spelling.
    #[inline(never)]
    fn read_odd_member(&mut self, state: &'a State, at: usize) -> Option<u32> {
        let inside = self.rest(at + 1);
        let length = string_end(inside)?.length;
        let colon = self.skip_space(at + length + 2);
        if self.byte(colon) != b':' {
            return None;
        }
        let name = name_of(inside.get(..length)?);
        let value = self.skip_space(colon + 1);
        match state.members.iter().find(|member| member.name == *name) {
            Some(member) => self.take_member(state, member, value),
            None => {
                self.take_scalar(state.other, value);
                self.is_container(value).then_some(state.other)
            }
        }
    }

    /// Takes the ids of a member whose value is at `value`. Returns the number of the state of the value, if it is a
    /// container.
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

    /// Takes the value at `at`, if it is a scalar, as an id of the types of the state `number`.
    fn take_scalar(&mut self, number: u32, at: usize) {
        self.push_all(&self.state(number).entities, at);
    }

    #[inline(never)]
    fn push_all(&mut self, entities: &[u32], at: usize) {
        for &entity in entities {
            self.ids.push_scalar(entity, self.rest(at));
        }
    }

    /// Goes from the end of the last container in an array (`behind`) to `at`, where the next container opens or the array
    /// ends. Takes the scalars in between. Returns the number of the state of the element at `at`.
    #[inline]
    fn go_to_element(&mut self, state: &State, at: usize) -> u32 {
        match state.element {
            // Mostly one object follows another.
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

    /// Takes the scalars between the last container and the next one. Returns the number of the state of the next one.
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
        // It never goes back: on text that is no JSON `taken` may be ahead of the marks.
        let mut at = self.skip_space(self.behind.max(self.taken));
        // A comma stands between two values.
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
        // Every number in a matcher is the number of one of its states.
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

    /// The first place from `at` on that is no whitespace.
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

/// The text from the value on whose place the slot holds.
#[inline]
fn value_of<'a>(json: &'a [u8], slots: &[usize], slot: u32) -> Option<&'a [u8]> {
    match slots.get(slot as usize) {
        None | Some(0) => None,
        Some(at) => json.get(*at..),
    }
}

/// Makes an id of the values in the slots of an object.
#[inline]
fn push_record(ids: &mut Ids, record: &Record, json: &[u8], slots: &[usize]) {
    let value = |slot: u32| value_of(json, slots, slot);
    match (record.entity, record.slots.as_slice()) {
        (None, &[kind, id]) => {
            // A type without an id is no type of the result: the result is no list of it.
            if let Some(id) = value(id)
                && matches!(id.first(), Some(b'"' | b'-' | b'0'..=b'9'))
                && let Some(entity) = value(kind).and_then(|name| ids.type_named(name))
            {
                ids.push_scalar(entity, id);
            }
        }
        (Some(entity), &[slot]) if record.is_list => {
            if value(slot).is_some_and(is_list) {
                ids.push(entity, b"");
            }
        }
        (Some(entity), joined) => {
            ids.push_joined(entity, joined.iter().map(|&slot| value(slot).and_then(Scalar::read)));
        }
        (None, _) => {}
    }
}

/// Whether a text begins with an array or `null`.
fn is_list(text: &[u8]) -> bool {
    text.starts_with(b"[") || text.starts_with(b"null")
}

/// Whether a mark that is no quote opens a container (else it closes one).
#[inline]
fn is_opening(byte: u8) -> bool {
    matches!(byte, b'{' | b'[')
}
