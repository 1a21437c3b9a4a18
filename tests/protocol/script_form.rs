//! The one-slot form: check, index and value are one script, and so is the invalidation of a small set.

use crate::model::cast::{invalidation, reaper, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::script;
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn no_reader_gets_a_stale_value_whatever_the_order_of_commands_crashes_expiries_and_losses_of_the_log() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(3, run(script::run()))
            .with(2, invalidation(script::invalidation(0)))
            .probe_script()
            .crashes(5)
            .log_losses(2)
            .expiry(),
    );
}

#[test]
fn a_large_set_is_dropped_page_by_page_while_others_store_invalidate_and_reap() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(soak(1, 2), run(script::run()))
            .with(1, Role::run(script::run(), 1, 1))
            .with(2, invalidation(script::large_invalidation(0, 2)))
            .with(1, reaper(script::reaper(0)))
            .probe_script()
            .crashes(2)
            .log_losses(1)
            .expiry(),
    );
}

#[test]
fn results_with_several_entities_and_with_entities_that_change_are_found_by_each_of_them() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(1, Role::run(script::run(), 0, 0b01))
            .with(1, Role::run(script::run(), 0, 0b11))
            .with(1, Role::run(script::run(), 1, 0b10))
            .with(1, Role::invalidation(script::invalidation(0), Target::Entity(0)))
            .with(
                1,
                Role::invalidation(script::large_invalidation(1, 2), Target::Entity(1)),
            )
            .probe_script()
            .crashes(2)
            .log_losses(1)
            .expiry(),
    );
}

#[test]
fn a_result_with_more_entities_than_one_script_should_write_is_staged_and_indexed_in_parts() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(soak(1, 2), Role::run(script::large_run(0b11), 0, 0b11))
            .with(1, run(script::run()))
            .with(1, Role::invalidation(script::invalidation(0), Target::Entity(0)))
            .with(
                1,
                Role::invalidation(script::large_invalidation(1, 1), Target::Entity(1)),
            )
            .with(1, reaper(script::reaper(0)))
            .probe_script()
            .crashes(2)
            .log_losses(1),
    );
}

#[test]
fn one_key_is_dropped_by_name_after_it_was_appended_to_the_log() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(3, run(script::run()))
            .with(
                1,
                Role::invalidation(vec![Append, UnlinkKey(0), Resolve, End], Target::Key(0)),
            )
            .with(1, invalidation(script::invalidation(0)))
            .probe_script()
            .crashes(2)
            .log_losses(1),
    );
}

/// Some order of a run of these steps and one invalidation leaves a stale value.
#[track_caller]
fn is_overtaken(variant: &str, steps: Vec<Step>) {
    breaks(
        variant,
        Scenario::new(&[Fresh])
            .with(1, run(steps))
            .with(1, invalidation(script::invalidation(0))),
        Fresh,
    );
}

#[test]
fn without_the_check_a_run_stores_what_was_invalidated_meanwhile() {
    is_overtaken("no look at the log", vec![ReadPosition, Seed, StoreUnchecked, End]);
}

#[test]
fn a_check_that_is_not_in_the_script_of_the_store_comes_too_early() {
    let check = Check { on_conflict: OVER };
    is_overtaken(
        "a look that is no part of the store",
        vec![ReadPosition, Seed, check, StoreUnchecked, End],
    );
}

#[test]
fn a_position_that_is_read_when_the_function_runs_already_hides_an_invalidation() {
    is_overtaken(
        "a position read while the function runs",
        vec![Begin, ReadPosition, Seed, Store, End],
    );
}

#[test]
fn an_invalidation_that_appends_last_lets_an_older_run_store_behind_it() {
    breaks(
        "XADD behind the drop",
        Scenario::new(&[Fresh])
            .with(1, run(script::run()))
            .with(1, invalidation(vec![Drop(0), Append, Resolve, End])),
        Fresh,
    );
}

#[test]
fn deleting_the_index_takes_the_membership_of_a_fresh_value_with_it() {
    let deleting = vec![Append, ReadIndex(0), UnlinkFound, DropIndex(0), Resolve, End];
    let scenario = Scenario::new(&[Fresh, Indexed])
        .with(1, run(script::run()))
        .with(2, invalidation(deleting));
    breaks("DEL of the index in another command", scenario.clone(), Indexed);
    breaks("DEL of the index in another command", scenario, Fresh);
}

#[test]
fn unlinking_before_removing_loses_a_fresh_value_to_the_index() {
    let unlinking = vec![Append, ReadIndex(0), UnlinkValues, RemoveFound(0), Resolve, End];
    breaks(
        "UNLINK, then SREM in another command",
        Scenario::new(&[Indexed])
            .stored_before(1)
            .with(1, run(script::run()))
            .with(1, invalidation(unlinking)),
        Indexed,
    );
}

#[test]
fn removing_and_unlinking_in_two_commands_lets_another_invalidation_resolve_in_between() {
    let removing = vec![Append, ReadIndex(0), RemoveFound(0), UnlinkFound, Resolve, End];
    breaks(
        "SREM, then UNLINK in another command",
        Scenario::new(&[Fresh]).stored_before(1).with(2, invalidation(removing)),
        Fresh,
    );
}
