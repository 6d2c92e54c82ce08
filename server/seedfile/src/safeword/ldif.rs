//! LDIF to attributes. Guarantee: a line that begins with a blank continues the one above (RFC 2849, by which a longer
//! line is folded), unless it is an attribute that somebody indented; no attribute is longer than a line may be.

use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};
use zeroize::Zeroizing;

use crate::evidence::Format;
use crate::lines::{Lines, MAX_LINE};
use crate::record::malformed;

/// What comes next.
pub(super) enum Piece {
    /// An attribute: see `text` and `line`.
    Attribute,
    /// A blank line, which ends a record.
    Blank,
    /// The end; whether a line end stands there.
    End { is_whole: bool },
}

/// A file, attribute by attribute. Room for two is reserved at once: a growing buffer would leave copies of keys behind.
pub(super) struct Ldif<R> {
    lines: Lines<R>,
    text: Zeroizing<String>,
    line: u64,
    /// The line below the attribute, if it was looked at and is another attribute.
    below: Zeroizing<String>,
    below_line: u64,
    /// Whether a blank line was seen below the attribute.
    blank_below: bool,
    is_whole: bool,
}

impl<R: Read> Ldif<R> {
    pub(super) fn new(lines: Lines<R>) -> Self {
        let room = || Zeroizing::new(String::with_capacity(MAX_LINE));
        Self { lines, text: room(), line: 0, below: room(), below_line: 0, blank_below: false, is_whole: true }
    }

    /// The attribute, without blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The line in which it begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn next_piece(&mut self) -> Result<Piece, Rejection> {
        if std::mem::take(&mut self.blank_below) {
            return Ok(Piece::Blank);
        }
        if self.below.is_empty() && !self.look_below(false)? {
            return Ok(if self.blank_below { self.next_piece()? } else { Piece::End { is_whole: self.is_whole } });
        }
        std::mem::swap(&mut self.text, &mut self.below);
        self.line = self.below_line;
        self.below.clear();
        self.look_below(true)?;
        Ok(Piece::Attribute)
    }

    /// Reads on to the next attribute, adding what continues the one above; false where a blank line or the end comes.
    fn look_below(&mut self, may_continue: bool) -> Result<bool, Rejection> {
        while let Some(line) = self.lines.next_line()? {
            self.is_whole = line.is_ended;
            let trimmed = line.text.trim();
            if trimmed.is_empty() {
                self.blank_below = true;
                return Ok(false);
            }
            if trimmed.starts_with('#') {
                continue;
            }
            let Some(rest) = line.text.strip_prefix([' ', '\t']).filter(|_| !is_indented(trimmed)) else {
                self.below.push_str(trimmed);
                self.below_line = line.number;
                return Ok(true);
            };
            if !may_continue {
                return Err(malformed(Format::SafeWord.title(), line.number));
            }
            if self.text.len() + rest.len() > MAX_LINE {
                return Err(Rejection::from(Reason::RowTooLong).with("limit", "64 KiB"));
            }
            self.text.push_str(rest);
        }
        Ok(false)
    }
}

/// The name of an attribute, if a line begins with one.
pub(super) fn name_of(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(':')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b';');
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(fits)).then_some(name)
}

/// What stands behind the name.
pub(super) fn value_of(text: &str) -> &str {
    text.split_once(':').map_or("", |(_, value)| value.trim())
}

/// Whether a line that begins with a blank is an attribute of its own. No value has these names with a colon.
fn is_indented(trimmed: &str) -> bool {
    name_of(trimmed).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        matches!(name.as_str(), "dn" | "objectclass") || name.starts_with("scc")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::TextEncoding;

    fn read(text: &str) -> Result<Vec<String>, Rejection> {
        let mut ldif = Ldif::new(Lines::new(text.as_bytes(), TextEncoding::Utf8));
        let mut found = Vec::new();
        loop {
            match ldif.next_piece()? {
                Piece::Attribute => found.push(format!("{} {}", ldif.line(), ldif.text())),
                Piece::Blank => found.push("-".to_owned()),
                Piece::End { is_whole } => {
                    found.push(is_whole.to_string());
                    return Ok(found);
                }
            }
        }
    }

    #[test]
    fn folded_lines_are_joined_and_indented_attributes_are_not() {
        let text = "# title\n\ndn: a\n  sccA: 1\n2\n: 3\n";
        assert_eq!(read(text).unwrap(), ["-", "3 dn: a", "4 sccA: 1", "5 2", "6 : 3", "true"]);
        let folded = "sccTokenData: sccKey=0011\n 2233;sccPr\n# between\n Time=2013/03/12 00:00:00\n\n\nb: c";
        let joined = "1 sccTokenData: sccKey=00112233;sccPrTime=2013/03/12 00:00:00";
        assert_eq!(read(folded).unwrap(), [joined, "-", "-", "7 b: c", "false"]);
    }

    #[test]
    fn what_continues_nothing_and_what_never_ends_is_refused() {
        assert_eq!(read("\n 2233\n").unwrap_err().reason, Reason::FileMalformed);
        let long = format!("a: b\n{}", " 0123456789\n".repeat(MAX_LINE / 9));
        assert_eq!(read(&long).unwrap_err().reason, Reason::RowTooLong);
    }

    #[test]
    fn attributes_have_a_name_and_a_value() {
        for (text, name, value) in [("a: b:c", Some("a"), "b:c"), ("sccSignature:MC0", Some("sccSignature"), "MC0")] {
            assert_eq!((name_of(text), value_of(text)), (name, value));
        }
        for text in ["", "a", ": b", "a b: c", "1a: b", "serial,a: b"] {
            assert_eq!(name_of(text), None, "{text}");
        }
    }
}
