//! A strict reader of JSON (RFC 8259) that never holds more of a file than one text. Guarantee: what it gives is
//! well-formed, no name stands in an object twice, and anything beyond the limits refuses the file before it costs
//! anything. Knows values, and no format.

use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
use zeroize::Zeroizing;

use crate::lines::{BOM, read_some};
use crate::record::malformed;

/// Largest file, in bytes of UTF-8.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Longest text or number, in bytes. The longest honest one is under 1 KiB.
const MAX_TEXT: usize = 16 * 1024;

/// Deepest nesting; that of Microsoft Graph goes four deep.
const MAX_DEPTH: usize = 16;

/// Most members of an object. A token has about ten.
const MAX_MEMBERS: usize = 32;

const CHUNK: usize = 64 * 1024;

/// What stands in a file, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    /// The name of a member: see `text`. Its value comes next.
    Name,
    /// A text: see `text`.
    Text,
    /// A number: see `text`, as it is written.
    Number,
    Boolean,
    Null,
}

/// An object or array that has not ended yet.
enum Open {
    /// With the names so far.
    Object(Vec<String>),
    Array,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A value, or the end of an array in which there is none.
    Value { or_end: bool },
    /// A name, or the end of an object in which there is none.
    Name { or_end: bool },
    /// A comma or the end.
    Next,
    /// Nothing but blanks.
    End,
}

/// Reads one file.
pub(crate) struct Json<R> {
    input: R,
    chunk: Zeroizing<Vec<u8>>,
    taken: usize,
    filled: usize,
    total: u64,
    max_file: u64,
    line: u64,
    after_cr: bool,
    /// The line of the event that was given last.
    event_line: u64,
    open: Vec<Open>,
    wanted: Wanted,
    /// Reserved at once: a growing buffer would leave copies of seeds behind.
    text: Zeroizing<Vec<u8>>,
}

