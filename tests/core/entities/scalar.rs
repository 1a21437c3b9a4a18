//! Numbers in JSON text, against the parser of Rust's standard library.

use cacheref::entities::json::scalar::{Scalar, append_f64};
use proptest::prelude::*;

/// The id that a number is, if it is one.
fn id(json: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let scalar = Scalar::read(json.as_bytes())?;
    scalar.append_to(&mut out).then_some(out)
}

fn expected(json: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    append_f64(json.parse().unwrap(), &mut out).then_some(out)
}

#[test]
fn halfway_and_extreme_numbers_are_read_as_the_standard_library_reads_them() {
    let halfway = format!("9007199254740993{}1", "0".repeat(800)); // past halfway between two doubles, in the last digit
    for json in [
        "9007199254740993",
        &halfway,
        "2.2250738585072011e-308", // once an endless loop in PHP and Java
        "5e-324",
        "2.4703282292062327e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308", // is infinite
        "1e-400",
        "-0",
        "-0.0e5",
        "0.1",
        "1e23",
        "8.98846567431158e307",
    ] {
        assert_eq!(id(json), expected(json), "{json}");
    }
}

#[test]
fn a_number_of_a_million_digits_is_read() {
    let digits = "7".repeat(1_000_000);
    assert_eq!(id(&format!("0.{digits}")).unwrap(), b"0.7777777777777778");
    // The standard library takes this one for infinite.
    assert_eq!(id(&format!("{digits}e-999900")).unwrap(), b"7.777777777777778e+99");
    assert_eq!(id(&format!("{digits}e99999999999")), None);
}

proptest! {
    #[test]
    fn numbers_of_any_spelling_are_read_as_the_standard_library_reads_them(
        json in r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?"
    ) {
        prop_assert_eq!(id(&json), expected(&json));
    }

    #[test]
    fn a_double_is_the_id_that_its_shortest_text_is(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let mut shortest = Vec::new();
        append_f64(value, &mut shortest);
        prop_assert_eq!(id(&format!("{value:e}")), Some(shortest));
    }
}
