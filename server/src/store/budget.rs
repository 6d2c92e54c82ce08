//! Budgets: how often something was done to or by somebody in a stretch of time. Charging and asking are one statement.

use tokenfleet_domain::ports::Timestamp;

use super::conn::args;
use super::error::{Result, inserted};
use super::tx::Tx;

const CHARGE: &str = "INSERT INTO budget (subject, kind, window_start, used) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (subject, kind, window_start) DO UPDATE SET used = budget.used + ?4 WHERE budget.used + ?4 <= ?5";
const PURGE: &str = "DELETE FROM budget WHERE (subject, kind, window_start) IN \
     (SELECT subject, kind, window_start FROM budget WHERE window_start < ?1 ORDER BY window_start LIMIT ?2)";

impl Tx<'_> {
    /// Charges some; false, and nothing charged, where the limit does not allow all of them.
    pub fn budget_charge(
        &mut self,
        subject: &str,
        kind: &str,
        window_start: Timestamp,
        count: i64,
        limit: i64,
    ) -> Result<bool> {
        // The first charge of a window is a plain insert, which no limit stops.
        if count > limit {
            return Ok(false);
        }
        inserted(self.conn.execute(CHARGE, args![subject, kind, window_start, count, limit])?)
    }

    /// Deletes windows that began before a moment, at most `limit` of them; how many.
    pub fn budget_purge(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        self.conn.execute(PURGE, args![before, limit])
    }
}
