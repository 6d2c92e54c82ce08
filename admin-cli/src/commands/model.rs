//! Models and what is known of them: `model set`, `model list`.

use std::num::NonZeroU64;

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;

use super::{Session, held};
use crate::args::{Model, ModelSet, View};
use crate::failure::Outcome;
use crate::output::{Answer, Column, plain};
use crate::shapes::{self, show_levels};
use crate::words::Say;

const COLUMNS: &[Column] = &[
    Column { key: "vendor", title: Say::HeadVendor, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "type", title: Say::HeadType, show: plain },
    Column { key: "digits", title: Say::HeadDigits, show: plain },
    Column { key: "period", title: Say::HeadPeriod, show: plain },
    Column { key: "algorithm", title: Say::HeadAlgorithm, show: plain },
    Column { key: "battery_years", title: Say::HeadBatteryYears, show: plain },
    Column { key: "drift_ppm", title: Say::HeadDriftPpm, show: plain },
    Column { key: "levels", title: Say::HeadLevels, show: show_levels },
];

/// `model`.
pub(crate) async fn run(session: &mut Session, args: Model) -> Outcome {
    match args {
        Model::Set(set_this) => set(session, set_this).await,
        Model::List { limit, view } => list(session, limit, &view).await,
    }
}

async fn set(session: &mut Session, args: ModelSet) -> Outcome {
    let client = session.client().await?;
    let request = v1::UpdateModelRequest {
        vendor: args.vendor,
        model: args.model,
        battery_years: args.battery_years,
        drift_ppm: args.drift_ppm,
        low_stock: args.low_stock,
        location: args.location.unwrap_or_default(),
        request_id: session.new_request_id()?,
    };
    let answer = client
        .ask(request, async |channel, request| StockServiceClient::new(channel).update_model(request).await)
        .await?;
    let model = held(answer.model)?;
    let places = [("vendor", model.vendor.as_str()), ("model", model.model.as_str())];
    session.printer.answer(&Answer {
        sentence: Say::ModelSaid.with(session.printer.lang, &places),
        noun: "model",
        record: shapes::model(&model),
        columns: COLUMNS,
        beside: Vec::new(),
    })
}

async fn list(session: &mut Session, limit: Option<NonZeroU64>, view: &View) -> Outcome {
    let listing = session.listing("models", COLUMNS, COLUMNS, view)?;
    let client = session.client().await?;
    let fetch = async |page_size, page_token| {
        let request = v1::ListModelsRequest { page_size, page_token };
        let page = client
            .ask(request, async |channel, request| StockServiceClient::new(channel).list_models(request).await)
            .await?;
        Ok((page.models.iter().map(shapes::model).collect(), page.next_page_token))
    };
    session.list(listing, limit, fetch).await
}
