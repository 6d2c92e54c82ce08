//! What formats have in common whose keys stand in records rather than in rows of cells: the rules for serials, the
//! encoding that a format declares, and how a key or a whole file is refused.

use tokenfleet_domain::{catalogue::Reason, ids::Serial, reject::Arg, reject::Rejection};

use crate::delimited::damage;
use crate::delimited::row::serial_reason;
use crate::evidence::Because;
use crate::secret::SecretEncoding;
use crate::{Entry, Key, Problem, ReadOptions};

/// How the secrets of a format are written that declares it, unless the operator says otherwise.
pub(crate) fn encoding(declared: SecretEncoding, options: &ReadOptions) -> (SecretEncoding, Because) {
    options.secret_encoding.map_or((declared, Because::Layout), |asked| (asked, Because::Asked))
}

/// Reads a serial, unless a spreadsheet had it.
pub(crate) fn serial(text: &str) -> Result<Serial, Rejection> {
    match damage::of_serial(text.trim()) {
        Some(damage) => Err(damage.into()),
        None => text.parse().map_err(|bad| serial_reason(bad).into()),
    }
}

/// A key that can't be read; in no column, since it has none.
pub(crate) fn problem(line: u64, why: impl Into<Rejection>) -> Problem {
    Problem { line, column: None, why: why.into(), row: None }
}

/// A key, or what is wrong with it.
pub(crate) fn entry(line: u64, key: Result<Key, Rejection>) -> Entry {
    key.map_or_else(|why| Entry::Problem(problem(line, why)), Entry::Key)
}

/// A key of which a part is missing or wrong. The name of the part is ours, never the file's.
pub(crate) fn bad_element(element: &'static str) -> Rejection {
    Rejection::from(Reason::KeyElement).with("element", element)
}

/// A file that is not of its format any more.
pub(crate) fn malformed(title: &str, line: u64) -> Rejection {
    let words = Arg::Word { en: format!("{title} file"), ja: format!(" {title} ファイル") };
    Rejection::from(Reason::FileMalformed).with("format", words).with("line", line.to_string())
}
