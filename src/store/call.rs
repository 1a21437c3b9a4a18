//! What a call asks of the store and is answered. The numbers of states and outcomes cross to JavaScript.

/// What a call finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// A value to be returned.
    Fresh = 0,
    /// A value that may be returned although it is stale; a run that refreshes it is in flight.
    Stale = 1,
    /// A value that may be returned although it is stale; the caller is to start the run that refreshes it.
    Refresh = 2,
    /// Nothing to return: the caller is to run the function.
    Run = 3,
    /// Nothing to return, but a run in flight that the caller joins.
    Join = 4,
}

/// The answer to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// What was found.
    pub state: State,
    /// The slot of the entry, under which JavaScript keeps its value.
    pub slot: u32,
    /// What the run that the caller starts is known by; 0 when it starts none.
    pub ticket: u64,
}

/// A call: a function and its canonical key bytes.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// As `open` numbered it.
    pub function: u32,
    /// The key bytes of the arguments.
    pub key: &'a [u8],
}

/// For how long a value is kept, and how large it is.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// The time of day in milliseconds.
    pub now_ms: f64,
    /// Until when the value is fresh.
    pub fresh_until_ms: f64,
    /// How long after that it is kept, to be served stale.
    pub window_ms: u32,
    /// The bytes of the value.
    pub size: u32,
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// It is stored: the value belongs to the slot now.
    Stored = 0,
    /// Something that concerns it was invalidated after its run began.
    Invalidated = 1,
    /// Another run took its place.
    Superseded = 2,
    /// It is larger than the whole store may be.
    TooLarge = 3,
}
