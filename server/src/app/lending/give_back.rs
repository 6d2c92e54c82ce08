//! Taking a token back, whatever brings it.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::ids::{RowId, UserId};
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Hold, State, Token};

use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::target::{Target, fresh, hold_if_broken, legal, on_hold, record_unfound, token_event};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{Found, Tx};

/// Why a token comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnReason {
    /// None of the others.
    Other,
    /// It does not work.
    Faulty,
    /// Its battery is empty.
    Battery,
    /// The person leaves.
    Leaving,
    /// Exchanged for another.
    Exchange,
    /// The person's two IDs became one.
    Merged,
}

impl ReturnReason {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Faulty => "faulty",
            Self::Battery => "battery",
            Self::Leaving => "leaving",
            Self::Exchange => "exchange",
            Self::Merged => "merged",
        }
    }

    /// Back to stock, or aside.
    fn action(self) -> Action {
        match self {
            Self::Faulty | Self::Battery => Action::ReturnFaulty,
            Self::Other | Self::Leaving | Self::Exchange | Self::Merged => Action::Return,
        }
    }
}

/// Take a token back.
#[derive(Debug, Clone)]
pub struct Return {
    /// Which.
    pub target: Target,
    /// Why.
    pub reason: ReturnReason,
    /// Anything worth recording.
    pub note: String,
    /// The token as it was seen.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

/// A token that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Which.
    pub token: RowId,
    /// Who held it.
    pub by: Option<UserId>,
}

impl Remembered for Returned {
    fn facts(&self) -> Facts {
        let mut facts = vec![("token".to_owned(), self.token.to_string())];
        facts.extend(self.by.iter().map(|by| ("by".to_owned(), by.to_string())));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self { token: fact(facts, "token")?.parse().ok()?, by: fact(facts, "by").and_then(|by| by.parse().ok()) })
    }
}

impl App {
    /// Takes a token back.
    pub async fn token_return(&self, call: Call, deed: Return) -> Answer<Returned> {
        let content = Canon::new("return/1")
            .text(&deed.target.words())
            .text(deed.reason.as_str())
            .text(&deed.note)
            .opt_text(deed.etag.as_deref())
            .int(i64::from(deed.validate_only));
        let memory = self.repeatable(&call, "ReturnToken", content);
        let lane = deed.target.lane();
        let check = |tx: &mut Tx<'_>, call: &Call, deed: &Return| -> Decision<(Found, State)> {
            let found = match deed.target.find(tx, call.scope())? {
                Ok(found) => found,
                Err(no) => return Ok(Err(no)),
            };
            let next = fresh(&found, deed.etag.as_deref()).and_then(|()| legal(&found, deed.reason.action()));
            Ok(next.map(|next| (found, next)))
        };
        if deed.validate_only {
            let job = move |tx: &mut Tx<'_>| {
                let checked = check(tx, &call, &deed)?;
                Ok(checked.map(|(found, _)| Returned { token: found.token.id, by: found.token.user }))
            };
            return self.store().read(job).await.map_err(fault)?;
        }
        let job = move |tx: &mut Tx<'_>| {
            once(tx, memory.as_ref(), |tx| match check(tx, &call, &deed)? {
                Ok((found, next)) => take_back(tx, &call, &deed, &found, next),
                Err(no) => refuse_return(tx, &call, &deed, no),
            })
        };
        self.store().write(lane, job).await.map_err(fault)?
    }
}

/// Writes a return: the token, the end of the loan, the record.
fn take_back(tx: &mut Tx<'_>, call: &Call, deed: &Return, found: &Found, next: State) -> Decision<Returned> {
    hold_if_broken(tx, found)?;
    let held = &found.token;
    if found.hold == Hold::Integrity {
        // The row is never rewritten; the refusal names the hold.
        return refuse_return(tx, call, deed, on_hold(found));
    }
    let now = tx.now();
    let back = Token {
        state: next,
        user: None,
        loan: None,
        lent_at: None,
        department: None,
        proven_at: None,
        fail_count: 0,
        next_try_at: None,
        last_request: None,
        version: held.version + 1,
        updated_at: now,
        ..held.clone()
    };
    tx.token_swap(held, &back)?;
    if let Some(loan) = held.loan {
        tx.loan_close(loan, now, &call.operator.name, deed.reason.as_str(), &deed.note)?;
    }
    let mut event = token_event(call, "token.return", held, &Ok(()));
    event.details = return_details(deed);
    tx.audit_append(event)?;
    Ok(Ok(Returned { token: held.id, by: held.user.clone() }))
}

fn refuse_return(tx: &mut Tx<'_>, call: &Call, deed: &Return, no: Rejection) -> Decision<Returned> {
    match deed.target.find(tx, call.scope())? {
        Ok(found) => {
            let mut event = token_event(call, "token.return", &found.token, &Err(no.clone()));
            event.details = return_details(deed);
            tx.audit_append(event)?;
        }
        Err(_) => record_unfound(tx, call, "token.return", &deed.target, &no)?,
    }
    Ok(Err(no))
}

fn return_details(deed: &Return) -> Facts {
    let mut details = vec![("reason".to_owned(), deed.reason.as_str().to_owned())];
    details.extend((!deed.note.is_empty()).then(|| ("note".to_owned(), deed.note.clone())));
    details
}
