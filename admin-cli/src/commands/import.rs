//! Seed files: `import` and `inspect`. The bytes go to the server as they are; nothing here reads a row.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::{fs, future};

use serde_json::{Map, Value, json};
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::{import_tokens_request, import_tokens_response};
use tokenfleet_proto::v1::{inspect_seed_file_request, inspect_seed_file_response};
use tokenfleet_proto::{CHUNK_MAX, v1};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::{Session, held};
use crate::args;
use crate::client::Client;
use crate::failure::{Description, Exit, Failure, Outcome};
use crate::output::{Column, Format, Listing, Printer, plain};
use crate::shapes::{self, bare};
use crate::words::{Complaint, Lang, Say};

/// How many pieces of a file wait for the network.
const PIECES_WAITING: usize = 4;

/// The columns of what came of files; people get sentences instead, so the titles are never seen.
const IMPORT_COLUMNS: &[Column] = &[
    Column { key: "file", title: Say::HeadFile, show: plain },
    Column { key: "lot", title: Say::HeadLot, show: plain },
    Column { key: "applied", title: Say::HeadOutcome, show: plain },
    Column { key: "rows", title: Say::HeadEvents, show: plain },
    Column { key: "created", title: Say::HeadTokens, show: plain },
    Column { key: "unchanged", title: Say::HeadTokens, show: plain },
    Column { key: "conflicts", title: Say::HeadTokens, show: plain },
    Column { key: "refused", title: Say::HeadTokens, show: plain },
    Column { key: "expired", title: Say::HeadTokens, show: plain },
    Column { key: "without_vendor", title: Say::HeadTokens, show: plain },
];

/// The columns of a list of inspected keys.
const KEY_COLUMNS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "key_id", title: Say::HeadKeyId, show: plain },
    Column { key: "type", title: Say::HeadType, show: plain },
    Column { key: "digits", title: Say::HeadDigits, show: plain },
    Column { key: "period", title: Say::HeadPeriod, show: plain },
    Column { key: "counter", title: Say::HeadCounter, show: plain },
    Column { key: "algorithm", title: Say::HeadAlgorithm, show: plain },
    Column { key: "kcv", title: Say::HeadKeyCheck, show: plain },
];

