//! A writer lane: one thread, one connection, one queue, one audit chain.
//!
//! The lane drains its queue, runs each job in a savepoint of one transaction, commits once and then answers all.
//! Guarantees: a job is answered only after its commit returned clean; a job that fails or panics takes only its own
//! writes back, its place in the audit chain included; a job that met a stale row is run again in a later transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokenfleet_domain::audit::Head;
use tokenfleet_domain::ports::{Clock, RowAuthority};
use tokio::sync::{oneshot, watch};

use super::audit;
use super::conn::{CommitFault, Conn, Moment};
use super::error::{Result, StoreError};
use super::queue::{Queue, Taken, Urgency};
use super::tx::Tx;
use crate::bugs::{Bug, seeded};

/// Most jobs of one transaction.
const BATCH_MAX: usize = 128;
/// How often a job that met a stale row is run again.
const RERUNS_MAX: u32 = 8;
/// After so long without a job the lane does its chores.
const IDLE_AFTER: Duration = Duration::from_millis(500);
/// How soon it looks again whether what holds the background back is over.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Opens a further connection, where one was lost.
pub(super) type Opener = Box<dyn Fn() -> Result<Box<dyn Conn>> + Send>;

/// A job as the lane sees it.
pub(super) trait Job: Send {
    /// Runs it once and keeps its result.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()>;

    /// Gives the caller its result, or the fault that made it void.
    fn answer(self: Box<Self>, fault: Option<StoreError>);
}

/// A job that waits for a lane.
pub(super) struct Pending {
    job: Box<dyn Job>,
    urgency: Urgency,
    runs: u32,
}

impl Pending {
    /// A job, and where its answer will come.
    pub(super) fn new<T: Send + 'static>(
        urgency: Urgency,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task { work, result: Err(StoreError::Closed), reply });
        (Self { job, urgency, runs: 0 }, answer)
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.runs += 1;
        self.job.run(tx)
    }

    pub(super) fn answer(self, fault: Option<StoreError>) {
        self.job.answer(fault);
    }
}

struct Task<T, F> {
    work: F,
    result: Result<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnMut(&mut Tx<'_>) -> Result<T> + Send> Job for Task<T, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        // What the closure leaves half done lies in its savepoint, which is taken back; it is never run again.
        let ran = catch_unwind(AssertUnwindSafe(|| (self.work)(tx)));
        self.result = ran.unwrap_or(Err(StoreError::Panicked));
        self.result.as_ref().map(|_| ()).map_err(StoreError::clone)
    }

    fn answer(self: Box<Self>, fault: Option<StoreError>) {
        let result = fault.map_or(self.result, Err);
        // A caller that went away needs no answer; its job was done all the same.
        drop(self.reply.send(result));
    }
}

/// A writer.
pub(super) struct Lane {
    pub(super) conn: Box<dyn Conn>,
    pub(super) opener: Opener,
    pub(super) chain: String,
    pub(super) queue: Arc<Queue<Pending>>,
    pub(super) authority: Arc<dyn RowAuthority>,
    pub(super) clock: Arc<dyn Clock>,
    /// Becomes true when nothing may be written any more.
    pub(super) failed: watch::Sender<bool>,
}

impl Lane {
    /// Works until the queue is closed and empty, or until a commit fails in a way that forbids all others.
    pub(super) fn run(mut self) {
        let _guard = Guard { queue: Arc::clone(&self.queue), failed: self.failed.clone() };
        let mut head = None;
        loop {
            let is_behind = self.conn.is_behind();
            let taken = if is_behind {
                self.queue.take_urgent(BATCH_MAX, LOOK_AGAIN)
            } else {
                self.queue.take(BATCH_MAX, IDLE_AFTER)
            };
            match taken {
                Taken::Jobs(jobs) => {
                    if self.batch(&mut head, jobs) == Next::Stop {
                        return;
                    }
                }
                Taken::Idle if is_behind => self.conn.tend(Moment::Committed),
                Taken::Idle => self.conn.tend(Moment::Idle),
                Taken::Closed => break,
            }
        }
        self.conn.tend(Moment::Closing);
    }

    /// One transaction. `known` is the chain's head as of the last commit, where that is known.
    fn batch(&mut self, known: &mut Option<Head>, jobs: Vec<Pending>) -> Next {
        let before = match self.begin(known.take()) {
            Ok(head) => head,
            Err(fault) => {
                self.give_up();
                answer(jobs, &fault);
                return Next::Go;
            }
        };
        let mut head = before.clone();
        let Ran { mut kept, refused, stale, lost } = self.run_all(&mut head, jobs);
        if seeded(Bug::Early) {
            kept.drain(..).for_each(|job| job.answer(None));
        }
        let committed = match lost {
            Some(fault) => Err(CommitFault::Undone(fault)),
            None => self.commit(&before, &head),
        };
        let rerun = !stale.is_empty();
        self.put_back(stale);
        for (job, error) in refused {
            job.answer(Some(error));
        }
        match committed {
            Ok(()) => {
                // Whoever met a stale row may have met another writer of this chain: then the head is read anew.
                *known = (!rerun).then_some(head);
                for job in kept {
                    job.answer(None);
                }
                self.conn.tend(Moment::Committed);
                Next::Go
            }
            Err(fault) => self.not_committed(fault, kept),
        }
    }

