//! Which reading of a seed file a displayed code fits: one token in hand settles how all of its file is to be read.
//!
//! Everything a file can leave open is tried: how the secret is spelt, the digest, the period, the number of digits. That
//! makes up to 18 readings, so one code is looked for near the right clock only: over the whole span of a resync, one of
//! twenty codes of a wrong device would fit some reading. Two codes that follow each other are looked for everywhere.

use super::code::{Algorithm, Digits, Generator, Moving, OtpCode, Profile};
use super::resync::{Diagnosis, Outcome, Shown, resync, span_steps};
use super::verify::{Track, WIDEST_WINDOW};
use crate::ports::Timestamp;
use crate::seed::Seed;
use crate::spelling::Spelling;

/// The periods that devices are made with.
const PERIODS: [u32; 2] = [30, 60];

/// What somebody read off a device.
#[derive(Clone, Copy)]
pub enum Displayed {
    /// One code.
    One(OtpCode),
    /// Two that follow each other.
    Two(Shown),
}

impl Displayed {
    /// How many digits the device shows; none where the codes differ in that.
    fn digits(self) -> Option<Digits> {
        match self {
            Self::One(code) => Some(code.digits()),
            Self::Two(Shown { first, second, .. }) => Some(first.digits()).filter(|digits| *digits == second.digits()),
        }
    }
}

/// How a token is read now, and how else its file may be meant.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// How its secret was spelt; none where that is not in doubt.
    pub spelling: Option<Spelling>,
    /// All spellings that are possible.
    pub possible: &'a [Spelling],
    /// What decides its codes besides the seed.
    pub profile: Profile,
    /// Its past, which counts as it is read now.
    pub track: Track,
}

/// The one reading that fits, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// How the secret is spelt.
    pub spelling: Option<Spelling>,
    /// What decides the codes besides the seed.
    pub profile: Profile,
    /// The step of the last code given.
    pub step: i64,
    /// How many steps that is ahead of the right time; of a button, how many codes were passed over.
    pub offset_steps: i64,
}

/// What a proof comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved {
    /// One reading fits.
    By(Fit),
    /// Several do: another code decides.
    Ambiguous,
    /// None does.
    Failed(Diagnosis),
}

/// Tries every reading.
pub fn prove(seed: &Seed, stored: Stored<'_>, displayed: Displayed, now: Timestamp) -> Proved {
    let mut fits = Vec::new();
    let mut as_stored = Diagnosis::NoMatch;
    for spelling in spellings(stored) {
        let reread = match (stored.spelling, spelling) {
            (Some(from), Some(to)) if from != to => from.reread(seed, to),
            _ => None,
        };
        if spelling != stored.spelling && reread.is_none() {
            continue;
        }
        for profile in profiles(&stored.profile, displayed) {
            let is_stored = spelling == stored.spelling && profile == stored.profile;
            let track = track(&stored, &profile, is_stored);
            match look(reread.as_ref().unwrap_or(seed), &profile, track, displayed, now) {
                Outcome::InStep { step, offset_steps } => fits.push(Fit { spelling, profile, step, offset_steps }),
                Outcome::Ambiguous => return Proved::Ambiguous,
                Outcome::Failed(diagnosis) if is_stored => as_stored = diagnosis,
                Outcome::Failed(_) => {}
            }
        }
    }
    match fits.as_slice() {
        [] => Proved::Failed(as_stored),
        [fit] => Proved::By(*fit),
        [_, _, ..] => Proved::Ambiguous,
    }
}

/// The spellings to try; one that is not in doubt stays.
fn spellings(stored: Stored<'_>) -> Vec<Option<Spelling>> {
    if stored.possible.is_empty() {
        return vec![stored.spelling];
    }
    stored.possible.iter().copied().map(Some).collect()
}

/// The profiles to try: those a device that shows so many digits may have.
fn profiles(profile: &Profile, displayed: Displayed) -> Vec<Profile> {
    let Some(digits) = displayed.digits() else { return Vec::new() };
    let movings = movings(profile.moving);
    Algorithm::ALL
        .into_iter()
        .flat_map(|algorithm| movings.iter().map(move |moving| Profile { algorithm, digits, moving: *moving }))
        .collect()
}

fn movings(moving: Moving) -> Vec<Moving> {
    match moving {
        Moving::Time { period, epoch } => {
            let others = PERIODS.into_iter().filter(|other| *other != period);
            std::iter::once(period).chain(others).map(|period| Moving::Time { period, epoch }).collect()
        }
        Moving::Event => vec![Moving::Event],
    }
}

