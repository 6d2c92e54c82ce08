//! What a desk does with one token and no code: it comes back, is lost or found, stops for a while, goes on, is put out
//! of service. The table of moves says where each leads; here stands what it writes.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, UserId};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Hold, State, Token};

use crate::app::clock::Sighting;
use crate::app::judge::{Hit, with_hit};
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::target::{Target, fresh, hold_if_broken, legal, not_own, on_hold, record_unfound, token_event};
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{Found, StoreError, Tx};

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

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It comes back.
    Return(ReturnReason),
    /// It is lost; its codes count no more, and the loan stays open until it is found or replaced.
    Lose,
    /// It was lost and is here again, to be kept in stock.
    Find,
    /// Its codes count no more, for a while.
    Suspend,
    /// Its codes count again.
    Resume,
    /// Out of service for good: the seed is destroyed.
    Retire,
}

impl Deed {
    pub(in crate::app) fn action(self) -> Action {
        match self {
            Self::Return(reason) => reason.action(),
            Self::Lose => Action::Lose,
            Self::Find => Action::Find,
            Self::Suspend => Action::Suspend,
            Self::Resume => Action::Resume,
            Self::Retire => Action::Retire,
        }
    }

    /// The RPC by whose name it is remembered.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Return(_) => "ReturnToken",
            Self::Lose => "ReportTokenLost",
            Self::Find => "ReportTokenFound",
            Self::Suspend => "SuspendToken",
            Self::Resume => "ResumeToken",
            Self::Retire => "RetireToken",
        }
    }

    /// What stands in the record.
    fn act(self) -> Act {
        match self {
            Self::Return(_) => Act::TokenReturn,
            Self::Lose => Act::TokenLose,
            Self::Find => Act::TokenFind,
            Self::Suspend => Act::TokenSuspend,
            Self::Resume => Act::TokenResume,
            Self::Retire => Act::TokenRetire,
        }
    }

    /// Why the loan ends, where it does.
    fn end_of_loan(self) -> Option<&'static str> {
        match self {
            Self::Return(reason) => Some(reason.as_str()),
            Self::Find => Some("found"),
            Self::Retire => Some("retired"),
            Self::Lose | Self::Suspend | Self::Resume => None,
        }
    }

    /// Whether it can take from a person what they sign in with, without anybody meaning to. A lost token is gone
    /// already, and who leaves or goes on with the other ID needs it no more.
    fn may_leave_none(self) -> bool {
        match self {
            Self::Return(ReturnReason::Leaving | ReturnReason::Merged)
            | Self::Lose
            | Self::Find
            | Self::Resume
            | Self::Retire => false,
            Self::Return(
                ReturnReason::Other | ReturnReason::Faulty | ReturnReason::Battery | ReturnReason::Exchange,
            )
            | Self::Suspend => true,
        }
    }
}

/// Do it with one token.
#[derive(Debug, Clone)]
pub struct MoveToken {
    /// Which.
    pub target: Target,
    /// What.
    pub deed: Deed,
    /// Anything worth recording.
    pub note: String,
    /// The token as it was seen.
    pub etag: Option<String>,
    /// Even where it takes the last token that a person can sign in with.
    pub leaves_none: bool,
    /// Check only.
    pub validate_only: bool,
}

impl MoveToken {
    /// As a part of what is asked for.
    pub(super) fn canon(&self, content: Canon) -> Canon {
        content
            .text(&self.target.words())
            .opt_text(self.deed.end_of_loan())
            .text(&self.note)
            .opt_text(self.etag.as_deref())
            .int(i64::from(self.leaves_none))
            .int(i64::from(self.validate_only))
    }
}

/// A token that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub token: RowId,
    /// Who held it before.
    pub holder: Option<UserId>,
}

impl Moved {
    pub(super) fn of(token: &Token) -> Self {
        Self { token: token.id, holder: token.user.clone() }
    }
}

impl Remembered for Moved {
    fn facts(&self) -> Facts {
        let mut facts = vec![("token".to_owned(), self.token.to_string())];
        facts.extend(self.holder.iter().map(|holder| ("holder".to_owned(), holder.to_string())));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let holder = fact(facts, "holder").and_then(|holder| holder.parse().ok());
        Some(Self { token: fact(facts, "token")?.parse().ok()?, holder })
    }
}

impl App {
    /// Moves one token along the table.
    pub async fn token_move(&self, call: Call, order: MoveToken) -> Answer<Moved> {
        let memory = self.repeatable(&call, order.deed.method(), order.canon(Canon::new("move/1")));
        if order.validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(may_move(tx, &call, &order)?.map(|(found, _)| Moved::of(&found.token)));
            return self.store().read(job).await.map_err(fault)?;
        }
        let lane = order.target.lane();
        let job = move |tx: &mut Tx<'_>| once(tx, memory.as_ref(), |tx| move_one(tx, &call, &order));
        self.store().write(lane, job).await.map_err(fault)?
    }
}

