//! Excel workbooks (.xlsx): a sheet becomes delimited text, one line a row, so that every layout, heading and check of
//! `delimited` holds for it too. What a text can't say goes beside it: which cells were numbers, formulas or errors.
//!
//! Guarantee: no serial and no secret is taken from a cell that holds a number or a formula, since neither shows what
//! the vendor wrote. Line numbers are the sheet's own row numbers.

mod book;
mod cell;
mod checked;
mod date;
mod package;
mod place;
mod sheet;
mod strings;
mod styles;
mod table;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::ReadOptions;
use crate::archive::listing;
use crate::archive::members::Archive;
use crate::blocks::Budget;
use crate::delimited::{self, prefix::Beginning};
use crate::evidence::{Evidence, Format, Layout};
use crate::source::Opened;
use crate::workbook::book::{Book, Sheet};
use crate::workbook::checked::Checked;
use crate::workbook::package::Package;
use crate::workbook::sheet::{Context, has_values, read_rows};
use crate::workbook::strings::Strings;
use crate::workbook::styles::Styles;
use crate::workbook::table::Table;

pub(crate) use crate::workbook::package::is_office;

/// Opens a workbook; anything else that Office or OpenOffice writes as a zip is refused by its name.
pub(crate) fn open<'a>(archive: Archive, mut budget: Budget, options: &ReadOptions) -> Result<Opened<'a>, Rejection> {
    let mut package = Package::of(archive);
    let book = Book::read(&mut package)?;
    let sheet = choose(&mut package, &book, options.part.as_deref())?.clone();
    let table = read(&mut package, &book, &sheet, &mut budget, options)?;
    drop(package);

    let Table { text, oddities, .. } = table;
    let Opened { source, evidence } = delimited::open(Beginning::read_table(text)?, options)?;
    if evidence.layout == Some(Layout::Nexus) {
        // A whole row in one cell, so that no oddity of a cell could be told.
        return Err(Reason::FileFormatUnknown.into());
    }
    let evidence = Evidence { format: Format::Xlsx, text: None, part: Some(sheet.name), ..evidence };
    Ok(Opened { source: Box::new(Checked::new(source, oddities, evidence.columns)), evidence })
}

/// The sheet that somebody names, or the only one that shows anything.
fn choose<'b>(package: &mut Package, book: &'b Book, part: Option<&str>) -> Result<&'b Sheet, Rejection> {
    let names = |sheets: &[&'b Sheet]| sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>();
    if let Some(part) = part {
        let missing = || listing(Reason::ArchivePartMissing, &names(&book.sheets.iter().collect::<Vec<_>>()));
        return book.sheets.iter().find(|sheet| sheet.name == part).ok_or_else(missing);
    }
    let mut filled = Vec::new();
    for sheet in book.sheets.iter().filter(|sheet| !sheet.is_hidden) {
        if package.glance(&sheet.path, has_values)? {
            filled.push(sheet);
        }
    }
    match filled.as_slice() {
        [] => Err(Reason::FileEmpty.into()),
        [sheet] => Ok(sheet),
        sheets => Err(listing(Reason::ArchivePart, &names(sheets))),
    }
}

fn read(
    package: &mut Package,
    book: &Book,
    sheet: &Sheet,
    budget: &mut Budget,
    options: &ReadOptions,
) -> Result<Table, Rejection> {
    let strings = match &book.strings {
        Some(path) => package.read(path, |xml| Strings::read(xml, budget))?,
        None => Strings::default(),
    };
    let styles = match &book.styles {
        Some(path) => package.read(path, Styles::read)?,
        None => Styles::default(),
    };
    let context = Context { strings: &strings, styles: &styles, is_1904: book.is_1904 };
    // A map says itself where the heading is.
    let mut table = Table::new(options.column_map.is_none());
    package.read(&sheet.path, |xml| read_rows(xml, &context, &mut table, budget))?;
    table.finish(budget)?;
    Ok(table)
}
