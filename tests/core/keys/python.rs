use crate::support::argument::{Js, array, object, text, words};
use cacheref::keys::cache_key::write;
use cacheref::keys::python::represent;
use cacheref::keys::rules::{KeyFormat, KeyRules, Refused};
use cacheref::words::tag;
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/python-keys.json")).unwrap()
}

/// A value of the vectors: see python-keys.py.
fn js(value: &Value) -> Js {
    match value {
        Value::Array(items) => array(items.iter().map(js)),
        Value::Object(odd) => match odd["$"].as_str().unwrap() {
            "int" => Js::BigInt(odd["digits"].as_str().unwrap().into()),
            "float" => Js::Number(odd["value"].as_str().unwrap().parse().unwrap()),
            "units" => Js::Text(
                odd["units"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|unit| unit.as_u64().unwrap() as u16)
                    .collect(),
            ),
            "set" => Js::Container(tag::SET, odd["items"].as_array().unwrap().iter().map(js).collect()),
            _ => {
                let items = odd["items"].as_array().unwrap();
                Js::Container(
                    tag::OBJECT,
                    items.iter().flat_map(|item| [js(&item[0]), js(&item[1])]).collect(),
                )
            }
        },
        plain => plain.into(),
    }
}

fn repr(arguments: &[Js], params: Option<&[&str]>) -> Result<String, Refused> {
    let params: Option<Vec<String>> = params.map(|params| params.iter().map(|param| param.to_string()).collect());
    let mut out = Vec::new();
    represent(&words(arguments), params.as_deref(), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn argument_parts_are_those_that_cpython_computes() {
    let vectors = vectors();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 10_000);
    for case in cases {
        let keywords = case[1].as_array().map(Vec::as_slice).unwrap_or_default();
        let rules = KeyRules {
            format: KeyFormat::Python,
            normalize: !keywords.is_empty(),
            params: keywords
                .iter()
                .map(|keyword| keyword[0].as_str().unwrap().to_string())
                .collect(),
            ..KeyRules::default()
        };
        let mut arguments: Vec<Js> = case[0].as_array().unwrap().iter().map(js).collect();
        arguments.extend(keywords.iter().map(|keyword| js(&keyword[1])));
        let mut out = Vec::new();
        let outcome = write(&rules, &words(&arguments), &mut out);
        let expected = format!("c::{}", case[2].as_str().unwrap());
        let shown = repr(&arguments, rules.normalize.then_some(&[]));
        assert_eq!(
            (outcome, String::from_utf8(out).unwrap()),
            (Ok(()), expected),
            "{case} {shown:?}"
        );
    }
}

#[test]
fn characters_are_escaped_where_cpython_escapes_them() {
    let vectors = vectors();
    let ranges = |name: &str| -> Vec<(u32, u32)> {
        let ranges = vectors[name].as_array().unwrap().iter();
        ranges
            .map(|range| (range[0].as_u64().unwrap() as u32, range[1].as_u64().unwrap() as u32))
            .collect()
    };
    let hidden = ranges("hidden");
    let assigned = ranges("assigned")
        .into_iter()
        .flat_map(|(first, last)| first..=last)
        .filter_map(char::from_u32);
    for character in assigned.filter(|character| !character.is_ascii()) {
        let code = u32::from(character);
        let is_hidden = hidden.iter().any(|&(first, last)| first <= code && code <= last);
        let printed = repr(&[text(character.encode_utf8(&mut [0; 4]))], None).unwrap();
        assert_eq!(
            printed == format!("('{character}',)"),
            !is_hidden,
            "U+{code:04X}: {printed}"
        );
    }
}

#[test]
fn the_known_answers_of_the_layout_come_out() {
    let key = |arguments: &[Js], params: &[&str]| {
        let rules = KeyRules {
            prefix: "app:".into(),
            heading: None,
            name: "svc.get_user".into(),
            version: None,
            format: KeyFormat::Python,
            normalize: !params.is_empty(),
            as_text: false,
            params: params.iter().map(|param| param.to_string()).collect(),
        };
        let mut out = Vec::new();
        assert_eq!(write(&rules, &words(arguments), &mut out), Ok(()));
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        key(&[42.0.into()], &[]),
        "app:c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d"
    );
    assert_eq!(
        key(&[array([1.0.into()])], &[]),
        "app:c:svc.get_user:101384154120353d868468c2cab063f3"
    );
    assert_eq!(
        key(&[42.0.into()], &["user_id"]),
        "app:c:svc.get_user:f479bdd73f3e2ad8a5add4d8d0151159"
    );
    assert_eq!(key(&[], &[]), "app:c:svc.get_user:noargs");
}

#[test]
fn a_normalized_keyword_that_is_undefined_was_not_given() {
    assert_eq!(
        repr(&[Js::Undefined, 1.0.into()], Some(&["b", "a"])).unwrap(),
        "[('a', 1)]"
    );
    assert_eq!(repr(&[1.0.into(), 2.0.into()], Some(&["a"])).unwrap(), "(2,)[('a', 1)]");
}

#[test]
fn what_python_has_no_certain_counterpart_for_is_refused_with_its_place() {
    let refused = |argument: Js, path: &str| {
        let expected = Refused {
            path: path.into(),
            reason: "has no counterpart in Python".into(),
        };
        assert_eq!(repr(&[argument], None), Err(expected));
    };
    refused(Js::Undefined, "arguments[0]");
    refused(array([Js::Null, Js::Undefined]), "arguments[0][1]");
    refused(object([("a b", array([Js::Hole]))]), "arguments[0][\"a b\"][0]");
    refused(Js::Container(tag::SET, vec![]), "arguments[0]");
    refused(Js::Container(tag::DATE, vec![1.0.into()]), "arguments[0]");
    refused(Js::Binary(5, vec![1]), "arguments[0]");
}

/// What the library hashes of a call with this normalized argument.
fn normalized(argument: Js) -> Result<String, Refused> {
    let text = repr(&[argument], Some(&["q"]))?;
    Ok(text.trim_start_matches("[('q', ").trim_end_matches(")]").to_string())
}

#[test]
fn a_list_that_python_cannot_sort_stays_as_it_is() {
    let unsortable = [
        (array([1.0.into(), text("a")]), "[1, 'a']"),
        (array([Js::Null, Js::Null]), "[None, None]"),
        (array([object([]), object([])]), "[{}, {}]"),
        (array([array([1.0.into()]), array([text("a")])]), "[[1], ['a']]"),
        (array([Js::Null]), "[None]"),
    ];
    for (argument, expected) in unsortable {
        assert_eq!(normalized(argument), Ok(expected.into()));
    }
    let dicts = array([
        object([("b", 1.0.into()), ("a", 2.0.into())]),
        object([("a", 1.0.into())]),
    ]);
    assert_eq!(normalized(dicts).unwrap(), "[{'b': 1, 'a': 2}, {'a': 1}]");
}

#[test]
fn a_list_is_sorted_and_its_inner_lists_are_not() {
    let list = array([array([2.0.into(), 1.0.into()]), array([1.0.into(), 0.0.into()])]);
    assert_eq!(normalized(list).unwrap(), "[[1, 0], [2, 1]]");
}

#[test]
fn the_items_of_dicts_are_sorted_at_every_depth_and_normalized() {
    let dict = object([
        ("b", array([2.0.into(), 1.0.into()])),
        ("a", object([("d", 1.0.into()), ("c", array([text("y"), text("x")]))])),
    ]);
    assert_eq!(
        normalized(dict).unwrap(),
        "{'a': {'c': ['x', 'y'], 'd': 1}, 'b': [1, 2]}"
    );
}

#[test]
fn a_set_is_a_sorted_list_where_its_order_in_python_is_certain() {
    let set = |items: Vec<Js>| Js::Container(tag::SET, items);
    assert_eq!(normalized(set(vec![2.0.into(), 1.0.into()])).unwrap(), "[1, 2]");
    assert_eq!(
        normalized(object([("a", set(vec![text("y"), text("x")]))])).unwrap(),
        "{'a': ['x', 'y']}"
    );
    for uncertain in [
        set(vec![1.0.into(), text("a")]),
        set(vec![1.0.into(), Js::Bool(true)]),
        set(vec![array([])]),
        set(vec![object([])]),
        set(vec![f64::NAN.into(), 1.0.into()]),
        array([set(vec![])]),
    ] {
        let refused = normalized(uncertain).unwrap_err();
        assert_eq!(refused.reason, "has no counterpart in Python");
    }
}

#[test]
fn a_list_whose_order_depends_on_a_nan_is_refused() {
    for list in [
        array([f64::NAN.into(), 1.0.into()]),
        array([array([f64::NAN.into()]), array([f64::NAN.into()])]),
    ] {
        let expected = Refused {
            path: "arguments[0]".into(),
            reason: "is a list whose order in Python depends on a NaN".into(),
        };
        assert_eq!(normalized(list.clone()), Err(expected));
        assert!(repr(&[list], None).is_ok());
    }
    assert_eq!(normalized(array([f64::NAN.into()])).unwrap(), "[nan]");
}

#[test]
fn ints_and_floats_are_sorted_by_value() {
    let numbers = array([
        Js::BigInt("100000000000000000000".into()),
        1e20.into(),
        Js::BigInt("-100000000000000000001".into()),
        0.5.into(),
        Js::Bool(true),
        1.0.into(),
        f64::NEG_INFINITY.into(),
        (-0.5).into(),
        Js::Bool(false),
    ]);
    assert_eq!(
        repr(&[numbers], Some(&["n"])).unwrap(),
        "[('n', [-inf, -100000000000000000001, -0.5, False, 0.5, True, 1, 100000000000000000000, 100000000000000000000])]"
    );
}
