//! `lot quarantine`, `lot recall`, `lot open`: what may be used of a lot, and who holds its tokens.

use std::num::NonZeroU64;

use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;

use super::COLUMNS;
use crate::args::{View, Why};
use crate::commands::token::list_filtered;
use crate::commands::{Session, held};
use crate::failure::Outcome;
use crate::output::{Answer, Column, plain};
use crate::shapes::{self, bare, show_state, show_time};
use crate::words::Say;

/// Who holds what.
const HOLDERS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "department", title: Say::HeadDepartment, show: plain },
    Column { key: "state", title: Say::HeadState, show: show_state },
    Column { key: "lent_time", title: Say::HeadLentTime, show: show_time },
];

/// The request of a deed: each has a type of its own for the same fields.
macro_rules! request {
    ($of:ident, $session:expr, $why:expr, $dry_run:expr) => {
        v1::$of {
            lot: $why.lot,
            reason: v1::LotReason::from($why.reason).into(),
            note: $why.note.unwrap_or_default(),
            request_id: $session.new_request_id()?,
            validate_only: $dry_run,
        }
    };
}

pub(super) async fn quarantine(session: &mut Session, why: Why, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = request!(QuarantineLotRequest, session, why, dry_run);
    let answer = client
        .ask(request, async |channel, request| LotServiceClient::new(channel).quarantine_lot(request).await)
        .await?;
    tell(session, if dry_run { Say::WouldQuarantine } else { Say::LotKept }, &held(answer.lot)?, dry_run)
}

pub(super) async fn open(session: &mut Session, why: Why, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = request!(OpenLotRequest, session, why, dry_run);
    let answer =
        client.ask(request, async |channel, request| LotServiceClient::new(channel).open_lot(request).await).await?;
    tell(session, if dry_run { Say::WouldOpen } else { Say::LotLetGo }, &held(answer.lot)?, dry_run)
}

/// Calls a lot back, unless it is already, and lists who holds its tokens.
pub(super) async fn recall(
    session: &mut Session,
    why: Why,
    limit: Option<NonZeroU64>,
    view: &View,
    dry_run: bool,
) -> Outcome {
    let listing = session.listing("tokens", HOLDERS, HOLDERS, view)?;
    let client = session.client().await?;
    let lot = super::get(&client, why.lot.clone()).await?;
    if lot.state() != v1::LotState::Recalled {
        let request = request!(RecallLotRequest, session, why, dry_run);
        client.ask(request, async |channel, request| LotServiceClient::new(channel).recall_lot(request).await).await?;
    }
    let filter = format!("lot = {} AND (custody = LENT OR custody = LOST)", bare(&lot.name));
    list_filtered(session, &client, listing, filter, "", limit).await?;
    let (lang, places) = (session.printer.lang, [("lot", bare(&lot.name))]);
    if dry_run {
        session.printer.say(&Say::WouldRecall.with(lang, &places));
    } else {
        session.printer.say(&Say::LotCalledBack.with(lang, &places));
        session.printer.label(Say::Next, &Say::NextStop.with(lang, &places));
    }
    Ok(())
}

/// Stops codes of a recalled lot: of the tokens that are named, or of all, as many at a time as the server does.
pub(super) async fn stop(session: &mut Session, why: Why, serials: Vec<String>, view: &View, dry_run: bool) -> Outcome {
    let mut listing = session.listing("tokens", HOLDERS, HOLDERS, view)?;
    let client = session.client().await?;
    let mut stopped = 0;
    let more = loop {
        let request = v1::StopLotCodesRequest {
            lot: why.lot.clone(),
            all: serials.is_empty(),
            tokens: serials.clone(),
            note: why.note.clone().unwrap_or_default(),
            request_id: session.new_request_id()?,
            validate_only: dry_run,
        };
        let answer = client
            .ask(request, async |channel, request| LotServiceClient::new(channel).stop_lot_codes(request).await)
            .await?;
        stopped += answer.tokens.len();
        session.printer.page(&mut listing, answer.tokens.iter().map(shapes::token).collect())?;
        // A check stops nothing, so it would find the same ones again.
        if !answer.more || answer.tokens.is_empty() || dry_run {
            break answer.more;
        }
    };
    session.printer.finish_list(listing)?;
    let say = match (dry_run, more) {
        (true, true) => Say::WouldStopMore,
        (true, false) => Say::WouldStop,
        (false, _) => Say::CodesStopped,
    };
    let places = [("lot", bare(&why.lot)), ("count", &stopped.to_string())];
    session.printer.say(&say.with(session.printer.lang, &places));
    Ok(())
}

fn tell(session: &mut Session, say: Say, lot: &v1::Lot, dry_run: bool) -> Outcome {
    let places = [("lot", bare(&lot.name)), ("tokens", &lot.tokens.to_string())];
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &places),
        noun: "lot",
        record: shapes::lot(lot),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
    })
}
