//! The file of a directory: its text, its rows, and what of them can't be read. The whole list is held in memory while it
//! is read, so its size is bounded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{EUC_JP, SHIFT_JIS};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::person::{BadCell, Field, Headings, Person};
use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::app::Answer;

/// Bytes of a file at most: a row takes about a hundred.
const FILE_MAX: usize = 32 * 1024 * 1024;

/// People at most: several times those of a large university.
const PEOPLE_MAX: usize = 300_000;

/// A row that can't be imported.
#[derive(Debug, Clone)]
pub struct BadRow {
    /// Its line, from 1.
    pub line: u64,
    /// Its column, from 1, and what it holds; None where the row as a whole is wrong.
    pub column: Option<(usize, Field)>,
    /// Why.
    pub why: Rejection,
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct List {
    /// The people, by their IDs.
    pub(super) people: BTreeMap<UserId, Person>,
    /// The rows that can't be read, from the first line on.
    pub(super) bad_rows: Vec<BadRow>,
    /// How many rows there are of both kinds.
    pub(super) rows: i64,
    /// The headings of the columns that were not read.
    pub(super) ignored: Vec<String>,
}

/// All bytes of a file, as far as they may be.
pub(super) fn read_all(file: impl Read) -> Answer<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(FILE_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|_| Reason::ImportAborted)?;
    if bytes.len() > FILE_MAX { Err(too_large(&format!("{} MiB", FILE_MAX >> 20))) } else { Ok(bytes) }
}

/// Reads a list of people.
pub(super) fn read_list(bytes: &[u8]) -> Answer<List> {
    let text = text(bytes)?;
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(&text)).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut rows = reader.records().map_while(Result::ok).filter(|row| !is_empty(row));
    let headings = rows.next().ok_or(Reason::DirectoryEmpty)?;
    let headings = Headings::read(headings.iter())?;
    let list = List { ignored: headings.ignored().to_vec(), ..List::default() };
    let mut reading = Reading { headings, list, lines: BTreeMap::new() };
    let mut place = Place { bytes: text.as_bytes(), byte: 0, line: 1 };
    for row in rows {
        let line = place.of(&row);
        reading.take(line, &row)?;
    }
    reading.look_for_merged();
    let mut list = reading.list;
    if list.rows == 0 {
        return Err(Reason::DirectoryEmpty.into());
    }
    list.bad_rows.sort_by_key(|bad| bad.line);
    Ok(list)
}

/// A list that is being read.
struct Reading {
    headings: Headings,
    list: List,
    /// On which line each ID stands.
    lines: BTreeMap<UserId, u64>,
}

impl Reading {
    fn take(&mut self, line: u64, row: &StringRecord) -> Answer<()> {
        self.list.rows += 1;
        if self.lines.len() == PEOPLE_MAX {
            return Err(too_large(&PEOPLE_MAX.to_string()));
        }
        let cells: Vec<_> = row.iter().collect();
        match self.headings.person(&cells) {
            Err(BadCell { column, why }) => self.refuse(line, column, why),
            Ok(person) => self.add(line, person),
        }
        Ok(())
    }

    fn add(&mut self, line: u64, person: Person) {
        if let Some(other) = self.lines.get(&person.user) {
            let why = Rejection::from(Reason::DirectoryRepeated).with("other", other.to_string());
            self.refuse(line, self.headings.column(Field::UserId), why);
        } else {
            self.lines.insert(person.user.clone(), line);
            self.list.people.insert(person.user.clone(), person);
        }
    }

    /// Somebody whose ID was merged is looked for under the other one, so that must be there.
    fn look_for_merged(&mut self) {
        let column = self.headings.column(Field::MergedInto);
        let lines = &self.lines;
        let bad = self.list.people.values().filter_map(|person| {
            let into = person.merged_into.as_ref().filter(|into| !lines.contains_key(*into))?;
            let why = Rejection::from(Reason::DirectoryMergedNowhere).with("into", into.as_str());
            Some(BadRow { line: lines.get(&person.user).copied()?, column, why })
        });
        self.list.bad_rows.extend(bad);
    }

    fn refuse(&mut self, line: u64, column: Option<(usize, Field)>, why: Rejection) {
        self.list.bad_rows.push(BadRow { line, column, why });
    }
}

/// How far the lines of a text are counted. To the csv crate a row begins with the empty lines before it.
struct Place<'a> {
    bytes: &'a [u8],
    byte: usize,
    line: u64,
}

