//! A strict reader of XML that never holds more of a file than one tag or one text. Guarantee: what it gives is
//! well-formed, with namespaces resolved and entities replaced; a document type, an entity of the file's own and anything
//! beyond the limits refuse the file, before they cost anything. Knows elements and text, and no format.
//!
//! Whoever reads a format walks down with it: `next_child` gives the elements inside the one whose beginning was read
//! last, `text` and `skip` read one to its end.

mod attribute;
mod name;
mod source;

use std::io::Read;

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS};
use quick_xml::events::Event as Raw;
use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
use zeroize::Zeroizing;

use crate::evidence::TextEncoding;
use crate::wiped::push_wiped;
use crate::xml::attribute::{Attribute, declared_encoding, resolved_attributes, resolved_reference};
use crate::xml::name::{is_blank, is_legal, is_name, split_name};
use crate::xml::source::{Bounded, MAX_EVENT, Stop};

/// Deepest nesting of elements; PSKC with an encrypted value goes 12 deep.
const MAX_DEPTH: usize = 64;

/// Most namespace declarations that hold at one place.
const MAX_NAMESPACES: usize = 64;

/// Longest name of an element or attribute, in bytes.
const MAX_NAME: usize = 256;

/// Longest text of one element, in bytes.
const MAX_TEXT: usize = 1024 * 1024;

/// What stands in a file, in its order.
pub(crate) enum Event {
    /// An element begins. An empty one ends with the next event.
    Start(Element),
    /// A piece of the text of the innermost element.
    Text(Zeroizing<String>),
    /// The innermost element ends.
    End,
}

/// The beginning of an element.
#[derive(Debug)]
pub(crate) struct Element {
    /// The line where it begins, from 1.
    pub(crate) line: u64,
    /// The URI of its namespace; empty where it has none.
    pub(crate) namespace: String,
    /// Its name without prefix.
    pub(crate) name: String,
    attributes: Vec<Attribute>,
}

impl Element {
    /// The value of an attribute without a prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_in("", name)
    }

    /// The value of an attribute of a namespace.
    pub(crate) fn attribute_in(&self, namespace: &str, name: &str) -> Option<&str> {
        let is_it = |attribute: &&Attribute| attribute.namespace == namespace && attribute.name == name;
        self.attributes.iter().find(is_it).map(|attribute| attribute.value.as_str())
    }

    /// Its name, if it has no namespace and no attributes but these.
    pub(crate) fn plain_name(&self, attributes: &[&str]) -> Option<&str> {
        (self.namespace.is_empty() && !self.has_other_attributes(attributes)).then_some(self.name.as_str())
    }

    /// Whether it has others than these.
    pub(crate) fn has_other_attributes(&self, known: &[&str]) -> bool {
        let is_known =
            |attribute: &Attribute| attribute.namespace.is_empty() && known.contains(&attribute.name.as_str());
        !self.attributes.iter().all(is_known)
    }
}

/// A rule that a file breaks. The reader knows the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Malformed,
    Forbidden,
    Encoding,
    Limit(&'static str, &'static str),
}

/// An element that has not ended yet.
struct Open {
    text: usize,
    outer_namespaces: usize,
}

/// Reads one file.
pub(crate) struct Reader<R> {
    input: quick_xml::Reader<Bounded<R>>,
    encoding: TextEncoding,
    /// Whether text may have more than ASCII: not where it was decoded from another encoding than the file declares.
    is_all_text: bool,
    /// The tag or text that was read last.
    piece: Zeroizing<Vec<u8>>,
    open: Vec<Open>,
    /// Prefixes and what they stand for, the innermost last.
    namespaces: Vec<(String, String)>,
    is_begun: bool,
    has_root: bool,
}

/// The first element of a file of which these are the first bytes.
pub(crate) fn root(head: &[u8], encoding: TextEncoding) -> Result<Element, Rejection> {
    Reader::new(head, encoding).root()
}

impl<R: Read> Reader<R> {
    /// Takes a file as UTF-8, and what it was before.
    pub(crate) fn new(input: R, encoding: TextEncoding) -> Self {
        let mut input = quick_xml::Reader::from_reader(Bounded::new(input));
        let config = input.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = true;
        Self {
            input,
            encoding,
            // Without a declaration XML is UTF-8, or UTF-16 behind its mark.
            is_all_text: is_unicode(encoding),
            // Reserved at once: a growing buffer would leave copies of seeds behind.
            piece: Zeroizing::new(Vec::with_capacity(MAX_EVENT)),
            open: Vec::new(),
            namespaces: Vec::new(),
            is_begun: false,
            has_root: false,
        }
    }

