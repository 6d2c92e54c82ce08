//! The beginning of a file: kept in memory so that it can be looked at twice, first to decide how to read the file, then
//! to read it.

use std::io::{Chain, Cursor, Read};

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
use zeroize::Zeroizing;

use crate::ReadOptions;
use crate::delimited::cells::{Cells, Delimiter, declared_delimiter, split};
use crate::delimited::damage::{Habits, Serials};
use crate::delimited::lengths::{Lengths, Secrets};
use crate::delimited::looks_like_base64;
use crate::delimited::map::MAX_COLUMN;
use crate::delimited::mapped::{self, First};
use crate::delimited::plan::{Plan, Told, is_any_heading, recognise};
use crate::delimited::remnant::{LineEnd, Writing, kept_of_heading};
use crate::delimited::row::Row;
use crate::delimited::shape::Shape;
use crate::delimited::unread::Values;
use crate::evidence::{Because, Layout, TextEncoding};
use crate::field::Field;
use crate::foreign::oath_version;
use crate::lines::{Line, Lines, read_up_to};
use crate::secret::{SecretEncoding, Vote, vote};
use crate::text::Text;

/// What is read to know the format: two lines of the greatest length fit into it.
const FORMAT_BYTES: usize = 128 * 1024;

/// What is read to know the encoding of secrets.
const ENCODING_BYTES: usize = 4 * 1024 * 1024;

/// Rows that are looked at to know the format.
const FORMAT_ROWS: usize = 64;

/// The whole file again, its beginning from memory.
pub(crate) type Replayed<R> = Chain<Cursor<Zeroizing<Vec<u8>>>, Text<R>>;

/// The beginning of an input, as UTF-8.
pub(crate) struct Beginning<R> {
    input: Text<R>,
    bytes: Zeroizing<Vec<u8>>,
    is_whole: bool,
    /// What stands between its cells, where that is known before it is read.
    delimiter: Option<Delimiter>,
}

impl<R: Read> Beginning<R> {
    /// Reads enough to know the format.
    pub(crate) fn read(input: R) -> Result<Self, Rejection> {
        let (input, bytes) = (Text::open(input)?, Zeroizing::new(Vec::new()));
        let mut beginning = Self { input, bytes, is_whole: false, delimiter: None };
        beginning.read_on(FORMAT_BYTES)?;
        Ok(beginning)
    }

    /// The same of a table whose cells a tab separates.
    pub(crate) fn read_table(input: R) -> Result<Self, Rejection> {
        Ok(Self { delimiter: Some(Delimiter::Tab), ..Self::read(input)? })
    }

    /// Decides how to read the file; with the plan comes the last line above its first row.
    pub(crate) fn plan(&self, options: &ReadOptions) -> Result<(Plan, u64), Rejection> {
        let mut told = Told {
            delimiter: self.delimiter,
            encoding: options.secret_encoding,
            is_oath_2: self.oath_version() == Some(2),
        };
        // The line that names the version is a comment to everybody else.
        let mut skip_to = u64::from(told.is_oath_2);
        let mut rows: Vec<(u64, Zeroizing<String>)> = Vec::new();
        let mut lines = self.lines();
        while let Some(line) = lines.next_line()?.filter(|_| rows.len() < FORMAT_ROWS) {
            match declared_delimiter(line.text) {
                Some(delimiter) if rows.is_empty() && told.delimiter.is_none() => {
                    told.delimiter = Some(delimiter);
                    skip_to = line.number;
                }
                Some(_) | None if line.is_row() || rows.is_empty() && is_numbered_heading(line) => {
                    rows.push((line.number, Zeroizing::new(line.text.to_owned())));
                }
                Some(_) | None => {}
            }
        }
        if rows.is_empty() {
            return Err(if self.is_whole { Reason::FileEmpty } else { Reason::FileFormatUnknown }.into());
        }
        let rows: Vec<_> = rows.iter().map(|(number, text)| (*number, text.as_str())).collect();
        let (mut plan, last_above) = match &options.column_map {
            Some(map) => mapped::plan(map, &rows, told)?,
            None => recognised(&rows, told)?,
        };
        if plan.columns > MAX_COLUMN {
            return Err(Rejection::from(Reason::TooManyColumns).with("limit", MAX_COLUMN.to_string()));
        }
        let skip_to = skip_to.max(last_above);
        plan.habits = self.habits(&plan, skip_to, options.serials_as_written);
        plan.shape = self.shape(&plan, skip_to);
        self.check_unread(&plan, skip_to)?;
        Ok((plan, skip_to))
    }

