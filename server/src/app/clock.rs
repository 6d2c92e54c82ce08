//! What one look at a token's clock says, kept small enough to be remembered with the answer it belongs to.

use chrono::TimeDelta;
use tokenfleet_domain::otp::verdict::{Observation, Verdict, assess};
use tokenfleet_domain::otp::{Moving, Profile};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::token::Token;

use crate::app::memory::{Facts, fact};
use crate::store::{StoreError, Tx};

/// After so long the same offset is worth noting again.
const SAME_AGAIN_AFTER: TimeDelta = TimeDelta::days(30);

/// A clock that was seen, and when it was last seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// The look of now.
    pub seen: Observation,
    /// The one before.
    pub earlier: Option<Observation>,
}

impl Sighting {
    /// What `offset_steps` at `now` says of a clock token; None for a button token.
    pub fn of(tx: &mut Tx<'_>, token: &Token, offset_steps: i64, now: Timestamp) -> Result<Option<Self>, StoreError> {
        Ok(match token.profile.moving {
            Moving::Time { .. } => {
                let earlier = tx.drift_last(token.id)?.map(|(at, offset_steps)| Observation { at, offset_steps });
                Some(Self { seen: Observation { at: now, offset_steps }, earlier })
            }
            Moving::Event => None,
        })
    }

    /// What it means for the person.
    pub fn verdict(&self, profile: &Profile, window_seconds: i64) -> Option<Verdict> {
        assess(profile, self.seen, self.earlier, window_seconds)
    }

    /// Adds it to the series of observations, unless it repeats a young one: a rate is told by changes, and by long
    /// times without any.
    pub fn note(&self, tx: &mut Tx<'_>, token: &Token, source: &str) -> Result<(), StoreError> {
        let is_news = self.earlier.is_none_or(|earlier| {
            earlier.offset_steps != self.seen.offset_steps || self.seen.at - earlier.at > SAME_AGAIN_AFTER
        });
        if is_news {
            tx.drift_append(token.id, self.seen.at, self.seen.offset_steps, source)?;
        }
        Ok(())
    }

    /// As facts to remember.
    pub fn facts(&self) -> Facts {
        let mut facts = one("seen", self.seen);
        facts.extend(self.earlier.into_iter().flat_map(|earlier| one("earlier", earlier)));
        facts
    }

    /// From remembered facts.
    pub fn recall(facts: &Facts) -> Option<Self> {
        let read = |name: &str| {
            let at = fact(facts, &format!("{name}_at"))?.parse().ok()?;
            let offset_steps = fact(facts, &format!("{name}_steps"))?.parse().ok()?;
            Some(Observation { at: Timestamp::from_timestamp_micros(at)?, offset_steps })
        };
        Some(Self { seen: read("seen")?, earlier: read("earlier") })
    }
}

fn one(name: &str, seen: Observation) -> Facts {
    vec![
        (format!("{name}_at"), seen.at.timestamp_micros().to_string()),
        (format!("{name}_steps"), seen.offset_steps.to_string()),
    ]
}
