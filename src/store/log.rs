//! The invalidation log of the in-memory store: what was invalidated since the oldest run in flight began.
//!
//! A run notes the position of the log before the user's function starts. Its result is stored only if nothing that was
//! appended since concerns it:
//!
//! ```text
//! position   0        1               2
//! log           user 7         order 9
//! run A      begins at 0, contains user 7: refused
//! run B               begins at 1, contains user 7: stored
//! ```
//!
//! An invalidation is written as topics: keyed hashes of an entity, a list, a type, a function, a key or a whole prefix. If
//! two topics collide, a result is refused that could have been stored, which is harmless. Without a run in flight nothing
//! is kept.

use hashbrown::HashTable;
use std::collections::VecDeque;

/// A place in the log. Later is greater.
pub type Position = u64;

/// The most topics that are kept. The result of a run that began before the oldest of them is refused.
pub const CAPACITY: usize = 100_000;

/// What was invalidated while runs were in flight.
#[derive(Default)]
pub struct Log {
    position: Position,
    /// Whatever was appended after this position is still here.
    floor: Position,
    /// What was appended, oldest first.
    appended: VecDeque<(Position, u64)>,
    /// The last position of each topic.
    last: HashTable<(u64, Position)>,
    /// Where the runs in flight began, and how many at each place; ascending.
    begun: VecDeque<(Position, u32)>,
}

impl Log {
    /// An empty log.
    pub fn new() -> Self {
        Log::default()
    }

    /// Begins a run and returns its position.
    pub fn begin(&mut self) -> Position {
        match self.begun.back_mut() {
            Some((position, runs)) if *position == self.position => *runs += 1,
            _ => self.begun.push_back((self.position, 1)),
        }
        self.position
    }

    /// Ends a run that began at `position`, and forgets what only that run needed.
    pub fn end(&mut self, position: Position) {
        if let Ok(at) = self.begun.binary_search_by_key(&position, |begun| begun.0) {
            if let Some(begun) = self.begun.get_mut(at) {
                begun.1 = begun.1.saturating_sub(1);
            }
        }
        while self.begun.front().is_some_and(|begun| begun.1 == 0) {
            self.begun.pop_front();
        }
        let oldest = self.begun.front().map_or(self.position, |begun| begun.0);
        while self.appended.front().is_some_and(|appended| appended.0 <= oldest) {
            self.forget_oldest();
        }
    }

    /// Appends one invalidation that concerns all these topics.
    pub fn append(&mut self, topics: impl IntoIterator<Item = u64>) {
        self.position += 1;
        if self.begun.is_empty() {
            self.floor = self.position;
            return;
        }
        for topic in topics {
            if self.appended.len() == CAPACITY {
                self.forget_oldest();
            }
            self.appended.push_back((self.position, topic));
            match self.last.find_mut(topic, |known| known.0 == topic) {
                Some(known) => known.1 = self.position,
                None => {
                    self.last.insert_unique(topic, (topic, self.position), |known| known.0);
                }
            }
        }
    }

    /// Whether nothing at all was appended since a position.
    #[inline]
    pub fn is_quiet_since(&self, position: Position) -> bool {
        self.position == position
    }

    /// Whether one of the topics was appended since a position, or the log no longer reaches back to it.
    pub fn concerns(&self, position: Position, topics: impl IntoIterator<Item = u64>) -> bool {
        if self.is_quiet_since(position) {
            return false;
        }
        position < self.floor || topics.into_iter().any(|topic| self.has_since(position, topic))
    }

    /// The number of runs in flight.
    pub fn runs(&self) -> u32 {
        self.begun.iter().map(|begun| begun.1).sum()
    }

    /// The number of topics that are kept.
    pub fn len(&self) -> usize {
        self.appended.len()
    }

    /// Whether no topic is kept.
    pub fn is_empty(&self) -> bool {
        self.appended.is_empty()
    }

    fn has_since(&self, position: Position, topic: u64) -> bool {
        self.last
            .find(topic, |known| known.0 == topic)
            .is_some_and(|known| known.1 > position)
    }

    fn forget_oldest(&mut self) {
        if let Some((position, topic)) = self.appended.pop_front() {
            self.floor = position;
            if let Ok(known) = self.last.find_entry(topic, |known| known.0 == topic) {
                if known.get().1 == position {
                    known.remove();
                }
            }
        }
    }

    /// Checks that both views of the log agree.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn validate(&self) -> Result<(), String> {
        for &(topic, position) in &self.last {
            if !self.appended.contains(&(position, topic)) {
                return Err(format!(
                    "topic {topic:x} was last appended at {position}, which the log has forgotten"
                ));
            }
        }
        for &(position, topic) in &self.appended {
            if !self.has_since(position - 1, topic) {
                return Err(format!("topic {topic:x}, appended at {position}, is not found"));
            }
        }
        if self.begun.iter().any(|begun| begun.0 > self.position) || !self.begun.iter().is_sorted() {
            return Err("the runs in flight are out of order".into());
        }
        if self.begun.is_empty() && !self.is_empty() {
            return Err("something is kept although no run is in flight".into());
        }
        Ok(())
    }
}
