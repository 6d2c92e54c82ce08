//! Reading lists of who holds which token: a desk's spreadsheet of loans, or a list of another system that served the
//! fleet. Bytes in; rows with their lines and problems out.
//!
//! The guarantees are those of seed files: a column is known by its heading or not at all, nothing is mended, and no
//! problem shows what the row says. A list that holds secret keys is refused, since a seed belongs into an import.

mod columns;
mod day;
mod row;

use std::io::Read;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{Serial, UserId};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::archive::is_zip;
use crate::evidence::TextEncoding;
use crate::foreign::Foreign;
use crate::holdings::columns::Columns;
use crate::lines::{Lines, read_up_to};
use crate::text::Text;

pub use crate::holdings::columns::Item;

/// Largest list, in bytes. A row is some hundred bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// A spreadsheet of loans, with headings in English or Japanese.
    Loans,
    /// What Entra says of its hardware tokens.
    Entra,
    /// The token list of privacyIDEA.
    PrivacyIdea,
    /// The token list of LinOTP.
    LinOtp,
}

impl ListFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Loans, Self::Entra, Self::PrivacyIdea, Self::LinOtp];

    /// The word for people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loans => "loans",
            Self::Entra => "entra",
            Self::PrivacyIdea => "privacyidea",
            Self::LinOtp => "linotp",
        }
    }
}

/// A row: one token, and who has it or had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its line, from 1.
    pub line: u64,
    /// The serial number.
    pub serial: Serial,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// What it is called.
    pub model: Option<String>,
    /// Who has it; None where it is in stock.
    pub user: Option<UserId>,
    /// Since when, where the row says.
    pub since: Option<Timestamp>,
    /// When it came back.
    pub returned: Option<Timestamp>,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// The department it is lent through.
    pub department: Option<String>,
    /// What somebody noted.
    pub note: String,
    /// Whether the other system had stopped it.
    pub is_stopped: bool,
}

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHolding {
    /// Its line, from 1.
    pub line: u64,
    /// Which column, from 1, and what it holds; None where it is the row as a whole.
    pub place: Option<(u32, Item)>,
    /// Its serial number, where that can be read.
    pub serial: Option<Serial>,
    /// What is wrong; never the content.
    pub why: Rejection,
}

/// What stands in a list.
#[derive(Debug)]
pub struct Holdings {
    /// What the file was taken for.
    pub format: ListFormat,
    /// How its text is written.
    pub encoding: TextEncoding,
    /// Its rows, in their order.
    pub rows: Vec<Result<Holding, BadHolding>>,
    /// Rows of tokens that are no hardware tokens with codes; they are passed over.
    pub passed_over: u64,
    /// Headings of columns that nobody reads, in a desk's own list; those of other systems have many.
    pub ignored_columns: Vec<String>,
}

/// How a list is to be read.
#[derive(Debug, Clone, Copy)]
pub struct ListOptions {
    /// Whose list it is, where the headings are not to decide.
    pub format: Option<ListFormat>,
    /// Most rows.
    pub max_rows: usize,
}

/// Reads a whole list. An error refuses it.
pub fn read(mut input: impl Read, options: ListOptions) -> Result<Holdings, Rejection> {
    let mut bytes = Zeroizing::new(Vec::new());
    if !read_up_to(&mut input, &mut bytes, MAX_BYTES)? {
        return Err(Rejection::from(Reason::FileTooLarge).with("limit", "16 MiB"));
    }
    if is_zip(&bytes) {
        return Err(Foreign::Packed.refusal());
    }
    if let Some(foreign) = Foreign::of_bytes(&bytes) {
        return Err(foreign.refusal());
    }
    let text = Text::open(bytes.as_slice())?;
    let encoding = text.encoding();
    let mut lines = Lines::new(text, encoding);
    let columns = Columns::find(&mut lines, options.format)?;
    let mut raw = Vec::new();
    while let Some(line) = lines.next_line()? {
        raw.extend(line.is_row().then(|| columns.split(line)).transpose()?.flatten());
        if raw.len() > options.max_rows {
            return Err(Rejection::from(Reason::AdoptTooManyRows).with("limit", options.max_rows.to_string()));
        }
    }
    let (rows, passed_over) = row::read_all(&columns, raw);
    if rows.is_empty() && passed_over == 0 {
        return Err(Reason::AdoptEmpty.into());
    }
    let ignored_columns = match columns.format {
        ListFormat::Loans => columns.ignored,
        ListFormat::Entra | ListFormat::PrivacyIdea | ListFormat::LinOtp => Vec::new(),
    };
    Ok(Holdings { format: columns.format, encoding, rows, passed_over, ignored_columns })
}

#[cfg(test)]
mod tests;
