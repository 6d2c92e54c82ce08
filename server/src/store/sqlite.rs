//! SQLite. One connection writes; others read; one more carries the write-ahead log over into the database.
//!
//! Guarantees: a commit that returned is on the disk (`synchronous=FULL`); deleted rows are overwritten; only the
//! owner can read the file; the log stays bounded. The only file that names rusqlite.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::conn::{Access, CommitFault, Conn, Insert, Moment, Row, Value};
use super::error::{Result, StoreError};
use crate::bugs::{Bug, seeded};

/// Older versions can lose committed writes when the log is reset while another connection reads.
const OLDEST: i32 = 3_051_003;
/// How long a connection waits for a lock of another process.
const BUSY: Duration = Duration::from_secs(5);
/// How long it waits before it asks again where SQLite does not wait by itself.
const BUSY_STEP: Duration = Duration::from_millis(5);
/// How long emptying the log waits for readers.
const BUSY_TRUNCATE: Duration = Duration::from_millis(50);
/// Statements kept prepared, more than the service has.
const STATEMENTS: usize = 256;

/// When the log is carried over, in pages of 4 KiB.
#[derive(Debug, Clone, Copy)]
struct LogLimits {
    /// So many wait: the checkpoint thread begins, beside the writer.
    passive: i64,
    /// So many lie in the log: it begins anew as soon as few wait, and until then nothing of the background is written.
    restart: i64,
    /// So few wait that the writer carries them over itself.
    few: i64,
    /// So many lie in the log: the writer stops and empties it, whoever reads.
    truncate: i64,
}

const LOG: LogLimits = LogLimits { passive: 16 * MIB, restart: 32 * MIB, few: MIB, truncate: 64 * MIB };
/// Pages of 4 KiB.
const MIB: i64 = 256;

/// A connection to a SQLite file.
pub(super) struct Sqlite {
    conn: Connection,
    usable: bool,
    log: Option<Log>,
}

/// What only the writer has: the care of the log.
struct Log {
    path: PathBuf,
    limits: LogLimits,
    is_behind: bool,
    checkpointer: Option<Checkpointer>,
}

impl Sqlite {
    /// Opens the file; for writing, one that is not there is made.
    pub(super) fn open(path: &Path, access: Access) -> Result<Self> {
        match access {
            Access::Write => Self::open_writer(path),
            Access::Read => Self::open_reader(path),
        }
    }

    fn open_writer(path: &Path) -> Result<Self> {
        check_version(rusqlite::version_number())?;
        create_private(path)?;
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare_writer(&conn).map_err(|error| fault(&error))?;
        let log = Log { path: path.to_owned(), limits: LOG, is_behind: false, checkpointer: None };
        Ok(Self { conn, usable: true, log: Some(log) })
    }

    fn open_reader(path: &Path) -> Result<Self> {
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        conn.pragma_update(None, "query_only", true).map_err(|error| fault(&error))?;
        Ok(Self { conn, usable: true, log: None })
    }
}

fn check_version(version: i32) -> Result<()> {
    if version < OLDEST {
        return Err(StoreError::unavailable(format_args!("SQLite {version} is older than {OLDEST}")));
    }
    Ok(())
}

/// SQLite gives its log and its shared memory the mode of the database.
fn create_private(path: &Path) -> Result<()> {
    let opened = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
    opened.map(drop).map_err(StoreError::unavailable)
}

/// A connection with what all three kinds have in common. It is used by one thread at a time.
fn connect(path: &Path, access: OpenFlags) -> Result<Connection> {
    let opened = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    opened.and_then(|conn| prepare(&conn).map(|()| conn)).map_err(|error| fault(&error))
}

fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Else a plan may depend on what is bound, and a cached statement is parsed anew for every new value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "synchronous", if seeded(Bug::Normal) { "normal" } else { "full" })?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "temp_store", "memory")
}

fn prepare_writer(conn: &Connection) -> rusqlite::Result<()> {
    begin_log(conn)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)
}

/// A new database gets its log. Somebody who does so at the same moment is waited for here: SQLite itself does not wait
/// for this one lock.
#[expect(clippy::disallowed_methods, reason = "there is nothing else to wait for")]
fn begin_log(conn: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match conn.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < BUSY => {
                std::thread::sleep(BUSY_STEP);
            }
            done => return done,
        }
    }
}

