//! Deliveries: what boxes held, and what the lots of their files hold.

use tokenfleet_domain::delivery::{Delivery, DeliveryEnd, Differs};
use tokenfleet_domain::ids::{RowId, Serial, Vendor};
use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Row, Value, args, count, single};
use super::error::{Result, StoreError, inserted, swapped};
use super::tx::Tx;

/// What a token of a lot is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotItem {
    /// The id of its row.
    pub id: RowId,
    /// Its serial.
    pub serial: Serial,
    /// Who made it.
    pub vendor: Vendor,
    /// Its model, as its file names it.
    pub model: String,
    /// Since when it is known.
    pub created_at: Timestamp,
}

macro_rules! deliveries {
    ($which:literal) => {
        concat!(
            "SELECT lot, vendor, model, purchase_order, state, tokens, has_serials, entered_at, entered_by, ended_at, \
             ended_by, missing, surplus, others, version FROM delivery WHERE ",
            $which
        )
    };
}

const FIND: &str = deliveries!("lot = ?1");
const PAGE_OPEN: &str = deliveries!("state = 'expected' AND lot > ?1 ORDER BY lot LIMIT ?2");
const SERIALS: &str = "SELECT serials FROM delivery WHERE lot = ?1";
const INSERT: &str = "INSERT INTO delivery (lot, vendor, model, purchase_order, state, tokens, has_serials, entered_at, \
     entered_by, ended_at, ended_by, missing, surplus, others, version, serials) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT DO NOTHING";
const SWAP: &str = "UPDATE delivery SET vendor = ?2, model = ?3, purchase_order = ?4, state = ?5, tokens = ?6, \
     has_serials = ?7, entered_at = ?8, entered_by = ?9, ended_at = ?10, ended_by = ?11, missing = ?12, surplus = ?13, \
     others = ?14, version = ?15 WHERE lot = ?1 AND version = ?16";
const PUT_SERIALS: &str = "UPDATE delivery SET serials = ?2 WHERE lot = ?1";
const ITEMS: &str =
    "SELECT id, serial, vendor, model, created_at FROM token WHERE lot = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
const DEVICES: &str = "SELECT COUNT(DISTINCT serial_key) FROM token WHERE lot = ?1";
const SEEDED_ELSEWHERE: &str = "SELECT 1 FROM token t CROSS JOIN lot l WHERE t.serial_key = ?1 AND t.vendor = ?2 \
     AND t.sealed IS NOT NULL AND l.id = t.lot AND l.state <> 'staging' AND l.state <> 'reverted' LIMIT 1";

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, PAGE_OPEN, SERIALS, ITEMS, SEEDED_ELSEWHERE];

impl Tx<'_> {
    /// Writes down what a box held. A lot that has a delivery already is stale: whoever looked for one looks again.
    pub fn delivery_insert(&mut self, delivery: &Delivery, serials: &[Serial]) -> Result<()> {
        let mut values = values(delivery);
        values.push(lines(serials).into());
        if inserted(self.conn.execute(INSERT, &values)?)? { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Writes the next version of a delivery over the one that is held.
    pub fn delivery_swap(&mut self, held: &Delivery, next: &Delivery) -> Result<()> {
        if next.lot != held.lot || next.version != held.version + 1 {
            return Err(StoreError::broken("delivery: a swap writes the next version of the same row"));
        }
        let mut values = values(next);
        values.push(held.version.into());
        swapped(self.conn.execute(SWAP, &values)?)
    }

    /// Writes other serials down, after a swap in the same job.
    pub fn delivery_put_serials(&mut self, lot: &LotName, serials: &[Serial]) -> Result<()> {
        swapped(self.conn.execute(PUT_SERIALS, args![lot.as_str(), lines(serials)])?)
    }

    /// The delivery of a lot.
    pub fn delivery_find(&mut self, lot: &LotName) -> Result<Option<Delivery>> {
        single(self.conn.query(FIND, args![lot.as_str()])?)?.map(read).transpose()
    }

    /// The serials of a delivery; none where they were only counted.
    pub fn delivery_serials(&mut self, lot: &LotName) -> Result<Vec<Serial>> {
        let Some(row) = single(self.conn.query(SERIALS, args![lot.as_str()])?)? else { return Ok(Vec::new()) };
        let mut row = row.of("delivery");
        let text = row.text()?;
        text.lines().map(|line| line.parse().map_err(|_| row.broken("has a line that is no serial"))).collect()
    }

    /// Deliveries whose file is waited for, by the names of their lots.
    pub fn deliveries_open(&mut self, after: &str, limit: u32) -> Result<Vec<Delivery>> {
        self.conn.query(PAGE_OPEN, args![after, limit])?.into_iter().map(read).collect()
    }

    /// Tokens of a lot whose id is above `after`, in the order of their ids. Those of a staging lot, too.
    pub fn lot_items(&mut self, lot: RowId, after: RowId, limit: u32) -> Result<Vec<LotItem>> {
        self.conn.query(ITEMS, args![lot, after, limit])?.into_iter().map(read_item).collect()
    }

    /// How many serials the tokens of a lot have: one with several keys is one.
    pub fn lot_devices(&mut self, lot: RowId) -> Result<i64> {
        count(self.conn.query(DEVICES, args![lot])?)
    }

    /// Whether a visible token of a serial has its seed.
    pub fn serial_has_seed(&mut self, vendor: &Vendor, serial_key: &str) -> Result<bool> {
        Ok(single(self.conn.query(SEEDED_ELSEWHERE, args![serial_key, vendor.as_str()])?)?.is_some())
    }
}

fn lines(serials: &[Serial]) -> String {
    serials.iter().map(Serial::shown).collect::<Vec<_>>().join("\n")
}

fn values(delivery: &Delivery) -> Vec<Value> {
    let end = delivery.end.as_ref();
    args![
        delivery.lot.as_str(),
        delivery.vendor.as_str(),
        &delivery.model,
        &delivery.order,
        delivery.state.as_str(),
        delivery.tokens,
        delivery.has_serials,
        delivery.entered_at,
        &delivery.entered_by,
        end.map(|end| end.at),
        end.map(|end| &end.by),
        end.map(|end| end.differs.missing),
        end.map(|end| end.differs.surplus),
        end.map(|end| end.differs.others),
        delivery.version,
    ]
    .to_vec()
}

fn read(row: Row) -> Result<Delivery> {
    let mut row = row.of("delivery");
    Ok(Delivery {
        lot: row.parsed()?,
        vendor: row.parsed()?,
        model: row.text()?,
        order: row.text()?,
        state: row.parsed()?,
        tokens: row.int()?,
        has_serials: row.truth()?,
        entered_at: row.time()?,
        entered_by: row.parsed()?,
        end: read_end(&mut row)?,
        version: row.int()?,
    })
}

fn read_end(row: &mut Row) -> Result<Option<DeliveryEnd>> {
    let (at, by) = (row.opt_time()?, row.opt_parsed()?);
    let differs = (row.opt_int()?, row.opt_int()?, row.opt_int()?);
    let (Some(at), Some(by), (Some(missing), Some(surplus), Some(others))) = (at, by, differs) else { return Ok(None) };
    Ok(Some(DeliveryEnd { at, by, differs: Differs { missing, surplus, others } }))
}

fn read_item(row: Row) -> Result<LotItem> {
    let mut row = row.of("token");
    Ok(LotItem {
        id: row.id()?,
        serial: row.parsed()?,
        vendor: row.parsed()?,
        model: row.text()?,
        created_at: row.time()?,
    })
}
