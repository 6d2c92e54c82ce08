//! The small synchronous face of both databases: statements, values and rows.
//!
//! SQL is written once, in what the two have in common: `?1 ?2` placeholders, parameters compared to columns only,
//! whole numbers, text and bytes. This file knows no database; the drivers know no table.

use std::str::FromStr;

use tokenfleet_domain::holder::Holder;
use tokenfleet_domain::ids::{OperatorName, RowId, UserId};
use tokenfleet_domain::ports::Timestamp;

use super::error::{Result, StoreError};

/// A connection, used by one thread.
pub(super) trait Conn: Send {
    /// Runs one statement; the number of rows it changed.
    fn execute(&mut self, sql: &'static str, args: &[Value]) -> Result<u64>;

    /// Runs one query; all its rows.
    fn query(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Row>>;

    /// Runs statements without arguments and without results.
    fn batch(&mut self, sql: &str) -> Result<()>;

    /// Inserts rows, leaving out those whose key is taken; the number inserted.
    fn insert_many(&mut self, into: &'static Insert, rows: Vec<Vec<Value>>) -> Result<u64>;

    /// Begins a transaction, for writing or reading as the connection was opened.
    fn begin(&mut self) -> Result<()>;

    /// Makes the transaction durable. It is never broken off.
    fn commit(&mut self) -> Result<(), CommitFault>;

    /// Takes the transaction back. What fails here ends the connection.
    fn rollback(&mut self) -> Result<()>;

    /// Whether the connection can still be used.
    fn is_usable(&self) -> bool;

    /// Whether work that nobody waits for should be held back: what was written before is still being carried over.
    fn is_behind(&self) -> bool {
        false
    }

    /// Chores of a writer between transactions.
    fn tend(&mut self, moment: Moment) {
        let _ = moment;
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// How a commit fails.
#[derive(Debug)]
pub(super) enum CommitFault {
    /// Nothing was committed.
    Undone(StoreError),
    /// It may or may not have happened.
    Unknown {
        /// What the driver said.
        cause: String,
        /// Whether nothing may be written after it: the disk has failed.
        poisoned: bool,
    },
}

/// When a writer's connection is asked to do its chores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A commit was made and others wait.
    Committed,
    /// Nothing has come for a while.
    Idle,
    /// The store closes.
    Closing,
}

/// A table that is filled in bulk, and its columns.
pub(super) struct Insert {
    pub(super) table: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
}

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Blob,
}

/// A value of a column or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// The parameters of a statement, each by `Value::from`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::store::conn::Value::from($value)),*] };
}
pub(super) use args;

macro_rules! values_from {
    ($($from:ty => |$value:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $to
            }
        })*
    };
}

