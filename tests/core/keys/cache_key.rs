use crate::support::argument::{Js, text, words};
use cacheref::keys::cache_key::write;
use cacheref::keys::rules::{KeyFormat, KeyRules};
use cacheref::words::Malformed;

fn key(rules: &KeyRules, arguments: &[Js]) -> String {
    let mut out = Vec::new();
    assert_eq!(write(rules, &words(arguments), &mut out), Ok(()));
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
    assert_eq!(write(&rules("f"), &[99], &mut out), Err(Malformed));
    assert_eq!(out, b"before");
}
