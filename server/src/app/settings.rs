//! What a fleet's owner may set.

use chrono::TimeDelta;
use tokenfleet_domain::admission;
use tokenfleet_domain::otp::verdict::ENTRA_WINDOW_SECONDS;

/// Settings of the use cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often things may be done.
    pub limits: Limits,
    /// What has to be done at a desk.
    pub policy: Policy,
    /// Bytes of the shortest seed that is imported.
    pub shortest_seed: usize,
    /// How long the names of people who are gone are kept.
    pub people_kept: TimeDelta,
    /// How long it is kept whose a loan was that has ended, and whom an event was about.
    pub loans_kept: TimeDelta,
    /// The clock window of the relying system, plus or minus, in seconds.
    pub entra_window_seconds: i64,
}

/// What has to be done at a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// No token is handed over that has shown no code.
    pub proof_at_assign: bool,
    /// None that works is taken back that has shown no code.
    pub proof_at_return: bool,
}

/// How often things may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Resyncs of one token an hour.
    pub resyncs_per_token: i64,
    /// Resyncs by one operator an hour.
    pub resyncs_per_operator: i64,
    /// Loans by one operator an hour.
    pub loans_per_operator: i64,
    /// Tokens one person may hold; Entra takes no more than five.
    pub tokens_per_user: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            policy: Policy::default(),
            shortest_seed: admission::SHORTEST,
            people_kept: TimeDelta::days(400),
            loans_kept: TimeDelta::days(3650),
            entra_window_seconds: ENTRA_WINDOW_SECONDS,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { resyncs_per_token: 5, resyncs_per_operator: 60, loans_per_operator: 200, tokens_per_user: 5 }
    }
}
