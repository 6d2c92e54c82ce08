//! Boxes and their seed files: what a box held is written down, the file is held against it, and its destruction is
//! confirmed at the end.

use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;
use tokenfleet_proto::v1::{
    self, DeliveryDifferenceKind, DeliveryState, DestructionMethod, Role, import_tokens_response,
};
use tokenfleet_tests::caller::{Order, chunk, header};
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused, request_id};
use tonic::{Code, Status};

const USER: &str = "0123456789";

fn devices<const N: usize>(first: u32) -> [Device; N] {
    let mut number = first;
    [(); N].map(|()| {
        number += 1;
        Device::clock(&format!("2600215704{number:03}"))
    })
}

/// What a box of these devices is expected as, under the next name of the day.
fn box_of(devices: &[&Device]) -> v1::ExpectDeliveryRequest {
    v1::ExpectDeliveryRequest {
        vendor: "contoso".to_owned(),
        model: "HardwareKey".to_owned(),
        purchase_order: "PO-4711".to_owned(),
        serials: devices.iter().map(|device| device.serial.clone()).collect(),
        new_model: true,
        ..v1::ExpectDeliveryRequest::default()
    }
}

async fn expect(by: &Caller, request: v1::ExpectDeliveryRequest) -> Result<v1::ExpectDeliveryResponse, Status> {
    Ok(LotServiceClient::new(by.door()).expect_delivery(request).await?.into_inner())
}

/// The name of the lot of a box that is expected.
async fn expected(by: &Caller, request: v1::ExpectDeliveryRequest) -> String {
    lot_of(&expect(by, request).await.unwrap().delivery.unwrap())
}

fn lot_of(delivery: &v1::Delivery) -> String {
    delivery.name.strip_suffix("/delivery").unwrap().to_owned()
}

async fn delivery(by: &Caller, lot: &str) -> v1::Delivery {
    let request = v1::GetDeliveryRequest { lot: lot.to_owned() };
    LotServiceClient::new(by.door()).get_delivery(request).await.unwrap().into_inner().delivery.unwrap()
}

async fn waited_for(by: &Caller) -> Vec<String> {
    let request = v1::ListDeliveriesRequest::default();
    let page = LotServiceClient::new(by.door()).list_deliveries(request).await.unwrap().into_inner();
    page.deliveries.iter().map(lot_of).collect()
}

async fn cancel(by: &Caller, lot: &str) -> Result<v1::Delivery, Status> {
    let request = v1::CancelDeliveryRequest { lot: lot.to_owned(), ..v1::CancelDeliveryRequest::default() };
    Ok(LotServiceClient::new(by.door()).cancel_delivery(request).await?.into_inner().delivery.unwrap())
}

/// All differences of a lot, two at a time.
async fn compare(
    by: &Caller,
    lot: &str,
) -> Result<(v1::DeliveryComparison, Vec<(DeliveryDifferenceKind, String)>), Status> {
    let mut request = v1::CompareDeliveryRequest { lot: lot.to_owned(), page_size: 2, page_token: String::new() };
    let mut all = Vec::new();
    loop {
        let page = LotServiceClient::new(by.door()).compare_delivery(request.clone()).await?.into_inner();
        all.extend(page.differences.iter().map(named));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok((page.comparison.unwrap(), all));
        }
    }
}

/// A difference by its serial, or by the kind of its tokens.
fn named(difference: &v1::DeliveryDifference) -> (DeliveryDifferenceKind, String) {
    let kind = format!("{} {} {}", difference.vendor, difference.model, difference.key_count);
    let text = if difference.serial.is_empty() { kind } else { difference.serial.clone() };
    (difference.kind(), text)
}

/// Imports a file for a lot; how it compares is told before it is refused.
async fn import(
    by: &Caller,
    file: &str,
    order: Order,
) -> (Option<v1::DeliveryComparison>, Result<v1::ImportSummary, Status>) {
    let parts = [header(&order), chunk(file.as_bytes())];
    let mut comparison = None;
    let imported = async {
        let answer = ImportServiceClient::new(by.door()).import_tokens(tokio_stream::iter(parts)).await?;
        let mut news = answer.into_inner();
        while let Some(message) = news.message().await? {
            match message.news {
                Some(import_tokens_response::News::Comparison(told)) => comparison = Some(told),
                Some(import_tokens_response::News::Summary(summary)) => return Ok(summary),
                _ => {}
            }
        }
        panic!("an import ends with a summary or a refusal")
    };
    let imported = imported.await;
    (comparison, imported)
}

