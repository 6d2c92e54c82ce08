//! The one printer: stdout is data, stderr is talk.
//!
//! Guarantees: in a format for programs stdout holds nothing but the documented data and stderr nothing but an error
//! document; text from servers and files reaches a terminal without control characters; a reader that went away is
//! success. What people read is in the characters of their locale, what programs read is UTF-8.

mod csv;
mod pager;
mod svg;
mod table;
mod talk;
mod workbook;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Write};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice, StripStream};
use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};

use crate::charset::Charset;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::words::{Complaint, Lang, Say};
use pager::Pager;
pub(crate) use svg::{Across, Picture, Up};
pub(crate) use table::pad;
use workbook::Sheet;

/// The version of the JSON contract.
const API_VERSION: &str = "tokenadm/v1";

const DONE: Style = AnsiColor::Green.on_default().bold();

/// What tells a spreadsheet that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people; may change.
    Table,
    /// One JSON document, a documented contract.
    Json,
    /// One JSON document a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// Names only, one a line.
    Name,
    /// A workbook of one sheet, for spreadsheets; not for a terminal.
    Xlsx,
    /// A picture of a report.
    Svg,
}

impl Format {
    /// The characters that data of this format is in.
    fn charset_of_data(self, locale: Charset) -> Charset {
        match self {
            Self::Table => locale,
            Self::Json | Self::Jsonl | Self::Csv | Self::Name | Self::Xlsx | Self::Svg => Charset::UTF_8,
        }
    }

    /// The characters that talk beside this format is in: errors may be documents too.
    fn charset_of_talk(self, locale: Charset) -> Charset {
        match self {
            Self::Json | Self::Jsonl => Charset::UTF_8,
            Self::Table | Self::Csv | Self::Name | Self::Xlsx | Self::Svg => locale,
        }
    }
}

/// One column of a table, and of the CSV form of the same records.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    /// The field of the record; the head of the column in CSV.
    pub(crate) key: &'static str,
    /// The head of the column for people.
    pub(crate) title: Say,
    /// How people see the value.
    pub(crate) show: fn(&Value, Lang) -> String,
}

/// What one deed came to.
pub(crate) struct Answer {
    /// What changed, for people.
    pub(crate) sentence: String,
    /// What the record is, such as `token`.
    pub(crate) noun: &'static str,
    /// The thing as it is now.
    pub(crate) record: Value,
    /// The columns of its CSV form.
    pub(crate) columns: &'static [Column],
    /// What stands beside the record in a document.
    pub(crate) beside: Vec<(&'static str, Value)>,
}

/// A list that is written page by page.
pub(crate) struct Listing {
    noun: &'static str,
    columns: Vec<Column>,
    headless: bool,
    marked: bool,
    /// Whether its first page is written.
    begun: bool,
    /// The widths of its columns in a table, by its first page.
    widths: Vec<usize>,
    held: Vec<Value>,
    /// What stands beside it in a document.
    beside: Map<String, Value>,
    /// How it is drawn, where it can be.
    picture: Option<Picture>,
}

impl Listing {
    /// A list of what `noun` names, such as `tokens`.
    pub(crate) fn new(noun: &'static str, columns: &'static [Column]) -> Self {
        Self {
            noun,
            columns: columns.to_vec(),
            headless: false,
            marked: false,
            begun: false,
            widths: Vec::new(),
            held: Vec::new(),
            beside: Map::new(),
            picture: None,
        }
    }

    /// The same list with these of all its columns, in this order, or the first that does not exist.
    pub(crate) fn with_columns<'a>(self, all: &[Column], keys: &'a [String]) -> Result<Self, &'a str> {
        let is_meant = |column: &&Column, key: &str| column.key.eq_ignore_ascii_case(key.trim());
        let column = |key: &'a String| all.iter().find(|column| is_meant(column, key)).copied().ok_or(key.as_str());
        Ok(Self { columns: keys.iter().map(column).collect::<Result<_, _>>()?, ..self })
    }

    /// The same list without its heads.
    pub(crate) fn without_heads(self) -> Self {
        Self { headless: true, ..self }
    }

    /// The same list, which is drawn like this.
    pub(crate) fn with_picture(self, picture: Picture) -> Self {
        Self { picture: Some(picture), ..self }
    }

    /// The same list with something beside it in a document.
    pub(crate) fn with_beside(mut self, key: &str, value: Value) -> Self {
        self.beside.insert(key.to_owned(), value);
        self
    }

    /// The same list, which begins with a byte order mark in CSV.
    pub(crate) fn with_mark(self) -> Self {
        Self { marked: true, ..self }
    }
}

