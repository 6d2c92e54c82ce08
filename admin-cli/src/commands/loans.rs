//! The ledger: `loans`, and who held a token then.

use chrono::{DateTime, Months, NaiveDate};
use prost_types::Timestamp;
use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::directory::Names;
use super::near::propose;
use super::target::{Target, oneof, resolve};
use super::terms::{self, begin_of_day, end_of_day, show_day, show_route};
use super::{PAGE, Session};
use crate::args;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, clean, plain};
use crate::shapes::{self, bare, show_bare, show_time};
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
    Column { key: "source", title: Say::HeadFile, show: plain },
];

/// `loans`.
pub(crate) async fn loans(session: &mut Session, args: &args::Loans) -> Outcome {
    let listing = session.listing("loans", COLUMNS, ALL, &args.view)?;
    let then = args.at.as_deref().map(Then::read).transpose()?;
    let client = session.client().await?;
    let typed = &args.target.target;
    let target = propose(&client, typed, resolve_past(&client, typed, args.target.kind).await).await?;
    let pages = Pages { client: &client, names: Names::of(&session.printer), target, then };
    let listed = match &pages.then {
        Some(then) if is_a_question(session, args) => answer(session, &pages, then).await,
        Some(_) | None => session.list(listing, args.limit, async |size, token| pages.read(size, token).await).await,
    };
    propose(&client, typed, listed).await
}

/// People who ask who held it then get a sentence, unless they ask for a table of some shape.
fn is_a_question(session: &Session, args: &args::Loans) -> bool {
    let shaped = !args.view.columns.is_empty() || args.view.no_headers || args.limit.is_some();
    session.printer.format() == Format::Table && !shaped
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

/// The loans that are asked for, page by page.
struct Pages<'a> {
    client: &'a Client,
    names: Names,
    target: Target,
    then: Option<Then>,
}

impl Pages<'_> {
    async fn read(&self, page_size: i32, page_token: String) -> Outcome<(Vec<Value>, String)> {
        let request = v1::ListLoansRequest {
            target: oneof!(self.target.clone(), list_loans_request),
            page_size,
            page_token,
            at_time: self.then.as_ref().map(|then| then.first),
            until_time: self.then.as_ref().map(|then| then.last),
        };
        let page = self
            .client
            .ask(request, async |channel, request| LendingServiceClient::new(channel).list_loans(request).await)
            .await?;
        let mut records: Vec<_> = page.loans.iter().map(record).collect();
        if let Some(lang) = self.names.reader() {
            for record in &mut records {
                tell_source(record, lang);
            }
        }
        self.names.beside_all(self.client, &mut records).await;
        Ok((records, page.next_page_token))
    }
}

/// Says who held a token then, or which tokens a person held: a line for each, or one that says that there was none.
async fn answer(session: &mut Session, pages: &Pages<'_>, then: &Then) -> Outcome {
    let lang = session.printer.lang;
    let mut none = true;
    let mut page_token = String::new();
    loop {
        let (records, next) = pages.read(PAGE, page_token).await?;
        none &= records.is_empty();
        for record in &records {
            session.printer.data_line(&clean(&held(record, &then.typed, lang)))?;
        }
        if next.is_empty() {
            break;
        }
        page_token = next;
    }
    if !none {
        return Ok(());
    }
    let (say, of) = match &pages.target {
        Target::Token(token) => (Say::NobodyHeld, token),
        Target::User(user) => (Say::NothingHeld, user),
    };
    session.printer.data_line(&clean(&say.with(lang, &[("at", &then.typed), ("of", of)])))
}

/// A loan in a line.
fn held(record: &Value, at: &str, lang: Lang) -> String {
    let text = |key: &str| plain(&record[key], lang);
    let (token, user) = (text("serial"), text("user_id"));
    let (from, until) = (show_time(&record["start_time"], lang), show_time(&record["end_time"], lang));
    let say = if until.is_empty() { Say::HeldSince } else { Say::HeldFromUntil };
    say.with(lang, &[("at", at), ("token", &token), ("user", &user), ("from", &from), ("until", &until)])
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
        "source": text(&loan.source),
    });
    terms::write(&mut record, Some(loan));
    record
}

