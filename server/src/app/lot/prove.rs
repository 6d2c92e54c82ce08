//! Proving a lot: one token in hand shows a code, and that settles how the file of its lot is to be read.
//!
//! Budgets are charged in a first job, all readings are tried away from the writer, and what they came to is written only
//! where token and lot are still as they were found. A reading that is not the stored one goes on in `reread`.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::lot::{Lot, LotName, LotProof, LotState};
use tokenfleet_domain::otp::resync::{Diagnosis, Shown};
use tokenfleet_domain::otp::{Displayed, Fit, OtpCode, Proved, Stored, prove};
use tokenfleet_domain::reject::{Arg, Rejection};
use tokenfleet_domain::token::{Action, Hold, Token};

use super::states::{of_all_departments_or_own, wrong_state};
use super::{lot_event, visible_lot};
use crate::app::clock::Sighting;
use crate::app::code::charge_resync;
use crate::app::judge::{Hit, has_seed, track, with_hit};
use crate::app::memory::{Facts, Remembered, Repeatable, fact, once};
use crate::app::target::{Target, hold_if_broken, legal, not_own, record_unfound};
use crate::app::{Answer, App, Call, Decision, entropy_fault, fault, on_a_core, seal_fault, to_the_end};
use crate::store::{Found, StoreError, Tx};

/// How often the readings are tried again when lot or token change meanwhile.
const ATTEMPTS: usize = 3;

/// A token of a lot, and what it shows.
#[derive(Clone)]
pub struct ProveLot {
    /// Which lot.
    pub lot: LotName,
    /// Which token is in hand.
    pub token: TokenRef,
    /// What it shows.
    pub displayed: Displayed,
    /// Anything worth recording.
    pub note: String,
    /// Check only, and look at no code.
    pub validate_only: bool,
}

impl ProveLot {
    fn content(&self) -> Canon {
        let codes: Vec<u8> = match self.displayed {
            Displayed::One(code) => code.hash_input().to_vec(),
            Displayed::Two(Shown { first, second, .. }) => {
                [first, second].into_iter().flat_map(OtpCode::hash_input).collect()
            }
        };
        let token = Target::Token(self.token.clone()).words();
        Canon::new("lot-prove/1").text(self.lot.as_str()).text(&token).bytes(&codes).text(&self.note)
    }
}

/// A lot that was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// With which token.
    pub token: RowId,
    /// Where it stands; None where it was only checked whether it can be.
    pub proof: Option<RowId>,
    /// What the code said of the token's clock.
    pub sighting: Option<Sighting>,
}

impl Remembered for Proven {
    fn facts(&self) -> Facts {
        let mut facts = vec![("token".to_owned(), self.token.to_string())];
        facts.extend(self.proof.iter().map(|proof| ("proof".to_owned(), proof.to_string())));
        facts.extend(self.sighting.iter().flat_map(Sighting::facts));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let proof = fact(facts, "proof").and_then(|proof| proof.parse().ok());
        Some(Self { token: fact(facts, "token")?.parse().ok()?, proof, sighting: Sighting::recall(facts) })
    }
}

/// A call to prove a lot, with what it is remembered by.
#[derive(Clone)]
pub(super) struct Deed {
    pub(super) call: Call,
    pub(super) asked: ProveLot,
    memory: Option<Repeatable>,
    /// The id of the proof, if it comes to one.
    proof: RowId,
}

/// The lot and the token, as they were found.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) lot: Lot,
    pub(super) found: Found,
}

impl Subject {
    /// Whether a fit is how the token is read already.
    fn is_read_as(&self, fit: &Fit) -> bool {
        fit.spelling == self.lot.spelling() && fit.profile == self.found.token.profile
    }
}

/// What the first half comes to.
enum Charged {
    /// Budgets are charged: try the readings.
    Go(Box<Subject>),
    /// It was done before.
    Answered(Answer<Proven>),
}

impl App {
    /// Proves a lot by what one of its tokens shows: opens it, or reads all of it anew and then opens it.
    pub async fn lot_prove(&self, call: Call, asked: ProveLot) -> Answer<Proven> {
        if asked.validate_only {
            return self.prove_check(call, asked).await;
        }
        self.need_clock()?;
        let memory = self.repeatable(&call, "ProveLot", asked.content());
        let proof = RowId::draw(self.now(), &**self.entropy()).map_err(entropy_fault)?;
        let deed = Deed { call, asked, memory, proof };
        let app = self.clone();
        to_the_end(async move {
            app.lot_finish_rereading(&deed.asked.lot).await?;
            for attempt in 0..ATTEMPTS {
                let subject = match app.prove_charge(deed.clone(), attempt == 0).await? {
                    Charged::Go(subject) => *subject,
                    Charged::Answered(answer) => return answer,
                };
                let settled = match app.prove_search(&deed, &subject).await? {
                    Ok(fit) if !subject.is_read_as(&fit) => app.prove_other_reading(&deed, subject, fit).await?,
                    outcome => app.prove_settle(deed.clone(), subject, outcome).await?,
                };
                if let Some(answer) = settled {
                    return answer;
                }
            }
            Err(Reason::TransactionConflict.into())
        })
        .await
    }

