//! From the first rows of a text to the plan by which all its rows are read. Guarantee: a plan is made only for a
//! positive signature, a known heading or cells of the right kind in the right order; everything else is refused.

use std::borrow::Cow;

use tokenfleet_domain::{
    catalogue::{Lang, Reason},
    reject::Arg,
    reject::Rejection,
};

use crate::Column;
use crate::delimited::arrange::{Arranged, Arrangement, Numbers};
use crate::delimited::cells::{Cells, Delimiter, split};
use crate::delimited::damage::Habits;
use crate::delimited::inventory::Inventory;
use crate::delimited::lengths::Lengths;
use crate::delimited::lists;
use crate::delimited::shape::Shape;
use crate::delimited::unread::{Unread, check_headings};
use crate::evidence::{Because, Layout};
use crate::field::{Field, Heading, fold, heading};
use crate::foreign::is_number;
use crate::kind::Kind;
use crate::lines::Line;
use crate::secret::SecretEncoding;

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
    /// Whether a row above all others names the columns. Under a map there may be one; `mapped` knows.
    pub(crate) has_header: bool,
    /// How its rows come into the order of these positions.
    pub(crate) arrangement: Arrangement,
    pub(crate) positions: [Option<usize>; Field::COUNT],
    /// Its other columns, where a heading names them.
    pub(crate) unread: Vec<Unread>,
}

impl Plan {
    /// Of a layout whose columns have an order.
    pub(crate) fn of_order(layout: Layout, delimiter: Delimiter, order: &[Field], told: Told) -> Self {
        let mut positions = [None; Field::COUNT];
        for (at, field) in order.iter().enumerate() {
            positions[*field as usize] = Some(at);
        }
        Self {
            layout,
            delimiter,
            columns: order.len(),
            encoding: encoding(layout, None, told),
            habits: Habits::default(),
            lengths: Lengths::default(),
            shape: Shape::default(),
            constants: Vec::new(),
            has_header: false,
            arrangement: Arrangement::AsWritten,
            positions,
            unread: Vec::new(),
        }
    }

    /// Of a layout whose rows are put in order first.
    pub(crate) fn of_arrangement(layout: Layout, delimiter: Delimiter, arrangement: Arrangement, told: Told) -> Self {
        let order = arrangement.order().unwrap_or_default();
        Self { arrangement, ..Self::of_order(layout, delimiter, order, told) }
    }

    /// The cells of a line in the order of this plan; None of one that holds no key. What is wrong with it is wrong
    /// with the row as a whole.
    pub(crate) fn arranged<'l>(&self, line: &Line<'l>) -> Result<Option<Arranged<'l>>, Rejection> {
        let cells = split(line.text, self.delimiter).map_err(|_| Reason::RowUnreadable)?;
        if cells.iter().all(|cell| cell.is_empty()) {
            return Ok(None);
        }
        self.arrangement.arrange(cells, line.is_ended)
    }

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
            Layout::OathCsv | Layout::OathCsv2 | Layout::Nexus | Layout::PingId => Some(Kind::Hotp),
            Layout::MultiOtp | Layout::Yubico | Layout::YubicoShort | Layout::Rcdevs | Layout::PhenixId => None,
            Layout::Header | Layout::Map => match (has(Field::Period), has(Field::Counter)) {
                (true, false) => Some(Kind::Totp),
                (false, true) => Some(Kind::Hotp),
                (true, true) | (false, false) => None,
            },
        }
    }

    /// Where a field stands in every row, for people.
    pub(crate) fn column(&self, field: Field) -> Option<Column> {
        if self.arrangement != Arrangement::AsWritten {
            return None;
        }
        let number = self.position(field).and_then(|at| u32::try_from(at + 1).ok())?;
        Some(Column { number, field })
    }

    /// The same in a row whose cells were put in order, and stand in its line where these numbers say.
    pub(crate) fn place(&self, numbers: Option<&Numbers>, field: Field) -> Option<Column> {
        let Some(numbers) = numbers else { return self.column(field) };
        let number = self.position(field).and_then(|at| numbers.get(at).copied());
        number.filter(|number| *number > 0).map(|number| Column { number, field })
    }

    /// Cells of most rows.
    pub(crate) fn usual_columns(&self) -> usize {
        if let Some(columns) = self.arrangement.columns() {
            return columns;
        }
        let usual = self.shape.width().filter(|_| self.may_end_early());
        usual.map_or(self.columns, |usual| usual.min(self.columns))
    }

    /// Whether its rows may leave out usual values at their end.
    pub(crate) fn may_end_early(&self) -> bool {
        matches!(self.layout, Layout::OathCsv | Layout::OathCsv2 | Layout::PingId)
    }

    /// Whether a row is the file's heading, or one like it.
    pub(crate) fn is_heading(&self, cells: &Cells<'_>) -> bool {
        let names = |field| heading(self.cell(cells, field)).is_some_and(|heading| heading.field == field);
        // Nearly every serial has a digit, and no heading of serials has one.
        !self.cell(cells, Field::Serial).contains(|c: char| c.is_ascii_digit())
            && names(Field::Serial)
            && names(Field::Secret)
    }
}

