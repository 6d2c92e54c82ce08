//! The directory: `directory import`, `directory show`, and the names that other commands tell beside an ID.

mod refresh;
mod summary;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::directory_service_client::DirectoryServiceClient;
use tokenfleet_proto::v1::{import_directory_request, import_directory_response};
use tokio_stream::StreamExt;

use self::summary::{SUMMARY, counts_text, record, tell_programs};
use super::import::report::tell_problem;
use super::import::upload::{Upload, in_time, recorded_name, shown_name, unless_interrupted};
use super::{Session, held};
use crate::args::{Directory, DirectoryImport};
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, Printer, plain};
use crate::shapes::{self, show_time, text, word};
use crate::words::{Complaint, Lang, Say};

pub(super) use refresh::ask_status;

const PERSON: &[Column] = &[
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "name", title: Say::HeadPersonName, show: plain },
    Column { key: "kana", title: Say::HeadKana, show: plain },
    Column { key: "latin", title: Say::HeadLatin, show: plain },
    Column { key: "department", title: Say::HeadDepartment, show: plain },
    Column { key: "kind", title: Say::HeadPersonKind, show: show_kind },
    Column { key: "state", title: Say::HeadState, show: show_standing },
    Column { key: "last_day", title: Say::HeadPersonLastDay, show: plain },
    Column { key: "merged_into", title: Say::HeadMergedInto, show: plain },
    Column { key: "other_id", title: Say::HeadOtherId, show: plain },
    Column { key: "gone_time", title: Say::HeadGone, show: show_time },
    Column { key: "forget_time", title: Say::HeadForgotten, show: show_time },
];

/// `directory`.
pub(crate) async fn run(session: &mut Session, args: Directory) -> Outcome {
    match args {
        Directory::Import(args) => import(session, &args).await,
        Directory::Refresh(args) => refresh::refresh(session, &args).await,
        Directory::Show { user } => show(session, user).await,
        Directory::Status => refresh::status(session).await,
    }
}

async fn show(session: &mut Session, user: String) -> Outcome {
    let client = session.client().await?;
    let request = v1::GetPersonRequest { user };
    let answer = client
        .ask(request, async |channel, request| DirectoryServiceClient::new(channel).get_person(request).await)
        .await?;
    session.printer.card("person", PERSON, &person(&held(answer.person)?))
}

/// What came of a list.
#[derive(Default)]
struct Report {
    problems: Vec<v1::RowProblem>,
    summary: Option<v1::DirectorySummary>,
}

async fn import(session: &mut Session, args: &DirectoryImport) -> Outcome {
    let client = session.upload_client().await?;
    let name = shown_name(&args.file);
    let upload = Upload::of(&args.file)?;
    let header = v1::DirectoryHeader {
        file_name: recorded_name(&args.file),
        expected_removals: args.expect_removals,
        validate_only: args.dry_run.on,
        request_id: session.new_request_id()?,
    };
    let mut report = Report::default();
    talk(session, &client, header, upload, &name, &mut report).await?;
    let summary = held(report.summary.as_ref())?;
    tell(&mut session.printer, &name, summary, &report.problems)?;
    if summary.refused > 0 {
        let (refused, rows) = (summary.refused.to_string(), summary.people.to_string());
        return Err(Failure::with(Complaint::PeopleRefused, [("refused", &refused), ("rows", &rows)]));
    }
    Ok(())
}

async fn talk(
    session: &mut Session,
    client: &Client,
    header: v1::DirectoryHeader,
    upload: Upload,
    name: &str,
    report: &mut Report,
) -> Outcome {
    let part = |part| v1::ImportDirectoryRequest { part: Some(part) };
    let pieces = upload.pieces.map(move |bytes| part(import_directory_request::Part::Chunk(bytes)));
    let parts = tokio_stream::once(part(import_directory_request::Part::Header(header))).chain(pieces);
    let printer = &mut session.printer;
    let talk = async {
        let mut service = DirectoryServiceClient::new(client.channel());
        let answer = service.import_directory(client.request(parts)).await.map_err(|status| client.failure(&status))?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
            match message.news {
                Some(import_directory_response::News::Problem(problem)) => {
                    tell_problem(printer, name, &problem);
                    report.problems.push(problem);
                }
                Some(import_directory_response::News::Summary(summary)) => report.summary = Some(summary),
                // A newer server may know more.
                None => {}
            }
        }
        if report.summary.is_some() { Ok(()) } else { Err(Failure::plain(Complaint::AnswerIncomplete)) }
    };
    unless_interrupted(in_time(client, talk, upload.broken, name), &upload.is_read, name).await
}

