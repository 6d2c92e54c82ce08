//! Which token shows these codes: for a device whose serial can't be read, or that was found in a corridor.
//!
//! Guarantees: no row changes, whatever comes out; every look is charged to the operator's budget and stands in the
//! record; one look at a time, so that it never has all cores for long.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, UserId};
use tokenfleet_domain::otp::resync::{Diagnosis, Outcome, Shown, gives_a_code_twice, resync};
use tokenfleet_domain::otp::verify::Track;
use tokenfleet_domain::otp::{Generator, Moving};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Action, Token};
use tokio::task::JoinSet;

use crate::app::budget::charge_budget;
use crate::app::judge::track;
use crate::app::target::{legal, outcome_word};
use crate::app::{Answer, App, Call, fault, on_a_core, to_the_end};
use crate::seal::Keyring;
use crate::store::{Found, StoreError, Tx};

/// How far a clock may be from where it was seen last, in steps each way.
const WINDOW: i64 = 10;

/// Tokens read and tried at once.
const STRIDE: u32 = 1_000;

const LOOKS_BY_AN_OPERATOR: [&str; 2] = ["searches by codes of one operator", "一人の担当者によるコードからの検索"];

/// What a look over the fleet came to.
#[derive(Debug, Clone)]
pub struct Identified {
    /// The tokens that show the codes; nearly always one.
    pub tokens: Vec<Seen>,
    /// How many tokens were tried.
    pub examined: usize,
}

/// A token that shows the codes.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The token.
    pub found: Found,
    /// How far its clock is off, in seconds; None for a button token.
    pub offset_seconds: Option<i64>,
}

/// What one token has to do with the codes.
enum Fit {
    Shows(Box<Seen>),
    ShowsThemInReverse,
}

impl App {
    /// Looks for the tokens in scope that show these codes about now: where a person is named, for theirs.
    pub async fn token_identify(&self, call: Call, shown: Shown, for_user: Option<UserId>) -> Answer<Identified> {
        if gives_a_code_twice(shown) {
            return Err(Rejection::from(Reason::SameCodeTwice).in_field("codes"));
        }
        let app = self.clone();
        to_the_end(async move {
            app.identify_charge(call.clone()).await?;
            let _one_at_a_time = app.inner.looks.acquire().await.map_err(|_| Reason::Internal)?;
            let (fits, examined) = app.try_all(&call, shown).await?;
            let in_reverse = fits.iter().any(|fit| matches!(fit, Fit::ShowsThemInReverse));
            let tokens: Vec<_> = fits.into_iter().filter_map(Fit::shows).collect();
            let answer = match (tokens.is_empty(), in_reverse) {
                (false, _) => Ok(Identified { tokens, examined }),
                (true, true) => Err(Rejection::from(Reason::Swapped).in_field("codes")),
                (true, false) => Err(Rejection::from(Reason::NotIdentified).with("examined", examined.to_string())),
            };
            let answer = match &for_user {
                Some(user) => answer.and_then(|identified| theirs(identified, user)),
                None => answer,
            };
            app.identify_record(call, &answer).await?;
            answer
        })
        .await
    }

    async fn identify_charge(&self, call: Call) -> Answer<()> {
        let limit = self.settings().limits.resyncs_per_operator;
        let job = move |tx: &mut Tx<'_>| {
            let operator = call.operator.name.to_string();
            charge_budget(tx, &operator, "identify", limit, LOOKS_BY_AN_OPERATOR)
        };
        self.store().write(0, job).await.map_err(fault)?
    }

    /// Tries every token in scope, then reads those whole that seem to show the codes.
    async fn try_all(&self, call: &Call, shown: Shown) -> Answer<(Vec<Fit>, usize)> {
        let now = self.now();
        let (likely, examined) = self.likely(call, shown, now).await?;
        let scope = call.scope().clone();
        let read = move |tx: &mut Tx<'_>| -> Result<Vec<Found>, StoreError> {
            let found = likely.iter().map(|id| tx.token_by_id(&scope, *id));
            found.filter_map(Result::transpose).collect()
        };
        let found = self.store().read(read).await.map_err(fault)?;
        let keyring = Arc::clone(self.keyring());
        let fits = on_a_core(move || found.into_iter().filter_map(|found| fit(&keyring, found, shown, now)).collect());
        Ok((fits.await?, examined))
    }

    /// The tokens in scope that seem to show the codes, and how many were tried: while some are tried on the cores, the next
    /// are read.
    async fn likely(&self, call: &Call, shown: Shown, now: Timestamp) -> Answer<(Vec<RowId>, usize)> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut at_work = JoinSet::new();
        let mut likely = Vec::new();
        let mut examined = 0;
        let mut after: Option<RowId> = None;
        loop {
            let scope = call.scope().clone();
            let page = self.store().read(move |tx| tx.token_sketches(&scope, after, STRIDE)).await.map_err(fault)?;
            examined += page.in_scope;
            if at_work.len() == cores {
                likely.extend(joined(at_work.join_next().await)?);
            }
            let keyring = Arc::clone(self.keyring());
            at_work.spawn(on_a_core(move || {
                let likely = page.sketches.iter().filter(|sketch| search(&keyring, sketch, shown, now).is_some());
                likely.map(|sketch| sketch.id).collect::<Vec<_>>()
            }));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        while let Some(done) = at_work.join_next().await {
            likely.extend(joined(Some(done))?);
        }
        likely.sort_unstable();
        Ok((likely, examined))
    }

    /// Puts the look on record: what was found, never the codes.
    async fn identify_record(&self, call: Call, answer: &Answer<Identified>) -> Answer<()> {
        let outcome = answer.as_ref().map(drop).map_err(Clone::clone);
        let only = answer.as_ref().ok().and_then(|identified| match identified.tokens.as_slice() {
            [only] => Some(&only.found.token),
            [] | [_, _, ..] => None,
        });
        let matches = answer.as_ref().map_or(0, |identified| identified.tokens.len());
        let event = Event {
            operator: call.operator.name.to_string(),
            action: Act::TokenIdentify.as_str().to_owned(),
            outcome: outcome_word(&outcome),
            subject: only.map(|token| token.name().to_string()),
            user: only.and_then(|token| token.user.clone()),
            details: vec![("matches".to_owned(), matches.to_string())],
            request_id: None,
        };
        self.store().write(0, move |tx| tx.audit_append(event.clone())).await.map_err(fault)
    }
}

