//! Ids as JavaScript writes them in words, and as text that leaves the process.

use cacheref::entities::ids::{Declared, Ids};
use cacheref::words::{Malformed, tag};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

fn text(tag: u32, text: &str) -> Vec<u32> {
    let mut words = vec![tag | (text.len() as u32) << 8];
    words.extend(text.as_bytes().chunks(4).map(|chunk| {
        let mut bytes = [0; 4];
        bytes[..chunk.len()].copy_from_slice(chunk);
        u32::from_le_bytes(bytes)
    }));
    words
}

fn utf16(units: &[u16]) -> Vec<u32> {
    let mut words = vec![tag::UTF16 | (units.len() as u32) << 8];
    let pair = |pair: &[u16]| u32::from(pair[0]) | u32::from(*pair.get(1).unwrap_or(&0)) << 16;
    words.extend(units.chunks(2).map(pair));
    words
}

fn float(value: f64) -> Vec<u32> {
    let bits = value.to_bits();
    vec![tag::FLOAT, bits as u32, (bits >> 32) as u32]
}

fn integer(value: i32) -> Vec<u32> {
    vec![tag::INTEGER | (value as u32) << 8]
}

fn of_users() -> Ids {
    let mut ids = Ids::new();
    let types = vec!["user".to_owned()];
    ids.clear(&Arc::new(Declared {
        types,
        ..Declared::default()
    }));
    ids
}

fn read(words: &[Vec<u32>]) -> Vec<(String, String)> {
    let mut ids = of_users();
    ids.push_words(&words.concat()).unwrap();
    ids.iter()
        .map(|(name, id)| (name.to_owned(), String::from_utf8(id.to_vec()).unwrap()))
        .collect()
}

#[test]
fn ids_of_every_kind_are_read_from_words() {
    for (id, wanted) in [
        (integer(42), "42"),
        (integer(-8_388_608), "-8388608"),
        (float(1_234_567_890.0), "1234567890"),
        (float(-0.0), "0"),
        (text(tag::BIGINT, "-123456789012345678901"), "-123456789012345678901"),
        (text(tag::ASCII, ""), ""),
        (text(tag::ASCII, "a-1"), "a-1"),
        (text(tag::ASCII, r"\ud800"), r"\\ud800"),
        (text(tag::UTF8, "é😀"), "é😀"),
        (utf16(&[0xd83d, 0xde00, 0x41]), "😀A"),
        (utf16(&[0x5c, 0xd800]), r"\\\ud800"),
    ] {
        assert_eq!(read(&[integer(0), id]), [("user".to_owned(), wanted.to_owned())]);
    }
}

#[test]
fn a_type_is_an_index_or_a_name() {
    let words = [
        integer(0),
        integer(1),
        text(tag::ASCII, "product"),
        integer(2),
        text(tag::ASCII, "user"),
        integer(3),
    ];
    let named = |name: &str, id: &str| (name.to_owned(), id.to_owned());
    assert_eq!(
        read(&words),
        [named("user", "1"), named("product", "2"), named("user", "3")]
    );
}

#[test]
fn what_is_no_type_is_left_out() {
    let words = [text(tag::ASCII, "a:b"), integer(1), text(tag::ASCII, ""), integer(2)];
    assert_eq!(read(&words), []);
}

#[test]
fn null_in_place_of_an_id_makes_the_result_a_list_of_the_type() {
    let mut ids = of_users();
    ids.push_words(&[integer(0), vec![tag::NULL], integer(0), integer(7)].concat())
        .unwrap();
    assert_eq!(ids.list_types().collect::<Vec<_>>(), ["user"]);
    assert_eq!(ids.len(), 1);
    assert_eq!(ids.to_json(), br#"["user","7","user",null]"#);
}

#[test]
fn words_that_are_no_ids_are_malformed() {
    for words in [
        vec![integer(1), integer(1)],
        vec![integer(-1), integer(1)],
        vec![integer(0)],
        vec![integer(0), vec![tag::TRUE]],
        vec![integer(0), float(0.5)],
        vec![integer(0), float(f64::NAN)],
        vec![integer(0), vec![tag::ASCII | 9 << 8, 0]],
        vec![vec![255]],
    ] {
        assert_eq!(of_users().push_words(&words.concat()), Err(Malformed), "{words:?}");
    }
}

#[test]
fn equal_ids_of_one_type_are_one_after_dedupe() {
    let mut ids = of_users();
    for id in ["b", "a", "b", "aa", "a"] {
        ids.push(0, id.as_bytes());
    }
    let other = ids.type_index(b"other").unwrap();
    ids.push(other, b"a");
    ids.dedupe();
    assert_eq!(ids.to_json(), br#"["user","a","user","b","user","aa","other","a"]"#);
}

proptest! {
    #[test]
    fn no_two_strings_have_one_text(strings in prop::collection::hash_set(prop::collection::vec(prop::sample::select(vec![0x5c, 0x75, 0x64, 0x38, 0x30, 0xd800, 0xdfff, 0xe9, 0x41_u16]), 0..8), 0..40)) {
        let texts: HashSet<String> = strings.iter().map(|units| read(&[integer(0), utf16(units)]).remove(0).1).collect();
        prop_assert_eq!(texts.len(), strings.len());
    }
}

#[test]
fn a_type_that_reads_like_the_text_of_another_is_not_that_one() {
    let mut ids = Ids::new();
    let half = ids.type_index(b"\xed\xa0\x80").unwrap();
    let characters = ids.type_index(br"\ud800").unwrap();
    assert_ne!(half, characters);
    assert_eq!(ids.type_name(half), Some(r"\ud800"));
    assert_eq!(ids.type_name(characters), Some(r"\\ud800"));
    assert_eq!(ids.type_index(b"\xed\xa0\x80"), Some(half));
    assert_eq!(ids.type_index(br"\ud800"), Some(characters));
}
