use crate::support::argument::{Js, array, object, text, words};
use cacheref::keys::cache_key::{KeyFormat, KeyOutcome, KeyRules, is_argument_part, is_of, write};
use proptest::prelude::*;

fn key(rules: &KeyRules, arguments: &[Js]) -> String {
    let mut out = Vec::new();
    assert_eq!(write(rules, &words(arguments), &mut out), KeyOutcome::Written);
    String::from_utf8(out).unwrap()
}

fn rules(name: &str) -> KeyRules {
    KeyRules {
        prefix: "app:".into(),
        name: name.into(),
        ..KeyRules::default()
    }
}

#[test]
fn a_short_key_is_readable() {
    assert_eq!(
        key(&rules("user.get_by_id"), &[42.0.into()]),
        "app:c:user.get_by_id:[42]"
    );
    assert_eq!(key(&rules("all"), &[]), "app:c:all:[]");
}

#[test]
fn above_64_bytes_the_argument_part_is_a_hash() {
    // [" and "] and 60 letters are 64 bytes.
    let longest = "x".repeat(60);
    assert_eq!(key(&rules("f"), &[text(&longest)]), format!("app:c:f:[\"{longest}\"]"));
    // printf '["%s"]' $(printf 'x%.0s' $(seq 61)) | openssl dgst -sha256 -binary | head -c 24 | basenc --base64url
    assert_eq!(
        key(&rules("f"), &[text(&"x".repeat(61))]),
        "app:c:f:#m5lo33z75NDVvLoqruh-SBC5gL16dYkw"
    );
}

#[test]
fn hashed_keys_are_hashed_whatever_their_length() {
    let hashed = KeyRules {
        format: KeyFormat::Hashed,
        ..rules("f")
    };
    // printf '[42]' | openssl dgst -sha256 -binary | head -c 24 | basenc --base64url
    assert_eq!(
        key(&hashed, &[42.0.into()]),
        "app:c:f:#uGseoRsoE2_lIkudHjAXt--2jU-uC5DE"
    );
}

#[test]
fn a_version_is_a_part_of_every_key() {
    let version = |version: &str| KeyRules {
        version: Some(version.into()),
        ..rules("f")
    };
    assert_eq!(key(&version("2"), &[1.0.into()]), "app:c:f:[1]@2");
    assert_eq!(key(&version("a:b"), &[1.0.into()]), "app:c:f:[1]@\"a:b\"");
    let long = [text(&"x".repeat(100))];
    assert_ne!(key(&version("2"), &long), key(&rules("f"), &long));
    assert_ne!(key(&version("2"), &long), key(&version("3"), &long));
}

#[test]
fn a_refused_key_leaves_the_buffer_as_it_was() {
    let mut out = b"before".to_vec();
    let python = KeyRules {
        format: KeyFormat::Python,
        ..rules("f")
    };
    let refused = KeyOutcome::Refused {
        path: "arguments[1][\"a\"][0]".into(),
        reason: "has no counterpart in Python".into(),
    };
    assert_eq!(
        write(
            &python,
            &words(&[Js::Null, object([("a", array([Js::Hole]))])]),
            &mut out
        ),
        refused
    );
    assert!(matches!(
        write(&rules("f"), &[99], &mut out),
        KeyOutcome::Refused { .. }
    ));
    assert_eq!(out, b"before");
}

#[test]
fn a_name_does_not_take_the_keys_of_a_name_that_begins_with_it() {
    assert!(is_of("app:c:user:[1]", "app:", "user"));
    assert!(!is_of("app:c:user:list:[1]", "app:", "user"));
    assert!(is_of("app:c:user:list:[1]", "app:", "user:list"));
    assert!(!is_of("app:c:user:[1]", "app:", "use"));
    assert!(!is_of("app:e:user:[1]", "app:", "user"));
    // What the Python library wrote.
    assert!(is_of(
        "app:c:svc.get_user:b9a08a92b9acce11d0d18cff20edc65d",
        "app:",
        "svc.get_user"
    ));
    assert!(is_of("app:c:svc.get_user:noargs", "app:", "svc.get_user"));
    assert!(!is_of("app:c:svc.get_user:no", "app:", "svc.get_user"));
}

#[test]
fn what_resembles_an_argument_part_is_none() {
    for text in [
        "",
        "[",
        "[1",
        "[1]x",
        "[1]@",
        "[1]]",
        "]",
        "[\"]",
        "[1]@\"a\"b",
        "#short",
        r#"[\"",{":[\"":null}]"#,
        "{}",
        "1",
    ] {
        // A version may be empty.
        assert_eq!(is_argument_part(text), text == "[1]@", "{text}");
    }
    for text in [
        "[]",
        "[\"]\"]",
        "[\"\\\"]\"]",
        "[Date(1)]",
        "[{\"a\":[1]}]@v1.2-3_4",
        "[1]@\"a:b\"",
    ] {
        assert!(is_argument_part(text), "{text}");
    }
}

fn tricky() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            Just(":"),
            Just("["),
            Just("]"),
            Just("\""),
            Just("\\"),
            Just("@"),
            Just("#"),
            Just("1"),
            Just("a"),
            Just("{"),
            Just("[1]"),
            Just(":[1]"),
            Just("[1]@"),
            Just("noargs"),
            Just("b9a08a92b9acce11d0d18cff20edc65d"),
            Just("#PVeiPXJkkdX-P2vVmvvQyPFG15OcjUa1"),
        ],
        0..5,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]
    #[test]
    fn a_key_is_of_one_name_only(
        name in tricky(), version in prop::option::of(tricky()), argument in tricky(), format in 0usize..3,
    ) {
        let rules = KeyRules {
            version: version.filter(|_| format < 2),
            format: [KeyFormat::Readable, KeyFormat::Hashed, KeyFormat::Python][format],
            ..rules(&name)
        };
        let key = key(&rules, &[text(&argument), object([(argument.as_str(), Js::Null)])]);
        prop_assert!(is_of(&key, "app:", &name));
        let rest = &key["app:c:".len()..];
        for (at, _) in rest.match_indices(':') {
            prop_assert_eq!(is_argument_part(&rest[at + 1..]), at == name.len(), "{} at {}", key, at);
        }
    }
}
