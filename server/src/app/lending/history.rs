//! What befell a token besides being lent: what the record says of it that the ledger does not.
//!
//! Guarantee: an event about a person is told to whoever acts for some departments only where it lies in the time of a loan
//! through one of them. What befell the stock is everybody's.

use tokenfleet_domain::audit::{Act, DONE, Entry};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::Rejection;

use super::ledger::{LoanShown, shown};
use crate::app::audit::{read_place, write_place};
use crate::app::filter::AuditPlace;
use crate::app::page::{Page, PageRequest};
use crate::app::target::Target;
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{AuditBy, LoanBy, Order, StoreError, Tx};

/// Events examined for one page at most; a page may be shorter than asked for and still not the last.
const EXAMINED: usize = 5_000;

/// Rows read from the store at once.
const STRIDE: u32 = 500;

impl App {
    /// A page of what befell a token, or the tokens of a person, newest first.
    pub async fn custody_list(&self, call: Call, target: Target, page: PageRequest) -> Answer<Page<Entry>> {
        let codec = self.page_codec("custody", &target.words());
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| walk(tx, &call, &target, after, size);
        let (items, next) = self.store().read(job).await.map_err(fault)??;
        Ok(Page { items, next: next.map(|place| codec.write(&write_place(&place))) })
    }
}

/// Walks the record back in time until the page is full, it ends, or enough was examined.
fn walk(
    tx: &mut Tx<'_>,
    call: &Call,
    target: &Target,
    mut after: Option<AuditPlace>,
    size: usize,
) -> Decision<(Vec<Entry>, Option<AuditPlace>)> {
    let (by, loans) = match target {
        Target::User(user) => (AuditBy::User(user.clone()), LoanBy::User(user.clone())),
        Target::Token(_) => match target.find(tx, call.scope())? {
            Ok(found) => (AuditBy::Subject(found.token.name().to_string()), LoanBy::Token(found.token.id)),
            Err(no) => return Ok(Err(no)),
        },
    };
    let sight = Sight::of(tx, call, &loans)?;
    let mut taken = Vec::new();
    let mut examined = 0;
    while examined < EXAMINED {
        let entries = tx.audit_page(&by, Order::Newest, after.clone(), STRIDE)?;
        if entries.is_empty() {
            return Ok(Ok((taken, None)));
        }
        for entry in entries {
            examined += 1;
            after = Some((entry.recorded_at, entry.chain.clone(), entry.seq));
            if is_history(&entry) && sight.takes(&entry) {
                taken.push(entry);
                if taken.len() == size {
                    return Ok(Ok((taken, after)));
                }
            }
        }
    }
    Ok(Ok((taken, after)))
}

/// What was done, and is not told by the ledger.
fn is_history(entry: &Entry) -> bool {
    entry.event.outcome == DONE && Act::of(&entry.event.action).is_some_and(Act::is_beside_loans)
}

/// Which events about people the caller may read.
enum Sight {
    /// All of them.
    All,
    /// Those in the time of one of these loans.
    Of(Vec<LoanShown>),
}

impl Sight {
    /// The newest loans are looked at; of a token with more of them, a department sees less of its earlier life.
    fn of(tx: &mut Tx<'_>, call: &Call, by: &LoanBy) -> Result<Self, StoreError> {
        if *call.scope() == Scope::All {
            return Ok(Self::All);
        }
        let mut own = Vec::new();
        for loan in tx.loan_page(by, None, STRIDE)? {
            if call.scope().covers(loan.department.as_deref(), true) {
                own.extend(shown(tx, loan)?);
            }
        }
        Ok(Self::Of(own))
    }

    fn takes(&self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            // Where retention has removed the ID, its MAC still says that the event is about a person.
            Self::Of(loans) => entry.user_mac.is_none() || loans.iter().any(|loan| is_during(entry, loan)),
        }
    }
}

fn is_during(entry: &Entry, shown: &LoanShown) -> bool {
    let loan = &shown.loan;
    let is_of_token = entry.event.subject.as_deref() == Some(shown.token.to_string().as_str());
    let has_begun = loan.started_at <= entry.recorded_at;
    is_of_token && has_begun && loan.ended.as_ref().is_none_or(|end| entry.recorded_at <= end.at)
}
