//! Members whose values are gone are taken out of the indexes, and no member that is needed goes with them.

use crate::model::cast::{invalidation, reaper, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Rule::*, Scenario};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn a_script_that_looks_and_removes_takes_nothing_that_is_needed() {
    holds(
        Scenario::new(&[Fresh, Indexed, Recovers])
            .with(2, run(script::run()))
            .with(1, invalidation(script::large_invalidation(0, 1)))
            .with(2, reaper(script::reaper(0)))
            .probe_script()
            .expiry()
            .crashes(2),
    );
}

#[test]
fn with_a_mark_in_the_place_of_the_member_single_commands_take_nothing_that_is_needed() {
    holds(
        Scenario::new(&[Fresh, Indexed, Recovers])
            .with(soak(1, 2), run(rename::run(1)))
            .with(1, invalidation(rename::invalidation(0)))
            .with(2, reaper(rename::reaper(0)))
            .probe_rename()
            .expiry()
            .crashes(2),
    );
}

#[test]
fn the_mark_of_a_run_may_be_reaped_even_if_the_run_is_not_dead() {
    holds(
        Scenario::new(&[Fresh, Indexed, Recovers])
            .with(1, run(rename::run(1)))
            .with(1, Role::run(rename::run(1), 0, 1))
            .with(1, invalidation(rename::invalidation(0)))
            .with(1, reaper(rename::mark_reaper(0, 0)))
            .with(soak(0, 1), reaper(rename::reaper(0)))
            .probe_rename()
            .crashes(2),
    );
}

#[test]
fn the_mark_of_a_reaper_may_not_be_reaped_before_the_reaper_is_dead() {
    let scenario = Scenario::new(&[Indexed])
        .with(1, reaper(rename::reaper(0)))
        .with(1, run(rename::run(1)))
        .with(1, reaper(rename::mark_reaper(0, 0)));
    breaks("the mark of a reaper that lives, reaped", scenario, Indexed);
}

fn removing_what_is_gone() -> Vec<Step> {
    vec![UnlessExists(OVER), RemoveMember(0), End]
}

#[test]
fn looking_and_removing_in_two_commands_takes_the_member_of_a_value_that_was_stored_in_between() {
    for program in [script::run(), rename::run(1)] {
        breaks(
            "EXISTS and SREM in two commands",
            Scenario::new(&[Indexed])
                .with(1, run(program))
                .with(1, reaper(removing_what_is_gone())),
            Indexed,
        );
    }
}

#[test]
fn looking_again_and_checking_the_log_mends_it_too_late_for_an_invalidation_in_between() {
    let (restore, withdraw) = (6, 9);
    let mending = vec![
        ReadPosition,
        Seed,
        UnlessExists(OVER),
        RemoveMember(0),
        UnlessExists(restore),
        End,
        AddMember(0),
        Check { on_conflict: withdraw },
        End,
        Withdraw,
        End,
    ];
    let scenario = Scenario::new(&[Fresh])
        .with(1, run(script::run()))
        .with(1, Role::run(mending, 0, 1))
        .with(1, invalidation(rename::invalidation(0)));
    breaks(
        "the member back when it is missed, behind a look at the log",
        scenario,
        Fresh,
    );
}
