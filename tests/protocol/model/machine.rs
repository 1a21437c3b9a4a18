//! A checker for protocols that are small machines of their own: every state is visited, breadth first, and what breaks
//! a rule is printed with the shortest way that leads there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::panic::Location;
use std::time::Instant;

use crate::model::document::{assert_counted, assert_rejected};

/// What happens, and to whom.
pub type Label = (&'static str, u8);
pub type Moves<State> = Vec<(Label, State)>;

pub trait Machine {
    type State: Clone + Eq + Hash;
    fn starts(&self) -> Vec<Self::State>;
    /// Everything that can happen next.
    fn moves(&self, state: &Self::State, moves: &mut Moves<Self::State>);
    /// The rule that this state breaks.
    fn fault(&self, state: &Self::State) -> Option<&'static str>;
    /// A state that must be reached, so that a check that finds nothing is worth something.
    fn is_goal(&self, state: &Self::State) -> bool;
}

struct Outcome {
    states: usize,
    has_goal: bool,
    fault: Option<(&'static str, Vec<Label>)>,
}

fn explore<M: Machine>(machine: &M) -> Outcome {
    let mut known: HashMap<M::State, ()> = HashMap::new();
    let mut queue: Vec<(M::State, usize, Label)> = Vec::new();
    let mut has_goal = false;
    for start in machine.starts() {
        if known.insert(start.clone(), ()).is_none() {
            queue.push((start, usize::MAX, ("start", 0)));
        }
    }
    let (mut next, mut moves) = (0, Vec::new());
    while next < queue.len() {
        let state = queue[next].0.clone();
        has_goal |= machine.is_goal(&state);
        if let Some(rule) = machine.fault(&state) {
            let mut path = Vec::new();
            let mut at = next;
            while queue[at].1 != usize::MAX {
                path.push(queue[at].2);
                at = queue[at].1;
            }
            path.reverse();
            let fault = Some((rule, path));
            return Outcome {
                states: queue.len(),
                has_goal,
                fault,
            };
        }
        machine.moves(&state, &mut moves);
        for (label, state) in moves.drain(..) {
            if let Entry::Vacant(place) = known.entry(state) {
                queue.push((place.key().clone(), next, label));
                place.insert(());
            }
        }
        next += 1;
    }
    Outcome {
        states: queue.len(),
        has_goal,
        fault: None,
    }
}

fn lines(path: &[Label]) -> String {
    path.iter()
        .map(|(what, whose)| format!("  {what} ({whose})\n"))
        .collect()
}

/// Visits every state and fails with the steps that lead to the first one in which a rule is broken.
#[track_caller]
pub fn holds<M: Machine>(machine: M) {
    let begun = Instant::now();
    let outcome = explore(&machine);
    if let Some((rule, path)) = outcome.fault {
        panic!("not so: {rule}\n{}", lines(&path));
    }
    assert!(outcome.has_goal, "the goal is never reached");
    assert_counted(Location::caller().file(), outcome.states);
    println!("{} states in {:.1} s", outcome.states, begun.elapsed().as_secs_f32());
}

/// Finds the shortest way in which this variant breaks a rule, and fails if there is none.
#[track_caller]
pub fn breaks<M: Machine>(variant: &str, machine: M, rule: &str) {
    assert_rejected(Location::caller().file(), variant);
    let outcome = explore(&machine);
    match outcome.fault {
        Some((broken, path)) => {
            assert_eq!(broken, rule, "another rule is broken\n{}", lines(&path));
            println!(
                "{variant}: not so: {rule} ({} states)\n{}",
                outcome.states,
                lines(&path)
            );
        }
        None => panic!("{} states, and it holds in all of them: {rule}", outcome.states),
    }
}
