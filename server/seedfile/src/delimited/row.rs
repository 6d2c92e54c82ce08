//! One row to one key, or to the first thing that is wrong with it. Guarantee: what is refused is named by line, column
//! and rule, never by content.

use tokenfleet_domain::{
    catalogue::Reason,
    ids::{BadSerial, KeyId, Serial},
    otp::code::{Algorithm, Digits, Moving, Profile},
    ports::Timestamp,
    reject::Rejection,
};
use unicode_normalization::UnicodeNormalization;

use crate::base64::decode_declared;
use crate::delimited::arrange::{Arranged, Numbers};
use crate::delimited::cells::Cells;
use crate::delimited::damage;
use crate::delimited::plan::Plan;
use crate::delimited::shape::TELLING;
use crate::delimited::unread;
use crate::evidence::{Because, Layout};
use crate::field::Field;
use crate::foreign::is_number;
use crate::kind::{Kind, Said, other, said};
use crate::lines::Line;
use crate::secret::{SecretEncoding, decode};
use crate::{Column, Key, Problem};

/// The usual length of a code and interval, where a file does not say.
const USUAL_DIGITS: Digits = Digits::SIX;
const USUAL_PERIOD: u32 = 30;

/// 2100, in seconds since 1970.
const LATEST_EPOCH: i64 = 4_102_444_800;

/// Longest name of a manufacturer or model that is kept, in characters.
const MAX_NAME: usize = 128;

/// A row that is sound but for its secret, which is not looked at yet.
pub(crate) struct Outline<'a> {
    line: u64,
    serial: Serial,
    key_id: KeyId,
    manufacturer: Option<String>,
    model: Option<String>,
    digits: Digits,
    moving: Moving,
    counter: i64,
    hash: Option<Algorithm>,
    expires: Option<Timestamp>,
    /// The text of the secret.
    pub(crate) secret: &'a str,
}