    async fn prove_check(&self, call: Call, asked: ProveLot) -> Answer<Proven> {
        let job = move |tx: &mut Tx<'_>| {
            let subject = subject(tx, &call, &asked)?;
            Ok(subject.and_then(|subject| {
                may_prove(&call, &subject)?;
                Ok(Proven { token: subject.found.token.id, proof: None, sighting: None })
            }))
        };
        self.store().read(job).await.map_err(fault)?
    }

    async fn prove_charge(&self, deed: Deed, charge: bool) -> Answer<Charged> {
        let limits = self.settings().limits;
        let job = move |tx: &mut Tx<'_>| {
            let Deed { call, asked, memory, .. } = &deed;
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(Ok(Charged::Answered(answer)));
            }
            let subject = match subject(tx, call, asked)? {
                Ok(subject) => subject,
                Err(no) => {
                    record_unfound(tx, call, Act::LotProve, &Target::Token(asked.token.clone()), &no)?;
                    return Ok(Err(no));
                }
            };
            hold_if_broken(tx, &subject.found)?;
            let mut may = may_prove(call, &subject);
            if charge && may.is_ok() {
                may = charge_resync(tx, call, &subject.found.token, &limits)?;
            }
            if let Err(no) = &may {
                record(tx, &deed, &subject, &Err(no.clone()), Vec::new())?;
            }
            Ok(may.map(|()| Charged::Go(Box::new(subject))))
        };
        self.store().write(0, job).await.map_err(fault)?
    }

    /// Tries all readings. The inner error is what the person with the token in hand is told.
    async fn prove_search(&self, deed: &Deed, subject: &Subject) -> Answer<Answer<Fit>> {
        let now = self.now();
        let keyring = self.keyring().clone();
        let (Subject { lot, found }, displayed) = (subject.clone(), deed.asked.displayed);
        let proved = on_a_core(move || {
            let token = &found.token;
            let seed = keyring.open_seed(token).map_err(seal_fault)?;
            let stored = Stored {
                spelling: lot.spelling(),
                possible: &lot.readings,
                profile: token.profile,
                track: track(token),
            };
            Answer::Ok(prove(&seed, stored, displayed, now))
        })
        .await??;
        let about = |no: Rejection| {
            let serial = subject.found.token.serial.shown();
            Err(no.with("serial", serial).with("lot", deed.asked.lot.as_str()))
        };
        Ok(match (proved, displayed) {
            (Proved::By(fit), _) => Ok(fit),
            (Proved::Ambiguous, _) => about(Reason::ProofAmbiguous.into()),
            (Proved::Failed(Diagnosis::AlreadyUsed), Displayed::One(_)) => about(Reason::CodeReplayed.into()),
            (Proved::Failed(_), Displayed::One(_)) => about(Reason::ProofNone.into()),
            (Proved::Failed(Diagnosis::NoMatch), Displayed::Two(shown)) => {
                match self.other_token(&deed.call, &subject.found, shown, now).await? {
                    Some(no) => Err(no),
                    None => about(Reason::NoMatch.into()),
                }
            }
            (Proved::Failed(diagnosis), Displayed::Two(_)) => about(diagnosis.into()),
        })
    }

    /// Writes that the stored reading fits, or why none does; None where token or lot have changed since.
    pub(super) async fn prove_settle(
        &self,
        deed: Deed,
        subject: Subject,
        outcome: Answer<Fit>,
    ) -> Answer<Option<Answer<Proven>>> {
        let job = move |tx: &mut Tx<'_>| {
            let Some(subject) = unchanged(tx, &deed, &subject)? else { return Ok(None) };
            let answer = once_of(tx, &deed, |tx| {
                let may = may_prove(&deed.call, &subject).and_then(|()| outcome.clone());
                let answer = match &may {
                    Ok(fit) => Ok(accept(tx, &deed, &subject, fit)?),
                    Err(no) => Err(no.clone()),
                };
                record(tx, &deed, &subject, &may.map(drop), Vec::new())?;
                Ok(answer)
            })?;
            Ok(Some(answer))
        };
        self.store().write(0, job).await.map_err(fault)
    }
}

/// The lot and the token that are meant. Of several tokens of one serial it is the one of the lot.
fn subject(tx: &mut Tx<'_>, call: &Call, asked: &ProveLot) -> Decision<Subject> {
    let lot = match visible_lot(tx, &asked.lot)? {
        Ok(lot) => lot,
        Err(no) => return Ok(Err(no)),
    };
    let mut of_lot = tx.token_find(call.scope(), &asked.token)?;
    of_lot.retain(|found| found.token.lot == lot.id);
    let found = match of_lot.pop() {
        Some(only) if of_lot.is_empty() => Ok(only),
        Some(_) | None => Target::Token(asked.token.clone()).find_beside_codes(tx, call.scope())?,
    };
    Ok(found.map(|found| Subject { lot, found }))
}

