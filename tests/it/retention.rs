//! What goes after its time: whose loans were, from end to end.

use chrono::TimeDelta;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Device, Fleet};

const USER: &str = "0123456789";
const OTHER: &str = "1111111111";

/// Loans are kept for thirty days. One person had two tokens and still has a third, another had one.
async fn kept_for_thirty_days() -> (Fleet, Vec<Device>) {
    let mut fleet = Fleet::start().await;
    fleet.config.settings.loans_kept = TimeDelta::days(30);
    fleet.restart().await;
    let devices: Vec<_> = ["2600215704919", "2600215704930", "2600215704941"].map(Device::clock).into();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    for (device, user) in [(&devices[0], USER), (&devices[1], USER), (&devices[1], OTHER), (&devices[2], USER)] {
        let note = format!("for {user}");
        fleet.admin.assign_as(v1::AssignTokenRequest { note, ..assignment(&device.serial, user) }).await.unwrap();
        fleet.clock.advance(60);
        if device.serial != devices[2].serial {
            fleet.admin.take_back(&device.serial).await.unwrap();
        }
    }
    (fleet, devices)
}

async fn holders(fleet: &Fleet, serial: &str) -> Vec<String> {
    let document = fleet.done(&["loans", serial, "--json"]).await.document();
    let user = |loan: &serde_json::Value| loan["user_id"].as_str().unwrap().to_owned();
    document["loans"].as_array().unwrap().iter().map(user).collect()
}

/// How often the ID of a person stands in the ledger and in the record.
fn named(fleet: &Fleet, user: &str) -> (i64, i64) {
    let count =
        |table: &str| fleet.database().number(&format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{user}'"));
    (count("loan"), count("audit_event"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_goes_from_the_ledger_and_the_record_and_their_loans_stay() {
    let (fleet, devices) = kept_for_thirty_days().await;
    fleet.clock.advance(TimeDelta::days(29).num_seconds());
    fleet.tidy().await;
    assert_eq!((named(&fleet, USER), named(&fleet, OTHER)), ((3, 5), (1, 2)), "not yet");
    fleet.clock.advance(TimeDelta::days(2).num_seconds());
    fleet.tidy().await;
    assert_eq!((named(&fleet, USER), named(&fleet, OTHER)), ((1, 0), (0, 0)), "one loan lasts");

    let first = holders(&fleet, &devices[0].serial).await.remove(0);
    assert!(first.starts_with("former-") && first.len() == 19, "{first}");
    let second = holders(&fleet, &devices[1].serial).await;
    assert_eq!(second[1], first, "the same person");
    assert_ne!(second[0], first);
    assert_eq!(holders(&fleet, &devices[2].serial).await, [USER]);
    let shown = fleet.done(&["loans", &devices[1].serial]).await;
    assert!(shown.stdout.contains(&first) && shown.stderr.is_empty(), "{shown:?}");
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    assert!(counter.done(&["show", &devices[1].serial, "--history"]).await.stdout.contains(&first));
    assert!(!fleet.done(&["loans", &devices[0].serial, "--json"]).await.stdout.contains(USER), "nor in a note");

    assert!(fleet.admin.chains().await.unwrap().iter().all(|chain| chain.intact));
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let [event] = auditor.audit("action = ledger.forget").await.unwrap().try_into().unwrap();
    assert_eq!((event.operator.as_str(), event.details["loans"].as_str()), ("system", "3"));
    assert_eq!((event.details["events"].as_str(), event.user_id.as_str()), ("7", ""));
    fleet.tidy().await;
    assert_eq!(auditor.audit("action = ledger.forget").await.unwrap().len(), 1, "there is nothing more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_just_set_removes_nobody() {
    let (fleet, _) = kept_for_thirty_days().await;
    fleet.clock.advance(TimeDelta::days(31).num_seconds());
    fleet.trust_clock(false);
    fleet.tidy().await;
    assert_eq!(named(&fleet, USER), (3, 5));
    fleet.trust_clock(true);
    fleet.tidy().await;
    assert_eq!(named(&fleet, USER), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_adopted_long_ago_is_still_known() {
    let (fleet, _) = kept_for_thirty_days().await;
    let path = fleet.path("loans.csv");
    std::fs::write(&path, format!("serial,user id,since,returned\n4711,{USER},2024-04-01,2024-05-01\n")).unwrap();
    let adopt = ["adopt", path.to_str().unwrap(), "--json"];
    assert_eq!(fleet.done(&adopt).await.document()["past"], 1);
    fleet.tidy().await;
    assert!(holders(&fleet, "4711").await[0].starts_with("former-"));
    let again = fleet.done(&adopt).await.document();
    assert_eq!((&again["past"], &again["unchanged"]), (&0.into(), &1.into()));
}