/// Who adopted a loan did not lend the token, nor take it back: people are told from whose list it is.
fn tell_source(record: &mut Value, lang: Lang) {
    let Some(file) = record["source"].as_str().map(str::to_owned) else { return };
    let operator = bare(record["start_operator"].as_str().unwrap_or_default()).to_owned();
    record["start_operator"] = json!(Say::FromList.with(lang, &[("file", &file), ("operator", &operator)]));
    if record["end_reason"] == "adopted" {
        record["end_operator"] = Value::Null;
    }
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

/// When, as it is typed: a month or a day in Japan, or a moment.
#[derive(Debug, PartialEq)]
struct Then {
    typed: String,
    first: Timestamp,
    last: Timestamp,
}

impl Then {
    fn read(typed: &str) -> Outcome<Self> {
        let moment = || {
            let moment = DateTime::parse_from_rfc3339(typed).ok()?;
            let at = Timestamp { seconds: moment.timestamp(), nanos: 0 };
            Some((at, at))
        };
        let to_the_end = |last| Some(Timestamp { nanos: 999_999_999, ..end_of_day(last)? });
        let days = typed_days(typed).and_then(|(first, last)| Some((begin_of_day(first)?, to_the_end(last)?)));
        let (first, last) = days.or_else(moment).ok_or_else(|| Failure::plain(Complaint::MomentUnreadable))?;
        Ok(Self { typed: typed.to_owned(), first, last })
    }
}

/// The first and the last day of a month, `2026-03`, or of a day, `2026-03-31`.
fn typed_days(typed: &str) -> Option<(NaiveDate, NaiveDate)> {
    if let Ok(day) = NaiveDate::parse_from_str(typed, "%Y-%m-%d") {
        return Some((day, day));
    }
    let (year, month) = typed.split_once('-')?;
    let is_number = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(year, 4) || !is_number(month, 2) {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
    Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(typed: &str) -> Option<(i64, i64)> {
        let then = Then::read(typed).ok()?;
        Some((then.first.seconds, then.last.seconds))
    }

    fn of_clock(typed: &str) -> i64 {
        DateTime::parse_from_rfc3339(typed).unwrap().timestamp()
    }

    #[test]
    fn a_month_and_a_day_are_whole_in_japan_and_a_moment_is_one() {
        let march = (of_clock("2024-03-01T00:00:00+09:00"), of_clock("2024-03-31T23:59:59+09:00"));
        assert_eq!(seconds("2024-03"), Some(march));
        let day = (of_clock("2024-02-29T00:00:00+09:00"), of_clock("2024-02-29T23:59:59+09:00"));
        assert_eq!(seconds("2024-02-29"), Some(day));
        assert_eq!(seconds("2024-12").unwrap().1, of_clock("2024-12-31T23:59:59+09:00"));
        assert_eq!(seconds("2026-03-31T00:00:00Z"), Some((1_774_915_200, 1_774_915_200)));
        for wrong in ["", "March 2024", "2024-3", "2024-13", "2024", "+024-03", "2024-02-30", "2026-13-01"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_loan_is_told_in_a_line() {
        let mut loan = json!({ "serial": "26", "user_id": "0123456789 (Yamada Hanako)",
            "start_time": "2024-01-10T00:00:00Z", "end_time": "2024-04-01T08:10:00Z" });
        let told =
            "2024-03: 26 was lent to 0123456789 (Yamada Hanako), from 2024-01-10 09:00 JST until 2024-04-01 17:10 JST";
        assert_eq!(held(&loan, "2024-03", Lang::En), told);
        loan["end_time"] = Value::Null;
        let told = "2024-03: 26 was lent to 0123456789 (Yamada Hanako), since 2024-01-10 09:00 JST, and still is";
        assert_eq!(held(&loan, "2024-03", Lang::En), told);
    }
}
