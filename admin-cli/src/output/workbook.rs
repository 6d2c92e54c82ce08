//! A workbook of one sheet, for spreadsheets.
//!
//! Guarantees: what is text stays text, so that no serial loses a zero and nothing is ever a formula; a moment is a date
//! cell, in Japanese time, and its head says so; rows wait in a temporary file without a name, not in memory. Nothing
//! comes out before everything is in.

use std::io;

use chrono::DateTime;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, IgnoreError, Workbook, Worksheet, XlsxError};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::{Column, clean};
use crate::failure::{Failure, Outcome};
use crate::shapes::JAPAN_SECONDS;
use crate::words::{Complaint, Lang, Say};

/// How many rows a sheet holds, its heads among them.
const ROWS_MAX: u32 = 1_048_576;
/// How wide a column gets at most, in characters; a cell may have more.
const WIDTH_MAX: u32 = 60;
/// How wide a date is, in characters.
const DATE_WIDTH: u32 = 19;
/// The room of the button that a head has for filtering, in characters.
const BUTTON_WIDTH: u32 = 3;

/// What a cell holds.
enum Cell {
    Nothing,
    Text(String),
    Number(f64),
    /// Seconds since 1970, in Japan.
    Moment(i64),
}

/// A sheet that is being filled.
pub(super) struct Sheet {
    workbook: Workbook,
    formats: Formats,
    columns: Vec<Column>,
    lang: Lang,
    /// In characters.
    widths: Vec<u32>,
    headless: bool,
    rows: u32,
    /// Whether nothing is missing.
    complete: bool,
}

struct Formats {
    head: Format,
    /// Text even where somebody edits the cell.
    text: Format,
    number: Format,
    moment: Format,
}

impl Sheet {
    /// An empty sheet with the name of what it lists.
    pub(super) fn new(noun: &str, columns: &[Column], headless: bool, lang: Lang) -> Outcome<Self> {
        let mut workbook = Workbook::new();
        workbook
            .add_worksheet_with_constant_memory()
            .and_then(|sheet| sheet.set_name(noun))
            .map_err(|error| unwritten(&error))?;
        let mut sheet = Self {
            workbook,
            formats: Formats::new(),
            columns: columns.to_vec(),
            lang,
            widths: vec![0; columns.len()],
            headless,
            rows: 0,
            complete: true,
        };
        if !headless {
            sheet.head().map_err(|error| unwritten(&error))?;
        }
        Ok(sheet)
    }

    /// Adds a record.
    pub(super) fn row(&mut self, record: &Value) -> Outcome {
        if self.rows == ROWS_MAX {
            return Err(Failure::with(Complaint::SheetFull, [("rows", &ROWS_MAX.to_string())]));
        }
        self.write(record).map_err(|error| unwritten(&error))
    }

    /// From now on rows of a list come, which may break off.
    pub(super) fn begin_list(&mut self) {
        self.complete = false;
    }

    /// The list has come to its end.
    pub(super) fn complete(&mut self) {
        self.complete = true;
    }

    /// Whether nothing is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The whole workbook.
    pub(super) fn into_bytes(mut self) -> Outcome<Vec<u8>> {
        self.finish().and_then(|()| self.workbook.save_to_buffer()).map_err(|error| unwritten(&error))
    }

    fn head(&mut self) -> Result<(), XlsxError> {
        let lang = self.lang;
        for ((at, column), width) in (0..).zip(&self.columns).zip(&mut self.widths) {
            let title = title(column, lang);
            *width = width_of(&title) + BUTTON_WIDTH;
            self.workbook.worksheet_from_index(0)?.write_string_with_format(0, at, title, &self.formats.head)?;
        }
        self.rows = 1;
        Ok(())
    }

