//! Entity rules, compiled to an automaton that follows a JSON document downwards.
//!
//! A state stands for a node of the document, and says what is taken of it if it is a scalar, which members are read if
//! it is an object, and which states its members and elements are in. It is the subset construction over the rules'
//! places: a state is the set of places (a rule, and how much of its path has been followed) that one node can be at.
//! Two things run it and find the same ids: [`crate::entities::scan`] over text, and js/walk.js over live objects, which gets it as
//! a table. It knows nothing of either.

use crate::entities::json::member_name::Name;
use crate::entities::jsonpath::{Segment, Selector, Slice};
use crate::error::{Code, Error, Result};
use crate::sort::insert;
use serde::Serialize;

/// The most states. Rules that people write need a dozen; it bounds `$..*.*.*.*` and the like, which would double them
/// with each step.
const MOST_STATES: usize = 1024;

/// The state in which nothing can be found any more.
pub const DEAD: u32 = 0;

/// What is looked for.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The entity that the result is, or those that its elements are: an id itself, or an object with these fields.
    Fields {
        /// The index of the entity type.
        entity: u32,
        /// The fields whose values, joined, are the id.
        fields: Vec<String>,
    },
    /// The scalars that a path selects.
    Path {
        /// The index of the entity type.
        entity: u32,
        /// The path.
        segments: Vec<Segment>,
    },
    /// Every object, at any depth, that names its type.
    Auto {
        /// The field that names the type.
        type_field: String,
        /// The field that is the id.
        id_field: String,
    },
}

/// The automaton.
#[derive(Debug, Serialize)]
pub struct Matcher {
    /// The states; the first one is [`DEAD`].
    pub states: Vec<State>,
    /// The state of the document's root.
    pub root: u32,
    /// Whether some state needs the length of an array.
    #[serde(skip)]
    pub is_from_end: bool,
    /// What the names of all members start with; `None` where members matter whatever their names.
    #[serde(skip)]
    pub initials: Option<Vec<u8>>,
}

/// What to do at a node.
#[derive(Debug, Default, Serialize)]
pub struct State {
    /// A scalar is an id of these types.
    pub entities: Vec<u32>,
    /// The members of an object that matter by name.
    pub members: Vec<Member>,
    /// The ids that several members of an object make together.
    pub records: Vec<Record>,
    /// How many members the records need.
    pub slots: usize,
    /// The state of all other members.
    pub other: u32,
    /// The states of an array's elements.
    pub elements: Elements,
    /// Its place among the states.
    #[serde(skip)]
    pub number: u32,
    /// Whether an object in this state can give ids.
    #[serde(skip)]
    pub is_object_live: bool,
    /// Whether an array in this state can give ids.
    #[serde(skip)]
    pub is_array_live: bool,
    /// Whether scalars are taken of members whatever their names.
    #[serde(skip)]
    pub is_taking_others: bool,
    /// The state of an array's elements, if they are all in one.
    #[serde(skip)]
    pub element: Option<u32>,
    /// Whether an array's elements have to be looked at one by one: scalars are taken of it, or places matter.
    #[serde(skip)]
    pub is_reading_elements: bool,
}

/// A member that matters by its name.
#[derive(Debug, Serialize)]
pub struct Member {
    /// The name.
    pub name: String,
    /// The name, as JSON spells it.
    #[serde(skip)]
    pub spelled: Name,
    /// Its value, if it is a scalar, is an id of these types.
    pub entities: Vec<u32>,
    /// Where a record wants its value.
    pub slot: Option<u32>,
    /// The state of its value.
    pub next: u32,
}

/// An id made of an object's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The index of the entity type; `None` if the value of the first slot names it.
    pub entity: Option<u32>,
    /// The slots whose values make the id (after the one that names the type, if one does).
    pub slots: Vec<u32>,
}