/// Decides it, and puts on record how.
pub fn move_one(tx: &mut Tx<'_>, call: &Call, order: &MoveToken) -> Decision<Moved> {
    match may_move(tx, call, order)? {
        Ok((found, next)) => move_token(tx, call, order, (&found, next), None),
        Err(no) => refuse(tx, call, order, no),
    }
}

/// Whether it may be done, and where it leads.
pub(super) fn may_move(tx: &mut Tx<'_>, call: &Call, order: &MoveToken) -> Decision<(Found, State)> {
    let found = match order.target.find(tx, call.scope())? {
        Ok(found) => found,
        Err(no) => return Ok(Err(no)),
    };
    let may = fresh(&found, order.etag.as_deref()).and_then(|()| legal(&found, order.deed.action()));
    let may = may.and_then(|next| match order.deed {
        Deed::Resume => not_own(call, &found).map(|()| next),
        Deed::Return(_) | Deed::Lose | Deed::Find | Deed::Suspend | Deed::Retire => Ok(next),
    });
    let takes_the_last = may.is_ok() && !order.leaves_none && order.deed.may_leave_none() && is_last(tx, &found)?;
    let may = if takes_the_last { Err(last_one(&found)) } else { may };
    Ok(may.map(|next| (found, next)))
}

/// Whether a token is the only one its holder can sign in with.
fn is_last(tx: &mut Tx<'_>, found: &Found) -> Result<bool, StoreError> {
    let Some(user) = found.token.user.as_ref().filter(|_| usable(found)) else { return Ok(false) };
    let all = tx.tokens_of_user(&tokenfleet_domain::operator::Scope::All, user)?;
    Ok(!all.iter().any(|other| other.token.id != found.token.id && usable(other)))
}

fn usable(found: &Found) -> bool {
    legal(found, Action::Verify).is_ok()
}

fn last_one(found: &Found) -> Rejection {
    let user = found.token.user.as_ref().map(ToString::to_string).unwrap_or_default();
    Rejection::from(Reason::LastToken).with("serial", found.token.serial.shown()).with("user", user)
}

/// Where the codes that it showed were found, and what they say of its clock.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) hit: Hit,
    pub(super) sighting: Option<Sighting>,
}

/// Writes it: the token, the end of the loan, the record.
pub(super) fn move_token(
    tx: &mut Tx<'_>,
    call: &Call,
    order: &MoveToken,
    (found, next): (&Found, State),
    proof: Option<Seen>,
) -> Decision<Moved> {
    hold_if_broken(tx, found)?;
    let held = &found.token;
    if found.hold == Hold::Integrity {
        // The row is never rewritten; the refusal names the hold.
        return refuse(tx, call, order, on_hold(found));
    }
    let now = tx.now();
    let moved = match (order.deed, order.deed.end_of_loan()) {
        (Deed::Retire, _) => Token { seed: None, ..handed_in(held, next, now) },
        (_, Some(_)) => handed_in(held, next, now),
        (_, None) => Token { state: next, version: held.version + 1, updated_at: now, ..held.clone() },
    };
    match proof {
        Some(Seen { hit, sighting }) => {
            let before = Token { version: held.version, ..moved };
            tx.token_accept(held, &with_hit(&before, &hit, sighting, now))?;
            sighting.map_or(Ok(()), |sighting| sighting.note(tx, held, "return"))?;
        }
        None => tx.token_swap(held, &moved)?,
    }
    if let (Some(loan), Some(why)) = (held.loan, order.deed.end_of_loan()) {
        tx.loan_close(loan, now, &call.operator.name, why, &order.note)?;
    }
    let mut event = token_event(call, order.deed.act(), held, &Ok(()));
    event.details = details(order);
    event.details.extend(proof.map(|_| ("proven".to_owned(), "yes".to_owned())));
    tx.audit_append(event)?;
    Ok(Ok(Moved::of(held)))
}

/// The row of a token that nobody holds any more. What it has shown of its clock and which codes were used stays.
pub(super) fn handed_in(held: &Token, state: State, now: Timestamp) -> Token {
    Token {
        state,
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
    }
}

pub(super) fn refuse(tx: &mut Tx<'_>, call: &Call, order: &MoveToken, no: Rejection) -> Decision<Moved> {
    match order.target.find(tx, call.scope())? {
        Ok(found) => {
            let mut event = token_event(call, order.deed.act(), &found.token, &Err(no.clone()));
            event.details = details(order);
            tx.audit_append(event)?;
        }
        Err(_) => record_unfound(tx, call, order.deed.act(), &order.target, &no)?,
    }
    Ok(Err(no))
}

fn details(order: &MoveToken) -> Facts {
    let mut details = Facts::new();
    if let Deed::Return(reason) = order.deed {
        details.push(("reason".to_owned(), reason.as_str().to_owned()));
    }
    details.extend((!order.note.is_empty()).then(|| ("note".to_owned(), order.note.clone())));
    details
}
