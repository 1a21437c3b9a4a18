use super::fixture::{Fixture, NOW, lifetime, user};
use crate::support::model;
use cacheref::store::index::Tracked;
use cacheref::store::{BY_HAND, Call, Lifetime, Limits, Outcome, State};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn any_operations_give_what_the_naive_model_gives(limit: u8, operations: Vec<[u8; 4]>) {
        model::compare(limit, &operations);
    }

    #[test]
    fn many_operations_on_a_larger_store_give_what_the_naive_model_gives(
        operations in prop::collection::vec(any::<[u8; 4]>(), 300..600)
    ) {
        model::compare(15, &operations);
    }
}

#[test]
fn an_entry_is_a_hit_until_its_ttl_and_never_after() {
    let mut fixture = Fixture::new(Limits::default());
    let slot = fixture.store(b"k", &[]);
    assert_eq!(fixture.call(b"k", NOW + 999.9).slot, slot);
    assert_eq!(fixture.call(b"k", NOW + 999.9).state, State::Fresh);
    assert_eq!(fixture.call(b"k", NOW + 1000.0).state, State::Run);
}

#[test]
fn an_infinite_ttl_never_ends() {
    let mut fixture = Fixture::new(Limits::default());
    let answer = fixture.call(b"k", NOW);
    fixture.commit(answer, f64::INFINITY, &[]);
    assert_eq!(fixture.call(b"k", f64::MAX).state, State::Fresh);
}

#[test]
fn concurrent_calls_share_one_run() {
    let mut fixture = Fixture::new(Limits::default());
    let first = fixture.call(b"k", NOW);
    let second = fixture.call(b"k", NOW);
    assert_eq!((first.state, second.state), (State::Run, State::Join));
    assert_eq!(first.slot, second.slot);
}

#[test]
fn a_call_after_an_invalidation_that_may_concern_it_starts_a_run_of_its_own() {
    let mut fixture = Fixture::new(Limits::default());
    let old = fixture.call(b"k", NOW);
    fixture.invalidate("somebody");
    let new = fixture.call(b"k", NOW);
    assert_eq!(new.state, State::Run);
    assert_eq!(fixture.commit(old, 1000.0, &["1"]), Outcome::Superseded);
    assert_eq!(fixture.commit(new, 1000.0, &["1"]), Outcome::Stored);
}

#[test]
fn a_call_joins_over_an_invalidation_that_cannot_concern_it() {
    let mut fixture = Fixture::new(Limits::default());
    fixture.call(b"k", NOW);
    let order = Tracked::entity("order", b"1");
    fixture.store.invalidate_tracked("p:", order, NOW, false);
    fixture.store.invalidate_tracked("other:", user("1"), NOW, false);
    fixture.store.invalidate_function("p:", "other", NOW);
    assert_eq!(fixture.call(b"k", NOW).state, State::Join);
}

#[test]
fn a_result_that_was_invalidated_while_its_run_was_in_flight_is_not_stored() {
    let mut fixture = Fixture::new(Limits::default());
    let answer = fixture.call(b"k", NOW);
    assert_eq!(fixture.invalidate("42"), 0);
    assert_eq!(fixture.commit(answer, 1000.0, &["7", "42"]), Outcome::Invalidated);
    assert_eq!(fixture.call(b"k", NOW).state, State::Run);
}

#[test]
fn a_result_without_the_invalidated_entity_is_stored() {
    let mut fixture = Fixture::new(Limits::default());
    let answer = fixture.call(b"k", NOW);
    fixture.invalidate("42");
    assert_eq!(fixture.commit(answer, 1000.0, &["7"]), Outcome::Stored);
}

#[test]
fn a_failed_run_leaves_nothing_behind() {
    let mut fixture = Fixture::new(Limits::default());
    let answer = fixture.call(b"k", NOW);
    assert!(!fixture.store.release(answer.slot, answer.ticket, NOW));
    fixture.store.validate().unwrap();
    assert_eq!(fixture.store.runs(), 0);
    assert_eq!(fixture.call(b"k", NOW).state, State::Run);
}

#[test]
fn a_refresh_leaves_the_old_value_until_it_ends() {
    let mut fixture = Fixture::new(Limits::default());
    let slot = fixture.store(b"k", &["1"]);
    let call = Call {
        function: fixture.function,
        key: b"k",
    };
    let answer = fixture.store.refresh(call).unwrap();
    assert_eq!((answer.state, answer.slot), (State::Run, slot));
    assert_eq!(fixture.call(b"k", NOW).state, State::Fresh);
    assert_eq!(fixture.commit(answer, 2000.0, &["2"]), Outcome::Stored);
    assert_eq!(fixture.invalidate("1"), 0);
    assert_eq!(fixture.invalidate("2"), 1);
}

