//! The compiler of the tests, and the reading of what JavaScript has compiled: both against the shared table.

use crate::support::argument::{Js, value_words};
use crate::support::rules::{Compiled, EntityConfig, Shape};
use cacheref::entities::extract::Extractor;
use cacheref::entities::ids::Declared;
use cacheref::words::Reader;
use serde_json::Value;

#[test]
fn the_compiled_rules_are_those_of_the_shared_table() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../vectors/compiled.json")).unwrap();
    for case in &cases {
        let config: EntityConfig = serde_json::from_value(case["entities"].clone()).unwrap();
        let shape: Shape = serde_json::from_value(case["shape"].clone()).unwrap();
        let compiled = match Compiled::new(&config, &shape) {
            Ok(compiled) => compiled,
            Err(refusal) => {
                assert_eq!(refusal, case["refusal"]);
                continue;
            }
        };
        let words = |part: &str| value_words(&Js::from(&case[part]));
        let extractor = Extractor::read(&mut Reader::new(&words("table"))).unwrap();
        assert_eq!(
            format!("{extractor:?}"),
            format!("{:?}", compiled.extractor),
            "{config:?}"
        );
        let declared = Declared::read(&mut Reader::new(&words("declared"))).unwrap();
        assert_eq!(
            format!("{declared:?}"),
            format!("{:?}", compiled.declared),
            "{config:?}"
        );
    }
}
