//! Any rules over any bytes: no panic, no hang; and over JSON just the ids that are in its tree.
//!
//! The first line of the input is a path or a field, or several with tabs between them; the rest is the text. Seeds:
//! `cargo +nightly fuzz run extract fuzz/corpus/extract fuzz/seeds/extract -- -max_total_time=60`.
#![no_main]

use cacheref::entities::ids::Ids;
use cacheref::entities::scan::Scanner;
use cacheref::text::wellformed;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use support::jsonpath::Path;
use support::naive::{self, Doc};
use support::rules::{Compiled, EntityConfig, EntityRule, IdRule, Shape};

/// What the tests have too: the compiler of rules, and the oracle.
#[allow(dead_code)]
#[path = "../../tests/core/support"]
mod support {
    pub mod compile;
    pub mod jsonpath;
    pub mod naive;
    pub mod rules;
}

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (rules, json) = (&input[..end], &input[end + 1..]);
    let Ok(rules) = std::str::from_utf8(rules) else { return };
    let paths: Vec<&str> = rules.split('\t').collect();
    let rule = |path: &&str| EntityRule {
        entity_type: "t".into(),
        id: if path.starts_with('$') {
            IdRule::Path((*path).into())
        } else {
            IdRule::Field((*path).into())
        },
    };
    let config = EntityConfig {
        rules: paths.iter().map(rule).collect(),
        auto: None,
    };
    let Ok(extractor) = Compiled::new(&config, &Shape::default()) else {
        return;
    };
    let (mut scanner, mut ids) = (Scanner::default(), Ids::new());
    // What is shipped, which takes its text for one that `JSON.stringify` wrote; then the one that is right about any.
    extractor.extract_stringified(json, &mut scanner, &mut ids);
    extractor.extract_text(json, &mut scanner, &mut ids);

    // serde_json refuses numbers beyond a double and halves of surrogate pairs; of a repeated member it keeps the last.
    let Ok(tree) = serde_json::from_slice::<serde_json::Value>(json) else {
        return;
    };
    let doc = Doc::from_value(&tree);
    let of_rule = |path: &&str| {
        if path.starts_with('$') && Path::parse(path).is_ok() {
            naive::ids_of_path(path, &doc)
        } else {
            naive::ids_of_fields(&[(*path).to_owned()], &doc)
        }
    };
    let expected: BTreeSet<String> = paths
        .iter()
        .flat_map(of_rule)
        .map(|id| wellformed::text(id.as_bytes()).into_owned())
        .collect();
    let found: BTreeSet<String> = ids
        .iter()
        .map(|(_, id)| String::from_utf8(id.to_vec()).unwrap())
        .collect();
    assert_eq!(found, expected, "{paths:?} in {}", String::from_utf8_lossy(json));
});