#[test]
fn a_stale_value_is_served_while_exactly_one_run_refreshes_it() {
    let mut fixture = Fixture::new(Limits::default());
    let answer = fixture.call(b"k", NOW);
    let stored = fixture
        .store
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 500.0, 1), std::iter::empty);
    assert_eq!(stored, Ok(Outcome::Stored));
    let call = Call {
        function: fixture.function,
        key: b"k",
    };
    let refresh = fixture.store.lookup(call, NOW + 1100.0, 500.0).unwrap();
    assert_eq!(refresh.state, State::Refresh);
    assert_eq!(
        fixture.store.lookup(call, NOW + 1100.0, 500.0).unwrap().state,
        State::Stale
    );
    // A failed refresh leaves the value; outside the caller's window it is only a fallback.
    assert!(fixture.store.release(refresh.slot, refresh.ticket, NOW + 1200.0));
    assert_eq!(
        fixture.store.lookup(call, NOW + 1300.0, 200.0).unwrap().state,
        State::Run
    );
    assert_eq!(
        fixture.store.lookup(call, NOW + 1500.0, 500.0).unwrap().state,
        State::Join
    );
}

#[test]
fn a_soft_invalidation_makes_a_value_stale() {
    let mut fixture = Fixture::new(Limits::default());
    let answer = fixture.call(b"k", NOW);
    let tracked = || [user("1")].into_iter();
    fixture
        .store
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 500.0, 1), tracked)
        .unwrap();
    assert_eq!(fixture.store.invalidate_tracked("p:", user("1"), NOW + 10.0, true), 1);
    assert_eq!(fixture.store.take_softened(), [answer.slot]);
    let call = Call {
        function: fixture.function,
        key: b"k",
    };
    assert_eq!(
        fixture.store.lookup(call, NOW + 10.0, 500.0).unwrap().state,
        State::Refresh
    );
    assert_eq!(fixture.store.peek(call, NOW + 510.0, 500.0), None);
}

#[test]
fn prefixes_do_not_see_each_other() {
    let mut fixture = Fixture::new(Limits::default());
    fixture.store(b"k", &["1"]);
    let other = fixture.store.open("q:", "get", Some(&["user"]));
    let call = Call {
        function: other,
        key: b"k",
    };
    assert_eq!(fixture.store.lookup(call, NOW, 0.0).unwrap().state, State::Run);
    assert_eq!(fixture.store.invalidate_tracked("q:", user("1"), NOW, false), 0);
    assert_eq!(fixture.store.invalidate_all("q:", NOW), 0);
    assert_eq!(fixture.store.invalidate_function("q:", "get", NOW), 0);
    assert_eq!(fixture.store.invalidate_all("p:", NOW), 1);
}

#[test]
fn an_entity_and_the_lists_of_its_type_are_different() {
    let mut fixture = Fixture::new(Limits::default());
    fixture.store(b"one", &[""]);
    let answer = fixture.call(b"many", NOW);
    let list = Tracked::list("user");
    fixture
        .store
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 0.0, 1), || {
            [list].into_iter()
        })
        .unwrap();
    assert_eq!(fixture.store.invalidate_tracked("p:", list, NOW, false), 1);
    assert_eq!(fixture.call(b"one", NOW).state, State::Fresh);
    assert_eq!(fixture.invalidate(""), 1);
}

#[test]
fn keys_set_by_hand_live_beside_cached_calls() {
    let mut fixture = Fixture::new(Limits::default());
    fixture.store(b"k", &[]);
    let slot = fixture.store.put(b"k", lifetime(1000.0, 0.0, 1)).unwrap().unwrap();
    let call = Call {
        function: BY_HAND,
        key: b"k",
    };
    assert_eq!(fixture.store.peek(call, NOW, 0.0), Some(slot));
    assert_eq!(fixture.store.put(b"k", lifetime(2000.0, 0.0, 1)), Ok(Some(slot)));
    assert_eq!(fixture.store.take_removed(), [slot]);
    assert_eq!(fixture.store.invalidate_key(call, NOW), 1);
    assert_eq!(fixture.call(b"k", NOW).state, State::Fresh);
    fixture.store.validate().unwrap();
}

#[test]
fn the_age_of_an_entry_is_told_even_after_the_count_wrapped() {
    let mut fixture = Fixture::new(Limits::default());
    fixture.store(b"first", &[]);
    let later = NOW + 5_000_000_000.0;
    let answer = fixture.call(b"k", later);
    let stored = Lifetime {
        now_ms: later,
        fresh_until_ms: later + 10_000.0,
        window_ms: 0.0,
        size: 1,
    };
    fixture
        .store
        .commit(answer.slot, answer.ticket, stored, std::iter::empty)
        .unwrap();
    let described = fixture.store.describe(answer.slot, later + 1234.0).unwrap();
    assert_eq!(described.age_ms, 1234);
    assert_eq!(described.fresh_for_ms, 8766.0);
}
