//! `inspect`: what a seed file says, key by key.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::{inspect_seed_file_request, inspect_seed_file_response};
use tokio_stream::StreamExt;

use super::reading;
use super::report::{PROBLEMS_SHOWN, tell_evidence, tell_left_out, tell_more, tell_problems, tell_warning};
use super::secrets::{Secret, Secrets};
use super::upload::{Part, Parts, Upload, in_time, shown_name, told_name};
use super::{is_of_file, tell_unused};
use crate::args;
use crate::client::Client;
use crate::commands::Session;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, Listing, Printer, plain};
use crate::shapes;
use crate::words::{Complaint, Lang, Say};

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

/// `inspect`.
pub(crate) async fn inspect(session: &mut Session, args: &args::Inspect) -> Outcome {
    let mut secrets = Secrets::read(&args.reading, &[&args.file])?;
    let upload = Upload::of(&args.file)?;
    let client = session.upload_client().await?;
    let name = told_name(&args.file, session.printer.lang);
    let mut findings = Findings::default();
    let inspected = inspect_upload(session, &client, args, upload, &mut secrets, &mut findings).await;
    findings.withdraw(session.printer.lang);
    if inspected.is_err() {
        // A file that is refused as a whole has no keys, whatever was read before that showed.
        findings.keys.clear();
        findings.warnings.clear();
        findings.left_out.clear();
    }
    tell_findings(session, &args.file, &findings, inspected.is_ok())?;
    if inspected.as_ref().err().is_none_or(is_of_file) {
        tell_unused(&mut session.printer, &secrets);
    }
    inspected.map_err(|failure| if is_of_file(&failure) { failure.of_file(&name) } else { failure })?;
    match findings.problems.len() {
        0 => Ok(()),
        count => Err(Failure::with(Complaint::RowsUnreadable, [("refused", &count.to_string()), ("file", &name)])),
    }
}

/// What was found in a file.
#[derive(Default)]
struct Findings {
    evidence: Option<v1::SeedFileEvidence>,
    keys: Vec<v1::InspectedKey>,
    problems: Vec<v1::RowProblem>,
    /// What keeps keys that can be read from being imported.
    warnings: Vec<v1::RowProblem>,
    /// Keys that are no OATH tokens'.
    left_out: Vec<v1::RowProblem>,
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
        self.warnings.retain(|warning| !self.withdrawn.contains(&warning.line));
    }
}

async fn inspect_upload(
    session: &mut Session,
    client: &Client,
    args: &args::Inspect,
    upload: Upload,
    secrets: &mut Secrets,
    findings: &mut Findings,
) -> Outcome {
    let name = told_name(&args.file, session.printer.lang);
    let reading = reading::options(session, &args.reading, secrets.begin(session, &args.file))?;
    let (parts, answers) = Parts::of(upload.pieces, reading.can_be_asked);
    let reading = v1::InspectSeedFileRequest { part: Some(inspect_seed_file_request::Part::Reading(reading)) };
    let parts = tokio_stream::once(reading).chain(parts.map(sent));
    let talk = async {
        let mut service = ImportServiceClient::new(client.channel());
        let answer =
            service.inspect_seed_file(client.request(parts)).await.map_err(|status| client.failure(&status))?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await.map_err(|status| client.failure(&status))? {
            match (message.finding, &answers) {
                (Some(inspect_seed_file_response::Finding::SecretWanted(wanted)), Some(answers)) => {
                    answers.await_one();
                    answers.give(secrets.answer(session, &args.file, &wanted).await?);
                }
                (finding, _) => find(&mut session.printer, &name, finding, findings),
            }
        }
        if findings.complete { Ok(()) } else { Err(Failure::plain(Complaint::AnswerIncomplete)) }
    };
    in_time(client, talk, upload.broken, &name).await
}

fn sent(part: Part) -> v1::InspectSeedFileRequest {
    use inspect_seed_file_request::Part as Sent;
    let part = match part {
        Part::Chunk(bytes) => Sent::Chunk(bytes),
        Part::Secret(Some(Secret::Key(bytes))) => Sent::KeyFile(bytes.to_vec()),
        Part::Secret(Some(Secret::Passphrase(text))) => Sent::Passphrase(text.to_string()),
        Part::Secret(None) => Sent::NoSecret(true),
        Part::End => Sent::End(true),
    };
    v1::InspectSeedFileRequest { part: Some(part) }
}

