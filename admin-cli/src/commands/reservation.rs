//! Tokens that are kept for people: `reserve`, `reservation list`, `reservation cancel`; and the next free one: `stock next`.

use std::num::NonZeroU64;

use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;

use super::near::propose;
use super::terms::{end_of_typed_day, show_day};
use super::token::{COLUMNS, title};
use super::{Session, held};
use crate::args::{self, Reservation, View};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Column, plain};
use crate::shapes::{self, show_bare};
use crate::words::{Complaint, Say};

const RESERVATIONS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "location", title: Say::HeadLocation, show: show_bare },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "until_time", title: Say::HeadKeptUntil, show: show_day },
    Column { key: "department", title: Say::HeadDepartment, show: plain },
    Column { key: "note", title: Say::HeadNote, show: plain },
];

/// `stock next`.
pub(crate) async fn next(session: &mut Session, location: String, model: String) -> Outcome {
    let client = session.client().await?;
    let answer = client
        .ask(v1::GetNextTokenRequest { location, model }, async |channel, request| {
            StockServiceClient::new(channel).get_next_token(request).await
        })
        .await?;
    let token = held(answer.token)?;
    tell(session, Say::NextFree, &token, "", false)
}

/// `reserve`.
pub(crate) async fn reserve(session: &mut Session, args: &args::Reserve) -> Outcome {
    let until = match &args.until {
        Some(day) => Some(end_of_typed_day(day).ok_or_else(|| Failure::plain(Complaint::DayUnreadable))?),
        None => None,
    };
    let client = session.client().await?;
    let request = v1::ReserveTokenRequest {
        token: args.serial.clone().unwrap_or_default(),
        location: args.location.clone().unwrap_or_default(),
        model: args.model.clone().unwrap_or_default(),
        user: args.user.clone(),
        until_time: until,
        department: args.department.clone().unwrap_or_default(),
        note: args.note.clone().unwrap_or_default(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).reserve_token(request).await)
        .await;
    let answer = propose(&client, args.serial.as_deref().unwrap_or_default(), answer).await?;
    let say = if args.dry_run.on { Say::WouldReserve } else { Say::Reserved };
    tell(session, say, &held(answer.token)?, &args.user, args.dry_run.on)
}

/// `reservation`.
pub(crate) async fn run(session: &mut Session, args: Reservation) -> Outcome {
    match args {
        Reservation::List { location, limit, view } => list(session, location, limit, &view).await,
        Reservation::Cancel { serial, dry_run } => cancel(session, serial, dry_run.on).await,
    }
}

async fn list(session: &mut Session, location: Option<String>, limit: Option<NonZeroU64>, view: &View) -> Outcome {
    let listing = session.listing("reservations", RESERVATIONS, RESERVATIONS, view)?;
    let client = session.client().await?;
    let location = location.unwrap_or_default();
    let fetch = async |page_size, page_token| {
        let request = v1::ListReservationsRequest { page_size, page_token, location: location.clone() };
        let page = client
            .ask(request, async |channel, request| StockServiceClient::new(channel).list_reservations(request).await)
            .await?;
        Ok((page.reservations.iter().map(shapes::reservation).collect(), page.next_page_token))
    };
    session.list(listing, limit, fetch).await
}

async fn cancel(session: &mut Session, serial: String, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request_id = session.new_request_id()?;
    let request = v1::CancelReservationRequest { token: serial.clone(), request_id, validate_only: dry_run };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).cancel_reservation(request).await)
        .await;
    let answer = propose(&client, &serial, answer).await?;
    let say = if dry_run { Say::WouldSetFree } else { Say::SetFree };
    tell(session, say, &held(answer.token)?, "", dry_run)
}

fn tell(session: &mut Session, say: Say, token: &v1::Token, user: &str, dry_run: bool) -> Outcome {
    let title = title(token);
    let places = [("token", title.as_str()), ("location", token.location.as_str()), ("user", user)];
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &places),
        noun: "token",
        record: shapes::token(token),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
    })
}