/// A row under its plan.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) line: u64,
    pub(crate) is_ended: bool,
    pub(crate) cells: &'a Cells<'a>,
    numbers: Option<&'a Numbers>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(plan: &'a Plan, line: &Line<'_>, row: &'a Arranged<'a>) -> Self {
        let Arranged { cells, numbers } = row;
        Self { plan, line: line.number, is_ended: line.is_ended, cells, numbers: numbers.as_ref() }
    }

    /// Reads everything but the secret. A problem of the reason `KeyNotOath` is none: the key is left out.
    pub(crate) fn outline(self) -> Result<Outline<'a>, Problem> {
        self.check_columns()?;
        self.check_oath()?;
        let serial = self.serial()?;
        self.check_secret()?;
        self.check_end()?;
        let (kind, hash) = self.kind_and_hash()?;
        self.check_filled(kind)?;
        self.check_unread()?;
        Ok(Outline {
            line: self.line,
            serial,
            key_id: self.cell(Field::KeyId).parse().map_err(|bad| self.problem(Field::KeyId, serial_reason(bad)))?,
            manufacturer: self.manufacturer(),
            model: name(self.cell(Field::Model)),
            digits: self.digits()?,
            moving: self.moving(kind)?,
            counter: self.counter(kind)?,
            hash,
            expires: self.expires()?,
            secret: self.cell(Field::Secret),
        })
    }

    /// Adds the secret.
    pub(crate) fn key(self, outline: Outline<'a>, encoding: SecretEncoding) -> Result<Key, Problem> {
        let seed = match self.plan.encoding {
            Some((SecretEncoding::Base64, Because::Layout)) => decode_declared(outline.secret),
            Some(_) | None => decode(outline.secret, encoding),
        };
        let seed = seed.map_err(|why| self.problem(Field::Secret, why))?;
        if let Some(damage) = self.damaged_length(outline.secret, encoding) {
            return Err(self.problem(Field::Secret, damage));
        }
        let algorithm = outline.hash.or(self.hash_by_length(seed.len()));
        let algorithm = algorithm.ok_or_else(|| self.problem(Field::Hash, Reason::RowAlgorithm))?;
        Ok(Key {
            line: outline.line,
            serial: outline.serial,
            key_id: outline.key_id,
            manufacturer: outline.manufacturer,
            model: outline.model,
            profile: Profile { algorithm, digits: outline.digits, moving: outline.moving },
            counter: outline.counter,
            starts: None,
            expires: outline.expires,
            seed,
            row: None,
        })
    }

    /// What the length of a secret shows beside the others.
    fn damaged_length(self, secret: &str, encoding: SecretEncoding) -> Option<Rejection> {
        let lengths = &self.plan.lengths;
        let is_last = !self.is_ended && self.plan.position(Field::Secret) == self.cells.len().checked_sub(1);
        let at_end = if is_last { lengths.damage_at_end(secret, encoding) } else { None };
        at_end.or_else(|| lengths.damage(secret, encoding, self.plan.make(self.cells)))
    }

    /// Only peers that read OATH CSV take the digest from the length of a seed; anywhere else that is a guess. Of some
    /// lengths they do not agree, and one of them means a digest that no token has.
    fn hash_by_length(self, length: usize) -> Option<Algorithm> {
        match (self.plan.layout, length) {
            (Layout::OathCsv | Layout::OathCsv2, 32) => Some(Algorithm::Sha256),
            (Layout::OathCsv | Layout::OathCsv2, 64) => Some(Algorithm::Sha512),
            (Layout::OathCsv | Layout::OathCsv2, 28 | 48) => None,
            _ => Some(Algorithm::Sha1),
        }
    }

    /// What is wrong, and in which column.
    pub(crate) fn problem(self, field: Field, why: impl Into<Rejection>) -> Problem {
        Problem { line: self.line, column: self.column(field), why: why.into(), row: None }
    }

    /// Where a field stands in this row.
    fn column(self, field: Field) -> Option<Column> {
        self.plan.place(self.numbers, field)
    }

    /// Its kind, if it has one, for those who count rows.
    pub(crate) fn kind(self) -> Option<Kind> {
        self.kind_and_hash().ok().map(|(kind, _)| kind)
    }

    fn cell(self, field: Field) -> &'a str {
        self.plan.cell(self.cells, field)
    }

    /// Empty cells may follow a row; whether some are missing at its end is looked at later.
    fn check_columns(self) -> Result<(), Problem> {
        if self.plan.is_heading(self.cells) {
            return Err(Problem { line: self.line, column: None, why: Reason::RowHeading.into(), row: None });
        }
        let found = self.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
        if found <= self.plan.columns {
            return Ok(());
        }
        Err(self.wrong_width(Reason::RowColumns, found, self.plan.columns))
    }

    /// The last row of a file without a line end behind it, and with fewer cells than the others, was cut off.
    fn check_end(self) -> Result<(), Problem> {
        let usual = self.plan.shape.width().unwrap_or_default().min(self.plan.columns);
        if self.is_ended || self.cells.len() >= usual {
            return Ok(());
        }
        Err(self.wrong_width(Reason::RowCutOff, self.cells.len(), usual))
    }

    /// A cell that the other rows fill was lost here. Of names nothing depends, so that they may be blank; but a row
    /// that ends before them ended too early.
    fn check_filled(self, kind: Kind) -> Result<(), Problem> {
        let shape = &self.plan.shape;
        for field in TELLING.into_iter().filter(|field| self.cell(*field).is_empty()) {
            let is_of_other_kind = match kind {
                Kind::Hotp => matches!(field, Field::Period | Field::Epoch),
                Kind::Totp => field == Field::Counter,
            };
            // Without these the kind itself is not sure.
            let of_kind = (!matches!(field, Field::Type | Field::Algorithm)).then_some(kind);
            if !is_of_other_kind && self.plan.position(field).is_some_and(|at| shape.fills(of_kind, at)) {
                return Err(self.problem(field, Reason::RowCellLost));
            }
        }
        let found = self.cells.len();
        if found < self.plan.columns && shape.fills_from(Some(kind), found) {
            return Err(self.wrong_width(Reason::RowColumns, found, shape.width().unwrap_or(self.plan.columns)));
        }
        Ok(())
    }

    fn check_unread(self) -> Result<(), Problem> {
        unread::check_row(self.plan, self.cells).map_err(|why| Problem {
            line: self.line,
            column: None,
            why,
            row: None,
        })
    }

    fn wrong_width(self, reason: Reason, found: usize, expected: usize) -> Problem {
        let why = Rejection::from(reason).with("found", found.to_string()).with("expected", expected.to_string());
        Problem { line: self.line, column: None, why, row: None }
    }

    /// A key of another type is named as such before anything else about it is held to be wrong.
    fn check_oath(self) -> Result<(), Problem> {
        for field in [Field::Type, Field::Algorithm] {
            if let Some(word) = other(self.cell(field)) {
                return Err(self.problem(field, Rejection::from(Reason::KeyNotOath).with("type", word)));
            }
        }
        Ok(())
    }

    fn serial(self) -> Result<Serial, Problem> {
        let cell = self.cell(Field::Serial);
        if let Some(damage) = damage::of_serial(cell) {
            return Err(self.problem(Field::Serial, damage));
        }
        let serial = cell.parse().map_err(|bad| self.problem(Field::Serial, serial_reason(bad)))?;
        match self.plan.habits.damage(cell, self.plan.make(self.cells)) {
            Some(damage) => Err(self.problem(Field::Serial, damage)),
            None => Ok(serial),
        }
    }

    /// A secret that a spreadsheet turned into something else must not speak for its column.
    fn check_secret(self) -> Result<(), Problem> {
        match self.cell(Field::Secret) {
            "" => Err(self.problem(Field::Secret, Reason::SecretMissing)),
            cell => damage::of_secret(cell).map_or(Ok(()), |damage| Err(self.problem(Field::Secret, damage))),
        }
    }

    /// Type, algorithm and hash may each say either; what they say must agree.
    fn kind_and_hash(self) -> Result<(Kind, Option<Algorithm>), Problem> {
        let (mut kind, mut hash) = (None, None);
        for field in [Field::Type, Field::Algorithm, Field::Hash] {
            match said(self.cell(field)) {
                Ok(Said::Nothing) => {}
                Ok(Said::Kind(word)) if kind.is_none_or(|kind| kind == word) => kind = Some(word),
                Ok(Said::Hash(word)) if hash.is_none_or(|hash| hash == word) => hash = Some(word),
                Ok(Said::Kind(_)) => return Err(self.problem(field, Reason::RowType)),
                Ok(Said::Hash(_)) => return Err(self.problem(field, Reason::RowAlgorithm)),
                Err(_) if field == Field::Type => return Err(self.problem(field, Reason::RowType)),
                Err(reason) => return Err(self.problem(field, reason)),
            }
        }
        if !matches!(self.cell(Field::CodeFormat).to_ascii_lowercase().as_str(), "" | "decimal") {
            return Err(self.problem(Field::CodeFormat, Reason::RowType));
        }
        let kind = kind.or(self.plan.usual_kind()).or_else(|| self.kind_of_filled_cells());
        match kind {
            Some(kind) => Ok((kind, hash)),
            None => Err(self.problem(Field::Type, Reason::RowTypeMissing)),
        }
    }

    /// A file with an interval and a counter column fills the one that the token has.
    fn kind_of_filled_cells(self) -> Option<Kind> {
        if !matches!(self.plan.layout, Layout::Header | Layout::Map) {
            return None;
        }
        match (self.cell(Field::Period).is_empty(), self.cell(Field::Counter).is_empty()) {
            (false, true) => Some(Kind::Totp),
            (true, false) => Some(Kind::Hotp),
            (true, true) | (false, false) => None,
        }
    }

    fn digits(self) -> Result<Digits, Problem> {
        match self.cell(Field::Digits) {
            "" => Ok(USUAL_DIGITS),
            text => digits(text).ok_or_else(|| self.problem(Field::Digits, Reason::RowDigits)),
        }
    }

    fn moving(self, kind: Kind) -> Result<Moving, Problem> {
        let moving = match (kind, self.cell(Field::Period)) {
            (Kind::Hotp, _) => return Ok(Moving::Event),
            (Kind::Totp, "") => Moving::time(USUAL_PERIOD).ok(),
            (Kind::Totp, text) => period(text),
        };
        let moving = moving.ok_or_else(|| self.problem(Field::Period, Reason::RowPeriod))?;
        match (moving, self.cell(Field::Epoch)) {
            (Moving::Time { period, .. }, text) if !text.is_empty() => {
                let epoch = epoch(text).ok_or_else(|| self.problem(Field::Epoch, Reason::RowEpoch))?;
                Ok(Moving::Time { period, epoch })
            }
            (Moving::Time { .. } | Moving::Event, _) => Ok(moving),
        }
    }

    fn counter(self, kind: Kind) -> Result<i64, Problem> {
        match (kind, self.cell(Field::Counter)) {
            (Kind::Totp, _) | (Kind::Hotp, "") => Ok(0),
            (Kind::Hotp, text) => counter(text).ok_or_else(|| self.problem(Field::Counter, Reason::RowCounter)),
        }
    }

    fn expires(self) -> Result<Option<Timestamp>, Problem> {
        match self.cell(Field::Expiry) {
            "" => Ok(None),
            text => match moment(text) {
                Some(moment) => Ok(Some(moment)),
                None => Err(self.problem(Field::Expiry, Reason::RowExpiry)),
            },
        }
    }

    fn manufacturer(self) -> Option<String> {
        name(self.cell(Field::Manufacturer)).or_else(|| name(self.cell(Field::Issuer)))
    }
}

