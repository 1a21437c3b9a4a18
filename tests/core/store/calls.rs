use crate::support::model;
use cacheref::store::index::Tracked;
use cacheref::store::{Answer, BY_HAND, Call, Lifetime, Limits, Outcome, State, Store};
use proptest::prelude::*;

const NOW: f64 = 1_700_000_000_000.0;

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

/// A store with one function `get` under the prefix `p:`.
struct Fixture {
    store: Store,
    function: u32,
}

impl Fixture {
    fn new(limits: Limits) -> Self {
        let mut store = Store::new([1, 2], limits);
        let function = store.open("p:", "get", Some(&["user"]));
        Fixture { store, function }
    }

    fn call(&mut self, key: &[u8], now_ms: f64) -> Answer {
        let call = Call {
            function: self.function,
            key,
        };
        self.store.lookup(call, now_ms, 0.0).unwrap()
    }

    fn store(&mut self, key: &[u8], ids: &[&str]) -> u32 {
        let answer = self.call(key, NOW);
        assert_eq!(answer.state, State::Run);
        assert_eq!(self.commit(answer, 1000.0, ids), Outcome::Stored);
        answer.slot
    }

    fn commit(&mut self, answer: Answer, ttl_ms: f64, ids: &[&str]) -> Outcome {
        let tracked = || ids.iter().map(|id| user(id));
        let outcome = self
            .store
            .commit(answer.slot, answer.ticket, lifetime(ttl_ms, 0, 100), tracked)
            .unwrap();
        self.store.validate().unwrap();
        outcome
    }

    fn invalidate(&mut self, id: &str) -> u32 {
        let count = self.store.invalidate_tracked("p:", user(id), NOW, false);
        self.store.validate().unwrap();
        count
    }
}

fn user(id: &str) -> Tracked<'_> {
    Tracked {
        type_name: "user",
        id: Some(id.as_bytes()),
    }
}

fn lifetime(ttl_ms: f64, window_ms: u32, size: u32) -> Lifetime {
    Lifetime {
        now_ms: NOW,
        fresh_until_ms: NOW + ttl_ms,
        window_ms,
        size,
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
    let order = Tracked {
        type_name: "order",
        id: Some(b"1"),
    };
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
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 500, 1), std::iter::empty);
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
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 500, 1), tracked)
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
fn the_least_recently_used_entry_goes_first() {
    let mut fixture = Fixture::new(Limits {
        entries: 2,
        ..Limits::default()
    });
    let (a, b) = (fixture.store(b"a", &["1"]), fixture.store(b"b", &["2"]));
    fixture.store.touch(&[b, a]);
    fixture.store(b"c", &["3"]);
    assert_eq!(fixture.store.take_removed(), [b]);
    assert_eq!(fixture.store.evictions(), 1);
    assert_eq!(fixture.invalidate("2"), 0);
    assert_eq!(fixture.call(b"a", NOW).state, State::Fresh);
}

#[test]
fn entries_go_until_the_bytes_fit() {
    let one = {
        let mut fixture = Fixture::new(Limits::default());
        fixture.store(b"a", &["1"]);
        fixture.store.bytes()
    };
    let mut fixture = Fixture::new(Limits {
        bytes: 3 * one,
        ..Limits::default()
    });
    for key in [b"a", b"b", b"c", b"d", b"e"] {
        fixture.store(key, &["1"]);
    }
    // They share the entity, so a few bytes are left over, but not enough for a fourth.
    assert_eq!(fixture.store.len(), 3);
    assert_eq!(fixture.store.take_removed().len(), 2);
}

#[test]
fn a_value_larger_than_the_store_is_refused_and_nothing_goes_for_it() {
    let mut fixture = Fixture::new(Limits {
        bytes: 1000,
        ..Limits::default()
    });
    fixture.store(b"a", &[]);
    let answer = fixture.call(b"b", NOW);
    let outcome = fixture
        .store
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 0, 5000), std::iter::empty);
    assert_eq!(outcome, Ok(Outcome::TooLarge));
    assert_eq!(fixture.call(b"a", NOW).state, State::Fresh);
    fixture.store.validate().unwrap();
}

