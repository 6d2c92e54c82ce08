//! `assign --from-file`: a list of loans, all of them or none. What can't be read or lent is told by its line, so that the
//! list is mended in one go.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use encoding_rs::{Encoding, SHIFT_JIS, UTF_8};
use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::token::COLUMNS as TOKEN_COLUMNS;
use super::{Session, terms};
use crate::args;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, Listing, plain};
use crate::shapes;
use crate::words::{Complaint, Lang, Say};

/// The loans of one list at most: as many as a server lends at once.
const LOANS_MAX: usize = 1000;

/// The largest list that is read.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// The columns of what was refused; people get sentences instead.
const REFUSAL_COLUMNS: &[Column] = &[
    Column { key: "line", title: Say::HeadLine, show: plain },
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "code", title: Say::HeadRefusedAs, show: plain },
    Column { key: "message", title: Say::HeadReason, show: plain },
];

/// What a column of a list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Serial,
    User,
    Department,
    Route,
    Ticket,
    Until,
    Note,
    Checked,
}

/// The headings that are understood, in small letters; the first of each field is its name.
const HEADINGS: &[(Field, &[&str])] = &[
    (Field::Serial, &["serial", "serial number", "シリアル番号", "シリアル"]),
    (Field::User, &["user", "user_id", "user-id", "id", "共通id", "利用者"]),
    (Field::Department, &["department", "部局"]),
    (Field::Route, &["route", "申請", "申請区分"]),
    (Field::Ticket, &["ticket", "受付番号"]),
    (Field::Until, &["until", "due", "貸出期限", "返却期限", "期限"]),
    (Field::Note, &["note", "メモ", "備考"]),
    (Field::Checked, &["checked", "本人確認"]),
];

/// What each row says.
const NEEDED: [(Field, &str); 2] = [(Field::Serial, "serial"), (Field::User, "user")];

const CHECKED: &[(v1::Checked, &[&str])] = &[
    (v1::Checked::StaffCard, &["staff-card", "職員証"]),
    (v1::Checked::StudentCard, &["student-card", "学生証"]),
    (v1::Checked::OtherPhotoId, &["other-photo-id", "その他の写真付き身分証明書"]),
    (v1::Checked::KnownPerson, &["known-person", "面識"]),
];

const ROUTES: &[(v1::LoanRoute, &[&str])] =
    &[(v1::LoanRoute::Self_, &["self", "本人申請", "本人"]), (v1::LoanRoute::Proxy, &["proxy", "代理申請", "代理"])];

/// A loan of the list, and the line it stands on.
struct Row {
    line: u64,
    request: v1::AssignTokenRequest,
}

/// A row that can't be lent.
struct Refused {
    line: u64,
    serial: String,
    code: String,
    reason: String,
    message: String,
    hint: String,
}

/// `assign --from-file`.
pub(super) async fn assign(session: &mut Session, args: &args::Assign, file: &Path) -> Outcome {
    let name = file.display().to_string();
    let text = decode(&read(file, &name)?).ok_or_else(|| about(Complaint::PairsEncoding, &name))?;
    let general = v1::AssignTokenRequest {
        checked: args.checked.map_or(v1::Checked::Unspecified, v1::Checked::from).into(),
        route: terms::route(&args.terms),
        ticket: args.terms.ticket.clone().unwrap_or_default(),
        due_time: terms::due(&args.terms, session.world.clock.as_ref())?,
        department: args.department.clone().unwrap_or_default(),
        note: args.note.clone().unwrap_or_default(),
        ..v1::AssignTokenRequest::default()
    };
    let (rows, mut refused) = parse(&text, &name, &general, session.printer.lang)?;
    let count = rows.len() + refused.len();
    match count {
        0 => return Err(about(Complaint::PairsNone, &name)),
        1..=LOANS_MAX => {}
        _ => return Err(about(Complaint::PairsTooMany, &name)),
    }
    // Where a row can't even be read nothing is lent, but the others are looked at all the same.
    let validate_only = args.dry_run.on || !refused.is_empty();
    let mut tokens = Vec::new();
    if !rows.is_empty() {
        let client = session.client().await?;
        let requests = rows.iter().map(|row| row.request.clone()).collect();
        let request = v1::BatchAssignTokensRequest { requests, request_id: session.new_request_id()?, validate_only };
        let answer = client
            .ask(request, async |channel, request| {
                LendingServiceClient::new(channel).batch_assign_tokens(request).await
            })
            .await?;
        refused.extend(answer.refusals.into_iter().filter_map(|refusal| of_server(&rows, refusal)));
        tokens = answer.tokens;
    }
    if refused.is_empty() {
        return tell_lent(session, &tokens, args.dry_run.on);
    }
    refused.sort_by_key(|row| row.line);
    tell_refused(session, &name, &refused)?;
    let places = [("refused", refused.len().to_string()), ("rows", count.to_string())];
    let [refused, rows] = places.each_ref().map(|(place, value)| (*place, value.as_str()));
    Err(Failure::with(Complaint::PairsRefused, [refused, rows]))
}