    /// The first element.
    pub(crate) fn root(&mut self) -> Result<Element, Rejection> {
        match self.next_event()? {
            Some(Event::Start(element)) => Ok(element),
            Some(Event::Text(_) | Event::End) | None => Err(Fault::Malformed.at(self.line())),
        }
    }

    /// Reads on to the next element inside of the innermost one; None where that has ended. There must be no text
    /// between them.
    pub(crate) fn next_child(&mut self) -> Result<Option<Element>, Rejection> {
        loop {
            match self.next_event()? {
                Some(Event::Start(element)) => return Ok(Some(element)),
                Some(Event::Text(text)) if text.chars().all(is_blank) => {}
                Some(Event::Text(_)) => return Err(Fault::Malformed.at(self.line())),
                Some(Event::End) | None => return Ok(None),
            }
        }
    }

    /// Reads the innermost element to its end and gives its text. Elements in it make the file malformed.
    pub(crate) fn text(&mut self) -> Result<Zeroizing<String>, Rejection> {
        let mut whole = Zeroizing::new(String::new());
        loop {
            match self.next_event()? {
                Some(Event::Text(piece)) => push_wiped(&mut whole, &piece),
                Some(Event::Start(element)) => return Err(Fault::Malformed.at(element.line)),
                Some(Event::End) | None => return Ok(whole),
            }
        }
    }

    /// Reads the innermost element to its end.
    pub(crate) fn skip(&mut self) -> Result<(), Rejection> {
        let outer = self.open.len().saturating_sub(1);
        while self.open.len() > outer && self.next_event()?.is_some() {}
        Ok(())
    }

    /// Reads what stands behind the root, which is nothing but comments and blanks.
    pub(crate) fn finish(&mut self) -> Result<(), Rejection> {
        while self.next_event()?.is_some() {}
        Ok(())
    }

