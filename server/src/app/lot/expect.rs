//! What the box of a lot held: written down when it came, before its seed file or after it, changed and given up.
//!
//! Where the file came first, the lot is held against the box at once. A difference is kept as one, to be looked at or
//! accepted; it is no refusal, since what the box held is a fact.

use std::collections::HashSet;

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::delivery::{Comparing, Comparison, Delivery, DeliveryEnd, DeliveryState, Differs, SERIALS_MAX};
use tokenfleet_domain::ids::{Serial, Vendor};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::{Arg, Rejection};

use super::compare::{Beside, Compared};
use super::{lot_event, states};
use crate::app::import::free_name;
use crate::app::memory::{Facts, Remembered, counted, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{ModelName, StoreError, Tx};

/// What a box held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// So many tokens.
    Counted(i64),
    /// The tokens of these serials, as they were scanned.
    Scanned(Vec<Serial>),
}

/// Write down what a box held.
#[derive(Debug, Clone)]
pub struct ExpectDelivery {
    /// The lot of its seed file; the next of the day where none is said.
    pub lot: Option<LotName>,
    /// Who made the tokens.
    pub vendor: Vendor,
    /// Their model.
    pub model: String,
    /// The purchase order.
    pub order: String,
    /// What it held.
    pub contents: Contents,
    /// No token of the model has come before.
    pub new_model: bool,
    /// Where its file is there already: it is right that it differs.
    pub accept_difference: bool,
    /// The delivery's etag as last seen, where that matters.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

/// Give up waiting for the file of a box.
#[derive(Debug, Clone)]
pub struct CancelDelivery {
    /// Of which lot.
    pub lot: LotName,
    /// The delivery's etag as last seen, where that matters.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

/// A delivery that was written down or given up, as it is remembered.
struct Entered(LotName);

impl Remembered for Entered {
    fn facts(&self) -> Facts {
        vec![("lot".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "lot")?.parse().ok().map(Self)
    }
}

impl App {
    /// Writes down what a box held, and holds the lot against it where its file is there.
    pub async fn delivery_expect(&self, call: Call, mut order: ExpectDelivery) -> Answer<Compared> {
        order.contents = once_each(order.contents)?;
        let compared = self.compare_with_lot(&call, &order).await?;
        let memory = self.repeatable(&call, "ExpectDelivery", content(&order));
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| {
                Ok(may_expect(tx, &call, &order, compared.as_ref())?.map(|next| (next, compared)))
            };
            let (next, compared) = self.store().read(job).await.map_err(fault)??;
            return Ok(Compared { delivery: next.delivery, comparison: compared.map(|(_, comparison)| comparison) });
        }
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| expect(tx, &call, &order, compared.as_ref()));
        let Entered(name) = self.store().write(0, job).await.map_err(fault)??;
        self.delivery_compared(name).await
    }

    /// Gives up waiting for the file of a box.
    pub async fn delivery_cancel(&self, call: Call, order: CancelDelivery) -> Answer<Delivery> {
        let name = order.lot.clone();
        if order.validate_only {
            return self
                .store()
                .read(move |tx| may_cancel(tx, &call, &order))
                .await
                .map_err(fault)?
                .map(|(_, next)| next);
        }
        let content = Canon::new("delivery-cancel/1").text(name.as_str()).opt_text(order.etag.as_deref());
        let memory = self.repeatable(&call, "CancelDelivery", content);
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| cancel(tx, &call, &order));
        let Entered(name) = self.store().write(0, job).await.map_err(fault)??;
        self.delivery_get(name).await
    }

    /// What the box of a lot held.
    pub async fn delivery_get(&self, name: LotName) -> Answer<Delivery> {
        self.store().read(move |tx| delivery_of(tx, &name)).await.map_err(fault)?
    }

