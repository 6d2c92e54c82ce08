//! A map of the operator's held against the beginning of a file: the plan by which its rows are read. Guarantee: a map
//! that does not fit (a column or heading that is not there, secrets that don't read) refuses the file.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tokenfleet_domain::{catalogue::Reason, ids::Serial, reject::Rejection};

use crate::delimited::arrange::Arrangement;
use crate::delimited::cells::{Cells, Delimiter, split};
use crate::delimited::damage::Habits;
use crate::delimited::lengths::Lengths;
use crate::delimited::map::{ColumnMap, Header, Source, is_same_heading};
use crate::delimited::plan::{Plan, Told, about_column, is_wordy};
use crate::delimited::shape::Shape;
use crate::delimited::unread::Unread;
use crate::evidence::{Because, Layout};
use crate::field::{Field, heading};
use crate::secret::{SecretEncoding, Vote, decode, vote};

/// Least bytes of what may be a seed: a heading without a digit that reads to so many would be a strange one.
const SEED_BYTES: usize = 16;

/// What a map must say where a heading names a column for it.
const SETTLED: [Field; 3] = [Field::Digits, Field::Period, Field::Hash];

/// A row at the beginning of a file, with its line.
pub(crate) type First<'a> = (u64, &'a str);

/// Makes the plan from a map and the first rows, of which there is at least one; with it comes the last line above the
/// rows.
pub(crate) fn plan(map: &ColumnMap, rows: &[First<'_>], told: Told) -> Result<(Plan, u64), Rejection> {
    let encoding = match (map.encoding, told.encoding) {
        (Some(said), Some(asked)) if said != asked => {
            return Err(Rejection::from(Reason::MapEncodings).with("encoding", said.as_str()));
        }
        (said, asked) => said.or(asked),
    };
    let delimiters =
        Delimiter::ALL.into_iter().filter(|delimiter| told.delimiter.is_none_or(|told| told == *delimiter));
    let file = File { map, rows, encoding };
    if map.names_headings() { file.under_headings(delimiters) } else { file.by_numbers(delimiters) }
}

struct File<'a> {
    map: &'a ColumnMap,
    rows: &'a [First<'a>],
    encoding: Option<SecretEncoding>,
}

