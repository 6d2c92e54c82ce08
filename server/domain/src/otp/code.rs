//! Computing codes. A `Generator` holds a prepared key and gives the code of any step; an `OtpCode` is compared in
//! constant time and never printed.

use ring::hmac;
use subtle::{Choice, ConstantTimeEq};
use unicode_normalization::UnicodeNormalization;

use crate::ports::Timestamp;
use crate::seed::Seed;

/// The digest inside the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA-1, what nearly every token uses.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every algorithm, for searches over all readings.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The name as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes that the HMAC gives.
    pub fn output_bytes(self) -> usize {
        self.hmac().digest_algorithm().output_len()
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = BadProfile;

    /// Reads the names files use: `SHA1`, `sha-256`, `HmacSHA512`, `hmac_sha1`.
    fn from_str(name: &str) -> Result<Self, BadProfile> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match plain.strip_prefix("hmac").unwrap_or(&plain) {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(BadProfile::Algorithm),
        }
    }
}

/// How many digits a token shows: 6, 7 or 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits(u8);

impl Digits {
    /// Six, the usual.
    pub const SIX: Self = Self(6);

    /// Takes 6, 7 or 8.
    pub fn new(digits: u32) -> Result<Self, BadProfile> {
        match u8::try_from(digits) {
            Ok(digits @ 6..=8) => Ok(Self(digits)),
            _ => Err(BadProfile::Digits),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }
}

/// What makes the code change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moving {
    /// A clock: a new code every `period` seconds, counted from `epoch` (seconds since 1970, 0 for nearly all).
    Time {
        /// Seconds a code is shown.
        period: u32,
        /// T0, in seconds since 1970.
        epoch: i64,
    },
    /// A button: a new code every press.
    Event,
}

impl Moving {
    /// A clock that counts from 1970; 15 to 120 seconds are accepted.
    pub fn time(period: u32) -> Result<Self, BadProfile> {
        if (15..=120).contains(&period) { Ok(Self::Time { period, epoch: 0 }) } else { Err(BadProfile::Period) }
    }
}

/// Everything but the seed that decides what a token shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// The digest.
    pub algorithm: Algorithm,
    /// The length of a code.
    pub digits: Digits,
    /// Clock or button.
    pub moving: Moving,
}

impl Profile {
    /// The step a right clock is in at `now`; None for a button token.
    pub fn step_at(&self, now: Timestamp) -> Option<i64> {
        match self.moving {
            // The fields are open: a period of 0, which no token has, must not take the thread down.
            Moving::Time { period, epoch } => {
                Some(now.timestamp().saturating_sub(epoch).div_euclid(i64::from(period.max(1))))
            }
            Moving::Event => None,
        }
    }
}

/// A profile no token can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProfile {
    /// Not SHA-1, SHA-256 or SHA-512.
    #[error("the algorithm must be SHA1, SHA256 or SHA512")]
    Algorithm,
    /// Not 6 to 8.
    #[error("a code has 6, 7 or 8 digits")]
    Digits,
    /// Not 15 to 120 seconds.
    #[error("the period must be 15 to 120 seconds")]
    Period,
}

/// A code as somebody typed or a token showed it: six to eight digits, leading zeros kept.
///
/// Deliberately without `Debug`, `Display` and `PartialEq`: codes are never printed, and compared in one place.
#[derive(Clone, Copy)]
pub struct OtpCode {
    value: u32,
    digits: Digits,
}

/// What was typed is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Something else than digits, blanks and hyphens.
    #[error("a code has digits only")]
    NotDigits,
    /// Too short or too long for any token.
    #[error("a code has 6 to 8 digits")]
    Length,
}

impl std::str::FromStr for OtpCode {
    type Err = BadCode;

    /// Folds full-width digits, drops blanks and hyphens, and wants 6 to 8 digits.
    fn from_str(text: &str) -> Result<Self, BadCode> {
        // 64 characters are far more than any code with its blanks: a longer text is refused unread.
        if text.len() > 64 {
            return Err(BadCode::Length);
        }
        let mut value: u32 = 0;
        let mut digits: u32 = 0;
        for c in text.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}'))
        {
            let digit = c.to_digit(10).filter(|_| c.is_ascii()).ok_or(BadCode::NotDigits)?;
            digits += 1;
            if digits > 8 {
                return Err(BadCode::Length);
            }
            value = value * 10 + digit;
        }
        Ok(Self { value, digits: Digits::new(digits).map_err(|_| BadCode::Length)? })
    }
}

impl OtpCode {
    /// How many digits were given.
    pub fn digits(self) -> Digits {
        self.digits
    }

    /// Whether two codes are the same, in constant time. There is no other comparison.
    pub fn matches(self, other: Self) -> Choice {
        self.value.ct_eq(&other.value) & self.digits.0.ct_eq(&other.digits.0)
    }

