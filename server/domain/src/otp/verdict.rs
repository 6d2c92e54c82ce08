//! What a clock's offset means for the person at the desk: how fast it drifts, whether the sign-in service still takes
//! its codes, until when, and what to do now.
//!
//! The sign-in service (Entra) keeps its own idea of every token's clock and follows it only while the token is used;
//! nothing done here reaches it. All figures are whole steps turned into seconds, so an offset is right to one step, and
//! a person who types slowly adds up to one more.

use chrono::TimeDelta;

use super::code::{Moving, Profile};
use super::verify::CLOCK_SECONDS_PER_DAY;
use crate::ports::Timestamp;
use crate::reject::Arg;

/// How far a token's clock may be off for Entra to take its code, in seconds each way; as observed, Microsoft tells none.
pub const ENTRA_WINDOW_SECONDS: i64 = 120;

/// A token that leaves the window within so many days, or has used up half of it, should be used once now.
const SOON_DAYS: i64 = 90;

/// How many steps of a change may be nothing but rounding and slow typing.
const DOUBTFUL_STEPS: u64 = 2;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A clock seen once against the right time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// When.
    pub at: Timestamp,
    /// How many steps it was ahead.
    pub offset_steps: i64,
}

/// What is known of a clock after an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How many seconds the token is ahead of the right time; right to one step.
    pub offset_seconds: i64,
    /// How fast it drifts; absent where the earlier observation tells nothing.
    pub rate: Option<Rate>,
    /// Whether the sign-in service takes its codes, had it never seen this token.
    pub inside_window: bool,
    /// When the offset will have grown out of the window; absent outside it and without a rate, for nothing is foretold
    /// from what clocks usually do.
    pub leaves_window_at: Option<Timestamp>,
    /// What to do.
    pub advice: Advice,
}

/// A drift rate, positive where the clock is fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Thousandths of a second a day.
    pub milliseconds_per_day: i32,
}

impl Rate {
    /// Seconds a year of 365 days.
    pub fn seconds_per_year(self) -> i64 {
        i64::from(self.milliseconds_per_day) * 365 / 1000
    }
}

/// What to do with a token whose clock was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Nothing.
    Nothing,
    /// The sign-in service should see it now, while it still takes its codes, and learn its offset.
    SignInOnceNow,
    /// It is out of the window: where sign-in fails, only a new registration helps.
    Reregister,
    /// It drifts faster than a clock with a good battery can.
    Replace,
}

impl Advice {
    /// Every advice, in the order of its weight.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::SignInOnceNow, Self::Reregister, Self::Replace];

    /// The stable word for records and the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::SignInOnceNow => "sign_in_once_now",
            Self::Reregister => "reregister",
            Self::Replace => "replace",
        }
    }

    /// The advice as people read it.
    pub fn words(self) -> Arg {
        let (en, ja) = match self {
            Self::Nothing => ("nothing to do", "対応は不要です"),
            Self::SignInOnceNow => {
                ("have the user sign in once now", "利用者に今すぐ一度サインインしてもらってください")
            }
            Self::Reregister => ("re-register the token in Entra", "Entra にトークンを登録し直してください"),
            Self::Replace => {
                ("replace the token: its battery is dying", "電池が切れかけています．トークンを交換してください")
            }
        };
        Arg::Word { en: en.to_owned(), ja: ja.to_owned() }
    }
}

/// Judges a clock by what was just seen and by an earlier observation; None for a button token, which has no clock.
///
/// `window_seconds` is how far off, each way, the sign-in service lets a clock be that it sees for the first time.
pub fn assess(
    profile: &Profile,
    seen: Observation,
    earlier: Option<Observation>,
    window_seconds: i64,
) -> Option<Verdict> {
    let Moving::Time { period, .. } = profile.moving else { return None };
    let change = earlier.and_then(|earlier| Change::between(earlier, seen, period));
    let rate = change.filter(Change::tells_a_rate).map(Change::rate);
    let offset_seconds = seen.offset_steps.saturating_mul(i64::from(period));
    let inside_window = offset_seconds.saturating_abs() <= window_seconds;
    let leaves_window_at = rate.filter(|_| inside_window).and_then(|rate| {
        let left = if rate.milliseconds_per_day < 0 { offset_seconds.saturating_neg() } else { offset_seconds };
        after_drifting(seen.at, window_seconds.saturating_sub(left), rate)
    });
    let half_used = offset_seconds.saturating_abs() > window_seconds / 2;
    let leaves_soon = leaves_window_at.is_some_and(|at| at - seen.at < TimeDelta::days(SOON_DAYS));
    let advice = if change.is_some_and(Change::is_of_a_dying_battery) {
        Advice::Replace
    } else if !inside_window {
        Advice::Reregister
    } else if half_used || leaves_soon {
        Advice::SignInOnceNow
    } else {
        Advice::Nothing
    };
    Some(Verdict { offset_seconds, rate, inside_window, leaves_window_at, advice })
}

