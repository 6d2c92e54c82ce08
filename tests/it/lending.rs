//! What is agreed on a loan: who asked for it, under which ticket, until when.

use prost_types::Timestamp;
use tokenfleet_proto::v1::{self, LoanRoute, ReplaceReason, list_loans_request, replace_token_request};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, refused};

const USER: &str = "0123456789";
const OTHER: &str = "0123456780";

/// A fleet with tokens in stock whose serials differ in more than one digit.
async fn stocked(count: usize) -> (Fleet, Vec<Device>) {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..count).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    (fleet, devices)
}

/// So many days from now.
fn in_days(fleet: &Fleet, days: i64) -> Timestamp {
    Timestamp { seconds: fleet.now().timestamp() + days * 86_400, nanos: 0 }
}

fn replacement(old: &Device, new: &Device) -> v1::ReplaceTokenRequest {
    v1::ReplaceTokenRequest {
        old: Some(replace_token_request::Old::Token(old.serial.clone())),
        new_token: new.serial.clone(),
        reason: ReplaceReason::Battery.into(),
        ..v1::ReplaceTokenRequest::default()
    }
}

async fn loans_of(caller: &Caller, user: &str) -> Vec<v1::Loan> {
    let target = Some(list_loans_request::Target::User(user.to_owned()));
    let request = v1::ListLoansRequest { target, ..v1::ListLoansRequest::default() };
    caller.lending().list_loans(request).await.unwrap().into_inner().loans
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_agreed_stands_in_the_answer_the_ledger_and_the_record() {
    let (fleet, devices) = stocked(1).await;
    let due = in_days(&fleet, 30);
    let request = v1::AssignTokenRequest {
        route: LoanRoute::Proxy.into(),
        ticket: " R-1024 ".to_owned(),
        due_time: Some(due),
        ..assignment(&devices[0].serial, USER)
    };
    let answered = fleet.admin.lending().assign_token(request).await.unwrap().into_inner().loan.unwrap();
    assert_eq!((answered.route.as_str(), answered.ticket.as_str()), ("proxy", "R-1024"));
    assert_eq!(answered.due_time, Some(due));
    assert_eq!(loans_of(&fleet.admin, USER).await, [answered]);
    let [event] = fleet.admin.audit("action = \"token.assign\"").await.unwrap().try_into().unwrap();
    let said = |key: &str| event.details.get(key).map(String::as_str);
    assert_eq!((said("route"), said("ticket")), (Some("proxy"), Some("R-1024")));
    assert!(said("due").is_some(), "{event:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_never_ends_in_the_past() {
    let (fleet, devices) = stocked(2).await;
    for due in [in_days(&fleet, -1), in_days(&fleet, 0)] {
        for validate_only in [true, false] {
            let request =
                v1::AssignTokenRequest { due_time: Some(due), validate_only, ..assignment(&devices[0].serial, USER) };
            let no = refused(fleet.admin.assign_as(request).await);
            assert_eq!((no.reason.as_str(), no.code.as_str()), ("FIELD_INVALID", "TF-2015"), "{no:?}");
        }
    }
    fleet.admin.assign(&devices[0].serial, USER).await.unwrap();
    let past = v1::ReplaceTokenRequest { due_time: Some(in_days(&fleet, -1)), ..replacement(&devices[0], &devices[1]) };
    assert_eq!(refused(fleet.admin.lending().replace_token(past).await).code, "TF-2015");
    assert_eq!(fleet.admin.token_of(USER).await.unwrap().serial, devices[0].serial, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_is_due_when_the_old_one_was_unless_another_day_is_agreed_on() {
    let (fleet, devices) = stocked(3).await;
    let (due, later) = (in_days(&fleet, 2), in_days(&fleet, 90));
    let request = v1::AssignTokenRequest { due_time: Some(due), ..assignment(&devices[0].serial, USER) };
    fleet.admin.assign_as(request).await.unwrap();
    fleet.clock.advance(3 * 86_400);

    let kept = fleet.admin.lending().replace_token(replacement(&devices[0], &devices[1])).await.unwrap().into_inner();
    assert_eq!(kept.loan.unwrap().due_time, Some(due), "overdue as it was");
    let request = v1::ReplaceTokenRequest { due_time: Some(later), ..replacement(&devices[1], &devices[2]) };
    let moved = fleet.admin.lending().replace_token(request).await.unwrap().into_inner();
    assert_eq!(moved.loan.unwrap().due_time, Some(later));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_another_id_keeps_what_was_agreed() {
    let (fleet, devices) = stocked(1).await;
    let request = v1::AssignTokenRequest {
        route: LoanRoute::Self_.into(),
        ticket: "R-1".to_owned(),
        due_time: Some(in_days(&fleet, 30)),
        ..assignment(&devices[0].serial, USER)
    };
    fleet.admin.assign_as(request).await.unwrap();
    let request = v1::MoveUserTokensRequest {
        user: USER.to_owned(),
        new_user: OTHER.to_owned(),
        ..v1::MoveUserTokensRequest::default()
    };
    fleet.admin.lending().move_user_tokens(request).await.unwrap();
    let ([before], [after]) = (
        <[v1::Loan; 1]>::try_from(loans_of(&fleet.admin, USER).await).unwrap(),
        <[v1::Loan; 1]>::try_from(loans_of(&fleet.admin, OTHER).await).unwrap(),
    );
    assert_eq!((&after.route, &after.ticket, after.due_time), (&before.route, &before.ticket, before.due_time));
    assert_eq!((after.route.as_str(), after.ticket.as_str()), ("self", "R-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_say_until_when() {
    let (fleet, devices) = stocked(2).await;
    let (lent, new) = (devices[0].serial.as_str(), devices[1].serial.as_str());
    let agreed = ["--route", "proxy", "--ticket", "R-7", "--until", "2030-03-31"];
    let ran = fleet.done(&[&["assign", lent, USER][..], &agreed].concat()).await;
    assert!(ran.stdout.contains(&format!("is lent to {USER} until 2030-03-31")), "{ran:?}");
    let shown = fleet.done(&["--json", "show", lent]).await.document();
    assert_eq!(shown["token"]["due_time"], "2030-03-31T14:59:59Z", "the end of the day in Japan");
    assert_eq!((&shown["token"]["ticket"], &shown["token"]["route"]), (&"R-7".into(), &"proxy".into()));
    let listed = fleet.done(&["loans", lent]).await.stdout;
    assert!(listed.contains("R-7") && listed.contains("2030-03-31"), "{listed}");
    let replaced = fleet.done(&["replace", lent, new, "--reason", "battery"]).await;
    assert!(replaced.stdout.contains("due on 2030-03-31"), "{replaced:?}");

    let past = fleet.tokenadm(&["--json", "assign", lent, OTHER, "--until", "2001-01-01"]).await;
    assert_eq!((past.exit, &past.error()["error"]["code"]), (5, &"TF-2002".into()), "it is faulty: {past:?}");
    let typo = fleet.tokenadm(&["--json", "assign", lent, OTHER, "--until", "31.3.2030"]).await;
    assert_eq!((typo.exit, &typo.error()["error"]["code"]), (2, &"TF-9090".into()), "{typo:?}");
}