/// `import`. A file that is refused, as a whole or in part, does not keep the next from being tried; anything else, such
/// as a server that is not reached, does. What is told last and decides the exit code is the worst that happened.
pub(crate) async fn import(session: &mut Session, args: &args::Import) -> Outcome {
    let client = session.upload_client().await?;
    let mut listing = Listing::new("imports", IMPORT_COLUMNS);
    let mut worst: Option<Failure> = None;
    let mut files = args.files.iter();
    for file in files.by_ref() {
        let (report, imported) = import_file(session, &client, args, file).await;
        report_import(session, &mut listing, args, file, &report, imported.as_ref().err())?;
        let Err(failure) = imported else { continue };
        let ends_all = severity(&failure) > severity_of(Exit::Usage);
        let failure = if args.files.len() > 1 { failure.of_file(&shown_name(file)) } else { failure };
        worst = Some(match worst.take() {
            Some(earlier) => told_but_the_worse(session, earlier, failure),
            None => failure,
        });
        if ends_all {
            break;
        }
    }
    let not_tried: Vec<_> = files.map(|file| shown_name(file)).collect();
    if !not_tried.is_empty() {
        let text = Say::NotTried.with(session.printer.lang, &[("files", &not_tried.join(", "))]);
        session.printer.warn(&text);
    }
    if session.printer.format() == Format::Json {
        session.printer.finish_list(listing)?;
    }
    worst.map_or(Ok(()), Err)
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

/// `inspect`.
pub(crate) async fn inspect(session: &mut Session, args: &args::Inspect) -> Outcome {
    let upload = Upload::of(&args.file)?;
    let client = session.upload_client().await?;
    let name = shown_name(&args.file);
    let mut findings = Findings::default();
    let inspected = inspect_upload(session, &client, args, upload, &mut findings).await;
    findings.withdraw(session.printer.lang);
    if inspected.is_err() {
        // A file that is refused as a whole has no keys, whatever was read before that showed.
        findings.keys.clear();
    }
    tell_findings(session, &name, &findings, inspected.is_ok())?;
    inspected?;
    match findings.problems.len() {
        0 => Ok(()),
        count => Err(Failure::with(Complaint::RowsUnreadable, [("refused", &count.to_string()), ("file", &name)])),
    }
}

/// What came of one file.
#[derive(Default)]
struct Report {
    evidence: Option<v1::SeedFileEvidence>,
    problems: Vec<v1::RowProblem>,
    summary: Option<v1::ImportSummary>,
}

impl Report {
    /// Rows that were not imported; one that is both unreadable and a conflict is one row all the same.
    fn refused(&self) -> i64 {
        self.summary.as_ref().map_or(0, |summary| (summary.refused + summary.conflicts).min(summary.rows))
    }

    /// Rows that were, or could be, imported or are there already.
    fn good(&self) -> i64 {
        self.summary.as_ref().map_or(0, |summary| summary.created + summary.unchanged)
    }

    fn document(&self, file: &str, failure: Option<&Description>) -> Value {
        let summary = self.summary.as_ref();
        let count = |of: fn(&v1::ImportSummary) -> i64| summary.map(of);
        json!({
            "file": file,
            "lot": summary.map(|summary| summary.lot.as_str()).filter(|lot| !lot.is_empty()),
            "applied": summary.is_some_and(|summary| summary.applied),
            "rows": count(|summary| summary.rows),
            "created": count(|summary| summary.created),
            "unchanged": count(|summary| summary.unchanged),
            "conflicts": count(|summary| summary.conflicts),
            "refused": count(|summary| summary.refused),
            "expired": count(|summary| summary.expired),
            "without_vendor": count(|summary| summary.without_vendor),
            "file_sha256": summary.map(|summary| summary.file_sha256.as_str()),
            "evidence": self.evidence.as_ref().map(shapes::evidence),
            "problems": self.problems.iter().map(shapes::problem).collect::<Vec<_>>(),
            "error": failure.map(|failure| failure.document()["error"].take()),
        })
    }
}

/// What came of a file, and whether that is what was wanted.
async fn import_file(session: &mut Session, client: &Client, args: &args::Import, file: &Path) -> (Report, Outcome) {
    let mut report = Report::default();
    let imported = async {
        let upload = Upload::of(file)?;
        let header = v1::ImportHeader {
            file_name: recorded_name(file),
            reading: Some((&args.reading).into()),
            keep_going: args.keep_going,
            validate_only: args.dry_run.on,
            request_id: session.new_request_id()?,
        };
        import_upload(session, client, header, upload, &shown_name(file), &mut report).await?;
        judge(&report, args, file, session.printer.lang)
    };
    let imported = imported.await;
    (report, imported)
}

async fn import_upload(
    session: &mut Session,
    client: &Client,
    header: v1::ImportHeader,
    upload: Upload,
    name: &str,
    report: &mut Report,
) -> Outcome {
    let part = |part| v1::ImportTokensRequest { part: Some(part) };
    let pieces = upload.pieces.map(move |bytes| part(import_tokens_request::Part::Chunk(bytes)));
    let parts = tokio_stream::once(part(import_tokens_request::Part::Header(header))).chain(pieces);
    let talk = async {
        let mut service = ImportServiceClient::new(client.channel());
        let answer = service.import_tokens(client.request(parts)).await.map_err(|status| client.failure(&status))?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
            hear(&mut session.printer, name, message, report);
        }
        if report.summary.is_some() { Ok(()) } else { Err(Failure::plain(Complaint::AnswerIncomplete)) }
    };
    in_time(client, talk, upload.broken, name).await
}

