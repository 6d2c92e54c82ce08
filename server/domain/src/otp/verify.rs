//! Judging one code, and what a wrong one costs.
//!
//! Guarantees: every step of the window is computed and compared whatever matches, no step at or below the last
//! accepted one is ever accepted, and none outside the window is looked at. Knows nothing of rows: who may verify, and
//! that an acceptance is written before it is told, is the caller's business.

use std::cmp::Reverse;
use std::time::Duration;

use chrono::TimeDelta;

use super::code::{Generator, Moving, OtpCode, Profile};
use crate::ports::Timestamp;

/// How many seconds a day the clock of an honest token may be off: 46 ppm, more than any vendor allows.
pub const CLOCK_SECONDS_PER_DAY: i64 = 4;

/// The widest window of a verification in steps each way, however long a token lay in a drawer.
pub const WIDEST_WINDOW: i64 = 20;

/// How many counters are tried for a button token: this many presses may go unused.
pub const HOTP_LOOK_AHEAD: i64 = 10;

/// How many used counters of a button token are known again as replays.
pub const HOTP_LOOK_BACK: i64 = 10;

/// So many wrong codes in a row disable a token; the default, and 100 is the most NIST allows.
pub const DISABLE_AFTER: u32 = 20;

/// What a judgement needs to know of a token's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track {
    /// The step (TOTP) or counter (HOTP) of the last accepted code; -1 before the first, next counter - 1 for HOTP.
    pub last_step: i64,
    /// How many steps the token's clock is ahead of the right time, as far as known; 0 for a button.
    pub drift_steps: i64,
}

impl Track {
    /// The past of a token that never showed a code to anybody.
    pub const NEW: Self = Self { last_step: -1, drift_steps: 0 };
}

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The code of a step not used before.
    Accepted {
        /// The step, to be stored as the last one.
        step: i64,
        /// The offset observed: TOTP the step less the step of the right time, HOTP how many codes were passed over.
        offset_steps: i64,
    },
    /// The code of a step at or below the last accepted one. It is no guess, so it costs nothing.
    Replayed {
        /// The latest such step.
        step: i64,
    },
    /// No code of the window.
    Wrong,
}

/// Judges a code at a time.
///
/// A clock token's window is `window` steps each way around the right time and the known drift; a button token's is the
/// next `window` counters. Of several matches the one nearest to the centre wins, of two equally near the later, so that
/// the same code can't be accepted again for the other.
pub fn verify(
    generator: &Generator,
    profile: &Profile,
    track: Track,
    code: OtpCode,
    now: Timestamp,
    window: i64,
) -> Judgement {
    let next = track.last_step.saturating_add(1);
    let (expected, centre, steps) = match profile.step_at(now) {
        Some(clock) => {
            let centre = clock.saturating_add(track.drift_steps);
            (clock, centre, centre.saturating_sub(window)..=centre.saturating_add(window))
        }
        None => (next, next, next.saturating_sub(HOTP_LOOK_BACK)..=track.last_step.saturating_add(window)),
    };
    let matches: Vec<i64> = steps.filter(|step| generator.shows(*step, code)).collect();
    let fresh = matches.iter().filter(|step| **step > track.last_step);
    match fresh.min_by_key(|step| (step.abs_diff(centre), Reverse(**step))) {
        Some(&step) => Judgement::Accepted { step, offset_steps: step.saturating_sub(expected) },
        None => matches.last().map_or(Judgement::Wrong, |&step| Judgement::Replayed { step }),
    }
}

/// How many steps each way a clock token is searched after lying idle; for a button token, how many counters ahead.
pub fn window_steps(profile: &Profile, idle: TimeDelta) -> i64 {
    match profile.moving {
        Moving::Time { period, .. } => (1 + idle_steps(period, idle)).min(WIDEST_WINDOW),
        Moving::Event => HOTP_LOOK_AHEAD,
    }
}

/// How far one acceptance may move the stored drift, so that a row of old codes can't walk the window away.
pub fn learning_steps(profile: &Profile, idle: TimeDelta) -> i64 {
    match profile.moving {
        Moving::Time { period, .. } => 1 + idle_steps(period, idle),
        Moving::Event => 0,
    }
}

/// The drift to store after an acceptance: `stored`, moved towards `observed` by at most `most` steps.
pub fn learned_drift(stored: i64, observed: i64, most: i64) -> i64 {
    let most = most.max(0);
    observed.clamp(stored.saturating_sub(most), stored.saturating_add(most))
}

