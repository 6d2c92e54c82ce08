//! That the seed file of a lot was destroyed: somebody confirms it, and only of the file that was imported.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::lot::{Destruction, DestructionMethod, FileDigest, JAPAN, Lot, LotName};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use super::states::of_all_departments_or_own;
use super::{lot_event, visible_lot};
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::Tx;

/// Confirm that a lot's seed file was destroyed.
#[derive(Debug, Clone)]
pub struct ConfirmDestruction {
    /// Of which lot.
    pub lot: LotName,
    /// The SHA-256 of the file.
    pub file: FileDigest,
    /// How.
    pub method: DestructionMethod,
    /// By whom, in words; empty where it was the operator.
    pub by: String,
    /// When; now where nobody says.
    pub at: Option<Timestamp>,
    /// Anything worth recording.
    pub note: String,
    /// Check only.
    pub validate_only: bool,
}

/// A lot whose file was destroyed, as it is remembered.
struct Confirmed(LotName);

impl Remembered for Confirmed {
    fn facts(&self) -> Facts {
        vec![("lot".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "lot")?.parse().ok().map(Self)
    }
}

impl App {
    /// Confirms that a lot's seed file was destroyed.
    pub async fn lot_destroyed(&self, call: Call, order: ConfirmDestruction) -> Answer<Lot> {
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| may_confirm(tx, &call, &order);
            let (lot, destruction) = self.store().read(job).await.map_err(fault)??;
            return Ok(Lot { destruction: Some(destruction), ..lot });
        }
        let content = Canon::new("lot-destroyed/1")
            .text(order.lot.as_str())
            .text(order.file.as_str())
            .text(order.method.as_str())
            .text(&order.by)
            .opt_int(order.at.map(|at| at.timestamp_micros()))
            .text(&order.note);
        let memory = self.repeatable(&call, "ConfirmDestruction", content);
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| confirm(tx, &call, &order));
        let Confirmed(name) = self.store().write(0, job).await.map_err(fault)??;
        self.lot_get(name).await
    }
}

fn confirm(tx: &mut Tx<'_>, call: &Call, order: &ConfirmDestruction) -> Decision<Confirmed> {
    let outcome = may_confirm(tx, call, order)?;
    if let Ok((lot, destruction)) = &outcome {
        tx.lot_destruction_insert(lot.id, destruction)?;
    }
    let said = outcome.as_ref().map(drop).map_err(Clone::clone);
    tx.audit_append(lot_event(call, Act::LotDestroyed, &order.lot, &said, details(order)))?;
    Ok(outcome.map(|(lot, _)| Confirmed(lot.name)))
}

fn details(order: &ConfirmDestruction) -> Facts {
    let mut details = vec![
        ("file_sha256".to_owned(), order.file.as_str().to_owned()),
        ("method".to_owned(), order.method.as_str().to_owned()),
    ];
    details.extend(order.at.map(|at| ("at".to_owned(), at.format("%Y-%m-%dT%H:%M:%SZ").to_string())));
    let words = [("by", &order.by), ("note", &order.note)];
    details.extend(
        words.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), text.clone())),
    );
    details
}

/// The lot, and what is written beside it.
fn may_confirm(tx: &mut Tx<'_>, call: &Call, order: &ConfirmDestruction) -> Decision<(Lot, Destruction)> {
    let now = tx.now();
    Ok(visible_lot(tx, &order.lot)?.and_then(|lot| {
        of_all_departments_or_own(call, &lot)?;
        let about = |reason: Reason| Rejection::from(reason).with("lot", lot.name.as_str());
        if !lot.has_seed_file() {
            return Err(about(Reason::SourceNone));
        }
        if lot.file_sha256 != order.file.as_str() {
            return Err(about(Reason::SourceNotOfLot)
                .with("sha256", order.file.as_str())
                .with("source", lot.file_name.as_str()));
        }
        if let Some(earlier) = &lot.destruction {
            return Err(about(Reason::SourceGone).with("operator", earlier.confirmed_by.as_str()));
        }
        let at = order.at.unwrap_or(now);
        // A day stands for its beginning, which is before an import of the same day.
        let day = |at: Timestamp| at.with_timezone(&JAPAN).date_naive();
        if day(at) < day(lot.created_at) || at > now {
            return Err(about(Reason::DestroyedWhen).in_field("destroy_time"));
        }
        let destruction = Destruction {
            method: order.method,
            by: order.by.clone(),
            at,
            note: order.note.clone(),
            confirmed_by: call.operator.name.clone(),
            confirmed_at: now,
        };
        Ok((lot, destruction))
    }))
}
