use crate::support::argument::{Js, object, text, words};
use cacheref::keys::cache_key::write;
use cacheref::keys::recognise::{is_argument_part, part_of};
use cacheref::keys::rules::{KeyFormat, KeyRules};
use proptest::prelude::*;

fn of(name: &str) -> KeyRules {
    KeyRules {
        prefix: "app:".into(),
        name: name.into(),
        ..KeyRules::default()
    }
}

#[test]
fn a_name_does_not_take_the_keys_of_a_name_that_begins_with_it() {
    assert_eq!(part_of("app:c:user:[1]", &of("user")), Some("[1]"));
    assert_eq!(part_of("app:c:user:list:[1]", &of("user")), None);
    assert_eq!(part_of("app:c:user:list:[1]", &of("user:list")), Some("[1]"));
    assert_eq!(part_of("app:c:user:[1]", &of("use")), None);
    assert_eq!(part_of("app:e:user:[1]", &of("user")), None);
    // What the Python library wrote.
    let hash = "b9a08a92b9acce11d0d18cff20edc65d";
    let of_python = of("svc.get_user");
    assert_eq!(part_of(&format!("app:c:svc.get_user:{hash}"), &of_python), Some(hash));
    assert_eq!(part_of("app:c:svc.get_user:noargs", &of_python), Some("noargs"));
    assert_eq!(part_of("app:c:svc.get_user:no", &of_python), None);
    let newer = KeyRules {
        heading: Some("cache:".into()),
        ..of("svc.get_user")
    };
    assert_eq!(part_of("app:cache:svc.get_user:noargs", &newer), Some("noargs"));
    assert_eq!(part_of("app:c:svc.get_user:noargs", &newer), None);
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
        name in tricky(), version in prop::option::of(tricky()), argument in tricky(), format in 0usize..2,
    ) {
        let rules = KeyRules {
            version,
            format: [KeyFormat::Readable, KeyFormat::Hashed][format],
            prefix: "app:".into(),
            name: name.clone(),
            ..KeyRules::default()
        };
        let mut key = Vec::new();
        let arguments = words(&[text(&argument), object([(argument.as_str(), Js::Null)])]);
        prop_assert_eq!(write(&rules, &arguments, &mut key), Ok(()));
        let key = String::from_utf8(key).unwrap();
        prop_assert_eq!(part_of(&key, &of(&name)), key.get("app:c:".len() + name.len() + 1..));
        let rest = &key["app:c:".len()..];
        for (at, _) in rest.match_indices(':') {
            prop_assert_eq!(is_argument_part(&rest[at + 1..]), at == name.len(), "{} at {}", key, at);
        }
    }
}
