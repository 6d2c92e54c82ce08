//! Loans: who had which token, from when to when. The token's own row holds a copy of the open one, under its MAC.

use tokenfleet_domain::holder::{Former, Holder};
use tokenfleet_domain::ids::{OperatorName, RowId, UserId};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Row, Value, args, single};
use super::error::{Result, swapped};
use super::tx::Tx;

/// A token lent to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// The id of the row.
    pub id: RowId,
    /// Which token.
    pub token: RowId,
    /// To whom.
    pub user: Holder,
    /// The department it is lent through.
    pub department: Option<String>,
    /// Since when.
    pub started_at: Timestamp,
    /// Who lent it.
    pub started_by: OperatorName,
    /// How the person was checked.
    pub checked: Option<String>,
    /// A note of the desk; often empty.
    pub start_note: String,
    /// By which route it was asked for, where that was said.
    pub route: Option<String>,
    /// The ticket it was asked for in, where there is one.
    pub ticket: Option<String>,
    /// Until when, where that was agreed.
    pub due_at: Option<Timestamp>,
    /// The list it was adopted from, where it was: who began it here did not lend it.
    pub source: Option<String>,
    /// How it ended.
    pub ended: Option<LoanEnd>,
}

/// The end of a loan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanEnd {
    /// When.
    pub at: Timestamp,
    /// Who took it back.
    pub by: OperatorName,
    /// Why.
    pub reason: String,
    /// A note of the desk; often empty.
    pub note: String,
}

/// Which loans are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoanBy {
    /// Of a token.
    Token(RowId),
    /// Of a person.
    User(UserId),
}

macro_rules! columns {
    () => {
        "id, token, user_id, department, started_at, started_by, checked, start_note, route, ticket, due_at, source, \
         ended_at, ended_by, end_reason, end_note"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO loan (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
);
const CLOSE: &str = "UPDATE loan SET ended_at = ?2, ended_by = ?3, end_reason = ?4, end_note = ?5 \
     WHERE id = ?1 AND ended_at IS NULL";
const FIND: &str = concat!("SELECT ", columns!(), " FROM loan WHERE id = ?1");

macro_rules! loan_page {
    ($by:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM loan WHERE ",
            $by,
            " = ?1 AND (started_at, id) < (?2, ?3) ORDER BY started_at DESC, id DESC LIMIT ?4"
        )
    };
}
const OF_TOKEN: &str = loan_page!("token");
const OF_USER: &str = loan_page!("user_id");

const LONG_ENDED: &str = "SELECT id, token, user_id FROM loan \
     WHERE ended_at < ?1 AND ended_at IS NOT NULL AND forgotten_at IS NULL ORDER BY ended_at, id LIMIT ?2";
const FORGET: &str = "UPDATE loan SET user_id = ?2, start_note = '', ticket = NULL, end_note = '', forgotten_at = ?3 \
     WHERE id = ?1 AND forgotten_at IS NULL";
const FORGET_MEMBER: &str = "UPDATE campaign_member SET user_id = ?3 WHERE token = ?1 AND loan = ?2";

/// The statements whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, OF_TOKEN, OF_USER, LONG_ENDED, FORGET, FORGET_MEMBER];

impl Tx<'_> {
    /// Adds a loan. A token has at most one that is open.
    pub fn loan_insert(&mut self, loan: &Loan) -> Result<()> {
        let end = loan.ended.as_ref();
        swapped(self.conn.execute(
            INSERT,
            args![
                loan.id,
                loan.token,
                &loan.user,
                loan.department.as_deref(),
                loan.started_at,
                &loan.started_by,
                loan.checked.as_deref(),
                &loan.start_note,
                loan.route.as_deref(),
                loan.ticket.as_deref(),
                loan.due_at,
                loan.source.as_deref(),
                end.map(|end| end.at),
                end.map(|end| &end.by),
                end.map(|end| &end.reason),
                end.map(|end| &end.note),
            ],
        )?)
    }

    /// Ends an open loan; one that has ended is stale.
    pub fn loan_close(
        &mut self,
        loan: RowId,
        ended_at: Timestamp,
        ended_by: &OperatorName,
        reason: &str,
        note: &str,
    ) -> Result<()> {
        swapped(self.conn.execute(CLOSE, args![loan, ended_at, ended_by, reason, note])?)
    }

    /// Loans before a place, the newest first, whatever their department.
    pub fn loan_page(&mut self, by: &LoanBy, before: Option<(Timestamp, RowId)>, limit: u32) -> Result<Vec<Loan>> {
        let (sql, by) = match by {
            LoanBy::Token(token) => (OF_TOKEN, Value::from(*token)),
            LoanBy::User(user) => (OF_USER, Value::from(user)),
        };
        let (at, id) =
            before.map_or((i64::MAX, Value::Blob(Vec::new())), |(at, id)| (at.timestamp_micros(), id.into()));
        self.conn.query(sql, &[by, at.into(), id, limit.into()])?.into_iter().map(read).collect()
    }

    /// Removes whose the loans were that ended before a moment, and what desks noted of them, at most `limit`; how many there
    /// were. Lists of campaigns that they stand on say the same.
    pub fn loan_forget(&mut self, ended_before: Timestamp, limit: u32) -> Result<u64> {
        let now = self.now;
        let mut forgotten = 0;
        for row in self.conn.query(LONG_ENDED, args![ended_before, limit])? {
            let mut row = row.of("loan");
            let (loan, token, user) = (row.id()?, row.id()?, row.parsed()?);
            let former = self.former(&user).to_string();
            swapped(self.conn.execute(FORGET, args![loan, &former, now])?)?;
            self.conn.execute(FORGET_MEMBER, args![token, loan, &former])?;
            forgotten += 1;
        }
        Ok(forgotten)
    }

    /// The word for a person whose ID is removed.
    pub fn former(&self, user: &UserId) -> Former {
        Former::of(user, self.authority.audit_key())
    }

    /// A loan in the scope.
    pub fn loan_find(&mut self, scope: &Scope, loan: RowId) -> Result<Option<Loan>> {
        let loan = single(self.conn.query(FIND, args![loan])?)?.map(read).transpose()?;
        Ok(loan.filter(|loan| scope.covers(loan.department.as_deref(), true)))
    }
}

fn read(row: Row) -> Result<Loan> {
    let mut row = row.of("loan");
    Ok(Loan {
        id: row.id()?,
        token: row.id()?,
        user: row.parsed()?,
        department: row.opt_text()?,
        started_at: row.time()?,
        started_by: row.parsed()?,
        checked: row.opt_text()?,
        start_note: row.text()?,
        route: row.opt_text()?,
        ticket: row.opt_text()?,
        due_at: row.opt_time()?,
        source: row.opt_text()?,
        ended: read_end(&mut row)?,
    })
}

fn read_end(row: &mut Row) -> Result<Option<LoanEnd>> {
    match row.opt_time()? {
        None => Ok(None),
        Some(at) => Ok(Some(LoanEnd { at, by: row.parsed()?, reason: row.text()?, note: row.text()? })),
    }
}
