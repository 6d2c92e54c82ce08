//! The life of a token and of a person, as the ledger and the record tell it together.

use serde_json::Value;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, refused};

/// When it begins: 9:00 in Japan.
const BEGIN: &str = "2026-11-24T00:00:00Z";
const USER: &str = "0123456789";
const OTHER: &str = "1111111111";

fn devices() -> [Device; 2] {
    ["2600215704919", "2600215704930"].map(Device::clock)
}

fn token(serial: &str) -> v1::list_custody_events_request::Target {
    v1::list_custody_events_request::Target::Token(serial.to_owned())
}

fn user(user: &str) -> v1::list_custody_events_request::Target {
    v1::list_custody_events_request::Target::User(user.to_owned())
}

/// What befell something, as `word of-whom`, newest first.
async fn events(caller: &Caller, target: v1::list_custody_events_request::Target) -> Vec<String> {
    let request = v1::ListCustodyEventsRequest { target: Some(target), ..<_>::default() };
    let events = caller.lending().list_custody_events(request).await.unwrap().into_inner().events;
    events.into_iter().map(|event| format!("{} {}", event.action, event.user_id)).collect()
}

/// A token is lent, resynced, lost and replaced, then found.
async fn lived(fleet: &Fleet, department: &str) -> [Device; 2] {
    let devices = devices();
    let [first, second] = &devices;
    fleet.stock(&[first, second]).await;
    fleet.clock.advance(60);
    let loan = v1::AssignTokenRequest {
        department: department.to_owned(),
        note: "ticket 4711".to_owned(),
        route: v1::LoanRoute::Proxy.into(),
        ..assignment(&first.serial, USER)
    };
    fleet.admin.assign_as(loan).await.unwrap();
    fleet.clock.advance(60);
    fleet.admin.resync(&first.serial, &first.codes(fleet.now(), 2)).await.unwrap();
    fleet.clock.advance(3600);
    fleet.done(&["lost", &first.serial]).await;
    fleet.clock.advance(60);
    fleet.done(&["replace", &first.serial, &second.serial, "--reason", "lost"]).await;
    fleet.clock.advance(86_400);
    fleet.done(&["found", &first.serial]).await;
    devices
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_stands_on_one_screen_with_what_the_ledger_does_not_say() {
    let fleet = Fleet::start_at(BEGIN).await;
    let [first, second] = lived(&fleet, "").await;
    let told = ["token.find ", "token.replace 0123456789", "token.lose 0123456789", "token.resync 0123456789"];
    assert_eq!(events(&fleet.admin, token(&first.serial)).await, told);

    let document = fleet.done(&["show", &first.serial, "--history", "--json"]).await.document();
    assert_eq!(document["complete"], true);
    let rows = document["history"].as_array().unwrap();
    let acts: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
    let all = ["token.find", "token.replace", "token.lose", "token.resync", "token.assign", "lot.import"];
    assert_eq!(acts, all);
    assert_eq!(rows[1]["details"]["replaced_by"], format!("tokens/contoso~{}", second.serial));
    let loan = &rows[4];
    let hands = [&loan["user_id"], &loan["operator"], &loan["end_operator"], &loan["end_reason"]];
    assert_eq!(hands, [USER, "operators/admin", "operators/admin", "lost"]);
    assert_eq!((&loan["details"]["route"], &loan["details"]["note"]), (&"proxy".into(), &"ticket 4711".into()));
    assert_eq!(rows[5]["details"]["lot"], "2026-11-24-a");

    let screen = fleet.done(&["show", USER, "--user", "--history"]).await;
    let serials = |row: &&str| row.contains(&first.serial) || row.contains(&second.serial);
    assert_eq!(
        screen.stdout.lines().filter(serials).count(),
        5,
        "two loans, and three times something befell: {screen:?}"
    );
    assert_eq!(screen.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_of_many_pages_says_that_it_goes_on() {
    let fleet = Fleet::start().await;
    let [device, _] = lived(&fleet, "").await;
    let mut request = v1::ListCustodyEventsRequest {
        target: Some(token(&device.serial)),
        page_size: 1,
        ..v1::ListCustodyEventsRequest::default()
    };
    let mut pages = Vec::new();
    loop {
        let page = fleet.admin.lending().list_custody_events(request.clone()).await.unwrap().into_inner();
        pages.push(page.events.into_iter().map(|event| event.action).collect::<Vec<_>>());
        request.page_token = page.next_page_token.clone();
        if page.next_page_token.is_empty() {
            break;
        }
        let of_another = v1::ListCustodyEventsRequest { target: Some(user(USER)), ..request.clone() };
        let no = refused(fleet.admin.lending().list_custody_events(of_another).await);
        assert_eq!(no.reason, "PAGE_TOKEN_MISMATCH");
    }
    assert_eq!(pages.concat(), ["token.find", "token.replace", "token.lose", "token.resync"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_no_whole_ids_is_told_those_they_typed() {
    let fleet = Fleet::start().await;
    let [device, _] = lived(&fleet, "").await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let masked = "token.lose ******6789".to_owned();
    assert!(events(&counter, token(&device.serial)).await.contains(&masked));
    assert!(events(&counter, user(USER)).await.contains(&"token.lose 0123456789".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_told_what_befell_its_own_loans_and_the_stock() {
    let fleet = Fleet::start().await;
    let [device, _] = lived(&fleet, "letters").await;
    let letters = fleet.operator_of("letters", &[Role::Desk], &["letters"]).await;
    let law = fleet.operator_of("law", &[Role::Desk], &["law"]).await;
    let own = ["token.find ", "token.replace 0123456789", "token.lose 0123456789", "token.resync 0123456789"];
    assert_eq!(events(&letters, token(&device.serial)).await, own);
    assert_eq!(events(&law, token(&device.serial)).await, ["token.find "], "nobody had it any more");
    assert_eq!(events(&law, user(USER)).await, Vec::<String>::new());
    assert_eq!(events(&letters, user(OTHER)).await, Vec::<String>::new());
    let screen = law.done(&["show", &device.serial, "--history", "--json"]).await.document();
    let acts: Vec<_> = screen["history"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(acts, [Value::from("token.find"), "lot.import".into()]);
}

/// Lent from 24 November to 4 December, and to somebody else from 21 December to 3 January.
async fn lent_twice(fleet: &Fleet) -> Device {
    let [device, _] = devices();
    fleet.stock(&[&device]).await;
    for (user, days, pause) in [(USER, 10, 17), (OTHER, 13, 0)] {
        fleet.admin.assign(&device.serial, user).await.unwrap();
        fleet.clock.advance(days * 86_400);
        fleet.admin.take_back(&device.serial).await.unwrap();
        fleet.clock.advance(pause * 86_400);
    }
    device
}

#[tokio::test(flavor = "multi_thread")]
async fn who_held_a_token_in_a_month_is_said_in_a_line() {
    let fleet = Fleet::start_at(BEGIN).await;
    let device = lent_twice(&fleet).await;
    let asked = async |at: &str| fleet.done(&["loans", &device.serial, "--at", at]).await.stdout;
    let by_user = format!("{} was lent to {USER}, from 2026-11-24 09:00 JST until 2026-12-04 09:00 JST", device.serial);
    let by_other =
        format!("{} was lent to {OTHER}, from 2026-12-21 09:00 JST until 2027-01-03 09:00 JST", device.serial);
    assert_eq!(asked("2026-11").await, format!("2026-11: {by_user}\n"));
    assert_eq!(asked("2026-12").await, format!("2026-12: {by_other}\n2026-12: {by_user}\n"));
    assert_eq!(asked("2027-01-03").await, format!("2027-01-03: {by_other}\n"));
    for nobody in ["2026-10", "2026-12-10", "2027-02"] {
        assert_eq!(asked(nobody).await, format!("{nobody}: {} was lent to nobody\n", device.serial));
    }
    let of_user = fleet.done(&["loans", USER, "--user", "--at", "2026-12-10"]).await.stdout;
    assert_eq!(of_user, format!("2026-12-10: nothing was lent to {USER}\n"));
    let table = fleet.done(&["loans", &device.serial, "--at", "2026-11", "--columns", "user_id"]).await;
    assert_eq!(table.stdout, format!("USER\n{USER}\n"));
    let document = fleet.done(&["loans", &device.serial, "--at", "2026-12", "--json"]).await.document();
    assert_eq!(document["loans"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_of_time_has_a_beginning_and_ends_after_it() {
    let fleet = Fleet::start().await;
    let second = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    for (at_time, until_time, code) in [(None, second(9), "TF-1013"), (second(9), second(8), "TF-1015")] {
        let target = Some(v1::list_loans_request::Target::User(USER.to_owned()));
        let request = v1::ListLoansRequest { target, at_time, until_time, ..<_>::default() };
        assert_eq!(refused(fleet.admin.lending().list_loans(request).await).code, code);
    }
}