impl Place<'_> {
    /// The line of a row behind those asked for before.
    fn of(&mut self, row: &StringRecord) -> u64 {
        let from = row.position().map_or(0, csv::Position::byte);
        let from = usize::try_from(from).unwrap_or(usize::MAX).clamp(self.byte, self.bytes.len());
        let empty = self.bytes[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.bytes[self.byte..from + empty];
        self.line += passed.split(|byte| *byte == b'\n').skip(1).count() as u64;
        self.byte = from + empty;
        self.line
    }
}

/// The text of a file: UTF-8, or Shift_JIS where it can be nothing else.
fn text(bytes: &[u8]) -> Answer<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.into());
    }
    let shift_jis = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    let euc_jp = EUC_JP.decode_without_bom_handling_and_without_replacement(bytes);
    match (shift_jis, euc_jp) {
        (Some(text), None) => Ok(text),
        (Some(_) | None, Some(_)) | (None, None) => Err(Reason::DirectoryEncoding.into()),
    }
}

/// What stands between cells: what the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let most = [b'\t', b';', b','].into_iter().max_by_key(|one| first.bytes().filter(|byte| byte == one).count());
    most.unwrap_or(b',')
}

fn is_empty(row: &StringRecord) -> bool {
    row.iter().all(|cell| cell.trim().is_empty())
}

fn too_large(limit: &str) -> Rejection {
    Rejection::from(Reason::DirectoryTooLarge).with("limit", limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> List {
        read_list(text.as_bytes()).unwrap()
    }

    fn bad(text: &str) -> Vec<(u64, Option<usize>, Reason)> {
        let bad_rows = list(text).bad_rows.into_iter();
        bad_rows.map(|bad| (bad.line, bad.column.map(|(place, _)| place), bad.why.reason)).collect()
    }

    #[test]
    fn a_list_is_read_in_utf_8_with_and_without_a_mark_and_in_shift_jis() {
        let text = "共通ID,氏名\r\n0123456789,山田 花子\r\n";
        let marked = format!("\u{feff}{text}");
        let (shift_jis, _, _) = SHIFT_JIS.encode(text);
        let (euc_jp, _, _) = EUC_JP.encode(text);
        for bytes in [text.as_bytes(), marked.as_bytes(), &shift_jis] {
            let list = read_list(bytes).unwrap();
            assert_eq!(list.people.values().next().unwrap().name, "山田 花子");
        }
        assert_eq!(read_list(&euc_jp).unwrap_err().reason, Reason::DirectoryEncoding);
        assert_eq!(read_list(b"user_id,name\n0123456789,\xff\xff\n").unwrap_err().reason, Reason::DirectoryEncoding);
    }

    #[test]
    fn cells_are_set_apart_by_commas_tabs_or_semicolons_and_may_be_quoted() {
        for text in [
            "user_id,name\n0123456789,\"Yamada, Hanako\"\n",
            "user_id\tname\n0123456789\tYamada, Hanako\n",
            "user_id;name\n\n;\n0123456789;Yamada, Hanako",
        ] {
            assert_eq!(list(text).people.values().next().unwrap().name, "Yamada, Hanako", "{text}");
        }
    }

    #[test]
    fn rows_that_can_not_be_read_are_named_by_their_lines() {
        let text = "user_id,name,merged_into\n\
                    0123456789,A,\n\
                    123456789,B,\n\
                    \n\
                    0123456789,C,\n\
                    0123456780,D\n\
                    0123456781,E,0123456789\n\
                    0123456782,F,9999999999\n";
        assert_eq!(
            bad(text),
            [
                (3, Some(1), Reason::UserIdNineDigits),
                (5, Some(1), Reason::DirectoryRepeated),
                (6, None, Reason::RowColumns),
                (8, Some(3), Reason::DirectoryMergedNowhere),
            ]
        );
        assert_eq!(list(text).rows, 6);
        assert_eq!(bad(&text.replace('\n', "\r\n")), bad(text));
    }

    #[test]
    fn a_file_without_people_is_refused() {
        for text in ["", "\n\n", "user_id,name\n", "user_id,name\n,\n"] {
            assert_eq!(read_list(text.as_bytes()).unwrap_err().reason, Reason::DirectoryEmpty, "{text:?}");
        }
    }
}
