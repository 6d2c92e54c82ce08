//! Lending a token. A displayed code proves the device in hand; it is searched for away from the writer, and counts only
//! for the row it was found for.

use tokenfleet_domain::audit::Act;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, TokenRef, UserId};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, State, Token};

use super::proof::{Proof, charge_proof};
use super::replace::OldToken;
use super::terms::{Checked, Terms};
use crate::app::budget::charge_budget;
use crate::app::clock::Sighting;
use crate::app::judge::{Hit, Verified, has_seed, not_expired, with_hit};
use crate::app::memory::{Facts, Remembered, Repeatable, fact, once};
use crate::app::person::may_hold;
use crate::app::reservation::kept_from;
use crate::app::target::{Target, fresh, hold_if_broken, legal, not_own, record_unfound, token_event};
use crate::app::transfer::in_transit;
use crate::app::{Answer, App, Call, Decision, entropy_fault, fault, to_the_end};
use crate::store::{Found, Loan, StoreError, Tx};

/// Lend a token.
#[derive(Clone)]
pub struct Assign {
    /// Which.
    pub token: TokenRef,
    /// To whom.
    pub user: UserId,
    /// The displayed codes.
    pub proof: Proof,
    /// What was looked at.
    pub checked: Option<Checked>,
    /// Through which department.
    pub department: Option<String>,
    /// What is agreed.
    pub terms: Terms,
    /// Anything worth recording.
    pub note: String,
    /// The token as it was seen.
    pub etag: Option<String>,
    /// In whose place.
    pub replaces: Option<OldToken>,
    /// Check only.
    pub validate_only: bool,
}

impl Assign {
    /// Whoever acts for one department lends through it.
    pub(super) fn go_through_own_department(&mut self, call: &Call) {
        if let (None, Scope::Departments(own)) = (&self.department, call.scope())
            && let [only] = own.as_slice()
        {
            self.department = Some(only.clone());
        }
    }

    /// As a part of what is asked for.
    pub(super) fn canon(&self, content: Canon) -> Canon {
        let content = content
            .text(&Target::Token(self.token.clone()).words())
            .text(self.user.as_str())
            .bytes(&self.proof.input())
            .opt_text(self.checked.map(Checked::as_str))
            .opt_text(self.department.as_deref())
            .text(&self.note)
            .opt_text(self.etag.as_deref())
            .int(i64::from(self.validate_only));
        self.terms.canon(content)
    }
}

/// A token that was lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lent {
    /// Which, and what its codes said.
    pub verified: Verified,
    /// In whose place.
    pub replaced: Option<RowId>,
}

impl Remembered for Lent {
    fn facts(&self) -> Facts {
        let mut facts = self.verified.facts();
        facts.extend(self.replaced.iter().map(|old| ("replaced".to_owned(), old.to_string())));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let replaced = fact(facts, "replaced").and_then(|old| old.parse().ok());
        Some(Self { verified: Verified::recall(facts)?, replaced })
    }
}

impl App {
    /// Lends a token that is in stock.
    pub async fn token_assign(&self, call: Call, mut deed: Assign) -> Answer<Lent> {
        deed.go_through_own_department(&call);
        let memory = self.repeatable(&call, "AssignToken", deed.canon(Canon::new("assign/2")));
        if deed.department.is_none() {
            deed.department = self.person_department(&call, &deed.user).await?;
        }
        let app = self.clone();
        to_the_end(async move { app.lend(call, deed, memory).await }).await
    }

    /// Lends a token, in the place of another or not. A proof is searched for away from the writer, and counts only for
    /// the row it was found for.
    pub(super) async fn lend(&self, call: Call, deed: Assign, memory: Option<Repeatable>) -> Answer<Lent> {
        if deed.validate_only {
            return self.assign_check(call, deed).await;
        }
        if deed.proof.is_given() {
            self.need_clock()?;
        }
        for attempt in 0..ATTEMPTS {
            let first = attempt == 0;
            let found = match self.assign_charge(call.clone(), deed.clone(), memory.clone(), first).await? {
                Charged::Go(found) => *found,
                Charged::Answered(answer) => return answer,
            };
            let hit = self.search_proof(&call, &found, deed.proof).await?;
            if let Some(answer) = self.assign_apply(call.clone(), deed.clone(), found, hit, memory.clone()).await? {
                return answer;
            }
        }
        Err(Reason::TransactionConflict.into())
    }

