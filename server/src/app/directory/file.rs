//! The file of a directory: its text and its rows.

use std::borrow::Cow;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{EUC_JP, SHIFT_JIS};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::person::Headings;
use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::app::Answer;
use crate::app::directory::list::{List, PEOPLE_MAX, Position};

/// Bytes of a file at most: a row takes about a hundred.
const FILE_MAX: usize = 32 * 1024 * 1024;

/// All bytes of a file, as far as they may be.
pub(super) fn read_all(file: impl Read) -> Answer<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(FILE_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|_| Reason::ImportAborted)?;
    if bytes.len() > FILE_MAX { Err(too_large(&format!("{} MiB", FILE_MAX >> 20))) } else { Ok(bytes) }
}

/// Reads a list of people.
pub(super) fn read_list(bytes: &[u8]) -> Answer<List<Line>> {
    let text = text(bytes)?;
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(&text)).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut rows = reader.records().map_while(Result::ok).filter(|row| !is_empty(row));
    let headings = rows.next().ok_or(Reason::DirectoryEmpty)?;
    let mut list = List::new(Headings::read(headings.iter())?);
    let mut place = Place { bytes: text.as_bytes(), byte: 0, line: 1 };
    for row in rows {
        if list.is_full() {
            return Err(too_large(&PEOPLE_MAX.to_string()));
        }
        list.take(Line(place.of(&row)), &row.iter().collect::<Vec<_>>());
    }
    list.look_for_merged();
    if list.rows == 0 {
        return Err(Reason::DirectoryEmpty.into());
    }
    list.bad.sort_by_key(|bad| bad.place);
    Ok(list)
}

/// A line of the file, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line(pub u64);

impl Position for Line {
    fn repeated(&self) -> Rejection {
        Rejection::from(Reason::DirectoryRepeated).with("other", self.0.to_string())
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

    fn list(text: &str) -> List<Line> {
        read_list(text.as_bytes()).unwrap()
    }

    fn bad(text: &str) -> Vec<(u64, Option<usize>, Reason)> {
        let bad_rows = list(text).bad.into_iter();
        bad_rows.map(|bad| (bad.place.0, bad.column.map(|(place, _)| place), bad.why.reason)).collect()
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
