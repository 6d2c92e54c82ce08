//! The log of Yubico's personalization tool, in both of its forms, which may stand in one file. Guarantee: what a row does
//! not say is assumed only where the evidence says so.
//!
//! The traditional form has 18 cells: event, time, slot, public id, private id, secret, two access codes, three flags,
//! digits, counter, five flags. It names no serial, so the public id that stands before each code is taken for it.
//! Yubico's own, shorter form has `serial,public id,private id,secret,access code,time,`; of a button the third cell is the
//! counter, of a static password it is empty. It does not say the digits, which are 6 unless somebody chose 8, and a
//! challenge-response key looks like that of a button there which has no public id and was never pressed.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::delimited::arrange::{Arranged, filled, picked, wrong_width};
use crate::delimited::cells::Cells;
use crate::evidence::Layout;
use crate::field::Field;
use crate::foreign::{fold_word, is_number};

pub(crate) const ORDER: [Field; 6] =
    [Field::Type, Field::Serial, Field::Secret, Field::Digits, Field::Counter, Field::KeyId];

/// Cells of a row of the traditional form.
pub(crate) const COLUMNS: usize = 18;

/// Cells of it up to the counter, the last that matters.
const NEEDED: usize = 13;

const OF_TRADITIONAL: [Option<usize>; 6] = [Some(0), Some(3), Some(5), Some(11), Some(12), Some(2)];
const OF_SHORT: [Option<usize>; 6] = [Some(2), Some(0), Some(3), None, Some(2), None];

/// Cells of the shorter form that are filled at most.
const SHORT_CELLS: usize = 6;

/// Which forms a log has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    Traditional,
    /// The shorter one too, or alone.
    Short,
}

/// What a row of a log is about.
#[derive(Clone, Copy)]
enum Event {
    /// A key, by the type that our words have for it.
    Key(&'static str),
    /// Nothing that holds a key.
    Other,
}

/// Whether a row is one of either form.
pub(crate) fn is_row(cells: &Cells<'_>) -> bool {
    cells.len() > 1 && cells.first().is_some_and(|cell| event(cell).is_some()) || is_short(cells)
}

impl Log {
    /// Both are one format; but not all is said in the shorter form.
    pub(crate) fn layout(self) -> Layout {
        match self {
            Self::Traditional => Layout::Yubico,
            Self::Short => Layout::YubicoShort,
        }
    }

    pub(crate) fn arrange(self, cells: Cells<'_>, is_ended: bool) -> Result<Option<Arranged<'_>>, Rejection> {
        match (cells.first().and_then(|cell| event(cell)), self) {
            (Some(Event::Other), _) => Ok(None),
            (Some(Event::Key(kind)), _) => traditional(cells, kind, is_ended).map(Some),
            (None, _) if !is_short(&cells) || filled(&cells) > SHORT_CELLS => Err(Reason::RowLogEntry.into()),
            (None, Self::Short) => short(cells).map(Some),
            (None, Self::Traditional) => Err(Reason::RowLogForm.into()),
        }
    }
}

/// What the first cell of the traditional form names.
fn event(cell: &str) -> Option<Event> {
    let word = fold_word(cell);
    match word.as_str() {
        "oathhotp" => Some(Event::Key("hotp")),
        "yubicootp" => Some(Event::Key("yubikeyaes")),
        "loggingstart" | "configurationupdate" | "configurationswap" => Some(Event::Other),
        word if word.starts_with("staticpassword") => Some(Event::Key("static")),
        word if word.starts_with("challengeresponse") => Some(Event::Key("challengeresponse")),
        _ => None,
    }
}

fn traditional<'a>(cells: Cells<'a>, kind: &'static str, is_ended: bool) -> Result<Arranged<'a>, Rejection> {
    let found = cells.len();
    if kind == "hotp" && (found < NEEDED || !is_ended && found < COLUMNS) {
        return Err(wrong_width(found, COLUMNS, is_ended));
    }
    let mut row = picked(cells, &OF_TRADITIONAL);
    // A time of day with a comma in it moves all the others.
    if kind == "hotp" && !matches!(row.cells[5].as_ref(), "1" | "2") {
        return Err(Reason::RowLogEntry.into());
    }
    row.cells[0] = Cow::Borrowed(kind);
    Ok(row)
}

/// `508327,,0,SECRET,,2013-12-12T08:41:07,`.
pub(crate) fn is_short(cells: &Cells<'_>) -> bool {
    let cell = |at: usize| cells.get(at).map_or("", Cow::as_ref);
    is_number(cell(0)) && is_log_time(cell(5))
}

fn short(mut cells: Cells<'_>) -> Result<Arranged<'_>, Rejection> {
    let moved = std::mem::take(&mut cells[2]);
    let kind = match moved.as_ref() {
        "" => "static",
        id if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => "yubikeyaes",
        counter if is_number(counter) => "hotp",
        _ => return Err(Reason::RowLogEntry.into()),
    };
    let mut row = picked(cells, &OF_SHORT);
    row.cells[0] = Cow::Borrowed(kind);
    row.cells[3] = Cow::Borrowed("6");
    row.cells[4] = moved;
    Ok(row)
}

/// `2013-12-12T08:41:07`.
fn is_log_time(cell: &str) -> bool {
    let is_year = cell.split_once('-').is_some_and(|(year, _)| year.len() == 4 && is_number(year));
    is_year && cell.len() >= 19 && cell.as_bytes()[10] == b'T'
}