fn about(complaint: Complaint, file: &str) -> Failure {
    Failure::with(complaint, [("file", file), ("most", &LOANS_MAX.to_string())])
}

fn read(file: &Path, name: &str) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let done = if file == Path::new("-") {
        io::stdin().lock().take(FILE_MAX + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut bytes))
    };
    let length = done.map_err(|error| unreadable(name, &error))?;
    let fits = u64::try_from(length).is_ok_and(|length| length <= FILE_MAX);
    if fits { Ok(bytes) } else { Err(about(Complaint::PairsTooMany, name)) }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::with(Complaint::FileUnreadable, [("file", name), ("why", &error.to_string())])
}

/// The text of a file: what its byte order mark says, else UTF-8, else what Japanese spreadsheets write.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let tried = marked.map_or(vec![UTF_8, SHIFT_JIS], |encoding| vec![encoding]);
    tried.into_iter().find_map(|encoding| {
        let (text, _, broken) = encoding.decode(bytes);
        (!broken).then(|| text.into_owned())
    })
}

/// Reads a list: the loans, and the rows that can't be any.
fn parse(text: &str, file: &str, general: &v1::AssignTokenRequest, lang: Lang) -> Outcome<(Vec<Row>, Vec<Refused>)> {
    let mut reader =
        ReaderBuilder::new().flexible(true).trim(Trim::All).delimiter(delimiter(text)).from_reader(text.as_bytes());
    let unread = |error: csv::Error| unreadable(file, &error.into());
    let fields = fields(reader.headers().map_err(unread)?, file)?;
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(unread)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = lines.of(&record);
        match loan(&fields, &record, general) {
            Ok(request) => rows.push(Row { line, request }),
            Err(no) => refused.extend(of_ours(line, &fields, &record, &no, lang)),
        }
    }
    Ok((rows, refused))
}

