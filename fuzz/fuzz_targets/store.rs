//! Any operations on the in-memory store give what the naive model of the tests gives.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/core/support/model.rs"]
mod model;

fuzz_target!(|input: (u8, Vec<[u8; 4]>)| model::compare(input.0, &input.1));
