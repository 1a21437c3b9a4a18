//! The boundary to JavaScript: the only place that names wasm-bindgen, js-sys and serde-wasm-bindgen.
//!
//! Numbers cross, and bytes through the scratch buffer; an object crosses only where no path is hot: the compiled rules
//! of a function, and misuse. Nothing here calls JavaScript back, so nothing can be re-entered and no borrow outlives an
//! export.

pub mod definition;
pub mod entities;
pub mod key;
pub mod keyspace;
mod memory;
pub mod scratch;
pub mod store;

use crate::error::Error;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once when the module is instantiated. It draws no random numbers: workerd refuses them at global scope.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(feature = "debug")]
    console_error_panic_hook::set_once();
}

impl From<Error> for JsValue {
    /// `{ code, message }`, which js/core.js turns into a ConfigError.
    fn from(error: Error) -> JsValue {
        let object = js_sys::Object::new();
        let set = |name: &str, value: &str| {
            // Setting a property of a fresh plain object cannot fail.
            let _ = js_sys::Reflect::set(&object, &name.into(), &value.into());
        };
        set("code", error.code());
        set("message", &error.to_string());
        object.into()
    }
}
