//! Deliveries and the end of seed files, as LotService speaks of them: reading orders, showing what came of them.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::delivery::{Comparison, Delivery, DeliveryState, Difference, SERIALS_MAX};
use tokenfleet_domain::lot::{Destruction, DestructionMethod, LotName};
use tokenfleet_domain::reject::Rejection;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::{
    CancelDeliveryRequest, CompareDeliveryRequest, CompareDeliveryResponse, ConfirmDestructionRequest,
    ExpectDeliveryRequest, ExpectDeliveryResponse, ListDeliveriesRequest, ListDeliveriesResponse,
};

use crate::app::lot::{CancelDelivery, ConfirmDestruction, Contents, ExpectDelivery};
use crate::app::{Answer, App};
use crate::grpc::convert::{self, NAME_MAX, NOTE_MAX};
use crate::grpc::import;
use crate::identity::Caller;

/// Differences that are told beside another answer; all of them are told page by page.
const NAMED_BESIDE: usize = 1_000;

pub(super) async fn expect(
    app: &App,
    caller: &Caller,
    message: ExpectDeliveryRequest,
) -> Answer<ExpectDeliveryResponse> {
    let call = convert::call(caller, &message.request_id)?;
    let order = ExpectDelivery {
        lot: convert::optional("lot", &message.lot)?,
        vendor: convert::field("vendor", &message.vendor)?,
        model: required("model", &message.model)?,
        order: required("purchase_order", &message.purchase_order)?,
        contents: contents(&message)?,
        new_model: message.new_model,
        accept_difference: message.accept_difference,
        etag: convert::etag(message.etag),
        validate_only: message.validate_only,
    };
    let compared = app.delivery_expect(call, order).await?;
    let lot = &compared.delivery.lot;
    Ok(ExpectDeliveryResponse {
        delivery: Some(delivery(&compared.delivery)),
        comparison: compared.comparison.as_ref().map(|comparison| with_differences(lot, comparison)),
    })
}

pub(super) async fn list(app: &App, message: ListDeliveriesRequest) -> Answer<ListDeliveriesResponse> {
    let page = app.delivery_list(convert::page(message.page_size, message.page_token)).await?;
    Ok(ListDeliveriesResponse {
        deliveries: page.items.iter().map(delivery).collect(),
        next_page_token: page.next.unwrap_or_default(),
    })
}

pub(super) async fn cancel(app: &App, caller: &Caller, message: CancelDeliveryRequest) -> Answer<v1::Delivery> {
    let call = convert::call(caller, &message.request_id)?;
    let order = CancelDelivery {
        lot: convert::field("lot", &message.lot)?,
        etag: convert::etag(message.etag),
        validate_only: message.validate_only,
    };
    app.delivery_cancel(call, order).await.map(|cancelled| delivery(&cancelled))
}

pub(super) async fn compare(app: &App, message: CompareDeliveryRequest) -> Answer<CompareDeliveryResponse> {
    let name: LotName = convert::field("lot", &message.lot)?;
    let page = convert::page(message.page_size, message.page_token);
    let (held, compared, page) = app.delivery_compare(name, page).await?;
    Ok(CompareDeliveryResponse {
        delivery: Some(delivery(&held)),
        comparison: Some(comparison(&held.lot, &compared)),
        differences: page.items.iter().map(difference).collect(),
        next_page_token: page.next.unwrap_or_default(),
    })
}

pub(super) async fn confirm(app: &App, caller: &Caller, message: ConfirmDestructionRequest) -> Answer<v1::Lot> {
    let call = convert::call(caller, &message.request_id)?;
    let order = ConfirmDestruction {
        lot: convert::field("lot", &message.lot)?,
        file: convert::field("file_sha256", &message.file_sha256)?,
        method: method(message.method)?,
        by: convert::text("destroyed_by", &message.destroyed_by, NAME_MAX)?,
        at: message.destroy_time.as_ref().map(|at| convert::moment("destroy_time", at)).transpose()?,
        note: convert::text("note", &message.note, NOTE_MAX)?,
        validate_only: message.validate_only,
    };
    app.lot_destroyed(call, order).await.map(|lot| import::lot(&lot))
}

fn required(name: &'static str, text: &str) -> Answer<String> {
    let text = convert::text(name, text, NAME_MAX)?;
    if text.is_empty() { Err(convert::missing(name)) } else { Ok(text) }
}

/// What a box held: a count or serials, not both.
fn contents(message: &ExpectDeliveryRequest) -> Answer<Contents> {
    match (message.token_count, message.serials.as_slice()) {
        (count, []) => Ok(Contents::Counted(count)),
        (0, serials) if serials.len() <= SERIALS_MAX => {
            serials.iter().map(|serial| convert::field("serials", serial)).collect::<Answer<_>>().map(Contents::Scanned)
        }
        (0, _) => {
            let no = Rejection::from(Reason::DeliveryTooMany).with("limit", SERIALS_MAX.to_string());
            Err(no.in_field("serials"))
        }
        _ => Err(Rejection::from(Reason::DeliveryContents).in_field("serials")),
    }
}

