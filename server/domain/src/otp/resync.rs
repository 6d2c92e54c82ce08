//! Finding a token's clock or counter again from two codes in a row, and saying what was wrong when it can't be found.
//!
//! Guarantees: one HMAC a step whatever comes out, each step at most once; a run of codes that begins at or below the
//! last accepted step is never accepted; which of the codes failed can't be told from the answer. Knows nothing of rows:
//! budgets, and that the step written is bounded by the database's clock, are the caller's business.
//!
//! Chance: a made-up pair passes one search of ±1440 steps with 6 digits in about 3 of 10⁹ tries.

use std::ops::RangeInclusive;

use super::code::{Generator, Moving, OtpCode, Profile};
use super::verify::{HOTP_LOOK_BACK, Track};
use crate::catalogue::Reason;
use crate::ports::Timestamp;
use crate::reject::Rejection;

/// How far a clock is searched each way, in seconds: twelve hours, more than any clock is off that still shows codes.
pub const TOTP_SPAN_SECONDS: i64 = 12 * 60 * 60;

/// How many counters are searched for a button token.
pub const HOTP_SPAN: i64 = 1000;

/// The furthest apart two codes may be to be told "not consecutive" instead of "no match".
const WIDEST_GAP: i64 = 3;

/// The codes a person read off a token, in the order shown. The third is asked for only where two fit several times.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The older one.
    pub first: OtpCode,
    /// The one after it.
    pub second: OtpCode,
    /// The one after that.
    pub third: Option<OtpCode>,
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The codes stand in one place only.
    InStep {
        /// The step of the last code given, to be stored as the last one: the very next code verifies.
        step: i64,
        /// TOTP: that step less the step of the right time, to be stored as the drift. HOTP: how many codes were
        /// passed over before the first.
        offset_steps: i64,
    },
    /// The codes stand in several places: a third one decides.
    Ambiguous,
    /// They stand nowhere they may.
    Failed(Diagnosis),
}

/// Why no place was found, as far as this token's own codes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagnosis {
    /// One code was given twice.
    SameCodeTwice,
    /// The newer code came first.
    Swapped,
    /// Both are codes of this token, but not one after the other.
    NotConsecutive {
        /// How many steps apart, 2 or 3.
        gap: i64,
    },
    /// The codes are right, but the first of them is not newer than the last accepted one.
    AlreadyUsed,
    /// Nothing fits.
    NoMatch,
}

impl From<Diagnosis> for Rejection {
    /// The refusal without its serial, which the caller adds.
    fn from(diagnosis: Diagnosis) -> Self {
        match diagnosis {
            Diagnosis::SameCodeTwice => Reason::SameCodeTwice.into(),
            Diagnosis::Swapped => Reason::Swapped.into(),
            Diagnosis::NotConsecutive { gap } => Self::from(Reason::NotConsecutive).with("gap", gap.to_string()),
            Diagnosis::AlreadyUsed => Reason::AlreadyUsed.into(),
            Diagnosis::NoMatch => Reason::NoMatch.into(),
        }
    }
}

/// How many steps a resync searches: each way for a clock, onward for a button.
pub fn span_steps(profile: &Profile) -> i64 {
    match profile.moving {
        Moving::Time { period, .. } => TOTP_SPAN_SECONDS / i64::from(period.max(1)),
        Moving::Event => HOTP_SPAN,
    }
}

/// Searches for the codes.
///
/// A clock is searched where the last code given lies within `span` steps of one of the `centres`, which are drifts in
/// steps (the stored one, and none). A button token is searched where the first code is one of the next `span`
/// counters; it has no centres.
pub fn resync(
    generator: &Generator,
    profile: &Profile,
    track: Track,
    shown: Shown,
    now: Timestamp,
    span: i64,
    centres: &[i64],
) -> Outcome {
    let reach = Reach::new(profile, track, shown, now, span, centres);
    let sightings = Sightings::new(generator, shown, &reach.steps());
    let ends: Vec<i64> =
        sightings.runs().map(|first| first.saturating_add(reach.further)).filter(|end| reach.allows(*end)).collect();
    match ends.as_slice() {
        [] => Outcome::Failed(diagnose(shown, &sightings, track)),
        [step] => Outcome::InStep { step: *step, offset_steps: step.saturating_sub(reach.expected) },
        [_, _, ..] => Outcome::Ambiguous,
    }
}

