//! The schema, step by step. Each step is one transaction and stands with its checksum in `schema_version`.
//!
//! A database of a newer release is refused, and so is one whose steps are not the ones of this release. Starting
//! twice at once is safe: a step is claimed by its row in `schema_version` before it is applied.

use ring::digest;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{CommitFault, Conn, Row, args};
use super::error::{Result, StoreError, inserted};

/// Which of the two texts of a step is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// One step of the schema.
pub(super) struct Step {
    version: i64,
    name: &'static str,
    change: Change,
}

enum Change {
    /// Statements, one text a database.
    Sql { sqlite: &'static str, postgres: &'static str },
    /// Rows that code must fill. Its name is its checksum: a released step is never changed.
    #[cfg_attr(not(test), expect(dead_code, reason = "the first schema has nothing to fill"))]
    Rust(fn(&mut dyn Conn) -> Result<()>),
}

/// A step whose texts lie in `migrations`, in a file of one name for each database.
macro_rules! step {
    ($version:literal, $name:literal, $file:literal) => {
        Step {
            version: $version,
            name: $name,
            change: Change::Sql {
                sqlite: include_str!(concat!("../../migrations/sqlite/", $file)),
                postgres: include_str!(concat!("../../migrations/postgres/", $file)),
            },
        }
    };
}

const STEPS: &[Step] = &[
    step!(1, "fleet", "0001_fleet.sql"),
    step!(2, "ledger", "0002_ledger.sql"),
    step!(3, "lending", "0003_lending.sql"),
    step!(4, "people", "0004_people.sql"),
    step!(5, "stock", "0005_stock.sql"),
    step!(6, "reports", "0006_reports.sql"),
    step!(7, "campaigns", "0007_campaigns.sql"),
    step!(8, "lots", "0008_lots.sql"),
    step!(9, "retention", "0009_retention.sql"),
    step!(10, "unusable", "0010_unusable.sql"),
    step!(11, "source", "0011_source.sql"),
    step!(12, "deliveries", "0012_deliveries.sql"),
];

/// The version that the schema is brought to.
#[cfg(test)]
pub(super) fn newest() -> i64 {
    STEPS.last().map_or(0, |step| step.version)
}

/// Brings the schema to the newest version.
pub(super) fn migrate(conn: &mut dyn Conn, dialect: Dialect, now: Timestamp) -> Result<()> {
    apply(conn, dialect, now, STEPS)
}

fn apply(conn: &mut dyn Conn, dialect: Dialect, now: Timestamp, steps: &[Step]) -> Result<()> {
    create_versions(conn)?;
    let applied = check(conn, dialect, steps)?;
    steps.iter().filter(|step| step.version > applied).try_for_each(|step| apply_one(conn, dialect, now, step))
}

const CREATE_VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version \
     (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// PostgreSQL lets one of two processes that create the table at once fail, though both say IF NOT EXISTS; the second
/// try finds it.
fn create_versions(conn: &mut dyn Conn) -> Result<()> {
    conn.batch(CREATE_VERSIONS).or_else(|_| conn.batch(CREATE_VERSIONS))
}

const APPLIED: &str = "SELECT version, name, sha256 FROM schema_version ORDER BY version";

/// The newest version applied. What this release did not write is refused before anything is changed.
fn check(conn: &mut dyn Conn, dialect: Dialect, steps: &[Step]) -> Result<i64> {
    let known = steps.last().map_or(0, |step| step.version);
    let mut applied = 0;
    for row in conn.query(APPLIED, &[])? {
        let (version, name, sha256) = read(row)?;
        let Some(step) = steps.iter().find(|step| step.version == version) else {
            return Err(StoreError::NewerSchema { found: version, known });
        };
        if step.name != name || step.sha256(dialect) != sha256 {
            let cause = "it is not the step this release knows".to_owned();
            return Err(StoreError::Migration { version, cause });
        }
        applied = version;
    }
    Ok(applied)
}

fn read(row: Row) -> Result<(i64, String, String)> {
    let mut row = row.of("schema_version");
    Ok((row.int()?, row.text()?, row.text()?))
}

const CLAIM: &str =
    "INSERT INTO schema_version (version, name, sha256, applied_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

fn apply_one(conn: &mut dyn Conn, dialect: Dialect, now: Timestamp, step: &Step) -> Result<()> {
    conn.begin()?;
    match claim_and_change(conn, dialect, now, step) {
        Ok(()) => conn.commit().map_err(|fault| match fault {
            CommitFault::Undone(error) => step.failed(&error),
            CommitFault::Unknown { cause, .. } => StoreError::UnknownOutcome { cause },
        }),
        Err(error) => {
            conn.rollback()?;
            Err(step.failed(&error))
        }
    }
}

fn claim_and_change(conn: &mut dyn Conn, dialect: Dialect, now: Timestamp, step: &Step) -> Result<()> {
    let claim = conn.execute(CLAIM, args![step.version, step.name, step.sha256(dialect), now])?;
    if !inserted(claim)? {
        return Ok(());
    }
    match step.change {
        Change::Sql { .. } => conn.batch(step.text(dialect)),
        Change::Rust(fill) => fill(conn),
    }
}

impl Step {
    fn text(&self, dialect: Dialect) -> &'static str {
        match (&self.change, dialect) {
            (Change::Sql { sqlite, .. }, Dialect::Sqlite) => sqlite,
            (Change::Sql { postgres, .. }, Dialect::Postgres) => postgres,
            (Change::Rust(_), _) => self.name,
        }
    }

    fn sha256(&self, dialect: Dialect) -> String {
        let digest = digest::digest(&digest::SHA256, self.text(dialect).as_bytes());
        data_encoding::HEXLOWER.encode(digest.as_ref())
    }

    /// What is wrong with the database stays that; what is wrong with the step names the step.
    fn failed(&self, error: &StoreError) -> StoreError {
        if matches!(error, StoreError::Unavailable { .. }) {
            return error.clone();
        }
        StoreError::Migration { version: self.version, cause: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conn::{Access, count};
    use crate::store::sqlite::Sqlite;

    const PLAIN: Step = Step {
        version: 1,
        name: "plain",
        change: Change::Sql { sqlite: "CREATE TABLE plain (number BIGINT)", postgres: "" },
    };

    fn fill(conn: &mut dyn Conn) -> Result<()> {
        conn.execute("INSERT INTO plain (number) VALUES (?1)", args![7_i64]).map(drop)
    }

    fn fill_and_fail(conn: &mut dyn Conn) -> Result<()> {
        fill(conn)?;
        Err(StoreError::broken("a test"))
    }

    #[test]
    fn a_step_of_code_fills_rows_once_and_a_failed_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut conn = Sqlite::open(&folder.path().join("t.db"), Access::Write).unwrap();
        let mut applied = |fill| {
            let steps = [PLAIN, Step { version: 2, name: "fill", change: Change::Rust(fill) }];
            let done = apply(&mut conn, Dialect::Sqlite, Timestamp::UNIX_EPOCH, &steps);
            (done, count(conn.query("SELECT COUNT(*) FROM plain", &[]).unwrap()).unwrap())
        };
        let failed = StoreError::Migration { version: 2, cause: StoreError::broken("a test").to_string() };
        assert_eq!(applied(fill_and_fail), (Err(failed), 0));
        assert_eq!(applied(fill), (Ok(()), 1));
        assert_eq!(applied(fill), (Ok(()), 1));
    }
}
