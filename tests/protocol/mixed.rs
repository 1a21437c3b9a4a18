//! Both forms on one backend: a process whose client runs scripts beside one whose client does not.

use crate::model::cast::{invalidation, reaper, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::{Step, Step::*};

#[test]
fn runs_and_invalidations_of_an_entity_get_on_with_those_of_the_other_form() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(1, run(rename::run(1)))
            .with(soak(1, 2), run(script::run()))
            .with(1, invalidation(rename::invalidation(0)))
            .with(1, invalidation(script::invalidation(0)))
            .probe_rename()
            .crashes(2)
            .log_losses(1)
            .expiry(),
    );
}

#[test]
fn reapers_get_on_with_those_of_the_other_form() {
    holds(
        Scenario::new(&[Fresh, Indexed, Recovers])
            .with(1, run(rename::run(1)))
            .with(1, run(script::run()))
            .with(1, invalidation(script::invalidation(0)))
            .with(1, reaper(rename::reaper(0)))
            .with(soak(0, 1), reaper(script::reaper(0)))
            .probe_script()
            .crashes(2)
            .expiry(),
    );
}

#[test]
fn a_script_that_removes_marks_takes_the_one_by_which_a_reaper_holds_a_place() {
    breaks(
        "DROP that takes marks out, or deletes an index with one",
        Scenario::new(&[Indexed])
            .with(1, run(script::run()))
            .with(1, invalidation(vec![InvalidateAndUnmark(0), Resolve, End]))
            .with(1, reaper(rename::reaper(0))),
        Indexed,
    );
}

fn by_name(steps: &[Step]) -> Role {
    Role::invalidation([steps, &[Resolve, End]].concat(), Target::Key(0))
}

#[test]
fn one_key_is_dropped_with_what_is_staged_for_it_in_either_form() {
    let scenario = |dropping| {
        Scenario::new(&[Fresh])
            .with(1, run(rename::run_marking_its_key(&[ReadPosition, Seed], &[End])))
            .with(2, by_name(dropping))
    };
    // One script does the first two or all three.
    holds(scenario(&[Invalidate(1), UnlinkKey(0)]));
    breaks(
        "a key dropped without its marks",
        scenario(&[Append, UnlinkKey(0)]),
        Fresh,
    );
}

#[test]
fn a_single_scan_misses_what_is_staged_in_the_other_form() {
    let scenario = |dropping| {
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(1, run(script::run()))
            .with(1, Role::invalidation(dropping, Target::All))
    };
    breaks(
        "one pass over values alone",
        scenario(script::function_invalidation(1)),
        Fresh,
    );
    holds(scenario(rename::function_invalidation(1, 1)));
}
