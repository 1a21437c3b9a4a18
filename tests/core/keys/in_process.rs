use crate::support::argument::{Js, array, container, object, text, words};
use cacheref::keys::in_process;
use cacheref::words::{UNSORTED, tag};

/// The in-process bytes of these arguments.
pub fn bytes(arguments: &[Js]) -> Vec<u8> {
    let mut out = Vec::new();
    in_process::write(&words(arguments), &mut out).unwrap();
    out
}

#[test]
fn in_process_bytes_do_not_depend_on_the_order_of_properties() {
    let nested = |flip: bool| {
        let mut properties = vec![
            ("b", array([object([("z", 1.0.into()), ("y", 2.0.into())])])),
            ("a", Js::Null),
        ];
        if flip {
            properties.reverse();
        }
        object(properties)
    };
    assert_eq!(bytes(&[nested(false)]), bytes(&[nested(true)]));
    let numbered = |names: [u32; 3]| {
        container(
            tag::OBJECT,
            names.into_iter().flat_map(|name| [Js::Name(name), text("v")]),
        )
    };
    assert_eq!(bytes(&[numbered([3, 1, 2])]), bytes(&[numbered([1, 2, 3])]));
    let large = |flip: bool| {
        let mut names: Vec<u32> = (0..100).collect();
        if flip {
            names.reverse();
        }
        container(
            tag::OBJECT,
            names
                .into_iter()
                .flat_map(|name| [Js::Name(name), f64::from(name).into()]),
        )
    };
    assert_eq!(bytes(&[large(false)]), bytes(&[large(true)]));
}

#[test]
fn words_that_are_said_to_be_sorted_are_taken_as_they_are() {
    let mut sorted = words(&[container(tag::OBJECT, [Js::Name(1), Js::Null, Js::Name(2), Js::Null])]);
    let expected = bytes(&[container(tag::OBJECT, [Js::Name(1), Js::Null, Js::Name(2), Js::Null])]);
    sorted[0] = sorted[0] & !0xff | tag::ARGUMENTS;
    sorted[2] &= !UNSORTED;
    let mut out = Vec::new();
    in_process::write(&sorted, &mut out).unwrap();
    assert_eq!(out, expected);
}