values_from! {
    i64 => |number| Self::Int(number);
    u32 => |number| Self::Int(i64::from(number));
    bool => |truth| Self::Int(i64::from(truth));
    &str => |text| Self::Text(text.to_owned());
    String => |text| Self::Text(text);
    &String => |text| Self::Text(text.clone());
    &[u8] => |bytes| Self::Blob(bytes.to_vec());
    Vec<u8> => |bytes| Self::Blob(bytes);
    &[u8; 16] => |bytes| Self::Blob(bytes.to_vec());
    &[u8; 32] => |bytes| Self::Blob(bytes.to_vec());
    [u8; 32] => |bytes| Self::Blob(bytes.to_vec());
    RowId => |id| Self::Blob(id.0.to_vec());
    Timestamp => |at| Self::Int(at.timestamp_micros());
    &UserId => |user| Self::Text(user.as_str().to_owned());
    &Holder => |holder| Self::Text(holder.to_string());
    &OperatorName => |name| Self::Text(name.as_str().to_owned());
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// A row of a result, read column by column in the order of the SELECT.
#[derive(Debug)]
pub(super) struct Row {
    values: std::vec::IntoIter<Value>,
    table: &'static str,
    column: usize,
}

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self { values: values.into_iter(), table: "", column: 0 }
    }

    /// Says what is being read, for the error when it is broken.
    pub(super) fn of(mut self, table: &'static str) -> Self {
        self.table = table;
        self
    }

    /// The same row from a column on, counted from 0, for a second try at what is left of it.
    pub(super) fn at(&self, column: usize) -> Self {
        let mut values = self.values.clone();
        values.by_ref().take(column).for_each(drop);
        Self { values, table: self.table, column }
    }

    pub(super) fn int(&mut self) -> Result<i64> {
        self.opt_int()?.ok_or_else(|| self.broken("is absent"))
    }

    pub(super) fn opt_int(&mut self) -> Result<Option<i64>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(number)),
            Value::Text(_) | Value::Blob(_) => Err(self.broken("is no whole number")),
        }
    }

    pub(super) fn truth(&mut self) -> Result<bool> {
        match self.int()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.broken("is no truth value")),
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        self.opt_text()?.ok_or_else(|| self.broken("is absent"))
    }

    pub(super) fn opt_text(&mut self) -> Result<Option<String>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Int(_) | Value::Blob(_) => Err(self.broken("is no text")),
        }
    }

    /// A text that parses: a word of a checked column, an identity.
    pub(super) fn parsed<T: FromStr>(&mut self) -> Result<T> {
        self.text()?.parse().map_err(|_| self.broken("can't be read"))
    }

    pub(super) fn opt_parsed<T: FromStr>(&mut self) -> Result<Option<T>> {
        let text = self.opt_text()?;
        text.map(|text| text.parse().map_err(|_| self.broken("can't be read"))).transpose()
    }

    pub(super) fn blob(&mut self) -> Result<Vec<u8>> {
        self.opt_blob()?.ok_or_else(|| self.broken("is absent"))
    }

    pub(super) fn opt_blob(&mut self) -> Result<Option<Vec<u8>>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            Value::Int(_) | Value::Text(_) => Err(self.broken("are no bytes")),
        }
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.opt_bytes()?.ok_or_else(|| self.broken("is absent"))
    }

    pub(super) fn opt_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        let bytes = self.opt_blob()?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| self.broken("has another length"))).transpose()
    }

    pub(super) fn id(&mut self) -> Result<RowId> {
        self.bytes().map(RowId)
    }

    pub(super) fn opt_id(&mut self) -> Result<Option<RowId>> {
        Ok(self.opt_bytes()?.map(RowId))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp> {
        self.opt_time()?.ok_or_else(|| self.broken("is absent"))
    }

    pub(super) fn opt_time(&mut self) -> Result<Option<Timestamp>> {
        let micros = self.opt_int()?;
        micros
            .map(|micros| Timestamp::from_timestamp_micros(micros).ok_or_else(|| self.broken("is no moment")))
            .transpose()
    }

    fn next(&mut self) -> Result<Value> {
        self.column += 1;
        self.values.next().ok_or_else(|| self.broken("was not selected"))
    }

    /// Names the column read last, by its place in the SELECT.
    pub(super) fn broken(&self, how: &str) -> StoreError {
        StoreError::broken(format_args!("{}, column {}: {how}", self.table, self.column))
    }
}

/// The one row of a query by key.
pub(super) fn single(mut rows: Vec<Row>) -> Result<Option<Row>> {
    let row = rows.pop();
    if rows.is_empty() { Ok(row) } else { Err(StoreError::Impossible(rows.len() as u64 + 1)) }
}

/// The one number of a query that counts.
pub(super) fn count(rows: Vec<Row>) -> Result<i64> {
    single(rows)?.ok_or_else(|| StoreError::broken("a count gave no row"))?.int()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_another_shape_is_broken_and_says_where_but_not_what() {
        let row = |value| Row::new(vec![Value::Int(1), value]).of("token");
        let broken = |read: fn(&mut Row) -> Result<()>, value| {
            let mut row = row(value);
            row.int().unwrap();
            read(&mut row).unwrap_err().to_string()
        };
        let text = || Value::Text("secret".to_owned());
        for message in [
            broken(|row| row.int().map(drop), text()),
            broken(|row| row.truth().map(drop), Value::Int(2)),
            broken(|row| row.blob().map(drop), text()),
            broken(|row| row.text().map(drop), Value::Null),
            broken(|row| row.bytes::<16>().map(drop), Value::Blob(b"secret".to_vec())),
            broken(|row| row.parsed::<UserId>().map(drop), text()),
            broken(|row| row.time().map(drop), Value::Int(i64::MAX)),
            broken(|row| row.int().and_then(|_| row.int()).map(drop), Value::Int(1)),
        ] {
            assert!(message.contains("token, column") && !message.contains("secret"), "{message}");
        }
    }
}
