//! What spreadsheets do to cells, and how it is known afterwards. Guarantee: nothing is mended. What a cell was before
//! can't be known, so the row is refused, and the words say what to compare it with.
//!
//! Most damage shows in the cell itself. Two kinds show only beside other serials: lost zeros and lost digits. They are
//! looked for in the rows of a file's beginning (128 KiB at least), and what is found there holds for all its rows.

use std::collections::{BTreeMap, HashMap};

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::foreign::is_number;

/// What stands in a cell whose formula failed.
const ERRORS: [&str; 9] = ["#NAME?", "#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Digits of a number that a spreadsheet keeps.
const KEPT_DIGITS: usize = 15;

/// Zeros behind these, in all serials together, from which on they are no chance: one in a thousand.
const LOST_DIGITS: usize = 3;

/// Serials of the usual width from which on it is one.
const USUAL_SERIALS: usize = 3;

/// Least digits of a usual width: shorter serials are counted rather than made.
const USUAL_DIGITS: usize = 4;

/// Leading zeros that are missed. Serials whose widths differ by more have no usual width.
const LOST_ZEROS: usize = 2;

/// What is wrong with the text of a serial. Scientific notation is known to `Serial` itself.
pub(crate) fn of_serial(cell: &str) -> Option<Reason> {
    match () {
        () if cell.len() > 64 => None,
        () if is_date(cell) => Some(Reason::RowSerialDate),
        () if is_amount(cell) => Some(Reason::RowSerialAmount),
        () => None,
    }
}

/// What is wrong with the text of a secret.
pub(crate) fn of_secret(cell: &str) -> Option<Reason> {
    let is_error = ERRORS.into_iter().any(|error| cell.eq_ignore_ascii_case(error));
    (is_error || is_scientific(cell) || is_rounded(cell)).then_some(Reason::SecretSpreadsheet)
}

/// Whether a line begins with a failed formula, which is no comment.
pub(crate) fn begins_with_error(line: &str) -> bool {
    ERRORS.into_iter().any(|error| {
        line.split_at_checked(error.len()).is_some_and(|(begin, rest)| {
            begin.eq_ignore_ascii_case(error) && !rest.starts_with(|c: char| c.is_alphanumeric() || c == ' ')
        })
    })
}

/// `2026/11/24`, `24-Nov`, `11月24日`, with or without a time of day.
fn is_date(cell: &str) -> bool {
    let is_time = |text: &str| text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || ":.Z".contains(c));
    let day = cell.split_once([' ', 'T']).filter(|(_, time)| is_time(time)).map_or(cell, |(day, _)| day);
    let parts: Vec<_> = day.trim_end_matches(['月', '日']).split(['-', '/', '.', ' ', '年', '月']).collect();
    let months = parts.iter().filter(|part| is_month(part)).count();
    let (mut years, mut days) = (0, 0);
    for part in parts.iter().filter(|part| !is_month(part)) {
        match part.parse::<u32>() {
            Ok(1900..=2199) if part.len() == 4 => years += 1,
            Ok(1..=31) if part.len() <= 2 && is_number(part) => days += 1,
            Ok(_) | Err(_) => return false,
        }
    }
    match (months, years, days) {
        (1, 0, 1 | 2) | (1, 1, 0 | 1) | (0, 1, 2) => true,
        // Only a slash or the words for them make a date of bare numbers.
        (0, 0, 2 | 3) | (0, 1, 1) => day.contains(['/', '月']),
        _ => false,
    }
}

fn is_month(part: &str) -> bool {
    MONTHS.into_iter().any(|month| part.eq_ignore_ascii_case(month))
}

/// `1,234,567`, `1.234.567`, `1234567.0`. One dot in the middle is none: `12.345` may be a serial.
fn is_amount(cell: &str) -> bool {
    let is_zeros = |text: &str| matches!(text, "0" | "00");
    let (whole, has_decimals) = match cell.rsplit_once(['.', ',']) {
        Some((whole, decimals)) if is_zeros(decimals) => (whole, true),
        Some(_) | None => (cell, false),
    };
    let Some(separator) = whole.chars().find(|c| matches!(c, ',' | '.' | '\'' | '’' | '，')) else {
        return has_decimals && is_number(whole) && whole.len() >= USUAL_DIGITS;
    };
    let mut groups = whole.split(separator);
    let is_first = |group: &str| is_number(group) && group.len() <= 3 && !group.starts_with('0');
    let is_next = |group: &str| is_number(group) && group.len() == 3;
    groups.next().is_some_and(is_first) && groups.clone().all(is_next) && (separator != '.' || groups.count() >= 2)
}