impl Conn for Sqlite {
    fn execute(&mut self, sql: &'static str, args: &[Value]) -> Result<u64> {
        let changed = self.conn.prepare_cached(sql).and_then(|mut s| s.execute(params_from_iter(args)));
        changed.map(|rows| rows as u64).map_err(|error| fault(&error))
    }

    fn query(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Row>> {
        query(&self.conn, sql, args).map_err(|error| fault(&error))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.conn.execute_batch(sql).map_err(|error| fault(&error))
    }

    fn insert_many(&mut self, into: &'static Insert, rows: Vec<Vec<Value>>) -> Result<u64> {
        insert_many(&self.conn, into, rows).map_err(|error| fault(&error))
    }

    fn begin(&mut self) -> Result<()> {
        self.batch(if self.log.is_some() { "BEGIN IMMEDIATE" } else { "BEGIN" })
    }

    fn commit(&mut self) -> Result<(), CommitFault> {
        self.conn.execute_batch("COMMIT").map_err(|error| commit_fault(&error))
    }

    fn rollback(&mut self) -> Result<()> {
        // Some faults have taken the transaction back already.
        if self.conn.is_autocommit() {
            return Ok(());
        }
        let done = self.batch("ROLLBACK");
        self.usable = done.is_ok();
        done
    }

    fn is_usable(&self) -> bool {
        self.usable
    }

    fn is_behind(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.is_behind)
    }

    fn tend(&mut self, moment: Moment) {
        // A log that can't be carried over now is whole, and is tried again; the disk's trouble shows in commits.
        if let Err(error) = self.tend_log(moment) {
            tracing::warn!(%error, "the write-ahead log could not be carried over");
        }
    }
}

fn query(conn: &Connection, sql: &str, args: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = conn.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(args))?;
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        let values: rusqlite::Result<_> = (0..columns).map(|at| row.get_ref(at).map(value)).collect();
        read.push(Row::new(values?));
    }
    Ok(read)
}

fn insert_many(conn: &Connection, into: &Insert, rows: Vec<Vec<Value>>) -> rusqlite::Result<u64> {
    let names: Vec<_> = into.columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<_> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
        into.table,
        names.join(", "),
        places.join(", ")
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut inserted = 0;
    for row in rows {
        inserted += statement.execute(params_from_iter(row))? as u64;
    }
    Ok(inserted)
}

fn value(of: ValueRef<'_>) -> Value {
    match of {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        // No column is of this kind: whoever reads it finds no whole number.
        ValueRef::Real(number) => Value::Text(number.to_string()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn fault(error: &rusqlite::Error) -> StoreError {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        return StoreError::Constraint { cause: error.to_string() };
    }
    StoreError::unavailable(error)
}

/// A full or read-only disk refuses before anything is written for good; after any other fault of the disk nobody
/// knows what it holds.
fn commit_fault(error: &rusqlite::Error) -> CommitFault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::DatabaseBusy | ErrorCode::ConstraintViolation) => {
            CommitFault::Undone(fault(error))
        }
        _ => CommitFault::Unknown { cause: error.to_string(), poisoned: true },
    }
}

impl Sqlite {
    fn tend_log(&mut self, moment: Moment) -> Result<()> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let LogLimits { passive, restart, few, truncate } = log.limits;
        let size = checkpoint(&self.conn, NOOP).map_err(|error| fault(&error))?;
        let is_due = match moment {
            Moment::Committed => size.pages >= truncate,
            Moment::Idle | Moment::Closing => size.pages > 0,
        };
        if is_due {
            log.is_behind = false;
            return truncate_log(&self.conn).map_err(|error| fault(&error));
        }
        let is_long = size.pages >= restart;
        log.is_behind = is_long && size.waiting > few;
        if is_long && size.waiting <= few {
            // With nothing left in it that waits, SQLite begins it anew at the next write, and nobody was stopped for that.
            return checkpoint(&self.conn, PASSIVE).map(drop).map_err(|error| fault(&error));
        }
        if log.is_behind || size.waiting >= passive {
            log.wake_checkpointer()?;
        }
        Ok(())
    }
}

const NOOP: &str = "PRAGMA wal_checkpoint(NOOP)";
const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// How many pages lie in the log, and how many of them are not in the database yet.
struct LogSize {
    pages: i64,
    waiting: i64,
}

/// A checkpoint that finds the database busy has not failed: the rest is carried over another time.
fn checkpoint(conn: &Connection, how: &str) -> rusqlite::Result<LogSize> {
    conn.prepare_cached(how)?.query_row([], |row| {
        let (pages, carried): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(LogSize { pages, waiting: pages - carried })
    })
}

