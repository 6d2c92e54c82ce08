//! Reading the record, and checking that it is whole.

use tokenfleet_domain::audit::{Entry, Head};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::operator::Role;
use tokenfleet_domain::ports::{RowAuthority, Timestamp};
use tokenfleet_domain::reject::Rejection;

use crate::app::filter::AuditFilter;
use crate::app::page::{Page, PageRequest};
use crate::app::{Answer, App, Call, fault};
use crate::store::Tx;

/// Rows examined for one page at most.
const EXAMINED: usize = 5_000;

/// Rows read at once, when listing and when verifying.
const STRIDE: u32 = 500;

/// How whole a chain is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainCheck {
    /// Which chain.
    pub chain: String,
    /// Events that hold.
    pub events: i64,
    /// The hash of the newest event that holds.
    pub head: [u8; 32],
    /// The first event that does not hold, by its place; None where all do.
    pub broken_at: Option<i64>,
}

/// Where a page of events goes on.
type Place = (Timestamp, String, i64);

impl App {
    /// A page of events, oldest first: all for auditors, everybody else's own.
    pub async fn audit_list(&self, call: Call, filter: AuditFilter, page: PageRequest) -> Answer<Page<Entry>> {
        let text = filter.text().to_owned();
        let filter =
            if call.operator.has_any(&[Role::Auditor]) { filter } else { filter.of_operator(&call.operator.name) };
        let codec = self.page_codec("audit", &format!("{}\n{text}", filter.text()));
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| {
            let mut taken = Vec::new();
            let mut after = after;
            let mut examined = 0;
            while examined < EXAMINED {
                let entries = tx.audit_page(&filter.by, after.clone(), STRIDE)?;
                if entries.is_empty() {
                    return Ok((taken, None));
                }
                for entry in entries {
                    examined += 1;
                    after = Some((entry.recorded_at, entry.chain.clone(), entry.seq));
                    if filter.takes(&entry.event) {
                        taken.push(entry);
                        if taken.len() == size {
                            return Ok((taken, after));
                        }
                    }
                }
            }
            Ok((taken, after))
        };
        let (items, next) = self.store().read(job).await.map_err(fault)?;
        Ok(Page { items, next: next.map(|place| codec.write(&write_place(&place))) })
    }

    /// Walks every chain from its beginning.
    pub async fn audit_verify(&self) -> Answer<Vec<ChainCheck>> {
        let keyring = self.keyring().clone();
        let job = move |tx: &mut Tx<'_>| {
            let mut checks = Vec::new();
            for head in tx.audit_chains()? {
                let mut walked = Head::genesis(head.chain.clone());
                let broken_at = loop {
                    let entries = tx.audit_of_chain(&head.chain, walked.seq, STRIDE)?;
                    let Some(last) = entries.last() else { break ends_at(&walked, &head) };
                    let last = last.seq;
                    if let Some(bad) =
                        entries.iter().find(|entry| walked.verify_next(entry, keyring.audit_key()).is_err())
                    {
                        break Some(bad.seq.min(walked.seq + 1));
                    }
                    debug_assert_eq!(walked.seq, last);
                };
                checks.push(ChainCheck { chain: head.chain, events: walked.seq, head: walked.hash, broken_at });
            }
            Ok(checks)
        };
        self.store().read(job).await.map_err(fault)
    }
}

/// A chain whose last entries are gone ends before its head says.
fn ends_at(walked: &Head, head: &Head) -> Option<i64> {
    (walked.seq != head.seq || walked.hash != head.hash).then_some(walked.seq + 1)
}

fn write_place((at, chain, seq): &Place) -> Vec<u8> {
    [&at.timestamp_micros().to_be_bytes(), &seq.to_be_bytes(), chain.as_bytes()].concat()
}

fn read_place(key: &[u8]) -> Option<Place> {
    let (at, rest) = key.split_first_chunk::<8>()?;
    let (seq, chain) = rest.split_first_chunk::<8>()?;
    let at = Timestamp::from_timestamp_micros(i64::from_be_bytes(*at))?;
    Some((at, String::from_utf8(chain.to_vec()).ok()?, i64::from_be_bytes(*seq)))
}
