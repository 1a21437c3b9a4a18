use crate::support::argument::{Js, object, text, value_words};
use cacheref::definition::{Definition, FunctionConfig};
use cacheref::keys::rules::KeyFormat;
use cacheref::words::from_words;

/// Compiles what `json` describes, handed over as JavaScript does.
fn compile(json: &str) -> Result<Definition, String> {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let words = value_words(&Js::from(&json));
    let config: FunctionConfig = from_words(&words).map_err(|error| error.to_string())?;
    Definition::compile(config).map_err(|error| format!("{} {error}", error.code()))
}

#[test]
fn a_function_needs_no_more_than_a_prefix_and_a_name() {
    let definition = compile(r#"{ "prefix": "app:", "name": "getUser" }"#).unwrap();
    assert_eq!(definition.keys.name, "getUser");
    assert!(definition.entities.types().is_empty());
}

#[test]
fn types_are_declared_in_the_order_of_their_rules() {
    let json = r#"{ "prefix": "app:", "name": "getOrder", "entities": { "rules": [
        { "entityType": "order", "id": { "field": "id" } },
        { "entityType": "product", "id": { "path": "$.items[*].product_id" } }] } }"#;
    assert_eq!(compile(json).unwrap().entities.types(), ["order", "product"]);
}

#[test]
fn misuse_is_told_with_its_code() {
    #[cfg(not(feature = "python"))]
    const REFUSAL: &str = "ERR_CACHEREF_OPTION keyFormat must be \"readable\" or \"hashed\", got \"python\"";
    #[cfg(feature = "python")]
    const REFUSAL: &str = "ERR_CACHEREF_OPTION version must be absent";
    let python = r#"{ "prefix": "app:", "name": "f", "keyFormat": "python", "version": "2" }"#;
    assert!(compile(python).unwrap_err().starts_with(REFUSAL));
    let path = r#"{ "prefix": "app:", "name": "f", "entities": { "rules": [{ "entityType": "user", "id": { "path": "$[" } }] } }"#;
    assert!(compile(path).unwrap_err().starts_with("ERR_CACHEREF_PATH"));
    let colon = r#"{ "prefix": "app:", "name": "f", "entities": { "rules": [{ "entityType": "a:b", "id": {} }] } }"#;
    assert!(compile(colon).unwrap_err().starts_with("ERR_CACHEREF_ENTITY_TYPE"));
}

#[test]
fn every_option_of_keys_arrives() {
    let json = r#"{ "prefix": "app:é", "name": "a name of more than 24 units, one of them é", "version": "2",
        "keyFormat": "hashed", "normalizeArgs": true, "params": ["id", ""] }"#;
    let keys = compile(json).unwrap().keys;
    assert_eq!(keys.prefix, "app:é");
    assert_eq!(keys.name, "a name of more than 24 units, one of them é");
    assert_eq!(keys.version.as_deref(), Some("2"));
    assert_eq!(keys.format, KeyFormat::Hashed);
    assert!(keys.normalize);
    assert_eq!(keys.params, ["id", ""]);
}

#[test]
fn what_is_undefined_is_absent() {
    let config = object([
        ("prefix", text("app:")),
        ("name", text("f")),
        ("version", Js::Undefined),
    ]);
    let words = value_words(&config);
    assert_eq!(from_words::<FunctionConfig>(&words).unwrap().version, None);
}

#[test]
fn half_a_surrogate_pair_is_replaced() {
    let config = object([("prefix", text("")), ("name", Js::Text(vec![0x61, 0xd800]))]);
    assert_eq!(
        from_words::<FunctionConfig>(&value_words(&config)).unwrap().name,
        "a\u{fffd}"
    );
}

#[test]
fn what_javascript_does_not_write_is_refused() {
    for json in [
        r#"{ "prefix": "app:", "name": "f", "ttl": 5 }"#,
        r#"{ "prefix": "app:" }"#,
        r#"{ "prefix": "app:", "name": 5 }"#,
        r#"{ "prefix": "app:", "name": "f", "keyFormat": "other" }"#,
        r#"{ "prefix": "app:", "name": "f", "normalizeArgs": 1 }"#,
        r#"{ "prefix": "app:", "name": "f", "params": "id" }"#,
        r#"{ "prefix": "app:", "name": "f", "entities": [] }"#,
        r#""app:""#,
    ] {
        assert_eq!(compile(json).unwrap_err(), "malformed words", "{json}");
    }
}

#[test]
fn words_that_are_cut_off_are_refused() {
    let whole = value_words(&object([("prefix", text("app:")), ("name", text("getUser"))]));
    for length in 0..whole.len() {
        assert!(from_words::<FunctionConfig>(&whole[..length]).is_err());
    }
    let longer = [whole.as_slice(), &[cacheref::words::tag::NULL]].concat();
    assert!(from_words::<FunctionConfig>(&longer).is_err());
}