    /// A page of deliveries whose file is waited for, the oldest first.
    pub async fn delivery_list(&self, page: PageRequest) -> Answer<Page<Delivery>> {
        let codec = self.page_codec("deliveries", "");
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(String::from_utf8).transpose().map_err(|_| mismatch())?.unwrap_or_default();
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let items = self.store().read(move |tx| tx.deliveries_open(&after, limit)).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(last.lot.as_str().as_bytes()));
        Ok(Page { items, next })
    }

    /// The lot that an order is about, if its file is there, and how it compares with what is to be written down.
    async fn compare_with_lot(&self, call: &Call, order: &ExpectDelivery) -> Answer<Option<(Lot, Comparison)>> {
        let Some(name) = order.lot.clone() else { return Ok(None) };
        let found = self.store().read(move |tx| lot_of_delivery(tx, &name)).await.map_err(fault)??;
        let Some(lot) = found else { return Ok(None) };
        let (serials, delivery) = (order.serials().to_vec(), order.delivery(call, lot.name.clone(), lot.created_at));
        let comparing = Comparing::new(&delivery, serials);
        let comparison = self.compare(&lot, &delivery, comparing, Beside::default()).await?;
        Ok(Some((lot, comparison)))
    }
}

impl ExpectDelivery {
    fn serials(&self) -> &[Serial] {
        match &self.contents {
            Contents::Counted(_) => &[],
            Contents::Scanned(serials) => serials,
        }
    }

    /// The delivery in its first version, with nothing known of its file.
    fn delivery(&self, call: &Call, lot: LotName, now: Timestamp) -> Delivery {
        Delivery {
            lot,
            vendor: self.vendor.clone(),
            model: self.model.clone(),
            order: self.order.clone(),
            state: DeliveryState::Expected,
            tokens: match &self.contents {
                Contents::Counted(count) => *count,
                Contents::Scanned(serials) => i64::try_from(serials.len()).unwrap_or(i64::MAX),
            },
            has_serials: matches!(self.contents, Contents::Scanned(_)),
            entered_at: now,
            entered_by: call.operator.name.clone(),
            end: None,
            version: 1,
        }
    }
}

fn content(order: &ExpectDelivery) -> Canon {
    let head = Canon::new("delivery-expect/1")
        .opt_text(order.lot.as_ref().map(LotName::as_str))
        .text(order.vendor.as_str())
        .text(&order.model)
        .text(&order.order)
        .int(i64::from(order.new_model))
        .int(i64::from(order.accept_difference))
        .opt_text(order.etag.as_deref());
    match &order.contents {
        Contents::Counted(count) => head.int(*count),
        Contents::Scanned(serials) => serials.iter().fold(head, |canon, serial| canon.text(serial.shown())),
    }
}

/// Each serial once, however often it was scanned; refuses what is no contents of a box.
fn once_each(contents: Contents) -> Answer<Contents> {
    let nothing = || Rejection::from(Reason::DeliveryContents).in_field("serials");
    let serials = match contents {
        Contents::Counted(..=0) => return Err(nothing()),
        Contents::Counted(count) => return Ok(Contents::Counted(count)),
        Contents::Scanned(serials) => serials,
    };
    let mut seen = HashSet::new();
    let serials: Vec<_> = serials.into_iter().filter(|serial| seen.insert(serial.clone())).collect();
    if serials.is_empty() {
        return Err(nothing());
    }
    if serials.len() > SERIALS_MAX {
        let no = Rejection::from(Reason::DeliveryTooMany).with("limit", SERIALS_MAX.to_string());
        return Err(no.in_field("serials"));
    }
    Ok(Contents::Scanned(serials))
}

/// A delivery that may be written: over the one that is held, or as a new one.
struct Next {
    held: Option<Delivery>,
    delivery: Delivery,
}