/// Where a run of codes may end, and so which steps are computed.
struct Reach {
    /// How many codes follow the first.
    further: i64,
    /// The last accepted step; a run begins above it.
    last_step: i64,
    /// Where the run would end if clock or counter were right.
    expected: i64,
    /// Where it may end.
    ends: Vec<RangeInclusive<i64>>,
    /// How many steps more are computed below, to know used codes again.
    look_back: i64,
}

impl Reach {
    fn new(profile: &Profile, track: Track, shown: Shown, now: Timestamp, span: i64, centres: &[i64]) -> Self {
        let further = if shown.third.is_some() { 2 } else { 1 };
        let last_step = track.last_step;
        if let Some(clock) = profile.step_at(now) {
            let around = |drift: &i64| {
                let centre = clock.saturating_add(*drift);
                centre.saturating_sub(span)..=centre.saturating_add(span)
            };
            Self { further, last_step, expected: clock, ends: centres.iter().map(around).collect(), look_back: 0 }
        } else {
            let expected = last_step.saturating_add(1 + further);
            let ends = vec![expected..=expected.saturating_add(span - 1)];
            Self { further, last_step, expected, ends, look_back: HOTP_LOOK_BACK }
        }
    }

    /// Every step to be computed, once each and in order.
    fn steps(&self) -> Vec<i64> {
        let below = self.further + self.look_back;
        let mut steps: Vec<i64> =
            self.ends.iter().flat_map(|ends| ends.start().saturating_sub(below).max(0)..=*ends.end()).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    fn allows(&self, end: i64) -> bool {
        end - self.further > self.last_step && self.ends.iter().any(|ends| ends.contains(&end))
    }
}

/// At which of the searched steps each code was seen. Everything else is asked of this, so nothing is computed twice.
struct Sightings {
    first: Vec<i64>,
    second: Vec<i64>,
    third: Option<Vec<i64>>,
}

impl Sightings {
    fn new(generator: &Generator, shown: Shown, steps: &[i64]) -> Self {
        let mut seen = Self { first: Vec::new(), second: Vec::new(), third: shown.third.map(|_| Vec::new()) };
        for (step, code) in steps.iter().filter_map(|step| Some((*step, generator.code_at(*step)?))) {
            let wanted = [Some(shown.first), Some(shown.second), shown.third];
            let places = [Some(&mut seen.first), Some(&mut seen.second), seen.third.as_mut()];
            for (wanted, place) in wanted.into_iter().flatten().zip(places.into_iter().flatten()) {
                if code.matches(wanted).into() {
                    place.push(step);
                }
            }
        }
        seen
    }

    /// The steps at which the codes begin to stand one after the other as given.
    fn runs(&self) -> impl Iterator<Item = i64> {
        let goes_on = |first: &i64| self.third.as_ref().is_none_or(|third| third.contains(&first.saturating_add(2)));
        apart(&self.first, &self.second, 1).filter(goes_on)
    }

