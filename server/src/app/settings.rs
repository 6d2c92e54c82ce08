//! What a fleet's owner may set.

/// Settings of the use cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often things may be done.
    pub limits: Limits,
    /// The clock window of the relying system, plus or minus, in seconds.
    pub entra_window_seconds: i64,
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
        Self { limits: Limits::default(), entra_window_seconds: tokenfleet_domain::otp::verdict::ENTRA_WINDOW_SECONDS }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { resyncs_per_token: 5, resyncs_per_operator: 60, loans_per_operator: 200, tokens_per_user: 5 }
    }
}
