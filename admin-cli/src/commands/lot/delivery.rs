//! `lot expect` and `lot compare`: what a box held, and how its seed file compares with it.

use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroU64;
use std::path::Path;

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;

use super::difference::{DIFFERENCES, compared, comparison_sentence, difference, tell_differences};
use crate::args::{Expect, View};
use crate::client::Client;
use crate::commands::import::upload::{is_stdin, shown_name, unreadable};
use crate::commands::pairs::decode;
use crate::commands::{Session, held};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Column, Printer, plain};
use crate::shapes::{bare, show_bare, show_time, text, time, word};
use crate::words::{Complaint, Lang, Say};

/// What is shown of a delivery.
pub(super) const DELIVERY: &[Column] = &[
    Column { key: "lot", title: Say::HeadLot, show: show_bare },
    Column { key: "state", title: Say::HeadState, show: show_state },
    Column { key: "vendor", title: Say::HeadVendor, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "purchase_order", title: Say::HeadOrder, show: plain },
    Column { key: "tokens", title: Say::HeadTokens, show: plain },
    Column { key: "enter_time", title: Say::HeadEntered, show: show_time },
    Column { key: "enter_operator", title: Say::HeadEnteredBy, show: show_bare },
];

/// The largest list of serials that is read, in bytes: more than a server takes.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// Serials that are sent at most: one more than a server takes, so that it says how many that are.
const SENT_MAX: usize = 10_001;

/// `lot expect`.
pub(super) async fn expect(session: &mut Session, args: Expect) -> Outcome {
    if args.cancel {
        return cancel(session, args).await;
    }
    let serials = args.serials.as_deref().map(read_serials).transpose()?.unwrap_or_default();
    let scanned = serials.len();
    let client = session.client().await?;
    let request = v1::ExpectDeliveryRequest {
        lot: args.lot.unwrap_or_default(),
        vendor: args.vendor.unwrap_or_default(),
        model: args.model.unwrap_or_default(),
        purchase_order: args.order.unwrap_or_default(),
        token_count: args.count.map_or(0, NonZeroU64::get).try_into().unwrap_or(i64::MAX),
        serials,
        new_model: args.new_model,
        accept_difference: args.accept_difference,
        etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| LotServiceClient::new(channel).expect_delivery(request).await)
        .await?;
    let delivery = held(answer.delivery)?;
    tell_expected(session, &delivery, answer.comparison.as_ref(), args.dry_run.on)?;
    tell_twice(&mut session.printer, scanned, &delivery);
    Ok(())
}

/// The serials of a list, one a line.
fn read_serials(file: &Path) -> Outcome<Vec<String>> {
    let name = shown_name(file);
    let mut bytes = Vec::new();
    let done = if is_stdin(file) {
        io::stdin().lock().take(FILE_MAX).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes))
    };
    done.map_err(|error| unreadable(&name, &error))?;
    let text = decode(&bytes).ok_or_else(|| Failure::with(Complaint::PairsEncoding, [("file", &name)]))?;
    let serials = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let serials: Vec<_> = serials.take(SENT_MAX).map(str::to_owned).collect();
    if serials.is_empty() { Err(Failure::with(Complaint::NoSerials, [("file", &name)])) } else { Ok(serials) }
}

fn tell_expected(
    session: &mut Session,
    delivery: &v1::Delivery,
    comparison: Option<&v1::DeliveryComparison>,
    dry_run: bool,
) -> Outcome {
    let lang = session.printer.lang;
    let differs = delivery.state() == v1::DeliveryState::Expected;
    let sentence = match comparison {
        Some(_) if differs => expected_sentence(Say::DeliveryEntered, delivery, lang),
        Some(comparison) => comparison_sentence(comparison, is_accepted(delivery), lang),
        None if dry_run => expected_sentence(Say::WouldExpect, delivery, lang),
        None => expected_sentence(Say::DeliveryExpected, delivery, lang),
    };
    session.printer.answer(&Answer {
        sentence,
        noun: "delivery",
        record: shape(delivery),
        columns: DELIVERY,
        beside: vec![("comparison", comparison.map_or(Value::Null, compared)), ("dry_run", json!(dry_run))],
    })?;
    let lot = lot_of(delivery);
    match comparison {
        None if !dry_run => session.printer.label(Say::Next, &Say::NextImportLot.with(lang, &[("lot", lot)])),
        Some(comparison) if differs => {
            session.printer.warn(&comparison_sentence(comparison, false, lang));
            tell_differences(&mut session.printer, comparison);
            session.printer.label(Say::Next, &Say::NextAccept.with(lang, &[("lot", lot)]));
        }
        Some(_) | None => {}
    }
    Ok(())
}

/// A serial that was scanned twice is one token all the same.
fn tell_twice(printer: &mut Printer, scanned: usize, delivery: &v1::Delivery) {
    let tokens = usize::try_from(delivery.token_count).unwrap_or(0);
    if scanned > tokens {
        printer.warn(&Say::ScannedTwice.with(printer.lang, &[("count", &(scanned - tokens).to_string())]));
    }
}

async fn cancel(session: &mut Session, args: Expect) -> Outcome {
    let client = session.client().await?;
    let request = v1::CancelDeliveryRequest {
        lot: args.lot.unwrap_or_default(),
        etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| LotServiceClient::new(channel).cancel_delivery(request).await)
        .await?;
    let delivery = held(answer.delivery)?;
    let say = if args.dry_run.on { Say::WouldCancelDelivery } else { Say::DeliveryCancelled };
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &[("lot", lot_of(&delivery))]),
        noun: "delivery",
        record: shape(&delivery),
        columns: DELIVERY,
        beside: vec![("dry_run", json!(args.dry_run.on))],
    })
}