    /// Each code with the one given after it.
    fn neighbours(&self) -> impl Iterator<Item = (&[i64], &[i64])> {
        let later = self.third.as_deref().map(|third| (self.second.as_slice(), third));
        [(self.first.as_slice(), self.second.as_slice())].into_iter().chain(later)
    }
}

/// The steps of `earlier` that have one of `later` exactly `gap` steps after them.
fn apart(earlier: &[i64], later: &[i64], gap: i64) -> impl Iterator<Item = i64> {
    earlier.iter().copied().filter(move |step| step.checked_add(gap).is_some_and(|step| later.contains(&step)))
}

fn diagnose(shown: Shown, sightings: &Sightings, track: Track) -> Diagnosis {
    if gives_a_code_twice(shown) {
        return Diagnosis::SameCodeTwice;
    }
    if sightings.runs().any(|first| first <= track.last_step) {
        return Diagnosis::AlreadyUsed;
    }
    for (earlier, later) in sightings.neighbours() {
        if apart(later, earlier, 1).next().is_some() {
            return Diagnosis::Swapped;
        }
        if let Some(gap) = (2..=WIDEST_GAP).find(|gap| apart(earlier, later, *gap).next().is_some()) {
            return Diagnosis::NotConsecutive { gap };
        }
    }
    Diagnosis::NoMatch
}

/// Whether one code was given twice, which no device shows.
pub fn gives_a_code_twice(shown: Shown) -> bool {
    let again = shown.third.is_some_and(|third| third.matches(shown.second).into());
    again || shown.first.matches(shown.second).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::Lang;
    use crate::otp::fixtures::{BUTTON, CLOCK, at, code, generator, typed};
    use crate::otp::{Judgement, verify};

    const STEP: i64 = 56_666_667;

    fn now() -> Timestamp {
        at(STEP * 30 + 10)
    }

    fn used(last_step: i64) -> Track {
        Track { last_step, drift_steps: 0 }
    }

    /// The codes of these steps, as if typed.
    fn shown<const N: usize>(token: &Generator, steps: [i64; N]) -> Shown {
        let codes = steps.map(|step| code(token, step));
        Shown { first: codes[0], second: codes[1], third: codes.get(2).copied() }
    }

    fn clock_outcome<const N: usize>(steps: [i64; N], last_step: i64) -> Outcome {
        let token = generator(1);
        resync(&token, &CLOCK, used(last_step), shown(&token, steps.map(|j| STEP + j)), now(), 100, &[0])
    }

    #[test]
    fn a_pair_is_found_up_to_both_edges_and_no_further() {
        for end in [-100, -99, 0, 1, 99, 100] {
            assert_eq!(clock_outcome([end - 1, end], -1), Outcome::InStep { step: STEP + end, offset_steps: end });
        }
        for end in [-101, 101] {
            assert_eq!(clock_outcome([end - 1, end], -1), Outcome::Failed(Diagnosis::NoMatch));
        }
    }

    #[test]
    fn every_centre_is_searched_and_nothing_between_them() {
        let token = generator(2);
        let search = |end: i64, centres: &[i64]| {
            let pair = shown(&token, [STEP + end - 1, STEP + end]);
            resync(&token, &CLOCK, Track::NEW, pair, now(), 10, centres)
        };
        for end in [-10, 10, 490, 510] {
            assert_eq!(search(end, &[500, 0]), Outcome::InStep { step: STEP + end, offset_steps: end });
        }
        for end in [11, 489, 511] {
            assert_eq!(search(end, &[500, 0]), Outcome::Failed(Diagnosis::NoMatch));
        }
        assert_eq!(search(11, &[22, 0]), Outcome::Failed(Diagnosis::NoMatch), "in the gap of one step");
        assert_eq!(search(3, &[5, 0]), Outcome::InStep { step: STEP + 3, offset_steps: 3 }, "found once, not twice");
        assert_eq!(search(0, &[]), Outcome::Failed(Diagnosis::NoMatch));
    }

    #[test]
    fn each_step_is_computed_once() {
        let pair = shown(&generator(2), [STEP, STEP + 1]);
        let steps = |profile, last_step, span, centres: &[i64]| {
            Reach::new(profile, used(last_step), pair, now(), span, centres).steps().len()
        };
        assert_eq!(steps(&CLOCK, -1, 1440, &[0]), 2 * 1440 + 2);
        assert_eq!(steps(&CLOCK, -1, 1440, &[100, 0]), 2 * 1440 + 2 + 100);
        assert_eq!(steps(&CLOCK, -1, 10, &[500, 0]), 2 * (2 * 10 + 2));
        assert_eq!(steps(&BUTTON, -1, 1000, &[]), 1001);
        assert_eq!(steps(&BUTTON, 499, 1000, &[]), 1001 + 10);
    }

    #[test]
    fn what_a_person_may_get_wrong_is_told_apart() {
        for (steps, diagnosis) in [
            ([3, 3], Diagnosis::SameCodeTwice),
            ([4, 3], Diagnosis::Swapped),
            ([3, 5], Diagnosis::NotConsecutive { gap: 2 }),
            ([3, 6], Diagnosis::NotConsecutive { gap: 3 }),
            ([3, 7], Diagnosis::NoMatch),
            ([5, 3], Diagnosis::NoMatch),
        ] {
            assert_eq!(clock_outcome(steps, -1), Outcome::Failed(diagnosis), "{steps:?}");
        }
    }

    #[test]
    fn a_run_that_begins_at_or_below_the_last_step_was_used() {
        assert_eq!(clock_outcome([2, 3], STEP + 3), Outcome::Failed(Diagnosis::AlreadyUsed));
        assert_eq!(clock_outcome([2, 3], STEP + 2), Outcome::Failed(Diagnosis::AlreadyUsed));
        assert_eq!(clock_outcome([2, 3], STEP + 1), Outcome::InStep { step: STEP + 3, offset_steps: 3 });
    }

    #[test]
    fn one_right_code_tells_no_more_than_none() {
        let token = generator(3);
        let stranger = code(&generator(4), STEP);
        let outcomes = [
            Shown { first: code(&token, STEP), second: stranger, third: None },
            Shown { first: stranger, second: code(&token, STEP), third: None },
            Shown { first: stranger, second: code(&generator(4), STEP + 1), third: None },
        ]
        .map(|pair| resync(&token, &CLOCK, Track::NEW, pair, now(), 100, &[0]));
        assert_eq!(outcomes, [Outcome::Failed(Diagnosis::NoMatch); 3]);
    }

    #[test]
    fn a_button_token_is_searched_onward_from_its_counter() {
        let token = generator(5);
        let search = |first: i64| {
            let pair = shown(&token, [first, first + 1]);
            resync(&token, &BUTTON, used(19), pair, now(), 100, &[])
        };
        assert_eq!(search(20), Outcome::InStep { step: 21, offset_steps: 0 });
        assert_eq!(search(119), Outcome::InStep { step: 120, offset_steps: 99 });
        assert_eq!(search(120), Outcome::Failed(Diagnosis::NoMatch));
        assert_eq!(search(19), Outcome::Failed(Diagnosis::AlreadyUsed));
        assert_eq!(search(10), Outcome::Failed(Diagnosis::AlreadyUsed));
        assert_eq!(search(8), Outcome::Failed(Diagnosis::NoMatch));
    }

    #[test]
    fn a_third_code_must_follow_too() {
        assert_eq!(clock_outcome([2, 3, 4], -1), Outcome::InStep { step: STEP + 4, offset_steps: 4 });
        assert_eq!(clock_outcome([2, 3, 3], -1), Outcome::Failed(Diagnosis::SameCodeTwice));
        assert_eq!(clock_outcome([2, 3, 5], -1), Outcome::Failed(Diagnosis::NotConsecutive { gap: 2 }));
        assert_eq!(clock_outcome([2, 4, 3], -1), Outcome::Failed(Diagnosis::NotConsecutive { gap: 2 }));
        assert_eq!(clock_outcome([3, 4, 3], -1), Outcome::Failed(Diagnosis::Swapped));
        assert_eq!(clock_outcome([2, 3, 50], -1), Outcome::Failed(Diagnosis::NoMatch));
        assert_eq!(clock_outcome([2, 3, 4], STEP + 2), Outcome::Failed(Diagnosis::AlreadyUsed));
        let token = generator(5);
        let three = shown(&token, [25, 26, 27]);
        let outcome = resync(&token, &BUTTON, used(19), three, now(), 100, &[]);
        assert_eq!(outcome, Outcome::InStep { step: 27, offset_steps: 5 });
    }

    #[test]
    fn two_places_are_ambiguous_until_a_third_code_decides() {
        // Found by search: this token shows the same two codes in a row at both places.
        let (token, early, late) = (generator(7), 174_639, 944_753);
        let search = |third: Option<i64>, last_step| {
            let pair = shown(&token, [early, early + 1]);
            let shown = Shown { third: third.map(|step| code(&token, step)), ..pair };
            resync(&token, &CLOCK, used(last_step), shown, at(0), 5, &[early, late])
        };
        assert_eq!(search(None, -1), Outcome::Ambiguous);
        assert_eq!(search(Some(early + 2), -1), Outcome::InStep { step: early + 2, offset_steps: early + 2 });
        assert_eq!(search(Some(late + 2), -1), Outcome::InStep { step: late + 2, offset_steps: late + 2 });
        assert_eq!(search(Some(late + 40), -1), Outcome::Failed(Diagnosis::NoMatch));
        assert_eq!(search(None, early), Outcome::InStep { step: late + 1, offset_steps: late + 1 });
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        let token = generator(6);
        let pair = shown(&token, [0, 1]);
        assert_eq!(
            resync(&token, &CLOCK, Track::NEW, pair, at(59), 10, &[i64::MIN, 0, i64::MAX - 5]),
            Outcome::InStep { step: 1, offset_steps: 0 }
        );
        let spent = resync(&token, &BUTTON, used(i64::MAX - 1), pair, now(), 1000, &[]);
        assert_eq!(spent, Outcome::Failed(Diagnosis::NoMatch));
    }

    #[test]
    fn the_span_is_twelve_hours_or_a_thousand_presses() {
        let every = |period| span_steps(&Profile { moving: Moving::time(period).unwrap(), ..CLOCK });
        assert_eq!([every(30), every(60), span_steps(&BUTTON)], [1440, 720, 1000]);
    }

    #[test]
    fn a_diagnosis_has_its_words() {
        let no = Rejection::from(Diagnosis::NotConsecutive { gap: 3 }).with("serial", "HT0001");
        assert_eq!(no.message(Lang::En), "both codes belong to HT0001 but are 3 steps apart");
        assert_eq!(Rejection::from(Diagnosis::AlreadyUsed).reason, Reason::AlreadyUsed);
    }

    #[test]
    fn after_a_resync_the_very_next_code_verifies_and_the_old_ones_do_not() {
        for number in 0..100 {
            let (token, end) = (generator(number), STEP - 50 + i64::try_from(number).unwrap());
            let pair = shown(&token, [end - 1, end]);
            let outcome = resync(&token, &CLOCK, used(end - 2), pair, now(), 200, &[0]);
            assert_eq!(outcome, Outcome::InStep { step: end, offset_steps: end - STEP }, "token {number}");
            let track = Track { last_step: end, drift_steps: end - STEP };
            let judge = |step| verify(&token, &CLOCK, track, code(&token, step), at((STEP + 1) * 30), 2);
            assert_eq!(judge(end), Judgement::Replayed { step: end }, "token {number}");
            assert_eq!(judge(end - 1), Judgement::Replayed { step: end - 1 }, "token {number}");
            let next = Judgement::Accepted { step: end + 1, offset_steps: end - STEP };
            assert_eq!(judge(end + 1), next, "token {number}");
            let again = resync(&token, &CLOCK, track, pair, now(), 200, &[end - STEP, 0]);
            assert_eq!(again, Outcome::Failed(Diagnosis::AlreadyUsed), "token {number}");
        }
    }

    proptest! {
        #[test]
        fn a_made_up_pair_is_never_in_step(number: u64, first in 0u32..1_000_000, second in 0u32..1_000_000, button: bool) {
            let [first, second] = [first, second].map(|code| typed(&format!("{code:06}")));
            let pair = Shown { first, second, third: None };
            let profile = if button { BUTTON } else { CLOCK };
            let outcome = resync(&generator(number), &profile, Track::NEW, pair, now(), 100, &[0]);
            prop_assert!(matches!(outcome, Outcome::Failed(_)));
        }

        #[test]
        fn only_a_run_above_the_last_step_is_in_step(
            number: u64, end in -40i64..40, last in -40i64..40, stored in -20i64..20, span in 0i64..40,
        ) {
            let (token, track) = (generator(number), Track { last_step: STEP + last, drift_steps: stored });
            let pair = shown(&token, [STEP + end - 1, STEP + end]);
            let outcome = resync(&token, &CLOCK, track, pair, now(), span, &[stored, 0]);
            let legal = end - 1 > last && ((end - stored).abs() <= span || end.abs() <= span);
            prop_assert_eq!(outcome == Outcome::InStep { step: STEP + end, offset_steps: end }, legal);
        }
    }
}
