//! Bytes to lines of text. Guarantee: valid UTF-8, no NUL, no line longer than 64 KiB, no file longer than 512 MiB, and
//! the same lines however the bytes arrive. Knows nothing of cells, and other encodings only by their names.
//!
//! A row of a seed file is a line: a quoted cell that runs over a line end is refused, never joined, so a stray quote
//! can't swallow the rows behind it.

use std::io::{self, Read};

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};
use zeroize::Zeroizing;

use crate::delimited::damage::begins_with_error;
use crate::evidence::TextEncoding;
use crate::foreign::Foreign;

/// Longest line, in bytes. The longest honest row seen is under 1 KiB.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// Largest file, in bytes of UTF-8.
pub(crate) const MAX_FILE: u64 = 512 * 1024 * 1024;

const CHUNK: usize = 64 * 1024;
pub(crate) const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// A line without its end.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) number: u64,
    pub(crate) text: &'a str,
    /// Whether a line end stands behind it. Only the last may lack one, and then the file may have been cut off.
    pub(crate) is_ended: bool,
}

impl Line<'_> {
    /// Blank lines and `#` comments hold no row. `#NAME?` is no comment: a serial was there.
    pub(crate) fn is_row(self) -> bool {
        !self.text.trim_start().is_empty() && !self.is_comment()
    }

    /// Whether it begins with `#`.
    pub(crate) fn is_comment(self) -> bool {
        let text = self.text.trim_start();
        text.starts_with('#') && !begins_with_error(text)
    }
}

