//! Seed files: `import` and `inspect`. The bytes go to the server as they are; nothing here reads a row.

mod inspect;
mod reading;
mod rejects;
pub(super) mod report;
mod secrets;
pub(super) mod upload;

use std::path::{Path, PathBuf};

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::{import_tokens_request, import_tokens_response};
use tokio_stream::StreamExt;

use super::lot::difference::tell_differences;
use super::{Session, held};
use crate::args;
use crate::client::Client;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Printer;
use crate::words::{Complaint, Lang, Say};

use rejects::{Rejects, rejected_list};
use report::{
    PROBLEMS_SHOWN, Report, listing, report_import, tell_earlier, tell_evidence, tell_left_out, tell_more, tell_problem,
};
use secrets::{Secret, Secrets};
use upload::{Part, Parts, Upload, in_time, recorded_name, shown_name, told_name, unless_interrupted};

pub(crate) use inspect::inspect;

/// `import`. A file that is refused, as a whole or in part, does not keep the next from being tried; anything else, such
/// as a server that is not reached, does. What is told last and decides the exit code is the worst that happened.
pub(crate) async fn import(session: &mut Session, args: &args::Import) -> Outcome {
    if args.plan.is_some() && args.files.len() > 1 {
        return Err(Failure::plain(Complaint::PlanForOne));
    }
    if args.lot.is_some() && args.files.len() > 1 {
        return Err(Failure::plain(Complaint::LotForOne));
    }
    let files: Vec<_> = args.files.iter().map(PathBuf::as_path).collect();
    let mut secrets = Secrets::read(&args.reading, &files)?;
    let client = session.upload_client().await?;
    let mut listing = listing(session, args);
    let mut worst: Option<Failure> = None;
    let mut files = files.into_iter();
    for file in files.by_ref() {
        let (report, imported) = import_file(session, &client, args, file, &mut secrets).await;
        report_import(session, &mut listing, args, file, &report, imported.as_ref().err())?;
        let Err(failure) = imported else { continue };
        let ends_all = severity(&failure) > severity_of(Exit::Usage);
        let is_told_of_file = args.files.len() > 1 || is_of_file(&failure);
        let failure = if is_told_of_file { failure.of_file(&told_name(file, session.printer.lang)) } else { failure };
        worst = Some(match worst.take() {
            Some(earlier) => told_but_the_worse(session, earlier, failure),
            None => failure,
        });
        if ends_all {
            break;
        }
    }
    let not_tried: Vec<_> = files.map(shown_name).collect();
    if !not_tried.is_empty() {
        let text = Say::NotTried.with(session.printer.lang, &[("files", &not_tried.join(", "))]);
        session.printer.warn(&text);
    } else if worst.as_ref().is_none_or(|worst| severity(worst) <= severity_of(Exit::Usage)) {
        tell_unused(&mut session.printer, &secrets);
    }
    session.printer.finish_list(listing)?;
    worst.map_or(Ok(()), Err)
}

/// Whether the server refused a file for what it is.
fn is_of_file(failure: &Failure) -> bool {
    let reasons = ["FILE_", "ARCHIVE_", "SECRET_ENCODING_", "COLUMN_MAP_UNFIT"];
    reasons.iter().any(|beginning| failure.reason().starts_with(beginning))
}

/// What was named to open files and no file asked for: somebody believed that one was encrypted.
fn tell_unused(printer: &mut Printer, secrets: &Secrets) {
    let unused = secrets.unused();
    if !unused.is_empty() {
        let text = Say::SecretsUnused.with(printer.lang, &[("options", &unused.join(", "))]);
        printer.warn(&text);
    }
}

/// Complains of the lesser of two failures and gives back the other.
fn told_but_the_worse(session: &mut Session, earlier: Failure, later: Failure) -> Failure {
    let (lesser, worse) = if severity(&later) >= severity(&earlier) { (earlier, later) } else { (later, earlier) };
    session.printer.complain(&lesser);
    worse
}

