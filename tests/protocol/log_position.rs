//! A place in the log is that of an entry which is really there, and it is known again only by that entry.

use crate::model::cast::{invalidation, run};
use crate::model::check::{breaks, holds};
use crate::model::program::{rename, script};
use crate::model::scenario::{PositionRule, Rule::*, Scenario};
use crate::model::step::Step::*;

#[test]
fn a_position_that_is_an_entry_stands_evictions_and_trims_of_the_log_and_several_that_seed_it_at_once() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(3, run(script::run()))
            .with(2, invalidation(vec![Append, Drop(0), Resolve, End]))
            .probe_script()
            .log_losses(3),
    );
}

#[test]
fn zero_for_an_empty_log_hides_an_invalidation_whose_entry_was_evicted() {
    let scenario = Scenario::new(&[Fresh])
        .position_rule(PositionRule::ZeroWhenEmpty)
        .with(1, run(script::run()))
        .with(1, invalidation(script::invalidation(0)));
    holds(scenario.clone());
    breaks(
        "zero for an empty log, whose entries are evicted",
        scenario.log_losses(1),
        Fresh,
    );
}

#[test]
fn zero_for_an_empty_log_hides_an_invalidation_whose_entry_was_trimmed() {
    let mut scenario = Scenario::new(&[Fresh])
        .position_rule(PositionRule::ZeroWhenEmpty)
        .with(1, run(script::run()))
        .with(2, invalidation(script::invalidation(0)));
    scenario.log_trims = 1;
    // The second invalidation is about something else, as far as this run can tell.
    scenario.roles[2].target = Some(crate::model::scenario::Target::Key(1));
    breaks("zero for an empty log, whose entries are trimmed", scenario, Fresh);
}

#[test]
fn an_id_alone_may_be_that_of_an_invalidation_in_a_log_made_anew() {
    breaks(
        "an id without a writer",
        Scenario::new(&[Fresh])
            .position_rule(PositionRule::IdAlone)
            .with(1, run(script::run()))
            .with(1, invalidation(script::invalidation(0)))
            .log_losses(1),
        Fresh,
    );
}

#[test]
fn taking_the_entry_at_the_position_for_news_ends_all_caching_after_an_invalidation() {
    breaks(
        "the entry of the position taken for a later one",
        Scenario::new(&[Recovers])
            .position_rule(PositionRule::OwnEntryCounts)
            .with(1, invalidation(script::invalidation(0)))
            .probe_script(),
        Recovers,
    );
    breaks(
        "the entry of the position taken for a later one",
        Scenario::new(&[Stores])
            .position_rule(PositionRule::OwnEntryCounts)
            .with(1, run(rename::run(1)))
            .with(1, invalidation(rename::invalidation(0))),
        Stores,
    );
}
