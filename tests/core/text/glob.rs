use cacheref::text::glob::matches;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn patterns_match_what_redis_matches() {
    // tests/vectors/glob.json: what KEYS of a real Redis answered. The empty text is left out: Redis has `*` match it
    // and `**` not.
    let vectors: Value = serde_json::from_str(include_str!("../../vectors/glob.json")).unwrap();
    let texts: Vec<&str> = vectors["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    for (pattern, expected) in vectors["patterns"].as_object().unwrap() {
        for (at, text) in texts.iter().enumerate() {
            let is_expected = expected.as_array().unwrap().contains(&Value::from(at));
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                is_expected,
                "{pattern:?} on {text:?}"
            );
        }
    }
}

#[test]
fn a_pattern_of_many_stars_takes_no_exponential_time() {
    let pattern = "*a".repeat(60) + "b";
    assert!(!matches(pattern.as_bytes(), "a".repeat(2000).as_bytes()));
}

/// The pattern that matches `text` and nothing else.
fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '^' | '-') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

proptest! {
    #[test]
    fn an_escaped_text_matches_itself_and_nothing_else(
        text in r"[a-c*?\[\]\\^é-]{0,8}", other in r"[a-c*?\[\]\\^é-]{0,8}"
    ) {
        prop_assert!(matches(escape(&text).as_bytes(), text.as_bytes()));
        prop_assert_eq!(matches(escape(&text).as_bytes(), other.as_bytes()), text == other);
    }

    #[test]
    fn any_bytes_are_a_pattern(pattern: Vec<u8>, text: Vec<u8>) {
        matches(&pattern, &text);
    }
}
