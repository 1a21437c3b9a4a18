//! How failures reach JavaScript: arguments that are no key as text, and in debug builds panics as a message on the console.

use crate::keys::rules::Refused;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once, when the module is instantiated. It draws no random numbers: workerd refuses them at global scope.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(feature = "debug")]
    console_error_panic_hook::set_once();
}

/// Puts a refusal into the scratch buffer, as the path, a line feed and the reason. Returns the length.
pub(crate) fn put_refused(refused: &Refused) -> u32 {
    super::scratch::put(format!("{}\n{}", refused.path, refused.reason).as_bytes())
}