/// `1.23E+15`, and `1E10` without a sign where it is too short for a seed and has the E of spreadsheets. `12345E67…` is
/// one in hex, and `1e10` is at least as likely two bytes in hex.
fn is_scientific(cell: &str) -> bool {
    let Some((mantissa, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let power = exponent.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let is_marked = power.len() < exponent.len() || whole.len() < mantissa.len();
    is_number(whole)
        && is_number(fraction)
        && is_number(power)
        && power.len() <= 3
        && (is_marked || whole.len() == 1 && cell.contains('E'))
}

/// A long number of which a spreadsheet kept the digits that it keeps.
fn is_rounded(cell: &str) -> bool {
    is_number(cell) && !cell.starts_with('0') && zeros_for_lost_digits(cell).is_some_and(|zeros| zeros >= LOST_DIGITS)
}

/// How many zeros stand where a spreadsheet loses digits; None where it lost none.
fn zeros_for_lost_digits(number: &str) -> Option<usize> {
    let tail = number.get(KEPT_DIGITS..).filter(|tail| !tail.is_empty())?;
    tail.bytes().all(|byte| byte == b'0').then_some(tail.len())
}

/// The serials at the beginning of a file.
#[derive(Default)]
pub(crate) struct Serials {
    /// How many there are of each width, for each make: makers count in different widths.
    widths: HashMap<String, HashMap<String, BTreeMap<usize, usize>>>,
    zeros: usize,
    has_all_digits: bool,
}

impl Serials {
    /// Looks at one more. Only whole numbers tell anything.
    pub(crate) fn note(&mut self, serial: &str, make: (&str, &str)) {
        if !is_number(serial) {
            return;
        }
        let models = self.widths.entry(make.0.to_owned()).or_default();
        let widths = models.entry(make.1.to_owned()).or_default();
        *widths.entry(serial.len()).or_default() += 1;
        match zeros_for_lost_digits(serial) {
            Some(zeros) => self.zeros += zeros,
            None => self.has_all_digits |= serial.len() > KEPT_DIGITS,
        }
    }

    pub(crate) fn habits(self) -> Habits {
        let usual = |(model, widths)| Some((model, usual_width(&widths)?));
        let of_maker = |(maker, models): (_, HashMap<_, _>)| (maker, models.into_iter().filter_map(usual).collect());
        Habits {
            widths: self.widths.into_iter().map(of_maker).collect(),
            loses_digits: self.zeros >= LOST_DIGITS && !self.has_all_digits,
        }
    }
}

/// The width that is the most frequent and the greatest: lost zeros make serials shorter only. A series that goes over a
/// power of ten (9999, 10000) is no exception: 09999 and 10000 without their zeros are the same two numbers, whatever
/// stands around them, so it takes somebody who has seen the tokens to tell (`serials_as_written`).
fn usual_width(widths: &BTreeMap<usize, usize>) -> Option<usize> {
    let (least, (greatest, count)) = (widths.first_key_value()?.0, widths.last_key_value()?);
    let is_usual = *count >= USUAL_SERIALS
        && *greatest >= USUAL_DIGITS
        && greatest - least <= LOST_ZEROS
        && widths.values().all(|other| other <= count);
    is_usual.then_some(*greatest)
}

/// What the serials of a file have in common.
#[derive(Default)]
pub(crate) struct Habits {
    widths: HashMap<String, HashMap<String, usize>>,
    loses_digits: bool,
}

impl Habits {
    /// The same for serials of which somebody says that none lost a zero.
    pub(crate) fn of_any_width(self) -> Self {
        Self { widths: HashMap::new(), ..self }
    }

    /// What is wrong with a serial among the others.
    pub(crate) fn damage(&self, serial: &str, make: (&str, &str)) -> Option<Rejection> {
        if !is_number(serial) {
            return None;
        }
        if self.loses_digits && serial.len() > KEPT_DIGITS {
            return Some(Reason::RowSerialPrecision.into());
        }
        let width = *self.widths.get(make.0)?.get(make.1)?;
        let missing = width.checked_sub(serial.len()).filter(|missing| (1..=LOST_ZEROS).contains(missing));
        missing.map(|_| {
            Rejection::from(Reason::RowSerialZeros)
                .with("length", serial.len().to_string())
                .with("width", width.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_amounts_are_no_serials() {
        for cell in [
            "2026/11/24",
            "2026/1/5",
            "11/24/2026",
            "24/11/26",
            "11/24",
            "2026/11",
            "2026-11-24",
            "24.11.2026",
            "24-Nov",
            "Nov-24",
            "24-NOV-2026",
            "Nov-2026",
            "24 Nov",
            "11月24日",
            "2026年11月24日",
            "2026年11月",
            "2026/11/24 0:00",
            "2026-11-24T00:00:00",
        ] {
            assert_eq!(of_serial(cell), Some(Reason::RowSerialDate), "{cell}");
        }
        for cell in ["1,234,567", "12,345", "1.234.567", "1'234'567", "1234567.0", "1234567,00", "1,234,567.00"] {
            assert_eq!(of_serial(cell), Some(Reason::RowSerialAmount), "{cell}");
        }
    }

    #[test]
    fn serials_that_resemble_them_are_serials() {
        for cell in [
            "",
            "0101",
            "2307530000001",
            "A-24",
            "FTK-000001",
            "24-Nova",
            "NOV-0024",
            "2024-11-0001",
            "10-20",
            "1.2.3",
            "12.345",
            "1.0",
            "012.345.678",
            "1.2345.678",
            "1234567.5",
            "GALT11420108",
            "2026",
            "20-11-24",
            "-",
            "May",
            "2026-11",
        ] {
            assert_eq!(of_serial(cell), None, "{cell}");
        }
    }

    #[test]
    fn secrets_that_became_numbers_or_errors_are_known() {
        for cell in ["1E10", "1e+10", "1.23E+15", "3,13E+39", "1E+10", "12E-3", "#NAME?", "#ref!", "#N/A"] {
            assert_eq!(of_secret(cell), Some(Reason::SecretSpreadsheet), "{cell}");
        }
        for cell in ["313233343536373000000000", "123456789012345000"] {
            assert_eq!(of_secret(cell), Some(Reason::SecretSpreadsheet), "{cell}");
        }
        for cell in [
            "",
            "1212",
            "12E4",
            "12345678E90123456789012345678901",
            "E10",
            "1e10",
            "1E10FF",
            "1E1000",
            "#1",
            "1G10",
            "31323334353637383930",
            "00000000000000000000",
            "12345678901234500",
            "123456789012345678000000",
        ] {
            assert_eq!(of_secret(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_failed_formula_begins_no_comment() {
        for line in ["#NAME?,00", "#N/A", "#ref!;1", "#DIV/0!\t1"] {
            assert!(begins_with_error(line), "{line}");
        }
        for line in ["# made up", "#", "#NAME", "#N/Abc", "#REF! stands for a fault", "#é"] {
            assert!(!begins_with_error(line), "{line}");
        }
    }

    fn habits(serials: &[&str]) -> Habits {
        let mut noted = Serials::default();
        for serial in serials {
            noted.note(serial, ("", ""));
        }
        noted.habits()
    }

    fn damage(serials: &[&str], serial: &str) -> Option<Reason> {
        habits(serials).damage(serial, ("", "")).map(|why| why.reason)
    }

    #[test]
    fn short_serials_are_damaged_where_three_others_have_one_width() {
        let usual = ["100001", "100002", "100003", "A-1"];
        assert_eq!(damage(&usual, "99999"), Some(Reason::RowSerialZeros));
        assert_eq!(damage(&usual, "9999"), Some(Reason::RowSerialZeros));
        for serial in ["999", "099999", "1234567", "A9999"] {
            assert_eq!(damage(&usual, serial), None, "{serial}");
        }
        let why = habits(&usual).damage("9999", ("", ""));
        assert_eq!(why, Some(Rejection::from(Reason::RowSerialZeros).with("length", "4").with("width", "6")));
    }

    #[test]
    fn serials_that_have_no_one_width_are_left_alone() {
        for serials in [
            &["100001", "100002"][..],
            &["8", "9", "10", "11", "12"],
            &["100001", "100002", "100003", "1000000"],
            &["100001", "100002", "100003", "123"],
            &["100001", "100002", "100003", "10001", "10002", "10003", "10004"],
        ] {
            assert_eq!(damage(serials, "10000"), None, "{serials:?}");
            assert_eq!(damage(serials, "9"), None, "{serials:?}");
        }
    }

    #[test]
    fn each_make_has_a_width_of_its_own() {
        let mut noted = Serials::default();
        for serial in ["2307530000001", "2307530000002", "2307530000003"] {
            noted.note(serial, ("Maker", "One"));
        }
        noted.note("86546559623", ("Maker", "Two"));
        let habits = noted.habits();
        assert!(habits.damage("86546559623", ("Maker", "One")).is_some());
        assert!(habits.damage("86546559623", ("Maker", "Two")).is_none());
        assert!(habits.damage("86546559623", ("Other", "One")).is_none());
    }

    #[test]
    fn long_serials_that_all_end_in_zeros_lost_their_digits() {
        let lost = Some(Reason::RowSerialPrecision);
        let long = ["1234567890123450", "1234567890123460", "1234567890123470"];
        assert_eq!(damage(&long, long[0]), lost);
        assert_eq!(damage(&["123456789012345000"], "123456789012345000"), lost);
        assert_eq!(damage(&long, "123456789012340"), Some(Reason::RowSerialZeros));
        assert_eq!(damage(&long[..2], long[0]), None);
        assert_eq!(damage(&[long[0], long[1], long[2], "1234567890123456"], long[0]), None);
        assert_eq!(damage(&["100000000000000"; 9], "100000000000000"), None);
    }
}
