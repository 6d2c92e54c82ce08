//! What the operator says about a file that does not name its columns, or names them in words of its own: which column
//! holds what, what holds for all rows, and where the rows begin. Here is the syntax alone; `mapped` holds a map against
//! a file. Guarantee: no refusal repeats a constant, which might be a secret in the wrong place.
//!
//! ```text
//! map    = part *("," part)
//! part   = field "=" (column [":" encoding] / "const:" value) / "header=" ("yes" / "no" / line)
//! field  = serial / secret / type / digits / period / epoch / counter / algorithm / manufacturer / model / id / expires,
//!          or any heading that is known for one of them
//! column = its number, from 1, or its heading
//! ```
//!
//! Without `header=`, a first row of headings that are known, or in words without any digit, is taken for the heading; a
//! map that names a heading has one. A heading or value that holds a comma, a colon or a quote, and a heading that is a
//! number, stands in double quotes.

use std::str::FromStr;

use tokenfleet_domain::{
    catalogue::Reason,
    ids::KeyId,
    reject::{Arg, Rejection},
};

use crate::delimited::row::{counter, digits, epoch, moment, period};
use crate::field::{Field, fold, heading};
use crate::kind::{Kind, Said, said};
use crate::secret::SecretEncoding;

/// Longest map, in bytes.
const MAX_MAP: usize = 2_000;

/// Greatest number of a column, here and in any file. The widest honest file seen has some dozens.
pub(crate) const MAX_COLUMN: usize = 1_000;

/// Last line that may be the heading: no further is looked to know the format.
const MAX_HEADER_LINE: u64 = 64;

/// Characters of a map that a refusal shows.
const SHOWN: usize = 30;

/// Which column holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    text: String,
    sources: Vec<(Field, Source)>,
    pub(crate) encoding: Option<SecretEncoding>,
    pub(crate) header: Header,
}

/// Where a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A column, from 0.
    Column(usize),
    /// The column under this heading.
    Heading(String),
    /// No column: the same for every row.
    Constant(String),
}

/// Where the rows begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// Behind the first row, if that is a heading.
    Unsaid,
    /// With the first row.
    None,
    /// Behind the first row.
    First,
    /// Behind this line.
    Line(u64),
}

impl ColumnMap {
    /// The map as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where every field comes from that the map names.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (Field, &Source)> {
        self.sources.iter().map(|(field, source)| (*field, source))
    }

    pub(crate) fn source(&self, field: Field) -> Option<&Source> {
        self.sources().find(|(known, _)| *known == field).map(|(_, source)| source)
    }

    fn constant(&self, field: Field) -> Option<&str> {
        match self.source(field)? {
            Source::Constant(value) => Some(value),
            Source::Column(_) | Source::Heading(_) => None,
        }
    }
}

impl FromStr for ColumnMap {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let mut parser = Parser { text, at: 0, map: Self::empty(text) };
        match parser.read() {
            Ok(()) => Ok(parser.map),
            Err(Fault { at, rule }) => Err(refusal(text, at, rule)),
        }
    }
}

/// Says where a map goes wrong. What stands behind that place is not repeated.
fn refusal(text: &str, at: usize, rule: Rule) -> Rejection {
    let before: Vec<char> = text[..at].chars().collect();
    let shown: String = before[before.len().saturating_sub(SHOWN)..].iter().collect();
    let (en, ja) = rule.words();
    Rejection::from(Reason::MapInvalid)
        .with("rule", Arg::Word { en: en.to_owned(), ja: ja.to_owned() })
        .with("position", (before.len() + 1).to_string())
        .with("before", shown)
        .in_field("column_map")
}

/// What a map breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    TooLong,
    Control,
    Part,
    Field,
    Twice,
    Column,
    Encoding,
    Constant,
    Quote,
    Value,
    Header,
    HeaderNeeded,
    SameColumn,
    Needed,
    Kind,
    Contradiction,
}

