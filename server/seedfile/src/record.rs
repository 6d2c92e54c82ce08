//! What formats have in common whose keys stand in records rather than in rows of cells: the rules for serials, the
//! encoding that a format declares, and how a key or a whole file is refused.

use tokenfleet_domain::{catalogue::Reason, ids::Serial, reject::Arg, reject::Rejection};

use crate::delimited::damage;
use crate::delimited::row::serial_reason;
use crate::evidence::Because;
use crate::foreign::fold_word;
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

/// A key of which something is said that its format does not have. It may well be how its codes are made, so that a key
/// is not read without it.
pub(crate) fn unknown_part(name: &str, known: &[&'static str]) -> Rejection {
    match misplaced(name, known) {
        Some(known) => bad_element(known),
        None => Rejection::from(Reason::KeyUnknownPart).with("element", shown_name(name)),
    }
}

/// The same of a file. The refusal lacks its line.
pub(crate) fn unknown_part_of_file(name: &str, known: &[&'static str]) -> Rejection {
    match misplaced(name, known) {
        Some(known) => Rejection::from(Reason::FileElement).with("element", known),
        None => Rejection::from(Reason::FileUnknownPart).with("element", shown_name(name)),
    }
}

/// A name that the format has: elsewhere, in other letters, or with more to it.
fn misplaced(name: &str, known: &[&'static str]) -> Option<&'static str> {
    known.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

/// Names that files may give to what makes codes, folded, and as they are shown. Any other name is the file's own text,
/// which may be a secret.
const NAMES: [(&str, &str); 24] = [
    ("type", "type"),
    ("counter", "counter"),
    ("movingfactor", "movingFactor"),
    ("digits", "digits"),
    ("length", "length"),
    ("otplength", "otpLength"),
    ("codelength", "codeLength"),
    ("interval", "interval"),
    ("timeinterval", "timeInterval"),
    ("timestep", "timeStep"),
    ("step", "step"),
    ("period", "period"),
    ("algorithm", "algorithm"),
    ("hash", "hash"),
    ("hashfunction", "hashFunction"),
    ("scchash", "sccHash"),
    ("crypto", "crypto"),
    ("suite", "suite"),
    ("drift", "drift"),
    ("offset", "offset"),
    ("epoch", "epoch"),
    ("encoding", "encoding"),
    ("encrypt", "encrypt"),
    ("mode", "mode"),
];

fn shown_name(name: &str) -> Arg {
    let folded = fold_word(name);
    let (en, ja) = match NAMES.into_iter().find(|(known, _)| *known == folded) {
        Some((_, shown)) => (shown.to_owned(), format!("{shown} ")),
        None => ("something in it".to_owned(), "記載されている内容の一部".to_owned()),
    };
    Arg::Word { en, ja }
}

/// A file that is not of its format any more.
pub(crate) fn malformed(title: &str, line: u64) -> Rejection {
    let words = Arg::Word { en: format!("{title} file"), ja: format!(" {title} ファイル") };
    Rejection::from(Reason::FileMalformed).with("format", words).with("line", line.to_string())
}
