//! Searching for codes that follow each other, away from the writer, and saying what was wrong when they are not found.

use std::sync::Arc;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{Serial, TokenRef};
use tokenfleet_domain::otp::mismatch::profile_mismatch;
use tokenfleet_domain::otp::resync::{Diagnosis, Outcome, Shown, resync, span_steps};
use tokenfleet_domain::otp::verify::{Judgement, WIDEST_WINDOW, verify};
use tokenfleet_domain::otp::{Generator, OtpCode};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Token;

use crate::app::judge::{Hit, track, window};
use crate::app::{Answer, App, Call, fault, on_a_core, seal_fault};
use crate::seal::Keyring;
use crate::store::{Found, Tx};

impl App {
    /// Looks for two or three codes of a token. The inner error is what the person at the desk is told.
    pub(super) async fn search(&self, call: &Call, found: &Found, shown: Shown) -> Answer<Answer<Hit>> {
        let now = self.now();
        let keyring = self.keyring().clone();
        let token = found.token.clone();
        let own = on_a_core(move || search_token(&keyring, &token, shown, now)).await??;
        match own {
            Err(no) if no.reason == Reason::NoMatch => {
                Ok(Err(self.other_token(call, found, shown, now).await?.unwrap_or(no)))
            }
            other => Ok(other),
        }
    }

    /// Looks for one code of a token, as a proof that the device in hand is this one.
    pub(super) async fn search_one(&self, found: &Found, code: OtpCode) -> Answer<Answer<Hit>> {
        let now = self.now();
        let keyring = self.keyring().clone();
        let token = found.token.clone();
        on_a_core(move || {
            let seed = keyring.open_seed(&token).map_err(seal_fault)?;
            let generator = Generator::new(&seed, token.profile.algorithm, token.profile.digits);
            let window = window(&token, now - token.last_ok_at.unwrap_or(token.created_at));
            let refused = |reason: Reason| Err(Rejection::from(reason).with("serial", token.serial.shown()));
            Ok(match verify(&generator, &token.profile, track(&token), code, now, window) {
                Judgement::Accepted { step, offset_steps } => Ok(Hit { step, offset_steps }),
                Judgement::Replayed { .. } => refused(Reason::CodeReplayed),
                Judgement::Wrong => refused(Reason::CodeWrong),
            })
        })
        .await?
    }

    /// Whether the codes are those of another token that the person may well have in hand.
    pub(super) async fn other_token(
        &self,
        call: &Call,
        found: &Found,
        shown: Shown,
        now: Timestamp,
    ) -> Answer<Option<Rejection>> {
        let scope = call.scope().clone();
        let token = found.token.clone();
        let others = self.store().read(move |tx| likely_others(tx, &scope, &token)).await.map_err(fault)?;
        let keyring = self.keyring().clone();
        let serial = found.token.serial.clone();
        on_a_core(move || {
            let other = others.iter().find(|other| shows(&keyring, other, shown, now))?;
            Some(Rejection::from(Reason::OtherToken).with("serial", serial.shown()).with("other", other.serial.shown()))
        })
        .await
    }
}

/// A full search of one token.
fn search_token(keyring: &Arc<Keyring>, token: &Token, shown: Shown, now: Timestamp) -> Answer<Answer<Hit>> {
    let seed = keyring.open_seed(token).map_err(seal_fault)?;
    let generator = Generator::new(&seed, token.profile.algorithm, token.profile.digits);
    let track = track(token);
    let centres = [track.drift_steps, 0];
    let span = span_steps(&token.profile);
    let outcome = resync(&generator, &token.profile, track, shown, now, span, &centres);
    let serial = token.serial.shown();
    Ok(match outcome {
        // No acceptance writes a step further ahead than the span, whatever drift was stored.
        Outcome::InStep { offset_steps, .. } if offset_steps > span => {
            Err(Rejection::from(Reason::NoMatch).with("serial", serial))
        }
        Outcome::InStep { step, offset_steps } => Ok(Hit { step, offset_steps }),
        Outcome::Ambiguous => Err(Rejection::from(Reason::Ambiguous).with("serial", serial)),
        Outcome::Failed(Diagnosis::NoMatch) => Err(match profile_mismatch(&seed, &token.profile, track, shown, now) {
            Some(reading) => Rejection::from(Reason::ProfileMismatch).with("reading", reading.words()),
            None => Reason::NoMatch.into(),
        }
        .with("serial", serial)),
        Outcome::Failed(diagnosis) => Err(Rejection::from(diagnosis).with("serial", serial)),
    })
}

/// The tokens that are taken for this one at a counter: the same person's others, and those one digit away.
fn likely_others(
    tx: &mut Tx<'_>,
    scope: &tokenfleet_domain::operator::Scope,
    token: &Token,
) -> Result<Vec<Token>, crate::store::StoreError> {
    let mut others = match &token.user {
        Some(user) => tx.tokens_of_user(scope, user)?,
        None => Vec::new(),
    };
    for serial in one_digit_away(&token.serial) {
        others.extend(tx.token_find(scope, &TokenRef::Serial(serial))?);
    }
    Ok(others.into_iter().map(|found| found.token).filter(|other| other.id != token.id).collect())
}

/// Every serial that differs in one digit.
fn one_digit_away(serial: &Serial) -> Vec<Serial> {
    let chars: Vec<char> = serial.key().chars().collect();
    let mut near = Vec::new();
    for (at, old) in chars.iter().enumerate().filter(|(_, c)| c.is_ascii_digit()) {
        for new in ('0'..='9').filter(|new| new != old) {
            let text: String = chars.iter().enumerate().map(|(i, c)| if i == at { new } else { *c }).collect();
            near.extend(text.parse::<Serial>().ok());
        }
    }
    near
}

/// Whether a token shows these codes about now; a narrow look, since it is only a guess.
fn shows(keyring: &Arc<Keyring>, token: &Token, shown: Shown, now: Timestamp) -> bool {
    let Ok(seed) = keyring.open_seed(token) else { return false };
    let generator = Generator::new(&seed, token.profile.algorithm, token.profile.digits);
    let centres = [token.drift_steps, 0];
    let outcome = resync(&generator, &token.profile, track(token), shown, now, WIDEST_WINDOW, &centres);
    // Codes that were used already are its codes all the same.
    matches!(outcome, Outcome::InStep { .. } | Outcome::Failed(Diagnosis::AlreadyUsed))
}

#[cfg(test)]
mod tests {
    use super::one_digit_away;

    #[test]
    fn neighbours_differ_in_one_digit_and_letters_stay() {
        let near = one_digit_away(&"A12".parse().unwrap());
        assert_eq!(near.len(), 18);
        assert!(near.iter().all(|serial| serial.key().starts_with('A')));
        assert!(near.contains(&"A13".parse().unwrap()) && near.contains(&"A02".parse().unwrap()));
    }
}
