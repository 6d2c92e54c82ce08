//! Formats whose cells mean something only after another look: the order of a row depends on its first cell, or a cell
//! holds several values. Each row is put into one order, so that everything else here knows no such formats.
//!
//! Guarantee: a row that is none of its format's is a problem, never read by the order of another.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::delimited::cells::Cells;
use crate::delimited::inventory::{self, Inventory};
use crate::delimited::yubico::{self, Log};
use crate::delimited::{nexus, phenixid};
use crate::field::Field;

/// Most cells of an order.
pub(crate) const WIDTH: usize = 8;

/// Where in its line each cell of an order stands, from 1, or 0 where nowhere.
pub(crate) type Numbers = [u32; WIDTH];

/// How the cells of a row come into the order of their plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// They stand in it.
    AsWritten,
    Yubico(Log),
    Rcdevs(Inventory),
    PhenixId,
    Nexus,
}

/// The cells of a row in the order of their plan.
pub(crate) struct Arranged<'a> {
    pub(crate) cells: Cells<'a>,
    /// Where each of them stands; None where they stand as they are.
    pub(crate) numbers: Option<Numbers>,
}

impl Arrangement {
    /// Puts a row in order; None of one that holds no key.
    pub(crate) fn arrange(self, cells: Cells<'_>, is_ended: bool) -> Result<Option<Arranged<'_>>, Rejection> {
        match self {
            Self::AsWritten => Ok(Some(Arranged { cells, numbers: None })),
            Self::Yubico(log) => log.arrange(cells, is_ended),
            Self::Rcdevs(inventory) => inventory.arrange(cells, is_ended).map(Some),
            Self::PhenixId => phenixid::arrange(cells, is_ended).map(Some),
            Self::Nexus => nexus::arrange(cells, is_ended).map(Some),
        }
    }

    /// The order; None where the plan has its own.
    pub(crate) fn order(self) -> Option<&'static [Field]> {
        match self {
            Self::AsWritten => None,
            Self::Yubico(_) => Some(&yubico::ORDER),
            Self::Rcdevs(_) => Some(&inventory::ORDER),
            Self::PhenixId => Some(&phenixid::ORDER),
            Self::Nexus => Some(&nexus::ORDER),
        }
    }

    /// Cells of a whole row as it is written; None where the plan knows.
    pub(crate) fn columns(self) -> Option<usize> {
        match self {
            Self::AsWritten => None,
            Self::Yubico(_) => Some(yubico::COLUMNS),
            Self::Rcdevs(inventory) => Some(inventory.columns()),
            Self::PhenixId => Some(phenixid::COLUMNS),
            Self::Nexus => Some(nexus::ORDER.len()),
        }
    }
}

/// Takes the cells of an order from where they stand, from 0.
pub(crate) fn picked<'a>(mut cells: Cells<'a>, from: &[Option<usize>]) -> Arranged<'a> {
    let mut numbers = [0; WIDTH];
    for (number, at) in numbers.iter_mut().zip(from) {
        *number = at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or_default();
    }
    let mut take = |at: usize| cells.get_mut(at).map(std::mem::take).unwrap_or_default();
    let cells = from.iter().map(|at| at.map_or(Cow::Borrowed(""), &mut take)).collect();
    Arranged { cells, numbers: Some(numbers) }
}

/// The cells up to the last that is filled.
pub(crate) fn filled(cells: &Cells<'_>) -> usize {
    cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1)
}

/// A row of another width than its format has. The last line of a file that lacks its end was cut off.
pub(crate) fn wrong_width(found: usize, expected: usize, is_ended: bool) -> Rejection {
    let reason = if is_ended || found > expected { Reason::RowColumns } else { Reason::RowCutOff };
    Rejection::from(reason).with("found", found.to_string()).with("expected", expected.to_string())
}
