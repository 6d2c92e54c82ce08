//! Worklists: one row for each token that somebody should look after.

use super::clock::{Leaving, RateOf};
use super::{Column, Row, columns, row};
use crate::ids::UserId;
use crate::lot::LotName;
use crate::person::{Person, Standing};
use crate::ports::Timestamp;
use crate::token::{Authenticator, Hold, Token};

/// So many wrong codes in a row put a token on the list of those that fail.
pub const FAILURES_MIN: i64 = 3;

/// A token that a row is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The token.
    pub token: &'a Token,
    /// The lot it came with.
    pub lot: &'a LotName,
    /// What keeps it from use.
    pub hold: Hold,
}

impl Subject<'_> {
    /// Which token, and in whose hands: the first columns of every worklist.
    fn begin(&self) -> Row {
        let token = self.token;
        row![
            token.serial.shown(),
            token.name().to_string(),
            token.vendor.as_str(),
            &token.model,
            token.state.word(self.hold, token.proven_at.is_some()).as_str(),
            token.user.as_ref().map(UserId::as_str),
            token.department.clone(),
            seed(token),
        ]
    }

    fn and(&self, more: Row) -> Row {
        [self.begin(), more].concat()
    }
}

/// A word where no seed is known: no code of it can be checked before its seed file is imported.
fn seed(token: &Token) -> Option<&'static str> {
    token.has_no_seed().then_some("none")
}

macro_rules! begun {
    ($($name:literal: $kind:ident),* $(,)?) => {
        columns![
            "serial": Text,
            "token": Text,
            "vendor": Text,
            "model": Text,
            "state": Text,
            "user_id": Text,
            "department": Text,
            "seed": Text,
            $($name: $kind),*
        ]
    };
}

/// The columns of `unproven`.
pub const UNPROVEN: &[Column] = begun!["lent_time": Time];

/// A token of which no code was accepted since it was lent.
pub fn unproven(subject: Subject<'_>) -> Row {
    subject.and(row![subject.token.lent_at])
}

/// The columns of `overdue`.
pub const OVERDUE: &[Column] = begun!["lent_time": Time, "due_time": Time, "days_overdue": Number];

/// A token that was due.
pub fn overdue(subject: Subject<'_>, due_at: Timestamp, now: Timestamp) -> Row {
    subject.and(row![subject.token.lent_at, due_at, super::days_between(due_at, now)])
}

/// The columns of `dormant`.
pub const DORMANT: &[Column] = begun!["lent_time": Time, "last_seen_time": Time];

/// A token that was not seen for long.
pub fn dormant(subject: Subject<'_>) -> Row {
    let Token { lent_at, last_ok_at, .. } = subject.token;
    subject.and(row![*lent_at, (*lent_at).max(*last_ok_at)])
}

/// The columns of `failing`.
pub const FAILING: &[Column] = begun!["reason": Text, "failures": Number, "next_try_time": Time];

/// A token that wrong codes have stopped, or nearly so.
pub fn failing(subject: Subject<'_>, now: Timestamp) -> Row {
    let token = subject.token;
    let locked_until = token.next_try_at.filter(|at| *at > now);
    let reason = match (token.state.authenticator, locked_until) {
        (Authenticator::Disabled, _) => "disabled",
        (Authenticator::None | Authenticator::Ready | Authenticator::Suspended, Some(_)) => "locked",
        (Authenticator::None | Authenticator::Ready | Authenticator::Suspended, None) => "failures",
    };
    subject.and(row![reason, token.fail_count, locked_until])
}

/// The columns of `leavers`.
pub const LEAVERS: &[Column] = begun!["standing": Text, "left_on": Text, "merged_into": Text];

/// A token of somebody who has left by a moment or goes on under another ID; None where they belong to the university.
pub fn leavers(subject: Subject<'_>, holder: &Person, by: Timestamp) -> Option<Row> {
    let (standing, left_on, merged_into) = match holder.standing(by) {
        Standing::Current => return None,
        Standing::Ended(last_day) => ("ended", Some(last_day.to_string()), None),
        Standing::Gone(since) => ("gone", Some(since.to_string()), None),
        Standing::Merged(into) => ("merged", None, Some(into.to_string())),
    };
    Some(subject.and(row![standing, left_on, merged_into]))
}

/// The columns of `expiring`.
pub const EXPIRING: &[Column] = begun!["lot": Text, "location": Text, "end_time": Time];

/// A token that ends soon.
pub fn expiring(subject: Subject<'_>, ends_at: Timestamp) -> Row {
    subject.and(row![subject.lot.as_str(), subject.token.location.clone(), ends_at])
}

