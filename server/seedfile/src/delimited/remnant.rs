//! What may be written of a row that is not imported: its own line with everything taken out that may be a secret, in the
//! file's own encoding and order, so that it can be mended and imported again.
//!
//! Guarantee: a cell is kept only where it reads as what its column holds: a number, a serial, a word, a name. Nothing is
//! kept because it does not look like a secret. Of a row whose cells have moved no more than its serial is kept, and that
//! only if it is of the file's series; of a row that can't be split, or whose cells mean something only after another
//! look, nothing.

use std::fmt;

use tokenfleet_domain::ids::{BadSerial, KeyId, Serial};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::delimited::arrange::Arrangement;
use crate::delimited::cells::{Delimiter, Piece, split_pieces};
use crate::delimited::plan::Plan;
use crate::delimited::row::{counter, digits, moment, period};
use crate::evidence::TextEncoding;
use crate::field::{Field, heading};
use crate::foreign::is_number;
use crate::kind::{other, said};

/// Letters and digits of a cell, or side by side in a name without a word between them, from which on they may be a part
/// of a secret that is worth something. Two fewer than Base32 needs for five bytes.
const TELLING: usize = 8;

/// Longest serial, in letters and digits.
const LONG_SERIAL: usize = 19;

/// Longest text of a name, its most words, and the longest of these.
const NAME: usize = 64;
const WORDS: usize = 6;
const WORD: usize = 20;

/// Longest piece of a name that is no word, as in `c200` or `SafeID`, and the most letters of all of them.
const MARK: usize = 6;
const MARKS: usize = 12;

/// Pieces of one length that make a name a secret in groups; shorter ones are usual in names.
const GROUPS: usize = 3;
const GROUP: usize = 4;

/// Letters of a piece of which a name has no second one.
const LONG_GROUP: usize = 10;

/// Consonants side by side from which on letters are no word.
const CONSONANTS: usize = 5;

/// Most digits of a counter or of a person's number, lest a secret that happens to have digits only be one.
const LONG_NUMBER: usize = 10;

/// What may stand before the name of a type.
const NAMESPACES: [&str; 3] =
    ["urn:ietf:params:xml:ns:keyprov:pskc", "http://www.ietf.org/keyprov/pskc", "keyprov/pskc"];

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
        let has_columns = plan.arrangement == Arrangement::AsWritten;
        Self { row: kept_of_row(plan, line).filter(|_| has_columns), writing }
    }

    /// Of a row that passed long ago and of which nothing is known but its name.
    pub(crate) fn of_name(plan: &Plan, serial: &Serial, key_id: &KeyId, writing: Writing) -> Self {
        if plan.arrangement != Arrangement::AsWritten {
            return Self { row: None, writing };
        }
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
    let kept = |piece: &Piece<'_>| heading(&piece.cell).is_some() || is_short(&piece.cell) || is_name(&piece.cell);
    join(plan, &pieces, |_, piece| kept(piece))
}

fn kept_of_row(plan: &Plan, line: &str) -> Option<String> {
    let pieces = split_pieces(line, plan.delimiter).ok()?;
    // Where blanks separate, a secret in groups is several cells, and those behind it stand in the wrong columns.
    if plan.delimiter == Delimiter::Blank && pieces.len() > plan.columns {
        return None;
    }
    let at_secret = plan.position(Field::Secret).and_then(|at| pieces.get(at));
    let secret = Zeroizing::new(at_secret.map_or_else(String::new, |piece| squeeze(&piece.cell)));
    let has_moved = has_other_width(plan, &pieces) || has_strange_cell(plan, &pieces);
    Some(join(plan, &pieces, |at, piece| {
        let is_kept =
            |field| is_kept(plan, field, &piece.cell) && (!has_moved || is_of_series(plan, field, &piece.cell));
        let mut fields = plan.fields_at(at).peekable();
        fields.peek().is_some() && fields.all(is_kept) && !is_part(&squeeze(&piece.cell), &secret)
    }))
}

/// Whether a cell is a serial like the others, wherever it came from.
fn is_of_series(plan: &Plan, field: Field, cell: &str) -> bool {
    field == Field::Serial && is_plain_serial(cell) && plan.shape.is_of_series(cell)
}

