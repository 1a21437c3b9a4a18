use super::in_process::bytes;
use crate::support::argument::{Js, array, container, object, text, words};
use cacheref::keys::canonical::write;
use cacheref::keys::in_process;
use cacheref::words::{Malformed, tag};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

fn canonical(arguments: &[Js]) -> String {
    let mut out = Vec::new();
    write(&words(arguments), None, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn normalized(arguments: &[Js], params: &[&str]) -> String {
    let params: Vec<String> = params.iter().map(|param| param.to_string()).collect();
    let mut out = Vec::new();
    write(&words(arguments), Some(&params), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn text_of_the_rfc_8785_vectors_is_theirs() {
    let folder = std::env::var_os("CACHEREF_VECTORS")
        .map_or("../shared/vectors".into(), PathBuf::from)
        .join("jcs");
    if !folder.is_dir() {
        println!("skipped: no vectors in {}", folder.display());
        return;
    }
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("input")).unwrap() {
        let path = entry.unwrap().path();
        let input: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let output = std::fs::read_to_string(folder.join("output").join(path.file_name().unwrap())).unwrap();
        assert_eq!(
            canonical(&[Js::from(&input)]),
            format!("[{}]", output.trim_end()),
            "{}",
            path.display()
        );
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn numbers_are_printed_as_the_published_checksums_demand() {
    // The sequence and the SHA-256 of its first lines are published with RFC 8785's reference implementation:
    // selected doubles, 2000 that follow each other, then a chain of SHA-256 blocks, four doubles in each.
    let selected = include_str!("../../vectors/es6-numbers.txt").split_whitespace();
    let selected = selected.map(|bits| u64::from_str_radix(bits, 16).unwrap());
    let following = (0..2000).map(|index| 0x0010_0000_0000_0000 + index);
    let mut block = [0u8; 32];
    let chained = std::iter::repeat_with(move || {
        block = Sha256::digest(block).into();
        [0, 8, 16, 24].map(|at| u64::from_le_bytes(block[at..at + 8].try_into().unwrap()))
    });
    let chained = chained
        .flatten()
        .filter(|bits| f64::from_bits(*bits).is_finite() && f64::from_bits(*bits) != 0.0);
    let mut checksum = Sha256::new();
    for (index, bits) in selected.chain(following).chain(chained).take(10_000).enumerate() {
        let printed = canonical(&[Js::Number(f64::from_bits(bits))]);
        checksum.update(format!("{bits:x},{}\n", &printed[1..printed.len() - 1]));
        let expected = match index + 1 {
            1_000 => "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687",
            10_000 => "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892",
            _ => continue,
        };
        let digest: String = checksum
            .clone()
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digest, expected, "after {} lines", index + 1);
    }
}

#[test]
fn values_that_json_lacks_have_a_text_that_is_no_json() {
    let cases = [
        (Js::Undefined, "undefined"),
        (container(tag::ARRAY, [Js::Hole]), "[hole]"),
        (f64::NAN.into(), "NaN"),
        (f64::INFINITY.into(), "Infinity"),
        (f64::NEG_INFINITY.into(), "-Infinity"),
        (Js::BigInt("-12".into()), "-12n"),
        (
            container(tag::DATE, [1_700_000_000_000.0.into()]),
            "Date(1700000000000)",
        ),
        (
            container(tag::REGEXP, [text("a\"b"), text("gi")]),
            r#"RegExp("a\"b","gi")"#,
        ),
        (container(tag::URL, [text("http://a/")]), r#"URL("http://a/")"#),
        (
            container(tag::URL_SEARCH_PARAMS, [text("a=1")]),
            r#"URLSearchParams("a=1")"#,
        ),
        (
            container(tag::MAP, [text("b"), 1.0.into(), text("a"), 2.0.into()]),
            r#"Map([["b",1],["a",2]])"#,
        ),
        (container(tag::SET, [2.0.into(), 1.0.into()]), "Set([2,1])"),
        (container(tag::BOXED, [1.0.into()]), "Object(1)"),
        (container(tag::TO_JSON, [text("x")]), r#"toJSON("x")"#),
        (Js::Binary(5, vec![1, 2, 3, 4]), r#"Uint8Array("AQIDBA==")"#),
        (Js::Binary(0, vec![255, 254]), r#"ArrayBuffer("//4=")"#),
        (Js::Binary(0, vec![]), r#"ArrayBuffer("")"#),
    ];
    for (value, expected) in cases {
        let printed = canonical(std::slice::from_ref(&value));
        assert_eq!(printed, format!("[{expected}]"));
        assert!(
            serde_json::from_str::<serde_json::Value>(&printed).is_err(),
            "{printed} is JSON"
        );
    }
}

#[test]
fn lone_surrogates_are_escaped_and_pairs_are_not() {
    assert_eq!(canonical(&[Js::Text(vec![0xd800, 0x61])]), r#"["\ud800a"]"#);
    assert_eq!(canonical(&[Js::Text(vec![0xd83d, 0xde00])]), "[\"\u{1f600}\"]");
    assert_ne!(
        canonical(&[Js::Text(vec![0xd800])]),
        canonical(&[Js::Text(vec![0xdfff])])
    );
}

#[test]
fn properties_are_sorted_by_utf_16_units() {
    // U+10000 is D800 DC00 there: before U+E000, which is less in UTF-8.
    let value = object([("\u{e000}", 1.0.into()), ("\u{10000}", 2.0.into()), ("a", 3.0.into())]);
    assert_eq!(canonical(&[value]), "[{\"a\":3,\"\u{10000}\":2,\"\u{e000}\":1}]");
}

#[test]
fn normalized_lists_sets_and_maps_are_unordered() {
    let call = |flip: bool| {
        let list = |tag| {
            let mut items = vec![array([1.0.into(), 2.0.into()]), text("x"), Js::Null];
            if flip {
                items = vec![Js::Null, array([2.0.into(), 1.0.into()]), text("x")];
            }
            Js::Container(tag, items)
        };
        let mut entries = [[text("k"), 1.0.into()], [text("j"), 2.0.into()]];
        if flip {
            entries.reverse();
        }
        [object([
            ("l", list(tag::ARRAY)),
            ("s", list(tag::SET)),
            ("m", container(tag::MAP, entries.concat())),
        ])]
    };
    assert_eq!(
        normalized(&call(true), &[]),
        r#"[{"l":["x",[1,2],null],"m":Map([["j",2],["k",1]]),"s":Set(["x",[1,2],null])}]"#
    );
    assert_eq!(normalized(&call(true), &[]), normalized(&call(false), &[]));
    assert_ne!(canonical(&call(true)), canonical(&call(false)));
}

#[test]
fn normalized_arguments_go_by_their_names_if_there_are_two() {
    let (user, org) = (Js::Number(2.0), Js::Number(1.0));
    let one = [user.clone(), org.clone()];
    let other = [org, user];
    assert_eq!(normalized(&one, &["userId", "orgId"]), r#"[{"orgId":1,"userId":2}]"#);
    assert_eq!(normalized(&other, &["orgId", "userId"]), r#"[{"orgId":1,"userId":2}]"#);
    // The name of a single parameter does not matter: one service calls it `id`, another `user_id`.
    assert_eq!(normalized(&[42.0.into()], &["user_id"]), "[42]");
}

#[test]
fn a_normalized_argument_that_is_undefined_was_not_given() {
    assert_eq!(normalized(&[Js::Undefined, 2.0.into()], &["a", "b"]), r#"[{"b":2}]"#);
    assert_eq!(normalized(&[2.0.into()], &["b", "a"]), r#"[{"b":2}]"#);
    assert_eq!(normalized(&[], &["a", "b"]), "[]");
}

#[test]
fn arguments_beyond_the_names_are_positional() {
    assert_eq!(
        normalized(&[1.0.into(), 2.0.into(), 3.0.into()], &["a", "b"]),
        r#"[{"a":1,"b":2},3]"#
    );
    assert_eq!(normalized(&[1.0.into(), 2.0.into()], &["a"]), "[1,2]");
}

fn any_value() -> impl Strategy<Value = Js> {
    let leaf = prop_oneof![
        Just(Js::Undefined),
        Just(Js::Null),
        any::<bool>().prop_map(Js::Bool),
        prop_oneof![Just(0.0), Just(1.0), Just(-1.5), Just(1e300), Just(f64::NAN)].prop_map(Js::Number),
        "[01]{1,2}".prop_map(Js::BigInt),
        prop::collection::vec(
            prop_oneof![Just(0x31u16), Just(0x22), Just(0xe9), Just(0xd800), Just(0xdc00)],
            0..4
        )
        .prop_map(Js::Text),
        (0u32..3, prop::collection::vec(0u8..2, 0..3)).prop_map(|(kind, bytes)| Js::Binary(kind, bytes)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(prop_oneof![Just(Js::Hole), inner.clone()], 0..3).prop_map(array),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| Js::Container(tag::SET, items)),
            prop::collection::vec((inner.clone(), inner.clone()), 0..3)
                .prop_map(|entries| container(tag::MAP, entries.into_iter().flat_map(|(key, value)| [key, value]))),
            prop::collection::btree_map("[ab]{0,2}", inner.clone(), 0..3).prop_map(|map| {
                container(
                    tag::OBJECT,
                    map.into_iter().flat_map(|(name, value)| [text(&name), value]),
                )
            }),
            inner.prop_map(|value| container(tag::TO_JSON, [value])),
        ]
    })
}

/// Equality as the arguments have it: the maps that the objects are made from are sorted already.
fn same(one: &[Js], other: &[Js]) -> bool {
    // NaN equals itself here.
    format!("{one:?}") == format!("{other:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn different_arguments_have_different_text_and_bytes(
        one in prop::collection::vec(any_value(), 0..3),
        other in prop::collection::vec(any_value(), 0..3),
    ) {
        prop_assert_eq!(same(&one, &other), canonical(&one) == canonical(&other));
        prop_assert_eq!(same(&one, &other), bytes(&one) == bytes(&other));
    }

    #[test]
    fn hostile_words_are_refused_and_never_panic(
        arguments in prop::collection::vec(any_value(), 0..3),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>(), 0u8..3), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut hostile = words(&arguments);
        for (at, word, kind) in changes {
            let at = at.index(hostile.len());
            match kind {
                0 => hostile[at] = word,
                1 => hostile[at] = hostile[at] & 0xff | word << 8,
                _ => hostile[at] = (hostile[at] & !0xff) | (word % 32),
            }
        }
        let params = ["a".to_string(), "b".to_string()];
        for words in [&hostile[..], &hostile[..cut.index(hostile.len())]] {
            for normalization in [None, Some(params.as_slice())] {
                let _ = write(words, normalization, &mut Vec::new());
                let _ = in_process::write(words, &mut Vec::new());
            }
        }
    }
}

#[test]
fn words_that_end_too_early_are_malformed() {
    let all = words(&[object([("a", array([1.5.into(), text("x")]))]), text("y")]);
    for length in 0..all.len() {
        assert_eq!(
            write(&all[..length], None, &mut Vec::new()),
            Err(Malformed),
            "of {length} words"
        );
        assert_eq!(
            in_process::write(&all[..length], &mut Vec::new()),
            Err(Malformed),
            "of {length} words"
        );
    }
}

#[test]
fn what_is_nested_too_deep_is_malformed() {
    let nested = |levels| (0..levels).fold(Js::Null, |inner, _| array([inner]));
    assert!(write(&words(&[nested(101)]), None, &mut Vec::new()).is_ok());
    for normalization in [None, Some([].as_slice())] {
        assert_eq!(
            write(&words(&[nested(500)]), normalization, &mut Vec::new()),
            Err(Malformed)
        );
        assert_eq!(
            in_process::write(&words(&[nested(500)]), &mut Vec::new()),
            Err(Malformed)
        );
    }
}

#[test]
fn names_by_number_do_not_leave_the_process() {
    let numbered = words(&[container(tag::OBJECT, [Js::Name(1), Js::Null])]);
    assert_eq!(write(&numbered, None, &mut Vec::new()), Err(Malformed));
}
