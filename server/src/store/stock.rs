//! How many tokens there are, of which kind and where: counted from an index alone.

use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::token::Custody;

use super::conn::{Row, Value};
use super::error::Result;
use super::tx::Tx;

/// Tokens of one kind in one place, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockCount {
    /// What is counted.
    pub kind: StockKind,
    /// Where they are with respect to people.
    pub custody: Custody,
    /// Whether their seeds are known.
    pub have_seeds: bool,
    /// How many.
    pub count: i64,
}

/// A kind of token in a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StockKind {
    /// The place; empty where nobody said one.
    pub location: String,
    /// Who makes it.
    pub vendor: String,
    /// The model, as files name it; often empty.
    pub model: String,
}

/// The lot stands first: only what came with open lots counts.
const COUNTS: &str = "SELECT t.location, t.vendor, t.model, t.custody, t.department, \
     CASE WHEN t.dek_id IS NULL THEN 0 ELSE 1 END, COUNT(*) \
     FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND l.state = 'open' GROUP BY 1, 2, 3, 4, 5, 6";
const ON_HOLD: &str = "SELECT t.location, t.vendor, t.model, COUNT(DISTINCT t.id) \
     FROM token_hold h CROSS JOIN token t CROSS JOIN lot l \
     WHERE t.id = h.token AND t.custody = 'in_stock' AND t.dek_id IS NOT NULL AND l.id = t.lot AND l.state = 'open' \
     GROUP BY t.location, t.vendor, t.model";

/// What is on the shelf `t` and may be lent, apart from whom it is kept for and where it goes.
macro_rules! usable {
    () => {
        "t.custody = 'in_stock' AND t.dek_id IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM token_hold h WHERE h.token = t.id)"
    };
}
pub(super) use usable;

/// The count that walks what is on hold, and nothing else.
#[cfg(test)]
pub(super) const COUNT: &str = ON_HOLD;

/// The reads that must be answered by an index alone.
#[cfg(test)]
pub(super) const COVERED: &[&str] = &[COUNTS];

impl Tx<'_> {
    /// How many tokens of open lots there are, by place, kind and custody: those in the scope. One kind may come
    /// several times.
    pub fn stock_counts(&mut self, scope: &Scope) -> Result<Vec<StockCount>> {
        let rows = self.conn.query(COUNTS, NO_ARGS)?;
        let counted = rows.into_iter().map(|row| read(row, scope));
        counted.filter_map(Result::transpose).collect()
    }

    /// How many tokens of the shelf are on hold though their seeds are known, by kind and place. Lots on hold don't count at
    /// all.
    pub fn stock_on_hold(&mut self) -> Result<Vec<(StockKind, i64)>> {
        self.conn.query(ON_HOLD, NO_ARGS)?.into_iter().map(|row| read_kind_count(row.of("token_hold"))).collect()
    }
}

const NO_ARGS: &[Value] = &[];

/// None where it is outside the scope.
fn read(row: Row, scope: &Scope) -> Result<Option<StockCount>> {
    let mut row = row.of("token");
    let kind = read_kind(&mut row)?;
    let custody: Custody = row.parsed()?;
    let department = row.opt_text()?;
    let is_out = matches!(custody, Custody::Lent | Custody::Lost);
    let have_seeds = row.truth()?;
    let count = StockCount { kind, custody, have_seeds, count: row.int()? };
    Ok(scope.covers(department.as_deref(), is_out).then_some(count))
}

/// A kind with how many there are of it.
pub(super) fn read_kind_count(mut row: Row) -> Result<(StockKind, i64)> {
    Ok((read_kind(&mut row)?, row.int()?))
}

fn read_kind(row: &mut Row) -> Result<StockKind> {
    let location = row.opt_text()?.unwrap_or_default();
    Ok(StockKind { location, vendor: row.text()?, model: row.text()? })
}
