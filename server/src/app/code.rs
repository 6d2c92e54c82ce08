//! Codes at a desk: one is judged, or two find a token's clock again.
//!
//! A verification is one job on the writer: the attempt is charged in the row before any code is computed, so that
//! parallel guesses can't outrun the count, and one step is accepted once. A resync charges its budgets in a first
//! commit, searches away from the writer, and applies what it found only to the row it was found for.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{TokenRef, UserId};
use tokenfleet_domain::otp::OtpCode;
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, State, Token};

use crate::app::budget::charge_budget;
use crate::app::judge::{Hit, Judged, Verified, accept_hit, has_seed, judge, record, right_length, with_failure};
use crate::app::memory::{Repeatable, once};
use crate::app::settings::Limits;
use crate::app::target::{Target, fresh, hold_if_broken, legal, not_own, record_unfound};
use crate::app::{Answer, App, Call, Decision, fault, to_the_end};
use crate::store::{Found, Tx};

/// What codes that follow each other are shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownFor {
    /// To find the clock or counter again.
    Resync,
    /// To let a token count again that was disabled.
    Rebind,
    /// Its holder has found it again.
    Find,
}

impl ShownFor {
    fn action(self) -> Action {
        match self {
            Self::Resync => Action::Resync,
            Self::Rebind => Action::Rebind,
            Self::Find => Action::FindWithHolder,
        }
    }

    /// The RPC by whose name it is remembered.
    fn method(self) -> &'static str {
        match self {
            Self::Resync => "ResyncToken",
            Self::Rebind => "RebindToken",
            Self::Find => "ReportTokenFound",
        }
    }

    /// What stands in the record.
    fn act(self) -> Act {
        match self {
            Self::Resync => Act::TokenResync,
            Self::Rebind => Act::TokenRebind,
            Self::Find => Act::TokenFind,
        }
    }
}

/// One code, and whose it is to be.
#[derive(Clone)]
pub struct Presented {
    /// Whose.
    pub target: Target,
    /// Whom it is judged for.
    pub for_user: Option<UserId>,
    /// The code.
    pub code: OtpCode,
}

/// Codes that follow each other, and what they are shown for.
#[derive(Clone)]
pub struct ShowCodes {
    /// Whose.
    pub target: Target,
    /// Whom it is done for.
    pub for_user: Option<UserId>,
    /// The codes.
    pub shown: Shown,
    /// What for.
    pub shown_for: ShownFor,
    /// Anything worth recording.
    pub note: String,
    /// The token as it was seen.
    pub etag: Option<String>,
    /// Check only, and look at no code.
    pub validate_only: bool,
}

impl ShowCodes {
    /// Whether these codes may be looked at for this.
    fn may(&self, call: &Call, found: &Found) -> Answer<State> {
        theirs(call, &self.target, self.for_user.as_ref(), found)?;
        let next = fresh(found, self.etag.as_deref()).and_then(|()| legal(found, self.shown_for.action()))?;
        not_own(call, found)?;
        has_seed(&found.token)?;
        right_length(&found.token, &self.shown)?;
        Ok(next)
    }
}

