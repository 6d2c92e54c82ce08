//! Stopping the codes of a lot that was called back: of some tokens, or of all, some at a time.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::{Arg, Rejection};

use super::states::{of_all_departments, wrong_state};
use super::{lot_event, visible_lot};
use crate::app::lending::{Deed, MoveToken, move_one};
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::target::{Target, legal};
use crate::app::{Answer, App, Call, Decision, Found, fault};
use crate::store::{StoreError, Tx};

/// Tokens that are stopped in one job, so that a verification never waits long for it.
const STAGE: u32 = 100;

/// Stop codes of a recalled lot.
#[derive(Debug, Clone)]
pub struct StopCodes {
    /// Which lot.
    pub lot: LotName,
    /// Of which tokens; of all, some at a time, where none is named.
    pub tokens: Vec<TokenRef>,
    /// Anything worth recording.
    pub note: String,
    /// Check only: which tokens it would be.
    pub validate_only: bool,
}

impl StopCodes {
    /// How many tokens can be named at once.
    pub const NAMED_MAX: usize = STAGE as usize;

    fn content(&self) -> Canon {
        let words = self.tokens.iter().map(|token| Target::Token(token.clone()).words());
        words.fold(Canon::new("lot-stop/1").text(self.lot.as_str()).text(&self.note), |canon, word| canon.text(&word))
    }
}

/// Whose codes were stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The tokens.
    pub tokens: Vec<Found>,
    /// Whether there are more whose codes count.
    pub more: bool,
}

/// The same, as it is remembered.
struct Stage {
    stopped: Vec<RowId>,
    more: bool,
}

impl Remembered for Stage {
    fn facts(&self) -> Facts {
        let stopped: Vec<_> = self.stopped.iter().map(ToString::to_string).collect();
        vec![("stopped".to_owned(), stopped.join(" ")), ("more".to_owned(), self.more.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let stopped = fact(facts, "stopped")?.split_whitespace().map(|id| id.parse().ok()).collect::<Option<_>>()?;
        Some(Self { stopped, more: fact(facts, "more")? == "true" })
    }
}

impl App {
    /// Stops codes of a recalled lot.
    pub async fn lot_stop(&self, call: Call, order: StopCodes) -> Answer<Stopped> {
        let caller = call.clone();
        let stage = if order.validate_only {
            self.store().read(move |tx| stop(tx, &caller, &order)).await.map_err(fault)??
        } else {
            let memory = self.repeatable(&call, "StopLotCodes", order.content());
            let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| stop(tx, &caller, &order));
            self.store().write(0, job).await.map_err(fault)??
        };
        let job = move |tx: &mut Tx<'_>| {
            let mut tokens = Vec::new();
            for token in stage.stopped {
                tokens.extend(tx.token_by_id(call.scope(), token)?);
            }
            Ok(Stopped { tokens, more: stage.more })
        };
        self.store().read(job).await.map_err(fault)
    }
}

fn stop(tx: &mut Tx<'_>, call: &Call, order: &StopCodes) -> Decision<Stage> {
    let outcome = match recalled(tx, call, order)? {
        Ok(lot) => meant(tx, &lot, order)?,
        Err(no) => Err(no),
    };
    let outcome = match outcome {
        Ok((meant, more)) => stop_each(tx, call, order, &meant)?.map(|stopped| Stage { stopped, more }),
        Err(no) => Err(no),
    };
    if !order.validate_only {
        let said = outcome.as_ref().map(drop).map_err(Clone::clone);
        let stopped = outcome.as_ref().map_or(0, |stage| stage.stopped.len());
        let mut details = vec![("stopped".to_owned(), stopped.to_string())];
        details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
        tx.audit_append(lot_event(call, Act::LotStop, &order.lot, &said, details))?;
    }
    Ok(outcome)
}

fn recalled(tx: &mut Tx<'_>, call: &Call, order: &StopCodes) -> Decision<Lot> {
    Ok(of_all_departments(call).and(visible_lot(tx, &order.lot)?).and_then(|lot| match lot.state {
        LotState::Recalled => Ok(lot),
        LotState::Staging | LotState::Closed | LotState::Open | LotState::Quarantined | LotState::Reverted => {
            let action = Arg::Word {
                en: "stopped before it is recalled".to_owned(),
                ja: "回収前のコード停止".to_owned(),
            };
            Err(wrong_state(&lot, action))
        }
    }))
}

/// The tokens that are meant, and whether more come after them.
fn meant(tx: &mut Tx<'_>, lot: &Lot, order: &StopCodes) -> Decision<(Vec<Found>, bool)> {
    if order.tokens.is_empty() {
        let mut ready = tx.tokens_of_lot_ready(lot.id, STAGE + 1)?;
        let more = ready.len() > STAGE as usize;
        ready.truncate(STAGE as usize);
        return Ok(Ok((ready, more)));
    }
    let mut meant = Vec::new();
    for token in &order.tokens {
        let found = match Target::Token(token.clone()).find(tx, &Scope::All)? {
            Ok(found) => found,
            Err(no) => return Ok(Err(no)),
        };
        if found.token.lot != lot.id {
            let no = Rejection::from(Reason::NotOfLot).with("lot", lot.name.as_str());
            return Ok(Err(no.with("serial", found.token.serial.shown())));
        }
        meant.push(found);
    }
    Ok(Ok((meant, false)))
}

/// Stops them as a desk stops one. A token that was named and can't be stopped is refused before any is.
fn stop_each(tx: &mut Tx<'_>, call: &Call, order: &StopCodes, meant: &[Found]) -> Decision<Vec<RowId>> {
    let may = meant.iter().try_for_each(|found| legal(found, Deed::Suspend.action()).map(drop));
    if let Err(no) = may {
        return Ok(Err(no));
    }
    let mut stopped = Vec::new();
    for found in meant {
        if order.validate_only || suspend(tx, call, order, found)? {
            stopped.push(found.token.id);
        }
    }
    Ok(Ok(stopped))
}

fn suspend(tx: &mut Tx<'_>, call: &Call, order: &StopCodes, found: &Found) -> Result<bool, StoreError> {
    let suspension = MoveToken {
        target: Target::Token(TokenRef::Name(found.token.name())),
        deed: Deed::Suspend,
        note: format!("recall of lot {}", order.lot),
        etag: None,
        leaves_none: true,
        validate_only: false,
    };
    Ok(move_one(tx, call, &suspension)?.is_ok())
}
