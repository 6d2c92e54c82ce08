//! How many tokens are where: `stock`, and the next free one: `stock next`.

use std::cell::RefCell;

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;

use super::{Session, reservation};
use crate::args::{self, StockNext};
use crate::failure::Outcome;
use crate::output::{Column, plain};
use crate::shapes::{self, bare, show_bare};
use crate::words::Say;

const COLUMNS: &[Column] = &[
    Column { key: "location", title: Say::HeadLocation, show: show_bare },
    Column { key: "vendor", title: Say::HeadVendor, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "free", title: Say::HeadFree, show: plain },
    Column { key: "reserved", title: Say::HeadReserved, show: plain },
    Column { key: "in_transit", title: Say::HeadInTransit, show: plain },
    Column { key: "unusable", title: Say::HeadUnusable, show: plain },
    Column { key: "lent", title: Say::HeadLent, show: plain },
    Column { key: "lost", title: Say::HeadLost, show: plain },
    Column { key: "faulty", title: Say::HeadFaulty, show: plain },
];

/// `stock`.
pub(crate) async fn stock(session: &mut Session, args: &args::Stock) -> Outcome {
    if let Some(StockNext::Next { model, location }) = &args.next {
        return reservation::next(session, location.clone(), model.clone()).await;
    }
    let listing = session.listing("stock", COLUMNS, COLUMNS, &args.view)?;
    let client = session.client().await?;
    let low = RefCell::new(Vec::new());
    let fetch = async |page_size, page_token| {
        let request = v1::ListStockRequest {
            page_size,
            page_token,
            location: args.location.clone().unwrap_or_default(),
            model: args.model.clone().unwrap_or_default(),
        };
        let page = client
            .ask(request, async |channel, request| StockServiceClient::new(channel).list_stock(request).await)
            .await?;
        low.borrow_mut().extend(page.low);
        Ok((page.lines.iter().map(shapes::stock_line).collect(), page.next_page_token))
    };
    session.list(listing, None, fetch).await?;
    low.into_inner().iter().for_each(|low| warn(session, low));
    Ok(())
}

/// Says what fewer are free of than somebody wants.
fn warn(session: &mut Session, low: &v1::LowStock) {
    let say = if low.location.is_empty() { Say::LowInAll } else { Say::LowAt };
    let (free, least) = (low.free.to_string(), low.low_stock.to_string());
    let places = [
        ("free", free.as_str()),
        ("least", least.as_str()),
        ("vendor", low.vendor.as_str()),
        ("model", low.model.as_str()),
        ("location", bare(&low.location)),
    ];
    session.printer.warn(&say.with(session.printer.lang, &places));
}
