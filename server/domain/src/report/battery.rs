//! Batteries: when they end, how many in which fiscal year, and what should be bought for it.
//!
//! A battery is fitted when a token is made and cannot be changed. The nearest day that is known is the one on which the
//! token was imported; from there it lasts as long as its model's does.

use std::collections::BTreeMap;

use super::{Note, Table, columns, days_between, fiscal_year, row, years_after};
use crate::ports::Timestamp;
use crate::token::Custody;

/// How long a battery lasts where nobody has said how long the model's does.
pub const YEARS_DEFAULT: i64 = 5;

/// So many days of tokens must have been seen before a share of losses means anything: ten years of one token.
const LOSS_DAYS_MIN: i64 = 3_650;

/// Most fiscal years that a purchase is proposed for.
const PROPOSED_YEARS_MAX: i32 = 10;

/// Tokens that are alike, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The lot they came with.
    pub lot: String,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// Who makes them.
    pub vendor: String,
    /// The model, as files name it; may be empty.
    pub model: String,
    /// When the vendor says they end.
    pub expires_at: Option<Timestamp>,
    /// How many years a battery of the model lasts, where that is known.
    pub battery_years: Option<i64>,
    /// Where they are with respect to people.
    pub custody: Custody,
    /// How many.
    pub count: i64,
}

impl Batch {
    /// When they end.
    pub fn ends_at(&self) -> Timestamp {
        ends_at(self.imported_at, self.expires_at, self.battery_years)
    }

    /// Whether they are in use or for use.
    fn is_alive(&self) -> bool {
        match self.custody {
            Custody::Ordered | Custody::InStock | Custody::Lent => true,
            Custody::Lost | Custody::Faulty | Custody::Retired => false,
        }
    }
}

/// When a token ends: with its battery, or when its vendor says so, whichever comes first.
pub fn ends_at(imported_at: Timestamp, expires_at: Option<Timestamp>, battery_years: Option<i64>) -> Timestamp {
    let battery = years_after(imported_at, battery_years.unwrap_or(YEARS_DEFAULT));
    expires_at.map_or(battery, |expires_at| expires_at.min(battery))
}

/// How many tokens end in which fiscal year, by model and lot.
pub fn forecast(batches: &[Batch]) -> Table {
    let mut lines: BTreeMap<_, Ends> = BTreeMap::new();
    for batch in batches.iter().filter(|batch| batch.is_alive()) {
        let key = (fiscal_year(batch.ends_at()), &batch.vendor, &batch.model, &batch.lot);
        lines.entry(key).or_default().add(batch);
    }
    let line = |((year, vendor, model, lot), ends): ((i32, &String, &String, &String), Ends)| {
        row![i64::from(year), vendor, model, lot, ends.all, ends.lent]
    };
    Table { columns: FORECAST, rows: lines.into_iter().map(line).collect(), notes: vec![battery_note()] }
}

const FORECAST: &[super::Column] = columns![
    "fiscal_year": Number,
    "vendor": Text,
    "model": Text,
    "lot": Text,
    "ending": Number,
    "ending_lent": Number,
];

/// Tokens that end in one fiscal year.
#[derive(Default)]
struct Ends {
    all: i64,
    lent: i64,
}

impl Ends {
    fn add(&mut self, batch: &Batch) {
        self.all += batch.count;
        if batch.custody == Custody::Lent {
            self.lent += batch.count;
        }
    }
}

/// What keeps the fleet as large as it is, by fiscal year and model: as many as end in the year, and as many as will be
/// lost if they go on being lost as they were. What has ended before is proposed for this year.
pub fn purchase(batches: &[Batch], now: Timestamp) -> Table {
    let losses = Losses::of(batches, now);
    let this_year = fiscal_year(now);
    let mut ending: BTreeMap<_, BTreeMap<i32, i64>> = BTreeMap::new();
    let mut alive: BTreeMap<_, i64> = BTreeMap::new();
    for batch in batches.iter().filter(|batch| batch.is_alive()) {
        let kind = (&batch.vendor, &batch.model);
        let year = fiscal_year(batch.ends_at()).max(this_year);
        *ending.entry(kind).or_default().entry(year).or_default() += batch.count;
        *alive.entry(kind).or_default() += batch.count;
    }
    let last_year = ending.values().filter_map(|years| years.keys().next_back()).max().copied().unwrap_or(this_year);
    let years = this_year..=last_year.min(this_year.saturating_add(PROPOSED_YEARS_MAX - 1));
    let mut rows = Vec::new();
    for year in years {
        for (kind, by_year) in &ending {
            let ending = by_year.get(&year).copied().unwrap_or(0);
            let lost = losses.expected(alive.get(kind).copied().unwrap_or(0));
            let (vendor, model) = *kind;
            if ending + lost > 0 {
                rows.push(row![i64::from(year), vendor, model, ending, lost, ending + lost]);
            }
        }
    }
    Table { columns: PURCHASE, rows, notes: vec![battery_note(), losses.note()] }
}

const PURCHASE: &[super::Column] = columns![
    "fiscal_year": Number,
    "vendor": Text,
    "model": Text,
    "ending": Number,
    "lost_expected": Number,
    "proposed": Number,
];

fn battery_note() -> Note {
    Note { name: "battery_years_default", number: YEARS_DEFAULT }
}

/// How often tokens are lost: the lost ones against the days that all of them have been here.
struct Losses {
    lost: i64,
    days: i64,
}

