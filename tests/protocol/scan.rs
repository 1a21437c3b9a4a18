//! Invalidations of a function, or of everything, find values by SCAN, which may miss what comes while it goes on.

use crate::model::cast::{invalidation, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::Step::*;

#[test]
fn what_a_scan_may_miss_is_fresh() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(1, run(script::run()))
            .with(1, Role::run(script::large_run(1), 1, 1))
            .with(1, Role::invalidation(script::function_invalidation(2), Target::All))
            .with(1, invalidation(script::invalidation(0)))
            .probe_script()
            .crashes(2)
            .log_losses(1)
            .expiry(),
    );
}

#[test]
fn everything_is_dropped_and_the_indexes_are_emptied_while_others_store() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(2, run(script::run()))
            .with(1, Role::run(script::run(), 1, 0b10))
            .with(1, Role::invalidation(script::full_invalidation(2), Target::All))
            .with(1, invalidation(script::invalidation(0)))
            .probe_script()
            .crashes(2)
            .log_losses(1),
    );
}

#[test]
fn deleting_the_indexes_with_everything_makes_fresh_values_undroppable() {
    let deleting = vec![Append, ScanValue(0), UnlinkFound, DropIndex(0), Resolve, End];
    let scenario = Scenario::new(&[Fresh, Indexed])
        .with(1, run(script::run()))
        .with(1, Role::invalidation(deleting, Target::All))
        .with(1, invalidation(script::invalidation(0)));
    breaks("DEL of the indexes", scenario.clone(), Indexed);
    breaks("DEL of the indexes", scenario, Fresh);
}

#[test]
fn where_results_are_staged_a_pass_over_them_and_then_one_over_the_values_finds_all() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores])
            .with(2, run(rename::run(1)))
            .with(1, Role::invalidation(rename::function_invalidation(2, 1), Target::All))
            .with(soak(0, 1), invalidation(rename::invalidation(0)))
            .crashes(1),
    );
}

#[test]
fn a_single_pass_misses_a_staged_result_that_is_renamed_behind_the_cursor() {
    let single = vec![
        Append,
        ScanValue(0),
        UnlinkFound,
        ScanStaged(0),
        UnlinkStagedOnly,
        Resolve,
        End,
    ];
    breaks(
        "values before marks, in one pass",
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(1, Role::invalidation(single, Target::All)),
        Fresh,
    );
}

#[test]
fn a_scan_before_the_entry_in_the_log_misses_what_an_older_run_stores_behind_it() {
    let late = vec![ScanValue(0), UnlinkFound, Append, Resolve, End];
    breaks(
        "XADD behind the pass",
        Scenario::new(&[Fresh])
            .with(1, run(script::run()))
            .with(1, Role::invalidation(late, Target::All)),
        Fresh,
    );
}
