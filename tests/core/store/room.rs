use super::fixture::{Fixture, NOW, lifetime, user};
use cacheref::store::index::Tracked;
use cacheref::store::{Call, Lifetime, Limits, Outcome, State};

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
    let outcome = fixture.store.commit(
        answer.slot,
        answer.ticket,
        lifetime(1000.0, 0.0, 5000),
        std::iter::empty,
    );
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
            window_ms: 0.0,
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
        let tracked = Tracked::entity(&name, b"1");
        fixture
            .store
            .commit(answer.slot, answer.ticket, lifetime(1000.0, 0.0, 1), || {
                [tracked].into_iter()
            })
            .unwrap();
    }
    fixture.store.validate().unwrap();
    assert_eq!(fixture.store.entities(), 1);
}

#[test]
fn a_stale_window_of_years_is_kept() {
    let mut fixture = Fixture::new(Limits::default());
    let years_ms = 10.0 * 365.0 * 86_400_000.0;
    let slot = fixture
        .store
        .put(b"k", lifetime(1000.0, years_ms as f32, 1))
        .unwrap()
        .unwrap();
    assert_eq!(fixture.store.fresh_until_ms(slot), NOW + 1000.0);
    assert_eq!(fixture.store.find_by_hand(b"k", NOW + years_ms * 0.99), Some(slot));
}
