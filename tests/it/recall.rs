//! Lots that are kept from use or called back: what is lent, whose codes count, and from when on.

use tokenfleet_proto::v1::lot_service_client::LotServiceClient;
use tokenfleet_proto::v1::{self, Authenticator, Hold, LotState, Role};
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused, request_id};
use tonic::{Code, Status};

const USER: &str = "0123456789";
const OTHER_USER: &str = "1111111111";

fn device(nth: usize) -> Device {
    Device::clock(&format!("28{nth:011}"))
}

pub(crate) async fn quarantine(by: &Caller, lot: &str) -> Result<v1::Lot, Status> {
    let request = v1::QuarantineLotRequest { lot: lot.to_owned(), ..v1::QuarantineLotRequest::default() };
    Ok(LotServiceClient::new(by.door()).quarantine_lot(request).await?.into_inner().lot.unwrap())
}

pub(crate) async fn recall(by: &Caller, lot: &str) -> Result<v1::Lot, Status> {
    let request = v1::RecallLotRequest {
        lot: lot.to_owned(),
        reason: v1::LotReason::VendorNotice.into(),
        note: "notice 12".to_owned(),
        ..v1::RecallLotRequest::default()
    };
    Ok(LotServiceClient::new(by.door()).recall_lot(request).await?.into_inner().lot.unwrap())
}

pub(crate) async fn open(by: &Caller, lot: &str) -> Result<v1::Lot, Status> {
    let request = v1::OpenLotRequest { lot: lot.to_owned(), ..v1::OpenLotRequest::default() };
    Ok(LotServiceClient::new(by.door()).open_lot(request).await?.into_inner().lot.unwrap())
}

