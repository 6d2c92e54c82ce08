//! Reading vendors' seed files: bytes in; the format with its evidence, keys with line numbers and problems out.
//!
//! The layer reads and never judges: short, repeated or expired seeds are keys like any other, and admission's business.
//! What it guarantees: nothing is read by a guess (a format needs a positive signature, an encoding a declaration or a
//! proof), nothing is mended (a cell that a spreadsheet spoiled is a problem), no problem shows a part of a secret, memory
//! does not grow with the file but for 16 bytes a key (an archive or a workbook, with all that is taken out of it, holds
//! 64 MiB at most), and no input makes it panic. It opens no file, knows no clock, no database and no server.
//!
//! ```
//! # fn main() -> Result<(), tokenfleet_domain::reject::Rejection> {
//! use tokenfleet_seedfile::{Entry, ReadOptions, open};
//! let text = "serial number,secret key,time interval\n0101,MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U,60\n";
//! let mut file = open(text.as_bytes(), &ReadOptions::default())?;
//! assert_eq!(file.evidence().title(), "Deepnet");
//! assert!(matches!(file.next_entry()?, Some(Entry::Key(key)) if key.serial.shown() == "0101"));
//! assert!(file.next_entry()?.is_none());
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod archive;
mod base64;
mod blocks;
mod crypt;
mod delimited;
mod dualshield;
mod evidence;
mod field;
mod foreign;
mod graph;
pub mod holdings;
mod json;
mod kind;
mod lines;
mod magic;
mod openpgp;
mod pskc;
mod record;
mod repeats;
mod safenet;
mod safeword;
mod secret;
mod signature;
mod source;
mod text;
mod unlock;
mod wiped;
mod workbook;
mod xml;

use std::io::Read;

use tokenfleet_domain::{
    catalogue::Reason,
    ids::{KeyId, Serial},
    otp::code::Profile,
    ports::Timestamp,
    reject::Rejection,
    seed::Seed,
};

pub use crate::delimited::cells::Delimiter;
pub use crate::delimited::map::ColumnMap;
pub use crate::delimited::remnant::Remnant;
pub use crate::evidence::{Because, Evidence, Format, Layout, Protection, TextEncoding};
pub use crate::field::Field;
pub use crate::secret::{BadEncoding, SecretEncoding};
pub use crate::unlock::{Closed, Lock, NoSecret, Opens, Secret, Unlock};

use crate::repeats::{Repeat, Repeats};
use crate::source::{Opened, Source};
use crate::unlock::Opener;

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
    /// Which member of an archive, or which sheet of a workbook, holds the keys.
    pub part: Option<String>,
    /// Whether a column of secrets that reads both as hex and as Base32 throughout is read as hex for now, to be settled
    /// by a displayed code; else it refuses the file.
    pub undecided_as_hex: bool,
}

/// What stands in a file, in its order.
pub enum Entry {
    /// A key.
    Key(Key),
    /// A row that can't be read.
    Problem(Problem),
    /// A key that is sound and no OATH token's: a PIN, an OCRA key, a Yubico AES key.
    LeftOut(Problem),
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
    /// When it may be used first.
    pub starts: Option<Timestamp>,
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
pub struct SeedFile<'a> {
    source: Box<dyn Source + 'a>,
    evidence: Evidence,
    rows: u64,
    max_rows: u64,
    repeats: Repeats,
    waiting: Option<Problem>,
    refused: Option<Rejection>,
}

/// Looks at the beginning of a file and decides how to read it. An error refuses the whole file.
///
/// Of a text it reads at most 4 MiB, and only the first 128 KiB where they show how it and its secrets are written.
pub fn open<'a, R: Read + 'a>(input: R, options: &ReadOptions) -> Result<SeedFile<'a>, Rejection> {
    open_with(input, options, Box::new(NoSecret))
}

/// The same for a file that may be encrypted: `unlock` is asked for what opens it, and asked again where that is wrong,
/// here or while it is read.
pub fn open_with<'a, R: Read + 'a>(
    input: R,
    options: &ReadOptions,
    unlock: Box<dyn Unlock + 'a>,
) -> Result<SeedFile<'a>, Rejection> {
    let Opened { source, evidence } = signature::open(input, options, Opener::new(unlock))?;
    Ok(SeedFile {
        source,
        evidence,
        rows: 0,
        max_rows: MAX_ROWS,
        repeats: Repeats::default(),
        waiting: None,
        refused: None,
    })
}

impl SeedFile<'_> {
    /// What the file was taken for, and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Where in its rows a field stands, if it has a column.
    pub fn column(&self, field: Field) -> Option<Column> {
        self.source.column(field)
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
        let Some(entry) = self.source.next_entry()? else {
            return if self.rows > 0 { Ok(None) } else { Err(Reason::FileEmpty.into()) };
        };
        self.rows += 1;
        if self.rows > self.max_rows {
            return Err(Rejection::from(Reason::TooManyRows).with("limit", self.max_rows.to_string()));
        }
        Ok(Some(match entry {
            Entry::Key(key) => self.unless_repeated(key),
            Entry::Problem(_) | Entry::LeftOut(_) | Entry::Withdrawn(_) => entry,
        }))
    }

    /// One serial with two secrets: nobody can tell which is right, so every row of it is refused.
    fn unless_repeated(&mut self, key: Key) -> Entry {
        let column = self.source.column(Field::Serial);
        let repeated = |line: u64, other: u64, row: Option<Remnant>| {
            let why = Rejection::from(Reason::RowSerialRepeated).with("other", other.to_string());
            Problem { line, column, why, row }
        };
        match self.repeats.note(&key) {
            Repeat::No => Entry::Key(key),
            Repeat::Again { line } => Entry::Problem(repeated(key.line, line, key.row)),
            Repeat::First { line } => {
                // The first row passed long ago; its name is all that this one still knows of it.
                let problem = repeated(line, key.line, self.source.remnant_of(&key.serial, &key.key_id));
                self.waiting = Some(repeated(key.line, line, key.row));
                Entry::Withdrawn(Withdrawn { serial: key.serial, key_id: key.key_id, problem })
            }
        }
    }
}

#[cfg(test)]
mod tests;
