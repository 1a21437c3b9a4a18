//! What callers ask of the store, and its answers. The numbers of states and outcomes cross to JavaScript.

/// What a call finds, and what the caller is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// A fresh value: return it.
    Fresh = 0,
    /// A stale value that may be returned. A run that refreshes it is in flight.
    Stale = 1,
    /// A stale value that may be returned. The caller is to run the function to refresh it.
    Refresh = 2,
    /// No value: the caller is to run the function.
    Run = 3,
    /// No value, but a run in flight: the caller joins it.
    Join = 4,
}

/// The answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// What was found.
    pub state: State,
    /// The slot of the entry, under which JavaScript keeps its value.
    pub slot: u32,
    /// Names the run that the caller starts; 0 if it starts none.
    pub ticket: u64,
}

/// A call: a function and its canonical key bytes.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its number, from `open`.
    pub function: u32,
    /// The key bytes of the arguments.
    pub key: &'a [u8],
}

/// How long a value is kept, and how large it is.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// The time now, in milliseconds.
    pub now_ms: f64,
    /// Until when the value is fresh.
    pub fresh_until_ms: f64,
    /// How long after that it is kept, to be served stale.
    pub window_ms: f32,
    /// The bytes of the value.
    pub size: u32,
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// It is stored: the value belongs to the slot now.
    Stored = 0,
    /// Something that concerns it was invalidated since its run began.
    Invalidated = 1,
    /// Another run has replaced its run.
    Superseded = 2,
    /// It is larger than the whole store may be.
    TooLarge = 3,
}
