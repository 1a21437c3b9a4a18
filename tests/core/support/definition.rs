//! Definitions as JavaScript hands them over (js/boundary/core.js), and read.

use super::argument::{Js, value_words};
use cacheref::definition::Definition;
use cacheref::words::Result;
use serde_json::{Value, json};

/// What is handed over of a function without entities: its key rules, what is declared, and the compiled rules.
pub fn plain(name: &str) -> Value {
    let state = json!([[], [], [], 0, 0, [[], [[0, 0]]]]);
    let rules = json!([[[state.clone(), state], 1], null]);
    let keys = json!(["app:", null, name, null, 0, false, [], false]);
    let declared = json!([[], [], null, []]);
    if cfg!(feature = "scan") {
        json!([keys, declared, rules])
    } else {
        json!([keys, declared])
    }
}

/// The places of the key rules.
pub mod key {
    pub const PREFIX: usize = 0;
    pub const NAME: usize = 2;
    pub const VERSION: usize = 3;
    pub const FORMAT: usize = 4;
    pub const NORMALIZE: usize = 5;
    pub const PARAMS: usize = 6;
    pub const AS_TEXT: usize = 7;
}

pub fn words(definition: &Value) -> Vec<u32> {
    value_words(&Js::from(definition))
}

pub fn read(definition: &Value) -> Result<Definition> {
    Definition::read(&words(definition))
}