fn expect(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &ExpectDelivery,
    compared: Option<&(Lot, Comparison)>,
) -> Decision<Entered> {
    let outcome = may_expect(tx, call, order, compared)?;
    if let Ok(Next { held, delivery }) = &outcome {
        match held {
            None => tx.delivery_insert(delivery, order.serials())?,
            Some(held) => {
                tx.delivery_swap(held, delivery)?;
                tx.delivery_put_serials(&delivery.lot, order.serials())?;
            }
        }
    }
    let name = outcome.as_ref().ok().map(|next| next.delivery.lot.clone()).or_else(|| order.lot.clone());
    if let Some(name) = &name {
        let said = outcome.as_ref().map(drop).map_err(Clone::clone);
        tx.audit_append(lot_event(call, Act::LotExpect, name, &said, details(order, &outcome)))?;
    }
    Ok(outcome.map(|next| Entered(next.delivery.lot)))
}

/// What stands in the record: what was said, and how the lot compared where its file was there.
fn details(order: &ExpectDelivery, outcome: &Answer<Next>) -> Facts {
    let mut details = vec![
        ("vendor".to_owned(), order.vendor.to_string()),
        ("model".to_owned(), order.model.clone()),
        ("order".to_owned(), order.order.clone()),
    ];
    if let Ok(Next { delivery, .. }) = outcome {
        details.push(counted("tokens", delivery.tokens));
        details.push(("serials".to_owned(), delivery.has_serials.to_string()));
        details.extend(delivery.end.iter().flat_map(|end| differs_facts(delivery.state, end.differs)));
    }
    details
}

/// How a lot compared with its box, for the record.
pub(super) fn differs_facts(state: DeliveryState, differs: Differs) -> Facts {
    vec![
        ("delivery".to_owned(), state.as_str().to_owned()),
        counted("missing", differs.missing),
        counted("surplus", differs.surplus),
        counted("others", differs.others),
    ]
}

fn may_expect(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &ExpectDelivery,
    compared: Option<&(Lot, Comparison)>,
) -> Decision<Next> {
    let now = tx.now();
    let name = match &order.lot {
        Some(name) => name.clone(),
        None => free_name(tx, now)?,
    };
    let held = tx.delivery_find(&name)?;
    let checked = may_be_written(&name, held.as_ref(), order.etag.as_deref())
        .and(same_lot(tx, &name, compared)?)
        .and(known_model(tx, order)?);
    if let Err(no) = checked {
        return Ok(Err(no));
    }
    let version = held.as_ref().map_or(1, |held| held.version + 1);
    let delivery = Delivery { version, ..order.delivery(call, name, now) };
    let delivery = match compared {
        Some((_, comparison)) => settled(delivery, call, comparison.differs, order.accept_difference),
        None => delivery,
    };
    Ok(Ok(Next { held, delivery }))
}

/// The delivery at its end where the lot fits, or may differ.
fn settled(delivery: Delivery, call: &Call, differs: Differs, accept: bool) -> Delivery {
    let end = DeliveryEnd { at: delivery.entered_at, by: call.operator.name.clone(), differs };
    match end_state(differs, accept) {
        Some(state) => Delivery { state, end: Some(end), ..delivery },
        None => delivery,
    }
}

/// How a delivery ends with a file; not at all where it differs and nobody accepts that.
pub(super) fn end_state(differs: Differs, accept: bool) -> Option<DeliveryState> {
    match (differs.is_any(), accept) {
        (false, _) => Some(DeliveryState::Met),
        (true, true) => Some(DeliveryState::Accepted),
        (true, false) => None,
    }
}

/// Whether the row that is held may be written over.
fn may_be_written(name: &LotName, held: Option<&Delivery>, etag: Option<&str>) -> Answer<()> {
    if etag.is_some_and(|etag| held.is_none_or(|held| held.etag() != etag)) {
        return Err(Rejection::from(Reason::DeliveryChanged).with("lot", name.as_str()));
    }
    match held {
        Some(held) => match held.state {
            DeliveryState::Expected | DeliveryState::Cancelled => Ok(()),
            DeliveryState::Met | DeliveryState::Accepted => Err(ended(held)),
        },
        None => Ok(()),
    }
}