/// Those that the person holds; where there is none, one of the others is refused.
fn theirs(identified: Identified, user: &UserId) -> Answer<Identified> {
    let Identified { tokens, examined } = identified;
    let (own, others): (Vec<_>, Vec<_>) =
        tokens.into_iter().partition(|seen| seen.found.token.user.as_ref() == Some(user));
    match (own.is_empty(), others.first()) {
        (true, Some(seen)) => {
            let no = if seen.found.token.user.is_some() { Reason::NotTheirs } else { Reason::TheirsOfNobody };
            Err(Rejection::from(no).with("serial", seen.found.token.serial.shown()))
        }
        (_, _) => Ok(Identified { tokens: own, examined }),
    }
}

impl Fit {
    fn shows(self) -> Option<Seen> {
        match self {
            Self::Shows(seen) => Some(*seen),
            Self::ShowsThemInReverse => None,
        }
    }
}

fn joined(done: Option<Result<Answer<Vec<RowId>>, tokio::task::JoinError>>) -> Answer<Vec<RowId>> {
    match done {
        Some(Ok(likely)) => likely,
        Some(Err(_)) => Err(Reason::Internal.into()),
        None => Ok(Vec::new()),
    }
}

/// What a token has to do with the codes, if it may be looked for at all.
fn fit(keyring: &Keyring, found: Found, shown: Shown, now: Timestamp) -> Option<Fit> {
    if legal(&found, Action::Identify).is_err() || !found.intact {
        return None;
    }
    match search(keyring, &found.token, shown, now)? {
        Hit::At { offset_seconds } => Some(Fit::Shows(Box::new(Seen { found, offset_seconds }))),
        Hit::InReverse => Some(Fit::ShowsThemInReverse),
    }
}

/// Where a token shows the codes.
enum Hit {
    /// About now, used up or not.
    At { offset_seconds: Option<i64> },
    /// The newer one first.
    InReverse,
}

/// Whether a token shows the codes about now. Nothing is opened that can't show codes so long.
fn search(keyring: &Keyring, token: &Token, shown: Shown, now: Timestamp) -> Option<Hit> {
    if token.profile.digits != shown.first.digits() {
        return None;
    }
    let seed = keyring.open_seed(token).ok()?;
    let generator = Generator::new(&seed, token.profile.algorithm, token.profile.digits);
    let (track, centres) = match token.profile.moving {
        // A code that was used up is one it shows all the same.
        Moving::Time { .. } => (Track { last_step: -1, ..track(token) }, vec![token.drift_steps]),
        Moving::Event => (track(token), Vec::new()),
    };
    match resync(&generator, &token.profile, track, shown, now, WINDOW, &centres) {
        Outcome::InStep { offset_steps, .. } => {
            let offset_seconds = match token.profile.moving {
                Moving::Time { period, .. } => Some(offset_steps.saturating_mul(i64::from(period))),
                Moving::Event => None,
            };
            Some(Hit::At { offset_seconds })
        }
        Outcome::Ambiguous | Outcome::Failed(Diagnosis::AlreadyUsed) => Some(Hit::At { offset_seconds: None }),
        Outcome::Failed(Diagnosis::Swapped) => Some(Hit::InReverse),
        Outcome::Failed(Diagnosis::SameCodeTwice | Diagnosis::NotConsecutive { .. } | Diagnosis::NoMatch) => None,
    }
}
