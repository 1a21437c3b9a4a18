use cacheref::definition::{Definition, FunctionConfig};

fn compile(json: &str) -> Result<Definition, String> {
    let config: FunctionConfig = serde_json::from_str(json).map_err(|error| error.to_string())?;
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
    let python = r#"{ "prefix": "app:", "name": "f", "keyFormat": "python", "version": "2" }"#;
    assert!(
        compile(python)
            .unwrap_err()
            .starts_with("ERR_CACHEREF_OPTION version must be absent")
    );
    let path = r#"{ "prefix": "app:", "name": "f", "entities": { "rules": [{ "entityType": "user", "id": { "path": "$[" } }] } }"#;
    assert!(compile(path).unwrap_err().starts_with("ERR_CACHEREF_PATH"));
    let colon = r#"{ "prefix": "app:", "name": "f", "entities": { "rules": [{ "entityType": "a:b", "id": {} }] } }"#;
    assert!(compile(colon).unwrap_err().starts_with("ERR_CACHEREF_ENTITY_TYPE"));
}

#[test]
fn an_unknown_field_is_refused() {
    assert!(
        compile(r#"{ "prefix": "app:", "name": "f", "ttl": 5 }"#)
            .unwrap_err()
            .contains("ttl")
    );
}
