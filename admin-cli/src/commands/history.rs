//! The life of a token, or of a person with tokens, newest first: `show --history`. Loans come from the ledger, what befell
//! a token besides from the record.
//!
//! One page of each is read. Where there is more, what is older than both pages reach is left out, never a part of it.

use std::cmp::Reverse;

use prost_types::Timestamp;
use serde_json::{Map, Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::directory::Names;
use super::loans::{resolve_past, show_reason};
use super::near::propose;
use super::target::{Target, look_up, oneof};
use super::terms::show_day;
use super::{PAGE, Session};
use crate::args;
use crate::client::Client;
use crate::failure::Outcome;
use crate::output::{Column, Listing, plain};
use crate::shapes::{self, show_action, show_bare, show_details, show_time};
use crate::words::{Lang, Say};

/// Of a token: who had it.
const OF_TOKEN: &[Column] = &[
    Column { key: "time", title: Say::HeadSince, show: show_time },
    Column { key: "end_time", title: Say::HeadUntil, show: show_time },
    Column { key: "action", title: Say::HeadAction, show: show_what },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "operator", title: Say::HeadOperator, show: show_bare },
    Column { key: "end_operator", title: Say::HeadEndedBy, show: show_bare },
    Column { key: "end_reason", title: Say::HeadReason, show: show_reason },
    Column { key: "details", title: Say::HeadDetails, show: show_details },
];

/// Of a person: which token they had.
const OF_USER: &[Column] = &[
    Column { key: "time", title: Say::HeadSince, show: show_time },
    Column { key: "end_time", title: Say::HeadUntil, show: show_time },
    Column { key: "action", title: Say::HeadAction, show: show_what },
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "operator", title: Say::HeadOperator, show: show_bare },
    Column { key: "end_operator", title: Say::HeadEndedBy, show: show_bare },
    Column { key: "end_reason", title: Say::HeadReason, show: show_reason },
    Column { key: "details", title: Say::HeadDetails, show: show_details },
];

/// `show --history`.
pub(super) async fn show(session: &mut Session, client: &Client, args: &args::Target) -> Outcome {
    let target = propose(client, &args.target, resolve_past(client, &args.target, args.kind).await).await?;
    let told = tell(session, client, target).await;
    propose(client, &args.target, told).await
}

async fn tell(session: &mut Session, client: &Client, target: Target) -> Outcome {
    let mut history = History::default();
    history.add_events(&events(client, target.clone()).await?);
    history.add_loans(&loans(client, target.clone()).await?);
    let columns = match &target {
        Target::User(_) => OF_USER,
        Target::Token(_) => {
            history.add_import(&look_up(client, target).await?);
            OF_TOKEN
        }
    };
    let is_whole = history.reaches_to.is_none();
    let mut records = history.newest_first();
    let (lang, is_empty) = (session.printer.lang, records.is_empty());
    Names::of(&session.printer).beside_all(client, &mut records).await;
    let mut listing = Listing::new("history", columns).with_beside("complete", json!(is_whole));
    session.printer.page(&mut listing, records)?;
    session.printer.finish_list(listing)?;
    if is_empty {
        session.printer.say(Say::NothingMatches.plain(lang));
    }
    if !is_whole {
        session.printer.say(Say::HistoryGoesOn.plain(lang));
    }
    Ok(())
}

async fn loans(client: &Client, target: Target) -> Outcome<v1::ListLoansResponse> {
    let target = oneof!(target, list_loans_request);
    let request = v1::ListLoansRequest { target, page_size: PAGE, ..v1::ListLoansRequest::default() };
    client.ask(request, async |channel, request| LendingServiceClient::new(channel).list_loans(request).await).await
}

async fn events(client: &Client, target: Target) -> Outcome<v1::ListCustodyEventsResponse> {
    let target = oneof!(target, list_custody_events_request);
    let request = v1::ListCustodyEventsRequest { target, page_size: PAGE, page_token: String::new() };
    client
        .ask(request, async |channel, request| LendingServiceClient::new(channel).list_custody_events(request).await)
        .await
}

/// A moment in the order of time.
type Moment = (i64, i32);

/// What is known of a life so far.
#[derive(Default)]
struct History {
    rows: Vec<(Moment, Value)>,
    /// Before that, some of it was not read; none where all was.
    reaches_to: Option<Moment>,
}

impl History {
    fn add_loans(&mut self, page: &v1::ListLoansResponse) {
        let last = page.loans.last().map(|loan| moment(loan.start_time.as_ref()));
        self.reach(last, &page.next_page_token);
        self.rows.extend(page.loans.iter().map(|loan| (moment(loan.start_time.as_ref()), lent(loan))));
    }

    fn add_events(&mut self, page: &v1::ListCustodyEventsResponse) {
        let last = page.events.last().map(|event| moment(event.record_time.as_ref()));
        self.reach(last, &page.next_page_token);
        self.rows.extend(page.events.iter().map(|event| (moment(event.record_time.as_ref()), befell(event))));
    }

    fn add_import(&mut self, token: &v1::Token) {
        self.rows.push((moment(token.create_time.as_ref()), came(token)));
    }

    fn reach(&mut self, last: Option<Moment>, next_page: &str) {
        if !next_page.is_empty() {
            self.reaches_to = self.reaches_to.max(last);
        }
    }

