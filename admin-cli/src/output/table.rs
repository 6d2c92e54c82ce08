//! Tables and cards, for people.
//!
//! A cell is never cut, since half a serial is another serial; a table that is wider than the terminal is broken by the
//! terminal, and `--columns` makes it narrower. Widths are counted in cells of a terminal: an East Asian character takes
//! two, and one whose width is ambiguous (`±`, `→`) takes one, as terminals of today have it.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::{Column, clean};
use crate::words::Lang;

/// Text with blanks behind it, so that it is so wide on a terminal.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The heads of the columns.
pub(super) fn head(columns: &[Column], lang: Lang) -> Vec<String> {
    columns.iter().map(|column| column.title.plain(lang).to_owned()).collect()
}

/// The cells of a record.
pub(super) fn cells(columns: &[Column], record: &Value, lang: Lang) -> Vec<String> {
    columns.iter().map(|column| clean(&(column.show)(&record[column.key], lang)).into_owned()).collect()
}

/// How wide the columns are in which all these rows have room.
pub(super) fn widths(rows: &[&Vec<String>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, |row| row.len());
    (0..columns).map(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or(0)).collect()
}

/// The line of a row.
pub(super) fn line(row: &[String], widths: &[usize]) -> String {
    let padded: Vec<_> = row.iter().zip(widths).map(|(cell, width)| pad(cell, *width)).collect();
    padded.join("  ").trim_end().to_owned()
}

/// The lines of a card: what is there of a record, one thing a line.
pub(super) fn card(columns: &[Column], record: &Value, lang: Lang) -> Vec<String> {
    let (head, cells) = (head(columns, lang), cells(columns, record, lang));
    let lines: Vec<_> = head.iter().zip(&cells).filter(|(_, cell)| !cell.is_empty()).collect();
    let width = lines.iter().map(|(title, _)| title.width()).max().unwrap_or(0);
    lines.iter().map(|(title, cell)| format!("{}  {cell}", pad(title, width))).collect()
}
