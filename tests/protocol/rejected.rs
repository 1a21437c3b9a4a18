//! The plain form that was designed first: write the value, look at the log again, withdraw. It works but for a window,
//! and `rename_form` has none. What is shown here is why it was left.

use crate::model::cast::{invalidation, reaper, run};
use crate::model::check::{breaks, holds, soak};
use crate::model::program::plain;
use crate::model::scenario::{Rule::*, Scenario};
use crate::model::step::{OVER, Step, Step::*};

#[test]
fn a_stale_value_can_be_read_only_between_a_write_and_its_last_check_or_if_the_process_dies_there() {
    holds(
        Scenario::new(&[FreshButForTheWindow, Indexed, Stores, Recovers])
            .with(soak(2, 3), run(plain::run(1)))
            .with(2, invalidation(plain::invalidation(0)))
            .probe_plain()
            .crashes(2)
            .log_losses(1),
    );
}

#[test]
fn that_window_is_real() {
    let scenario = Scenario::new(&[Fresh])
        .with(1, run(plain::run(1)))
        .with(1, invalidation(plain::invalidation(0)));
    breaks(scenario, Fresh);
}

#[test]
fn a_withdrawal_may_take_a_fresh_value_with_it() {
    let scenario = Scenario::new(&[Keeps])
        .with(2, run(plain::run(1)))
        .with(1, invalidation(plain::invalidation(0)));
    breaks(scenario, Keeps);
}

#[test]
fn removing_the_members_before_unlinking_opens_a_second_window() {
    let scenario = Scenario::new(&[FreshButForTheWindow]).with(1, run(plain::run(1))).with(
        2,
        invalidation(vec![Append, ReadIndex(0), RemoveFound(0), UnlinkFound, Resolve, End]),
    );
    breaks(scenario, FreshButForTheWindow);
}

#[test]
fn each_of_its_steps_is_needed() {
    let writing = |steps: &[Step]| {
        let mut program = vec![ReadPosition, Seed];
        program.extend(steps);
        let withdraw = program.len() as u8 + 2;
        program.extend([Check { on_conflict: withdraw }, End, Withdraw, End]);
        run(program)
    };
    let check = Check { on_conflict: OVER };
    let scenario = || Scenario::new(&[FreshButForTheWindow]).with(1, invalidation(plain::invalidation(0)));
    let reaped = || scenario().with(1, reaper(plain::reaper(0)));
    // The whole, to see that what follows fails for what it lacks.
    holds(reaped().with(1, writing(&[AddMember(0), check, Write, AddMember(0)])));
    // One SADD only.
    breaks(
        reaped().with(1, writing(&[AddMember(0), check, Write])),
        FreshButForTheWindow,
    );
    // The check before the value is written is what bounds the window; the one after is what closes it.
    let unchecked = vec![ReadPosition, Seed, AddMember(0), check, Write, AddMember(0), End];
    breaks(scenario().with(1, run(unchecked)), FreshButForTheWindow);
    // The last check before the index is written.
    let early = vec![
        ReadPosition,
        Seed,
        Write,
        Check { on_conflict: 6 },
        AddMember(0),
        End,
        Withdraw,
        End,
    ];
    breaks(scenario().with(1, run(early)), FreshButForTheWindow);
    // UNLINK before SREM, and DEL of the index.
    for drop in [RemoveFound(0), DropIndex(0)] {
        let dropping = vec![Append, ReadIndex(0), UnlinkValues, drop, Resolve, End];
        breaks(
            Scenario::new(&[Indexed])
                .with(1, writing(&[AddMember(0), check, Write, AddMember(0)]))
                .with(1, invalidation(dropping)),
            Indexed,
        );
    }
}

/// A value that is written with a short expiry, which is lengthened when the last check has passed.
fn provisional(confirm: Step) -> Vec<Step> {
    let withdraw = 9;
    vec![
        ReadPosition,
        Seed,
        AddMember(0),
        Check { on_conflict: OVER },
        WriteProvisional,
        AddMember(0),
        Check { on_conflict: withdraw },
        confirm,
        End,
        Withdraw,
        End,
    ]
}

#[test]
fn a_provisional_expiry_shortens_the_window_if_each_run_confirms_its_own_write_only() {
    let scenario = |confirm| {
        Scenario::new(&[FreshButForProvisional])
            .with(2, run(provisional(confirm)))
            .with(2, invalidation(plain::invalidation(0)))
            .crashes(2)
    };
    holds(scenario(ConfirmOwn));
    breaks(scenario(Confirm), FreshButForProvisional);
}
