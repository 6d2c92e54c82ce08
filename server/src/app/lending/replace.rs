//! Replacing a token: the old one is handed in, lost, or to follow later, and the new one is lent to the same person, all
//! of it or nothing. A person with a dead token is never left without one in between.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{TokenRef, UserId};
use tokenfleet_domain::token::{Action, Custody, Hold, State, Token};

use super::assign::{Assign, Lent};
use super::moves::handed_in;
use super::proof::Proof;
use super::terms::{Checked, Terms};
use crate::app::memory::{Facts, Repeatable};
use crate::app::target::{Target, fresh, hold_if_broken, legal, not_own, on_hold, record_unfound, token_event};
use crate::app::{Answer, App, Call, Decision, fault, to_the_end};
use crate::store::{Found, StoreError, Tx};

/// Why a token is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaceReason {
    /// None of the others.
    Other,
    /// It does not work.
    Faulty,
    /// Its battery is empty.
    Battery,
    /// It is lost.
    Lost,
    /// Exchanged for another kind.
    Exchange,
}

impl ReplaceReason {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Faulty => "faulty",
            Self::Battery => "battery",
            Self::Lost => "lost",
            Self::Exchange => "exchange",
        }
    }
}

/// The token in whose place another is lent.
#[derive(Debug, Clone)]
pub struct OldToken {
    /// Which.
    pub target: Target,
    /// Why.
    pub reason: ReplaceReason,
    /// It stays with the person for now, without counting, and is handed in later.
    pub later: bool,
    /// The token as it was seen.
    pub etag: Option<String>,
}

impl OldToken {
    fn action(&self) -> Action {
        match (self.later, self.reason) {
            (true, _) => Action::Supersede,
            (false, ReplaceReason::Lost) => Action::Lose,
            (false, ReplaceReason::Faulty | ReplaceReason::Battery) => Action::ReturnFaulty,
            (false, ReplaceReason::Other | ReplaceReason::Exchange) => Action::Return,
        }
    }

    /// Whether it may go, and where to.
    fn may_go(&self, call: &Call, found: &Found) -> Answer<State> {
        fresh(found, self.etag.as_deref())?;
        not_own(call, found)?;
        let lost_already = found.token.state.custody == Custody::Lost && self.action() == Action::Lose;
        let next = if lost_already { found.token.state } else { legal(found, self.action())? };
        if found.hold == Hold::Integrity { Err(on_hold(found)) } else { Ok(next) }
    }

    /// The token, where it still is with this person and may go, and where to.
    pub(super) fn find(&self, tx: &mut Tx<'_>, call: &Call, user: &UserId) -> Decision<(Found, State)> {
        let found = match self.target.find(tx, call.scope())? {
            Ok(found) => found,
            Err(no) => return Ok(Err(no)),
        };
        if found.token.user.as_ref() != Some(user) {
            return Ok(Err(Reason::TransactionConflict.into()));
        }
        Ok(self.may_go(call, &found).map(|next| (found, next)))
    }

    /// Writes that it goes: the token, the end of its loan where it is handed in or lost, the record.
    pub(super) fn go(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        (found, next): &(Found, State),
        note: &str,
        successor: &Token,
    ) -> Result<(), StoreError> {
        let now = tx.now();
        let held = &found.token;
        if self.later {
            let superseded =
                Token { state: *next, last_request: None, version: held.version + 1, updated_at: now, ..held.clone() };
            tx.token_swap(held, &superseded)?;
        } else {
            let gone = handed_in(held, *next, now);
            // A lost token stays in the sight of the department that lost it.
            let department = held.department.clone().filter(|_| next.custody == Custody::Lost);
            tx.token_swap(held, &Token { department, ..gone })?;
            if let Some(loan) = held.loan {
                tx.loan_close(loan, now, &call.operator.name, self.reason.as_str(), note)?;
            }
        }
        let mut event = token_event(call, Act::TokenReplace, held, &Ok(()));
        event.details = self.details();
        event.details.push(("replaced_by".to_owned(), successor.name().to_string()));
        tx.audit_append(event)
    }