/// How a clock moved between two observations at least a day apart.
#[derive(Clone, Copy)]
struct Change {
    steps: i64,
    period: i64,
    elapsed_seconds: i64,
}

impl Change {
    fn between(earlier: Observation, later: Observation, period: u32) -> Option<Self> {
        let elapsed_seconds = (later.at - earlier.at).num_seconds();
        let steps = later.offset_steps.saturating_sub(earlier.offset_steps);
        (elapsed_seconds >= DAY_SECONDS).then_some(Self { steps, period: i64::from(period), elapsed_seconds })
    }

    /// Whether a rate means anything: the clock moved beyond doubt, or so much time passed that a step of rounding looks
    /// like no more than an honest clock's drift.
    fn tells_a_rate(&self) -> bool {
        let honest_seconds = self.elapsed_seconds / DAY_SECONDS * CLOCK_SECONDS_PER_DAY;
        self.steps.unsigned_abs() > DOUBTFUL_STEPS || honest_seconds >= self.period
    }

    fn rate(self) -> Rate {
        let milliseconds = i128::from(self.steps) * i128::from(self.period) * 1000;
        let a_day = milliseconds * i128::from(DAY_SECONDS) / i128::from(self.elapsed_seconds);
        let most = if a_day < 0 { i32::MIN } else { i32::MAX };
        Rate { milliseconds_per_day: i32::try_from(a_day).unwrap_or(most) }
    }

    /// Whether, doubtful steps apart, it moved faster than a clock with a good battery can.
    fn is_of_a_dying_battery(self) -> bool {
        let sure_steps = i128::from(self.steps.unsigned_abs().saturating_sub(DOUBTFUL_STEPS));
        sure_steps * i128::from(self.period) * i128::from(DAY_SECONDS)
            > i128::from(CLOCK_SECONDS_PER_DAY) * i128::from(self.elapsed_seconds)
    }
}

