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

fn unmarking(bits: u8) -> Vec<Step> {
    entities(bits).map(RemoveMark).collect()
}

/// A run that stages its result. `placing` is given two numbers of steps: where a run goes on that is refused, and where
/// one does whose staged result is gone. Nobody can say then whose value has the name.
fn staging(
    marking: Vec<Step>,
    placing: impl Fn(u8, u8) -> Vec<Step>,
    stored: Vec<Step>,
    unmarking: Vec<Step>,
    end: &[Step],
) -> Vec<Step> {
    let refused = (marking.len() + placing(0, 0).len() + stored.len() + end.len()) as u8;
    let gone = refused + (1 + unmarking.len() + end.len()) as u8;
    let placing = placing(refused, gone);
    [
        &marking,
        &placing,
        &stored,
        end,
        &[Unstage],
        &unmarking,
        end,
        &[Withdraw],
        &unmarking,
        end,
    ]
    .concat()
}

/// The script form: one node, everything that belongs together in one script.
pub mod script {
    use super::*;

    pub fn run() -> Vec<Step> {
        vec![ReadPosition, Seed, Store, End]
    }

    /// A large result: staged, its mark listed in parts, then placed. The key takes the place of the mark in the end.
    pub fn large_run(bits: u8) -> Vec<Step> {
        let marking = [ReadPosition, Seed, Stage]
            .into_iter()
            .chain(entities(bits).map(AddMark));
        let place = |on_conflict, on_gone| vec![Place { on_conflict, on_gone }];
        let tidying = entities(bits).map(TidyAndWithdraw).collect();
        staging(marking.collect(), place, tidying, unmarking(bits), &[End])
    }

    /// A set small enough for one script.
    pub fn invalidation(entity: u8) -> Vec<Step> {
        vec![Invalidate(entity), Resolve, End]
    }

    /// A large set: page by page, and then as a whole in one script.
    pub fn large_invalidation(entity: u8, keys: u8) -> Vec<Step> {
        let pages = (0..keys).map(|key| DropPage { entity, key });
        [Append]
            .into_iter()
            .chain(pages)
            .chain([Drop(entity), Resolve, End])
            .collect()
    }

    /// A function: its values are found by SCAN. Members that stay behind are dead.
    pub fn function_invalidation(keys: u8) -> Vec<Step> {
        let scan = (0..keys).flat_map(|key| [ScanValue(key), UnlinkFound]);
        [Append].into_iter().chain(scan).chain([Resolve, End]).collect()
    }

    /// Everything: the values, and then the indexes are emptied, which is not to say deleted.
    pub fn full_invalidation(keys: u8) -> Vec<Step> {
        let scan = (0..keys).flat_map(|key| [ScanValue(key), UnlinkFound]);
        let indexes = (0..ENTITIES as u8).map(Drop);
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

/// The plain form: the result is staged under a key of the run's own, which is a member of the indexes (the mark), and
/// renamed to the value key after the check. Whoever invalidates unlinks what is staged, and then the RENAME fails.
pub mod rename {
    use super::*;

    fn marking(bits: u8) -> Vec<Step> {
        let staging = [ReadPosition, Seed, Stage].into_iter();
        staging.chain(entities(bits).map(AddMark)).collect()
    }

    fn publish(on_conflict: u8, on_failure: u8) -> Vec<Step> {
        vec![Check { on_conflict }, Publish { on_failure }]
    }

    /// Where a script may be run on each index (a Cluster).
    pub fn run(bits: u8) -> Vec<Step> {
        let tidying = entities(bits).map(Tidy).chain([WithdrawIfLost]).collect();
        staging(marking(bits), publish, tidying, unmarking(bits), &[End])
    }

    /// Where no script may be run.
    pub fn scriptless_run(bits: u8) -> Vec<Step> {
        let tidying = entities(bits).map(AddMember).chain(entities(bits).map(Unmark));
        let tidying = tidying.chain([WithdrawIfLost]).collect();
        staging(marking(bits), publish, tidying, unmarking(bits), &[End])
    }

    /// A client that has lost the reply sends RENAME again.
    pub fn run_sent_twice(bits: u8) -> Vec<Step> {
        let twice = |on_conflict, on_failure| [publish(on_conflict, on_failure), vec![Publish { on_failure }]].concat();
        staging(marking(bits), twice, vec![], unmarking(bits), &[End])
    }

    /// A run with one entity, whose index is 0, and with index 1 for the set of the marks of its key.
    pub fn run_marking_its_key(position: &[Step], end: &[Step]) -> Vec<Step> {
        let marking = [position, &[Stage, AddMark(0), AddMark(1)]].concat();
        let tidying = vec![RemoveMark(1), Tidy(0), WithdrawIfLost];
        staging(marking, publish, tidying, vec![RemoveMark(0), RemoveMark(1)], end)
    }

    /// Members stay: what is dead is left to the reaper.
    pub fn invalidation(entity: u8) -> Vec<Step> {
        vec![Append, ReadIndex(entity), UnlinkStaged, UnlinkFound, Resolve, End]
    }

    /// Of one key by its name: index 1 is the set of its marks.
    pub fn invalidation_of_key(key: u8) -> Vec<Step> {
        vec![
            Append,
            ReadIndex(1),
            UnlinkStaged,
            UnlinkFound,
            UnlinkKey(key),
            Resolve,
            End,
        ]
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