    /// The digits as a bound field for a keyed hash; never for people or logs.
    pub fn hash_input(self) -> [u8; 5] {
        let [a, b, c, d] = self.value.to_be_bytes();
        [self.digits.0, a, b, c, d]
    }
}

/// A seed with its profile, ready to compute the code of any step. The HMAC key is set up once.
pub struct Generator {
    key: hmac::Key,
    digits: Digits,
}

impl Generator {
    /// Prepares a seed.
    pub fn new(seed: &Seed, algorithm: Algorithm, digits: Digits) -> Self {
        Self { key: hmac::Key::new(algorithm.hmac(), seed.expose()), digits }
    }

    /// The code of a step (TOTP) or counter (HOTP); None before step 0, where no code exists.
    pub fn code_at(&self, step: i64) -> Option<OtpCode> {
        let counter = u64::try_from(step).ok()?;
        let tag = hmac::sign(&self.key, &counter.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0x0f);
        let number = u32::from_be_bytes([tag[offset] & 0x7f, tag[offset + 1], tag[offset + 2], tag[offset + 3]]);
        Some(OtpCode { value: number % 10u32.pow(self.digits.get()), digits: self.digits })
    }
    /// Whether this code is the one of a step, in constant time; never before step 0 or with another length.
    pub fn shows(&self, step: i64, code: OtpCode) -> bool {
        self.code_at(step).is_some_and(|right| right.matches(code).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::fixtures::{at, typed};

    /// The keys of the RFCs: the digits 1 to 9 and 0, again and again.
    fn rfc_seed(length: usize) -> Seed {
        Seed::new(b"1234567890".iter().copied().cycle().take(length).collect()).unwrap()
    }

    #[test]
    fn the_values_of_rfc_4226_appendix_d() {
        let generator = Generator::new(&rfc_seed(20), Algorithm::Sha1, Digits::SIX);
        let values =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, value) in (0..).zip(values) {
            assert!(generator.shows(counter, typed(value)), "counter {counter}");
        }
    }

    #[test]
    fn the_values_of_rfc_6238_appendix_b() {
        let table = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        let digits = Digits::new(8).unwrap();
        for (now, values) in table {
            for ((algorithm, length), value) in Algorithm::ALL.into_iter().zip([20, 32, 64]).zip(values) {
                let generator = Generator::new(&rfc_seed(length), algorithm, digits);
                let profile = Profile { algorithm, digits, moving: Moving::time(30).unwrap() };
                assert!(generator.shows(profile.step_at(at(now)).unwrap(), typed(value)), "{algorithm:?} at {now}");
            }
        }
    }

    #[test]
    fn a_code_of_another_length_is_another_code() {
        let seed = rfc_seed(20);
        let [six, seven] = [6, 7].map(|digits| Generator::new(&seed, Algorithm::Sha1, Digits::new(digits).unwrap()));
        assert!(six.shows(0, typed("755224")) && seven.shows(0, typed("4755224")));
        assert!(!seven.shows(0, typed("755224")));
        assert!(!six.shows(0, typed("0755224")), "a leading zero counts");
    }

    #[test]
    fn there_is_no_code_before_step_0() {
        let generator = Generator::new(&rfc_seed(20), Algorithm::Sha1, Digits::SIX);
        assert!(generator.code_at(-1).is_none() && generator.code_at(i64::MIN).is_none());
        assert!(generator.code_at(0).is_some() && generator.code_at(i64::MAX).is_some());
    }

    #[test]
    fn a_step_begins_with_its_first_second_also_before_the_epoch() {
        let since = |epoch| Profile { moving: Moving::Time { period: 30, epoch }, ..crate::otp::fixtures::CLOCK };
        assert_eq!([29, 30, -1, -30, -31].map(|now| since(0).step_at(at(now)).unwrap()), [0, 1, -1, -1, -2]);
        assert_eq!(since(946_684_800).step_at(at(946_684_800 + 59)), Some(1));
        assert_eq!(since(i64::MIN).step_at(at(0)), Some(i64::MAX / 30), "no overflow");
        assert_eq!(crate::otp::fixtures::BUTTON.step_at(at(0)), None);
    }

    #[test]
    fn typed_codes_lose_blanks_and_hyphens_and_keep_leading_zeros() {
        for text in ["012345", "012 345", " 012-345 ", "０１２３４５", "012\u{3000}345", "012\u{2013}345"] {
            assert!(bool::from(typed(text).matches(typed("012345"))), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let refusal = |text: &str| text.parse::<OtpCode>().err();
        for text in ["", "12345", "123456789", &"1".repeat(65)] {
            assert_eq!(refusal(text), Some(BadCode::Length), "{} characters", text.len());
        }
        for text in ["12a456", "+12345", "12.456", "\u{661}23456", "½23456"] {
            assert_eq!(refusal(text), Some(BadCode::NotDigits));
        }
    }
}
