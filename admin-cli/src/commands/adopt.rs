//! `adopt`: a list of who holds which token becomes loans. The bytes go to the server as they are; what became of each row
//! comes back.

use serde_json::{Map, Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::adoption_service_client::AdoptionServiceClient;
use tokenfleet_proto::v1::{adopt_loans_request, adopt_loans_response};
use tokio_stream::StreamExt;

use super::import::report::{tell_problem, tell_warning};
use super::import::upload::{Upload, in_time, recorded_name, shown_name, unless_interrupted};
use super::{Session, held};
use crate::args;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, Listing, Printer, plain};
use crate::shapes::{self, show_time, show_without_seed, word};
use crate::words::{Complaint, Lang, Say};

/// The columns of what became of rows.
const COLUMNS: &[Column] = &[
    Column { key: "line", title: Say::HeadLine, show: plain },
    Column { key: "outcome", title: Say::HeadOutcome, show: show_row_outcome },
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "since_time", title: Say::HeadFrom, show: show_time },
    Column { key: "without_seed", title: Say::HeadSeed, show: show_without_seed },
    Column { key: "code", title: Say::HeadErrorCode, show: plain },
    Column { key: "message", title: Say::HeadMessage, show: plain },
];

/// What people see: refused rows are told beside it, and rows that changed nothing are only counted.
const FOR_PEOPLE: &[Column] = COLUMNS.split_at(COLUMNS.len() - 2).0;

/// Warnings about rows that people are told one by one.
const WARNINGS_SHOWN: usize = 20;

/// What came of a list.
#[derive(Default)]
struct Report {
    evidence: Option<v1::ListEvidence>,
    rows: Vec<v1::AdoptedRow>,
    problems: Vec<v1::RowProblem>,
    warnings: Vec<v1::RowProblem>,
    unmatched: Vec<v1::UnmatchedLoan>,
    summary: Option<v1::AdoptionSummary>,
}

/// `adopt`.
pub(crate) async fn adopt(session: &mut Session, args: &args::Adopt) -> Outcome {
    let client = session.upload_client().await?;
    let name = shown_name(&args.file);
    let upload = Upload::of(&args.file)?;
    let header = v1::AdoptLoansHeader {
        file_name: recorded_name(&args.file),
        format: args.format.map_or(v1::ListFormat::Unspecified, v1::ListFormat::from).into(),
        vendor: args.vendor.clone().unwrap_or_default(),
        keep_going: args.keep_going,
        validate_only: args.dry_run.on,
        request_id: session.new_request_id()?,
    };
    let mut report = Report::default();
    talk(session, &client, header, upload, &name, &mut report).await?;
    tell(&mut session.printer, &name, &report, args)?;
    judge(&report, args)
}

async fn talk(
    session: &mut Session,
    client: &Client,
    header: v1::AdoptLoansHeader,
    upload: Upload,
    name: &str,
    report: &mut Report,
) -> Outcome {
    let part = |part| v1::AdoptLoansRequest { part: Some(part) };
    let pieces = upload.pieces.map(move |bytes| part(adopt_loans_request::Part::Chunk(bytes)));
    let parts = tokio_stream::once(part(adopt_loans_request::Part::Header(header))).chain(pieces);
    let printer = &mut session.printer;
    let talk = async {
        let mut service = AdoptionServiceClient::new(client.channel());
        let answer = service.adopt_loans(client.request(parts)).await.map_err(|status| client.failure(&status))?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
            hear(printer, name, message, report);
        }
        if report.summary.is_some() { Ok(()) } else { Err(Failure::plain(Complaint::AnswerIncomplete)) }
    };
    unless_interrupted(in_time(client, talk, upload.broken, name), &upload.is_read, name).await
}

