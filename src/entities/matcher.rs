//! The automaton that follows a JSON document down and finds the ids in it.
//!
//! A state stands for one node of the document. It says whether a scalar there is an id, which members of an object are
//! read, and in which states the members and elements are. For example, the rule `$.items[*].id` of the type 0:
//!
//! ```text
//! state 1 (root)   { "items": ... }   member "items" is in state 2
//! state 2          [ ..., ... ]       every element is in state 3
//! state 3          { "id": ... }      member "id": a scalar there is an id of type 0
//! state 0 (DEAD)   anything else      nothing can be found
//!
//! {"total":2,"items":[{"id":7},{"id":8,"by":{"id":9}}]}
//! 1       0         2 3        3          0                 finds 7 and 8
//! ```
//!
//! [`super::compile`] makes it. Two run it and find the same ids: [`super::scan`] over text, and JavaScript over live
//! objects, for which [`super::table`] writes it as a table.

#[cfg(feature = "scan")]
use super::json::member_name::MemberName;
use super::jsonpath::Slice;

/// The state in which nothing can be found.
pub const DEAD: u32 = 0;

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
    /// The name.
    pub name: String,
    /// The name as JSON spells it.
    #[cfg(feature = "scan")]
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
