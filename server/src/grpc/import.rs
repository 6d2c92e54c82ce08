//! ImportService: files come in pieces, news goes out while they are read.

use std::pin::Pin;

use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::ids::Vendor;
use tokenfleet_domain::lot::{Lot, LotState};
use tokenfleet_domain::spelling::Spelling;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::import_service_server::ImportService;
use tokenfleet_proto::v1::{
    GetLotRequest, GetLotResponse, ImportTokensRequest, ImportTokensResponse, InspectSeedFileRequest,
    InspectSeedFileResponse, ListLotsRequest, ListLotsResponse, RevertLotRequest, RevertLotResponse,
    import_tokens_request, import_tokens_response, inspect_seed_file_request, inspect_seed_file_response,
};
use tokenfleet_seedfile::{
    Because, Closed, ColumnMap, Evidence, Key, Lock, Opens, Protection, ReadOptions, SecretEncoding,
};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::app::import::{Existing, Finding, ImportOrder, ImportSummary, News, RowProblem, Sent, secrets, upload};
use crate::app::lot::ForDelivery;
use crate::app::{Answer, App};
use crate::grpc::status::status;
use crate::grpc::upload::{self, Part, base_name, feed_with_secrets, next, while_heard};
use crate::grpc::{close, convert, delivery, open};
use crate::identity::Caller;

/// Characters of a file's name at most.
pub(super) const FILE_NAME_MAX: usize = 255;

/// Characters of the name of an archive's member at most.
const PART_NAME_MAX: usize = 1024;

/// News on their way at most: reading waits while the caller does not listen.
pub(super) const NEWS: usize = 64;

pub(super) struct Import(pub(super) App);

