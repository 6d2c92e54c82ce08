//! Places where tokens are kept: `location add`, `location list`.

use std::num::NonZeroU64;

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;

use super::{Session, held};
use crate::args::{Location, View};
use crate::failure::Outcome;
use crate::output::{Answer, Column, plain};
use crate::shapes::{self, bare, show_bare, show_time};
use crate::words::{Lang, Say};

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadLocation, show: show_bare },
    Column { key: "display_name_en", title: Say::HeadEnglish, show: plain },
    Column { key: "display_name_ja", title: Say::HeadJapanese, show: plain },
    Column { key: "created_by", title: Say::HeadAddedBy, show: show_bare },
    Column { key: "create_time", title: Say::HeadTime, show: show_time },
];

/// `location`.
pub(crate) async fn run(session: &mut Session, args: Location) -> Outcome {
    match args {
        Location::Add { name, en, ja } => add(session, name, en, ja).await,
        Location::List { limit, view } => list(session, limit, &view).await,
    }
}

async fn add(session: &mut Session, name: String, en: Option<String>, ja: Option<String>) -> Outcome {
    let client = session.client().await?;
    let request = v1::CreateLocationRequest {
        location_id: name,
        display_name_en: en.unwrap_or_default(),
        display_name_ja: ja.unwrap_or_default(),
        request_id: session.new_request_id()?,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).create_location(request).await)
        .await?;
    let location = held(answer.location)?;
    let title = match session.printer.lang {
        Lang::En => &location.display_name_en,
        Lang::Ja => &location.display_name_ja,
    };
    let places = [("location", bare(&location.name)), ("title", title)];
    session.printer.answer(&Answer {
        sentence: Say::LocationAdded.with(session.printer.lang, &places),
        noun: "location",
        record: shapes::location(&location),
        columns: COLUMNS,
        beside: Vec::new(),
    })
}

async fn list(session: &mut Session, limit: Option<NonZeroU64>, view: &View) -> Outcome {
    let listing = session.listing("locations", COLUMNS, COLUMNS, view)?;
    let client = session.client().await?;
    let fetch = async |page_size, page_token| {
        let request = v1::ListLocationsRequest { page_size, page_token };
        let page = client
            .ask(request, async |channel, request| StockServiceClient::new(channel).list_locations(request).await)
            .await?;
        Ok((page.locations.iter().map(shapes::location).collect(), page.next_page_token))
    };
    session.list(listing, limit, fetch).await
}
