//! Clocks: how fast they drift, and which tokens on the shelf leave the sign-in service's window and when.
//!
//! A rate comes from the first and the last observation of a clock. One that was observed once, or never, is taken to
//! drift as the others of its lot do, or of its model, or as clocks usually do.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Table, columns, row};
use crate::ids::RowId;
use crate::otp::verdict::{Observation, assess};
use crate::otp::{Algorithm, Digits, Moving, Profile};
use crate::ports::Timestamp;

/// How fast a clock drifts of which nothing is known, either way: a second in three days.
pub const USUAL_MILLISECONDS_PER_DAY: i32 = 333;

/// So many clocks must have told their rate before others are taken to drift like them.
const ALIKE_MIN: usize = 3;

/// A clock is an outlier where it is off the middle of its lot by more than three times what the middle one is, and by
/// more than this many thousandths of a second a day.
const OUTLIER_MILLISECONDS_PER_DAY: i64 = 500;

/// A clock of a token, and what was observed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Which token.
    pub token: RowId,
    /// The lot it came with.
    pub lot: String,
    /// When that was.
    pub imported_at: Timestamp,
    /// Who makes it.
    pub vendor: String,
    /// The model, as files name it; may be empty.
    pub model: String,
    /// Seconds a code is shown.
    pub period: u32,
    /// Whether it lies on the shelf.
    pub in_stock: bool,
    /// How fast a clock of its model may drift either way, where somebody said so, in thousandths of a second a day.
    pub specified: Option<i32>,
    /// What was observed, the oldest first.
    pub seen: Vec<Observation>,
}

impl Clock {
    /// How many thousandths of a second a day it gains, where the observations tell.
    fn rate(&self) -> Option<i32> {
        let (first, last) = (self.seen.first()?, self.seen.last()?);
        let verdict = assess(&self.profile(), *last, Some(*first), 0)?;
        verdict.rate.map(|rate| rate.milliseconds_per_day)
    }

    /// As far as a clock goes; what its codes are is no matter here.
    fn profile(&self) -> Profile {
        let moving = Moving::Time { period: self.period, epoch: 0 };
        Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving }
    }

    fn offset_seconds(&self, seen: Observation) -> i64 {
        seen.offset_steps.saturating_mul(i64::from(self.period))
    }
}

/// From what a rate is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateOf {
    /// From the token's own observations.
    Token,
    /// From its lot.
    Lot,
    /// From its model.
    Model,
    /// It is what clocks of the model may do, either way.
    Specified,
    /// It is what clocks usually do, either way.
    Usual,
}

impl RateOf {
    /// The stable word for the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Lot => "lot",
            Self::Model => "model",
            Self::Specified => "specified",
            Self::Usual => "usual",
        }
    }
}

/// A token on the shelf whose clock leaves the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Which token.
    pub token: RowId,
    /// The last observation, as seconds; without one it is taken to have been right when it was imported.
    pub seen: Option<(Timestamp, i64)>,
    /// Thousandths of a second a day that it gains; the specified and the usual rate go either way.
    pub milliseconds_per_day: i32,
    /// From what that is known.
    pub rate_of: RateOf,
    /// When it leaves the window, or left it.
    pub leaves_at: Timestamp,
}

/// The tokens on the shelf that leave the window before a moment, the first one first.
pub fn drift(clocks: &[Clock], window_seconds: i64, until: Timestamp) -> Vec<Leaving> {
    let rates = Rates::of(clocks);
    let on_shelf = clocks.iter().filter(|clock| clock.in_stock);
    let mut leaving: Vec<_> = on_shelf.filter_map(|clock| leaves(clock, &rates, window_seconds)).collect();
    leaving.retain(|one| one.leaves_at < until);
    leaving.sort_by_key(|one| (one.leaves_at, one.token));
    leaving
}

