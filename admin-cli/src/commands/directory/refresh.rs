//! The directory from its source: `directory refresh` and `directory status`.

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::directory_service_client::DirectoryServiceClient;
use tokenfleet_proto::v1::refresh_directory_response::News;

use super::summary::{SUMMARY, counts_text, record, tell_programs};
use crate::args::DirectoryRefresh;
use crate::client::Client;
use crate::commands::Session;
use crate::commands::import::report::{PROBLEMS_SHOWN, tell_more};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, Printer, plain};
use crate::shapes::{self, show_time, text};
use crate::words::{Complaint, Lang, Say};

/// What it is called where every record has a name.
const NAME: &str = "directory";

const STATUS: &[Column] = &[
    Column { key: "source", title: Say::HeadDirectorySource, show: show_source },
    Column { key: "people", title: Say::HeadPeople, show: plain },
    Column { key: "update_time", title: Say::HeadDirectoryUpdated, show: show_time },
    Column { key: "last_refresh", title: Say::HeadLastRefresh, show: show_refresh },
    Column { key: "next_refresh_time", title: Say::HeadNextRefresh, show: show_time },
];

/// `directory refresh`.
pub(super) async fn refresh(session: &mut Session, args: &DirectoryRefresh) -> Outcome {
    let client = session.upload_client().await?;
    let request = v1::RefreshDirectoryRequest {
        expected_removals: args.expect_removals,
        validate_only: args.dry_run.on,
        request_id: session.new_request_id()?,
    };
    let (problems, summary) = talk(&client, request).await?;
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        tell_problem(&mut session.printer, problem);
    }
    tell_more(&mut session.printer, problems.len(), None);
    tell(&mut session.printer, &summary, &problems)?;
    if summary.refused > 0 {
        let (refused, rows) = (summary.refused.to_string(), summary.people.to_string());
        return Err(Failure::with(Complaint::EntriesRefused, [("refused", &refused), ("rows", &rows)]));
    }
    Ok(())
}

/// Asks for a refresh and hears it to its end.
async fn talk(
    client: &Client,
    request: v1::RefreshDirectoryRequest,
) -> Outcome<(Vec<v1::EntryProblem>, v1::DirectorySummary)> {
    let mut service = DirectoryServiceClient::new(client.channel());
    let answer = service.refresh_directory(client.request(request)).await.map_err(|status| client.failure(&status))?;
    let mut news = answer.into_inner();
    let mut problems = Vec::new();
    while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
        match message.news {
            Some(News::Problem(problem)) => problems.push(problem),
            Some(News::Summary(summary)) => return Ok((problems, summary)),
            // A newer server may know more.
            None => {}
        }
    }
    Err(Failure::plain(Complaint::AnswerIncomplete))
}

fn tell_problem(printer: &mut Printer, problem: &v1::EntryProblem) {
    let say = if problem.fact.is_empty() { Say::AtEntry } else { Say::AtEntryFact };
    let place = say.with(printer.lang, &[("entry", &problem.entry), ("fact", &problem.fact)]);
    printer.refused_row(&place, &problem.message, &problem.code, &problem.hint);
}

fn tell(printer: &mut Printer, summary: &v1::DirectorySummary, problems: &[v1::EntryProblem]) -> Outcome {
    match printer.format() {
        Format::Table if summary.refused > 0 => Ok(()),
        Format::Table => tell_people(printer, summary),
        Format::Json | Format::Jsonl | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
            let problems: Vec<_> = problems.iter().map(problem_record).collect();
            tell_programs(printer, &SUMMARY[1..], record(NAME, summary), &problems)
        }
    }
}

fn tell_people(printer: &mut Printer, summary: &v1::DirectorySummary) -> Outcome {
    let say = if summary.applied { Say::DirectoryRefreshed } else { Say::WouldRefreshDirectory };
    printer.done(&say.with(printer.lang, &[("people", &summary.people.to_string())]))?;
    printer.say(&format!("  {}", counts_text(summary, printer.lang)));
    Ok(())
}

/// `directory status`.
pub(super) async fn status(session: &mut Session) -> Outcome {
    let client = session.client().await?;
    let status = ask_status(&client).await?;
    session.printer.card("directory", STATUS, &status_record(&status))
}

/// Where the directory comes from, and how it is.
pub(crate) async fn ask_status(client: &Client) -> Outcome<v1::GetDirectoryStatusResponse> {
    client
        .ask(v1::GetDirectoryStatusRequest {}, async |channel, request| {
            DirectoryServiceClient::new(channel).get_directory_status(request).await
        })
        .await
}