/// Why a text is no serial.
pub(crate) fn serial_reason(bad: BadSerial) -> Reason {
    match bad {
        BadSerial::Empty => Reason::RowSerialMissing,
        BadSerial::Scientific => Reason::RowSerialScientific,
        BadSerial::TooLong | BadSerial::Character => Reason::RowSerialInvalid,
    }
}

/// Units that may stand behind a length and a time, the longer before the one that ends it.
const LENGTHS: [&str; 3] = ["digits", "digit", "桁"];
const SECONDS: [&str; 6] = ["seconds", "second", "secs", "sec", "s", "秒"];

/// Digits of a code: `6`, `6 digits`, `6桁`.
pub(crate) fn digits(text: &str) -> Option<Digits> {
    measured(text, &LENGTHS).and_then(|digits| Digits::new(digits).ok())
}

/// The clock of a token that shows a code for so many seconds: `60`, `60 sec`, `60秒`.
pub(crate) fn period(text: &str) -> Option<Moving> {
    measured(text, &SECONDS).and_then(|period| Moving::time(period).ok())
}

/// A number, with one of these units or without.
fn measured(text: &str, units: &[&str]) -> Option<u32> {
    if text.len() > 64 || is_number(text) {
        return number(text);
    }
    let plain = text.nfkc().collect::<String>().to_lowercase();
    let number_of = |unit: &&str| plain.strip_suffix(*unit).map(|rest| rest.trim_end_matches([' ', '-']));
    number(units.iter().find_map(number_of).unwrap_or(&plain))
}

