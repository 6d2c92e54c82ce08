//! What is agreed on a loan: who asked for it, and until when. Days are days in Japan, and a loan lasts to the end of its
//! last one.

use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeZone};
use prost_types::Timestamp;
use serde_json::{Value, json};
use tokenfleet_proto::v1;

use crate::args;
use crate::failure::{Failure, Outcome};
use crate::shapes::{self, show_date};
use crate::surroundings::Clock;
use crate::words::{Complaint, Lang, Say};

/// Japan has no summer time.
const JAPAN_SECONDS: i32 = 9 * 3600;

/// The route as the contract has it.
pub(super) fn route(terms: &args::Terms) -> i32 {
    terms.route.map_or(v1::LoanRoute::Unspecified, v1::LoanRoute::from).into()
}

/// Until when, where that was said.
pub(super) fn due(terms: &args::Terms, clock: &dyn Clock) -> Outcome<Option<Timestamp>> {
    let until = match &terms.until {
        Some(day) => Some(end_of_typed_day(day).ok_or_else(|| Failure::plain(Complaint::DayUnreadable))?),
        None if terms.today => end_of_today(clock),
        None => None,
    };
    Ok(until)
}

/// The end of a day as it is typed, `2027-03-31`; nothing where it is none.
pub(super) fn end_of_typed_day(typed: &str) -> Option<Timestamp> {
    end_of_day(NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok()?)
}

fn end_of_today(clock: &dyn Clock) -> Option<Timestamp> {
    end_of_day(clock.now().with_timezone(&FixedOffset::east_opt(JAPAN_SECONDS)?).date_naive())
}

/// The first second of a day in Japan.
pub(super) fn begin_of_day(day: NaiveDate) -> Option<Timestamp> {
    second_of(day, NaiveTime::MIN)
}

/// The last second of a day in Japan.
pub(super) fn end_of_day(day: NaiveDate) -> Option<Timestamp> {
    second_of(day, NaiveTime::from_hms_opt(23, 59, 59)?)
}

fn second_of(day: NaiveDate, time: NaiveTime) -> Option<Timestamp> {
    let moment = FixedOffset::east_opt(JAPAN_SECONDS)?.from_local_datetime(&day.and_time(time)).single()?;
    Some(Timestamp { seconds: moment.timestamp(), nanos: 0 })
}

/// A moment of a record as the day it is in Japan, for people.
pub(super) fn show_day(value: &Value, _lang: Lang) -> String {
    show_date(value)
}

/// Who asked for a loan, for people.
pub(super) fn show_route(value: &Value, lang: Lang) -> String {
    match value.as_str().unwrap_or_default() {
        "self" => Say::RouteSelf.plain(lang).to_owned(),
        "proxy" => Say::RouteProxy.plain(lang).to_owned(),
        // A newer server may know more.
        other => other.to_owned(),
    }
}

/// The last day of a loan, for people; nothing where none was agreed on.
pub(super) fn last_day(loan: Option<&v1::Loan>) -> Option<String> {
    let due = loan?.due_time.as_ref()?;
    Some(show_date(&shapes::time(Some(due))))
}

/// Writes what was agreed on a loan into a record.
pub(super) fn write(record: &mut Value, loan: Option<&v1::Loan>) {
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    record["route"] = json!(loan.and_then(|loan| text(&loan.route)));
    record["ticket"] = json!(loan.and_then(|loan| text(&loan.ticket)));
    record["due_time"] = shapes::time(loan.and_then(|loan| loan.due_time.as_ref()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::tests::FakeClock;

    fn terms(until: Option<&str>, today: bool) -> args::Terms {
        args::Terms { until: until.map(str::to_owned), today, ..args::Terms::default() }
    }

    #[test]
    fn a_loan_lasts_to_the_end_of_its_last_day_in_japan() {
        let clock = FakeClock::at("2026-11-24T15:00:00Z");
        let seconds = |terms: &args::Terms| due(terms, &clock).unwrap().map(|end| end.seconds);
        assert_eq!(seconds(&terms(None, false)), None);
        assert_eq!(seconds(&terms(Some("2026-11-25"), false)), Some(1_795_618_799));
        assert_eq!(seconds(&terms(None, true)), Some(1_795_618_799), "it is the 25th in Japan");
        for wrong in ["", "tomorrow", "2026-11", "2026-13-01", "2026-02-30"] {
            let failure = due(&terms(Some(wrong), false), &clock).unwrap_err();
            assert_eq!(failure.reason(), "TIME_UNREADABLE", "{wrong}");
        }
    }
}
