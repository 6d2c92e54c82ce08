//! Reading vendors' seed files: bytes in; the format with its evidence, keys with line numbers and problems out.
//!
//! The layer reads and never judges: short, repeated or expired seeds are keys like any other, and admission's business.
//! What it guarantees: nothing is read by a guess (a format needs a positive signature, an encoding a declaration or a
//! proof), nothing is mended (a cell that a spreadsheet spoiled is a problem), no problem shows a part of a secret, memory does not grow with the file but for 16 bytes a key, and no input
//! makes it panic. It opens no file, knows no clock, no database and no server.
//!
//! ```
//! # fn main() -> Result<(), tokenfleet_domain::reject::Rejection> {
//! use tokenfleet_seedfile::{Entry, ReadOptions, open};
//! let text = "serial number,secret key,time interval\n0101,MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U,60\n";
//! let mut file = open(text.as_bytes(), &ReadOptions::default())?;
//! assert_eq!(file.evidence().layout.as_str(), "Deepnet");
//! assert!(matches!(file.next_entry()?, Some(Entry::Key(key)) if key.serial.shown() == "0101"));
//! assert!(file.next_entry()?.is_none());
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod cells;
mod damage;
mod evidence;
mod field;
mod foreign;
pub mod holdings;
mod kind;
mod lengths;
mod lines;
mod map;
mod mapped;
mod plan;
mod prefix;
mod remnant;
mod repeats;
mod row;
mod secret;
mod shape;
mod text;

use std::io::Read;

use tokenfleet_domain::{
    catalogue::Reason,
    ids::{KeyId, Serial},
    otp::code::Profile,
    ports::Timestamp,
    reject::Rejection,
    seed::Seed,
};

pub use crate::cells::Delimiter;
pub use crate::evidence::{Because, Evidence, Format, Layout, TextEncoding};
pub use crate::field::Field;
pub use crate::map::ColumnMap;
pub use crate::remnant::Remnant;
pub use crate::secret::{BadEncoding, SecretEncoding};

use crate::cells::split;
use crate::lines::{Line, Lines};
use crate::plan::Plan;
use crate::prefix::{Beginning, Replayed};
use crate::remnant::Writing;
use crate::repeats::{Repeat, Repeats};
use crate::row::Row;
use crate::secret::{Vote, vote};

/// Most rows of a file.
const MAX_ROWS: u64 = 2_000_000;

/// What the operator says about a file.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// How its secrets are written, whatever layout and heading say.
    pub secret_encoding: Option<SecretEncoding>,
    /// Which column holds what, whatever layout and heading say.
    pub column_map: Option<ColumnMap>,
    /// Whether short serials are right as they stand. A file where zeros were lost and one whose numbers went over a
    /// power of ten are the same bytes, so only somebody who has seen the tokens can say.
    pub serials_as_written: bool,
    /// Whether secrets of an unusual length are right as they stand, for somebody who has asked the vendor.
    pub secrets_as_written: bool,
    /// Whether what is left of a row, but for its secrets, goes with its key and its problem.
    pub keep_rows: bool,
}

/// What stands in a file, in its order.
pub enum Entry {
    /// A key.
    Key(Key),
    /// A row that can't be read.
    Problem(Problem),
    /// A key given out before is none after all: its serial stands there again with another secret. A `Problem` for
    /// that later row follows at once, and one for every further row of the serial.
    Withdrawn(Withdrawn),
}

/// A key as the file gives it.
#[expect(clippy::struct_field_names, reason = "a key id is what everybody calls it")]
pub struct Key {
    /// The line, from 1.
    pub line: u64,
    /// The serial number.
    pub serial: Serial,
    /// Which key of that serial; as the file gives it, also where a serial has one key only.
    pub key_id: KeyId,
    /// Who made it, without control characters.
    pub manufacturer: Option<String>,
    /// What it is called, without control characters.
    pub model: Option<String>,
    /// Digest, digits, clock or button.
    pub profile: Profile,
    /// The next expected counter of a button; 0 for a clock.
    pub counter: i64,
    /// When the vendor's promise ends.
    pub expires: Option<Timestamp>,
    /// The secret.
    pub seed: Seed,
    /// With `keep_rows`, its row without what may be a secret.
    pub row: Option<Remnant>,
}

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// Where in the row, if at one place.
    pub column: Option<Column>,
    /// What is wrong; never the content.
    pub why: Rejection,
    /// With `keep_rows`, the row without what may be a secret.
    pub row: Option<Remnant>,
}

/// A place in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The column, from 1.
    pub number: u32,
    /// What it holds. The heading itself is not shown: it is the file's text.
    pub field: Field,
}

/// A key that is taken back.
#[derive(Debug, Clone)]
pub struct Withdrawn {
    /// Its serial.
    pub serial: Serial,
    /// Its key id.
    pub key_id: KeyId,
    /// Its line, and why.
    pub problem: Problem,
}

/// A file that is being read.
pub struct SeedFile<R> {
    lines: Lines<Replayed<R>>,
    plan: Plan,
    evidence: Evidence,
    /// The line up to which there are no rows: the header and what stands above it.
    skip_to: u64,
    rows: u64,
    max_rows: u64,
    repeats: Repeats,
    waiting: Option<Problem>,
    /// How what is left of a row is written, where it is wanted.
    keeps: Option<Writing>,
    refused: Option<Rejection>,
}

