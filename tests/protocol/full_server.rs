//! A server that is full takes no entry of the log (`noeviction`), but values may be unlinked, which makes room.

use crate::model::cast::run;
use crate::model::check::{breaks, holds};
use crate::model::program::{rename, script};
use crate::model::scenario::{Role, Rule::*, Scenario, Target};
use crate::model::step::{Step, Step::*};

fn invalidation(steps: &[Step]) -> Role {
    Role::invalidation(steps.to_vec(), Target::Entity(0))
}

#[test]
fn what_is_dropped_before_the_entry_to_make_room_is_dropped_again_after_it() {
    let steps = [
        ReadIndex(0),
        UnlinkStaged,
        UnlinkFound,
        Append,
        ReadIndex(0),
        UnlinkStaged,
        UnlinkFound,
        Resolve,
        End,
    ];
    for program in [rename::run(1), script::run()] {
        holds(
            Scenario::new(&[Fresh, Indexed])
                .stored_before(1)
                .with(2, run(program))
                .with(2, invalidation(&steps))
                .crashes(1),
        );
    }
}

#[test]
fn values_first_and_then_the_entry_lets_an_older_run_store_in_between() {
    let steps = [ReadIndex(0), UnlinkStaged, UnlinkFound, Append, Resolve, End];
    for program in [rename::run(1), script::run()] {
        breaks(
            "drop, append",
            Scenario::new(&[Fresh])
                .stored_before(1)
                .with(1, run(program))
                .with(1, invalidation(&steps)),
            Fresh,
        );
    }
}