    async fn assign_check(&self, call: Call, deed: Assign) -> Answer<Lent> {
        let rules = self.loan_rules();
        let job = move |tx: &mut Tx<'_>| {
            let (found, may) = may_assign(tx, &call, &deed, rules)?;
            Ok(may.and_then(|old| {
                let found = found.ok_or(Reason::Internal)?;
                let verified = Verified { token: found.token.id, sighting: None };
                Ok(Lent { verified, replaced: old.map(|(old, _)| old.token.id) })
            }))
        };
        self.store().read(job).await.map_err(fault)?
    }

    /// Checks what can be checked before the codes are, and charges the budgets.
    async fn assign_charge(
        &self,
        call: Call,
        deed: Assign,
        memory: Option<Repeatable>,
        charge: bool,
    ) -> Answer<Charged> {
        let (limits, rules) = (self.settings().limits, self.loan_rules());
        let lane = Target::Token(deed.token.clone()).lane();
        let job = move |tx: &mut Tx<'_>| {
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(Charged::Answered(answer));
            }
            let (found, may) = may_assign(tx, &call, &deed, rules)?;
            let mut may = may.map(drop);
            if let Some(found) = &found {
                hold_if_broken(tx, found)?;
            }
            if may.is_ok() && charge {
                let operator = call.operator.name.to_string();
                may = charge_budget(tx, &operator, "assign", limits.loans_per_operator, LOANS_BY_AN_OPERATOR)?;
            }
            if let (Ok(()), Some(found), true) = (&may, &found, charge && deed.proof.is_given()) {
                may = charge_proof(tx, &found.token, limits.resyncs_per_token)?;
            }
            Ok(match (may, found) {
                (Ok(()), Some(found)) => Charged::Go(Box::new(found)),
                (Ok(()), None) => Charged::Answered(Err(Reason::Internal.into())),
                (Err(no), found) => {
                    Charged::Answered(refuse_assign(tx, &call, &deed, found.as_ref(), no, memory.as_ref())?)
                }
            })
        };
        self.store().write(lane, job).await.map_err(fault)
    }

    /// Lends, or refuses for the code; None where the row has changed since it was looked at.
    async fn assign_apply(
        &self,
        call: Call,
        deed: Assign,
        found: Found,
        hit: Answer<Option<Hit>>,
        memory: Option<Repeatable>,
    ) -> Answer<Option<Answer<Lent>>> {
        let lane = Target::Token(deed.token.clone()).lane();
        let loan = RowId::draw(self.now(), &**self.entropy()).map_err(entropy_fault)?;
        let rules = self.loan_rules();
        let job = move |tx: &mut Tx<'_>| {
            let (current, may) = may_assign(tx, &call, &deed, rules)?;
            let Some(current) = current.filter(|current| current.token.version == found.token.version) else {
                return Ok(None);
            };
            let answer = match (may, &hit) {
                (Err(no), _) => refuse_assign(tx, &call, &deed, Some(&current), no, memory.as_ref())?,
                (Ok(_), Err(no)) => refuse_assign(tx, &call, &deed, Some(&current), no.clone(), memory.as_ref())?,
                (Ok(old), Ok(hit)) => once(tx, memory.as_ref(), |tx| {
                    if let (Some(old), Some(replaces)) = (&old, &deed.replaces) {
                        replaces.go(tx, &call, old, &deed.note, &current.token)?;
                    }
                    let replaced = old.as_ref().map(|(old, _)| &old.token);
                    let verified = lend(tx, &call, &deed, &current, *hit, (loan, replaced))?;
                    Ok(Ok(Lent { verified, replaced: replaced.map(|old| old.id) }))
                })?,
            };
            Ok(Some(answer))
        };
        self.store().write(lane, job).await.map_err(fault)
    }
}

