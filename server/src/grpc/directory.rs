//! DirectoryService: the list of people comes in pieces, or from LDAP; people are shown to whoever types their whole ID.

use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::person::{Person, PersonKind, Standing};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::directory_service_server::DirectoryService;
use tokenfleet_proto::v1::{
    BatchGetPeopleRequest, BatchGetPeopleResponse, GetDirectoryStatusRequest, GetDirectoryStatusResponse,
    GetPersonRequest, GetPersonResponse, ImportDirectoryRequest, ImportDirectoryResponse, RefreshDirectoryRequest,
    RefreshDirectoryResponse, import_directory_request, import_directory_response, refresh_directory_response,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::app::directory::{
    BadEntry, BadRow, DirectoryOrder, DirectoryStatus, DirectorySummary, Refresh, RefreshOrder,
};
use crate::app::import::upload;
use crate::app::{Answer, App};
use crate::grpc::import::{FILE_NAME_MAX, NEWS, Outgoing, line_out};
use crate::grpc::status::status;
use crate::grpc::upload::{base_name, feed, next, while_heard};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Directory(pub(super) App);

#[tonic::async_trait]
impl DirectoryService for Directory {
    type ImportDirectoryStream = Outgoing<ImportDirectoryResponse>;

    async fn import_directory(
        &self,
        request: Request<Streaming<ImportDirectoryRequest>>,
    ) -> Result<Response<Self::ImportDirectoryStream>, Status> {
        let (caller, incoming) = open(request)?;
        let (sender, outgoing) = mpsc::channel(NEWS);
        let app = self.0.clone();
        tokio::spawn(async move {
            let last = match import(&app, &caller, incoming, sender.clone()).await {
                Ok(summary) => Ok(news(import_directory_response::News::Summary(summary_out(summary)))),
                Err(no) => Err(status(&no, caller.lang, &caller.request_id)),
            };
            // A caller who has gone hears nothing; the deed stands.
            drop(sender.send(last).await);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn get_person(&self, request: Request<GetPersonRequest>) -> Result<Response<GetPersonResponse>, Status> {
        let (caller, message) = open(request)?;
        let found = async {
            let user = convert::field("user", &message.user)?;
            self.0.person_get(convert::call(&caller, "")?, user).await
        }
        .await;
        let now = self.0.server_time();
        close(&caller, found.map(|found| GetPersonResponse { person: Some(person(&found, now)) }))
    }

    async fn batch_get_people(
        &self,
        request: Request<BatchGetPeopleRequest>,
    ) -> Result<Response<BatchGetPeopleResponse>, Status> {
        let (caller, message) = open(request)?;
        let found = async {
            let users: Answer<Vec<UserId>> = message.users.iter().map(|user| convert::field("users", user)).collect();
            self.0.person_batch(convert::call(&caller, "")?, users?).await
        }
        .await;
        let now = self.0.server_time();
        let people = |found: Vec<Person>| found.iter().map(|found| person(found, now)).collect();
        close(&caller, found.map(|found| BatchGetPeopleResponse { people: people(found) }))
    }

    type RefreshDirectoryStream = Outgoing<RefreshDirectoryResponse>;

    async fn refresh_directory(
        &self,
        request: Request<RefreshDirectoryRequest>,
    ) -> Result<Response<Self::RefreshDirectoryStream>, Status> {
        let (caller, message) = open(request)?;
        let (sender, outgoing) = mpsc::channel(NEWS);
        let app = self.0.clone();
        tokio::spawn(async move {
            let last = match refresh(&app, &caller, &message, sender.clone()).await {
                Ok(summary) => Ok(refreshed(refresh_directory_response::News::Summary(summary_out(summary)))),
                Err(no) => Err(status(&no, caller.lang, &caller.request_id)),
            };
            // A caller who has gone hears nothing; the deed stands.
            drop(sender.send(last).await);
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(outgoing))))
    }

    async fn get_directory_status(
        &self,
        request: Request<GetDirectoryStatusRequest>,
    ) -> Result<Response<GetDirectoryStatusResponse>, Status> {
        let (caller, _) = open(request)?;
        let now = self.0.server_time();
        let found = self.0.directory_status().await;
        close(&caller, found.map(|found| status_out(found, now, caller.lang)))
    }
}

async fn refresh(
    app: &App,
    caller: &Caller,
    message: &RefreshDirectoryRequest,
    sender: mpsc::Sender<Result<RefreshDirectoryResponse, Status>>,
) -> Answer<DirectorySummary> {
    let call = convert::call(caller, &message.request_id)?;
    let order = RefreshOrder { expected_removals: message.expected_removals, validate_only: message.validate_only };
    let lang = caller.lang;
    let tell = move |bad: BadEntry| {
        let problem = refresh_directory_response::News::Problem(entry_out(bad, lang));
        sender.blocking_send(Ok(refreshed(problem))).is_ok()
    };
    app.directory_refresh(call, order, tell).await
}

fn refreshed(news: refresh_directory_response::News) -> RefreshDirectoryResponse {
    RefreshDirectoryResponse { news: Some(news) }
}

fn entry_out(bad: BadEntry, lang: Lang) -> v1::EntryProblem {
    let words = bad.why.reason.words();
    v1::EntryProblem {
        entry: bad.place.0,
        fact: bad.column.map(|(_, field)| field.name(lang).to_owned()).unwrap_or_default(),
        code: words.code.to_owned(),
        reason: words.reason.to_owned(),
        message: bad.why.message(lang),
        hint: bad.why.hint(lang),
    }
}

fn status_out(status: DirectoryStatus, now: Timestamp, lang: Lang) -> GetDirectoryStatusResponse {
    let next_refresh_time = status.next_at(now).map(convert::time);
    let (source, every) = status.source.unzip();
    GetDirectoryStatusResponse {
        people: status.people,
        update_time: status.updated_at.map(convert::time),
        source: source.unwrap_or_default(),
        refresh_interval: every.map(|every| prost_types::Duration { seconds: every.num_seconds(), nanos: 0 }),
        next_refresh_time,
        last_refresh: status.last.map(|last| refresh_out(last, lang)),
    }
}

fn refresh_out(refresh: Refresh, lang: Lang) -> v1::DirectoryRefresh {
    let refresh_time = Some(convert::time(refresh.at));
    match refresh.outcome {
        Ok(summary) => v1::DirectoryRefresh {
            refresh_time,
            summary: Some(summary_out(summary)),
            ..v1::DirectoryRefresh::default()
        },
        Err(no) => {
            let words = no.reason.words();
            v1::DirectoryRefresh {
                refresh_time,
                summary: None,
                code: words.code.to_owned(),
                reason: words.reason.to_owned(),
                message: no.message(lang),
                hint: no.hint(lang),
            }
        }
    }
}

/// Reads the header, then feeds the bytes to the import while it runs.
async fn import(
    app: &App,
    caller: &Caller,
    mut incoming: Streaming<ImportDirectoryRequest>,
    sender: mpsc::Sender<Result<ImportDirectoryResponse, Status>>,
) -> Answer<DirectorySummary> {
    let header = match next(&mut incoming).await?.and_then(|message| message.part) {
        Some(import_directory_request::Part::Header(header)) => header,
        Some(import_directory_request::Part::Chunk(_)) | None => return Err(Reason::StreamOrder.into()),
    };
    let call = convert::call(caller, &header.request_id)?;
    let order = DirectoryOrder {
        file_name: convert::text("file_name", base_name(&header.file_name), FILE_NAME_MAX)?,
        expected_removals: header.expected_removals,
        validate_only: header.validate_only,
    };
    let (end, bytes) = upload();
    let lang = caller.lang;
    let listener = sender.clone();
    let tell = move |bad: BadRow| {
        let problem = import_directory_response::News::Problem(problem_out(&bad, lang));
        sender.blocking_send(Ok(news(problem))).is_ok()
    };
    let feed = feed(incoming, end, |message: ImportDirectoryRequest| match message.part {
        Some(import_directory_request::Part::Chunk(chunk)) => Some(chunk),
        Some(import_directory_request::Part::Header(_)) | None => None,
    });
    let (fed, summary) = tokio::join!(while_heard(&listener, feed), app.directory_import(call, order, bytes, tell));
    // What went wrong with the upload explains what went wrong with the import.
    fed.and(summary)
}

fn news(news: import_directory_response::News) -> ImportDirectoryResponse {
    ImportDirectoryResponse { news: Some(news) }
}

fn problem_out(bad: &BadRow, lang: Lang) -> v1::RowProblem {
    let words = bad.why.reason.words();
    v1::RowProblem {
        line: line_out(bad.place.0),
        column: bad.column.map_or(0, |(place, _)| i32::try_from(place).unwrap_or(i32::MAX)),
        column_name: bad.column.map(|(_, field)| field.name(lang).to_owned()).unwrap_or_default(),
        code: words.code.to_owned(),
        reason: words.reason.to_owned(),
        message: bad.why.message(lang),
        hint: bad.why.hint(lang),
        rejected_lines: Vec::new(),
    }
}

fn summary_out(summary: DirectorySummary) -> v1::DirectorySummary {
    v1::DirectorySummary {
        people: summary.people,
        added: summary.added,
        changed: summary.changed,
        unchanged: summary.unchanged,
        gone: summary.gone,
        refused: summary.refused,
        applied: summary.applied,
        file_sha256: summary.file_sha256,
        ignored_columns: summary.ignored,
    }
}

fn person(person: &Person, now: Timestamp) -> v1::Person {
    let id = |id: &Option<UserId>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    v1::Person {
        user_id: person.user.to_string(),
        name: person.name.clone(),
        kana: person.kana.clone(),
        latin: person.latin.clone(),
        department: person.department.clone().unwrap_or_default(),
        kind: kind(person.kind).into(),
        last_day: person.last_day.map(|day| day.to_string()).unwrap_or_default(),
        merged_into: id(&person.merged_into),
        other_id: id(&person.other),
        gone_time: person.gone_at.map(convert::time),
        forget_time: person.forgotten_at.map(convert::time),
        state: state(&person.standing(now)).into(),
    }
}

fn kind(kind: PersonKind) -> v1::PersonKind {
    match kind {
        PersonKind::Faculty => v1::PersonKind::Faculty,
        PersonKind::Staff => v1::PersonKind::Staff,
        PersonKind::Student => v1::PersonKind::Student,
        PersonKind::Other => v1::PersonKind::Other,
    }
}

fn state(standing: &Standing) -> v1::PersonState {
    match standing {
        Standing::Current => v1::PersonState::Current,
        Standing::Ended(_) => v1::PersonState::Ended,
        Standing::Gone(_) => v1::PersonState::Gone,
        Standing::Merged(_) => v1::PersonState::Merged,
    }
}
