//! Reservations: tokens that are kept for a person for a while.

use tokenfleet_domain::ids::{OperatorName, RowId, UserId};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Row, Value, args, single};
use super::error::{Result, swapped};
use super::stock::{StockKind, read_kind_count, usable};
use super::tx::Tx;

/// A token that is kept for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Which token.
    pub token: RowId,
    /// For whom.
    pub user: UserId,
    /// The department it is kept through.
    pub department: Option<String>,
    /// Anything worth recording; often empty.
    pub note: String,
    /// Since when.
    pub made_at: Timestamp,
    /// Who said so.
    pub made_by: OperatorName,
    /// Until when; then it is free again.
    pub until: Timestamp,
}

macro_rules! reservations {
    ($($rest:literal),+) => {
        concat!(
            "SELECT r.token, r.user_id, r.department, r.note, r.made_at, r.made_by, r.kept_until \
             FROM reservation r ",
            $($rest),+
        )
    };
}

const INSERT: &str = "INSERT INTO reservation (token, user_id, department, note, made_at, made_by, kept_until) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const OF_TOKEN: &str = reservations!("WHERE r.token = ?1");
const DROP: &str = "DELETE FROM reservation WHERE token = ?1";
const DROP_PAST: &str = "DELETE FROM reservation WHERE kept_until <= ?1";
const PAGE: &str = reservations!(
    "CROSS JOIN token t WHERE (r.kept_until, r.token) > (?1, ?2) AND t.id = r.token AND t.custody = 'in_stock' \
     ORDER BY r.kept_until, r.token LIMIT ?3"
);
const COUNTS: &str = concat!(
    "SELECT t.location, t.vendor, t.model, COUNT(*) FROM reservation r CROSS JOIN token t CROSS JOIN lot l \
     WHERE r.kept_until > ?1 AND t.id = r.token AND l.id = t.lot AND l.state = 'open' AND ",
    usable!(),
    " GROUP BY t.location, t.vendor, t.model"
);
/// The oldest import first. What is kept for somebody, on its way, on hold, out of date or without a seed is not free.
const FREE: &str = "SELECT t.id FROM token t CROSS JOIN lot l WHERE t.location = ?1 AND t.model = ?2 \
     AND t.custody = 'in_stock' AND l.id = t.lot AND l.state = 'open' \
     AND (t.expires_at IS NULL OR t.expires_at > ?3) AND t.fingerprint IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM token_hold h WHERE h.token = t.id) \
     AND NOT EXISTS (SELECT 1 FROM transfer_item i WHERE i.token = t.id AND i.ended_at IS NULL) \
     AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.token = t.id AND r.kept_until > ?3) \
     ORDER BY t.id LIMIT ?4";

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[OF_TOKEN, PAGE, FREE];

/// The count that walks what is kept, and nothing else.
#[cfg(test)]
pub(super) const COUNT: &str = COUNTS;

impl Tx<'_> {
    /// Adds a reservation. A token has at most one.
    pub fn reservation_insert(&mut self, reservation: &Reservation) -> Result<()> {
        let Reservation { token, user, department, note, made_at, made_by, until } = reservation;
        let row = args![*token, user, department.as_deref(), note, *made_at, made_by, *until];
        swapped(self.conn.execute(INSERT, row)?)
    }

    /// The reservation of a token; it may have run out.
    pub fn reservation_of_token(&mut self, token: RowId) -> Result<Option<Reservation>> {
        single(self.conn.query(OF_TOKEN, args![token])?)?.map(read).transpose()
    }

    /// Takes the reservation of a token away, where it has one.
    pub fn reservation_drop(&mut self, token: RowId) -> Result<()> {
        self.conn.execute(DROP, args![token]).map(drop)
    }

    /// Takes away what has run out: for whom it was is nobody's business any more.
    pub fn reservations_drop_past(&mut self, now: Timestamp) -> Result<()> {
        self.conn.execute(DROP_PAST, args![now]).map(drop)
    }

    /// Reservations of tokens on the shelf behind a place, those that end first first.
    pub fn reservation_page(&mut self, after: (Timestamp, Option<RowId>), limit: u32) -> Result<Vec<Reservation>> {
        let (until, token) = after;
        // No id is longer than 16 bytes, so 17 bytes stand behind all that end in the same moment.
        let token = token.map_or(Value::Blob(vec![0xff; 17]), Value::from);
        self.conn.query(PAGE, &[until.into(), token, limit.into()])?.into_iter().map(read).collect()
    }

    /// How many usable tokens of the shelf are kept for somebody, by kind and place.
    pub fn reservation_counts(&mut self, now: Timestamp) -> Result<Vec<(StockKind, i64)>> {
        let rows = self.conn.query(COUNTS, args![now])?;
        rows.into_iter().map(|row| read_kind_count(row.of("reservation"))).collect()
    }

    /// The tokens of a model in a location that are free, the oldest import first.
    pub fn stock_free(
        &mut self,
        location: &LocationName,
        model: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<RowId>> {
        let rows = self.conn.query(FREE, args![location.as_str(), model, now, limit])?;
        rows.into_iter().map(|row| row.of("token").id()).collect()
    }
}

fn read(row: Row) -> Result<Reservation> {
    let mut row = row.of("reservation");
    Ok(Reservation {
        token: row.id()?,
        user: row.parsed()?,
        department: row.opt_text()?,
        note: row.text()?,
        made_at: row.time()?,
        made_by: row.parsed()?,
        until: row.time()?,
    })
}