/// What is known before the first row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    /// The first line of privacyIDEA's version 2.
    pub(crate) is_oath_2: bool,
    /// A `sep=` line.
    pub(crate) delimiter: Option<Delimiter>,
    /// The operator's `--secret-encoding`.
    pub(crate) encoding: Option<SecretEncoding>,
}

/// Makes the plan from the first rows, of which there is at least one.
pub(crate) fn recognise(rows: &[&str], told: Told) -> Result<Plan, Rejection> {
    let delimiters: Vec<_> =
        Delimiter::ALL.into_iter().filter(|d| told.delimiter.is_none_or(|told| told == *d)).collect();
    let first = |delimiter: Delimiter| rows.first().and_then(|row| split(row, delimiter).ok()).unwrap_or_default();
    if told.is_oath_2
        && let Some(plan) = lists::oath_2(rows, told)
    {
        return Ok(plan);
    }
    for delimiter in &delimiters {
        if let Some(inventory) = Inventory::of_heading(&first(*delimiter)) {
            let plan = Plan::of_arrangement(Layout::Rcdevs, *delimiter, Arrangement::Rcdevs(inventory), told);
            return Ok(Plan { has_header: true, ..plan });
        }
    }
    let headers = delimiters.iter().filter_map(|delimiter| header(first(*delimiter), *delimiter));
    if let Some(header) = headers.max_by_key(Header::rank) {
        return header.plan(told);
    }
    if told.is_oath_2 {
        // It says what it is, and its rows say otherwise.
        return Err(Reason::FileFormatUnknown.into());
    }
    for delimiter in delimiters.into_iter().chain([Delimiter::Colon]) {
        let rows: Vec<_> = rows.iter().filter_map(|row| split(row, delimiter).ok()).collect();
        if let Some(plan) = lists::recognise(&rows, delimiter, told)? {
            return Ok(plan);
        }
    }
    Err(Reason::FileFormatUnknown.into())
}

/// multiOTP's name for a column that holds the interval of a clock and the counter of a button.
const INTERVAL_OR_EVENT: &str = "intervalorevent";

/// A first row that names columns.
struct Header {
    delimiter: Delimiter,
    raw: Vec<String>,
    headings: Vec<Option<Heading>>,
}