fn hear(printer: &mut Printer, file: &str, message: v1::ImportTokensResponse, report: &mut Report) {
    use import_tokens_response::News;
    match message.news {
        Some(News::Evidence(evidence)) => {
            tell_evidence(printer, file, &evidence);
            report.evidence = Some(evidence);
        }
        Some(News::Problem(problem)) => {
            tell_problem(printer, file, &problem);
            report.problems.push(problem);
        }
        Some(News::Progress(progress)) => {
            let text = Say::RowsSoFar.with(printer.lang, &[("rows", &progress.rows.to_string())]);
            printer.progress(&text);
        }
        Some(News::Summary(summary)) => report.summary = Some(summary),
        // A newer server may know more.
        None => {}
    }
}

/// Whether a report is what was wanted; leaves behind the list of the rows that were left out.
fn judge(report: &Report, args: &args::Import, file: &Path, lang: Lang) -> Outcome {
    let summary = held(report.summary.as_ref())?;
    let refused = report.refused();
    if refused == 0 {
        return Ok(());
    }
    let list = rejected_list(file);
    let shown = list.display().to_string();
    let (refused, rows) = (refused.to_string(), summary.rows.to_string());
    if summary.applied || went_on(args) {
        write_rejected(&list, &report.problems)?;
        return Err(Failure::with(Complaint::RowsLeftOut, [("refused", &refused), ("rows", &rows), ("list", &shown)]));
    }
    let way_on = match report.good() {
        ..=0 => Say::NoGoodRows.plain(lang).to_owned(),
        good => Say::GoodRowsRemain.with(lang, &[("good", &good.to_string()), ("list", &shown)]),
    };
    Err(Failure::with(Complaint::RowsRefused, [("refused", &refused), ("rows", &rows), ("way_on", &way_on)]))
}

fn report_import(
    session: &mut Session,
    listing: &mut Listing,
    args: &args::Import,
    file: &Path,
    report: &Report,
    failure: Option<&Failure>,
) -> Outcome {
    let name = shown_name(file);
    if session.printer.format() != Format::Table {
        let failure = failure.and_then(|failure| failure.describe(session.printer.lang));
        return session.printer.page(listing, vec![report.document(&name, failure.as_ref())]);
    }
    let Some(summary) = &report.summary else { return Ok(()) };
    // What was refused as a whole is told as a failure, not as something done.
    if report.refused() > 0 && !summary.applied && !went_on(args) {
        return Ok(());
    }
    tell_import(&mut session.printer, &name, summary, report.refused())
}

fn tell_import(printer: &mut Printer, file: &str, summary: &v1::ImportSummary, refused: i64) -> Outcome {
    let lang = printer.lang;
    let (created, lot) = (summary.created.to_string(), bare(&summary.lot));
    let places = [("created", created.as_str()), ("lot", lot), ("file", file)];
    let say = match (summary.created, summary.lot.is_empty()) {
        (0, _) => Say::ImportedNothing,
        (_, true) => Say::WouldImport,
        (_, false) => Say::Imported,
    };
    printer.done(&say.with(lang, &places))?;
    let (unchanged, refused) = (summary.unchanged.to_string(), refused.to_string());
    let counts = [("created", created.as_str()), ("unchanged", &unchanged), ("refused", &refused)];
    printer.say(&format!("  {}", Say::ImportCounts.with(lang, &counts)));
    if summary.expired > 0 {
        printer.warn(&Say::ImportExpired.with(lang, &[("expired", &summary.expired.to_string())]));
    }
    if summary.without_vendor > 0 {
        let say = if lot.is_empty() { Say::WouldImportWithoutVendor } else { Say::ImportedWithoutVendor };
        printer.warn(&say.with(lang, &[("tokens", &summary.without_vendor.to_string())]));
    }
    if !lot.is_empty() {
        printer.label(Say::Next, Say::NextAssign.plain(lang));
        printer.label(Say::Undo, &format!("tokenadm lot revert {lot}"));
    }
    Ok(())
}

