//! The table of definitions. JavaScript describes a function once, and names it by a handle from then on.

use crate::definition::Definition;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static DEFINITIONS: RefCell<Vec<Definition>> = const { RefCell::new(Vec::new()) };
}

/// Adds the definition that these words describe, and returns its handle. Throws if they describe none. They do not cross
/// in the scratch buffer, which may hold the arguments of a call at that moment.
#[wasm_bindgen]
pub fn define(words: &[u32]) -> Result<u32, JsValue> {
    let definition = Definition::read(words).map_err(|_| JsValue::from_str("malformed definition"))?;
    Ok(DEFINITIONS.with_borrow_mut(|definitions| {
        definitions.push(definition);
        (definitions.len() - 1) as u32
    }))
}

/// Hands the definition to `f`. An unknown handle is a bug of the JavaScript side: it traps.
pub(crate) fn with<R>(handle: u32, f: impl FnOnce(&Definition) -> R) -> R {
    DEFINITIONS.with_borrow(|definitions| f(&definitions[handle as usize]))
}

/// Hands all definitions to `f`, in the order of their handles.
#[cfg(feature = "texts")]
pub(crate) fn with_all<R>(f: impl FnOnce(&[Definition]) -> R) -> R {
    DEFINITIONS.with_borrow(|definitions| f(definitions))
}
