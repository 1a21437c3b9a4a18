//! A store with one function, for the tests beside this.

use cacheref::store::index::Tracked;
use cacheref::store::{Answer, Call, Lifetime, Limits, Outcome, State, Store};

pub const NOW: f64 = 1_700_000_000_000.0;

/// A store with one function `get` under the prefix `p:`.
pub struct Fixture {
    pub store: Store,
    pub function: u32,
}

impl Fixture {
    pub fn new(limits: Limits) -> Self {
        let mut store = Store::new([1, 2], limits);
        let function = store.open("p:", "get", Some(&["user"]));
        Fixture { store, function }
    }

    pub fn call(&mut self, key: &[u8], now_ms: f64) -> Answer {
        let call = Call {
            function: self.function,
            key,
        };
        self.store.lookup(call, now_ms, 0.0).unwrap()
    }

    pub fn store(&mut self, key: &[u8], ids: &[&str]) -> u32 {
        let answer = self.call(key, NOW);
        assert_eq!(answer.state, State::Run);
        assert_eq!(self.commit(answer, 1000.0, ids), Outcome::Stored);
        answer.slot
    }

    pub fn commit(&mut self, answer: Answer, ttl_ms: f64, ids: &[&str]) -> Outcome {
        let tracked = || ids.iter().map(|id| user(id));
        let outcome = self
            .store
            .commit(answer.slot, answer.ticket, lifetime(ttl_ms, 0.0, 100), tracked)
            .unwrap();
        self.store.validate().unwrap();
        outcome
    }

    pub fn invalidate(&mut self, id: &str) -> u32 {
        let count = self.store.invalidate_tracked("p:", user(id), NOW, false);
        self.store.validate().unwrap();
        count
    }
}

pub fn user(id: &str) -> Tracked<'_> {
    Tracked::entity("user", id.as_bytes())
}

pub fn lifetime(ttl_ms: f64, window_ms: f32, size: u32) -> Lifetime {
    Lifetime {
        now_ms: NOW,
        fresh_until_ms: NOW + ttl_ms,
        window_ms,
        size,
    }
}