/// How often a proof is searched for again when its row changes under it.
const ATTEMPTS: usize = 3;

pub(super) const LOANS_BY_AN_OPERATOR: [&str; 2] = ["loans by one operator", "一人の担当者による貸出"];

/// What the first half of a loan comes to.
enum Charged {
    /// Nothing stands against it.
    Go(Box<Found>),
    /// Refused, or done before.
    Answered(Answer<Lent>),
}

/// The token in whose place another is lent, as it was found, and where it goes.
pub(super) type Old = Option<(Found, State)>;

/// What the owner of the fleet has set for loans.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// How many tokens a person may hold.
    pub(super) most: usize,
    /// How many of them they get besides, in the same batch.
    pub(super) promised: usize,
    /// Whether no token is lent that has shown no code.
    pub(super) needs_proof: bool,
}

impl App {
    pub(super) fn loan_rules(&self) -> Rules {
        let settings = self.settings();
        Rules { most: settings.limits.tokens_per_user, promised: 0, needs_proof: settings.policy.proof_at_assign }
    }
}

/// Whether a token may be lent as asked, and the token as far as it was found.
pub(super) fn may_assign(
    tx: &mut Tx<'_>,
    call: &Call,
    deed: &Assign,
    rules: Rules,
) -> Result<(Option<Found>, Answer<Old>), StoreError> {
    let found = match Target::Token(deed.token.clone()).find(tx, call.scope())? {
        Ok(found) => found,
        Err(no) => return Ok((None, Err(no))),
    };
    let old = match &deed.replaces {
        None => None,
        Some(replaces) => match replaces.find(tx, call, &deed.user)? {
            Ok(old) => Some(old),
            Err(no) => return Ok((Some(found), Err(no))),
        },
    };
    let all = tx.tokens_of_user(&Scope::All, &deed.user)?;
    let stays = |held: &&Found| old.as_ref().is_none_or(|(old, _)| old.token.id != held.token.id);
    let held = all.iter().filter(stays).count();
    let own = call.operator.user.as_ref() == Some(&deed.user);
    let known = may_hold(tx, call, &deed.user)?;
    let elsewhere = match in_transit(tx, &found.token)? {
        None => kept_from(tx, &found.token, Some(&deed.user))?,
        on_its_way => on_its_way,
    };
    let may = fresh(&found, deed.etag.as_deref())
        .and_then(|()| legal(&found, Action::Assign).map(drop))
        .and_then(|()| elsewhere.map_or(Ok(()), Err))
        .and_then(|()| not_expired(&found.token, tx.now()))
        .and_then(|()| has_seed(&found.token))
        .and_then(|()| deed.terms.may(tx.now()))
        .and(known)
        .and_then(|()| in_scope(call, deed.department.as_deref()))
        .and_then(|()| if own { Err(Reason::SelfTarget.into()) } else { not_own(call, &found) })
        .and_then(|()| deed.proof.fits(&found.token, rules.needs_proof.then_some(Reason::ProofRequired)))
        .and_then(|()| {
            // The limit, not what is held: most of it may be lent through other departments.
            let limit = Rejection::from(Reason::UserTokenLimit).with("user", deed.user.as_str());
            if held + rules.promised < rules.most { Ok(()) } else { Err(limit.with("count", rules.most.to_string())) }
        });
    Ok((Some(found), may.map(|()| old)))
}

/// Whether the operator may lend through this department, or through none.
pub(in crate::app) fn in_scope(call: &Call, department: Option<&str>) -> Answer<()> {
    if call.scope().covers(department, true) {
        return Ok(());
    }
    let no = match (department, call.scope()) {
        (None, Scope::Departments(own)) => {
            Rejection::from(Reason::DepartmentUnsaid).with("departments", own.join(", "))
        }
        (None, Scope::All) | (Some(_), _) => Reason::DepartmentNotYours.into(),
    };
    Err(no.in_field("department"))
}

