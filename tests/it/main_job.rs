//! The job the service is for, from a vendor's file to the token's return, with codes that `oathtool` made.

use tokenfleet_proto::v1::{self, Custody, Role, TokenState};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Device, Fleet, entra_file, oath_file, refused};
use tonic::Code;

const USER: &str = "0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_imported_lent_verified_and_returned() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    let desk = &fleet.admin;

    let import = desk.import(&entra_file(&[&device, &Device::clock("2600215704920")])).await.unwrap();
    let (evidence, summary) = (import.evidence.unwrap(), import.summary);
    assert_eq!((evidence.format.as_str(), evidence.layout.as_str()), ("csv", "Entra"));
    assert_eq!((summary.rows, summary.created, summary.applied), (2, 2, true));
    let token = desk.token(&device.serial).await.unwrap();
    assert_eq!((token.state(), token.lot.as_str()), (TokenState::InStock, summary.lot.as_str()));
    assert_eq!(token.name, "tokens/contoso~2600215704919");

    let token = desk.assign(&device.serial, USER).await.unwrap();
    assert_eq!((token.state(), token.user_id.as_str()), (TokenState::LentNotProven, USER));

    let code = device.code(fleet.now());
    let answer = desk.verify(&device.serial, &code).await.unwrap();
    assert_eq!(answer.token.unwrap().state(), TokenState::Lent);
    assert_eq!(answer.verdict.unwrap().offset_seconds, 0);

    let no = refused(desk.verify(&device.serial, &code).await);
    assert_eq!(
        (no.status, no.reason.as_str(), no.code.as_str()),
        (Code::FailedPrecondition, "CODE_REPLAYED", "TF-2102")
    );
    assert_eq!(desk.token(&device.serial).await.unwrap().failures, 0, "a used code is no guess");

    fleet.clock.advance(30);
    desk.verify(&device.serial, &device.code(fleet.now())).await.unwrap();

    let back = desk.take_back(&device.serial).await.unwrap();
    assert_eq!((back.token.unwrap().custody(), back.returned_by.as_str()), (Custody::InStock, USER));
    fleet.clock.advance(30);
    let no = refused(desk.verify(&device.serial, &device.code(fleet.now())).await);
    assert_eq!(no.reason, "TOKEN_WRONG_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drifted_token_is_refused_then_found_again_and_its_very_next_code_counts() {
    let fleet = Fleet::start().await;
    let slow = Device::clock("2600215704919").drifted(-310);
    fleet.lend(&slow, USER).await;
    let desk = &fleet.admin;

    let no = refused(desk.verify(&slow.serial, &slow.code(fleet.now())).await);
    assert_eq!((no.reason.as_str(), no.status), ("CODE_WRONG", Code::FailedPrecondition));

    let codes = slow.codes(fleet.now(), 3);
    fleet.clock.advance(30);
    let no = refused(desk.resync(&slow.serial, &[codes[1].clone(), codes[0].clone()]).await);
    assert_eq!(no.reason, "SWAPPED");
    let found = desk.resync(&slow.serial, &codes[..2]).await.unwrap();
    let verdict = found.verdict.unwrap();
    assert!((-330..=-300).contains(&verdict.offset_seconds), "{verdict:?}");
    assert!(!verdict.inside_window, "Entra takes no more than its window");
    assert_eq!(found.token.unwrap().failures, 0);

    let no = refused(desk.verify(&slow.serial, &codes[1]).await);
    assert_eq!(no.reason, "CODE_REPLAYED");
    fleet.clock.advance(30);
    desk.verify(&slow.serial, &codes[2]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_clock_that_was_just_set_codes_count_and_nothing_is_learned_from_them() {
    let fleet = Fleet::start().await;
    let slow = Device::clock("2600215704919").drifted(-30);
    let free = Device::clock("2600215704931");
    fleet.stock(&[&free]).await;
    fleet.lend(&slow, USER).await;
    let learned = || {
        let database = fleet.database();
        let seen = database.number("SELECT count(*) FROM drift_observation");
        (database.number("SELECT sum(abs(drift_steps)) FROM token"), seen)
    };
    fleet.trust_clock(false);
    assert!(!fleet.admin.status().await.unwrap().clock_trusted);
    fleet.admin.verify(&slow.serial, &slow.code(fleet.now())).await.unwrap();
    assert_eq!(learned(), (0, 0));
    let codes = slow.codes(fleet.now(), 3);
    fleet.clock.advance(60);
    let proofs = free.codes(fleet.now(), 2);
    let loan =
        |codes: &[String]| v1::AssignTokenRequest { codes: codes.to_vec(), ..assignment(&free.serial, "1111111111") };
    for no in [
        refused(fleet.admin.resync(&slow.serial, &codes[1..]).await),
        refused(fleet.admin.assign_as(loan(&proofs[..1])).await),
        refused(fleet.admin.assign_as(loan(&proofs)).await),
    ] {
        assert_eq!((no.status, no.reason.as_str()), (Code::Unavailable, "CLOCK_UNTRUSTED"));
    }
    assert_eq!(fleet.admin.token(&free.serial).await.unwrap().state(), TokenState::InStock);

    fleet.trust_clock(true);
    assert!(fleet.admin.status().await.unwrap().clock_trusted);
    fleet.admin.verify(&slow.serial, &codes[2]).await.unwrap();
    assert_eq!(learned(), (1, 1));
    fleet.admin.assign_as(loan(&proofs[..1])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_token_of_an_oath_list_counts_its_presses() {
    let fleet = Fleet::start().await;
    let button = Device::button("HT0001");
    let desk = &fleet.admin;
    let import = desk.import(&oath_file(&[&button, &Device::clock("HT0002")])).await.unwrap();
    assert_eq!((import.evidence.unwrap().format.as_str(), import.summary.created), ("oath-csv", 2));
    desk.assign(&button.serial, USER).await.unwrap();

    let codes = button.presses(0, 80);
    let answer = desk.verify(&button.serial, &codes[0]).await.unwrap();
    assert!(answer.verdict.is_none(), "a button has no clock");
    assert_eq!(refused(desk.verify(&button.serial, &codes[0]).await).reason, "CODE_REPLAYED");
    desk.verify(&button.serial, &codes[4]).await.unwrap();
    assert_eq!(refused(desk.verify(&button.serial, &codes[3]).await).reason, "CODE_REPLAYED", "passed over, gone");

    assert_eq!(refused(desk.verify(&button.serial, &codes[40]).await).reason, "CODE_WRONG", "too far ahead");
    desk.resync(&button.serial, &codes[40..42]).await.unwrap();
    desk.verify(&button.serial, &codes[42]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relying_system_gets_yes_once() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let code = device.code(fleet.now());
    assert!(system.passes(USER, &code).await.unwrap());
    assert!(!system.passes(USER, &code).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_through_tokenadm_as_people_see_it() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919").drifted(-310);
    let good = Device::clock("2600215704920");
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&[&device, &good])).unwrap();

    let ran = fleet.done(&["import", file.to_str().unwrap()]).await;
    assert!(ran.stdout.contains("2 tokens in stock, lot "), "{ran:?}");
    assert!(ran.stderr.contains("Next: tokenadm assign"), "{ran:?}");

    let ran = fleet.done(&["assign", &good.serial, USER, "--checked", "staff-card"]).await;
    assert!(ran.stdout.starts_with("✓ 2600215704920 (Contoso HardwareKey) is lent to 0123456789"), "{ran:?}");
    let code = good.code(fleet.now());
    let ran = fleet.done(&["verify", USER, &code]).await;
    assert!(ran.stdout.contains("2600215704920"), "{ran:?}");

    let ran = fleet.tokenadm(&["verify", &good.serial, &code]).await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (8, ""));
    assert!(ran.stderr.starts_with("error: this code of 2600215704920 was already used"), "{ran:?}");
    assert!(ran.stderr.contains("[TF-2102 CODE_REPLAYED]") && ran.stderr.contains("\nhint: "), "{ran:?}");
    let ran = fleet.tokenadm(&["verify", &good.serial, &code, "--lang", "ja"]).await;
    assert_eq!(ran.exit, 8);
    assert!(ran.stderr.contains("2600215704920 のこの確認コードは使用済みです"), "{ran:?}");
    assert!(ran.stderr.contains("TF-2102"), "{ran:?}");

    fleet.done(&["assign", &device.serial, "9876543210"]).await;
    let codes = device.codes(fleet.now(), 3);
    let ran = fleet.tokenadm(&["verify", &device.serial, &codes[0]]).await;
    assert_eq!(ran.exit, 8, "{ran:?}");
    fleet.clock.advance(60);
    let ran = fleet.done(&["resync", &device.serial, &codes[0], &codes[1]]).await;
    assert!(ran.stdout.contains("outside Entra's ±"), "{ran:?}");
    fleet.done(&["verify", &device.serial, &codes[2]]).await;

    let ran = fleet.done(&["return", &device.serial, "--reason", "battery", "--leaves-none"]).await;
    assert!(ran.stdout.contains("is set aside"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_through_tokenadm_as_programs_see_it() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&[&device])).unwrap();

    let done = fleet.done(&["import", file.to_str().unwrap(), "--json"]).await.document();
    assert_eq!(done["apiVersion"], "tokenadm/v1");
    let lent = fleet.done(&["assign", &device.serial, USER, "--json"]).await.document();
    assert_eq!((&lent["token"]["state"], &lent["token"]["user_id"]), (&"lent_not_proven".into(), &USER.into()));
    let code = device.code(fleet.now());
    let verified = fleet.done(&["verify", &device.serial, &code, "--json"]).await.document();
    assert_eq!((&verified["token"]["state"], &verified["verdict"]["offset_seconds"]), (&"lent".into(), &0.into()));

    let ran = fleet.tokenadm(&["--json", "verify", &device.serial, &code]).await;
    let error = ran.error();
    assert_eq!((ran.exit, ran.stdout.as_str(), &error["exit_code"]), (8, "", &8.into()));
    let error = &error["error"];
    assert_eq!((&error["code"], &error["reason"]), (&"TF-2102".into(), &"CODE_REPLAYED".into()));
    assert_eq!(error["status"], "FAILED_PRECONDITION");
    assert_eq!(error["request_id"].as_str().unwrap().len(), 16);

    let codes = device.codes(fleet.now(), 4);
    fleet.clock.advance(90);
    let found = fleet.done(&["resync", USER, &codes[2], &codes[3], "--json"]).await.document();
    assert_eq!(found["verdict"]["offset_seconds"], 0);
    let back = fleet.done(&["return", USER, "--reason", "leaving", "--json"]).await.document();
    assert_eq!((&back["returned_by"], &back["token"]["custody"]), (&USER.into(), &"in_stock".into()));
}
