//! The one lease of imports: who may import now, and until when. An epoch that was overtaken can do nothing more.

use tokenfleet_domain::ports::Timestamp;

use super::conn::{args, single};
use super::error::{Result, StoreError, inserted};
use super::tx::Tx;

const TAKE: &str = "UPDATE import_lease SET epoch = epoch + 1, holder = ?1, until = ?2 WHERE id = 1 AND until <= ?3";
const HELD: &str = "SELECT epoch, holder FROM import_lease WHERE id = 1";
const RENEW: &str = "UPDATE import_lease SET until = ?2 WHERE id = 1 AND epoch = ?1 AND until > ?3";
const RELEASE: &str = "UPDATE import_lease SET until = 0 WHERE id = 1 AND epoch = ?1";
const UNTIL: &str = "SELECT until FROM import_lease WHERE id = 1";
const CLEAR: &str = "UPDATE import_lease SET until = 0 WHERE id = 1";

impl Tx<'_> {
    /// Takes the lease where nobody has it: its epoch, or who holds it, an operator or the service itself.
    pub fn lease_take(&mut self, holder: &str, now: Timestamp, until: Timestamp) -> Result<Result<i64, String>> {
        let taken = inserted(self.conn.execute(TAKE, args![holder, until, now])?)?;
        let row = single(self.conn.query(HELD, &[])?)?;
        let mut row = row.ok_or_else(|| StoreError::broken("import_lease has no row"))?.of("import_lease");
        let epoch = row.int()?;
        if taken { Ok(Ok(epoch)) } else { row.text().map(Err) }
    }

    /// Prolongs a lease that has not run out; false where it has, or another holds it.
    pub fn lease_renew(&mut self, epoch: i64, now: Timestamp, until: Timestamp) -> Result<bool> {
        inserted(self.conn.execute(RENEW, args![epoch, until, now])?)
    }

    /// Gives the lease back; of one that was overtaken nothing is left to give.
    pub fn lease_release(&mut self, epoch: i64) -> Result<()> {
        inserted(self.conn.execute(RELEASE, args![epoch])?).map(drop)
    }

    /// Whether nobody has the lease.
    pub fn lease_is_free(&mut self, now: Timestamp) -> Result<bool> {
        let row = single(self.conn.query(UNTIL, &[])?)?;
        let until = row.ok_or_else(|| StoreError::broken("import_lease has no row"))?.of("import_lease").time()?;
        Ok(until <= now)
    }

    /// Takes the lease from whoever has it: for the start of the one process that owns the database.
    pub fn lease_clear(&mut self) -> Result<()> {
        inserted(self.conn.execute(CLEAR, &[])?).map(drop)
    }
}
