//! From the first rows of a text to the plan by which all its rows are read. Guarantee: a plan is made only for a
//! positive signature, a known heading or cells of the right kind in the right order; everything else is refused.

use std::borrow::Cow;

use tokenfleet_domain::{
    catalogue::{Lang, Reason},
    reject::Arg,
    reject::Rejection,
};

use crate::Column;
use crate::cells::{Cells, Delimiter, split};
use crate::damage::Habits;
use crate::evidence::{Because, Layout};
use crate::field::{Field, Heading, fold, heading};
use crate::foreign::{Foreign, fold_word, is_number};
use crate::kind::Kind;
use crate::lengths::Lengths;
use crate::secret::{SecretEncoding, decode};
use crate::shape::Shape;

/// How to read every row of a file.
pub(crate) struct Plan {
    pub(crate) layout: Layout,
    pub(crate) delimiter: Delimiter,
    /// Cells of a whole row.
    pub(crate) columns: usize,
    /// How secrets are written, where something else than the secrets says it.
    pub(crate) encoding: Option<(SecretEncoding, Because)>,
    /// What its serials have in common; known after the plan itself.
    pub(crate) habits: Habits,
    /// How long its secrets are; known after their encoding.
    pub(crate) lengths: Lengths,
    /// What its rows have in common; known after the plan itself.
    pub(crate) shape: Shape,
    /// What the operator's map says of all rows.
    pub(crate) constants: Vec<(Field, String)>,
    pub(crate) positions: [Option<usize>; Field::COUNT],
}

impl Plan {
    /// Where a field stands, from 0.
    pub(crate) fn position(&self, field: Field) -> Option<usize> {
        self.positions[field as usize]
    }

    /// What a column holds; usually one field, but a list's fifth column may be an interval or a counter.
    pub(crate) fn fields_at(&self, column: usize) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.position(*field) == Some(column))
    }

    /// What a row says of a field; empty where neither the row nor the operator's map says anything.
    pub(crate) fn cell<'a>(&'a self, cells: &'a Cells<'_>, field: Field) -> &'a str {
        match self.position(field) {
            Some(at) => cells.get(at).map_or("", Cow::as_ref),
            None => self.constant(field).unwrap_or_default(),
        }
    }

    fn constant(&self, field: Field) -> Option<&str> {
        self.constants.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    /// Who made a row's token and what it is called, as the file writes it.
    pub(crate) fn make<'a>(&'a self, cells: &'a Cells<'_>) -> (&'a str, &'a str) {
        (self.cell(cells, Field::Manufacturer), self.cell(cells, Field::Model))
    }

    /// What a row is that says nothing about it; None where each row must say it.
    pub(crate) fn usual_kind(&self) -> Option<Kind> {
        let has = |field| self.position(field).is_some() || self.constant(field).is_some();
        match self.layout {
            Layout::Entra | Layout::EntraRows | Layout::Graph | Layout::Deepnet => Some(Kind::Totp),
            Layout::OathCsv => Some(Kind::Hotp),
            Layout::Header | Layout::Map => match (has(Field::Period), has(Field::Counter)) {
                (true, false) => Some(Kind::Totp),
                (false, true) => Some(Kind::Hotp),
                (true, true) | (false, false) => None,
            },
        }
    }

    /// Where a field stands, for people.
    pub(crate) fn column(&self, field: Field) -> Option<Column> {
        let number = self.position(field).and_then(|at| u32::try_from(at + 1).ok())?;
        Some(Column { number, field })
    }

    /// Cells of most rows.
    pub(crate) fn usual_columns(&self) -> usize {
        let usual = self.shape.width().filter(|_| self.may_end_early());
        usual.map_or(self.columns, |usual| usual.min(self.columns))
    }

    /// Whether its rows may leave out usual values at their end.
    pub(crate) fn may_end_early(&self) -> bool {
        self.layout == Layout::OathCsv
    }

    /// Whether a row is the file's heading, or one like it.
    pub(crate) fn is_heading(&self, cells: &Cells<'_>) -> bool {
        let names = |field| heading(self.cell(cells, field)).is_some_and(|heading| heading.field == field);
        names(Field::Serial) && names(Field::Secret)
    }

    /// Whether the first row names the columns. Under a map there may be a heading; `mapped` knows.
    pub(crate) fn has_header(&self) -> bool {
        match self.layout {
            Layout::EntraRows | Layout::OathCsv => false,
            Layout::Entra | Layout::Graph | Layout::Deepnet | Layout::Header | Layout::Map => true,
        }
    }
}

