//! Lots: a file that reads both ways is settled by what one of its tokens shows.

use std::time::Duration;

use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;
use tokenfleet_proto::v1::{self, Hold, LotState, Role};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused, request_id};
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::recall::{open, quarantine, recall};

const USER: &str = "0123456789";
const PATIENCE: Duration = Duration::from_secs(20);
const GENERATIONS: &str = "SELECT COUNT(DISTINCT seed_gen) FROM token";

/// How the vendor really wrote a file that reads both ways.
#[derive(Clone, Copy)]
enum Meant {
    Hex,
    Base32,
}

/// A secret of 32 characters that all are of both alphabets.
fn text(serial: &str) -> String {
    let letters = b"ABCDEF234567";
    let seeds = [Device::clock(serial), Device::clock(serial).with_another_seed()];
    let bytes: Vec<u8> = seeds.iter().flat_map(|device| device.seed().to_vec()).take(32).collect();
    bytes.iter().map(|byte| char::from(letters[usize::from(*byte) % letters.len()])).collect()
}

/// The device that such a secret is in.
fn device(nth: u32, meant: Meant) -> Device {
    let serial = format!("3600{nth:09}");
    let text = text(&serial);
    let seed = match meant {
        Meant::Hex => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).unwrap(),
        Meant::Base32 => BASE32_NOPAD.decode(text.as_bytes()).unwrap(),
    };
    Device::clock(&serial).with_seed(seed)
}

fn file_of(devices: &[Device]) -> String {
    let row = |device: &Device| format!("{},{},30,Contoso,HardwareKey\n", device.serial, text(&device.serial));
    let rows: String = devices.iter().map(row).collect();
    format!("serial number,secret key,time interval,manufacturer,model\n{rows}")
}

/// Imports tokens of a file that reads both ways.
async fn closed_lot<const N: usize>(fleet: &Fleet, meant: Meant, devices: [u32; N]) -> (v1::Lot, [Device; N]) {
    let devices = devices.map(|nth| device(nth, meant));
    let summary = fleet.admin.import(&file_of(&devices)).await.unwrap().summary;
    assert!(summary.closed && summary.applied, "{summary:?}");
    (lot(&fleet.admin, &summary.lot).await, devices)
}

async fn lot(by: &Caller, name: &str) -> v1::Lot {
    let request = v1::GetLotRequest { name: name.to_owned() };
    ImportServiceClient::new(by.door()).get_lot(request).await.unwrap().into_inner().lot.unwrap()
}

async fn prove(by: &Caller, lot: &str, serial: &str, codes: &[String]) -> Result<v1::ProveLotResponse, Status> {
    let request = v1::ProveLotRequest {
        lot: lot.to_owned(),
        token: serial.to_owned(),
        codes: codes.to_vec(),
        ..v1::ProveLotRequest::default()
    };
    Ok(LotServiceClient::new(by.door()).prove_lot(request).await?.into_inner())
}

async fn proofs(by: &Caller, lot: &str) -> Vec<v1::LotProof> {
    let request = v1::ListLotProofsRequest { lot: lot.to_owned(), ..v1::ListLotProofsRequest::default() };
    LotServiceClient::new(by.door()).list_lot_proofs(request).await.unwrap().into_inner().proofs
}

fn now_shown(fleet: &Fleet, device: &Device) -> Vec<String> {
    device.codes(fleet.now(), 1)
}

