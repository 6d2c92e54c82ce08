//! Counting what is in a location: `stocktake start`, `scan`, `close`, `show`, `list`.

use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;

use super::scan::{Form, scan};
use super::{Session, held};
use crate::args::Stocktake;
use crate::client::Client;
use crate::failure::Outcome;
use crate::output::{Answer, Column, Listing, plain};
use crate::shapes::{self, bare, show_bare, show_counted, show_time};
use crate::words::Say;

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadStocktake, show: show_bare },
    Column { key: "location", title: Say::HeadLocation, show: show_bare },
    Column { key: "start_time", title: Say::HeadCountBegan, show: show_time },
    Column { key: "close_time", title: Say::HeadCountClosed, show: show_time },
    Column { key: "found", title: Say::HeadFound, show: plain },
    Column { key: "missing", title: Say::HeadMissing, show: plain },
    Column { key: "surplus", title: Say::HeadSurplus, show: plain },
];

const LINES: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "counted", title: Say::HeadCounted, show: show_counted },
];

/// `stocktake`.
pub(crate) async fn run(session: &mut Session, args: Stocktake) -> Outcome {
    match args {
        Stocktake::Start { location } => start(session, location).await,
        Stocktake::Scan { stocktake, serials } => scan_all(session, &stocktake, serials).await,
        Stocktake::Close { stocktake, apply, dry_run, view } => {
            let listing = session.listing("lines", LINES, LINES, &view)?;
            close(session, listing, stocktake, apply, dry_run.on).await
        }
        Stocktake::Show { stocktake, view } => {
            let listing = session.listing("lines", LINES, LINES, &view)?;
            let client = session.client().await?;
            lines(session, &client, listing, &stocktake).await
        }
        Stocktake::List { limit, view } => {
            let listing = session.listing("stocktakes", COLUMNS, COLUMNS, &view)?;
            let client = session.client().await?;
            let fetch = async |page_size, page_token| {
                let request = v1::ListStocktakesRequest { page_size, page_token };
                let page = client
                    .ask(request, async |channel, request| {
                        StockServiceClient::new(channel).list_stocktakes(request).await
                    })
                    .await?;
                Ok((page.stocktakes.iter().map(shapes::stocktake).collect(), page.next_page_token))
            };
            session.list(listing, limit, fetch).await
        }
    }
}

async fn start(session: &mut Session, location: String) -> Outcome {
    let client = session.client().await?;
    let request = v1::StartStocktakeRequest { location, request_id: session.new_request_id()? };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).start_stocktake(request).await)
        .await?;
    let stocktake = held(answer.stocktake)?;
    tell(session, Say::StocktakeBegun, &stocktake, false)?;
    let next = Say::NextScan.with(session.printer.lang, &[("stocktake", bare(&stocktake.name))]);
    session.printer.label(Say::Next, &next);
    Ok(())
}

async fn scan_all(session: &mut Session, stocktake: &str, serials: Vec<String>) -> Outcome {
    let client = session.client().await?;
    if serials.is_empty() {
        let deed = async |session: &mut Session, words: Vec<String>| {
            scan_one(session, &client, stocktake, words.concat()).await
        };
        return scan(session, Form::Target, deed).await;
    }
    session.printer.expect_many_answers();
    for serial in serials {
        scan_one(session, &client, stocktake, serial).await?;
    }
    Ok(())
}

async fn scan_one(session: &mut Session, client: &Client, stocktake: &str, serial: String) -> Outcome {
    let request = v1::ScanStocktakeRequest {
        stocktake: stocktake.to_owned(),
        token: serial.clone(),
        request_id: session.new_request_id()?,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).scan_stocktake(request).await)
        .await?;
    let lang = session.printer.lang;
    let record = shapes::stocktake_scan(&serial, answer.word(), answer.again);
    let word = show_counted(&record["counted"], lang);
    let say = if answer.again { Say::ScannedAgain } else { Say::ScannedAs };
    session.printer.answer(&Answer {
        sentence: say.with(lang, &[("serial", &serial), ("word", &word)]),
        noun: "scan",
        record,
        columns: LINES,
        beside: Vec::new(),
    })
}

/// Ends it and lists what is not as it should be; people are told the numbers besides.
async fn close(session: &mut Session, listing: Listing, stocktake: String, apply: bool, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = v1::CloseStocktakeRequest {
        stocktake: stocktake.clone(),
        apply,
        request_id: session.new_request_id()?,
        validate_only: dry_run,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).close_stocktake(request).await)
        .await?;
    let closed = held(answer.stocktake)?;
    if dry_run {
        return tell(session, Say::WouldClose, &closed, true);
    }
    let sentence = sentence(session, Say::StocktakeEnded, &closed);
    session.printer.say(&sentence);
    if closed.missing + closed.surplus == 0 {
        return session.list(listing, None, async |_, _| Ok((Vec::new(), String::new()))).await;
    }
    lines(session, &client, listing, &stocktake).await
}

async fn lines(session: &mut Session, client: &Client, listing: Listing, stocktake: &str) -> Outcome {
    let fetch = async |page_size, page_token| {
        let request = v1::ListStocktakeLinesRequest { stocktake: stocktake.to_owned(), page_size, page_token };
        let page = client
            .ask(request, async |channel, request| StockServiceClient::new(channel).list_stocktake_lines(request).await)
            .await?;
        Ok((page.lines.iter().map(shapes::stocktake_line).collect(), page.next_page_token))
    };
    session.list(listing, None, fetch).await
}

fn tell(session: &mut Session, say: Say, stocktake: &v1::Stocktake, dry_run: bool) -> Outcome {
    let sentence = sentence(session, say, stocktake);
    session.printer.answer(&Answer {
        sentence,
        noun: "stocktake",
        record: shapes::stocktake(stocktake),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
    })
}

fn sentence(session: &Session, say: Say, stocktake: &v1::Stocktake) -> String {
    let counts = [stocktake.found, stocktake.missing, stocktake.surplus].map(|count| count.to_string());
    let [found, missing, surplus] = counts.each_ref().map(String::as_str);
    let (name, location) = (bare(&stocktake.name), bare(&stocktake.location));
    let places =
        [("stocktake", name), ("location", location), ("found", found), ("missing", missing), ("surplus", surplus)];
    say.with(session.printer.lang, &places)
}
