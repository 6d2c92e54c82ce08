//! The inventory of RCDevs WebADM: `Type, Reference, Description, Data`, where the data of a token are names with
//! Base64 values, as in `TokenKey=…,TokenType=VE9UUA==`, all in one cell.

use std::borrow::Cow;

use tokenfleet_domain::{
    catalogue::Reason,
    reject::{Arg, Rejection},
};

use crate::delimited::arrange::{Arranged, WIDTH, filled, wrong_width};
use crate::delimited::cells::Cells;
use crate::field::{Field, heading};
use crate::foreign::fold_word;
use crate::secret::{SecretEncoding, decode};

pub(crate) const ORDER: [Field; 7] =
    [Field::Serial, Field::Model, Field::Secret, Field::Type, Field::Counter, Field::Digits, Field::Period];

/// Names of values, in the order in which they stand from the third cell on. The state of a button is its counter.
const NAMES: [&str; 5] = ["tokenkey", "tokentype", "tokenstate", "otplength", "totptimestep"];

/// Names that change nothing: of the token, and of a type that is not read.
const OTHER_NAMES: [&str; 4] = ["tokenserial", "tokenmodel", "tokenid", "ocrasuite"];

/// Longest value but the key.
const LONGEST: usize = 64;

/// Where its columns stand, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inventory {
    kind: usize,
    serial: usize,
    model: Option<usize>,
    data: usize,
}

/// The data of a token is wrong.
#[derive(Clone, Copy)]
enum Rule {
    Part,
    Unknown,
    Twice,
    Value,
}

impl Rule {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Part => {
                ("its parts are NAME=VALUE with commas between them", "「名前=値」をコンマで区切った形ではありません")
            }
            Self::Unknown => ("it has a name that is not known here", "知らない名前があります"),
            Self::Twice => ("it has one name twice", "同じ名前が二つあります"),
            Self::Value => ("a value is no Base64 of a short text", "値が短い文字列の Base64 ではありません"),
        }
    }

    fn problem(self) -> Rejection {
        let (en, ja) = self.words();
        Rejection::from(Reason::RowData).with("rule", Arg::Word { en: en.to_owned(), ja: ja.to_owned() })
    }
}

impl Inventory {
    /// The order in which WebADM writes them.
    pub(crate) const USUAL: Self = Self { kind: 0, serial: 1, model: Some(2), data: 3 };

    /// Of a heading, in any order: programs that make such files write another. One that names a serial or a secret is
    /// that of another file.
    pub(crate) fn of_heading(cells: &Cells<'_>) -> Option<Self> {
        let is_other =
            |cell: &str| heading(cell).is_some_and(|heading| matches!(heading.field, Field::Serial | Field::Secret));
        if cells.iter().any(|cell| is_other(cell)) {
            return None;
        }
        let find = |name: &str| cells.iter().position(|cell| fold_word(cell) == name);
        let (kind, serial, data) = (find("type")?, find("reference")?, find("data")?);
        Some(Self { kind, serial, model: find("description"), data })
    }

    /// Whether a row without a heading is one.
    pub(crate) fn is_row(cells: &Cells<'_>) -> bool {
        cells.first().is_some_and(|cell| fold_word(cell) == "otptoken")
            && cells.get(Self::USUAL.data).is_some_and(|data| data.contains("TokenKey="))
    }

    pub(crate) fn columns(self) -> usize {
        [Some(self.kind), Some(self.serial), self.model, Some(self.data)].into_iter().flatten().max().unwrap_or(0) + 1
    }

    pub(crate) fn arrange(self, mut cells: Cells<'_>, is_ended: bool) -> Result<Arranged<'_>, Rejection> {
        if cells.get(self.kind).is_some_and(|cell| fold_word(cell) == "type") {
            return Err(Reason::RowHeading.into());
        }
        let (found, expected) = (filled(&cells).max(cells.len().min(self.columns())), self.columns());
        if found != expected {
            return Err(wrong_width(found, expected, is_ended));
        }
        let mut take = |at: usize| std::mem::take(&mut cells[at]);
        let mut row = vec![take(self.serial), self.model.map(&mut take).unwrap_or_default()];
        // A cell with quotes in it is a copy already, and Base64 has none.
        let Cow::Borrowed(data) = take(self.data) else { return Err(Rule::Part.problem()) };
        row.extend(values(data)?);
        // Another kind of device: what its data mean is not known.
        let kind = take(self.kind);
        if fold_word(&kind) != "otptoken" {
            row[3] = kind;
        }
        Ok(Arranged { cells: row, numbers: Some(self.numbers()) })
    }

    fn numbers(self) -> [u32; WIDTH] {
        let number = |at: usize| u32::try_from(at + 1).unwrap_or_default();
        let mut numbers = [number(self.data); WIDTH];
        numbers[0] = number(self.serial);
        numbers[1] = self.model.map_or(0, number);
        numbers
    }
}

/// The values of a cell by their names: the key as it stands, the others as the text they hold.
fn values(data: &str) -> Result<[Cow<'_, str>; 5], Rejection> {
    let mut values: [Option<Cow<'_, str>>; 5] = Default::default();
    for part in data.split(',') {
        let (name, value) = part.trim().split_once('=').ok_or_else(|| Rule::Part.problem())?;
        let name = fold_word(name);
        let Some(at) = NAMES.iter().position(|known| *known == name) else {
            if OTHER_NAMES.contains(&name.as_str()) {
                continue;
            }
            return Err(Rule::Unknown.problem());
        };
        let value = if at == 0 { Cow::Borrowed(value) } else { text_of(value).ok_or_else(|| Rule::Value.problem())? };
        if values[at].replace(value).is_some() {
            return Err(Rule::Twice.problem());
        }
    }
    Ok(values.map(Option::unwrap_or_default))
}

fn text_of(value: &str) -> Option<Cow<'static, str>> {
    if value.is_empty() {
        return Some(Cow::Borrowed(""));
    }
    let bytes = decode(value, SecretEncoding::Base64).ok().filter(|bytes| bytes.len() <= LONGEST)?;
    std::str::from_utf8(bytes.expose()).ok().map(|text| Cow::Owned(text.trim().to_owned()))
}