impl Rule {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::TooLong => ("a map has at most 2000 bytes", "2000バイトまでです"),
            Self::Control => ("a map is one line without control characters", "改行などの制御文字は使えません"),
            Self::Part => ("a part is FIELD=COLUMN, as in serial=1", "「項目=列」（例 serial=1）が必要です"),
            Self::Field => (
                "there is no such field; there are serial, secret, type, digits, period, epoch, counter, \
                 algorithm, manufacturer, model, id, expires",
                "その項目はありません（serial，secret，type，digits，period，epoch，counter，algorithm，manufacturer，model，id，expires があります）",
            ),
            Self::Twice => ("this field was named before", "同じ項目が前にもあります"),
            Self::Column => ("columns have numbers from 1 to 1000", "列の番号は1から1000です"),
            Self::Encoding => (
                "only secret has an encoding, and it is hex, base32 or base64",
                "文字表現は secret だけに付き，hex，base32，base64 のいずれかです",
            ),
            Self::Constant => {
                ("a serial or secret comes from a column, never from const", "serial と secret には const を使えません")
            }
            Self::Quote => ("the quote is not closed", "引用符が閉じていません"),
            Self::Value => ("this is no value of that field", "その項目の値として正しくありません"),
            Self::Header => (
                "header is yes, no or the number of a line, from 1 to 64",
                "header は yes，no，または行番号（1から64）です",
            ),
            Self::HeaderNeeded => {
                ("a column that is named by its heading needs a header", "見出しで列を指定するには header が必要です")
            }
            Self::SameColumn => ("serial and secret can't be one column", "serial と secret は同じ列にできません"),
            Self::Needed => ("serial and secret are both needed", "serial と secret の両方が必要です"),
            Self::Kind => (
                "nothing says whether the tokens have a clock or a button: add type, period or counter, as in \
                 type=const:totp",
                "時計式かボタン式かが分かりません．type，period，counter のいずれか（例 type=const:totp）を加えてください",
            ),
            Self::Contradiction => (
                "a token has a clock and a period, or a button and a counter",
                "period は時計式，counter はボタン式のトークンのものです",
            ),
        }
    }
}

/// A rule, and where it is broken, in bytes.
struct Fault {
    at: usize,
    rule: Rule,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    map: ColumnMap,
}

/// One column, value or word, and whether it stood in quotes.
struct Word {
    at: usize,
    text: String,
    is_quoted: bool,
}