fn under(lot: &str) -> Order {
    Order { lot: lot.to_owned(), ..Order::default() }
}

fn accepted(lot: &str) -> Order {
    Order { accept_difference: true, ..under(lot) }
}

/// Missing, surplus and others.
fn counts(comparison: &v1::DeliveryComparison) -> (i64, i64, i64) {
    (comparison.missing_count, comparison.surplus_count, comparison.other_count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_what_the_box_held_becomes_its_lot_and_meets_the_delivery() {
    let fleet = Fleet::start().await;
    let [first, second] = devices(1);
    let lot = expected(&fleet.admin, box_of(&[&first, &second, &first])).await;
    let waiting = delivery(&fleet.admin, &lot).await;
    assert_eq!((waiting.state(), waiting.token_count, waiting.has_serials), (DeliveryState::Expected, 2, true));
    assert_eq!(waited_for(&fleet.admin).await, std::slice::from_ref(&lot));

    let file = entra_file(&[&first, &second]);
    let (told, dry) = import(&fleet.admin, &file, Order { validate_only: true, ..under(&lot) }).await;
    assert_eq!((counts(&told.unwrap()), dry.unwrap().created), ((0, 0, 0), 2));
    assert_eq!(delivery(&fleet.admin, &lot).await, waiting, "a dry run ends no waiting");

    let (told, imported) = import(&fleet.admin, &file, under(&lot)).await;
    assert_eq!((told.unwrap().found_count, imported.unwrap().lot), (2, lot.clone()));
    let met = delivery(&fleet.admin, &lot).await;
    assert_eq!((met.state(), met.end_operator.as_str()), (DeliveryState::Met, "operators/admin"));
    assert!(waited_for(&fleet.admin).await.is_empty());
    assert_eq!(compare(&fleet.admin, &lot).await.unwrap().1, []);
    let audit = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!((audit.len(), audit[0].details["delivery"].as_str()), (1, "met"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_differs_is_refused_by_name_until_somebody_accepts_it() {
    use DeliveryDifferenceKind::{Missing, Surplus};
    let fleet = Fleet::start().await;
    let [missing, there, other] = devices(10);
    let lot = expected(&fleet.admin, box_of(&[&missing, &there])).await;
    let file = entra_file(&[&there, &other]);
    let differences = [(Missing, missing.serial.clone()), (Surplus, other.serial.clone())];
    for validate_only in [true, false] {
        let (told, no) = import(&fleet.admin, &file, Order { validate_only, ..under(&lot) }).await;
        let (told, no) = (told.unwrap(), refused(no));
        assert_eq!(
            (no.status, no.code.as_str(), no.reason.as_str()),
            (Code::FailedPrecondition, "TF-2916", "DELIVERY_DIFFERS")
        );
        assert!(no.message.contains("1 missing, 1 surplus, 0 of another"), "{no:?}");
        assert_eq!(told.differences.iter().map(named).collect::<Vec<_>>(), differences);
    }
    assert!(fleet.admin.tokens("").await.unwrap().is_empty(), "nothing of it stays");
    assert_eq!(refused(compare(&fleet.admin, &lot).await).reason, "DELIVERY_NO_FILE");

    let (_, imported) = import(&fleet.admin, &file, accepted(&lot)).await;
    assert_eq!(imported.unwrap().lot, lot);
    let ended = delivery(&fleet.admin, &lot).await;
    assert_eq!((ended.state(), ended.missing_count, ended.surplus_count), (DeliveryState::Accepted, 1, 1));
    let (comparison, named) = compare(&fleet.admin, &lot).await.unwrap();
    assert_eq!((counts(&comparison), named.as_slice()), ((1, 1, 0), differences.as_slice()));
    let audit = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    let outcomes: Vec<_> = audit.iter().map(|event| event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["DELIVERY_DIFFERS", "done"]);
    let details = ["delivery", "missing", "surplus"].map(|key| audit[1].details[key].as_str());
    assert_eq!(details, ["accepted", "1", "1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_file_came_first_the_lot_is_held_against_the_box_at_once() {
    let fleet = Fleet::start().await;
    let [first, second, third] = devices(20);
    let lot = fleet.stock(&[&first, &second]).await;
    let of_lot = |devices: &[&Device]| v1::ExpectDeliveryRequest { lot: lot.clone(), ..box_of(devices) };

    let answer = expect(&fleet.admin, of_lot(&[&first, &third])).await.unwrap();
    let told = answer.comparison.unwrap();
    assert_eq!((counts(&told), told.differences.len()), ((1, 1, 0), 2));
    assert_eq!(answer.delivery.unwrap().state(), DeliveryState::Expected, "it is kept, and waits for somebody to look");
    assert_eq!(compare(&fleet.admin, &lot).await.unwrap().1.len(), 2);

    let check = v1::ExpectDeliveryRequest { validate_only: true, ..of_lot(&[&first, &second]) };
    assert_eq!(expect(&fleet.admin, check).await.unwrap().delivery.unwrap().state(), DeliveryState::Met);
    let accepting = v1::ExpectDeliveryRequest { accept_difference: true, validate_only: true, ..of_lot(&[&first]) };
    assert_eq!(expect(&fleet.admin, accepting).await.unwrap().delivery.unwrap().state(), DeliveryState::Accepted);

    let met = expect(&fleet.admin, of_lot(&[&second, &first])).await.unwrap().delivery.unwrap();
    assert_eq!((met.state(), met.token_count), (DeliveryState::Met, 2));
    assert_eq!(refused(expect(&fleet.admin, of_lot(&[&first])).await).reason, "DELIVERY_ENDED");
    assert_eq!(refused(cancel(&fleet.admin, &lot).await).reason, "DELIVERY_ENDED");
    assert_eq!(delivery(&fleet.admin, &lot).await, met);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_was_only_counted_is_held_against_the_count_and_the_kind() {
    use DeliveryDifferenceKind::Other;
    let fleet = Fleet::start().await;
    let [first, second, third] = devices(30);
    let counted = v1::ExpectDeliveryRequest { token_count: 3, model: "OtherKey".to_owned(), ..box_of(&[]) };
    let lot = expected(&fleet.admin, counted.clone()).await;
    let (told, no) = import(&fleet.admin, &entra_file(&[&first, &second]), under(&lot)).await;
    let told = told.unwrap();
    assert_eq!((told.found_count, counts(&told)), (2, (1, 0, 2)));
    assert_eq!(told.differences.iter().map(named).collect::<Vec<_>>(), [(Other, "contoso HardwareKey 2".to_owned())]);
    assert_eq!(refused(no).reason, "DELIVERY_DIFFERS");

    let right = v1::ExpectDeliveryRequest { lot: lot.clone(), model: "hardwarekey".to_owned(), ..counted };
    expect(&fleet.admin, right).await.unwrap();
    let (_, imported) = import(&fleet.admin, &entra_file(&[&first, &second, &third]), under(&lot)).await;
    assert!(imported.unwrap().applied);
    assert_eq!(delivery(&fleet.admin, &lot).await.state(), DeliveryState::Met);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_whose_seeds_are_here_some_other_way_are_not_missing() {
    let fleet = Fleet::start().await;
    let [known, fresh, held, counted] = devices(40);
    let list = fleet.path("loans.csv");
    std::fs::write(&list, format!("serial,user id,since,manufacturer\n{},{USER},2024-04-01,Contoso\n", held.serial))
        .unwrap();
    fleet.done(&["adopt", list.to_str().unwrap()]).await;
    fleet.clock.advance(60);
    fleet.stock(&[&known]).await;
    fleet.clock.advance(60);

    // One came with an earlier file, one waits for its seed: the first is in the box, and the other with a person.
    let lot = expected(&fleet.admin, box_of(&[&known, &fresh])).await;
    let file = entra_file(&[&known, &fresh, &held]);
    let (told, imported) = import(&fleet.admin, &file, under(&lot)).await;
    let summary = imported.unwrap();
    assert_eq!((summary.created, summary.unchanged, summary.completed), (1, 1, 1));
    assert_eq!(counts(&told.unwrap()), (0, 0, 0));
    assert_eq!(counts(&compare(&fleet.admin, &lot).await.unwrap().0), (0, 0, 0), "nor is it surplus afterwards");

    // A file of tokens that are all known, and of which one is not in the box, is not what the box held.
    let lot = expected(&fleet.admin, box_of(&[&known])).await;
    let (told, refusal) = import(&fleet.admin, &entra_file(&[&known, &fresh]), under(&lot)).await;
    assert_eq!((refused(refusal).code.as_str(), counts(&told.unwrap())), ("TF-2916", (0, 1, 0)));
    let renamed = entra_file(&[&known, &fresh]).replace(",HardwareKey", ",HardwareKey 2");
    let skipped = Order { existing: v1::ExistingTokens::SkipIdentical, ..under(&lot) };
    let (told, refusal) = import(&fleet.admin, &renamed, skipped).await;
    assert_eq!((refused(refusal).code.as_str(), told.unwrap().surplus_count), ("TF-2916", 1));

    let two = v1::ExpectDeliveryRequest { token_count: 2, ..box_of(&[]) };
    let lot = expected(&fleet.admin, two).await;
    let (_, imported) = import(&fleet.admin, &entra_file(&[&known, &counted]), under(&lot)).await;
    assert!(imported.unwrap().applied);
    assert_eq!(counts(&compare(&fleet.admin, &lot).await.unwrap().0), (0, 0, 0), "as it was when it was met");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_waited_for_is_taken_by_no_other_file() {
    let fleet = Fleet::start().await;
    let [first, second] = devices(50);
    let lot = expected(&fleet.admin, box_of(&[&first])).await;
    let other = fleet.stock(&[&second]).await;
    assert!(other.ends_with("-b") && lot.ends_with("-a"), "{other} {lot}");

    let file = entra_file(&[&first]);
    let no = refused(import(&fleet.admin, &file, under("2026-11-24-z")).await.1);
    assert_eq!((no.status, no.reason.as_str()), (Code::NotFound, "DELIVERY_NOT_FOUND"));
    assert!(import(&fleet.admin, &file, under(&lot)).await.1.unwrap().applied);
    let [third] = devices(55);
    let no = refused(import(&fleet.admin, &entra_file(&[&third]), under(&lot)).await.1);
    assert_eq!((no.status, no.reason.as_str()), (Code::AlreadyExists, "LOT_EXISTS"));
    let no = refused(import(&fleet.admin, &file, accepted("")).await.1);
    assert_eq!(no.status, Code::InvalidArgument, "there is nothing that it could differ from");
    assert!(fleet.stock(&[&third]).await.ends_with("-c"), "a refused import gives the lease back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_down_is_checked_and_done_once() {
    let fleet = Fleet::start().await;
    let [first, second] = devices(60);
    let known = v1::ExpectDeliveryRequest { new_model: false, ..box_of(&[&first]) };
    let no = refused(expect(&fleet.admin, known.clone()).await);
    assert_eq!((no.status, no.reason.as_str(), no.code.as_str()), (Code::NotFound, "MODEL_NOT_FOUND", "TF-2915"));
    fleet.stock(&[&second]).await;
    let check = v1::ExpectDeliveryRequest { validate_only: true, ..known.clone() };
    expect(&fleet.admin, check).await.unwrap();
    assert!(waited_for(&fleet.admin).await.is_empty(), "a check writes nothing down");

    for wrong in [
        v1::ExpectDeliveryRequest { serials: Vec::new(), ..known.clone() },
        v1::ExpectDeliveryRequest { token_count: 1, ..known.clone() },
        v1::ExpectDeliveryRequest { serials: vec!["1".to_owned(); 10_001], ..known.clone() },
        v1::ExpectDeliveryRequest { serials: vec!["2.30753E+12".to_owned()], ..known.clone() },
        v1::ExpectDeliveryRequest { purchase_order: " ".to_owned(), ..known.clone() },
    ] {
        assert_eq!(refused(expect(&fleet.admin, wrong).await).status, Code::InvalidArgument);
    }

    let once = v1::ExpectDeliveryRequest { request_id: request_id(), ..known.clone() };
    let delivery = expect(&fleet.admin, once.clone()).await.unwrap().delivery.unwrap();
    assert_eq!(expect(&fleet.admin, once).await.unwrap().delivery.unwrap(), delivery);
    let lot = lot_of(&delivery);
    assert_eq!(waited_for(&fleet.admin).await, std::slice::from_ref(&lot));

    let stale = v1::ExpectDeliveryRequest { lot: lot.clone(), etag: "\"7\"".to_owned(), ..known.clone() };
    assert_eq!(refused(expect(&fleet.admin, stale).await).reason, "ETAG_MISMATCH");
    let changed = v1::ExpectDeliveryRequest { lot: lot.clone(), etag: delivery.etag, ..box_of(&[&first, &second]) };
    assert_eq!(expect(&fleet.admin, changed).await.unwrap().delivery.unwrap().token_count, 2);

    assert_eq!(cancel(&fleet.admin, &lot).await.unwrap().state(), DeliveryState::Cancelled);
    assert!(waited_for(&fleet.admin).await.is_empty());
    let no = refused(import(&fleet.admin, &entra_file(&[&first]), under(&lot)).await.1);
    assert!(no.reason == "DELIVERY_ENDED" && no.message.contains("cancelled"), "{no:?}");
    let again = v1::ExpectDeliveryRequest { lot: lot.clone(), ..known };
    assert_eq!(expect(&fleet.admin, again).await.unwrap().delivery.unwrap().state(), DeliveryState::Expected);
    let audit = fleet.admin.audit(&format!("subject = \"{lot}\"")).await.unwrap();
    let acts: Vec<_> = audit.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    let (wrote, refused) = (("lot.expect", "done"), ("lot.expect", "ETAG_MISMATCH"));
    assert_eq!(acts, [wrote, refused, wrote, ("lot.expect_cancel", "done"), wrote]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_without_a_file_to_compare_is_refused_by_name() {
    let fleet = Fleet::start().await;
    let [first] = devices(70);
    let lot = fleet.stock(&[&first]).await;
    fleet.admin.revert(&lot).await.unwrap();
    let of_lot = v1::ExpectDeliveryRequest { lot, ..box_of(&[&first]) };
    assert_eq!(refused(expect(&fleet.admin, of_lot).await).reason, "LOT_WRONG_STATE");
    fleet.clock.advance(60);
    let list = fleet.path("loans.csv");
    std::fs::write(&list, format!("serial,user id,since\n{},{USER},2024-04-01\n", first.serial)).unwrap();
    fleet.done(&["adopt", list.to_str().unwrap()]).await;
    let adopted = fleet.admin.lots().await.unwrap().remove(0);
    let of_list = v1::ExpectDeliveryRequest { lot: adopted.name.clone(), ..box_of(&[&first]) };
    assert_eq!(refused(expect(&fleet.admin, of_list).await).code, "TF-2920");
    let no = refused(confirm(&fleet.admin, destroyed(&adopted)).await);
    assert_eq!(no.code, "TF-2920", "a list of loans holds no seeds");
}

fn destroyed(lot: &v1::Lot) -> v1::ConfirmDestructionRequest {
    v1::ConfirmDestructionRequest {
        lot: lot.name.clone(),
        file_sha256: lot.file_sha256.to_uppercase(),
        method: DestructionMethod::MediaDestroyed.into(),
        destroyed_by: "records office".to_owned(),
        note: "ticket 4711".to_owned(),
        ..v1::ConfirmDestructionRequest::default()
    }
}

async fn confirm(by: &Caller, request: v1::ConfirmDestructionRequest) -> Result<v1::Lot, Status> {
    Ok(LotServiceClient::new(by.door()).confirm_destruction(request).await?.into_inner().lot.unwrap())
}

async fn undestroyed(by: &Caller) -> Vec<String> {
    let request = v1::ListLotsRequest { undestroyed: true, ..v1::ListLotsRequest::default() };
    let page = ImportServiceClient::new(by.door()).list_lots(request).await.unwrap().into_inner();
    page.lots.into_iter().map(|lot| lot.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_destruction_of_a_seed_file_is_confirmed_once_and_only_of_the_file_that_was_imported() {
    let fleet = Fleet::start().await;
    let [first, second] = devices(80);
    let one = fleet.stock(&[&first]).await;
    fleet.clock.advance(60);
    let other = fleet.stock(&[&second]).await;
    assert_eq!(undestroyed(&fleet.admin).await, [other.clone(), one.clone()]);
    let lots = fleet.admin.lots().await.unwrap();
    let lot = lots.iter().find(|lot| lot.name == one).unwrap();

    let of_another = v1::ConfirmDestructionRequest { file_sha256: lots[0].file_sha256.clone(), ..destroyed(lot) };
    let no = refused(confirm(&fleet.admin, of_another).await);
    assert!(no.code == "TF-2918" && no.message.contains(&lots[0].file_sha256), "{no:?}");
    let no_digest = v1::ConfirmDestructionRequest { file_sha256: "abc".to_owned(), ..destroyed(lot) };
    assert_eq!(refused(confirm(&fleet.admin, no_digest).await).code, "TF-2922");
    let unsaid = v1::ConfirmDestructionRequest { method: 0, ..destroyed(lot) };
    assert_eq!(refused(confirm(&fleet.admin, unsaid).await).status, Code::InvalidArgument);
    for days in [-1, 1] {
        let at = fleet.now() + chrono::TimeDelta::days(days);
        let destroy_time = Some(prost_types::Timestamp { seconds: at.timestamp(), nanos: 0 });
        let no = refused(confirm(&fleet.admin, v1::ConfirmDestructionRequest { destroy_time, ..destroyed(lot) }).await);
        assert_eq!(no.code, "TF-2921");
    }
    let check = v1::ConfirmDestructionRequest { validate_only: true, ..destroyed(lot) };
    assert!(confirm(&fleet.admin, check).await.unwrap().source_destruction.is_some());
    assert_eq!(undestroyed(&fleet.admin).await.len(), 2, "a check confirms nothing");

    let once = v1::ConfirmDestructionRequest { request_id: request_id(), ..destroyed(lot) };
    let confirmed = confirm(&fleet.admin, once.clone()).await.unwrap();
    assert_eq!(confirm(&fleet.admin, once).await.unwrap(), confirmed);
    let destruction = confirmed.source_destruction.unwrap();
    assert_eq!(destruction.method(), DestructionMethod::MediaDestroyed);
    assert_eq!(
        (destruction.destroyed_by.as_str(), destruction.confirm_operator.as_str()),
        ("records office", "operators/admin")
    );
    assert_eq!(undestroyed(&fleet.admin).await, [other]);
    let no = refused(confirm(&fleet.admin, destroyed(lot)).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::AlreadyExists, "SOURCE_DESTROYED"));
    let audit = fleet.admin.audit("action = \"lot.destroyed\" AND outcome = \"done\"").await.unwrap();
    let details = ["file_sha256", "method", "by", "note"].map(|key| audit[0].details[key].as_str());
    assert_eq!(details, [lot.file_sha256.as_str(), "media_destroyed", "records office", "ticket 4711"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_see_lots_sees_what_their_boxes_held_and_only_stock_writes_it_down() {
    let fleet = Fleet::start().await;
    let [first] = devices(90);
    let stock = fleet.operator("stock", &[Role::Stock]).await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let lot = expected(&stock, box_of(&[&first])).await;
    assert_eq!(delivery(&desk, &lot).await.enter_operator, "operators/stock");
    assert_eq!(refused(expect(&desk, box_of(&[&first])).await).reason, "ROLE_MISSING");
    assert_eq!(refused(cancel(&desk, &lot).await).reason, "ROLE_MISSING");
}
