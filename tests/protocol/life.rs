//! How long an index lives that has no expiry, and what goes wrong with one that has.

use crate::machines::life::{GARBAGE, Life, Look, MARKS, PLAIN, Persist, SCRIPT, UNLISTED};
use crate::model::machine::{breaks, holds};

#[test]
fn an_index_goes_with_its_last_member_in_one_script_and_never_before() {
    holds(SCRIPT);
    holds(MARKS);
    holds(Life {
        has_old_index: true,
        ..MARKS
    });
}

#[test]
fn in_single_commands_members_are_reaped_and_the_entry_goes_if_its_end_is_the_same() {
    holds(PLAIN);
    breaks(
        "ZREM without comparison",
        Life {
            look: Look::ReapingWithoutComparing,
            ..PLAIN
        },
        GARBAGE,
    );
}

#[test]
fn an_index_with_an_expiry_is_evicted_before_its_values() {
    breaks(
        "indexes with an expiry",
        Life {
            is_volatile: true,
            ..SCRIPT
        },
        UNLISTED,
    );
}

#[test]
fn looking_and_removing_in_two_commands_takes_the_index_of_a_value_that_was_stored_in_between() {
    breaks(
        "look and removal in two commands",
        Life {
            look: Look::EachAlone,
            ..SCRIPT
        },
        UNLISTED,
    );
}

#[test]
fn a_mark_is_alive_while_it_is_young_although_nothing_is_under_it_yet() {
    breaks(
        "a young mark taken for dead",
        Life {
            look: Look::EmptyMarksAreDead,
            ..MARKS
        },
        UNLISTED,
    );
}

#[test]
fn an_old_mark_is_alive_while_there_is_a_value_under_its_key() {
    breaks(
        "an old mark whose value is there taken for dead",
        Life {
            look: Look::MarksStandForNothing,
            ..MARKS
        },
        UNLISTED,
    );
}

#[test]
fn an_expiry_that_is_left_from_before_is_taken_off_before_a_member_is_added() {
    let old = Life {
        has_old_index: true,
        ..MARKS
    };
    breaks(
        "PERSIST after SADD",
        Life {
            persist: Persist::AfterSadd,
            ..old
        },
        UNLISTED,
    );
}

#[test]
fn the_sorted_set_is_written_before_the_index_lest_a_writer_that_dies_leave_it_for_good() {
    breaks(
        "the index before `life`",
        Life {
            is_listed_first: false,
            ..PLAIN
        },
        GARBAGE,
    );
}
