//! Paths, against the compliance suite of RFC 9535 and by hand.

use crate::support::jsonpath::Path;
use crate::support::naive::{self, Doc};
use crate::support::rules::{Compiled, EntityConfig, EntityRule, IdRule, Shape};
use crate::support::vectors;
use cacheref::entities::ids::Ids;
use cacheref::entities::scan::Scanner;
use serde_json::Value;
use std::collections::BTreeSet;

fn refusal(path: &str) -> String {
    Path::parse(path).expect_err(path)
}

fn extract(path: &str, json: &str) -> BTreeSet<String> {
    let rule = EntityRule {
        entity_type: "t".into(),
        id: IdRule::Path(path.into()),
    };
    let config = EntityConfig {
        rules: vec![rule],
        auto: None,
    };
    let extractor = Compiled::new(&config, &Shape::default()).unwrap();
    let mut ids = Ids::new();
    extractor.extract_text(json.as_bytes(), &mut Scanner::default(), &mut ids);
    ids.iter()
        .map(|(_, id)| String::from_utf8(id.to_vec()).unwrap())
        .collect()
}

#[test]
fn the_compliance_suite_of_rfc_9535_passes() {
    let Some(suite) = vectors::read("jsonpath/cts.json") else {
        return;
    };
    let suite: Value = serde_json::from_slice(&suite).unwrap();
    let (mut followed, mut invalid, mut unsupported) = (0, 0, 0);
    for test in suite["tests"].as_array().unwrap() {
        let selector = test["selector"].as_str().unwrap();
        if test["invalid_selector"] == true {
            refusal(selector);
            invalid += 1;
            continue;
        }
        if let Some(column) = filter_column(selector) {
            let message = refusal(selector);
            assert!(message.contains("filters (?)"), "{message}");
            assert!(message.contains(&format!("column {column} ")), "{message}");
            unsupported += 1;
            continue;
        }
        let scalars = |nodes: &Value| -> BTreeSet<String> {
            let docs: Vec<Doc> = nodes.as_array().unwrap().iter().map(Doc::from_value).collect();
            docs.iter().flat_map(|doc| naive::ids_of_path("$", doc)).collect()
        };
        // A suite that allows several orders lists them all; their sets are the same.
        let expected = test.get("result").unwrap_or_else(|| &test["results"][0]);
        assert_eq!(
            extract(selector, &test["document"].to_string()),
            scalars(expected),
            "{}",
            test["name"]
        );
        followed += 1;
    }
    assert_eq!((followed, invalid, unsupported), (167, 247, 289));
}

/// The column of the first filter, if the selector has one outside its quoted names.
fn filter_column(selector: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (index, c) in selector.chars().enumerate() {
        match quote {
            _ if is_escaped => is_escaped = false,
            Some(_) if c == '\\' => is_escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '?' => return Some(index + 1),
            None if c == '\'' || c == '"' => quote = Some(c),
            None => {}
        }
    }
    None
}

#[test]
fn a_refusal_names_the_path_the_column_and_what_is_there() {
    for (path, column, found) in [
        ("", 1, "the end"),
        ("id", 1, "'i'"),
        ("$id", 2, "'i'"),
        ("$.", 3, "the end"),
        ("$.a.1", 5, "'1'"),
        ("$.items[01].id", 9, "'0'"),
        ("$.items[-0]", 9, "'-'"),
        ("$['é'].ü[", 10, "the end"),
        ("$.a[?@.b]", 5, "'?'"),
        ("$['a'", 6, "the end"),
        ("$['a", 3, "'\\''"),
        (r"$['\ud800']", 5, "'u'"),
        ("$.a ", 4, "' '"),
        ("$[9007199254740992]", 3, "'9'"),
    ] {
        let message = refusal(path);
        assert!(
            message.contains(&format!("column {column} ({found})")),
            "{path}: {message}"
        );
        assert!(message.contains(&format!("{path:?}")), "{path}: {message}");
    }
}

#[test]
fn names_may_contain_any_character() {
    let json = r#"{"a.b":1,"it's":2,"\"":3,"":4,"\u0000":5,"日本":6,"😀":7,"\\":8}"#;
    for (path, id) in [
        ("$['a.b']", "1"),
        (r"$['it\'s']", "2"),
        (r#"$['"']"#, "3"),
        ("$['']", "4"),
        (r"$['\u0000']", "5"),
        ("$.日本", "6"),
        (r"$['\ud83d\ude00']", "7"),
        (r"$['\\']", "8"),
    ] {
        assert_eq!(extract(path, json), BTreeSet::from([id.to_owned()]), "{path}");
    }
}
