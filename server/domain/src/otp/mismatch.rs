//! Whether two codes that fit nowhere would fit if the seed file had been read otherwise: then not the token is wrong,
//! but its import.
//!
//! One thing is changed at a time, and `SPAN` bounds each search: at most seven readings of 122 steps, under a thousand
//! HMACs. Two codes in a row fit such a search by chance in less than one of 10⁹ tries. Nothing is accepted by this.

use super::code::{Algorithm, Digits, Generator, Moving, Profile};
use super::resync::{Outcome, Shown, resync};
use super::verify::Track;
use crate::ports::Timestamp;
use crate::reject::Arg;
use crate::seed::Seed;
use crate::spelling::Spelling;

/// How many steps are searched under each reading: each way for a clock, onward for a button.
const SPAN: i64 = 60;

/// 2000-01-01, from which the clocks of some tokens count.
const YEAR_2000: i64 = 946_684_800;

/// How the file should have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// With this many seconds a code.
    Period(u32),
    /// With this digest.
    Algorithm(Algorithm),
    /// With so many digits.
    Digits(Digits),
    /// With a clock that counts from 2000-01-01.
    Since2000,
    /// The secret as hex; it was taken for Base32.
    Hex,
    /// The secret as Base32; it was taken for hex.
    Base32,
}

impl Reading {
    /// The reading as it stands in "the codes fit only with …".
    pub fn words(self) -> Arg {
        let (en, ja) = match self {
            Self::Period(seconds) => (format!("a period of {seconds} s"), format!("周期{seconds}秒")),
            Self::Algorithm(algorithm) => {
                let name = algorithm.as_str().to_ascii_uppercase();
                (name.clone(), name)
            }
            Self::Digits(digits) => (format!("{} digits", digits.get()), format!("{}桁", digits.get())),
            Self::Since2000 => ("a clock that counts from 2000-01-01".to_owned(), "2000年1月1日起点の時刻".to_owned()),
            Self::Hex => {
                ("the secret read as hex, not Base32".to_owned(), "シードを16進（Base32 ではなく）".to_owned())
            }
            Self::Base32 => {
                ("the secret read as Base32, not hex".to_owned(), "シードを Base32（16進ではなく）".to_owned())
            }
        };
        Arg::Word { en, ja }
    }
}

/// The first other reading under which the codes stand in a row near the right time, or near the next counter.
pub fn profile_mismatch(seed: &Seed, profile: &Profile, track: Track, shown: Shown, now: Timestamp) -> Option<Reading> {
    let fits = |seed: &Seed, profile: &Profile| {
        let generator = Generator::new(seed, profile.algorithm, profile.digits);
        // Steps of another reading are other steps: only a button's counter stays what it is.
        let last_step = if profile.moving == Moving::Event { track.last_step } else { Track::NEW.last_step };
        match resync(&generator, profile, Track { last_step, drift_steps: 0 }, shown, now, SPAN, &[0]) {
            Outcome::InStep { .. } | Outcome::Ambiguous => true,
            Outcome::Failed(_) => false,
        }
    };
    let other_profile = other_profiles(profile, shown).into_iter().find(|(_, other)| fits(seed, other));
    let other_seed = || other_seeds(seed).find(|(_, other)| fits(other, profile));
    other_profile.map(|(reading, _)| reading).or_else(|| other_seed().map(|(reading, _)| reading))
}

/// The profiles that differ from the given one in one thing.
fn other_profiles(profile: &Profile, shown: Shown) -> Vec<(Reading, Profile)> {
    let digits = shown.first.digits();
    if digits != profile.digits {
        // Codes of another length fit no reading that keeps the length.
        return vec![(Reading::Digits(digits), Profile { digits, ..*profile })];
    }
    let algorithms = Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != profile.algorithm);
    let mut others: Vec<_> =
        algorithms.map(|algorithm| (Reading::Algorithm(algorithm), Profile { algorithm, ..*profile })).collect();
    if let Moving::Time { period, epoch } = profile.moving {
        for other in [30, 60].into_iter().filter(|other| *other != period) {
            let moving = Moving::Time { period: other, epoch };
            others.push((Reading::Period(other), Profile { moving, ..*profile }));
        }
        if epoch != YEAR_2000 {
            let moving = Moving::Time { period, epoch: YEAR_2000 };
            others.push((Reading::Since2000, Profile { moving, ..*profile }));
        }
    }
    others
}

