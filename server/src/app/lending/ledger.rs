//! The custody ledger: who held which token, from when to when, by whose hand and why.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenName};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Token;

use crate::app::page::{Page, PageRequest};
use crate::app::target::Target;
use crate::app::{Answer, App, Call, Decision, fault, fault_after};
use crate::store::{Loan, LoanBy, StoreError, Tx};

/// Loans read for one page at most; a page may be shorter than asked for and still not the last.
const EXAMINED: usize = 5_000;

/// Loans read from the store at once.
const STRIDE: u32 = 500;

/// Which loans are asked for.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// Those of a token, or of a person.
    pub target: Target,
    /// Only the ones that were open at some moment of these, the first and the last.
    pub during: Option<(Timestamp, Timestamp)>,
}

/// A loan with the name of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanShown {
    /// The loan.
    pub loan: Loan,
    /// Its token's name.
    pub token: TokenName,
    /// The serial, as the vendor wrote it.
    pub serial: String,
}

impl App {
    /// A page of loans, newest first.
    pub async fn loan_list(&self, call: Call, asked: Ledger, page: PageRequest) -> Answer<Page<LoanShown>> {
        let during = asked.during.map(|(first, last)| (first.timestamp_micros(), last.timestamp_micros()));
        let codec = self.page_codec("loans", &format!("{}\n{during:?}", asked.target.words()));
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let before = codec.read(&page)?.map(|key| read_place(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| walk(tx, &call, &asked, before, size);
        let (items, next) = self.store().read(job).await.map_err(fault)??;
        Ok(Page { items, next: next.map(|place| codec.write(&write_place(place))) })
    }

    /// The loan that a token stands in; none where it is lent to nobody.
    pub async fn loan_of(&self, call: Call, token: &Token) -> Answer<Option<LoanShown>> {
        self.loan_shown(call, token).await.map_err(fault)
    }

    /// The same after a deed on the token.
    pub async fn loan_after(&self, call: Call, token: &Token) -> Answer<Option<LoanShown>> {
        self.loan_shown(call, token).await.map_err(fault_after)
    }

    async fn loan_shown(&self, call: Call, token: &Token) -> Result<Option<LoanShown>, StoreError> {
        let Some(loan) = token.loan else { return Ok(None) };
        let loan = self.store().read(move |tx| tx.loan_find(call.scope(), loan)).await?;
        let shown = |loan| LoanShown { loan, token: token.name(), serial: token.serial.shown().to_owned() };
        Ok(loan.map(shown))
    }
}

/// Where a page ended: a beginning of a loan, and its row.
type Place = (Timestamp, RowId);

/// Walks the loans back in time until the page is full, they end, or enough was examined.
fn walk(
    tx: &mut Tx<'_>,
    call: &Call,
    asked: &Ledger,
    mut before: Option<Place>,
    size: usize,
) -> Decision<(Vec<LoanShown>, Option<Place>)> {
    let by = match &asked.target {
        Target::User(user) => LoanBy::User(user.clone()),
        Target::Token(_) => match asked.target.find(tx, call.scope())? {
            Ok(found) => LoanBy::Token(found.token.id),
            Err(no) => return Ok(Err(no)),
        },
    };
    let mut taken = Vec::new();
    let mut examined = 0;
    while examined < EXAMINED {
        let loans = tx.loan_page(&by, before, STRIDE)?;
        if loans.is_empty() {
            return Ok(Ok((taken, None)));
        }
        for loan in loans {
            examined += 1;
            before = Some((loan.started_at, loan.id));
            if call.scope().covers(loan.department.as_deref(), true) && was_open(&loan, asked.during) {
                taken.extend(shown(tx, loan)?);
                if taken.len() == size {
                    return Ok(Ok((taken, before)));
                }
            }
        }
    }
    Ok(Ok((taken, before)))
}

fn was_open(loan: &Loan, during: Option<(Timestamp, Timestamp)>) -> bool {
    let is_after = |first| loan.ended.as_ref().is_none_or(|end| end.at > first);
    during.is_none_or(|(first, last)| loan.started_at <= last && is_after(first))
}

/// A loan whose token is in a lot that was taken out again does not exist: such tokens were never lent.
pub(super) fn shown(tx: &mut Tx<'_>, loan: Loan) -> Result<Option<LoanShown>, StoreError> {
    let found = tx.token_by_id(&tokenfleet_domain::operator::Scope::All, loan.token)?;
    Ok(found.map(|found| LoanShown { token: found.token.name(), serial: found.token.serial.shown().to_owned(), loan }))
}

fn write_place((at, id): Place) -> Vec<u8> {
    [at.timestamp_micros().to_be_bytes().as_slice(), &id.0].concat()
}

fn read_place(key: &[u8]) -> Option<Place> {
    let (at, id) = key.split_at_checked(8)?;
    let at = Timestamp::from_timestamp_micros(i64::from_be_bytes(at.try_into().ok()?))?;
    Some((at, RowId(id.try_into().ok()?)))
}