pub(super) type Outgoing<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl ImportService for Import {
    type ImportTokensStream = Outgoing<ImportTokensResponse>;
    type InspectSeedFileStream = Outgoing<InspectSeedFileResponse>;

    async fn import_tokens(
        &self,
        request: Request<Streaming<ImportTokensRequest>>,
    ) -> Result<Response<Self::ImportTokensStream>, Status> {
        let (caller, incoming) = open(request)?;
        let (sender, outgoing) = mpsc::channel(NEWS);
        let app = self.0.clone();
        tokio::spawn(async move {
            let last = match import(&app, &caller, incoming, sender.clone()).await {
                Ok(summary) => Ok(import_news(import_tokens_response::News::Summary(summary_out(summary)))),
                Err(no) => Err(status(&no, caller.lang, &caller.request_id)),
            };
            // A caller who has gone hears nothing; the deed stands.
            drop(sender.send(last).await);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn inspect_seed_file(
        &self,
        request: Request<Streaming<InspectSeedFileRequest>>,
    ) -> Result<Response<Self::InspectSeedFileStream>, Status> {
        let (caller, incoming) = open(request)?;
        let (sender, outgoing) = mpsc::channel(NEWS);
        let app = self.0.clone();
        tokio::spawn(async move {
            let last = inspect(&app, &caller, incoming, sender.clone()).await;
            drop(sender.send(last.map_err(|no| status(&no, caller.lang, &caller.request_id))).await);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn list_lots(&self, request: Request<ListLotsRequest>) -> Result<Response<ListLotsResponse>, Status> {
        let (caller, message) = open(request)?;
        let page = self.0.lot_list(message.undestroyed, convert::page(message.page_size, message.page_token)).await;
        let response = page.map(|page| ListLotsResponse {
            lots: page.items.iter().map(lot).collect(),
            next_page_token: page.next.unwrap_or_default(),
        });
        close(&caller, response)
    }

    async fn get_lot(&self, request: Request<GetLotRequest>) -> Result<Response<GetLotResponse>, Status> {
        let (caller, message) = open(request)?;
        let found = async { self.0.lot_get(convert::field("name", &message.name)?).await }.await;
        close(&caller, found.map(|found| GetLotResponse { lot: Some(lot(&found)) }))
    }

    async fn revert_lot(&self, request: Request<RevertLotRequest>) -> Result<Response<RevertLotResponse>, Status> {
        let (caller, message) = open(request)?;
        let reverted = async {
            let call = convert::call(&caller, &message.request_id)?;
            self.0.lot_revert(call, convert::field("name", &message.name)?, message.validate_only).await
        }
        .await;
        close(&caller, reverted.map(|reverted| RevertLotResponse { lot: Some(lot(&reverted)) }))
    }
}

/// Reads the header, then feeds the bytes to the import while it runs.
async fn import(
    app: &App,
    caller: &Caller,
    mut incoming: Streaming<ImportTokensRequest>,
    sender: mpsc::Sender<Result<ImportTokensResponse, Status>>,
) -> Answer<ImportSummary> {
    let first = next(&mut incoming).await?.and_then(|message| message.part);
    let Some(import_tokens_request::Part::Header(header)) = first else { return Err(Reason::StreamOrder.into()) };
    let call = convert::call(caller, &header.request_id)?;
    let reading = header.reading.unwrap_or_default();
    let order = ImportOrder {
        file_name: convert::text("file_name", base_name(&header.file_name), FILE_NAME_MAX)?,
        secret_encoding: encoding_in(reading.secret_encoding)?,
        column_map: map_in(&reading.column_map)?,
        serials_as_written: reading.serials_as_written,
        secrets_as_written: reading.secrets_as_written,
        part: part_name(&reading.part)?,
        vendor: convert::optional::<Vendor>("vendor", &reading.vendor)?,
        location: convert::optional("location", &header.location)?,
        keep_going: header.keep_going,
        existing: existing_in(header.existing)?,
        validate_only: header.validate_only,
        plan: convert::optional("plan", &header.plan)?,
        delivery: delivery_in(&header.lot, header.accept_difference)?,
    };
    let (secrets_end, secrets) = secrets(reading.can_be_asked);
    let (end, bytes) = upload();
    let lang = caller.lang;
    let listener = sender.clone();
    let news = move |news: News| sender.blocking_send(Ok(news_out(news, lang))).is_ok();
    let feed = feed_with_secrets(incoming, end, secrets_end, part_of_import);
    let sent = Sent { bytes, secrets };
    let (fed, summary) = tokio::join!(while_heard(&listener, feed), app.import(call, order, sent, news));
    // What went wrong with the upload explains what went wrong with the import.
    fed.and(summary)
}

async fn inspect(
    app: &App,
    caller: &Caller,
    mut incoming: Streaming<InspectSeedFileRequest>,
    sender: mpsc::Sender<Result<InspectSeedFileResponse, Status>>,
) -> Answer<InspectSeedFileResponse> {
    let first = next(&mut incoming).await?.and_then(|message| message.part);
    let Some(inspect_seed_file_request::Part::Reading(reading)) = first else { return Err(Reason::StreamOrder.into()) };
    let (secrets_end, secrets) = secrets(reading.can_be_asked);
    let reading = ReadOptions {
        secret_encoding: encoding_in(reading.secret_encoding)?,
        column_map: map_in(&reading.column_map)?,
        serials_as_written: reading.serials_as_written,
        secrets_as_written: reading.secrets_as_written,
        part: part_name(&reading.part)?,
        ..ReadOptions::default()
    };
    let (end, bytes) = upload();
    let lang = caller.lang;
    let listener = sender.clone();
    let tell = move |finding: Finding| sender.blocking_send(Ok(finding_out(finding, lang))).is_ok();
    let feed = feed_with_secrets(incoming, end, secrets_end, part_of_inspection);
    let sent = Sent { bytes, secrets };
    let call = convert::call(caller, "")?;
    let (fed, inspected) = tokio::join!(while_heard(&listener, feed), app.inspect(&call, reading, sent, tell));
    let inspected = fed.and(inspected)?;
    let summary = v1::InspectSummary {
        keys: inspected.keys,
        problems: inspected.problems,
        left_out: inspected.left_out,
        withdrawn_lines: inspected.withdrawn.iter().map(|line| line_out(*line)).collect(),
    };
    Ok(InspectSeedFileResponse { finding: Some(inspect_seed_file_response::Finding::Summary(summary)) })
}

fn part_of_import(message: ImportTokensRequest) -> Answer<Part> {
    use import_tokens_request::Part as Sent;
    match message.part {
        Some(Sent::Chunk(chunk)) => Ok(Part::Chunk(chunk)),
        Some(Sent::KeyFile(bytes)) => upload::key_file(bytes),
        Some(Sent::Passphrase(text)) => upload::passphrase(text),
        Some(Sent::NoSecret(_)) => Ok(Part::Secret(None)),
        Some(Sent::End(_)) => Ok(Part::End),
        Some(Sent::Header(_)) | None => Err(Reason::StreamOrder.into()),
    }
}

fn part_of_inspection(message: InspectSeedFileRequest) -> Answer<Part> {
    use inspect_seed_file_request::Part as Sent;
    match message.part {
        Some(Sent::Chunk(chunk)) => Ok(Part::Chunk(chunk)),
        Some(Sent::KeyFile(bytes)) => upload::key_file(bytes),
        Some(Sent::Passphrase(text)) => upload::passphrase(text),
        Some(Sent::NoSecret(_)) => Ok(Part::Secret(None)),
        Some(Sent::End(_)) => Ok(Part::End),
        Some(Sent::Reading(_)) | None => Err(Reason::StreamOrder.into()),
    }
}

/// The delivery that a file belongs to. A difference from none is nothing that can be accepted.
fn delivery_in(lot: &str, accept_difference: bool) -> Answer<Option<ForDelivery>> {
    if lot.is_empty() && accept_difference {
        return Err(convert::missing("lot"));
    }
    let lot = convert::optional("lot", lot)?;
    Ok(lot.map(|lot| ForDelivery { lot, accept_difference }))
}

/// The name of a member or a sheet, which may begin or end with blanks.
fn part_name(name: &str) -> Answer<Option<String>> {
    convert::text("part", name, PART_NAME_MAX)?;
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}

fn encoding_in(encoding: i32) -> Answer<Option<SecretEncoding>> {
    let bad = || convert::unknown("secret_encoding", "hex, base32, base64");
    Ok(match v1::SecretEncoding::try_from(encoding).map_err(|_| bad())? {
        v1::SecretEncoding::Unspecified => None,
        v1::SecretEncoding::Hex => Some(SecretEncoding::Hex),
        v1::SecretEncoding::Base32 => Some(SecretEncoding::Base32),
        v1::SecretEncoding::Base64 => Some(SecretEncoding::Base64),
    })
}

fn existing_in(existing: i32) -> Answer<Existing> {
    let choices = "reject, skip-identical, update-metadata";
    let existing = v1::ExistingTokens::try_from(existing).map_err(|_| convert::unknown("existing", choices))?;
    Ok(match existing {
        v1::ExistingTokens::Unspecified | v1::ExistingTokens::Reject => Existing::Reject,
        v1::ExistingTokens::SkipIdentical => Existing::SkipIdentical,
        v1::ExistingTokens::UpdateMetadata => Existing::UpdateMetadata,
    })
}

fn map_in(map: &str) -> Answer<Option<ColumnMap>> {
    if map.is_empty() { Ok(None) } else { map.parse().map(Some) }
}

fn encoding_out(encoding: SecretEncoding) -> v1::SecretEncoding {
    match encoding {
        SecretEncoding::Hex => v1::SecretEncoding::Hex,
        SecretEncoding::Base32 => v1::SecretEncoding::Base32,
        SecretEncoding::Base64 => v1::SecretEncoding::Base64,
    }
}

fn spelling_out(spelling: Spelling) -> v1::SecretEncoding {
    match spelling {
        Spelling::Hex => v1::SecretEncoding::Hex,
        Spelling::Base32 => v1::SecretEncoding::Base32,
    }
}

fn import_news(news: import_tokens_response::News) -> ImportTokensResponse {
    ImportTokensResponse { news: Some(news) }
}

fn news_out(news: News, lang: Lang) -> ImportTokensResponse {
    import_news(match news {
        News::Evidence(evidence) => import_tokens_response::News::Evidence(evidence_out(&evidence, lang)),
        News::Problem(problem) => import_tokens_response::News::Problem(problem_out(&problem, lang)),
        News::LeftOut(problem) => import_tokens_response::News::LeftOut(problem_out(&problem, lang)),
        News::SecretWanted(lock) => import_tokens_response::News::SecretWanted(wanted_out(&lock)),
        News::Compared(lot, comparison) => {
            import_tokens_response::News::Comparison(delivery::with_differences(&lot, &comparison))
        }
        News::Progress(rows) => import_tokens_response::News::Progress(v1::ImportProgress { rows }),
    })
}

fn finding_out(finding: Finding, lang: Lang) -> InspectSeedFileResponse {
    use inspect_seed_file_response::Finding as Out;
    InspectSeedFileResponse {
        finding: Some(match finding {
            Finding::Evidence(evidence) => Out::Evidence(evidence_out(&evidence, lang)),
            Finding::Key(key) => Out::Key(key_out(&key)),
            Finding::Warning(problem) => Out::Warning(problem_out(&problem, lang)),
            Finding::Problem(problem) => Out::Problem(problem_out(&problem, lang)),
            Finding::LeftOut(problem) => Out::LeftOut(problem_out(&problem, lang)),
            Finding::SecretWanted(lock) => Out::SecretWanted(wanted_out(&lock)),
        }),
    }
}

fn evidence_out(evidence: &Evidence, lang: Lang) -> v1::SeedFileEvidence {
    let encoding = evidence.secrets.map_or(v1::SecretEncoding::Unspecified, |(encoding, _)| encoding_out(encoding));
    v1::SeedFileEvidence {
        format: evidence.format.as_str().to_owned(),
        layout: evidence.title().to_owned(),
        text_encoding: evidence.text.map(|text| text.as_str().to_owned()).unwrap_or_default(),
        columns: i32::try_from(evidence.columns).unwrap_or(i32::MAX),
        secret_encoding: encoding.into(),
        secret_encoding_reason: evidence.secrets.map(|(_, because)| because_words(because, lang)).unwrap_or_default(),
        rejected_head: evidence.head.clone(),
        protection: evidence.protection.as_ref().map(protection_out),
        part: evidence.part.clone().unwrap_or_default(),
        ignored_columns: evidence.ignored_columns.clone(),
        passed_over: evidence.passed_over.clone(),
    }
}

fn protection_out(protection: &Protection) -> v1::SeedFileProtection {
    v1::SeedFileProtection {
        cipher: protection.cipher.to_owned(),
        opens: lock_out(protection.opens).into(),
        mac: protection.mac.unwrap_or_default().to_owned(),
        pbkdf2_iterations: protection.iterations.map_or(0, |rounds| i32::try_from(rounds).unwrap_or(i32::MAX)),
    }
}

fn wanted_out(lock: &Lock) -> v1::SecretWanted {
    let (archive, member) = match &lock.closed {
        Closed::Archive => (true, None),
        Closed::Secrets(member) => (false, member.clone()),
    };
    v1::SecretWanted {
        opens: lock_out(lock.opens).into(),
        name: lock.name.clone().unwrap_or_default(),
        was_wrong: lock.was_wrong,
        archive,
        member: member.unwrap_or_default(),
    }
}

fn lock_out(opens: Opens) -> v1::FileLock {
    match opens {
        Opens::Key => v1::FileLock::Key,
        Opens::Passphrase => v1::FileLock::Passphrase,
    }
}

/// Why secrets are read as they are, as part of a sentence.
fn because_words(because: Because, lang: Lang) -> String {
    match (because, lang) {
        (Because::Layout, Lang::En) => "as this layout always is".to_owned(),
        (Because::Layout, Lang::Ja) => "この形式では常にそうであるため".to_owned(),
        (Because::Heading, Lang::En) => "as the heading says".to_owned(),
        (Because::Heading, Lang::Ja) => "見出しにそう書かれているため".to_owned(),
        (Because::Asked, Lang::En) => "as you said".to_owned(),
        (Because::Asked, Lang::Ja) => "指定されたため".to_owned(),
        (Because::Undecided, Lang::En) => "for now: nothing in the file tells hex and Base32 apart".to_owned(),
        (Because::Undecided, Lang::Ja) => "仮に．16進かBase32かを決めるものがファイルにないため".to_owned(),
        (Because::Row { line, contains }, Lang::En) => format!("because line {line} contains {contains}"),
        (Because::Row { line, contains }, Lang::Ja) => format!("{line}行目に {contains} があるため"),
    }
}

fn problem_out(problem: &RowProblem, lang: Lang) -> v1::RowProblem {
    let words = problem.why.reason.words();
    v1::RowProblem {
        line: line_out(problem.line),
        column: problem.column.map_or(0, |column| i32::try_from(column.number).unwrap_or(i32::MAX)),
        column_name: problem.column.map(|column| column.field.name(lang).to_owned()).unwrap_or_default(),
        code: words.code.to_owned(),
        reason: words.reason.to_owned(),
        message: problem.why.message(lang),
        hint: problem.why.hint(lang),
        rejected_lines: problem.row.as_ref().map(|row| row.lines(&comment(problem, lang))).unwrap_or_default(),
    }
}

/// What is wrong with a row, for the line above it in a file of rejected rows.
fn comment(problem: &RowProblem, lang: Lang) -> String {
    let column = problem.column.map(|column| (column.number, column.field.name(lang)));
    let place = match (column, lang) {
        (None, Lang::En) => format!("line {}: ", problem.line),
        (None, Lang::Ja) => format!("{}行目: ", problem.line),
        (Some((number, name)), Lang::En) => format!("line {}, column {number} ({name}): ", problem.line),
        (Some((number, name)), Lang::Ja) => format!("{}行目，{number}列目（{name}）: ", problem.line),
    };
    let (message, hint) = (problem.why.message(lang), problem.why.hint(lang));
    format!("{place}{message} [{}] {hint}", problem.why.reason.words().code)
}

fn key_out(key: &Key) -> v1::InspectedKey {
    let (kind, period_seconds) = convert::moving(&key.profile);
    v1::InspectedKey {
        line: line_out(key.line),
        serial: key.serial.shown().to_owned(),
        key_id: key.key_id.as_str().to_owned(),
        r#type: kind.into(),
        digits: i32::try_from(key.profile.digits.get()).unwrap_or(0),
        period_seconds,
        counter: key.counter,
        algorithm: convert::algorithm(key.profile.algorithm).into(),
        manufacturer: key.manufacturer.clone().unwrap_or_default(),
        model: key.model.clone().unwrap_or_default(),
        kcv: key.seed.check_value(),
        expire_time: key.expires.map(convert::time),
        start_time: key.starts.map(convert::time),
    }
}

fn summary_out(summary: ImportSummary) -> v1::ImportSummary {
    v1::ImportSummary {
        lot: summary.lot.map(|lot| format!("lots/{lot}")).unwrap_or_default(),
        rows: summary.rows,
        created: summary.created,
        unchanged: summary.unchanged,
        conflicts: summary.conflicts,
        refused: summary.refused,
        expired: summary.expired,
        applied: summary.applied,
        file_sha256: summary.file_sha256,
        without_vendor: summary.without_vendor,
        completed: summary.completed,
        left_out: summary.left_out,
        plan: summary.plan.map(|plan| plan.to_string()).unwrap_or_default(),
        closed: summary.closed,
        earlier_lot: summary.earlier.as_ref().map(|lot| format!("lots/{}", lot.name)).unwrap_or_default(),
        earlier_lot_state: summary.earlier.map_or(v1::LotState::Unspecified, |lot| state_out(lot.state)).into(),
        updated: summary.updated,
        short_seeds: summary.short_seeds,
        not_yet: summary.not_yet,
        start_time: summary.starts_at.map(convert::time),
    }
}

pub(super) fn line_out(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

fn state_out(state: LotState) -> v1::LotState {
    match state {
        LotState::Staging => v1::LotState::Staging,
        LotState::Closed => v1::LotState::Closed,
        LotState::Open => v1::LotState::Open,
        LotState::Quarantined => v1::LotState::Quarantined,
        LotState::Recalled => v1::LotState::Recalled,
        LotState::Reverted => v1::LotState::Reverted,
    }
}

pub(super) fn lot(lot: &Lot) -> v1::Lot {
    v1::Lot {
        name: format!("lots/{}", lot.name),
        state: state_out(lot.state).into(),
        file_name: lot.file_name.clone(),
        file_sha256: lot.file_sha256.clone(),
        format: lot.format.clone(),
        secret_encoding: lot.secret_encoding.clone(),
        tokens: lot.tokens,
        imported_by: format!("operators/{}", lot.imported_by),
        create_time: Some(convert::time(lot.created_at)),
        source_destruction: lot.destruction.as_ref().map(delivery::destruction),
        possible_encodings: lot.readings.iter().map(|spelling| spelling_out(*spelling).into()).collect(),
    }
}
