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

/// Authenticates rows, so that whoever can write to the database can't own a token or lower a counter unseen.
pub trait RowAuthority: Send + Sync {
    /// The id of the key that new MACs are made with.
    fn key_id(&self) -> i64;

    /// The MAC of a row's canonical bytes under the newest key.
    fn sign(&self, canonical: &[u8]) -> [u8; 32];

    /// Whether a MAC made with that key is right.
    fn verify(&self, key_id: i64, canonical: &[u8], mac: &[u8]) -> bool;

    /// The key that hides user IDs in the audit chain.
    fn audit_key(&self) -> &ring::hmac::Key;
}

/// A key of the keyring as it lies in the database: wrapped by the key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// What it is for: `dek`, `mac`, `fingerprint`, `audit`, `page`.
    pub kind: String,
    /// Which of its kind.
    pub id: i64,
    /// Which key-encryption key wrapped it.
    pub kek_id: String,
    /// Nonce, ciphertext and tag.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}
