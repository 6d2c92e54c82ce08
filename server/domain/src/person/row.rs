//! One row of a list of people: which column holds what, by its heading, and what its cells say. A cell that can't be
//! read is named; nothing is mended.

use chrono::{DateTime, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::{Person, PersonKind};
use crate::catalogue::{Lang, Reason};
use crate::ids::UserId;
use crate::lot::JAPAN;
use crate::reject::Rejection;

/// Most characters of a name or a department.
const TEXT_MAX: usize = 100;

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The UTokyo ID.
    UserId,
    /// The name in kanji.
    Name,
    /// The name in kana.
    Kana,
    /// The name in Latin letters.
    Latin,
    /// The department.
    Department,
    /// What kind of member.
    Kind,
    /// The last day.
    LastDay,
    /// The ID theirs was merged into.
    MergedInto,
    /// Their other ID.
    OtherId,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::UserId,
        Self::Name,
        Self::Kana,
        Self::Latin,
        Self::Department,
        Self::Kind,
        Self::LastDay,
        Self::MergedInto,
        Self::OtherId,
    ];

    /// What people call it.
    pub fn name(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::UserId, Lang::En) => "UTokyo ID",
            (Self::UserId, Lang::Ja) => "共通ID",
            (Self::Name, Lang::En) => "name",
            (Self::Name, Lang::Ja) => "氏名",
            (Self::Kana, Lang::En) => "kana",
            (Self::Kana, Lang::Ja) => "氏名カナ",
            (Self::Latin, Lang::En) => "Latin name",
            (Self::Latin, Lang::Ja) => "氏名英字",
            (Self::Department, Lang::En) => "department",
            (Self::Department, Lang::Ja) => "部局",
            (Self::Kind, Lang::En) => "kind",
            (Self::Kind, Lang::Ja) => "区分",
            (Self::LastDay, Lang::En) => "until",
            (Self::LastDay, Lang::Ja) => "最終日",
            (Self::MergedInto, Lang::En) => "merged into",
            (Self::MergedInto, Lang::Ja) => "統合先",
            (Self::OtherId, Lang::En) => "other ID",
            (Self::OtherId, Lang::Ja) => "別の共通ID",
        }
    }

    /// The headings that mean it, folded.
    fn headings(self) -> &'static [&'static str] {
        match self {
            Self::UserId => &["userid", "id", "utokyoid", "utokyoaccount", "commonid", "共通id"],
            Self::Name => &["name", "kanji", "namekanji", "fullname", "氏名", "漢字氏名", "氏名漢字"],
            Self::Kana => &["kana", "namekana", "カナ", "氏名カナ", "カナ氏名", "フリガナ", "ふりがな"],
            Self::Latin => {
                &["latin", "latinname", "namelatin", "romaji", "englishname", "氏名英字", "英字氏名", "ローマ字"]
            }
            Self::Department => &["department", "faculty", "school", "部局", "所属", "所属部局", "部局名"],
            Self::Kind => &["kind", "category", "type", "区分", "身分", "種別", "職種"],
            Self::LastDay => {
                &["until", "lastday", "enddate", "最終日", "終了日", "満了日", "期限", "有効期限", "在籍期限"]
            }
            Self::MergedInto => &["mergedinto", "merged", "統合先", "統合先id", "統合先共通id"],
            Self::OtherId => &["otherid", "secondid", "別の共通id", "別id", "他の共通id"],
        }
    }

    fn of_heading(heading: &str) -> Option<Self> {
        let folded: String = heading.nfkc().filter(|c| c.is_alphanumeric() || *c == 'ー').collect();
        let folded = folded.to_lowercase();
        Self::ALL.into_iter().find(|field| field.headings().contains(&folded.as_str()))
    }
}

/// A cell that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// Its column, from 1; None where the row as a whole is wrong.
    pub column: Option<(usize, Field)>,
    /// Why.
    pub why: Rejection,
}

/// Which column holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headings {
    columns: Vec<Option<Field>>,
    ignored: Vec<String>,
}

impl Headings {
    /// Reads the first row. Columns that a directory has no use for are not read.
    pub fn read<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Self, Rejection> {
        let mut headings = Self { columns: Vec::new(), ignored: Vec::new() };
        for cell in cells {
            let field = Field::of_heading(cell);
            match field {
                Some(field) if headings.place(field).is_some() => {
                    return Err(about(Reason::DirectoryColumnTwice, field));
                }
                Some(_) => {}
                None => headings.ignored.push(cell.trim().chars().take(TEXT_MAX).collect()),
            }
            headings.columns.push(field);
        }
        for needed in [Field::UserId, Field::Name] {
            headings.place(needed).ok_or_else(|| about(Reason::DirectoryColumnMissing, needed))?;
        }
        Ok(headings)
    }

    /// The columns of a source that has no headings.
    pub fn of(fields: &[Field]) -> Self {
        Self { columns: fields.iter().copied().map(Some).collect(), ignored: Vec::new() }
    }

