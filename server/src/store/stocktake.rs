//! Stocktakes: what was scanned, and what a closed one says.

use tokenfleet_domain::ids::{OperatorName, RowId};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::stock::{Stocktake, StocktakeEnd, StocktakeName, StocktakeWord};

use super::conn::{Insert, Kind, Row, args, count, single};
use super::error::{Result, StoreError, inserted, swapped};
use super::token::Found;
use super::tx::Tx;

/// Something that was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The token's name, or the serial nobody knows.
    pub scanned: String,
    /// The token, where it is one.
    pub token: Option<RowId>,
    /// When.
    pub at: Timestamp,
    /// Who scanned it.
    pub by: OperatorName,
}

/// What a closed stocktake says of a token that was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StocktakeLine {
    /// Its place among them, from 1.
    pub place: i64,
    /// The serial.
    pub serial: String,
    /// The token, where it is one.
    pub token: Option<RowId>,
    /// What is said.
    pub word: StocktakeWord,
}

macro_rules! stocktakes {
    ($($rest:literal),+) => {
        concat!(
            "SELECT name, location, started_at, started_by, closed_at, closed_by, found, missing, surplus \
             FROM stocktake WHERE ",
            $($rest),+
        )
    };
}

const INSERT: &str = "INSERT INTO stocktake (name, location, started_at, started_by) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT DO NOTHING";
const COUNT_OF_DAY: &str = "SELECT COUNT(*) FROM stocktake WHERE name >= ?1 AND name < ?2";
const FIND: &str = stocktakes!("name = ?1");
const OPEN_AT: &str = stocktakes!("location = ?1 AND closed_at IS NULL");
const PAGE: &str = stocktakes!("(started_at, name) < (?1, ?2) ORDER BY started_at DESC, name DESC LIMIT ?3");
const CLOSE: &str = "UPDATE stocktake SET closed_at = ?2, closed_by = ?3, found = ?4, missing = ?5, surplus = ?6 \
     WHERE name = ?1 AND closed_at IS NULL";
const INSERT_SCAN: &str = "INSERT INTO stocktake_scan (stocktake, scanned, token, scanned_at, scanned_by) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
const SCANS: &str = "SELECT scanned, token, scanned_at, scanned_by FROM stocktake_scan \
     WHERE stocktake = ?1 AND scanned > ?2 ORDER BY scanned LIMIT ?3";
const COUNT_SCANS: &str = "SELECT COUNT(*) FROM stocktake_scan WHERE stocktake = ?1";
const SHELF: &str = "SELECT t.id FROM token t CROSS JOIN lot l WHERE t.location = ?1 AND t.custody = 'in_stock' \
     AND l.id = t.lot AND l.state <> 'staging' AND l.state <> 'reverted' \
     AND NOT EXISTS (SELECT 1 FROM transfer_item i WHERE i.token = t.id AND i.ended_at IS NULL) \
     ORDER BY t.model, t.id";
const LINES: &str = "SELECT place, serial, token, word FROM stocktake_line \
     WHERE stocktake = ?1 AND place > ?2 ORDER BY place LIMIT ?3";

static INSERT_LINES: Insert = Insert {
    table: "stocktake_line",
    columns: &[
        ("stocktake", Kind::Text),
        ("place", Kind::Int),
        ("serial", Kind::Text),
        ("token", Kind::Blob),
        ("word", Kind::Text),
    ],
};

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, OPEN_AT, PAGE, SCANS, COUNT_SCANS, SHELF, LINES, COUNT_OF_DAY];

