//! The rows of a sheet, each held against what was odd about its cells. A key whose serial or secret is no plain text, or
//! whose parameters a formula worked out, becomes a problem that names the cell.

use std::iter::Peekable;
use std::vec::IntoIter;

use tokenfleet_domain::{catalogue::Reason, ids::KeyId, ids::Serial, reject::Rejection};

use crate::blocks::Budget;
use crate::delimited::remnant::Remnant;
use crate::delimited::shape::TELLING;
use crate::field::Field;
use crate::source::Source;
use crate::workbook::cell::{Cell, Odd};
use crate::workbook::place::Place;
use crate::{Column, Entry, Problem};

/// What is odd about the cells of a sheet.
#[derive(Default)]
pub(super) struct Oddities {
    /// In the order of the sheet.
    cells: Vec<(Place, Odd)>,
    merged: Vec<(Place, Place)>,
}

impl Oddities {
    /// Notes what is odd about a cell, if anything is.
    pub(super) fn note(&mut self, row: u32, cell: &Cell, budget: &mut Budget) -> Result<(), Rejection> {
        if let Some(odd) = cell.odd {
            // Twice, for a list that grows.
            budget.spend(2 * size_of::<(Place, Odd)>())?;
            self.cells.push((Place { row, column: cell.column }, odd));
        }
        Ok(())
    }

    /// Notes a range of merged cells.
    pub(super) fn merge(&mut self, range: (Place, Place)) {
        self.merged.push(range);
    }
}

/// A sheet that is being read.
pub(super) struct Checked<'a> {
    rows: Box<dyn Source + 'a>,
    /// What is odd about cells in columns that are read, in the order of the sheet.
    odd: Peekable<IntoIter<(Place, Odd)>>,
    /// Ranges of merged cells that are read, in the order of their first rows.
    merged: Peekable<IntoIter<Merged>>,
    /// The range that reaches furthest down of those that began.
    open: Option<Merged>,
}

struct Fault {
    place: Place,
    field: Field,
    reason: Reason,
}

#[derive(Clone, Copy)]
struct Merged {
    from: Place,
    to: Place,
}

impl<'a> Checked<'a> {
    /// Keeps of what is odd only what matters for the columns that are read. Where every row has its own order, that is
    /// all of this many columns.
    pub(super) fn new(rows: Box<dyn Source + 'a>, oddities: Oddities, columns: usize) -> Self {
        let has_order = rows.column(Field::Serial).is_none();
        let is_read = |column: u16| {
            if has_order {
                usize::from(column) <= columns
            } else {
                field_at(column, |field| rows.column(field)).is_some()
            }
        };
        let odd: Vec<_> = oddities.cells.into_iter().filter(|(place, _)| is_read(place.column)).collect();
        let merged = oddities.merged.into_iter().filter(|(from, to)| (from.column..=to.column).any(is_read));
        let mut merged: Vec<_> = merged.map(|(from, to)| Merged { from, to }).collect();
        merged.sort_by_key(|range| range.from.row);
        Self { rows, odd: odd.into_iter().peekable(), merged: merged.into_iter().peekable(), open: None }
    }

    /// What is wrong with the row that was given last, and in which column: with its serial rather than its secret, and
    /// with these rather than the rest.
    fn fault(&mut self, row: u32) -> Option<(Option<Column>, Rejection)> {
        let worst = self.worst_cell(row);
        while let Some(range) = self.merged.next_if(|range| range.from.row <= row) {
            if self.open.is_none_or(|open| open.to.row < range.to.row) {
                self.open = Some(range);
            }
        }
        let about = |reason: Reason, place: Place| Rejection::from(reason).with("cell", place.name());
        match worst {
            Some(Fault { field, reason: Reason::SecretSpreadsheet, .. }) => {
                Some((self.rows.place(field), Reason::SecretSpreadsheet.into()))
            }
            Some(fault) => Some((self.rows.place(fault.field), about(fault.reason, fault.place))),
            None => {
                let open = self.open.filter(|open| row <= open.to.row)?;
                let field = (open.from.column..=open.to.column).find_map(|column| self.field_at(column));
                Some((field.and_then(|field| self.rows.place(field)), about(Reason::CellMerged, open.from)))
            }
        }
    }

    fn worst_cell(&mut self, row: u32) -> Option<Fault> {
        let mut worst: Option<Fault> = None;
        while let Some((place, odd)) = self.odd.next_if(|(place, _)| place.row <= row) {
            let Some(field) = self.field_at(place.column).filter(|_| place.row == row) else { continue };
            let is_worse = worst.as_ref().is_none_or(|worst| (field as usize) < worst.field as usize);
            if let Some(reason) = reason(field, odd).filter(|_| is_worse) {
                worst = Some(Fault { place, field, reason });
            }
        }
        worst
    }

    /// What the row that was given last has in a column.
    fn field_at(&self, column: u16) -> Option<Field> {
        field_at(column, |field| self.rows.place(field))
    }
}

/// The field of a column that is read, by where fields stand; of several the one that matters most.
fn field_at(column: u16, place: impl Fn(Field) -> Option<Column>) -> Option<Field> {
    let is_there = |field: &Field| place(*field).is_some_and(|place| place.number == u32::from(column));
    Field::ALL.into_iter().filter(|field| *field != Field::UserName).find(is_there)
}

impl Source for Checked<'_> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        let Some(entry) = self.rows.next_entry()? else { return Ok(None) };
        let (line, row) = match entry {
            Entry::Key(ref key) => (key.line, &key.row),
            Entry::Problem(ref problem) | Entry::LeftOut(ref problem) => (problem.line, &problem.row),
            Entry::Withdrawn(_) => return Ok(Some(entry)),
        };
        let fault = u32::try_from(line).ok().and_then(|row| self.fault(row));
        Ok(Some(match fault {
            Some((column, why)) => Entry::Problem(Problem { line, column, why, row: row.clone() }),
            None => entry,
        }))
    }

    fn column(&self, field: Field) -> Option<Column> {
        self.rows.column(field)
    }

    fn place(&self, field: Field) -> Option<Column> {
        self.rows.place(field)
    }

    fn remnant_of(&self, serial: &Serial, key_id: &KeyId) -> Option<Remnant> {
        self.rows.remnant_of(serial, key_id)
    }
}

/// What is wrong with a cell of a column; None where nothing is.
fn reason(field: Field, odd: Odd) -> Option<Reason> {
    match (field, odd) {
        (_, Odd::Error) => Some(Reason::CellError),
        (Field::Serial, Odd::Number) => Some(Reason::RowSerialNumber),
        (Field::Secret, Odd::Number) => Some(Reason::SecretSpreadsheet),
        (field, Odd::Formula) if is_of_key(field) => Some(Reason::CellFormula),
        (Field::Serial | Field::Secret, Odd::Unwritten) => Some(Reason::CellUnwritten),
        (_, Odd::Number | Odd::Formula | Odd::Unwritten) => None,
    }
}

/// Whether a key is another one, or makes other codes, where a cell shows something else.
fn is_of_key(field: Field) -> bool {
    matches!(field, Field::Serial | Field::Secret | Field::KeyId) || TELLING.contains(&field)
}