/// When a clock will have drifted so many seconds further; None where it never will, or not in any calendar.
fn after_drifting(from: Timestamp, seconds: i64, rate: Rate) -> Option<Timestamp> {
    let a_day = i64::from(rate.milliseconds_per_day.unsigned_abs());
    let wait = seconds.checked_mul(1000)?.checked_mul(DAY_SECONDS)?.checked_div(a_day)?;
    from.checked_add_signed(TimeDelta::try_seconds(wait)?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::catalogue::Lang;
    use crate::otp::fixtures::{BUTTON, CLOCK, at};

    const NOW: i64 = 1_700_000_000;

    fn seen(offset_steps: i64) -> Observation {
        Observation { at: at(NOW), offset_steps }
    }

    fn before(days: i64, offset_steps: i64) -> Observation {
        Observation { at: at(NOW - days * DAY_SECONDS), offset_steps }
    }

    fn judged(offset_steps: i64, earlier: impl Into<Option<Observation>>) -> Verdict {
        assess(&CLOCK, seen(offset_steps), earlier.into(), ENTRA_WINDOW_SECONDS).unwrap()
    }

    #[test]
    fn without_an_earlier_observation_only_the_offset_speaks() {
        let nothing = Verdict {
            offset_seconds: -60,
            rate: None,
            inside_window: true,
            leaves_window_at: None,
            advice: Advice::Nothing,
        };
        assert_eq!(judged(-2, None), nothing);
        assert_eq!(judged(3, None).advice, Advice::SignInOnceNow);
        assert_eq!(judged(-4, None).advice, Advice::SignInOnceNow);
        assert_eq!(judged(5, None).advice, Advice::Reregister);
        assert_eq!([4, -4, 5, -5].map(|steps| judged(steps, None).inside_window), [true, true, false, false]);
    }

    #[test]
    fn a_rate_comes_from_two_observations() {
        let verdict = judged(2, before(300, 0));
        assert_eq!(verdict.rate, Some(Rate { milliseconds_per_day: 200 }));
        assert_eq!(verdict.rate.unwrap().seconds_per_year(), 73);
        assert_eq!(judged(-2, before(300, 0)).rate, Some(Rate { milliseconds_per_day: -200 }));
        assert_eq!(judged(2, before(300, 2)).rate, Some(Rate { milliseconds_per_day: 0 }));
    }

    #[test]
    fn rounding_is_not_taken_for_drift() {
        assert_eq!(judged(1, before(7, 0)).rate, None);
        assert_eq!(judged(1, before(8, 0)).rate, Some(Rate { milliseconds_per_day: 3750 }));
        assert_eq!(judged(2, before(1, 0)).rate, None);
        assert_eq!(judged(3, before(1, 0)).rate, Some(Rate { milliseconds_per_day: 90_000 }));
        let yesterday = Observation { at: at(NOW - DAY_SECONDS + 1), offset_steps: 0 };
        assert_eq!(judged(100, yesterday).rate, None, "less than a day");
        assert_eq!(judged(100, before(-5, 0)).rate, None, "an observation of the future tells nothing");
    }

    #[test]
    fn the_day_it_leaves_the_window_lies_in_the_direction_it_drifts() {
        let leaves = |offset, earlier| judged(offset, before(300, earlier)).leaves_window_at;
        let days = |days: i64| Some(at(NOW + days * DAY_SECONDS));
        assert_eq!(leaves(2, 0), days(300));
        assert_eq!(leaves(-2, 0), days(300));
        assert_eq!(leaves(-2, -4), days(900));
        assert_eq!(leaves(2, 2), None, "it stands still");
        assert_eq!(leaves(5, 3), None, "it left long ago");
        assert_eq!(judged(4, before(300, 2)).leaves_window_at, days(0));
    }

    #[test]
    fn a_token_that_leaves_soon_should_sign_in_now() {
        assert_eq!(judged(2, before(300, 0)).advice, Advice::Nothing);
        assert_eq!(judged(2, before(80, 0)).advice, Advice::SignInOnceNow);
    }

    #[test]
    fn only_a_drift_beyond_doubt_is_a_dying_battery() {
        assert_eq!(judged(4, before(15, 0)).advice, Advice::SignInOnceNow);
        assert_eq!(judged(4, before(14, 0)).advice, Advice::Replace);
        assert_eq!(judged(-40, before(14, 0)).advice, Advice::Replace);
        assert_eq!(judged(1, before(14, 40)).advice, Advice::Replace, "also when it happens to be right today");
        assert_eq!(judged(2, before(1, 0)).advice, Advice::Nothing);
        assert_eq!(judged(40, before(365, 0)).advice, Advice::Reregister, "3.3 s a day is bad but possible");
    }

    #[test]
    fn a_button_token_has_no_clock() {
        assert_eq!(assess(&BUTTON, seen(3), None, ENTRA_WINDOW_SECONDS), None);
    }

    #[test]
    fn absurd_figures_do_no_harm() {
        for (offset, earlier) in [(i64::MAX, i64::MIN), (i64::MIN, i64::MAX), (i64::MIN, 0)] {
            let verdict = judged(offset, before(30, earlier));
            assert_eq!((verdict.advice, verdict.inside_window), (Advice::Replace, false));
        }
        let everything = assess(&CLOCK, seen(i64::MIN), Some(before(30, 0)), i64::MAX).unwrap();
        assert_eq!(everything.rate, Some(Rate { milliseconds_per_day: i32::MIN }));
    }

    #[test]
    fn every_advice_has_a_word_of_its_own() {
        let words = Advice::ALL.map(Advice::words);
        for lang in [Lang::En, Lang::Ja] {
            assert_eq!(words.iter().map(|words| words.text(lang)).collect::<HashSet<_>>().len(), 4);
        }
        assert_eq!(Advice::ALL.map(Advice::as_str).into_iter().collect::<HashSet<_>>().len(), 4);
    }
}