fn leaves(clock: &Clock, rates: &Rates, window_seconds: i64) -> Option<Leaving> {
    let seen = clock.seen.last().map(|seen| (seen.at, clock.offset_seconds(*seen)));
    let (from, offset) = seen.unwrap_or((clock.imported_at, 0));
    let (milliseconds_per_day, rate_of) = rates.for_clock(clock);
    let ahead = match (rate_of, milliseconds_per_day < 0) {
        (RateOf::Specified | RateOf::Usual, _) => offset.saturating_abs(),
        (RateOf::Token | RateOf::Lot | RateOf::Model, true) => offset.saturating_neg(),
        (RateOf::Token | RateOf::Lot | RateOf::Model, false) => offset,
    };
    let leaves_at = if offset.saturating_abs() > window_seconds {
        from
    } else {
        after_drifting(from, window_seconds.saturating_sub(ahead), milliseconds_per_day)?
    };
    Some(Leaving { token: clock.token, seen, milliseconds_per_day, rate_of, leaves_at })
}

/// Billionths as thousandths of a second a day, rounded up; None where no clock is so bad.
pub fn milliseconds_per_day(billionths: i64) -> Option<i32> {
    let milliseconds = billionths.checked_mul(864)?.checked_add(9_999)? / 10_000;
    i32::try_from(milliseconds).ok()
}

/// When a clock has drifted so many seconds further; None where it never does.
fn after_drifting(from: Timestamp, seconds: i64, milliseconds_per_day: i32) -> Option<Timestamp> {
    let wait = seconds.checked_mul(86_400_000)?.checked_div(i64::from(milliseconds_per_day.unsigned_abs()))?;
    from.checked_add_signed(TimeDelta::try_seconds(wait)?)
}

/// The rates of all clocks that tell one, by lot and by model.
struct Rates {
    by_lot: BTreeMap<(String, String, String), Vec<i64>>,
    by_model: BTreeMap<(String, String), Vec<i64>>,
}

impl Rates {
    fn of(clocks: &[Clock]) -> Self {
        let mut rates = Self { by_lot: BTreeMap::new(), by_model: BTreeMap::new() };
        for (clock, rate) in clocks.iter().filter_map(|clock| Some((clock, clock.rate()?))) {
            rates.by_lot.entry(lot_of(clock)).or_default().push(i64::from(rate));
            rates.by_model.entry(model_of(clock)).or_default().push(i64::from(rate));
        }
        rates
    }

    fn for_clock(&self, clock: &Clock) -> (i32, RateOf) {
        let own = || clock.rate().map(|rate| (rate, RateOf::Token));
        let of_lot = || Some((alike(self.by_lot.get(&lot_of(clock))?)?, RateOf::Lot));
        let of_model = || Some((alike(self.by_model.get(&model_of(clock))?)?, RateOf::Model));
        let specified = || clock.specified.map(|rate| (rate, RateOf::Specified));
        let known = own().or_else(of_lot).or_else(of_model).or_else(specified);
        known.unwrap_or((USUAL_MILLISECONDS_PER_DAY, RateOf::Usual))
    }
}

fn lot_of(clock: &Clock) -> (String, String, String) {
    (clock.vendor.clone(), clock.model.clone(), clock.lot.clone())
}

fn model_of(clock: &Clock) -> (String, String) {
    (clock.vendor.clone(), clock.model.clone())
}

/// The middle of rates, where there are enough of them.
fn alike(rates: &[i64]) -> Option<i32> {
    if rates.len() < ALIKE_MIN { None } else { median(rates.to_vec()).and_then(|rate| i32::try_from(rate).ok()) }
}

/// The middle value, the lower of two; None of none.
pub(super) fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// How fast the clocks of one model and lot drift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRates {
    /// Who makes them.
    pub vendor: String,
    /// The model.
    pub model: String,
    /// The lot.
    pub lot: String,
    /// How many clocks have told their rate.
    pub clocks: usize,
    /// The middle of their rates, in thousandths of a second a day.
    pub median: i64,
    /// The rate of the slowest.
    pub slowest: i64,
    /// The rate of the fastest.
    pub fastest: i64,
    /// Those that drift unlike the others.
    pub outliers: Vec<RowId>,
}

