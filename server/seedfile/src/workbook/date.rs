//! Days as workbooks count them, and which formats of numbers show days.

use chrono::{Days, NaiveDate, TimeDelta};

/// Numbers of formats that every workbook has and that show days, Japanese and Chinese ones included.
pub(super) fn is_builtin(format: u32) -> bool {
    matches!(format, 14..=17 | 22 | 27..=31 | 34..=36 | 50..=58)
}

/// Whether a format shows a year or a day. Text in quotes and brackets is none of it.
pub(super) fn is_date_format(code: &str) -> bool {
    let mut closing = None;
    let mut is_escaped = false;
    for c in code.chars() {
        match (closing, c) {
            _ if std::mem::take(&mut is_escaped) => {}
            (Some(end), _) if c == end => closing = None,
            (None, '"') => closing = Some('"'),
            (None, '[') => closing = Some(']'),
            (None, '\\' | '_' | '*') => is_escaped = true,
            // Behind it is how negative numbers look.
            (None, ';') => return false,
            (None, 'y' | 'Y' | 'd' | 'D') => return true,
            (Some(_) | None, _) => {}
        }
    }
    false
}

/// A day, or a moment if it has a time of day, as ISO has it. Before March 1900 Excel counts a day that never was.
pub(super) fn iso(number: f64, is_1904: bool) -> Option<String> {
    const FIRST_SURE: f64 = 61.0;
    const LAST: f64 = 2_958_466.0;
    const SECONDS: f64 = 86_400.0;
    let (from, first) = if is_1904 {
        (NaiveDate::from_ymd_opt(1904, 1, 1)?, 0.0)
    } else {
        (NaiveDate::from_ymd_opt(1899, 12, 30)?, FIRST_SURE)
    };
    if !(first..LAST).contains(&number) {
        return None;
    }
    let seconds = (number.fract() * SECONDS).round();
    let day = from.checked_add_days(Days::new(whole(number.trunc())?))?;
    if seconds == 0.0 {
        return Some(day.format("%Y-%m-%d").to_string());
    }
    let moment =
        day.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::seconds(i64::try_from(whole(seconds)?).ok()?))?;
    Some(moment.format("%Y-%m-%dT%H:%M:%S").to_string())
}

/// A whole number that is not negative and small enough to be exact.
fn whole(number: f64) -> Option<u64> {
    format!("{number:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_show_days_are_known() {
        for code in ["yyyy/m/d", "m/d/yy h:mm", "[$-411]ggge\"年\"m\"月\"d\"日\"", "dd\\-mmm", "YYYY", "[Red]d"] {
            assert!(is_date_format(code), "{code}");
        }
        for code in [
            "General",
            "0.00",
            "0000000",
            "#,##0;[Red]-#,##0",
            "\"day\"0",
            "[h]:mm:ss",
            "0\\d",
            "0;\"d\";d",
            "@",
            "_d0",
        ] {
            assert!(!is_date_format(code), "{code}");
        }
        assert!(is_builtin(14) && is_builtin(57) && !is_builtin(0) && !is_builtin(49) && !is_builtin(46));
    }

    #[test]
    fn days_are_counted_from_1900_or_1904() {
        for (number, is_1904, expected) in [
            (48_213.0, false, Some("2031-12-31")),
            (46_751.0, true, Some("2031-12-31")),
            (48_213.75, false, Some("2031-12-31T18:00:00")),
            (48_213.999_999, false, Some("2032-01-01T00:00:00")),
            (61.0, false, Some("1900-03-01")),
            (60.0, false, None),
            (0.0, true, Some("1904-01-01")),
            (-1.0, true, None),
            (1e9, false, None),
            (f64::NAN, false, None),
        ] {
            assert_eq!(iso(number, is_1904).as_deref(), expected, "{number}");
        }
    }
}
