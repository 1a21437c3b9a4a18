//! Entity ids out of JSON text: the shared table of cases, the JSON test suite, and random documents and rules against
//! the oracle.

use crate::support::naive::{self, Dice, Doc, Found};
use crate::support::rules::{Auto, Compiled, EntityConfig, EntityRule, IdRule, Shape};
use crate::support::vectors;
use cacheref::entities::ids::Ids;
use cacheref::entities::json::repeated::without_repeated;
use cacheref::entities::scan::Scanner;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::borrow::Cow;

fn rule(entity_type: &str, id: IdRule) -> EntityRule {
    EntityRule {
        entity_type: entity_type.into(),
        id,
    }
}

fn path(path: &str) -> EntityConfig {
    of_rules(vec![rule("t", IdRule::Path(path.into()))])
}

fn of_rules(rules: Vec<EntityRule>) -> EntityConfig {
    EntityConfig { rules, auto: None }
}

fn auto_of(type_field: &str, id_field: &str) -> EntityConfig {
    let (type_field, id_field) = (type_field.to_owned(), id_field.to_owned());
    EntityConfig {
        rules: Vec::new(),
        auto: Some(Auto { type_field, id_field }),
    }
}

fn auto() -> EntityConfig {
    auto_of("__typename", "id")
}

fn compile(config: &EntityConfig) -> Compiled {
    Compiled::new(config, &Shape::default()).unwrap()
}

fn extract(config: &EntityConfig, json: &[u8]) -> (Found, bool) {
    let (found, ids) = extract_all(&compile(config), json);
    (found, ids.is_list)
}

/// The entities, and the ids that say which lists the result is.
fn extract_all(extractor: &Compiled, json: &[u8]) -> (Found, Ids) {
    let (mut scanner, mut ids) = (Scanner::default(), Ids::new());
    extractor.extract_stringified(json, &mut scanner, &mut ids);
    let of_all: Found = pairs(&ids).into_iter().collect();
    extractor.extract_text(json, &mut scanner, &mut ids);
    let count = ids.len();
    let before: Found = pairs(&ids).into_iter().collect();
    ids.dedupe();
    assert!(ids.len() <= count);
    assert_eq!(ids.len(), before.len(), "no entity is left twice");
    assert_eq!(before, pairs(&ids).into_iter().collect(), "no entity gets lost");
    if matches!(without_repeated(json), Cow::Borrowed(_)) {
        assert_eq!(of_all, before, "where no name repeats nothing has to be removed");
    } else if serde_json::from_slice::<IgnoredAny>(json).is_ok() {
        assert!(of_all.is_superset(&before), "of names that repeat all count");
    }
    (before, ids)
}

fn pairs(ids: &Ids) -> Vec<(String, String)> {
    ids.iter()
        .map(|(name, id)| (name.to_owned(), String::from_utf8(id.to_vec()).unwrap()))
        .collect()
}

fn expected(config: &EntityConfig, doc: &Doc) -> Found {
    if let Some(Auto { type_field, id_field }) = &config.auto {
        return naive::auto(type_field, id_field, doc);
    }
    let ids_of = |rule: &EntityRule| match &rule.id {
        IdRule::Field(field) => naive::ids_of_fields(std::slice::from_ref(field), doc),
        IdRule::Fields(fields) => naive::ids_of_fields(fields, doc),
        IdRule::Path(path) => naive::ids_of_path(path, doc),
    };
    let named = |rule: &EntityRule| {
        ids_of(rule)
            .into_iter()
            .map(|id| (rule.entity_type.clone(), id))
            .collect::<Vec<_>>()
    };
    config.rules.iter().flat_map(named).collect()
}

#[test]
fn the_shared_table_holds_for_text() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../vectors/entities.json")).unwrap();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let config: EntityConfig = serde_json::from_value(case["rules"].clone()).unwrap();
        let shape = case.get("shape").cloned().unwrap_or_else(|| serde_json::json!({}));
        let shape: Shape = serde_json::from_value(shape).unwrap();
        let json = case["text"]
            .as_str()
            .map_or_else(|| case["result"].to_string(), str::to_owned);
        let entities: Found = case["entities"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(entity_type, ids)| {
                ids.as_array()
                    .unwrap()
                    .iter()
                    .map(move |id| (entity_type.clone(), id.as_str().unwrap().to_owned()))
            })
            .collect();
        let (found, ids) = extract_all(&Compiled::new(&config, &shape).unwrap(), json.as_bytes());
        assert_eq!(found, entities, "{name}: {json}");
        assert_eq!(ids.is_list, case["isList"].as_bool().unwrap(), "{name}: {json}");
        if let Some(lists) = case.get("lists") {
            let lists: Vec<&str> = lists
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect();
            assert_eq!(ids.list_types().collect::<Vec<_>>(), lists, "{name}: {json}");
        }
    }
}

