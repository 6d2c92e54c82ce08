//! The readers: a few threads with a read-only connection each, and one queue before them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokenfleet_domain::ports::{Clock, RowAuthority};
use tokio::sync::oneshot;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::lane::Opener;
use super::queue::{Queue, Taken};
use super::tx::Tx;

/// Readers have no chores, so they wait long.
const PATIENCE: Duration = Duration::from_hours(1);

/// A read that waits for a reader.
pub(super) type Read = Box<dyn FnOnce(Result<&mut Tx<'_>>) + Send>;

/// A read, and where its answer will come.
pub(super) fn read<T: Send + 'static>(
    work: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> (Read, oneshot::Receiver<Result<T>>) {
    let (reply, answer) = oneshot::channel();
    let read = Box::new(move |tx: Result<&mut Tx<'_>>| {
        // A read leaves nothing half done.
        let result = tx.and_then(|tx| catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or(Err(StoreError::Panicked)));
        drop(reply.send(result));
    });
    (read, answer)
}

pub(super) struct Reader {
    pub(super) conn: Box<dyn Conn>,
    pub(super) opener: Opener,
    pub(super) queue: Arc<Queue<Read>>,
    pub(super) authority: Arc<dyn RowAuthority>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Reader {
    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            match self.queue.take(1, PATIENCE) {
                Taken::Jobs(reads) => reads.into_iter().for_each(|read| self.read(read)),
                Taken::Idle => {}
                Taken::Closed => return,
            }
        }
    }

    /// One read in one transaction, so that it sees one moment.
    fn read(&mut self, read: Read) {
        if let Err(error) = self.begin() {
            return read(Err(error));
        }
        let now = self.clock.now();
        read(Ok(&mut Tx { conn: &mut *self.conn, authority: &*self.authority, now, head: None }));
        if let Err(error) = self.conn.rollback() {
            tracing::warn!(%error, "a reader lost its connection");
        }
    }

    fn begin(&mut self) -> Result<()> {
        if !self.conn.is_usable() {
            self.conn = (self.opener)()?;
        }
        self.conn.begin()
    }
}