/// The next counter of a button.
pub(crate) fn counter(text: &str) -> Option<i64> {
    number(text)
}

/// When a clock began to count: before the year 2100, so that milliseconds are not taken for seconds.
pub(crate) fn epoch(text: &str) -> Option<i64> {
    number(text).filter(|epoch| *epoch < LATEST_EPOCH)
}

/// A whole number from 0, full-width digits included.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    if text.len() > 64 {
        return None;
    }
    if text.is_ascii() {
        return if is_number(text) { text.parse().ok() } else { None };
    }
    let plain: String = text.nfkc().collect();
    if plain.bytes().all(|byte| byte.is_ascii_digit()) { plain.parse().ok() } else { None }
}

/// `2031-12-31T00:00:00Z`, with another zone, a blank for the T or no zone (then UTC); a day alone ends with that day.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    if text.len() > 40 {
        return None;
    }
    let text = text.replace('/', "-");
    let whole = || text.parse().ok();
    let without_zone = || format!("{text}Z").parse().ok();
    let day = || format!("{text}T23:59:59Z").parse().ok();
    whole().or_else(without_zone).or_else(day)
}

/// A name for people: no control characters, which terminals obey, and of reasonable length.
pub(crate) fn name(text: &str) -> Option<String> {
    if text.len() <= MAX_NAME && !text.contains(char::is_control) {
        return (!text.is_empty()).then(|| text.to_owned());
    }
    let name: String = text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_files_write_them() {
        for (text, expected) in [
            ("2031-12-31T01:02:03Z", "2031-12-31T01:02:03+00:00"),
            ("2031-12-31 09:00:00+09:00", "2031-12-31T00:00:00+00:00"),
            ("2031-12-31 09:00:00", "2031-12-31T09:00:00+00:00"),
            ("2031-12-31", "2031-12-31T23:59:59+00:00"),
            ("2031/1/5", "2031-01-05T23:59:59+00:00"),
        ] {
            assert_eq!(moment(text).map(|moment| moment.to_rfc3339()).as_deref(), Some(expected), "{text}");
        }
        for text in ["2031", "31.12.2031", "never", "2031-13-01", &"1".repeat(50)] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_whole_and_not_negative() {
        assert_eq!(number::<u32>("０６"), Some(6));
        for text in ["-1", "6.0", "", "+6", "6 ", "99999999999", &"1".repeat(65)] {
            assert_eq!(number::<u32>(text), None, "{text}");
        }
    }

    #[test]
    fn a_length_and_a_time_may_have_their_units() {
        for text in ["60", "60s", "60 sec", "60 Seconds", "60秒", "６０ 秒"] {
            assert_eq!(period(text), Moving::time(60).ok(), "{text}");
        }
        for text in ["6", "6桁", "６桁", "6 digits", "6-digit"] {
            assert_eq!(digits(text), Some(Digits::SIX), "{text}");
        }
        for text in ["60 min", "60 ms", "s", "sec", "6 digits long", "-60s", "60 s s"] {
            assert_eq!((period(text), digits(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn names_lose_what_terminals_obey() {
        assert_eq!(name("Acme\u{1b}[31m, Ltd").as_deref(), Some("Acme[31m, Ltd"));
        assert_eq!(name(""), None);
        assert_eq!(name(&"x".repeat(500)).map(|name| name.len()), Some(MAX_NAME));
    }
}
