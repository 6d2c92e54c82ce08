//! The database behind the server's back: what somebody can do who has the file and not the keys. The one file here
//! that names rusqlite.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::Value;

/// A connection of our own to a fleet's file.
pub struct Database(Connection);

impl Database {
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        // A thief minds no rules.
        connection.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF").unwrap();
        Self(connection)
    }

    /// Runs a statement; how many rows it changed.
    pub fn change(&self, sql: &str) -> usize {
        self.0.execute(sql, []).unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    /// One number.
    pub fn number(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    /// Rows of two texts.
    pub fn words(&self, sql: &str) -> Vec<(String, String)> {
        let mut statement = self.0.prepare(sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    /// A table as it is, row by row, for comparing.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Value>> {
        let mut statement = self.0.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get::<_, Value>(at)).collect();
        statement.query_map([], row).unwrap().map(Result::unwrap).collect()
    }
}