/// What is known before the first row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    /// A `sep=` line.
    pub(crate) delimiter: Option<Delimiter>,
    /// The operator's `--secret-encoding`.
    pub(crate) encoding: Option<SecretEncoding>,
}

/// Makes the plan from the first rows, of which there is at least one.
pub(crate) fn recognise(rows: &[&str], told: Told) -> Result<Plan, Rejection> {
    let delimiters: Vec<_> =
        Delimiter::ALL.into_iter().filter(|d| told.delimiter.is_none_or(|told| told == *d)).collect();
    if let Some(header) =
        delimiters.iter().filter_map(|delimiter| header(rows.first()?, *delimiter)).max_by_key(Header::rank)
    {
        return header.plan(told);
    }
    for delimiter in delimiters {
        let rows: Vec<_> = rows.iter().filter_map(|row| split(row, delimiter).ok()).collect();
        if let Some(foreign) = rows.iter().find_map(Foreign::of_row) {
            return Err(foreign.refusal());
        }
        if let Some(plan) = headless(&rows, delimiter, told)? {
            return Ok(plan);
        }
    }
    Err(Reason::FileFormatUnknown.into())
}

/// A first row that names columns.
struct Header {
    delimiter: Delimiter,
    raw: Vec<String>,
    headings: Vec<Option<Heading>>,
}

/// A header names the serial or the secret and holds no number. Blanks are in headings themselves, so a header of
/// blanks must name both.
fn header(row: &str, delimiter: Delimiter) -> Option<Header> {
    let cells = split(row, delimiter).ok()?;
    let headings: Vec<_> = cells.iter().map(|cell| heading(cell)).collect();
    let names = |field| headings.iter().flatten().any(|heading| heading.field == field);
    let (serial, secret) = (names(Field::Serial), names(Field::Secret));
    let enough = if delimiter == Delimiter::Blank { serial && secret } else { serial || secret };
    let is_header = cells.len() > 1 && enough && !cells.iter().any(|cell| is_number(cell));
    is_header.then(|| Header { delimiter, raw: cells.into_iter().map(Cow::into_owned).collect(), headings })
}

impl Header {
    /// The more columns are known, the better the delimiter; of equals the one tried first. Blanks come last, since
    /// `serial number<tab>secret key` falls apart into more headings than it has.
    fn rank(&self) -> (bool, usize, usize) {
        let tried = Delimiter::ALL.iter().position(|delimiter| *delimiter == self.delimiter).unwrap_or_default();
        (self.delimiter != Delimiter::Blank, self.headings.iter().flatten().count(), Delimiter::ALL.len() - tried)
    }

    fn plan(&self, told: Told) -> Result<Plan, Rejection> {
        let positions = self.positions()?;
        let has = |field: Field| positions[field as usize].is_some();
        for field in [Field::Serial, Field::Secret] {
            if !has(field) {
                return Err(about_column(Reason::HeaderColumnMissing, field));
            }
        }
        if ![Field::Type, Field::Algorithm, Field::Period, Field::Counter].into_iter().any(has) && !self.is_microsoft()
        {
            return Err(Reason::HeaderKindMissing.into());
        }
        let layout = self.layout(has(Field::Period));
        Ok(Plan {
            layout,
            delimiter: self.delimiter,
            columns: self.headings.len(),
            encoding: encoding(layout, self.said_encoding(), told),
            habits: Habits::default(),
            lengths: Lengths::default(),
            shape: Shape::default(),
            constants: Vec::new(),
            positions,
        })
    }

    fn positions(&self) -> Result<[Option<usize>; Field::COUNT], Rejection> {
        let mut positions = [None; Field::COUNT];
        for (at, heading) in self.headings.iter().enumerate() {
            let Some(Heading { field, .. }) = heading else { continue };
            let position = &mut positions[*field as usize];
            if position.is_some() && field.must_be_single() {
                return Err(about_column(Reason::HeaderColumnTwice, *field));
            }
            *position = position.or(Some(at));
        }
        Ok(positions)
    }

