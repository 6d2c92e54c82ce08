//! Delimited text: CSV of every kind, lists without a header, and files under the operator's column map.

mod arrange;
pub(crate) mod cells;
mod comment;
pub(crate) mod damage;
mod inventory;
mod lengths;
mod lists;
pub(crate) mod map;
mod mapped;
mod nexus;
mod phenixid;
mod plan;
pub(crate) mod prefix;
pub(crate) mod remnant;
pub(crate) mod row;
mod saying;
pub(crate) mod shape;
mod unread;
mod yubico;

use std::io::Read;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{KeyId, Serial};
use tokenfleet_domain::reject::Rejection;

use crate::delimited::arrange::Numbers;
use crate::delimited::plan::Plan;
use crate::delimited::prefix::{Beginning, Replayed, ambiguous};
use crate::delimited::remnant::{Remnant, Writing};
use crate::delimited::row::Row;
use crate::evidence::{Because, Evidence};
use crate::field::Field;
use crate::lines::{Line, Lines};
use crate::secret::{SecretEncoding, Vote, vote};
use crate::source::{Opened, Source};
use crate::{Column, Entry, Key, Problem, ReadOptions};

/// Delimited text that is being read.
struct Delimited<R> {
    lines: Lines<Replayed<R>>,
    plan: Plan,
    secrets: Option<(SecretEncoding, Because)>,
    /// The line up to which there are no rows: the header and what stands above it.
    skip_to: u64,
    /// How what is left of a row is written, where it is wanted.
    keeps: Option<Writing>,
    /// Where the cells of the row that was given last stand, where they were put in order.
    numbers: Option<Numbers>,
}

/// Decides how to read it. An error refuses the whole file.
pub(crate) fn open<'a, R: Read + 'a>(
    mut beginning: Beginning<R>,
    options: &ReadOptions,
) -> Result<Opened<'a>, Rejection> {
    let (mut plan, skip_to) = beginning.plan(options)?;
    let secrets = match plan.encoding {
        Some(secrets) => Some(secrets),
        None => beginning.infer_encoding(&plan, skip_to, options.undecided_as_hex)?,
    };
    if let Some((encoding, _)) = secrets.filter(|_| !options.secrets_as_written) {
        plan.lengths = beginning.lengths(&plan, skip_to, encoding);
    }
    let writing = beginning.writing();
    let head = if options.keep_rows { beginning.head(&plan, skip_to, writing)? } else { Vec::new() };
    let evidence = Evidence {
        format: plan.layout.format(),
        layout: Some(plan.layout),
        text: Some(beginning.text_encoding()),
        columns: plan.usual_columns(),
        ignored_columns: plan.unread.iter().filter_map(|column| column.heading.clone()).collect(),
        secrets,
        protection: None,
        part: None,
        passed_over: Vec::new(),
        head,
    };
    let keeps = options.keep_rows.then_some(writing);
    let source = Delimited { lines: beginning.replay(), plan, secrets, skip_to, keeps, numbers: None };
    Ok(Opened { source: Box::new(source), evidence })
}

impl<R: Read> Source for Delimited<R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        while let Some(line) = self.lines.next_line()? {
            if line.number <= self.skip_to {
                continue;
            }
            if line.is_comment() && comment::hides_row(&self.plan, line) {
                let why = Reason::RowComment.into();
                return Ok(Some(Entry::Problem(Problem { line: line.number, column: None, why, row: None })));
            }
            if !line.is_row() {
                continue;
            }
            let Some(mut entry) = read_row(&self.plan, self.secrets, line, &mut self.numbers)? else { continue };
            let row = self.keeps.map(|writing| Remnant::of_row(&self.plan, line.text, writing));
            match &mut entry {
                Ok(key) => key.row = row,
                Err(problem) => problem.row = row,
            }
            return Ok(Some(entry.map_or_else(not_read, Entry::Key)));
        }
        Ok(None)
    }

    fn column(&self, field: Field) -> Option<Column> {
        self.plan.column(field)
    }

    fn place(&self, field: Field) -> Option<Column> {
        self.plan.place(self.numbers.as_ref(), field)
    }

    fn remnant_of(&self, serial: &Serial, key_id: &KeyId) -> Option<Remnant> {
        self.keeps.map(|writing| Remnant::of_name(&self.plan, serial, key_id, writing))
    }
}

/// A key that is no OATH one is left out; everything else is a problem.
fn not_read(problem: Problem) -> Entry {
    if problem.why.reason == Reason::KeyNotOath { Entry::LeftOut(problem) } else { Entry::Problem(problem) }
}

/// Reads one row, and notes where its cells stand; None where it holds no key.
fn read_row(
    plan: &Plan,
    secrets: Option<(SecretEncoding, Because)>,
    line: Line<'_>,
    numbers: &mut Option<Numbers>,
) -> Result<Option<Result<Key, Problem>>, Rejection> {
    *numbers = None;
    let arranged = match plan.arranged(&line) {
        Ok(Some(arranged)) => arranged,
        Ok(None) => return Ok(None),
        Err(why) => return Ok(Some(Err(Problem { line: line.number, column: None, why, row: None }))),
    };
    *numbers = arranged.numbers;
    let row = Row::new(plan, &line, &arranged);
    let outline = match row.outline() {
        Ok(outline) => outline,
        Err(problem) => return Ok(Some(Err(problem))),
    };
    let secret = outline.secret;
    let Some((encoding, because)) = secrets else {
        // The first 4 MiB had no secret. One that comes only now is too late to show its column's encoding.
        return match vote(secret) {
            Vote::Nothing => Ok(Some(Err(row.problem(Field::Secret, Reason::SecretMissing)))),
            Vote::Base64 => Err(looks_like_base64(line.number)),
            Vote::Hex(_) | Vote::Base32(_) | Vote::Either | Vote::Neither => Err(ambiguous(false)),
        };
    };
    let key = row.key(outline, encoding);
    check_column(vote(secret), encoding, because, line.number, key.is_ok())?;
    Ok(Some(key))
}

/// Refuses the file where a secret shows that its column is not what it was read as.
fn check_column(
    vote: Vote,
    encoding: SecretEncoding,
    because: Because,
    line: u64,
    is_read: bool,
) -> Result<(), Rejection> {
    let is_inferred = matches!(because, Because::Row { .. } | Because::Undecided);
    let contradicts = match vote {
        // What is Base64 may read as Base32 by chance, whoever says that it is: only the operator knows better.
        Vote::Base64 if because != Because::Asked && encoding == SecretEncoding::Base32 || is_inferred => {
            return Err(looks_like_base64(line));
        }
        // Any other secret that reads contradicts nothing.
        Vote::Hex(_) => !is_read && encoding != SecretEncoding::Hex,
        Vote::Base32(_) => !is_read && encoding != SecretEncoding::Base32,
        Vote::Base64 | Vote::Either | Vote::Neither | Vote::Nothing => false,
    };
    if !(is_inferred && contradicts) {
        return Ok(());
    }
    let why = Rejection::from(Reason::SecretContradiction).with("encoding", encoding.as_str());
    Err(why.with("line", line.to_string()))
}

/// Nothing is read as Base64 unless somebody says so.
fn looks_like_base64(line: u64) -> Rejection {
    Rejection::from(Reason::SecretBase64).with("line", line.to_string())
}
