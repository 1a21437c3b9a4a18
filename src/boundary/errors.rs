//! How failures reach JavaScript: misuse as an object, and in debug builds panics as a message on the console.

use crate::error::Error;
use crate::keys::rules::Refused;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once, when the module is instantiated. It draws no random numbers: workerd refuses them at global scope.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(feature = "debug")]
    console_error_panic_hook::set_once();
}

impl From<Error> for JsValue {
    /// `{ code, message }`. JavaScript makes a ConfigError of it.
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

/// Puts a refusal into the scratch buffer, as the path, a line feed and the reason. Returns the length.
pub(crate) fn put_refused(refused: &Refused) -> u32 {
    super::scratch::put(format!("{}\n{}", refused.path, refused.reason).as_bytes())
}
