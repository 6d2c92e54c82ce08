//! Lots: `lot list`, `lot show`, `lot revert`.

use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;

use super::{Session, held};
use crate::args::Lot;
use crate::failure::Outcome;
use crate::output::{Answer, Column, plain};
use crate::shapes::{self, bare, show_bare, show_lot_state, show_time};
use crate::words::Say;

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadLot, show: show_bare },
    Column { key: "state", title: Say::HeadState, show: show_lot_state },
    Column { key: "tokens", title: Say::HeadTokens, show: plain },
    Column { key: "file_name", title: Say::HeadFile, show: plain },
    Column { key: "format", title: Say::HeadFormat, show: plain },
    Column { key: "secret_encoding", title: Say::HeadEncoding, show: plain },
    Column { key: "imported_by", title: Say::HeadImportedBy, show: show_bare },
    Column { key: "create_time", title: Say::HeadTime, show: show_time },
];

/// `lot`.
pub(crate) async fn run(session: &mut Session, args: Lot) -> Outcome {
    match args {
        Lot::List { limit, view } => {
            let listing = session.listing("lots", COLUMNS, COLUMNS, &view)?;
            let client = session.client().await?;
            let fetch = async |page_size, page_token| {
                let request = v1::ListLotsRequest { page_size, page_token };
                let page = client
                    .ask(request, async |channel, request| ImportServiceClient::new(channel).list_lots(request).await)
                    .await?;
                Ok((page.lots.iter().map(shapes::lot).collect(), page.next_page_token))
            };
            session.list(listing, limit, fetch).await
        }
        Lot::Show { lot } => {
            let client = session.client().await?;
            let request = v1::GetLotRequest { name: lot };
            let answer = client
                .ask(request, async |channel, request| ImportServiceClient::new(channel).get_lot(request).await)
                .await?;
            session.printer.card("lot", COLUMNS, &shapes::lot(&held(answer.lot)?))
        }
        Lot::Revert { lot, confirm, dry_run } => {
            if !dry_run.on {
                session.confirm(&lot, &confirm, Say::ConfirmRevert).await?;
            }
            revert(session, lot, dry_run.on).await
        }
    }
}

async fn revert(session: &mut Session, name: String, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = v1::RevertLotRequest { name, request_id: session.new_request_id()?, validate_only: dry_run };
    let answer = client
        .ask(request, async |channel, request| ImportServiceClient::new(channel).revert_lot(request).await)
        .await?;
    let lot = held(answer.lot)?;
    let say = if dry_run { Say::WouldRevert } else { Say::LotReverted };
    let places = [("lot", bare(&lot.name)), ("tokens", &lot.tokens.to_string())];
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &places),
        noun: "lot",
        record: shapes::lot(&lot),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
    })
}
