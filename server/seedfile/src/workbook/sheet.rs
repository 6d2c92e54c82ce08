//! A sheet to its rows.

use tokenfleet_domain::reject::Rejection;

use crate::blocks::Budget;
use crate::workbook::cell::{self, Cell};
use crate::workbook::package::{Part, damaged, root};
use crate::workbook::place::{MAX_ROW, Place};
use crate::workbook::strings::Strings;
use crate::workbook::styles::Styles;
use crate::workbook::table::Table;
use crate::xml::Element;

/// Most merged ranges that are looked at.
const MAX_MERGED: usize = 10_000;

/// What cells refer to.
pub(super) struct Context<'a> {
    pub(super) strings: &'a Strings,
    pub(super) styles: &'a Styles,
    pub(super) is_1904: bool,
}

/// Whether any cell of a sheet holds anything.
pub(super) fn has_values(xml: &mut Part<'_, '_>) -> Result<bool, Rejection> {
    root(xml, "worksheet")?;
    while let Some(part) = xml.next_child()? {
        if part.name != "sheetData" {
            xml.skip()?;
            continue;
        }
        while xml.next_child()?.is_some() {
            while xml.next_child()?.is_some() {
                if xml.next_child()?.is_some() {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Reads a sheet into a table.
pub(super) fn read_rows(
    xml: &mut Part<'_, '_>,
    context: &Context<'_>,
    table: &mut Table,
    budget: &mut Budget,
) -> Result<(), Rejection> {
    root(xml, "worksheet")?;
    let mut merged = 0;
    while let Some(part) = xml.next_child()? {
        match part.name.as_str() {
            "sheetData" => read_data(xml, context, table, budget)?,
            "mergeCells" => {
                while let Some(element) = xml.next_child()? {
                    let range = element.attribute("ref").and_then(Place::parse_range).ok_or_else(misplaced)?;
                    merged += 1;
                    if merged > MAX_MERGED {
                        return Err(damaged(("it has too many merged cells", "結合セルが多すぎます")));
                    }
                    table.oddities.merge(range);
                    xml.skip()?;
                }
            }
            _ => xml.skip()?,
        }
    }
    Ok(())
}

fn read_data(
    xml: &mut Part<'_, '_>,
    context: &Context<'_>,
    table: &mut Table,
    budget: &mut Budget,
) -> Result<(), Rejection> {
    let mut last = 0;
    while let Some(element) = xml.next_child()? {
        let number = match element.attribute("r") {
            Some(number) => number.parse::<u32>().ok().filter(|number| *number > last).ok_or_else(misplaced)?,
            None => last + 1,
        };
        if element.name != "row" || number > MAX_ROW {
            return Err(misplaced());
        }
        let cells = read_row(xml, number, context)?;
        table.add_row(number, &cells, budget)?;
        last = number;
    }
    Ok(())
}

fn read_row(xml: &mut Part<'_, '_>, row: u32, context: &Context<'_>) -> Result<Vec<Cell>, Rejection> {
    let (mut cells, mut last) = (Vec::new(), 0);
    while let Some(element) = xml.next_child()? {
        if element.name != "c" {
            xml.skip()?;
            continue;
        }
        last = column(&element, row, last).ok_or_else(misplaced)?;
        cells.extend(cell::read(xml, &element, last, context)?);
    }
    Ok(cells)
}

/// The column of a cell, which stands behind the last one.
fn column(element: &Element, row: u32, last: u16) -> Option<u16> {
    let place = match element.attribute("r") {
        Some(name) => Place::parse(name)?,
        None => Place { row, column: last + 1 }.within()?,
    };
    (place.row == row && place.column > last).then_some(place.column)
}

fn misplaced() -> Rejection {
    damaged(("a row or cell stands where there is no place for it", "行またはセルの位置が正しくありません"))
}
