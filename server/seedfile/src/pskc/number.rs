//! Numbers and moments as packages write them.

use tokenfleet_domain::ports::Timestamp;

use crate::delimited::row::moment;
use crate::secret::{SecretEncoding, decode};

/// A number that stands in the clear: decimal, or as Base64 of what an encrypted one is made of.
pub(super) fn plain_number(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    number(decode(text, SecretEncoding::Base64).ok()?.expose())
}

/// A number that was encrypted: decimal digits, or an integer with its highest byte first.
pub(super) fn number(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() {
        return None;
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return std::str::from_utf8(bytes).ok()?.parse().ok();
    }
    bytes.iter().try_fold(0_i64, |number, byte| number.checked_mul(256)?.checked_add(i64::from(*byte)))
}

/// When something begins: a day alone with its first second.
pub(super) fn start(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.contains([':', 'T']) { moment(text) } else { moment(&format!("{}T00:00:00Z", day(text)?)) }
}

/// When something ends: a day alone with its last second.
pub(super) fn end(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.contains([':', 'T']) { moment(text) } else { moment(&day(text)?) }
}

/// A day with its year first. Drafts put the year last, where a day is known only if it can't be taken for a month.
fn day(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split('/').collect();
    let [first, second, year] = parts[..] else { return Some(text.to_owned()) };
    if year.len() != 4 {
        return Some(text.to_owned());
    }
    match (first.parse::<u8>().ok()?, second.parse::<u8>().ok()?) {
        (day, month) if day > 12 || day == month => Some(format!("{year}-{month:02}-{day:02}")),
        (month, day) if day > 12 => Some(format!("{year}-{month:02}-{day:02}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_all_five_forms() {
        for (text, expected) in [
            ("42", Some(42)),
            (" 0042\n", Some(42)),
            ("NDI=", Some(42)),
            ("AAAAAAAAACo=", Some(42)),
            ("Kg==", Some(42)),
            ("", None),
            ("-1", None),
            ("x", None),
            ("99999999999999999999", None),
            ("gAAAAAAAAAA=", None),
            ("AQAAAAAAAAAA", None),
        ] {
            assert_eq!(plain_number(text), expected, "{text}");
        }
        for (bytes, expected) in [(&b"831"[..], Some(831)), (&[0, 0, 1, 0], Some(256)), (&[], None)] {
            assert_eq!(number(bytes), expected);
        }
    }

    #[test]
    fn a_day_begins_with_its_first_second_and_ends_with_its_last() {
        let shown = |moment: Option<Timestamp>| moment.map(|moment| moment.to_rfc3339());
        for (text, begins, ends) in [
            ("2026-05-01", "2026-05-01T00:00:00+00:00", "2026-05-01T23:59:59+00:00"),
            ("2026/05/01", "2026-05-01T00:00:00+00:00", "2026-05-01T23:59:59+00:00"),
            ("31/01/2026", "2026-01-31T00:00:00+00:00", "2026-01-31T23:59:59+00:00"),
            ("01/31/2026", "2026-01-31T00:00:00+00:00", "2026-01-31T23:59:59+00:00"),
            ("01/01/2026", "2026-01-01T00:00:00+00:00", "2026-01-01T23:59:59+00:00"),
            (" 2026-05-01T09:00:00+09:00 ", "2026-05-01T00:00:00+00:00", "2026-05-01T00:00:00+00:00"),
        ] {
            assert_eq!(
                (shown(start(text)).as_deref(), shown(end(text)).as_deref()),
                (Some(begins), Some(ends)),
                "{text}"
            );
        }
        for text in ["02/03/2026", "soon", "2026-13-01", "", "32/32/2026"] {
            assert_eq!((start(text), end(text)), (None, None), "{text}");
        }
    }
}