impl Losses {
    fn of(batches: &[Batch], now: Timestamp) -> Self {
        let lost = batches.iter().filter(|batch| batch.custody == Custody::Lost).map(|batch| batch.count).sum();
        let days = batches.iter().map(|batch| batch.count * days_between(batch.imported_at, now)).sum();
        Self { lost, days }
    }

    fn mean_anything(&self) -> bool {
        self.days >= LOSS_DAYS_MIN
    }

    /// How many of so many tokens are lost in a year; begun ones count.
    fn expected(&self, tokens: i64) -> i64 {
        if !self.mean_anything() {
            return 0;
        }
        let (tokens, lost, days) = (i128::from(tokens), i128::from(self.lost), i128::from(self.days));
        i64::try_from((tokens * lost * 365 + days - 1) / days).unwrap_or(i64::MAX)
    }

    /// Of a thousand tokens, how many are lost in a year; too few days of tokens are said instead.
    fn note(&self) -> Note {
        if self.mean_anything() {
            Note { name: "lost_per_thousand_a_year", number: self.expected(1_000) }
        } else {
            Note { name: "losses_unknown_before_token_years", number: LOSS_DAYS_MIN / 365 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    const NOW: &str = "2026-11-24T00:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn batch(lot: &str, imported: &str, custody: Custody, count: i64) -> Batch {
        Batch {
            lot: lot.to_owned(),
            imported_at: at(imported),
            vendor: "feitian".to_owned(),
            model: "c200".to_owned(),
            expires_at: None,
            battery_years: None,
            custody,
            count,
        }
    }

    fn numbers(table: &Table) -> Vec<Vec<i64>> {
        let number = |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
        table.rows.iter().map(|row| row.iter().filter_map(number).collect()).collect()
    }

    #[test]
    fn a_token_ends_with_its_battery_or_before() {
        let imported = at("2024-04-01T00:00:00Z");
        assert_eq!(ends_at(imported, None, None), at("2029-04-01T00:00:00Z"));
        assert_eq!(ends_at(imported, None, Some(3)), at("2027-04-01T00:00:00Z"));
        assert_eq!(ends_at(imported, Some(at("2025-01-01T00:00:00Z")), None), at("2025-01-01T00:00:00Z"));
        assert_eq!(ends_at(imported, Some(at("2040-01-01T00:00:00Z")), None), at("2029-04-01T00:00:00Z"));
    }

    #[test]
    fn tokens_are_forecast_by_the_fiscal_year_of_their_end() {
        let table = forecast(&[
            batch("a", "2022-03-31T14:00:00Z", Custody::Lent, 3),
            batch("a", "2022-03-31T14:00:00Z", Custody::InStock, 1),
            // An hour later it is April in Japan.
            batch("b", "2022-03-31T15:00:00Z", Custody::Lent, 7),
            batch("b", "2022-03-31T15:00:00Z", Custody::Retired, 90),
            Batch { battery_years: Some(3), ..batch("c", "2025-06-01T00:00:00Z", Custody::InStock, 2) },
        ]);
        assert_eq!(numbers(&table), [[2026, 4, 3], [2027, 7, 7], [2028, 2, 0]]);
        assert_eq!(table.notes, [Note { name: "battery_years_default", number: 5 }]);
    }

    #[test]
    fn a_purchase_makes_good_what_ends_and_what_is_lost() {
        // 100 tokens for two years, of which 4 were lost: 2 in a hundred a year.
        let batches = [
            batch("a", "2024-11-24T00:00:00Z", Custody::Lent, 56),
            batch("a", "2024-11-24T00:00:00Z", Custody::Faulty, 40),
            batch("a", "2024-11-24T00:00:00Z", Custody::Lost, 4),
        ];
        let table = purchase(&batches, at(NOW));
        assert_eq!(numbers(&table), [[2026, 0, 2, 2], [2027, 0, 2, 2], [2028, 0, 2, 2], [2029, 56, 2, 58]]);
        assert_eq!(table.notes[1], Note { name: "lost_per_thousand_a_year", number: 20 });
    }

    #[test]
    fn what_has_ended_long_ago_is_proposed_now_and_a_young_fleet_has_no_share_of_losses() {
        let old = [batch("a", "2015-01-01T00:00:00Z", Custody::Lent, 3)];
        assert_eq!(numbers(&purchase(&old, at(NOW))), [[2026, 3, 0, 3]]);
        let young = [
            batch("b", "2026-11-01T00:00:00Z", Custody::Lent, 50),
            batch("b", "2026-11-01T00:00:00Z", Custody::Lost, 1),
        ];
        let table = purchase(&young, at(NOW));
        assert_eq!(numbers(&table), [[2031, 50, 0, 50]]);
        assert_eq!(table.notes[1], Note { name: "losses_unknown_before_token_years", number: 10 });
    }

    #[test]
    fn an_empty_fleet_has_no_forecast_and_needs_nothing() {
        assert!(forecast(&[]).rows.is_empty() && purchase(&[], at(NOW)).rows.is_empty());
    }

    #[test]
    fn nobody_plans_for_more_than_ten_years() {
        let far = [Batch { battery_years: Some(90), ..batch("a", "2026-01-01T00:00:00Z", Custody::Lent, 3) }];
        assert!(purchase(&far, at(NOW)).rows.is_empty());
    }
}