/// How long nothing is judged after so many wrong codes in a row: from the third on 30 s, doubling up to an hour.
pub fn delay_after(failures: u32) -> Duration {
    match failures {
        0..=2 => Duration::ZERO,
        3..=9 => Duration::from_secs(30 << (failures - 3)),
        10.. => Duration::from_hours(1),
    }
}

/// How many steps a clock may have moved by itself; whole days, and none for an idle time in the future.
fn idle_steps(period: u32, idle: TimeDelta) -> i64 {
    let seconds = idle.num_days().max(0) * CLOCK_SECONDS_PER_DAY;
    let period = i64::from(period.max(1));
    (seconds + period - 1) / period
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::otp::Digits;
    use crate::otp::fixtures::{BUTTON, CLOCK, at, code, generator};

    const STEP: i64 = 56_666_667;

    fn now() -> Timestamp {
        at(STEP * 30 + 10)
    }

    fn clock_with(period: u32) -> Profile {
        Profile { moving: Moving::Time { period, epoch: 0 }, ..CLOCK }
    }

    #[test]
    fn both_edges_of_the_window_are_inside() {
        let token = generator(1);
        let track = Track { last_step: -1, drift_steps: 5 };
        let judge = |step| verify(&token, &CLOCK, track, code(&token, step), now(), 2);
        for step in STEP + 3..=STEP + 7 {
            assert_eq!(judge(step), Judgement::Accepted { step, offset_steps: step - STEP });
        }
        assert_eq!([judge(STEP + 2), judge(STEP + 8)], [Judgement::Wrong; 2]);
    }

    #[test]
    fn a_used_code_and_an_older_one_are_replays() {
        let token = generator(1);
        let track = Track { last_step: STEP, drift_steps: 0 };
        let judge = |step| verify(&token, &CLOCK, track, code(&token, step), now(), 1);
        assert_eq!(judge(STEP - 1), Judgement::Replayed { step: STEP - 1 });
        assert_eq!(judge(STEP), Judgement::Replayed { step: STEP });
        assert_eq!(judge(STEP + 1), Judgement::Accepted { step: STEP + 1, offset_steps: 1 });
    }

    #[test]
    fn a_button_token_is_searched_from_its_next_counter_and_known_ten_back() {
        let token = generator(2);
        let track = Track { last_step: 19, drift_steps: 0 };
        let judge = |counter| verify(&token, &BUTTON, track, code(&token, counter), now(), HOTP_LOOK_AHEAD);
        assert_eq!(judge(9), Judgement::Wrong);
        assert_eq!(judge(10), Judgement::Replayed { step: 10 });
        assert_eq!(judge(19), Judgement::Replayed { step: 19 });
        assert_eq!(judge(20), Judgement::Accepted { step: 20, offset_steps: 0 });
        assert_eq!(judge(29), Judgement::Accepted { step: 29, offset_steps: 9 });
        assert_eq!(judge(30), Judgement::Wrong);
    }

    #[test]
    fn steps_before_0_are_skipped_and_the_ends_of_time_do_no_harm() {
        let token = generator(3);
        let judge = |track, step| verify(&token, &CLOCK, track, code(&token, step), at(0), 5);
        assert_eq!(judge(Track::NEW, 0), Judgement::Accepted { step: 0, offset_steps: 0 });
        for drift_steps in [i64::MIN, i64::MAX] {
            assert_eq!(judge(Track { last_step: -1, drift_steps }, 0), Judgement::Wrong);
        }
        let spent = Track { last_step: i64::MAX, drift_steps: 0 };
        assert_eq!(
            verify(&token, &BUTTON, spent, code(&token, i64::MAX), now(), 10),
            Judgement::Replayed { step: i64::MAX }
        );
    }

    #[test]
    fn a_code_with_more_digits_than_the_token_shows_is_wrong() {
        let [six, seven] = [6, 7].map(|digits| {
            Generator::new(&crate::otp::fixtures::seed(4), CLOCK.algorithm, Digits::new(digits).unwrap())
        });
        assert_eq!(verify(&six, &CLOCK, Track::NEW, code(&seven, STEP), now(), 1), Judgement::Wrong);
    }

    #[test]
    fn of_two_matches_the_nearest_wins_and_of_two_equally_near_the_later() {
        // Found by search: this token shows the same code twice within eight steps.
        let (token, twin) = (generator(5), 58_336_402);
        let shown = code(&token, twin);
        assert!(token.shows(twin + 8, shown));
        let judge = |clock: i64, last_step| {
            verify(&token, &CLOCK, Track { last_step, drift_steps: 0 }, shown, at(clock * 30), 10)
        };
        assert_eq!(judge(twin + 3, -1), Judgement::Accepted { step: twin, offset_steps: -3 });
        assert_eq!(judge(twin + 5, -1), Judgement::Accepted { step: twin + 8, offset_steps: 3 });
        assert_eq!(judge(twin + 4, -1), Judgement::Accepted { step: twin + 8, offset_steps: 4 });
        assert_eq!(judge(twin + 3, twin), Judgement::Accepted { step: twin + 8, offset_steps: 5 });
        assert_eq!(judge(twin + 3, twin + 8), Judgement::Replayed { step: twin + 8 });
    }

    #[test]
    fn the_window_grows_with_whole_idle_days_up_to_20() {
        let days = |period, days| window_steps(&clock_with(period), TimeDelta::days(days));
        assert_eq!([0, 1, 7, 8, 142, 143, 150, 10_000].map(|idle| days(30, idle)), [1, 2, 2, 3, 20, 20, 20, 20]);
        assert_eq!([0, 1, 15, 16].map(|idle| days(60, idle)), [1, 2, 2, 3]);
        assert_eq!(days(30, -300), 1);
        assert_eq!(window_steps(&CLOCK, TimeDelta::hours(47)), 2);
        assert_eq!(window_steps(&CLOCK, TimeDelta::hours(-1)), 1);
        assert_eq!(window_steps(&CLOCK, TimeDelta::MAX), 20);
        assert_eq!(window_steps(&BUTTON, TimeDelta::days(100)), HOTP_LOOK_AHEAD);
    }

    #[test]
    fn drift_is_learned_in_small_moves() {
        assert_eq!(learning_steps(&CLOCK, TimeDelta::zero()), 1);
        assert_eq!(learning_steps(&CLOCK, TimeDelta::days(365)), 50);
        assert_eq!(learning_steps(&BUTTON, TimeDelta::days(365)), 0);
        assert_eq!(learned_drift(3, 4, 1), 4);
        assert_eq!(learned_drift(3, 20, 1), 4);
        assert_eq!(learned_drift(3, -20, 2), 1);
        assert_eq!(learned_drift(3, 20, -1), 3);
        assert_eq!(learned_drift(i64::MAX, i64::MIN, 1), i64::MAX - 1);
    }

    #[test]
    fn the_delay_begins_at_the_third_failure_and_doubles_to_an_hour() {
        let seconds = [0, 1, 2, 3, 4, 5, 9, 10, 19, u32::MAX].map(|failures| delay_after(failures).as_secs());
        assert_eq!(seconds, [0, 0, 0, 30, 60, 120, 1920, 3600, 3600, 3600]);
    }

    #[test]
    fn what_was_accepted_is_a_replay_the_next_time() {
        for (number, offset) in (0..300).flat_map(|number| [-1, 0, 1].map(|offset| (number, offset))) {
            let token = generator(number);
            let (step, shown) = (STEP + offset, code(&token, STEP + offset));
            let judge = |last_step| verify(&token, &CLOCK, Track { last_step, drift_steps: 0 }, shown, now(), 1);
            assert_eq!(judge(-1), Judgement::Accepted { step, offset_steps: offset }, "token {number}");
            assert_eq!(judge(step), Judgement::Replayed { step }, "token {number}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_accepted_at_or_below_the_last_step_or_outside_the_window(
            number: u64, clock in 0i64..1_000_000, drift_steps in -30i64..30, shown in -60i64..60, used in -60i64..60,
            window in 0i64..=20, button: bool,
        ) {
            let token = generator(number);
            let profile = if button { BUTTON } else { CLOCK };
            let track = Track { last_step: (clock + used).max(-1), drift_steps };
            let shown = code(&token, (clock + shown).max(0));
            if let Judgement::Accepted { step, .. } = verify(&token, &profile, track, shown, at(clock * 30), window) {
                prop_assert!(step > track.last_step);
                let ahead = if button { step - track.last_step } else { (step - clock - drift_steps).abs() };
                prop_assert!(ahead <= window);
            }
        }

        #[test]
        fn learned_drift_never_leaps_nor_overshoots(stored in -2000i64..2000, observed in -2000i64..2000, most in 0i64..60) {
            let learned = learned_drift(stored, observed, most);
            prop_assert!((learned - stored).abs() <= most);
            prop_assert!((observed - learned).abs() <= (observed - stored).abs());
        }
    }
}
