//! Runs the checker and says what it found.

use std::panic::Location;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use crate::model::document::{assert_counted, assert_rejected};
use crate::model::scenario::{Rule, Scenario};

/// Visits every state and fails with the steps that lead to the first one in which a rule is broken.
#[track_caller]
pub fn holds(scenario: Scenario) {
    let begun = Instant::now();
    let rules = scenario.rules.clone();
    let checker = scenario
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    for rule in rules {
        if let Some(path) = checker.discovery(rule.name()) {
            panic!("not so: {}\n{}", rule.name(), steps(&path.into_actions()));
        }
    }
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert_counted(Location::caller().file(), states);
    println!("{states} states in {:.1} s", begun.elapsed().as_secs_f32());
}

/// Finds the shortest way in which this variant breaks a rule, and fails if there is none.
#[track_caller]
pub fn breaks(variant: &str, scenario: Scenario, rule: Rule) {
    assert_rejected(Location::caller().file(), variant);
    assert!(
        scenario.rules.contains(&rule),
        "the scenario does not look at: {}",
        rule.name()
    );
    let finish = HasDiscoveries::AnyOf([rule.name()].into());
    let checker = scenario.checker().finish_when(finish).spawn_bfs().join();
    let Some(path) = checker.discovery(rule.name()) else {
        panic!(
            "{} states, and it holds in all of them: {}",
            checker.unique_state_count(),
            rule.name()
        );
    };
    println!("{variant}: not so: {}\n{}", rule.name(), steps(&path.into_actions()));
}

fn steps(actions: &[impl std::fmt::Debug]) -> String {
    actions.iter().map(|action| format!("  {action:?}\n")).collect()
}

/// The larger size when CACHEREF_SOAK is set, as `make soak` does.
pub fn soak(size: usize, larger: usize) -> usize {
    if std::env::var_os("CACHEREF_SOAK").is_some() {
        larger
    } else {
        size
    }
}