/// Writes everything that a command has to say.
pub(crate) struct Printer {
    pub(crate) lang: Lang,
    format: Format,
    quiet: bool,
    verbose: bool,
    /// Whether a line on stderr can be rewritten.
    progress: bool,
    progress_width: usize,
    /// Whether the cursor can be put elsewhere and back.
    cursor_moves: bool,
    /// How wide the question is that the cursor stands behind; 0 where there is none.
    question_width: usize,
    told_hints: HashSet<String>,
    /// Whether the head of the answers in CSV is written.
    answers_headed: bool,
    /// The workbook that is being filled, in that format.
    sheet: Option<Sheet>,
    /// The command that lists are paged with, until one is.
    pager: Option<OsString>,
    /// The pager that reads a list now.
    paged: Option<Pager>,
    charset: Charset,
    data: Box<dyn Write>,
    talk: Box<dyn Write>,
}

/// How much a printer says, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) lang: Lang,
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) progress: bool,
}

impl Printer {
    /// A printer to stdout and stderr.
    pub(crate) fn standard(manner: Manner, color: ColorChoice) -> Self {
        let locale = Charset::of_locale();
        let (data, talk) = (AutoStream::new(io::stdout(), color), AutoStream::new(io::stderr(), color));
        let cursor_moves = talk.current_choice() == ColorChoice::AlwaysAnsi;
        let charset = manner.format.charset_of_data(locale);
        let data = match manner.format {
            Format::Table => in_charset(data, charset),
            // What programs read is left as it is, bytes of a workbook too.
            Format::Json | Format::Jsonl | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
                Box::new(io::stdout())
            }
        };
        let talk = in_charset(talk, manner.format.charset_of_talk(locale));
        Self { cursor_moves, charset, ..Self::to(manner, Box::new(io::BufWriter::new(data)), talk) }
    }

    /// The same printer, which has its lists read with this pager.
    pub(crate) fn with_pager(self, pager: Option<OsString>) -> Self {
        Self { pager, ..self }
    }

    fn to(manner: Manner, data: Box<dyn Write>, talk: Box<dyn Write>) -> Self {
        let Manner { lang, format, quiet, verbose, progress } = manner;
        let progress = progress && !quiet && format == Format::Table;
        Self {
            lang,
            format,
            quiet,
            verbose,
            progress,
            progress_width: 0,
            cursor_moves: false,
            question_width: 0,
            told_hints: HashSet::new(),
            answers_headed: false,
            sheet: None,
            pager: None,
            paged: None,
            charset: Charset::UTF_8,
            data,
            talk,
        }
    }

    /// The format for programs that was asked for, or the table.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// There will be any number of answers: documents then stand one a line.
    pub(crate) fn expect_many_answers(&mut self) {
        if self.format == Format::Json {
            self.format = Format::Jsonl;
        }
    }

    /// What one deed came to; many of them in CSV have one head.
    pub(crate) fn answer(&mut self, answer: &Answer) -> Outcome {
        match self.format {
            Format::Table => self.done(&answer.sentence),
            Format::Json | Format::Jsonl => {
                let mut fields = Map::new();
                fields.insert(answer.noun.to_owned(), answer.record.clone());
                fields.extend(answer.beside.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
                self.document(fields)
            }
            Format::Csv => {
                if !std::mem::replace(&mut self.answers_headed, true) {
                    self.data_line(&csv::head(answer.columns)?)?;
                }
                self.data_line(&csv::row(answer.columns, &answer.record)?)
            }
            Format::Name => self.name(&answer.record),
            Format::Xlsx => self.sheet(answer.noun, answer.columns, false)?.row(&answer.record),
            Format::Svg => Err(Failure::plain(Complaint::NoPicture)),
        }
    }

    /// One thing to look at.
    pub(crate) fn card(&mut self, noun: &'static str, columns: &'static [Column], record: &Value) -> Outcome {
        match self.format {
            Format::Table => table::card(columns, record, self.lang).iter().try_for_each(|line| self.data_line(line)),
            Format::Json | Format::Jsonl | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => self
                .answer(&Answer { sentence: String::new(), noun, record: record.clone(), columns, beside: Vec::new() }),
        }
    }

    /// A page of a list.
    pub(crate) fn page(&mut self, listing: &mut Listing, records: Vec<Value>) -> Outcome {
        match self.format {
            Format::Table => self.table_page(listing, &records),
            Format::Json | Format::Svg => {
                listing.held.extend(records);
                Ok(())
            }
            Format::Jsonl => records.into_iter().try_for_each(|record| self.document(as_fields(record))),
            Format::Csv => self.csv_page(listing, &records),
            Format::Name => records.iter().try_for_each(|record| self.name(record)),
            Format::Xlsx => self.sheet_page(listing, &records),
        }
    }

    /// The end of a list. A pager keeps it open until it is quit.
    pub(crate) fn finish_list(&mut self, mut listing: Listing) -> Outcome {
        match self.format {
            Format::Table => self.close_pager(),
            Format::Json => {
                let mut fields = Map::from_iter([(listing.noun.to_owned(), Value::Array(listing.held))]);
                fields.extend(listing.beside);
                self.document(fields)
            }
            Format::Svg => match listing.picture {
                Some(picture) => self.data_line(&svg::draw(&picture, &listing.held, self.lang)),
                None => Err(Failure::plain(Complaint::NoPicture)),
            },
            Format::Xlsx => {
                self.sheet_page(&mut listing, &[])?;
                self.sheet.iter_mut().for_each(Sheet::complete);
                Ok(())
            }
            Format::Jsonl | Format::Csv | Format::Name => Ok(()),
        }
    }

    /// A document of the JSON contract with these fields; whole on one line where lines are documents.
    pub(crate) fn document(&mut self, fields: Map<String, Value>) -> Outcome {
        let mut document = Map::from_iter([("apiVersion".to_owned(), json!(API_VERSION))]);
        document.extend(fields);
        let text = match self.format {
            Format::Json => format!("{:#}", Value::Object(document)),
            Format::Table | Format::Jsonl | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
                Value::Object(document).to_string()
            }
        };
        self.data_line(&text)
    }

    /// A line of data, as it is: the text of a script, a bare code.
    pub(crate) fn data_line(&mut self, text: &str) -> Outcome {
        self.clear_progress();
        match &mut self.paged {
            Some(pager) => pager.line(text),
            None => writeln!(self.data, "{text}").map_err(|error| Failure::of_output(&error)),
        }
    }

    /// Raw data, as it is.
    pub(crate) fn data_bytes(&mut self, bytes: &[u8]) -> Outcome {
        self.data.write_all(bytes).map_err(|error| Failure::of_output(&error))
    }

    /// A deed that is done, in a line for people.
    pub(crate) fn done(&mut self, sentence: &str) -> Outcome {
        self.data_line(&format!("{DONE}✓{DONE:#} {}", clean(sentence)))
    }

    /// The end of everything: writes the workbook, unless a list of it broke off, and waits until the pager is quit.
    pub(crate) fn finish(&mut self) -> Outcome {
        self.close_pager()?;
        if let Some(sheet) = self.sheet.take().filter(Sheet::is_complete) {
            self.data_bytes(&sheet.into_bytes()?)?;
        }
        self.flush()
    }

    /// Writes out what is still held back.
    pub(crate) fn flush(&mut self) -> Outcome {
        self.clear_progress();
        self.data.flush().map_err(|error| Failure::of_output(&error))
    }

    fn name(&mut self, record: &Value) -> Outcome {
        match name_of(record) {
            "" => Ok(()),
            name => self.data_line(&clean(name)),
        }
    }

    fn table_page(&mut self, listing: &mut Listing, records: &[Value]) -> Outcome {
        let rows: Vec<_> = records.iter().map(|record| table::cells(&listing.columns, record, self.lang)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        if !std::mem::replace(&mut listing.begun, true) {
            self.open_pager()?;
            let head = (!listing.headless).then(|| table::head(&listing.columns, self.lang));
            listing.widths = table::widths(&head.iter().chain(&rows).collect::<Vec<_>>());
            head.map_or(Ok(()), |head| self.data_line(&table::line(&head, &listing.widths)))?;
        }
        rows.iter().try_for_each(|row| self.data_line(&table::line(row, &listing.widths)))
    }

    fn csv_page(&mut self, listing: &mut Listing, records: &[Value]) -> Outcome {
        if !std::mem::replace(&mut listing.begun, true) {
            if listing.marked {
                self.data_bytes(BYTE_ORDER_MARK.as_bytes())?;
            }
            if !listing.headless {
                self.data_line(&csv::head(&listing.columns)?)?;
            }
        }
        records.iter().try_for_each(|record| self.data_line(&csv::row(&listing.columns, record)?))
    }

    fn sheet_page(&mut self, listing: &mut Listing, records: &[Value]) -> Outcome {
        let sheet = self.sheet(listing.noun, &listing.columns, listing.headless)?;
        if !std::mem::replace(&mut listing.begun, true) {
            sheet.begin_list();
        }
        records.iter().try_for_each(|record| sheet.row(record))
    }

    /// The sheet that is being filled; a new one where there is none.
    fn sheet(&mut self, noun: &str, columns: &[Column], headless: bool) -> Outcome<&mut Sheet> {
        let sheet = match self.sheet.take() {
            Some(sheet) => sheet,
            None => Sheet::new(noun, columns, headless, self.lang)?,
        };
        Ok(self.sheet.insert(sheet))
    }

    /// Where the shell does not understand the pager, the list is shown without one.
    fn open_pager(&mut self) -> Outcome {
        if let Some(command) = self.pager.take().filter(|command| os::is_understood(command)) {
            self.flush()?;
            self.paged = Some(Pager::start(command, self.charset)?);
        }
        Ok(())
    }

    fn close_pager(&mut self) -> Outcome {
        self.paged.take().map_or(Ok(()), Pager::finish)
    }
}

