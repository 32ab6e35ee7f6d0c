//! Counts of what the store has done since it was opened, for metrics and tests.

/// A look at the store's counters; taken without a lock, so neighbours may be one event apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Units of work that wait for a writer now.
    pub queued: u64,
    /// Units of work turned away because the queue was full.
    pub turned_away: u64,
    /// Transactions of the writers, committed or not.
    pub batches: u64,
    /// Units of work that were committed.
    pub committed: u64,
    /// Units of work that were rolled back: refused by themselves, panicked, or failed to commit.
    pub rolled_back: u64,
    /// Units in the largest batch so far.
    pub largest_batch: u64,
    /// Batches that were lost as a whole and run again unit by unit.
    pub retried_batches: u64,
    /// Times that a unit of work was run again because another was in its way (PostgreSQL).
    pub conflicts: u64,
    /// Checkpoints that moved pages from the log into the database file.
    pub checkpoints: u64,
    /// Times the log was made to start again from its beginning by waiting for readers.
    pub log_restarts: u64,
    /// Pages in the write-ahead log after the last commit.
    pub log_pages: u64,
    /// Reading connections that are open, busy or idle.
    pub readers: u64,
    /// Those of them that are busy.
    pub busy_readers: u64,
    /// Reading connections that may be open at most.
    pub most_readers: u64,
    /// Snapshots read.
    pub reads: u64,
}
