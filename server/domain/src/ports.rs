//! The two things every decision needs from outside: the time and randomness. Both are arguments, so tests set them.

use chrono::{DateTime, Utc};

/// A moment in UTC, kept to the microsecond.
pub type Timestamp = DateTime<Utc>;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes fit for keys.
pub trait Entropy: Send + Sync {
    /// Fills `out`, all of it, or fails.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The system gave no random bytes; whatever needed them must not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random number generator failed")]
pub struct NoEntropy;
