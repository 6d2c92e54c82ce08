//! Columns of a heading that nobody here understands. Guarantee: one that may say how codes are made refuses the file
//! rather than being passed over, since the usual value would be a guess; every other is named to whoever imports.

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};

use crate::delimited::cells::Cells;
use crate::delimited::plan::Plan;
use crate::delimited::row::name;
use crate::delimited::saying::{Bare, Cell};
use crate::field::{Field, fold_long};

/// Words of a heading that may be about how codes are made, and what it would say.
#[rustfmt::skip] // A list of words, not of lines.
const WORDS: &[(Field, &[&str])] = &[
    (Field::Digits, &["digit", "length", "lcd", "桁", "文字数"]),
    (Field::Period, &[
        "interval", "period", "step", "seconds", "cycle", "間隔", "周期", "秒", "インターバル", "ステップ", "サイクル",
    ]),
    (Field::Hash, &["hash", "algo", "digest", "hmac", "ハッシュ", "アルゴ"]),
    (Field::Counter, &["counter", "moving", "event", "sequence", "sync", "カウンタ"]),
    (Field::Epoch, &["epoch", "offset", "starttime", "起点"]),
    (Field::Type, &["type", "方式", "種別", "種類"]),
];

/// The same of headings that would be found in many others.
const WHOLE_WORDS: [(Field, &str); 4] =
    [(Field::Hash, "mac"), (Field::Epoch, "t0"), (Field::Epoch, "t0unix"), (Field::Epoch, "t0utc")];

/// Words of a heading that is about something else: a warranty period, a type of user.
#[rustfmt::skip] // A list of words, not of lines.
const ELSEWHERE: [&str; 16] = [
    "warranty", "guarantee", "battery", "maintenance", "lease", "contract", "user", "employee", "staff", "保証", "電池",
    "保守", "契約", "利用者", "職員", "社員",
];

/// Words of a heading over numbers that count or sort the tokens themselves, whatever they are.
#[rustfmt::skip] // A list of words, not of lines.
const COUNTED: [&str; 14] = [
    "box", "carton", "pallet", "grade", "row", "lot", "quantity", "qty", "箱", "段目", "段番号", "等級", "入数", "数量",
];

/// The same of whole headings.
const COUNTED_WHOLE: [&str; 5] = ["no", "nr", "段", "番号", "#"];

/// Words for the secret, whose length is not the code's.
const SECRETS: [&str; 5] = ["seed", "secret", "key", "シード", "鍵"];

/// Words of a heading that may say how secrets are encrypted or encoded.
const ENCRYPTED: [&str; 3] = ["crypt", "cipher", "暗号"];

/// The same where it names the secret too.
const ENCODED: [&str; 4] = ["format", "encod", "形式", "符号化"];

/// A column that is not read.
pub(crate) struct Unread {
    /// Where it stands, from 0.
    pub(crate) at: usize,
    /// Its heading, for people; None where it has none.
    pub(crate) heading: Option<String>,
    about: About,
}

/// What a column may say, by its heading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// How codes are made.
    Codes(Field),
    /// How secrets are encrypted or encoded.
    Secrets,
    /// Something else, whatever numbers it holds.
    Elsewhere,
    /// Nothing: the operator's map leaves it out.
    LeftOut,
    /// Its values must tell.
    Unknown,
}

impl Unread {
    pub(crate) fn new(at: usize, heading: &str) -> Self {
        Self { at, heading: name(heading), about: About::of(heading) }
    }

    /// One that the operator's map leaves out: it is named and not looked at.
    pub(crate) fn left_out(at: usize, heading: &str) -> Self {
        Self { at, heading: name(heading), about: About::LeftOut }
    }

    pub(crate) fn refusal(&self) -> Rejection {
        let none = || Arg::Word { en: "without a heading".to_owned(), ja: "見出しなし".to_owned() };
        let why = Rejection::from(Reason::ColumnUnread).with("number", (self.at + 1).to_string());
        why.with("heading", self.heading.clone().map_or_else(none, Arg::from))
    }
}

impl About {
    /// A heading is looked at to its end, however long it is.
    fn of(heading: &str) -> Self {
        let folded = fold_long(heading);
        let has_any = |words: &[&str]| words.iter().any(|word| folded.contains(word));
        let is_encoded = has_any(&ENCODED) && (has_any(&SECRETS) || folded == "encoding");
        let is_counted = has_any(&COUNTED) || [folded.as_str(), heading.trim()].iter().any(is_counted);
        match codes(&folded) {
            _ if has_any(&ELSEWHERE) => Self::Elsewhere,
            Some(field) => Self::Codes(field),
            None if has_any(&ENCRYPTED) || is_encoded => Self::Secrets,
            None if is_counted => Self::Elsewhere,
            None => Self::Unknown,
        }
    }
}

