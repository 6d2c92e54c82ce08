//! The ledger: `loans`.

use chrono::DateTime;
use prost_types::Timestamp;
use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::Session;
use super::directory::Names;
use super::near::propose;
use super::target::{Target, oneof, resolve};
use super::terms::{self, end_of_typed_day, show_day, show_route};
use crate::args;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Listing, plain};
use crate::shapes::{self, show_bare, show_time};
use crate::words::{Complaint, Lang, Say};

const COLUMNS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "start_time", title: Say::HeadFrom, show: show_time },
    Column { key: "start_operator", title: Say::HeadLentBy, show: show_bare },
    Column { key: "ticket", title: Say::HeadTicket, show: plain },
    Column { key: "due_time", title: Say::HeadDue, show: show_day },
    Column { key: "end_time", title: Say::HeadUntil, show: show_time },
    Column { key: "end_operator", title: Say::HeadEndedBy, show: show_bare },
    Column { key: "end_reason", title: Say::HeadReason, show: show_reason },
];

const ALL: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "token", title: Say::HeadName, show: plain },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "department", title: Say::HeadDepartment, show: plain },
    Column { key: "start_time", title: Say::HeadFrom, show: show_time },
    Column { key: "start_operator", title: Say::HeadLentBy, show: show_bare },
    Column { key: "checked", title: Say::HeadChecked, show: plain },
    Column { key: "start_note", title: Say::HeadNote, show: plain },
    Column { key: "route", title: Say::HeadRoute, show: show_route },
    Column { key: "ticket", title: Say::HeadTicket, show: plain },
    Column { key: "due_time", title: Say::HeadDue, show: show_day },
    Column { key: "end_time", title: Say::HeadUntil, show: show_time },
    Column { key: "end_operator", title: Say::HeadEndedBy, show: show_bare },
    Column { key: "end_reason", title: Say::HeadReason, show: show_reason },
    Column { key: "end_note", title: Say::HeadEndNote, show: plain },
];

/// `loans`.
pub(crate) async fn loans(session: &mut Session, args: &args::Loans) -> Outcome {
    let listing = session.listing("loans", COLUMNS, ALL, &args.view)?;
    let at = args.at.as_deref().map(moment).transpose()?;
    let client = session.client().await?;
    let typed = &args.target.target;
    let target = propose(&client, typed, resolve_past(&client, typed, args.target.kind).await).await?;
    let listed = list(session, &client, listing, target, at, args.limit).await;
    propose(&client, typed, listed).await
}

/// Somebody who holds nothing now may have held something: an ID that names no token of today is still an ID.
pub(super) async fn resolve_past(client: &Client, typed: &str, kind: args::TargetKind) -> Outcome<Target> {
    match resolve(client, typed, kind).await {
        Err(failure) if failure.reason() == Complaint::TargetNotFound.words().reason => {
            Ok(Target::User(typed.to_owned()))
        }
        resolved => resolved,
    }
}

async fn list(
    session: &mut Session,
    client: &Client,
    listing: Listing,
    target: Target,
    at_time: Option<Timestamp>,
    limit: Option<std::num::NonZeroU64>,
) -> Outcome {
    let names = Names::of(&session.printer);
    let fetch = async |page_size, page_token| {
        let target = oneof!(target.clone(), list_loans_request);
        let request = v1::ListLoansRequest { target, page_size, page_token, at_time };
        let page = client
            .ask(request, async |channel, request| LendingServiceClient::new(channel).list_loans(request).await)
            .await?;
        let mut records: Vec<_> = page.loans.iter().map(record).collect();
        names.beside_all(client, &mut records).await;
        Ok((records, page.next_page_token))
    };
    session.list(listing, limit, fetch).await
}

/// A loan.
pub(super) fn record(loan: &v1::Loan) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut record = json!({
        "name": loan.token,
        "token": loan.token,
        "serial": loan.serial,
        "user_id": loan.user_id,
        "department": text(&loan.department),
        "start_time": shapes::time(loan.start_time.as_ref()),
        "start_operator": loan.start_operator,
        "checked": text(&loan.checked),
        "start_note": loan.start_note,
        "end_time": shapes::time(loan.end_time.as_ref()),
        "end_operator": text(&loan.end_operator),
        "end_reason": text(&loan.end_reason),
        "end_note": loan.end_note,
    });
    terms::write(&mut record, Some(loan));
    record
}

/// Why a loan ended, for people.
pub(super) fn show_reason(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "other" => Say::ReasonOther,
        "faulty" => Say::ReasonFaulty,
        "battery" => Say::ReasonBattery,
        "leaving" => Say::ReasonLeaving,
        "exchange" => Say::ReasonExchange,
        "merged" => Say::ReasonMerged,
        "lost" => Say::ReasonLost,
        "found" => Say::ReasonFound,
        "retired" => Say::ReasonRetired,
        "adopted" => Say::ReasonAdopted,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// A moment as it is typed. A day is its end, in Japan: whoever held the token that day in the evening.
fn moment(typed: &str) -> Outcome<Timestamp> {
    let of_clock = || DateTime::parse_from_rfc3339(typed).ok();
    let at = end_of_typed_day(typed).or_else(|| Some(Timestamp { seconds: of_clock()?.timestamp(), nanos: 0 }));
    at.ok_or_else(|| Failure::plain(Complaint::MomentUnreadable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_in_japan_and_a_moment_is_one() {
        assert_eq!(moment("2026-03-31").unwrap().seconds, moment("2026-03-31T23:59:59+09:00").unwrap().seconds);
        assert_eq!(moment("2026-03-31T00:00:00Z").unwrap().seconds, 1_774_915_200);
        for wrong in ["", "March 2024", "2026-3", "2026-13-01"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