    /// Finds the first secret that can be read in one way only. None where there is no secret at all.
    pub(crate) fn infer_encoding(
        &mut self,
        plan: &Plan,
        skip_to: u64,
        undecided_as_hex: bool,
    ) -> Result<Option<(SecretEncoding, Because)>, Rejection> {
        let mut found = self.votes(plan, skip_to)?;
        if !matches!(found, Votes::Decided(..)) && !self.is_whole {
            self.read_on(ENCODING_BYTES)?;
            found = self.votes(plan, skip_to)?;
        }
        match found {
            Votes::Decided(encoding, because) => Ok(Some((encoding, because))),
            Votes::Undecided { either: true, neither: false } if undecided_as_hex => {
                Ok(Some((SecretEncoding::Hex, Because::Undecided)))
            }
            Votes::Undecided { either: true, neither } => Err(ambiguous(!neither)),
            Votes::Undecided { neither: true, .. } => Err(Reason::SecretUnreadable.into()),
            Votes::Undecided { .. } => Ok(None),
        }
    }

    /// What stands above the first row, as a file of rejected rows repeats it. Every other line there becomes an empty
    /// comment, so that the heading keeps its line.
    pub(crate) fn head(&self, plan: &Plan, skip_to: u64, writing: Writing) -> Result<Vec<u8>, Rejection> {
        let mut head = if writing.text.has_mark() { writing.text.encode("\u{feff}") } else { Vec::new() };
        let mut lines = self.lines();
        while let Some(line) = lines.next_line()?.filter(|line| line.number <= skip_to) {
            let text = match declared_delimiter(line.text) {
                Some(_) => line.text.to_owned(),
                None if plan.layout == Layout::OathCsv2 && line.number == 1 => "# version: 2".to_owned(),
                None if line.number == skip_to && plan.has_header => kept_of_heading(plan, line.text),
                None => "#".to_owned(),
            };
            head.extend(writing.line(&text));
        }
        Ok(head)
    }

    /// How its lines are written.
    pub(crate) fn writing(&self) -> Writing {
        let end = self.bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let line_end = match end.map(|at| &self.bytes[at..]) {
            Some([b'\r', b'\n', ..]) => LineEnd::CrLf,
            Some([b'\r', ..]) => LineEnd::Cr,
            Some(_) | None => LineEnd::Lf,
        };
        Writing { text: self.text_encoding(), line_end }
    }

    /// Which version of OATH CSV its first line names, as privacyIDEA does and nobody else.
    fn oath_version(&self) -> Option<u32> {
        oath_version(self.lines().next_line().ok()??.text)
    }

    /// Its first bytes, as UTF-8.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All of it as UTF-8, from the start.
    pub(crate) fn into_text(self) -> Replayed<R> {
        Cursor::new(self.bytes).chain(self.input)
    }

    pub(crate) fn text_encoding(&self) -> TextEncoding {
        self.input.encoding()
    }

    /// Begins from the start again, this time to the end.
    pub(crate) fn replay(self) -> Lines<Replayed<R>> {
        let encoding = self.text_encoding();
        Lines::new(self.into_text(), encoding)
    }

    /// What the serials have in common.
    fn habits(&self, plan: &Plan, skip_to: u64, as_written: bool) -> Habits {
        let mut serials = Serials::default();
        self.each_row(plan, skip_to, |row| serials.note(plan.cell(row.cells, Field::Serial), plan.make(row.cells)));
        // The numbers of YubiKeys are counted and have no zeros before them.
        let is_counted = matches!(plan.layout, Layout::Yubico | Layout::YubicoShort);
        if as_written || is_counted { serials.habits().of_any_width() } else { serials.habits() }
    }

    /// What the rows have in common that have a serial and a secret.
    fn shape(&self, plan: &Plan, skip_to: u64) -> Shape {
        let mut shape = Shape::new(plan.may_end_early());
        self.each_row(plan, skip_to, |row| {
            let (serial, secret) = (plan.cell(row.cells, Field::Serial), plan.cell(row.cells, Field::Secret));
            if !serial.is_empty() && !secret.is_empty() && !plan.is_heading(row.cells) {
                shape.note(row.cells, plan.columns, row.kind(), serial);
            }
        });
        shape
    }

    /// Refuses a file whose cells say how codes are made where nobody would read it.
    fn check_unread(&self, plan: &Plan, skip_to: u64) -> Result<(), Rejection> {
        let mut values = Values::new(plan);
        self.each_row(plan, skip_to, |row| values.note(plan, row.cells));
        values.check(plan)
    }

