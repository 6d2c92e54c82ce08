//! Lots. A lot's row is written whole and has a MAC of its own: its state keeps all its tokens from use.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::ids::{RowId, Serial};
use tokenfleet_domain::lot::{Destruction, Lot, LotName, Rereading};
use tokenfleet_domain::ports::RowAuthority;
use tokenfleet_domain::spelling::Spelling;

use super::conn::{Row, Value, args, count, single};
use super::error::{Result, StoreError, inserted, swapped};
use super::tx::{RowMac, Tx};

/// The newest version of the encoding under the row's MAC.
const ROW_FORMAT: i64 = 2;
/// The version before a lot could be read in several ways.
pub(super) const FIRST_FORMAT: i64 = 1;

/// The columns, in the order in which they are read and written.
macro_rules! lot_columns {
    () => {
        "id, name, state, file_name, file_sha256, format, secret_encoding, tokens, imported_by, created_at, version, \
         readings, rereading, seed_gen, row_format, mac_key_id, row_mac"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO lot (",
    lot_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO NOTHING"
);
const SWAP: &str = "UPDATE lot SET name = ?2, state = ?3, file_name = ?4, file_sha256 = ?5, format = ?6, \
     secret_encoding = ?7, tokens = ?8, imported_by = ?9, created_at = ?10, version = ?11, readings = ?12, \
     rereading = ?13, seed_gen = ?14, row_format = ?15, mac_key_id = ?16, row_mac = ?17 WHERE id = ?1 AND version = ?18";
/// Lots, each with the destruction of its file beside it.
macro_rules! lots {
    ($which:literal) => {
        concat!(
            "SELECT ",
            lot_columns!(),
            ", d.method, d.destroyed_by, d.destroyed_at, d.note, d.confirmed_by, d.confirmed_at \
             FROM lot LEFT JOIN lot_destruction d ON d.lot = lot.id WHERE ",
            $which
        )
    };
}
const FIND: &str = lots!("name = ?1");
const PAGE: &str = lots!("id < ?1 AND state <> 'staging' ORDER BY id DESC LIMIT ?2");
const PAGE_WITH_FILE: &str = lots!(
    "id < ?1 AND state <> 'staging' AND state <> 'reverted' AND format <> ?3 AND d.lot IS NULL ORDER BY id DESC LIMIT ?2"
);
const UNFINISHED: &str = lots!(
    "state = 'staging' OR (state = 'reverted' AND EXISTS (SELECT 1 FROM token WHERE token.lot = lot.id)) ORDER BY id"
);
const OF_FILE: &str = lots!("file_sha256 = ?1 AND state <> 'staging' AND state <> 'reverted' ORDER BY id DESC LIMIT 1");
const COUNT_OF_DAY: &str = "SELECT COUNT(*) FROM lot WHERE name >= ?1 AND name < ?2";
const REREADING: &str = lots!("rereading <> '' ORDER BY id");
const INSERT_DESTRUCTION: &str = "INSERT INTO lot_destruction (lot, method, destroyed_by, destroyed_at, note, confirmed_by, \
     confirmed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
/// A token that was read anew has one version and one generation more, and was not touched by that.
macro_rules! touched {
    () => {
        " FROM token WHERE lot = ?1 AND version > COALESCE(seed_gen, 1)"
    };
}
const TOUCHED: &str = concat!("SELECT COUNT(*)", touched!());
const FIRST_TOUCHED: &str = concat!("SELECT serial", touched!(), " ORDER BY id LIMIT 1");
const DROP_TOKENS: &str = "DELETE FROM token WHERE id IN (SELECT t.id FROM lot l CROSS JOIN token t \
     WHERE l.id = ?1 AND (l.state = 'staging' OR l.state = 'reverted') AND t.lot = l.id ORDER BY t.id LIMIT ?2)";
const DELETE: &str = "DELETE FROM lot WHERE id = ?1 AND state = 'staging'";

impl Tx<'_> {
    /// Adds a lot. A name that is taken is stale: whoever counted the lots of the day counts again.
    pub fn lot_insert(&mut self, lot: &Lot) -> Result<()> {
        let values = self.lot_values(lot);
        if inserted(self.conn.execute(INSERT, &values)?)? { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Writes the next version of a lot over the one that is held.
    pub fn lot_swap(&mut self, held: &Lot, next: &Lot) -> Result<()> {
        if next.id != held.id || next.version != held.version + 1 {
            return Err(StoreError::broken("lot: a swap writes the next version of the same row"));
        }
        let mut values = self.lot_values(next);
        values.push(held.version.into());
        swapped(self.conn.execute(SWAP, &values)?)
    }

    /// The lot of a name, in whatever state.
    pub fn lot_find(&mut self, name: &LotName) -> Result<Option<Lot>> {
        let row = single(self.conn.query(FIND, args![name.as_str()])?)?;
        row.map(|row| intact(row, self.authority)).transpose()
    }

    /// Lots from the newest, older than `before`, without those that are being imported.
    pub fn lot_page(&mut self, before: Option<RowId>, limit: u32) -> Result<Vec<Lot>> {
        // Longer than any id, so behind all of them.
        let before = before.map_or_else(|| Value::Blob(vec![0xff; 17]), Value::from);
        self.lots(PAGE, &[before, limit.into()])
    }

    /// The newest lot that a file of this hash became and that was not taken out again.
    pub fn lot_of_file(&mut self, sha256: &str) -> Result<Option<Lot>> {
        Ok(self.lots(OF_FILE, args![sha256])?.pop())
    }

    /// The same of lots whose seed file nobody said was destroyed.
    pub fn lot_page_with_file(&mut self, before: Option<RowId>, limit: u32) -> Result<Vec<Lot>> {
        let before = before.map_or_else(|| Value::Blob(vec![0xff; 17]), Value::from);
        self.lots(PAGE_WITH_FILE, &[before, limit.into(), Lot::ADOPTED.into()])
    }

    /// Says that the seed file of a lot was destroyed; once.
    pub fn lot_destruction_insert(&mut self, lot: RowId, destruction: &Destruction) -> Result<()> {
        let Destruction { method, by, at, note, confirmed_by, confirmed_at } = destruction;
        let values = args![lot, method.as_str(), by, *at, note, confirmed_by, *confirmed_at];
        if inserted(self.conn.execute(INSERT_DESTRUCTION, values)?)? { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Lots whose tokens are on their way out: an import has not ended, or a revert has not removed them all.
    pub fn lots_unfinished(&mut self) -> Result<Vec<Lot>> {
        self.lots(UNFINISHED, &[])
    }

    /// Lots whose tokens are being read anew.
    pub fn lots_rereading(&mut self) -> Result<Vec<Lot>> {
        self.lots(REREADING, &[])
    }

    /// How many lots have a name that begins with this.
    pub fn lot_count_of_day(&mut self, prefix: &str) -> Result<i64> {
        // The letters that follow the prefix are all below '{'.
        count(self.conn.query(COUNT_OF_DAY, args![prefix, format!("{prefix}{{")])?)
    }

    /// How many tokens of a lot were changed since their import otherwise than by reading them anew, and the serial of
    /// one.
    pub fn lot_touched(&mut self, lot: RowId) -> Result<(i64, Option<Serial>)> {
        let touched = count(self.conn.query(TOUCHED, args![lot])?)?;
        let first = single(self.conn.query(FIRST_TOUCHED, args![lot])?)?;
        Ok((touched, first.map(|row| row.of("token").parsed()).transpose()?))
    }

    /// Deletes tokens of a lot that is being imported or was taken out, at most `limit` of them; how many there were to
    /// delete. Tokens that were ever lent can't be deleted.
    pub fn lot_drop_tokens(&mut self, lot: RowId, limit: u32) -> Result<u64> {
        self.conn.execute(DROP_TOKENS, args![lot, limit])
    }

    /// Deletes a lot whose import came to nothing, when its tokens are gone.
    pub fn lot_delete(&mut self, lot: RowId) -> Result<()> {
        inserted(self.conn.execute(DELETE, args![lot])?).map(drop)
    }

    fn lots(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Lot>> {
        let rows = self.conn.query(sql, args)?;
        rows.into_iter().map(|row| intact(row, self.authority)).collect()
    }

    fn lot_values(&self, lot: &Lot) -> Vec<Value> {
        let mut values = vec![
            lot.id.into(),
            lot.name.as_str().into(),
            lot.state.as_str().into(),
            (&lot.file_name).into(),
            (&lot.file_sha256).into(),
            (&lot.format).into(),
            (&lot.secret_encoding).into(),
            lot.tokens.into(),
            (&lot.imported_by).into(),
            lot.created_at.into(),
            lot.version.into(),
            readings_text(lot).into(),
            rereading_text(lot).into(),
            lot.seed_generation.into(),
        ];
        values.extend(self.authenticated(ROW_FORMAT, |key_id| canonical(lot, ROW_FORMAT, key_id)));
        values
    }
}

/// Reads a lot, and whether its row is what the service wrote; without what stands beside the row.
pub(super) fn read(row: &mut Row, authority: &dyn RowAuthority) -> Result<(Lot, bool)> {
    let lot = Lot {
        id: row.id()?,
        name: row.parsed()?,
        state: row.parsed()?,
        file_name: row.text()?,
        file_sha256: row.text()?,
        format: row.text()?,
        secret_encoding: row.text()?,
        tokens: row.int()?,
        imported_by: row.parsed()?,
        created_at: row.time()?,
        version: row.int()?,
        readings: read_readings(row)?,
        rereading: read_rereading(row)?,
        seed_generation: row.int()?,
        destruction: None,
    };
    let mac = RowMac::read(row)?;
    let is_of = |format| mac.is_right(authority, format, |key_id| canonical(&lot, format, key_id));
    let right = is_of(ROW_FORMAT) || is_of(FIRST_FORMAT) && has_first_columns_only(&lot);
    Ok((lot, right))
}

/// Whether nothing stands in the columns that the first version of the encoding does not cover.
fn has_first_columns_only(lot: &Lot) -> bool {
    lot.readings.is_empty() && lot.rereading.is_none() && lot.seed_generation == 1
}

fn readings_text(lot: &Lot) -> String {
    lot.readings.iter().map(|spelling| spelling.as_str()).collect::<Vec<_>>().join(" ")
}

fn read_readings(row: &mut Row) -> Result<Vec<Spelling>> {
    let text = row.text()?;
    let readings = text.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>();
    readings.map_err(|_| row.broken("is no list of readings"))
}

fn rereading_text(lot: &Lot) -> String {
    lot.rereading.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn read_rereading(row: &mut Row) -> Result<Option<Rereading>> {
    let text = row.text()?;
    let rereading = (!text.is_empty()).then(|| text.parse()).transpose();
    rereading.map_err(|_| row.broken("is no reading"))
}

fn intact(row: Row, authority: &dyn RowAuthority) -> Result<Lot> {
    let mut row = row.of("lot");
    match read(&mut row, authority)? {
        (lot, true) => Ok(Lot { destruction: read_destruction(&mut row)?, ..lot }),
        (lot, false) => Err(StoreError::broken(format_args!("lot {}: its MAC is wrong", lot.name))),
    }
}

fn read_destruction(row: &mut Row) -> Result<Option<Destruction>> {
    let Some(method) = row.opt_parsed()? else { return Ok(None) };
    Ok(Some(Destruction {
        method,
        by: row.text()?,
        at: row.time()?,
        note: row.text()?,
        confirmed_by: row.parsed()?,
        confirmed_at: row.time()?,
    }))
}

pub(super) fn canonical(lot: &Lot, format: i64, mac_key_id: i64) -> Vec<u8> {
    let first = Canon::new("lot-row/1")
        .bytes(&lot.id.0)
        .text(lot.name.as_str())
        .text(lot.state.as_str())
        .text(&lot.file_name)
        .text(&lot.file_sha256)
        .text(&lot.format)
        .text(&lot.secret_encoding)
        .int(lot.tokens)
        .text(lot.imported_by.as_str())
        .int(lot.created_at.timestamp_micros())
        .int(lot.version);
    let whole = if format == FIRST_FORMAT {
        first
    } else {
        first.text(&readings_text(lot)).text(&rereading_text(lot)).int(lot.seed_generation)
    };
    whole.int(format).int(mac_key_id).finish()
}
