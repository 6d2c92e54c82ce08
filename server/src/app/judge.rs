//! Judging codes against a token's row: what is refused unseen, what is charged, what an acceptance writes.
//!
//! Guarantees: an attempt is charged in the row before any code is computed; an acceptance is written only over the row
//! that was judged, and only for a step behind the last one. Which deed it belongs to is the callers' business.

use std::time::Duration;

use chrono::TimeDelta;
use tokenfleet_domain::audit::Act;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::otp::verify::{DISABLE_AFTER, HOTP_LOOK_AHEAD};
use tokenfleet_domain::otp::verify::{
    Judgement, Track, delay_after, learned_drift, learning_steps, verify, window_steps,
};
use tokenfleet_domain::otp::{Generator, Moving, OtpCode};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Hold, LastRequest, State, Token, next_state};

use crate::app::clock::Sighting;
use crate::app::memory::{Facts, REMEMBERED, Remembered, Repeatable, fact, read_outcome, write_outcome};
use crate::app::target::{hold_if_broken, legal, token_event};
use crate::app::{Answer, Call, Decision};
use crate::bugs::{Bug, seeded};
use crate::seal::Keyring;
use crate::store::{Found, StoreError, Tx};

/// A code, or codes, that were accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whose.
    pub token: RowId,
    /// What they say of its clock; None for a button token.
    pub sighting: Option<Sighting>,
}

impl Remembered for Verified {
    fn facts(&self) -> Facts {
        let mut facts = vec![("token".to_owned(), self.token.to_string())];
        facts.extend(self.sighting.iter().flat_map(Sighting::facts));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self { token: fact(facts, "token")?.parse().ok()?, sighting: Sighting::recall(facts) })
    }
}

/// Where a search found its codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The step of the last code given.
    pub step: i64,
    /// How many steps it is ahead of the right time.
    pub offset_steps: i64,
}

/// A judgement, and whether it was made now or is remembered: only a new one goes on record.
pub(super) struct Judged {
    pub(super) answer: Answer<Verified>,
    pub(super) anew: bool,
}

/// Judges one code of a token that was found: refused before its time, charged, computed, settled. Without `learn` its
/// clock is left as it is known.
pub(super) fn judge(
    tx: &mut Tx<'_>,
    keyring: &Keyring,
    found: &Found,
    code: OtpCode,
    memory: Option<&Repeatable>,
    learn: bool,
) -> Result<Judged, StoreError> {
    hold_if_broken(tx, found)?;
    // What a row says is believed only where the row is authentic.
    let memory_of_row = memory.filter(|_| found.hold != Hold::Integrity);
    if let Some(answer) = memory_of_row.and_then(|memory| remembered(&found.token, memory, tx.now())) {
        return Ok(Judged { answer, anew: false });
    }
    let answer = match admissible(found, code, tx.now()) {
        Ok(()) => charge_and_judge(tx, keyring, found, code, memory, learn)?,
        Err(no) => Err(no),
    };
    Ok(Judged { answer, anew: true })
}

fn charge_and_judge(
    tx: &mut Tx<'_>,
    keyring: &Keyring,
    found: &Found,
    code: OtpCode,
    memory: Option<&Repeatable>,
    learn: bool,
) -> Decision<Verified> {
    let held = &found.token;
    let now = tx.now();
    let Ok(seed) = keyring.open_seed(held) else { return hold_for_seed(tx, found) };
    let wrong = Rejection::from(Reason::CodeWrong).with("serial", held.serial.shown());
    let charged = Token { last_request: memorised(memory, &Err(wrong.clone())), ..with_failure(held, now) };
    tx.token_swap(held, &charged)?;
    let generator = Generator::new(&seed, held.profile.algorithm, held.profile.digits);
    let idle = now - held.last_ok_at.unwrap_or(held.created_at);
    match verify(&generator, &held.profile, track(held), code, now, window(held, idle)) {
        Judgement::Wrong => Ok(Err(wrong)),
        Judgement::Replayed { .. } if seeded(Bug::Twice) => {
            let again = Token { version: charged.version + 1, updated_at: now, ..held.clone() };
            tx.token_swap(&charged, &again)?;
            Ok(Ok(Verified { token: held.id, sighting: None }))
        }
        Judgement::Replayed { .. } => {
            let answer = Err(Rejection::from(Reason::CodeReplayed).with("serial", held.serial.shown()));
            let refunded = Token {
                last_request: memorised(memory, &answer),
                version: charged.version + 1,
                updated_at: now,
                ..held.clone()
            };
            tx.token_swap(&charged, &refunded)?;
            Ok(answer)
        }
        Judgement::Accepted { step, offset_steps } => {
            let sighting = Sighting::of(tx, held, offset_steps, now)?;
            let answer = Ok(Verified { token: held.id, sighting });
            let learned = learned_drift(held.drift_steps, offset_steps, learning_steps(&held.profile, idle));
            let drift_steps = if sighting.is_some() && learn { learned } else { held.drift_steps };
            let accepted = Token {
                drift_steps,
                last_request: memorised(memory, &answer),
                version: charged.version + 1,
                ..with_success(held, step, sighting, now)
            };
            tx.token_accept(&charged, &accepted)?;
            sighting.filter(|_| learn).map_or(Ok(()), |sighting| sighting.note(tx, held, "verify"))?;
            Ok(answer)
        }
    }
}