    fn layout(&self, has_period: bool) -> Layout {
        if !self.is_microsoft() {
            Layout::Header
        } else if self.names_any(&["upn", "userprincipalname"]) {
            Layout::Entra
        } else if self.names_any(&["timeintervalinseconds", "hashfunction"]) || self.is_camel_case() {
            Layout::Graph
        } else if has_period {
            Layout::Deepnet
        } else {
            Layout::Header
        }
    }

    /// Microsoft's words, which vendors took over; in Japanese too where a column is for Entra's users.
    fn is_microsoft(&self) -> bool {
        const SECRET_JA: [&str; 3] = ["シードキー", "秘密鍵", "シークレットキー"];
        let english = self.names_any(&["serialnumber"]) && self.names_any(&["secretkey"]);
        let japanese = self.names_any(&["upn"]) && self.names_any(&["シリアル番号"]) && self.names_any(&SECRET_JA);
        let for_entra = self.names_any(&["upn", "userprincipalname", "timeintervalinseconds", "hashfunction"]);
        japanese || english && (for_entra || self.is_camel_case() || self.names_any(&["timeinterval"]))
    }

    fn is_camel_case(&self) -> bool {
        ["serialNumber", "secretKey"].iter().all(|name| self.raw.iter().any(|raw| raw == name))
    }

    fn names_any(&self, names: &[&str]) -> bool {
        self.raw.iter().filter_map(|raw| fold(raw)).any(|raw| names.contains(&raw.as_str()))
    }

    fn said_encoding(&self) -> Option<SecretEncoding> {
        self.headings.iter().flatten().find_map(|heading| heading.encoding)
    }
}

const ENTRA_ORDER: [Field; 6] =
    [Field::UserName, Field::Serial, Field::Secret, Field::Period, Field::Manufacturer, Field::Model];
const OATH_ORDER: [Field; 6] = [Field::Serial, Field::Secret, Field::Type, Field::Digits, Field::Period, Field::Hash];

