//! A compiler of entity rules for the tests. The one that ships is js/entities/compile.js; tests/vectors/compiled.json holds
//! both to the same answers.
//!
//! It is the subset construction over the places in the rules. A place is a rule and the number of steps of its path that
//! are done; a state is the set of places that one node can have. For `$.a.id` and `$.*.name`:
//!
//! ```text
//! root            places (rule 0, step 0) (rule 1, step 0)
//! its member "a"  places (rule 0, step 1) (rule 1, step 1)     reads "id" and "name"
//! any other       places                  (rule 1, step 1)     reads "name"
//! ```

use super::jsonpath::{Result, Segment, Selector, as_index};
use cacheref::entities::DEAD;
use cacheref::entities::json::member_name::MemberName;
use cacheref::entities::matcher::{Elements, Matcher, Member, Record, State};
use cacheref::entities::slice::Slice;
use cacheref::sort::insert;

/// The most states. The rules that people write need a dozen. Each step of `$..*.*.*.*` and the like doubles the number, so
/// it must be bounded.
const MOST_STATES: usize = 1024;

/// A rule to compile.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The result is an entity, or its elements are: the id itself, or an object with these fields.
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
    /// The objects in a field of the result: in an array, or the one that is there.
    Page {
        /// The index of the entity type.
        entity: u32,
        /// The index that a record gets if an array or `null` is in the field.
        list: u32,
        /// The name of the field; of `edges[*].node` the name in the elements too.
        path: Vec<Selector>,
        /// The fields whose values, joined, are the id.
        fields: Vec<String>,
    },
    /// Every object, at any depth, that names its type.
    Auto {
        /// The field that names the type.
        type_field: String,
        /// The field that is the id.
        id_field: String,
    },
}

/// How far a node is in a rule: the index of the rule, and the number of steps of its path that are done.
type Place = (usize, usize);

/// Compiles the rules.
pub fn compile(rules: &[Rule]) -> Result<Matcher> {
    let mut builder = Builder {
        rules,
        sets: Vec::new(),
    };
    builder.number(Vec::new())?;
    let root = builder.number((0..rules.len()).map(|rule| (rule, 0)).collect())?;
    let mut states: Vec<State> = Vec::new();
    while let Some(places) = builder.sets.get(states.len()).cloned() {
        states.push(builder.state(&places)?);
    }
    let scalars: Vec<_> = states.iter().map(|state| state.entities.clone()).collect();
    for member in states.iter_mut().flat_map(|state| &mut state.members) {
        for &entity in &scalars[member.next as usize] {
            push_new(&mut member.entities, entity);
        }
    }
    Ok(Matcher::new(states, root))
}

struct Builder<'a> {
    rules: &'a [Rule],
    sets: Vec<Vec<Place>>,
}

impl Builder<'_> {
    /// The number of the state for a set of places. A new set gets the next number.
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
                    || matches!(selector, Selector::Name(name) if name.as_bytes() == state.members[index].name)
            }))?;
            state.members[index].next = next;
        }
        state.other = self.number(self.below(places, |selector| *selector == Selector::Wildcard))?;
        state.elements = self.elements(places)?;
        Ok(state)
    }

    /// Adds to a state what a rule takes from a node at this place, and the names that it looks for there.
    fn take_from(&self, (rule, step): Place, state: &mut State) {
        match &self.rules[rule] {
            Rule::Fields { entity, fields } => {
                push_new(&mut state.entities, *entity);
                add_record(state, Some(*entity), fields);
            }
            Rule::Page {
                entity,
                list,
                path,
                fields,
            } => {
                if let Some(Selector::Name(name)) = page_name(path, step) {
                    member_index(state, name);
                    if step == 0 {
                        let slots = vec![slot_of(state, name)];
                        push_new(
                            &mut state.records,
                            Record {
                                entity: Some(*list),
                                slots,
                                is_list: true,
                            },
                        );
                    }
                } else if step > 0 && (step + 1 >= 2 * path.len()) {
                    add_record(state, Some(*entity), fields);
                }
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

    /// The places of a child. `is_selecting` says which selectors select that child.
    fn below(&self, places: &[Place], is_selecting: impl Fn(&Selector) -> bool) -> Vec<Place> {
        let mut below = Vec::new();
        for &(rule, step) in places {
            match &self.rules[rule] {
                Rule::Fields { .. } => {}
                Rule::Auto { .. } => below.push((rule, step)),
                Rule::Page { path, .. } => {
                    if page_name(path, step).is_some_and(&is_selecting) {
                        below.push((rule, step + 1));
                    }
                }
                Rule::Path { segments, .. } => {
                    let Some(segment) = segments.get(step) else { continue };
                    if segment.is_descendant {
                        below.push((rule, step));
                    }
                    // A name at the end of a path needs no place of its own: its value is read with its object.
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
                Rule::Page { .. } if step == 1 => entities.push((rule, 2)),
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

/// The sets of slices that can select one element together. Two different indexes from the same end never do, so the rules
/// for a tuple (`$[0].id`, `$[1].id`, …) need one state for each place, not one for each subset.
fn sets_that_meet(slices: &[Slice]) -> Result<Vec<u32>> {
    if slices.len() > 32 {
        return Err(too_many());
    }
    let can_meet = |a: &Slice, b: &Slice| match (as_index(a), as_index(b)) {
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

/// The name that a page rule looks for at a step: that of the field in the result (step 0; 1 is its value), and that in the
/// elements of the field (step 2).
fn page_name(path: &[Selector], step: usize) -> Option<&Selector> {
    if step % 2 == 0 { path.get(step / 2) } else { None }
}

/// Adds an id that these members make.
fn add_record(state: &mut State, entity: Option<u32>, fields: &[String]) {
    if let (Some(entity), [field]) = (entity, fields) {
        let index = member_index(state, field);
        return push_new(&mut state.members[index].entities, entity);
    }
    let slots = fields.iter().map(|field| slot_of(state, field)).collect();
    push_new(
        &mut state.records,
        Record {
            entity,
            slots,
            is_list: false,
        },
    );
}

fn slot_of(state: &mut State, name: &str) -> u32 {
    let index = member_index(state, name);
    let next = state.slots as u32;
    let slot = *state.members[index].slot.get_or_insert(next);
    state.slots += usize::from(slot == next);
    slot
}

fn member_index(state: &mut State, name: &str) -> usize {
    let known = state.members.iter().position(|member| member.name == name.as_bytes());
    known.unwrap_or_else(|| {
        state.members.push(Member {
            name: name.as_bytes().to_vec(),
            spelled: MemberName::new(name.as_bytes()),
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

fn too_many() -> String {
    format!(
        "the paths of one function need more than {MOST_STATES} states together; use fewer .., * and slices after a .."
    )
}
