//! Whether the server's clock may judge tokens. A clock that was just stepped makes every token look off; what is learned
//! from it would stay wrong.

use std::time::Duration;

use chrono::TimeDelta;

use crate::ports::Timestamp;

/// A change of the clock against the time since boot that no slewing explains.
const STEP: TimeDelta = TimeDelta::seconds(1);

/// How long after a step the clock must run evenly to be trusted again.
const SETTLED: Duration = Duration::from_mins(5);

/// Watches the clock against the time since boot, which nobody sets.
#[derive(Debug, Default)]
pub struct ClockGuard {
    last: Option<(Timestamp, Duration)>,
    stepped: Option<Duration>,
}

impl ClockGuard {
    /// Takes a look at both clocks; whether the wall clock is trusted.
    pub fn look(&mut self, wall: Timestamp, since_boot: Duration) -> bool {
        if let Some((last_wall, last_boot)) = self.last {
            let passed = TimeDelta::from_std(since_boot.saturating_sub(last_boot)).unwrap_or(TimeDelta::MAX);
            let change = (wall - last_wall).checked_sub(&passed).unwrap_or(TimeDelta::MAX);
            if change.abs() > STEP {
                self.stepped = Some(since_boot);
            }
        }
        self.last = Some((wall, since_boot));
        if self.stepped.is_some_and(|at| since_boot.saturating_sub(at) >= SETTLED) {
            self.stepped = None;
        }
        self.stepped.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks once a second; `steps` are moments after the start, with the seconds the wall clock is set by.
    fn trusted_after(seconds: u64, steps: &[(u64, i64)]) -> bool {
        let start: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let mut guard = ClockGuard::default();
        let mut trusted = false;
        for second in 0..=seconds {
            let set: i64 = steps.iter().filter(|(at, _)| *at <= second).map(|(_, by)| by).sum();
            let wall = start + TimeDelta::seconds(i64::try_from(second).unwrap() + set);
            trusted = guard.look(wall, Duration::from_secs(1_000 + second));
        }
        trusted
    }

    #[test]
    fn an_even_clock_is_trusted_from_the_first_look() {
        assert!(trusted_after(0, &[]));
        assert!(trusted_after(600, &[]));
        assert!(trusted_after(600, &[(300, 1)]), "a second is slewing, not a step");
    }

    #[test]
    fn a_step_either_way_is_distrusted_until_the_clock_has_run_evenly() {
        for by in [-3_600, -2, 2, 3_600] {
            assert!(!trusted_after(300, &[(300, by)]), "{by}");
            assert!(!trusted_after(599, &[(300, by)]), "{by}");
            assert!(trusted_after(600, &[(300, by)]), "{by}");
            assert!(!trusted_after(650, &[(300, by), (400, -by)]), "{by}: the step back is a step");
        }
    }
}
