//! What goes after its time: whose a loan was that ended long ago, and whom an event of long ago was about.
//!
//! Guarantee: loans stay, and so do events and their chains; of the people nothing is left in them but a word that is the
//! same for the same person.

use chrono::TimeDelta;
use tokenfleet_domain::audit::{Act, DONE, Event};

use crate::app::{Answer, App, fault};
use crate::store::{StoreError, Tx};

/// Rows changed in one job, of each table.
const SLICE: u32 = 250;

impl App {
    /// Removes people from the ledger and from the record after their time. Small jobs, once a minute. A clock that is not
    /// trusted may be years ahead, and what is removed does not come back.
    pub(super) async fn retention_tidy(&self) -> Answer<()> {
        let kept = self.settings().loans_kept;
        while self.clock_trusted() {
            let done = self.store().write_background(move |tx| forget(tx, kept)).await.map_err(fault)?;
            if done < u64::from(SLICE) {
                break;
            }
        }
        Ok(())
    }
}

/// One job; how many rows were changed in the table that had more of them.
fn forget(tx: &mut Tx<'_>, kept: TimeDelta) -> Result<u64, StoreError> {
    let before = tx.now() - kept;
    let loans = tx.loan_forget(before, SLICE)?;
    let events = tx.audit_forget(before, SLICE)?;
    if loans + events > 0 {
        tx.audit_append(Event {
            operator: "system".to_owned(),
            action: Act::LedgerForget.as_str().to_owned(),
            outcome: DONE.to_owned(),
            subject: None,
            user: None,
            details: vec![("loans".to_owned(), loans.to_string()), ("events".to_owned(), events.to_string())],
            request_id: None,
        })?;
    }
    Ok(loans.max(events))
}