fn tell(printer: &mut Printer, file: &str, summary: &v1::DirectorySummary, problems: &[v1::RowProblem]) -> Outcome {
    match printer.format() {
        Format::Table if summary.refused > 0 => Ok(()),
        Format::Table => tell_people(printer, file, summary),
        Format::Json | Format::Jsonl | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
            let mut record = record(file, summary);
            record["file"] = json!(file);
            record["file_sha256"] = json!(summary.file_sha256);
            record["ignored_columns"] = json!(summary.ignored_columns);
            let problems: Vec<_> = problems.iter().map(shapes::problem).collect();
            tell_programs(printer, SUMMARY, record, &problems)
        }
    }
}

fn tell_people(printer: &mut Printer, file: &str, summary: &v1::DirectorySummary) -> Outcome {
    let lang = printer.lang;
    let say = if summary.applied { Say::DirectoryImported } else { Say::WouldImportDirectory };
    printer.done(&say.with(lang, &[("people", &summary.people.to_string()), ("file", file)]))?;
    printer.say(&format!("  {}", counts_text(summary, lang)));
    if !summary.ignored_columns.is_empty() {
        let columns = summary.ignored_columns.join(Say::Comma.plain(lang));
        printer.warn(&Say::ColumnsIgnored.with(lang, &[("columns", &columns)]));
    }
    Ok(())
}

fn person(person: &v1::Person) -> Value {
    json!({
        "user_id": person.user_id,
        "name": text(&person.name),
        "kana": text(&person.kana),
        "latin": text(&person.latin),
        "department": text(&person.department),
        "kind": word(person.kind().as_str_name(), "PERSON_KIND_"),
        "state": word(person.state().as_str_name(), "PERSON_STATE_"),
        "last_day": text(&person.last_day),
        "merged_into": text(&person.merged_into),
        "other_id": text(&person.other_id),
        "gone_time": shapes::time(person.gone_time.as_ref()),
        "forget_time": shapes::time(person.forget_time.as_ref()),
    })
}

