//! A server that evicts keys with an expiry (`allkeys-*`) may take an index before the values that it lists.

use crate::model::cast::{invalidation, reader, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::{rename, script};
use crate::model::scenario::{Rule::*, Scenario};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn an_invalidation_cannot_find_what_an_evicted_index_listed() {
    breaks(
        Scenario::new(&[Fresh])
            .stored_before(1)
            .with(1, invalidation(script::invalidation(0)))
            .index_evictions(1),
        Fresh,
    );
}

#[test]
fn nothing_else_is_lost_with_an_index() {
    holds(
        Scenario::new(&[FreshButForEviction, Stores, Recovers])
            .with(3, run(script::run()))
            .with(2, invalidation(script::invalidation(0)))
            .probe_script()
            .index_evictions(2)
            .log_losses(1)
            .expiry(),
    );
    holds(
        Scenario::new(&[FreshButForEviction, Stores, Recovers])
            .with(2, run(rename::run(1)))
            .with(soak(1, 2), invalidation(rename::invalidation(0)))
            .probe_rename()
            .index_evictions(1)
            .crashes(1),
    );
}

/// The ids are known only when the value is. So it is read, the indexes are asked, and it is read again.
fn strict_read() -> Vec<Step> {
    vec![Get { on_miss: OVER }, IsMember(0), Get { on_miss: OVER }, Serve, End]
}

fn evicting(program: Vec<Step>) -> Scenario {
    Scenario::new(&[Served])
        .stored_before(1)
        .with(1, reader(program))
        .index_evictions(1)
}

#[test]
fn a_strict_read_serves_nothing_stale_although_an_index_was_evicted() {
    holds(
        evicting(strict_read())
            .with(2, run(script::run()))
            .with(2, invalidation(script::invalidation(0)))
            .expiry(),
    );
}

#[test]
fn a_strict_read_that_does_not_read_again_takes_the_index_of_a_later_value_for_its_own() {
    breaks(
        evicting(vec![Get { on_miss: OVER }, IsMember(0), Serve, End])
            .with(1, run(script::run()))
            .with(1, invalidation(script::invalidation(0))),
        Served,
    );
}

#[test]
fn where_runs_add_the_value_key_before_they_publish_a_strict_read_believes_them_too_early() {
    breaks(
        evicting(strict_read())
            .with(1, run(rename::run(1)))
            .with(1, invalidation(rename::invalidation(0))),
        Served,
    );
}

/// Before it is published a run is found by its mark alone.
fn run_that_marks_first() -> Vec<Step> {
    let (unstage, unmark) = (8, 9);
    vec![
        ReadPosition,
        Seed,
        Stage,
        AddMark(0),
        Check { on_conflict: unstage },
        Publish { on_failure: unmark },
        AddMember(0),
        RemoveMark(0),
        Unstage,
        RemoveMark(0),
        End,
    ]
}

#[test]
fn a_run_that_adds_the_value_key_only_when_it_has_published_is_as_sound() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores])
            .with(2, run(run_that_marks_first()))
            .with(2, invalidation(rename::invalidation(0)))
            .crashes(2),
    );
}

#[test]
fn then_a_strict_read_is_fooled_only_by_an_eviction_and_an_invalidation_between_publishing_and_that() {
    let scenario = evicting(strict_read())
        .with(1, run(run_that_marks_first()))
        .with(1, invalidation(rename::invalidation(0)));
    breaks(scenario.clone(), Served);
    // Without that one step it is not.
    let mut scenario = scenario;
    scenario.roles[1].program[6] = RemoveMark(0);
    holds(scenario);
}
