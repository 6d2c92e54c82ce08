//! Columns of a heading that nobody here understands. Guarantee: one that may say how codes are made refuses the file
//! rather than being passed over, since the usual value would be a guess; every other is named to whoever imports.

use tokenfleet_domain::{
    catalogue::Reason,
    otp::code::Algorithm,
    reject::{Arg, Rejection},
};

use crate::delimited::cells::Cells;
use crate::delimited::plan::Plan;
use crate::delimited::row::name;
use crate::field::{Field, fold, fold_long};
use crate::kind::{Said, said};

/// Words of a heading that may be about how codes are made, and what it would say.
const WORDS: &[(Field, &[&str])] = &[
    (Field::Digits, &["digit", "length", "桁", "文字数"]),
    (Field::Period, &["interval", "period", "step", "seconds", "間隔", "周期", "秒", "インターバル", "ステップ"]),
    (Field::Hash, &["hash", "algo", "digest", "hmac", "ハッシュ", "アルゴ"]),
    (Field::Counter, &["counter", "moving", "カウンタ"]),
    (Field::Type, &["type", "方式", "種別", "種類"]),
    (Field::Epoch, &["epoch", "offset", "起点"]),
];

/// Words of a heading that is about something else: a warranty period, the length of a seed, a type of user.
const ELSEWHERE: [&str; 18] = [
    "warranty",
    "guarantee",
    "battery",
    "maintenance",
    "lease",
    "contract",
    "seed",
    "secret",
    "key",
    "user",
    "保証",
    "電池",
    "保守",
    "契約",
    "シード",
    "鍵",
    "利用者",
    "職員",
];

/// A column that is not read.
pub(crate) struct Unread {
    /// Where it stands, from 0.
    pub(crate) at: usize,
    /// Its heading, for people; None where it has none.
    pub(crate) heading: Option<String>,
    /// What it may say, by its heading.
    may_say: Option<Field>,
}

impl Unread {
    pub(crate) fn new(at: usize, heading: &str) -> Self {
        Self { at, heading: name(heading), may_say: may_say(heading) }
    }

    fn refusal(&self) -> Rejection {
        let none = || Arg::Word { en: "without a heading".to_owned(), ja: "見出しなし".to_owned() };
        let why = Rejection::from(Reason::ColumnUnread).with("number", (self.at + 1).to_string());
        why.with("heading", self.heading.clone().map_or_else(none, Arg::from))
    }
}

/// What a heading may be about; it is looked at to its end, however long it is.
fn may_say(heading: &str) -> Option<Field> {
    let folded = fold_long(heading);
    let has_any = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    let (field, _) = WORDS.iter().find(|(_, words)| has_any(words)).filter(|_| !has_any(&ELSEWHERE))?;
    Some(*field)
}

/// Refuses the file where a heading may say what no other column does.
pub(crate) fn check_headings(plan: &Plan) -> Result<(), Rejection> {
    let telling = plan.unread.iter().find(|column| column.may_say.is_some_and(|field| !says(plan, field)));
    telling.map_or(Ok(()), |column| Err(column.refusal()))
}

/// Whether a column of the plan says what a field says.
fn says(plan: &Plan, field: Field) -> bool {
    plan.position(field).is_some() || field == Field::Type && plan.position(Field::Algorithm).is_some()
}

/// The cells of the columns that are not read, in the beginning of a file.
pub(crate) struct Values(Vec<Look>);

/// What the cells of one column look like.
#[derive(Clone, Copy)]
enum Look {
    /// There are none.
    Empty,
    /// All say the same thing of how codes are made; whether any says other than what is usual.
    Of {
        field: Field,
        is_unusual: bool,
    },
    Other,
}

impl Values {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self(vec![Look::Empty; plan.unread.len()])
    }

    /// Looks at one more row.
    pub(crate) fn note(&mut self, plan: &Plan, cells: &Cells<'_>) {
        for (look, column) in self.0.iter_mut().zip(&plan.unread) {
            if let Some(cell) = cells.get(column.at).filter(|cell| !cell.is_empty()) {
                *look = look.and(look_of(cell));
            }
        }
    }

    /// Refuses the file where all cells of a column say what no other column does, and not what is usual.
    pub(crate) fn check(&self, plan: &Plan) -> Result<(), Rejection> {
        for (look, column) in self.0.iter().zip(&plan.unread) {
            match look {
                Look::Of { field, is_unusual: true } if !says(plan, *field) => return Err(column.refusal()),
                Look::Of { .. } | Look::Empty | Look::Other => {}
            }
        }
        Ok(())
    }
}

impl Look {
    fn and(self, cell: Self) -> Self {
        match (self, cell) {
            (Self::Empty, look) | (look, Self::Empty) => look,
            (Self::Of { field, is_unusual }, Self::Of { field: other, is_unusual: one }) if field == other => {
                Self::Of { field, is_unusual: is_unusual || one }
            }
            (Self::Of { .. } | Self::Other, Self::Of { .. } | Self::Other) => Self::Other,
        }
    }
}

/// `60`, `60 sec`, `8桁`, `SHA-256`, `TOTP`.
fn look_of(cell: &str) -> Look {
    let of = |field, is_unusual| Look::Of { field, is_unusual };
    let end = cell.find(|c: char| !c.is_ascii_digit()).unwrap_or(cell.len());
    let unit = fold(&cell[end..]).unwrap_or_default();
    let is_time = matches!(unit.as_str(), "" | "s" | "sec" | "secs" | "second" | "seconds" | "秒");
    let is_length = matches!(unit.as_str(), "" | "digit" | "digits" | "桁");
    match &cell[..end] {
        number @ ("30" | "60") if is_time => of(Field::Period, number != "30"),
        number @ ("6" | "7" | "8") if is_length => of(Field::Digits, number != "6"),
        _ => match said(cell) {
            Ok(Said::Hash(hash)) => of(Field::Hash, hash != Algorithm::Sha1),
            Ok(Said::Kind(_)) => of(Field::Type, true),
            Ok(Said::Nothing) | Err(_) => Look::Other,
        },
    }
}