/// Steps of another reading are other steps: only a button's counter stays what it is.
fn track(stored: &Stored<'_>, profile: &Profile, is_stored: bool) -> Track {
    if is_stored {
        return stored.track;
    }
    let last_step = if profile.moving == Moving::Event { stored.track.last_step } else { Track::NEW.last_step };
    Track { last_step, drift_steps: 0 }
}

fn look(seed: &Seed, profile: &Profile, track: Track, displayed: Displayed, now: Timestamp) -> Outcome {
    let generator = Generator::new(seed, profile.algorithm, profile.digits);
    match displayed {
        Displayed::One(code) => look_near(&generator, profile, track, code, now),
        Displayed::Two(shown) => {
            let span = span_steps(profile);
            match resync(&generator, profile, track, shown, now, span, &[track.drift_steps, 0]) {
                // No acceptance writes a step further ahead than the span, whatever drift was stored.
                Outcome::InStep { offset_steps, .. } if offset_steps > span => Outcome::Failed(Diagnosis::NoMatch),
                outcome @ (Outcome::InStep { .. } | Outcome::Ambiguous | Outcome::Failed(_)) => outcome,
            }
        }
    }
}

/// Looks for one code near the right clock, or among the next counters.
fn look_near(generator: &Generator, profile: &Profile, track: Track, code: OtpCode, now: Timestamp) -> Outcome {
    let clock = profile.step_at(now);
    let expected = clock.unwrap_or_else(|| track.last_step.saturating_add(1));
    let furthest = if clock.is_some() { WIDEST_WINDOW } else { WIDEST_WINDOW - 1 };
    let steps = expected.saturating_sub(WIDEST_WINDOW)..=expected.saturating_add(furthest);
    let seen: Vec<i64> = steps.filter(|step| generator.shows(*step, code)).collect();
    let new: Vec<i64> = seen.iter().copied().filter(|step| *step > track.last_step).collect();
    match new.as_slice() {
        [step] => Outcome::InStep { step: *step, offset_steps: step.saturating_sub(expected) },
        [_, _, ..] => Outcome::Ambiguous,
        [] if seen.is_empty() => Outcome::Failed(Diagnosis::NoMatch),
        [] => Outcome::Failed(Diagnosis::AlreadyUsed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::fixtures::{BUTTON, CLOCK, at, code, seed, typed};

    const NOW: i64 = 1_700_000_010;

    /// Forty characters that read both ways.
    const BOTH: &[u8] = b"ABCDEF234567ABCDEF234567ABCDEF234567ABCD";

    fn as_hex() -> Stored<'static> {
        Stored { spelling: Some(Spelling::Hex), possible: &Spelling::ALL, profile: CLOCK, track: Track::NEW }
    }

    /// The codes that a device of this seed and profile shows, `late` steps off the right time.
    fn shown(seed: &Seed, real: &Profile, late: i64) -> [OtpCode; 2] {
        let generator = Generator::new(seed, real.algorithm, real.digits);
        let step = real.step_at(at(NOW)).unwrap_or(0) + late;
        [step - 1, step].map(|step| code(&generator, step))
    }

    fn two([first, second]: [OtpCode; 2]) -> Displayed {
        Displayed::Two(Shown { first, second, third: None })
    }

    fn every_profile() -> Vec<Profile> {
        let digits = [Digits::SIX, Digits::new(8).unwrap()];
        let movings = PERIODS.map(|period| Moving::Time { period, epoch: 0 });
        let of = |algorithm| digits.map(|digits| movings.map(|moving| Profile { algorithm, digits, moving }));
        Algorithm::ALL.into_iter().flat_map(of).flatten().collect()
    }

    #[test]
    fn one_code_finds_the_one_reading_of_spelling_digest_period_and_digits() {
        let read = Spelling::Hex.read(BOTH).unwrap();
        for spelling in Spelling::ALL {
            let real_seed = spelling.read(BOTH).unwrap();
            for real in every_profile() {
                let [_, last] = shown(&real_seed, &real, 3);
                let step = real.step_at(at(NOW)).unwrap() + 3;
                let fit = Fit { spelling: Some(spelling), profile: real, step, offset_steps: 3 };
                let proved = prove(&read, as_hex(), Displayed::One(last), at(NOW));
                assert_eq!(proved, Proved::By(fit), "{spelling:?} {real:?}");
                assert_eq!(prove(&read, as_hex(), two(shown(&real_seed, &real, 3)), at(NOW)), Proved::By(fit));
            }
        }
    }

    #[test]
    fn one_code_is_looked_for_near_the_right_clock_and_two_everywhere() {
        for late in [-WIDEST_WINDOW, WIDEST_WINDOW] {
            let near = Displayed::One(shown(&seed(1), &CLOCK, late)[1]);
            assert!(matches!(prove(&seed(1), decided(CLOCK), near, at(NOW)), Proved::By(_)), "{late}");
        }
        for late in [-WIDEST_WINDOW - 1, WIDEST_WINDOW + 1, 700, -1000] {
            let codes = shown(&seed(1), &CLOCK, late);
            let one = prove(&seed(1), decided(CLOCK), Displayed::One(codes[1]), at(NOW));
            assert_eq!(one, Proved::Failed(Diagnosis::NoMatch), "{late}");
            assert!(matches!(prove(&seed(1), decided(CLOCK), two(codes), at(NOW)), Proved::By(_)), "{late}");
        }
    }

    fn decided(profile: Profile) -> Stored<'static> {
        Stored { spelling: None, possible: &[], profile, track: Track::NEW }
    }

    #[test]
    fn a_spelling_that_is_not_in_doubt_is_not_doubted() {
        let (read, real) = (Spelling::Hex.read(BOTH).unwrap(), Spelling::Base32.read(BOTH).unwrap());
        let stored = Stored { possible: &[], ..as_hex() };
        let proved = prove(&read, stored, two(shown(&real, &CLOCK, 0)), at(NOW));
        assert_eq!(proved, Proved::Failed(Diagnosis::NoMatch));
    }

    #[test]
    fn a_button_is_looked_for_from_its_counter_on() {
        let generator = Generator::new(&seed(1), BUTTON.algorithm, BUTTON.digits);
        let stored = Stored { track: Track { last_step: 49, drift_steps: 0 }, ..decided(BUTTON) };
        let one = |step| prove(&seed(1), stored, Displayed::One(code(&generator, step)), at(NOW));
        let fit = |step| Proved::By(Fit { spelling: None, profile: BUTTON, step, offset_steps: step - 50 });
        assert_eq!([one(50), one(69)], [fit(50), fit(69)]);
        assert_eq!(one(70), Proved::Failed(Diagnosis::NoMatch));
        assert_eq!(one(49), Proved::Failed(Diagnosis::AlreadyUsed));
    }

    #[test]
    fn a_code_that_was_used_proves_nothing_again() {
        let step = CLOCK.step_at(at(NOW)).unwrap();
        let stored = Stored { track: Track { last_step: step, drift_steps: 0 }, ..decided(CLOCK) };
        let codes = shown(&seed(1), &CLOCK, 0);
        assert_eq!(prove(&seed(1), stored, Displayed::One(codes[1]), at(NOW)), Proved::Failed(Diagnosis::AlreadyUsed));
        assert_eq!(prove(&seed(1), stored, two(codes), at(NOW)), Proved::Failed(Diagnosis::AlreadyUsed));
    }

    #[test]
    fn what_was_wrong_with_two_codes_is_told_as_the_token_is_read_now() {
        let [first, second] = shown(&seed(1), &CLOCK, 0);
        assert_eq!(prove(&seed(1), decided(CLOCK), two([second, first]), at(NOW)), Proved::Failed(Diagnosis::Swapped));
        let odd = two([first, typed("12345678")]);
        assert_eq!(prove(&seed(1), decided(CLOCK), odd, at(NOW)), Proved::Failed(Diagnosis::NoMatch));
    }

    #[test]
    fn codes_of_other_devices_fit_no_reading() {
        let read = Spelling::Hex.read(BOTH).unwrap();
        let fits = (2..300).filter(|number| {
            let one = Displayed::One(shown(&seed(*number), &CLOCK, 0)[1]);
            let one = prove(&read, as_hex(), one, at(NOW));
            one != Proved::Failed(Diagnosis::NoMatch)
        });
        assert!(fits.count() <= 2, "near the right clock, chance is below one in a thousand");
        for number in 2..6 {
            let proved = prove(&read, as_hex(), two(shown(&seed(number), &CLOCK, 0)), at(NOW));
            assert_eq!(proved, Proved::Failed(Diagnosis::NoMatch), "{number}");
        }
    }
}