impl File<'_> {
    /// The delimiter is the one under which the heading falls apart into the headings of the map. Where there is none, what
    /// is missing is told of the one that splits the most.
    fn under_headings(&self, delimiters: impl Iterator<Item = Delimiter>) -> Result<(Plan, u64), Rejection> {
        let line = match self.map.header {
            Header::Line(line) => line,
            Header::Unsaid | Header::First | Header::None => self.rows.first().map_or(1, |(line, _)| *line),
        };
        let text = self.rows.iter().find(|(number, _)| *number == line).map_or("", |(_, text)| *text);
        let mut missing: Option<(usize, Rejection)> = None;
        for delimiter in delimiters {
            let heads = split(text, delimiter).unwrap_or_default();
            match self.positions(&heads, line) {
                Ok(positions) => {
                    let mut plan = self.plan(delimiter, heads.len(), positions);
                    plan.unread = self.left_out(&plan, &heads)?;
                    self.check_columns(&plan, line)?;
                    self.check_secrets(&plan, line)?;
                    return Ok((plan, line));
                }
                Err(no) => {
                    let cells = self.most_cells(delimiter);
                    if missing.as_ref().is_none_or(|(most, _)| cells > *most) {
                        missing = Some((cells, no));
                    }
                }
            }
        }
        Err(missing.map_or_else(|| Reason::FileFormatUnknown.into(), |(_, no)| no))
    }

    /// The delimiter is the one under which the most rows have a serial and a secret where the map says; where none has,
    /// the one that splits the most says best what is wrong.
    fn by_numbers(&self, delimiters: impl Iterator<Item = Delimiter>) -> Result<(Plan, u64), Rejection> {
        let positions = self.positions(&Cells::new(), 0)?;
        let mut best: Option<((usize, usize), Plan)> = None;
        for delimiter in delimiters {
            let plan = self.plan(delimiter, 0, positions);
            let sound = self.rows.iter().filter(|(_, text)| self.is_sound(&plan, text)).count();
            let rank = (sound, self.most_cells(delimiter));
            if best.as_ref().is_none_or(|(most, _)| rank > *most) {
                best = Some((rank, plan));
            }
        }
        let Some((_, mut plan)) = best else { return Err(Reason::FileFormatUnknown.into()) };
        let skip_to = self.last_line_above(&plan);
        let heads =
            self.rows.iter().find(|(line, _)| *line == skip_to).and_then(|(_, text)| split(text, plan.delimiter).ok());
        plan.unread = self.left_out(&plan, &heads.unwrap_or_default())?;
        self.check_columns(&plan, skip_to)?;
        self.check_secrets(&plan, skip_to)?;
        plan.columns = self.usual_width(&plan, skip_to);
        Ok((plan, skip_to))
    }

    /// How far a delimiter splits; blanks stand in headings and names too, so they come last.
    fn most_cells(&self, delimiter: Delimiter) -> usize {
        let cells = |(_, text): &First<'_>| split(text, delimiter).map_or(0, |cells| cells.len());
        if delimiter == Delimiter::Blank { 0 } else { self.rows.iter().map(cells).max().unwrap_or_default() }
    }

    fn plan(&self, delimiter: Delimiter, columns: usize, positions: [Option<usize>; Field::COUNT]) -> Plan {
        let mut constants = Vec::new();
        for (field, source) in self.map.sources() {
            match source {
                Source::Constant(value) => constants.push((field, value.clone())),
                Source::Column(_) | Source::Heading(_) => {}
            }
        }
        Plan {
            layout: Layout::Map,
            delimiter,
            columns: columns.max(positions.iter().flatten().max().map_or(0, |last| last + 1)),
            encoding: self.encoding.map(|encoding| (encoding, Because::Asked)),
            habits: Habits::default(),
            lengths: Lengths::default(),
            shape: Shape::default(),
            constants,
            has_header: true,
            arrangement: Arrangement::AsWritten,
            positions,
            unread: Vec::new(),
        }
    }

    /// Where every field stands that has a column, under these headings.
    fn positions(&self, heads: &Cells<'_>, line: u64) -> Result<[Option<usize>; Field::COUNT], Rejection> {
        let mut positions = [None; Field::COUNT];
        for (field, source) in self.map.sources() {
            positions[field as usize] = match source {
                Source::Constant(_) => None,
                Source::Column(at) => Some(*at),
                Source::Heading(name) => {
                    let found: Vec<_> = (0..heads.len()).filter(|at| is_same_heading(&heads[*at], name)).collect();
                    let [at] = found[..] else {
                        let no = about_column(Reason::MapHeading, field).with("line", line.to_string());
                        return Err(no.with("found", found.len().to_string()).with("name", name.as_str()));
                    };
                    Some(at)
                }
            };
        }
        Ok(positions)
    }

    /// The columns that the map leaves out. One of a clock's interval, of digits or of a hash is refused where the map does
    /// not say these itself: the usual value would be a guess.
    fn left_out(&self, plan: &Plan, heads: &Cells<'_>) -> Result<Vec<Unread>, Rejection> {
        let is_said = |field: Field| {
            let says = |said| said == field || field == Field::Hash && said == Field::Algorithm;
            self.map.sources().any(|(said, _)| says(said))
        };
        let mut left_out = Vec::new();
        for (at, head) in heads.iter().enumerate().filter(|(at, _)| !plan.positions.contains(&Some(*at))) {
            let column = Unread::left_out(at, head);
            let field = heading(head).map(|heading| heading.field).filter(|field| SETTLED.contains(field));
            if field.is_some_and(|field| !is_said(field)) {
                return Err(column.refusal());
            }
            left_out.push(column);
        }
        Ok(left_out)
    }

    fn last_line_above(&self, plan: &Plan) -> u64 {
        let first = self.rows.first();
        match self.map.header {
            Header::None => 0,
            Header::Line(line) => line,
            Header::First => first.map_or(0, |(line, _)| *line),
            Header::Unsaid => first.filter(|(_, text)| is_heading(plan, text)).map_or(0, |(line, _)| *line),
        }
    }

    /// The rows below the heading, as cells.
    fn below<'a>(&'a self, plan: &'a Plan, skip_to: u64) -> impl Iterator<Item = Cells<'a>> {
        let rows = self.rows.iter().filter(move |(line, _)| *line > skip_to);
        rows.filter_map(|(_, text)| split(text, plan.delimiter).ok())
    }

    /// Some row must reach to the last column of the map.
    fn check_columns(&self, plan: &Plan, skip_to: u64) -> Result<(), Rejection> {
        let found = self.below(plan, skip_to).map(|cells| cells.len()).max();
        let Some(found) = found else { return Ok(()) };
        for (field, _) in self.map.sources() {
            if let Some(at) = plan.position(field).filter(|at| *at >= found) {
                let no = about_column(Reason::MapColumn, field).with("number", (at + 1).to_string());
                return Err(no.with("found", found.to_string()));
            }
        }
        Ok(())
    }

    /// Some secret must read as the map says. Without its word the column decides, as in any other file.
    fn check_secrets(&self, plan: &Plan, skip_to: u64) -> Result<(), Rejection> {
        let Some(encoding) = self.encoding else { return Ok(()) };
        let mut has_secret = false;
        for cells in self.below(plan, skip_to) {
            let secret = plan.cell(&cells, Field::Secret);
            if decode(secret, encoding).is_ok() {
                return Ok(());
            }
            has_secret |= !secret.is_empty();
        }
        if !has_secret {
            return Ok(());
        }
        let number = plan.position(Field::Secret).map_or(0, |at| at + 1);
        let no = Rejection::from(Reason::MapSecrets).with("number", number.to_string());
        Err(no.with("encoding", encoding.as_str()))
    }

    /// The width of most rows; of equals the least, so that a secret that fell apart is never taken for two cells.
    fn usual_width(&self, plan: &Plan, skip_to: u64) -> usize {
        let mut rows_of_width = BTreeMap::<usize, usize>::new();
        for (_, text) in self.rows.iter().filter(|(line, text)| *line > skip_to && self.is_sound(plan, text)) {
            let cells = split(text, plan.delimiter).unwrap_or_default();
            *rows_of_width.entry(cells.len()).or_default() += 1;
        }
        let usual = rows_of_width.into_iter().max_by_key(|(width, rows)| (*rows, Reverse(*width)));
        usual.map_or(plan.columns, |(width, _)| width.max(plan.columns))
    }

    fn is_sound(&self, plan: &Plan, text: &str) -> bool {
        let Ok(cells) = split(text, plan.delimiter) else { return false };
        let secret = plan.cell(&cells, Field::Secret);
        let reads = match self.encoding {
            Some(encoding) => decode(secret, encoding).is_ok(),
            None => matches!(vote(secret), Vote::Hex(_) | Vote::Base32(_) | Vote::Either),
        };
        reads && plan.cell(&cells, Field::Serial).parse::<Serial>().is_ok()
    }
}

/// Whether a row names columns: by a heading that is known, or in words without a digit that are no secret. Serials
/// without any digit are not to be expected; where there are some, `header=no` keeps the first of them.
fn is_heading(plan: &Plan, text: &str) -> bool {
    let Ok(cells) = split(text, plan.delimiter) else { return false };
    let is_known = |field| heading(plan.cell(&cells, field)).is_some_and(|heading| heading.field == field);
    if is_known(Field::Serial) || is_known(Field::Secret) {
        return true;
    }
    let is_seed =
        |encoding| decode(plan.cell(&cells, Field::Secret), encoding).is_ok_and(|seed| seed.len() >= SEED_BYTES);
    is_wordy(&cells) && !SecretEncoding::ALL.into_iter().any(is_seed)
}
