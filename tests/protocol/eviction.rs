//! A server that evicts any key (`allkeys-*`) may take an index before the values that it lists. What a strict read believes
//! where a writer takes several steps is in `strict`.

use crate::model::cast::{invalidation, reader, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::{rename, script};
use crate::model::scenario::{Rule::*, Scenario};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn an_invalidation_cannot_find_what_an_evicted_index_listed() {
    breaks(
        "not strict",
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
        Scenario::new(&[FreshButForEviction, Recovers])
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
    for program in [script::run(), script::large_run(1)] {
        holds(
            evicting(strict_read())
                .with(2, run(program))
                .with(2, invalidation(script::invalidation(0)))
                .expiry(),
        );
    }
}

#[test]
fn a_strict_read_that_does_not_read_again_takes_the_index_of_a_later_value_for_its_own() {
    breaks(
        "no second GET",
        evicting(vec![Get { on_miss: OVER }, IsMember(0), Serve, End])
            .with(1, run(script::run()))
            .with(1, invalidation(script::invalidation(0))),
        Served,
    );
}