/// Gives a wrong guess at one of a person's tokens back: another of them was meant, and its code was right.
pub(super) fn refund(tx: &mut Tx<'_>, call: &Call, before: &Token) -> Result<(), StoreError> {
    let Some(charged) = tx.token_by_id(call.scope(), before.id)? else { return Ok(()) };
    let refunded = Token {
        last_request: charged.token.last_request.clone(),
        version: charged.token.version + 1,
        updated_at: tx.now(),
        ..before.clone()
    };
    tx.token_swap(&charged.token, &refunded)
}

/// The steps to search around the expected one: more for a device that lay in a drawer.
pub(super) fn window(token: &Token, idle: TimeDelta) -> i64 {
    match token.profile.moving {
        Moving::Time { .. } => window_steps(&token.profile, idle),
        Moving::Event => HOTP_LOOK_AHEAD,
    }
}

/// A token's past, as judgements need it.
pub(super) fn track(token: &Token) -> Track {
    Track { last_step: token.last_step, drift_steps: token.drift_steps }
}

/// The longest wait a wrong code ever costs.
const LONGEST_DELAY: TimeDelta = TimeDelta::hours(1);

/// Whether a code may be looked at now. Nothing here is charged.
fn admissible(found: &Found, code: OtpCode, now: Timestamp) -> Result<(), Rejection> {
    let token = &found.token;
    legal(found, Action::Verify)?;
    has_seed(token)?;
    not_expired(token, now)?;
    if code.digits() != token.profile.digits {
        return Err(wrong_length(token));
    }
    match token.next_try_at {
        // A longer wait than there is was set under a wrong clock.
        Some(next) if now < next && next - now <= LONGEST_DELAY => {
            let wait = (next - now).to_std().unwrap_or_default() + Duration::from_millis(999);
            Err(Rejection::from(Reason::TokenLockedOut)
                .with("serial", token.serial.shown())
                .with("seconds", wait.as_secs().to_string())
                .retry_after(Duration::from_secs(wait.as_secs())))
        }
        _ => Ok(()),
    }
}

/// Codes of a token that was recorded without a seed can't be checked, so it is lent to nobody.
pub(super) fn has_seed(token: &Token) -> Result<(), Rejection> {
    if token.has_no_seed() {
        return Err(Rejection::from(Reason::NoSeed).with("serial", token.serial.shown()));
    }
    Ok(())
}

/// A token whose vendor's date has passed never verifies and is never lent.
pub(super) fn not_expired(token: &Token, now: Timestamp) -> Result<(), Rejection> {
    match token.expires_at {
        Some(end) if end < now => Err(Rejection::from(Reason::TokenExpired)
            .with("serial", token.serial.shown())
            .with("date", end.format("%Y-%m-%d").to_string())),
        _ => Ok(()),
    }
}

/// Whether codes have as many digits as the token shows.
pub(super) fn right_length(token: &Token, shown: &Shown) -> Result<(), Rejection> {
    let mut codes = [Some(shown.first), Some(shown.second), shown.third].into_iter().flatten();
    if codes.all(|code| code.digits() == token.profile.digits) { Ok(()) } else { Err(wrong_length(token)) }
}

pub(super) fn wrong_length(token: &Token) -> Rejection {
    Rejection::from(Reason::CodeDigits).with("digits", token.profile.digits.get().to_string()).in_field("code")
}