/// The states of an array's elements.
#[derive(Debug, Default, Serialize)]
pub struct Elements {
    /// Slices; each selects an element or not.
    pub slices: Vec<Slice>,
    /// For each set of slices that can select one element together (bit `i` for the `i`th), the state of such elements.
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

/// How much of a rule has been followed: the rule's index, and the number of steps.
type Place = (usize, usize);

impl Matcher {
    /// Compiles the rules.
    ///
    /// # Errors
    /// `ERR_CACHEREF_PATH` when they would need more than 1,024 states.
    pub fn compile(rules: &[Rule]) -> Result<Matcher> {
        let mut builder = Builder {
            rules,
            sets: Vec::new(),
        };
        builder.number(Vec::new())?;
        let root = builder.number((0..rules.len()).map(|rule| (rule, 0)).collect())?;
        let mut states = Vec::new();
        while let Some(places) = builder.sets.get(states.len()).cloned() {
            states.push(builder.state(&places)?);
        }
        Ok(Matcher::finish(states, root))
    }
}

impl Matcher {
    /// Answers once what the scan would else ask at every node.
    fn finish(mut states: Vec<State>, root: u32) -> Matcher {
        let scalars: Vec<_> = states.iter().map(|state| state.entities.clone()).collect();
        let is_taking = |state: u32| !scalars[state as usize].is_empty();
        let mut initials = Vec::new();
        for (number, state) in states.iter_mut().enumerate() {
            state.number = number as u32;
            let mut next = state.elements.next.iter().map(|(_, state)| *state);
            state.element = state.elements.slices.is_empty().then(|| state.elements.state(0, 0));
            state.is_object_live = !state.members.is_empty() || state.other != DEAD;
            state.is_array_live = next.clone().any(|state| state != DEAD);
            state.is_taking_others = is_taking(state.other);
            state.is_reading_elements = !state.elements.slices.is_empty() || next.any(is_taking);
            for member in &mut state.members {
                for &entity in &scalars[member.next as usize] {
                    push_new(&mut member.entities, entity);
                }
                // An empty name starts with its closing quote.
                push_new(&mut initials, member.name.bytes().next().unwrap_or(b'"'));
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
}

struct Builder<'a> {
    rules: &'a [Rule],
    sets: Vec<Vec<Place>>,
}

impl Builder<'_> {
    /// The number of the state for a set of places.
    fn number(&mut self, found: Vec<Place>) -> Result<u32> {
        let mut places = Vec::with_capacity(found.len());
        for place in found {
            insert(&mut places, place);
        }
        if let Some(number) = self.sets.iter().position(|known| *known == places) {
            return Ok(number as u32);
        }
        if self.sets.len() >= MOST_STATES {
            return Err(too_many());
        }
        self.sets.push(places);
        Ok(self.sets.len() as u32 - 1)
    }

    fn state(&mut self, places: &[Place]) -> Result<State> {
        let mut state = State::default();
        for &place in places {
            self.take_from(place, &mut state);
        }
        for index in 0..state.members.len() {
            let next = self.number(self.below(places, |selector| {
                matches!(selector, Selector::Wildcard)
                    || matches!(selector, Selector::Name(name) if *name == state.members[index].name)
            }))?;
            state.members[index].next = next;
        }
        state.other = self.number(self.below(places, |selector| *selector == Selector::Wildcard))?;
        state.elements = self.elements(places)?;
        Ok(state)
    }

    /// What a rule takes from a node at this place, and the names that it looks for there.
    fn take_from(&self, (rule, step): Place, state: &mut State) {
        match &self.rules[rule] {
            Rule::Fields { entity, fields } => {
                push_new(&mut state.entities, *entity);
                add_record(state, Some(*entity), fields);
            }
            Rule::Auto { type_field, id_field } => add_record(state, None, &[type_field.clone(), id_field.clone()]),
            Rule::Path { entity, segments } => match segments.get(step) {
                None => push_new(&mut state.entities, *entity),
                Some(segment) => {
                    let is_last = step + 1 == segments.len();
                    for selector in &segment.selectors {
                        if let Selector::Name(name) = selector {
                            if is_last {
                                add_record(state, Some(*entity), std::slice::from_ref(name));
                            } else {
                                member_index(state, name);
                            }
                        }
                    }
                }
            },
        }
    }

    /// The places of a child that the selectors `is_selecting` answers for select.
    fn below(&self, places: &[Place], is_selecting: impl Fn(&Selector) -> bool) -> Vec<Place> {
        let mut below = Vec::new();
        for &(rule, step) in places {
            match &self.rules[rule] {
                Rule::Fields { .. } => {}
                Rule::Auto { .. } => below.push((rule, step)),
                Rule::Path { segments, .. } => {
                    let Some(segment) = segments.get(step) else { continue };
                    if segment.is_descendant {
                        below.push((rule, step));
                    }
                    // A last name needs no place of its own: its value is read with its object.
                    let is_last = step + 1 == segments.len();
                    let leads_on = |selector: &&Selector| !(is_last && matches!(selector, Selector::Name(_)));
                    if segment.selectors.iter().filter(leads_on).any(&is_selecting) {
                        below.push((rule, step + 1));
                    }
                }
            }
        }
        below
    }

    fn elements(&mut self, places: &[Place]) -> Result<Elements> {
        let mut slices = Vec::new();
        let mut entities = Vec::new();
        for &(rule, step) in places {
            match &self.rules[rule] {
                Rule::Fields { .. } if step == 0 => entities.push((rule, 1)),
                Rule::Path { segments, .. } => {
                    for selector in segments.get(step).into_iter().flat_map(|segment| &segment.selectors) {
                        if let Selector::Slice(slice) = selector {
                            push_new(&mut slices, *slice);
                        }
                    }
                }
                _ => {}
            }
        }
        let mut next = Vec::new();
        for set in sets_that_meet(&slices)? {
            let is_in_set = |slice: &Slice| {
                slices
                    .iter()
                    .position(|other| other == slice)
                    .is_some_and(|bit| set >> bit & 1 == 1)
            };
            let mut below = self.below(places, |selector| match selector {
                Selector::Name(_) => false,
                Selector::Wildcard => true,
                Selector::Slice(slice) => is_in_set(slice),
            });
            below.extend(&entities);
            next.push((set, self.number(below)?));
        }
        Ok(Elements { slices, next })
    }
}

/// The sets of slices that can select one element together. Two different indexes from the same end never do, so that
/// the rules for a tuple (`$[0].id`, `$[1].id`, …) need one state per place, not one per subset.
fn sets_that_meet(slices: &[Slice]) -> Result<Vec<u32>> {
    if slices.len() > 32 {
        return Err(too_many());
    }
    let can_meet = |a: &Slice, b: &Slice| match (a.as_index(), b.as_index()) {
        (Some(a), Some(b)) => (a < 0) != (b < 0),
        _ => true,
    };
    let mut sets = vec![0];
    for (bit, slice) in slices.iter().enumerate() {
        let others = |set: u32| {
            slices
                .iter()
                .enumerate()
                .filter(move |(other, _)| set >> other & 1 == 1)
        };
        let with: Vec<u32> = sets
            .iter()
            .filter(|&&set| others(set).all(|(_, other)| can_meet(slice, other)))
            .map(|set| set | 1 << bit)
            .collect();
        sets.extend(with);
        if sets.len() > MOST_STATES {
            return Err(too_many());
        }
    }
    Ok(sets)
}

/// An id that is made of these members.
fn add_record(state: &mut State, entity: Option<u32>, fields: &[String]) {
    if let (Some(entity), [field]) = (entity, fields) {
        let index = member_index(state, field);
        return push_new(&mut state.members[index].entities, entity);
    }
    let slots = fields.iter().map(|field| slot_of(state, field)).collect();
    push_new(&mut state.records, Record { entity, slots });
}

fn slot_of(state: &mut State, name: &str) -> u32 {
    let index = member_index(state, name);
    let next = state.slots as u32;
    let slot = *state.members[index].slot.get_or_insert(next);
    state.slots += usize::from(slot == next);
    slot
}

fn member_index(state: &mut State, name: &str) -> usize {
    let known = state.members.iter().position(|member| member.name == name);
    known.unwrap_or_else(|| {
        state.members.push(Member {
            name: name.to_owned(),
            spelled: Name::new(name),
            entities: Vec::new(),
            slot: None,
            next: DEAD,
        });
        state.members.len() - 1
    })
}

fn push_new<T: PartialEq>(items: &mut Vec<T>, item: T) {
    if !items.contains(&item) {
        items.push(item);
    }
}

fn too_many() -> Error {
    Error::new(
        Code::Path,
        format!(
            "the paths of one function need more than {MOST_STATES} states together; use fewer .., * and slices after a .."
        ),
    )
}