fn is_counted(heading: &&str) -> bool {
    COUNTED_WHOLE.contains(heading)
}

/// What a heading may say of how codes are made.
fn codes(folded: &str) -> Option<Field> {
    let has_any = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    let is_of_secret = has_any(&SECRETS) && has_any(&["length", "文字数"]) && !has_any(&["code", "otp", "digit", "桁"]);
    let whole = WHOLE_WORDS.into_iter().find(|(_, word)| *word == folded).map(|(field, _)| field);
    let within = WORDS.iter().find(|(_, words)| has_any(words)).map(|(field, _)| *field);
    whole.or(within).filter(|field| !(is_of_secret && *field == Field::Digits))
}

/// Refuses the file where a heading may say what no other column does. What it says of the kind its values must tell:
/// many a type is no token's.
pub(crate) fn check_headings(plan: &Plan) -> Result<(), Rejection> {
    let is_telling = |about| matches!(about, About::Codes(field) if field != Field::Type && !says(plan, field));
    let telling = plan.unread.iter().find(|column| is_telling(column.about));
    telling.map_or(Ok(()), |column| Err(column.refusal()))
}

/// Whether a column of the plan says what a field says, or its layout leaves no question.
fn says(plan: &Plan, field: Field) -> bool {
    plan.position(field).is_some()
        || field == Field::Type && plan.position(Field::Algorithm).is_some()
        || field == Field::Counter && plan.layout.is_of_clocks()
}

/// The cells of the columns that are not read, in the beginning of a file.
pub(crate) struct Values(Vec<Seen>);

/// What was seen in one column.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// A cell that says alone what is not usual.
    is_unusual: bool,
    /// What its bare numbers are together.
    bare: Option<Bare>,
}

impl Values {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self(vec![Seen::default(); plan.unread.len()])
    }

    /// Looks at one more row.
    pub(crate) fn note(&mut self, plan: &Plan, cells: &Cells<'_>) {
        for (seen, column) in self.0.iter_mut().zip(&plan.unread) {
            let Some(cell) = cells.get(column.at).and_then(|cell| Cell::new(cell)) else { continue };
            seen.is_unusual |= column.is_unusual(plan, &cell);
            if let Some(bare) = cell.bare() {
                seen.bare = Some(seen.bare.map_or(bare, |others| others.and(bare)));
            }
        }
    }

    /// Refuses the file where a column says what no other does, and not what is usual.
    pub(crate) fn check(&self, plan: &Plan) -> Result<(), Rejection> {
        for (seen, column) in self.0.iter().zip(&plan.unread) {
            let is_bare = match seen.bare {
                Some(Bare::Of { field, is_unusual }) => {
                    is_unusual && !matches!(column.about, About::Elsewhere | About::LeftOut) && !says(plan, field)
                }
                Some(Bare::Other) | None => false,
            };
            if seen.is_unusual || is_bare {
                return Err(column.refusal());
            }
        }
        Ok(())
    }
}

/// What is wrong with a row in which a column that nobody reads turns to what is not usual. In the beginning of a file
/// this refused all of it.
pub(crate) fn check_row(plan: &Plan, cells: &Cells<'_>) -> Result<(), Rejection> {
    let is_unusual = |column: &&Unread| {
        let cell = cells.get(column.at).and_then(|cell| Cell::new(cell));
        cell.is_some_and(|cell| column.is_unusual(plan, &cell))
    };
    plan.unread.iter().find(is_unusual).map_or(Ok(()), |column| Err(column.refusal()))
}

impl Unread {
    /// Whether a cell of it says alone what no other column does, and not what is usual.
    fn is_unusual(&self, plan: &Plan, cell: &Cell) -> bool {
        let names = || cell.names_unusual(|field| !says(plan, field), plan.usual_kind());
        match self.about {
            About::LeftOut => false,
            About::Secrets => !cell.is_plain(),
            About::Codes(Field::Type) => !says(plan, Field::Type) && cell.names_kind(plan.usual_kind()) || names(),
            About::Codes(_) | About::Elsewhere | About::Unknown => names(),
        }
    }
}
