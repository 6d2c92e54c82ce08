//! Days as people and systems write them, in Japan where nothing else is said. Guarantee: what may be two days is none.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use tokenfleet_domain::lot::JAPAN;
use tokenfleet_domain::ports::Timestamp;
use unicode_normalization::UnicodeNormalization;

/// Why a text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadDay {
    /// The number by which a spreadsheet counts days.
    Number,
    /// Anything else.
    Other,
}

/// The first years of eras, less one, by what a year begins with.
const ERAS: [(&str, i32); 6] = [("令和", 2018), ("R", 2018), ("平成", 1988), ("H", 1988), ("昭和", 1925), ("S", 1925)];

/// What stands where nobody knows the day.
const UNKNOWN: [&str; 5] = ["-", "?", "不明", "none", "n/a"];

/// The moment of a text; None where it says that nobody knows.
pub(super) fn moment(text: &str) -> Result<Option<Timestamp>, BadDay> {
    read(text).map(|read| read.map(|(moment, _)| moment))
}

/// The last moment of a day, or the moment that is written.
pub(super) fn last_moment(text: &str) -> Result<Option<Timestamp>, BadDay> {
    let end = |(moment, is_day): (Timestamp, bool)| {
        if is_day { moment + TimeDelta::days(1) - TimeDelta::seconds(1) } else { moment }
    };
    read(text).map(|read| read.map(end))
}

/// The moment, and whether the text gives a day only.
fn read(text: &str) -> Result<Option<(Timestamp, bool)>, BadDay> {
    let plain: String = text.nfkc().collect();
    let plain = plain.trim();
    if plain.is_empty() || UNKNOWN.iter().any(|word| plain.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(plain) {
        return Ok(Some((moment.with_timezone(&Utc), false)));
    }
    let is_count = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_count(plain) && plain.split('.').next().is_some_and(|whole| whole.len() == 5) && !plain.ends_with('.') {
        return Err(BadDay::Number);
    }
    let (day, time) = match plain.split_once([' ', 'T']) {
        Some((day, time)) if time.contains(':') => (day, Some(time.trim())),
        Some(_) | None => (plain, None),
    };
    let day = date(day).ok_or(BadDay::Other)?;
    let clock = time.map(|time| clock(time).ok_or(BadDay::Other)).transpose()?;
    let local = day.and_time(clock.unwrap_or(NaiveTime::MIN));
    let moment = JAPAN.from_local_datetime(&local).single().ok_or(BadDay::Other)?;
    Ok(Some((moment.with_timezone(&Utc), clock.is_none())))
}

/// `2024-04-01`, `2024/4/1(月)`, `2024年4月1日`, `令和6年4月1日`, `R6.4.1`, `20240401`: the year always comes first.
fn date(text: &str) -> Option<NaiveDate> {
    let text = text.split_once('(').map_or(text, |(day, _)| day).trim();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return day_of(&text[..4], &text[4..6], &text[6..], 0);
    }
    let (text, era) =
        ERAS.iter().find_map(|(word, first)| Some((text.strip_prefix(word)?, *first))).unwrap_or((text, 0));
    let mut parts = text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).map(str::trim);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none();
    let year_is_clear = if era == 0 { year.len() == 4 } else { year.chars().count() <= 2 };
    (is_whole && year_is_clear).then(|| day_of(if year == "元" { "1" } else { year }, month, day, era)).flatten()
}

fn day_of(year: &str, month: &str, day: &str, era: i32) -> Option<NaiveDate> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let year = i32::try_from(number(year)?).ok()? + era;
    (1970..=2199).contains(&year).then(|| NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)).flatten()
}

fn clock(text: &str) -> Option<NaiveTime> {
    let text = text.split_once('.').map_or(text, |(seconds, _)| seconds);
    NaiveTime::parse_from_str(text, "%H:%M:%S").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(moment: &str) -> Timestamp {
        moment.parse().unwrap()
    }

    #[test]
    fn days_are_days_in_japan_however_they_are_written() {
        for text in [
            "2024-04-01",
            "2024/4/1",
            "2024.04.01",
            "20240401",
            "２０２４／４／１",
            "2024年4月1日",
            "令和6年4月1日",
            "R6.4.1",
            "2024/4/1(月)",
            "2024/04/01 0:00",
            "2024-04-01 00:00:00.000",
        ] {
            assert_eq!(moment(text), Ok(Some(at("2024-03-31T15:00:00Z"))), "{text}");
        }
        assert_eq!(moment("令和元年5月1日"), Ok(Some(at("2019-04-30T15:00:00Z"))));
        assert_eq!(moment("H31.4.1"), Ok(Some(at("2019-03-31T15:00:00Z"))));
        assert_eq!(moment("2024-04-01T10:00:00Z"), Ok(Some(at("2024-04-01T10:00:00Z"))));
        assert_eq!(moment("2024-04-01 10:30"), Ok(Some(at("2024-04-01T01:30:00Z"))));
    }

    #[test]
    fn a_loan_is_due_at_the_end_of_its_day() {
        assert_eq!(last_moment("2024-04-01"), Ok(Some(at("2024-04-01T14:59:59Z"))));
        assert_eq!(last_moment("2024-04-01 10:00"), Ok(Some(at("2024-04-01T01:00:00Z"))));
    }

    #[test]
    fn what_nobody_knows_is_a_gap() {
        for text in ["", " ", "-", "不明", "？", "None"] {
            assert_eq!(moment(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_may_be_two_days_or_none_is_refused() {
        for text in ["04/01/2024", "1/4/24", "24-04-01", "2024-04", "2024-13-01", "2023-02-29", "April", "2024/4/1 x:y"]
        {
            assert_eq!(moment(text), Err(BadDay::Other), "{text}");
        }
        for text in ["45383", "45383.5"] {
            assert_eq!(moment(text), Err(BadDay::Number), "{text}");
        }
    }
}
