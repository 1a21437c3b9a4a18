//! A Cluster whose keys lie in several slots, or a client without scripts: every command stands alone.

use crate::model::cast::{invalidation, reaper, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::rename;
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn no_reader_gets_a_stale_value_although_every_command_stands_alone_and_any_process_may_die_between_two() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(2, run(rename::run(1)))
            .with(2, invalidation(rename::invalidation(0)))
            .probe_rename()
            .crashes(4)
            .log_losses(1)
            .expiry(),
    );
}

#[test]
fn three_runs_of_one_key_and_two_invalidations_get_on_with_one_another() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Keeps])
            .with(3, run(rename::run(1)))
            .with(2, invalidation(rename::invalidation(0)))
            .crashes(soak(0, 1) as u8)
            .log_losses(soak(0, 1) as u8),
    );
}

#[test]
fn results_with_several_entities_and_with_entities_that_change_are_found_by_each_of_them() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores, Recovers])
            .with(1, Role::run(rename::run(0b11), 0, 0b11))
            .with(1, Role::run(rename::run(0b01), 0, 0b01))
            .with(1, Role::invalidation(rename::invalidation(0), Target::Entity(0)))
            .with(1, Role::invalidation(rename::invalidation(1), Target::Entity(1)))
            .probe_rename()
            .crashes(soak(1, 3) as u8)
            .log_losses(soak(0, 1) as u8),
    );
}

/// Index 1 stands for the set of the marks of key 0, which leads from a call to what is staged for it.
fn run_with_marks_of_its_key() -> Role {
    let tidy = 7;
    run(vec![
        ReadPosition,
        Seed,
        Stage,
        AddMemberAndMark(0),
        AddMark(1),
        Check { on_conflict: tidy },
        Publish { on_failure: tidy },
        Unstage,
        AddMember(0),
        RemoveMark(0),
        RemoveMark(1),
        End,
    ])
}

#[test]
fn one_key_is_dropped_by_name_with_what_is_staged_for_it() {
    let by_name = vec![Append, ReadIndex(1), UnlinkFound, UnlinkKey(0), Resolve, End];
    holds(
        Scenario::new(&[Fresh, Indexed, Stores])
            .with(2, run_with_marks_of_its_key())
            .with(1, Role::invalidation(by_name, Target::Key(0)))
            .with(1, invalidation(rename::invalidation(0)))
            .crashes(1),
    );
}

#[test]
fn dropping_a_key_by_name_alone_misses_what_is_staged_for_it() {
    let by_name = vec![Append, UnlinkKey(0), Resolve, End];
    breaks(
        Scenario::new(&[Fresh])
            .with(1, run_with_marks_of_its_key())
            .with(1, Role::invalidation(by_name, Target::Key(0))),
        Fresh,
    );
}

/// Some order of a run of these steps and one invalidation leaves a stale value.
fn is_overtaken(steps: Vec<Step>) {
    breaks(
        Scenario::new(&[Fresh])
            .with(1, run(steps))
            .with(1, invalidation(rename::invalidation(0))),
        Fresh,
    );
}

#[test]
fn without_the_check_a_run_publishes_what_was_invalidated_meanwhile() {
    let unchecked = vec![
        ReadPosition,
        Seed,
        Stage,
        AddMemberAndMark(0),
        Publish { on_failure: OVER },
        End,
    ];
    is_overtaken(unchecked);
}

#[test]
fn a_check_before_the_index_knows_of_the_run_comes_too_early() {
    let early = vec![
        ReadPosition,
        Seed,
        Stage,
        Check { on_conflict: OVER },
        AddMemberAndMark(0),
        Publish { on_failure: OVER },
        AddMember(0),
        RemoveMark(0),
        End,
    ];
    is_overtaken(early);
}

#[test]
fn a_position_that_is_read_when_the_function_runs_already_hides_an_invalidation() {
    let late = vec![
        Begin,
        ReadPosition,
        Seed,
        Stage,
        AddMemberAndMark(0),
        Check { on_conflict: OVER },
        Publish { on_failure: OVER },
        End,
    ];
    is_overtaken(late);
}

#[test]
fn setting_the_value_instead_of_renaming_to_it_ignores_that_it_was_unlinked() {
    let setting = vec![
        ReadPosition,
        Seed,
        Stage,
        AddMemberAndMark(0),
        Check { on_conflict: OVER },
        Write,
        End,
    ];
    is_overtaken(setting);
}

#[test]
fn unlinking_the_values_before_what_is_staged_lets_a_rename_pass_between_the_two() {
    let values_first = vec![Append, ReadIndex(0), UnlinkValues, UnlinkStaged, Resolve, End];
    breaks(
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(1, invalidation(values_first)),
        Fresh,
    );
}

#[test]
fn unlinking_what_is_staged_before_the_values_needs_no_common_command() {
    let staged_first = vec![Append, ReadIndex(0), UnlinkStaged, UnlinkFound, Resolve, End];
    holds(
        Scenario::new(&[Fresh, Indexed, Stores])
            .with(2, run(rename::run(1)))
            .with(2, invalidation(staged_first))
            .crashes(1),
    );
}

#[test]
fn one_sadd_only_leaves_a_value_that_a_reaper_has_removed_from_the_index() {
    let once = vec![
        ReadPosition,
        Seed,
        Stage,
        AddMemberAndMark(0),
        Check { on_conflict: OVER },
        Publish { on_failure: OVER },
        RemoveMark(0),
        End,
    ];
    breaks(
        Scenario::new(&[Indexed])
            .with(1, run(once))
            .with(1, reaper(rename::reaper(0))),
        Indexed,
    );
}

#[test]
fn a_mark_that_is_not_taken_for_its_value_hides_what_a_reaper_has_replaced() {
    let literal = vec![Append, ReadIndex(0), UnlinkStagedOnly, UnlinkFound, Resolve, End];
    breaks(
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(1, reaper(rename::reaper(0)))
            .with(1, invalidation(literal)),
        Fresh,
    );
}

#[test]
fn removing_members_before_unlinking_lets_another_invalidation_resolve_in_between() {
    let removing = vec![Append, ReadIndex(0), RemoveFound(0), UnlinkFound, Resolve, End];
    breaks(
        Scenario::new(&[Fresh]).stored_before(1).with(2, invalidation(removing)),
        Fresh,
    );
}

#[test]
fn deleting_the_index_takes_the_marks_of_others_with_it() {
    let deleting = vec![Append, ReadIndex(0), UnlinkFound, DropIndex(0), Resolve, End];
    breaks(
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(2, invalidation(deleting)),
        Fresh,
    );
}
