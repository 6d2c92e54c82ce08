//! A sheet as delimited text: cells with a tab between them, and one line a row, so that lines are the sheet's rows.

use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::blocks::{Blocks, Budget};
use crate::field::{Field, heading};
use crate::secret::{SecretEncoding, decode};
use crate::wiped::push_wiped;
use crate::workbook::cell::Cell;
use crate::workbook::checked::Oddities;

/// Rows above the heading that may hold a title, a date, an address.
const MAX_ABOVE: usize = 32;

/// Bytes of a secret from which on a cell above the heading may be one. Shorter words of letters are titles.
const LEAST_SECRET: usize = 10;

/// A sheet.
pub(super) struct Table {
    pub(super) text: Blocks,
    pub(super) oddities: Oddities,
    /// Lines that were written.
    lines: u32,
    /// Rows that wait for the heading; None once it is known where that is.
    above: Option<Vec<Above>>,
}

/// A row that may stand above the heading.
struct Above {
    number: u32,
    line: Zeroizing<String>,
    may_be_key: bool,
}

impl Table {
    /// An empty one. What stands above the heading may be left out, as a title.
    pub(super) fn new(has_titles: bool) -> Self {
        let above = has_titles.then(Vec::new);
        Self { text: Blocks::default(), oddities: Oddities::default(), lines: 0, above }
    }

    /// Adds a row, which stands below all others.
    pub(super) fn add_row(&mut self, number: u32, cells: &[Cell], budget: &mut Budget) -> Result<(), Rejection> {
        for cell in cells {
            self.oddities.note(number, cell, budget)?;
        }
        let line = line_of(cells);
        let Some(above) = &mut self.above else { return self.write(number, &line, budget) };
        if is_heading(cells) {
            self.end_of_titles(budget)?;
            return self.write(number, &line, budget);
        }
        above.push(Above { number, line, may_be_key: cells.len() > 1 && cells.iter().any(may_be_secret) });
        if above.len() > MAX_ABOVE { self.finish(budget) } else { Ok(()) }
    }

    /// Writes what waits for a heading that never came.
    pub(super) fn finish(&mut self, budget: &mut Budget) -> Result<(), Rejection> {
        for row in self.above.take().into_iter().flatten() {
            self.write(row.number, &row.line, budget)?;
        }
        Ok(())
    }

    /// What stands above the heading is left out, unless it may be more than a title.
    fn end_of_titles(&mut self, budget: &mut Budget) -> Result<(), Rejection> {
        if self.above.iter().flatten().any(|row| row.may_be_key) {
            return self.finish(budget);
        }
        self.above = None;
        Ok(())
    }

    fn write(&mut self, number: u32, line: &str, budget: &mut Budget) -> Result<(), Rejection> {
        while self.lines + 1 < number {
            self.text.push(b"\n", budget)?;
            self.lines += 1;
        }
        self.text.push(line.as_bytes(), budget)?;
        self.text.push(b"\n", budget)?;
        self.lines = number;
        Ok(())
    }
}

/// Whether a row names the columns of serials and secrets.
fn is_heading(cells: &[Cell]) -> bool {
    let names = |field| cells.iter().filter_map(|cell| heading(&cell.text)).any(|heading| heading.field == field);
    names(Field::Serial) && names(Field::Secret)
}

fn may_be_secret(cell: &Cell) -> bool {
    let reads_as = |encoding| decode(&cell.text, encoding).is_ok_and(|seed| seed.len() >= LEAST_SECRET);
    !cell.text.contains(' ') && (reads_as(SecretEncoding::Hex) || reads_as(SecretEncoding::Base32))
}

fn line_of(cells: &[Cell]) -> Zeroizing<String> {
    let mut line = Zeroizing::new(String::new());
    let mut column = 1;
    for cell in cells {
        push_wiped(&mut line, &"\t".repeat(usize::from(cell.column - column)));
        column = cell.column;
        // A lone `# …` is a comment, as in a text; beside others it is the heading of a column of numbers.
        if cell.text.contains('"') || cell.text.starts_with('#') && cells.len() > 1 {
            push_wiped(&mut line, "\"");
            push_wiped(&mut line, &Zeroizing::new(cell.text.replace('"', "\"\"")));
            push_wiped(&mut line, "\"");
        } else {
            push_wiped(&mut line, &cell.text);
        }
    }
    line
}
