//! A later call may join a run that is under way, unless the log says that something has come between.

use crate::model::cast::{invalidation, reader, run};
use crate::model::check::{breaks, holds};
use crate::model::program::{rename, script};
use crate::model::scenario::{Rule::*, Scenario};
use crate::model::step::{Step, Step::*};

/// A call that looks, and joins the run of process 0 if that will do.
fn call(join: Step) -> Vec<Step> {
    let join_at = 3;
    vec![Get { on_miss: join_at }, Serve, End, join, Serve, End]
}

#[test]
fn a_call_that_joins_after_a_look_at_the_log_is_never_handed_a_result_from_before_an_invalidation() {
    holds(
        Scenario::new(&[Served, Fresh])
            .with(1, run(script::run()))
            .with(2, reader(call(Join(0))))
            .with(2, invalidation(script::invalidation(0)))
            .log_losses(1)
            .crashes(1),
    );
    holds(
        Scenario::new(&[Served, Fresh])
            .with(1, run(rename::run(1)))
            .with(1, reader(call(Join(0))))
            .with(2, invalidation(rename::invalidation(0)))
            .log_losses(1),
    );
}

#[test]
fn joining_without_a_look_hands_out_what_an_invalidation_has_made_stale() {
    breaks(
        "joining without a look",
        Scenario::new(&[Served])
            .with(1, run(script::run()))
            .with(1, reader(call(JoinUnchecked(0))))
            .with(1, invalidation(script::invalidation(0))),
        Served,
    );
}

#[test]
fn a_refresh_in_the_background_is_a_run_like_any_other() {
    holds(
        Scenario::new(&[Served, Fresh, Indexed])
            .stored_before(1)
            .with(2, run(script::run()))
            .with(2, reader(call(Join(0))))
            .with(2, invalidation(script::invalidation(0))),
    );
}

/// The run holds an old value for the case that its function fails, which then it does.
fn failing_run(steps: [Step; 3]) -> Vec<Step> {
    steps.into_iter().chain([Fail, End]).collect()
}

#[test]
fn the_old_value_for_a_function_that_fails_is_read_after_the_position_of_the_run() {
    let over = crate::model::step::OVER;
    let scenario = |program| {
        Scenario::new(&[Served])
            .stored_before(1)
            .with(1, run(program))
            .with(1, reader(call(JoinFailed(0))))
            .with(1, invalidation(script::invalidation(0)))
    };
    holds(scenario(failing_run([ReadPosition, Seed, Get { on_miss: over }])));
    breaks(
        "the old value for a failure read before the position",
        scenario(failing_run([Get { on_miss: over }, ReadPosition, Seed])),
        Served,
    );
}
