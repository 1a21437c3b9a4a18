//! Whose result stays when several runs of one key end, and how a refresh has the last word.

use crate::model::cast::{invalidation, run};
use crate::model::check::{breaks, holds};
use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::{Step, Step::*};

#[test]
fn an_older_run_may_replace_the_value_of_a_later_one_when_nothing_was_invalidated_between() {
    // The data changed and nobody said so (here: an invalidation that is about another key). In every form the run that
    // stores last wins, and its value has its whole time to live.
    for program in [script::run(), rename::run(1)] {
        breaks(
            "no entry, and the data changed",
            Scenario::new(&[NeverBack])
                .with(2, run(program))
                .with(1, Role::invalidation(vec![Append, Resolve, End], Target::Key(1))),
            NeverBack,
        );
    }
    // Were it said, the older run would not be stored.
    holds(
        Scenario::new(&[NeverBack])
            .with(3, run(script::run()))
            .with(1, invalidation(script::invalidation(0))),
    );
}

#[test]
fn a_refresh_that_tells_the_log_of_itself_is_not_overwritten_by_an_older_run() {
    holds(
        Scenario::new(&[NeverBack, Fresh, Indexed])
            .stored_before(1)
            .with(3, run(script::run()))
            .with(1, Role::refresh(vec![AppendPosition, Store, Resolve, End], 0, 1))
            .crashes(2),
    );
}

fn staging(position: &[Step]) -> Vec<Step> {
    rename::run_marking_its_key(position, &[Resolve, End])
}

#[test]
fn in_single_commands_it_must_unlink_what_older_runs_have_staged_too() {
    let scenario = |position: &[Step]| {
        Scenario::new(&[Fresh])
            .stored_before(1)
            .with(2, run(staging(&[ReadPosition, Seed])))
            .with(1, Role::refresh(staging(position), 0, 1))
    };
    breaks("marks of older runs left", scenario(&[AppendPosition]), Fresh);
    holds(scenario(&[AppendPosition, ReadIndex(1), UnlinkStagedOnly]));
}
