//! What an entry of the log says, and what a result is checked against, are names: nothing is cut out of a name.
//!
//! Three results: one holds entity 1 of a type, one is a list of the type, one depends on the type.

use crate::model::machine::{Machine, Moves, breaks, holds};

const STALE: &str = "no stale value can be read";
const NEEDLESS: &str = "nothing is dropped or refused that no invalidation is about";

/// Names, a bit each: `e:order:1`, `e:order:2`, `l:order`, `t:order`, `y:order`.
const E1: u8 = 1;
const E2: u8 = 2;
const L: u8 = 4;
const T: u8 = 8;
const Y: u8 = 16;

const RESULTS: usize = 3;
const HOLDS: usize = 0;
const LISTS: usize = 1;
const DEPENDS: usize = 2;
const DONE: u8 = 9;

#[derive(Clone, Copy, PartialEq)]
enum Target {
    Entity1,
    Entity2,
    List,
    Type,
}

#[derive(Clone, Copy)]
struct Concerns {
    targets: [Target; 2],
    /// Entries carry `y`, and who depends on the type is checked against it.
    has_y: bool,
    /// An invalidation of an entity or a list looks at `t:` too.
    looks_at_dependents: bool,
    /// Dependents are in `t:` only; or whatever holds anything of the type is.
    lists_holders_too: bool,
    /// An invalidation of a type scans the indexes of its entities.
    scans_entities: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Run {
    pc: u8,
    seen: u8,
    /// Names of the entries since it began.
    news: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    values: [Option<u8>; RESULTS],
    runs: [Run; RESULTS],
    invalidations: [u8; 2],
    asked: u8,
    resolved: u8,
    is_needless: bool,
}

/// Whether the promise is about this result.
fn is_about(target: Target, result: usize) -> bool {
    match target {
        Target::Entity1 => result == HOLDS || result == DEPENDS,
        Target::Entity2 => result == DEPENDS,
        Target::List => result == LISTS || result == DEPENDS,
        Target::Type => true,
    }
}

impl Concerns {
    fn indexes(&self, result: usize) -> u8 {
        let own = [E1, L, T][result];
        own | if self.lists_holders_too { T } else { 0 }
    }

    /// What the log is searched for.
    fn names(&self, result: usize) -> u8 {
        match result {
            DEPENDS => T | if self.has_y { Y } else { 0 },
            _ => [E1, L][result] | T,
        }
    }

    fn entry(&self, target: Target) -> u8 {
        let own = match target {
            Target::Entity1 => E1,
            Target::Entity2 => E2,
            Target::List => L,
            Target::Type => T,
        };
        own | if self.has_y { Y } else { 0 }
    }

    fn dropped(&self, target: Target) -> u8 {
        let dependents = if self.looks_at_dependents { T } else { 0 };
        match target {
            Target::Entity1 => E1 | dependents,
            Target::Entity2 => E2 | dependents,
            Target::List => L | dependents,
            Target::Type => L | T | if self.scans_entities { E1 | E2 } else { 0 },
        }
    }

    /// The invalidations, a bit each, that are about a result.
    fn about(&self, result: usize) -> u8 {
        (0..2)
            .filter(|&slot| is_about(self.targets[slot], result))
            .fold(0, |bits, slot| bits | 1 << slot)
    }
}

impl Machine for Concerns {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![State {
            values: [Some(0); RESULTS],
            ..State::default()
        }]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for result in 0..RESULTS {
            let mut next = *state;
            match state.runs[result].pc {
                0 => {
                    next.runs[result] = Run {
                        pc: 1,
                        seen: state.asked,
                        news: 0,
                    };
                    moves.push((("the function begins", result as u8), next));
                }
                1 => {
                    let run = state.runs[result];
                    if run.news & self.names(result) == 0 {
                        next.values[result] = Some(run.seen);
                    } else {
                        next.is_needless |= state.asked & !run.seen & self.about(result) == 0;
                    }
                    next.runs[result] = Run {
                        pc: DONE,
                        ..Run::default()
                    };
                    moves.push((("store", result as u8), next));
                }
                _ => {}
            }
        }
        for slot in 0..2 {
            let target = self.targets[slot];
            let mut next = *state;
            match state.invalidations[slot] {
                0 => {
                    next.asked |= 1 << slot;
                    for run in next.runs.iter_mut().filter(|run| run.pc == 1) {
                        run.news |= self.entry(target);
                    }
                    next.invalidations[slot] = 1;
                    moves.push((("XADD", slot as u8), next));
                }
                1 => {
                    for result in 0..RESULTS {
                        if self.indexes(result) & self.dropped(target) != 0 && state.values[result].is_some() {
                            next.values[result] = None;
                            next.is_needless |= !is_about(target, result);
                        }
                    }
                    next.resolved |= 1 << slot;
                    next.invalidations[slot] = DONE;
                    moves.push((("drop", slot as u8), next));
                }
                _ => {}
            }
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        for result in 0..RESULTS {
            if state.values[result].is_some_and(|seen| state.resolved & !seen & self.about(result) != 0) {
                return Some(STALE);
            }
        }
        state.is_needless.then_some(NEEDLESS)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.resolved == 0b11
    }
}

const DESIGN: Concerns = Concerns {
    targets: [Target::Entity1, Target::Type],
    has_y: true,
    looks_at_dependents: true,
    lists_holders_too: false,
    scans_entities: true,
};

#[test]
fn what_depends_on_a_type_is_dropped_by_its_entities_its_lists_and_the_type_and_nothing_else_is() {
    let targets = [Target::Entity1, Target::Entity2, Target::List, Target::Type];
    for first in targets {
        for second in targets {
            holds(Concerns {
                targets: [first, second],
                ..DESIGN
            });
        }
    }
}

#[test]
fn an_entry_without_the_type_lets_a_run_that_depends_on_it_store() {
    breaks("no `y` in the entry", Concerns { has_y: false, ..DESIGN }, STALE);
}

#[test]
fn an_invalidation_of_an_entity_that_does_not_look_at_the_dependents_leaves_them() {
    breaks(
        "no look at `t:`",
        Concerns {
            looks_at_dependents: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn an_invalidation_of_a_type_must_look_at_each_of_its_entities() {
    breaks(
        "no look at each entity",
        Concerns {
            scans_entities: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn one_set_for_those_that_depend_and_those_that_hold_drops_all_of_a_type_with_each_entity() {
    breaks(
        "one set for dependents and holders",
        Concerns {
            lists_holders_too: true,
            targets: [Target::Entity2, Target::Type],
            ..DESIGN
        },
        NEEDLESS,
    );
}
