//! PhenixID's list: `TOTP;serial;hash;seed;epoch;interval;digits`, `HOTP;serial;seed;counter`, and without a type
//! `serial;seed;counter`, which is a button.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::delimited::arrange::{Arranged, filled, picked, wrong_width};
use crate::delimited::cells::Cells;
use crate::field::Field;
use crate::foreign::fold_word;

pub(crate) const ORDER: [Field; 8] = [
    Field::Type,
    Field::Serial,
    Field::Hash,
    Field::Secret,
    Field::Epoch,
    Field::Period,
    Field::Digits,
    Field::Counter,
];

/// Cells of a clock's row, the longest.
pub(crate) const COLUMNS: usize = 7;

const CLOCK: [Option<usize>; 8] = [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), None];
const BUTTON: [Option<usize>; 8] = [Some(0), Some(1), None, Some(2), None, None, None, Some(3)];
const UNTYPED: [Option<usize>; 8] = [None, Some(0), None, Some(1), None, None, None, Some(2)];

/// Whether a row begins as this list's do.
pub(crate) fn is_typed(cells: &Cells<'_>) -> bool {
    let kind = cells.first().map_or_else(String::new, |cell| fold_word(cell));
    match kind.as_str() {
        "totp" => filled(cells) == 7,
        "hotp" => filled(cells) == 4,
        _ => false,
    }
}

pub(crate) fn arrange(cells: Cells<'_>, is_ended: bool) -> Result<Arranged<'_>, Rejection> {
    let found = filled(&cells);
    let kind = cells.first().map_or_else(String::new, |cell| fold_word(cell));
    let (from, expected) = match kind.as_str() {
        "totp" => (CLOCK, 7),
        "hotp" => (BUTTON, 4),
        _ if found == 3 => (UNTYPED, 3),
        _ => return Err(Reason::RowType.into()),
    };
    if found != expected {
        return Err(wrong_width(found, expected, is_ended));
    }
    let mut row = picked(cells, &from);
    if from == UNTYPED {
        row.cells[0] = Cow::Borrowed("hotp");
    }
    Ok(row)
}
