//! What worklists and reports read. Places in worklists come from indexes that hold little else than the rows that
//! matter; sums are counted from one index alone. Rows themselves are read by id, with their authentication.

use chrono::NaiveDate;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::verdict::Observation;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::report::battery::Batch;
use tokenfleet_domain::report::clock::Clock;
use tokenfleet_domain::report::fleet_clock::Look;
use tokenfleet_domain::report::{inventory, lending};
use tokenfleet_domain::token::Custody;

use super::conn::{Row, Value, args};
use super::error::Result;
use super::tx::Tx;

/// Which worklist is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worklist {
    /// Lent by a moment, and no code accepted since; by that time.
    Unproven(Timestamp),
    /// Loans that were due before a moment; by that time.
    Overdue(Timestamp),
    /// Lent, and neither lent nor seen since a moment; by the time they were seen.
    Dormant(Timestamp),
    /// Lent to people whose last day is before this one, who are missing from the directory or go on under another ID; by
    /// id.
    Leavers(NaiveDate),
    /// Lent, and stopped by wrong codes or with several of them in a row; by id.
    Failing,
}

/// Where a worklist is: the time it is in the order of, 0 where it has none, and the id that decides among equals.
pub type Place = (i64, RowId);

/// One line of a worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Where it stands.
    pub place: Place,
    /// The token.
    pub token: RowId,
}

const UNPROVEN: &str = "SELECT t.lent_at, t.id, t.id FROM token t \
     WHERE t.custody = 'lent' AND t.proven_at IS NULL AND t.lent_at <= ?4 AND (t.lent_at, t.id) > (?1, ?2) \
     ORDER BY t.lent_at, t.id LIMIT ?3";
const OVERDUE: &str = "SELECT o.due_at, o.id, o.token FROM loan o \
     WHERE o.ended_at IS NULL AND o.due_at IS NOT NULL AND o.due_at < ?4 AND (o.due_at, o.id) > (?1, ?2) \
     ORDER BY o.due_at, o.id LIMIT ?3";
/// A pair that begins with an expression finds no place in an index by itself, so its beginning is said once more.
const DORMANT: &str = "SELECT COALESCE(t.last_ok_at, t.lent_at), t.id, t.id FROM token t \
     WHERE t.custody = 'lent' AND COALESCE(t.last_ok_at, t.lent_at) < ?4 AND t.lent_at < ?4 \
     AND COALESCE(t.last_ok_at, t.lent_at) >= ?1 AND (COALESCE(t.last_ok_at, t.lent_at), t.id) > (?1, ?2) \
     ORDER BY COALESCE(t.last_ok_at, t.lent_at), t.id LIMIT ?3";
const FAILING: &str = "SELECT 0, t.id, t.id FROM token t \
     WHERE t.custody = 'lent' AND (t.authenticator = 'disabled' OR t.fail_count >= 3) AND t.id > ?1 \
     ORDER BY t.id LIMIT ?2";

const LEAVERS: &str = "SELECT 0, t.id, t.id FROM token t CROSS JOIN directory d CROSS JOIN person p \
     WHERE t.custody = 'lent' AND t.id > ?1 AND d.id = 1 AND p.edition = d.edition AND p.user_id = t.user_id \
     AND (p.gone_at IS NOT NULL OR p.merged_into IS NOT NULL OR p.last_day < ?3) ORDER BY t.id LIMIT ?2";

const INVENTORY: &str = "SELECT l.name, l.state, t.location, t.vendor, t.model, t.custody, t.department, COUNT(*) \
     FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND l.state <> 'staging' AND l.state <> 'reverted' \
     GROUP BY l.id, l.name, l.state, t.location, t.vendor, t.model, t.custody, t.department";
const BATCHES: &str = "SELECT l.name, l.created_at, t.vendor, t.model, t.expires_at, t.custody, t.department, COUNT(*) \
     FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND l.state <> 'staging' AND l.state <> 'reverted' \
     GROUP BY l.id, l.name, l.created_at, t.vendor, t.model, t.expires_at, t.custody, t.department";