/// Whether good rows were imported though others were refused.
fn went_on(args: &args::Import) -> bool {
    args.keep_going && !args.dry_run.on
}

/// `seeds.csv` has its rejected rows listed in `seeds.rejected.csv`, beside it.
fn rejected_list(file: &Path) -> PathBuf {
    let file = if is_stdin(file) { Path::new("stdin") } else { file };
    file.with_extension("rejected.csv")
}

fn write_rejected(list: &Path, problems: &[v1::RowProblem]) -> Outcome {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let row = |problem: &v1::RowProblem| {
        let v1::RowProblem { line, column, column_name, code, reason, message, hint } = problem;
        let texts = [column_name, code, reason, message, hint].map(|text| quoted(text)).join(",");
        format!("{line},{column},{texts}\n")
    };
    let rows: String = problems.iter().map(row).collect();
    fs::write(list, format!("line,column,column_name,code,reason,message,hint\n{rows}"))
        .map_err(|error| Failure::unwritten(list, &error))
}

/// What was found in a file.
#[derive(Default)]
struct Findings {
    evidence: Option<v1::SeedFileEvidence>,
    keys: Vec<v1::InspectedKey>,
    problems: Vec<v1::RowProblem>,
    withdrawn: HashSet<i64>,
    complete: bool,
}

impl Findings {
    /// Takes back the keys that a later row contradicts, each with a problem in its place.
    fn withdraw(&mut self, lang: Lang) {
        let told: HashSet<i64> = self.problems.iter().map(|problem| problem.line).collect();
        let mut untold: Vec<_> = self.withdrawn.difference(&told).copied().collect();
        untold.sort_unstable();
        self.problems.extend(untold.into_iter().map(|line| v1::RowProblem {
            line,
            code: "TF-1220".to_owned(),
            reason: "IMPORT_ROW_INVALID".to_owned(),
            message: Say::WithdrawnRow.plain(lang).to_owned(),
            hint: Say::WithdrawnHint.plain(lang).to_owned(),
            ..v1::RowProblem::default()
        }));
        self.keys.retain(|key| !self.withdrawn.contains(&key.line));
    }
}

async fn inspect_upload(
    session: &mut Session,
    client: &Client,
    args: &args::Inspect,
    upload: Upload,
    findings: &mut Findings,
) -> Outcome {
    let name = shown_name(&args.file);
    let part = |part| v1::InspectSeedFileRequest { part: Some(part) };
    let pieces = upload.pieces.map(move |bytes| part(inspect_seed_file_request::Part::Chunk(bytes)));
    let reading = v1::ReadingOptions::from(&args.reading);
    let parts = tokio_stream::once(part(inspect_seed_file_request::Part::Reading(reading))).chain(pieces);
    let talk = async {
        let mut service = ImportServiceClient::new(client.channel());
        let answer =
            service.inspect_seed_file(client.request(parts)).await.map_err(|status| client.failure(&status))?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
            find(&mut session.printer, &name, message, findings);
        }
        if findings.complete { Ok(()) } else { Err(Failure::plain(Complaint::AnswerIncomplete)) }
    };
    in_time(client, talk, upload.broken, &name).await
}

fn find(printer: &mut Printer, file: &str, message: v1::InspectSeedFileResponse, findings: &mut Findings) {
    use inspect_seed_file_response::Finding;
    match message.finding {
        Some(Finding::Evidence(evidence)) => {
            tell_evidence(printer, file, &evidence);
            findings.evidence = Some(evidence);
        }
        Some(Finding::Key(key)) => findings.keys.push(key),
        Some(Finding::Problem(problem)) => findings.problems.push(problem),
        Some(Finding::Summary(summary)) => {
            findings.withdrawn = summary.withdrawn_lines.into_iter().collect();
            findings.complete = true;
        }
        // A newer server may know more.
        None => {}
    }
}