/// `lot compare`.
pub(super) async fn compare(session: &mut Session, lot: String, limit: Option<NonZeroU64>, view: &View) -> Outcome {
    let listing = session.listing("differences", DIFFERENCES, DIFFERENCES, view)?;
    let client = session.client().await?;
    let first = ask_comparison(&client, &lot, 1, String::new()).await?;
    let (delivery, comparison) = (held(first.delivery)?, held(first.comparison)?);
    let listing = listing.with_beside("delivery", shape(&delivery)).with_beside("comparison", compared(&comparison));
    let fetch = async |page_size, page_token| {
        let page = ask_comparison(&client, &lot, page_size, page_token).await?;
        Ok((page.differences.iter().map(difference).collect(), page.next_page_token))
    };
    session.list(listing, limit, fetch).await?;
    let sentence = comparison_sentence(&comparison, is_accepted(&delivery), session.printer.lang);
    session.printer.say(&sentence);
    Ok(())
}

async fn ask_comparison(
    client: &Client,
    lot: &str,
    page_size: i32,
    page_token: String,
) -> Outcome<v1::CompareDeliveryResponse> {
    let request = v1::CompareDeliveryRequest { lot: lot.to_owned(), page_size, page_token };
    client.ask(request, async |channel, request| LotServiceClient::new(channel).compare_delivery(request).await).await
}

/// The delivery of a lot; none where nobody wrote it down.
pub(super) async fn get(client: &Client, lot: String) -> Outcome<Option<v1::Delivery>> {
    let request = v1::GetDeliveryRequest { lot };
    let answer =
        client.ask(request, async |channel, request| LotServiceClient::new(channel).get_delivery(request).await).await;
    match answer {
        Ok(answer) => held(answer.delivery).map(Some),
        Err(failure) if failure.reason() == "DELIVERY_NOT_FOUND" => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Deliveries whose file is waited for.
pub(super) async fn list(session: &mut Session, limit: Option<NonZeroU64>, view: &View) -> Outcome {
    let listing = session.listing("deliveries", DELIVERY, DELIVERY, view)?;
    let client = session.client().await?;
    let fetch = async |page_size, page_token| {
        let request = v1::ListDeliveriesRequest { page_size, page_token };
        let page = client
            .ask(request, async |channel, request| LotServiceClient::new(channel).list_deliveries(request).await)
            .await?;
        Ok((page.deliveries.iter().map(shape).collect(), page.next_page_token))
    };
    session.list(listing, limit, fetch).await
}

fn is_accepted(delivery: &v1::Delivery) -> bool {
    delivery.state() == v1::DeliveryState::Accepted
}

/// A delivery, for programs.
pub(super) fn shape(delivery: &v1::Delivery) -> Value {
    json!({
        "lot": format!("lots/{}", lot_of(delivery)),
        "state": word(delivery.state().as_str_name(), "DELIVERY_STATE_"),
        "vendor": delivery.vendor,
        "model": delivery.model,
        "purchase_order": delivery.purchase_order,
        "tokens": delivery.token_count,
        "has_serials": delivery.has_serials,
        "enter_time": time(delivery.enter_time.as_ref()),
        "enter_operator": delivery.enter_operator,
        "end_time": time(delivery.end_time.as_ref()),
        "end_operator": text(&delivery.end_operator),
        "missing": delivery.missing_count,
        "surplus": delivery.surplus_count,
        "others": delivery.other_count,
        "etag": delivery.etag,
    })
}

/// A delivery within the card of its lot, for people.
pub(super) fn show_delivery(value: &Value, lang: Lang) -> String {
    if value.is_null() {
        return String::new();
    }
    let shown = |key: &str| plain(&value[key], lang);
    let (vendor, model, order, tokens) = (shown("vendor"), shown("model"), shown("purchase_order"), shown("tokens"));
    let state = show_state(&value["state"], lang);
    let places =
        [("vendor", vendor.as_str()), ("model", &model), ("order", &order), ("tokens", &tokens), ("state", &state)];
    Say::DeliveryInShort.with(lang, &places)
}

/// What a box held, as a sentence.
fn expected_sentence(say: Say, delivery: &v1::Delivery, lang: Lang) -> String {
    let tokens = delivery.token_count.to_string();
    let places = [
        ("lot", lot_of(delivery)),
        ("vendor", &delivery.vendor),
        ("model", &delivery.model),
        ("order", &delivery.purchase_order),
        ("tokens", &tokens),
    ];
    say.with(lang, &places)
}

/// The bare name of the lot in `lots/{lot}/delivery`.
fn lot_of(delivery: &v1::Delivery) -> &str {
    bare(delivery.name.trim_end_matches("/delivery"))
}

/// How far a delivery is, for people.
fn show_state(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "expected" => Say::StateExpected,
        "met" => Say::StateMet,
        "accepted" => Say::StateAccepted,
        "cancelled" => Say::StateCancelled,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_read_a_line_each_without_blanks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("box.txt");
        std::fs::write(&file, "\u{feff}2600215704919\r\n\r\n  2600215704927 \n").unwrap();
        assert_eq!(read_serials(&file).unwrap(), ["2600215704919", "2600215704927"]);
        std::fs::write(&file, "\n \n").unwrap();
        assert_eq!(read_serials(&file).unwrap_err().reason(), "NO_SERIALS");
    }

    #[test]
    fn every_state_has_a_word_for_people() {
        for state in 1..=4 {
            let name = v1::DeliveryState::try_from(state).unwrap().as_str_name();
            let wire = json!(word(name, "DELIVERY_STATE_"));
            assert_ne!(show_state(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
    }
}
