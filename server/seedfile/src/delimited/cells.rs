//! A line to cells: delimiters, quotes, blanks. Guarantee: cells come without outer blanks and quotes, and a line whose
//! quotes don't match is an error, never a guess.
//!
//! Own code rather than the `csv` crate, because vendors put blanks before quotes (`"a", "b, c"`), which RFC 4180
//! readers split in the wrong place, and because a row must end with its line (see `lines`).

use std::borrow::Cow;

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`, what spreadsheets write where the comma is a decimal sign.
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
    /// Any run of blanks and tabs, where nothing else separates.
    Blank,
    /// `:`, of one list that is known by more than that.
    Colon,
}

impl Delimiter {
    /// Every delimiter that any list may have, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe, Self::Blank];

    /// The word for people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "pipe",
            Self::Blank => "blank",
            Self::Colon => "colon",
        }
    }

    /// The sign to write.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
            Self::Pipe => '|',
            Self::Blank => ' ',
            Self::Colon => ':',
        }
    }

    fn separates(self, c: char) -> bool {
        match self {
            Self::Comma => c == ',',
            Self::Semicolon => c == ';',
            Self::Tab => c == '\t',
            Self::Pipe => c == '|',
            Self::Blank => c.is_whitespace(),
            Self::Colon => c == ':',
        }
    }
}

/// The cells of one row.
pub(crate) type Cells<'a> = Vec<Cow<'a, str>>;

/// The quotes of a line don't match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the quotes of the row don't match")]
pub(crate) struct BadQuotes;

/// The delimiter that a spreadsheet's `sep=;` line names.
pub(crate) fn declared_delimiter(line: &str) -> Option<Delimiter> {
    let (word, sign) = line.trim_start().split_at_checked(4)?;
    let mut signs = sign.chars();
    let sign = signs.next().filter(|_| word.eq_ignore_ascii_case("sep=") && signs.as_str().trim().is_empty())?;
    Delimiter::ALL.into_iter().find(|delimiter| delimiter.separates(sign))
}

/// A cell, and how it stands in its line: with its quotes and blanks.
pub(crate) struct Piece<'a> {
    pub(crate) cell: Cow<'a, str>,
    pub(crate) raw: &'a str,
}

/// Cells that most rows have at most.
const USUAL_CELLS: usize = 8;

/// Splits a line.
pub(crate) fn split(line: &str, delimiter: Delimiter) -> Result<Cells<'_>, BadQuotes> {
    let mut cells = Vec::with_capacity(USUAL_CELLS);
    split_into(line, delimiter, |piece| cells.push(piece.cell))?;
    Ok(cells)
}

/// Splits a line, so that it can be put together again.
pub(crate) fn split_pieces(line: &str, delimiter: Delimiter) -> Result<Vec<Piece<'_>>, BadQuotes> {
    let mut pieces = Vec::with_capacity(USUAL_CELLS);
    split_into(line, delimiter, |piece| pieces.push(piece))?;
    Ok(pieces)
}

fn split_into<'a>(line: &'a str, delimiter: Delimiter, mut take: impl FnMut(Piece<'a>)) -> Result<(), BadQuotes> {
    let mut rest = Some(line.trim_start_matches(|c: char| c.is_whitespace() && !delimiter.separates(c)));
    if delimiter == Delimiter::Blank {
        rest = Some(line.trim());
    }
    while let Some(text) = rest {
        let (cell, after) = next_cell(text, delimiter)?;
        let until = &text[..text.len() - after.map_or(0, str::len)];
        let raw = after.map_or(until, |_| until.strip_suffix(|c| delimiter.separates(c)).unwrap_or(until));
        take(Piece { cell, raw });
        rest = after.map(|after| if delimiter == Delimiter::Blank { after.trim_start() } else { after });
    }
    Ok(())
}

/// The first cell of a text, and what stands behind its delimiter.
fn next_cell(text: &str, delimiter: Delimiter) -> Result<(Cow<'_, str>, Option<&str>), BadQuotes> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() && !delimiter.separates(c));
    if let Some(quoted) = text.strip_prefix('"') {
        let (cell, after) = unquote(quoted)?;
        let after = after.trim_start_matches(|c: char| c.is_whitespace() && !delimiter.separates(c));
        return match after.chars().next() {
            None => Ok((cell, None)),
            Some(c) if delimiter.separates(c) => Ok((cell, Some(&after[c.len_utf8()..]))),
            Some(_) => Err(BadQuotes),
        };
    }
    let (cell, after) = match text.char_indices().find(|(_, c)| delimiter.separates(*c)) {
        Some((at, c)) => (&text[..at], Some(&text[at + c.len_utf8()..])),
        None => (text, None),
    };
    Ok((Cow::Borrowed(without_formula(cell.trim())), after))
}

/// What stands before the closing quote, and what after it.
fn unquote(text: &str) -> Result<(Cow<'_, str>, &str), BadQuotes> {
    let mut from = 0;
    while let Some(at) = text[from..].find('"').map(|at| from + at) {
        if !text[at + 1..].starts_with('"') {
            let inner = text[..at].trim();
            let cell = if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) };
            return Ok((cell, &text[at + 1..]));
        }
        from = at + 2;
    }
    Err(BadQuotes)
}

/// Spreadsheets keep leading zeros by writing `="0012"`.
fn without_formula(cell: &str) -> &str {
    cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::{Delimiter::*, *};

    #[test]
    fn every_delimiter_splits_and_blanks_around_cells_go() {
        for (line, delimiter) in
            [("a, b c ,,d", Comma), (" a;b c;;d ", Semicolon), ("a\tb c\t\t d", Tab), ("a|b c| |d", Pipe)]
        {
            assert_eq!(split(line, delimiter).unwrap(), ["a", "b c", "", "d"], "{line:?}");
        }
        assert_eq!(split("  a \t b  c ", Blank).unwrap(), ["a", "b", "c"]);
        assert_eq!(split("a,b,", Comma).unwrap(), ["a", "b", ""]);
        assert_eq!(split("\ta\tb", Tab).unwrap(), ["", "a", "b"]);
        assert_eq!(split("", Comma).unwrap(), [""]);
    }

    #[test]
    fn quotes_protect_delimiters_also_after_a_blank() {
        assert_eq!(split(r#""a", "b, ""c""" ,d"#, Comma).unwrap(), ["a", r#"b, "c""#, "d"]);
        assert_eq!(split(r#""a b" c"#, Blank).unwrap(), ["a b", "c"]);
        assert_eq!(split(r#"5" disk,b"#, Comma).unwrap(), [r#"5" disk"#, "b"]);
        assert_eq!(split(r#"="0012",b"#, Comma).unwrap(), ["0012", "b"]);
        assert_eq!(split(r#""",b"#, Comma).unwrap(), ["", "b"]);
    }

    #[test]
    fn quotes_that_do_not_match_are_an_error() {
        for line in [r#""a,b"#, r#""a"b,c"#, r#"a,"b"#, r#"a,""""#, r#"""",b"#] {
            assert_eq!(split(line, Comma), Err(BadQuotes), "{line}");
        }
    }

    #[test]
    fn a_spreadsheets_sep_line_names_the_delimiter() {
        assert_eq!(declared_delimiter("sep=;"), Some(Semicolon));
        assert_eq!(declared_delimiter("SEP=\t"), Some(Tab));
        for line in ["sep=", "sep=;;", "separate", "sep=x", "séé"] {
            assert_eq!(declared_delimiter(line), None, "{line}");
        }
    }
}