/// Counts the lines of a text up to its records. The reader's own count is one behind where lines end in two characters.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins; records come in their order.
    fn of(&mut self, record: &StringRecord) -> u64 {
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.at).filter(|byte| self.at < start || matches!(byte, b'\r' | b'\n')) {
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// What stands between the cells: the one of these that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    [b';', b'\t', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// What each column says; a heading that is not understood is refused, since what stands below it would be lost.
fn fields(headings: &StringRecord, file: &str) -> Outcome<Vec<Field>> {
    let mut fields = Vec::new();
    for heading in headings {
        let places = [("file", file), ("column", heading)];
        let known = word_of(HEADINGS, &heading.to_lowercase());
        let known = known.ok_or_else(|| Failure::with(Complaint::PairsColumnUnknown, places))?;
        if fields.contains(&known) {
            return Err(Failure::with(Complaint::PairsColumnTwice, places));
        }
        fields.push(known);
    }
    for (field, name) in NEEDED {
        if !fields.contains(&field) {
            return Err(Failure::with(Complaint::PairsColumnMissing, [("file", file), ("column", name)]));
        }
    }
    Ok(fields)
}

/// The value that one of its words names.
fn word_of<T: Copy>(values: &[(T, &[&str])], word: &str) -> Option<T> {
    values.iter().find(|(_, words)| words.contains(&word)).map(|(value, _)| *value)
}

/// The loan of a row. What it leaves empty is what was said for all of them.
fn loan(fields: &[Field], record: &StringRecord, general: &v1::AssignTokenRequest) -> Outcome<v1::AssignTokenRequest> {
    let mut request = general.clone();
    if record.iter().skip(fields.len()).any(|cell| !cell.is_empty()) {
        return Err(Failure::plain(Complaint::PairsCells));
    }
    let is_there = |needed| fields.iter().zip(record).any(|(field, cell)| *field == needed && !cell.is_empty());
    if let Some((_, name)) = NEEDED.into_iter().find(|(field, _)| !is_there(*field)) {
        return Err(Failure::with(Complaint::PairsCellMissing, [("column", name)]));
    }
    for (field, cell) in fields.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let cell_text = cell.to_owned();
        match field {
            Field::Serial => request.token = cell_text,
            Field::User => request.user = cell_text,
            Field::Department => request.department = cell_text,
            Field::Ticket => request.ticket = cell_text,
            Field::Note => request.note = cell_text,
            Field::Until => {
                // 2027/3/31 is how spreadsheets in Japan write it.
                let end = terms::end_of_typed_day(&cell.replace('/', "-"));
                let end = end.ok_or_else(|| Failure::plain(Complaint::DayUnreadable))?;
                request.due_time = Some(end);
            }
            Field::Route => request.route = word_of(ROUTES, cell).ok_or_else(|| no_word("route", ROUTES))?.into(),
            Field::Checked => {
                request.checked = word_of(CHECKED, cell).ok_or_else(|| no_word("checked", CHECKED))?.into();
            }
        }
    }
    Ok(request)
}

fn no_word<T>(column: &'static str, values: &[(T, &[&str])]) -> Failure {
    let words: Vec<_> = values.iter().filter_map(|(_, words)| words.first()).copied().collect();
    Failure::with(Complaint::PairsWord, [("column", column), ("words", &words.join(", "))])
}

fn of_ours(line: u64, fields: &[Field], record: &StringRecord, no: &Failure, lang: Lang) -> Option<Refused> {
    let told = no.describe(lang)?;
    let serial = fields.iter().zip(record).find(|(field, _)| **field == Field::Serial).map(|(_, cell)| cell);
    let serial = serial.unwrap_or_default().to_owned();
    Some(Refused { line, serial, code: told.code, reason: told.reason, message: told.message, hint: told.hint })
}

fn of_server(rows: &[Row], refusal: v1::LoanRefusal) -> Option<Refused> {
    let row = rows.get(usize::try_from(refusal.index).ok()?)?;
    let v1::LoanRefusal { index: _, code, reason, message, hint } = refusal;
    Some(Refused { line: row.line, serial: row.request.token.clone(), code, reason, message, hint })
}

fn tell_lent(session: &mut Session, tokens: &[v1::Token], dry_run: bool) -> Outcome {
    let mut listing = Listing::new("tokens", TOKEN_COLUMNS);
    session.printer.page(&mut listing, tokens.iter().map(shapes::token).collect())?;
    session.printer.finish_list(listing)?;
    let say = if dry_run { Say::WouldLendAll } else { Say::LentAll };
    session.printer.say(&say.with(session.printer.lang, &[("tokens", &tokens.len().to_string())]));
    Ok(())
}

/// People get a sentence a row, programs a document.
fn tell_refused(session: &mut Session, file: &str, refused: &[Refused]) -> Outcome {
    for row in refused {
        let places = [("file", file), ("line", &row.line.to_string())];
        let place = Say::AtLine.with(session.printer.lang, &places);
        session.printer.refused_row(&[&place, ":"].concat(), &row.message, &row.code, &row.hint);
    }
    if session.printer.format() == Format::Table {
        return Ok(());
    }
    let mut listing = Listing::new("refusals", REFUSAL_COLUMNS);
    session.printer.page(&mut listing, refused.iter().map(record).collect())?;
    session.printer.finish_list(listing)
}