/// Whether a row has more or fewer cells than the others, so that nobody knows what stands where. Empty cells may follow,
/// and the rows of some lists end early.
fn has_other_width(plan: &Plan, pieces: &[Piece<'_>]) -> bool {
    let filled = pieces.iter().rposition(|piece| !piece.cell.is_empty()).map_or(0, |at| at + 1);
    let usual = plan.shape.width().filter(|_| !plan.may_end_early()).unwrap_or_default();
    filled > plan.columns || pieces.len() < usual.min(plan.columns)
}

/// Whether a column of numbers or known words holds something else. A strange name is left out alone: names are strange.
fn has_strange_cell(plan: &Plan, pieces: &[Piece<'_>]) -> bool {
    let is_strange = |field: Field, cell: &str| match field {
        Field::Secret
        | Field::Manufacturer
        | Field::Issuer
        | Field::Model
        | Field::KeyId
        | Field::CodeFormat
        | Field::UserName => false,
        // A word of another kind may be all that follows on the end of a secret that became a serial.
        Field::Type | Field::Algorithm | Field::Hash => !cell.is_empty() && !is_said(cell) && other(cell).is_none(),
        Field::Serial | Field::Digits | Field::Period | Field::Epoch | Field::Counter | Field::Expiry => {
            !is_kept(plan, field, cell)
        }
    };
    pieces.iter().enumerate().any(|(at, piece)| plan.fields_at(at).any(|field| is_strange(field, &piece.cell)))
}

/// Whether a text has a telling part of a secret.
fn is_part(text: &str, secret: &str) -> bool {
    secret.as_bytes().windows(TELLING).any(|part| text.as_bytes().windows(TELLING).any(|window| window == part))
}

fn is_kept(plan: &Plan, field: Field, cell: &str) -> bool {
    // Where blanks separate, any text may be a part of a secret, so a cell must be what its column holds.
    let may_be_other = plan.delimiter != Delimiter::Blank;
    let is_short = may_be_other && is_short(cell);
    match field {
        Field::Secret => false,
        Field::Serial => is_plain_serial(cell) || is_mixed_serial(plan, cell),
        Field::Type | Field::Algorithm | Field::Hash => is_said(cell) || is_short,
        Field::Digits => digits(cell).is_some() || is_short,
        Field::Period => period(cell).is_some() || is_short,
        Field::Expiry => moment(cell).is_some() && cell.chars().all(is_of_moment) || is_short,
        Field::Counter | Field::Epoch => counter(cell).is_some() && squeeze(cell).len() <= LONG_NUMBER || is_short,
        Field::Manufacturer | Field::Issuer | Field::Model | Field::KeyId | Field::CodeFormat => {
            is_short || may_be_other && is_name(cell)
        }
        Field::UserName => is_short || may_be_other && (is_name(cell) || is_address(cell)),
    }
}

/// A word for type or digest, with nothing before it that could be anything else.
fn is_said(cell: &str) -> bool {
    let is_plain = cell.rsplit_once([':', '#']).is_none_or(|(space, _)| NAMESPACES.contains(&space));
    is_plain && cell.is_ascii() && said(cell).is_ok()
}

fn is_of_moment(c: char) -> bool {
    c.is_ascii_digit() || "-/:. TZ+".contains(c)
}

/// A number, behind letters or not: `2600215704919`, `FTK0000012`, `1234-5678-9012-3456`, and what a spreadsheet makes
/// of one.
fn is_plain_serial(cell: &str) -> bool {
    let plain = squeeze(cell);
    let number = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = plain.len() - number.len() <= MARK && is_whole || is_scientific(cell);
    is_short(cell) || plain.len() <= LONG_SERIAL && is_number
}

/// `2.30753E+12`.
fn is_scientific(cell: &str) -> bool {
    cell.contains("E+") && matches!(cell.parse::<Serial>(), Err(BadSerial::Scientific))
}

/// Letters and digits in any order, as in the file's other rows: anything else may be a piece of a secret.
fn is_mixed_serial(plan: &Plan, cell: &str) -> bool {
    squeeze(cell).len() <= LONG_SERIAL && plan.shape.is_usual_series(cell)
}

/// Too little to be worth anything.
fn is_short(text: &str) -> bool {
    squeeze(text).len() < TELLING
}

/// The letters and digits of a text, whatever their width and case and whatever stands between them.
fn squeeze(text: &str) -> String {
    text.nfkd().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A name of a maker, a model or a person: a few words, and between them hardly anything else. Letters of other scripts
/// are no secret.
fn is_name(text: &str) -> bool {
    let pieces = pieces_of_name(text);
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let (mut beside, mut marks) = (0, 0);
    for piece in &pieces {
        let length = if is_word(piece) { 0 } else { piece.len() };
        beside = if length == 0 { 0 } else { beside + length };
        marks += length;
        if length > MARK || beside >= TELLING {
            return false;
        }
    }
    let is_base64 = text.contains(['+', '=']);
    let is_short_enough = text.chars().count() <= NAME && pieces.len() <= WORDS && marks <= MARKS;
    is_short_enough && !is_base64 && !is_in_groups(&pieces)
}

/// `hanako.yamada@example.ac.jp`, `0123456789@example.ac.jp`.
fn is_address(text: &str) -> bool {
    let is_id = |text: &str| text.len() <= LONG_NUMBER && is_number(text);
    text.split_once('@').is_some_and(|(person, place)| (is_id(person) || is_name(person)) && is_name(place))
}

/// The runs of ASCII letters and digits. What is invisible and marks on letters separate nothing.
fn pieces_of_name(text: &str) -> Vec<String> {
    let is_between = |c: char| c.is_whitespace() || c.is_ascii() || c.is_alphanumeric();
    let plain = text.nfkd().filter(|c| c.is_ascii_alphanumeric() || is_between(*c)).collect::<String>();
    let pieces = plain.split(|c: char| !c.is_ascii_alphanumeric());
    pieces.filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

/// Whether many pieces are of one length, or several very long.
fn is_in_groups(pieces: &[&str]) -> bool {
    let alike = |length| pieces.iter().filter(|piece| piece.len() == length).count();
    let long = pieces.iter().filter(|piece| piece.len() >= LONG_GROUP).count();
    long > 1 || pieces.iter().any(|piece| piece.len() >= GROUP && alike(piece.len()) >= GROUPS)
}

/// `Feitian`, `SafeSecurity`: letters that can be spoken, of which no two capitals stand side by side.
fn is_word(text: &str) -> bool {
    let is_capital = |byte: &u8| byte.is_ascii_uppercase();
    let is_consonant = |c: char| !"aeiouyAEIOUY".contains(c);
    let consonants = text.split(|c| !is_consonant(c)).map(str::len).max().unwrap_or_default();
    (2..=WORD).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !text.as_bytes().windows(2).any(|pair| pair.iter().all(is_capital))
        && consonants < CONSONANTS.min(text.len())
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
    fn names_of_makers_models_and_people_are_names() {
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
            "ﾄｰｸﾝ c200",
        ] {
            assert!(is_name(text), "{text}");
        }
    }

    #[test]
    fn secrets_are_no_names_in_any_spelling() {
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
            "NVQWIZJNOV_YCA43FMVSC_A3TPFYQDEM",
            "NVQW\u{200b}IZJN\u{200b}OVYC\u{200b}A43F",
            "NVQW\u{ad}IZJN\u{ad}OVYC\u{ad}A43F",
            "N\u{301}V\u{301}Q\u{301}W\u{301}I\u{301}Z\u{301}J\u{301}N\u{301}",
            "ＮＶＱＷＩＺＪＮ",
            "aabbccdd",
        ] {
            assert!(!is_name(text) && !is_short(text), "{text}");
        }
    }

    #[test]
    fn addresses_are_those_of_people() {
        for text in ["taro.yamada@g.ecc.example.ac.jp", "0123456789@g.ecc.example.ac.jp"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["NVQWIZJNOVYCA43F@example.ac.jp", "a@NVQWIZJNOVYCA43F", "00112233445566778899@example.ac.jp"] {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn serials_are_numbers_also_behind_letters() {
        for serial in [
            "FTK00000000000012",
            "1234567890123456",
            "1234-5678-9012-3456",
            "２６００２１５７０４９１９",
            "2.30753E+12",
        ] {
            assert!(is_plain_serial(serial), "{serial}");
        }
        for text in ["9f3a7c51e6b2084", "00112233445566778899", "NVQWIZJNOVYCA43F", "aabbccdd"] {
            assert!(!is_plain_serial(text), "{text}");
        }
    }

    #[test]
    fn a_word_for_a_type_has_nothing_before_it() {
        assert!(is_said("OATH-TOTP") && is_said("urn:ietf:params:xml:ns:keyprov:pskc:hotp"));
        for text in ["NVQWIZJNOVYCA43F:hotp", "NVQWIZJNOVYCA43F#totp", "ＮＶＱＷＩＺＪＮhotp", "urn:x#totp"] {
            assert!(!is_said(text), "{text}");
        }
    }
}
