//! The bytes below the reader of XML: they count lines, and end where a file or a piece of it is too long.

use std::io::{self, BufRead, Read};

use zeroize::Zeroizing;

/// Longest tag, text between two tags, or comment, in bytes.
pub(super) const MAX_EVENT: usize = 1024 * 1024;

/// Longest file, in bytes of UTF-8.
const MAX_FILE: u64 = 256 * 1024 * 1024;

const CHUNK: usize = 64 * 1024;

/// Longer than a byte order mark, which has to be seen at once.
const LEAST_BEGINNING: usize = 4;

/// Why there are no more bytes, though there were some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    EventTooLong,
    FileTooLong,
    Aborted,
}

/// An input with its limits.
pub(super) struct Bounded<R> {
    input: R,
    chunk: Zeroizing<Vec<u8>>,
    taken: usize,
    filled: usize,
    position: u64,
    max_file: u64,
    event_left: usize,
    line_ends: u64,
    last: u8,
    is_ended: bool,
    stop: Option<Stop>,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            chunk: Zeroizing::new(vec![0; CHUNK]),
            taken: 0,
            filled: 0,
            position: 0,
            max_file: MAX_FILE,
            event_left: MAX_EVENT,
            line_ends: 0,
            last: b' ',
            is_ended: false,
            stop: None,
        }
    }

    /// From here on another event is read.
    pub(super) fn begin_event(&mut self) {
        self.event_left = MAX_EVENT;
    }

    /// Why it stopped.
    pub(super) fn stop(&self) -> Option<Stop> {
        self.stop
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The line of the next byte, or the last line at the end.
    pub(super) fn line(&self) -> u64 {
        let is_behind = self.is_ended && self.taken == self.filled && matches!(self.last, b'\r' | b'\n');
        (self.line_ends + u64::from(!is_behind)).max(1)
    }

    fn halt(&mut self, stop: Stop) -> io::Error {
        self.stop = Some(stop);
        io::Error::other("stopped")
    }

    fn fill(&mut self) -> io::Result<()> {
        let least = if self.position == 0 { LEAST_BEGINNING } else { 1 };
        (self.taken, self.filled) = (0, 0);
        while self.filled < least && !self.is_ended {
            match self.input.read(&mut self.chunk[self.filled..]) {
                Ok(count) => {
                    self.filled += count;
                    self.is_ended = count == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(self.halt(Stop::Aborted)),
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.filled && !self.is_ended {
            self.fill()?;
        }
        let ready = self.filled - self.taken;
        if ready > 0 && self.position >= self.max_file {
            return Err(self.halt(Stop::FileTooLong));
        }
        if ready > 0 && self.event_left == 0 {
            return Err(self.halt(Stop::EventTooLong));
        }
        let given = ready.min(self.event_left);
        Ok(&self.chunk[self.taken..self.taken + given])
    }

    fn consume(&mut self, count: usize) {
        for byte in &self.chunk[self.taken..self.taken + count] {
            // CR, LF and CRLF each end one line.
            self.line_ends += u64::from(*byte == b'\r' || *byte == b'\n' && self.last != b'\r');
            self.last = *byte;
        }
        self.taken += count;
        self.position += count as u64;
        self.event_left -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1);
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn lines_of(text: &str) -> (u64, u64) {
        let read = |mut source: Bounded<Box<dyn Read + '_>>| {
            io::copy(&mut source, &mut io::sink()).unwrap();
            source.line()
        };
        (read(Bounded::new(Box::new(text.as_bytes()))), read(Bounded::new(Box::new(Slowly(text.as_bytes())))))
    }

    #[test]
    fn lines_are_counted_the_same_however_the_bytes_come() {
        for (text, lines) in
            [("", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\r\nb\rc\n\nd", 5), ("\r\n", 1), ("\r\r", 2)]
        {
            assert_eq!(lines_of(text), (lines, lines), "{text:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_seen_at_once() {
        let mut source = Bounded::new(Slowly(b"\xef\xbb\xbf<a/>"));
        assert!(source.fill_buf().unwrap().starts_with(b"\xef\xbb\xbf"));
    }

    #[test]
    fn it_stops_at_the_end_of_what_is_allowed() {
        let mut source = Bounded { max_file: 10, ..Bounded::new(&b"0123456789"[..]) };
        assert_eq!(io::copy(&mut source, &mut io::sink()).unwrap(), 10);
        let mut source = Bounded { max_file: 9, ..Bounded::new(Slowly(b"0123456789")) };
        assert!(io::copy(&mut source, &mut io::sink()).is_err());
        assert_eq!(source.stop(), Some(Stop::FileTooLong));
        let long = vec![b' '; MAX_EVENT + 1];
        let mut source = Bounded::new(&long[..]);
        assert!(io::copy(&mut source, &mut io::sink()).is_err());
        assert_eq!(source.stop(), Some(Stop::EventTooLong));
    }
}