/// Writes an acceptance that a search found, and the state it leads to.
pub(super) fn accept_hit(tx: &mut Tx<'_>, held: &Token, next: State, hit: &Hit) -> Result<Verified, StoreError> {
    let now = tx.now();
    let sighting = Sighting::of(tx, held, hit.offset_steps, now)?;
    tx.token_accept(held, &Token { state: next, ..with_hit(held, hit, sighting, now) })?;
    sighting.map_or(Ok(()), |sighting| sighting.note(tx, held, "resync"))?;
    Ok(Verified { token: held.id, sighting })
}

/// The row after a search found its codes: clock and counter are what was seen.
pub(super) fn with_hit(held: &Token, hit: &Hit, sighting: Option<Sighting>, now: Timestamp) -> Token {
    Token {
        drift_steps: sighting.map_or(held.drift_steps, |sighting| sighting.seen.offset_steps),
        version: held.version + 1,
        ..with_success(held, hit.step, sighting, now)
    }
}

/// The row after a code of `step` was accepted.
fn with_success(held: &Token, step: i64, sighting: Option<Sighting>, now: Timestamp) -> Token {
    Token {
        last_step: step,
        drift_at: sighting.map_or(held.drift_at, |_| Some(now)),
        last_ok_at: Some(now),
        proven_at: held.proven_at.or_else(|| held.user.as_ref().map(|_| now)),
        fail_count: 0,
        next_try_at: None,
        updated_at: now,
        ..held.clone()
    }
}

/// The row after one more wrong code: counted, delayed, and disabled at the limit.
pub(super) fn with_failure(held: &Token, now: Timestamp) -> Token {
    let fail_count = if seeded(Bug::Uncharged) { 0 } else { held.fail_count.saturating_add(1) };
    let failures = u32::try_from(fail_count).unwrap_or(u32::MAX);
    let delay = delay_after(failures);
    let disabled = next_state(held.state, Hold::None, Action::Disable).filter(|_| failures >= DISABLE_AFTER);
    Token {
        fail_count,
        next_try_at: (!delay.is_zero()).then(|| now + delay),
        state: disabled.unwrap_or(held.state),
        version: held.version + 1,
        updated_at: now,
        ..held.clone()
    }
}

/// The answer this very request got before, from the token's own row. A row that was last written before the memory's
/// time is over remembers nothing.
fn remembered(token: &Token, memory: &Repeatable, now: Timestamp) -> Option<Answer<Verified>> {
    let (id, hash) = memory.key();
    let last = token.last_request.as_ref().filter(|last| last.id == id && token.updated_at + REMEMBERED > now)?;
    if last.hash != hash {
        return Some(Err(Reason::RequestIdReused.into()));
    }
    read_outcome(&last.outcome)
}

fn memorised(memory: Option<&Repeatable>, answer: &Answer<Verified>) -> Option<LastRequest> {
    memory.map(|memory| {
        let (id, hash) = memory.key();
        LastRequest { id, hash, outcome: write_outcome(answer) }
    })
}

/// A seed that does not open is as bad as a row that does not verify.
fn hold_for_seed(tx: &mut Tx<'_>, found: &Found) -> Decision<Verified> {
    let broken = Found { intact: false, hold: Hold::Integrity, ..found.clone() };
    hold_if_broken(tx, &broken)?;
    Ok(legal(&broken, Action::Verify).and(Err(Reason::Internal.into())))
}

/// Puts a judgement on record: the reason, how far the clock was off, what the desk noted; never the code.
pub(super) fn record(
    tx: &mut Tx<'_>,
    call: &Call,
    (action, note): (Act, &str),
    token: &Token,
    answer: &Answer<Verified>,
) -> Result<(), StoreError> {
    let outcome = answer.as_ref().map(|_| ()).map_err(Clone::clone);
    let mut event = token_event(call, action, token, &outcome);
    if let (Ok(Verified { sighting: Some(sighting), .. }), Moving::Time { period, .. }) = (answer, token.profile.moving)
    {
        let offset = sighting.seen.offset_steps.saturating_mul(i64::from(period));
        event.details.push(("clock_offset_seconds".to_owned(), offset.to_string()));
    }
    event.details.extend((!note.is_empty()).then(|| ("note".to_owned(), note.to_owned())));
    tx.audit_append(event)
}