    /// The headings of the columns that are not read.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Where a field stands, from 1, with the field.
    pub fn column(&self, field: Field) -> Option<(usize, Field)> {
        self.place(field).map(|place| (place + 1, field))
    }

    /// The person of a row.
    pub fn person(&self, cells: &[&str]) -> Result<Person, BadCell> {
        let surplus = cells.get(self.columns.len()..).unwrap_or_default();
        if cells.len() < self.columns.len() || surplus.iter().any(|cell| !cell.trim().is_empty()) {
            let why = Rejection::from(Reason::RowColumns)
                .with("found", cells.len().to_string())
                .with("expected", self.columns.len().to_string());
            return Err(BadCell { column: None, why });
        }
        let row = Row { headings: self, cells };
        let user: UserId = row.read(Field::UserId, |id| id.parse().map_err(Rejection::from))?;
        let other_than_own = |id: &str| match id.parse::<UserId>() {
            Ok(id) if id == user => Err(Reason::DirectoryOwnId.into()),
            Ok(id) => Ok(id),
            Err(bad) => Err(bad.into()),
        };
        Ok(Person {
            name: row.read(Field::Name, |name| {
                if name.is_empty() { Err(Reason::DirectoryNameMissing.into()) } else { text(name) }
            })?,
            kana: row.read(Field::Kana, text)?,
            latin: row.read(Field::Latin, text)?,
            department: Some(row.read(Field::Department, text)?).filter(|department| !department.is_empty()),
            kind: row.read(Field::Kind, kind)?,
            last_day: row.read_some(Field::LastDay, day)?,
            merged_into: row.read_some(Field::MergedInto, other_than_own)?,
            other: row.read_some(Field::OtherId, other_than_own)?,
            gone_at: None,
            forgotten_at: None,
            user,
        })
    }

    fn place(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(field))
    }
}

/// The cells of one row, by their headings.
struct Row<'a> {
    headings: &'a Headings,
    cells: &'a [&'a str],
}

impl Row<'_> {
    /// What a cell says; one whose column is not there is empty.
    fn read<T>(&self, field: Field, parse: impl FnOnce(&str) -> Result<T, Rejection>) -> Result<T, BadCell> {
        let place = self.headings.place(field);
        let cell = place.and_then(|place| self.cells.get(place)).map_or("", |cell| cell.trim());
        parse(cell).map_err(|why| BadCell { column: self.headings.column(field), why })
    }

    /// What a cell says that may be empty.
    fn read_some<T>(
        &self,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, Rejection>,
    ) -> Result<Option<T>, BadCell> {
        self.read(field, |cell| if cell.is_empty() { Ok(None) } else { parse(cell).map(Some) })
    }
}

fn text(cell: &str) -> Result<String, Rejection> {
    if cell.chars().count() > TEXT_MAX || cell.contains(char::is_control) {
        return Err(Rejection::from(Reason::DirectoryText).with("limit", TEXT_MAX.to_string()));
    }
    Ok(cell.to_owned())
}

fn kind(cell: &str) -> Result<PersonKind, Rejection> {
    let folded = cell.nfkc().collect::<String>().to_lowercase();
    match folded.as_str() {
        "faculty" | "教員" | "教育職員" => Ok(PersonKind::Faculty),
        "staff" | "職員" | "事務職員" | "技術職員" => Ok(PersonKind::Staff),
        "student" | "学生" | "学部学生" | "大学院生" | "大学院学生" => Ok(PersonKind::Student),
        // Those besides are the further words of eduPersonPrimaryAffiliation.
        "" | "other" | "その他" | "affiliate" | "alum" | "employee" | "library-walk-in" | "member" => {
            Ok(PersonKind::Other)
        }
        _ => Err(Reason::DirectoryKind.into()),
    }
}

/// `2027-03-31`, `2027/3/31`, `20270331`, `2027年3月31日`, or a moment as LDAP writes it, `20270331145959Z`.
fn day(cell: &str) -> Result<NaiveDate, Rejection> {
    let folded: String = cell.nfkc().collect();
    let parts: Vec<_> = folded.trim_end_matches('日').split(['-', '/', '年', '月']).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => date(year, month, day),
        [all] if all.len() == 8 && all.is_ascii() => date(&all[..4], &all[4..6], &all[6..]),
        _ => None,
    }
    .or_else(|| day_of_moment(&folded))
    .ok_or_else(|| Reason::DirectoryDay.into())
}

/// The day in Japan of a moment that is written as LDAP's GeneralizedTime, to the second.
fn day_of_moment(text: &str) -> Option<NaiveDate> {
    let with_offset = text.strip_suffix('Z').map_or_else(|| text.to_owned(), |utc| format!("{utc}+0000"));
    let whole = with_offset.replacen(".0", "", 1);
    let moment = DateTime::parse_from_str(&whole, "%Y%m%d%H%M%S%z").ok()?;
    Some(moment.with_timezone(&JAPAN).date_naive())
}

fn date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let number = |text: &str| -> Option<u32> {
        // A sign is no digit.
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(year)?).ok()?, number(month)?, number(day)?)
}