fn hear(printer: &mut Printer, file: &str, message: v1::AdoptLoansResponse, report: &mut Report) {
    use adopt_loans_response::News;
    match message.news {
        Some(News::Evidence(evidence)) => {
            let format = format_word(&evidence);
            let places = [("file", file), ("format", format.as_str()), ("encoding", &evidence.text_encoding)];
            printer.say(&Say::ReadingList.with(printer.lang, &places));
            report.evidence = Some(evidence);
        }
        Some(News::Row(row)) => report.rows.push(row),
        Some(News::Problem(problem)) => {
            tell_problem(printer, file, &problem);
            report.problems.push(problem);
        }
        Some(News::Warning(warning)) => report.warnings.push(warning),
        Some(News::Unmatched(unmatched)) => report.unmatched.push(unmatched),
        Some(News::Summary(summary)) => report.summary = Some(summary),
        // A newer server may know more.
        None => {}
    }
}

fn format_word(evidence: &v1::ListEvidence) -> String {
    word(evidence.format().as_str_name(), "LIST_FORMAT_")
}

fn tell(printer: &mut Printer, file: &str, report: &Report, args: &args::Adopt) -> Outcome {
    if matches!(printer.format(), Format::Json | Format::Jsonl) {
        return printer.document(document(file, report));
    }
    let for_people = printer.format() == Format::Table;
    let mut listing = Listing::new("rows", if for_people { FOR_PEOPLE } else { COLUMNS });
    let rows = report.rows.iter().filter(|row| !for_people || row.outcome() != v1::RowOutcome::Unchanged).map(row);
    let mut records: Vec<_> = rows.collect();
    if !for_people {
        records.extend(report.problems.iter().map(problem));
        // No line: what is unmatched stands in no line of the file, and comes last.
        records.sort_by_key(|record| record["line"].as_i64());
    }
    records.extend(report.unmatched.iter().map(unmatched));
    printer.page(&mut listing, records)?;
    printer.finish_list(listing)?;
    if for_people { tell_counts(printer, file, report, args.keep_going) } else { Ok(()) }
}

fn tell_counts(printer: &mut Printer, file: &str, report: &Report, keep_going: bool) -> Outcome {
    let summary = held(report.summary.as_ref())?;
    let lang = printer.lang;
    let text = |count: i64| count.to_string();
    let (lent, past, seedless) = (text(summary.lent), text(summary.past), text(summary.without_seed));
    let (unchanged, refused, passed) = (text(summary.unchanged), text(summary.refused), text(summary.passed_over));
    let places = [("file", file), ("lent", &lent), ("past", &past), ("seedless", &seedless)];
    let changes = summary.lent + summary.past + summary.without_seed;
    let say = match (summary.applied, changes) {
        (_, 0) => Say::AdoptedNothing,
        (true, _) => Say::Adopted,
        (false, _) => Say::WouldAdopt,
    };
    if summary.applied || summary.refused == 0 || keep_going {
        printer.done(&say.with(lang, &places))?;
    }
    let places = [("unchanged", unchanged.as_str()), ("refused", &refused)];
    printer.say(&format!("  {}", Say::AdoptCounts.with(lang, &places)));
    if summary.passed_over > 0 {
        printer.say(&format!("  {}", Say::AdoptPassedOver.with(lang, &[("passed", &passed)])));
    }
    if summary.without_vendor > 0 {
        printer.warn(&Say::AdoptWithoutVendor.with(lang, &[("tokens", &text(summary.without_vendor))]));
    }
    tell_doubts(printer, file, report, summary);
    if summary.unmatched > 0 {
        printer.warn(&Say::AdoptUnmatched.with(lang, &[("tokens", &text(summary.unmatched)), ("file", file)]));
    }
    if summary.applied && summary.without_seed > 0 {
        printer.label(Say::Next, Say::NextImportSeeds.plain(lang));
    }
    Ok(())
}

/// What somebody should look at, though nothing was refused for it.
fn tell_doubts(printer: &mut Printer, file: &str, report: &Report, summary: &v1::AdoptionSummary) {
    let lang = printer.lang;
    let ignored = report.evidence.as_ref().map(|evidence| evidence.ignored_columns.join(Say::Comma.plain(lang)));
    if let Some(columns) = ignored.filter(|columns| !columns.is_empty()) {
        printer.warn(&Say::ColumnsIgnored.with(lang, &[("columns", &columns)]));
    }
    if summary.without_beginning > 0 {
        let loans = summary.without_beginning.to_string();
        printer.warn(&Say::AdoptWithoutBeginning.with(lang, &[("loans", &loans), ("file", file)]));
    }
    report.warnings.iter().take(WARNINGS_SHOWN).for_each(|warning| tell_warning(printer, file, warning));
    let more = report.warnings.len().saturating_sub(WARNINGS_SHOWN);
    if more > 0 {
        printer.warn(&Say::MoreProblems.with(lang, &[("more", &more.to_string())]));
    }
}

