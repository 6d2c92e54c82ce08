//! Codes at a counter: who sees no whole IDs names the person who is there, and nobody has a code of somebody else's token
//! judged for them.

use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::{Caller, Device, Fleet, Refusal, refused};

const USER: &str = "0123456789";
const OTHER: &str = "0123456780";

/// A fleet with a lent token, one lent to another, and one in stock.
async fn fleet() -> (Fleet, [Device; 3]) {
    let fleet = Fleet::start().await;
    let devices = ["2600215704919", "2600215709123", "2600215701357"].map(Device::clock);
    fleet.stock(&devices.each_ref()).await;
    fleet.admin.assign(&devices[0].serial, USER).await.unwrap();
    fleet.admin.assign(&devices[1].serial, OTHER).await.unwrap();
    fleet.clock.advance(3600);
    (fleet, devices)
}

/// The version of a row, which a refusal unseen leaves as it is.
fn version(fleet: &Fleet, device: &Device) -> i64 {
    fleet.database().number(&format!("SELECT version FROM token WHERE serial_key = '{}'", device.serial))
}

/// Both ways of having codes looked at, where they must be refused.
async fn both_refused(fleet: &Fleet, caller: &Caller, user: &str, device: &Device) -> [Refusal; 2] {
    let codes = device.codes(fleet.now(), 2);
    let before = version(fleet, device);
    let refusals = [
        refused(caller.verify_for(user, &device.serial, &codes[0]).await),
        refused(caller.resync_for(user, &device.serial, &codes).await),
    ];
    assert_eq!(version(fleet, device), before, "nothing was judged");
    refusals
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_names_the_person_and_is_refused_when_the_token_is_somebody_elses() {
    let (fleet, [mine, theirs, shelf]) = fleet().await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    for no in both_refused(&fleet, &counter, "", &mine).await {
        assert_eq!((no.reason.as_str(), no.facts["field"].as_str()), ("FOR_REQUIRED", "for_user"));
        assert!(no.hint.contains("--for <user-id>"), "{no:?}");
    }
    for no in both_refused(&fleet, &counter, USER, &theirs).await {
        assert_eq!((no.reason.as_str(), no.code.as_str()), ("NOT_THEIRS", "TF-2114"));
        assert!(!format!("{no:?}").contains(OTHER), "nobody is told whose it is: {no:?}");
    }
    for no in both_refused(&fleet, &counter, USER, &shelf).await {
        assert_eq!((no.reason.as_str(), no.code.as_str()), ("NOT_THEIRS", "TF-2115"));
        assert!(no.message.contains("lent to nobody"), "{no:?}");
    }
    let codes = mine.codes(fleet.now(), 2);
    counter.resync_for(USER, &mine.serial, &codes).await.unwrap();
    fleet.clock.advance(60);
    let by_sign_in_name = format!("{USER}@utac.u-tokyo.ac.jp");
    counter.verify_for(&by_sign_in_name, &mine.serial, &mine.code(fleet.now())).await.unwrap();
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let refusals = auditor.audit("outcome = \"NOT_THEIRS\"").await.unwrap();
    assert_eq!(refusals.len(), 4, "each stands in the record");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_in_the_place_of_the_serial_names_the_person() {
    let (fleet, [mine, ..]) = fleet().await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let by_id = |for_user: &str| v1::VerifyTokenRequest {
        target: Some(v1::verify_token_request::Target::User(USER.to_owned())),
        code: mine.code(fleet.now()),
        for_user: for_user.to_owned(),
        ..v1::VerifyTokenRequest::default()
    };
    let mut codes = v1::code_service_client::CodeServiceClient::new(counter.door());
    assert_eq!(refused(codes.verify_token(by_id(OTHER)).await).reason, "NOT_THEIRS");
    codes.verify_token(by_id("")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn others_may_name_the_person_and_get_the_same_answer() {
    let (fleet, [mine, theirs, shelf]) = fleet().await;
    for roles in [&[Role::Desk][..], &[Role::Counter, Role::Desk]] {
        let desk = fleet.operator(&format!("desk{}", roles.len()), roles).await;
        for (device, code) in [(&theirs, "TF-2114"), (&shelf, "TF-2115")] {
            for no in both_refused(&fleet, &desk, USER, device).await {
                assert_eq!((no.reason.as_str(), no.code.as_str()), ("NOT_THEIRS", code), "{roles:?}");
            }
        }
        desk.resync(&shelf.serial, &shelf.codes(fleet.now(), 2)).await.unwrap();
        desk.verify(&mine.serial, &mine.code(fleet.now())).await.unwrap();
        fleet.clock.advance(3600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_take_the_person_by_for() {
    let (fleet, [mine, theirs, _]) = fleet().await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let code = mine.code(fleet.now());
    let unnamed = counter.tokenadm(&["verify", &mine.serial, &code]).await;
    assert_eq!(unnamed.exit, 2, "{unnamed:?}");
    assert!(unnamed.stderr.contains("TF-2113") && unnamed.stderr.contains("--for <user-id>"), "{unnamed:?}");
    let wrong = counter.tokenadm(&["verify", &theirs.serial, &theirs.code(fleet.now()), "--for", USER]).await;
    assert_eq!(wrong.exit, 5, "{wrong:?}");
    counter.done(&["verify", &mine.serial, &code, "--for", USER]).await;
    fleet.clock.advance(120);
    let codes = mine.codes(fleet.now(), 2);
    counter.done(&["resync", &mine.serial, &codes[0], &codes[1], "--for", USER]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_serial_is_held_against_the_person_who_shows_it() {
    let (fleet, [mine, theirs, shelf]) = fleet().await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let identify = async |device: &Device| {
        let codes = device.codes(fleet.now() - chrono::TimeDelta::seconds(30), 2);
        counter.tokenadm(&["identify", &codes[0], &codes[1], "--for", USER]).await
    };
    let known = identify(&mine).await;
    assert!(known.exit == 0 && known.stdout.contains(&mine.serial) && known.stdout.contains(USER), "{known:?}");
    for (device, code) in [(&theirs, "TF-2114"), (&shelf, "TF-2115")] {
        let no = identify(device).await;
        assert!(no.exit == 5 && no.stderr.contains(code) && !no.stderr.contains(OTHER), "{no:?}");
    }
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let outcomes: Vec<_> =
        auditor.audit("action = token.identify").await.unwrap().into_iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, ["done", "NOT_THEIRS", "NOT_THEIRS"]);
}
