//! The columns of a list and every heading they are known by, and a line to its cells.

use std::io::Read;

use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::delimited::cells::{Delimiter, declared_delimiter, split};
use crate::field::{Field, fold, heading};
use crate::holdings::ListFormat;
use crate::lines::{Line, Lines};

/// Lines above the headings at most: titles that somebody put over the table.
const ABOVE_MAX: usize = 10;

/// Characters of a cell that are kept; no heading's column needs more.
const CELL_MAX: usize = 1_000;

/// Characters of a heading that are told at most.
const HEADING_MAX: usize = 40;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// The serial number.
    Serial,
    /// The ID of who has it.
    User,
    /// Since when.
    Since,
    /// When it came back.
    Returned,
    /// When it is due.
    Due,
    /// The department.
    Department,
    /// A note.
    Note,
    /// Who made it.
    Manufacturer,
    /// What it is called.
    Model,
    /// What kind of token it is, in another system.
    Kind,
    /// Whether its codes count there.
    Active,
    /// Whether it was stopped there for good.
    Revoked,
    /// A secret, which has no place here.
    Secret,
}

impl Item {
    const COUNT: usize = Self::Secret as usize + 1;

    /// What people call it.
    pub fn name(self, lang: Lang) -> &'static str {
        let (en, ja) = match self {
            Self::Serial => ("serial number", "シリアル番号"),
            Self::User => ("user id", "共通ID"),
            Self::Since => ("day it was lent", "貸出日"),
            Self::Returned => ("day it came back", "返却日"),
            Self::Due => ("day it is due", "返却期限"),
            Self::Department => ("department", "部局"),
            Self::Note => ("note", "備考"),
            Self::Manufacturer => ("manufacturer", "製造元"),
            Self::Model => ("model", "モデル"),
            Self::Kind => ("type", "種別"),
            Self::Active => ("active", "有効"),
            Self::Revoked => ("revoked", "失効"),
            Self::Secret => ("secret key", "シード"),
        };
        match lang {
            Lang::En => en,
            Lang::Ja => ja,
        }
    }

    /// The name as an argument of a refusal.
    pub(super) fn word(self) -> Arg {
        Arg::Word { en: self.name(Lang::En).to_owned(), ja: self.name(Lang::Ja).to_owned() }
    }

    /// The item of a folded heading in a list of loans, or in what Entra says.
    fn of_loans(folded: &str) -> Option<Self> {
        LOANS.iter().find(|(_, headings)| headings.contains(&folded)).map(|(item, _)| *item)
    }

    /// What the heading of a seed file's column means here too.
    fn of_seed_file(text: &str) -> Option<Self> {
        match heading(text)?.field {
            Field::Serial => Some(Self::Serial),
            Field::Secret => Some(Self::Secret),
            Field::Manufacturer => Some(Self::Manufacturer),
            Field::Model => Some(Self::Model),
            Field::UserName => Some(Self::User),
            Field::Type
            | Field::Algorithm
            | Field::Hash
            | Field::Digits
            | Field::Period
            | Field::Epoch
            | Field::Counter
            | Field::Issuer
            | Field::KeyId
            | Field::Expiry
            | Field::CodeFormat => None,
        }
    }
}

/// Headings of a desk's own list, folded.
#[rustfmt::skip] // A list of words, not of lines.
const LOANS: &[(Item, &[&str])] = &[
    (Item::User, &[
        "user", "userid", "id", "utokyoid", "utokyoaccount", "commonid", "holder", "borrower", "共通id", "共通id10桁",
        "utokyoアカウント", "アカウント", "利用者", "利用者id", "使用者", "使用者id", "貸出先", "貸出先id", "貸与先", "貸与者id", "借用者", "借用者id",
        "ユーザid", "ユーザーid", "ユーザ", "ユーザー",
    ]),
    (Item::Since, &[
        "since", "lent", "lentat", "lenton", "lentdate", "loandate", "loaned", "start", "startdate", "from", "issued",
        "issuedate", "dateissued", "貸出日", "貸出年月日", "貸与日", "貸与年月日", "貸出開始日", "開始日", "利用開始日", "配付日", "配布日", "交付日", "発行日",
    ]),
    (Item::Returned, &[
        "returned", "returnedat", "returnedon", "returneddate", "returndate", "datereturned", "返却日", "返却年月日", "返納日", "回収日",
    ]),
    (Item::Due, &[
        "due", "dueat", "duedate", "until", "返却期限", "返却期日", "返却予定日", "貸出期限", "貸与期限", "利用期限",
    ]),
    (Item::Department, &[
        "department", "dept", "faculty", "school", "部局", "部局名", "所属", "所属部局", "所属名", "学部", "学部研究科", "学部研究科等",
    ]),
    (Item::Note, &["note", "notes", "remark", "remarks", "comment", "comments", "memo", "備考", "備考欄", "メモ", "注記", "コメント", "摘要"]),
];

