//! Holds that are rows of their own. A token whose row failed its MAC is put on hold here and its row left as it is.

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::token::Hold;

use super::conn::args;
use super::error::{Result, StoreError, inserted};
use super::token::{is_counted, is_out};
use super::tx::Tx;

const ADD: &str = "INSERT INTO token_hold (token, kind, since, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
/// How many tokens there are by department, and whether they are out.
macro_rules! counted {
    ($from:literal) => {
        concat!("SELECT t.department, ", is_out!(), ", COUNT(*) FROM ", $from, " GROUP BY 1, 2")
    };
}

const COUNT: &str = counted!("token_hold h CROSS JOIN token t WHERE t.id = h.token AND h.kind = ?1");
const COUNT_BY_LOT: &str = counted!(
    "lot l CROSS JOIN token t WHERE t.lot = l.id AND (l.state IN ('closed', 'quarantined') \
     OR l.state = 'recalled' AND t.user_id IS NULL AND t.custody NOT IN ('lent', 'lost'))"
);
const COUNT_FREE: &str = counted!(
    "lot l CROSS JOIN token t WHERE t.lot = l.id AND (l.state = 'open' \
     OR l.state = 'recalled' AND (t.user_id IS NOT NULL OR t.custody IN ('lent', 'lost'))) \
     AND NOT EXISTS (SELECT 1 FROM token_hold h WHERE h.token = t.id)"
);

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

    /// How many tokens in the scope are on that hold, by the rows that say so.
    pub fn hold_count(&mut self, scope: &Scope, hold: Hold) -> Result<i64> {
        let rows = match hold {
            Hold::Integrity | Hold::Recovery => self.conn.query(COUNT, args![hold.as_str()]),
            Hold::Lot => self.conn.query(COUNT_BY_LOT, &[]),
            Hold::None => self.conn.query(COUNT_FREE, &[]),
        };
        let mut count = 0;
        for row in rows? {
            let mut row = row.of("token");
            if is_counted(&mut row, scope)? {
                count += row.int()?;
            }
        }
        Ok(count)
    }
}
