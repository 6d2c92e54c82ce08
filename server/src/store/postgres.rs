//! PostgreSQL. The connections are asynchronous; the store's threads are not, and wait for each answer.
//!
//! Guarantees: a commit is never broken off; where its outcome is not known, that is said. The only file that names
//! tokio_postgres. No thread of the runtime may call into it: waiting there would stop the connection itself.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio_postgres::config::Host;
use tokio_postgres::error::{Severity, SqlState};
// The name under which `to_sql_checked!` itself writes this type; a dependency on `bytes` for one signature is no gain.
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Socket, Statement};

use super::conn::{Access, CommitFault, Conn, Insert, Kind, Row, Value};
use super::error::{Result, StoreError};

/// Most rows of one bulk insert.
const ROWS_MAX: usize = 1000;

/// A connection to a PostgreSQL server.
pub(super) struct Postgres {
    client: Client,
    runtime: Handle,
    access: Access,
    statements: HashMap<&'static str, Statement>,
    /// How many warnings the server has sent.
    warnings: Arc<AtomicU64>,
}

impl Postgres {
    pub(super) fn open(url: &str, schema: Option<&str>, access: Access, runtime: Handle) -> Result<Self> {
        let config: Config =
            url.parse().map_err(|_| StoreError::unavailable("the PostgreSQL address can't be read"))?;
        check_is_local(&config)?;
        let (client, connection) = runtime.block_on(config.connect(NoTls)).map_err(|error| fault(&error))?;
        let warnings = Arc::new(AtomicU64::new(0));
        runtime.spawn(drive(connection, Arc::clone(&warnings)));
        let mut opened = Self { client, runtime, access, statements: HashMap::new(), warnings };
        opened.prepare(schema)?;
        Ok(opened)
    }

    /// What the server may be configured to, and the store can't live with.
    fn prepare(&mut self, schema: Option<&str>) -> Result<()> {
        // A statement's time limit would reach into commits.
        self.batch("SET statement_timeout = 0; SET client_min_messages = warning")?;
        if let Some(schema) = schema {
            self.batch(&format!("SET search_path TO \"{}\"", schema.replace('"', "\"\"")))?;
        }
        let row = self.query("SHOW synchronous_commit", &[])?.pop();
        match row.map(|row| row.of("synchronous_commit").text()).transpose()?.as_deref() {
            Some("off") => self.batch("SET synchronous_commit = on"),
            Some(_) | None => Ok(()),
        }
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        // There is no question mark in any literal of ours.
        let statement = self.runtime.block_on(self.client.prepare(&sql.replace('?', "$")))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        self.runtime.block_on(answer).map_err(|error| fault(&error))
    }
}

/// Until connections are encrypted, seeds and IDs don't leave the machine.
fn check_is_local(config: &Config) -> Result<()> {
    let is_local = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
    };
    if config.get_hosts().iter().all(is_local) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback) {
        return Ok(());
    }
    Err(StoreError::unavailable("a PostgreSQL server must be on this machine: connections are not encrypted yet"))
}

/// Carries the connection, and counts warnings before the answers they belong to are passed on.
async fn drive<S>(mut connection: Connection<Socket, S>, warnings: Arc<AtomicU64>)
where
    S: tokio_postgres::tls::TlsStream + Unpin,
{
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) if notice.parsed_severity() == Some(Severity::Warning) => {
                tracing::warn!(sqlstate = notice.code().code(), warning = notice.message(), "PostgreSQL warns");
                warnings.fetch_add(1, Ordering::SeqCst);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %fault(&error), "a PostgreSQL connection ended");
                return;
            }
        }
    }
}

impl Conn for Postgres {
    fn execute(&mut self, sql: &'static str, args: &[Value]) -> Result<u64> {
        let statement = self.statement(sql).map_err(|error| fault(&error))?;
        self.wait(self.client.execute(&statement, &as_parameters(args)))
    }

