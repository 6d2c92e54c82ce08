//! What may be written of a row that is not imported: its own line with everything taken out that may be a secret, in the
//! file's own encoding and order, so that it can be mended and imported again.
//!
//! Guarantee: a cell is kept only where the plan knows what it holds, and only if that is no secret and does not look
//! like one. So a row in which the cells have moved shows no seed either, nor does a damaged one. Of a row that can't be
//! split nothing is kept.

use std::fmt;

use tokenfleet_domain::ids::{KeyId, Serial};

use crate::cells::{Delimiter, Piece, split_pieces};
use crate::evidence::TextEncoding;
use crate::field::{Field, heading};
use crate::kind::said;
use crate::plan::Plan;
use crate::row::{digits, moment, period};

/// Letters and digits in one piece from which on it may be a secret, unless it is a word.
const SECRET_RUN: usize = 16;

/// The same for words and for serials, some of which are long.
const LONG_RUN: usize = 20;

/// Least groups of a secret that is written in groups, and the longest of these.
const GROUPS: usize = 4;
const GROUP_LENGTH: usize = 8;

/// What is left of a row.
#[derive(Clone, PartialEq, Eq)]
pub struct Remnant {
    row: Option<String>,
    writing: Writing,
}

/// Says nothing: serials and names of people are in it.
impl fmt::Debug for Remnant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remnant")
    }
}

/// How the lines of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Writing {
    pub(crate) text: TextEncoding,
    pub(crate) line_end: LineEnd,
}

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineEnd {
    Lf,
    CrLf,
    Cr,
}

impl LineEnd {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

impl Writing {
    /// The bytes of a line.
    pub(crate) fn line(self, text: &str) -> Vec<u8> {
        let mut bytes = self.text.encode(text);
        bytes.extend(self.text.encode(self.line_end.as_str()));
        bytes
    }
}

impl Remnant {
    /// The lines for a file of rejected rows: a comment that says why, and below it what is left of the row.
    pub fn lines(&self, comment: &str) -> Vec<u8> {
        // One line, whatever the comment holds: it must not become a row.
        let comment: String = comment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut bytes = self.writing.line(&format!("# {comment}"));
        bytes.extend(self.row.iter().flat_map(|row| self.writing.line(row)));
        bytes
    }

    /// Of a row of the file.
    pub(crate) fn of_row(plan: &Plan, line: &str, writing: Writing) -> Self {
        Self { row: kept_of_row(plan, line), writing }
    }

