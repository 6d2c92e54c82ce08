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
const COUNTS: &str = "SELECT t.location, t.vendor, t.model, t.custody, t.department, COUNT(*) \
     FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND l.state = 'open' \
     GROUP BY t.location, t.vendor, t.model, t.custody, t.department";

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
}

const NO_ARGS: &[Value] = &[];

/// None where it is outside the scope.
fn read(row: Row, scope: &Scope) -> Result<Option<StockCount>> {
    let mut row = row.of("token");
    let kind = read_kind(&mut row)?;
    let custody: Custody = row.parsed()?;
    let department = row.opt_text()?;
    let is_out = matches!(custody, Custody::Lent | Custody::Lost);
    let count = StockCount { kind, custody, count: row.int()? };
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
