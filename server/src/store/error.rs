//! What can go wrong in the store. Causes are for the log: they name rows and columns, never a value in them.

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The row changed since it was read; whoever read it reads again.
    #[error("the row changed meanwhile")]
    Stale,
    /// Too many jobs are waiting.
    #[error("too many jobs are waiting for the database")]
    Busy,
    /// The store was shut down.
    #[error("the store is closed")]
    Closed,
    /// The database can't do it now: it is away, full, read-only or locked. Nothing was changed.
    #[error("the database is unavailable: {cause}")]
    Unavailable {
        /// What the driver said.
        cause: String,
    },
    /// The commit broke off: it may or may not have happened.
    #[error("it is not known whether the change was made: {cause}")]
    UnknownOutcome {
        /// What the driver said.
        cause: String,
    },
    /// A row that can't be what this service wrote.
    #[error("a row of the database is broken: {what}")]
    Broken {
        /// Which table and column, or which row.
        what: String,
    },
    /// The database refused a row: a check or a key of the schema forbids it.
    #[error("the schema forbids the row: {cause}")]
    Constraint {
        /// What the driver said.
        cause: String,
    },
    /// The job panicked; what it had written was taken back.
    #[error("the job panicked")]
    Panicked,
    /// There is a fleet in this database already.
    #[error("the database holds a fleet already")]
    AlreadyFounded,
    /// The database was written by a newer release.
    #[error("the database has schema {found}; this release knows schema {known}")]
    NewerSchema {
        /// The version found.
        found: i64,
        /// The newest version this release knows.
        known: i64,
    },
    /// A step of the schema could not be applied, or is not the one that was applied.
    #[error("schema step {version}: {cause}")]
    Migration {
        /// The step.
        version: i64,
        /// What is wrong.
        cause: String,
    },
    /// A statement for one row changed several.
    #[error("a statement for one row changed {0}")]
    Impossible(u64),
}

impl StoreError {
    pub(super) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable { cause: cause.to_string() }
    }

    pub(super) fn broken(what: impl std::fmt::Display) -> Self {
        Self::Broken { what: what.to_string() }
    }
}

pub(super) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The row count of a compare-and-swap: one row is done, none is stale.
pub(super) fn swapped(rows: u64) -> Result<()> {
    match rows {
        1 => Ok(()),
        0 => Err(StoreError::Stale),
        many => Err(StoreError::Impossible(many)),
    }
}

/// The row count of an insert that does nothing on conflict: whether the row is new.
pub(super) fn inserted(rows: u64) -> Result<bool> {
    match rows {
        1 => Ok(true),
        0 => Ok(false),
        many => Err(StoreError::Impossible(many)),
    }
}
