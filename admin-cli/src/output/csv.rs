//! Comma-separated values, for programs and spreadsheets: always UTF-8.
//!
//! Guarantee: no cell is taken for a formula, and a record is one line.

use serde_json::Value;

use super::{Column, clean, plain};
use crate::failure::{Failure, Outcome};
use crate::words::Lang;

/// The line of heads.
pub(super) fn head(columns: &[Column]) -> Outcome<String> {
    line(columns.iter().map(|column| column.key.to_owned()))
}

/// The line of a record.
pub(super) fn row(columns: &[Column], record: &Value) -> Outcome<String> {
    line(columns.iter().map(|column| cell(&record[column.key])))
}

fn line(cells: impl Iterator<Item = String>) -> Outcome<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(cells).map_err(std::io::Error::from);
    let line = written.and_then(|()| writer.into_inner().map_err(csv::IntoInnerError::into_error));
    let line = line.map_err(|error| Failure::of_output(&error))?;
    Ok(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned())
}

/// A cell that a spreadsheet takes for text, never for a formula.
fn cell(value: &Value) -> String {
    let text = plain(value, Lang::En);
    let formula = value.is_string() && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = clean(&text);
    if formula { format!("'{text}") } else { text.into_owned() }
}
