//! The numbers of js/boundary/numbers.js, each against the constant of the core.

use cacheref::boundary::numbers as core;
use cacheref::boundary::numbers::{Outcome, State, Suspects, tag};
use std::collections::BTreeMap;

const SOURCE: &str = include_str!("../../js/boundary/numbers.js");

/// What is between `export const NAME = ` and the semicolon, by name.
fn exports() -> BTreeMap<&'static str, &'static str> {
    let declarations = SOURCE.split("export const ").skip(1);
    declarations
        .map(|declaration| {
            let (name, rest) = declaration.split_once(" = ").unwrap();
            (name, rest.split_once(';').unwrap().0)
        })
        .collect()
}

fn number(literal: &str) -> u32 {
    let digits = literal.trim().replace('_', "");
    match digits.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
        None => digits.parse().unwrap(),
    }
}

/// What is between the brackets of `Object.freeze(…)`.
fn frozen(text: &str, open: &str, close: &str) -> Vec<String> {
    let inside = text
        .strip_prefix("Object.freeze(")
        .and_then(|text| text.strip_suffix(')'));
    let inside = inside
        .and_then(|text| text.strip_prefix(open))
        .and_then(|text| text.strip_suffix(close));
    let parts = inside.unwrap().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn table(text: &str) -> BTreeMap<String, u32> {
    let entry = |part: String| {
        let (name, value) = part.split_once(':').unwrap();
        (name.to_owned(), number(value))
    };
    frozen(text, "{", "}").into_iter().map(entry).collect()
}

fn of<const N: usize>(numbers: [(&str, u32); N]) -> BTreeMap<String, u32> {
    numbers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Pairs of the names of tags and their numbers.
macro_rules! tags {
    ($($name:ident)*) => { of([$((stringify!($name), tag::$name)),*]) };
}

#[test]
fn every_number_of_javascript_is_that_of_the_core() {
    let mut exports = exports();
    let mut take = |name: &str| exports.remove(name).unwrap_or_else(|| panic!("{name} is not exported"));
    assert_eq!(
        table(take("TAG")),
        tags!(
            ARGUMENTS UNSORTED_ARGUMENTS HOLE UNDEFINED NULL FALSE TRUE INTEGER FLOAT BIGINT ASCII UTF8 UTF16 NAME BINARY
            ARRAY OBJECT MAP SET DATE REGEXP URL URL_SEARCH_PARAMS BOXED TO_JSON
        )
    );
    let kinds: Vec<String> = core::BINARY_KINDS.iter().map(|kind| format!("\"{kind}\"")).collect();
    assert_eq!(frozen(take("BINARY_KINDS"), "[", "]"), kinds);
    assert_eq!(
        table(take("STATE")),
        of([
            ("FRESH", State::Fresh as u32),
            ("STALE", State::Stale as u32),
            ("REFRESH", State::Refresh as u32),
            ("RUN", State::Run as u32),
            ("JOIN", State::Join as u32),
            ("REFUSED", core::REFUSED),
            ("FULL", core::FULL),
        ])
    );
    assert_eq!(
        table(take("OUTCOME")),
        of([
            ("STORED", Outcome::Stored as u32),
            ("INVALIDATED", Outcome::Invalidated as u32),
            ("SUPERSEDED", Outcome::Superseded as u32),
            ("TOO_LARGE", Outcome::TooLarge as u32),
            ("FULL", core::OUTCOME_FULL),
        ])
    );
    assert_eq!(
        table(take("SUSPECTS")),
        of([
            ("DECLARED", Suspects::Declared as u32),
            ("EVERY", Suspects::Every as u32),
            ("NONE", Suspects::None as u32),
        ])
    );
    for (name, expected) in [
        ("UNSORTED", core::UNSORTED),
        ("STATE_BITS", core::STATE_BITS),
        ("STATE_MASK", core::STATE_MASK),
        ("OUTCOME_MASK", core::OUTCOME_MASK),
        ("HAS_REMOVED", core::HAS_REMOVED),
        ("NONE", core::NONE),
        ("DEAD", core::DEAD),
        ("ARGUMENT_PART", u32::from(core::ARGUMENT_PART)),
    ] {
        assert_eq!(number(take(name)), expected, "{name}");
    }
    // What JavaScript lets through the core must accept.
    assert!(number(take("MAX_DEPTH")) < core::MAX_DEPTH);
    assert!(exports.is_empty(), "{exports:?} have no counterpart here");
}