impl Tx<'_> {
    /// Adds a stocktake. A name that is taken is stale: whoever counted those of the day counts again.
    pub fn stocktake_insert(&mut self, stocktake: &Stocktake) -> Result<()> {
        let Stocktake { name, location, started_at, started_by, .. } = stocktake;
        let row = args![name.as_str(), location.as_str(), *started_at, started_by];
        if inserted(self.conn.execute(INSERT, row)?)? { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// How many stocktakes there are of the day that `now` is in Japan.
    pub fn stocktakes_of_day(&mut self, now: Timestamp) -> Result<u64> {
        let prefix = LotName::day_prefix(now);
        // The letters that follow the prefix are all below '{'.
        let counted = count(self.conn.query(COUNT_OF_DAY, args![&prefix, format!("{prefix}{{")])?)?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }

    /// The stocktake of a name.
    pub fn stocktake_find(&mut self, name: &StocktakeName) -> Result<Option<Stocktake>> {
        single(self.conn.query(FIND, args![name.as_str()])?)?.map(read).transpose()
    }

    /// The stocktake that goes on in a location.
    pub fn stocktake_open_at(&mut self, location: &LocationName) -> Result<Option<Stocktake>> {
        single(self.conn.query(OPEN_AT, args![location.as_str()])?)?.map(read).transpose()
    }

    /// Stocktakes before a place, the newest first.
    pub fn stocktake_page(&mut self, before: Option<(Timestamp, StocktakeName)>, limit: u32) -> Result<Vec<Stocktake>> {
        let (at, name) =
            before.map_or((i64::MAX, String::new()), |(at, name)| (at.timestamp_micros(), name.as_str().to_owned()));
        self.conn.query(PAGE, args![at, name, limit])?.into_iter().map(read).collect()
    }

    /// Keeps what was scanned; false where it was scanned before.
    pub fn stocktake_scan(&mut self, stocktake: &StocktakeName, scan: &Scan) -> Result<bool> {
        let Scan { scanned, token, at, by } = scan;
        inserted(self.conn.execute(INSERT_SCAN, args![stocktake.as_str(), scanned, *token, *at, by])?)
    }

    /// How much was scanned.
    pub fn stocktake_scan_count(&mut self, stocktake: &StocktakeName) -> Result<i64> {
        count(self.conn.query(COUNT_SCANS, args![stocktake.as_str()])?)
    }

    /// What was scanned, in an order of its own, behind one.
    pub fn stocktake_scans(&mut self, stocktake: &StocktakeName, after: &str, limit: u32) -> Result<Vec<Scan>> {
        let rows = self.conn.query(SCANS, args![stocktake.as_str(), after, limit])?;
        rows.into_iter().map(read_scan).collect()
    }

    /// The tokens that should be on the shelf of a location, by model, the oldest import first.
    pub fn stocktake_shelf(&mut self, location: &LocationName) -> Result<Vec<RowId>> {
        let rows = self.conn.query(SHELF, args![location.as_str()])?;
        rows.into_iter().map(|row| row.of("token").id()).collect()
    }

    /// Ends a stocktake, with what it says; one that has ended is stale.
    pub fn stocktake_close(
        &mut self,
        stocktake: &StocktakeName,
        end: &StocktakeEnd,
        lines: &[StocktakeLine],
    ) -> Result<()> {
        let StocktakeEnd { at, by, found, missing, surplus } = end;
        let values = args![stocktake.as_str(), *at, by, *found, *missing, *surplus];
        swapped(self.conn.execute(CLOSE, values)?)?;
        let line = |line: &StocktakeLine| {
            let StocktakeLine { place, serial, token, word } = line;
            args![stocktake.as_str(), *place, serial, *token, word.as_str()].to_vec()
        };
        self.conn.insert_many(&INSERT_LINES, lines.iter().map(line).collect()).map(drop)
    }

    /// What a closed stocktake says, behind a place.
    pub fn stocktake_lines(&mut self, name: &StocktakeName, after: i64, limit: u32) -> Result<Vec<StocktakeLine>> {
        self.conn.query(LINES, args![name.as_str(), after, limit])?.into_iter().map(read_line).collect()
    }
}

/// What a token that was scanned is kept by.
pub fn scanned_as(found: &Found) -> String {
    found.token.name().to_string()
}

fn read(row: Row) -> Result<Stocktake> {
    let mut row = row.of("stocktake");
    let (name, location, started_at, started_by) = (row.parsed()?, row.parsed()?, row.time()?, row.parsed()?);
    let closed = match row.opt_time()? {
        None => None,
        Some(at) => {
            Some(StocktakeEnd { at, by: row.parsed()?, found: row.int()?, missing: row.int()?, surplus: row.int()? })
        }
    };
    Ok(Stocktake { name, location, started_at, started_by, closed })
}

fn read_scan(row: Row) -> Result<Scan> {
    let mut row = row.of("stocktake_scan");
    Ok(Scan { scanned: row.text()?, token: row.opt_id()?, at: row.time()?, by: row.parsed()? })
}

fn read_line(row: Row) -> Result<StocktakeLine> {
    let mut row = row.of("stocktake_line");
    Ok(StocktakeLine { place: row.int()?, serial: row.text()?, token: row.opt_id()?, word: row.parsed()? })
}
