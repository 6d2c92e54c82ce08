//! Looking at tokens: `list` and `show`.

use std::num::NonZeroU64;

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;

use super::directory::Names;
use super::near::propose;
use super::target::{Target, look_up_with_loan, resolve};
use super::terms::{self, show_day, show_route};
use super::{Session, held, history};
use crate::args;
use crate::client::Client;
use crate::failure::Outcome;
use crate::output::{Column, Format, Listing, plain};
use crate::shapes::{
    self, bare, show_authenticator, show_bare, show_hold, show_offset, show_second, show_state, show_time,
    show_without_seed,
};
use crate::words::Say;

/// The columns of a list of tokens.
pub(crate) const COLUMNS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "vendor", title: Say::HeadVendor, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "state", title: Say::HeadState, show: show_state },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "clock_offset_seconds", title: Say::HeadClock, show: show_offset },
    Column { key: "lot", title: Say::HeadLot, show: show_bare },
];

/// Everything worth seeing of one token.
const CARD: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "name", title: Say::HeadName, show: plain },
    Column { key: "vendor", title: Say::HeadVendor, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "state", title: Say::HeadState, show: show_state },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "department", title: Say::HeadDepartment, show: plain },
    Column { key: "location", title: Say::HeadLocation, show: plain },
    Column { key: "lent_time", title: Say::HeadLentTime, show: show_time },
    Column { key: "proven_time", title: Say::HeadProvenTime, show: show_time },
    Column { key: "last_accepted_time", title: Say::HeadLastAccepted, show: show_time },
    Column { key: "clock_offset_seconds", title: Say::HeadClock, show: show_offset },
    Column { key: "authenticator", title: Say::HeadAuthenticator, show: show_authenticator },
    Column { key: "failures", title: Say::HeadFailures, show: plain },
    Column { key: "next_try_time", title: Say::HeadNextTry, show: show_second },
    Column { key: "hold", title: Say::HeadHold, show: show_hold },
    Column { key: "without_seed", title: Say::HeadSeed, show: show_without_seed },
    Column { key: "type", title: Say::HeadType, show: plain },
    Column { key: "digits", title: Say::HeadDigits, show: plain },
    Column { key: "period", title: Say::HeadPeriod, show: plain },
    Column { key: "algorithm", title: Say::HeadAlgorithm, show: plain },
    Column { key: "expire_time", title: Say::HeadExpires, show: show_time },
    Column { key: "lot", title: Say::HeadLot, show: show_bare },
    Column { key: "route", title: Say::HeadRoute, show: show_route },
    Column { key: "ticket", title: Say::HeadTicket, show: plain },
    Column { key: "due_time", title: Say::HeadDue, show: show_day },
];

/// What a list can show: what was agreed on a loan stands in the loan alone.
const LISTED: &[Column] = CARD.split_at(CARD.len() - 3).0;

/// `list`.
pub(crate) async fn list(session: &mut Session, args: &args::List) -> Outcome {
    let listing = session.listing("tokens", COLUMNS, LISTED, &args.view)?;
    let client = session.client().await?;
    let order_by = if args.newest_first { "create_time desc" } else { "" };
    list_filtered(session, &client, listing, filter(args), order_by, args.limit).await
}

/// `show`. A person who holds several tokens is shown as the list of them.
pub(crate) async fn show(session: &mut Session, args: &args::Show) -> Outcome {
    let client = session.client().await?;
    if args.history {
        return history::show(session, &client, &args.target).await;
    }
    let shown = show_with(session, &client, &args.target).await;
    propose(&client, &args.target.target, shown).await
}

async fn show_with(session: &mut Session, client: &Client, args: &args::Target) -> Outcome {
    let target = resolve(client, &args.target, args.kind).await?;
    match (look_up_with_loan(client, target.clone()).await, target) {
        (Ok(answer), _) => {
            let mut record = shapes::token(&held(answer.token)?);
            terms::write(&mut record, answer.loan.as_ref());
            if session.printer.format() == Format::Table {
                hide_unknown(&mut record);
            }
            Names::of(&session.printer).beside_all(client, std::slice::from_mut(&mut record)).await;
            session.printer.card("token", CARD, &record)
        }
        (Err(failure), Target::User(user)) if failure.reason() == "USER_TOKENS_SEVERAL" => {
            let listing = Listing::new("tokens", COLUMNS);
            list_filtered(session, client, listing, comparison("user", &user), "", None).await?;
            session.printer.say(Say::HoldsSeveral.plain(session.printer.lang));
            Ok(())
        }
        (Err(failure), Target::User(_) | Target::Token(_)) => Err(failure),
    }
}

