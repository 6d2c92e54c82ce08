//! Tokens that are kept for people: taken by nobody else meanwhile, and free again when the day has passed.

use serde_json::Value;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused, request_id};
use tonic::{Code, Status};

/// When it begins: 9:00 in Japan.
const BEGIN: &str = "2026-11-24T00:00:00Z";
const USER: &str = "0123456789";
const OTHER_USER: &str = "1111111111";
const DAY: i64 = 86_400;

fn serial(number: u32) -> String {
    format!("26002157049{number:02}")
}

/// Three tokens at Hongo.
async fn fleet() -> Fleet {
    let fleet = Fleet::start_at(BEGIN).await;
    fleet.done(&["location", "add", "hongo"]).await;
    let devices: Vec<_> = (1..=3).map(|number| Device::clock(&serial(number))).collect();
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&devices.iter().collect::<Vec<_>>())).unwrap();
    fleet.done(&["import", file.to_str().unwrap(), "--location", "hongo"]).await;
    fleet
}

fn order(user: &str) -> v1::ReserveTokenRequest {
    v1::ReserveTokenRequest {
        location: "hongo".to_owned(),
        model: "HardwareKey".to_owned(),
        user: user.to_owned(),
        ..Default::default()
    }
}

async fn reserve(by: &Caller, request: v1::ReserveTokenRequest) -> Result<String, Status> {
    let answer = StockServiceClient::new(by.door()).reserve_token(request).await?;
    Ok(answer.into_inner().token.unwrap().serial)
}

async fn next(by: &Caller) -> Result<String, Status> {
    let request = v1::GetNextTokenRequest { location: "hongo".to_owned(), model: "HardwareKey".to_owned() };
    Ok(StockServiceClient::new(by.door()).get_next_token(request).await?.into_inner().token.unwrap().serial)
}

/// What is to be picked up, as serial and person.
async fn kept(by: &Caller) -> Vec<(String, String)> {
    let request = v1::ListReservationsRequest::default();
    let answer = StockServiceClient::new(by.door()).list_reservations(request).await.unwrap().into_inner();
    answer.reservations.into_iter().map(|kept| (kept.serial, kept.user_id)).collect()
}

