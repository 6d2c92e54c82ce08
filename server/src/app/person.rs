//! People: who an ID is, and whether a token may be lent to them.

use chrono::TimeDelta;
use tokenfleet_domain::audit::{Act, DONE, Event};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::person::{Person, near};
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{StoreError, Tx};

/// People asked for at once.
const BATCH_MAX: usize = 1_000;

/// Near IDs that are named at most.
const NEAR_MAX: usize = 3;

/// Rows removed in one job.
const TIDY_SLICE: u32 = 250;

impl App {
    /// The person of an ID.
    pub async fn person_get(&self, call: Call, user: UserId) -> Answer<Person> {
        let job = move |tx: &mut Tx<'_>| match tx.person_find(call.scope(), &user)? {
            Some(person) => Ok(Ok(person)),
            None => Ok(Err(unknown(call.scope(), &user, &meant(tx, &call, &user)?))),
        };
        self.store().read(job).await.map_err(fault)?
    }

    /// The people of these IDs who are known and in the caller's scope.
    pub async fn person_batch(&self, call: Call, users: Vec<UserId>) -> Answer<Vec<Person>> {
        if users.len() > BATCH_MAX {
            let no = Rejection::from(Reason::DirectoryTooMany).with("limit", BATCH_MAX.to_string());
            return Err(no.in_field("users"));
        }
        let job = move |tx: &mut Tx<'_>| {
            let found = users.iter().map(|user| tx.person_find(call.scope(), user));
            found.filter_map(Result::transpose).collect()
        };
        self.store().read(job).await.map_err(fault)
    }

    /// The department of somebody in the caller's scope, for a loan or a reservation that names none.
    pub(super) async fn person_department(&self, call: &Call, user: &UserId) -> Answer<Option<String>> {
        let (scope, user) = (call.scope().clone(), user.clone());
        let person = self.store().read(move |tx| tx.person_find(&scope, &user)).await.map_err(fault)?;
        Ok(person.and_then(|person| person.department))
    }

    /// Removes what the directory has no use for any more: earlier editions, those that came to nothing, and the names of
    /// people who have long been gone. Small jobs, once a minute.
    pub(super) async fn person_tidy(&self) -> Answer<()> {
        let kept = self.settings().people_kept;
        while self.store().write_background(move |tx| tidy(tx, kept)).await.map_err(fault)? >= u64::from(TIDY_SLICE) {}
        Ok(())
    }
}

fn tidy(tx: &mut Tx<'_>, kept: TimeDelta) -> Result<u64, StoreError> {
    let now = tx.now();
    let mut removed = tx.person_drop_earlier(TIDY_SLICE)?;
    // Whoever has the lease may be writing the next edition.
    if tx.lease_is_free(now)? {
        removed += tx.person_drop_later(TIDY_SLICE)?;
    }
    let forgotten = tx.person_forget(now - kept, TIDY_SLICE)?;
    if forgotten > 0 {
        tx.audit_append(Event {
            operator: "system".to_owned(),
            action: Act::DirectoryForget.as_str().to_owned(),
            outcome: DONE.to_owned(),
            subject: None,
            user: None,
            details: vec![("people".to_owned(), forgotten.to_string())],
            request_id: None,
        })?;
    }
    Ok(removed + forgotten)
}

/// Whether a token may be lent to somebody. While no directory has been imported, to everybody. To whoever acts for some
/// departments, people of the others are not there.
pub(super) fn may_hold(tx: &mut Tx<'_>, call: &Call, user: &UserId) -> Decision<()> {
    if tx.directory_edition()?.number == 0 {
        return Ok(Ok(()));
    }
    let now = tx.now();
    match tx.person_find(call.scope(), user)? {
        Some(person) => Ok(person.may_hold(now)),
        None => Ok(Err(unknown(call.scope(), user, &meant(tx, call, user)?))),
    }
}

/// What speaks against somebody who has a token already, as somebody else wrote down: the directory does not know them, or
/// not any more. Nothing while no directory has been imported.
pub(super) fn doubt(tx: &mut Tx<'_>, user: &UserId) -> Result<Option<Rejection>, StoreError> {
    if tx.directory_edition()?.number == 0 {
        return Ok(None);
    }
    let now = tx.now();
    Ok(match tx.person_find(&Scope::All, user)? {
        Some(person) => person.may_hold(now).err(),
        None => Some(unknown(&Scope::All, user, &[])),
    })
}

/// IDs that may have been meant: those of people to whom a token may be lent. Counters don't browse IDs, so they are told
/// none that they did not type.
fn meant(tx: &mut Tx<'_>, call: &Call, user: &UserId) -> Result<Vec<UserId>, StoreError> {
    if call.operator.sees_masked_ids() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let mut meant = Vec::new();
    for id in near(user) {
        let person = tx.person_find(call.scope(), &id)?.filter(|person| person.may_hold(now).is_ok());
        meant.extend(person.map(|person| person.user));
        if meant.len() == NEAR_MAX {
            break;
        }
    }
    Ok(meant)
}

/// The refusal of an ID that the directory does not have, or not in the scope.
fn unknown(scope: &Scope, user: &UserId, meant: &[UserId]) -> Rejection {
    let meant: Vec<_> = meant.iter().map(UserId::as_str).collect();
    let near = if meant.is_empty() {
        Arg::from("")
    } else {
        Arg::Word {
            en: format!("; did you mean {}?", meant.join(" or ")),
            ja: format!("（{} ではありませんか）", meant.join("，")),
        }
    };
    let reason = match scope {
        Scope::All => Reason::PersonUnknown,
        Scope::Departments(_) => Reason::PersonNotSeen,
    };
    Rejection::from(reason).with("user", user.as_str()).with("near", near)
}
