//! An index lives as long as the values that it lists, whatever the order of stores with different times to live.

use crate::model::cast::{invalidation, reaper};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Rule, Rule::*, Scenario};
use crate::model::step::{OVER, Step, Step::*};

const TICKS: u8 = 3;

/// Two keys of one entity, one short-lived and one long-lived.
fn short_and_long(rules: &[Rule], program: &[Step]) -> Scenario {
    Scenario::new(rules)
        .ticks(TICKS)
        .with(1, Role::run(program.to_vec(), 0, 1).living(3))
        .with(1, Role::run(program.to_vec(), 1, 1).living(1))
        .with(1, invalidation(rename::invalidation(0)))
}

fn renaming(index: &[Step]) -> Vec<Step> {
    let mut steps = vec![ReadPosition, Seed, Stage];
    steps.extend(index);
    steps.extend([Check { on_conflict: OVER }, Publish { on_failure: OVER }]);
    steps.extend([AddMember(0), ExpireNew(0), Lengthen(0), RemoveMark(0), End]);
    steps
}

/// Staged, with a script on each index.
const STAGING: [Step; 9] = [
    ReadPosition,
    Seed,
    Stage,
    Index(0),
    Check { on_conflict: OVER },
    Publish { on_failure: OVER },
    Index(0),
    RemoveMark(0),
    End,
];

#[test]
fn a_script_that_only_lengthens_keeps_the_index_as_long_as_its_values() {
    holds(short_and_long(&[Fresh, Indexed], &script::run()));
    holds(
        short_and_long(&[Fresh, Indexed], &STAGING)
            .with(soak(0, 1), reaper(rename::reaper(0)).living(1))
            .prompt(),
    );
}

#[test]
fn without_scripts_an_expiry_is_set_if_there_is_none_and_lengthened_after_that() {
    let program = renaming(&[AddMemberAndMark(0), ExpireNew(0), Lengthen(0)]);
    holds(
        short_and_long(&[Fresh, Indexed], &program)
            .with(soak(0, 1), reaper(rename::reaper(0)).living(1))
            .prompt(),
    );
}

#[test]
fn an_expiry_that_is_lengthened_only_before_it_is_set_may_be_that_of_another_run() {
    let program = renaming(&[Lengthen(0), AddMemberAndMark(0), ExpireNew(0)]);
    breaks(short_and_long(&[Fresh], &program).prompt(), Fresh);
}

#[test]
fn an_expiry_that_is_set_whatever_was_there_ends_the_index_before_its_values() {
    let program = renaming(&[AddMemberAndMark(0), Expire(0)]);
    breaks(short_and_long(&[Fresh], &program).prompt(), Fresh);
}

#[test]
fn without_a_margin_the_mark_of_a_reaper_may_end_with_the_index_before_the_member_is_removed() {
    let scenario = Scenario::new(&[Indexed])
        .ticks(1)
        .with(1, Role::run(STAGING.to_vec(), 0, 1).living(2));
    breaks(
        scenario.with(1, reaper(vec![AddMark(0), RemoveMember(0), End]).living(1)),
        Indexed,
    );
}

#[test]
fn without_a_margin_an_index_may_end_between_the_command_that_writes_it_and_the_one_that_lengthens_it() {
    let program = renaming(&[AddMemberAndMark(0), ExpireNew(0), Lengthen(0)]);
    breaks(short_and_long(&[Fresh], &program), Fresh);
}