/// Text for people on its way to stdout or stderr, in the characters of their locale.
pub(crate) fn in_locale<S: RawStream + AsLockedWrite + 'static>(stream: AutoStream<S>) -> Box<dyn Write> {
    in_charset(stream, Charset::of_locale())
}

fn in_charset<S: RawStream + AsLockedWrite + 'static>(stream: AutoStream<S>, charset: Charset) -> Box<dyn Write> {
    if charset == Charset::UTF_8 {
        return Box::new(stream);
    }
    let color = stream.current_choice();
    let writer = charset.writer(stream.into_inner());
    // Escapes are looked for in the text, never in its bytes: in other sets some of those look like escapes.
    if color == ColorChoice::Never { Box::new(StripStream::new(writer)) } else { writer }
}

/// A value as it is, for people.
pub(crate) fn plain(value: &Value, _lang: Lang) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Whether something is so, for people.
pub(crate) fn yes_or_no(value: &Value, lang: Lang) -> String {
    let word = if value.as_bool() == Some(true) { Say::Yes } else { Say::No };
    word.plain(lang).to_owned()
}

/// Text from elsewhere without what could take over a terminal: control characters and marks that turn its direction.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(harmful) { Cow::Owned(text.replace(harmful, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn name_of(record: &Value) -> &str {
    record["name"].as_str().or_else(|| record["serial"].as_str()).or_else(|| record["lot"].as_str()).unwrap_or_default()
}

