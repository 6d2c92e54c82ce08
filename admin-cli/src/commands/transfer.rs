//! Tokens on their way from one location to another: `transfer`, `receive`, `transfers`.

use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;

use super::near::propose;
use super::scan::{Form, scan};
use super::target::{Target, look_up};
use super::{Session, held};
use crate::args;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Column, Listing, plain};
use crate::shapes::{self, bare, show_arrival, show_bare, show_time};
use crate::words::Say;

/// Serials of tokens on their way that are named one by one; more are counted.
const NAMED_MAX: usize = 10;

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadTransfer, show: show_bare },
    Column { key: "destination", title: Say::HeadDestination, show: show_bare },
    Column { key: "send_time", title: Say::HeadSent, show: show_time },
    Column { key: "sent_by", title: Say::HeadSentBy, show: show_bare },
    Column { key: "complete_time", title: Say::HeadComplete, show: show_time },
    Column { key: "note", title: Say::HeadNote, show: plain },
];

const ITEMS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "origin", title: Say::HeadOrigin, show: show_bare },
    Column { key: "arrival", title: Say::HeadState, show: show_arrival },
    Column { key: "receive_time", title: Say::HeadReceived, show: show_time },
    Column { key: "received_by", title: Say::HeadReceivedBy, show: show_bare },
];

/// `transfer`. What is scanned is looked up at once, and sent when the input has ended.
pub(crate) async fn transfer(session: &mut Session, args: &args::Transfer) -> Outcome {
    let client = session.client().await?;
    if !args.scan {
        return send(session, &client, args, args.serials.clone()).await;
    }
    let mut serials = Vec::new();
    let deed = async |_: &mut Session, words: Vec<String>| {
        let serial = words.concat();
        propose(&client, &serial, look_up(&client, Target::Token(serial.clone())).await).await?;
        serials.push(serial);
        Ok(())
    };
    let scanned = scan(session, Form::Target, deed).await;
    if matches!(scanned, Err(Failure::PipeClosed)) || serials.is_empty() {
        return scanned;
    }
    send(session, &client, args, serials).await?;
    scanned
}

async fn send(session: &mut Session, client: &Client, args: &args::Transfer, tokens: Vec<String>) -> Outcome {
    let count = tokens.len();
    let request = v1::TransferTokensRequest {
        tokens,
        destination: args.to.clone(),
        note: args.note.clone().unwrap_or_default(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).transfer_tokens(request).await)
        .await?;
    let lang = session.printer.lang;
    let (say, count) = match &answer.transfer {
        Some(transfer) => (Say::Sent, transfer.items.len()),
        None => (Say::WouldSend, count),
    };
    let transfer = answer.transfer.unwrap_or_default();
    let places = [
        ("tokens", count.to_string()),
        ("to", bare(&args.to).to_owned()),
        ("transfer", bare(&transfer.name).to_owned()),
    ];
    let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
    tell(session, say.with(lang, &places), &transfer, args.dry_run.on)?;
    if !args.dry_run.on {
        session.printer.label(Say::Next, &Say::NextReceive.with(lang, &places));
    }
    Ok(())
}

/// `receive`.
pub(crate) async fn receive(session: &mut Session, args: &args::Receive) -> Outcome {
    let client = session.client().await?;
    if !args.scan {
        let transfer = receive_these(session, &client, args, args.serials.clone()).await?;
        return tell_received(session, &transfer, args.dry_run.on);
    }
    let deed = async |session: &mut Session, words: Vec<String>| {
        let serial = words.concat();
        let received = receive_these(session, &client, args, vec![serial.clone()]).await;
        let transfer = propose(&client, &serial, received).await?;
        tell_received(session, &transfer, args.dry_run.on)
    };
    scan(session, Form::Target, deed).await
}

async fn receive_these(
    session: &mut Session,
    client: &Client,
    args: &args::Receive,
    tokens: Vec<String>,
) -> Outcome<v1::Transfer> {
    let request = v1::ReceiveTransferRequest {
        transfer: args.transfer.clone(),
        tokens,
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).receive_transfer(request).await)
        .await?;
    held(answer.transfer)
}

/// Says what came, and names what is still on its way.
fn tell_received(session: &mut Session, transfer: &v1::Transfer, dry_run: bool) -> Outcome {
    let lang = session.printer.lang;
    let missing: Vec<_> = on_their_way(transfer);
    let places = [
        ("transfer", bare(&transfer.name).to_owned()),
        ("to", bare(&transfer.destination).to_owned()),
        ("came", (transfer.items.len() - missing.len()).to_string()),
        ("tokens", transfer.items.len().to_string()),
    ];
    let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
    let say = if dry_run { Say::WouldReceive } else { Say::Received };
    tell(session, say.with(lang, &places), transfer, dry_run)?;
    if !dry_run && !missing.is_empty() {
        let more = missing.len().saturating_sub(NAMED_MAX);
        let mut serials = missing.into_iter().take(NAMED_MAX).collect::<Vec<_>>().join(", ");
        if more > 0 {
            serials.push_str(&Say::AndMore.with(lang, &[("more", &more.to_string())]));
        }
        session.printer.warn(&Say::StillOnTheWay.with(lang, &[("serials", &serials)]));
    }
    Ok(())
}

fn on_their_way(transfer: &v1::Transfer) -> Vec<&str> {
    let open = transfer.items.iter().filter(|item| item.arrival() == v1::Arrival::InTransit);
    open.map(|item| item.serial.as_str()).collect()
}

fn tell(session: &mut Session, sentence: String, transfer: &v1::Transfer, dry_run: bool) -> Outcome {
    session.printer.answer(&Answer {
        sentence,
        noun: "transfer",
        record: shapes::transfer(transfer),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
    })
}

/// `transfers`.
pub(crate) async fn transfers(session: &mut Session, args: &args::Transfers) -> Outcome {
    if let Some(name) = &args.transfer {
        let listing = session.listing("items", ITEMS, ITEMS, &args.view)?;
        return show(session, listing, name.clone()).await;
    }
    let listing = session.listing("transfers", COLUMNS, COLUMNS, &args.view)?;
    let client = session.client().await?;
    let fetch = async |page_size, page_token| {
        let request = v1::ListTransfersRequest { page_size, page_token, show_complete: args.all };
        let page = client
            .ask(request, async |channel, request| StockServiceClient::new(channel).list_transfers(request).await)
            .await?;
        Ok((page.transfers.iter().map(shapes::transfer).collect(), page.next_page_token))
    };
    session.list(listing, args.limit, fetch).await
}

async fn show(session: &mut Session, listing: Listing, name: String) -> Outcome {
    let client = session.client().await?;
    let answer = client
        .ask(v1::GetTransferRequest { name }, async |channel, request| {
            StockServiceClient::new(channel).get_transfer(request).await
        })
        .await?;
    let items: Vec<_> = held(answer.transfer)?.items.iter().map(shapes::transfer_item).collect();
    session.list(listing, None, async |_, _| Ok((items.clone(), String::new()))).await
}