fn tell_findings(session: &mut Session, file: &str, findings: &Findings, readable: bool) -> Outcome {
    let printer = &mut session.printer;
    let keys: Vec<_> = findings.keys.iter().map(shapes::key).collect();
    if printer.format() == Format::Json {
        let problems: Vec<_> = findings.problems.iter().map(shapes::problem).collect();
        let mut fields = Map::new();
        fields.insert("file".to_owned(), json!(file));
        fields.insert("evidence".to_owned(), json!(findings.evidence.as_ref().map(shapes::evidence)));
        fields.insert("keys".to_owned(), json!(keys));
        fields.insert("problems".to_owned(), json!(problems));
        return printer.document(fields);
    }
    let count = keys.len().to_string();
    let mut listing = Listing::new("keys", KEY_COLUMNS);
    printer.page(&mut listing, keys)?;
    for problem in &findings.problems {
        tell_problem(printer, file, problem);
    }
    if readable {
        let text = Say::Inspected.with(printer.lang, &[("keys", &count), ("file", file)]);
        printer.say(&text);
    }
    Ok(())
}

fn tell_evidence(printer: &mut Printer, file: &str, evidence: &v1::SeedFileEvidence) {
    let lang = printer.lang;
    let encoding = shapes::secret_encoding(evidence).replace("base", "Base");
    let secrets = match evidence.secret_encoding_reason.as_str() {
        "" => encoding,
        why => Say::SecretsBecause.with(lang, &[("encoding", &encoding), ("why", why)]),
    };
    let places = [
        ("file", file),
        ("format", &evidence.format.to_uppercase()),
        ("encoding", evidence.text_encoding.as_str()),
        ("columns", &evidence.columns.to_string()),
        ("layout", evidence.layout.as_str()),
        ("secrets", &secrets),
    ];
    printer.say(&Say::Reading.with(lang, &places));
}

fn tell_problem(printer: &mut Printer, file: &str, problem: &v1::RowProblem) {
    let lang = printer.lang;
    let say = match (problem.column, problem.column_name.is_empty()) {
        (..=0, _) => Say::AtLine,
        (_, true) => Say::AtColumn,
        (_, false) => Say::AtNamedColumn,
    };
    let (line, column) = (problem.line.to_string(), problem.column.to_string());
    let places = [("file", file), ("line", &line), ("column", &column), ("name", &problem.column_name)];
    let place = format!("{}{}", say.with(lang, &places), Say::LabelSeparator.plain(lang));
    printer.refused_row(place.trim_end(), &problem.message, &problem.code, &problem.hint);
}

/// A file on its way to the server, piece by piece.
struct Upload {
    pieces: ReceiverStream<Vec<u8>>,
    broken: oneshot::Receiver<Broken>,
}

/// A file that broke off. It holds the way to the server open: a closed one would say that the file is whole.
struct Broken {
    error: io::Error,
    _pieces: mpsc::Sender<Vec<u8>>,
}

impl Upload {
    /// Opens a file and starts to read it, on a thread of its own.
    fn of(file: &Path) -> Outcome<Self> {
        let source = open(file).map_err(|error| unreadable(&shown_name(file), &error))?;
        let (pieces_in, pieces) = mpsc::channel(PIECES_WAITING);
        let (broken_in, broken) = oneshot::channel();
        std::thread::spawn(move || feed(source, pieces_in, broken_in));
        Ok(Self { pieces: ReceiverStream::new(pieces), broken })
    }
}

fn open(file: &Path) -> io::Result<Box<dyn Read + Send>> {
    if is_stdin(file) {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file)?;
    if opened.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(Box::new(opened))
}

fn feed(mut source: impl Read, pieces: mpsc::Sender<Vec<u8>>, broken: oneshot::Sender<Broken>) {
    loop {
        let mut piece = Vec::with_capacity(CHUNK_MAX);
        match source.by_ref().take(CHUNK_MAX as u64).read_to_end(&mut piece) {
            Ok(0) => return,
            // Nobody listens any more: the server has made up its mind.
            Ok(_) if pieces.blocking_send(piece).is_err() => return,
            Ok(_) => {}
            Err(error) => {
                drop(broken.send(Broken { error, _pieces: pieces }));
                return;
            }
        }
    }
}

