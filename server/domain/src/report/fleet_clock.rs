//! Whether it is the server's own clock that is wrong: then the clocks of all tokens seem to have moved at once, and alike.
//!
//! Only changes of a clock are in the series of observations, and honest clocks change by a step now and then; what counts
//! is that many moved by more than that on one day.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::clock::{median, number};
use super::{Table, columns, day, days_between, row};
use crate::ids::RowId;
use crate::otp::verdict::Observation;

/// So many tokens must have been seen on a day before they say anything of the server's clock.
pub const TOGETHER_MIN: usize = 10;

/// How far they must have moved together, in seconds.
pub const TOGETHER_SECONDS: i64 = 30;

/// How far back the observation may lie that a move is told by.
pub const EARLIER_DAYS: i64 = 60;

/// How much an honest clock drifts in a day at most, in seconds; so much of a move says nothing.
const HONEST_SECONDS_PER_DAY: i64 = 1;

/// One look at one token's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Which token.
    pub token: RowId,
    /// Seconds a code is shown.
    pub period: u32,
    /// What was seen.
    pub seen: Observation,
}

/// How the clocks that were seen on one day have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// The day, in Japan.
    pub day: NaiveDate,
    /// How many tokens were seen that had been seen before.
    pub tokens: usize,
    /// The middle of their moves, in seconds, beyond what honest clocks do.
    pub median_seconds: i64,
    /// How many moved like that, to one step.
    pub together: usize,
    /// Whether the server's clock is the likeliest cause.
    pub suspect: bool,
}

/// Whether clocks moved together, day by day from a day on, the newest first. `looks` may begin earlier and come in any
/// order.
pub fn fleet_clock(mut looks: Vec<Look>, from: NaiveDate) -> Vec<Moves> {
    looks.sort_by_key(|look| (look.token, look.seen.at));
    let mut days: BTreeMap<NaiveDate, Vec<(i64, i64)>> = BTreeMap::new();
    for pair in looks.windows(2) {
        let [earlier, later] = pair else { continue };
        let on = day(later.seen.at);
        // Of several looks on one day, the first tells the move.
        if earlier.token == later.token && day(earlier.seen.at) < on && on >= from {
            days.entry(on).or_default().extend(moved(earlier, later));
        }
    }
    days.into_iter().rev().filter_map(|(day, moves)| judge_day(day, &moves)).collect()
}

/// By how many seconds a clock moved beyond what honest ones do, and the length of its step.
fn moved(earlier: &Look, later: &Look) -> Option<(i64, i64)> {
    let days = days_between(earlier.seen.at, later.seen.at) + 1;
    let steps = later.seen.offset_steps.saturating_sub(earlier.seen.offset_steps);
    let seconds = steps.saturating_mul(i64::from(later.period));
    let beyond = (seconds.saturating_abs() - days * HONEST_SECONDS_PER_DAY).max(0);
    (days <= EARLIER_DAYS).then(|| (beyond * seconds.signum(), i64::from(later.period)))
}

fn judge_day(day: NaiveDate, moves: &[(i64, i64)]) -> Option<Moves> {
    let median_seconds = median(moves.iter().map(|(seconds, _)| *seconds).collect())?;
    let together = moves.iter().filter(|(seconds, step)| (seconds - median_seconds).abs() <= *step).count();
    // One step may be rounding alone.
    let step = median(moves.iter().map(|(_, step)| *step).collect())?;
    let far = median_seconds.abs() > TOGETHER_SECONDS.max(step);
    let most = together * 5 >= moves.len() * 4;
    let suspect = moves.len() >= TOGETHER_MIN && far && most;
    Some(Moves { day, tokens: moves.len(), median_seconds, together, suspect })
}

/// The days as a table.
pub fn table(days: &[Moves]) -> Table {
    let line = |day: &Moves| {
        let verdict = if day.suspect { "suspect" } else { "normal" };
        row![day.day.to_string(), number(day.tokens), day.median_seconds, number(day.together), verdict]
    };
    Table { columns: COLUMNS, rows: days.iter().map(line).collect(), notes: Vec::new() }
}

const COLUMNS: &[super::Column] = columns![
    "day": Text,
    "tokens": Number,
    "median_seconds": Number,
    "together": Number,
    "verdict": Text,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Timestamp;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_795_478_400 + seconds, 0).unwrap()
    }

    fn row_id(number: u8) -> RowId {
        RowId([number; 16])
    }

    fn look(number: u8, days: i64, seconds: i64) -> Look {
        Look { token: row_id(number), period: 30, seen: Observation { at: at(days * DAY), offset_steps: seconds / 30 } }
    }

    /// Clocks that were right on the first day, and were seen again on another.
    fn moved_by(days: i64, seconds: impl Fn(u8) -> i64, count: u8) -> Vec<Moves> {
        let looks = (0..count).flat_map(|number| [look(number, 0, 0), look(number, days, seconds(number))]);
        fleet_clock(looks.collect(), day(at(0)))
    }

    #[test]
    fn ten_clocks_that_moved_alike_make_the_servers_clock_suspect() {
        let [found] = <[Moves; 1]>::try_from(moved_by(5, |_| 120, 10)).unwrap();
        assert_eq!((found.tokens, found.median_seconds, found.together, found.suspect), (10, 114, 10, true));
        assert!(moved_by(5, |_| -120, 10)[0].suspect);
        assert!(!moved_by(5, |_| 120, 9)[0].suspect, "too few");
        assert!(!moved_by(5, |_| 30, 10)[0].suspect, "a step is rounding");
        assert!(!moved_by(50, |_| 60, 10)[0].suspect, "honest clocks drift so far in fifty days");
        assert!(!moved_by(5, |number| i64::from(number) * 60, 10)[0].suspect, "each moved another way");
        assert!(moved_by(61, |_| 300, 10).is_empty(), "too long ago to tell");
    }

    #[test]
    fn a_day_before_the_first_is_looked_at_but_not_told() {
        let looks = (0..10).flat_map(|number| [look(number, 0, 0), look(number, 2, 120), look(number, 4, 120)]);
        let days = fleet_clock(looks.collect(), day(at(3 * DAY)));
        assert_eq!(days.iter().map(|day| (day.tokens, day.suspect)).collect::<Vec<_>>(), [(10, false)]);
        assert!(fleet_clock(Vec::new(), day(at(0))).is_empty());
    }
}