    fn write(&mut self, record: &Value) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for ((at, column), width) in (0..).zip(&self.columns).zip(&mut self.widths) {
            let cell = cell(column, &record[column.key], self.lang);
            *width = cell.width().max(*width);
            write_cell(sheet, (self.rows, at), cell, &self.formats)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// What belongs to the sheet as a whole.
    fn finish(&mut self) -> Result<(), XlsxError> {
        let last_row = self.rows.saturating_sub(1);
        let last_column = (0..).zip(&self.columns).map(|(at, _)| at).last().unwrap_or(0);
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (at, width) in (0..).zip(&self.widths) {
            // Excel counts in digits, which are as wide as our characters; one more is the margin.
            sheet.set_column_width(at, *width.min(&WIDTH_MAX) + 1)?;
        }
        sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        if !self.headless {
            sheet.set_freeze_panes(1, 0)?;
            sheet.autofilter(0, 0, last_row, last_column)?;
        }
        Ok(())
    }
}

impl Formats {
    fn new() -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        Self {
            head: top().set_bold(),
            text: top().set_num_format("@"),
            number: top(),
            moment: top().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

impl Cell {
    fn width(&self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::Text(text) => width_of(text),
            Self::Number(number) => width_of(&number.to_string()),
            Self::Moment(_) => DATE_WIDTH,
        }
    }
}

fn write_cell(sheet: &mut Worksheet, (row, at): (u32, u16), cell: Cell, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Nothing => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, at, text, &formats.text)?;
        }
        Cell::Number(number) => {
            sheet.write_number_with_format(row, at, number, &formats.number)?;
        }
        Cell::Moment(seconds) => {
            sheet.write_datetime_with_format(row, at, ExcelDateTime::from_timestamp(seconds)?, &formats.moment)?;
        }
    }
    Ok(())
}

/// A moment and a number are what they are; everything else is what people see of it.
fn cell(column: &Column, value: &Value, lang: Lang) -> Cell {
    if let Some(number) = value.as_f64() {
        return Cell::Number(number);
    }
    let moment = value.as_str().filter(|_| is_time(column)).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    if let Some(moment) = moment {
        return Cell::Moment(moment.timestamp() + i64::from(JAPAN_SECONDS));
    }
    match clean(&(column.show)(value, lang)) {
        text if text.is_empty() => Cell::Nothing,
        text => Cell::Text(text.into_owned()),
    }
}

/// The head of a column, with the unit of what stands below it as a bare number.
fn title(column: &Column, lang: Lang) -> String {
    let title = column.title.plain(lang);
    if is_time(column) {
        Say::HeadInJapan.with(lang, &[("title", title)])
    } else if column.key.ends_with("_seconds") {
        Say::HeadInSeconds.with(lang, &[("title", title)])
    } else {
        title.to_owned()
    }
}

fn width_of(text: &str) -> u32 {
    u32::try_from(text.width()).unwrap_or(u32::MAX).min(WIDTH_MAX)
}

/// By the contract, a field of this name holds a moment or nothing.
fn is_time(column: &Column) -> bool {
    column.key.ends_with("_time")
}