    /// The line that was reached, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.input.get_ref().line()
    }

    /// Bytes that were read.
    pub(crate) fn position(&self) -> u64 {
        self.input.get_ref().position()
    }

    /// The next event; None at the end of the file.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, Rejection> {
        loop {
            self.input.get_mut().begin_event();
            let line = self.line();
            let mut piece = std::mem::take(&mut self.piece);
            piece.clear();
            let read = self.input.read_event_into(&mut piece);
            let step = match read {
                Ok(raw) => self.step(raw, line).map_err(|fault| fault.at(line)),
                Err(error) => Err(self.refusal(&error)),
            };
            self.piece = piece;
            match step? {
                Step::Event(event) => return Ok(Some(event)),
                Step::Nothing => {}
                Step::Finished => return Ok(None),
            }
        }
    }

    fn step(&mut self, raw: Raw<'_>, line: u64) -> Result<Step, Fault> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        match raw {
            Raw::Start(tag) => {
                self.check_characters(&tag)?;
                self.begin(tag.name().0, tag.attributes_raw(), line)
            }
            Raw::End(_) => {
                self.end();
                Ok(Step::Event(Event::End))
            }
            Raw::Text(text) if text.contains("]]>") => Err(Fault::Malformed),
            Raw::Text(text) => self.text_piece(&text),
            Raw::CData(text) if self.open.is_empty() => self.check_characters(&text).and(Err(Fault::Malformed)),
            Raw::CData(text) => self.text_piece(&text),
            Raw::GeneralRef(reference) if self.open.is_empty() => {
                resolved_reference(&reference).and(Err(Fault::Malformed))
            }
            Raw::GeneralRef(reference) => {
                let character = resolved_reference(&reference)?;
                self.text_piece(character.encode_utf8(&mut [0; 4]))
            }
            Raw::Comment(text) => self.check_characters(&text).map(|()| Step::Nothing),
            Raw::PI(instruction) => {
                let target = &instruction[..instruction.len() - instruction.content().len()];
                self.check_characters(&instruction)?;
                let is_fine = is_name(target) && !target.contains(':') && !target.eq_ignore_ascii_case("xml");
                if is_fine { Ok(Step::Nothing) } else { Err(Fault::Malformed) }
            }
            Raw::Decl(declaration) if is_first => {
                let declared = declared_encoding(&declaration["xml".len()..])?;
                self.check_encoding(declared.as_deref()).map(|()| Step::Nothing)
            }
            Raw::DocType(_) => Err(Fault::Forbidden),
            Raw::Eof if self.open.is_empty() && self.has_root => Ok(Step::Finished),
            Raw::Eof | Raw::Decl(_) | Raw::Empty(_) => Err(Fault::Malformed),
        }
    }

    fn begin(&mut self, name: &str, attributes: &str, line: u64) -> Result<Step, Fault> {
        if self.open.is_empty() && std::mem::replace(&mut self.has_root, true) {
            return Err(Fault::Malformed);
        }
        if self.open.len() == MAX_DEPTH {
            return Err(Fault::Limit("elements are at most 64 deep", "要素の深さは64まで"));
        }
        self.open.push(Open { text: 0, outer_namespaces: self.namespaces.len() });
        let attributes = resolved_attributes(attributes, &mut self.namespaces)?;
        let (prefix, local) = split_name(name)?;
        let namespace = name::namespace_of(prefix, &self.namespaces)?.to_owned();
        Ok(Step::Event(Event::Start(Element { line, namespace, name: local.to_owned(), attributes })))
    }

    fn end(&mut self) {
        if let Some(ended) = self.open.pop() {
            self.namespaces.truncate(ended.outer_namespaces);
        }
    }

    /// Outside of the root there are only blanks, which are nothing.
    fn text_piece(&mut self, text: &str) -> Result<Step, Fault> {
        self.check_characters(text)?;
        let Some(open) = self.open.last_mut() else {
            return if text.chars().all(is_blank) { Ok(Step::Nothing) } else { Err(Fault::Malformed) };
        };
        open.text += text.len();
        if open.text > MAX_TEXT {
            return Err(Fault::Limit("text is at most 1 MiB", "文字列は1 MiBまで"));
        }
        Ok(Step::Event(Event::Text(Zeroizing::new(text.to_owned()))))
    }

    fn check_characters(&self, text: &str) -> Result<(), Fault> {
        match text {
            _ if !is_legal(text) => Err(Fault::Malformed),
            _ if self.is_all_text || text.is_ascii() => Ok(()),
            _ => Err(Fault::Encoding),
        }
    }

    /// What a file says of its encoding must be so. Where it names another that has ASCII in common with UTF-8, and
    /// has nothing else in it, both are the same.
    fn check_encoding(&mut self, declared: Option<&str>) -> Result<(), Fault> {
        let is_wide = matches!(self.encoding, TextEncoding::Utf16Le | TextEncoding::Utf16Be);
        match declared.map(str::to_ascii_lowercase).as_deref() {
            Some("utf-16" | "utf-16le" | "utf-16be") => is_wide.then_some(()).ok_or(Fault::Encoding),
            Some(_) if is_wide => Err(Fault::Encoding),
            None | Some("utf-8") => Ok(()),
            Some(label) => {
                let known = Encoding::for_label(label.as_bytes()).filter(|known| known.is_ascii_compatible());
                let declared = known.ok_or(Fault::Encoding)?;
                self.is_all_text = match self.encoding {
                    TextEncoding::ShiftJis => declared == SHIFT_JIS,
                    TextEncoding::EucJp => declared == EUC_JP,
                    TextEncoding::Utf8 | TextEncoding::Utf8WithBom | TextEncoding::Utf16Le | TextEncoding::Utf16Be => {
                        false
                    }
                };
                Ok(())
            }
        }
    }

    /// An error of the reader below. What it says may hold a part of the file, so that none of it is told.
    fn refusal(&mut self, error: &quick_xml::Error) -> Rejection {
        let line = self.line();
        match (self.input.get_mut().stop(), error) {
            (Some(Stop::Aborted), _) => Reason::ImportAborted.into(),
            (Some(Stop::EventTooLong), _) => {
                Fault::Limit("a tag, text or comment is at most 1 MiB", "タグ，文字列，コメントは1 MiBまで").at(line)
            }
            (Some(Stop::FileTooLong), _) => Rejection::from(Reason::FileTooLarge).with("limit", "256 MiB"),
            (None, quick_xml::Error::Encoding(_)) => Fault::Encoding.at(line),
            (None, _) => Fault::Malformed.at(line),
        }
    }
}

fn is_unicode(encoding: TextEncoding) -> bool {
    match encoding {
        TextEncoding::Utf8 | TextEncoding::Utf8WithBom | TextEncoding::Utf16Le | TextEncoding::Utf16Be => true,
        TextEncoding::ShiftJis | TextEncoding::EucJp => false,
    }
}

enum Step {
    Event(Event),
    Nothing,
    Finished,
}

impl Fault {
    fn at(self, line: u64) -> Rejection {
        let word = |en: &str, ja: &str| Arg::Word { en: en.to_owned(), ja: ja.to_owned() };
        match self {
            Self::Malformed => Rejection::from(Reason::FileMalformed).with("format", word("XML file", "XML ファイル")),
            Self::Forbidden => Reason::XmlForbidden.into(),
            Self::Encoding => Reason::XmlEncoding.into(),
            Self::Limit(en, ja) => Rejection::from(Reason::FileLimit).with("rule", word(en, ja)),
        }
        .with("line", line.to_string())
    }
}

#[cfg(test)]
mod tests;