const CLOCKS: &str = "SELECT l.name, l.created_at, t.vendor, t.model, t.custody, t.department, t.period, t.id, \
     o.observed_at, o.offset_steps FROM lot l CROSS JOIN token t \
     LEFT JOIN drift_observation o ON o.token = t.id \
     WHERE t.lot = l.id AND l.state <> 'staging' AND l.state <> 'reverted' AND t.period IS NOT NULL \
     AND t.custody IN ('in_stock', 'lent')";
const LOOKS: &str = "SELECT t.custody, t.department, t.period, o.token, o.observed_at, o.offset_steps \
     FROM drift_observation o CROSS JOIN token t \
     WHERE o.observed_at >= ?1 AND t.id = o.token AND t.period IS NOT NULL ORDER BY o.observed_at DESC LIMIT ?2";

const BEGAN: &str =
    "SELECT department, COUNT(*) FROM loan WHERE started_at >= ?1 AND started_at < ?2 GROUP BY department";
const ENDED: &str = "SELECT department, COUNT(*) FROM loan \
     WHERE ended_at IS NOT NULL AND ended_at >= ?1 AND ended_at < ?2 GROUP BY department";

/// Worklists, whose plans walk an index and sort nothing.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[UNPROVEN, OVERDUE, DORMANT, FAILING, LEAVERS, LOOKS];

/// Sums, whose plans read an index of the table alone.
#[cfg(test)]
pub(super) const COVERED: &[&str] = &[INVENTORY, BATCHES, CLOCKS, BEGAN, ENDED];

impl Tx<'_> {
    /// The next `limit` lines of a worklist after a place, whatever their department.
    pub fn report_list(&mut self, list: Worklist, after: Option<Place>, limit: u32) -> Result<Vec<Listed>> {
        // No id is empty, so an empty one stands before all of them.
        let (at, id) = after.map_or((i64::MIN, Value::Blob(Vec::new())), |(at, id)| (at, id.into()));
        let rows = match list {
            Worklist::Unproven(before) => self.conn.query(UNPROVEN, args![at, id, limit, before]),
            Worklist::Overdue(before) => self.conn.query(OVERDUE, args![at, id, limit, before]),
            Worklist::Dormant(before) => self.conn.query(DORMANT, args![at, id, limit, before]),
            Worklist::Leavers(before) => self.conn.query(LEAVERS, args![id, limit, before.to_string()]),
            Worklist::Failing => self.conn.query(FAILING, args![id, limit]),
        };
        rows?.into_iter().map(read_listed).collect()
    }

    /// How many tokens of which kind there are, by place, lot and custody: those in the scope. One kind may come several
    /// times.
    pub fn report_inventory(&mut self, scope: &Scope) -> Result<Vec<inventory::Counted>> {
        let rows = self.conn.query(INVENTORY, &[])?;
        rows.into_iter().map(|row| read_counted(row, scope)).filter_map(Result::transpose).collect()
    }

    /// The same by lot and term.
    pub fn report_batches(&mut self, scope: &Scope) -> Result<Vec<Batch>> {
        let rows = self.conn.query(BATCHES, &[])?;
        rows.into_iter().map(|row| read_batch(row, scope)).filter_map(Result::transpose).collect()
    }

    /// The clocks of tokens in stock and lent, with all that was observed of them: those in the scope.
    pub fn report_clocks(&mut self, scope: &Scope) -> Result<Vec<Clock>> {
        let mut clocks: Vec<Clock> = Vec::new();
        for row in self.conn.query(CLOCKS, &[])? {
            let Some((clock, seen)) = read_clock(row, scope)? else { continue };
            match clocks.last_mut().filter(|last| last.token == clock.token) {
                Some(last) => last.seen.extend(seen),
                None => clocks.push(Clock { seen: seen.into_iter().collect(), ..clock }),
            }
        }
        for clock in &mut clocks {
            clock.seen.sort_by_key(|seen| seen.at);
        }
        Ok(clocks)
    }

    /// The newest observations since a moment, at most `limit`: those in the scope.
    pub fn report_looks(&mut self, scope: &Scope, since: Timestamp, limit: u32) -> Result<Vec<Look>> {
        let rows = self.conn.query(LOOKS, args![since, limit])?;
        rows.into_iter().map(|row| read_look(row, scope)).filter_map(Result::transpose).collect()
    }

    /// How many loans began and ended between two moments, by department: those in the scope.
    pub fn report_loans(
        &mut self,
        scope: &Scope,
        (from, to): (Timestamp, Timestamp),
        month: &str,
    ) -> Result<Vec<lending::Counted>> {
        let mut counted = Vec::new();
        for (sql, began) in [(BEGAN, true), (ENDED, false)] {
            for row in self.conn.query(sql, args![from, to])? {
                let mut row = row.of("loan");
                let (department, count) = (row.opt_text()?, row.int()?);
                if scope.covers(department.as_deref(), true) {
                    let (began, ended) = if began { (count, 0) } else { (0, count) };
                    let department = department.unwrap_or_default();
                    counted.push(lending::Counted { month: month.to_owned(), department, began, ended });
                }
            }
        }
        Ok(counted)
    }
}

