//! The store: what is kept, on SQLite or PostgreSQL, and the one way to change it.
//!
//! A job is a closure over a `Tx`; it is run by a thread that owns its connection, and answered only when its commit
//! is durable. The SQL is written once for both databases, in the file of its noun. The store knows the domain's
//! types; it knows nothing of gRPC, of keys in the clear, or of who may do what beyond a `Scope`.

mod audit;
mod budget;
mod campaign;
mod conn;
mod delivery;
mod drift;
mod error;
mod hold;
mod keyring;
mod lane;
mod lease;
mod loan;
mod location;
mod lot;
mod lot_proof;
mod migrate;
mod model;
mod operator;
mod person;
mod pool;
mod postgres;
mod queue;
mod report;
mod request;
mod reservation;
mod sqlite;
mod stock;
mod stocktake;
#[cfg(test)]
mod tests;
mod token;
mod token_sketch;
mod token_write;
mod transfer;
mod tx;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::ports::{Clock, RowAuthority, Timestamp, WrappedKey};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use self::conn::{Access, CommitFault, Conn};
use self::lane::{Lane, Opener, Pending};
use self::migrate::{Dialect, migrate};
use self::pool::{Read, Reader};
use self::postgres::Postgres;
use self::queue::{Queue, Urgency};
use self::sqlite::Sqlite;

pub use self::audit::AuditBy;
pub use self::campaign::CampaignCount;
pub use self::delivery::LotItem;
pub use self::error::StoreError;
pub use self::loan::{Loan, LoanBy, LoanEnd};
pub use self::model::{Model, ModelName, StockLevel};
pub use self::person::Edition;
pub use self::report::{Listed, Place, Worklist};
pub use self::request::StoredRequest;
pub use self::reservation::Reservation;
pub use self::stock::{StockCount, StockKind};
pub use self::stocktake::{Scan, StocktakeLine, scanned_as};
pub use self::token::{Found, TokenPage};
pub use self::token_sketch::SketchPage;
pub use self::transfer::{ArrivalEnd, TransferItem};
pub use self::tx::{Order, Tx};

/// Most jobs that wait for one lane, and most reads that wait for the readers.
const WAITING_MAX: usize = 4096;
/// Connections that read.
const READERS: usize = 4;

/// Which database, and where.
#[derive(Debug, Clone)]
pub enum Backend {
    /// A file. One writer.
    Sqlite {
        /// The file; made where there is none.
        path: PathBuf,
    },
    /// A server, on this machine only until connections are encrypted.
    Postgres {
        /// Key/values as libpq takes them.
        url: String,
        /// The schema to use, where it is not the one of the connection.
        schema: Option<String>,
        /// How many writers.
        lanes: usize,
    },
}

/// A database, opened and with the newest schema; nothing works on it yet.
pub struct Database {
    backend: Backend,
    runtime: Option<Handle>,
    conn: Box<dyn Conn>,
}

impl Database {
    /// Opens a database and brings its schema up to date. PostgreSQL needs the runtime that drives its connections,
    /// and a calling thread that may block.
    pub fn open(backend: &Backend, clock: &dyn Clock, runtime: Option<Handle>) -> Result<Self, StoreError> {
        let mut conn = backend.open(Access::Write, runtime.as_ref())?;
        migrate(&mut *conn, backend.dialect(), clock.now())?;
        Ok(Self { backend: backend.clone(), runtime, conn })
    }

    /// Which fleet this is; None before it was founded.
    pub fn cluster(&mut self) -> Result<Option<[u8; 16]>, StoreError> {
        keyring::cluster(&mut *self.conn)
    }

    /// Founds the fleet. There is one in a database at most.
    pub fn found(&mut self, cluster: [u8; 16], keys: &[WrappedKey], now: Timestamp) -> Result<(), StoreError> {
        self.conn.begin()?;
        if let Err(error) = keyring::found(&mut *self.conn, &cluster, keys, now) {
            self.conn.rollback()?;
            return Err(error);
        }
        self.conn.commit().map_err(|fault| match fault {
            CommitFault::Undone(error) => error,
            CommitFault::Unknown { cause, .. } => StoreError::UnknownOutcome { cause },
        })
    }

    /// The fleet's wrapped keys.
    pub fn keyring(&mut self) -> Result<Vec<WrappedKey>, StoreError> {
        keyring::keyring(&mut *self.conn)
    }

    /// Starts the writers and readers.
    pub fn start(self, authority: Arc<dyn RowAuthority>, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
        let Self { backend, runtime, conn } = self;
        let parts = Parts { backend, runtime, authority, clock };
        let (failed, has_failed) = watch::channel(false);
        // Dropped on an early return, it lets the threads go that were started.
        let inner = Inner::new(parts.backend.name(), parts.backend.lanes(), has_failed);
        let mut threads = Vec::new();
        let mut first = Some(conn);
        for (number, queue) in inner.lanes.iter().enumerate() {
            let lane = parts.lane(number, first.take(), Arc::clone(queue), failed.clone())?;
            threads.push(spawn(format!("lane-{number}"), move || lane.run())?);
        }
        for number in 0..READERS {
            let reader = parts.reader(Arc::clone(&inner.reads))?;
            threads.push(spawn(format!("reader-{number}"), move || reader.run())?);
        }
        *inner.lock_threads() = threads;
        Ok(Store { inner: Arc::new(inner) })
    }
}

/// What writers and readers are made of.
struct Parts {
    backend: Backend,
    runtime: Option<Handle>,
    authority: Arc<dyn RowAuthority>,
    clock: Arc<dyn Clock>,
}