/// A refusal that names a column as people call it.
fn about(reason: Reason, field: Field) -> Rejection {
    let [en, ja] = [Lang::En, Lang::Ja].map(|lang| field.name(lang).to_owned());
    Rejection::from(reason).with("column", crate::reject::Arg::Word { en, ja })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(line: &str) -> Result<Headings, Reason> {
        Headings::read(line.split(',')).map_err(|no| no.reason)
    }

    fn person(heads: &str, row: &str) -> Result<Person, (Option<usize>, Reason)> {
        let cells: Vec<_> = row.split(',').collect();
        headings(heads).unwrap().person(&cells).map_err(|bad| (bad.column.map(|(place, _)| place), bad.why.reason))
    }

    #[test]
    fn columns_stand_in_any_order_and_are_headed_in_either_language() {
        let english = person(
            "latin,Department,user_id,name,KIND,until,merged_into,other id,kana",
            "Yamada Hanako,Letters,0123456789,山田 花子,staff,2027-03-31,,9876543210,ヤマダ ハナコ",
        );
        let japanese = person(
            "共通ID,氏名,氏名（カナ）,氏名（英字）,部局,区分,終了日,統合先,別の共通ID",
            "０１２３４５６７８９,山田 花子,ヤマダ ハナコ,Yamada Hanako,Letters,職員,2027年3月31日,,9876543210",
        );
        assert_eq!(english, japanese);
        let person = english.unwrap();
        assert_eq!((person.kind, person.user.as_str()), (PersonKind::Staff, "0123456789"));
        assert_eq!(person.last_day, NaiveDate::from_ymd_opt(2027, 3, 31));
    }

    #[test]
    fn a_list_needs_ids_and_names_each_once_and_what_it_has_besides_is_not_read() {
        assert_eq!(headings("name,kana"), Err(Reason::DirectoryColumnMissing));
        assert_eq!(headings("user_id,kana"), Err(Reason::DirectoryColumnMissing));
        assert_eq!(headings("user_id,name,共通ID"), Err(Reason::DirectoryColumnTwice));
        assert_eq!(headings("user_id,name,電話番号, Birthday").unwrap().ignored(), ["電話番号", "Birthday"]);
    }

    #[test]
    fn a_cell_that_can_not_be_read_is_named_by_its_column() {
        let heads = "user_id,name,kind,until,merged_into,kana";
        for (row, column, reason) in [
            ("123456789,A,,,,", 1, Reason::UserIdNineDigits),
            ("1.23457E+09,A,,,,", 1, Reason::UserIdLength),
            (",A,,,,", 1, Reason::UserIdLength),
            ("0123456789,,,,,", 2, Reason::DirectoryNameMissing),
            ("0123456789,A,visitor,,,", 3, Reason::DirectoryKind),
            ("0123456789,A,,46477,,", 4, Reason::DirectoryDay),
            ("0123456789,A,,2027-02-30,,", 4, Reason::DirectoryDay),
            ("0123456789,A,,27/3/31,,", 4, Reason::DirectoryDay),
            ("0123456789,A,,,0123456789,", 5, Reason::DirectoryOwnId),
            ("0123456789,A,,,12345,", 5, Reason::UserIdLength),
            ("0123456789,A,,,,\u{7}", 6, Reason::DirectoryText),
        ] {
            assert_eq!(person(heads, row), Err((Some(column), reason)), "{row}");
        }
        assert_eq!(person(heads, "0123456789,A,,,"), Err((None, Reason::RowColumns)));
        assert_eq!(person(heads, "0123456789,A,,,,,x"), Err((None, Reason::RowColumns)));
        assert!(person(heads, "0123456789,A,,,,, ").is_ok(), "a spreadsheet leaves empty cells behind");
    }

    #[test]
    fn moments_of_ldap_are_the_day_that_they_fall_on_in_japan() {
        for (text, expected) in [
            ("20270331145959Z", "2027-03-31"),
            ("20270331150000Z", "2027-04-01"),
            ("20270331150000.0Z", "2027-04-01"),
            ("20270331235959+0900", "2027-03-31"),
        ] {
            assert_eq!(day(text).ok(), expected.parse().ok(), "{text}");
        }
        for text in ["20270331145959", "20271331145959Z", "2027033114Z", "Z"] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_source_without_headings_has_its_columns_in_the_order_of_the_fields() {
        let headings = Headings::of(&Field::ALL);
        let cells = ["0123456789", "山田 花子", "", "Yamada Hanako", "Letters", "alum", "", "", ""];
        let person = headings.person(&cells).unwrap();
        assert_eq!((person.latin.as_str(), person.kind), ("Yamada Hanako", PersonKind::Other));
        assert_eq!(headings.column(Field::Kind), Some((6, Field::Kind)));
    }

    #[test]
    fn days_are_read_as_people_and_programs_write_them() {
        for text in ["2027-03-31", "2027/3/31", "20270331", "２０２７／０３／３１"] {
            assert_eq!(day(text).ok(), NaiveDate::from_ymd_opt(2027, 3, 31), "{text}");
        }
    }
}