impl App {
    /// Judges one code of a lent token and uses it up.
    pub async fn token_verify(&self, call: Call, asked: Presented) -> Answer<Verified> {
        let Presented { target, for_user, code } = asked;
        let content = Canon::new("verify/2")
            .text(&target.words())
            .opt_text(for_user.as_ref().map(UserId::as_str))
            .bytes(&code.hash_input());
        let memory = self.repeatable(&call, "VerifyToken", content);
        let app = self.clone();
        to_the_end(async move {
            let keyring = app.keyring().clone();
            let learn = app.clock_trusted();
            let lane = target.lane();
            let job = move |tx: &mut Tx<'_>| {
                let found = match target.find_beside_codes(tx, call.scope())? {
                    Ok(found) => found,
                    Err(no) => {
                        record_unfound(tx, &call, Act::CodeVerify, &target, &no)?;
                        return Ok(Err(no));
                    }
                };
                if let Err(no) = theirs(&call, &target, for_user.as_ref(), &found) {
                    record(tx, &call, (Act::CodeVerify, ""), &found.token, &Err(no.clone()))?;
                    return Ok(Err(no));
                }
                let Judged { answer, anew } = judge(tx, &keyring, &found, code, memory.as_ref(), learn)?;
                if anew {
                    record(tx, &call, (Act::CodeVerify, ""), &found.token, &answer)?;
                }
                Ok(answer)
            };
            app.store().write(lane, job).await.map_err(fault)?
        })
        .await
    }

    /// Finds a token's clock or counter again from codes that follow each other, and does what they are shown for.
    pub async fn token_resync(&self, call: Call, asked: ShowCodes) -> Answer<Verified> {
        let content = Canon::new("resync/2")
            .text(&asked.target.words())
            .opt_text(asked.for_user.as_ref().map(UserId::as_str))
            .bytes(&shown_input(asked.shown))
            .text(&asked.note)
            .opt_text(asked.etag.as_deref())
            .int(i64::from(asked.validate_only));
        let memory = self.repeatable(&call, asked.shown_for.method(), content);
        if asked.validate_only {
            return self.resync_check(call, asked).await;
        }
        self.need_clock()?;
        let app = self.clone();
        to_the_end(async move {
            for attempt in 0..ATTEMPTS {
                let first = attempt == 0;
                let found = match app.resync_charge(call.clone(), asked.clone(), memory.clone(), first).await? {
                    Charged::Go(found) => *found,
                    Charged::Answered(answer) => return answer,
                };
                let outcome = app.search(&call, &found, asked.shown).await?;
                let settled = app.resync_apply(call.clone(), asked.clone(), found, outcome, memory.clone()).await?;
                if let Some(answer) = settled {
                    return answer;
                }
            }
            Err(Reason::TransactionConflict.into())
        })
        .await
    }

    async fn resync_check(&self, call: Call, asked: ShowCodes) -> Answer<Verified> {
        let job = move |tx: &mut Tx<'_>| {
            Ok(asked.target.find_beside_codes(tx, call.scope())?.and_then(|found| {
                asked.may(&call, &found)?;
                Ok(Verified { token: found.token.id, sighting: None })
            }))
        };
        self.store().read(job).await.map_err(fault)?
    }

    async fn resync_charge(
        &self,
        call: Call,
        asked: ShowCodes,
        memory: Option<Repeatable>,
        charge: bool,
    ) -> Answer<Charged> {
        let limits = self.settings().limits;
        let lane = asked.target.lane();
        let job = move |tx: &mut Tx<'_>| {
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(Ok(Charged::Answered(answer)));
            }
            let act = asked.shown_for.act();
            let found = match asked.target.find_beside_codes(tx, call.scope())? {
                Ok(found) => found,
                Err(no) => {
                    record_unfound(tx, &call, act, &asked.target, &no)?;
                    return Ok(Err(no));
                }
            };
            hold_if_broken(tx, &found)?;
            let mut may = asked.may(&call, &found).map(drop);
            if charge && may.is_ok() {
                may = charge_resync(tx, &call, &found.token, &limits)?;
            }
            if let Err(no) = &may {
                record(tx, &call, (act, &asked.note), &found.token, &Err(no.clone()))?;
            }
            Ok(may.map(|()| Charged::Go(Box::new(found))))
        };
        self.store().write(lane, job).await.map_err(fault)?
    }

    /// Writes what a search came to; None where the row has changed since.
    async fn resync_apply(
        &self,
        call: Call,
        asked: ShowCodes,
        found: Found,
        outcome: Answer<Hit>,
        memory: Option<Repeatable>,
    ) -> Answer<Option<Answer<Verified>>> {
        let lane = Target::Token(TokenRef::Name(found.token.name())).lane();
        let job = move |tx: &mut Tx<'_>| {
            let Some(current) = tx.token_by_id(call.scope(), found.token.id)? else { return Ok(None) };
            if current.token.version != found.token.version {
                return Ok(None);
            }
            hold_if_broken(tx, &current)?;
            let answer = once(tx, memory.as_ref(), |tx| {
                let held = &current.token;
                let answer = match (legal(&current, asked.shown_for.action()), &outcome) {
                    (Err(no), _) => Err(no),
                    (Ok(next), Ok(hit)) => Ok(accept_hit(tx, held, next, hit)?),
                    (Ok(_), Err(no)) => {
                        if is_guess(no) {
                            tx.token_swap(held, &with_failure(held, tx.now()))?;
                        }
                        Err(no.clone())
                    }
                };
                record(tx, &call, (asked.shown_for.act(), &asked.note), held, &answer)?;
                Ok(answer)
            })?;
            Ok(Some(answer))
        };
        self.store().write(lane, job).await.map_err(fault)
    }
}

/// Charges what a search over hours costs. The operator's budget first: one that is used up must not use up the token's.
pub(super) fn charge_resync(tx: &mut Tx<'_>, call: &Call, token: &Token, limits: &Limits) -> Decision<()> {
    let operator = call.operator.name.to_string();
    match charge_budget(tx, &operator, "resync", limits.resyncs_per_operator, RESYNCS_BY_AN_OPERATOR)? {
        Ok(()) => charge_budget(tx, &token.id.to_string(), "resync", limits.resyncs_per_token, RESYNCS_OF_A_TOKEN),
        Err(no) => Ok(Err(no)),
    }
}

/// Whether codes of a token may be looked at for a person. A counter sees no whole IDs, so it names the person who is
/// there; whose a token is instead is said to nobody.
fn theirs(call: &Call, target: &Target, for_user: Option<&UserId>, found: &Found) -> Answer<()> {
    let Some(user) = for_user else {
        let unnamed = matches!(target, Target::Token(_)) && call.operator.sees_masked_ids();
        return if unnamed { Err(Rejection::from(Reason::ForRequired).in_field("for_user")) } else { Ok(()) };
    };
    let no = match &found.token.user {
        Some(holder) if holder == user => return Ok(()),
        Some(_) => Reason::NotTheirs,
        None => Reason::TheirsOfNobody,
    };
    Err(Rejection::from(no).with("serial", found.token.serial.shown()))
}

/// How often a search is repeated when its row changes under it.
const ATTEMPTS: usize = 3;

const RESYNCS_OF_A_TOKEN: [&str; 2] = ["resyncs of one token", "一つのトークンの時刻補正"];
const RESYNCS_BY_AN_OPERATOR: [&str; 2] = ["resyncs by one operator", "一人の担当者による時刻補正"];

/// What the first half of a resync comes to.
enum Charged {
    /// Budgets are charged: search.
    Go(Box<Found>),
    /// It was done before.
    Answered(Answer<Verified>),
}

/// Whether a refused pair may have been made up: codes that are the token's own are not.
fn is_guess(no: &Rejection) -> bool {
    !matches!(no.reason, Reason::Ambiguous | Reason::AlreadyUsed)
}

fn shown_input(shown: Shown) -> Vec<u8> {
    [Some(shown.first), Some(shown.second), shown.third].into_iter().flatten().flat_map(OtpCode::hash_input).collect()
}