/// Looks at the beginning of a file and decides how to read it. An error refuses the whole file.
///
/// Reads at most 4 MiB, and only the first 128 KiB where they show how the text and its secrets are written.
pub fn open<R: Read>(input: R, options: &ReadOptions) -> Result<SeedFile<R>, Rejection> {
    let mut beginning = Beginning::read(input)?;
    let (mut plan, skip_to) = beginning.plan(options)?;
    let secrets = match plan.encoding {
        Some(secrets) => Some(secrets),
        None => beginning.infer_encoding(&plan, skip_to)?,
    };
    if let Some((encoding, _)) = secrets.filter(|_| !options.secrets_as_written) {
        plan.lengths = beginning.lengths(&plan, skip_to, encoding);
    }
    let writing = beginning.writing();
    let head = if options.keep_rows { beginning.head(&plan, skip_to, writing)? } else { Vec::new() };
    let evidence = Evidence {
        format: plan.layout.format(),
        layout: plan.layout,
        text: beginning.text_encoding(),
        delimiter: plan.delimiter,
        columns: plan.usual_columns(),
        secrets,
        head,
    };
    Ok(SeedFile {
        lines: beginning.replay(),
        plan,
        evidence,
        skip_to,
        rows: 0,
        max_rows: MAX_ROWS,
        repeats: Repeats::default(),
        waiting: None,
        keeps: options.keep_rows.then_some(writing),
        refused: None,
    })
}

impl<R: Read> SeedFile<R> {
    /// What the file was taken for, and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Where in its rows a field stands, if it has a column.
    pub fn column(&self, field: Field) -> Option<Column> {
        self.plan.column(field)
    }

    /// The next key or problem; None at the end. An error refuses the whole file, with all that came before it, and
    /// stays.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        if let Some(problem) = self.waiting.take() {
            return Ok(Some(Entry::Problem(problem)));
        }
        self.read_entry().inspect_err(|refused| self.refused = Some(refused.clone()))
    }

    fn read_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        loop {
            let Some(line) = self.lines.next_line()? else {
                return if self.rows > 0 { Ok(None) } else { Err(Reason::FileEmpty.into()) };
            };
            if line.number <= self.skip_to || !line.is_row() {
                continue;
            }
            let entry = read_row(&self.plan, self.evidence.secrets, line)?;
            let Some(mut entry) = entry else { continue };
            let row = self.keeps.map(|writing| Remnant::of_row(&self.plan, line.text, writing));
            match &mut entry {
                Ok(key) => key.row = row,
                Err(problem) => problem.row = row,
            }
            self.rows += 1;
            if self.rows > self.max_rows {
                return Err(Rejection::from(Reason::TooManyRows).with("limit", self.max_rows.to_string()));
            }
            return Ok(Some(match entry {
                Ok(key) => self.unless_repeated(key),
                Err(problem) => Entry::Problem(problem),
            }));
        }
    }

    /// One serial with two secrets: nobody can tell which is right, so every row of it is refused.
    fn unless_repeated(&mut self, key: Key) -> Entry {
        let repeated = |plan: &Plan, line: u64, other: u64, row: Option<Remnant>| {
            let why = Rejection::from(Reason::RowSerialRepeated).with("other", other.to_string());
            Problem { line, column: plan.column(Field::Serial), why, row }
        };
        match self.repeats.note(&key) {
            Repeat::No => Entry::Key(key),
            Repeat::Again { line } => Entry::Problem(repeated(&self.plan, key.line, line, key.row)),
            Repeat::First { line } => {
                // The first row passed long ago; its name is all that this one still knows of it.
                let name = |writing| Remnant::of_name(&self.plan, &key.serial, &key.key_id, writing);
                let problem = repeated(&self.plan, line, key.line, self.keeps.map(name));
                self.waiting = Some(repeated(&self.plan, key.line, line, key.row));
                Entry::Withdrawn(Withdrawn { serial: key.serial, key_id: key.key_id, problem })
            }
        }
    }
}

/// Reads one row; None where all its cells are empty.
fn read_row(
    plan: &Plan,
    secrets: Option<(SecretEncoding, Because)>,
    line: Line<'_>,
) -> Result<Option<Result<Key, Problem>>, Rejection> {
    let Ok(cells) = split(line.text, plan.delimiter) else {
        return Ok(Some(Err(Problem {
            line: line.number,
            column: None,
            why: Reason::RowUnreadable.into(),
            row: None,
        })));
    };
    if cells.iter().all(|cell| cell.is_empty()) {
        return Ok(None);
    }
    let row = Row { plan, line: line.number, is_ended: line.is_ended, cells: &cells };
    let outline = match row.outline() {
        Ok(outline) => outline,
        Err(problem) => return Ok(Some(Err(problem))),
    };
    let vote = vote(outline.secret);
    let Some((encoding, because)) = secrets else {
        // The first 4 MiB had no secret. One that comes only now is too late to show its column's encoding.
        return match vote {
            Vote::Nothing => Ok(Some(Err(row.problem(Field::Secret, Reason::SecretMissing)))),
            Vote::Hex(_) | Vote::Base32(_) | Vote::Either | Vote::Neither => Err(Reason::SecretAmbiguous.into()),
        };
    };
    if matches!(because, Because::Row { .. }) && contradicts(vote, encoding) {
        let why = Rejection::from(Reason::SecretContradiction).with("encoding", encoding.as_str());
        return Err(why.with("line", line.number.to_string()));
    }
    Ok(Some(row.key(outline, encoding)))
}

fn contradicts(vote: Vote, encoding: SecretEncoding) -> bool {
    match vote {
        Vote::Hex(_) => encoding != SecretEncoding::Hex,
        Vote::Base32(_) => encoding != SecretEncoding::Base32,
        Vote::Either | Vote::Neither | Vote::Nothing => false,
    }
}

#[cfg(test)]
mod tests;