    /// What came later stands above what came earlier; of one moment, what was added first.
    fn newest_first(mut self) -> Vec<Value> {
        self.rows.sort_by_key(|(at, _)| Reverse(*at));
        let reaches_to = self.reaches_to;
        let read = self.rows.into_iter().filter(|(at, _)| reaches_to.is_none_or(|end| *at >= end));
        read.map(|(_, row)| row).collect()
    }
}

fn moment(time: Option<&Timestamp>) -> Moment {
    time.map_or((i64::MIN, 0), |time| (time.seconds, time.nanos))
}

/// A loan.
fn lent(loan: &v1::Loan) -> Value {
    let due = show_day(&shapes::time(loan.due_time.as_ref()), Lang::En);
    let details = [
        ("checked", loan.checked.as_str()),
        ("department", &loan.department),
        ("due", &due),
        ("end_note", &loan.end_note),
        ("note", &loan.start_note),
        ("route", &loan.route),
        ("source", &loan.source),
        ("ticket", &loan.ticket),
    ];
    let said = details.into_iter().filter(|(_, value)| !value.is_empty());
    let details: Map<_, _> = said.map(|(key, value)| (key.to_owned(), json!(value))).collect();
    json!({
        "name": loan.token,
        "time": shapes::time(loan.start_time.as_ref()),
        "end_time": shapes::time(loan.end_time.as_ref()),
        "action": "token.assign",
        "token": loan.token,
        "serial": loan.serial,
        "user_id": loan.user_id,
        "operator": loan.start_operator,
        "end_operator": shapes::text(&loan.end_operator),
        "end_reason": shapes::text(&loan.end_reason),
        "details": details,
    })
}

/// What befell a token.
fn befell(event: &v1::AuditEvent) -> Value {
    json!({
        "name": event.subject,
        "time": shapes::time(event.record_time.as_ref()),
        "end_time": null,
        "action": event.action,
        "token": event.subject,
        "serial": serial(&event.subject),
        "user_id": shapes::text(&event.user_id),
        "operator": event.operator,
        "end_operator": null,
        "end_reason": null,
        "details": shapes::event(event)["details"],
    })
}

/// How a token came into the fleet.
fn came(token: &v1::Token) -> Value {
    json!({
        "name": token.name,
        "time": shapes::time(token.create_time.as_ref()),
        "end_time": null,
        "action": "lot.import",
        "token": token.name,
        "serial": token.serial,
        "user_id": null,
        "operator": null,
        "end_operator": null,
        "end_reason": null,
        "details": { "lot": shapes::bare(&token.lot) },
    })
}

/// The serial in the name of a token, `tokens/{vendor}~{serial}`.
fn serial(name: &str) -> &str {
    name.split('~').nth(1).unwrap_or_default()
}

/// What was done, for people: `lose` of `token.lose`.
fn show_what(value: &Value, lang: Lang) -> String {
    let said = show_action(value, lang);
    said.rsplit('.').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loan(seconds: i64) -> v1::Loan {
        v1::Loan { start_time: Some(Timestamp { seconds, nanos: 0 }), ..v1::Loan::default() }
    }

    fn event(action: &str, seconds: i64) -> v1::AuditEvent {
        let record_time = Some(Timestamp { seconds, nanos: 0 });
        v1::AuditEvent { action: action.to_owned(), record_time, ..v1::AuditEvent::default() }
    }

    fn told(loans: (&[i64], &str), events: (&[i64], &str)) -> (Vec<String>, bool) {
        let mut history = History::default();
        let (times, next_page_token) = (events.0, events.1.to_owned());
        let befallen = times.iter().map(|at| event("token.lose", *at)).collect();
        history.add_events(&v1::ListCustodyEventsResponse { events: befallen, next_page_token });
        let (times, next_page_token) = (loans.0, loans.1.to_owned());
        history
            .add_loans(&v1::ListLoansResponse { loans: times.iter().map(|at| loan(*at)).collect(), next_page_token });
        let whole = history.reaches_to.is_none();
        let rows = history.newest_first();
        let row =
            |row: &Value| format!("{} {}", show_what(&row["action"], Lang::En), &row["time"].as_str().unwrap()[17..19]);
        (rows.iter().map(row).collect(), whole)
    }

    #[test]
    fn a_life_is_told_from_its_end_and_what_ends_a_loan_stands_above_it() {
        let (rows, whole) = told((&[9, 5, 1], ""), (&[9, 7], ""));
        assert_eq!(
            (rows, whole),
            (["lose 09", "assign 09", "lose 07", "assign 05", "assign 01"].map(str::to_owned).to_vec(), true)
        );
    }

    #[test]
    fn where_a_page_goes_on_nothing_is_told_that_is_older_than_it_reaches() {
        let (rows, whole) = told((&[9, 5, 1], ""), (&[7], "more"));
        assert_eq!((rows, whole), (["assign 09", "lose 07"].map(str::to_owned).to_vec(), false));
        let (rows, whole) = told((&[9, 5], "more"), (&[7, 2], "more"));
        assert_eq!((rows, whole), (["assign 09", "lose 07", "assign 05"].map(str::to_owned).to_vec(), false));
    }

    #[test]
    fn a_serial_is_found_in_the_name_of_its_token() {
        assert_eq!(serial("tokens/feitian~2600215704919"), "2600215704919");
        assert_eq!(serial("tokens/feitian~2600215704919~2"), "2600215704919");
        assert_eq!(serial(""), "");
    }
}
