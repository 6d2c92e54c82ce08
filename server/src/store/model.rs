//! Models: what is known of them besides their tokens, and how few may be left.

use tokenfleet_domain::ids::{OperatorName, RowId};
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Row, args, single};
use super::error::{Result, swapped};
use super::tx::Tx;

/// Which model of which vendor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelName {
    /// Who makes it.
    pub vendor: String,
    /// The model, as files name it; often empty.
    pub model: String,
}

/// What is known of a model besides its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Which.
    pub name: ModelName,
    /// How long its battery lasts.
    pub battery_years: Option<i64>,
    /// How far its clock may drift, in billionths.
    pub drift_ppb: Option<i64>,
    /// Since when that is known.
    pub updated_at: Timestamp,
    /// Who said so.
    pub updated_by: OperatorName,
}

/// How few of a model may be left free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockLevel {
    /// Of what.
    pub name: ModelName,
    /// Where; empty for all locations together.
    pub location: String,
    /// How few.
    pub least: i64,
}

const MODELS: &str = "SELECT vendor, model, battery_years, drift_ppb, updated_at, updated_by FROM model \
     WHERE (vendor, model) > (?1, ?2) ORDER BY vendor, model LIMIT ?3";
const FIND: &str = "SELECT vendor, model, battery_years, drift_ppb, updated_at, updated_by FROM model \
     WHERE vendor = ?1 AND model = ?2";
const PUT: &str = "INSERT INTO model (vendor, model, battery_years, drift_ppb, updated_at, updated_by) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (vendor, model) DO UPDATE SET battery_years = ?3, drift_ppb = ?4, \
     updated_at = ?5, updated_by = ?6";
const LEVELS: &str = "SELECT vendor, model, location, least FROM stock_level \
     WHERE vendor = ?1 AND model = ?2 ORDER BY location";
const ALL_LEVELS: &str = "SELECT vendor, model, location, least FROM stock_level \
     WHERE (vendor, model, location) > (?1, ?2, ?3) ORDER BY vendor, model, location LIMIT ?4";
const PUT_LEVEL: &str = "INSERT INTO stock_level (vendor, model, location, least) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (vendor, model, location) DO UPDATE SET least = ?4";
const DROP_LEVEL: &str = "DELETE FROM stock_level WHERE vendor = ?1 AND model = ?2 AND location = ?3";
/// The first model behind another, from an index alone.
const NEXT: &str = "SELECT vendor, model FROM token WHERE (vendor, model) > (?1, ?2) ORDER BY vendor, model LIMIT 1";
const NEWEST: &str = "SELECT t.id FROM token t CROSS JOIN lot l WHERE t.vendor = ?1 AND t.model = ?2 AND l.id = t.lot \
     AND l.state <> 'staging' AND l.state <> 'reverted' ORDER BY t.id DESC LIMIT 1";

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[MODELS, FIND, LEVELS, ALL_LEVELS, NEXT, NEWEST];

impl Tx<'_> {
    /// The first model that tokens are of, behind another.
    pub fn model_next(&mut self, after: &ModelName) -> Result<Option<ModelName>> {
        let row = single(self.conn.query(NEXT, args![&after.vendor, &after.model])?)?;
        row.map(|row| read_name(&mut row.of("token"))).transpose()
    }

    /// The newest token of a model.
    pub fn model_newest(&mut self, name: &ModelName) -> Result<Option<RowId>> {
        let row = single(self.conn.query(NEWEST, args![&name.vendor, &name.model])?)?;
        row.map(|row| row.of("token").id()).transpose()
    }

    /// What is known of models, behind one.
    pub fn model_page(&mut self, after: &ModelName, limit: u32) -> Result<Vec<Model>> {
        self.conn.query(MODELS, args![&after.vendor, &after.model, limit])?.into_iter().map(read).collect()
    }

    /// What is known of a model.
    pub fn model_find(&mut self, name: &ModelName) -> Result<Option<Model>> {
        single(self.conn.query(FIND, args![&name.vendor, &name.model])?)?.map(read).transpose()
    }

    /// Writes what is known of a model.
    pub fn model_put(&mut self, model: &Model) -> Result<()> {
        let Model { name, battery_years, drift_ppb, updated_at, updated_by } = model;
        let row = args![&name.vendor, &name.model, *battery_years, *drift_ppb, *updated_at, updated_by];
        swapped(self.conn.execute(PUT, row)?)
    }

    /// How few of a model may be left, place by place.
    pub fn stock_levels(&mut self, name: &ModelName) -> Result<Vec<StockLevel>> {
        self.conn.query(LEVELS, args![&name.vendor, &name.model])?.into_iter().map(read_level).collect()
    }

    /// How few of all models may be left, the first so many.
    pub fn stock_levels_of_all(&mut self, limit: u32) -> Result<Vec<StockLevel>> {
        self.conn.query(ALL_LEVELS, args!["", "", "", limit])?.into_iter().map(read_level).collect()
    }

    /// Writes how few of a model may be left in a place, or, at 0, that nobody minds.
    pub fn stock_level_put(&mut self, level: &StockLevel) -> Result<()> {
        let StockLevel { name: ModelName { vendor, model }, location, least } = level;
        if *least == 0 {
            return self.conn.execute(DROP_LEVEL, args![vendor, model, location]).map(drop);
        }
        swapped(self.conn.execute(PUT_LEVEL, args![vendor, model, location, *least])?)
    }
}

fn read_name(row: &mut Row) -> Result<ModelName> {
    Ok(ModelName { vendor: row.text()?, model: row.text()? })
}

fn read(row: Row) -> Result<Model> {
    let mut row = row.of("model");
    Ok(Model {
        name: read_name(&mut row)?,
        battery_years: row.opt_int()?,
        drift_ppb: row.opt_int()?,
        updated_at: row.time()?,
        updated_by: row.parsed()?,
    })
}

fn read_level(row: Row) -> Result<StockLevel> {
    let mut row = row.of("stock_level");
    Ok(StockLevel { name: read_name(&mut row)?, location: row.text()?, least: row.int()? })
}
