//! The plain form: a Cluster whose keys lie in several slots, where a script touches one index, or a client without
//! scripts, where every command stands alone.

use crate::model::cast::{invalidation, reaper, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::rename;
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn no_reader_gets_a_stale_value_although_any_process_may_die_between_two_commands() {
    for (program, invalidations) in [(rename::run(1), 2), (rename::scriptless_run(1), soak(1, 2))] {
        holds(
            Scenario::new(&[Fresh, Indexed, Stores, Recovers])
                .with(2, run(program))
                .with(invalidations, invalidation(rename::invalidation(0)))
                .probe_rename()
                .crashes(4)
                .log_losses(1)
                .expiry(),
        );
    }
}

#[test]
fn three_runs_of_one_key_and_invalidations_get_on_with_one_another() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores])
            .with(3, run(rename::run(1)))
            .with(soak(1, 2), invalidation(rename::invalidation(0))),
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

#[test]
fn a_renaming_that_is_sent_twice_leaves_no_value_without_its_index() {
    let scenario = |program| {
        Scenario::new(&[Fresh, Indexed])
            .with(1, run(program))
            .with(1, run(rename::run(1)))
            .with(1, invalidation(rename::invalidation(0)))
            .crashes(1)
    };
    holds(scenario(rename::run_sent_twice(1)).with(1, reaper(rename::reaper(0))));
    let is_withdrawal = |step: &&Step| **step != Withdraw;
    let kept: Vec<_> = rename::run_sent_twice(1)
        .iter()
        .filter(is_withdrawal)
        .copied()
        .collect();
    breaks("the value kept where its mark is gone", scenario(kept), Indexed);
    let mut late = rename::run_sent_twice(1);
    let withdrawal = late.len() - 3;
    late.swap(withdrawal, withdrawal + 1);
    breaks(
        "the mark taken out before the value is withdrawn",
        scenario(late),
        Indexed,
    );
}

fn run_with_marks_of_its_key() -> Role {
    run(rename::run_marking_its_key(&[ReadPosition, Seed], &[End]))
}

#[test]
fn one_key_is_dropped_by_name_with_what_is_staged_for_it() {
    holds(
        Scenario::new(&[Fresh, Indexed, Stores])
            .with(2, run_with_marks_of_its_key())
            .with(1, Role::invalidation(rename::invalidation_of_key(0), Target::Key(0)))
            .with(soak(0, 1), invalidation(rename::invalidation(0)))
            .crashes(1),
    );
}

#[test]
fn dropping_a_key_by_name_alone_misses_what_is_staged_for_it() {
    let by_name = vec![Append, UnlinkKey(0), Resolve, End];
    breaks(
        "a key dropped without its marks",
        Scenario::new(&[Fresh])
            .with(1, run_with_marks_of_its_key())
            .with(1, Role::invalidation(by_name, Target::Key(0))),
        Fresh,
    );
}

/// Some order of a run of these steps and one invalidation leaves a stale value.
#[track_caller]
fn is_overtaken(variant: &str, steps: Vec<Step>) {
    breaks(
        variant,
        Scenario::new(&[Fresh])
            .with(1, run(steps))
            .with(1, invalidation(rename::invalidation(0))),
        Fresh,
    );
}

const CHECK: Step = Check { on_conflict: OVER };
const PUBLISH: Step = Publish { on_failure: OVER };

#[test]
fn without_the_check_a_run_publishes_what_was_invalidated_meanwhile() {
    is_overtaken(
        "no look at the log",
        vec![ReadPosition, Seed, Stage, AddMark(0), PUBLISH, End],
    );
}

#[test]
fn a_check_before_the_index_knows_of_the_run_comes_too_early() {
    is_overtaken(
        "a look before the mark is listed",
        vec![ReadPosition, Seed, Stage, CHECK, AddMark(0), PUBLISH, Tidy(0), End],
    );
}

#[test]
fn a_position_that_is_read_when_the_function_runs_already_hides_an_invalidation() {
    is_overtaken(
        "a position read while the function runs",
        vec![Begin, ReadPosition, Seed, Stage, AddMark(0), CHECK, PUBLISH, End],
    );
}

#[test]
fn setting_the_value_instead_of_renaming_to_it_ignores_that_it_was_unlinked() {
    is_overtaken(
        "SET in place of RENAME",
        vec![ReadPosition, Seed, Stage, AddMark(0), CHECK, Write, End],
    );
}

#[test]
fn writing_the_value_and_looking_at_the_log_once_more_leaves_a_window() {
    let withdraw = 8;
    is_overtaken(
        "no mark, and a second look behind the value",
        vec![
            ReadPosition,
            Seed,
            AddMember(0),
            CHECK,
            Write,
            AddMember(0),
            Check { on_conflict: withdraw },
            End,
            Withdraw,
            End,
        ],
    );
}

#[test]
fn unlinking_the_values_before_what_is_staged_lets_a_rename_pass_between_the_two() {
    let values_first = vec![Append, ReadIndex(0), UnlinkValues, UnlinkStaged, Resolve, End];
    breaks(
        "values unlinked before marks",
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(1, invalidation(values_first)),
        Fresh,
    );
}

#[test]
fn a_mark_that_is_not_taken_for_its_value_hides_what_a_reaper_has_replaced() {
    let literal = vec![Append, ReadIndex(0), UnlinkStagedOnly, UnlinkFound, Resolve, End];
    breaks(
        "a mark that stands for nothing",
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(1, reaper(rename::reaper(0)))
            .with(1, invalidation(literal)),
        Fresh,
    );
}

#[test]
fn the_mark_is_taken_out_only_when_the_key_is_listed() {
    breaks(
        "the mark taken out before the key is listed",
        Scenario::new(&[Indexed]).with(
            1,
            run(vec![
                ReadPosition,
                Seed,
                Stage,
                AddMark(0),
                CHECK,
                PUBLISH,
                RemoveMark(0),
                AddMember(0),
                End,
            ]),
        ),
        Indexed,
    );
}

#[test]
fn removing_members_before_unlinking_lets_another_invalidation_resolve_in_between() {
    let removing = vec![Append, ReadIndex(0), RemoveFound(0), UnlinkFound, Resolve, End];
    breaks(
        "SREM before UNLINK",
        Scenario::new(&[Fresh]).stored_before(1).with(2, invalidation(removing)),
        Fresh,
    );
}

#[test]
fn deleting_the_index_takes_the_marks_of_others_with_it() {
    let deleting = vec![
        Append,
        ReadIndex(0),
        UnlinkStaged,
        UnlinkFound,
        DropIndex(0),
        Resolve,
        End,
    ];
    breaks(
        "DEL of the index",
        Scenario::new(&[Fresh])
            .with(1, run(rename::run(1)))
            .with(2, invalidation(deleting)),
        Fresh,
    );
}
