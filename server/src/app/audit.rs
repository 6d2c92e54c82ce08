//! Reading the record, and checking that it is whole.

use tokenfleet_domain::audit::{Entry, Head};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ports::{RowAuthority, Timestamp};
use tokenfleet_domain::reject::Rejection;

use crate::app::filter::{AUDIT_ORDER, AuditFilter, AuditPlace, read_order};
use crate::app::page::{Page, PageRequest};
use crate::app::{Answer, App, fault};
use crate::seal::Keyring;
use crate::store::{Order, StoreError, Tx};

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

impl App {
    /// A page of events.
    pub async fn audit_list(&self, filter: AuditFilter, order_by: &str, page: PageRequest) -> Answer<Page<Entry>> {
        let order = read_order(order_by, AUDIT_ORDER)?;
        let codec = self.page_codec("audit", &format!("{order:?}\n{}", filter.text()));
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| walk(tx, &filter, order, after, size);
        let (items, next) = self.store().read(job).await.map_err(fault)?;
        Ok(Page { items, next: next.map(|place| codec.write(&write_place(&place))) })
    }

    /// Walks every chain from its beginning, in short reads, so that it keeps nobody waiting.
    pub async fn audit_verify(&self) -> Answer<Vec<ChainCheck>> {
        let heads =
            self.store().read(|tx| Ok(tx.audit_chains()?.into_iter().collect::<Vec<_>>())).await.map_err(fault)?;
        let mut checks = Vec::new();
        for head in heads {
            let mut walk = Walk { walked: Head::genesis(head.chain.clone()), broken_at: None };
            while walk.broken_at.is_none() && walk.walked.seq < head.seq {
                let keyring = self.keyring().clone();
                walk = self.store().read(move |tx| walk.on(tx, head.seq, &keyring)).await.map_err(fault)?;
            }
            let Walk { walked, broken_at } = walk;
            let broken_at = broken_at.or_else(|| ends_at(&walked, &head));
            checks.push(ChainCheck { chain: head.chain, events: walked.seq, head: walked.hash, broken_at });
        }
        Ok(checks)
    }
}

/// Walks an index from a place on until the page is full, the events end, or enough was examined: what was taken, and
/// where to go on.
fn walk(
    tx: &mut Tx<'_>,
    filter: &AuditFilter,
    order: Order,
    after: Option<AuditPlace>,
    size: usize,
) -> Result<(Vec<Entry>, Option<AuditPlace>), StoreError> {
    let mut taken = Vec::new();
    let mut after = after.or_else(|| filter.begin(order));
    let mut examined = 0;
    while examined < EXAMINED {
        let entries = tx.audit_page(&filter.by, order, after.clone(), STRIDE)?;
        if entries.is_empty() {
            return Ok((taken, None));
        }
        for entry in entries {
            if filter.ends_before(order, entry.recorded_at) {
                return Ok((taken, None));
            }
            examined += 1;
            after = Some((entry.recorded_at, entry.chain.clone(), entry.seq));
            if filter.takes(&entry) {
                taken.push(entry);
                if taken.len() == size {
                    return Ok((taken, after));
                }
            }
        }
    }
    Ok((taken, after))
}

/// How far a chain was walked.
struct Walk {
    walked: Head,
    broken_at: Option<i64>,
}

impl Walk {
    /// A stride further, but not beyond `end`. An entry that can't be read, or is not there, breaks the chain like one that was changed.
    fn on(mut self, tx: &mut Tx<'_>, end: i64, keyring: &Keyring) -> Result<Self, StoreError> {
        let next = self.walked.seq + 1;
        let stride = u32::try_from(end - self.walked.seq).map_or(STRIDE, |left| left.min(STRIDE));
        let entries = match tx.audit_of_chain(&self.walked.chain, self.walked.seq, stride) {
            Err(StoreError::Broken { .. }) => {
                tx.audit_of_chain(&self.walked.chain, self.walked.seq, 1).unwrap_or_default()
            }
            read => read?,
        };
        if entries.is_empty() {
            self.broken_at = Some(next);
        }
        for entry in &entries {
            let expected = self.walked.seq + 1;
            if self.walked.verify_next(entry, keyring.audit_key()).is_err() {
                self.broken_at = Some(expected);
                break;
            }
        }
        Ok(self)
    }
}

/// A chain whose last entries are gone ends before its head says.
fn ends_at(walked: &Head, head: &Head) -> Option<i64> {
    (walked.seq != head.seq || walked.hash != head.hash).then_some(walked.seq + 1)
}

/// A place in the record, for a page token.
pub(super) fn write_place((at, chain, seq): &AuditPlace) -> Vec<u8> {
    [&at.timestamp_micros().to_be_bytes(), &seq.to_be_bytes(), chain.as_bytes()].concat()
}

/// Reads what `write_place` wrote.
pub(super) fn read_place(key: &[u8]) -> Option<AuditPlace> {
    let (at, rest) = key.split_first_chunk::<8>()?;
    let (seq, chain) = rest.split_first_chunk::<8>()?;
    let at = Timestamp::from_timestamp_micros(i64::from_be_bytes(*at))?;
    Some((at, String::from_utf8(chain.to_vec()).ok()?, i64::from_be_bytes(*seq)))
}