/// The seeds that the same text gives when it is read in the other encoding, where it can be.
fn other_seeds(seed: &Seed) -> impl Iterator<Item = (Reading, Seed)> {
    let hex = Spelling::Base32.reread(seed, Spelling::Hex).map(|seed| (Reading::Hex, seed));
    let base32 = Spelling::Hex.reread(seed, Spelling::Base32).map(|seed| (Reading::Base32, seed));
    hex.into_iter().chain(base32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::fixtures::{BUTTON, CLOCK, at, code, seed};

    const NOW: i64 = 1_700_000_010;

    /// The last counter a button token used.
    const USED: i64 = 4000;

    /// What is found when the device has `real`, but the file was read as `seed` and `CLOCK`.
    fn found_for(read: &Seed, device: &Seed, real: &Profile) -> Option<Reading> {
        let generator = Generator::new(device, real.algorithm, real.digits);
        let step = real.step_at(at(NOW)).unwrap_or(USED + 5);
        let pair = Shown { first: code(&generator, step - 1), second: code(&generator, step), third: None };
        let read_as = Profile { digits: CLOCK.digits, algorithm: CLOCK.algorithm, ..*real };
        let read_as = if real.moving == Moving::Event { read_as } else { Profile { moving: CLOCK.moving, ..read_as } };
        let track = Track { last_step: if real.moving == Moving::Event { USED } else { NOW / 30 }, drift_steps: 9 };
        profile_mismatch(read, &read_as, track, pair, at(NOW))
    }

    fn moving(period: u32, epoch: i64) -> Profile {
        Profile { moving: Moving::Time { period, epoch }, ..CLOCK }
    }

    #[test]
    fn each_wrong_reading_is_named() {
        let same = |real: &Profile| found_for(&seed(1), &seed(1), real);
        let eight = Digits::new(8).unwrap();
        assert_eq!(same(&moving(60, 0)), Some(Reading::Period(60)));
        assert_eq!(same(&moving(30, YEAR_2000)), Some(Reading::Since2000));
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            assert_eq!(same(&Profile { algorithm, ..CLOCK }), Some(Reading::Algorithm(algorithm)));
            assert_eq!(same(&Profile { algorithm, ..BUTTON }), Some(Reading::Algorithm(algorithm)));
        }
        assert_eq!(same(&Profile { digits: eight, ..CLOCK }), Some(Reading::Digits(eight)));
    }

    #[test]
    fn a_text_read_in_the_wrong_encoding_is_named() {
        let both = b"ABCDEF234567ABCDEF234567ABCDEF234567ABCD";
        let [hex, base32] = Spelling::ALL.map(|spelling| spelling.read(both).unwrap());
        assert_eq!([hex.len(), base32.len()], [20, 25]);
        assert_eq!(found_for(&base32, &hex, &CLOCK), Some(Reading::Hex));
        assert_eq!(found_for(&hex, &base32, &CLOCK), Some(Reading::Base32));
        assert_eq!(found_for(&hex, &base32, &BUTTON), Some(Reading::Base32));
    }

    #[test]
    fn another_token_is_no_other_reading() {
        for number in 2..200 {
            assert_eq!(found_for(&seed(1), &seed(number), &CLOCK), None, "token {number}");
        }
    }

    #[test]
    fn the_search_stays_under_a_thousand_codes() {
        let odd = moving(45, 0);
        let generator = Generator::new(&seed(1), CLOCK.algorithm, CLOCK.digits);
        let pair = Shown { first: code(&generator, 0), second: code(&generator, 1), third: None };
        let readings = i64::try_from(other_profiles(&odd, pair).len() + 2).unwrap();
        assert_eq!(readings, 7);
        assert!(readings * (2 * SPAN + 2) < 1000);
    }

    #[test]
    fn a_reading_has_its_words() {
        use crate::catalogue::Lang;
        assert_eq!(Reading::Period(60).words().text(Lang::En), "a period of 60 s");
        assert_eq!(Reading::Period(60).words().text(Lang::Ja), "周期60秒");
        assert_eq!(Reading::Algorithm(Algorithm::Sha256).words().text(Lang::Ja), "SHA256");
    }
}
