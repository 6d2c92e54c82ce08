//! AdoptionService: a list comes in pieces, then what became of its rows goes out.

use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::ids::Vendor;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::adoption_service_server::AdoptionService;
use tokenfleet_proto::v1::{AdoptLoansRequest, AdoptLoansResponse, adopt_loans_request, adopt_loans_response};
use tokenfleet_seedfile::holdings::ListFormat;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::app::adoption::{AdoptNews, AdoptOrder, AdoptProblem, AdoptSummary, AdoptedRow, RowOutcome, Unmatched};
use crate::app::import::upload;
use crate::app::{Answer, App};
use crate::grpc::import::{FILE_NAME_MAX, NEWS, Outgoing, line_out};
use crate::grpc::status::status;
use crate::grpc::upload::{base_name, feed, next, while_heard};
use crate::grpc::{convert, open};
use crate::identity::Caller;

pub(super) struct Adoption(pub(super) App);

#[tonic::async_trait]
impl AdoptionService for Adoption {
    type AdoptLoansStream = Outgoing<AdoptLoansResponse>;

    async fn adopt_loans(
        &self,
        request: Request<Streaming<AdoptLoansRequest>>,
    ) -> Result<Response<Self::AdoptLoansStream>, Status> {
        let (caller, incoming) = open(request)?;
        let (sender, outgoing) = mpsc::channel(NEWS);
        let app = self.0.clone();
        tokio::spawn(async move {
            let last = match adopt(&app, &caller, incoming, sender.clone()).await {
                Ok(summary) => Ok(told(adopt_loans_response::News::Summary(summary_out(summary)))),
                Err(no) => Err(status(&no, caller.lang, &caller.request_id)),
            };
            // A caller who has gone hears nothing; the deed stands.
            drop(sender.send(last).await);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }
}

/// Reads the header, then feeds the bytes to the adoption while it reads them.
async fn adopt(
    app: &App,
    caller: &Caller,
    mut incoming: Streaming<AdoptLoansRequest>,
    sender: mpsc::Sender<Result<AdoptLoansResponse, Status>>,
) -> Answer<AdoptSummary> {
    let header = match next(&mut incoming).await?.and_then(|message| message.part) {
        Some(adopt_loans_request::Part::Header(header)) => header,
        Some(adopt_loans_request::Part::Chunk(_)) | None => return Err(Reason::StreamOrder.into()),
    };
    let call = convert::call(caller, &header.request_id)?;
    let order = AdoptOrder {
        file_name: convert::text("file_name", base_name(&header.file_name), FILE_NAME_MAX)?,
        format: format_in(header.format)?,
        vendor: convert::optional::<Vendor>("vendor", &header.vendor)?,
        keep_going: header.keep_going,
        validate_only: header.validate_only,
    };
    let (end, bytes) = upload();
    let lang = caller.lang;
    let listener = sender.clone();
    let news = move |news: AdoptNews| sender.blocking_send(Ok(news_out(news, lang))).is_ok();
    let feed = feed(incoming, end, |message: AdoptLoansRequest| match message.part {
        Some(adopt_loans_request::Part::Chunk(chunk)) => Some(chunk),
        Some(adopt_loans_request::Part::Header(_)) | None => None,
    });
    let (fed, summary) = tokio::join!(while_heard(&listener, feed), app.adopt(call, order, bytes, news));
    // What went wrong with the upload explains what went wrong with the adoption.
    fed.and(summary)
}

fn format_in(format: i32) -> Answer<Option<ListFormat>> {
    let bad = || convert::unknown("format", "loans, entra, privacyidea, linotp");
    Ok(match v1::ListFormat::try_from(format).map_err(|_| bad())? {
        v1::ListFormat::Unspecified => None,
        v1::ListFormat::Loans => Some(ListFormat::Loans),
        v1::ListFormat::Entra => Some(ListFormat::Entra),
        v1::ListFormat::Privacyidea => Some(ListFormat::PrivacyIdea),
        v1::ListFormat::Linotp => Some(ListFormat::LinOtp),
    })
}

fn format_out(format: ListFormat) -> v1::ListFormat {
    match format {
        ListFormat::Loans => v1::ListFormat::Loans,
        ListFormat::Entra => v1::ListFormat::Entra,
        ListFormat::PrivacyIdea => v1::ListFormat::Privacyidea,
        ListFormat::LinOtp => v1::ListFormat::Linotp,
    }
}

fn told(news: adopt_loans_response::News) -> AdoptLoansResponse {
    AdoptLoansResponse { news: Some(news) }
}

fn news_out(news: AdoptNews, lang: Lang) -> AdoptLoansResponse {
    use adopt_loans_response::News;
    told(match news {
        AdoptNews::Evidence(evidence) => News::Evidence(v1::ListEvidence {
            format: format_out(evidence.format).into(),
            text_encoding: evidence.encoding.as_str().to_owned(),
            ignored_columns: evidence.ignored_columns,
        }),
        AdoptNews::Row(row) => News::Row(row_out(row)),
        AdoptNews::Problem(problem) => News::Problem(problem_out(&problem, lang)),
        AdoptNews::Doubt(doubt) => News::Warning(problem_out(&doubt, lang)),
        AdoptNews::Unmatched(unmatched) => News::Unmatched(unmatched_out(&unmatched)),
    })
}

fn row_out(row: AdoptedRow) -> v1::AdoptedRow {
    v1::AdoptedRow {
        line: line_out(row.line),
        serial: row.serial.shown().to_owned(),
        user_id: row.user.map(|user| user.to_string()).unwrap_or_default(),
        since_time: row.since.map(convert::time),
        outcome: match row.outcome {
            RowOutcome::Lent => v1::RowOutcome::Lent,
            RowOutcome::Past => v1::RowOutcome::Past,
            RowOutcome::Recorded => v1::RowOutcome::Recorded,
            RowOutcome::Unchanged => v1::RowOutcome::Unchanged,
        }
        .into(),
        without_seed: row.without_seed,
    }
}

fn problem_out(problem: &AdoptProblem, lang: Lang) -> v1::RowProblem {
    let words = problem.why.reason.words();
    v1::RowProblem {
        line: line_out(problem.line),
        column: problem.place.map_or(0, |(number, _)| i32::try_from(number).unwrap_or(i32::MAX)),
        column_name: problem.place.map(|(_, item)| item.name(lang).to_owned()).unwrap_or_default(),
        code: words.code.to_owned(),
        reason: words.reason.to_owned(),
        message: problem.why.message(lang),
        hint: problem.why.hint(lang),
        rejected_lines: Vec::new(),
    }
}

fn unmatched_out(unmatched: &Unmatched) -> v1::UnmatchedLoan {
    v1::UnmatchedLoan {
        serial: unmatched.serial.shown().to_owned(),
        user_id: unmatched.user.to_string(),
        since_time: unmatched.since.map(convert::time),
    }
}

fn summary_out(summary: AdoptSummary) -> v1::AdoptionSummary {
    v1::AdoptionSummary {
        lot: summary.lot.map(|lot| format!("lots/{lot}")).unwrap_or_default(),
        rows: summary.rows,
        lent: summary.lent,
        past: summary.past,
        unchanged: summary.unchanged,
        refused: summary.refused,
        passed_over: summary.passed_over,
        without_seed: summary.without_seed,
        without_vendor: summary.without_vendor,
        unmatched: summary.unmatched,
        applied: summary.applied,
        file_sha256: summary.file_sha256,
        without_beginning: summary.without_beginning,
    }
}
