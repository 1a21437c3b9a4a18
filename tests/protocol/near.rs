//! Memory in front of Redis that serves without a command while its lease lasts: what it needs to be exact.

use crate::machines::near::{DESIGN, Kind, LATE, Near, ONE_STEP, OVER, SOFT, STALE};
use crate::model::check::soak;
use crate::model::machine::{breaks, holds};

#[test]
fn a_near_cache_is_exact() {
    holds(ONE_STEP);
    holds(Near {
        is_own: true,
        ..ONE_STEP
    });
    holds(Near { is_own: true, ..DESIGN });
    holds(DESIGN);
    holds(SOFT);
    if soak(0, 1) == 1 {
        holds(Near {
            kinds: &[Kind::OneStep, Kind::ManySteps],
            ..DESIGN
        });
    }
}

#[test]
fn it_is_exact_when_the_registry_is_lost() {
    holds(Near {
        loses_registry: true,
        ..ONE_STEP
    });
    if soak(0, 1) == 1 {
        holds(Near {
            loses_registry: true,
            ..DESIGN
        });
    }
}

#[test]
fn it_is_exact_when_the_log_is_lost() {
    holds(Near {
        loses_log: true,
        ..ONE_STEP
    });
    if soak(0, 1) == 1 {
        holds(Near {
            loses_log: true,
            ..DESIGN
        });
    }
}

/// Checks that the way of doing without something is found.
macro_rules! rejects {
    ($name:ident, $variant:expr, $rule:expr, { $($field:ident: $value:expr),* }, $design:expr) => {
        #[test]
        fn $name() {
            breaks($variant, Near { $($field: $value,)* ..$design }, $rule);
        }
    };
}

rejects!(without_a_closing_entry_the_old_value_is_read_again, "no closing entry", STALE, { has_closing_entry: false }, DESIGN);
rejects!(an_entry_acknowledged_before_it_is_applied, "acknowledged before applied", STALE, { acknowledges_what_is_applied: false }, ONE_STEP);
rejects!(one_that_is_behind_would_renew_for_ever, "renewed while behind", LATE, { renews_only_when_caught_up: false }, ONE_STEP);
rejects!(time_that_counts_from_the_reply, "time that counts from the reply", STALE, { counts_from_the_sending: false }, ONE_STEP);
rejects!(a_missing_field_that_is_ignored, "a missing field ignored", STALE, { loses_registry: true, heeds_a_missing_field: false }, ONE_STEP);
rejects!(a_lapsed_lease_that_goes_on_with_what_it_holds, "a lapsed lease renewed", STALE, { drops_when_lapsed: false }, ONE_STEP);
rejects!(an_own_invalidation_that_is_not_applied, "the own instance not applied", STALE, { is_own: true, applies_its_own: false }, ONE_STEP);
rejects!(a_run_joined_across_an_entry, "a run joined across an entry", STALE, { keeps_joins_apart: false }, ONE_STEP);
rejects!(a_stale_value_that_is_kept, "a stale value kept", STALE, { leaves_stale_values: false }, SOFT);
rejects!(a_ttl_that_is_not_carried_over, "no ttl", OVER, { carries_ttl: false }, ONE_STEP);
rejects!(a_lost_registry_without_a_witness, "no witness", STALE, { loses_registry: true, has_witness: false }, ONE_STEP);
rejects!(a_new_log_taken_for_the_old_one, "a new log taken for the old one", STALE, { loses_log: true, checks_the_log: false }, ONE_STEP);