/// The columns of `drift`.
pub const DRIFT: &[Column] = columns![
    "serial": Text,
    "token": Text,
    "vendor": Text,
    "model": Text,
    "lot": Text,
    "location": Text,
    "seed": Text,
    "clock_offset_seconds": Number,
    "clock_observed_time": Time,
    "seconds_per_day": Decimal,
    "rate_of": Text,
    "leave_time": Time,
];

/// A token on the shelf whose clock leaves the window.
pub fn drift(subject: Subject<'_>, leaving: &Leaving) -> Row {
    let token = subject.token;
    row![
        token.serial.shown(),
        token.name().to_string(),
        token.vendor.as_str(),
        &token.model,
        subject.lot.as_str(),
        token.location.clone(),
        seed(token),
        leaving.seen.map(|(_, seconds)| seconds),
        leaving.seen.map(|(at, _)| at),
        seconds_per_day(leaving),
        leaving.rate_of.as_str(),
        leaving.leaves_at,
    ]
}

/// A rate that goes either way is none of the row's.
fn seconds_per_day(leaving: &Leaving) -> Option<f64> {
    match leaving.rate_of {
        RateOf::Token | RateOf::Lot | RateOf::Model => Some(f64::from(leaving.milliseconds_per_day) / 1000.0),
        RateOf::Specified | RateOf::Usual => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;
    use crate::ids::{RowId, Vendor};
    use crate::otp::{Algorithm, Digits, Moving, Profile};
    use crate::token::{Custody, State};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_795_478_400 + seconds, 0).unwrap()
    }

    fn token() -> Token {
        let key = (Vendor::unknown(), "26".parse().unwrap(), "".parse().unwrap());
        let profile = Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Event };
        Token {
            state: State::of(Custody::Lent, Authenticator::Ready),
            lent_at: Some(at(0)),
            ..Token::arrived(RowId([1; 16]), key, RowId([2; 16]), profile, at(0))
        }
    }

    fn cells(make: impl Fn(Subject<'_>) -> Row, token: &Token, columns: &[Column]) -> Vec<(&'static str, Cell)> {
        let lot = LotName::nth(at(0), 0);
        let row = make(Subject { token, lot: &lot, hold: Hold::None });
        assert_eq!(row.len(), columns.len());
        columns.iter().map(|column| column.name).zip(row).collect()
    }

    fn cell(cells: &[(&'static str, Cell)], name: &str) -> Cell {
        cells.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell.clone()).unwrap()
    }

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        let token = token();
        let leaving = Leaving {
            token: token.id,
            seen: Some((at(5), -14)),
            milliseconds_per_day: -2_100,
            rate_of: RateOf::Token,
            leaves_at: at(9),
        };
        assert_eq!(cell(&cells(unproven, &token, UNPROVEN), "state"), Cell::from("lent_not_proven"));
        let overdue = cells(|subject| overdue(subject, at(0), at(3 * 86_400)), &token, OVERDUE);
        assert_eq!(cell(&overdue, "days_overdue"), Cell::Number(3));
        assert_eq!(cell(&cells(dormant, &token, DORMANT), "last_seen_time"), Cell::Time(at(0)));
        let expiring = cells(|subject| expiring(subject, at(7)), &token, EXPIRING);
        assert_eq!(cell(&expiring, "end_time"), Cell::Time(at(7)));
        let drift = cells(|subject| drift(subject, &leaving), &token, DRIFT);
        assert_eq!(cell(&drift, "seconds_per_day"), Cell::Decimal(-2.1));
        let usual = Leaving { rate_of: RateOf::Usual, ..leaving };
        let drift = cells(|subject| super::drift(subject, &usual), &token, DRIFT);
        assert_eq!(cell(&drift, "seconds_per_day"), Cell::Absent, "either way");
    }

    #[test]
    fn a_token_fails_for_the_worst_reason_there_is() {
        let reason = |token: &Token| cell(&cells(|subject| failing(subject, at(10)), token, FAILING), "reason");
        let wrong = Token { fail_count: 3, next_try_at: Some(at(5)), ..token() };
        assert_eq!(reason(&wrong), Cell::from("failures"), "it may be tried again");
        assert_eq!(reason(&Token { next_try_at: Some(at(11)), ..wrong.clone() }), Cell::from("locked"));
        let disabled = Token { state: State::of(Custody::Lent, Authenticator::Disabled), ..wrong };
        assert_eq!(reason(&disabled), Cell::from("disabled"));
    }
}