/// How bad a failure is among those of several files.
fn severity(failure: &Failure) -> u8 {
    failure.exit().map_or(0, severity_of)
}

/// Refused rows, then files that are refused or unreadable, then what is no matter of one file.
fn severity_of(exit: Exit) -> u8 {
    match exit {
        Exit::RowsRefused => 1,
        Exit::Usage => 2,
        Exit::Failed
        | Exit::NotFound
        | Exit::NotAllowed
        | Exit::Conflict
        | Exit::TryAgain
        | Exit::CodeRefused
        | Exit::Interrupted => 3,
    }
}

/// What came of a file, and whether that is what was wanted.
async fn import_file(
    session: &mut Session,
    client: &Client,
    args: &args::Import,
    file: &Path,
    secrets: &mut Secrets,
) -> (Report, Outcome) {
    let mut report = Report::default();
    let imported = async {
        let upload = Upload::of(file)?;
        let can_be_asked = secrets.begin(session, file);
        let rejects = if went_on(args) { Some(Rejects::begin(rejected_list(file))?) } else { None };
        let header = v1::ImportHeader {
            file_name: recorded_name(file),
            reading: Some(reading::options(session, &args.reading, can_be_asked)?),
            keep_going: args.keep_going,
            validate_only: args.dry_run.on,
            request_id: session.new_request_id()?,
            location: args.location.clone().unwrap_or_default(),
            plan: args.plan.clone().unwrap_or_default(),
            existing: args.existing.map_or(v1::ExistingTokens::Unspecified, Into::into).into(),
            lot: args.lot.clone().unwrap_or_default(),
            accept_difference: args.accept_difference,
        };
        let uploaded = import_upload(session, client, header, upload, secrets, file, &mut report).await;
        let list = rejects.as_ref().filter(|_| uploaded.is_ok()).map(Rejects::path);
        tell_more(&mut session.printer, report.problems.len(), list);
        let name = told_name(file, session.printer.lang);
        tell_left_out(&mut session.printer, &name, &report.left_out);
        tell_earlier(&mut session.printer, &name, &report);
        uploaded?;
        judge(&report, args, file, rejects, session.printer.lang)
    };
    let imported = imported.await;
    (report, imported)
}

async fn import_upload(
    session: &mut Session,
    client: &Client,
    header: v1::ImportHeader,
    upload: Upload,
    secrets: &mut Secrets,
    file: &Path,
    report: &mut Report,
) -> Outcome {
    let name = told_name(file, session.printer.lang);
    let can_be_asked = header.reading.as_ref().is_some_and(|reading| reading.can_be_asked);
    let (parts, answers) = Parts::of(upload.pieces, can_be_asked);
    let header = v1::ImportTokensRequest { part: Some(import_tokens_request::Part::Header(header)) };
    let parts = tokio_stream::once(header).chain(parts.map(sent));
    let talk = async {
        let mut service = ImportServiceClient::new(client.channel());
        let answer = service.import_tokens(client.request(parts)).await.map_err(|status| client.failure(&status))?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
            match (message.news, &answers) {
                (Some(import_tokens_response::News::SecretWanted(wanted)), Some(answers)) => {
                    answers.await_one();
                    answers.give(secrets.answer(session, file, &wanted).await?);
                }
                (news, _) => hear(&mut session.printer, &name, news, report),
            }
        }
        if report.summary.is_some() { Ok(()) } else { Err(Failure::plain(Complaint::AnswerIncomplete)) }
    };
    unless_interrupted(in_time(client, talk, upload.broken, &name), &upload.is_read, &name).await
}