fn find(
    printer: &mut Printer,
    file: &str,
    finding: Option<inspect_seed_file_response::Finding>,
    findings: &mut Findings,
) {
    use inspect_seed_file_response::Finding;
    match finding {
        Some(Finding::Evidence(evidence)) => {
            tell_evidence(printer, file, &evidence);
            findings.evidence = Some(evidence);
        }
        Some(Finding::Key(key)) => findings.keys.push(key),
        Some(Finding::Problem(problem)) => findings.problems.push(problem),
        Some(Finding::Warning(warning)) => findings.warnings.push(warning),
        Some(Finding::LeftOut(key)) => findings.left_out.push(key),
        Some(Finding::Summary(summary)) => {
            findings.withdrawn = summary.withdrawn_lines.into_iter().collect();
            findings.complete = true;
        }
        // A newer server may know more, and nobody can be asked.
        Some(Finding::SecretWanted(_)) | None => {}
    }
}

fn tell_findings(session: &mut Session, file: &Path, findings: &Findings, readable: bool) -> Outcome {
    let printer = &mut session.printer;
    let name = told_name(file, printer.lang);
    let keys: Vec<_> = findings.keys.iter().map(shapes::key).collect();
    if printer.format() == Format::Json {
        let problems: Vec<_> = findings.problems.iter().chain(&findings.left_out).map(shapes::problem).collect();
        let mut fields = Map::new();
        fields.insert("file".to_owned(), json!(shown_name(file)));
        fields.insert("evidence".to_owned(), json!(findings.evidence.as_ref().map(shapes::evidence)));
        fields.insert("keys".to_owned(), json!(keys));
        fields.insert("problems".to_owned(), json!(problems));
        let warnings: Vec<_> = findings.warnings.iter().map(shapes::problem).collect();
        fields.insert("warnings".to_owned(), json!(warnings));
        return printer.document(fields);
    }
    let count = keys.len().to_string();
    let mut listing = Listing::new("keys", KEY_COLUMNS);
    printer.page(&mut listing, keys)?;
    printer.finish_list(listing)?;
    tell_problems(printer, &name, &findings.problems);
    for warning in findings.warnings.iter().take(PROBLEMS_SHOWN) {
        tell_warning(printer, &name, warning);
    }
    tell_more(printer, findings.warnings.len(), None);
    tell_left_out(printer, &name, &findings.left_out);
    if readable {
        let text = Say::Inspected.with(printer.lang, &[("keys", &count), ("file", name.as_str())]);
        printer.say(&text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::report::tests::problem;
    use super::*;
    use crate::commands::tests::session;

    #[test]
    fn an_inspection_is_one_document_with_keys_and_problems() {
        let (mut session, data, _) = session(Lang::En, Format::Json);
        let key = v1::InspectedKey { line: 2, serial: "1".to_owned(), kcv: "0a1b2c".to_owned(), ..Default::default() };
        let findings = Findings { keys: vec![key], problems: vec![problem()], ..Findings::default() };
        tell_findings(&mut session, Path::new("seeds.csv"), &findings, true).unwrap();
        session.printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(document["apiVersion"], "tokenadm/v1");
        assert_eq!((&document["keys"][0]["kcv"], &document["problems"][0]["line"]), (&json!("0a1b2c"), &json!(17)));
    }

    #[test]
    fn a_key_that_is_left_out_is_a_problem_of_the_document_and_one_line_of_its_sort() {
        let left_out = |line, kind: &str| v1::RowProblem {
            line,
            column: 0,
            message: format!("a key of type {kind}, which is no OATH one-time-password key"),
            code: "TF-1285".to_owned(),
            ..problem()
        };
        let findings = Findings {
            left_out: vec![left_out(7, "pin"), left_out(9, "ocra"), left_out(11, "pin")],
            ..Findings::default()
        };
        let (mut session, data, _) = session(Lang::En, Format::Json);
        tell_findings(&mut session, Path::new("seeds.xml"), &findings, true).unwrap();
        session.printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(
            (&document["problems"][1]["line"], &document["problems"][1]["code"]),
            (&json!(9), &json!("TF-1285"))
        );

        let (mut session, _, talk) = crate::commands::tests::session(Lang::En, Format::Table);
        tell_findings(&mut session, Path::new("seeds.xml"), &findings, true).unwrap();
        assert_eq!(
            talk.text(),
            "! 2 keys left out (seeds.xml line 7): a key of type pin, which is no OATH one-time-password key   [TF-1285]\n\
             ! 1 key left out (seeds.xml line 9): a key of type ocra, which is no OATH one-time-password key   [TF-1285]\n\
             0 keys in seeds.xml; nothing was stored\n"
        );
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
}
