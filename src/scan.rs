//! Entity ids out of JSON text, in one pass and without a tree.
//!
//! The scan goes from mark to mark with a stack of the open containers in which something can still be found. Of an
//! object it reads the names that the [`Matcher`] has a use for, of an array the elements if they matter; everything
//! else is passed 64 bytes at a time. It does not validate: on text that is no JSON it finds whatever it finds, in
//! bounded time and space, since neither the cursor nor `at` ever goes back. Only [`crate::extract`] uses it.

use crate::block::Cursor;
use crate::frame::{Frame, Room};
use crate::ids::Ids;
use crate::length::Lengths;
use crate::literal::{Literal, read_short, string_end};
use crate::matcher::{DEAD, FEW_SLOTS, Matcher, Member, Record, State};
use crate::name::words;
use crate::repeat::{SeenMember, drop_repeated, name_before, name_of};

/// Adds the ids that `matcher` finds in the text `json`, and says in `ids` whether the text is a list. `room` is what an
/// earlier scan left.
pub fn scan(matcher: &Matcher, json: &[u8], ids: &mut Ids, room: &mut Room) {
    let (frames, slots, members) = room.take();
    let mut scan = Scan {
        matcher,
        json,
        lengths: if matcher.is_from_end {
            Lengths::count(json)
        } else {
            Lengths::default()
        },
        cursor: Cursor::new(json, matcher.initials.as_deref()),
        at: 0,
        frames,
        slots,
        members,
        has_escapes: false,
        ids,
    };
    scan.run();
    scan.ids.compact();
    room.keep(scan.frames, scan.slots, scan.members);
}

struct Scan<'a> {
    matcher: &'a Matcher,
    json: &'a [u8],
    lengths: Lengths,
    cursor: Cursor<'a>,
    /// The end of the last value of an array; its next element is looked for from here on.
    at: usize,
    /// The open containers, except those in which nothing can be found.
    frames: Vec<Frame<'a>>,
    /// Where the values are that the records of the open objects are made of, 0 for none yet; each frame's begin at its
    /// `slots`.
    slots: Vec<usize>,
    /// The members of the open objects that may give ids or take them back; each frame's begin at its `members`.
    members: Vec<SeenMember<'a>>,
    /// Whether a name among them was spelled with an escape.
    has_escapes: bool,
    ids: &'a mut Ids,
}