async fn free(fleet: &Fleet) -> (Value, Value) {
    let document = fleet.done(&["stock", "--location", "hongo", "--json"]).await.document();
    (document["stock"][0]["free"].clone(), document["stock"][0]["reserved"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_free_one_is_the_oldest_that_nobody_has_or_waits_for() {
    let fleet = fleet().await;
    assert_eq!(next(&fleet.admin).await.unwrap(), serial(1));
    fleet.admin.assign(&serial(1), OTHER_USER).await.unwrap();
    assert_eq!(reserve(&fleet.admin, order(USER)).await.unwrap(), serial(2));
    assert_eq!(next(&fleet.admin).await.unwrap(), serial(3));
    assert_eq!(free(&fleet).await, (1.into(), 1.into()));
    fleet.done(&["location", "add", "komaba"]).await;
    fleet.done(&["transfer", &serial(3), "--to", "komaba"]).await;
    let no = refused(next(&fleet.admin).await);
    assert_eq!((no.status, no.code.as_str()), (Code::FailedPrecondition, "TF-2220"));
    assert_eq!(fleet.tokenadm(&["stock", "next", "--model", "HardwareKey", "--location", "asano"]).await.exit, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_for_one_is_lent_to_no_other_and_used_up_by_its_loan() {
    let fleet = fleet().await;
    reserve(&fleet.admin, order(USER)).await.unwrap();
    let no = refused(fleet.admin.assign(&serial(1), OTHER_USER).await);
    assert_eq!((no.code.as_str(), no.reason.as_str()), ("TF-2218", "RESERVED"));
    assert!(no.message.contains("until 2026-12-08") && !no.message.contains(USER), "{no:?}");
    let again = v1::ReserveTokenRequest { token: serial(1), ..order(OTHER_USER) };
    assert_eq!(refused(reserve(&fleet.admin, again).await).reason, "RESERVED");
    fleet.done(&["location", "add", "komaba"]).await;
    assert_eq!(fleet.tokenadm(&["transfer", &serial(1), "--to", "komaba"]).await.exit, 5);
    fleet.admin.assign(&serial(1), USER).await.unwrap();
    assert_eq!(kept(&fleet.admin).await, []);
    fleet.admin.take_back(&serial(1)).await.unwrap();
    fleet.admin.assign(&serial(1), OTHER_USER).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_had_all_along_is_kept_for_nobody() {
    let fleet = fleet().await;
    reserve(&fleet.admin, order(USER)).await.unwrap();
    let file = fleet.path("loans.csv");
    std::fs::write(&file, format!("serial,user,since\n{},{OTHER_USER},2024-04-01\n", serial(1))).unwrap();
    fleet.done(&["adopt", file.to_str().unwrap()]).await;
    fleet.admin.take_back(&serial(1)).await.unwrap();
    assert_eq!((kept(&fleet.admin).await, next(&fleet.admin).await.unwrap()), (vec![], serial(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_has_run_out_keeps_nothing() {
    let fleet = fleet().await;
    reserve(&fleet.admin, v1::ReserveTokenRequest { token: serial(1), ..order(USER) }).await.unwrap();
    fleet.clock.advance(14 * DAY - 60);
    assert_eq!((kept(&fleet.admin).await.len(), next(&fleet.admin).await.unwrap()), (1, serial(2)));
    fleet.clock.advance(61);
    assert_eq!((kept(&fleet.admin).await.len(), next(&fleet.admin).await.unwrap()), (0, serial(1)));
    assert_eq!(free(&fleet).await, (3.into(), 0.into()));
    let cancelled = fleet.tokenadm(&["reservation", "cancel", &serial(1), "--json"]).await;
    assert_eq!(cancelled.error()["error"]["code"], "TF-2219");
    assert_eq!(reserve(&fleet.admin, order(OTHER_USER)).await.unwrap(), serial(1), "it is kept for another now");
    assert_eq!(kept(&fleet.admin).await, [(serial(1), OTHER_USER.to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_past_or_too_far_is_refused_and_a_check_keeps_nothing() {
    let fleet = fleet().await;
    let at = |days: i64| {
        let moment = fleet.now() + chrono::TimeDelta::days(days);
        Some(prost_types::Timestamp { seconds: moment.timestamp(), nanos: 0 })
    };
    for (days, allowed) in [(-1, false), (0, false), (1, true), (90, true), (91, false)] {
        let request = v1::ReserveTokenRequest { until_time: at(days), validate_only: true, ..order(USER) };
        let code = reserve(&fleet.admin, request)
            .await
            .map_or_else(|no| tokenfleet_tests::Refusal::of(&no).code, |_| String::new());
        assert_eq!(code, if allowed { "" } else { "TF-2221" }, "{days}");
    }
    assert_eq!(kept(&fleet.admin).await, []);
    let ran = fleet.tokenadm(&["reserve", &serial(1), "--for", USER, "--until", "soon"]).await;
    assert_eq!((ran.exit, ran.stderr.contains("TF-9090")), (2, true), "{ran:?}");
    assert_eq!(refused(reserve(&fleet.admin, order("123456789")).await).code, "TF-1002");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_keeps_one_and_cancelling_sets_it_free() {
    let fleet = fleet().await;
    let request = v1::ReserveTokenRequest { request_id: request_id(), note: "by mail".to_owned(), ..order(USER) };
    for _ in 0..2 {
        assert_eq!(reserve(&fleet.admin, request.clone()).await.unwrap(), serial(1));
    }
    assert_eq!(kept(&fleet.admin).await, [(serial(1), USER.to_owned())]);
    let other = v1::ReserveTokenRequest { user: OTHER_USER.to_owned(), ..request };
    assert_eq!(refused(reserve(&fleet.admin, other).await).reason, "REQUEST_ID_REUSED");
    let checked = fleet.done(&["reservation", "cancel", &serial(1), "--dry-run"]).await;
    assert!(checked.stdout.contains("can be set free; nothing was changed"), "{checked:?}");
    assert_eq!(kept(&fleet.admin).await, [(serial(1), USER.to_owned())]);
    fleet.done(&["reservation", "cancel", &serial(1)]).await;
    let checked = fleet.tokenadm(&["reservation", "cancel", &serial(1), "-n"]).await;
    assert!(checked.exit == 5 && checked.stderr.contains("TF-2219"), "{checked:?}");
    assert_eq!((kept(&fleet.admin).await, next(&fleet.admin).await.unwrap()), (vec![], serial(1)));
    let events = fleet.admin.audit(&format!("user = \"{USER}\"")).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    assert_eq!(told, [("token.reserve", "done"), ("token.unreserve", "done")]);
    assert_eq!(events[0].details["note"], "by mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_a_department_sees_and_ends_its_own_reservations_only() {
    let fleet = fleet().await;
    let law = fleet.operator_of("law", &[Role::Desk], &["dept-law"]).await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let letters = v1::ReserveTokenRequest { department: "dept-letters".to_owned(), ..order(USER) };
    assert_eq!(refused(reserve(&law, letters.clone()).await).reason, "OUT_OF_SCOPE");
    reserve(&fleet.admin, letters).await.unwrap();
    assert_eq!(reserve(&law, order(OTHER_USER)).await.unwrap(), serial(2));
    assert_eq!(kept(&law).await, [(serial(2), OTHER_USER.to_owned())]);
    assert_eq!(kept(&fleet.admin).await.len(), 2);
    let seen = kept(&counter).await;
    assert!(seen.len() == 2 && seen.iter().all(|(_, user)| user.starts_with("******")), "{seen:?}");
    let cancel = |by: Caller, number| async move {
        let request = v1::CancelReservationRequest { token: serial(number), ..Default::default() };
        StockServiceClient::new(by.door()).cancel_reservation(request).await
    };
    assert_eq!(refused(cancel(law.clone(), 1).await).reason, "NOT_RESERVED");
    let loan = v1::AssignTokenRequest { department: "dept-law".to_owned(), ..assignment(&serial(1), OTHER_USER) };
    let no = refused(law.assign_as(loan).await);
    assert!(no.reason == "RESERVED" && !format!("{no:?}").contains("letters"), "{no:?}");
    cancel(law, 2).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_names_no_department_is_the_persons() {
    let fleet = fleet().await;
    let people = fleet.path("people.csv");
    std::fs::write(&people, format!("user_id,name,department\n{USER},山田 花子,law\n{OTHER_USER},佐藤 太郎,\n"))
        .unwrap();
    fleet.done(&["directory", "import", people.to_str().unwrap()]).await;
    let both = fleet.operator_of("both", &[Role::Desk], &["law", "letters"]).await;
    reserve(&both, order(USER)).await.unwrap();
    let letters = v1::ReserveTokenRequest { department: "letters".to_owned(), ..order(OTHER_USER) };
    reserve(&both, letters).await.unwrap();
    let no = refused(reserve(&both, order(OTHER_USER)).await);
    assert_eq!((no.reason.as_str(), no.facts["field"].as_str()), ("OUT_OF_SCOPE", "department"), "theirs is not known");
    let law = fleet.operator_of("law", &[Role::Desk], &["law"]).await;
    assert_eq!(kept(&law).await, [(serial(1), USER.to_owned())]);
}
