//! The commands that a process can send, one variant each. A protocol is a list of them: see `program.rs`.

/// Where `on_conflict` and its like lead when the program shall just be over.
pub const OVER: u8 = u8::MAX;

/// One atomic command at the backend, together with what the sender makes of the reply. A few are local and cost no
/// turn of their own: they happen with the reply before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    // A run.
    /// The last entry of the log. With one the function begins at once, and `Seed` is skipped.
    ReadPosition,
    /// XADD of an entry that concerns nothing; its id is the position. The function begins.
    Seed,
    /// XADD of an entry that is about what the run itself is about; its id is the position. The function begins.
    AppendPosition,
    /// The function begins although no position is known (broken variants).
    Begin,
    /// Script: check the log, SADD, SET.
    Store,
    /// The same script without its check (broken variant).
    StoreUnchecked,
    /// XRANGE from the position. On conflict go on at the step with this number.
    Check { on_conflict: u8 },
    /// SADD of the value key to the index of this entity.
    AddMember(u8),
    /// SADD of the mark.
    AddMark(u8),
    /// SREM of the mark.
    RemoveMark(u8),
    /// SET value (broken variants).
    Write,
    /// SET of the result under a key of this run alone, in the slot of the value key.
    Stage,
    /// RENAME of that key to the value key. Fails when it is gone: go on at the step with this number.
    Publish { on_failure: u8 },
    /// Script: check the log, RENAME. On conflict, or when the key is gone, go on at the step with this number.
    Place { on_conflict: u8, on_gone: u8 },
    /// UNLINK of that key. No turn if it is gone.
    Unstage,
    /// Script, behind a RENAME: the value key takes the place of the mark. If the mark is gone, the run withdraws.
    Tidy(u8),
    /// Script, where values and indexes lie in one slot: the same. If the index lists neither, UNLINK of the value.
    TidyAndWithdraw(u8),
    /// SREM of the mark, behind SADD of the value key. If the mark is gone, the run withdraws.
    Unmark(u8),
    /// UNLINK of the value key, if the run withdraws. No turn if it does not.
    WithdrawIfLost,
    /// UNLINK of the value key.
    Withdraw,

    // An invalidation.
    /// XADD.
    Append,
    /// Script: XADD, and the whole of the index: UNLINK of what all members stand for, SREM of the value keys. Marks stay.
    Invalidate(u8),
    /// The same script, but SREM of the marks too (broken variant).
    InvalidateAndUnmark(u8),
    /// The same script without XADD.
    Drop(u8),
    /// The same script without XADD, for a page of a large index, with one value key.
    DropPage { entity: u8, key: u8 },
    /// SMEMBERS.
    ReadIndex(u8),
    /// SREM of the value keys found (broken variants).
    RemoveFound(u8),
    /// UNLINK of the value keys found, and of those that the marks found stand for: a command each.
    UnlinkFound,
    /// UNLINK of the staged results that were found, a command each.
    UnlinkStaged,
    /// UNLINK of the staged results, and their marks are taken for nothing else (broken variant).
    UnlinkStagedOnly,
    /// UNLINK of the values alone, in one command (broken variants).
    UnlinkValues,
    /// One call of SCAN over the value keys, which comes past one of them.
    ScanValue(u8),
    /// One call of SCAN over the staged results, which comes past that of one process.
    ScanStaged(u8),
    /// DEL of an index (broken variants).
    DropIndex(u8),
    /// UNLINK of one value key by name.
    UnlinkKey(u8),
    /// Local: the caller of the invalidation goes on.
    Resolve,

    // The reaper of dead members.
    /// EXISTS value. Where it exists go on at the step with this number.
    UnlessExists(u8),
    /// Script: EXISTS value, SREM when it doesn't.
    Reap(u8),
    /// SREM of the value key.
    RemoveMember(u8),
    /// Whether an index holds the mark of this process. Over, if not.
    IfMarked { entity: u8, process: u8 },
    /// UNLINK of what this process has staged.
    UnstageOf(u8),
    /// SREM of the mark of another process.
    RemoveMarkOf { entity: u8, process: u8 },

    // A reader. The first GET is where the call starts.
    /// GET. On a hit the value is held, on a miss go on at the step with this number.
    Get { on_miss: u8 },
    /// SISMEMBER. When it is not there the held value is dropped and the reader is done: a miss.
    IsMember(u8),
    /// Local: the held value is given to the caller.
    Serve,
    /// XRANGE from the position of the run of this process; joins it if it is under way and nothing concerns it.
    Join(u8),
    /// Joins the run of this process if it is under way, and asks nothing (broken variant).
    JoinUnchecked(u8),
    /// As `Join`, but the function fails, and the caller is given the old value that the run holds.
    JoinFailed(u8),
    /// The function fails, and the run stores nothing.
    Fail,

    /// Local: the program is over.
    End,
}

impl Step {
    /// Whether it names a process, so that processes may not be taken for one another.
    pub fn names_process(self) -> bool {
        use Step::*;
        matches!(
            self,
            ScanStaged(_) | UnstageOf(_) | RemoveMarkOf { .. } | Join(_) | JoinUnchecked(_) | JoinFailed(_)
        )
    }
}