fn read_listed(row: Row) -> Result<Listed> {
    let mut row = row.of("token");
    Ok(Listed { place: (row.int()?, row.id()?), token: row.id()? })
}

/// What is counted by custody and department is in a scope as the tokens are.
fn is_in(scope: &Scope, custody: Custody, department: Option<&str>) -> bool {
    scope.covers(department, matches!(custody, Custody::Lent | Custody::Lost))
}

fn read_counted(row: Row, scope: &Scope) -> Result<Option<inventory::Counted>> {
    let mut row = row.of("token");
    let (lot, lot_state, location) = (row.text()?, row.parsed()?, row.opt_text()?.unwrap_or_default());
    let (vendor, model, custody, department) = (row.text()?, row.text()?, row.parsed()?, row.opt_text()?);
    let counted = inventory::Counted { lot, lot_state, location, vendor, model, custody, count: row.int()? };
    Ok(is_in(scope, custody, department.as_deref()).then_some(counted))
}

fn read_batch(row: Row, scope: &Scope) -> Result<Option<Batch>> {
    let mut row = row.of("token");
    let (lot, imported_at, vendor, model) = (row.text()?, row.time()?, row.text()?, row.text()?);
    let (expires_at, custody, department) = (row.opt_time()?, row.parsed()?, row.opt_text()?);
    let count = row.int()?;
    let batch = Batch { lot, imported_at, vendor, model, expires_at, battery_years: None, custody, count };
    Ok(is_in(scope, custody, department.as_deref()).then_some(batch))
}

fn read_clock(row: Row, scope: &Scope) -> Result<Option<(Clock, Option<Observation>)>> {
    let mut row = row.of("token");
    let (lot, imported_at, vendor, model) = (row.text()?, row.time()?, row.text()?, row.text()?);
    let (custody, department, period, token): (Custody, _, _, _) =
        (row.parsed()?, row.opt_text()?, read_period(&mut row)?, row.id()?);
    let seen = match (row.opt_time()?, row.opt_int()?) {
        (Some(at), Some(offset_steps)) => Some(Observation { at, offset_steps }),
        (None, _) | (_, None) => None,
    };
    let in_stock = custody == Custody::InStock;
    let clock = Clock { token, lot, imported_at, vendor, model, period, in_stock, specified: None, seen: Vec::new() };
    Ok(is_in(scope, custody, department.as_deref()).then_some((clock, seen)))
}

fn read_look(row: Row, scope: &Scope) -> Result<Option<Look>> {
    let mut row = row.of("drift_observation");
    let (custody, department, period) = (row.parsed()?, row.opt_text()?, read_period(&mut row)?);
    let look = Look { period, token: row.id()?, seen: Observation { at: row.time()?, offset_steps: row.int()? } };
    Ok(is_in(scope, custody, department.as_deref()).then_some(look))
}

fn read_period(row: &mut Row) -> Result<u32> {
    u32::try_from(row.int()?).map_err(|_| row.broken("is no period"))
}