#[test]
fn expired_entries_do_not_pile_up() {
    let mut fixture = Fixture::new(Limits::default());
    for number in 0..20_000_u32 {
        let now_ms = NOW + f64::from(number);
        let call = Call {
            function: fixture.function,
            key: &number.to_le_bytes(),
        };
        let answer = fixture.store.lookup(call, now_ms, 0.0).unwrap();
        let lifetime = Lifetime {
            now_ms,
            fresh_until_ms: now_ms + 50.0,
            window_ms: 0,
            size: 1,
        };
        fixture
            .store
            .commit(answer.slot, answer.ticket, lifetime, || [user("1")].into_iter())
            .unwrap();
        fixture.store.take_removed();
    }
    assert!(
        fixture.store.len() < 100,
        "{} entries are left of 50 live ones",
        fixture.store.len()
    );
    fixture.store.validate().unwrap();
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
    let list = Tracked {
        type_name: "user",
        id: None,
    };
    fixture
        .store
        .commit(answer.slot, answer.ticket, lifetime(1000.0, 0, 1), || {
            [list].into_iter()
        })
        .unwrap();
    assert_eq!(fixture.store.invalidate_tracked("p:", list, NOW, false), 1);
    assert_eq!(fixture.call(b"one", NOW).state, State::Fresh);
    assert_eq!(fixture.invalidate(""), 1);
}

#[test]
fn ten_thousand_entities_in_one_result_are_all_tracked() {
    let mut fixture = Fixture::new(Limits::default());
    let ids: Vec<String> = (0..10_001).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    fixture.store(b"k", &ids);
    assert_eq!(fixture.store.entities(), 10_001);
    assert_eq!(fixture.invalidate("10000"), 1);
    assert_eq!(fixture.store.entities(), 0);
}

#[test]
fn each_of_thousands_of_calls_is_found_while_others_come_and_go() {
    let mut fixture = Fixture::new(Limits::default());
    let names: Vec<String> = (0..3000).map(|number| number.to_string()).collect();
    for name in &names {
        fixture.store(name.as_bytes(), &[name]);
    }
    for round in 0..3 {
        let (gone, kept): (Vec<_>, Vec<_>) = names.iter().enumerate().partition(|(number, _)| number % 3 == round);
        for (_, name) in &gone {
            assert_eq!(fixture.invalidate(name), 1);
        }
        for (_, name) in kept {
            assert_eq!(fixture.call(name.as_bytes(), NOW).state, State::Fresh);
        }
        for (_, name) in gone {
            fixture.store(name.as_bytes(), &[name]);
        }
    }
    assert_eq!(fixture.store.len(), 3000);
    assert_eq!(fixture.store.entities(), 3000);
}

#[test]
fn types_found_in_hostile_data_do_not_pile_up() {
    let mut fixture = Fixture::new(Limits {
        entries: 1,
        ..Limits::default()
    });
    for number in 0..5000_u32 {
        let name = format!("type {number}");
        let answer = fixture.call(&number.to_le_bytes(), NOW);
        let tracked = Tracked {
            type_name: &name,
            id: Some(b"1"),
        };
        fixture
            .store
            .commit(answer.slot, answer.ticket, lifetime(1000.0, 0, 1), || {
                [tracked].into_iter()
            })
            .unwrap();
    }
    fixture.store.validate().unwrap();
    assert_eq!(fixture.store.entities(), 1);
}

#[test]
fn keys_set_by_hand_live_beside_cached_calls() {
    let mut fixture = Fixture::new(Limits::default());
    fixture.store(b"k", &[]);
    let slot = fixture.store.put(b"k", lifetime(1000.0, 0, 1)).unwrap().unwrap();
    let call = Call {
        function: BY_HAND,
        key: b"k",
    };
    assert_eq!(fixture.store.peek(call, NOW, 0.0), Some(slot));
    assert_eq!(fixture.store.put(b"k", lifetime(2000.0, 0, 1)), Ok(Some(slot)));
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
        window_ms: 0,
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