fn document(file: &str, report: &Report) -> Map<String, Value> {
    let summary = report.summary.as_ref();
    let count = |of: fn(&v1::AdoptionSummary) -> i64| json!(summary.map(of));
    let records = [
        ("file", json!(file)),
        ("format", json!(report.evidence.as_ref().map(format_word))),
        ("ignored_columns", json!(report.evidence.as_ref().map(|evidence| &evidence.ignored_columns))),
        ("text_encoding", json!(report.evidence.as_ref().map(|evidence| evidence.text_encoding.as_str()))),
        ("applied", json!(summary.is_some_and(|summary| summary.applied))),
        ("lot", json!(summary.map(|summary| summary.lot.as_str()).filter(|lot| !lot.is_empty()))),
        ("row_count", count(|summary| summary.rows)),
        ("lent", count(|summary| summary.lent)),
        ("past", count(|summary| summary.past)),
        ("unchanged", count(|summary| summary.unchanged)),
        ("refused", count(|summary| summary.refused)),
        ("passed_over", count(|summary| summary.passed_over)),
        ("without_seed", count(|summary| summary.without_seed)),
        ("without_vendor", count(|summary| summary.without_vendor)),
        ("without_beginning", count(|summary| summary.without_beginning)),
        ("unmatched_count", count(|summary| summary.unmatched)),
        ("file_sha256", json!(summary.map(|summary| summary.file_sha256.as_str()))),
        ("rows", json!(report.rows.iter().map(row).collect::<Vec<_>>())),
        ("problems", json!(report.problems.iter().map(shapes::problem).collect::<Vec<_>>())),
        ("warnings", json!(report.warnings.iter().map(shapes::problem).collect::<Vec<_>>())),
        ("unmatched", json!(report.unmatched.iter().map(unmatched).collect::<Vec<_>>())),
    ];
    records.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn row(row: &v1::AdoptedRow) -> Value {
    json!({
        "line": row.line,
        "outcome": word(row.outcome().as_str_name(), "ROW_OUTCOME_"),
        "serial": row.serial,
        "user_id": Some(&row.user_id).filter(|user| !user.is_empty()),
        "since_time": shapes::time(row.since_time.as_ref()),
        "without_seed": row.without_seed,
    })
}

fn problem(problem: &v1::RowProblem) -> Value {
    json!({ "line": problem.line, "outcome": "refused", "code": problem.code, "message": problem.message })
}

fn unmatched(unmatched: &v1::UnmatchedLoan) -> Value {
    json!({
        "outcome": "unmatched",
        "serial": unmatched.serial,
        "user_id": unmatched.user_id,
        "since_time": shapes::time(unmatched.since_time.as_ref()),
    })
}

/// What became of a row, for people.
fn show_row_outcome(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "lent" => Say::RowLent,
        "past" => Say::RowPast,
        "recorded" => Say::RowRecorded,
        "unmatched" => Say::RowUnmatched,
        // Only programs see the others; a newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// Whether a report is what was wanted.
fn judge(report: &Report, args: &args::Adopt) -> Outcome {
    let summary = held(report.summary.as_ref())?;
    if summary.refused == 0 {
        return Ok(());
    }
    let (refused, rows) = (summary.refused.to_string(), summary.rows.to_string());
    let places = [("refused", refused.as_str()), ("rows", rows.as_str())];
    let complaint = match (args.keep_going, args.dry_run.on) {
        (true, false) => Complaint::AdoptLeftOut,
        (true, true) => Complaint::AdoptWouldLeaveOut,
        (false, _) => Complaint::AdoptRefused,
    };
    Err(Failure::with(complaint, places))
}