/// Whether the lot is still the one that was compared, or still not there.
fn same_lot(tx: &mut Tx<'_>, name: &LotName, compared: Option<&(Lot, Comparison)>) -> Result<Answer<()>, StoreError> {
    Ok(lot_of_delivery(tx, name)?.and_then(|lot| {
        if lot.map(|lot| lot.id) == compared.map(|(lot, _)| lot.id) {
            Ok(())
        } else {
            Err(Rejection::from(Reason::DeliveryChanged).with("lot", name.as_str()))
        }
    }))
}

fn known_model(tx: &mut Tx<'_>, order: &ExpectDelivery) -> Result<Answer<()>, StoreError> {
    let name = ModelName { vendor: order.vendor.to_string(), model: order.model.clone() };
    if order.new_model || tx.model_find(&name)?.is_some() || tx.model_newest(&name)?.is_some() {
        return Ok(Ok(()));
    }
    let no = Rejection::from(Reason::DeliveryModelUnknown).with("vendor", name.vendor).with("model", name.model);
    Ok(Err(no.in_field("model")))
}

fn cancel(tx: &mut Tx<'_>, call: &Call, order: &CancelDelivery) -> Decision<Entered> {
    let outcome = may_cancel(tx, call, order)?;
    if let Ok((held, next)) = &outcome {
        tx.delivery_swap(held, next)?;
    }
    let said = outcome.as_ref().map(drop).map_err(Clone::clone);
    tx.audit_append(lot_event(call, Act::LotExpectCancel, &order.lot, &said, Vec::new()))?;
    Ok(outcome.map(|(held, _)| Entered(held.lot)))
}

fn may_cancel(tx: &mut Tx<'_>, call: &Call, order: &CancelDelivery) -> Decision<(Delivery, Delivery)> {
    let held = match delivery_of(tx, &order.lot)? {
        Ok(held) => held,
        Err(no) => return Ok(Err(no)),
    };
    if held.state == DeliveryState::Cancelled {
        return Ok(Err(ended(&held)));
    }
    let end = DeliveryEnd { at: tx.now(), by: call.operator.name.clone(), differs: Differs::default() };
    let next = held.ended(DeliveryState::Cancelled, end);
    Ok(may_be_written(&order.lot, Some(&held), order.etag.as_deref()).map(|()| (held, next)))
}

/// The refusal of what a delivery's end does not allow.
pub(super) fn ended(delivery: &Delivery) -> Rejection {
    let state = Arg::Word { en: delivery.state.as_str().to_owned(), ja: delivery.state.ja().to_owned() };
    Rejection::from(Reason::DeliveryEnded).with("lot", delivery.lot.as_str()).with("state", state)
}

pub(super) fn delivery_of(tx: &mut Tx<'_>, name: &LotName) -> Decision<Delivery> {
    let found = tx.delivery_find(name)?;
    Ok(found.ok_or_else(|| Rejection::from(Reason::DeliveryNotFound).with("lot", name.as_str())))
}

/// The lot of a delivery, where its file is there. One that was taken out, or never had a file, has none to compare.
pub(super) fn lot_of_delivery(tx: &mut Tx<'_>, name: &LotName) -> Decision<Option<Lot>> {
    let Some(lot) = tx.lot_find(name)?.filter(|lot| lot.state != LotState::Staging) else { return Ok(Ok(None)) };
    if !lot.has_seed_file() {
        return Ok(Err(Rejection::from(Reason::SourceNone).with("lot", name.as_str())));
    }
    if lot.state == LotState::Reverted {
        let action = Arg::Word { en: "compared".to_owned(), ja: "照合".to_owned() };
        return Ok(Err(states::wrong_state(&lot, action)));
    }
    Ok(Ok(Some(lot)))
}