/// Lot and token once more, if they are as they were.
pub(super) fn unchanged(tx: &mut Tx<'_>, deed: &Deed, was: &Subject) -> Result<Option<Subject>, StoreError> {
    let lot = tx.lot_find(&deed.asked.lot)?.filter(|lot| lot.version == was.lot.version);
    let found = tx.token_by_id(deed.call.scope(), was.found.token.id)?;
    let found = found.filter(|found| found.token.version == was.found.token.version);
    let subject = lot.zip(found).map(|(lot, found)| Subject { lot, found });
    subject.iter().try_for_each(|subject| hold_if_broken(tx, &subject.found))?;
    Ok(subject)
}

/// Whether the lot may be proven with this token. That the lot is kept from use is no obstacle: this is the way out.
pub(super) fn may_prove(call: &Call, Subject { lot, found }: &Subject) -> Answer<()> {
    of_all_departments_or_own(call, lot)?;
    match lot.state {
        LotState::Closed | LotState::Open | LotState::Quarantined => {}
        LotState::Staging | LotState::Recalled | LotState::Reverted => {
            return Err(wrong_state(lot, Arg::Word { en: "proven".to_owned(), ja: "読み方の確認".to_owned() }));
        }
    }
    if found.token.lot != lot.id {
        let no = Rejection::from(Reason::NotOfLot);
        return Err(no.with("serial", found.token.serial.shown()).with("lot", lot.name.as_str()));
    }
    let hold = if found.hold == Hold::Lot { Hold::None } else { found.hold };
    legal(&Found { hold, ..found.clone() }, Action::Resync)?;
    not_own(call, found)?;
    has_seed(&found.token)
}

/// The lot is read right: its token is in step, and it is open unless something else keeps it from use.
fn accept(tx: &mut Tx<'_>, deed: &Deed, Subject { lot, found }: &Subject, fit: &Fit) -> Result<Proven, StoreError> {
    if !lot.readings.is_empty() {
        let settled = Lot { state: opened(lot.state), readings: Vec::new(), version: lot.version + 1, ..lot.clone() };
        tx.lot_swap(lot, &settled)?;
    }
    put_on_record(tx, deed, lot, &found.token, fit, false)
}

/// What a lot becomes that is read right.
pub(super) fn opened(state: LotState) -> LotState {
    match state {
        LotState::Closed => LotState::Open,
        LotState::Staging | LotState::Open | LotState::Quarantined | LotState::Recalled | LotState::Reverted => state,
    }
}

/// Puts the token that proved its lot in step, and the proof among the lot's proofs.
pub(super) fn put_on_record(
    tx: &mut Tx<'_>,
    deed: &Deed,
    lot: &Lot,
    held: &Token,
    fit: &Fit,
    reread: bool,
) -> Result<Proven, StoreError> {
    let now = tx.now();
    let hit = Hit { step: fit.step, offset_steps: fit.offset_steps };
    let sighting = Sighting::of(tx, held, hit.offset_steps, now)?;
    tx.token_accept(held, &with_hit(held, &hit, sighting, now))?;
    sighting.map_or(Ok(()), |sighting| sighting.note(tx, held, "prove"))?;
    let secret_encoding = fit.spelling.map_or_else(|| lot.secret_encoding.clone(), |to| to.as_str().to_owned());
    tx.lot_proof_append(&LotProof {
        id: deed.proof,
        lot: lot.id,
        token: held.id,
        name: held.name(),
        serial: held.serial.shown().to_owned(),
        secret_encoding,
        profile: fit.profile,
        reread,
        proven_at: now,
        proven_by: deed.call.operator.name.clone(),
    })?;
    Ok(Proven { token: held.id, proof: Some(deed.proof), sighting })
}

/// Puts a try on record: with which token, and how it ended; never the code.
pub(super) fn record(
    tx: &mut Tx<'_>,
    deed: &Deed,
    subject: &Subject,
    outcome: &Answer<()>,
    more: Facts,
) -> Result<(), StoreError> {
    let Deed { call, asked, .. } = deed;
    let mut details = vec![("token".to_owned(), subject.found.token.name().to_string())];
    details.extend(more);
    details.extend((!asked.note.is_empty()).then(|| ("note".to_owned(), asked.note.clone())));
    tx.audit_append(lot_event(call, Act::LotProve, &asked.lot, outcome, details))
}

/// Decides a proof once, by the call's request id.
pub(super) fn once_of(
    tx: &mut Tx<'_>,
    deed: &Deed,
    decide: impl FnOnce(&mut Tx<'_>) -> Decision<Proven>,
) -> Decision<Proven> {
    once(tx, deed.memory.as_ref(), decide)
}