impl Parts {
    fn lane(
        &self,
        number: usize,
        conn: Option<Box<dyn Conn>>,
        queue: Arc<Queue<Pending>>,
        failed: watch::Sender<bool>,
    ) -> Result<Lane, StoreError> {
        let opener = self.opener(Access::Write);
        let conn = conn.map_or_else(&opener, Ok)?;
        let (authority, clock) = (Arc::clone(&self.authority), Arc::clone(&self.clock));
        Ok(Lane { conn, opener, chain: number.to_string(), queue, authority, clock, failed })
    }

    fn reader(&self, queue: Arc<Queue<Read>>) -> Result<Reader, StoreError> {
        let opener = self.opener(Access::Read);
        let conn = opener()?;
        let (authority, clock) = (Arc::clone(&self.authority), Arc::clone(&self.clock));
        Ok(Reader { conn, opener, queue, authority, clock })
    }

    fn opener(&self, access: Access) -> Opener {
        let (backend, runtime) = (self.backend.clone(), self.runtime.clone());
        Box::new(move || backend.open(access, runtime.as_ref()))
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name(name).spawn(run).map_err(StoreError::unavailable)
}

impl Backend {
    fn open(&self, access: Access, runtime: Option<&Handle>) -> Result<Box<dyn Conn>, StoreError> {
        match self {
            Self::Sqlite { path } => Ok(Box::new(Sqlite::open(path, access)?)),
            Self::Postgres { url, schema, .. } => {
                let runtime = runtime.ok_or_else(|| StoreError::unavailable("PostgreSQL needs a runtime"))?;
                Ok(Box::new(Postgres::open(url, schema.as_deref(), access, runtime.clone())?))
            }
        }
    }

    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    fn lanes(&self) -> usize {
        match self {
            Self::Sqlite { .. } => 1,
            Self::Postgres { lanes, .. } => (*lanes).max(1),
        }
    }
}

/// Which lane a job goes to. Jobs about one token go to one lane, so that they don't meet each other's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneKey(u64);

impl LaneKey {
    /// For jobs that are about no token.
    pub const ANY: Self = Self(0);
}

impl From<u64> for LaneKey {
    fn from(hash: u64) -> Self {
        Self(hash)
    }
}

impl From<RowId> for LaneKey {
    /// The last eight bytes of an id are random.
    fn from(id: RowId) -> Self {
        let mut tail = [0; 8];
        tail.copy_from_slice(&id.0[8..]);
        Self(u64::from_be_bytes(tail))
    }
}

/// The store at work. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    lanes: Vec<Arc<Queue<Pending>>>,
    reads: Arc<Queue<Read>>,
    failed: watch::Receiver<bool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Runs a job in a savepoint of a lane's next transaction, and answers once that is committed. A job that returns
    /// `Stale` is run again, at most eight times. Dropping the future does not take the job back.
    pub async fn write<T: Send + 'static>(
        &self,
        lane: impl Into<LaneKey>,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.write(Urgency::Urgent, lane.into(), job)?.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// As `write`, for imports and purges: at most one such job between two batches of the others.
    pub async fn write_background<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.write(Urgency::Background, LaneKey::ANY, job)?.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// Runs a job that only reads, in a transaction that sees one moment.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (read, answer) = pool::read(job);
        self.inner.reads.push(Urgency::Urgent, read)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The name of the database's kind.
    pub fn backend_name(&self) -> &'static str {
        self.inner.name
    }

    /// Resolves when a fault was met after which nothing may be written: the process must stop.
    pub async fn failed(&self) {
        let mut failed = self.inner.failed.clone();
        if failed.wait_for(|failed| *failed).await.is_err() {
            // All lanes ended in good order.
            std::future::pending::<()>().await;
        }
    }

    /// Does what is queued, empties the log of changes and ends the threads. Other clones are told `Closed`.
    pub async fn close(self) {
        let mut lanes = std::mem::take(&mut *self.inner.lock_threads());
        let readers = lanes.split_off(self.inner.lanes.len().min(lanes.len()));
        let joined = tokio::task::spawn_blocking(move || {
            // Readers first: SQLite removes its log when a writer is the last to leave.
            self.inner.reads.close();
            join(readers);
            self.inner.close();
            join(lanes);
        });
        drop(joined.await);
    }
}

/// A thread that panicked has said so, and its callers were answered.
fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        drop(thread.join());
    }
}

/// The lane ended before it answered: the job may have been committed.
fn unanswered() -> StoreError {
    StoreError::UnknownOutcome { cause: "the writer ended".to_owned() }
}

impl Inner {
    fn new(name: &'static str, lanes: usize, failed: watch::Receiver<bool>) -> Self {
        let lanes = (0..lanes).map(|_| Arc::new(Queue::new(WAITING_MAX))).collect();
        Self { name, lanes, reads: Arc::new(Queue::new(WAITING_MAX)), failed, threads: Mutex::new(Vec::new()) }
    }

    fn write<T: Send + 'static>(
        &self,
        urgency: Urgency,
        lane: LaneKey,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (pending, answer) = Pending::new(urgency, job);
        // A remainder below the number of lanes; there is at least one.
        let number = usize::try_from(lane.0 % self.lanes.len() as u64).unwrap_or(0);
        self.lanes[number].push(urgency, pending)?;
        Ok(answer)
    }

    fn close(&self) {
        self.lanes.iter().for_each(|lane| lane.close());
        self.reads.close();
    }

    fn lock_threads(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    /// The threads do what is queued and end by themselves; nobody waits for them here.
    fn drop(&mut self) {
        self.close();
    }
}
