//! The rows of a sheet, each held against what was odd about its cells. A key whose serial or secret is no plain text
//! becomes a problem that names the cell.

use tokenfleet_domain::{catalogue::Reason, ids::KeyId, ids::Serial, reject::Rejection};

use crate::blocks::Budget;
use crate::delimited::remnant::Remnant;
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
    /// What is wrong with cells that are read, in the order of the sheet.
    faults: std::iter::Peekable<std::vec::IntoIter<Fault>>,
    /// Ranges of merged cells that are read, in the order of their first rows.
    merged: std::iter::Peekable<std::vec::IntoIter<Merged>>,
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
    last_row: u32,
    field: Field,
}

impl<'a> Checked<'a> {
    /// Keeps of what is odd only what matters for the columns that are read.
    pub(super) fn new(rows: Box<dyn Source + 'a>, oddities: Oddities) -> Self {
        let read: Vec<_> = Field::ALL
            .into_iter()
            .filter(|field| *field != Field::UserName)
            .filter_map(|field| Some((u16::try_from(rows.column(field)?.number).ok()?, field)))
            .collect();
        let fault = |(place, odd): (Place, Odd)| {
            let (_, field) = *read.iter().find(|(column, _)| *column == place.column)?;
            Some(Fault { place, field, reason: reason(field, odd)? })
        };
        let mergers = |(from, to): (Place, Place)| {
            let (_, field) = *read.iter().find(|(column, _)| (from.column..=to.column).contains(column))?;
            Some(Merged { from, last_row: to.row, field })
        };
        let faults: Vec<_> = oddities.cells.into_iter().filter_map(fault).collect();
        let mut merged: Vec<_> = oddities.merged.into_iter().filter_map(mergers).collect();
        merged.sort_by_key(|range| range.from.row);
        Self { rows, faults: faults.into_iter().peekable(), merged: merged.into_iter().peekable(), open: None }
    }

    /// What is wrong with a row: with its serial rather than its secret, and with these rather than the rest.
    fn fault(&mut self, row: u32) -> Option<(Field, Rejection)> {
        let mut worst: Option<Fault> = None;
        while let Some(fault) = self.faults.next_if(|fault| fault.place.row <= row) {
            let is_worse = worst.as_ref().is_none_or(|worst| (fault.field as usize) < worst.field as usize);
            if fault.place.row == row && is_worse {
                worst = Some(fault);
            }
        }
        while let Some(range) = self.merged.next_if(|range| range.from.row <= row) {
            if self.open.is_none_or(|open| open.last_row < range.last_row) {
                self.open = Some(range);
            }
        }
        let about = |reason: Reason, place: Place| Rejection::from(reason).with("cell", place.name());
        match worst {
            Some(Fault { field, reason: Reason::SecretSpreadsheet, .. }) => {
                Some((field, Reason::SecretSpreadsheet.into()))
            }
            Some(fault) => Some((fault.field, about(fault.reason, fault.place))),
            None => {
                let open = self.open.filter(|open| row <= open.last_row)?;
                Some((open.field, about(Reason::CellMerged, open.from)))
            }
        }
    }
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
            Some((field, why)) => {
                Entry::Problem(Problem { line, column: self.rows.column(field), why, row: row.clone() })
            }
            None => entry,
        }))
    }

    fn column(&self, field: Field) -> Option<Column> {
        self.rows.column(field)
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
        (Field::Serial | Field::Secret, Odd::Formula) => Some(Reason::CellFormula),
        (Field::Serial | Field::Secret, Odd::Unwritten) => Some(Reason::CellUnwritten),
        (_, Odd::Number | Odd::Formula | Odd::Unwritten) => None,
    }
}