    fn begin(&mut self, known: Option<Head>) -> Result<Head> {
        if !self.conn.is_usable() {
            self.conn = (self.opener)()?;
        }
        self.conn.begin()?;
        known.map_or_else(|| audit::head(&mut *self.conn, &self.chain), Ok)
    }

    fn run_all(&mut self, head: &mut Head, jobs: Vec<Pending>) -> Ran {
        let mut ran = Ran::default();
        let now = self.clock.now();
        for mut job in jobs {
            if ran.lost.is_some() {
                // The transaction is gone, and the job was not run: its turn comes again.
                ran.stale.push(job);
                continue;
            }
            let tx = Tx { conn: &mut *self.conn, authority: &*self.authority, now, head: Some(head) };
            match in_savepoint(tx, &mut job) {
                Ok(()) => ran.kept.push(job),
                Err(Fault::Job(StoreError::Stale)) if job.runs <= RERUNS_MAX => ran.stale.push(job),
                Err(Fault::Job(error)) => ran.refused.push((job, error)),
                Err(Fault::Transaction(fault)) => {
                    ran.lost = Some(fault);
                    ran.kept.push(job);
                }
            }
        }
        ran
    }

    fn commit(&mut self, before: &Head, head: &Head) -> Result<(), CommitFault> {
        if head.seq != before.seq {
            audit::move_head(&mut *self.conn, before, head).map_err(CommitFault::Undone)?;
        }
        self.conn.commit()
    }

    fn not_committed(&mut self, fault: CommitFault, kept: Vec<Pending>) -> Next {
        match fault {
            CommitFault::Undone(StoreError::Stale) => {
                self.give_up();
                let (again, weary) = kept.into_iter().partition(|job| job.runs <= RERUNS_MAX);
                self.put_back(again);
                answer(weary, &StoreError::Stale);
                Next::Go
            }
            CommitFault::Undone(fault) => {
                self.give_up();
                answer(kept, &fault);
                Next::Go
            }
            CommitFault::Unknown { cause, poisoned } => {
                tracing::error!(chain = self.chain, cause, "a commit broke off");
                answer(kept, &StoreError::UnknownOutcome { cause });
                if poisoned { Next::Stop } else { Next::Go }
            }
        }
    }

    /// Takes the transaction back. Where that fails, the connection says that it can't be used.
    fn give_up(&mut self) {
        if let Err(error) = self.conn.rollback() {
            tracing::warn!(chain = self.chain, %error, "a rollback failed");
        }
    }

    fn put_back(&self, jobs: Vec<Pending>) {
        let (background, urgent): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.urgency == Urgency::Background);
        self.queue.put_back(Urgency::Urgent, urgent);
        self.queue.put_back(Urgency::Background, background);
    }
}

#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

/// The jobs of a batch by how they ended.
#[derive(Default)]
struct Ran {
    kept: Vec<Pending>,
    refused: Vec<(Pending, StoreError)>,
    stale: Vec<Pending>,
    /// What ended the transaction itself.
    lost: Option<StoreError>,
}

enum Fault {
    /// The job's own writes were taken back; the transaction goes on.
    Job(StoreError),
    /// The transaction can't go on.
    Transaction(StoreError),
}

fn in_savepoint(mut tx: Tx<'_>, job: &mut Pending) -> Result<(), Fault> {
    let head = tx.head.as_deref().cloned();
    tx.conn.batch("SAVEPOINT job").map_err(Fault::Transaction)?;
    let ran = job.run(&mut tx);
    // A job may swallow an error that ended its savepoint: then the release says so.
    let Err(error) = ran.and_then(|()| tx.conn.batch("RELEASE job")) else { return Ok(()) };
    if let (Some(now), Some(before)) = (tx.head, head) {
        *now = before;
    }
    match tx.conn.batch("ROLLBACK TO job").and_then(|()| tx.conn.batch("RELEASE job")) {
        Ok(()) => Err(Fault::Job(error)),
        Err(_) => Err(Fault::Transaction(error)),
    }
}

fn answer(jobs: Vec<Pending>, fault: &StoreError) {
    for job in jobs {
        job.answer(Some(fault.clone()));
    }
}

/// However the thread ends, nobody waits for it: what is queued is answered, and an end before the queue's is a fault.
struct Guard {
    queue: Arc<Queue<Pending>>,
    failed: watch::Sender<bool>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.queue.is_closed() {
            self.failed.send_replace(true);
        }
        answer(self.queue.abandon(), &StoreError::Closed);
    }
}