fn method(method: i32) -> Answer<DestructionMethod> {
    let bad = || convert::unknown("method", "deleted, overwritten, media-destroyed, key-destroyed, other");
    Ok(match v1::DestructionMethod::try_from(method).map_err(|_| bad())? {
        v1::DestructionMethod::Unspecified => return Err(convert::missing("method")),
        v1::DestructionMethod::Deleted => DestructionMethod::Deleted,
        v1::DestructionMethod::Overwritten => DestructionMethod::Overwritten,
        v1::DestructionMethod::MediaDestroyed => DestructionMethod::MediaDestroyed,
        v1::DestructionMethod::KeyDestroyed => DestructionMethod::KeyDestroyed,
        v1::DestructionMethod::Other => DestructionMethod::Other,
    })
}

pub(super) fn destruction(destruction: &Destruction) -> v1::SourceDestruction {
    v1::SourceDestruction {
        method: match destruction.method {
            DestructionMethod::Deleted => v1::DestructionMethod::Deleted,
            DestructionMethod::Overwritten => v1::DestructionMethod::Overwritten,
            DestructionMethod::MediaDestroyed => v1::DestructionMethod::MediaDestroyed,
            DestructionMethod::KeyDestroyed => v1::DestructionMethod::KeyDestroyed,
            DestructionMethod::Other => v1::DestructionMethod::Other,
        }
        .into(),
        destroyed_by: destruction.by.clone(),
        destroy_time: Some(convert::time(destruction.at)),
        note: destruction.note.clone(),
        confirm_operator: format!("operators/{}", destruction.confirmed_by),
        confirm_time: Some(convert::time(destruction.confirmed_at)),
    }
}

pub(super) fn delivery(delivery: &Delivery) -> v1::Delivery {
    let end = delivery.end.as_ref();
    let differs = end.map(|end| end.differs).unwrap_or_default();
    v1::Delivery {
        name: format!("lots/{}/delivery", delivery.lot),
        vendor: delivery.vendor.to_string(),
        model: delivery.model.clone(),
        purchase_order: delivery.order.clone(),
        state: match delivery.state {
            DeliveryState::Expected => v1::DeliveryState::Expected,
            DeliveryState::Met => v1::DeliveryState::Met,
            DeliveryState::Accepted => v1::DeliveryState::Accepted,
            DeliveryState::Cancelled => v1::DeliveryState::Cancelled,
        }
        .into(),
        token_count: delivery.tokens,
        has_serials: delivery.has_serials,
        enter_time: Some(convert::time(delivery.entered_at)),
        enter_operator: format!("operators/{}", delivery.entered_by),
        end_time: end.map(|end| convert::time(end.at)),
        end_operator: end.map(|end| format!("operators/{}", end.by)).unwrap_or_default(),
        missing_count: differs.missing,
        surplus_count: differs.surplus,
        other_count: differs.others,
        etag: delivery.etag(),
    }
}

/// How a lot compares, with the first of the differences.
pub(super) fn with_differences(lot: &LotName, compared: &Comparison) -> v1::DeliveryComparison {
    let differences = compared.differences.iter().take(NAMED_BESIDE).map(difference).collect();
    v1::DeliveryComparison { differences, ..comparison(lot, compared) }
}

fn comparison(lot: &LotName, compared: &Comparison) -> v1::DeliveryComparison {
    v1::DeliveryComparison {
        lot: format!("lots/{lot}"),
        expected_count: compared.expected,
        found_count: compared.found,
        missing_count: compared.differs.missing,
        surplus_count: compared.differs.surplus,
        other_count: compared.differs.others,
        differences: Vec::new(),
    }
}

fn difference(difference: &Difference) -> v1::DeliveryDifference {
    let of_kind = |kind: v1::DeliveryDifferenceKind| v1::DeliveryDifference { kind: kind.into(), ..<_>::default() };
    match difference {
        Difference::Missing(serial) => {
            v1::DeliveryDifference { serial: serial.shown().to_owned(), ..of_kind(v1::DeliveryDifferenceKind::Missing) }
        }
        Difference::Surplus(serial) => {
            v1::DeliveryDifference { serial: serial.shown().to_owned(), ..of_kind(v1::DeliveryDifferenceKind::Surplus) }
        }
        Difference::Other { vendor, model, tokens } => v1::DeliveryDifference {
            vendor: vendor.to_string(),
            model: model.clone(),
            key_count: *tokens,
            ..of_kind(v1::DeliveryDifferenceKind::Other)
        },
    }
}
