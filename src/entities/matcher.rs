//! The automaton that follows a JSON document down and finds the ids in it.
//!
//! JavaScript compiles the rules of a function to it (js/entities/compile.js, which also says what a state is), and follows
//! it over live objects. The core follows it over text ([`super::scan`]), and finds the same ids.
//!
//! ```text
//! {"total":2,"items":[{"id":7},{"id":8,"by":{"id":9}}]}     the rule $.items[*].id
//! 1       0         2 3        3          0                 the states: finds 7 and 8
//! ```

use super::DEAD;
use super::json::member_name::MemberName;
use super::slice::Slice;
use crate::text::wellformed::wtf8;
use crate::words::{Malformed, Reader, Result};

/// The automaton.
#[derive(Debug)]
pub struct Matcher {
    /// The states. The first one is [`DEAD`].
    pub states: Vec<State>,
    /// The state of the document's root.
    pub root: u32,
    /// Whether some state needs the length of an array.
    pub is_from_end: bool,
    /// The first bytes of the names of all members; `None` if members matter whatever their names.
    pub initials: Option<Vec<u8>>,
}

/// What to do at a node.
#[derive(Debug, Default)]
pub struct State {
    /// A scalar is an id of these types.
    pub entities: Vec<u32>,
    /// The members of an object that matter by their name.
    pub members: Vec<Member>,
    /// The ids that several members of an object make together, or that a member makes whose type another one names.
    pub records: Vec<Record>,
    /// The number of members that the records need.
    pub slots: usize,
    /// The state of all other members.
    pub other: u32,
    /// The states of an array's elements.
    pub elements: Elements,
    /// Its number: its place among the states.
    pub number: u32,
    /// Whether an object in this state can give ids.
    pub is_object_live: bool,
    /// Whether an array in this state can give ids.
    pub is_array_live: bool,
    /// Whether scalars are ids in members of any name.
    pub is_taking_others: bool,
    /// The state of an array's elements, if all elements are in the same state.
    pub element: Option<u32>,
    /// Whether the elements of an array are looked at one by one: scalars there are ids, or their places matter.
    pub is_reading_elements: bool,
}

/// A member that matters by its name.
#[derive(Debug)]
pub struct Member {
    /// The name, as WTF-8.
    pub name: Vec<u8>,
    /// The name as JSON spells it.
    pub spelled: MemberName,
    /// A scalar there is an id of these types.
    pub entities: Vec<u32>,
    /// The slot that a record reads its value from.
    pub slot: Option<u32>,
    /// The state of its value.
    pub next: u32,
}

/// An id made of an object's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The index of the entity type; `None` if the first slot holds the name of the type.
    pub entity: Option<u32>,
    /// The slots whose values make the id. If the first one holds the type, it is no part of the id.
    pub slots: Vec<u32>,
    /// Whether it makes no id of its one slot, but says that an array or `null` is there.
    pub is_list: bool,
}

/// The states of an array's elements.
#[derive(Debug, Default)]
pub struct Elements {
    /// The slices of the rules.
    pub slices: Vec<Slice>,
    /// For each set of slices that can select one element together (bit `i` for slice `i`), the state of such an element.
    pub next: Vec<(u32, u32)>,
}

impl Elements {
    /// The state of the element `index` of an array of `length` elements.
    #[inline]
    pub fn state(&self, index: u64, length: u64) -> u32 {
        let selects = |slice: &Slice| slice.is_selecting(index, length);
        let bits = self.slices.iter().enumerate();
        let set = bits.fold(0, |set, (bit, slice)| set | u32::from(selects(slice)) << bit);
        self.next
            .iter()
            .find(|(key, _)| *key == set)
            .map_or(DEAD, |(_, state)| *state)
    }
}

impl Matcher {
    /// The automaton of these states. What follows from the states is computed once: the scan would ask it at every node.
    pub fn new(mut states: Vec<State>, root: u32) -> Matcher {
        let is_taking: Vec<bool> = states.iter().map(|state| !state.entities.is_empty()).collect();
        let is_taking = |state: u32| is_taking.get(state as usize) == Some(&true);
        let mut initials = Vec::new();
        for (number, state) in (0..).zip(&mut states) {
            state.number = number;
            let mut next = state.elements.next.iter().map(|(_, state)| *state);
            state.element = state.elements.slices.is_empty().then(|| state.elements.state(0, 0));
            state.is_object_live = !state.members.is_empty() || state.other != DEAD;
            state.is_array_live = next.clone().any(|state| state != DEAD);
            state.is_taking_others = is_taking(state.other);
            state.is_reading_elements = !state.elements.slices.is_empty() || next.any(is_taking);
            for member in &state.members {
                // An empty name starts with its closing quote.
                let initial = *member.name.first().unwrap_or(&b'"');
                if !initials.contains(&initial) {
                    initials.push(initial);
                }
            }
        }
        let is_taking_any = states.iter().any(|state| state.is_taking_others);
        let slices = |state: &State| state.elements.slices.iter().any(Slice::is_from_end);
        Matcher {
            is_from_end: states.iter().any(slices),
            initials: (!is_taking_any).then_some(initials),
            states,
            root,
        }
    }

    /// Reads what js/entities/compile.js has made, whose properties cross in their order.
    ///
    /// # Errors
    /// If it is no automaton: a number in it is not that of one of its states.
    pub fn read(words: &mut Reader) -> Result<Matcher> {
        let (states, root) = words.record(|fields| Ok((fields.list(State::read)?, fields.number()?)))?;
        let is_state = |&number: &u32| (number as usize) < states.len();
        let are_states = states.iter().all(|state| {
            let of_members = state.members.iter().map(|member| member.next);
            let of_elements = state.elements.next.iter().map(|(_, state)| *state);
            of_members
                .chain(of_elements)
                .chain([state.other])
                .all(|number| is_state(&number))
        });
        if are_states && is_state(&root) {
            Ok(Matcher::new(states, root))
        } else {
            Err(Malformed)
        }
    }
}

impl State {
    #[inline(never)]
    fn read(words: &mut Reader) -> Result<State> {
        words.record(|fields| {
            Ok(State {
                entities: fields.list(Reader::number)?,
                members: fields.list(Member::read)?,
                records: fields.list(Record::read)?,
                slots: fields.number()? as usize,
                other: fields.number()?,
                elements: Elements::read(fields)?,
                ..State::default()
            })
        })
    }
}

impl Member {
    #[inline(never)]
    fn read(words: &mut Reader) -> Result<Member> {
        words.record(|fields| {
            let name = wtf8(fields.text()?).into_owned();
            Ok(Member {
                spelled: MemberName::new(&name),
                name,
                entities: fields.list(Reader::number)?,
                slot: fields.optional(Reader::number)?,
                next: fields.number()?,
            })
        })
    }
}

impl Record {
    #[inline(never)]
    fn read(words: &mut Reader) -> Result<Record> {
        words.record(|fields| {
            Ok(Record {
                entity: fields.optional(Reader::number)?,
                slots: fields.list(Reader::number)?,
                is_list: fields.flag()?,
            })
        })
    }
}

impl Elements {
    #[inline(never)]
    fn read(words: &mut Reader) -> Result<Elements> {
        words.record(|fields| {
            Ok(Elements {
                slices: fields.list(Slice::read)?,
                next: fields.list(|words| words.record(|pair| Ok((pair.number()?, pair.number()?))))?,
            })
        })
    }
}