/// Whether its codes count, once it is lent.
async fn works(fleet: &Fleet, device: &Device) -> bool {
    fleet.admin.assign(&device.serial, USER).await.unwrap();
    let judged = fleet.admin.verify(&device.serial, &device.code(fleet.now())).await;
    fleet.admin.take_back(&device.serial).await.unwrap();
    judged.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_reads_both_ways_closes_its_lot_until_a_code_proves_it() {
    let fleet = Fleet::start().await;
    let (closed, [first, second]) = closed_lot(&fleet, Meant::Hex, [1, 2]).await;
    assert_eq!(closed.state(), LotState::Closed);
    let both = [v1::SecretEncoding::Hex, v1::SecretEncoding::Base32];
    assert_eq!(closed.possible_encodings().collect::<Vec<_>>(), both);
    assert_eq!(fleet.admin.token(&first.serial).await.unwrap().hold(), Hold::Lot);
    assert_eq!(refused(fleet.admin.assign(&first.serial, USER).await).reason, "TOKEN_ON_HOLD");

    let code = now_shown(&fleet, &first);
    let proven = prove(&fleet.admin, &closed.name, &first.serial, &code).await.unwrap();
    let open = proven.lot.unwrap();
    assert_eq!((open.state(), open.secret_encoding.as_str()), (LotState::Open, "hex"));
    assert_eq!(open.possible_encodings, [0; 0]);
    let proof = proven.proof.unwrap();
    assert_eq!((proof.serial.as_str(), proof.reread, proof.period_seconds), (first.serial.as_str(), false, 30));
    assert_eq!(proof.prove_operator, "operators/admin");
    assert_eq!(proofs(&fleet.admin, &closed.name).await, [proof]);
    assert_eq!(proven.verdict.unwrap().offset_seconds, 0);

    assert_eq!(refused(prove(&fleet.admin, &closed.name, &first.serial, &code).await).reason, "CODE_REPLAYED");
    assert!(works(&fleet, &second).await);
    let audit = fleet.admin.audit("action = \"lot.prove\"").await.unwrap();
    let outcomes: Vec<_> = audit.iter().map(|event| event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "CODE_REPLAYED"]);
    assert!(audit.iter().all(|event| !format!("{event:?}").contains(&code[0])), "a code is never on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_the_other_reading_reads_all_of_the_lot_anew() {
    let fleet = Fleet::start().await;
    let (closed, [first, second]) = closed_lot(&fleet, Meant::Base32, [1, 2]).await;
    let two = first.codes(fleet.now(), 2);
    let proven = prove(&fleet.admin, &closed.name, &first.serial, &two).await.unwrap();
    let open = proven.lot.unwrap();
    assert_eq!((open.state(), open.secret_encoding.as_str()), (LotState::Open, "base32"));
    assert!(proven.proof.unwrap().reread);
    assert!(works(&fleet, &second).await);
    let by_sample = second.codes(fleet.now() + chrono::TimeDelta::seconds(30), 1);
    assert!(!prove(&fleet.admin, &open.name, &second.serial, &by_sample).await.unwrap().proof.unwrap().reread);

    // A file that says Base32 brings the same tokens.
    let again = fleet.admin.import(&entra_file(&[&first, &second])).await.unwrap().summary;
    assert_eq!((again.unchanged, again.created), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_lot_anew_touches_no_token() {
    let fleet = Fleet::start().await;
    let (closed, [first, _]) = closed_lot(&fleet, Meant::Base32, [1, 2]).await;
    prove(&fleet.admin, &closed.name, &first.serial, &now_shown(&fleet, &first)).await.unwrap();
    let no = refused(fleet.admin.revert(&closed.name).await);
    assert!(no.message.contains("1 of its tokens"), "only the one that proved it: {no:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_fits_no_reading_changes_nothing_and_costs_a_resync() {
    let fleet = Fleet::start().await;
    let (closed, [first, second]) = closed_lot(&fleet, Meant::Hex, [1, 2]).await;
    let before = fleet.database().rows("SELECT * FROM token ORDER BY id");
    let wrong = now_shown(&fleet, &second);
    for _ in 0..5 {
        let no = refused(prove(&fleet.admin, &closed.name, &first.serial, &wrong).await);
        assert_eq!((no.status, no.code.as_str()), (Code::FailedPrecondition, "TF-2902"), "{no:?}");
    }
    let right = now_shown(&fleet, &first);
    assert_eq!(refused(prove(&fleet.admin, &closed.name, &first.serial, &right).await).reason, "RATE_LIMITED");
    assert_eq!(fleet.database().rows("SELECT * FROM token ORDER BY id"), before);
    assert_eq!(lot(&fleet.admin, &closed.name).await, closed);

    let far = second.clone().drifted(-4000).codes(fleet.now(), 2);
    let one = refused(prove(&fleet.admin, &closed.name, &second.serial, &far[1..]).await);
    assert_eq!(one.reason, "NO_MATCH", "{one:?}");
    let proven = prove(&fleet.admin, &closed.name, &second.serial, &far).await.unwrap();
    assert!(proven.verdict.unwrap().offset_seconds < -3900);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_of_the_lot_proves_it_and_only_a_lot_that_may_be_open() {
    let fleet = Fleet::start().await;
    let (closed, [first]) = closed_lot(&fleet, Meant::Hex, [1]).await;
    let other = Device::clock("3600000000999");
    let others = fleet.stock(&[&other]).await;
    let no = refused(prove(&fleet.admin, &closed.name, &other.serial, &now_shown(&fleet, &other)).await);
    assert_eq!(no.reason, "NOT_OF_LOT");
    fleet.admin.revert(&others).await.unwrap();
    let no = refused(prove(&fleet.admin, &closed.name, &other.serial, &now_shown(&fleet, &other)).await);
    assert_eq!(no.reason, "TOKEN_NOT_FOUND");
    fleet.trust_clock(false);
    let no = refused(prove(&fleet.admin, &closed.name, &first.serial, &now_shown(&fleet, &first)).await);
    assert_eq!(no.reason, "CLOCK_UNTRUSTED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_lot_is_checked_by_sample_and_read_anew_only_while_it_is_unused() {
    let fleet = Fleet::start().await;
    // The file says 30 s, and the devices show a code for 60.
    let devices = [1, 2, 3].map(|nth| Device::clock(&format!("370000000000{nth}")));
    let [first, second, third] = &devices;
    let name = fleet.stock(&[first, second]).await;
    let real = first.clone().every(60);
    let proven = prove(&fleet.admin, &name, &real.serial, &now_shown(&fleet, &real)).await.unwrap();
    assert_eq!(proven.proof.unwrap().period_seconds, 60);
    assert_eq!(proven.lot.unwrap().state(), LotState::Open);
    assert_eq!(fleet.admin.token(&second.serial).await.unwrap().period_seconds, 60);
    assert!(works(&fleet, &second.clone().every(60)).await);

    let used = fleet.stock(&[third]).await;
    assert!(works(&fleet, third).await);
    let real = third.clone().every(60);
    let no = refused(prove(&fleet.admin, &used, &real.serial, &now_shown(&fleet, &real)).await);
    assert!(no.code == "TF-2904" && no.message.contains("(60 s a code)"), "{no:?}");
    assert_eq!(fleet.admin.token(&third.serial).await.unwrap().period_seconds, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_gives_two_tokens_one_seed_is_named_and_leaves_the_lot_closed() {
    let fleet = Fleet::start().await;
    let (closed, [first, second]) = closed_lot(&fleet, Meant::Base32, [1, 2]).await;
    let twin = second.with_serial("3600000000777");
    fleet.admin.import(&entra_file(&[&twin])).await.unwrap();
    let no = refused(prove(&fleet.admin, &closed.name, &first.serial, &now_shown(&fleet, &first)).await);
    assert_eq!((no.code.as_str(), no.facts["serials"].as_str()), ("TF-2905", second.serial.as_str()), "{no:?}");
    assert_eq!(lot(&fleet.admin, &closed.name).await, closed);
    fleet.admin.import(&entra_file(&[&Device::clock("3600000000778")])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_was_left_half_read_anew_stays_closed_and_the_next_proof_finishes_it() {
    Box::pin(half_read_anew(false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_was_left_half_read_anew_is_finished_when_the_service_starts() {
    Box::pin(half_read_anew(true)).await;
}

/// A lot whose rereading was broken off after some slices, since the row of its last token can't be written for a while;
/// and its devices.
async fn broken_off(fleet: &Fleet) -> (String, Vec<Device>) {
    let devices: Vec<Device> = (1..=120).map(|nth| device(nth, Meant::Base32)).collect();
    let imported = fleet.admin.import(&file_of(&devices)).await.unwrap().summary;
    let closed = lot(&fleet.admin, &imported.lot).await;
    let (first, last) = (&devices[0], &devices[119]);
    let fault = format!(
        "CREATE TRIGGER fault BEFORE UPDATE ON token WHEN new.serial = '{}' BEGIN SELECT RAISE(ABORT, 'a test'); END",
        last.serial
    );
    fleet.database().change(&fault);
    let broken = prove(&fleet.admin, &closed.name, &first.serial, &now_shown(fleet, first)).await;
    assert_eq!(broken.unwrap_err().code(), Code::Internal);
    assert_eq!(fleet.database().number(GENERATIONS), 2, "half of it is read anew");
    assert_eq!(lot(&fleet.admin, &closed.name).await.state(), LotState::Closed);
    assert_eq!(refused(fleet.admin.assign(&first.serial, USER).await).reason, "TOKEN_ON_HOLD");
    (closed.name, devices)
}

async fn half_read_anew(at_start: bool) {
    let mut fleet = Fleet::start().await;
    let (name, devices) = broken_off(&fleet).await;
    fleet.database().change("DROP TRIGGER fault");
    if at_start {
        fleet.restart().await;
        let finished = async { while lot(&fleet.admin, &name).await.state() != LotState::Open {} };
        timeout(PATIENCE, finished).await.unwrap();
    }
    let last = &devices[119];
    let proven = prove(&fleet.admin, &name, &last.serial, &now_shown(&fleet, last)).await.unwrap();
    let open = proven.lot.unwrap();
    assert_eq!((open.state(), open.secret_encoding.as_str()), (LotState::Open, "base32"));
    assert_eq!(fleet.database().number(GENERATIONS), 1);
    assert!(works(&fleet, &devices[60]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_is_half_read_anew_is_not_opened_by_way_of_a_quarantine() {
    let fleet = Fleet::start().await;
    let (name, devices) = broken_off(&fleet).await;
    quarantine(&fleet.admin, &name).await.unwrap();
    assert_eq!(refused(open(&fleet.admin, &name).await).reason, "LOT_BUSY");
    assert_eq!(refused(recall(&fleet.admin, &name).await).reason, "LOT_BUSY");
    fleet.database().change("DROP TRIGGER fault");
    prove(&fleet.admin, &name, &devices[119].serial, &now_shown(&fleet, &devices[119])).await.unwrap();
    assert_eq!(lot(&fleet.admin, &name).await.state(), LotState::Quarantined, "somebody wanted it kept from use");
    assert_eq!(open(&fleet.admin, &name).await.unwrap().state(), LotState::Open);
    assert!(works(&fleet, &devices[60]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_a_reading_in_doubt_never_count_and_it_can_be_settled_though_people_hold_tokens() {
    let fleet = Fleet::start().await;
    let held = device(1, Meant::Hex);
    let list = fleet.path("loans.csv");
    std::fs::write(&list, format!("serial,user id\n{},{USER}\n", held.serial)).unwrap();
    fleet.done(&["adopt", list.to_str().unwrap()]).await;
    // The file is read as hex while nobody has said how it was meant: these are the codes of that reading.
    let (closed, [_, second]) = closed_lot(&fleet, Meant::Base32, [1, 2]).await;
    let verify = async |device: &Device| fleet.admin.verify(&device.serial, &device.code(fleet.now())).await;
    assert_eq!(refused(verify(&held).await).reason, "TOKEN_ON_HOLD");
    quarantine(&fleet.admin, &closed.name).await.unwrap();
    assert_eq!(refused(recall(&fleet.admin, &closed.name).await).reason, "LOT_UNPROVEN");
    assert_eq!(refused(verify(&held).await).reason, "TOKEN_ON_HOLD");
    prove(&fleet.admin, &closed.name, &second.serial, &now_shown(&fleet, &second)).await.unwrap();
    open(&fleet.admin, &closed.name).await.unwrap();
    assert_eq!(refused(verify(&held).await).reason, "CODE_WRONG");
    verify(&device(1, Meant::Base32)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_for_some_departments_proves_the_lots_that_they_imported() {
    let fleet = Fleet::start().await;
    let law = fleet.operator_of("law", &[Role::Stock], &["law"]).await;
    let (closed, [first]) = closed_lot(&fleet, Meant::Hex, [1]).await;
    assert_eq!(refused(prove(&law, &closed.name, &first.serial, &now_shown(&fleet, &first)).await).code, "TF-2908");
    let second = device(2, Meant::Hex);
    let own = law.import(&file_of(std::slice::from_ref(&second))).await.unwrap().summary.lot;
    prove(&law, &own, &second.serial, &now_shown(&fleet, &second)).await.unwrap();
    assert_eq!(proofs(&law, &own).await.len(), 1);
    let letters = v1::AssignTokenRequest { department: "letters".to_owned(), ..assignment(&second.serial, USER) };
    fleet.admin.assign_as(letters).await.unwrap();
    assert_eq!(proofs(&law, &own).await, [], "the token is another department's business now");
    assert_eq!(proofs(&fleet.admin, &own).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_is_asked_for_again_is_answered_again() {
    let fleet = Fleet::start().await;
    let (closed, [first]) = closed_lot(&fleet, Meant::Base32, [1]).await;
    let request = v1::ProveLotRequest {
        lot: closed.name.clone(),
        token: first.serial.clone(),
        codes: now_shown(&fleet, &first),
        request_id: request_id(),
        ..v1::ProveLotRequest::default()
    };
    let client = || LotServiceClient::new(fleet.admin.door());
    let checked = v1::ProveLotRequest { validate_only: true, request_id: String::new(), ..request.clone() };
    let checked = client().prove_lot(checked).await.unwrap().into_inner();
    assert_eq!((checked.proof, checked.lot.unwrap()), (None, closed.clone()));
    let [once, again] = [
        client().prove_lot(request.clone()).await.unwrap().into_inner(),
        client().prove_lot(request).await.unwrap().into_inner(),
    ];
    assert_eq!(once, again);
    assert_eq!(proofs(&fleet.admin, &closed.name).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_says_that_a_file_reads_both_ways_and_asks_which_it_is() {
    let fleet = Fleet::start().await;
    let path = fleet.path("both.csv");
    std::fs::write(&path, file_of(&[device(1, Meant::Hex)])).unwrap();
    let ran = fleet.tokenadm(&["inspect", path.to_str().unwrap()]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("[TF-1207"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_again_names_its_lot_and_what_settles_how_that_is_read() {
    let fleet = Fleet::start().await;
    let path = fleet.path("both.csv");
    std::fs::write(&path, file_of(&[device(1, Meant::Base32), device(2, Meant::Base32)])).unwrap();
    let path = path.to_str().unwrap();
    let ran = fleet.done(&["import", path]).await;
    assert!(ran.stdout.contains("2 tokens in lot 2026-11-25-a, which is closed: "), "{ran:?}");
    let listed = fleet.done(&["lot", "list"]).await;
    assert!(listed.stdout.contains("hex, base32 (unproven)"), "{listed:?}");

    for (options, exit) in [(&[][..], 0), (&["--secret-encoding", "base32"], 6)] {
        let ran = fleet.tokenadm(&[&["import", path], options].concat()).await;
        assert_eq!(ran.exit, exit, "{ran:?}");
        let told = format!("! {path} was imported before: it is lot 2026-11-25-a (closed)\n");
        assert!(ran.stderr.contains(&told), "{ran:?}");
        assert!(ran.stderr.contains("tokenadm lot prove 2026-11-25-a <serial> <code>"), "{ran:?}");
        assert!(!ran.stderr.contains("would be closed"), "nothing is new: {ran:?}");
        let document = fleet.tokenadm(&[&["import", path, "--json"], options].concat()).await.document();
        let report = &document["imports"][0];
        let earlier = (&report["earlier_lot"], &report["earlier_lot_state"]);
        assert_eq!(earlier, (&"lots/2026-11-25-a".into(), &"closed".into()), "{document}");
    }
}