fn show_kind(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "faculty" => Say::PersonFaculty,
        "staff" => Say::PersonStaff,
        "student" => Say::PersonStudent,
        "other" => Say::PersonOther,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// How somebody stands to the university, for people.
pub(super) fn show_standing(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "current" => Say::PersonCurrent,
        "ended" => Say::PersonEnded,
        "gone" => Say::PersonGone,
        "merged" => Say::PersonMerged,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// Who tells the names of people beside their IDs: to people, in their language.
#[derive(Clone, Copy)]
pub(super) struct Names {
    for_people: bool,
    lang: Lang,
}

impl Names {
    pub(super) fn of(printer: &Printer) -> Self {
        Self { for_people: printer.format() == Format::Table, lang: printer.lang }
    }

    /// The language of the people who read it; none where programs do.
    pub(super) fn reader(self) -> Option<Lang> {
        self.for_people.then_some(self.lang)
    }

    /// Somebody as in `0123456789 (Yamada Hanako, Letters)`. The ID alone where it is masked, nobody is known by it, or the
    /// answer is for a program: what was done is done, whatever this asks.
    pub(super) async fn beside(self, client: &Client, user: &str) -> String {
        self.title_of(self.known(client, user).await.as_ref(), user)
    }

    /// The person of an ID, where one is known by it.
    pub(super) async fn known(self, client: &Client, user: &str) -> Option<v1::Person> {
        let request = v1::GetPersonRequest { user: self.whole(user)?.to_owned() };
        let answer = client
            .ask(request, async |channel, request| DirectoryServiceClient::new(channel).get_person(request).await)
            .await;
        answer.ok()?.person
    }

    /// Somebody as `beside` tells them.
    pub(super) fn title_of(self, known: Option<&v1::Person>, user: &str) -> String {
        known.map_or_else(|| user.to_owned(), |person| title(person, self.lang))
    }

    /// The same in records that have a `user_id`, asked for all at once.
    pub(super) async fn beside_all(self, client: &Client, records: &mut [Value]) {
        let named = |record: &Value| Some(self.whole(record["user_id"].as_str()?)?.to_owned());
        let users: BTreeSet<_> = records.iter().filter_map(named).collect();
        let titles = match users.iter().collect::<Vec<_>>().as_slice() {
            [] => return,
            [only] => HashMap::from([((*only).clone(), self.beside(client, only).await)]),
            // Only whoever may browse IDs sees several of them whole.
            _ => self.titles(client, users.into_iter().collect()).await,
        };
        for record in records {
            if let Some(title) = record["user_id"].as_str().and_then(|user| titles.get(user)) {
                record["user_id"] = json!(title);
            }
        }
    }

    async fn titles(self, client: &Client, users: Vec<String>) -> HashMap<String, String> {
        let request = v1::BatchGetPeopleRequest { users };
        let answer = client
            .ask(request, async |channel, request| DirectoryServiceClient::new(channel).batch_get_people(request).await)
            .await;
        let people = answer.map(|answer| answer.people).unwrap_or_default();
        people.iter().map(|person| (person.user_id.clone(), title(person, self.lang))).collect()
    }

    /// An ID that a name may be told beside: neither masked nor removed.
    fn whole(self, user: &str) -> Option<&str> {
        let is_id = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit());
        (self.for_people && is_id).then_some(user)
    }
}

/// A person for people.
fn title(person: &v1::Person, lang: Lang) -> String {
    let name = match lang {
        Lang::En if !person.latin.is_empty() => &person.latin,
        Lang::En | Lang::Ja => &person.name,
    };
    let who: Vec<_> = [name, &person.department].into_iter().filter(|part| !part.is_empty()).cloned().collect();
    if who.is_empty() {
        return person.user_id.clone();
    }
    let who = who.join(Say::Comma.plain(lang));
    Say::IdOf.with(lang, &[("user", &person.user_id), ("who", &who)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::session;

    fn hanako() -> v1::Person {
        v1::Person {
            user_id: "0123456789".to_owned(),
            name: "山田 花子".to_owned(),
            latin: "Yamada Hanako".to_owned(),
            department: "Letters".to_owned(),
            ..v1::Person::default()
        }
    }

    #[test]
    fn somebody_is_told_in_the_letters_of_the_language() {
        assert_eq!(title(&hanako(), Lang::En), "0123456789 (Yamada Hanako, Letters)");
        assert_eq!(title(&hanako(), Lang::Ja), "0123456789（山田 花子，Letters）");
        let kanji_only = v1::Person { latin: String::new(), department: String::new(), ..hanako() };
        assert_eq!(title(&kanji_only, Lang::En), "0123456789 (山田 花子)");
        let forgotten = v1::Person { user_id: "0123456789".to_owned(), ..v1::Person::default() };
        assert_eq!(title(&forgotten, Lang::Ja), "0123456789");
    }

    #[test]
    fn an_import_says_what_became_of_whom_and_what_it_did_not_read() {
        let summary = v1::DirectorySummary {
            people: 120,
            added: 3,
            changed: 2,
            unchanged: 115,
            gone: 1,
            applied: true,
            ignored_columns: vec!["電話番号".to_owned()],
            ..v1::DirectorySummary::default()
        };
        let (mut session, data, talk) = session(Lang::En, Format::Table);
        tell(&mut session.printer, "people.csv", &summary, &[]).unwrap();
        session.printer.flush().unwrap();
        assert_eq!(data.text(), "✓ 120 people in the directory, as people.csv has them\n");
        assert_eq!(talk.text(), "  3 new, 2 changed, 115 the same, 1 gone\n! columns that were not read: 電話番号\n");
    }

    #[test]
    fn every_kind_and_state_of_a_person_has_a_word_for_people() {
        for kind in 1..=4 {
            let name = v1::PersonKind::try_from(kind).unwrap().as_str_name();
            let wire = json!(word(name, "PERSON_KIND_"));
            assert_ne!(show_kind(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
        for state in 1..=4 {
            let name = v1::PersonState::try_from(state).unwrap().as_str_name();
            let wire = json!(word(name, "PERSON_STATE_"));
            assert_ne!(show_standing(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
    }
}
