//! What a state is made of: the backend, what every process knows, and how often things may still go wrong.

use crate::model::backend::{Backend, Position, UNREAD};

pub const PROCESSES: usize = 8;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    #[default]
    Running,
    Done,
    Dead,
}

/// What a process knows, and what it alone has put into the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Process {
    pub status: Status,
    /// Its next step.
    pub pc: u8,
    pub position: Position,
    /// The function runs, or the call has started.
    pub has_begun: bool,
    /// The invalidations that were asked for before it began, a bit each. For a reader: that had resolved.
    pub seen: u8,
    /// Its result lies under a key of its own.
    pub is_staged: bool,
    /// The indexes (a bit each) that hold its mark, a member that stands for its value key.
    pub marks: u8,
    /// Value keys that it found, and processes whose marks it found, a bit each.
    pub found: u8,
    pub found_marks: u8,
    /// The label of a value that it holds.
    pub held: Option<u8>,
    /// Its result stands, as far as it knows.
    pub has_stored: bool,
    /// An invalidation overlapped its run, or its position was lost.
    pub is_disturbed: bool,
    /// An index that held its mark was evicted.
    pub has_lost_index: bool,
    /// It has found an index without its mark.
    pub must_withdraw: bool,
}

impl Default for Process {
    fn default() -> Self {
        Process {
            status: Status::Running,
            pc: 0,
            position: UNREAD,
            has_begun: false,
            seen: 0,
            is_staged: false,
            marks: 0,
            found: 0,
            found_marks: 0,
            held: None,
            has_stored: false,
            is_disturbed: false,
            has_lost_index: false,
            must_withdraw: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub backend: Backend,
    pub processes: [Process; PROCESSES],
    /// Invalidations asked for, and resolved, a bit each.
    pub asked: u8,
    pub resolved: u8,
    pub crashes: u8,
    pub index_evictions: u8,
    pub log_evictions: u8,
    pub log_trims: u8,
    /// A caller was handed what an invalidation that had resolved before its call concerns.
    pub was_served_stale: bool,
    /// A run that nothing disturbed was not stored.
    pub was_refused_needlessly: bool,
    /// A run put its result in the place of that of a later one.
    pub was_turned_back: bool,
}

impl State {
    pub fn has_index(&self, entity: usize) -> bool {
        self.backend.indexes[entity] != 0 || self.marks_in(entity as u8) != 0
    }

    /// The processes, a bit each, whose mark this index holds.
    pub fn marks_in(&self, entity: u8) -> u8 {
        let marked = self
            .processes
            .iter()
            .enumerate()
            .filter(|(_, process)| process.marks & 1 << entity != 0);
        marked.fold(0, |bits, (slot, _)| bits | 1 << slot)
    }

    pub fn drop_index(&mut self, entity: usize) {
        self.backend.indexes[entity] = 0;
        for process in &mut self.processes {
            process.marks &= !(1 << entity);
        }
    }

    /// An index is evicted: what it held is found by nobody any more.
    pub fn lose_index(&mut self, entity: usize) {
        for value in self.backend.values.iter_mut().flatten() {
            value.has_lost_index |= value.entities & 1 << entity != 0;
        }
        for process in &mut self.processes {
            let is_running = process.status == Status::Running;
            process.has_lost_index |= is_running && process.marks & 1 << entity != 0;
        }
        self.drop_index(entity);
    }
}