/// Stops the codes of these tokens; of all where none is named.
async fn stop(by: &Caller, lot: &str, serials: &[&str]) -> Result<(Vec<String>, bool), Status> {
    let request = v1::StopLotCodesRequest {
        lot: lot.to_owned(),
        tokens: serials.iter().map(ToString::to_string).collect(),
        all: serials.is_empty(),
        ..v1::StopLotCodesRequest::default()
    };
    let answer = LotServiceClient::new(by.door()).stop_lot_codes(request).await?.into_inner();
    Ok((answer.tokens.into_iter().map(|token| token.serial).collect(), answer.more))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_stops_lending_and_codes_at_once_and_opening_lets_them_go() {
    let fleet = Fleet::start().await;
    let [held, shelf] = [device(1), device(2)];
    let lot = fleet.stock(&[&held, &shelf]).await;
    fleet.admin.assign(&held.serial, USER).await.unwrap();
    assert_eq!(quarantine(&fleet.admin, &lot).await.unwrap().state(), LotState::Quarantined);
    let code = held.code(fleet.now());
    assert_eq!(refused(fleet.admin.verify(&held.serial, &code).await).reason, "TOKEN_ON_HOLD");
    assert_eq!(refused(fleet.admin.assign(&shelf.serial, USER).await).reason, "TOKEN_ON_HOLD");
    assert_eq!(refused(quarantine(&fleet.admin, &lot).await).reason, "LOT_WRONG_STATE");
    assert_eq!(refused(recall(&fleet.admin, &lot).await).code, "TF-2924", "else its codes would count again");
    assert_eq!(refused(fleet.admin.verify(&held.serial, &code).await).code, "TF-2020");

    assert_eq!(open(&fleet.admin, &lot).await.unwrap().state(), LotState::Open);
    fleet.admin.verify(&held.serial, &code).await.unwrap();
    assert_eq!(refused(open(&fleet.admin, &lot).await).reason, "LOT_WRONG_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_a_recalled_lot_count_until_they_are_stopped_one_by_one_or_all() {
    let fleet = Fleet::start().await;
    let devices = [1, 2, 3, 4].map(device);
    let [first, second, third, shelf] = &devices;
    let lot = fleet.stock(&devices.each_ref()).await;
    for (held, user) in [(first, USER), (second, USER), (third, OTHER_USER)] {
        fleet.admin.assign(&held.serial, user).await.unwrap();
    }
    assert_eq!(refused(stop(&fleet.admin, &lot, &[]).await).reason, "LOT_WRONG_STATE");
    assert_eq!(recall(&fleet.admin, &lot).await.unwrap().state(), LotState::Recalled);

    assert_eq!(refused(fleet.admin.assign(&shelf.serial, OTHER_USER).await).reason, "TOKEN_ON_HOLD");
    for held in [first, second, third] {
        fleet.admin.verify(&held.serial, &held.code(fleet.now())).await.unwrap();
    }
    let status = fleet.admin.status().await.unwrap();
    assert_eq!(status.tokens.values().sum::<i64>(), 3, "what is lent is counted: {status:?}");

    assert_eq!(stop(&fleet.admin, &lot, &[&first.serial]).await.unwrap(), (vec![first.serial.clone()], false));
    fleet.clock.advance(30);
    let later = fleet.now();
    let no = refused(fleet.admin.verify(&first.serial, &first.code(later)).await);
    assert_eq!(no.reason, "TOKEN_WRONG_STATE", "{no:?}");
    fleet.admin.verify(&second.serial, &second.code(later)).await.unwrap();

    let (all, more) = stop(&fleet.admin, &lot, &[]).await.unwrap();
    assert_eq!((all, more), (vec![second.serial.clone(), third.serial.clone()], false));
    for held in [first, second, third] {
        let token = fleet.admin.token(&held.serial).await.unwrap();
        assert_eq!((token.authenticator(), token.hold()), (Authenticator::Suspended, Hold::None));
    }
    // What comes back is kept.
    fleet.admin.take_back(&third.serial).await.unwrap();
    assert_eq!(fleet.admin.token(&third.serial).await.unwrap().hold(), Hold::Lot);
    assert_eq!(refused(fleet.admin.assign(&third.serial, OTHER_USER).await).reason, "TOKEN_ON_HOLD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_names_what_it_can_not_stop_and_stops_nothing() {
    let fleet = Fleet::start().await;
    let [held, shelf, other] = [device(1), device(2), device(3)];
    let lot = fleet.stock(&[&held, &shelf]).await;
    fleet.stock(&[&other]).await;
    fleet.admin.assign(&held.serial, USER).await.unwrap();
    recall(&fleet.admin, &lot).await.unwrap();
    for (serial, reason) in
        [(&shelf.serial, "TOKEN_WRONG_STATE"), (&other.serial, "NOT_OF_LOT"), (&"1".to_owned(), "TOKEN_NOT_FOUND")]
    {
        assert_eq!(refused(stop(&fleet.admin, &lot, &[&held.serial, serial]).await).reason, reason);
    }
    assert_eq!(fleet.admin.token(&held.serial).await.unwrap().authenticator(), Authenticator::Ready);
    let many = stop(&fleet.admin, &lot, &[held.serial.as_str(); 101]).await;
    assert_eq!(refused(many).code, "TF-2909");
    let nothing = v1::StopLotCodesRequest { lot: lot.clone(), ..v1::StopLotCodesRequest::default() };
    let no = refused(LotServiceClient::new(fleet.admin.door()).stop_lot_codes(nothing).await);
    assert_eq!(no.status, Code::InvalidArgument, "neither some nor all");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_stopped_some_at_a_time() {
    let fleet = Fleet::start().await;
    let devices: Vec<Device> = (1..=130).map(device).collect();
    let lot = fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    for (nth, device) in devices.iter().enumerate() {
        fleet.admin.assign(&device.serial, &format!("{:010}", 2_000_000_000 + nth)).await.unwrap();
    }
    recall(&fleet.admin, &lot).await.unwrap();
    let (first, more) = stop(&fleet.admin, &lot, &[]).await.unwrap();
    assert_eq!((first.len(), more), (100, true));
    let (rest, more) = stop(&fleet.admin, &lot, &[]).await.unwrap();
    assert_eq!((rest.len(), more), (30, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_for_some_departments_moves_no_lot_and_a_deed_is_done_once() {
    let fleet = Fleet::start().await;
    let lot = fleet.stock(&[&device(1)]).await;
    let law = fleet.operator_of("law-stock", &[Role::Stock], &["law"]).await;
    for no in
        [refused(quarantine(&law, &lot).await), refused(recall(&law, &lot).await), refused(open(&law, &lot).await)]
    {
        assert_eq!((no.status, no.reason.as_str()), (Code::PermissionDenied, "OUT_OF_SCOPE"));
    }
    assert_eq!(refused(stop(&law, &lot, &[]).await).reason, "OUT_OF_SCOPE");
    assert_eq!(refused(law.revert(&lot).await).code, "TF-2908");
    let own = law.import(&entra_file(&[&device(2)])).await.unwrap().summary.lot;
    law.revert(&own).await.unwrap();
    let lent = law.import(&entra_file(&[&device(3)])).await.unwrap().summary.lot;
    fleet.admin.assign(&device(3).serial, USER).await.unwrap();
    let no = refused(law.revert(&lent).await);
    assert!(
        no.code == "TF-2011" && !no.facts.contains_key("count"),
        "which token is lent is no business of theirs: {no:?}"
    );

    let request = v1::QuarantineLotRequest {
        lot: lot.clone(),
        reason: v1::LotReason::Faulty.into(),
        request_id: request_id(),
        ..v1::QuarantineLotRequest::default()
    };
    let mut client = LotServiceClient::new(fleet.admin.door());
    let checked = v1::QuarantineLotRequest { validate_only: true, request_id: String::new(), ..request.clone() };
    assert_eq!(client.quarantine_lot(checked).await.unwrap().into_inner().lot.unwrap().state(), LotState::Open);
    for _ in 0..2 {
        client.quarantine_lot(request.clone()).await.unwrap();
    }
    let done = fleet.admin.audit("action = \"lot.quarantine\" AND outcome = \"done\"").await.unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].details["reason"], "faulty");
}