/// A member that was met.
struct Named<'a> {
    /// What there is to do about it, if it matters by its name.
    member: Option<&'a Member>,
    /// The number of bytes between its quotes.
    length: usize,
    /// Where its value is.
    value: usize,
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        let start = self.skip_space(0);
        let text = self.rest(start);
        self.ids.is_list = text.starts_with(b"[") || text.starts_with(b"null");
        let root = self.state(self.matcher.root);
        if !self.is_container(start) {
            return self.take_scalar(root, start);
        }
        // The state of the next container, if it is the document or the value of a member that was met.
        let mut next = Some(root);
        let mut frame = self.open(self.state(DEAD), start, true);
        while let Some(at) = self.cursor.next_mark() {
            match self.byte(at) {
                b'"' if !frame.is_array => {
                    let is_any = frame.is_watched || frame.state.is_taking_others;
                    let Some(named) = self.name_at(frame.state, at, is_any) else {
                        continue;
                    };
                    if let Some(slot) = named.member.and_then(|member| member.slot)
                        && let Some(target) = self.slots.get_mut(frame.slots + slot as usize)
                    {
                        *target = named.value;
                    }
                    let number = named.member.map_or(frame.state.other, |member| member.next);
                    if number != DEAD {
                        let ids = self.ids.len();
                        let is_noted = frame.is_watched || frame.state.other == DEAD;
                        next = self.read_member(self.state(number), at, named, is_noted);
                        frame.is_watched |= self.ids.len() > ids && !is_noted;
                    }
                }
                b'{' | b'[' => {
                    let state = match next.take() {
                        Some(state) => state,
                        None if frame.is_array => {
                            frame.slots = self.go_to_element(&frame, at);
                            let index = frame.slots as u64;
                            self.state(frame.state.elements.state(index, frame.members as u64))
                        }
                        None => self.state(frame.state.other),
                    };
                    let is_array = self.byte(at) == b'[';
                    if state.is_leaf && !is_array {
                        let ids = self.ids.len();
                        let end = self.read_leaf(state);
                        frame.is_watched |= self.leave(frame.is_open(), at, ids, end.unwrap_or(self.json.len()));
                    } else if is_array && state.is_array_live || !is_array && state.is_object_live {
                        self.frames.push(frame);
                        frame = self.open(state, at, is_array);
                        self.catch_up(at);
                    } else {
                        let end = self.cursor.skip_container();
                        self.catch_up(end.unwrap_or(self.json.len()));
                    }
                }
                b'}' | b']' => {
                    self.close(&frame, at);
                    let Frame { start, ids, .. } = frame;
                    match self.frames.pop() {
                        Some(outer) => frame = outer,
                        None => return,
                    }
                    frame.is_watched |= self.leave(frame.is_open(), start, ids, at);
                }
                _ => {}
            }
        }
    }

    /// Reads an object that gives ids by its own scalars alone, and says where it ends.
    #[inline]
    fn read_leaf(&mut self, state: &'a State) -> Option<usize> {
        let mut values = [0; FEW_SLOTS];
        loop {
            let at = self.cursor.next_mark()?;
            match self.byte(at) {
                b'"' => {
                    if let Some(Named {
                        member: Some(member),
                        value,
                        ..
                    }) = self.name_at(state, at, false)
                        && let Some(slot) = member.slot
                        && let Some(target) = values.get_mut(slot as usize)
                    {
                        *target = value;
                    }
                }
                b'{' | b'[' => {
                    self.cursor.skip_container()?;
                }
                _ => {
                    push_records(self.ids, state, self.json, &values);
                    return Some(at);
                }
            }
        }
    }

    /// The container that opens at `start`.
    #[inline]
    fn open(&mut self, state: &'a State, start: usize, is_array: bool) -> Frame<'a> {
        let (slots, members) = match is_array {
            true => (0, self.lengths.of(start)),
            false => (self.slots.len(), self.members.len()),
        };
        if !is_array {
            for _ in 0..state.slots {
                self.slots.push(0);
            }
        }
        Frame {
            state,
            is_array,
            is_watched: false,
            start,
            ids: self.ids.len(),
            slots,
            members,
        }
    }

    /// Goes back to a container, of which `is_open` says whether any member of it may give ids, from one that opened at
    /// `start` and with `ids` ids, and ends at `end`. Says whether the outer one is to be watched for that.
    #[inline(always)]
    fn leave(&mut self, is_open: bool, start: usize, ids: usize, end: usize) -> bool {
        self.catch_up(end);
        let is_watched = is_open && self.ids.len() > ids;
        if is_watched {
            self.watch_container(start, ids, end);
        }
        is_watched
    }

    /// Takes what there is to take in the end, `at`, of a container.
    #[inline]
    fn close(&mut self, frame: &Frame<'a>, at: usize) {
        if frame.is_array {
            self.go_to_element(frame, at);
            return;
        }
        if self.members.len() > frame.members {
            let seen = self.members.get(frame.members..).unwrap_or_default();
            drop_repeated(seen, self.has_escapes, self.ids);
            self.members.truncate(frame.members);
        }
        push_records(
            self.ids,
            frame.state,
            self.json,
            self.slots.get(frame.slots..).unwrap_or_default(),
        );
        self.slots.truncate(frame.slots);
    }

    /// Takes what there is to take of the value of a member, and answers its state if it is a container.
    fn read_member(&mut self, next: &'a State, at: usize, named: Named<'a>, is_noted: bool) -> Option<&'a State> {
        let seen = SeenMember {
            name: self.rest(at + 1).get(..named.length)?,
            ids: self.ids.len(),
        };
        // Where only members of some names give ids, these are noted; else those that may repeat one that did.
        if is_noted {
            self.note(seen);
        }
        if self.is_container(named.value) {
            return Some(next);
        }
        self.take_scalar(next, named.value);
        if self.ids.len() > seen.ids && !is_noted {
            self.watch(seen, named.value);
        }
        None
    }

    /// The member whose name opens at `at`, if it is one that matters by its name or `is_any` does.
    #[inline]
    fn name_at(&self, state: &'a State, at: usize, is_any: bool) -> Option<Named<'a>> {
        if let Some(look) = self.rest(at).first_chunk() {
            let words = words(look);
            match state.members.iter().find(|member| member.spelled.is_start(words)) {
                Some(member) => {
                    if let Some(length) = member.spelled.length_to_value(look) {
                        return Some(Named {
                            member: Some(member),
                            length: member.name.len(),
                            value: at + length,
                        });
                    }
                }
                None if !is_any && !self.cursor.has_escapes() => return None,
                None => {}
            }
        }
        self.odd_name_at(state, at, is_any)
    }

    /// The same, however it is written.
    #[inline(never)]
    fn odd_name_at(&self, state: &'a State, at: usize, is_any: bool) -> Option<Named<'a>> {
        let inside = self.rest(at + 1);
        let length = match read_short(self.rest(at)) {
            // A string without escapes and without a colon behind it, so no name.
            Some((_, length, _)) if matches!(self.byte(at + length + 2), b',' | b'}' | b']') => return None,
            Some((text, length, _))
                if !is_any
                    && !state
                        .members
                        .iter()
                        .any(|member| member.name.as_bytes() == text.get(..length).unwrap_or_default()) =>
            {
                return None;
            }
            Some((_, length, _)) => length,
            None => string_end(inside)?.0,
        };
        let colon = self.skip_space(at + length + 2);
        if self.byte(colon) != b':' {
            return None;
        }
        let name = name_of(inside.get(..length)?);
        let member = state.members.iter().find(|member| member.name.as_bytes() == &*name);
        (is_any || member.is_some()).then(|| Named {
            member,
            length,
            value: self.skip_space(colon + 1),
        })
    }

    /// Goes on to the element of an array, or to its end, that is at `at`, and returns the index there.
    #[inline]
    fn go_to_element(&mut self, frame: &Frame<'a>, at: usize) -> usize {
        if !frame.state.is_reading_elements {
            return 0;
        }
        // Most often one object follows on another.
        if self.at + 1 == at && self.byte(self.at) == b',' {
            return frame.slots + 1;
        }
        self.take_scalars(frame.state, frame.slots, frame.members)
    }

    /// Takes the scalars among the elements from the last container on up to the next, and returns the index of that.
    #[inline(never)]
    fn take_scalars(&mut self, state: &State, mut index: usize, length: usize) -> usize {
        let mut at = self.skip_space(self.at);
        // Between a value and the next one is a comma.
        if self.byte(at) == b',' {
            index += 1;
            at = self.skip_space(at + 1);
        }
        while !matches!(self.json.get(at), None | Some(b'[' | b'{' | b']' | b'}')) {
            let state = state.elements.state(index as u64, length as u64);
            self.take_scalar(self.state(state), at);
            at = self.skip_space(at + scalar_length(self.rest(at)));
            if self.byte(at) != b',' {
                break;
            }
            at = self.skip_space(at + 1);
            index += 1;
        }
        self.at = at;
        index
    }

    /// Sets `at` to behind a mark. Never back: on text that is no JSON it may be ahead of the cursor.
    #[inline]
    fn catch_up(&mut self, mark: usize) {
        self.at = self.at.max(mark + 1);
    }

    /// Watches the member whose value is the container from `start` to `end`.
    #[inline(never)]
    fn watch_container(&mut self, start: usize, ids: usize, end: usize) {
        let name = name_before(self.json, start);
        self.watch(SeenMember { name, ids }, end + 1);
    }

    /// From a member that gives an id on, those of an object's members are noted that may have the same name. What comes
    /// behind the member's value begins at `at`.
    #[inline(never)]
    fn watch(&mut self, member: SeenMember<'a>, at: usize) {
        let initial = match member.name.first() {
            Some(b'\\') => name_of(member.name).first().copied(),
            first => first.copied(),
        };
        let initial = initial.unwrap_or(b'"');
        self.cursor.look_for(initial, at);
        // If it repeats one it is noted already.
        let is_noted = |last: &SeenMember| std::ptr::eq(last.name, member.name);
        if !self.members.last().is_some_and(is_noted) {
            self.note(member);
        }
    }

    fn note(&mut self, member: SeenMember<'a>) {
        self.has_escapes |= self.cursor.has_escapes() && member.name.contains(&b'\\');
        self.members.push(member);
    }

    #[inline(never)]
    fn take_scalar(&mut self, state: &State, at: usize) {
        for &entity in &state.entities {
            self.ids.push_scalar(entity, self.rest(at));
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

/// Makes the ids of an object of the values that its slots hold.
#[inline]
fn push_records(ids: &mut Ids, state: &State, json: &[u8], slots: &[usize]) {
    for record in &state.records {
        match (record.entity, record.slots.as_slice()) {
            (Some(entity), [slot]) => {
                if let Some(value) = value_of(json, slots, *slot) {
                    ids.push_scalar(entity, value);
                }
            }
            _ => push_joined(ids, record, json, slots),
        }
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

#[inline(never)]
fn push_joined(ids: &mut Ids, record: &Record, json: &[u8], slots: &[usize]) {
    let literal = |slot: &u32| value_of(json, slots, *slot).and_then(Literal::read);
    let (entity, rest) = match (record.entity, record.slots.as_slice()) {
        (Some(entity), slots) => (Some(entity), slots),
        (None, [type_slot, rest @ ..]) => {
            let name = value_of(json, slots, *type_slot);
            (name.and_then(|name| type_named(ids, name)), rest)
        }
        (None, []) => return,
    };
    let Some(entity) = entity else { return };
    if let [slot] = rest {
        if let Some(value) = value_of(json, slots, *slot) {
            ids.push_scalar(entity, value);
        }
    } else {
        ids.push_joined(entity, rest.iter().map(literal));
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