/// A header names the serial or the secret and holds no number. Blanks are in headings themselves, so a header of
/// blanks must name both.
fn header(cells: Cells<'_>, delimiter: Delimiter) -> Option<Header> {
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
        let mut positions = self.positions()?;
        if self.names_any(&[INTERVAL_OR_EVENT]) {
            positions[Field::Counter as usize] = positions[Field::Period as usize];
        }
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
        // The portal wants an interval in every row, and a script with these names means another one without it.
        if layout == Layout::Entra && !has(Field::Period) && !has(Field::Type) {
            return Err(Reason::HeaderKindMissing.into());
        }
        let plan = Plan {
            layout,
            delimiter: self.delimiter,
            columns: self.headings.len(),
            encoding: encoding(layout, self.said_encoding(), told),
            habits: Habits::default(),
            lengths: Lengths::default(),
            shape: Shape::default(),
            constants: Vec::new(),
            has_header: true,
            arrangement: Arrangement::AsWritten,
            positions,
            unread: self.unread(),
        };
        check_headings(&plan)?;
        Ok(plan)
    }

    /// The columns that nobody understands.
    fn unread(&self) -> Vec<Unread> {
        let columns = (0..).zip(&self.raw).zip(&self.headings);
        let unread = columns.filter(|(_, heading)| heading.is_none_or(|heading| !self.is_read(heading)));
        unread.map(|((at, raw), _)| Unread::new(at, raw)).collect()
    }

    fn is_read(&self, heading: Heading) -> bool {
        heading.field != Field::KeyId || self.has_key_ids()
    }

    fn positions(&self) -> Result<[Option<usize>; Field::COUNT], Rejection> {
        let mut positions = [None; Field::COUNT];
        for (at, heading) in self.headings.iter().enumerate() {
            let Some(Heading { field, .. }) = heading.as_ref().filter(|heading| self.is_read(**heading)) else {
                continue;
            };
            let position = &mut positions[*field as usize];
            if position.is_some() && field.must_be_single() {
                return Err(about_column(Reason::HeaderColumnTwice, *field));
            }
            *position = position.or(Some(at));
        }
        Ok(positions)
    }

    /// A column called `id` alone may hold running numbers, which would make two keys of a serial with two secrets. Beside
    /// python-pskc's own words it is the key's.
    fn has_key_ids(&self) -> bool {
        self.names_any(&["keyid", "responseencoding", "responselength", "policyexpirydate"])
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

/// The operator knows best, then the heading, then the layout.
fn encoding(layout: Layout, heading: Option<SecretEncoding>, told: Told) -> Option<(SecretEncoding, Because)> {
    let of_layout = match layout {
        Layout::Entra | Layout::EntraRows | Layout::Graph => Some(SecretEncoding::Base32),
        Layout::OathCsv
        | Layout::OathCsv2
        | Layout::MultiOtp
        | Layout::Yubico
        | Layout::YubicoShort
        | Layout::PingId => Some(SecretEncoding::Hex),
        Layout::Rcdevs | Layout::Nexus => Some(SecretEncoding::Base64),
        Layout::Deepnet | Layout::PhenixId | Layout::Header | Layout::Map => None,
    };
    told.encoding
        .map(|encoding| (encoding, Because::Asked))
        .or(heading.map(|encoding| (encoding, Because::Heading)))
        .or(of_layout.map(|encoding| (encoding, Because::Layout)))
}

/// Whether no cell has a digit.
pub(crate) fn is_wordy(cells: &Cells<'_>) -> bool {
    !cells.iter().any(|cell| cell.contains(|c: char| c.is_ascii_digit()))
}

pub(crate) fn is_any_heading(cells: &Cells<'_>) -> bool {
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
        let of_a_script = "SerialNumber,SecretKey,UserPrincipalName,Manufacturer,Model";
        assert_eq!(why(&[of_a_script]), Reason::HeaderKindMissing);
        assert_eq!(why(&["serial,secret,seed,type"]), Reason::HeaderColumnTwice);
        assert!(recognise(&["serial,secret,type,model,product"], Told::default()).is_ok());
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
    }

    #[test]
    fn what_the_operator_tells_goes_first() {
        let told =
            Told { delimiter: Some(Delimiter::Semicolon), encoding: Some(SecretEncoding::Base64), ..Told::default() };
        let plan = recognise(&["upn;serial number;secret key (hex)"], told).err().map(|why| why.reason);
        assert_eq!(plan, Some(Reason::HeaderKindMissing));
        let plan = recognise(&["upn,x;serial number;secret key;time interval"], told).unwrap();
        assert_eq!(plan.delimiter, Delimiter::Semicolon);
        assert_eq!(plan.encoding, Some((SecretEncoding::Base64, Because::Asked)));
    }
}
