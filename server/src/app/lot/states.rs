//! Keeping a lot from use, calling it back, and letting it go again.
//!
//! A quarantine stops everything at once, codes of people included. A recall stops lending only: who holds a token goes on
//! until its codes are stopped (`stop`), so that nobody stands before a closed door on the day of a vendor's notice.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::lot::{Lot, LotName, LotReason, LotState};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::{Arg, Rejection};

use super::{lot_event, visible_lot};
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::Tx;

/// What becomes of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotDeed {
    /// It is kept from use.
    Quarantine,
    /// It is called back.
    Recall,
    /// It may be used again.
    Open,
}

impl LotDeed {
    /// The RPC by whose name it is remembered.
    fn method(self) -> &'static str {
        match self {
            Self::Quarantine => "QuarantineLot",
            Self::Recall => "RecallLot",
            Self::Open => "OpenLot",
        }
    }

    /// What stands in the record.
    fn act(self) -> Act {
        match self {
            Self::Quarantine => Act::LotQuarantine,
            Self::Recall => Act::LotRecall,
            Self::Open => Act::LotOpen,
        }
    }

    /// What is done, as a participle: "it can't be … ".
    fn words(self) -> Arg {
        let (en, ja) = match self {
            Self::Quarantine => ("quarantined", "隔離"),
            Self::Recall => ("recalled", "回収"),
            Self::Open => ("opened", "開放"),
        };
        Arg::Word { en: en.to_owned(), ja: ja.to_owned() }
    }

    /// Where it leads from a state; None where it is not legal.
    fn next(self, state: LotState) -> Option<LotState> {
        match (self, state) {
            (Self::Quarantine, LotState::Closed | LotState::Open | LotState::Recalled) => Some(LotState::Quarantined),
            (Self::Recall, LotState::Open) => Some(LotState::Recalled),
            (Self::Open, LotState::Quarantined | LotState::Recalled) => Some(LotState::Open),
            (
                Self::Quarantine | Self::Recall | Self::Open,
                LotState::Staging
                | LotState::Closed
                | LotState::Open
                | LotState::Quarantined
                | LotState::Recalled
                | LotState::Reverted,
            ) => None,
        }
    }
}

/// Do it with one lot.
#[derive(Debug, Clone)]
pub struct MoveLot {
    /// Which.
    pub lot: LotName,
    /// What.
    pub deed: LotDeed,
    /// Why.
    pub reason: LotReason,
    /// Anything worth recording.
    pub note: String,
    /// Check only.
    pub validate_only: bool,
}

/// A lot that was moved, as it is remembered.
struct Moved(RowId);

impl Remembered for Moved {
    fn facts(&self) -> Facts {
        vec![("lot".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "lot")?.parse().ok().map(Self)
    }
}

impl App {
    /// Quarantines, recalls or opens a lot.
    pub async fn lot_move(&self, call: Call, order: MoveLot) -> Answer<Lot> {
        let name = order.lot.clone();
        if order.validate_only {
            return self.store().read(move |tx| may_move(tx, &call, &order)).await.map_err(fault)?.map(|(lot, _)| lot);
        }
        let content = Canon::new("lot-move/1").text(name.as_str()).text(order.reason.as_str()).text(&order.note);
        let memory = self.repeatable(&call, order.deed.method(), content);
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| move_lot(tx, &call, &order));
        let Moved(_) = self.store().write(0, job).await.map_err(fault)??;
        self.lot_get(name).await
    }
}

fn move_lot(tx: &mut Tx<'_>, call: &Call, order: &MoveLot) -> Decision<Moved> {
    let outcome = may_move(tx, call, order)?;
    if let Ok((lot, next)) = &outcome {
        tx.lot_swap(lot, &Lot { state: *next, version: lot.version + 1, ..lot.clone() })?;
    }
    let said = outcome.as_ref().map(drop).map_err(Clone::clone);
    let mut details = vec![("reason".to_owned(), order.reason.as_str().to_owned())];
    details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
    tx.audit_append(lot_event(call, order.deed.act(), &order.lot, &said, details))?;
    Ok(outcome.map(|(lot, _)| Moved(lot.id)))
}

/// The lot, and where it leads.
fn may_move(tx: &mut Tx<'_>, call: &Call, order: &MoveLot) -> Decision<(Lot, LotState)> {
    let lot = match of_all_departments(call).and(visible_lot(tx, &order.lot)?) {
        Ok(lot) => lot,
        Err(no) => return Ok(Err(no)),
    };
    if order.deed != LotDeed::Quarantine
        && let Err(no) = settled(&lot)
    {
        return Ok(Err(no));
    }
    Ok(match order.deed.next(lot.state) {
        Some(next) => Ok((lot, next)),
        None if order.deed == LotDeed::Recall && lot.state == LotState::Quarantined => {
            Err(Rejection::from(Reason::LotQuarantined).with("lot", lot.name.as_str()))
        }
        None => Err(wrong_state(&lot, order.deed.words())),
    })
}

/// Codes of a lot that is open or recalled count, so how it is read must be known, and all of it be read so by now.
fn settled(lot: &Lot) -> Answer<()> {
    let reason = if lot.rereading.is_some() {
        Reason::LotBeingReread
    } else if lot.state == LotState::Closed || !lot.readings.is_empty() {
        Reason::LotUnproven
    } else {
        return Ok(());
    };
    Err(Rejection::from(reason).with("lot", lot.name.as_str()))
}

/// What concerns everybody who holds a token of a lot takes an operator of all departments.
pub(super) fn of_all_departments(call: &Call) -> Answer<()> {
    if *call.scope() == Scope::All { Ok(()) } else { Err(Reason::LotScope.into()) }
}

/// Whoever acts for some departments has a say over the lots that they imported themselves, while nobody else's loans
/// are concerned.
pub(super) fn of_all_departments_or_own(call: &Call, lot: &Lot) -> Answer<()> {
    if lot.imported_by == call.operator.name { Ok(()) } else { of_all_departments(call) }
}

/// The refusal of what a lot's state does not allow.
pub(super) fn wrong_state(lot: &Lot, action: Arg) -> Rejection {
    Rejection::from(Reason::LotWrongState)
        .with("lot", lot.name.as_str())
        .with("state", Arg::Word { en: lot.state.as_str().to_owned(), ja: lot.state.ja().to_owned() })
        .with("action", action)
}
