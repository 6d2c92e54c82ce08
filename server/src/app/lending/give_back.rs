//! A token comes back. Where the desk reads codes off it they prove, before anything is written, that it is the one that
//! was lent: a wrong device in the wrong drawer is noticed while the person is still there.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::TokenRef;
use tokenfleet_domain::token::{Hold, State};

use super::moves::{Deed, MoveToken, Moved, ReturnReason, Seen, may_move, move_token, refuse};
use super::proof::{Proof, charge_proof};
use crate::app::clock::Sighting;
use crate::app::judge::Hit;
use crate::app::memory::{Facts, Remembered, Repeatable, once};
use crate::app::target::{Target, hold_if_broken, on_hold};
use crate::app::{Answer, App, Call, Decision, fault, to_the_end};
use crate::store::{Found, StoreError, Tx};

/// Take a token back.
#[derive(Clone)]
pub struct GiveBack {
    /// Which, and where it goes.
    pub order: MoveToken,
    /// The codes that the device shows which came back.
    pub proof: Proof,
}

/// A token that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// Which, and who held it.
    pub moved: Moved,
    /// What its codes said of its clock.
    pub sighting: Option<Sighting>,
}

impl Remembered for GivenBack {
    fn facts(&self) -> Facts {
        let mut facts = self.moved.facts();
        facts.extend(self.sighting.iter().flat_map(Sighting::facts));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self { moved: Moved::recall(facts)?, sighting: Sighting::recall(facts) })
    }
}

impl App {
    /// Takes a token back.
    pub async fn token_return(&self, call: Call, deed: GiveBack) -> Answer<GivenBack> {
        let content = deed.order.canon(Canon::new("return/1")).bytes(&deed.proof.input());
        let memory = self.repeatable(&call, deed.order.deed.method(), content);
        let needed = self.settings().policy.proof_at_return;
        if deed.order.validate_only {
            let job = move |tx: &mut Tx<'_>| {
                let may = may_return(tx, &call, &deed, needed)?;
                Ok(may.map(|(found, _)| GivenBack { moved: Moved::of(&found.token), sighting: None }))
            };
            return self.store().read(job).await.map_err(fault)?;
        }
        if !deed.proof.is_given() {
            let lane = deed.order.target.lane();
            let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| take_back(tx, &call, &deed, needed, None));
            return self.store().write(lane, job).await.map_err(fault)?;
        }
        self.need_clock()?;
        let app = self.clone();
        to_the_end(async move { app.return_proven(call, deed, memory).await }).await
    }

    async fn return_proven(&self, call: Call, deed: GiveBack, memory: Option<Repeatable>) -> Answer<GivenBack> {
        for attempt in 0..ATTEMPTS {
            let charge = attempt == 0;
            let found = match self.return_charge(call.clone(), deed.clone(), memory.clone(), charge).await? {
                Charged::Go(found) => *found,
                Charged::Answered(answer) => return answer,
            };
            let hit = self.search_proof(&call, &found, deed.proof).await?;
            if let Some(answer) = self.return_apply(call.clone(), deed.clone(), found, hit, memory.clone()).await? {
                return answer;
            }
        }
        Err(Reason::TransactionConflict.into())
    }

    /// Checks what can be checked before the codes are, and charges the token.
    async fn return_charge(
        &self,
        call: Call,
        deed: GiveBack,
        memory: Option<Repeatable>,
        charge: bool,
    ) -> Answer<Charged> {
        let limit = self.settings().limits.resyncs_per_token;
        let lane = deed.order.target.lane();
        let job = move |tx: &mut Tx<'_>| {
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(Charged::Answered(answer));
            }
            let may = may_return(tx, &call, &deed, false)?.map(|(found, _)| found);
            if let Ok(found) = &may {
                hold_if_broken(tx, found)?;
            }
            let may = match may {
                Ok(found) if found.hold == Hold::Integrity => Err(on_hold(&found)),
                Ok(found) if charge => charge_proof(tx, &found.token, limit)?.map(|()| found),
                may => may,
            };
            match may {
                Ok(found) => Ok(Charged::Go(Box::new(found))),
                Err(no) => {
                    let refused = |tx: &mut Tx<'_>| Ok(refuse(tx, &call, &deed.order, no)?.map(unseen));
                    Ok(Charged::Answered(once(tx, memory.as_ref(), refused)?))
                }
            }
        };
        self.store().write(lane, job).await.map_err(fault)
    }

    /// Takes it back, or refuses for the codes; None where the row has changed since it was looked at.
    async fn return_apply(
        &self,
        call: Call,
        deed: GiveBack,
        found: Found,
        hit: Answer<Option<Hit>>,
        memory: Option<Repeatable>,
    ) -> Answer<Option<Answer<GivenBack>>> {
        let lane = Target::Token(TokenRef::Name(found.token.name())).lane();
        let job = move |tx: &mut Tx<'_>| {
            let Some(current) = tx.token_by_id(call.scope(), found.token.id)? else { return Ok(None) };
            if current.token.version != found.token.version {
                return Ok(None);
            }
            let answer = once(tx, memory.as_ref(), |tx| match &hit {
                Ok(hit) => take_back(tx, &call, &deed, false, *hit),
                Err(no) => Ok(refuse(tx, &call, &deed.order, no.clone())?.map(unseen)),
            })?;
            Ok(Some(answer))
        };
        self.store().write(lane, job).await.map_err(fault)
    }
}

/// How often a proof is searched for again when its row changes under it.
const ATTEMPTS: usize = 3;

/// What the first half of a return comes to.
enum Charged {
    /// Nothing stands against it.
    Go(Box<Found>),
    /// Refused, or done before.
    Answered(Answer<GivenBack>),
}

fn unseen(moved: Moved) -> GivenBack {
    GivenBack { moved, sighting: None }
}

/// Whether it may come back, and where it goes. A device that shows no code any more needs no proof, and neither does one
/// whose seed nobody knows.
fn may_return(tx: &mut Tx<'_>, call: &Call, deed: &GiveBack, needs_proof: bool) -> Decision<(Found, State)> {
    let works = !matches!(deed.order.deed, Deed::Return(ReturnReason::Faulty | ReturnReason::Battery));
    Ok(may_move(tx, call, &deed.order)?.and_then(|(found, next)| {
        let needed = (needs_proof && works && !found.token.has_no_seed()).then_some(Reason::ProofRequiredBack);
        deed.proof.fits(&found.token, needed)?;
        Ok((found, next))
    }))
}

/// Decides it, and puts on record how.
fn take_back(
    tx: &mut Tx<'_>,
    call: &Call,
    deed: &GiveBack,
    needs_proof: bool,
    hit: Option<Hit>,
) -> Result<Answer<GivenBack>, StoreError> {
    let (found, next) = match may_return(tx, call, deed, needs_proof)? {
        Ok(may) => may,
        Err(no) => return Ok(refuse(tx, call, &deed.order, no)?.map(unseen)),
    };
    hold_if_broken(tx, &found)?;
    let sighting = match hit {
        Some(hit) => Sighting::of(tx, &found.token, hit.offset_steps, tx.now())?,
        None => None,
    };
    let seen = hit.map(|hit| Seen { hit, sighting });
    let moved = move_token(tx, call, &deed.order, (&found, next), seen)?;
    Ok(moved.map(|moved| GivenBack { moved, sighting }))
}
