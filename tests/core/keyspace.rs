//! The keys of an in-memory store, by the names that users know.

use crate::support::argument::{Js, text, words};
use cacheref::definition::{Definition, FunctionConfig};
use cacheref::keys::memory_key::{self, PropertyNames};
use cacheref::keyspace::{ExplainedCall, Keyspace, Known};
use cacheref::store::index::{Role, Tracked};
use cacheref::store::{Call, Lifetime, Limits, Store};

const NOW: f64 = 1_700_000_000_000.0;

fn user(id: &str) -> Tracked<'_> {
    Tracked::entity("user", id.as_bytes())
}

const USERS: Tracked<'_> = Tracked {
    type_name: "user",
    role: Role::List,
    id: &[],
};

/// A store that is open for the functions `get` and `get:all`, under the prefix `app:`.
struct Fixture {
    keyspace: Keyspace,
    definitions: Vec<Definition>,
    names: PropertyNames,
}

impl Fixture {
    fn new() -> Self {
        Fixture::with_keys(false)
    }

    /// `text_keys`: the key bytes of its calls are their cache keys.
    fn with_keys(text_keys: bool) -> Self {
        let mut fixture = Fixture {
            keyspace: Keyspace::new(Store::new([1, 2], Limits::default())),
            definitions: Vec::new(),
            names: PropertyNames::default(),
        };
        for name in ["get", "get:all"] {
            let config = FunctionConfig {
                prefix: "app:".into(),
                name: name.into(),
                text_keys,
                ..FunctionConfig::default()
            };
            let number = fixture.definitions.len() as u32;
            let definition = Definition::compile(config).unwrap();
            assert_eq!(fixture.keyspace.open(number, &definition, true), number);
            fixture.definitions.push(definition);
        }
        fixture
    }

    fn known(&self) -> Known<'_> {
        Known {
            definitions: &self.definitions,
            names: &self.names,
        }
    }

    /// Stores a result that contains these, for `ttl_ms`, and returns its slot.
    fn store(&mut self, opened: u32, argument: &str, ttl_ms: f64, tracked: &[Tracked<'_>]) -> u32 {
        let opened = self.keyspace.opened(opened);
        let rules = &self.definitions[opened.definition as usize].keys;
        let mut key = Vec::new();
        memory_key::write(rules, &words(&[text(argument), Js::Null]), &mut key).unwrap();
        let call = Call {
            function: opened.function,
            key: &key,
        };
        let store = &mut self.keyspace.store;
        let answer = store.lookup(call, NOW, 0.0).unwrap();
        let lifetime = lifetime(ttl_ms);
        store
            .commit(answer.slot, answer.ticket, lifetime, || tracked.iter().copied())
            .unwrap();
        answer.slot
    }

    fn put(&mut self, name: &str) -> u32 {
        self.keyspace
            .store
            .put(name.as_bytes(), lifetime(1000.0))
            .unwrap()
            .unwrap()
    }

    fn find(&self, name: &str) -> Option<u32> {
        self.keyspace.find(self.known(), name, NOW)
    }

    /// All that a scan returns, `count` slots at a time.
    fn scan(&self, count: u64, now_ms: f64) -> Vec<String> {
        let mut found = Vec::new();
        let mut cursor = 0;
        loop {
            let page = self
                .keyspace
                .scan(self.known(), cursor, count, now_ms, |key| key != "unwanted");
            found.extend(page.keys);
            cursor = page.cursor;
            if cursor == 0 {
                found.sort();
                return found;
            }
        }
    }
}

fn lifetime(ttl_ms: f64) -> Lifetime {
    Lifetime {
        now_ms: NOW,
        fresh_until_ms: NOW + ttl_ms,
        window_ms: 0,
        size: 10,
    }
}

