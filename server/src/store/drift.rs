//! What was observed of a token's clock, append-only: how fast it runs off is seen from the whole series.

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{args, single};
use super::error::{Result, swapped};
use super::tx::Tx;

const APPEND: &str = "INSERT INTO drift_observation (token, observed_at, offset_steps, source) VALUES (?1, ?2, ?3, ?4)";
const LAST: &str = "SELECT observed_at, offset_steps FROM drift_observation WHERE token = ?1 \
     ORDER BY observed_at DESC LIMIT 1";

impl Tx<'_> {
    /// Adds an observation.
    pub fn drift_append(&mut self, token: RowId, at: Timestamp, offset_steps: i64, source: &str) -> Result<()> {
        swapped(self.conn.execute(APPEND, args![token, at, offset_steps, source])?)
    }

    /// The newest observation of a token.
    pub fn drift_last(&mut self, token: RowId) -> Result<Option<(Timestamp, i64)>> {
        let row = single(self.conn.query(LAST, args![token])?)?;
        row.map(|row| {
            let mut row = row.of("drift_observation");
            Ok((row.time()?, row.int()?))
        })
        .transpose()
    }
}