fn as_fields(record: Value) -> Map<String, Value> {
    match record {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::workbook::tests::cells_of;
    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    pub(crate) struct Kept(Rc<RefCell<Vec<u8>>>);

    impl Kept {
        pub(crate) fn text(&self) -> String {
            anstream::adapter::strip_str(&self.raw()).to_string()
        }

        pub(crate) fn raw(&self) -> String {
            String::from_utf8(self.bytes()).unwrap()
        }

        pub(crate) fn bytes(&self) -> Vec<u8> {
            self.0.borrow().clone()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A printer that keeps stdout and stderr.
    pub(crate) fn kept(lang: Lang, format: Format) -> (Printer, Kept, Kept) {
        let (data, talk) = (Kept::default(), Kept::default());
        let manner = Manner { lang, format, quiet: false, verbose: false, progress: false };
        (Printer::to(manner, Box::new(data.clone()), Box::new(talk.clone())), data, talk)
    }

    impl Printer {
        /// Lets the cursor move, as on a terminal.
        pub(crate) fn move_cursor(&mut self) {
            self.cursor_moves = true;
        }
    }

    const COLUMNS: &[Column] = &[
        Column { key: "serial", title: Say::HeadSerial, show: plain },
        Column { key: "model", title: Say::HeadModel, show: plain },
        Column { key: "offset", title: Say::HeadClock, show: plain },
    ];

    fn records() -> Vec<Value> {
        vec![
            json!({"name": "tokens/a~1", "serial": "1", "model": "機種あ", "offset": -14}),
            json!({"name": "tokens/a~22", "serial": "22", "model": "=1+2, \"x\"", "offset": null}),
        ]
    }

    fn listed(lang: Lang, format: Format) -> String {
        let (mut printer, data, _) = kept(lang, format);
        let mut listing = Listing::new("tokens", COLUMNS);
        printer.page(&mut listing, records()).unwrap();
        printer.page(&mut listing, vec![]).unwrap();
        printer.finish_list(listing).unwrap();
        printer.flush().unwrap();
        data.text()
    }

    #[test]
    fn a_table_counts_east_asian_characters_twice() {
        assert_eq!(
            listed(Lang::En, Format::Table),
            "SERIAL  MODEL      CLOCK\n1       機種あ     -14\n22      =1+2, \"x\"\n"
        );
        assert_eq!(
            listed(Lang::Ja, Format::Table),
            "シリアル番号  機種       時刻ずれ\n1             機種あ     -14\n22            =1+2, \"x\"\n"
        );
    }

    #[test]
    fn csv_quotes_and_never_starts_a_formula() {
        assert_eq!(listed(Lang::Ja, Format::Csv), "serial,model,offset\n1,機種あ,-14\n22,\"'=1+2, \"\"x\"\"\",\n");
    }

    #[test]
    fn csv_is_a_line_a_record_and_begins_with_a_mark_where_that_is_asked_for() {
        let (mut printer, data, _) = kept(Lang::En, Format::Csv);
        let mut listing = Listing::new("tokens", COLUMNS).with_mark();
        printer.page(&mut listing, vec![json!({"serial": "1\n2", "model": "\u{1b}[2J"})]).unwrap();
        printer.finish_list(listing).unwrap();
        printer.finish().unwrap();
        assert_eq!(data.raw(), "\u{feff}serial,model,offset\n1\u{fffd}2,\u{fffd}[2J,\n");
    }

    #[test]
    fn a_workbook_comes_out_at_the_end_and_only_where_its_list_is_whole() {
        let (mut printer, data, _) = kept(Lang::En, Format::Xlsx);
        let mut listing = Listing::new("tokens", COLUMNS);
        printer.page(&mut listing, records()).unwrap();
        printer.flush().unwrap();
        assert!(data.bytes().is_empty(), "its end may not come");
        printer.finish_list(listing).unwrap();
        printer.finish().unwrap();
        assert_eq!(cells_of(&data.bytes()).len(), 3 + 5);

        let (mut printer, data, _) = kept(Lang::En, Format::Xlsx);
        printer.page(&mut Listing::new("tokens", COLUMNS), records()).unwrap();
        printer.finish().unwrap();
        assert!(data.bytes().is_empty(), "a list that broke off");
    }

    #[test]
    fn an_empty_list_is_a_sheet_with_heads_alone() {
        let (mut printer, data, _) = kept(Lang::En, Format::Xlsx);
        printer.finish_list(Listing::new("tokens", COLUMNS)).unwrap();
        printer.finish().unwrap();
        assert_eq!(cells_of(&data.bytes()).len(), 3);
    }

    #[test]
    fn deeds_and_cards_are_rows_of_one_sheet() {
        let (mut printer, data, _) = kept(Lang::En, Format::Xlsx);
        for record in records() {
            printer.card("token", COLUMNS, &record).unwrap();
        }
        printer.finish().unwrap();
        let cells = cells_of(&data.bytes());
        let serials: Vec<_> =
            cells.iter().filter(|[place, ..]| place.starts_with('A')).map(|[.., text]| text).collect();
        assert_eq!(serials, ["SERIAL", "1", "22"]);
    }

    #[test]
    fn a_cell_is_never_cut_however_wide_it_is() {
        let (mut printer, data, _) = kept(Lang::En, Format::Table);
        let model = "x".repeat(500);
        printer.page(&mut Listing::new("tokens", COLUMNS), vec![json!({"serial": "1", "model": model})]).unwrap();
        printer.flush().unwrap();
        assert!(data.text().contains(&model));
    }

    #[test]
    fn a_list_that_a_pager_no_longer_reads_is_not_written_on() {
        let (printer, data, _) = kept(Lang::En, Format::Table);
        let mut printer = printer.with_pager(Some("head -n 1 >/dev/null".into()));
        let mut listing = Listing::new("tokens", COLUMNS);
        let ended = (0..100_000).find_map(|_| printer.page(&mut listing, records()).err()).expect("it is written on");
        assert_eq!(ended.exit(), None, "that is success");
        printer.finish().unwrap();
        assert_eq!(data.text(), "");
    }

    #[test]
    fn talk_waits_for_the_pager() {
        let folder = tempfile::tempdir().unwrap();
        let read = folder.path().join("read");
        let (printer, _, talk) = kept(Lang::En, Format::Table);
        let mut printer = printer.with_pager(Some(format!("cat >'{}'", read.display()).into()));
        printer.page(&mut Listing::new("tokens", COLUMNS), records()).unwrap();
        printer.say("all was read");
        assert_eq!(std::fs::read_to_string(read).unwrap().lines().count(), 3);
        assert_eq!(talk.text(), "all was read\n");
    }

    #[test]
    fn documents_are_not_paged() {
        for format in [Format::Json, Format::Jsonl, Format::Csv, Format::Name] {
            let (printer, data, _) = kept(Lang::En, format);
            let mut printer = printer.with_pager(Some("false".into()));
            let mut listing = Listing::new("tokens", COLUMNS);
            printer.page(&mut listing, records()).unwrap();
            printer.finish_list(listing).unwrap();
            printer.finish().unwrap();
            assert!(data.text().contains('1'), "{format:?}");
        }
    }

    #[test]
    fn names_stand_one_a_line() {
        assert_eq!(listed(Lang::En, Format::Name), "tokens/a~1\ntokens/a~22\n");
    }

    #[test]
    fn json_is_one_document_and_jsonl_one_a_line_each_with_the_version_of_the_contract() {
        let whole: Value = serde_json::from_str(&listed(Lang::En, Format::Json)).unwrap();
        assert_eq!(whole, json!({"apiVersion": "tokenadm/v1", "tokens": records()}));
        let lines = listed(Lang::En, Format::Jsonl);
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["apiVersion"], "tokenadm/v1");
        assert_eq!(lines[1]["serial"], "22");
    }

    #[test]
    fn an_empty_list_is_an_empty_document() {
        let (mut printer, data, _) = kept(Lang::En, Format::Json);
        printer.finish_list(Listing::new("tokens", COLUMNS)).unwrap();
        printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(document["tokens"], json!([]));
    }

    #[test]
    fn where_there_is_no_name_nothing_is_printed_as_one() {
        let (mut printer, data, _) = kept(Lang::En, Format::Name);
        printer.card("status", COLUMNS, &json!({"model": "x"})).unwrap();
        printer.card("token", COLUMNS, &json!({"name": "tokens/a~1"})).unwrap();
        printer.flush().unwrap();
        assert_eq!(data.text(), "tokens/a~1\n");
    }

    #[test]
    fn a_name_from_a_file_can_not_take_over_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\u{9b}"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}");
    }
}