#[test]
fn a_call_is_found_by_its_cache_key_and_shown_by_it() {
    let mut fixture = Fixture::new();
    let one = fixture.store(0, "a", 1000.0, &[]);
    let other = fixture.store(1, "a", 1000.0, &[]);
    assert_eq!(fixture.find(r#"app:c:get:["a",null]"#), Some(one));
    assert_eq!(fixture.find(r#"app:c:get:all:["a",null]"#), Some(other));
    assert_eq!(fixture.find(r#"app:c:get:["b",null]"#), None);
    assert_eq!(fixture.find(r#"app:c:other:["a",null]"#), None);
    let key = fixture.keyspace.key_of(fixture.known(), one, NOW);
    assert_eq!(key.as_deref(), Some(r#"app:c:get:["a",null]"#));
    assert_eq!(
        fixture.keyspace.key_of(fixture.known(), one, NOW + 1000.0),
        None,
        "it has expired"
    );
}

#[test]
fn a_call_whose_key_bytes_are_its_cache_key_is_dropped_by_its_cache_key() {
    let mut fixture = Fixture::with_keys(true);
    fixture.store(0, "one", 60_000.0, &[user("1")]);
    fixture.store(0, "two", 60_000.0, &[user("2")]);
    let mut drop = |name: &str| {
        let known = Known {
            definitions: &fixture.definitions,
            names: &fixture.names,
        };
        fixture.keyspace.invalidate_call(known, name, NOW)
    };
    assert_eq!(drop("app:c:get:all:[\"one\",null]"), 0);
    assert_eq!(drop("app:c:get:[\"one\",null]"), 1);
    assert_eq!(drop("app:c:get:[\"one\",null]"), 0);
    assert_eq!(fixture.find("app:c:get:[\"one\",null]"), None);
    assert!(fixture.find("app:c:get:[\"two\",null]").is_some());
}

#[test]
fn a_key_that_was_set_by_hand_is_found_even_if_it_looks_like_another() {
    let mut fixture = Fixture::new();
    fixture.store(0, "a", 1000.0, &[]);
    let plain = fixture.put("session:1");
    let alike = fixture.put(r#"app:c:get:["a",null]"#);
    assert_eq!(fixture.find("session:1"), Some(plain));
    assert_eq!(fixture.find(r#"app:c:get:["a",null]"#), Some(alike));
}

#[test]
fn a_definition_that_a_store_is_opened_for_twice_has_one_number() {
    let mut fixture = Fixture::new();
    let definition = &fixture.definitions[1];
    assert_eq!(fixture.keyspace.open(1, definition, true), 1);
    // Another definition of the same name has its own number, and the same function.
    assert_eq!(fixture.keyspace.open(7, definition, true), 2);
    assert_eq!(fixture.keyspace.opened(2).function, fixture.keyspace.opened(1).function);
}

#[test]
fn an_index_lists_its_calls() {
    let mut fixture = Fixture::new();
    fixture.store(0, "a", 1000.0, &[user("7"), user("8:x")]);
    fixture.store(1, "b", 1000.0, &[user("7"), USERS]);
    let members = |name: &str| fixture.keyspace.members(fixture.known(), name, NOW);
    let (one, other) = (r#"app:c:get:["a",null]"#, r#"app:c:get:all:["b",null]"#);
    assert_eq!(members("app:e:user:7"), [other, one], "newest first");
    assert_eq!(members("app:e:user:8:x"), [one]);
    assert_eq!(members("app:l:user"), [other]);
    for none in [
        "app:e:user",
        "app:e:user:9",
        "app:l:order",
        "other:e:user:7",
        "app:c:get",
    ] {
        assert!(members(none).is_empty(), "{none}");
    }
}

#[test]
fn a_scan_returns_every_key_and_index_once_whatever_its_pages() {
    let mut fixture = Fixture::new();
    fixture.store(0, "a", 1000.0, &[user("7"), USERS]);
    fixture.store(0, "b", 10.0, &[user("8")]);
    fixture.put("by hand");
    fixture.put("unwanted");
    let kept = ["app:c:get:[\"a\",null]", "app:e:user:7", "app:l:user", "by hand"];
    let all = [
        "app:c:get:[\"a\",null]",
        "app:c:get:[\"b\",null]",
        "app:e:user:7",
        "app:e:user:8",
        "app:l:user",
        "by hand",
    ];
    for count in [1, 2, 3, 5, 100, u64::MAX] {
        assert_eq!(fixture.scan(count, NOW), all, "{count} at a time");
        // Neither an expired call is shown, nor an index that lists nothing else.
        assert_eq!(fixture.scan(count, NOW + 500.0), kept, "{count} at a time");
    }
}

#[test]
fn a_scan_meets_every_entity_although_entries_are_added_meanwhile() {
    let mut fixture = Fixture::new();
    fixture.store(0, "a", 1000.0, &[user("1"), user("2"), user("3")]);
    let scan = |fixture: &Fixture, cursor| fixture.keyspace.scan(fixture.known(), cursor, 2, NOW, |_| true);
    let first = scan(&fixture, 0);
    assert_eq!(first.keys, ["app:c:get:[\"a\",null]", "app:e:user:1"]);
    assert!(first.cursor < 0, "it is among the entities");
    for argument in ["b", "c", "d"] {
        fixture.store(0, argument, 1000.0, &[]);
    }
    let second = scan(&fixture, first.cursor);
    assert_eq!(second.keys, ["app:e:user:2", "app:e:user:3"]);
    assert_eq!(second.cursor, 0);
}

#[test]
fn a_cursor_beyond_the_end_is_the_end() {
    let fixture = Fixture::new();
    for cursor in [1000, -1000, i64::MAX, i64::MIN] {
        let page = fixture.keyspace.scan(fixture.known(), cursor, 10, NOW, |_| true);
        assert_eq!((page.cursor, page.keys.len()), (0, 0));
    }
}

#[test]
fn explain_tells_the_calls_that_contain_an_entity() {
    let mut fixture = Fixture::new();
    fixture.store(0, "a", 1000.0, &[user("7")]);
    fixture.store(0, "b", f64::INFINITY, &[user("7")]);
    fixture.store(0, "c", 1000.0, &[user("8")]);
    let explained = fixture
        .keyspace
        .explain(fixture.known(), "app:", user("7"), NOW + 400.0);
    let call = |argument: &str, ttl_ms| ExplainedCall {
        key: format!("app:c:get:[\"{argument}\",null]"),
        function: "get",
        age_ms: 400,
        ttl_ms,
    };
    assert_eq!(explained, [call("b", None), call("a", Some(600))]);
}