    /// Of a row that passed long ago and of which nothing is known but its name.
    pub(crate) fn of_name(plan: &Plan, serial: &Serial, key_id: &KeyId, writing: Writing) -> Self {
        let mut cells = vec![empty(plan.delimiter); plan.columns];
        for (field, text) in [(Field::Serial, serial.shown()), (Field::KeyId, key_id.as_str())] {
            if let Some(cell) =
                plan.position(field).and_then(|at| cells.get_mut(at)).filter(|_| is_kept(plan, field, text))
            {
                *cell = text;
            }
        }
        Self { row: Some(cells.join(&plan.delimiter.sign().to_string())), writing }
    }
}

/// A heading, without what may be a secret: under a column map any line may be taken for one.
pub(crate) fn kept_of_heading(plan: &Plan, line: &str) -> String {
    let pieces = split_pieces(line, plan.delimiter).unwrap_or_default();
    let kept = |piece: &Piece<'_>| heading(&piece.cell).is_some() || !looks_secret(&piece.cell, SECRET_RUN);
    join(plan, &pieces, |_, piece| kept(piece))
}

fn kept_of_row(plan: &Plan, line: &str) -> Option<String> {
    let pieces = split_pieces(line, plan.delimiter).ok()?;
    // Where blanks separate, a secret in groups is several cells, and those behind it stand in the wrong columns.
    if plan.delimiter == Delimiter::Blank && pieces.len() > plan.columns {
        return None;
    }
    Some(join(plan, &pieces, |at, piece| {
        if at >= plan.columns {
            return !looks_secret(&piece.cell, SECRET_RUN);
        }
        let mut fields = plan.fields_at(at).peekable();
        fields.peek().is_some() && fields.all(|field| is_kept(plan, field, &piece.cell))
    }))
}

fn is_kept(plan: &Plan, field: Field, cell: &str) -> bool {
    // Where blanks separate, any text may be a part of a secret, so a cell must be what its column holds.
    let is_harmless = || plan.delimiter != Delimiter::Blank && !looks_secret(cell, SECRET_RUN);
    match field {
        Field::Secret => false,
        Field::Serial => !looks_secret(cell, LONG_RUN),
        Field::Type | Field::Algorithm | Field::Hash => said(cell).is_ok() || is_harmless(),
        Field::Digits => digits(cell).is_some() || is_harmless(),
        Field::Period => period(cell).is_some() || is_harmless(),
        Field::Expiry => moment(cell).is_some() || is_harmless(),
        Field::Counter
        | Field::Manufacturer
        | Field::Issuer
        | Field::Model
        | Field::KeyId
        | Field::CodeFormat
        | Field::UserName => is_harmless(),
    }
}

/// Whether a text may be a secret or a good part of one: many letters and digits in one piece, or groups of them.
fn looks_secret(text: &str, run: usize) -> bool {
    has_run(text, run) || is_in_groups(text, run)
}

fn has_run(text: &str, run: usize) -> bool {
    let is_secret = |piece: &str| piece.len() >= run && !(piece.len() < LONG_RUN && is_word(piece));
    text.split(|c: char| !is_sign(c)).any(is_secret)
}

/// Short groups that are no words, or of one length but for the last and few that were damaged.
fn is_in_groups(text: &str, letters_of_secret: usize) -> bool {
    let groups = text.split(|c: char| c.is_whitespace() || c == '-').filter(|group| !group.is_empty());
    let groups: Vec<&str> = groups.filter(|group| group.len() <= GROUP_LENGTH && group.chars().all(is_sign)).collect();
    let Some((_, body)) = groups.split_last() else { return false };
    let letters: usize = groups.iter().map(|group| group.len()).sum();
    let others = groups.iter().filter(|group| !is_word(group)).count();
    let alike = |length| body.iter().filter(|group| group.len() == length).count();
    let most_alike = (1..=GROUP_LENGTH).map(alike).max().unwrap_or_default();
    let is_regular = body.len() > 1 && most_alike + groups.len() / 5 >= body.len();
    letters >= letters_of_secret && (others >= GROUPS || is_regular && (others > 0 || groups.len() > GROUPS))
}

fn is_sign(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// `Feitian`, `SafeSecurity`: letters, of which no two capitals stand side by side.
fn is_word(text: &str) -> bool {
    let is_capital = |byte: &u8| byte.is_ascii_uppercase();
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !text.as_bytes().windows(2).any(|pair| pair.iter().all(is_capital))
}

/// The row again, with nothing in the place of what is not kept.
fn join(plan: &Plan, pieces: &[Piece<'_>], is_kept: impl Fn(usize, &Piece<'_>) -> bool) -> String {
    let texts: Vec<_> = pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| if is_kept(at, piece) { piece.raw } else { empty(plan.delimiter) })
        .collect();
    texts.join(&plan.delimiter.sign().to_string())
}

/// A cell with nothing in it.
fn empty(delimiter: Delimiter) -> &'static str {
    if delimiter == Delimiter::Blank { "\"\"" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_makers_and_models_are_no_secrets() {
        for text in [
            "",
            "Contoso Security Limited",
            "Deepnet Security",
            "FeitianTechnologies",
            "SafeID/Classic",
            "OTP c200 Card (Rev. 2)",
            "Feitian c200 token card",
            "OneSpan Digipass GO 6",
            "hanako.yamada@example.ac.jp",
            "飛天ジャパン株式会社",
            "2600215704919",
        ] {
            assert!(!looks_secret(text, SECRET_RUN), "{text}");
        }
    }

    #[test]
    fn secrets_are_seen_in_every_spelling() {
        for text in [
            "00112233445566778899aabbccddeeff01234567",
            "0011 2233 4455 6677 8899 aabb ccdd eeff",
            "00 11 22 33 44 55 66 77 88",
            "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB",
            "nvqwizjnovycaafmvscatpfyqdembb",
            "nvqw-izjn-ovyc-a43f-mvsc-a3tp",
            "nvqw izjn ovyc aaaf mvsc atpf",
            "bWFkZS11 cCBzZWVk IG5vLiAy MCE=",
            "(NVQWIZJNOVYCA43F)",
        ] {
            assert!(looks_secret(text, SECRET_RUN), "{text}");
        }
        // A long serial is one all the same.
        for serial in ["FTK00000000000012", "1234567890123456", "1234-5678-9012-3456"] {
            assert!(!looks_secret(serial, LONG_RUN), "{serial}");
        }
    }
}