/// privacyIDEA's own words; `id` there is a number of its database.
const PRIVACYIDEA: &[(Item, &str)] = &[
    (Item::Serial, "serial"),
    (Item::User, "username"),
    (Item::Kind, "tokentype"),
    (Item::Active, "active"),
    (Item::Revoked, "revoked"),
    (Item::Note, "description"),
];

/// LinOTP's own words.
const LINOTP: &[(Item, &str)] = &[
    (Item::Serial, "linotptokenserialnumber"),
    (Item::User, "userusername"),
    (Item::Kind, "linotptokentype"),
    (Item::Active, "linotpisactive"),
    (Item::Note, "linotptokendesc"),
];

/// How the cells of a line are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// By a delimiter, with double quotes.
    Plain(Delimiter),
    /// Each between single quotes, as privacyIDEA and LinOTP write lists.
    SingleQuotes(char),
}

/// The columns of a list.
pub(super) struct Columns {
    pub(super) format: ListFormat,
    style: Style,
    count: usize,
    positions: [Option<usize>; Item::COUNT],
    /// Headings of columns that are not read.
    pub(super) ignored: Vec<String>,
}

/// The cells of a row that somebody asks for.
pub(super) struct RawRow {
    pub(super) line: u64,
    /// None where the line can't be split, or has too many cells.
    pub(super) cells: Result<[String; Item::COUNT], Rejection>,
}

impl RawRow {
    pub(super) fn cell(cells: &[String; Item::COUNT], item: Item) -> &str {
        &cells[item as usize]
    }
}

impl Columns {
    /// Looks for the line with the headings, which may have titles above it.
    pub(super) fn find<R: Read>(lines: &mut Lines<R>, format: Option<ListFormat>) -> Result<Self, Rejection> {
        let mut told = None;
        let mut seen = 0;
        while let Some(line) = lines.next_line()? {
            if let (0, Some(delimiter)) = (seen, declared_delimiter(line.text)) {
                told = Some(delimiter);
                continue;
            }
            if !line.is_row() {
                continue;
            }
            seen += 1;
            if let Some(columns) = Self::of_headings(line.text, told, format)? {
                return Ok(columns);
            }
            if seen == ABOVE_MAX {
                break;
            }
        }
        Err(if seen == 0 { Reason::AdoptEmpty.into() } else { missing(Item::Serial) })
    }

    /// The columns that a line names; None where it names no serial number and one thing more.
    fn of_headings(text: &str, told: Option<Delimiter>, format: Option<ListFormat>) -> Result<Option<Self>, Rejection> {
        let styles = styles(told).into_iter().filter_map(|style| Some((style, style.split(text)?)));
        let named = styles.map(|(style, cells)| (style, known(&cells, format), cells));
        let best = named.max_by_key(|(_, (_, items), _)| items.iter().flatten().count());
        let Some((style, (format, items), cells)) = best else { return Ok(None) };
        if !items.contains(&Some(Item::Serial)) || items.iter().flatten().count() < 2 {
            return Ok(None);
        }
        let mut positions = [None; Item::COUNT];
        for (at, item) in items.iter().enumerate().filter_map(|(at, item)| Some((at, (*item)?))) {
            let position = &mut positions[item as usize];
            // A second note is passed over; a second day or person may be the one that counts.
            if position.is_some() && !matches!(item, Item::Note | Item::Model | Item::Manufacturer) {
                return Err(Rejection::from(Reason::HeaderColumnTwice).with("field", item.word()));
            }
            *position = position.or(Some(at));
        }
        if positions[Item::User as usize].is_none() {
            return Err(missing(Item::User));
        }
        let is_read = |at: usize| positions.contains(&Some(at));
        let unread = cells.iter().enumerate().filter(|(at, heading)| !is_read(*at) && !heading.is_empty());
        let ignored = unread.map(|(_, heading)| heading.chars().take(HEADING_MAX).collect()).collect();
        Ok(Some(Self { format, style, count: cells.len(), positions, ignored }))
    }

    /// The cells of a line; None where they are all empty. A secret refuses the whole list.
    pub(super) fn split(&self, line: Line<'_>) -> Result<Option<RawRow>, Rejection> {
        let row = |cells| Ok(Some(RawRow { line: line.number, cells }));
        let Some(cells) = self.style.split(line.text) else {
            return row(Err(Reason::RowUnreadable.into()));
        };
        let found = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
        if found == 0 {
            return Ok(None);
        }
        if found > self.count {
            let why = Rejection::from(Reason::RowColumns).with("found", found.to_string());
            return row(Err(why.with("expected", self.count.to_string())));
        }
        let cell =
            |at: Option<usize>| at.and_then(|at| cells.get(at)).map(|cell| cell.chars().take(CELL_MAX).collect());
        let asked: [String; Item::COUNT] = self.positions.map(|at| cell(at).unwrap_or_default());
        if !asked[Item::Secret as usize].is_empty() {
            return Err(Rejection::from(Reason::AdoptSecrets).with("line", line.number.to_string()));
        }
        row(Ok(asked))
    }

