//! Codes at a desk: one is judged, or two find a token's clock again.
//!
//! A verification is one job on the writer: the attempt is charged in the row before any code is computed, so that
//! parallel guesses can't outrun the count, and one step is accepted once. A resync charges its budgets in a first
//! commit, searches away from the writer, and applies what it found only to the row it was found for.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::TokenRef;
use tokenfleet_domain::otp::OtpCode;
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Action;

use crate::app::budget::charge_budget;
use crate::app::judge::{Hit, Judged, Verified, accept_hit, judge, record, right_length, with_failure};
use crate::app::memory::{Repeatable, once};
use crate::app::target::{Target, hold_if_broken, legal, not_own, record_unfound, token_event};
use crate::app::{Answer, App, Call, fault, to_the_end};
use crate::store::{Found, Tx};

impl App {
    /// Judges one code of a lent token and uses it up.
    pub async fn token_verify(&self, call: Call, target: Target, code: OtpCode) -> Answer<Verified> {
        let content = Canon::new("verify/1").text(&target.words()).bytes(&code.hash_input());
        let memory = self.repeatable(&call, "VerifyToken", content);
        let app = self.clone();
        to_the_end(async move {
            let keyring = app.keyring().clone();
            let learn = app.clock_trusted();
            let lane = target.lane();
            let job = move |tx: &mut Tx<'_>| {
                let found = match target.find(tx, call.scope())? {
                    Ok(found) => found,
                    Err(no) => {
                        record_unfound(tx, &call, "code.verify", &target, &no)?;
                        return Ok(Err(no));
                    }
                };
                let Judged { answer, anew } = judge(tx, &keyring, &found, code, memory.as_ref(), learn)?;
                if anew {
                    record(tx, &call, "code.verify", &found.token, &answer)?;
                }
                Ok(answer)
            };
            app.store().write(lane, job).await.map_err(fault)?
        })
        .await
    }

    /// Finds a token's clock or counter again from codes that follow each other.
    pub async fn token_resync(&self, call: Call, target: Target, shown: Shown) -> Answer<Verified> {
        let content = Canon::new("resync/1").text(&target.words()).bytes(&shown_input(shown));
        let memory = self.repeatable(&call, "ResyncToken", content);
        self.need_clock()?;
        let app = self.clone();
        to_the_end(async move {
            for attempt in 0..ATTEMPTS {
                let first = attempt == 0;
                let charge = app.resync_charge(call.clone(), target.clone(), shown, memory.clone(), first).await?;
                let found = match charge {
                    Charged::Go(found) => *found,
                    Charged::Answered(answer) => return answer,
                };
                let outcome = app.search(&call, &found, shown).await?;
                if let Some(answer) = app.resync_apply(call.clone(), found, outcome, memory.clone()).await? {
                    return answer;
                }
            }
            Err(Reason::TransactionConflict.into())
        })
        .await
    }

    async fn resync_charge(
        &self,
        call: Call,
        target: Target,
        shown: Shown,
        memory: Option<Repeatable>,
        charge: bool,
    ) -> Answer<Charged> {
        let limits = self.settings().limits;
        let lane = target.lane();
        let job = move |tx: &mut Tx<'_>| {
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(Ok(Charged::Answered(answer)));
            }
            let found = match target.find(tx, call.scope())? {
                Ok(found) => found,
                Err(no) => {
                    record_unfound(tx, &call, "token.resync", &target, &no)?;
                    return Ok(Err(no));
                }
            };
            hold_if_broken(tx, &found)?;
            let mut may = legal(&found, Action::Resync)
                .map(drop)
                .and_then(|()| not_own(&call, &found))
                .and_then(|()| right_length(&found.token, &shown));
            // The operator's budget first: one that is used up must not use up the token's.
            let budgets = [
                (call.operator.name.to_string(), limits.resyncs_per_operator, RESYNCS_BY_AN_OPERATOR),
                (found.token.id.to_string(), limits.resyncs_per_token, RESYNCS_OF_A_TOKEN),
            ];
            for (subject, limit, what) in budgets.iter().filter(|_| charge) {
                if may.is_ok() {
                    may = charge_budget(tx, subject, "resync", *limit, *what)?;
                }
            }
            if may.is_err() {
                let event = token_event(&call, "token.resync", &found.token, &may);
                tx.audit_append(event)?;
            }
            Ok(may.map(|()| Charged::Go(Box::new(found))))
        };
        self.store().write(lane, job).await.map_err(fault)?
    }

    /// Writes what a search came to; None where the row has changed since.
    async fn resync_apply(
        &self,
        call: Call,
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
                let answer = match (legal(&current, Action::Resync), &outcome) {
                    (Err(no), _) => Err(no),
                    (Ok(_), Ok(hit)) => Ok(accept_hit(tx, held, hit)?),
                    (Ok(_), Err(no)) => {
                        if is_guess(no) {
                            tx.token_swap(held, &with_failure(held, tx.now()))?;
                        }
                        Err(no.clone())
                    }
                };
                record(tx, &call, "token.resync", held, &answer)?;
                Ok(answer)
            })?;
            Ok(Some(answer))
        };
        self.store().write(lane, job).await.map_err(fault)
    }
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
