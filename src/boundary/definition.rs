//! The table of definitions. JavaScript describes a function once, and names it by a handle from then on.

use crate::definition::Definition;
use crate::words::from_words;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static DEFINITIONS: RefCell<Vec<Definition>> = const { RefCell::new(Vec::new()) };
}

/// Compiles a `FunctionConfig`, given as words, and returns its handle. Throws `{ code, message }` for misuse. The words do
/// not cross in the scratch buffer, which may hold the arguments of a call at that moment.
#[wasm_bindgen]
pub fn define(words: &[u32]) -> Result<u32, JsValue> {
    let config = from_words(words).map_err(|_| JsValue::from_str("malformed configuration"))?;
    let definition = Definition::compile(config)?;
    Ok(DEFINITIONS.with_borrow_mut(|definitions| {
        definitions.push(definition);
        (definitions.len() - 1) as u32
    }))
}

/// Puts the types that the results of a function are declared to contain into the scratch buffer, and returns the length.
/// Between them stands `:`, which no type contains.
#[wasm_bindgen(js_name = definitionTypes)]
pub fn definition_types(handle: u32) -> u32 {
    with(handle, |definition| {
        super::scratch::put(definition.entities.types().join(":").as_bytes())
    })
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
