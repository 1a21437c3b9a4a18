//! An index that is read page by page: what the walk must mind, and what is missed without it.

use crate::machines::pages::{DESIGN, Lock, Pages, Restarts, STALE, Unlinking};
use crate::model::check::soak;
use crate::model::machine::{breaks, holds};

#[test]
fn all_pages_are_read_before_marks_are_unlinked_and_then_values() {
    holds(Pages {
        writers: 2,
        reapers: 0,
        crashes: 1,
        ..DESIGN
    });
    holds(Pages {
        writers: soak(1, 2),
        reapers: 1,
        has_mark_reaper: true,
        crashes: 1,
        ..DESIGN
    });
    holds(Pages {
        reapers: 2,
        stored_before: true,
        ..DESIGN
    });
}

#[test]
fn unlinking_after_each_page_misses_a_value_that_gets_its_name_between_two() {
    let today = Pages {
        reapers: 0,
        lock: Lock::Absent,
        unlinking: Unlinking::AfterEachPage,
        ..DESIGN
    };
    breaks("unlinking after each page, without the lock", today, STALE);
}

#[test]
fn under_the_lock_each_page_may_be_dropped_before_the_next_is_read() {
    let by_page = Pages {
        unlinking: Unlinking::AfterEachPage,
        restarts: soak(0, 1) as u8,
        ..DESIGN
    };
    holds(Pages {
        has_mark_reaper: true,
        crashes: 1,
        ..by_page
    });
    holds(Pages {
        writers: 2,
        reapers: 0,
        ..by_page
    });
}

#[test]
fn a_mark_that_is_taken_out_during_a_walk_hides_the_key_that_replaces_it_on_an_earlier_page() {
    breaks(
        "all pages first, without the lock",
        Pages {
            reapers: 0,
            lock: Lock::Absent,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_reaper_that_puts_a_member_back_during_a_walk_hides_it() {
    breaks(
        "a reaper that does not mind the lock",
        Pages {
            reapers_wait: false,
            ..DESIGN
        },
        STALE,
    );
}

#[test]
fn a_lock_that_expired_and_was_set_by_another_walk_is_known_by_its_token() {
    let two = Pages {
        walkers: 2,
        lock_expiries: 1,
        ..DESIGN
    };
    holds(Pages {
        reapers: soak(0, 1),
        ..two
    });
    breaks(
        "a lock without a token",
        Pages {
            lock: Lock::Anonymous,
            ..two
        },
        STALE,
    );
}

#[test]
fn a_cursor_of_another_run_of_the_server_starts_the_walk_over() {
    let restarting = Pages { restarts: 1, ..DESIGN };
    holds(restarting);
    breaks(
        "no run id, with a restart",
        Pages {
            noticing: Restarts::Unnoticed,
            ..restarting
        },
        STALE,
    );
}

#[test]
fn where_the_server_does_not_name_its_run_two_walks_outlast_one_restart() {
    let twice = Pages {
        noticing: Restarts::Twice,
        reapers: 0,
        restarts: 1,
        ..DESIGN
    };
    holds(twice);
    // One in each walk, and one that deals the pages badly in between.
    breaks(
        "two walks, with more than one restart",
        Pages { restarts: 3, ..twice },
        STALE,
    );
}
