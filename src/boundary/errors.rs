//! How panics reach JavaScript: as a trap, and in debug builds as a message on the console too.

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once, when the module is instantiated. It draws no random numbers: workerd refuses them at global scope.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(feature = "debug")]
    console_error_panic_hook::set_once();
}
