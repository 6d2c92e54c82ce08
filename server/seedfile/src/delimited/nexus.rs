//! Nexus' list: `serial:Base64 seed:Base64 counter`.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, ids::Serial, reject::Rejection};

use crate::delimited::arrange::{Arranged, picked, wrong_width};
use crate::delimited::cells::Cells;
use crate::field::Field;
use crate::foreign::is_number;
use crate::secret::{SecretEncoding, decode};

pub(crate) const ORDER: [Field; 3] = [Field::Serial, Field::Secret, Field::Counter];

/// Least bytes of a seed by which a row is known: shorter words are Base64 by chance.
const SEED_BYTES: usize = 10;

/// Whether a row is one of this list.
pub(crate) fn is_row(cells: &Cells<'_>) -> bool {
    let [serial, secret, moved] = cells.as_slice() else { return false };
    let is_seed = decode(secret, SecretEncoding::Base64).is_ok_and(|seed| seed.len() >= SEED_BYTES);
    is_seed && serial.parse::<Serial>().is_ok() && counter(moved).is_some()
}

pub(crate) fn arrange(cells: Cells<'_>, is_ended: bool) -> Result<Arranged<'_>, Rejection> {
    let found = cells.len();
    let mut row = picked(cells, &[Some(0), Some(1), Some(2)]);
    if found != ORDER.len() {
        return Err(wrong_width(found, ORDER.len(), is_ended));
    }
    let Some(counter) = counter(&row.cells[2]) else { return Err(Reason::RowCounter.into()) };
    row.cells[2] = Cow::Owned(counter);
    Ok(row)
}

/// A counter within its Base64: decimal digits, or a big-endian number of four or eight bytes.
fn counter(text: &str) -> Option<String> {
    let seed = decode(text, SecretEncoding::Base64).ok()?;
    let bytes = seed.expose();
    if let Some(digits) = std::str::from_utf8(bytes).ok().filter(|digits| is_number(digits)) {
        return Some(digits.to_owned());
    }
    let short = bytes.try_into().map(|bytes| u64::from(u32::from_be_bytes(bytes)));
    short.or_else(|_| bytes.try_into().map(u64::from_be_bytes)).ok().map(|counter| counter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_digits_or_big_endian_numbers() {
        for (text, expected) in [
            ("MA==", Some("0")),
            ("MTIzNDU=", Some("12345")),
            ("AAAAAAAAAAU=", Some("5")),
            ("AAAABQ==", Some("5")),
            ("AAU=", None),
            ("LTE=", None),
            ("", None),
            ("5", None),
        ] {
            assert_eq!(counter(text).as_deref(), expected, "{text}");
        }
    }
}
