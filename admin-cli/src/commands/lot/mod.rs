//! Lots: `lot list`, `lot show`, `lot expect`, `lot compare`, `lot destroyed`, `lot prove`, `lot quarantine`, `lot recall`,
//! `lot open`, `lot revert`.

mod delivery;
mod destroyed;
pub(super) mod difference;
mod prove;
mod states;

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;

use super::{Session, held};
use crate::args::Lot;
use crate::client::Client;
use crate::failure::Outcome;
use crate::output::{Answer, Column, Format, plain};
use crate::shapes::{self, bare, show_bare, show_lot_state, show_time};
use crate::words::{Lang, Say};

use delivery::show_delivery;
use destroyed::{show_destruction, show_seed_file};

const CARD: &[Column] = &[
    Column { key: "name", title: Say::HeadLot, show: show_bare },
    Column { key: "state", title: Say::HeadState, show: show_lot_state },
    Column { key: "tokens", title: Say::HeadTokens, show: plain },
    Column { key: "file_name", title: Say::HeadFile, show: plain },
    Column { key: "format", title: Say::HeadFormat, show: plain },
    Column { key: "secret_encoding", title: Say::HeadEncoding, show: plain },
    Column { key: "imported_by", title: Say::HeadImportedBy, show: show_bare },
    Column { key: "create_time", title: Say::HeadTime, show: show_time },
    Column { key: "seed_file", title: Say::HeadSeedFile, show: show_seed_file },
    Column { key: "file_sha256", title: Say::HeadDigest, show: plain },
    Column { key: "source_destruction", title: Say::HeadDestroyed, show: show_destruction },
    Column { key: "delivery", title: Say::HeadDelivery, show: show_delivery },
    Column { key: "possible_encodings", title: Say::HeadPossible, show: show_words },
    Column { key: "proofs", title: Say::HeadProofs, show: show_proofs },
];

/// A list has room for less.
const COLUMNS: &[Column] = CARD.split_at(CARD.len() - 5).0;

/// Proofs of a lot that are shown with it.
const PROOFS_SHOWN: i32 = 20;

/// `lot`.
pub(crate) async fn run(session: &mut Session, args: Lot) -> Outcome {
    match args {
        Lot::List { expected: true, undestroyed: _, limit, view } => delivery::list(session, limit, &view).await,
        Lot::List { undestroyed, expected: false, limit, view } => {
            let listing = session.listing("lots", COLUMNS, COLUMNS, &view)?;
            let (format, lang) = (session.printer.format(), session.printer.lang);
            let client = session.client().await?;
            let fetch = async |page_size, page_token| {
                let request = v1::ListLotsRequest { page_size, page_token, undestroyed };
                let page = client
                    .ask(request, async |channel, request| ImportServiceClient::new(channel).list_lots(request).await)
                    .await?;
                Ok((page.lots.iter().map(|lot| shown(lot, format, lang)).collect(), page.next_page_token))
            };
            session.list(listing, limit, fetch).await
        }
        Lot::Show { lot } => show(session, lot).await,
        Lot::Expect(args) => delivery::expect(session, args).await,
        Lot::Compare { lot, limit, view } => delivery::compare(session, lot, limit, &view).await,
        Lot::Destroyed(args) => destroyed::confirm(session, args).await,
        Lot::Prove { lot, serial, codes, note, dry_run } => {
            prove::prove(session, lot, serial, codes, note.unwrap_or_default(), dry_run.on).await
        }
        Lot::Quarantine { why, confirm, dry_run } => {
            if !dry_run.on {
                session.confirm(&why.lot, &confirm, Say::ConfirmQuarantine).await?;
            }
            states::quarantine(session, why, dry_run.on).await
        }
        Lot::Open { why, dry_run } => states::open(session, why, dry_run.on).await,
        Lot::Recall { why, stop, stop_all, confirm, limit, view, dry_run } => {
            if stop_all && !dry_run.on {
                session.confirm(&why.lot, &confirm, Say::ConfirmQuarantine).await?;
            }
            if stop_all || !stop.is_empty() {
                return states::stop(session, why, stop, &view, dry_run.on).await;
            }
            states::recall(session, why, limit, &view, dry_run.on).await
        }
        Lot::Revert { lot, confirm, dry_run } => {
            if !dry_run.on {
                session.confirm(&lot, &confirm, Say::ConfirmRevert).await?;
            }
            revert(session, lot, dry_run.on).await
        }
    }
}

