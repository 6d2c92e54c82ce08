//! Budgets: how often something may be done in an hour, counted in the database, so that no restart forgives.

use std::time::Duration;

use chrono::{DurationRound, TimeDelta};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::app::Decision;
use crate::store::Tx;

/// Charges one of an hour's budget.
pub(super) fn charge_budget(tx: &mut Tx<'_>, subject: &str, kind: &str, limit: i64, words: [&str; 2]) -> Decision<()> {
    charge_budget_at_once(tx, subject, kind, (1, limit), words)
}

/// Charges several of an hour's budget, or none.
pub(super) fn charge_budget_at_once(
    tx: &mut Tx<'_>,
    subject: &str,
    kind: &str,
    (count, limit): (i64, i64),
    [en, ja]: [&str; 2],
) -> Decision<()> {
    let now = tx.now();
    let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
    if tx.budget_charge(subject, kind, hour, count, limit)? {
        return Ok(Ok(()));
    }
    let wait = (hour + TimeDelta::hours(1) - now).to_std().unwrap_or_default();
    Ok(Err(Rejection::from(Reason::RateLimited)
        .with("what", Arg::Word { en: en.to_owned(), ja: ja.to_owned() })
        .with("limit", limit.to_string())
        .with("wait", in_words(wait))
        .retry_after(wait)))
}

/// A wait as people say it: minutes, rounded up, from two minutes on.
fn in_words(wait: Duration) -> Arg {
    let seconds = wait.as_secs().max(1);
    let (en, ja) = match seconds.div_ceil(60) {
        0..=2 => (format!("{seconds} s"), format!("{seconds}秒")),
        minutes => (format!("{minutes} min"), format!("{minutes}分")),
    };
    Arg::Word { en, ja }
}
