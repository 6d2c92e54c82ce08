//! A fleet whose owner wants a code at the counter: no token goes over it, in either direction, that has shown none.

use tokenfleet_proto::v1::{self, ReturnReason, return_token_request};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Device, Fleet, refused};

const USER: &str = "0123456789";
const OTHER: &str = "0123456780";

/// A fleet with such a policy, and tokens in stock whose serials differ in more than one digit.
async fn strict(count: usize) -> (Fleet, Vec<Device>) {
    let mut fleet = Fleet::start().await;
    fleet.config.settings.policy.proof_at_assign = true;
    fleet.config.settings.policy.proof_at_return = true;
    fleet.restart().await;
    let devices: Vec<_> = (0..count).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    (fleet, devices)
}

fn handing_in(device: &Device, codes: &[String]) -> v1::ReturnTokenRequest {
    v1::ReturnTokenRequest {
        target: Some(return_token_request::Target::Token(device.serial.clone())),
        leaves_none: true,
        codes: codes.to_vec(),
        ..v1::ReturnTokenRequest::default()
    }
}

/// Lends it with the code it shows.
async fn lend(fleet: &Fleet, device: &Device, user: &str) {
    let codes = vec![device.code(fleet.now())];
    fleet.admin.assign_as(v1::AssignTokenRequest { codes, ..assignment(&device.serial, user) }).await.unwrap();
    fleet.clock.advance(3600);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lent_without_a_code_by_whatever_call() {
    let (fleet, devices) = strict(3).await;
    for validate_only in [true, false] {
        let request = v1::AssignTokenRequest { validate_only, ..assignment(&devices[0].serial, USER) };
        let no = refused(fleet.admin.assign_as(request).await);
        assert_eq!((no.reason.as_str(), no.code.as_str()), ("PROOF_REQUIRED", "TF-2117"));
        assert!(no.hint.contains("--code <code>"), "{no:?}");
    }
    let requests = vec![assignment(&devices[0].serial, USER)];
    let batch = v1::BatchAssignTokensRequest { requests, ..v1::BatchAssignTokensRequest::default() };
    let answer = fleet.admin.lending().batch_assign_tokens(batch).await.unwrap().into_inner();
    assert_eq!(answer.refusals[0].reason, "PROOF_REQUIRED");

    lend(&fleet, &devices[0], USER).await;
    let unproven = v1::ReplaceTokenRequest {
        old: Some(v1::replace_token_request::Old::Token(devices[0].serial.clone())),
        new_token: devices[1].serial.clone(),
        ..v1::ReplaceTokenRequest::default()
    };
    assert_eq!(refused(fleet.admin.lending().replace_token(unproven.clone()).await).reason, "PROOF_REQUIRED");
    let proven = v1::ReplaceTokenRequest { codes: vec![devices[1].code(fleet.now())], ..unproven };
    fleet.admin.lending().replace_token(proven).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_works_comes_back_without_a_code() {
    let (fleet, devices) = strict(3).await;
    for device in &devices {
        lend(&fleet, device, USER).await;
    }
    let no = refused(fleet.admin.take_back_as(handing_in(&devices[0], &[])).await);
    assert_eq!((no.reason.as_str(), no.code.as_str()), ("PROOF_REQUIRED", "TF-2118"));
    let checked = v1::ReturnTokenRequest { validate_only: true, ..handing_in(&devices[0], &[]) };
    assert_eq!(refused(fleet.admin.take_back_as(checked).await).reason, "PROOF_REQUIRED");
    let code = devices[0].code(fleet.now());
    let back = fleet.admin.take_back_as(handing_in(&devices[0], &[code])).await.unwrap();
    assert_eq!((back.token.unwrap().custody(), back.returned_by.as_str()), (v1::Custody::InStock, USER));
    assert_eq!(back.verdict.unwrap().offset_seconds, 0);
    for (device, reason) in devices[1..].iter().zip([ReturnReason::Faulty, ReturnReason::Battery]) {
        let dead = v1::ReturnTokenRequest { reason: reason.into(), ..handing_in(device, &[]) };
        let back = fleet.admin.take_back_as(dead).await.unwrap();
        assert_eq!(back.token.unwrap().custody(), v1::Custody::Faulty, "it shows no code any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_another_device_are_refused_and_charged_and_a_code_counts_once() {
    let fleet = Fleet::start().await;
    let devices = ["2600215704919", "2600215709123"].map(Device::clock);
    fleet.stock(&devices.each_ref()).await;
    let [lent, other] = &devices;
    fleet.admin.assign(&lent.serial, USER).await.unwrap();
    fleet.admin.assign(&other.serial, OTHER).await.unwrap();
    fleet.clock.advance(3600);
    let used = lent.code(fleet.now());
    fleet.admin.verify(&lent.serial, &used).await.unwrap();
    let before = fleet.admin.token(&lent.serial).await.unwrap();
    assert_eq!(refused(fleet.admin.take_back_as(handing_in(lent, &[used])).await).reason, "CODE_REPLAYED");
    fleet.clock.advance(60);
    let wrong = other.code(fleet.now());
    for _ in 0..4 {
        let no = refused(fleet.admin.take_back_as(handing_in(lent, std::slice::from_ref(&wrong))).await);
        assert_eq!(no.reason, "CODE_WRONG");
    }
    assert_eq!(fleet.admin.token(&lent.serial).await.unwrap(), before, "it is lent as it was");
    let right = handing_in(lent, &[lent.code(fleet.now())]);
    assert_eq!(refused(fleet.admin.take_back_as(right.clone()).await).reason, "RATE_LIMITED", "five looks an hour");
    let short = handing_in(lent, &["1234567".to_owned()]);
    assert_eq!(refused(fleet.admin.take_back_as(short).await).reason, "FIELD_INVALID");
    fleet.clock.advance(3600);

    let codes = lent.codes(fleet.now(), 2);
    let id = "00000000-0000-4000-8000-000000000001".to_owned();
    let proven = v1::ReturnTokenRequest { request_id: id, ..handing_in(lent, &codes) };
    let back = fleet.admin.take_back_as(proven.clone()).await.unwrap();
    assert!(back.verdict.is_some());
    assert_eq!(fleet.admin.take_back_as(proven).await.unwrap(), back, "the same request again");
    let again = v1::AssignTokenRequest { codes: vec![codes[1].clone()], ..assignment(&lent.serial, USER) };
    assert_eq!(refused(fleet.admin.assign_as(again).await).reason, "CODE_REPLAYED", "one code counts once");
    let events = fleet.admin.audit("action = \"token.return\" AND outcome = \"done\"").await.unwrap();
    assert_eq!((events.len(), events[0].details["proven"].as_str()), (1, "yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_take_the_codes_of_a_return() {
    let (fleet, devices) = strict(2).await;
    for device in &devices {
        lend(&fleet, device, USER).await;
    }
    let serial = devices[0].serial.as_str();
    let unproven = fleet.tokenadm(&["--json", "return", serial]).await;
    assert_eq!((unproven.exit, &unproven.error()["error"]["code"]), (5, &"TF-2118".into()), "{unproven:?}");
    let wrong = devices[1].code(fleet.now());
    assert_eq!(fleet.tokenadm(&["return", serial, "--code", &wrong]).await.exit, 8);
    let ran = fleet.done(&["return", serial, "--code", &devices[0].code(fleet.now())]).await;
    assert!(ran.stdout.contains("is back in stock") && ran.stdout.contains("clock"), "{ran:?}");
}