    /// What a desk said of it, for the record.
    pub(super) fn details(&self) -> Facts {
        let mut details = vec![("reason".to_owned(), self.reason.as_str().to_owned())];
        details.extend(self.later.then(|| ("handed_in".to_owned(), "later".to_owned())));
        details
    }
}

/// Replace a token.
#[derive(Clone)]
pub struct Replace {
    /// The old one.
    pub old: OldToken,
    /// The new one.
    pub new: TokenRef,
    /// Codes that the new one shows.
    pub proof: Proof,
    /// What was looked at to know the person.
    pub checked: Option<Checked>,
    /// What is agreed; what is not due stays due when the old one was.
    pub terms: Terms,
    /// Anything worth recording.
    pub note: String,
    /// The new token as it was seen.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

impl App {
    /// Lends another token in the place of one, to the same person and through the same department.
    pub async fn token_replace(&self, call: Call, deed: Replace) -> Answer<Lent> {
        let content = Canon::new("replace/2")
            .text(&deed.old.target.words())
            .text(deed.old.reason.as_str())
            .int(i64::from(deed.old.later))
            .opt_text(deed.old.etag.as_deref())
            .text(&Target::Token(deed.new.clone()).words())
            .bytes(&deed.proof.input())
            .opt_text(deed.checked.map(Checked::as_str))
            .text(&deed.note)
            .opt_text(deed.etag.as_deref())
            .int(i64::from(deed.validate_only));
        let memory = self.repeatable(&call, "ReplaceToken", deed.terms.canon(content));
        let app = self.clone();
        to_the_end(async move {
            let old = match app.replace_begin(call.clone(), deed.old.clone(), memory.clone()).await? {
                Begun::Go(old) => *old,
                Begun::Answered(answer) => return answer,
            };
            let Some(user) = old.token.user else { return Err(Reason::Internal.into()) };
            let lend = Assign {
                token: deed.new,
                user,
                proof: deed.proof,
                checked: deed.checked,
                department: old.token.department,
                terms: deed.terms,
                note: deed.note,
                etag: deed.etag,
                replaces: Some(deed.old),
                validate_only: deed.validate_only,
            };
            app.lend(call, lend, memory).await
        })
        .await
    }

    /// Finds the old token, or answers a request that was answered before.
    async fn replace_begin(&self, call: Call, old: OldToken, memory: Option<Repeatable>) -> Answer<Begun> {
        let lane = old.target.lane();
        let job = move |tx: &mut Tx<'_>| {
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(Begun::Answered(answer));
            }
            let found = match old.target.find(tx, call.scope())? {
                Ok(found) => found,
                Err(no) => {
                    record_unfound(tx, &call, Act::TokenReplace, &old.target, &no)?;
                    return Ok(Begun::Answered(Err(no)));
                }
            };
            hold_if_broken(tx, &found)?;
            Ok(match old.may_go(&call, &found) {
                Ok(_) if found.token.user.is_some() => Begun::Go(Box::new(found)),
                Ok(_) => Begun::Answered(Err(not_lent(&found))),
                Err(no) => {
                    let mut event = token_event(&call, Act::TokenReplace, &found.token, &Err(no.clone()));
                    event.details = old.details();
                    tx.audit_append(event)?;
                    Begun::Answered(Err(no))
                }
            })
        };
        self.store().write(lane, job).await.map_err(fault)
    }
}

/// What the look at the old token comes to.
enum Begun {
    /// It may go.
    Go(Box<Found>),
    /// Refused, or done before.
    Answered(Answer<Lent>),
}

/// A token that was lost and replaced belongs to nobody any more.
fn not_lent(found: &Found) -> tokenfleet_domain::reject::Rejection {
    match legal(found, Action::Supersede) {
        Err(no) => no,
        Ok(_) => Reason::Internal.into(),
    }
}
