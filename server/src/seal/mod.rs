//! Seeds at rest: the key hierarchy, the sealing of seeds, the MAC of rows.
//!
//! Guarantees: a blob opens only for the row, profile and seed generation it was sealed for; a row whose columns were
//! changed by anybody without the keyring is known. Knows keys and bytes; knows nothing of SQL, gRPC or files.
//!
//! ```text
//! KEK (a file)  wraps  the keyring: data keys, MAC keys, fingerprint, audit and page key
//!   data key  + salt of the row → HKDF-SHA-256 → a key of its own → AES-256-GCM over the seed
//! ```
//!
//! A key of its own for each row means that no nonce is ever used twice, even by a cloned machine.

mod kek;
mod keyring;

pub use kek::Kek;
pub use keyring::Keyring;

/// Why a key or a seed could not be used. None of these says anything about the bytes themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key file is not 64 hex digits.
    #[error("the key file must hold 64 hex digits")]
    KeyFile,
    /// The keyring was wrapped by another key, or was changed.
    #[error("the key file does not open this fleet's keyring: it is another fleet's key, or the keyring was changed")]
    WrongKey,
    /// A key is missing from the keyring.
    #[error("the keyring has no such key")]
    KeyMissing,
    /// The sealed seed is not of this row, or was changed.
    #[error("the sealed seed does not belong to this row")]
    Seed,
    /// The token's seed was shredded.
    #[error("the token has no seed any more")]
    Shredded,
    /// No random bytes.
    #[error(transparent)]
    NoEntropy(#[from] tokenfleet_domain::ports::NoEntropy),
}