fn problem_record(problem: &v1::EntryProblem) -> Value {
    json!({
        "entry": problem.entry,
        "fact": text(&problem.fact),
        "code": problem.code,
        "reason": problem.reason,
        "message": problem.message,
        "hint": text(&problem.hint),
    })
}

fn status_record(status: &v1::GetDirectoryStatusResponse) -> Value {
    json!({
        "name": NAME,
        "source": text(&status.source),
        "people": status.people,
        "update_time": shapes::time(status.update_time.as_ref()),
        "refresh_interval_seconds": status.refresh_interval.as_ref().map(|every| every.seconds),
        "last_refresh": status.last_refresh.as_ref().map(refresh_record),
        "next_refresh_time": shapes::time(status.next_refresh_time.as_ref()),
    })
}

fn refresh_record(refresh: &v1::DirectoryRefresh) -> Value {
    json!({
        "refresh_time": shapes::time(refresh.refresh_time.as_ref()),
        "summary": refresh.summary.as_ref().map(|summary| record(NAME, summary)),
        "code": text(&refresh.code),
        "reason": text(&refresh.reason),
        "message": text(&refresh.message),
        "hint": text(&refresh.hint),
    })
}

fn show_source(value: &Value, lang: Lang) -> String {
    value.as_str().unwrap_or(Say::SourceLists.plain(lang)).to_owned()
}

/// How a refresh went, in one line.
fn show_refresh(value: &Value, lang: Lang) -> String {
    if value.is_null() {
        return String::new();
    }
    let time = show_time(&value["refresh_time"], lang);
    if let Some(code) = value["code"].as_str() {
        let message = value["message"].as_str().unwrap_or_default();
        return Say::RefreshFailed.with(lang, &[("time", &time), ("message", message), ("code", code)]);
    }
    let count = |key: &str| value["summary"][key].as_i64().unwrap_or(0);
    let summary = v1::DirectorySummary {
        added: count("added"),
        changed: count("changed"),
        unchanged: count("unchanged"),
        gone: count("gone"),
        ..v1::DirectorySummary::default()
    };
    Say::RefreshWorked.with(lang, &[("time", &time), ("counts", &counts_text(&summary, lang))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::session;

    fn status() -> v1::GetDirectoryStatusResponse {
        let summary = v1::DirectorySummary { people: 5, added: 1, unchanged: 4, ..v1::DirectorySummary::default() };
        let refresh = v1::DirectoryRefresh { summary: Some(summary), ..v1::DirectoryRefresh::default() };
        v1::GetDirectoryStatusResponse {
            people: 5,
            source: "ldaps://ldap.example.ac.jp".to_owned(),
            last_refresh: Some(refresh),
            ..v1::GetDirectoryStatusResponse::default()
        }
    }

    #[test]
    fn a_refresh_is_told_in_one_line_whether_it_worked_or_not() {
        let mut status = status();
        let line =
            |status: &v1::GetDirectoryStatusResponse, lang| show_refresh(&status_record(status)["last_refresh"], lang);
        assert!(line(&status, Lang::En).ends_with("1 new, 0 changed, 4 the same, 0 gone"));
        let failed = v1::DirectoryRefresh {
            code: "TF-2324".to_owned(),
            message: "the server is away".to_owned(),
            ..v1::DirectoryRefresh::default()
        };
        status.last_refresh = Some(failed);
        assert!(line(&status, Lang::Ja).ends_with("the server is away [TF-2324]"));
        status.last_refresh = None;
        assert_eq!(line(&status, Lang::En), "", "it was not read yet");
    }

    #[test]
    fn an_entry_that_can_not_be_taken_over_is_told_with_its_name() {
        let problem = v1::EntryProblem {
            entry: "uid=1,ou=people".to_owned(),
            fact: "UTokyo ID".to_owned(),
            code: "TF-1001".to_owned(),
            message: "a UTokyo ID has 10 digits".to_owned(),
            ..v1::EntryProblem::default()
        };
        let (mut session, _, talk) = session(Lang::En, Format::Table);
        tell_problem(&mut session.printer, &problem);
        assert!(
            talk.text().contains("uid=1,ou=people (UTokyo ID): a UTokyo ID has 10 digits   [TF-1001]"),
            "{}",
            talk.text()
        );
    }

    #[test]
    fn lists_are_named_where_there_is_no_server() {
        assert_eq!(show_source(&json!(null), Lang::En), "lists that are imported");
        assert_eq!(show_source(&status_record(&status())["source"], Lang::En), "ldaps://ldap.example.ac.jp");
    }
}
