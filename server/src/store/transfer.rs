//! Transfers: papers, and the tokens on each.

use tokenfleet_domain::ids::{OperatorName, RowId};
use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::stock::{Arrival, Transfer, TransferName};

use super::conn::{Row, args, count, single};
use super::error::{Result, StoreError, inserted, swapped};
use super::stock::{StockKind, usable};
use super::tx::Tx;

/// A token on a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferItem {
    /// Which.
    pub token: RowId,
    /// Its serial, as the vendor wrote it.
    pub serial: String,
    /// Where it came from.
    pub origin: Option<String>,
    /// How its way ended.
    pub end: Option<ArrivalEnd>,
}

/// The end of a token's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivalEnd {
    /// When.
    pub at: Timestamp,
    /// Who said so.
    pub by: OperatorName,
    /// How.
    pub arrival: Arrival,
}

macro_rules! transfers {
    ($($rest:literal),+) => {
        concat!("SELECT name, destination, note, sent_at, sent_by, completed_at FROM transfer WHERE ", $($rest),+)
    };
}

const INSERT: &str = "INSERT INTO transfer (name, destination, note, sent_at, sent_by, completed_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, NULL) ON CONFLICT DO NOTHING";
const COUNT_OF_DAY: &str = "SELECT COUNT(*) FROM transfer WHERE name >= ?1 AND name < ?2";
const FIND: &str = transfers!("name = ?1");
const PAGE: &str = transfers!("(sent_at, name) < (?1, ?2) ORDER BY sent_at DESC, name DESC LIMIT ?3");
const PAGE_OPEN: &str =
    transfers!("completed_at IS NULL AND (sent_at, name) < (?1, ?2) ORDER BY sent_at DESC, name DESC LIMIT ?3");
const COMPLETE: &str = "UPDATE transfer SET completed_at = ?2 WHERE name = ?1 AND completed_at IS NULL";
const INSERT_ITEM: &str = "INSERT INTO transfer_item (transfer, token, origin, ended_at, ended_by, arrival) \
     VALUES (?1, ?2, ?3, NULL, NULL, NULL)";
const END_ITEM: &str = "UPDATE transfer_item SET ended_at = ?3, ended_by = ?4, arrival = ?5 \
     WHERE transfer = ?1 AND token = ?2 AND ended_at IS NULL";
const ITEMS: &str = "SELECT i.token, t.serial, i.origin, i.ended_at, i.ended_by, i.arrival \
     FROM transfer_item i CROSS JOIN token t WHERE t.id = i.token AND i.transfer = ?1 ORDER BY i.token";
const ON_ITS_WAY: &str = "SELECT transfer FROM transfer_item WHERE token = ?1 AND ended_at IS NULL";
const ON_THEIR_WAY: &str = concat!(
    "SELECT t.location, t.vendor, t.model, COUNT(*) FROM transfer_item i CROSS JOIN token t CROSS JOIN lot l \
     WHERE i.ended_at IS NULL AND t.id = i.token AND l.id = t.lot AND l.state = 'open' AND ",
    usable!(),
    " GROUP BY t.location, t.vendor, t.model"
);

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, PAGE, PAGE_OPEN, ITEMS, ON_ITS_WAY, COUNT_OF_DAY];

/// The count that walks what is on its way, and nothing else.
#[cfg(test)]
pub(super) const COUNT: &str = ON_THEIR_WAY;

impl Tx<'_> {
    /// Adds a transfer. A name that is taken is stale: whoever counted those of the day counts again.
    pub fn transfer_insert(&mut self, transfer: &Transfer) -> Result<()> {
        let Transfer { name, to, note, sent_at, sent_by, .. } = transfer;
        let row = args![name.as_str(), to.as_str(), note, *sent_at, sent_by];
        if inserted(self.conn.execute(INSERT, row)?)? { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Puts a token on a transfer. It is on one way at a time.
    pub fn transfer_item_insert(&mut self, transfer: &TransferName, token: RowId, origin: Option<&str>) -> Result<()> {
        swapped(self.conn.execute(INSERT_ITEM, args![transfer.as_str(), token, origin])?)
    }

    /// How many transfers there are of the day that `now` is in Japan.
    pub fn transfers_of_day(&mut self, now: Timestamp) -> Result<u64> {
        let prefix = LotName::day_prefix(now);
        // The letters that follow the prefix are all below '{'.
        let counted = count(self.conn.query(COUNT_OF_DAY, args![&prefix, format!("{prefix}{{")])?)?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }

    /// The transfer of a name.
    pub fn transfer_find(&mut self, name: &TransferName) -> Result<Option<Transfer>> {
        single(self.conn.query(FIND, args![name.as_str()])?)?.map(read).transpose()
    }

    /// Transfers before a place, the newest first; all, or those that are not complete.
    pub fn transfer_page(
        &mut self,
        open: bool,
        before: Option<(Timestamp, TransferName)>,
        limit: u32,
    ) -> Result<Vec<Transfer>> {
        let (at, name) =
            before.map_or((i64::MAX, String::new()), |(at, name)| (at.timestamp_micros(), name.as_str().to_owned()));
        let rows = self.conn.query(if open { PAGE_OPEN } else { PAGE }, args![at, name, limit])?;
        rows.into_iter().map(read).collect()
    }

    /// The tokens on a transfer, the oldest import first.
    pub fn transfer_items(&mut self, name: &TransferName) -> Result<Vec<TransferItem>> {
        self.conn.query(ITEMS, args![name.as_str()])?.into_iter().map(read_item).collect()
    }

    /// Ends the way of a token; one that has ended is stale.
    pub fn transfer_item_end(&mut self, transfer: &TransferName, token: RowId, end: &ArrivalEnd) -> Result<()> {
        let ArrivalEnd { at, by, arrival } = end;
        swapped(self.conn.execute(END_ITEM, args![transfer.as_str(), token, *at, by, arrival.as_str()])?)
    }

    /// Says that nothing is on its way any more.
    pub fn transfer_complete(&mut self, transfer: &TransferName, now: Timestamp) -> Result<()> {
        swapped(self.conn.execute(COMPLETE, args![transfer.as_str(), now])?)
    }

    /// The transfer a token is on its way with.
    pub fn transfer_of_token(&mut self, token: RowId) -> Result<Option<TransferName>> {
        let row = single(self.conn.query(ON_ITS_WAY, args![token])?)?;
        row.map(|row| row.of("transfer_item").parsed()).transpose()
    }

    /// How many usable tokens of the shelf are on their way, by the kind and place they are counted under.
    pub fn transfer_counts(&mut self) -> Result<Vec<(StockKind, i64)>> {
        let rows = self.conn.query(ON_THEIR_WAY, &[])?;
        rows.into_iter().map(|row| super::stock::read_kind_count(row.of("transfer_item"))).collect()
    }
}

fn read(row: Row) -> Result<Transfer> {
    let mut row = row.of("transfer");
    Ok(Transfer {
        name: row.parsed()?,
        to: row.parsed()?,
        note: row.text()?,
        sent_at: row.time()?,
        sent_by: row.parsed()?,
        completed_at: row.opt_time()?,
    })
}

fn read_item(row: Row) -> Result<TransferItem> {
    let mut row = row.of("transfer_item");
    let (token, serial, origin) = (row.id()?, row.text()?, row.opt_text()?);
    let end = match row.opt_time()? {
        None => None,
        Some(at) => Some(ArrivalEnd { at, by: row.parsed()?, arrival: row.parsed()? }),
    };
    Ok(TransferItem { token, serial, origin, end })
}
