//! The boundary as JavaScript sees it, and the code that only wasm has: these tests run in the module itself.
//!
//! `wasm-pack test --node` and `wasm-pack test --headless --chrome` run them; on the host there is nothing to run.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]

#[path = "core/support/argument.rs"]
#[allow(dead_code)]
mod argument;

use argument::{Js, value_words};
use cacheref::boundary::definition::define;
use cacheref::boundary::entities::{extract_text, write_ids};
use cacheref::boundary::scratch::{memory_buffer, scratch_capacity, scratch_reserve, scratch_take};
use cacheref::entities::json::structure::{mark, mark_before, mark_byte};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// A definition of a function whose results hold users: by the path `$..id`.
const USERS: &str = r#"[["app:", null, "f", null, 0, false, [], false], [["user"], [0], null, []], [[[
    [[], [], [], 0, 0, [[], [[0, 0]]]],
    [[], [["id", [0], null, 1]], [], 0, 1, [[], [[0, 1]]]]
], 1], null]]"#;

/// The scratch buffer from its start, as JavaScript has it.
fn scratch(length: u32) -> Uint8Array {
    Uint8Array::new_with_byte_offset_and_length(&memory_buffer(), scratch_reserve(length), length)
}

fn handle_of(config: &str) -> Result<u32, JsValue> {
    let config: serde_json::Value = serde_json::from_str(config).unwrap();
    define(&value_words(&Js::from(&config)))
}

/// The ids that the core finds in `text`, by the exports that JavaScript calls.
fn ids_of(handle: u32, text: &str) -> String {
    scratch(text.len() as u32).copy_from(text.as_bytes());
    extract_text(handle, text.len() as u32);
    let length = write_ids();
    if length > scratch_capacity() {
        scratch_reserve(length);
        scratch_take();
    }
    String::from_utf8(scratch(length).to_vec()).unwrap()
}

#[wasm_bindgen_test]
fn a_definition_of_another_form_is_refused() {
    assert!(handle_of(&USERS.replace("\"f\"", "5")).is_err());
}

#[wasm_bindgen_test]
fn the_scratch_buffer_is_aligned_and_keeps_what_it_holds_when_it_grows() {
    scratch(3).copy_from(&[1, 2, 3]);
    for bytes in [1, 100_000, 1_000_000] {
        assert_eq!(scratch_reserve(bytes) % 8, 0);
        assert!(scratch_capacity() >= bytes);
        assert_eq!(scratch(3).to_vec(), [1, 2, 3]);
    }
}

#[wasm_bindgen_test]
fn what_does_not_fit_the_scratch_buffer_is_kept_until_there_is_room() {
    let handle = handle_of(USERS).unwrap();
    // The ids with their types are longer than the text.
    let ids: Vec<String> = (0..200_000).map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    let found = ids_of(handle, &format!("[{}]", ids.join(",")));
    assert!(found.starts_with(r#"["user","0","user","1","#));
    // A path through a descendant makes the call a list of its type (E7): the id `null` stands for that.
    assert!(found.ends_with(r#""user","199999","user",null]"#));
}

#[wasm_bindgen_test]
fn simd_finds_every_byte_value_at_every_place_of_a_block() {
    for byte in 0..=u8::MAX {
        for place in 0..64 {
            let mut block = [b' '; 64];
            block[place] = byte;
            let bit = |is_marked: bool| u64::from(is_marked) << place;
            let marks = mark(&block);
            assert_eq!(marks.quotes, bit(byte == b'"'));
            assert_eq!(marks.backslashes, bit(byte == b'\\'));
            assert_eq!(marks.brackets, bit(b"[]{}Y_y\x7f".contains(&byte)));
            assert_eq!(mark_byte(&block, b','), bit(byte == b','));
            let mut halves = [0; 16];
            halves[usize::from(byte & 0xf)] = 0xff;
            // Spaces end in a zero; behind the last byte comes what is in no block.
            let found = match byte & 0xf {
                0 => u64::MAX,
                _ => bit(true) >> 1 | 1 << 63,
            };
            assert_eq!(mark_before(&block, u64::MAX, &halves), found);
            assert_eq!(mark_before(&block, 0, &halves), 0);
        }
    }
}

#[wasm_bindgen_test]
fn simd_finds_ids_wherever_they_lie_to_the_blocks() {
    let handle = handle_of(USERS).unwrap();
    let text = r#"{"id":"a\"}","of":[{"id":7,"note":"\\"},{"name":"\"id\":8","id":9}]}"#;
    for before in 0..130 {
        let padded = format!("{}{text}", " ".repeat(before));
        let found = r#"["user","7","user","9","user","a\"}","user",null]"#;
        assert_eq!(ids_of(handle, &padded), found);
    }
}