/// A talk about a file, up to the deadline, and no longer than the file can be read.
async fn in_time(
    client: &Client,
    talk: impl Future<Output = Outcome>,
    broken: oneshot::Receiver<Broken>,
    name: &str,
) -> Outcome {
    let broken_off = async {
        match broken.await {
            Ok(broken) => broken,
            // It was read to its end.
            Err(_) => future::pending().await,
        }
    };
    tokio::select! {
        done = tokio::time::timeout(client.deadline(), talk) => done.unwrap_or_else(|_elapsed| Err(client.timed_out())),
        broken = broken_off => Err(unreadable(name, &broken.error)),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::with(Complaint::FileUnreadable, [("file", name), ("why", &error.to_string())])
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// The file as it was typed, for people.
fn shown_name(file: &Path) -> String {
    if is_stdin(file) { "stdin".to_owned() } else { file.display().to_string() }
}

/// The name of a file without its folders, for the record.
fn recorded_name(file: &Path) -> String {
    file.file_name().map_or_else(|| shown_name(file), |name| shown_name(Path::new(name)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};
    use crate::commands::tests::session;

    fn arguments(line: &str) -> args::Import {
        let Command::Import(args) = Cli::parse_from(line.split(' ')).command else { panic!("{line}") };
        args
    }

    fn problem() -> v1::RowProblem {
        v1::RowProblem {
            line: 17,
            column: 3,
            column_name: "secret key".to_owned(),
            code: "TF-1204".to_owned(),
            reason: "IMPORT_ROW_INVALID".to_owned(),
            message: "39 hex digits; a seed has an even number of them".to_owned(),
            hint: "ask the vendor for this row again".to_owned(),
        }
    }

    fn summary() -> v1::ImportSummary {
        v1::ImportSummary {
            lot: "lots/2026-11-24-a".to_owned(),
            rows: 500,
            created: 498,
            unchanged: 2,
            applied: true,
            ..v1::ImportSummary::default()
        }
    }

    fn refused_summary() -> v1::ImportSummary {
        v1::ImportSummary { lot: String::new(), refused: 1, conflicts: 1, unchanged: 0, applied: false, ..summary() }
    }

    #[test]
    fn an_import_says_what_came_in_and_how_to_undo_it() {
        let (mut session, data, talk) = session(Lang::En, Format::Table);
        tell_import(&mut session.printer, "seeds.csv", &summary(), 0).unwrap();
        session.printer.flush().unwrap();
        assert_eq!(data.text(), "✓ 498 tokens in stock, lot 2026-11-24-a\n");
        assert_eq!(
            talk.text(),
            "  498 new · 2 unchanged (same serial, same seed) · 0 refused\n\
             Next: tokenadm assign <serial> <user-id>\nUndo: tokenadm lot revert 2026-11-24-a\n"
        );
    }

    #[test]
    fn a_refused_row_is_told_by_line_column_and_code() {
        let (mut session, _, talk) = session(Lang::En, Format::Table);
        tell_problem(&mut session.printer, "seeds.csv", &problem());
        assert_eq!(
            talk.text(),
            "error: seeds.csv line 17, column 3 (secret key): 39 hex digits; a seed has an even number of them   [TF-1204]\n\
             hint: ask the vendor for this row again\n"
        );
        tell_problem(&mut session.printer, "seeds.csv", &v1::RowProblem { column: 0, ..problem() });
        assert!(talk.text().contains("error: seeds.csv line 17: 39 hex"), "{}", talk.text());
    }

    #[test]
    fn refused_rows_exit_with_6_in_a_dry_run_too() {
        let report = Report { summary: Some(refused_summary()), problems: vec![problem()], evidence: None };
        for line in
            ["tokenadm import seeds.csv", "tokenadm import seeds.csv -n", "tokenadm import seeds.csv -n --keep-going"]
        {
            let failure = judge(&report, &arguments(line), Path::new("seeds.csv"), Lang::En).unwrap_err();
            assert_eq!(failure.exit(), Some(Exit::RowsRefused));
            let description = failure.describe(Lang::En).unwrap();
            assert_eq!(description.message, "2 of 500 rows can't be imported; nothing was changed");
            assert_eq!(
                description.hint,
                "--keep-going imports the 498 good rows and lists the others in seeds.rejected.csv (no seeds in it)"
            );
        }
        assert!(!Path::new("seeds.rejected.csv").exists(), "nothing was imported, so nothing is listed");
    }

    #[test]
    fn the_numbers_of_a_refusal_fit_together_and_promise_no_good_rows_where_there_are_none() {
        let described = |rows, created, unchanged, conflicts, refused| {
            let summary = v1::ImportSummary { rows, created, unchanged, conflicts, refused, ..Default::default() };
            let report = Report { summary: Some(summary), ..Report::default() };
            let no = judge(&report, &arguments("tokenadm import a.csv"), Path::new("a.csv"), Lang::En).unwrap_err();
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
    fn tokens_without_a_vendor_are_told_with_the_option_that_names_one() {
        let told = |lot: &str, without_vendor| {
            let (mut session, _, talk) = session(Lang::En, Format::Table);
            let summary = v1::ImportSummary { lot: lot.to_owned(), without_vendor, ..summary() };
            tell_import(&mut session.printer, "seeds.csv", &summary, 0).unwrap();
            talk.text()
        };
        let imported = told("lots/2026-11-24-a", 3);
        assert!(
            imported.contains("! 3 tokens have no vendor; --vendor NAME names one: undo this import"),
            "{imported}"
        );
        assert!(imported.ends_with("Undo: tokenadm lot revert 2026-11-24-a\n"), "{imported}");
        assert!(told("", 1).ends_with("! 1 token would have no vendor; --vendor NAME names one\n"));
        assert!(!told("lots/2026-11-24-a", 0).contains("no vendor"));
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

    #[test]
    fn an_import_that_kept_going_lists_what_it_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seeds.csv");
        let summary = v1::ImportSummary { refused: 1, ..summary() };
        let report = Report { summary: Some(summary), problems: vec![problem()], evidence: None };
        let failure =
            judge(&report, &arguments("tokenadm import seeds.csv --keep-going"), &file, Lang::En).unwrap_err();
        assert_eq!((failure.exit(), failure.reason()), (Some(Exit::RowsRefused), "ROWS_LEFT_OUT"));
        assert_eq!(
            fs::read_to_string(folder.path().join("seeds.rejected.csv")).unwrap(),
            "line,column,column_name,code,reason,message,hint\n17,3,\"secret key\",\"TF-1204\",\"IMPORT_ROW_INVALID\",\
             \"39 hex digits; a seed has an even number of them\",\"ask the vendor for this row again\"\n"
        );
    }

    #[test]
    fn a_file_that_is_refused_is_not_told_as_done() {
        for (line, told) in [("tokenadm import seeds.csv", false), ("tokenadm import seeds.csv --keep-going", true)] {
            let (mut session, data, _) = session(Lang::En, Format::Table);
            let summary = v1::ImportSummary { created: 0, ..refused_summary() };
            let report = Report { summary: Some(summary), ..Report::default() };
            let mut listing = Listing::new("imports", IMPORT_COLUMNS);
            report_import(&mut session, &mut listing, &arguments(line), Path::new("seeds.csv"), &report, None).unwrap();
            session.printer.flush().unwrap();
            assert_eq!(data.text().contains('✓'), told, "{line}: {}", data.text());
        }
    }

    #[test]
    fn the_record_keeps_the_name_of_a_file_and_people_see_its_path() {
        assert_eq!(recorded_name(Path::new("/mnt/usb/seeds.csv")), "seeds.csv");
        assert_eq!(shown_name(Path::new("new/seeds.csv")), "new/seeds.csv");
        assert_eq!(recorded_name(Path::new("-")), "stdin");
    }

    #[test]
    fn what_came_of_a_file_has_the_shape_of_the_contract() {
        let report = Report { summary: Some(summary()), problems: vec![problem()], evidence: None };
        let document = report.document("seeds.csv", None);
        assert_eq!(document["lot"], "lots/2026-11-24-a");
        assert_eq!((&document["created"], &document["applied"]), (&json!(498), &json!(true)));
        assert_eq!(document["problems"][0]["code"], "TF-1204");
        assert_eq!((&document["without_vendor"], &document["error"]), (&json!(0), &Value::Null));
        let unreadable = unreadable("seeds.csv", &io::Error::from(io::ErrorKind::NotFound)).describe(Lang::En);
        let nothing = Report::default().document("seeds.csv", unreadable.as_ref());
        assert_eq!(nothing["error"]["code"], "TF-9004");
        assert_eq!(
            (&nothing["lot"], &nothing["rows"], &nothing["applied"]),
            (&Value::Null, &Value::Null, &json!(false))
        );
    }

    #[test]
    fn an_inspection_is_one_document_with_keys_and_problems() {
        let (mut session, data, _) = session(Lang::En, Format::Json);
        let key = v1::InspectedKey { line: 2, serial: "1".to_owned(), kcv: "0a1b2c".to_owned(), ..Default::default() };
        let findings = Findings { keys: vec![key], problems: vec![problem()], ..Findings::default() };
        tell_findings(&mut session, "seeds.csv", &findings, true).unwrap();
        session.printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(document["apiVersion"], "tokenadm/v1");
        assert_eq!((&document["keys"][0]["kcv"], &document["problems"][0]["line"]), (&json!("0a1b2c"), &json!(17)));
    }

    #[test]
    fn a_withdrawn_key_becomes_a_problem() {
        let key = |line| v1::InspectedKey { line, ..v1::InspectedKey::default() };
        let mut findings = Findings {
            keys: vec![key(2), key(3)],
            problems: vec![v1::RowProblem { line: 5, ..problem() }],
            withdrawn: HashSet::from([2, 5]),
            ..Findings::default()
        };
        findings.withdraw(Lang::En);
        assert_eq!(findings.keys.iter().map(|key| key.line).collect::<Vec<_>>(), [3]);
        assert_eq!(findings.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [5, 2]);
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_is_never_ended() {
        struct Breaking(bool);
        impl Read for Breaking {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                }
                buffer[0] = b'x';
                Ok(1)
            }
        }
        let (pieces_in, mut pieces) = mpsc::channel(1);
        let (broken_in, broken) = oneshot::channel();
        std::thread::spawn(move || feed(Breaking(false), pieces_in, broken_in));
        let broken = broken.await.unwrap();
        assert_eq!(broken.error.kind(), io::ErrorKind::TimedOut);
        assert!(pieces.try_recv().is_err() && !pieces.is_closed(), "an end would make half a file whole");
    }

    #[tokio::test]
    async fn a_file_arrives_in_pieces_of_the_contracts_size() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seeds.csv");
        fs::write(&file, vec![b'x'; CHUNK_MAX + 1]).unwrap();
        let pieces: Vec<_> = Upload::of(&file).unwrap().pieces.map(|piece| piece.len()).collect().await;
        assert_eq!(pieces, [CHUNK_MAX, 1]);
    }

    #[test]
    fn a_file_that_is_not_there_or_is_a_folder_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none")] {
            let failure = Upload::of(&path).err().unwrap();
            assert_eq!((failure.exit(), failure.reason()), (Some(Exit::Usage), "FILE_UNREADABLE"));
        }
    }
}
