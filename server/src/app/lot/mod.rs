//! Lots: looking at them, taking one back out while none of its tokens was touched, proving how it is
//! to be read, and keeping it from use; what their boxes held, and the end of their files.

mod compare;
mod destroyed;
mod expect;
mod on_import;
mod prove;
mod reread;
mod states;
mod stop;

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::lot::{Lot, LotName, LotProof, LotState};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, Decision, fault, to_the_end};
use crate::store::{StoreError, Tx};

pub use compare::Compared;
pub use destroyed::ConfirmDestruction;
pub use expect::{CancelDelivery, Contents, ExpectDelivery};
pub use on_import::ForDelivery;
pub use prove::{ProveLot, Proven};
pub use states::{LotDeed, MoveLot};
pub use stop::{StopCodes, Stopped};

pub(super) use compare::Beside;
pub(super) use on_import::{ExpectedBox, Judged, lot_name};

/// Rows removed in one job, so that a verification never waits long for it.
pub(super) const DROP_SLICE: u32 = 200;

/// A lot that was taken out.
struct Reverted(RowId);

impl Remembered for Reverted {
    fn facts(&self) -> Facts {
        vec![("lot".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "lot")?.parse().ok().map(Self)
    }
}

impl App {
    /// One lot.
    pub async fn lot_get(&self, name: LotName) -> Answer<Lot> {
        self.store().read(move |tx| visible_lot(tx, &name)).await.map_err(fault)?
    }

    /// A page of lots, newest first; all, or those whose seed file nobody confirmed was destroyed.
    pub async fn lot_list(&self, undestroyed: bool, page: PageRequest) -> Answer<Page<Lot>> {
        let codec = self.page_codec("lots", if undestroyed { "undestroyed" } else { "" });
        let before = codec.read_row(&page)?;
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let job = move |tx: &mut Tx<'_>| {
            if undestroyed { tx.lot_page_with_file(before, limit) } else { tx.lot_page(before, limit) }
        };
        let items = self.store().read(job).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write_row(last.id));
        Ok(Page { items, next })
    }

    /// A page of a lot's proofs, newest first. Those by tokens that the caller may not see are passed over.
    pub async fn lot_proofs(&self, call: Call, name: LotName, page: PageRequest) -> Answer<Page<LotProof>> {
        let codec = self.page_codec("lot-proofs", name.as_str());
        let before = codec.read_row(&page)?;
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let job = move |tx: &mut Tx<'_>| {
            Ok(match visible_lot(tx, &name)? {
                Ok(lot) => Ok(tx.lot_proofs(lot.id, before, limit)?),
                Err(no) => Err(no),
            })
        };
        let mut items = self.store().read(job).await.map_err(fault)??;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write_row(last.id));
        if *call.scope() != Scope::All {
            items = self.store().read(move |tx| of_visible_tokens(tx, &call, &items)).await.map_err(fault)?;
        }
        Ok(Page { items, next })
    }

    /// One proof.
    pub async fn lot_proof(&self, id: RowId) -> Answer<LotProof> {
        let proof = self.store().read(move |tx| tx.lot_proof_find(id)).await.map_err(fault)?;
        proof.ok_or_else(|| Reason::Internal.into())
    }

    /// Takes a lot back out. It is gone from sight at once; its rows are removed after that, in small jobs.
    pub async fn lot_revert(&self, call: Call, name: LotName, validate_only: bool) -> Answer<Lot> {
        if validate_only {
            return self.store().read(move |tx| revertible(tx, &call, &name)).await.map_err(fault)?;
        }
        let memory = self.repeatable(&call, "RevertLot", Canon::new("lot-revert/1").text(name.as_str()));
        let app = self.clone();
        to_the_end(async move {
            let target = name.clone();
            let job = move |tx: &mut Tx<'_>| {
                once(tx, memory.as_ref(), |tx| {
                    let outcome = revertible(tx, &call, &target)?;
                    if let Ok(lot) = &outcome {
                        let gone = Lot { state: LotState::Reverted, version: lot.version + 1, ..lot.clone() };
                        tx.lot_swap(lot, &gone)?;
                    }
                    let said = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
                    tx.audit_append(lot_event(&call, Act::LotRevert, &target, &said, Vec::new()))?;
                    Ok(outcome.map(|lot| Reverted(lot.id)))
                })
            };
            let Reverted(id) = app.store().write(0, job).await.map_err(fault)??;
            app.drop_rows(id).await?;
            app.lot_get(name).await
        })
        .await
    }

    /// Removes the rows of a lot that nobody sees any more.
    pub(super) async fn drop_rows(&self, lot: RowId) -> Answer<()> {
        while self.store().write_background(move |tx| tx.lot_drop_tokens(lot, DROP_SLICE)).await.map_err(fault)? > 0 {}
        Ok(())
    }
}

fn of_visible_tokens(tx: &mut Tx<'_>, call: &Call, proofs: &[LotProof]) -> Result<Vec<LotProof>, StoreError> {
    let mut visible = Vec::new();
    for proof in proofs {
        if tx.token_by_id(call.scope(), proof.token)?.is_some() {
            visible.push(proof.clone());
        }
    }
    Ok(visible)
}

fn visible_lot(tx: &mut Tx<'_>, name: &LotName) -> Decision<Lot> {
    let lot = tx.lot_find(name)?.filter(|lot| lot.state != LotState::Staging);
    Ok(lot.ok_or_else(|| Rejection::from(Reason::LotNotFound).with("lot", name.as_str())))
}

/// The lot, if it can be taken out.
fn revertible(tx: &mut Tx<'_>, call: &Call, name: &LotName) -> Result<Answer<Lot>, StoreError> {
    let lot = match visible_lot(tx, name)? {
        Ok(lot) => lot,
        Err(no) => return Ok(Err(no)),
    };
    if let Err(no) = states::of_all_departments_or_own(call, &lot) {
        return Ok(Err(no));
    }
    if lot.state == LotState::Reverted {
        let action = Arg::Word { en: "reverted".to_owned(), ja: "取り消し".to_owned() };
        return Ok(Err(states::wrong_state(&lot, action)));
    }
    Ok(match tx.lot_touched(lot.id)? {
        (0, _) | (_, None) => Ok(lot),
        // Which tokens, and how many, is the business of whose loans they are.
        _ if *call.scope() != Scope::All => {
            Err(Rejection::from(Reason::LotTouchedElsewhere).with("lot", name.as_str()))
        }
        (count, Some(serial)) => Err(Rejection::from(Reason::LotTouched)
            .with("lot", name.as_str())
            .with("count", count.to_string())
            .with("serial", serial.shown())),
    })
}

pub(super) fn lot_event(call: &Call, action: Act, lot: &LotName, outcome: &Answer<()>, details: Facts) -> Event {
    Event {
        operator: call.operator.name.to_string(),
        action: action.as_str().to_owned(),
        outcome: outcome_word(outcome),
        subject: Some(format!("lots/{lot}")),
        user: None,
        details,
        request_id: call.request.map(|id| id.to_string()),
    }
}
