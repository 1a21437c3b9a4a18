//! The protocols that are sound, as lists of commands. The tests make the broken variants from these.
//!
//! A run is given the entities that its result will contain (a bit each); it learns them only when the function has
//! returned, but no command depends on them before that.

use crate::model::backend::ENTITIES;
use crate::model::step::{
    OVER,
    Step::{self, *},
};

fn entities(bits: u8) -> impl Iterator<Item = u8> + Clone {
    (0..ENTITIES as u8).filter(move |entity| bits & 1 << entity != 0)
}

/// The script form: one node, everything that belongs together in one script.
pub mod script {
    use super::*;

    pub fn run() -> Vec<Step> {
        vec![ReadPosition, Seed, Store, End]
    }

    /// A result with more entities than one script should write: staged, indexed in parts, then placed.
    pub fn large_run(bits: u8) -> Vec<Step> {
        let mut steps = vec![ReadPosition, Seed, Stage];
        steps.extend(entities(bits).map(AddMemberAndMark));
        let tidy = steps.len() as u8 + 1;
        steps.push(Place { on_failure: tidy });
        steps.extend(entities(bits).map(Tidy));
        steps.push(End);
        steps
    }

    /// A set small enough for one script.
    pub fn invalidation(entity: u8) -> Vec<Step> {
        vec![Invalidate(entity), Resolve, End]
    }

    /// A large set: appended first, then dropped batch by batch.
    pub fn large_invalidation(entity: u8, keys: u8) -> Vec<Step> {
        let batches = (0..keys).flat_map(|key| [ScanIndex { entity, key }, DropFound(entity)]);
        [Append].into_iter().chain(batches).chain([Resolve, End]).collect()
    }

    /// A function: its values are found by SCAN. Members that stay behind are dead.
    pub fn function_invalidation(keys: u8) -> Vec<Step> {
        let scan = (0..keys).flat_map(|key| [ScanValue(key), UnlinkFound]);
        [Append].into_iter().chain(scan).chain([Resolve, End]).collect()
    }

    /// Everything: the values, and then the indexes are emptied, which is not to say deleted.
    pub fn full_invalidation(keys: u8) -> Vec<Step> {
        let scan = (0..keys).flat_map(|key| [ScanValue(key), UnlinkFound]);
        let indexes = (0..ENTITIES as u8).map(Empty);
        [Append]
            .into_iter()
            .chain(scan)
            .chain(indexes)
            .chain([Resolve, End])
            .collect()
    }

    pub fn reaper(entity: u8) -> Vec<Step> {
        vec![Reap(entity), End]
    }
}

/// The plain form that renames: the result is staged under a key of the run's own, which is a member of the indexes too
/// (the mark), and renamed to the value key after the check. Whoever invalidates unlinks what is staged, and then the
/// RENAME fails.
pub mod rename {
    use super::*;

    pub fn run(bits: u8) -> Vec<Step> {
        let mut steps = vec![ReadPosition, Seed, Stage];
        steps.extend(entities(bits).map(AddMemberAndMark));
        let settle = entities(bits).map(AddMember).chain(entities(bits).map(RemoveMark));
        let unstage = (steps.len() + 2 + settle.clone().count() + 1) as u8;
        steps.extend([Check { on_conflict: unstage }, Publish { on_failure: unstage }]);
        steps.extend(settle);
        steps.extend([End, Unstage]);
        steps.extend(entities(bits).map(RemoveMark));
        steps.push(End);
        steps
    }

    /// A run with one entity, whose index is 0, and with index 1 for the set of the marks of its key. It gives up where it
    /// cannot publish.
    pub fn run_marking_its_key(position: &[Step], end: &[Step]) -> Vec<Step> {
        let stage = [
            Stage,
            AddMemberAndMark(0),
            AddMark(1),
            Check { on_conflict: OVER },
            Publish { on_failure: OVER },
            AddMember(0),
            RemoveMark(0),
            RemoveMark(1),
        ];
        [position, &stage, end].concat()
    }

    /// Members stay: what is dead is left to the reaper.
    pub fn invalidation(entity: u8) -> Vec<Step> {
        vec![Append, ReadIndex(entity), UnlinkFound, Resolve, End]
    }

    /// A function, or everything: a pass over what is staged by these processes, and then one over the values.
    pub fn function_invalidation(processes: u8, keys: u8) -> Vec<Step> {
        let staged = (0..processes).flat_map(|process| [ScanStaged(process), UnlinkStagedOnly]);
        let values = (0..keys).flat_map(|key| [ScanValue(key), UnlinkFound]);
        [Append]
            .into_iter()
            .chain(staged)
            .chain(values)
            .chain([Resolve, End])
            .collect()
    }

    /// Nothing is ever without a member: a mark stands for the value key until it is known whether that can go.
    pub fn reaper(entity: u8) -> Vec<Step> {
        let restore = 6;
        vec![
            UnlessExists(OVER),
            AddMark(entity),
            RemoveMember(entity),
            UnlessExists(restore),
            RemoveMark(entity),
            End,
            AddMember(entity),
            RemoveMark(entity),
            End,
        ]
    }

    /// The mark of a run that seems to be dead becomes a member of the ordinary kind, or goes.
    pub fn mark_reaper(entity: u8, process: u8) -> Vec<Step> {
        let restore = 5;
        vec![
            IfMarked { entity, process },
            UnstageOf(process),
            UnlessExists(restore),
            RemoveMarkOf { entity, process },
            End,
            AddMember(entity),
            RemoveMarkOf { entity, process },
            End,
        ]
    }
}

/// The plain form that writes the value and looks again. It has a window, which `rename` has not.
pub mod plain {
    use super::*;

    pub fn run(bits: u8) -> Vec<Step> {
        let index = || entities(bits).map(AddMember);
        let mut steps = vec![ReadPosition, Seed];
        steps.extend(index());
        steps.extend([Check { on_conflict: OVER }, Write]);
        steps.extend(index());
        let withdraw = steps.len() as u8 + 2;
        steps.extend([Check { on_conflict: withdraw }, End, Withdraw, End]);
        steps
    }

    pub fn invalidation(entity: u8) -> Vec<Step> {
        super::rename::invalidation(entity)
    }

    pub fn reaper(entity: u8) -> Vec<Step> {
        super::rename::reaper(entity)
    }
}
