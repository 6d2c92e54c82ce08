//! What the rows of a file have in common: how many cells they have, which columns they fill, and how their serials
//! begin. It is found in the rows of a file's beginning (128 KiB at least) and holds for all its rows.
//!
//! So a cell that was lost is missed, rather than taken for one that the vendor left to its usual value.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use crate::delimited::cells::Cells;
use crate::field::Field;
use crate::kind::Kind;

/// Fields without which a row would be read as another token.
pub(crate) const TELLING: [Field; 7] =
    [Field::Type, Field::Algorithm, Field::Hash, Field::Digits, Field::Period, Field::Epoch, Field::Counter];

/// Characters at the beginning of a serial that a series has in common.
const SERIES: usize = 3;

/// In a list whose rows may leave out what is usual, rows that fill a column for each one that does not, above which that
/// one lost its cell. Without its type a row is another token, so that fewer do.
const HARDLY_ANY: usize = 9;
const HARDLY_ANY_TYPE: usize = 3;

/// A column of the rows of a kind; None of all.
type Tallied = (Option<Kind>, usize);

/// What rows have in common.
#[derive(Default)]
pub(crate) struct Shape {
    widths: BTreeMap<usize, usize>,
    /// Rows of a kind; None of all.
    rows: HashMap<Option<Kind>, usize>,
    /// How many of them fill a column. What nobody fills costs nothing here, however many columns a heading names.
    filled: HashMap<Tallied, usize>,
    serials: HashMap<(usize, Series), usize>,
    /// Whether the format lets a row end early.
    may_end_early: bool,
}

/// The beginning and the length of a serial.
type Series = (String, usize);

impl Shape {
    /// Of a format whose rows may, or may not, leave out what is usual.
    pub(crate) fn new(may_end_early: bool) -> Self {
        Self { may_end_early, ..Self::default() }
    }

    /// Looks at one more row that has a serial and a secret.
    pub(crate) fn note(&mut self, cells: &Cells<'_>, columns: usize, kind: Option<Kind>, serial: &str) {
        *self.widths.entry(cells.len()).or_default() += 1;
        *self.serials.entry((cells.len(), series(serial))).or_default() += 1;
        for kind in [None].into_iter().chain(kind.map(Some)) {
            *self.rows.entry(kind).or_default() += 1;
            for (column, _) in cells.iter().take(columns).enumerate().filter(|(_, cell)| !cell.is_empty()) {
                *self.filled.entry((kind, column)).or_default() += 1;
            }
        }
    }

    /// Whether rows usually fill a column: where one does not, a cell was lost.
    pub(crate) fn fills(&self, kind: Option<Kind>, column: usize) -> bool {
        let for_each = match (self.may_end_early, kind) {
            (false, _) => 1,
            (true, None) => HARDLY_ANY_TYPE,
            (true, Some(_)) => HARDLY_ANY,
        };
        let filled = self.filled.get(&(kind, column)).copied().unwrap_or_default();
        let empty = self.rows.get(&kind).copied().unwrap_or_default() - filled;
        is_usually_filled(filled, empty, for_each)
    }

    /// Whether rows usually fill this column or one behind it.
    pub(crate) fn fills_from(&self, kind: Option<Kind>, column: usize) -> bool {
        self.filled.keys().any(|(known, at)| *known == kind && *at >= column && self.fills(kind, *at))
    }

    /// How many cells most rows have; of equals the most.
    pub(crate) fn width(&self) -> Option<usize> {
        self.widths.iter().max_by_key(|(width, rows)| (**rows, **width)).map(|(width, _)| *width)
    }

    /// Whether a serial begins like those of whole rows and is as long.
    pub(crate) fn is_of_series(&self, serial: &str) -> bool {
        self.like(serial) > 0
    }

    /// The same where the serial may be one of these itself.
    pub(crate) fn is_usual_series(&self, serial: &str) -> bool {
        self.like(serial) > 1
    }

    fn like(&self, serial: &str) -> usize {
        let rows = self.width().and_then(|width| self.serials.get(&(width, series(serial))));
        rows.copied().unwrap_or_default()
    }
}

/// Half of the rows are enough where every row is written alike, more than so many for each are where not.
fn is_usually_filled(filled: usize, empty: usize, for_each: usize) -> bool {
    if for_each > 1 { filled > for_each * empty } else { filled > 0 && filled >= empty }
}

fn series(serial: &str) -> Series {
    let plain: Vec<char> = serial.nfkc().take(64).flat_map(char::to_lowercase).collect();
    (plain.iter().take(SERIES).collect(), plain.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delimited::cells::{Delimiter, split};

    fn shape(may_end_early: bool, rows: &[&str]) -> Shape {
        let mut shape = Shape::new(may_end_early);
        for row in rows {
            let cells = split(row, Delimiter::Comma).unwrap();
            shape.note(&cells, 4, Some(Kind::Totp), &cells[0]);
        }
        shape
    }

    #[test]
    fn a_column_is_filled_where_most_rows_fill_it() {
        let found = shape(false, &["a,b,60,x", "a,b,60", "a,b,"]);
        let filled = |shape: &Shape| [0, 1, 2, 3].map(|column| shape.fills(None, column));
        assert_eq!(filled(&found), [true, true, true, false]);
        assert!(found.fills(Some(Kind::Totp), 2) && !found.fills(Some(Kind::Hotp), 2));
        assert_eq!(filled(&shape(true, &["a,b,60", "a,b,60", "a,b"])), [true, true, false, false]);
        assert_eq!(filled(&shape(true, &["a,b,60", "a,b,60", "a,b,60", "a,b,60", "a,b"])), [true, true, true, false]);
        let fills_of_kind =
            |rows: usize| shape(true, &[&vec!["a,b,60"; rows][..], &["a,b"]].concat()).fills(Some(Kind::Totp), 2);
        assert!(!fills_of_kind(9) && fills_of_kind(10), "what does not change the kind is usual for more rows");
        assert_eq!(filled(&Shape::default()), [false; 4]);
    }

    #[test]
    fn the_usual_width_and_series_are_those_of_most_rows() {
        let found = shape(false, &["2601,b,c", "2602,b,c", "9901,b"]);
        assert_eq!(found.width(), Some(3));
        assert!(found.is_of_series("2609") && !found.is_of_series("9901") && !found.is_of_series("26099"));
        assert_eq!(shape(false, &["a,b", "a,b,c"]).width(), Some(3));
        assert_eq!(Shape::default().width(), None);
    }
}
