//! An in-memory store, and the definitions that it was opened for.

#[cfg(feature = "texts")]
use crate::support::definition::key;
use crate::support::definition::{plain, read};
use cacheref::definition::Definition;
#[cfg(feature = "texts")]
use cacheref::keys::memory_key::of_part;
use cacheref::keyspace::{Keyspace, Suspects};
use cacheref::store::index::Tracked;
use cacheref::store::{Call, Lifetime, Limits, Store};

const NOW: f64 = 1_700_000_000_000.0;

fn definition(name: &str) -> Definition {
    read(&plain(name)).unwrap()
}

fn keyspace() -> Keyspace {
    let mut keyspace = Keyspace::new(Store::new([1, 2], Limits::default()));
    assert_eq!(keyspace.open(0, &definition("get"), Suspects::Every), 0);
    assert_eq!(keyspace.open(1, &definition("get:all"), Suspects::Every), 1);
    keyspace
}

#[test]
fn a_definition_that_a_store_is_opened_for_twice_has_one_number() {
    let mut keyspace = keyspace();
    assert_eq!(keyspace.open(1, &definition("get:all"), Suspects::Every), 1);
    // Another definition of the same name has its own number, and the same function.
    assert_eq!(keyspace.open(7, &definition("get:all"), Suspects::Every), 2);
    assert_eq!(keyspace.opened(2).function, keyspace.opened(1).function);
    assert_eq!(keyspace.last_of(keyspace.opened(1).function), Some(2));
    assert_eq!(keyspace.last_of(keyspace.opened(0).function), Some(0));
    assert_eq!(keyspace.last_of(99), None);
}

#[test]
fn an_index_has_a_name_as_long_as_it_lists_something() {
    let mut keyspace = keyspace();
    let call = Call {
        function: keyspace.opened(0).function,
        key: b"a",
    };
    let answer = keyspace.store.lookup(call, NOW, 0.0).unwrap();
    let lifetime = Lifetime {
        now_ms: NOW,
        fresh_until_ms: NOW + 1000.0,
        window_ms: 0.0,
        size: 10,
    };
    let tracked = [
        Tracked::entity("user", b"7"),
        Tracked::list("user"),
        Tracked::dependent("user"),
    ];
    let outcome = keyspace
        .store
        .commit(answer.slot, answer.ticket, lifetime, || tracked.into_iter());
    outcome.unwrap();
    let names = |now_ms| -> Vec<String> {
        let slots = 0..keyspace.store.entity_slots();
        let names = slots.filter_map(|slot| keyspace.index_name(slot, now_ms));
        names.map(|name| String::from_utf8(name).unwrap()).collect()
    };
    assert_eq!(names(NOW), ["app:e:user:7", "app:l:user", "app:t:user"]);
    assert!(names(NOW + 1000.0).is_empty());
    assert_eq!(keyspace.index_name(1000, NOW), None);
}

#[test]
#[cfg(feature = "texts")]
fn a_call_whose_key_bytes_are_an_argument_part_is_dropped_by_its_cache_key() {
    let definitions = ["get", "get:all"].map(|name| {
        let mut definition = plain(name);
        definition[0][key::AS_TEXT] = true.into();
        read(&definition).unwrap()
    });
    let mut keyspace = Keyspace::new(Store::new([1, 2], Limits::default()));
    for (number, definition) in definitions.iter().enumerate() {
        keyspace.open(number as u32, definition, Suspects::Every);
    }
    for name in ["one", "two"] {
        let key = of_part(&format!("[\"{name}\",null]"));
        let function = keyspace.opened(0).function;
        let answer = keyspace.store.lookup(Call { function, key: &key }, NOW, 0.0).unwrap();
        let lifetime = Lifetime {
            now_ms: NOW,
            fresh_until_ms: NOW + 60_000.0,
            window_ms: 0.0,
            size: 10,
        };
        let outcome = keyspace
            .store
            .commit(answer.slot, answer.ticket, lifetime, std::iter::empty::<Tracked<'_>>);
        outcome.unwrap();
    }
    let mut drop = |name: &str| keyspace.invalidate_call(&definitions, name, NOW);
    assert_eq!(drop("app:c:get:all:[\"one\",null]"), 0);
    assert_eq!(drop("app:c:get:[\"one\",null]"), 1);
    assert_eq!(drop("app:c:get:[\"one\",null]"), 0);
    assert_eq!(drop("app:c:get:[\"two\",null]"), 1);
}