#[test]
fn every_valid_text_of_the_json_test_suite_gives_what_its_tree_gives() {
    let Some(folder) = vectors::folder() else { return };
    let configs = [
        path("$..*"),
        path("$..a"),
        path("$[*]"),
        path("$[-1]"),
        path("$"),
        auto(),
    ];
    let mut count = 0;
    for file in std::fs::read_dir(folder.join("json-test-suite/test_parsing")).unwrap() {
        let file = file.unwrap();
        let text = std::fs::read(file.path()).unwrap();
        for config in &configs {
            // Texts that are no JSON too: they must come to an end without a panic.
            let mut ids = Ids::new();
            compile(config).extract_text(&text, &mut Scanner::default(), &mut ids);
        }
        if !file.file_name().to_string_lossy().starts_with("y_") {
            continue;
        }
        let tree: Value = serde_json::from_slice(&text).unwrap();
        let doc = Doc::from_value(&tree);
        for config in &configs {
            assert_eq!(
                extract(config, &text).0,
                expected(config, &doc),
                "{:?} {config:?}",
                file.file_name()
            );
        }
        count += 1;
    }
    assert_eq!(count, 95);
}

#[test]
fn a_hundred_thousand_levels_are_no_problem() {
    let depth = 100_000;
    let arrays = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert_eq!(extract(&path("$..*"), arrays.as_bytes()).0.len(), 1);
    assert_eq!(extract(&path("$..[-1]"), arrays.as_bytes()).0.len(), 1);
    assert_eq!(extract(&path("$..a"), objects.as_bytes()).0.len(), 1);
    assert_eq!(extract(&path("$.a.a"), objects.as_bytes()).0.len(), 0);
    assert_eq!(extract(&auto(), objects.as_bytes()).0.len(), 0);
    // Neither are brackets that never close.
    extract(&path("$..*"), "[".repeat(depth).as_bytes());
    extract(&path("$..[-1]"), r#"{"a":["#.repeat(depth).as_bytes());
}

#[test]
fn a_hundred_thousand_entities_are_all_found() {
    let users: Vec<String> = (0..100_000)
        .map(|id| format!(r#"{{"id":{id},"name":"User {id}"}}"#))
        .collect();
    let json = format!("[{}]", users.join(","));
    let config = of_rules(vec![rule("user", IdRule::Field("id".into()))]);
    let found = extract(&config, json.as_bytes()).0;
    assert_eq!(
        found,
        (0..100_000).map(|id| ("user".to_owned(), id.to_string())).collect()
    );
}

#[test]
fn members_whose_names_occur_again_become_spaces() {
    let (first, second) = (r#""a":{"b":1,"b":[2]}, "#, r#""\u0061":3,"#);
    let text = |first: &str, second: &str| {
        format!(r#"{{{first}"c" : "\"a\":" ,{second}"d":{{"a":4,"c":5}},"a":6,"a"}}"#).into_bytes()
    };
    let blank = |member: &str| " ".repeat(member.len());
    assert_eq!(
        without_repeated(&text(first, second)),
        text(&blank(first), &blank(second))
    );
    let plain = br#"[{"a":1},{"a":"a"},["a","a"]]"#;
    assert!(matches!(without_repeated(plain), Cow::Borrowed(_)));
}

#[test]
fn an_object_of_a_hundred_thousand_repeated_members_is_no_problem() {
    let members: Vec<String> = (0..100_000)
        .map(|id| format!(r#""k{}":{{"id":{id}}}"#, id % 60_000))
        .collect();
    let json = format!("{{{}}}", members.join(","));
    let found = extract(&path("$.*.id"), json.as_bytes()).0;
    assert_eq!(
        found,
        (40_000..100_000).map(|id| ("t".to_owned(), id.to_string())).collect()
    );
}

#[test]
fn ids_are_found_wherever_they_lie_to_the_blocks_that_are_looked_at_together() {
    let text = r#"{"a":{"__typename":"A","id":1},"b\\":[{"__typename":"B","\u0069d":"\"}"},"id"],"identities":7,
        "\u0061":{"__typename" : "C","id":"a name that is longer than a word","id":3.0},"x":{"id":"\\"},"id":-1}"#;
    for config in [
        auto(),
        path("$..id"),
        path("$.*.id"),
        path("$.*"),
        path("$..*"),
        path("$['b\\\\'][-1]"),
    ] {
        let found = extract(&config, text.as_bytes()).0;
        assert!(!found.is_empty(), "{config:?}");
        for before in 0..600 {
            let padded = format!("{}{text}", " ".repeat(before));
            assert_eq!(
                extract(&config, padded.as_bytes()).0,
                found,
                "{config:?} behind {before} spaces"
            );
            let within = text.replacen('7', &format!("\"{}\"", "7".repeat(before + 1)), 1);
            let count = extract(&config, within.as_bytes()).0.len();
            assert_eq!(count, found.len(), "{config:?} with {before} bytes between");
        }
    }
}

#[test]
fn an_id_may_have_any_length_and_any_character_at_any_place() {
    for length in 0..70 {
        let plain = "x".repeat(length);
        let mut ids = vec![plain.clone()];
        for place in 0..=length {
            let (before, behind) = plain.split_at(place);
            ids.extend(["\"", "\\", "\n", "é", "\0"].map(|odd| format!("{before}{odd}{behind}")));
        }
        let json = serde_json::to_string(&ids).unwrap();
        let wanted: Found = ids.into_iter().map(|id| ("t".to_owned(), id)).collect();
        assert_eq!(extract(&path("$[*]"), json.as_bytes()).0, wanted);
    }
}

#[test]
fn types_found_in_results_are_forgotten_with_them() {
    let extractor = compile(&auto());
    let mut ids = Ids::new();
    let mut scanner = Scanner::default();
    extractor.extract_text(
        br#"[{"__typename":"A","id":1},{"__typename":"B","id":2}]"#,
        &mut scanner,
        &mut ids,
    );
    assert_eq!(ids.types().collect::<Vec<_>>(), ["A", "B"]);
    extractor.extract_text(br#"{"__typename":"C","id":1}"#, &mut scanner, &mut ids);
    assert_eq!(ids.types().collect::<Vec<_>>(), ["C"]);
    assert_eq!(pairs(&ids), [("C".to_owned(), "1".to_owned())]);
    assert!(!ids.is_list);
}

#[test]
fn bytes_that_are_no_utf_8_become_replacement_characters() {
    let (found, _) = extract(&path("$[*]"), b"[\"a\xff\", \"\xed\xa0\x80\"]");
    let ids: Vec<&str> = found.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, [r"\ud800", "a\u{fffd}"]);
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i16>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>()
            .prop_filter("JSON has no other", |value| value.is_finite())
            .prop_map(|value| format!("{value:e}")),
        (any::<i16>(), 0..3_i32).prop_map(|(value, shift)| format!("{value}{}E-{shift}", "0".repeat(shift as usize))),
        any::<i8>().prop_map(|value| format!("{value}.00")),
        Just("-0".to_owned()),
        Just("1e999".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    // Names of fields, what would confuse a scanner, and anything.
    prop_oneof![
        4 => prop::sample::select(vec!["id", "a", "b", "__typename", "", "i", "id\"", "\\", "\"id\":", "User", "a:b", "\\ud800"]).prop_map(str::to_owned),
        1 => "[a-z\"\\\\{}\\[\\],: é😀\u{0}]{0,70}",
    ]
}

fn doc() -> impl Strategy<Value = Doc> {
    let leaf = prop_oneof![
        Just(Doc::Null),
        any::<bool>().prop_map(Doc::Bool),
        number().prop_map(Doc::Number),
        text().prop_map(Doc::String),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Doc::Array),
            prop::collection::vec((text(), inner), 0..8).prop_map(Doc::Object),
        ]
    })
}

fn selector() -> impl Strategy<Value = String> {
    let bound = || prop_oneof![Just(String::new()), (-4..5_i32).prop_map(|bound| bound.to_string())];
    prop_oneof![
        3 => prop::sample::select(vec!["'id'", "'a'", "'b'", "''"]).prop_map(str::to_owned),
        2 => Just("*".to_owned()),
        1 => (-3..4_i32).prop_map(|index| index.to_string()),
        1 => (bound(), bound(), bound()).prop_map(|(start, end, step)| format!("{start}:{end}:{step}")),
    ]
}

fn any_path() -> impl Strategy<Value = String> {
    let segment = (prop::bool::weighted(0.25), prop::collection::vec(selector(), 1..3));
    prop::collection::vec(segment, 0..4).prop_map(|segments| {
        let write = |(is_descendant, selectors): (bool, Vec<String>)| {
            format!("{}[{}]", if is_descendant { ".." } else { "" }, selectors.join(","))
        };
        format!("${}", segments.into_iter().map(write).collect::<String>())
    })
}

fn config() -> impl Strategy<Value = EntityConfig> {
    let field = || prop::sample::select(vec!["id", "a", "b", "", "id\""]).prop_map(str::to_owned);
    let id = prop_oneof![
        2 => field().prop_map(IdRule::Field),
        1 => prop::collection::vec(field(), 1..4).prop_map(IdRule::Fields),
        6 => any_path().prop_map(IdRule::Path),
    ];
    let a_rule = (prop::sample::select(vec!["t", "u", "v"]), id).prop_map(|(entity_type, id)| rule(entity_type, id));
    prop_oneof![
        6 => prop::collection::vec(a_rule, 1..4).prop_map(of_rules),
        1 => (field(), field()).prop_map(|(type_field, id_field)| auto_of(&type_field, &id_field)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_rules_find_in_any_text_what_the_oracle_finds_in_the_tree(doc in doc(), config in config(), seed in 1_u64..) {
        let mut json = String::new();
        naive::write(&doc, &mut Dice(seed), &mut json);
        // Rules that are too many together are refused, which is tested above.
        if Compiled::new(&config, &Shape::default()).is_ok() {
            let escaped = |(name, id): (String, String)| (cacheref::text::wellformed::text(name.as_bytes()).into_owned(), cacheref::text::wellformed::text(id.as_bytes()).into_owned());
            let wanted: Found = expected(&config, &doc).into_iter().map(escaped).collect();
            prop_assert_eq!(extract(&config, json.as_bytes()).0, wanted, "{}", json);
        }
    }

    #[test]
    fn pages_are_what_the_oracle_finds_in_the_tree(doc in doc(), seed in 1_u64.., composite in any::<bool>()) {
        let mut json = String::new();
        naive::write(&doc, &mut Dice(seed), &mut json);
        let fields: Vec<String> = if composite { vec!["id".into(), "a".into()] } else { vec!["id".into()] };
        let pages = [vec!["a"], vec!["b", "a"], vec!["__typename"]];
        let pages: Vec<Vec<String>> = pages.map(|form| form.iter().map(|&name| name.to_owned()).collect()).into();
        let config = of_rules(vec![rule("t", IdRule::Fields(fields.clone()))]);
        let shape = Shape { pages: pages.clone(), ..Shape::default() };
        let (found, ids) = extract_all(&Compiled::new(&config, &shape).unwrap(), json.as_bytes());
        let mut wanted = naive::ids_of_fields(&fields, &doc);
        let mut is_list = matches!(doc, Doc::Array(_) | Doc::Null);
        if wanted.is_empty() {
            let (held, is_page) = naive::ids_of_pages(&pages, &fields, &doc);
            wanted = held;
            is_list = is_list || is_page;
        }
        let wanted: Found = wanted.iter().map(|id| ("t".to_owned(), cacheref::text::wellformed::text(id.as_bytes()).into_owned())).collect();
        prop_assert_eq!(found, wanted, "{}", json);
        prop_assert_eq!(ids.list_types().count(), usize::from(is_list), "{}", json);
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\u0did 17e-.tn\xff".to_vec()), 0..300), config in config()) {
        if let Ok(extractor) = Compiled::new(&config, &Shape::default()) {
            let mut ids = Ids::new();
            extractor.extract_text(&bytes, &mut Scanner::default(), &mut ids);
            prop_assert!(ids.iter().all(|(_, id)| std::str::from_utf8(id).is_ok()));
        }
    }
}