impl<R: Read> Json<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            chunk: Zeroizing::new(vec![0; CHUNK]),
            taken: 0,
            filled: 0,
            total: 0,
            max_file: MAX_FILE,
            line: 1,
            after_cr: false,
            event_line: 1,
            open: Vec::new(),
            wanted: Wanted::Value { or_end: false },
            text: Zeroizing::new(Vec::with_capacity(MAX_TEXT)),
        }
    }

    /// The text, the name or the number that was read last.
    pub(crate) fn text(&self) -> &str {
        // It was checked when it was read.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The line where the last event begins, from 1.
    pub(crate) fn event_line(&self) -> u64 {
        self.event_line
    }

    /// The next event; None at the end of the file.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, Rejection> {
        if self.total == 0 {
            self.skip_mark()?;
        }
        let byte = self.next_sign()?;
        let byte = match (self.wanted, byte) {
            (Wanted::Next, Some(b',')) => {
                self.take()?;
                self.wanted = match self.open.last() {
                    Some(Open::Object(_)) => Wanted::Name { or_end: false },
                    Some(Open::Array) | None => Wanted::Value { or_end: false },
                };
                self.next_sign()?
            }
            (_, byte) => byte,
        };
        self.event_line = self.line;
        let Some(byte) = byte else {
            return if self.wanted == Wanted::End { Ok(None) } else { Err(self.fault()) };
        };
        match (self.wanted, byte) {
            (Wanted::Name { .. }, b'"') => self.name().map(Some),
            (Wanted::Name { or_end: true } | Wanted::Next, b'}')
            | (Wanted::Value { or_end: true } | Wanted::Next, b']') => self.close(byte).map(Some),
            (Wanted::Value { .. }, _) => self.value(byte).map(Some),
            (Wanted::Name { .. } | Wanted::Next | Wanted::End, _) => Err(self.fault()),
        }
    }

    /// Reads a value to its end of which this is the first event.
    pub(crate) fn skip(&mut self, first: Event) -> Result<(), Rejection> {
        let outer = match first {
            Event::BeginObject | Event::BeginArray => self.open.len() - 1,
            Event::Text | Event::Number | Event::Boolean | Event::Null => return Ok(()),
            Event::EndObject | Event::EndArray | Event::Name => return Err(self.fault()),
        };
        while self.open.len() > outer {
            self.next_event()?;
        }
        Ok(())
    }

    fn name(&mut self) -> Result<Event, Rejection> {
        self.quoted()?;
        let name = self.text().to_owned();
        match self.open.last_mut() {
            Some(Open::Object(names)) if names.len() == MAX_MEMBERS => {
                Err(self.limit("an object has at most 32 members", "オブジェクトの要素は32個まで"))
            }
            Some(Open::Object(names)) if !names.contains(&name) => {
                names.push(name);
                self.colon()
            }
            Some(Open::Object(_) | Open::Array) | None => Err(self.fault()),
        }
    }

    fn colon(&mut self) -> Result<Event, Rejection> {
        if self.next_sign()? != Some(b':') {
            return Err(self.fault());
        }
        self.take()?;
        self.wanted = Wanted::Value { or_end: false };
        Ok(Event::Name)
    }

    fn value(&mut self, first: u8) -> Result<Event, Rejection> {
        match first {
            b'{' => self.begin(Open::Object(Vec::new()), Wanted::Name { or_end: true }, Event::BeginObject),
            b'[' => self.begin(Open::Array, Wanted::Value { or_end: true }, Event::BeginArray),
            b'"' => self.quoted().map(|()| self.complete(Event::Text)),
            b'-' | b'0'..=b'9' => self.number().map(|()| self.complete(Event::Number)),
            b't' => self.literal(b"true", Event::Boolean),
            b'f' => self.literal(b"false", Event::Boolean),
            b'n' => self.literal(b"null", Event::Null),
            _ => Err(self.fault()),
        }
    }

    fn begin(&mut self, open: Open, wanted: Wanted, event: Event) -> Result<Event, Rejection> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.limit("values are at most 16 deep", "値の深さは16まで"));
        }
        self.take()?;
        self.open.push(open);
        self.wanted = wanted;
        Ok(event)
    }

    fn close(&mut self, sign: u8) -> Result<Event, Rejection> {
        let event = match (self.open.pop(), sign) {
            (Some(Open::Object(_)), b'}') => Event::EndObject,
            (Some(Open::Array), b']') => Event::EndArray,
            (Some(Open::Object(_) | Open::Array) | None, _) => return Err(self.fault()),
        };
        self.take()?;
        Ok(self.complete(event))
    }

    /// A value has ended.
    fn complete(&mut self, event: Event) -> Event {
        self.wanted = if self.open.is_empty() { Wanted::End } else { Wanted::Next };
        event
    }

    fn literal(&mut self, word: &[u8], event: Event) -> Result<Event, Rejection> {
        self.expect(word)?;
        Ok(self.complete(event))
    }

    fn number(&mut self) -> Result<(), Rejection> {
        self.text.clear();
        while let Some(byte) = self.peek()?.filter(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
            self.put(&[byte])?;
            self.take()?;
        }
        if is_number(self.text()) { Ok(()) } else { Err(self.fault()) }
    }

    /// Reads a text in quotes.
    fn quoted(&mut self) -> Result<(), Rejection> {
        self.text.clear();
        self.take()?;
        loop {
            match self.peek()? {
                Some(b'"') => {
                    self.take()?;
                    return if std::str::from_utf8(&self.text).is_ok() { Ok(()) } else { Err(self.no_text()) };
                }
                Some(b'\\') => self.escaped()?,
                Some(b' '..) => self.plain()?,
                Some(_) | None => return Err(self.fault()),
            }
        }
    }

    /// Takes what stands for itself, as far as it is there.
    fn plain(&mut self) -> Result<(), Rejection> {
        let rest = &self.chunk[self.taken..self.filled];
        let end = rest.iter().position(|byte| matches!(byte, ..b' ' | b'"' | b'\\')).unwrap_or(rest.len());
        if self.text.len() + end > MAX_TEXT {
            return Err(self.text_too_long());
        }
        self.text.extend_from_slice(&rest[..end]);
        self.after_cr = false;
        self.advance(end)
    }

    fn escaped(&mut self) -> Result<(), Rejection> {
        self.take()?;
        let sign = self.peek()?.ok_or_else(|| self.fault())?;
        self.take()?;
        let plain = match sign {
            b'"' | b'\\' | b'/' => char::from(sign),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return Err(self.fault()),
        };
        self.put(plain.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// Four hex digits, or twice as many for a pair of surrogates.
    fn code_point(&mut self) -> Result<char, Rejection> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.fault());
        }
        self.expect(b"\\u")?;
        let second = self.unit()?;
        let is_pair = (0xdc00..0xe000).contains(&second);
        let code = 0x10000 + ((first & 0x3ff) << 10 | second & 0x3ff);
        char::from_u32(code).filter(|_| is_pair).ok_or_else(|| self.fault())
    }

    fn unit(&mut self) -> Result<u32, Rejection> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek()?.and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(|| self.fault())?;
            unit = unit << 4 | digit;
            self.take()?;
        }
        Ok(unit)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Rejection> {
        if self.text.len() + bytes.len() > MAX_TEXT {
            return Err(self.text_too_long());
        }
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    fn skip_mark(&mut self) -> Result<(), Rejection> {
        if self.peek()? == BOM.first().copied() { self.expect(BOM) } else { Ok(()) }
    }

    fn expect(&mut self, bytes: &[u8]) -> Result<(), Rejection> {
        for expected in bytes {
            if self.peek()? != Some(*expected) {
                return Err(self.fault());
            }
            self.take()?;
        }
        Ok(())
    }

    /// The next byte that is no blank.
    fn next_sign(&mut self) -> Result<Option<u8>, Rejection> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek()? {
            self.take()?;
        }
        self.peek()
    }

    fn peek(&mut self) -> Result<Option<u8>, Rejection> {
        if self.taken == self.filled {
            self.taken = 0;
            self.filled = read_some(&mut self.input, &mut self.chunk)?;
        }
        Ok(self.chunk[..self.filled].get(self.taken).copied())
    }

    /// Goes on behind the byte that was looked at. CR, LF and CRLF each end one line.
    fn take(&mut self) -> Result<(), Rejection> {
        let byte = self.chunk[..self.filled].get(self.taken).copied();
        self.line += u64::from(byte == Some(b'\r') || byte == Some(b'\n') && !self.after_cr);
        self.after_cr = byte == Some(b'\r');
        self.advance(1)
    }

    fn advance(&mut self, count: usize) -> Result<(), Rejection> {
        self.taken += count;
        self.total += count as u64;
        if self.total > self.max_file {
            return Err(Rejection::from(Reason::FileTooLarge).with("limit", "64 MiB"));
        }
        Ok(())
    }

    fn fault(&self) -> Rejection {
        malformed("JSON", self.line)
    }

    fn no_text(&self) -> Rejection {
        Rejection::from(Reason::FileEncoding).with("line", self.line.to_string())
    }

    fn text_too_long(&self) -> Rejection {
        self.limit("a text is at most 16 KiB", "文字列は16 KiBまで")
    }

    fn limit(&self, en: &str, ja: &str) -> Rejection {
        let rule = Arg::Word { en: en.to_owned(), ja: ja.to_owned() };
        Rejection::from(Reason::FileLimit).with("rule", rule).with("line", self.line.to_string())
    }
}

/// `-12.5e+3`; no zero before another digit.
fn is_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(left, right)| (left, Some(right)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
    let power = exponent.map(|power| power.strip_prefix(['+', '-']).unwrap_or(power));
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && power.is_none_or(is_digits)
}

#[cfg(test)]
mod tests;
