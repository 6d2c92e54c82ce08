//! What an import asks of the delivery that its lot is named by: the name, whether the file is what the box held, and
//! the end of the waiting.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::delivery::{Comparing, Comparison, Delivery, DeliveryEnd, DeliveryState};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Token;

use super::compare::Beside;
use super::expect::{delivery_of, differs_facts, end_state, ended};
use crate::app::import::{News, free_name};
use crate::app::memory::Facts;
use crate::app::{Answer, App, Call, Decision};
use crate::store::{StoreError, Tx};

/// The delivery that a file is held against.
#[derive(Debug, Clone)]
pub struct ForDelivery {
    /// Its lot.
    pub lot: LotName,
    /// It is right that the file differs.
    pub accept_difference: bool,
}

/// The box that a file is held against while it is read.
pub(in crate::app) struct ExpectedBox {
    delivery: Delivery,
    accept_difference: bool,
    comparing: Comparing,
}

/// How a file compares with its box, and what that means for the delivery.
#[derive(Debug, Clone)]
pub(in crate::app) struct Judged {
    delivery: Delivery,
    comparison: Comparison,
    /// How the delivery ends with this file; not at all where the file differs and nobody accepts that.
    state: Option<DeliveryState>,
}

/// The name of the lot that a file becomes, and its box: those of its delivery, or the next name of the day.
pub(in crate::app) fn lot_name(
    tx: &mut Tx<'_>,
    named: Option<&ForDelivery>,
) -> Decision<(LotName, Option<ExpectedBox>)> {
    let Some(named) = named else {
        let now = tx.now();
        return free_name(tx, now).map(|name| Ok((name, None)));
    };
    let delivery = match delivery_of(tx, &named.lot)? {
        Ok(delivery) => delivery,
        Err(no) => return Ok(Err(no)),
    };
    match tx.lot_find(&named.lot)? {
        None => {}
        // The lease is the caller's, so nobody imports it any more.
        Some(left) if left.state == LotState::Staging => make_way(tx, &left)?,
        Some(_) => return Ok(Err(Rejection::from(Reason::LotHasFile).with("lot", named.lot.as_str()))),
    }
    if let Err(no) = is_expected(&delivery) {
        return Ok(Err(no));
    }
    let comparing = Comparing::new(&delivery, tx.delivery_serials(&named.lot)?);
    let expected = ExpectedBox { delivery, accept_difference: named.accept_difference, comparing };
    Ok(Ok((named.lot.clone(), Some(expected))))
}

/// Gives another name to what an import left that did not end; it goes under that.
fn make_way(tx: &mut Tx<'_>, left: &Lot) -> Result<(), StoreError> {
    let now = tx.now();
    let name = free_name(tx, now)?;
    tx.lot_swap(left, &Lot { name, version: left.version + 1, ..left.clone() })
}

fn is_expected(delivery: &Delivery) -> Answer<()> {
    if delivery.state == DeliveryState::Expected { Ok(()) } else { Err(ended(delivery)) }
}

impl ExpectedBox {
    /// A token of the file that was known before. A box that was only counted is held against their number.
    pub(in crate::app) fn see_known(&mut self, token: &Token) {
        if self.delivery.has_serials {
            self.comparing.see(&token.serial, &token.vendor, &token.model);
        }
    }
}

impl App {
    /// Holds a lot that is still staging against its box.
    pub(in crate::app) async fn judge_delivery(
        &self,
        lot: &Lot,
        expected: ExpectedBox,
        beside: Beside,
    ) -> Answer<Judged> {
        let ExpectedBox { delivery, accept_difference, comparing } = expected;
        let comparison = self.compare(lot, &delivery, comparing, beside).await?;
        let state = end_state(comparison.differs, accept_difference);
        Ok(Judged { delivery, comparison, state })
    }
}

impl Judged {
    /// What is told.
    pub(in crate::app) fn news(&self) -> News {
        News::Compared(self.delivery.lot.clone(), self.comparison.clone())
    }

    /// Refuses a file that differs, unless that was accepted.
    pub(in crate::app) fn may_come(&self) -> Answer<()> {
        if self.state.is_some() {
            return Ok(());
        }
        let differs = self.comparison.differs;
        Err(Rejection::from(Reason::DeliveryDiffers)
            .with("lot", self.delivery.lot.as_str())
            .with("missing", differs.missing.to_string())
            .with("surplus", differs.surplus.to_string())
            .with("others", differs.others.to_string()))
    }

    /// Whether the delivery is still the one that the file was held against.
    pub(in crate::app) fn still_holds(&self, tx: &mut Tx<'_>) -> Decision<()> {
        let held = tx.delivery_find(&self.delivery.lot)?;
        Ok(if held.as_ref() == Some(&self.delivery) {
            self.may_come()
        } else {
            Err(Rejection::from(Reason::DeliveryChanged).with("lot", self.delivery.lot.as_str()))
        })
    }

    /// Ends the waiting, in the job that opens the lot.
    pub(in crate::app) fn end(&self, tx: &mut Tx<'_>, call: &Call) -> Result<(), StoreError> {
        let Self { delivery, comparison, state } = self;
        let Some(state) = *state else { return Ok(()) };
        let end = DeliveryEnd { at: tx.now(), by: call.operator.name.clone(), differs: comparison.differs };
        tx.delivery_swap(delivery, &delivery.ended(state, end))
    }

    /// What stands in the record of the import.
    pub(in crate::app) fn facts(&self) -> Facts {
        self.state.map(|state| differs_facts(state, self.comparison.differs)).unwrap_or_default()
    }
}
