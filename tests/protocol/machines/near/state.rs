//! What there is in the model of a near cache: the server, the instances, the invalidations, and a writer.

pub const INSTANCES: usize = 1;
pub const INVALIDATIONS: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value {
    pub version: u8,
    pub is_stale: bool,
    /// Its value on the server has expired since.
    pub is_over: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Run {
    pub read: Option<Value>,
    pub has_read: bool,
    /// An entry was applied since it began.
    pub is_refused: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Request {
    Renew { applied: u8 },
    Join,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    Renewed {
        applied: u8,
        end: u8,
    },
    Joined {
        end: u8,
    },
    /// There is no lease to renew, or the log is another one.
    Refused,
}

/// Of a request that is under way, and of a reply: whether the time that it may give is not over yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    Idle,
    Sent(Request, bool),
    Answered(Reply, bool),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instance {
    pub held: Option<Value>,
    pub run: Option<Run>,
    /// How far it has read, and applied, the log.
    pub read: u8,
    pub applied: u8,
    /// What it had applied, and where the log ended, at the renewal before.
    pub acknowledged: u8,
    pub end: u8,
    pub has_joined: bool,
    pub may_serve: bool,
    pub wire: Wire,
}

/// A lease, as the server knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field {
    pub applied: u8,
    pub is_over: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Invalidation {
    pub pc: u8,
    pub version: u8,
    /// The entry that is to be applied.
    pub entry: u8,
    /// The instances that it waits for.
    pub waits: u8,
    /// How often each has renewed since without having applied the entry.
    pub renewals: [u8; INSTANCES],
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Writer {
    pub pc: u8,
    pub position: u8,
    pub version: u8,
    pub stores: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// The version of the data.
    pub row: u8,
    pub value: Option<Value>,
    /// Entries are numbered for good. Those before `first` are lost.
    pub first: u8,
    pub last: u8,
    /// The entries that are about the key.
    pub about: u16,
    pub registry: [Option<Field>; INSTANCES],
    /// The leases that were lost with the registry.
    pub lost: [bool; INSTANCES],
    pub instances: [Instance; INSTANCES],
    pub invalidations: [Invalidation; INVALIDATIONS],
    pub writer: Writer,
    /// The entry of its own that the instance has applied when the reply arrived.
    pub own_entry: u8,
    /// The newest version whose invalidation has resolved.
    pub resolved: u8,
    pub losses: u8,
    pub has_expired: bool,
}

impl State {
    /// An instance serves under a lease, and the log has one entry.
    pub fn start() -> Self {
        let instance = Instance {
            held: None,
            run: None,
            read: 1,
            applied: 1,
            acknowledged: 1,
            end: 1,
            has_joined: true,
            may_serve: true,
            wire: Wire::Idle,
        };
        let field = Field {
            applied: 1,
            is_over: false,
        };
        State {
            row: 0,
            value: None,
            first: 1,
            last: 1,
            about: 0,
            registry: [Some(field); INSTANCES],
            lost: [false; INSTANCES],
            instances: [instance; INSTANCES],
            invalidations: [Invalidation::default(); INVALIDATIONS],
            writer: Writer::default(),
            own_entry: 0,
            resolved: 0,
            losses: 0,
            has_expired: false,
        }
    }

    pub fn append(&mut self, is_about: bool) -> u8 {
        self.last += 1;
        if is_about {
            self.about |= 1 << self.last;
        }
        self.last
    }

    pub fn log_is_empty(&self) -> bool {
        self.first > self.last
    }

    /// Whether the log has an entry about the key after a position. Those that are lost nobody sees.
    pub fn concerns(&self, position: u8) -> bool {
        self.concerns_between(position, self.last, 0)
    }

    /// The same up to another position, without one entry.
    pub fn concerns_between(&self, position: u8, end: u8, without: u8) -> bool {
        (self.first.max(position + 1)..=end).any(|entry| entry != without && self.about & 1 << entry != 0)
    }
}

impl Instance {
    /// Drops what is near, runs under way included.
    pub fn drop_near(&mut self) {
        self.held = None;
        if let Some(run) = &mut self.run {
            run.is_refused = true;
        }
    }
}
