//! The one printer: stdout is data, stderr is talk.
//!
//! Guarantees: in a format for programs stdout holds nothing but the documented data and stderr nothing but an error
//! document; text from servers and files reaches a terminal without control characters; a reader that went away is
//! success.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use crate::failure::{Description, Failure, Outcome};
use crate::words::{Lang, Say};

/// The version of the JSON contract.
const API_VERSION: &str = "tokenadm/v1";

const ERROR: Style = AnsiColor::Red.on_default().bold();
const DONE: Style = AnsiColor::Green.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const LABEL: Style = AnsiColor::Cyan.on_default().bold();

/// Makes a terminal remember where the cursor is (DECSC), and go back there (DECRC).
const KEEP_CURSOR: &str = "\x1b7";
const TO_KEPT_CURSOR: &str = "\x1b8";

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
    widths: Option<Vec<usize>>,
    held: Vec<Value>,
}

impl Listing {
    /// A list of what `noun` names, such as `tokens`.
    pub(crate) fn new(noun: &'static str, columns: &'static [Column]) -> Self {
        Self { noun, columns: columns.to_vec(), headless: false, widths: None, held: Vec::new() }
    }

    /// The same list with these of all its columns, in this order, or the first that does not exist.
    pub(crate) fn with_columns<'a>(self, all: &[Column], keys: &'a [String]) -> Result<Self, &'a str> {
        let column = |key: &'a String| all.iter().find(|column| column.key == key).copied().ok_or(key.as_str());
        Ok(Self { columns: keys.iter().map(column).collect::<Result<_, _>>()?, ..self })
    }

    /// The same list without its heads.
    pub(crate) fn without_heads(self) -> Self {
        Self { headless: true, ..self }
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
    pub(crate) fn standard(manner: Manner, color: anstream::ColorChoice) -> Self {
        let data = io::BufWriter::new(anstream::AutoStream::new(io::stdout(), color));
        let talk = anstream::AutoStream::new(io::stderr(), color);
        let cursor_moves = talk.current_choice() == anstream::ColorChoice::AlwaysAnsi;
        Self { cursor_moves, ..Self::to(manner, Box::new(data), Box::new(talk)) }
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
                    self.csv_head(answer.columns)?;
                }
                self.csv_row(answer.columns, &answer.record)
            }
            Format::Name => match name_of(&answer.record) {
                "" => Ok(()),
                name => self.data_line(name),
            },
        }
    }

    /// One thing to look at.
    pub(crate) fn card(&mut self, noun: &'static str, columns: &'static [Column], record: &Value) -> Outcome {
        match self.format {
            Format::Table => self.card_lines(columns, record),
            Format::Json | Format::Jsonl | Format::Csv | Format::Name => self.answer(&Answer {
                sentence: String::new(),
                noun,
                record: record.clone(),
                columns,
                beside: Vec::new(),
            }),
        }
    }

    /// A page of a list.
    pub(crate) fn page(&mut self, listing: &mut Listing, records: Vec<Value>) -> Outcome {
        match self.format {
            Format::Table => self.table_page(listing, &records),
            Format::Json => {
                listing.held.extend(records);
                Ok(())
            }
            Format::Jsonl => records.into_iter().try_for_each(|record| self.document(as_fields(record))),
            Format::Csv => {
                if listing.widths.replace(Vec::new()).is_none() && !listing.headless {
                    self.csv_head(&listing.columns)?;
                }
                records.iter().try_for_each(|record| self.csv_row(&listing.columns, record))
            }
            Format::Name => {
                let names = records.iter().map(name_of).filter(|name| !name.is_empty());
                names.into_iter().try_for_each(|name| self.data_line(name))
            }
        }
    }

    /// The end of a list.
    pub(crate) fn finish_list(&mut self, listing: Listing) -> Outcome {
        match self.format {
            Format::Json => self.document(Map::from_iter([(listing.noun.to_owned(), Value::Array(listing.held))])),
            Format::Table | Format::Jsonl | Format::Csv | Format::Name => Ok(()),
        }
    }

    /// A document of the JSON contract with these fields; whole on one line where lines are documents.
    pub(crate) fn document(&mut self, fields: Map<String, Value>) -> Outcome {
        let mut document = Map::from_iter([("apiVersion".to_owned(), json!(API_VERSION))]);
        document.extend(fields);
        let text = match self.format {
            Format::Json => format!("{:#}", Value::Object(document)),
            Format::Table | Format::Jsonl | Format::Csv | Format::Name => Value::Object(document).to_string(),
        };
        self.data_line(&text)
    }

    /// A line of data, as it is: the text of a script, a bare code.
    pub(crate) fn data_line(&mut self, text: &str) -> Outcome {
        self.clear_progress();
        writeln!(self.data, "{text}").map_err(|error| Failure::of_output(&error))
    }

    /// Raw data, as it is.
    pub(crate) fn data_bytes(&mut self, bytes: &[u8]) -> Outcome {
        self.data.write_all(bytes).map_err(|error| Failure::of_output(&error))
    }

    /// A deed that is done, in a line for people.
    pub(crate) fn done(&mut self, sentence: &str) -> Outcome {
        self.data_line(&format!("{DONE}✓{DONE:#} {}", clean(sentence)))
    }

    /// A line of talk.
    pub(crate) fn say(&mut self, text: &str) {
        if self.talks() {
            let text = clean(text).into_owned();
            self.talk_line(&text);
        }
    }

    /// A line of talk that wants attention.
    pub(crate) fn warn(&mut self, text: &str) {
        if self.talks() {
            let text = format!("{WARNING}!{WARNING:#} {}", clean(text));
            self.talk_line(&text);
        }
    }

    /// A line of talk after a label, such as the next command.
    pub(crate) fn label(&mut self, label: Say, text: &str) {
        if self.talks() {
            self.labelled(label, text);
        }
    }

    /// A line that only -v shows.
    pub(crate) fn detail(&mut self, text: &str) {
        if self.verbose {
            self.say(text);
        }
    }

    /// Rewrites the line that says how far something is, where there is such a line.
    pub(crate) fn progress(&mut self, text: &str) {
        if self.progress {
            self.clear_progress();
            self.progress_width = text.width();
            let text = clean(text).into_owned();
            self.write_talk(&text);
        }
    }

    /// Ends the line that is rewritten, without a trace.
    pub(crate) fn clear_progress(&mut self) {
        if self.progress_width > 0 {
            let blank = format!("\r{}\r", " ".repeat(self.progress_width));
            self.progress_width = 0;
            self.write_talk(&blank);
        }
    }

    /// A question; the cursor stays behind it until it is answered.
    pub(crate) fn question(&mut self, text: &str) {
        self.clear_progress();
        self.question_width = text.width();
        let text = clean(text).into_owned();
        self.write_talk(&text);
    }

    /// Words the open question anew, in its place. What was typed behind it stays where it is, so the new words have the
    /// room of the old ones; where the cursor can't be moved the question stays as it was.
    pub(crate) fn reword_question(&mut self, text: &str) {
        if self.cursor_moves && (1..=self.question_width).contains(&text.width()) {
            let text = pad(&clean(text), self.question_width);
            self.write_talk(&format!("{KEEP_CURSOR}\r{text}{TO_KEPT_CURSOR}"));
        }
    }

    /// The question was answered, and with it the line was ended.
    pub(crate) fn answered(&mut self) {
        self.question_width = 0;
    }

    /// A line to somebody who was asked, in whatever format.
    pub(crate) fn reply(&mut self, text: &str) {
        let text = clean(text).into_owned();
        self.talk_line(&text);
    }

    /// A row of a file that is refused; in a format for programs it stands in the document instead.
    pub(crate) fn refused_row(&mut self, place: &str, message: &str, code: &str, hint: &str) {
        if self.format != Format::Table {
            return;
        }
        let text = format!("{}{} {}   [{}]", self.error_label(), clean(place), clean(message), clean(code));
        self.talk_line(&text);
        if !hint.is_empty() && self.told_hints.insert(hint.to_owned()) {
            self.hint(hint);
        }
    }

    /// A failure, for people or for programs.
    pub(crate) fn complain(&mut self, failure: &Failure) {
        let Some(description) = failure.describe(self.lang) else { return };
        match self.format {
            Format::Json | Format::Jsonl => {
                let text = description.document().to_string();
                self.talk_line(&text);
            }
            Format::Table | Format::Csv | Format::Name => self.complain_in_words(&description),
        }
    }

    /// Writes out what is still held back.
    pub(crate) fn flush(&mut self) -> Outcome {
        self.clear_progress();
        self.data.flush().map_err(|error| Failure::of_output(&error))
    }

    fn complain_in_words(&mut self, description: &Description) {
        let Description { message, code, reason, hint, request_id, .. } = description;
        let text = format!("{}{}   [{} {}]", self.error_label(), clean(message), clean(code), clean(reason));
        self.talk_line(&text);
        if !hint.is_empty() {
            self.hint(hint);
        }
        if !request_id.is_empty() && (self.verbose || description.concerns_the_server()) {
            self.labelled(Say::RequestOfServer, request_id);
        }
    }

    fn error_label(&self) -> String {
        format!("{ERROR}{}{ERROR:#}{}", Say::Error.plain(self.lang), Say::LabelSeparator.plain(self.lang))
    }

    fn hint(&mut self, hint: &str) {
        self.labelled(Say::Hint, hint);
    }

    fn labelled(&mut self, label: Say, text: &str) {
        let (label, colon) = (label.plain(self.lang), Say::LabelSeparator.plain(self.lang));
        let text = format!("{LABEL}{label}{LABEL:#}{colon}{}", clean(text));
        self.talk_line(&text);
    }

    fn talks(&self) -> bool {
        !self.quiet && self.format == Format::Table
    }

    fn talk_line(&mut self, text: &str) {
        self.clear_progress();
        let break_off = if std::mem::take(&mut self.question_width) > 0 { "\n" } else { "" };
        self.write_talk(&format!("{break_off}{text}\n"));
    }

    /// Talk that can't be said is no failure: the data is what counts.
    fn write_talk(&mut self, text: &str) {
        drop(self.data.flush());
        drop(self.talk.write_all(text.as_bytes()).and_then(|()| self.talk.flush()));
    }

    fn card_lines(&mut self, columns: &[Column], record: &Value) -> Outcome {
        let lang = self.lang;
        let lines: Vec<_> = columns
            .iter()
            .map(|column| (column.title.plain(lang), (column.show)(&record[column.key], lang)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let width = lines.iter().map(|(title, _)| title.width()).max().unwrap_or(0);
        lines.iter().try_for_each(|(title, value)| self.data_line(&format!("{}  {}", pad(title, width), clean(value))))
    }

    fn table_page(&mut self, listing: &mut Listing, records: &[Value]) -> Outcome {
        let lang = self.lang;
        let rows: Vec<Vec<String>> = records.iter().map(|record| cells(&listing.columns, record, lang)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        if listing.widths.is_none() {
            let title = |column: &Column| if listing.headless { "" } else { column.title.plain(lang) }.to_owned();
            let head: Vec<String> = listing.columns.iter().map(title).collect();
            let widths = widths(&head, &rows);
            if !listing.headless {
                self.data_line(&row_line(&head, &widths))?;
            }
            listing.widths = Some(widths);
        }
        let widths = listing.widths.as_deref().unwrap_or_default();
        rows.iter().try_for_each(|row| self.data_line(&row_line(row, widths)))
    }

    fn csv_head(&mut self, columns: &[Column]) -> Outcome {
        self.csv_line(columns.iter().map(|column| column.key.to_owned()))
    }

    fn csv_row(&mut self, columns: &[Column], record: &Value) -> Outcome {
        self.csv_line(columns.iter().map(|column| csv_cell(&record[column.key])))
    }

    fn csv_line(&mut self, cells: impl Iterator<Item = String>) -> Outcome {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = writer.write_record(cells).map_err(std::io::Error::from);
        let line = written.and_then(|()| writer.into_inner().map_err(csv::IntoInnerError::into_error));
        let line = line.map_err(|error| Failure::of_output(&error))?;
        self.data_line(String::from_utf8_lossy(&line).trim_end_matches('\n'))
    }
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

fn cells(columns: &[Column], record: &Value, lang: Lang) -> Vec<String> {
    columns.iter().map(|column| clean(&(column.show)(&record[column.key], lang)).into_owned()).collect()
}

fn widths(head: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let widest = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
    head.iter().enumerate().map(|(at, title)| title.width().max(widest(at))).collect()
}

fn row_line(row: &[String], widths: &[usize]) -> String {
    let padded: Vec<_> = row.iter().zip(widths).map(|(cell, width)| pad(cell, *width)).collect();
    padded.join("  ").trim_end().to_owned()
}

/// Blanks up to a width in terminal cells, of which an East Asian character takes two.
/// Text with blanks behind it, so that it is so wide on a terminal.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A cell that a spreadsheet takes for text, never for a formula.
fn csv_cell(value: &Value) -> String {
    let text = plain(value, Lang::En);
    let formula = value.is_string() && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{text}") } else { text }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::failure::tests::refusal;
    use crate::words::Complaint;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    pub(crate) struct Kept(Rc<RefCell<Vec<u8>>>);

    impl Kept {
        pub(crate) fn text(&self) -> String {
            anstream::adapter::strip_str(&self.raw()).to_string()
        }

        pub(crate) fn raw(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
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
    fn a_failure_is_followed_by_its_hint_in_the_callers_language() {
        let failure = Failure::with(Complaint::TargetAmbiguous, [("target", "0123456789")]);
        let (mut english, data, talk) = kept(Lang::En, Format::Table);
        english.complain(&failure);
        assert_eq!(
            talk.text(),
            "error: 0123456789 is both a serial and the ID of somebody who holds a token   [TF-9011 TARGET_AMBIGUOUS]\n\
             hint: say which: --serial or --user\n"
        );
        assert_eq!(data.text(), "", "talk is not data");
        let (mut japanese, _, talk) = kept(Lang::Ja, Format::Table);
        japanese.complain(&failure);
        assert_eq!(
            talk.text(),
            "エラー: 0123456789 はシリアル番号としても，貸出中の共通IDとしても存在します   [TF-9011 TARGET_AMBIGUOUS]\n\
             ヒント: --serial か --user を付けてください\n"
        );
    }

    #[test]
    fn a_fault_of_the_server_comes_with_the_id_to_tell() {
        let complained = |lang, code, reason| {
            let (mut printer, _, talk) = kept(lang, Format::Table);
            printer.complain(&Failure::of_status(&refusal(code, "TF-0000", reason)));
            talk.text()
        };
        let text = complained(Lang::En, tonic::Code::Internal, "INTERNAL");
        assert!(text.ends_with("\nrequest: 4711\n"), "{text}");
        let text = complained(Lang::Ja, tonic::Code::Unavailable, "UNKNOWN_OUTCOME");
        assert!(text.ends_with("\n要求番号: 4711\n"), "{text}");
        let text = complained(Lang::En, tonic::Code::FailedPrecondition, "CODE_WRONG");
        assert!(!text.contains("4711"), "{text}");
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
    fn a_question_is_worded_anew_around_what_was_typed() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        printer.question("in 10 s: ");
        printer.reword_question("in 9 s: ");
        assert_eq!(talk.raw(), "in 10 s: ", "where the cursor stays, the question does");
        printer.move_cursor();
        printer.reword_question("in 9 s: ");
        assert_eq!(talk.raw(), "in 10 s: \u{1b}7\rin 9 s:  \u{1b}8");
        printer.reword_question("longer than before: ");
        printer.answered();
        printer.reword_question("in 8 s: ");
        assert_eq!(talk.raw(), "in 10 s: \u{1b}7\rin 9 s:  \u{1b}8");
    }

    #[test]
    fn with_json_stderr_holds_nothing_but_the_error_document() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Json);
        printer.say("Reading");
        printer.label(Say::Next, "tokenadm assign");
        printer.warn("look");
        printer.refused_row("seeds.csv line 17", "odd", "TF-1204", "ask");
        printer.complain(&Failure::plain(Complaint::Interrupted));
        let document: Value = serde_json::from_str(&talk.text()).unwrap();
        assert_eq!(document["exit_code"], 130);
        assert_eq!(document["error"]["code"], "TF-9026");
    }

    #[test]
    fn a_hint_of_many_rows_is_told_once() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        printer.refused_row("seeds.csv line 17:", "odd", "TF-1204", "ask the vendor");
        printer.refused_row("seeds.csv line 18:", "odd", "TF-1204", "ask the vendor");
        assert_eq!(
            talk.text(),
            "error: seeds.csv line 17: odd   [TF-1204]\nhint: ask the vendor\nerror: seeds.csv line 18: odd   [TF-1204]\n"
        );
    }

    #[test]
    fn a_name_from_a_file_can_not_take_over_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\u{9b}"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}");
    }
}
