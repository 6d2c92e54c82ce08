//! Writing what was planned: the lot of the new tokens, the tokens, their loans, and the record of each.

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::token::Token;

use crate::app::Call;
use crate::app::adoption::AdoptOrder;
use crate::app::adoption::plan::{Deed, Plan};
use crate::app::import::free_name;
use crate::app::target::token_event;
use crate::store::{Loan, StoreError, Tx};

/// Writes all of it; the lot of the tokens that are new.
pub(super) fn write(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &AdoptOrder,
    plan: &Plan,
    sha256: &str,
) -> Result<Option<LotName>, StoreError> {
    let new: Vec<_> = plan.deeds.iter().filter(|deed| deed.held.is_none()).map(|deed| deed.next.clone()).collect();
    let lot = if new.is_empty() { None } else { Some(lot(tx, call, order, plan, (new.len(), sha256))?) };
    let written = tx.token_insert_many(&new)?;
    // Every serial was looked up in this very transaction: one less means that an import is bringing it right now.
    if written != u64::try_from(new.len()).unwrap_or(u64::MAX) {
        return Err(StoreError::Stale);
    }
    for deed in &plan.deeds {
        if let Some(held) = &deed.held {
            tx.token_swap(held, &deed.next)?;
        }
        if deed.next.user.is_some() {
            // Somebody has it: it is kept for nobody any more.
            tx.reservation_drop(deed.next.id)?;
        }
        for loan in &deed.loans {
            tx.loan_insert(loan)?;
        }
        record(tx, call, order, deed)?;
    }
    Ok(lot)
}

fn lot(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &AdoptOrder,
    plan: &Plan,
    (tokens, sha256): (usize, &str),
) -> Result<LotName, StoreError> {
    let now = tx.now();
    let lot = Lot {
        id: plan.lot,
        name: free_name(tx, now)?,
        state: LotState::Open,
        file_name: order.file_name.clone(),
        file_sha256: sha256.to_owned(),
        format: Lot::ADOPTED.to_owned(),
        secret_encoding: String::new(),
        tokens: i64::try_from(tokens).unwrap_or(i64::MAX),
        imported_by: call.operator.name.clone(),
        created_at: now,
        version: 1,
        readings: Vec::new(),
        rereading: None,
        seed_generation: 1,
        destruction: None,
    };
    tx.lot_insert(&lot)?;
    Ok(lot.name)
}

/// One event a loan, and one for a token that came without any.
fn record(tx: &mut Tx<'_>, call: &Call, order: &AdoptOrder, deed: &Deed) -> Result<(), StoreError> {
    if deed.loans.is_empty() {
        return tx.audit_append(event(call, order, &deed.next, deed.held.is_none()));
    }
    for loan in &deed.loans {
        let mut event = event(call, order, &deed.next, deed.held.is_none());
        event.user = loan.user.person().cloned();
        event.details.extend(days(loan));
        tx.audit_append(event)?;
    }
    Ok(())
}

fn event(call: &Call, order: &AdoptOrder, token: &Token, is_new: bool) -> Event {
    let mut event = token_event(call, Act::TokenAdopt, token, &Ok(()));
    event.details = vec![("source".to_owned(), format!("adopted:{}", order.file_name))];
    event.details.extend(is_new.then(|| ("seed".to_owned(), "none".to_owned())));
    event
}

fn days(loan: &Loan) -> Vec<(String, String)> {
    let day = |name: &str, at: tokenfleet_domain::ports::Timestamp| {
        (name.to_owned(), at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    let mut days = vec![day("since", loan.started_at)];
    days.extend(loan.ended.as_ref().map(|end| day("until", end.at)));
    days
}
