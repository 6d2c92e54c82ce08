//! All of a person's tokens go over to their other ID: two IDs became one, or a loan was written under the wrong one.
//! The tokens stay as they are; the loans of the old ID end and new ones begin.

use data_encoding::HEXLOWER;
use ring::digest;
use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, UserId};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Hold, Token};

use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::person::may_hold;
use crate::app::target::{Target, hold_if_broken, on_hold, record_unfound, token_event};
use crate::app::{Answer, App, Call, Decision, entropy_fault, fault};
use crate::store::{Found, Loan, StoreError, Tx};

/// Most tokens that go over at once; as many as are shown of a person.
const TOKENS_MAX: usize = 20;

/// Move a person's tokens to another ID.
#[derive(Debug, Clone)]
pub struct ChangeUser {
    /// Who holds them.
    pub from: UserId,
    /// Who is to.
    pub to: UserId,
    /// Anything worth recording.
    pub note: String,
    /// The etag of the person's tokens as last seen, where that matters.
    pub etag: Option<String>,
    /// Check only.
    pub validate_only: bool,
}

/// The tokens that went over, the oldest loan first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedUser {
    /// Which.
    pub tokens: Vec<RowId>,
    /// Stands for all of them as they were before.
    pub etag: String,
}

impl Remembered for ChangedUser {
    fn facts(&self) -> Facts {
        let ids: Vec<_> = self.tokens.iter().map(ToString::to_string).collect();
        vec![("tokens".to_owned(), ids.join(" ")), ("etag".to_owned(), self.etag.clone())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let ids = fact(facts, "tokens")?.split_whitespace();
        let etag = fact(facts, "etag")?.to_owned();
        Some(Self { tokens: ids.map(|id| id.parse().ok()).collect::<Option<_>>()?, etag })
    }
}

impl App {
    /// Moves all tokens of one ID to another.
    pub async fn user_change(&self, call: Call, deed: ChangeUser) -> Answer<ChangedUser> {
        let content = Canon::new("change-user/2")
            .text(deed.from.as_str())
            .text(deed.to.as_str())
            .text(&deed.note)
            .opt_text(deed.etag.as_deref())
            .int(i64::from(deed.validate_only));
        let memory = self.repeatable(&call, "MoveUserTokens", content);
        let most = self.settings().limits.tokens_per_user;
        if deed.validate_only {
            let job = move |tx: &mut Tx<'_>| Ok(may_change(tx, &call, &deed, most)?.map(|found| changed(&found)));
            return self.store().read(job).await.map_err(fault)?;
        }
        let loans = self.new_loans()?;
        let lane = Target::User(deed.from.clone()).lane();
        let job = move |tx: &mut Tx<'_>| {
            for found in tx.tokens_of_user(call.scope(), &deed.from)? {
                hold_if_broken(tx, &found)?;
            }
            once(tx, memory.as_ref(), |tx| match may_change(tx, &call, &deed, most)? {
                Ok(found) => {
                    for (found, loan) in found.iter().zip(&loans) {
                        change(tx, &call, &deed, &found.token, *loan)?;
                    }
                    Ok(Ok(changed(&found)))
                }
                Err(no) => {
                    record_unfound(tx, &call, Act::UserChange, &Target::User(deed.from.clone()), &no)?;
                    Ok(Err(no))
                }
            })
        };
        self.store().write(lane, job).await.map_err(fault)?
    }

    fn new_loans(&self) -> Answer<Vec<RowId>> {
        let draw = || RowId::draw(self.now(), &**self.entropy()).map_err(entropy_fault);
        std::iter::repeat_with(draw).take(TOKENS_MAX).collect()
    }
}

fn changed(found: &[Found]) -> ChangedUser {
    ChangedUser { tokens: found.iter().map(|found| found.token.id).collect(), etag: etag(found) }
}

/// Changes with every token that the person gets or gives back, and with each of them.
fn etag(found: &[Found]) -> String {
    let seen = Canon::new("user-tokens/1");
    let seen = found.iter().fold(seen, |seen, found| seen.bytes(&found.token.id.0).int(found.token.version));
    let digest = digest::digest(&digest::SHA256, &seen.finish());
    format!("\"{}\"", HEXLOWER.encode(&digest.as_ref()[..8]))
}

/// Whether they may go over, and which they are. An ID is the whole university's: whoever acts for some departments only
/// would move half a person, or learn what the others lend.
fn may_change(tx: &mut Tx<'_>, call: &Call, deed: &ChangeUser, most: usize) -> Decision<Vec<Found>> {
    if deed.from == deed.to {
        return Ok(Err(Rejection::from(Reason::SameUser).in_field("new_user")));
    }
    if call.operator.user.as_ref().is_some_and(|own| *own == deed.from || *own == deed.to) {
        return Ok(Err(Reason::SelfTarget.into()));
    }
    if *call.scope() != Scope::All {
        return Ok(Err(Reason::DepartmentsNotAll.into()));
    }
    if let Err(no) = may_hold(tx, call, &deed.to)? {
        return Ok(Err(no));
    }
    let found = tx.tokens_of_user(&Scope::All, &deed.from)?;
    if found.is_empty() {
        return Ok(Err(Rejection::from(Reason::UserNotFound).with("user", deed.from.as_str())));
    }
    if deed.etag.as_ref().is_some_and(|seen| *seen != etag(&found)) {
        return Ok(Err(Rejection::from(Reason::UserTokensChanged).with("user", deed.from.as_str())));
    }
    if let Some(broken) = found.iter().find(|found| found.hold == Hold::Integrity) {
        return Ok(Err(on_hold(broken)));
    }
    let count = tx.tokens_of_user(&Scope::All, &deed.to)?.len();
    if count + found.len() > most {
        let limit = Rejection::from(Reason::UserTokenLimit).with("user", deed.to.as_str());
        return Ok(Err(limit.with("count", count.to_string())));
    }
    Ok(Ok(found))
}

/// Writes it for one token: the row, the end of one loan and the beginning of the next, the record of both people.
fn change(tx: &mut Tx<'_>, call: &Call, deed: &ChangeUser, held: &Token, loan: RowId) -> Result<(), StoreError> {
    let now = tx.now();
    let moved = Token {
        user: Some(deed.to.clone()),
        loan: Some(loan),
        last_request: None,
        version: held.version + 1,
        updated_at: now,
        ..held.clone()
    };
    tx.token_swap(held, &moved)?;
    let agreed = held.loan.map_or(Ok(None), |old| tx.loan_find(&Scope::All, old))?;
    if let Some(old) = held.loan {
        tx.loan_close(old, now, &call.operator.name, "merged", &deed.note)?;
    }
    tx.loan_insert(&Loan {
        id: loan,
        token: held.id,
        user: deed.to.clone().into(),
        department: held.department.clone(),
        started_at: now,
        started_by: call.operator.name.clone(),
        checked: None,
        start_note: deed.note.clone(),
        route: agreed.as_ref().and_then(|agreed| agreed.route.clone()),
        ticket: agreed.as_ref().and_then(|agreed| agreed.ticket.clone()),
        due_at: agreed.and_then(|agreed| agreed.due_at),
        source: None,
        ended: None,
    })?;
    for (token, to_or_from) in [(held, "old ID"), (&moved, "new ID")] {
        let mut event = token_event(call, Act::UserChange, token, &Ok(()));
        event.details = vec![("as".to_owned(), to_or_from.to_owned())];
        event.details.extend((!deed.note.is_empty()).then(|| ("note".to_owned(), deed.note.clone())));
        tx.audit_append(event)?;
    }
    Ok(())
}