fn sent(part: Part) -> v1::ImportTokensRequest {
    use import_tokens_request::Part as Sent;
    let part = match part {
        Part::Chunk(bytes) => Sent::Chunk(bytes),
        Part::Secret(Some(Secret::Key(bytes))) => Sent::KeyFile(bytes.to_vec()),
        Part::Secret(Some(Secret::Passphrase(text))) => Sent::Passphrase(text.to_string()),
        Part::Secret(None) => Sent::NoSecret(true),
        Part::End => Sent::End(true),
    };
    v1::ImportTokensRequest { part: Some(part) }
}

fn hear(printer: &mut Printer, file: &str, news: Option<import_tokens_response::News>, report: &mut Report) {
    use import_tokens_response::News;
    match news {
        Some(News::Evidence(evidence)) => {
            tell_evidence(printer, file, &evidence);
            report.evidence = Some(evidence);
        }
        Some(News::Problem(problem)) => {
            if report.problems.len() < PROBLEMS_SHOWN {
                tell_problem(printer, file, &problem);
            }
            report.problems.push(problem);
        }
        Some(News::LeftOut(key)) => report.left_out.push(key),
        Some(News::Progress(progress)) => {
            let text = Say::RowsSoFar.with(printer.lang, &[("rows", &progress.rows.to_string())]);
            printer.progress(&text);
        }
        Some(News::Comparison(comparison)) => {
            tell_differences(printer, &comparison);
            report.comparison = Some(comparison);
        }
        Some(News::Summary(summary)) => report.summary = Some(summary),
        // A newer server may know more, and nobody can be asked.
        Some(News::SecretWanted(_)) | None => {}
    }
}

/// Whether a report is what was wanted; leaves behind the file of the rows that were left out.
fn judge(report: &Report, args: &args::Import, file: &Path, rejects: Option<Rejects>, lang: Lang) -> Outcome {
    let summary = held(report.summary.as_ref())?;
    let refused = report.refused();
    if refused == 0 {
        return Ok(());
    }
    let list = rejected_list(file).display().to_string();
    let (refused, rows) = (refused.to_string(), summary.rows.to_string());
    if let Some(rejects) = rejects {
        rejects.write(report)?;
        return Err(Failure::with(Complaint::RowsLeftOut, [("refused", &refused), ("rows", &rows), ("list", &list)]));
    }
    let way_on = match report.good() {
        ..=0 => Say::NoGoodRows.plain(lang).to_owned(),
        _ if args.keep_going => Say::WouldBeListed.with(lang, &[("list", &list)]),
        good => Say::GoodRowsRemain.with(lang, &[("good", &good.to_string()), ("list", &list)]),
    };
    let complaint = if args.keep_going { Complaint::RowsWouldBeLeftOut } else { Complaint::RowsRefused };
    Err(Failure::with(complaint, [("refused", &refused), ("rows", &rows), ("way_on", &way_on)]))
}

