//! Worklists and reports: what a desk does next, and what the fleet will need.
//!
//! A worklist has a row for each token that somebody should look after; a report has sums. Both are columns and rows here:
//! who shows them knows their words. The rules are pure functions of counted rows and observations; they know no
//! database, and only the time they are told.

pub mod battery;
pub mod clock;
pub mod fleet_clock;
pub mod inventory;
pub mod lending;
pub mod worklist;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};

use crate::lot::JAPAN;
use crate::ports::Timestamp;
use crate::token::{UnknownWord, words};

words! {
    /// Which worklist or report.
    ReportName {
        /// Lent, and no code of it was accepted since.
        Unproven = "unproven" / "未確認",
        /// Lent for longer than was agreed.
        Overdue = "overdue" / "返却期限超過",
        /// Lent, and not seen at a desk for long.
        Dormant = "dormant" / "長期未確認",
        /// Lent, and stopped by wrong codes or on the way there.
        Failing = "failing" / "確認コードの誤り",
        /// Lent to somebody who has left by the directory, or goes on under another ID.
        Leavers = "leavers" / "離籍者への貸出",
        /// In use, and its battery or its term ends soon.
        Expiring = "expiring" / "電池・期限切れ間近",
        /// How many tokens of which kind there are, by place, lot and custody.
        Inventory = "inventory" / "在庫一覧",
        /// How many batteries end in which fiscal year.
        Forecast = "forecast" / "電池切れ予測",
        /// How many tokens should be bought for which fiscal year.
        Purchase = "purchase" / "購入計画",
        /// Which tokens on the shelf leave the sign-in service's window, and when.
        Drift = "drift" / "在庫の時刻ずれ",
        /// How fast clocks drift, by model and lot.
        Rates = "rates" / "時刻ずれの速さ",
        /// How many loans began and ended, by month and department.
        Loans = "loans" / "貸出件数",
        /// Days on which clocks moved together, as they do when the server's own is wrong.
        FleetClock = "fleet-clock" / "サーバの時計",
    }
}

/// The days that a worklist or report looks back or ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// It looks at now.
    Now,
    /// So many days back, where nobody says how many.
    Back(i64),
    /// So many days ahead, where nobody says how many.
    Ahead(i64),
}

/// Most days that anybody looks back or ahead: ten years.
pub const DAYS_MAX: i64 = 3_660;

impl ReportName {
    /// How far it looks.
    pub fn span(self) -> Span {
        match self {
            Self::Unproven => Span::Back(0),
            Self::Dormant | Self::Loans => Span::Back(365),
            Self::FleetClock => Span::Back(30),
            Self::Leavers => Span::Ahead(0),
            Self::Expiring | Self::Drift => Span::Ahead(365),
            Self::Overdue | Self::Failing | Self::Inventory | Self::Forecast | Self::Purchase | Self::Rates => {
                Span::Now
            }
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name, a word.
    Text,
    /// A whole number.
    Number,
    /// A number that may have a fraction.
    Decimal,
    /// A moment.
    Time,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, which never changes.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// There is none.
    Absent,
    /// A name, a word.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number that may have a fraction.
    Decimal(f64),
    /// A moment.
    Time(Timestamp),
}

macro_rules! cell_from {
    ($($from:ty => |$value:ident| $to:expr;)*) => {
        $(impl From<$from> for Cell {
            fn from($value: $from) -> Self {
                $to
            }
        })*
    };
}

cell_from! {
    &str => |text| if text.is_empty() { Self::Absent } else { Self::Text(text.to_owned()) };
    String => |text| if text.is_empty() { Self::Absent } else { Self::Text(text) };
    &String => |text| Self::from(text.as_str());
    i64 => |number| Self::Number(number);
    f64 => |number| Self::Decimal(number);
    Timestamp => |at| Self::Time(at);
}

impl<T> From<Option<T>> for Cell
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::from)
    }
}

/// An assumption that a report was made with, or a figure that goes with all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Its name, which never changes.
    pub name: &'static str,
    /// The number in it.
    pub number: i64,
}

/// One row.
pub type Row = Vec<Cell>;

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its columns.
    pub columns: &'static [Column],
    /// Its rows; each has a cell for every column.
    pub rows: Vec<Row>,
    /// What it assumes.
    pub notes: Vec<Note>,
}

/// The columns of a table, `name: Kind`.
macro_rules! columns {
    ($($name:literal: $kind:ident),* $(,)?) => {
        &[$($crate::report::Column { name: $name, kind: $crate::report::Kind::$kind }),*]
    };
}
pub(crate) use columns;

/// The cells of a row.
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($crate::report::Cell::from($cell)),*] };
}
pub(crate) use row;

/// The fiscal year of a moment in Japan, which begins in April: 2026 is April 2026 to March 2027.
pub fn fiscal_year(at: Timestamp) -> i32 {
    let day = at.with_timezone(&JAPAN).date_naive();
    if day.month() < 4 { day.year() - 1 } else { day.year() }
}

/// A month in Japan as it is written, `2026-11`.
pub fn month(at: Timestamp) -> String {
    at.with_timezone(&JAPAN).format("%Y-%m").to_string()
}

/// A day in Japan.
pub fn day(at: Timestamp) -> NaiveDate {
    at.with_timezone(&JAPAN).date_naive()
}

/// The same day and hour so many years later; the 29th of February may become the 28th.
fn years_after(at: Timestamp, years: i64) -> Timestamp {
    let months = u32::try_from(years.saturating_mul(12)).unwrap_or(u32::MAX);
    at.checked_add_months(Months::new(months)).unwrap_or(Timestamp::MAX_UTC)
}

/// How many whole days lie between two moments.
fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    (to - from).max(TimeDelta::zero()).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_fiscal_year_begins_in_april_in_japan() {
        assert_eq!(fiscal_year(at("2027-03-31T14:59:59Z")), 2026);
        assert_eq!(fiscal_year(at("2027-03-31T15:00:00Z")), 2027);
        assert_eq!(
            (month(at("2026-12-31T15:00:00Z")), fiscal_year(at("2026-12-31T15:00:00Z"))),
            ("2027-01".into(), 2026)
        );
    }

    #[test]
    fn years_are_added_by_the_calendar() {
        assert_eq!(years_after(at("2024-02-29T00:00:00Z"), 5), at("2029-02-28T00:00:00Z"));
        assert_eq!(years_after(at("2024-02-29T00:00:00Z"), i64::MAX), Timestamp::MAX_UTC);
        let (earlier, later) = (at("2024-01-01T00:00:00Z"), at("2024-01-02T23:00:00Z"));
        assert_eq!((days_between(earlier, later), days_between(later, earlier)), (1, 0));
    }

    #[test]
    fn what_is_empty_is_absent() {
        assert_eq!(Cell::from(""), Cell::Absent);
        assert_eq!(Cell::from(None::<i64>), Cell::Absent);
        assert_eq!(Cell::from("a"), Cell::Text("a".to_owned()));
    }
}