/// Writes a loan: the token, the loan, the record.
pub(super) fn lend(
    tx: &mut Tx<'_>,
    call: &Call,
    deed: &Assign,
    found: &Found,
    hit: Option<Hit>,
    (loan, replaced): (RowId, Option<&Token>),
) -> Result<Verified, StoreError> {
    let now = tx.now();
    let held = &found.token;
    let state = legal(found, Action::Assign).map_err(|_| StoreError::Stale)?;
    let lent = Token {
        state,
        user: Some(deed.user.clone()),
        loan: Some(loan),
        lent_at: Some(now),
        department: deed.department.clone(),
        proven_at: None,
        fail_count: 0,
        next_try_at: None,
        last_request: None,
        updated_at: now,
        ..held.clone()
    };
    let sighting = match hit {
        Some(hit) => Sighting::of(tx, held, hit.offset_steps, now)?,
        None => None,
    };
    match hit {
        Some(hit) => tx.token_accept(held, &with_hit(&lent, &hit, sighting, now))?,
        None => tx.token_swap(held, &Token { version: held.version + 1, ..lent.clone() })?,
    }
    // What takes the place of a token is due when that was, unless another day is agreed on.
    let due_at = match (deed.terms.due, replaced.and_then(|old| old.loan)) {
        (None, Some(old)) => tx.loan_find(&Scope::All, old)?.and_then(|old| old.due_at),
        (due, _) => due,
    };
    tx.reservation_drop(held.id)?;
    tx.loan_insert(&Loan {
        id: loan,
        token: held.id,
        user: deed.user.clone().into(),
        department: deed.department.clone(),
        started_at: now,
        started_by: call.operator.name.clone(),
        checked: deed.checked.map(|checked| checked.as_str().to_owned()),
        start_note: deed.note.clone(),
        route: deed.terms.route.map(|route| route.as_str().to_owned()),
        ticket: deed.terms.ticket.clone(),
        due_at,
        source: None,
        ended: None,
    })?;
    sighting.map_or(Ok(()), |sighting| sighting.note(tx, held, "assign"))?;
    let mut event = token_event(call, Act::TokenAssign, &lent, &Ok(()));
    event.details = assign_details(deed);
    event.details.extend(replaced.map(|old| ("replaces".to_owned(), old.name().to_string())));
    event.details.push(("proven".to_owned(), if hit.is_some() { "yes" } else { "no" }.to_owned()));
    tx.audit_append(event)?;
    Ok(Verified { token: held.id, sighting })
}

fn refuse_assign(
    tx: &mut Tx<'_>,
    call: &Call,
    deed: &Assign,
    found: Option<&Found>,
    no: Rejection,
    memory: Option<&Repeatable>,
) -> Decision<Lent> {
    once(tx, memory, |tx| {
        let Some(found) = found else {
            record_unfound(tx, call, Act::TokenAssign, &Target::Token(deed.token.clone()), &no)?;
            return Ok(Err(no));
        };
        let mut event = token_event(call, Act::TokenAssign, &found.token, &Err(no.clone()));
        event.user = Some(deed.user.clone());
        event.details = assign_details(deed);
        tx.audit_append(event)?;
        Ok(Err(no))
    })
}

/// What a desk said of a loan, for the record.
fn assign_details(deed: &Assign) -> Facts {
    let mut details = Facts::new();
    details.extend(deed.checked.map(|checked| ("checked".to_owned(), checked.as_str().to_owned())));
    details.extend(deed.department.iter().map(|department| ("department".to_owned(), department.clone())));
    details.extend(deed.terms.details());
    details.extend((!deed.note.is_empty()).then(|| ("note".to_owned(), deed.note.clone())));
    details
}
