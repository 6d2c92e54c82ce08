//! The record. Events are chained through the lane's head, in the transaction of what they record.

use tokenfleet_domain::audit::{Entry, Event, Head, details_from_text, details_to_text};
use tokenfleet_domain::ids::{OperatorName, UserId};
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Conn, Row, Value, args, single};
use super::error::{Result, StoreError, inserted, swapped};
use super::tx::{Order, Tx};

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditBy {
    /// All.
    All,
    /// About one resource, by its name.
    Subject(String),
    /// About one person.
    User(UserId),
    /// Of one operator.
    Operator(OperatorName),
}

/// The columns, in the order in which they are read and written.
macro_rules! event_columns {
    () => {
        "chain, seq, recorded_at, operator, action, outcome, subject, user_id, user_mac, details, request_id, hash"
    };
}
macro_rules! event_page {
    ($by:literal) => {
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_event WHERE ",
            $by,
            "(recorded_at, chain, seq) > (?1, ?2, ?3) ORDER BY recorded_at, chain, seq LIMIT ?4"
        )
    };
}
macro_rules! event_page_back {
    ($by:literal) => {
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_event WHERE ",
            $by,
            "(recorded_at, chain, seq) < (?1, ?2, ?3) ORDER BY recorded_at DESC, chain DESC, seq DESC LIMIT ?4"
        )
    };
}

const APPEND: &str = concat!(
    "INSERT INTO audit_event (",
    event_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING"
);
const CHAINS: &str = "SELECT chain, seq, hash FROM audit_chain ORDER BY chain";
const OF_CHAIN: &str =
    concat!("SELECT ", event_columns!(), " FROM audit_event WHERE chain = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
const PAGE_ALL: &str = event_page!("");
const PAGE_SUBJECT: &str = event_page!("subject = ?5 AND ");
const PAGE_USER: &str = event_page!("user_id = ?5 AND ");
const PAGE_OPERATOR: &str = event_page!("operator = ?5 AND ");
const BACK_ALL: &str = event_page_back!("");
const BACK_SUBJECT: &str = event_page_back!("subject = ?5 AND ");
const BACK_USER: &str = event_page_back!("user_id = ?5 AND ");
const BACK_OPERATOR: &str = event_page_back!("operator = ?5 AND ");

const FORGET: &str = "UPDATE audit_event SET user_id = NULL WHERE (chain, seq) IN (SELECT e.chain, e.seq \
     FROM audit_event e WHERE e.recorded_at < ?1 AND e.user_id IS NOT NULL \
     ORDER BY e.recorded_at, e.chain, e.seq LIMIT ?2)";

/// The statements whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] =
    &[PAGE_ALL, PAGE_SUBJECT, PAGE_USER, PAGE_OPERATOR, BACK_ALL, BACK_SUBJECT, BACK_USER, BACK_OPERATOR, FORGET];

impl Tx<'_> {
    /// Puts an event on record.
    pub fn audit_append(&mut self, event: Event) -> Result<()> {
        let Some(head) = self.head.as_deref_mut() else {
            return Err(StoreError::unavailable("nothing is put on record while reading"));
        };
        let entry = head.append(event, self.now, self.authority.audit_key());
        let event = &entry.event;
        let rows = self.conn.execute(
            APPEND,
            args![
                &entry.chain,
                entry.seq,
                entry.recorded_at,
                &event.operator,
                &event.action,
                &event.outcome,
                event.subject.as_deref(),
                event.user.as_ref(),
                entry.user_mac.as_deref(),
                details_to_text(&event.details),
                event.request_id.as_deref(),
                entry.hash,
            ],
        )?;
        // Another process wrote to this chain: the lane reads its head anew and runs the job again.
        if inserted(rows)? { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Removes whom the events were about that were recorded before a moment, at most `limit`; how many there were. Their MACs
    /// stay, and so does the chain.
    pub fn audit_forget(&mut self, recorded_before: Timestamp, limit: u32) -> Result<u64> {
        self.conn.execute(FORGET, args![recorded_before, limit])
    }

    /// The ends of all chains.
    pub fn audit_chains(&mut self) -> Result<Vec<Head>> {
        self.conn.query(CHAINS, &[])?.into_iter().map(read_head).collect()
    }

    /// Entries of a chain, in order.
    pub fn audit_of_chain(&mut self, chain: &str, after_seq: i64, limit: u32) -> Result<Vec<Entry>> {
        self.conn.query(OF_CHAIN, args![chain, after_seq, limit])?.into_iter().map(read).collect()
    }

    /// Entries of all chains by time, after one.
    pub fn audit_page(
        &mut self,
        by: &AuditBy,
        order: Order,
        after: Option<(Timestamp, String, i64)>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let outside = match order {
            Order::Oldest => i64::MIN,
            Order::Newest => i64::MAX,
        };
        let (at, chain, seq) =
            after.map_or((outside, String::new(), 0), |(at, chain, seq)| (at.timestamp_micros(), chain, seq));
        let mut args = vec![Value::Int(at), Value::Text(chain), Value::Int(seq), limit.into()];
        let (page, back) = match by {
            AuditBy::All => (PAGE_ALL, BACK_ALL),
            AuditBy::Subject(subject) => {
                args.push(subject.into());
                (PAGE_SUBJECT, BACK_SUBJECT)
            }
            AuditBy::User(user) => {
                args.push(user.into());
                (PAGE_USER, BACK_USER)
            }
            AuditBy::Operator(name) => {
                args.push(name.into());
                (PAGE_OPERATOR, BACK_OPERATOR)
            }
        };
        let sql = match order {
            Order::Oldest => page,
            Order::Newest => back,
        };
        self.conn.query(sql, &args)?.into_iter().map(read).collect()
    }
}

const BEGIN_CHAIN: &str = "INSERT INTO audit_chain (chain, seq, hash) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const HEAD: &str = "SELECT chain, seq, hash FROM audit_chain WHERE chain = ?1";
const MOVE_HEAD: &str = "UPDATE audit_chain SET seq = ?2, hash = ?3 WHERE chain = ?1 AND seq = ?4";

/// The end of a lane's chain as the database has it; a new lane begins one.
pub(super) fn head(conn: &mut dyn Conn, chain: &str) -> Result<Head> {
    if let Some(row) = single(conn.query(HEAD, args![chain])?)? {
        return read_head(row);
    }
    let genesis = Head::genesis(chain);
    conn.execute(BEGIN_CHAIN, args![&genesis.chain, genesis.seq, genesis.hash])?;
    Ok(genesis)
}

/// Moves the end of a chain on, once a transaction.
pub(super) fn move_head(conn: &mut dyn Conn, from: &Head, to: &Head) -> Result<()> {
    swapped(conn.execute(MOVE_HEAD, args![&to.chain, to.seq, to.hash, from.seq])?)
}

fn read_head(row: Row) -> Result<Head> {
    let mut row = row.of("audit_chain");
    Ok(Head { chain: row.text()?, seq: row.int()?, hash: row.bytes()? })
}

fn read(row: Row) -> Result<Entry> {
    let mut row = row.of("audit_event");
    let (chain, seq, recorded_at) = (row.text()?, row.int()?, row.time()?);
    let (operator, action, outcome, subject) = (row.text()?, row.text()?, row.text()?, row.opt_text()?);
    let (user, user_mac) = (row.opt_parsed()?, row.opt_blob()?);
    let (details, request_id) = (details_from_text(&row.text()?), row.opt_text()?);
    let event = Event { operator, action, outcome, subject, user, details, request_id };
    Ok(Entry { chain, seq, recorded_at, event, user_mac, hash: row.bytes()? })
}
