//! The use cases: one a file, named after its noun; each decides in one closure that the store runs in one transaction.
//!
//! Two kinds of "no": a `Rejection` is a result, and what it charged and recorded is committed; a fault rolls back. Both
//! reach the caller as a `Rejection`; the cause of a fault goes to the log only.
//!
//! Knows the domain, the store, the seal and the reader of seed files; knows nothing of gRPC or TLS.

pub mod adoption;
pub mod audit;
pub mod authentication;
mod budget;
pub mod campaign;
pub mod clock;
pub mod code;
pub mod directory;
pub mod filter;
pub mod identify;
pub mod import;
pub mod judge;
pub mod lending;
pub mod location;
pub mod lot;
pub mod memory;
pub mod model;
pub mod operator;
pub mod page;
pub mod person;
mod places;
pub mod report;
pub mod reservation;
mod retention;
mod search;
pub mod settings;
pub mod stock;
pub mod stocktake;
pub mod system;
pub mod target;
pub mod token;
pub mod transfer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::operator::{Operator, Scope};
use tokenfleet_domain::ports::{Clock, Entropy, NoEntropy, Timestamp};
use tokenfleet_domain::reject::Rejection;
use tokio::sync::Semaphore;

use crate::app::directory::Refreshing;
use crate::app::directory::source::DirectorySource;
use crate::app::memory::RequestId;
use crate::app::operator::{CertificateSigner, PublicKey};
use crate::app::places::Places;
use crate::app::settings::Settings;
use crate::seal::{Keyring, SealError};
use crate::store::{Store, StoreError};

pub use crate::store::Found;

/// What a use case answers.
pub type Answer<T> = Result<T, Rejection>;

/// What a decision inside a transaction comes to: committed either way. The outer error rolls back.
pub type Decision<T> = Result<Answer<T>, StoreError>;

/// Who calls.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operator, as the TLS layer knows them.
    pub operator: Operator,
    /// The key of the certificate they show.
    pub key: PublicKey,
    /// The caller's own id for a deed, where one was given.
    pub request: Option<RequestId>,
}

impl Call {
    /// Whose tokens the operator acts for.
    pub fn scope(&self) -> &Scope {
        &self.operator.scope
    }
}

/// The service without its doors.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    keyring: Arc<Keyring>,
    signer: Arc<dyn CertificateSigner>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    directory: Refreshing,
    started_at: Timestamp,
    clock_trusted: AtomicBool,
    uploads: Arc<Places>,
    looks: Semaphore,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        keyring: Arc<Keyring>,
        signer: Arc<dyn CertificateSigner>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
        directory: Option<DirectorySource>,
    ) -> Self {
        let directory = Refreshing::of(directory);
        let started_at = clock.now();
        let clock_trusted = AtomicBool::new(true);
        let uploads = Arc::<Places>::default();
        let looks = Semaphore::new(1);
        let inner = Inner {
            store,
            keyring,
            signer,
            clock,
            entropy,
            settings,
            directory,
            started_at,
            clock_trusted,
            uploads,
            looks,
        };
        Self { inner: Arc::new(inner) }
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn keyring(&self) -> &Arc<Keyring> {
        &self.inner.keyring
    }

    fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.inner.entropy
    }

    fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Says whether the clock may judge tokens; whoever watches the clock says it.
    pub fn trust_clock(&self, trusted: bool) {
        let was = self.inner.clock_trusted.swap(trusted, Ordering::Relaxed);
        if was != trusted {
            tracing::warn!(trusted, "the server's clock");
        }
    }

    fn clock_trusted(&self) -> bool {
        self.inner.clock_trusted.load(Ordering::Relaxed)
    }

    /// Refuses what would learn a token's clock from one that was just set.
    fn need_clock(&self) -> Answer<()> {
        if self.clock_trusted() { Ok(()) } else { Err(Reason::ClockUntrusted.into()) }
    }
}

/// Turns a fault of the store into what the caller may read; the cause goes to the log.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn fault(error: StoreError) -> Rejection {
    let reason = match &error {
        StoreError::Stale => Reason::TransactionConflict,
        StoreError::Busy => Reason::Busy,
        StoreError::Closed => Reason::ShuttingDown,
        StoreError::Unavailable { .. } => Reason::DatabaseUnavailable,
        StoreError::UnknownOutcome { .. } => Reason::UnknownOutcome,
        StoreError::Broken { .. }
        | StoreError::Constraint { .. }
        | StoreError::Panicked
        | StoreError::AlreadyFounded
        | StoreError::Impossible(_)
        | StoreError::NewerSchema { .. }
        | StoreError::Migration { .. } => Reason::Internal,
    };
    tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
    reason.into()
}

/// As `fault`, where what a deed has left is read to be shown: it was done, so nobody may read that nothing was changed.
fn fault_after(error: StoreError) -> Rejection {
    drop(fault(error));
    Reason::UnknownOutcome.into()
}

/// A fault of the seal: always ours, never the caller's.
fn seal_fault(error: SealError) -> Rejection {
    tracing::error!(error = &error as &dyn std::error::Error, "the seal failed");
    Reason::Internal.into()
}

/// No random bytes: nothing that needs them may go on.
fn entropy_fault(error: NoEntropy) -> Rejection {
    seal_fault(error.into())
}

/// Work on all of a core, away from the threads that answer the network.
async fn on_a_core<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Reason::Internal.into())
}

/// Does not stop when the caller goes away: what is charged stays charged.
async fn to_the_end<T: Send + 'static>(deed: impl Future<Output = Answer<T>> + Send + 'static) -> Answer<T> {
    tokio::spawn(deed).await.unwrap_or_else(|_| Err(Reason::Internal.into()))
}
