//! Outcomes by request id, so that asking again gives the same answer.

use tokenfleet_domain::ports::Timestamp;

use super::conn::{args, single};
use super::error::{Result, swapped};
use super::tx::Tx;

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// Keyed hash of what was asked.
    pub hash: [u8; 32],
    /// The outcome, in the form of whoever stored it.
    pub outcome: Vec<u8>,
}

const FIND: &str = "SELECT hash, outcome FROM request \
     WHERE principal = ?1 AND method = ?2 AND request_id = ?3 AND expires_at > ?4";
const PUT: &str = "INSERT INTO request (principal, method, request_id, hash, outcome, expires_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (principal, method, request_id) DO UPDATE \
     SET hash = excluded.hash, outcome = excluded.outcome, expires_at = excluded.expires_at \
     WHERE request.expires_at <= ?7";
const PURGE: &str = "DELETE FROM request WHERE (principal, method, request_id) IN \
     (SELECT principal, method, request_id FROM request WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";

impl Tx<'_> {
    /// The outcome of a request that has not expired.
    pub fn request_find(&mut self, principal: &str, method: &str, id: &[u8; 16]) -> Result<Option<StoredRequest>> {
        let now = self.now;
        let row = single(self.conn.query(FIND, args![principal, method, id, now])?)?;
        row.map(|row| {
            let mut row = row.of("request");
            Ok(StoredRequest { hash: row.bytes()?, outcome: row.blob()? })
        })
        .transpose()
    }

    /// Stores an outcome. Where there is one already, somebody else was first: stale, and the next run finds it.
    pub fn request_put(
        &mut self,
        principal: &str,
        method: &str,
        id: &[u8; 16],
        hash: &[u8; 32],
        outcome: &[u8],
        expires_at: Timestamp,
    ) -> Result<()> {
        let now = self.now;
        swapped(self.conn.execute(PUT, args![principal, method, id, hash, outcome, expires_at, now])?)
    }

    /// Deletes expired outcomes, at most `limit` of them; how many.
    pub fn request_purge(&mut self, now: Timestamp, limit: u32) -> Result<u64> {
        self.conn.execute(PURGE, args![now, limit])
    }
}