fn record(row: &Refused) -> Value {
    json!({
        "name": row.line.to_string(),
        "line": row.line,
        "serial": row.serial,
        "code": row.code,
        "reason": row.reason,
        "message": row.message,
        "hint": row.hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(Vec<Row>, Vec<Refused>), String> {
        let general = v1::AssignTokenRequest { note: "for all".to_owned(), ..v1::AssignTokenRequest::default() };
        parse(text, "pairs.csv", &general, Lang::En).map_err(|no| no.describe(Lang::En).unwrap().code)
    }

    #[test]
    fn headings_stand_in_any_order_and_in_either_language() {
        for text in [
            "serial,user,until,checked\n2600001,0123456789,2027-03-31,staff-card\n",
            "本人確認,期限,共通ID,シリアル番号\n職員証,2027/3/31,0123456789,2600001\n",
            "Serial;User;Until;Checked\n2600001; 0123456789 ;2027-03-31;staff-card\n\n;;;\n",
            "SERIAL\tUSER\tDUE\tCHECKED\r\n2600001\t0123456789\t2027-03-31\t職員証\r\n",
        ] {
            let (rows, refused) = parsed(text).unwrap();
            let [row] = rows.as_slice() else { panic!("{text}") };
            let request = &row.request;
            assert_eq!((request.token.as_str(), request.user.as_str()), ("2600001", "0123456789"), "{text}");
            assert_eq!(request.due_time, terms::end_of_typed_day("2027-03-31"), "{text}");
            assert_eq!((request.checked(), request.note.as_str()), (v1::Checked::StaffCard, "for all"), "{text}");
            assert_eq!((row.line, refused.len()), (2, 0), "{text}");
        }
    }

    #[test]
    fn a_list_is_read_in_the_encodings_that_spreadsheets_write() {
        let text = "シリアル番号,共通ID\n26,0123456789\n";
        let (shift_jis, _, _) = SHIFT_JIS.encode(text);
        let utf_16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &shift_jis, &utf_16, &with_mark] {
            assert_eq!(decode(bytes).as_deref(), Some(text));
        }
        assert_eq!(decode(b"serial,user\n\xff\xff\x00"), None);
    }

    #[test]
    fn a_list_whose_columns_are_not_understood_is_refused_whole() {
        for (text, code) in [
            ("serial,name\n", "TF-9042"),
            ("serial,user,SERIAL\n", "TF-9050"),
            ("serial,user,シリアル番号\n", "TF-9050"),
            ("serial,department\n", "TF-9041"),
            ("", "TF-9041"),
        ] {
            assert_eq!(parsed(text).err().as_deref(), Some(code), "{text}");
        }
    }

    #[test]
    fn each_bad_row_is_told_by_its_line_and_the_others_are_read() {
        let text = "serial,user,until,route,checked\r\n\r\n\
                    26,0123456789,soon\n\
                    27,0123456789,,by post\n\
                    28,0123456789,,proxy\n\
                    \"29\",0123456789,,,passport\n\
                    30,0123456789,,,,more\n\
                    ,0123456789\n\
                    31,,2027-03-31\n";
        let (rows, refused) = parsed(text).unwrap();
        let told: Vec<_> = refused.iter().map(|row| (row.line, row.serial.as_str(), row.code.as_str())).collect();
        let unreadable = [(3, "26", "TF-9090"), (4, "27", "TF-9044"), (6, "29", "TF-9044"), (7, "30", "TF-9043")];
        assert_eq!(told, [&unreadable[..], &[(8, "", "TF-9051"), (9, "31", "TF-9051")]].concat());
        let [good] = rows.as_slice() else { panic!() };
        assert_eq!((good.line, good.request.route()), (5, v1::LoanRoute::Proxy));
    }
}