fn truncate_log(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY_TRUNCATE)?;
    let done = checkpoint(conn, TRUNCATE);
    conn.busy_timeout(BUSY)?;
    done.map(drop)
}

/// The checkpoint thread. It has a connection of its own and never stops the writer.
struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    fn wake_checkpointer(&mut self) -> Result<()> {
        let checkpointer = match self.checkpointer.take() {
            Some(checkpointer) => checkpointer,
            None => Checkpointer::spawn(&self.path)?,
        };
        // Where it is at work and called already, it needs no other call.
        if let Some(wake) = &checkpointer.wake {
            wake.try_send(()).ok();
        }
        self.checkpointer = Some(checkpointer);
        Ok(())
    }
}

impl Checkpointer {
    fn spawn(path: &Path) -> Result<Self> {
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new().name("checkpoint".to_owned());
        let thread = thread.spawn(move || carry_over(&conn, &woken)).map_err(StoreError::unavailable)?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }
}

fn carry_over(conn: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        if let Err(error) = checkpoint(conn, PASSIVE) {
            tracing::warn!(error = %fault(&error), "a checkpoint failed");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        // Without its caller the thread ends; one that panicked has nothing left to do either.
        drop(self.wake.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkpoint_thread_carries_the_log_over_beside_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Sqlite::open(&folder.path().join("t.db"), Access::Write).unwrap();
        writer.log.as_mut().unwrap().limits = LogLimits { passive: 10, ..LOG };
        writer.batch("CREATE TABLE t (b BLOB); INSERT INTO t (b) VALUES (zeroblob(100000))").unwrap();
        assert!(checkpoint(&writer.conn, NOOP).unwrap().waiting > 10);
        writer.tend(Moment::Committed);
        // Without its caller the thread ends when it has done what it was called for.
        writer.log = None;
        let size = checkpoint(&writer.conn, NOOP).unwrap();
        assert!(size.pages > 10 && size.waiting == 0, "{} of {} pages wait", size.waiting, size.pages);
    }

    #[test]
    fn a_long_log_holds_the_background_back_and_begins_anew_without_stopping_anybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = Sqlite::open(&path, Access::Write).unwrap();
        let limits = LogLimits { passive: 10, restart: 20, few: 2, truncate: i64::MAX };
        writer.log.as_mut().unwrap().limits = limits;
        writer.batch("CREATE TABLE t (b BLOB)").unwrap();
        writer.tend(Moment::Committed);
        assert!(!writer.is_behind());
        writer.batch("INSERT INTO t (b) VALUES (zeroblob(100000))").unwrap();
        writer.tend(Moment::Committed);
        assert!(writer.is_behind());
        // Without its caller the thread ends when it has done what it was called for.
        writer.log.as_mut().unwrap().checkpointer = None;
        // Whoever reads the database as it is now does not keep the log from beginning anew.
        let mut reader = Sqlite::open(&path, Access::Read).unwrap();
        reader.batch("BEGIN; SELECT * FROM t").unwrap();
        writer.tend(Moment::Committed);
        assert!(!writer.is_behind());
        let before = checkpoint(&writer.conn, NOOP).unwrap().pages;
        writer.batch("INSERT INTO t (b) VALUES (x'00')").unwrap();
        let after = checkpoint(&writer.conn, NOOP).unwrap().pages;
        assert!(after < before, "{after} pages after {before}");
    }

    #[test]
    fn a_library_that_can_lose_commits_is_refused() {
        assert!(check_version(3_051_002).is_err());
        assert_eq!(check_version(3_051_003), Ok(()));
    }

    #[test]
    fn only_a_disk_that_refuses_leaves_a_commit_undone() {
        let fault = |code| commit_fault(&rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        for code in [rusqlite::ffi::SQLITE_FULL, rusqlite::ffi::SQLITE_READONLY] {
            assert!(matches!(fault(code), CommitFault::Undone(StoreError::Unavailable { .. })));
        }
        for code in [rusqlite::ffi::SQLITE_IOERR_FSYNC, rusqlite::ffi::SQLITE_CORRUPT, rusqlite::ffi::SQLITE_NOMEM] {
            assert!(matches!(fault(code), CommitFault::Unknown { poisoned: true, .. }));
        }
    }
}