/// Of a token without a seed nobody has said how it makes its codes; people are told what is known.
fn hide_unknown(record: &mut Value) {
    if record["without_seed"] == true {
        for field in ["type", "digits", "period", "algorithm"] {
            record[field] = Value::Null;
        }
        record["authenticator"] = json!("no_seed");
    }
}

pub(super) async fn list_filtered(
    session: &mut Session,
    client: &Client,
    listing: Listing,
    filter: String,
    order_by: &str,
    limit: Option<NonZeroU64>,
) -> Outcome {
    let fetch = async |page_size, page_token| {
        let request =
            v1::ListTokensRequest { page_size, page_token, filter: filter.clone(), order_by: order_by.to_owned() };
        let page = client
            .ask(request, async |channel, request| TokenServiceClient::new(channel).list_tokens(request).await)
            .await?;
        Ok((page.tokens.iter().map(shapes::token).collect(), page.next_page_token))
    };
    session.list(listing, limit, fetch).await
}

/// A token for people: its serial, and what it is.
pub(crate) fn title(token: &v1::Token) -> String {
    let kind = format!("{} {}", token.manufacturer, token.model);
    match kind.trim() {
        "" => token.serial.clone(),
        kind => format!("{} ({kind})", token.serial),
    }
}

fn filter(args: &args::List) -> String {
    let parts = [
        args.filter.clone(),
        any_of("state", args.state.iter().map(|state| state.filter_word())),
        args.user.as_deref().map(|user| comparison("user", user)),
        args.lot.as_deref().map(|lot| comparison("lot", bare(lot))),
        args.location.as_deref().map(|location| comparison("location", bare(location))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" AND ")
}

/// One of these values; nothing where there are none.
fn any_of(field: &str, values: impl Iterator<Item = &'static str>) -> Option<String> {
    let comparisons: Vec<_> = values.map(|value| comparison(field, value)).collect();
    match comparisons.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("({})", several.join(" OR "))),
    }
}

fn comparison(field: &str, value: &str) -> String {
    format!("{field} = \"{}\"", escaped(value))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::State;

    #[test]
    fn the_options_of_a_list_become_one_filter() {
        let args = args::List {
            filter: Some("vendor = \"feitian\"".to_owned()),
            state: vec![State::InStock],
            user: Some("a\"b\\".to_owned()),
            lot: Some("lots/2026-11-24-a".to_owned()),
            location: Some("hongo".to_owned()),
            newest_first: false,
            limit: None,
            view: args::View::default(),
        };
        assert_eq!(
            filter(&args),
            r#"vendor = "feitian" AND state = "IN_STOCK" AND user = "a\"b\\" AND lot = "2026-11-24-a" AND location = "hongo""#
        );
        let lent = args::List {
            filter: None,
            state: vec![State::Lent, State::LentNotProven],
            user: None,
            lot: None,
            location: None,
            newest_first: false,
            limit: None,
            view: args::View::default(),
        };
        assert_eq!(filter(&lent), r#"(state = "LENT" OR state = "LENT_NOT_PROVEN")"#);
        let none = args::List { filter: None, state: Vec::new(), user: None, lot: None, location: None, ..args };
        assert_eq!(filter(&none), "");
    }

    #[test]
    fn a_token_is_told_by_its_serial_and_what_it_is() {
        let mut token = v1::Token { serial: "26".to_owned(), ..v1::Token::default() };
        assert_eq!(title(&token), "26");
        token.model = "OTP c200".to_owned();
        token.manufacturer = "Feitian".to_owned();
        assert_eq!(title(&token), "26 (Feitian OTP c200)");
    }
}