    fn query(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Row>> {
        let statement = self.statement(sql).map_err(|error| fault(&error))?;
        let rows = self.wait(self.client.query(&statement, &as_parameters(args)))?;
        rows.iter().map(|row| read(row).map_err(|error| fault(&error))).collect()
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.wait(self.client.batch_execute(sql))
    }

    fn insert_many(&mut self, into: &'static Insert, rows: Vec<Vec<Value>>) -> Result<u64> {
        let sql = insert_sql(into);
        let statement = self.wait(self.client.prepare(&sql))?;
        let mut inserted = 0;
        for rows in rows.chunks(ROWS_MAX) {
            let columns: Vec<_> =
                (0..into.columns.len()).map(|at| Column(rows.iter().map(|row| row[at].clone()).collect())).collect();
            let columns: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
            inserted += self.wait(self.client.execute(&statement, &columns))?;
        }
        Ok(inserted)
    }

    fn begin(&mut self) -> Result<()> {
        self.batch(match self.access {
            Access::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
    }

    fn commit(&mut self) -> Result<(), CommitFault> {
        let before = self.warnings.load(Ordering::SeqCst);
        let unknown = |cause: String| CommitFault::Unknown { cause, poisoned: false };
        match self.runtime.block_on(self.client.batch_execute("COMMIT")) {
            Ok(()) if self.warnings.load(Ordering::SeqCst) == before => Ok(()),
            // Such as: cancelled while waiting for the standby, so committed here and perhaps nowhere else.
            Ok(()) => Err(unknown("PostgreSQL warned during the commit".to_owned())),
            Err(error) if refused(&error) => Err(CommitFault::Undone(fault(&error))),
            Err(error) => Err(unknown(describe(&error))),
        }
    }

    fn rollback(&mut self) -> Result<()> {
        self.batch("ROLLBACK")
    }

    fn is_usable(&self) -> bool {
        !self.client.is_closed()
    }
}

/// A bulk insert takes one array a column.
fn insert_sql(into: &Insert) -> String {
    let names: Vec<_> = into.columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<_> =
        into.columns.iter().zip(1..).map(|((_, kind), place)| format!("${place}::{}[]", sql_type(*kind))).collect();
    format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT DO NOTHING",
        into.table,
        names.join(", "),
        arrays.join(", ")
    )
}

fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        Kind::Blob => "bytea",
    }
}

fn as_parameters(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let values: Result<_, _> = (0..row.len()).map(|at| row.try_get(at)).collect();
    values.map(Row::new)
}

type Fault = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql_checked(of, out),
            Self::Text(text) => text.to_sql_checked(of, out),
            Self::Blob(bytes) => bytes.to_sql_checked(of, out),
        }
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

/// A column of a bulk insert.
#[derive(Debug)]
struct Column(Vec<Value>);

impl ToSql for Column {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        self.0.as_slice().to_sql(of, out)
    }

    fn accepts(of: &Type) -> bool {
        <&[Value] as ToSql>::accepts(of)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        match *of {
            Type::INT8 => i64::from_sql(of, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(of, raw).map(|number| Self::Int(number.into())),
            Type::BYTEA => Vec::from_sql(of, raw).map(Self::Blob),
            _ => String::from_sql(of, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::INT4 | Type::BYTEA | Type::TEXT)
    }
}

fn fault(error: &tokio_postgres::Error) -> StoreError {
    match error.code() {
        // Whoever met another transaction is run again, when that one has ended.
        Some(code) if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED => {
            StoreError::Stale
        }
        Some(code) if code.code().starts_with("23") => StoreError::Constraint { cause: describe(error) },
        Some(_) | None => StoreError::unavailable(describe(error)),
    }
}

/// Whether the server itself refused, and the connection lives on: then it took the transaction back.
fn refused(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().and_then(tokio_postgres::error::DbError::parsed_severity) == Some(Severity::Error)
}

/// Code and message; the details that PostgreSQL adds hold values of the row.
fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{}: {}", refusal.code().code(), refusal.message()),
        None => error.to_string(),
    }
}