    /// Where an item stands, from 1.
    pub(super) fn number(&self, item: Item) -> Option<u32> {
        self.positions[item as usize].and_then(|at| u32::try_from(at + 1).ok())
    }
}

fn missing(item: Item) -> Rejection {
    Rejection::from(Reason::AdoptColumnMissing).with("field", item.word())
}

/// Whose list the headings are of, and what each means.
fn known(cells: &[String], told: Option<ListFormat>) -> (ListFormat, Vec<Option<Item>>) {
    let folded: Vec<_> = cells.iter().map(|cell| fold(cell).unwrap_or_default()).collect();
    let names = |name: &str| folded.iter().any(|heading| heading == name);
    let format = told.unwrap_or(match () {
        () if names("linotptokenserialnumber") => ListFormat::LinOtp,
        () if names("tokentype") && names("username") => ListFormat::PrivacyIdea,
        () if names("upn") || names("userprincipalname") => ListFormat::Entra,
        () => ListFormat::Loans,
    });
    let own =
        |words: &[(Item, &str)], heading: &str| words.iter().find(|(_, word)| *word == heading).map(|(item, _)| *item);
    let item = |(heading, raw): (&String, &String)| match format {
        ListFormat::PrivacyIdea => own(PRIVACYIDEA, heading),
        ListFormat::LinOtp => own(LINOTP, heading),
        ListFormat::Entra => Item::of_seed_file(raw),
        ListFormat::Loans => Item::of_loans(heading).or_else(|| Item::of_seed_file(raw)),
    };
    (format, folded.iter().zip(cells).map(item).collect())
}

/// The ways to split a line, in the order in which they are tried.
fn styles(told: Option<Delimiter>) -> Vec<Style> {
    let plain = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Pipe];
    let plain = plain.into_iter().filter(|delimiter| told.is_none_or(|told| told == *delimiter)).map(Style::Plain);
    // Of equals the last is taken, and what stands between single quotes is known by them.
    plain.chain([Style::SingleQuotes(','), Style::SingleQuotes(';')]).collect()
}

impl Style {
    fn split(self, line: &str) -> Option<Vec<String>> {
        match self {
            Self::Plain(delimiter) => Some(split(line, delimiter).ok()?.into_iter().map(String::from).collect()),
            Self::SingleQuotes(separator) => split_quoted(line, separator),
        }
    }
}

/// Splits `'a', 'b', ` where the text of a cell is never escaped: a cell ends at a quote, separator, blank and quote that
/// stand in no bracket, since a column of details has quotes and separators of its own.
fn split_quoted(line: &str, separator: char) -> Option<Vec<String>> {
    let line = line.trim().trim_end_matches(separator).trim_end();
    let inner = line.strip_prefix('\'')?.strip_suffix('\'')?;
    let between = format!("'{separator} '");
    let (mut cells, mut cell, mut depth, mut rest) = (Vec::new(), String::new(), 0_u32, inner);
    while let Some(next) = rest.chars().next() {
        if let (0, Some(after)) = (depth, rest.strip_prefix(between.as_str())) {
            cells.push(std::mem::take(&mut cell).trim().to_owned());
            rest = after;
            continue;
        }
        match next {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        cell.push(next);
        rest = &rest[next.len_utf8()..];
    }
    cells.push(cell.trim().to_owned());
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_between_single_quotes_end_outside_of_brackets() {
        let line = "'True', 'O'Neill, Ann', '{'hashlib': 'sha1', 'x': [1, 2]}', '', ";
        assert_eq!(split_quoted(line, ',').unwrap(), ["True", "O'Neill, Ann", "{'hashlib': 'sha1', 'x': [1, 2]}", ""]);
        assert_eq!(split_quoted("'a'; 'b'; ", ';').unwrap(), ["a", "b"]);
        assert_eq!(split_quoted("a, b", ','), None);
    }

    #[test]
    fn a_heading_has_one_meaning_and_stands_folded() {
        let mut seen = std::collections::HashSet::new();
        for text in LOANS.iter().flat_map(|(_, headings)| *headings) {
            assert!(seen.insert(text), "{text}");
            assert_eq!(fold(text).as_deref(), Some(*text));
            assert!(Item::of_seed_file(text).is_none_or(|item| Some(item) == Item::of_loans(text)), "{text}");
        }
    }
}