/// How fast clocks drift, by vendor, model and lot.
pub fn rates(clocks: &[Clock]) -> Vec<LotRates> {
    let mut lots: BTreeMap<_, Vec<(RowId, i64)>> = BTreeMap::new();
    for (clock, rate) in clocks.iter().filter_map(|clock| Some((clock, clock.rate()?))) {
        lots.entry(lot_of(clock)).or_default().push((clock.token, i64::from(rate)));
    }
    lots.into_iter().filter_map(|(key, rates)| lot_rates(key, &rates)).collect()
}

/// Outliers that are named, of each lot, at most.
pub const NAMED_MAX: usize = 10;

/// The rates as a table; of each lot with the serials of outliers, of which some may be left out.
pub fn rates_table(lots: &[(LotRates, Vec<String>)]) -> Table {
    let line = |(lot, serials): &(LotRates, Vec<String>)| {
        row![
            &lot.vendor,
            &lot.model,
            &lot.lot,
            number(lot.clocks),
            seconds(lot.median),
            seconds(lot.slowest),
            seconds(lot.fastest),
            number(lot.outliers.len()),
            serials.join(", "),
        ]
    };
    Table { columns: RATES, rows: lots.iter().map(line).collect(), notes: Vec::new() }
}

const RATES: &[super::Column] = columns![
    "vendor": Text,
    "model": Text,
    "lot": Text,
    "clocks": Number,
    "median_seconds_per_day": Decimal,
    "slowest_seconds_per_day": Decimal,
    "fastest_seconds_per_day": Decimal,
    "outliers": Number,
    "outlier_serials": Text,
];

pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Thousandths of a second as seconds; a rate fits into 32 bits.
fn seconds(milliseconds: i64) -> f64 {
    f64::from(i32::try_from(milliseconds).unwrap_or(i32::MAX)) / 1000.0
}

