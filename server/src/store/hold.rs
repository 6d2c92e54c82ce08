//! Holds that are rows of their own. A token whose row failed its MAC is put on hold here and its row left as it is.

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::token::Hold;

use super::conn::{args, count};
use super::error::{Result, StoreError, inserted};
use super::tx::Tx;

const ADD: &str = "INSERT INTO token_hold (token, kind, since, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
const COUNT: &str = "SELECT COUNT(*) FROM token_hold WHERE kind = ?1";
const COUNT_BY_LOT: &str = "SELECT COUNT(*) FROM lot l CROSS JOIN token t \
     WHERE t.lot = l.id AND l.state IN ('closed', 'quarantined', 'recalled')";
const COUNT_FREE: &str = "SELECT COUNT(*) FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND l.state = 'open' \
     AND NOT EXISTS (SELECT 1 FROM token_hold h WHERE h.token = t.id)";

impl Tx<'_> {
    /// Puts a token on hold for its row or for a recovery; whether it was not on that hold before.
    pub fn hold_add(&mut self, token: RowId, hold: Hold, reason: &str) -> Result<bool> {
        match hold {
            Hold::Integrity | Hold::Recovery => {
                let now = self.now;
                inserted(self.conn.execute(ADD, args![token, hold.as_str(), now, reason])?)
            }
            Hold::None | Hold::Lot => Err(StoreError::broken("token_hold: this hold is no row")),
        }
    }

    /// How many tokens are on that hold, by the rows that say so.
    pub fn hold_count(&mut self, hold: Hold) -> Result<i64> {
        let rows = match hold {
            Hold::Integrity | Hold::Recovery => self.conn.query(COUNT, args![hold.as_str()]),
            Hold::Lot => self.conn.query(COUNT_BY_LOT, &[]),
            Hold::None => self.conn.query(COUNT_FREE, &[]),
        };
        count(rows?)
    }
}