/// Splits an input at CR, LF and CRLF.
pub(crate) struct Lines<R> {
    input: R,
    /// What was decoded to these bytes, to be named where that failed.
    encoding: TextEncoding,
    chunk: Zeroizing<Vec<u8>>,
    taken: usize,
    filled: usize,
    line: Zeroizing<Vec<u8>>,
    number: u64,
    total: u64,
    max_file: u64,
    after_cr: bool,
    is_ended: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R, encoding: TextEncoding) -> Self {
        Self {
            input,
            encoding,
            chunk: Zeroizing::new(vec![0; CHUNK]),
            taken: 0,
            filled: 0,
            // Reserved at once: a growing buffer would leave copies of seeds behind.
            line: Zeroizing::new(Vec::with_capacity(MAX_LINE + CHUNK)),
            number: 0,
            total: 0,
            max_file: MAX_FILE,
            after_cr: false,
            is_ended: false,
        }
    }

    /// The next line; None at the end. A missing last line end is no matter.
    pub(crate) fn next_line(&mut self) -> Result<Option<Line<'_>>, Rejection> {
        self.line.clear();
        if !self.collect()? {
            return Ok(None);
        }
        self.number += 1;
        let bytes = match self.number {
            1 => self.line.strip_prefix(BOM).unwrap_or(&self.line),
            _ => &self.line,
        };
        if bytes.contains(&0) {
            return Err(Foreign::Binary.refusal());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| not_text(self.encoding, self.number))?;
        Ok(Some(Line { number: self.number, text, is_ended: self.is_ended }))
    }

    /// Gathers the bytes up to the next line end; false when there are none left.
    fn collect(&mut self) -> Result<bool, Rejection> {
        let mut begun = false;
        loop {
            if self.taken == self.filled && !self.fill()? {
                return Ok(begun);
            }
            if std::mem::take(&mut self.after_cr) && self.chunk[self.taken] == b'\n' {
                self.take(1)?;
                continue;
            }
            begun = true;
            let rest = &self.chunk[self.taken..self.filled];
            let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let piece = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + piece.len() > MAX_LINE {
                return Err(Rejection::from(Reason::RowTooLong).with("limit", "64 KiB"));
            }
            self.line.extend_from_slice(piece);
            self.after_cr = end.is_some_and(|at| rest[at] == b'\r');
            self.is_ended = end.is_some();
            self.take(piece.len() + usize::from(end.is_some()))?;
            if self.is_ended {
                return Ok(true);
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<(), Rejection> {
        self.taken += count;
        self.total += count as u64;
        if self.total > self.max_file {
            return Err(Rejection::from(Reason::FileTooLarge).with("limit", "512 MiB"));
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<bool, Rejection> {
        self.taken = 0;
        self.filled = read_some(&mut self.input, &mut self.chunk)?;
        Ok(self.filled > 0)
    }
}

fn not_text(encoding: TextEncoding, line: u64) -> Rejection {
    let why = match encoding {
        TextEncoding::Utf8 | TextEncoding::Utf8WithBom => Rejection::from(Reason::FileEncoding),
        TextEncoding::Utf16Le | TextEncoding::Utf16Be | TextEncoding::ShiftJis | TextEncoding::EucJp => {
            Rejection::from(Reason::FileEncodingBroken).with("encoding", encoding.as_str())
        }
    };
    why.with("line", line.to_string())
}

/// Reads on until so many bytes are there; true where the input ended before. A new buffer takes them: one that grew
/// would leave copies of seeds behind.
pub(crate) fn read_up_to(
    input: &mut impl Read,
    bytes: &mut Zeroizing<Vec<u8>>,
    size: usize,
) -> Result<bool, Rejection> {
    let mut longer = Zeroizing::new(vec![0; size]);
    let mut filled = bytes.len();
    longer[..filled].copy_from_slice(bytes);
    let mut is_whole = false;
    while filled < size && !is_whole {
        let count = read_some(input, &mut longer[filled..])?;
        is_whole = count == 0;
        filled += count;
    }
    longer.truncate(filled);
    *bytes = longer;
    Ok(is_whole)
}

/// One read. An input that fails was cut off on its way here.
pub(crate) fn read_some(input: &mut impl Read, into: &mut [u8]) -> Result<usize, Rejection> {
    loop {
        match input.read(into) {
            Ok(count) => return Ok(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(Reason::ImportAborted.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut lines: Lines<impl Read>) -> Result<Vec<(u64, String)>, Rejection> {
        let mut found = Vec::new();
        while let Some(line) = lines.next_line()? {
            found.push((line.number, line.text.to_owned()));
        }
        Ok(found)
    }

    fn lines(bytes: &[u8]) -> Lines<&[u8]> {
        Lines::new(bytes, TextEncoding::Utf8)
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        all(lines(bytes)).unwrap().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn every_line_end_ends_a_line_and_the_last_may_lack_one() {
        for text in ["a\nb\n\nc", "a\r\nb\r\n\r\nc\r\n", "a\rb\r\rc\r"] {
            assert_eq!(texts(text.as_bytes()), ["a", "b", "", "c"], "{text:?}");
        }
        assert!(texts(b"").is_empty());
        assert_eq!(all(lines(b"a\r\n\nb")).unwrap(), [(1, "a".into()), (2, String::new()), (3, "b".into())]);
    }

    #[test]
    fn the_byte_order_mark_is_no_text() {
        assert_eq!(texts(b"\xef\xbb\xbfa\n\xef\xbb\xbfb"), ["a", "\u{feff}b"]);
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        let reason = |bytes: &[u8]| all(lines(bytes)).unwrap_err();
        assert_eq!(reason(b"a\nb\x83\n"), Rejection::from(Reason::FileEncoding).with("line", "2"));
        let broken = all(Lines::new(&b"a\n\xff"[..], TextEncoding::EucJp)).unwrap_err();
        let expected = Rejection::from(Reason::FileEncodingBroken).with("encoding", "EUC-JP").with("line", "2");
        assert_eq!(broken, expected);
        assert_eq!(reason(b"a\nb\0c").reason, Reason::FileFormatRefused);
        assert_eq!(reason(&vec![b'a'; MAX_LINE + 1]).reason, Reason::RowTooLong);
        assert_eq!(texts(&vec![b'a'; MAX_LINE])[0].len(), MAX_LINE);
    }

    #[test]
    fn comments_and_blank_lines_are_no_rows_but_failed_formulas_are() {
        for (text, is_row) in [("a", true), (" #NAME?,1", true), ("# a", false), ("#a", false), (" ", false)] {
            assert_eq!(Line { number: 1, text, is_ended: true }.is_row(), is_row, "{text}");
        }
    }

    #[test]
    fn a_file_over_the_cap_is_refused() {
        let with_cap = |cap| all(Lines { max_file: cap, ..lines(b"ab\ncd\n") });
        assert_eq!(with_cap(5).unwrap_err().reason, Reason::FileTooLarge);
        assert_eq!(with_cap(6).unwrap().len(), 2);
    }

    #[test]
    fn an_input_that_breaks_off_is_an_aborted_upload() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        assert_eq!(all(Lines::new(Broken, TextEncoding::Utf8)).unwrap_err().reason, Reason::ImportAborted);
    }
}
