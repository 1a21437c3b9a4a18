//! The boundary as JavaScript sees it: these tests run in the wasm module itself, under Node and in a browser.
//!
//! `wasm-pack test --node` and `wasm-pack test --headless --chrome` run them; on the host there is nothing to run.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_module_starts_and_talks_to_javascript() {
    let parsed = js_sys::JSON::parse(r#"{"id":42}"#).unwrap();
    let id = js_sys::Reflect::get(&parsed, &"id".into()).unwrap();
    assert_eq!(id.as_f64(), Some(42.0));
}
