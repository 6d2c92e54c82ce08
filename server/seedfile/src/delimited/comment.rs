//! Comments among the rows. Guarantee: a row is not lost because its first cell begins with `#`, as some serials do: what
//! has the cells of a row is a problem, never passed over.

use crate::delimited::arrange::Arrangement;
use crate::delimited::cells::{Cells, split};
use crate::delimited::plan::Plan;
use crate::field::Field;
use crate::lines::Line;
use crate::secret::{SecretEncoding, decode};

/// Least bytes of a secret that would be admitted.
const SEED_BYTES: usize = 16;

/// Whether a comment has the cells of a row: a secret in any of them, or all of them and a serial.
pub(crate) fn hides_row(plan: &Plan, line: Line<'_>) -> bool {
    let Ok(cells) = split(line.text, plan.delimiter) else { return false };
    cells.iter().any(|cell| is_seed(cell)) || cells.len() == plan.columns && has_serial(plan, &cells)
}

/// Words are no seeds: hardly one has no digit.
fn is_seed(cell: &str) -> bool {
    let reads = |encoding| decode(cell, encoding).is_ok_and(|seed| seed.len() >= SEED_BYTES);
    is_one_word(cell) && SecretEncoding::ALL.into_iter().any(reads)
}

fn has_serial(plan: &Plan, cells: &Cells<'_>) -> bool {
    plan.arrangement == Arrangement::AsWritten && is_one_word(plan.cell(cells, Field::Serial).trim_start_matches('#'))
}

fn is_one_word(cell: &str) -> bool {
    cell.contains(|c: char| c.is_ascii_digit()) && !cell.contains(char::is_whitespace)
}
