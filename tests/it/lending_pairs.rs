//! Many loans at once: all of them or none, and every row that stands against it is named.

use std::fs;

use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, refused};
use tonic::Status;

const USER: &str = "0123456789";
const OTHER: &str = "0123456780";

/// Puts tokens into stock whose serials differ in more than one digit.
async fn stocked(count: usize) -> (Fleet, Vec<Device>) {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..count).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    (fleet, devices)
}

fn batch(requests: Vec<v1::AssignTokenRequest>) -> v1::BatchAssignTokensRequest {
    v1::BatchAssignTokensRequest { requests, ..v1::BatchAssignTokensRequest::default() }
}

async fn lend(caller: &Caller, request: v1::BatchAssignTokensRequest) -> Result<v1::BatchAssignTokensResponse, Status> {
    Ok(caller.lending().batch_assign_tokens(request).await?.into_inner())
}

/// The places and reasons of what was refused, where nothing else was answered.
fn refusals(answer: &v1::BatchAssignTokensResponse) -> Vec<(i32, &str)> {
    assert_eq!(answer.tokens, [], "{answer:?}");
    answer.refusals.iter().map(|refusal| (refusal.index, refusal.reason.as_str())).collect()
}

/// Everything that a loan writes.
fn state(fleet: &Fleet) -> [i64; 3] {
    let database = fleet.database();
    ["SELECT COUNT(*) FROM loan", "SELECT SUM(version) FROM token", "SELECT COALESCE(SUM(used), 0) FROM budget"]
        .map(|sql| database.number(sql))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_lent_in_the_order_of_the_list_and_each_stands_in_the_record() {
    let (fleet, devices) = stocked(20).await;
    let user = |nth: usize| format!("01234567{nth:02}");
    let requests: Vec<_> =
        devices.iter().enumerate().map(|(nth, device)| assignment(&device.serial, &user(nth))).collect();
    let before = state(&fleet);
    let checked = v1::BatchAssignTokensRequest { validate_only: true, ..batch(requests.clone()) };
    assert_eq!(lend(&fleet.admin, checked).await.unwrap().tokens.len(), 20);
    assert_eq!(state(&fleet), before, "only looked at");

    let answer = lend(&fleet.admin, batch(requests)).await.unwrap();
    let lent: Vec<_> = answer.tokens.iter().map(|token| (token.serial.clone(), token.user_id.clone())).collect();
    let asked: Vec<_> = devices.iter().enumerate().map(|(nth, device)| (device.serial.clone(), user(nth))).collect();
    assert_eq!((lent, answer.refusals), (asked, vec![]));
    assert_eq!(fleet.admin.audit("action = \"token.assign\"").await.unwrap().len(), 20);
    assert_eq!(fleet.database().number("SELECT used FROM budget WHERE kind = 'assign'"), 20, "each is charged");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_and_none_is_lent_and_every_bad_row_is_named() {
    let (fleet, devices) = stocked(9).await;
    fleet.admin.assign(&devices[1].serial, OTHER).await.unwrap();
    for device in &devices[2..6] {
        fleet.admin.assign(&device.serial, USER).await.unwrap();
    }
    let before = state(&fleet);
    let rows = vec![
        assignment(&devices[0].serial, OTHER),
        assignment(&devices[1].serial, OTHER),
        assignment("2600999999999", OTHER),
        assignment(&devices[6].serial, USER),
        assignment(&devices[7].serial, USER),
        assignment(&devices[0].serial, "0123456770"),
    ];
    let expected = [(1, "TOKEN_ALREADY_LENT"), (2, "TOKEN_NOT_FOUND"), (4, "USER_TOKEN_LIMIT"), (5, "SERIAL_TWICE")];
    for validate_only in [true, false] {
        let request = v1::BatchAssignTokensRequest { validate_only, ..batch(rows.clone()) };
        let answer = lend(&fleet.admin, request).await.unwrap();
        assert_eq!(refusals(&answer), expected);
        assert!(answer.refusals.iter().all(|no| no.code.starts_with("TF-") && !no.hint.is_empty()), "{answer:?}");
    }
    assert_eq!(state(&fleet), before, "nothing was lent, and nothing charged");
    let events = fleet.admin.audit("action = \"token.assign\" AND outcome = \"TOKEN_ALREADY_LENT\"").await.unwrap();
    assert_eq!((events.len(), events[0].details["refused"].as_str()), (1, "4"));

    let unread = vec![assignment("", OTHER), assignment(&devices[1].serial, OTHER), assignment("26", "123456789")];
    let answer = lend(&fleet.admin, batch(unread)).await.unwrap();
    assert_eq!(refusals(&answer), [(0, "FIELD_INVALID"), (1, "TOKEN_ALREADY_LENT"), (2, "FIELD_INVALID")]);
    let answer = lend(&fleet.admin.in_japanese(), batch(vec![assignment("26", "123456789")])).await.unwrap();
    assert!(answer.refusals[0].message.contains("9桁"), "{answer:?}");
    assert_eq!(state(&fleet), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_made_once_and_answered_again_whatever_it_came_to() {
    let (fleet, devices) = stocked(3).await;
    let ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
    let rows = |user: &str| devices[..2].iter().map(|device| assignment(&device.serial, user)).collect();
    let good = v1::BatchAssignTokensRequest { request_id: ids[0].to_owned(), ..batch(rows(USER)) };
    let done = lend(&fleet.admin, good.clone()).await.unwrap();
    let after = state(&fleet);
    let bad = v1::BatchAssignTokensRequest { request_id: ids[1].to_owned(), ..batch(rows(OTHER)) };
    let not_done = lend(&fleet.admin, bad.clone()).await.unwrap();
    assert_eq!(not_done.refusals.len(), 2);
    for device in &devices[..2] {
        fleet.admin.take_back(&device.serial).await.unwrap();
    }
    let again = lend(&fleet.admin, good.clone()).await.unwrap();
    assert_eq!(again.tokens.len(), done.tokens.len());
    assert_eq!(lend(&fleet.admin, bad).await.unwrap(), not_done, "although it could be done now");
    assert_eq!(state(&fleet)[0], after[0], "no loan was added");
    let other = v1::BatchAssignTokensRequest { request_id: ids[0].to_owned(), ..batch(rows(OTHER)) };
    assert_eq!(refused(lend(&fleet.admin, other).await).reason, "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_batch_may_hold_is_refused() {
    let (fleet, devices) = stocked(1).await;
    let serial = &devices[0].serial;
    let row = || assignment(serial, USER);
    let rows = [
        v1::AssignTokenRequest { codes: vec![devices[0].code(fleet.now())], ..row() },
        v1::AssignTokenRequest { validate_only: true, ..row() },
        v1::AssignTokenRequest { request_id: "00000000-0000-4000-8000-000000000001".to_owned(), ..row() },
        v1::AssignTokenRequest { etag: "\"99\"".to_owned(), ..row() },
    ];
    for (row, reason) in rows.into_iter().zip(["FIELD_INVALID", "FIELD_INVALID", "FIELD_INVALID", "ETAG_MISMATCH"]) {
        assert_eq!(refusals(&lend(&fleet.admin, batch(vec![row])).await.unwrap()), [(0, reason)]);
    }
    assert_eq!(refused(lend(&fleet.admin, batch(vec![])).await).reason, "FIELD_INVALID");
    assert_eq!(refused(lend(&fleet.admin, batch(vec![row(); 1001])).await).reason, "FIELD_INVALID");
    let no = refused(lend(&fleet.admin, batch(vec![row(); 201])).await);
    assert_eq!((no.reason.as_str(), no.code.as_str()), ("BATCH_TOO_LARGE", "TF-2017"));
    let own = fleet.operator_with_id("desk", &[Role::Desk], USER).await;
    assert_eq!(refusals(&lend(&own, batch(vec![row()])).await.unwrap()), [(0, "SELF_TARGET")]);
    let letters = fleet.operator_of("letters", &[Role::Desk], &["letters"]).await;
    let elsewhere = v1::AssignTokenRequest { department: "law".to_owned(), ..row() };
    assert_eq!(refusals(&lend(&letters, batch(vec![elsewhere])).await.unwrap()), [(0, "OUT_OF_SCOPE")]);
    let lent = lend(&letters, batch(vec![row()])).await.unwrap();
    assert_eq!(lent.tokens[0].department, "letters", "whoever acts for one department lends through it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_pairs_is_lent_whole_or_told_line_by_line() {
    let (fleet, devices) = stocked(4).await;
    let serials: Vec<_> = devices.iter().map(|device| device.serial.as_str()).collect();
    let file = fleet.path("pairs.csv");
    let path = file.to_str().unwrap();
    let bad = format!(
        "シリアル番号,共通ID,貸出期限\n{},{USER},2030-03-31\n{},123456789,\n{},{USER},soon\n{},{OTHER},\n",
        serials[0], serials[1], serials[2], serials[0]
    );
    fs::write(&file, bad).unwrap();
    for arguments in [&["assign", "--from-file", path][..], &["assign", "--from-file", path, "-n"]] {
        let ran = fleet.tokenadm(arguments).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (6, ""), "{ran:?}");
        for part in ["line 3: ", "line 4: ", "line 5: ", "TF-1002", "TF-9090", "TF-2016", "3 of 4 loans", "TF-9047"] {
            assert!(ran.stderr.contains(part), "{part}: {ran:?}");
        }
        assert!(!ran.stderr.contains("line 2: "), "{ran:?}");
    }
    let ran = fleet.tokenadm(&["--json", "assign", "--from-file", path]).await;
    let document = ran.document();
    let lines: Vec<_> = document["refusals"].as_array().unwrap().iter().map(|row| row["line"].clone()).collect();
    assert_eq!((ran.exit, lines), (6, vec![3.into(), 4.into(), 5.into()]), "{document}");
    assert_eq!(ran.error()["error"]["code"], "TF-9047");
    assert_eq!(fleet.database().number("SELECT COUNT(*) FROM loan"), 0);

    let good = format!("serial,user,ticket\n{},{USER},R-1\n{},{OTHER},\n", serials[0], serials[1]);
    fs::write(&file, good).unwrap();
    let general = ["--ticket", "R-0", "--checked", "staff-card"];
    let checked = fleet.done(&[&["assign", "--from-file", path, "-n"][..], &general].concat()).await;
    assert!(checked.stderr.contains("2 tokens can be lent; nothing was changed"), "{checked:?}");
    let ran = fleet.done(&[&["assign", "--from-file", path][..], &general].concat()).await;
    assert!(ran.stdout.contains(serials[0]) && ran.stderr.contains("2 tokens are lent"), "{ran:?}");
    for (user, ticket) in [(USER, "R-1"), (OTHER, "R-0")] {
        let loans = fleet.done(&["--json", "loans", user]).await.document();
        assert_eq!(loans["loans"][0]["ticket"], ticket, "what a row says comes before what is said for all");
        assert_eq!(loans["loans"][0]["checked"], "staff-card");
    }
}