/// Lists without a header, by the kind and order of their cells.
fn headless(rows: &[Cells<'_>], delimiter: Delimiter, told: Told) -> Result<Option<Plan>, Rejection> {
    // A heading nobody knows is not skipped: what stands below it may mean anything. A single word is no heading.
    let Some(first) = rows.iter().find(|row| row.iter().filter(|cell| !cell.is_empty()).count() > 1) else {
        return Ok(None);
    };
    if is_wordy(first) && !is_typed(first) || rows.iter().any(is_any_heading) {
        return Ok(None);
    }
    if is_entra(first) {
        return Ok(Some(plan_of(Layout::EntraRows, delimiter, &ENTRA_ORDER, told)));
    }
    if !rows.iter().any(|row| is_typed(row) || is_bare(row, told)) {
        return Ok(None);
    }
    if delimiter == Delimiter::Blank && !rows.iter().any(is_typed) {
        return Err(Foreign::Duo.refusal());
    }
    let mut plan = plan_of(Layout::OathCsv, delimiter, &OATH_ORDER, told);
    // The fifth cell is the interval of a clock or the counter of a button.
    plan.positions[Field::Counter as usize] = plan.position(Field::Period);
    Ok(Some(plan))
}

fn plan_of(layout: Layout, delimiter: Delimiter, order: &[Field], told: Told) -> Plan {
    let mut positions = [None; Field::COUNT];
    for (at, field) in order.iter().enumerate() {
        positions[*field as usize] = Some(at);
    }
    Plan {
        layout,
        delimiter,
        columns: order.len(),
        encoding: encoding(layout, None, told),
        habits: Habits::default(),
        lengths: Lengths::default(),
        shape: Shape::default(),
        constants: Vec::new(),
        positions,
    }
}

/// The operator knows best, then the heading, then the layout.
fn encoding(layout: Layout, heading: Option<SecretEncoding>, told: Told) -> Option<(SecretEncoding, Because)> {
    let of_layout = match layout {
        Layout::Entra | Layout::EntraRows | Layout::Graph => Some(SecretEncoding::Base32),
        Layout::OathCsv => Some(SecretEncoding::Hex),
        Layout::Deepnet | Layout::Header | Layout::Map => None,
    };
    told.encoding
        .map(|encoding| (encoding, Because::Asked))
        .or(heading.map(|encoding| (encoding, Because::Heading)))
        .or(of_layout.map(|encoding| (encoding, Because::Layout)))
}

/// Types of tokens that lists in the order of OATH CSV name; all but two are refused row by row.
const TYPES: [&str; 14] = [
    "hotp", "hmac", "totp", "oathhotp", "oathtotp", "ocra", "ocra2", "motp", "tan", "pw", "spass", "dpw", "yubikey",
    "static",
];

/// `serial, seed, totp, 6`: a type in the third cell, behind it digits or an OCRA suite.
fn is_typed(cells: &Cells<'_>) -> bool {
    let cell = |at: usize| cells.get(at).map_or("", Cow::as_ref);
    let kind = fold_word(cell(2));
    TYPES.contains(&kind.as_str())
        && (cell(3).is_empty() || is_number(cell(3)) || !matches!(kind.as_str(), "hotp" | "hmac" | "totp"))
}

/// `serial, seed` and nothing else, the seed of two bytes at least.
fn is_bare(cells: &Cells<'_>, told: Told) -> bool {
    let [serial, secret, rest @ ..] = cells.as_slice() else { return false };
    !serial.is_empty()
        && rest.iter().all(|cell| cell.is_empty())
        && decode(secret, told.encoding.unwrap_or(SecretEncoding::Hex)).is_ok_and(|seed| seed.len() >= 2)
}

/// `name@example.com, serial, secret, 60, maker, model`.
fn is_entra(cells: &Cells<'_>) -> bool {
    let [user, serial, secret, period, _, _, rest @ ..] = cells.as_slice() else { return false };
    let is_user = user.is_empty() || user.contains('@') || user.eq_ignore_ascii_case("upn");
    is_user && !serial.is_empty() && !secret.is_empty() && is_number(period) && rest.iter().all(|cell| cell.is_empty())
}

/// Whether no cell has a digit.
pub(crate) fn is_wordy(cells: &Cells<'_>) -> bool {
    !cells.iter().any(|cell| cell.contains(|c: char| c.is_ascii_digit()))
}

fn is_any_heading(cells: &Cells<'_>) -> bool {
    let names = |field| cells.iter().filter_map(|cell| heading(cell)).any(|heading| heading.field == field);
    names(Field::Serial) && names(Field::Secret)
}

/// A refusal that names a field.
pub(crate) fn about_column(reason: Reason, field: Field) -> Rejection {
    let name = Arg::Word { en: field.name(Lang::En).to_owned(), ja: field.name(Lang::Ja).to_owned() };
    Rejection::from(reason).with("field", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rows: &[&str]) -> Plan {
        recognise(rows, Told::default()).unwrap_or_else(|why| panic!("{rows:?}: {why}"))
    }

    fn why(rows: &[&str]) -> Reason {
        recognise(rows, Told::default()).err().unwrap().reason
    }

    #[test]
    fn headers_are_known_by_their_columns() {
        for (row, layout, encoding) in [
            (
                "upn,serial number,secret key,time interval,manufacturer,model",
                Layout::Entra,
                Some(SecretEncoding::Base32),
            ),
            (
                "upn, Serial Number ,secret key,timeinterval,manufacturer,model",
                Layout::Entra,
                Some(SecretEncoding::Base32),
            ),
            (
                r#""UPN","Serial Number","Secret Key","Time Interval","Manufacturer","Model""#,
                Layout::Entra,
                Some(SecretEncoding::Base32),
            ),
            ("upn,シリアル番号,秘密鍵,時間間隔,製造元,モデル", Layout::Entra, Some(SecretEncoding::Base32)),
            // The template that the portal once gave out has a column that its own upload does not know.
            (
                "upn,serial number,secret key,time interval,manufacturer,model,enabled",
                Layout::Entra,
                Some(SecretEncoding::Base32),
            ),
            (
                "upn,serial number,secret key,time interval,manufacturer,model,hash function",
                Layout::Entra,
                Some(SecretEncoding::Base32),
            ),
            (
                "シリアルＮｏ．,シード値（１６進）,時間間隔（秒）,メーカー名,型番",
                Layout::Header,
                Some(SecretEncoding::Hex),
            ),
            ("シリアル番号,シード(Base32),種別", Layout::Header, Some(SecretEncoding::Base32)),
            ("シリアル番号\t16進シード\tカウンタ", Layout::Header, Some(SecretEncoding::Hex)),
            (
                "SerialNumber,SecretKey,UserPrincipalName,Manufacturer,Model",
                Layout::Entra,
                Some(SecretEncoding::Base32),
            ),
            (
                "serialNumber,secretKey,timeIntervalInSeconds,manufacturer,model,hashFunction",
                Layout::Graph,
                Some(SecretEncoding::Base32),
            ),
            ("serialNumber,secretKey,manufacturer", Layout::Graph, Some(SecretEncoding::Base32)),
            ("serial number,secret key,time interval,manufacturer,model", Layout::Deepnet, None),
            ("シリアル番号;シードキー;時間間隔;製造元;モデル", Layout::Header, None),
            ("Serial\tSeed\tType", Layout::Header, None),
            ("Serial Number\tSecret Key\tTime Interval", Layout::Deepnet, None),
            ("serial|seed (hex)|counter", Layout::Header, Some(SecretEncoding::Hex)),
            ("serial secret type digits", Layout::Header, None),
        ] {
            let plan = plan(&[row]);
            assert_eq!(plan.layout, layout, "{row}");
            assert_eq!(plan.encoding.map(|(encoding, _)| encoding), encoding, "{row}");
        }
    }

    #[test]
    fn a_header_that_lacks_or_repeats_a_column_says_so() {
        assert_eq!(why(&["nr,key,start date,info", "1,2233,x,y"]), Reason::HeaderColumnMissing);
        assert_eq!(why(&["serial,model,period"]), Reason::HeaderColumnMissing);
        assert_eq!(why(&["serial,secret,model"]), Reason::HeaderKindMissing);
        assert_eq!(why(&["serial,secret,seed,type"]), Reason::HeaderColumnTwice);
        assert!(recognise(&["serial,secret,type,model,product"], Told::default()).is_ok());
    }

    #[test]
    fn lists_without_a_header_are_known_by_their_cells() {
        for (rows, layout, delimiter) in [
            (&["tok1, 1212", "tok2, 1212, totp, 6"][..], Layout::OathCsv, Delimiter::Comma),
            (&["tok1;00112233"], Layout::OathCsv, Delimiter::Semicolon),
            (&["serialX", "tok1\t1212\ttotp\t8"], Layout::OathCsv, Delimiter::Tab),
            (&["tok1 1212 totp 8 60"], Layout::OathCsv, Delimiter::Blank),
            (&["tok1,1j12,totp,6"], Layout::OathCsv, Delimiter::Comma),
            (&["ocra1, 1212, ocra, OCRA-1:HOTP-SHA1-8:QH40"], Layout::OathCsv, Delimiter::Comma),
            (&["a@example.com,100,MFRGGZDF,60,Maker,Model 1"], Layout::EntraRows, Delimiter::Comma),
            (&["upn,100,MFRGGZDF,60,Maker,Key"], Layout::EntraRows, Delimiter::Comma),
        ] {
            let plan = plan(rows);
            assert_eq!((plan.layout, plan.delimiter), (layout, delimiter), "{rows:?}");
        }
    }

    #[test]
    fn what_is_no_seed_file_is_refused() {
        for rows in [
            &["Dear customer,", "please find the key below, thank you."][..],
            &["one", "two", "three"],
            &["Nummer,Geheimnis", "100,00112233445566778899"],
            &["100,00112233445566778899", "serial,secret"],
            &["100,00112233445566778899,60"],
            &["name,beef"],
        ] {
            assert_eq!(why(rows), Reason::FileFormatUnknown, "{rows:?}");
        }
        assert_eq!(why(&["100 00112233445566778899"]), Reason::FileFormatRefused);
        assert_eq!(why(&["A;B;HOTP;00112233445566778899;6;0"]), Reason::FileFormatRefused);
    }

    #[test]
    fn what_the_operator_tells_goes_first() {
        let told = Told { delimiter: Some(Delimiter::Semicolon), encoding: Some(SecretEncoding::Base64) };
        let plan = recognise(&["upn;serial number;secret key (hex)"], told).err().map(|why| why.reason);
        assert_eq!(plan, Some(Reason::HeaderKindMissing));
        let plan = recognise(&["upn,x;serial number;secret key;time interval"], told).unwrap();
        assert_eq!(plan.delimiter, Delimiter::Semicolon);
        assert_eq!(plan.encoding, Some((SecretEncoding::Base64, Because::Asked)));
    }
}
