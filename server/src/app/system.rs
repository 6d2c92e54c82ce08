//! How the fleet and the service are.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::token::{Hold, State};

use crate::app::{Answer, App, Call, fault};
use crate::store::Tx;

/// Rows removed in one job.
const TIDY_SLICE: u32 = 500;

/// How things are.
#[derive(Debug, Clone)]
pub struct Status {
    /// The database in use.
    pub database: &'static str,
    /// When the server started.
    pub started_at: Timestamp,
    /// Whether the clock may judge tokens.
    pub clock_trusted: bool,
    /// Tokens by the word people see.
    pub tokens: BTreeMap<&'static str, i64>,
    /// Tokens whose row fails its authentication.
    pub integrity_holds: i64,
    /// When the server's certificate ends.
    pub certificate_expires_at: Timestamp,
}

impl App {
    /// The id of the fleet.
    pub fn fleet_id(&self) -> RowId {
        RowId(self.keyring().fleet())
    }

    /// The server's clock.
    pub fn server_time(&self) -> Timestamp {
        self.now()
    }

    /// Removes what has served its time: remembered requests, budgets of hours gone by, what the directory has no use for,
    /// people in the ledger. Small jobs, once a minute.
    pub async fn tidy(&self) -> Answer<()> {
        let job = |tx: &mut Tx<'_>| {
            let now = tx.now();
            Ok(tx.request_purge(now, TIDY_SLICE)? + tx.budget_purge(now - TimeDelta::hours(2), TIDY_SLICE)?)
        };
        while self.store().write_background(job).await.map_err(fault)? >= u64::from(TIDY_SLICE) {}
        self.person_tidy().await?;
        self.retention_tidy().await
    }

    /// How the service is, and the part of the fleet that the caller acts for.
    pub async fn status(&self, call: Call) -> Answer<Status> {
        let job =
            move |tx: &mut Tx<'_>| Ok((tx.token_counts(call.scope())?, tx.hold_count(call.scope(), Hold::Integrity)?));
        let (counts, integrity_holds) = self.store().read(job).await.map_err(fault)?;
        let mut tokens = BTreeMap::new();
        for (custody, authenticator, proven, count) in counts {
            let word = State::of(custody, authenticator).word(Hold::None, proven);
            *tokens.entry(word.as_str()).or_insert(0) += count;
        }
        Ok(Status {
            database: self.store().backend_name(),
            started_at: self.inner.started_at,
            clock_trusted: self.clock_trusted(),
            tokens,
            integrity_holds,
            certificate_expires_at: self.inner.signer.server_certificate_expires_at(),
        })
    }
}
