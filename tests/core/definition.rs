use crate::support::argument::{Js, array, text, value_words};
use crate::support::definition::{key, plain, read, words};
use cacheref::definition::Definition;
use cacheref::keys::rules::KeyFormat;
use serde_json::{Value, json};

const KEYS: usize = 0;
const DECLARED: usize = 1;

fn with(place: [usize; 2], value: Value) -> Value {
    let mut definition = plain("getUser");
    definition[place[0]][place[1]] = value;
    definition
}

#[test]
fn what_is_absent_has_no_value() {
    let definition = read(&plain("getUser")).unwrap();
    assert_eq!(definition.keys.name, "getUser");
    assert_eq!(definition.keys.heading(), "c:");
    assert_eq!(definition.keys.version, None);
    assert_eq!(definition.keys.format, KeyFormat::Readable);
    assert_eq!(definition.declared.is_list, None);
    assert!(definition.declared.types.is_empty());
}

#[test]
fn every_rule_of_keys_arrives() {
    let mut definition = plain("a name of more than 24 units, one of them é");
    for (place, value) in [
        (key::PREFIX, json!("app:é")),
        (key::VERSION, json!("2")),
        (key::FORMAT, json!(1)),
        (key::NORMALIZE, json!(true)),
        (key::PARAMS, json!(["id", ""])),
        (key::AS_TEXT, json!(true)),
    ] {
        definition[KEYS][place] = value;
    }
    let keys = read(&definition).unwrap().keys;
    assert_eq!(keys.prefix, "app:é");
    assert_eq!(keys.name, "a name of more than 24 units, one of them é");
    assert_eq!(keys.version.as_deref(), Some("2"));
    assert_eq!(keys.format, KeyFormat::Hashed);
    assert!(keys.normalize && keys.as_text);
    assert_eq!(keys.params, ["id", ""]);
}

#[test]
fn what_is_declared_of_entities_arrives() {
    let mut definition = plain("getOrder");
    definition[DECLARED] = json!([["order", "product"], [1], false, ["user"]]);
    let declared = read(&definition).unwrap().declared;
    assert_eq!(declared.types, ["order", "product"]);
    assert_eq!(declared.lists, [1]);
    assert_eq!(declared.is_list, Some(false));
    assert_eq!(declared.depends_on, ["user"]);
}

#[test]
fn half_a_surrogate_pair_is_replaced() {
    let definition = plain("getUser");
    let mut keys: Vec<Js> = definition[KEYS].as_array().unwrap().iter().map(Js::from).collect();
    keys[key::NAME] = Js::Text(vec![0x61, 0xd800]);
    let rest = definition.as_array().unwrap()[1..].iter().map(Js::from);
    let words = value_words(&array([array(keys)].into_iter().chain(rest)));
    assert_eq!(Definition::read(&words).unwrap().keys.name, "a\u{fffd}");
}

#[test]
fn what_javascript_does_not_write_is_refused() {
    for definition in [
        with([KEYS, key::NAME], json!(5)),
        with([KEYS, key::NAME], Value::Null),
        with([KEYS, key::FORMAT], json!(3)),
        with([KEYS, key::FORMAT], json!(-1)),
        with([KEYS, key::FORMAT], json!(0.5)),
        with([KEYS, key::NORMALIZE], json!(1)),
        with([KEYS, key::PARAMS], json!("id")),
        with([DECLARED, 0], json!([5])),
        with([DECLARED, 1], json!(["user"])),
        with([DECLARED, 2], json!("yes")),
        json!("app:"),
        json!([]),
    ] {
        assert!(read(&definition).is_err(), "{definition}");
    }
}

#[test]
#[cfg(feature = "scan")]
fn an_automaton_whose_numbers_are_not_those_of_its_states_is_refused() {
    let rules = |next: u32, other: u32, element: u32, root: u32| {
        let member = json!(["id", [0], null, next]);
        let state = json!([[], [member], [], 0, other, [[], [[0, element]]]]);
        let mut definition = plain("getUser");
        definition[2][0] = json!([[state], root]);
        read(&definition).is_ok()
    };
    assert!(rules(0, 0, 0, 0));
    assert!(!rules(1, 0, 0, 0));
    assert!(!rules(0, 1, 0, 0));
    assert!(!rules(0, 0, 1, 0));
    assert!(!rules(0, 0, 0, 1));
}

#[test]
fn words_that_are_cut_off_are_refused() {
    let whole = words(&plain("getUser"));
    for length in 0..whole.len() {
        assert!(Definition::read(&whole[..length]).is_err());
    }
    let longer = [whole, value_words(&text("more"))].concat();
    assert!(Definition::read(&longer).is_err());
}