fn lot_rates((vendor, model, lot): (String, String, String), rates: &[(RowId, i64)]) -> Option<LotRates> {
    let values: Vec<_> = rates.iter().map(|(_, rate)| *rate).collect();
    let middle = median(values.clone())?;
    let usual = median(values.iter().map(|rate| (rate - middle).abs()).collect())?;
    let limit = OUTLIER_MILLISECONDS_PER_DAY.max(3 * usual);
    let is_outlier = |rate: i64| rates.len() >= ALIKE_MIN && (rate - middle).abs() > limit;
    Some(LotRates {
        vendor,
        model,
        lot,
        clocks: rates.len(),
        median: middle,
        slowest: values.iter().copied().min()?,
        fastest: values.iter().copied().max()?,
        outliers: rates.iter().filter(|(_, rate)| is_outlier(*rate)).map(|(token, _)| *token).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const WINDOW: i64 = 120;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_795_478_400 + seconds, 0).unwrap()
    }

    fn row_id(number: u8) -> RowId {
        RowId([number; 16])
    }

    /// A clock in stock that was off by these seconds after these days.
    fn clock(number: u8, seen: &[(i64, i64)]) -> Clock {
        let look = |(days, seconds): &(i64, i64)| Observation { at: at(days * DAY), offset_steps: seconds / 30 };
        Clock {
            token: row_id(number),
            lot: "2026-11-24-a".to_owned(),
            imported_at: at(0),
            vendor: "feitian".to_owned(),
            model: "c200".to_owned(),
            period: 30,
            in_stock: true,
            specified: None,
            seen: seen.iter().map(look).collect(),
        }
    }

    fn soon(clocks: &[Clock]) -> Vec<(RowId, RateOf, i64)> {
        let days = |leaving: &Leaving| (leaving.leaves_at - at(0)).num_days();
        drift(clocks, WINDOW, at(10_000 * DAY)).iter().map(|one| (one.token, one.rate_of, days(one))).collect()
    }

    #[test]
    fn a_clock_leaves_the_window_at_its_own_rate() {
        // A second a day.
        assert_eq!(soon(&[clock(1, &[(0, 0), (90, 90)])]), [(row_id(1), RateOf::Token, 120)]);
        assert_eq!(soon(&[clock(1, &[(0, 0), (90, -90)])]), [(row_id(1), RateOf::Token, 120)]);
        // It was 60 s slow and comes back: it has 180 s to go.
        assert_eq!(soon(&[clock(1, &[(0, -150), (90, -60)])]), [(row_id(1), RateOf::Token, 270)]);
    }

    #[test]
    fn one_that_is_outside_has_left_when_it_was_seen() {
        assert_eq!(soon(&[clock(1, &[(40, 150)])]), [(row_id(1), RateOf::Usual, 40)]);
    }

    #[test]
    fn a_clock_without_a_rate_drifts_like_its_lot_or_its_model_or_as_usual() {
        let told = [1, 2, 3].map(|number| Clock { in_stock: false, ..clock(number, &[(0, 0), (90, 90)]) });
        let new = clock(9, &[]);
        assert_eq!(soon(&[&told[..], std::slice::from_ref(&new)].concat()), [(row_id(9), RateOf::Lot, 120)]);
        let of_another_lot = Clock { lot: "2026-11-24-b".to_owned(), ..new.clone() };
        assert_eq!(soon(&[&told[..], &[of_another_lot]].concat()), [(row_id(9), RateOf::Model, 120)]);
        let of_another_model = Clock { model: "c300".to_owned(), ..new.clone() };
        assert_eq!(soon(&[&told[..], &[of_another_model]].concat()), [(row_id(9), RateOf::Usual, 360)]);
        assert_eq!(
            soon(&[&told[..2], std::slice::from_ref(&new)].concat()),
            [(row_id(9), RateOf::Usual, 360)],
            "two are too few"
        );
        // 4 millionths are a third of a second a day.
        let specified = Clock { specified: milliseconds_per_day(3_858), ..new };
        assert_eq!(specified.specified, Some(334));
        assert_eq!(soon(&[specified]), [(row_id(9), RateOf::Specified, 359)]);
    }

    #[test]
    fn the_first_to_leave_comes_first_and_what_is_lent_or_leaves_later_is_not_listed() {
        let clocks = [
            clock(1, &[(0, 0), (90, 60)]),
            clock(2, &[(0, 0), (90, 90)]),
            Clock { in_stock: false, ..clock(3, &[(0, 0), (90, 90)]) },
        ];
        let listed =
            |until: i64| drift(&clocks, WINDOW, at(until * DAY)).iter().map(|one| one.token).collect::<Vec<_>>();
        assert_eq!(listed(1000), [row_id(2), row_id(1)]);
        assert_eq!(listed(150), [row_id(2)]);
        assert!(drift(&[], WINDOW, at(0)).is_empty());
    }

    #[test]
    fn a_clock_that_drifts_unlike_its_lot_is_an_outlier() {
        let mut clocks: Vec<_> = (1..=6).map(|number| clock(number, &[(0, 0), (300, 90)])).collect();
        clocks.push(clock(7, &[(0, 0), (300, 300)]));
        let [lot] = <[LotRates; 1]>::try_from(rates(&clocks)).unwrap();
        assert_eq!((lot.clocks, lot.median, lot.slowest, lot.fastest), (7, 300, 300, 1000));
        assert_eq!(lot.outliers, [row_id(7)]);
        assert!(rates(&clocks[5..])[0].outliers.is_empty(), "of two, nobody knows which");
        assert!(rates(&[clock(1, &[(0, 0)])]).is_empty());
    }
}