impl Parser<'_> {
    fn read(&mut self) -> Result<(), Fault> {
        if self.text.len() > MAX_MAP {
            return Err(self.fault(Rule::TooLong));
        }
        // What it says is repeated in refusals, on somebody's terminal.
        if let Some(at) = self.text.find(char::is_control) {
            return Err(Fault { at, rule: Rule::Control });
        }
        loop {
            self.part()?;
            if !self.skip(',') {
                break;
            }
        }
        if self.at < self.text.len() {
            return Err(self.fault(Rule::Part));
        }
        self.map.check().map_err(|rule| self.fault(rule))
    }

    fn part(&mut self) -> Result<(), Fault> {
        let name = self.word("=,:")?;
        if name.text.is_empty() || !self.skip('=') {
            return Err(Fault { at: name.at, rule: Rule::Part });
        }
        if name.text.eq_ignore_ascii_case("header") {
            return self.header(name.at);
        }
        let field = heading(&name.text).filter(|heading| heading.encoding.is_none()).map(|heading| heading.field);
        let field = field.ok_or(Fault { at: name.at, rule: Rule::Field })?;
        if self.map.source(field).is_some() {
            return Err(Fault { at: name.at, rule: Rule::Twice });
        }
        let source = self.source(field)?;
        self.map.sources.push((field, source));
        Ok(())
    }

    fn header(&mut self, named_at: usize) -> Result<(), Fault> {
        let word = self.word(",:")?;
        if self.map.header != Header::Unsaid {
            return Err(Fault { at: named_at, rule: Rule::Twice });
        }
        self.map.header = match word.text.as_str() {
            "yes" => Header::First,
            "no" => Header::None,
            line => match line.parse() {
                Ok(line @ 1..=MAX_HEADER_LINE) => Header::Line(line),
                Ok(_) | Err(_) => return Err(Fault { at: word.at, rule: Rule::Header }),
            },
        };
        Ok(())
    }

    fn source(&mut self, field: Field) -> Result<Source, Fault> {
        let column = self.word(",:")?;
        let is_secret = field == Field::Secret;
        if !column.is_quoted && column.text == "const" && self.skip(':') {
            if is_secret || field == Field::Serial {
                return Err(Fault { at: column.at, rule: Rule::Constant });
            }
            let value = self.word(",")?;
            return if is_value(field, &value.text) {
                Ok(Source::Constant(value.text))
            } else {
                Err(Fault { at: value.at, rule: Rule::Value })
            };
        }
        if self.skip(':') {
            let word = self.word(",:")?;
            let encoding = word.text.parse().ok().filter(|_| is_secret);
            self.map.encoding = Some(encoding.ok_or(Fault { at: word.at, rule: Rule::Encoding })?);
        }
        match column.text.parse::<usize>() {
            Ok(number @ 1..=MAX_COLUMN) if !column.is_quoted => Ok(Source::Column(number - 1)),
            Ok(_) if !column.is_quoted => Err(Fault { at: column.at, rule: Rule::Column }),
            Ok(_) | Err(_) if column.text.is_empty() => Err(Fault { at: column.at, rule: Rule::Part }),
            Ok(_) | Err(_) => Ok(Source::Heading(column.text)),
        }
    }

    /// What stands before one of these signs, or in quotes.
    fn word(&mut self, ends: &str) -> Result<Word, Fault> {
        self.skip_blanks();
        let at = self.at;
        if self.skip('"') {
            let text = self.quoted().ok_or(Fault { at, rule: Rule::Quote })?;
            self.skip_blanks();
            return Ok(Word { at, text, is_quoted: true });
        }
        let rest = &self.text[at..];
        let end = rest.find(|c| ends.contains(c)).unwrap_or(rest.len());
        self.at += end;
        Ok(Word { at, text: rest[..end].trim_end().to_owned(), is_quoted: false })
    }

    /// Up to the closing quote; two quotes are one.
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find('"')?;
            text.push_str(&rest[..end]);
            self.at += end + 1;
            if !self.skip('"') {
                return Some(text);
            }
            text.push('"');
        }
    }

    fn skip(&mut self, sign: char) -> bool {
        let found = self.text[self.at..].starts_with(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn fault(&self, rule: Rule) -> Fault {
        Fault { at: if rule == Rule::TooLong { 0 } else { self.at }, rule }
    }
}

impl ColumnMap {
    fn empty(text: &str) -> Self {
        Self { text: text.to_owned(), sources: Vec::new(), encoding: None, header: Header::Unsaid }
    }

    /// What no part can be blamed for alone.
    fn check(&self) -> Result<(), Rule> {
        let has = |field| self.source(field).is_some();
        let (Some(serial), Some(secret)) = (self.source(Field::Serial), self.source(Field::Secret)) else {
            return Err(Rule::Needed);
        };
        if is_same_column(serial, secret) {
            return Err(Rule::SameColumn);
        }
        if self.header == Header::None && self.names_headings() {
            return Err(Rule::HeaderNeeded);
        }
        if ![Field::Type, Field::Algorithm, Field::Period, Field::Counter].into_iter().any(has) {
            return Err(Rule::Kind);
        }
        let kind = [Field::Type, Field::Algorithm, Field::Hash].into_iter().find_map(|field| {
            match said(self.constant(field).unwrap_or_default()) {
                Ok(Said::Kind(kind)) => Some(kind),
                Ok(Said::Nothing | Said::Hash(_)) | Err(_) => None,
            }
        });
        match kind {
            Some(Kind::Totp) if self.constant(Field::Counter).is_some() => Err(Rule::Contradiction),
            Some(Kind::Hotp)
                if [Field::Period, Field::Epoch].into_iter().any(|field| self.constant(field).is_some()) =>
            {
                Err(Rule::Contradiction)
            }
            Some(Kind::Totp | Kind::Hotp) | None => Ok(()),
        }
    }

    /// Whether a column is named by its heading.
    pub(crate) fn names_headings(&self) -> bool {
        self.sources().any(|(_, source)| matches!(source, Source::Heading(_)))
    }
}

fn is_same_column(one: &Source, other: &Source) -> bool {
    match (one, other) {
        (Source::Heading(one), Source::Heading(other)) => is_same_heading(one, other),
        (one, other) => one == other,
    }
}

/// Headings are compared as those that are known are: `Token No.` and `token_no` are one. What folds to nothing, such as
/// `#`, is compared as it is.
pub(crate) fn is_same_heading(one: &str, other: &str) -> bool {
    let folded = fold(one).filter(|folded| !folded.is_empty());
    one.trim() == other.trim() || folded.is_some() && folded == fold(other)
}

/// Whether a field may have this value in every row.
fn is_value(field: Field, value: &str) -> bool {
    match field {
        Field::Type => matches!(said(value), Ok(Said::Kind(_))),
        Field::Algorithm => matches!(said(value), Ok(Said::Kind(_) | Said::Hash(_))),
        Field::Hash => matches!(said(value), Ok(Said::Hash(_))),
        Field::Digits => digits(value).is_some(),
        Field::Period => period(value).is_some(),
        Field::Counter => counter(value).is_some(),
        Field::Epoch => epoch(value).is_some(),
        Field::KeyId => !value.is_empty() && value.parse::<KeyId>().is_ok(),
        Field::Expiry => moment(value).is_some(),
        Field::CodeFormat => value.eq_ignore_ascii_case("decimal"),
        Field::Manufacturer | Field::Issuer | Field::Model | Field::UserName => !value.is_empty(),
        Field::Serial | Field::Secret => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokenfleet_domain::catalogue::Lang;

    use super::*;

    fn map(text: &str) -> ColumnMap {
        text.parse().unwrap_or_else(|no| panic!("{text}: {no}"))
    }

    #[test]
    fn columns_constants_and_encodings_are_read() {
        let read =
            map("serial=1, secret = 3:hex ,type=const:totp,period=const:60,vendor=const:\"Acme, Ltd: \"\"A\"\"\"");
        assert_eq!(read.encoding, Some(SecretEncoding::Hex));
        let sources: Vec<_> = read.sources().collect();
        let constant = |value: &str| Source::Constant(value.to_owned());
        assert_eq!(
            sources,
            [
                (Field::Serial, &Source::Column(0)),
                (Field::Secret, &Source::Column(2)),
                (Field::Type, &constant("totp")),
                (Field::Period, &constant("60")),
                (Field::Manufacturer, &constant("Acme, Ltd: \"A\"")),
            ]
        );
        assert_eq!(read.header, Header::Unsaid);
    }

    #[test]
    fn columns_are_named_by_headings_too() {
        let read = map("serial=Token No,secret=\"Key: raw\":base64,counter=\"7\",header=3");
        let named = |field| match read.source(field) {
            Some(Source::Heading(heading)) => heading.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!((named(Field::Serial), named(Field::Secret)), ("Token No".to_owned(), "Key: raw".to_owned()));
        assert_eq!((named(Field::Counter), read.header), ("7".to_owned(), Header::Line(3)));
        assert!(is_same_heading("Token No.", "token_no") && is_same_heading("#", " # ") && !is_same_heading("#", "!"));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_rule() {
        for (text, position, before, rule) in [
            ("", 1, "", Rule::Part),
            ("serial", 1, "", Rule::Part),
            ("serial=1,", 10, "serial=1,", Rule::Part),
            ("serial=\u{1b}[31m", 8, "serial=", Rule::Control),
            ("serial=1,\nsecret=2", 10, "serial=1,", Rule::Control),
            ("serial=1;secret=2", 8, "serial=", Rule::Needed),
            ("serial=1,colour=2", 10, "serial=1,", Rule::Field),
            ("serial=1,secret (hex)=2", 10, "serial=1,", Rule::Field),
            ("serial=1,serial number=2", 10, "serial=1,", Rule::Twice),
            ("serial=0", 8, "serial=", Rule::Column),
            ("serial=1001", 8, "serial=", Rule::Column),
            ("serial=", 8, "serial=", Rule::Part),
            ("serial=1:hex", 10, "serial=1:", Rule::Encoding),
            ("secret=1:hx", 10, "secret=1:", Rule::Encoding),
            ("secret=const:00112233", 8, "secret=", Rule::Constant),
            ("serial=\"a", 8, "serial=", Rule::Quote),
            ("period=const:7", 14, "period=const:", Rule::Value),
            ("type=const:sha1", 12, "type=const:", Rule::Value),
            ("header=0", 8, "header=", Rule::Header),
            ("header=no,header=yes", 11, "header=no,", Rule::Twice),
            ("serial=1,secret=1,type=2", 25, "serial=1,secret=1,type=2", Rule::SameColumn),
            ("serial=1", 9, "serial=1", Rule::Needed),
            ("serial=1,secret=2", 18, "serial=1,secret=2", Rule::Kind),
            ("serial=A,secret=2,type=3,header=no", 35, "al=A,secret=2,type=3,header=no", Rule::HeaderNeeded),
            (
                "serial=1,secret=2,type=const:hotp,period=const:30",
                50,
                "ype=const:hotp,period=const:30",
                Rule::Contradiction,
            ),
            (
                "serial=1,secret=2,type=const:totp,counter=const:3",
                50,
                "pe=const:totp,counter=const:3",
                Rule::Contradiction,
            ),
        ] {
            let rejection = text.parse::<ColumnMap>().unwrap_err();
            let expected = refusal(&text[..0], 0, rule);
            assert_eq!(rejection.args[0], expected.args[0], "{text}");
            let told = rejection.message(Lang::En);
            if rule != Rule::Needed && rule != Rule::Contradiction {
                assert!(told.contains(&format!("character {position}, behind \"{before}\"")), "{text}: {told}");
            }
        }
        assert!("a".repeat(MAX_MAP + 1).parse::<ColumnMap>().unwrap_err().message(Lang::Ja).contains("2000"));
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_repeated() {
        for text in ["secret=const:QQQQ", "serial=1,QQQQ", "serial=1,secret=2:QQQQ", "period=const:QQQQ"] {
            let rejection = text.parse::<ColumnMap>().unwrap_err();
            let told = format!("{}{}", rejection.message(Lang::En), rejection.hint(Lang::Ja));
            assert!(!told.contains("QQ"), "{told}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_map_or_a_named_fault(text in "(serial|secret|type|header|period|,|=|:|\"|const|hex|[0-9]|é| ){0,24}") {
            match text.parse::<ColumnMap>() {
                Ok(read) => prop_assert_eq!(read.as_str(), text),
                Err(no) => prop_assert_eq!(no.reason, Reason::MapInvalid),
            }
        }
    }
}