/// Whether good rows were imported though others were refused.
fn went_on(args: &args::Import) -> bool {
    args.keep_going && !args.dry_run.on
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::report::tests::{problem, refused_summary};
    use super::*;
    use crate::args::{Cli, Command};
    use crate::commands::tests::session;
    use crate::output::Format;

    #[test]
    fn refused_rows_exit_with_6_in_a_dry_run_too() {
        for (line, goes_on) in [
            ("tokenadm import seeds.csv", false),
            ("tokenadm import seeds.csv -n", false),
            ("tokenadm import seeds.csv -n --keep-going", false),
            ("tokenadm import seeds.csv --keep-going", true),
        ] {
            assert_eq!(went_on(&arguments(line)), goes_on, "{line}");
        }
        let report = Report { summary: Some(refused_summary()), problems: vec![problem()], ..Report::default() };
        let failure = judge(&report, &arguments("tokenadm import seeds.csv"), Path::new("seeds.csv"), None, Lang::En)
            .unwrap_err();
        assert_eq!(failure.exit(), Some(Exit::RowsRefused));
        let description = failure.describe(Lang::En).unwrap();
        assert_eq!(description.message, "2 of 500 rows can't be imported; nothing was changed");
        assert_eq!(
            description.hint,
            "--keep-going imports the 498 good rows and lists the others in seeds.rejected.csv (no seeds in it)"
        );
        let args = arguments("tokenadm import seeds.csv -n --keep-going");
        let failure = judge(&report, &args, Path::new("seeds.csv"), None, Lang::En).unwrap_err();
        assert_eq!(failure.exit(), Some(Exit::RowsRefused));
        let description = failure.describe(Lang::En).unwrap();
        assert_eq!(description.message, "2 of 500 rows would be left out; nothing was changed");
        assert_eq!(description.hint, "without --dry-run they are listed in seeds.rejected.csv (no seeds in it)");
    }

    #[test]
    fn so_many_problems_that_nobody_reads_them_are_counted() {
        let (mut session, _, talk) = session(Lang::En, Format::Table);
        let mut report = Report::default();
        for line in 1..=1000 {
            let problem = v1::RowProblem { line, ..problem() };
            let news = Some(import_tokens_response::News::Problem(problem));
            hear(&mut session.printer, "seeds.csv", news, &mut report);
        }
        tell_more(&mut session.printer, report.problems.len(), Some(Path::new("seeds.rejected.csv")));
        assert_eq!(report.problems.len(), 1000);
        assert_eq!(talk.text().matches("error: ").count(), PROBLEMS_SHOWN);
        assert!(talk.text().ends_with("! and 950 more; all are in seeds.rejected.csv\n"), "{}", talk.text());
    }

    #[test]
    fn the_numbers_of_a_refusal_fit_together_and_promise_no_good_rows_where_there_are_none() {
        let described = |rows, created, unchanged, conflicts, refused| {
            let summary = v1::ImportSummary { rows, created, unchanged, conflicts, refused, ..Default::default() };
            let report = Report { summary: Some(summary), ..Report::default() };
            let args = arguments("tokenadm import a.csv");
            let no = judge(&report, &args, Path::new("a.csv"), None, Lang::En).unwrap_err();
            no.describe(Lang::En).unwrap()
        };
        let none = described(2, 0, 0, 1, 2);
        assert_eq!(none.message, "2 of 2 rows can't be imported; nothing was changed");
        assert_eq!(none.hint, "mend them, or ask the vendor for the file again");
        let single = described(1, 0, 0, 0, 1);
        assert_eq!(single.message, "1 of 1 row can't be imported; nothing was changed");
        let one_known = described(3, 0, 1, 0, 2);
        assert!(one_known.hint.starts_with("--keep-going imports the 1 good row and lists"), "{}", one_known.hint);
    }

    #[test]
    fn of_several_failures_the_worst_is_told_last_and_decides() {
        let rows =
            || Failure::with(Complaint::RowsLeftOut, [("refused", "1"), ("rows", "2"), ("list", "l")]).of_file("a");
        let file = || Failure::with(Complaint::FileUnreadable, [("file", "b"), ("why", "gone")]).of_file("b");
        let server = || Failure::plain(Complaint::ConnectionLost).of_file("c");
        for (earlier, later, exit, told) in [
            (rows(), file(), Exit::Usage, "error: a: 1 of 2 rows was left out"),
            (file(), rows(), Exit::Usage, "error: a: 1 of 2 rows was left out"),
            (file(), server(), Exit::TryAgain, "error: b can't be read: gone"),
            (rows(), rows(), Exit::RowsRefused, "error: a: 1 of 2 rows was left out"),
        ] {
            let (mut session, _, talk) = session(Lang::En, Format::Table);
            assert_eq!(told_but_the_worse(&mut session, earlier, later).exit(), Some(exit));
            assert!(talk.text().starts_with(told), "{}", talk.text());
        }
    }

    /// What was typed for an import.
    pub(super) fn arguments(line: &str) -> args::Import {
        let Command::Import(args) = Cli::parse_from(line.split(' ')).command else { panic!("{line}") };
        args
    }
}