    /// How long the secrets are.
    pub(crate) fn lengths(&self, plan: &Plan, skip_to: u64, encoding: SecretEncoding) -> Lengths {
        let mut secrets = Secrets::default();
        self.each_row(plan, skip_to, |row| {
            secrets.note(plan.cell(row.cells, Field::Secret), encoding, plan.make(row.cells));
        });
        secrets.lengths()
    }

    /// Looks at the rows that can be split. A line that refuses the file does so when its turn comes.
    fn each_row(&self, plan: &Plan, skip_to: u64, mut look: impl FnMut(Row<'_>)) {
        let mut lines = self.lines();
        while let Ok(Some(line)) = lines.next_line() {
            if line.number <= skip_to || !line.is_row() {
                continue;
            }
            if let Ok(Some(row)) = plan.arranged(&line) {
                look(Row::new(plan, &line, &row));
            }
        }
    }

    fn votes(&self, plan: &Plan, skip_to: u64) -> Result<Votes, Rejection> {
        let (mut decided, mut either, mut neither) = (None, false, false);
        let mut lines = self.lines();
        while let Some(line) = lines.next_line()? {
            if line.number <= skip_to || !line.is_row() {
                continue;
            }
            let because = |contains| Because::Row { line: line.number, contains };
            match vote_of_row(plan, line) {
                Vote::Hex(contains) => decided = decided.or(Some((SecretEncoding::Hex, because(contains)))),
                Vote::Base32(contains) => decided = decided.or(Some((SecretEncoding::Base32, because(contains)))),
                Vote::Base64 => return Err(looks_like_base64(line.number)),
                Vote::Either => either = true,
                Vote::Neither => neither = true,
                Vote::Nothing => {}
            }
        }
        Ok(decided
            .map_or(Votes::Undecided { either, neither }, |(encoding, because)| Votes::Decided(encoding, because)))
    }

    /// The whole lines of the beginning. A beginning without a line end is given whole, to be refused for its length.
    fn lines(&self) -> Lines<&[u8]> {
        let end = self.bytes.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).filter(|_| !self.is_whole);
        Lines::new(&self.bytes[..end.map_or(self.bytes.len(), |at| at + 1)], self.text_encoding())
    }

    fn read_on(&mut self, size: usize) -> Result<(), Rejection> {
        self.is_whole = read_up_to(&mut self.input, &mut self.bytes, size)?;
        Ok(())
    }
}

/// Whether a line is a heading and no comment: its first column, of running numbers, is called `#`.
fn is_numbered_heading(line: Line<'_>) -> bool {
    let is_heading = |cells: Cells<'_>| cells.first().is_some_and(|cell| cell == "#") && is_any_heading(&cells);
    line.is_comment() && Delimiter::ALL.into_iter().any(|delimiter| split(line.text, delimiter).is_ok_and(is_heading))
}

/// The plan for a file that shows itself what it is, and the line of its heading.
fn recognised(rows: &[First<'_>], told: Told) -> Result<(Plan, u64), Rejection> {
    let texts: Vec<_> = rows.iter().map(|(_, text)| *text).collect();
    let plan = recognise(&texts, told)?;
    let header = rows.first().filter(|_| plan.has_header).map_or(0, |(number, _)| *number);
    Ok((plan, header))
}

/// What the secrets of a beginning say.
enum Votes {
    Decided(SecretEncoding, Because),
    Undecided { either: bool, neither: bool },
}

/// Secrets that read as hex and as Base32 alike. Where all do, they can be imported all the same.
pub(crate) fn ambiguous(all: bool) -> Rejection {
    let (en, ja) = if all {
        (
            "; imported without it, the lot stays closed until a displayed code settles it (tokenadm lot prove)",
            "．付けずに取り込むと，表示されたコードで確かめるまでロットは閉じたままです（tokenadm lot prove）",
        )
    } else {
        ("", "")
    };
    let otherwise = Arg::Word { en: en.to_owned(), ja: ja.to_owned() };
    Rejection::from(Reason::SecretAmbiguous).with("otherwise", otherwise)
}

/// A row that will be a problem for another cell has no vote.
fn vote_of_row(plan: &Plan, line: Line<'_>) -> Vote {
    let Ok(Some(row)) = plan.arranged(&line) else { return Vote::Nothing };
    Row::new(plan, &line, &row).outline().map_or(Vote::Nothing, |outline| vote(outline.secret))
}