fn unwritten(error: &XlsxError) -> Failure {
    Failure::of_output(&io::Error::other(error.to_string()))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Cursor, Read};

    use serde_json::json;

    use super::super::plain;
    use super::*;
    use crate::shapes::show_offset;

    const COLUMNS: &[Column] = &[
        Column { key: "serial", title: Say::HeadSerial, show: plain },
        Column { key: "model", title: Say::HeadModel, show: plain },
        Column { key: "clock_offset_seconds", title: Say::HeadClock, show: show_offset },
        Column { key: "lent_time", title: Say::HeadLentTime, show: plain },
    ];

    /// A part of a workbook.
    pub(in super::super) fn part(workbook: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Every cell of the sheet: its place, its type (text is `inlineStr`), its value.
    pub(in super::super) fn cells_of(workbook: &[u8]) -> Vec<[String; 3]> {
        let xml = part(workbook, "xl/worksheets/sheet1.xml");
        let between = |text: &str, begin: &str, end: &str| {
            let rest = text.split_once(begin).map_or("", |(_, rest)| rest);
            rest.split_once(end).map_or("", |(found, _)| found).to_owned()
        };
        let cells = xml.split("<c ").skip(1).filter_map(|cell| cell.split_once("</c>")).map(|(cell, _)| {
            let value = match between(cell, "<t>", "</t>") {
                none if none.is_empty() => between(cell, "<v>", "</v>"),
                text => text,
            };
            [between(cell, "r=\"", "\""), between(cell, "t=\"", "\""), value]
        });
        cells.collect()
    }

    fn workbook(headless: bool, lang: Lang) -> Vec<u8> {
        let mut sheet = Sheet::new("tokens", COLUMNS, headless, lang).unwrap();
        sheet
            .row(&json!({
                "serial": "0012345678901234567890",
                "model": "=1+2",
                "clock_offset_seconds": -14,
                "lent_time": "2026-11-24T16:00:30.5Z",
            }))
            .unwrap();
        sheet.row(&json!({"serial": "2.6E+10", "model": null, "clock_offset_seconds": 0, "lent_time": null})).unwrap();
        sheet.into_bytes().unwrap()
    }

    #[test]
    fn text_stays_text_numbers_are_numbers_and_moments_are_dates_in_japan() {
        let workbook = workbook(false, Lang::Ja);
        let cells = cells_of(&workbook);
        let cells: Vec<_> = cells.iter().map(|cell| cell.each_ref().map(String::as_str)).collect();
        assert_eq!(
            cells,
            [
                ["A1", "inlineStr", "シリアル番号"],
                ["B1", "inlineStr", "機種"],
                ["C1", "inlineStr", "時刻ずれ（秒）"],
                ["D1", "inlineStr", "貸出日時（日本時間）"],
                ["A2", "inlineStr", "0012345678901234567890"],
                ["B2", "inlineStr", "=1+2"],
                ["C2", "", "-14"],
                // 2026-11-25 01:00:30 in Japan; the fraction of a second is left out.
                ["D2", "", "46351.04201388889"],
                ["A3", "inlineStr", "2.6E+10"],
                ["C3", "", "0"],
            ]
        );
        assert!(!part(&workbook, "xl/worksheets/sheet1.xml").contains("<f>"), "nothing is a formula");
        let styles = part(&workbook, "xl/styles.xml");
        assert!(styles.contains(r#"formatCode="yyyy\-mm\-dd\ hh:mm:ss""#) || styles.contains("yyyy-mm-dd hh:mm:ss"));
    }

    #[test]
    fn the_sheet_is_named_and_its_heads_stay_in_sight_and_filter() {
        let workbook = workbook(false, Lang::En);
        assert!(part(&workbook, "xl/workbook.xml").contains(r#"<sheet name="tokens""#));
        let xml = part(&workbook, "xl/worksheets/sheet1.xml");
        assert!(xml.contains(r#"<pane ySplit="1" topLeftCell="A2""#), "{xml}");
        assert!(xml.contains(r#"<autoFilter ref="A1:D3""#), "{xml}");
        assert!(part(&workbook, "xl/styles.xml").contains("<b/>"), "the heads are bold");
        assert_eq!(cells_of(&workbook)[3][2], "LENT (JST)");
    }

    #[test]
    fn a_sheet_that_is_full_is_told_before_anything_is_lost() {
        let mut sheet = Sheet::new("tokens", COLUMNS, false, Lang::En).unwrap();
        sheet.rows = ROWS_MAX - 1;
        sheet.row(&json!({"serial": "1"})).unwrap();
        assert_eq!(sheet.row(&json!({"serial": "2"})).unwrap_err().reason(), "SHEET_FULL");
    }

    #[test]
    fn without_heads_nothing_is_frozen_and_the_first_record_comes_first() {
        let workbook = workbook(true, Lang::En);
        assert_eq!(cells_of(&workbook)[0], ["A1", "inlineStr", "0012345678901234567890"]);
        let xml = part(&workbook, "xl/worksheets/sheet1.xml");
        assert!(!xml.contains("<pane") && !xml.contains("<autoFilter"), "{xml}");
    }
}
