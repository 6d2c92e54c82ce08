//! One-time codes: RFC 4226 (HOTP) and RFC 6238 (TOTP), and what this service makes of a code that is shown to it.
//!
//! `code` computes, `verify` judges one code, `resync` two, `mismatch` asks whether the seed was read wrong, `prove`
//! finds how it is to be read, `verdict` says what a clock's offset means for the person. The service never searches wider than it is told: every window is
//! an argument.

pub mod code;
pub mod mismatch;
pub mod prove;
pub mod resync;
pub mod verdict;
pub mod verify;

pub use code::{Algorithm, BadCode, BadProfile, Digits, Generator, Moving, OtpCode, Profile};
pub use mismatch::{Reading, profile_mismatch};
pub use prove::{Displayed, Fit, Proved, Stored, prove};
pub use resync::{Diagnosis, Outcome, Shown, resync};
pub use verdict::{Advice, Observation, Verdict};
pub use verify::{Judgement, Track, verify};

/// What the tests of this folder share. A seed is named by a number, so that a failing test prints the number.
#[cfg(test)]
pub(crate) mod fixtures {
    use chrono::DateTime;

    use super::{Algorithm, Digits, Generator, Moving, OtpCode, Profile};
    use crate::ports::Timestamp;
    use crate::seed::Seed;

    pub(crate) const CLOCK: Profile =
        Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Time { period: 30, epoch: 0 } };

    pub(crate) const BUTTON: Profile =
        Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Event };

    pub(crate) fn seed(number: u64) -> Seed {
        Seed::new(ring::digest::digest(&ring::digest::SHA256, &number.to_be_bytes()).as_ref()[..20].to_vec()).unwrap()
    }

    pub(crate) fn generator(number: u64) -> Generator {
        Generator::new(&seed(number), Algorithm::Sha1, Digits::SIX)
    }

    pub(crate) fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    pub(crate) fn code(generator: &Generator, step: i64) -> OtpCode {
        generator.code_at(step).unwrap()
    }

    pub(crate) fn typed(text: &str) -> OtpCode {
        text.parse().unwrap_or_else(|_| panic!("a test gave a code that is none"))
    }
}
