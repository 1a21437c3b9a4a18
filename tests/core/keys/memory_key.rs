#[cfg(feature = "texts")]
use cacheref::keys::cache_key;
#[cfg(feature = "texts")]
use cacheref::keys::memory_key::ARGUMENT_PART;
use cacheref::keys::memory_key::{KeyBytes, borrow, write};
#[cfg(feature = "texts")]
use cacheref::keys::rules::KeyFormat;
use cacheref::keys::rules::KeyRules;
use cacheref::words::tag;

fn rules() -> KeyRules {
    KeyRules {
        prefix: "app:".into(),
        name: "get".into(),
        ..KeyRules::default()
    }
}

/// A short ASCII text as words.
fn text(text: &str) -> Vec<u32> {
    let mut words = vec![tag::ASCII | (text.len() as u32) << 8];
    for bytes in text.as_bytes().chunks(4) {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        words.push(u32::from_le_bytes(word));
    }
    words
}

/// `[{ b: [null, { a: 1 }], a: "x" }]`, the names as numbers or as texts.
fn nested(name: impl Fn(u32) -> Vec<u32>) -> Vec<u32> {
    let inner = [
        vec![tag::OBJECT | 1 << 8],
        size([name(0), vec![tag::INTEGER | 1 << 8]].concat()),
    ]
    .concat();
    let list = [vec![tag::ARRAY | 2 << 8], size([vec![tag::NULL], inner].concat())].concat();
    let outer = [name(0), text("x"), name(1), list].concat();
    [vec![tag::ARGUMENTS | 1 << 8, tag::OBJECT | 2 << 8], size(outer)].concat()
}

fn size(body: Vec<u32>) -> Vec<u32> {
    [vec![body.len() as u32], body].concat()
}

fn bytes_of(rules: &KeyRules, words: &[u32]) -> Vec<u8> {
    let mut bytes = vec![1, 2, 3];
    assert_eq!(write(rules, words, &mut bytes), Ok(()));
    bytes
}

#[test]
fn plain_words_are_key_bytes_as_they_are() {
    let words = nested(|number| vec![tag::NAME | number << 8]);
    assert_eq!(
        borrow(&rules(), &words),
        KeyBytes::Borrowed(&bytes_of(&rules(), &words))
    );
    let versioned = KeyRules {
        version: Some("2".into()),
        ..rules()
    };
    assert_eq!(borrow(&versioned, &words), KeyBytes::Unwritten);
    assert_ne!(bytes_of(&versioned, &words), bytes_of(&rules(), &words));
}

#[test]
#[cfg(feature = "texts")]
fn normalized_arguments_are_the_argument_part_of_the_cache_key() {
    let words = [vec![tag::ARGUMENTS | 1 << 8], text("x")].concat();
    let rules = KeyRules {
        normalize: true,
        params: vec!["who".into()],
        ..rules()
    };
    let mut expected = Vec::new();
    assert_eq!(cache_key::write(&rules, &words, &mut expected), Ok(()));
    assert_eq!(borrow(&rules, &words), KeyBytes::Unwritten);
    let bytes = bytes_of(&rules, &words);
    let part = expected.strip_prefix(b"app:c:get:").unwrap();
    assert_eq!(bytes, [[ARGUMENT_PART].as_slice(), part].concat());
}

#[test]
#[cfg(feature = "texts")]
fn an_argument_part_that_is_given_is_taken_as_it_is() {
    let given = KeyRules {
        format: KeyFormat::Given,
        ..rules()
    };
    let words = [vec![tag::ARGUMENTS | 1 << 8], text("noargs")].concat();
    assert_eq!(borrow(&given, &words), KeyBytes::Unwritten);
    assert_eq!(
        bytes_of(&given, &words),
        [&[ARGUMENT_PART], "noargs".as_bytes()].concat()
    );
    for malformed in [
        vec![],
        vec![tag::ARGUMENTS | 1 << 8, tag::NULL],
        [words, vec![tag::NULL]].concat(),
    ] {
        assert!(write(&given, &malformed, &mut Vec::new()).is_err());
    }
}
