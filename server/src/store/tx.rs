//! One transaction, as jobs see it. The nouns beside this file give it its methods.

use tokenfleet_domain::audit::Head;
use tokenfleet_domain::ports::{RowAuthority, Timestamp};

use super::conn::{Conn, Row, Value};
use super::error::Result;

/// From which end a list is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// A transaction: what is written in it is committed as a whole or not at all.
pub struct Tx<'a> {
    pub(super) conn: &'a mut dyn Conn,
    pub(super) authority: &'a dyn RowAuthority,
    pub(super) now: Timestamp,
    /// The end of the lane's audit chain; None where nothing may be written.
    pub(super) head: Option<&'a mut Head>,
}

impl Tx<'_> {
    /// The transaction's one moment.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The last three columns of an authenticated row.
    pub(super) fn authenticated(&self, format: i64, canonical: impl Fn(i64) -> Vec<u8>) -> [Value; 3] {
        let key_id = self.authority.key_id();
        let mac = self.authority.sign(&canonical(key_id));
        [Value::Int(format), Value::Int(key_id), Value::from(mac)]
    }
}

/// The last three columns of an authenticated row, as read.
pub(super) struct RowMac {
    format: i64,
    key_id: i64,
    mac: Vec<u8>,
}

impl RowMac {
    pub(super) fn read(row: &mut Row) -> Result<Self> {
        Ok(Self { format: row.int()?, key_id: row.int()?, mac: row.blob()? })
    }

    /// Whether the row is what the service wrote in this format.
    pub(super) fn is_right(
        &self,
        authority: &dyn RowAuthority,
        format: i64,
        canonical: impl Fn(i64) -> Vec<u8>,
    ) -> bool {
        self.format == format && authority.verify(self.key_id, &canonical(self.key_id), &self.mac)
    }
}