/// A lot with its delivery and its proofs; the delivery alone where its file has not come.
async fn show(session: &mut Session, name: String) -> Outcome {
    let client = session.client().await?;
    let delivery = delivery::get(&client, name.clone()).await?;
    let lot = match (get(&client, name).await, &delivery) {
        (Ok(lot), _) => lot,
        (Err(failure), Some(delivery)) if failure.reason() == "LOT_NOT_FOUND" => {
            return session.printer.card("delivery", delivery::DELIVERY, &delivery::shape(delivery));
        }
        (Err(failure), _) => return Err(failure),
    };
    let mut record = shown(&lot, session.printer.format(), session.printer.lang);
    record["delivery"] = delivery.as_ref().map_or(Value::Null, delivery::shape);
    record["proofs"] = proofs(&client, lot.name).await?;
    session.printer.card("lot", CARD, &record)
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

async fn get(client: &Client, name: String) -> Outcome<v1::Lot> {
    let request = v1::GetLotRequest { name };
    let answer =
        client.ask(request, async |channel, request| ImportServiceClient::new(channel).get_lot(request).await).await?;
    held(answer.lot)
}

/// A lot as it is shown. To people the way in which it was read for now is none before it was proven.
fn shown(lot: &v1::Lot, format: Format, lang: Lang) -> Value {
    let mut record = shapes::lot(lot);
    if format == Format::Table && !lot.possible_encodings.is_empty() {
        let encodings = show_words(&record["possible_encodings"], lang);
        record["secret_encoding"] = json!(Say::EncodingOpen.with(lang, &[("encodings", &encodings)]));
    }
    record
}

/// The newest proofs of a lot.
async fn proofs(client: &Client, lot: String) -> Outcome<Value> {
    let request = v1::ListLotProofsRequest { lot, page_size: PROOFS_SHOWN, page_token: String::new() };
    let page = client
        .ask(request, async |channel, request| LotServiceClient::new(channel).list_lot_proofs(request).await)
        .await?;
    Ok(page.proofs.iter().map(shapes::lot_proof).collect())
}

/// Words of a list, for people.
fn show_words(value: &Value, lang: Lang) -> String {
    let words: Vec<_> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words.join(Say::Comma.plain(lang))
}

/// With which token a lot was proven, when and by whom, for people.
fn show_proofs(value: &Value, lang: Lang) -> String {
    let one = |proof: &Value| {
        let (time, operator) = (show_time(&proof["prove_time"], lang), show_bare(&proof["prove_operator"], lang));
        let serial = proof["serial"].as_str().unwrap_or_default();
        Say::ProofBy.with(lang, &[("serial", serial), ("time", &time), ("operator", &operator)])
    };
    let proofs: Vec<_> = value.as_array().into_iter().flatten().map(one).collect();
    proofs.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_lot_that_is_not_proven_people_see_that_its_reading_is_open_and_programs_see_both() {
        let possible = [v1::SecretEncoding::Hex, v1::SecretEncoding::Base32].map(i32::from).to_vec();
        let open = v1::Lot { secret_encoding: "hex".to_owned(), possible_encodings: possible, ..v1::Lot::default() };
        let encoding = |lot: &v1::Lot, format, lang| shown(lot, format, lang)["secret_encoding"].clone();
        assert_eq!(encoding(&open, Format::Table, Lang::En), "hex, base32 (unproven)");
        assert_eq!(encoding(&open, Format::Table, Lang::Ja), "hex，base32（未確認）");
        assert_eq!(encoding(&open, Format::Json, Lang::En), "hex");
        let proven = v1::Lot { possible_encodings: Vec::new(), ..open };
        assert_eq!(encoding(&proven, Format::Table, Lang::En), "hex");
    }
}
