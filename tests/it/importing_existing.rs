//! A file whose tokens are known already: what it may change of them, and what it never does.

use data_encoding::HEXLOWER;
use tokenfleet_proto::v1::{self, ExistingTokens, Role};
use tokenfleet_tests::caller::Order;
use tokenfleet_tests::{Daemon, Device, Fleet, entra_file, refused, request_id};

use crate::importing::Upload;

const USER: &str = "0123456789";
const HEADER: &str = "serial,seed (hex),type,digits,manufacturer,model,expires\n";

fn device(nth: usize) -> Device {
    Device::clock(&format!("26{nth:011}"))
}

/// A row that describes a token.
fn row(device: &Device, manufacturer: &str, model: &str, expires: &str) -> String {
    let seed = HEXLOWER.encode(device.seed());
    format!("{},{seed},totp,6,{manufacturer},{model},{expires}\n", device.serial)
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}{}", rows.concat())
}

fn first_file() -> String {
    file(&[row(&device(1), "Feitian", "C100", "2030-01-01"), row(&device(2), "Feitian", "C100", "2030-01-01")])
}

/// The same tokens, one of them lent, described otherwise.
fn second_file() -> String {
    file(&[row(&device(1), "Feitian", "C200", "2031-01-01"), row(&device(2), "Feitian", "C100", "2030-01-01")])
}

async fn stocked() -> Fleet {
    let fleet = Fleet::start().await;
    fleet.admin.import(&first_file()).await.unwrap();
    fleet
}

async fn import(fleet: &Fleet, text: &str, existing: ExistingTokens) -> (v1::ImportSummary, Vec<v1::RowProblem>) {
    let import = fleet.admin.import_as(text.as_bytes(), Order { existing, ..Order::default() }).await.unwrap();
    (import.summary, import.problems)
}

async fn describes(fleet: &Fleet) -> Vec<v1::AuditEvent> {
    fleet.admin.audit("action = \"token.describe\"").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_token_that_is_described_otherwise_is_refused_unless_somebody_says_what_becomes_of_it() {
    let fleet = stocked().await;
    let before = fleet.admin.tokens("").await.unwrap();
    for existing in [ExistingTokens::Unspecified, ExistingTokens::Reject] {
        let (summary, problems) = import(&fleet, &second_file(), existing).await;
        assert_eq!((summary.conflicts, summary.unchanged, summary.applied), (1, 1, false));
        let told = (problems[0].line, problems[0].code.as_str(), problems[0].reason.as_str());
        assert_eq!(told, (2, "TF-1332", "SERIAL_EXISTS_DIFFERENT_DATA"));
        assert!(problems[0].message.ends_with("but another model") && problems[0].hint.contains("update-metadata"));
    }
    assert_eq!(fleet.admin.tokens("").await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_known_tokens_are_passed_over_and_the_new_ones_come_in() {
    let fleet = stocked().await;
    let before = fleet.admin.token(&device(1).serial).await.unwrap();
    let grown = second_file() + &row(&device(3), "Feitian", "C200", "");
    let (summary, _) = import(&fleet, &grown, ExistingTokens::SkipIdentical).await;
    assert_eq!((summary.created, summary.unchanged, summary.updated, summary.applied), (1, 2, 0, true));
    assert_eq!(fleet.admin.token(&device(1).serial).await.unwrap(), before);
    assert_eq!(fleet.admin.lots().await.unwrap().len(), 2);
    assert!(describes(&fleet).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_described_as_the_file_does_and_its_codes_stay_what_they_were() {
    let fleet = stocked().await;
    fleet.admin.assign(&device(1).serial, USER).await.unwrap();
    let before = fleet.admin.token(&device(1).serial).await.unwrap();
    let (summary, problems) = import(&fleet, &second_file(), ExistingTokens::UpdateMetadata).await;
    assert_eq!((summary.updated, summary.unchanged, summary.created, summary.applied), (1, 1, 0, true), "{problems:?}");
    assert_eq!((summary.lot.as_str(), fleet.admin.lots().await.unwrap().len()), ("", 1), "nothing new is no lot");

    let after = fleet.admin.token(&device(1).serial).await.unwrap();
    assert_eq!((after.model.as_str(), after.expire_time.map(|at| at.seconds)), ("C200", Some(1_925_078_399)));
    let v1::Token { model, expire_time, update_time, etag, .. } = after.clone();
    assert_eq!(after, v1::Token { model, expire_time, update_time, etag, ..before }, "and nothing else changed");
    fleet.admin.verify(&device(1).serial, &device(1).code(fleet.now())).await.unwrap();

    let events = describes(&fleet).await;
    let [event] = &events[..] else { panic!("{events:?}") };
    let detail = |name: &str| event.details.get(name).map(String::as_str);
    assert_eq!((detail("model_before"), detail("model")), (Some("C100"), Some("C200")));
    assert_eq!(detail("expires_before"), Some("2030-01-01T23:59:59+00:00"));
    assert_eq!(detail("file_sha256"), Some(summary.file_sha256.as_str()));
    assert!(detail("manufacturer").is_none(), "what stayed is not told: {event:?}");
    let history = fleet.done(&["show", &device(1).serial, "--history"]).await.stdout;
    assert!(history.contains(" describe ") && history.contains("model=C200"), "{history}");

    let (again, _) = import(&fleet, &second_file(), ExistingTokens::UpdateMetadata).await;
    assert_eq!((again.updated, again.unchanged), (0, 2));
    assert_eq!(describes(&fleet).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_date_of_the_vendor_lets_an_expired_token_show_its_codes_again() {
    let fleet = Fleet::start().await;
    fleet.admin.import(&file(&[row(&device(1), "", "", "2020-01-01")])).await.unwrap();
    assert_eq!(refused(fleet.admin.assign(&device(1).serial, USER).await).reason, "TOKEN_EXPIRED");
    let renewed = file(&[row(&device(1), "", "", "2040-01-01")]);
    assert_eq!(import(&fleet, &renewed, ExistingTokens::UpdateMetadata).await.0.updated, 1);
    fleet.admin.assign(&device(1).serial, USER).await.unwrap();
    fleet.admin.verify(&device(1).serial, &device(1).code(fleet.now())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_does_not_say_stays() {
    let fleet = stocked().await;
    let silent = file(&[row(&device(1), "", "", ""), row(&device(2), "", "C300", "")]);
    let (summary, _) = import(&fleet, &silent, ExistingTokens::UpdateMetadata).await;
    // A vendor that nobody names is another one: say it, and the token is found.
    assert_eq!((summary.conflicts, summary.updated), (2, 0));
    let order = Order { existing: ExistingTokens::UpdateMetadata, vendor: "feitian".to_owned(), ..Order::default() };
    let summary = fleet.admin.import_as(silent.as_bytes(), order).await.unwrap().summary;
    assert_eq!((summary.updated, summary.unchanged), (1, 1));
    let [first, second] = [1, 2].map(|nth| device(nth).serial);
    let first = fleet.admin.token(&first).await.unwrap();
    assert_eq!((first.manufacturer.as_str(), first.model.as_str()), ("Feitian", "C100"));
    let second = fleet.admin.token(&second).await.unwrap();
    assert_eq!((second.manufacturer.as_str(), second.model.as_str()), ("Feitian", "C300"));
    assert!(second.expire_time.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_seed_and_other_codes_are_refused_whatever_is_said() {
    let fleet = stocked().await;
    let before = fleet.admin.tokens("").await.unwrap();
    let as_hotp = row(&device(1), "Feitian", "C200", "2030-01-01").replace(",totp,", ",hotp,");
    let longer = row(&device(1), "Feitian", "C200", "2030-01-01").replace(",totp,6,", ",totp,8,");
    let other_seed = row(&device(1).with_another_seed(), "Feitian", "C200", "2030-01-01");
    for existing in [ExistingTokens::SkipIdentical, ExistingTokens::UpdateMetadata] {
        for (bad, code) in [(&as_hotp, "TF-1244"), (&longer, "TF-1244"), (&other_seed, "TF-1243")] {
            let good = row(&device(2), "Feitian", "C200", "2030-01-01");
            let (summary, problems) = import(&fleet, &file(&[bad.clone(), good]), existing).await;
            assert_eq!((summary.conflicts, summary.applied, problems[0].code.as_str()), (1, false, code));
        }
    }
    assert_eq!(fleet.admin.tokens("").await.unwrap(), before, "nor is the good row beside it taken over");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_keep_going_the_good_rows_are_taken_over_beside_the_refused_ones() {
    let fleet = stocked().await;
    let bad = row(&device(1).with_another_seed(), "Feitian", "C200", "2030-01-01");
    let text = file(&[bad, row(&device(2), "Feitian", "C200", ""), row(&device(3), "Feitian", "C200", "")]);
    let order = Order { existing: ExistingTokens::UpdateMetadata, keep_going: true, ..Order::default() };
    let summary = fleet.admin.import_as(text.as_bytes(), order).await.unwrap().summary;
    assert_eq!((summary.conflicts, summary.updated, summary.created, summary.applied), (1, 1, 1, true));
    let models = fleet.admin.tokens("").await.unwrap();
    let mut models: Vec<_> = models.iter().map(|token| token.model.as_str()).collect();
    models.sort_unstable();
    assert_eq!(models, ["C100", "C200", "C200"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_one_file_that_contradict_each_other_are_refused() {
    let fleet = stocked().await;
    let [one, other] = ["C200", "C300"].map(|model| row(&device(1), "Feitian", model, "2030-01-01"));
    let (summary, problems) =
        import(&fleet, &file(&[one.clone(), one.clone(), other]), ExistingTokens::UpdateMetadata).await;
    assert_eq!((summary.updated, summary.unchanged, summary.conflicts, summary.applied), (1, 1, 1, false));
    assert_eq!((problems[0].line, problems[0].code.as_str()), (4, "TF-1244"));

    // A serial with two seeds loses all its rows, what one of them said of a known token too.
    let torn = file(&[one, row(&device(1).with_another_seed(), "Feitian", "C200", "2030-01-01")]);
    let order = Order { existing: ExistingTokens::UpdateMetadata, keep_going: true, ..Order::default() };
    let summary = fleet.admin.import_as(torn.as_bytes(), order).await.unwrap().summary;
    assert_eq!((summary.updated, summary.refused), (0, 2));
    assert_eq!(fleet.admin.token(&device(1).serial).await.unwrap().model, "C100");
    assert!(describes(&fleet).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_token_and_one_whose_row_was_changed_stay_as_they_are() {
    let fleet = stocked().await;
    fleet.admin.retire(&device(1).serial).await.unwrap();
    let retired = fleet.admin.token(&device(1).serial).await.unwrap();
    let text = file(&[row(&device(1), "Feitian", "C200", "")]);
    let (summary, problems) = import(&fleet, &text, ExistingTokens::UpdateMetadata).await;
    assert_eq!((summary.updated, summary.unchanged), (0, 1), "{problems:?}");
    assert_eq!(fleet.admin.token(&device(1).serial).await.unwrap(), retired);

    let sql = format!("UPDATE token SET location = 'x' WHERE serial = '{}'", device(2).serial);
    assert_eq!(fleet.database().change(&sql), 1);
    let text = file(&[row(&device(2), "Feitian", "C200", "")]);
    let (summary, problems) = import(&fleet, &text, ExistingTokens::UpdateMetadata).await;
    assert_eq!((summary.updated, summary.conflicts, problems[0].code.as_str()), (0, 1, "TF-1244"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_its_plan_is_for_the_same_way_only() {
    let fleet = stocked().await;
    let before = fleet.admin.tokens("").await.unwrap();
    let path = fleet.path("second.csv");
    std::fs::write(&path, second_file()).unwrap();
    let path = path.to_str().unwrap();
    let way = ["import", path, "--existing", "update-metadata"];
    let ran = fleet.done(&[&way[..], &["--dry-run", "--json"]].concat()).await.document();
    let plan = ran["imports"][0]["plan"].as_str().unwrap().to_owned();
    assert_eq!((&ran["imports"][0]["updated"], &ran["imports"][0]["applied"]), (&1.into(), &false.into()));
    assert_eq!(fleet.admin.tokens("").await.unwrap(), before);

    let ran = fleet.tokenadm(&["import", path, "--existing", "skip-identical", "--plan", &plan]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("its options are not the same"), "{ran:?}");
    let ran = fleet.done(&[&way[..], &["--plan", &plan]].concat()).await;
    assert!(ran.stdout.contains("✓ 1 token that was known is now described as in "), "{ran:?}");
    let ran = fleet.tokenadm(&[&way[..], &["--plan", &plan]].concat()).await;
    assert!(ran.exit == 5 && ran.stderr.contains("PLAN_STALE"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_describes_nothing_twice_and_another_way_is_another_request() {
    let mut fleet = stocked().await;
    let order = Order { existing: ExistingTokens::UpdateMetadata, request_id: request_id(), ..Order::default() };
    let send = |fleet: &Fleet, order: &Order| {
        let (admin, order) = (fleet.admin.clone(), order.clone());
        async move { admin.import_as(second_file().as_bytes(), order).await }
    };
    let first = send(&fleet, &order).await.unwrap().summary;
    fleet.restart().await;
    assert_eq!(send(&fleet, &order).await.unwrap().summary, first);
    assert_eq!((first.updated, describes(&fleet).await.len()), (1, 1));
    let other = Order { existing: ExistingTokens::SkipIdentical, ..order };
    assert_eq!(refused(send(&fleet, &other).await).reason, "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_died_before_the_end_of_an_import_has_described_nothing() {
    let mut daemon = Daemon::start();
    let list = |model| file(&(0..2500).map(|nth| row(&device(nth), "Feitian", model, "")).collect::<Vec<_>>());
    daemon.admin().import(&list("C100")).await.unwrap();
    let order = Order { existing: ExistingTokens::UpdateMetadata, ..Order::default() };
    let second = list("C200");
    let mut upload = Upload::begin_as(&daemon.admin(), &order, second.as_bytes()).await;
    upload.heard_of_a_thousand_rows().await;
    daemon.kill();
    daemon.resume();
    let of_model = |daemon: &Daemon, model| {
        daemon.database().number(&format!("SELECT count(*) FROM token WHERE model = '{model}'"))
    };
    assert_eq!((of_model(&daemon, "C100"), of_model(&daemon, "C200")), (2500, 0));
    let summary = daemon.admin().import_as(second.as_bytes(), order).await.unwrap().summary;
    assert_eq!((summary.updated, of_model(&daemon, "C200")), (2500, 2500));
    assert_eq!(daemon.database().number("SELECT count(*) FROM lot"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_a_serial_are_described_anew_under_their_own_names() {
    let fleet = Fleet::start().await;
    let list = |model: &str| {
        let seed = |nth| HEXLOWER.encode(device(nth).seed());
        let rows = [1, 2].map(|nth| format!("26AB,{},totp,{model},key{nth}\n", seed(nth)));
        format!("serial,seed (hex),type,model,key id\n{}", rows.concat())
    };
    fleet.admin.import(&list("C100")).await.unwrap();
    let (summary, problems) = import(&fleet, &list("C200"), ExistingTokens::UpdateMetadata).await;
    assert_eq!((summary.updated, summary.created), (2, 0), "{problems:?}");
    let tokens = fleet.admin.tokens("").await.unwrap();
    assert!(tokens.len() == 2 && tokens.iter().all(|token| token.model == "C200"), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_says_the_same_is_unchanged_in_any_way() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&device(1)]).await;
    for existing in [ExistingTokens::Reject, ExistingTokens::SkipIdentical, ExistingTokens::UpdateMetadata] {
        let (summary, _) = import(&fleet, &entra_file(&[&device(1)]), existing).await;
        assert_eq!((summary.unchanged, summary.updated, summary.applied), (1, 0, true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_for_some_departments_says_nothing_anew_of_tokens_that_others_lend() {
    let fleet = stocked().await;
    let before = fleet.admin.tokens("").await.unwrap();
    let law = fleet.operator_of("law", &[Role::Stock], &["law"]).await;
    let order = Order { existing: ExistingTokens::UpdateMetadata, ..Order::default() };
    let no = refused(law.import_as(second_file().as_bytes(), order).await);
    assert_eq!((no.code.as_str(), no.reason.as_str()), ("TF-2908", "OUT_OF_SCOPE"));
    assert_eq!(fleet.admin.tokens("").await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_has_passed_is_counted_before_anybody_takes_it_over() {
    let fleet = stocked().await;
    let text = file(&[row(&device(1), "Feitian", "C100", "2019-01-01")]);
    let order = Order { existing: ExistingTokens::UpdateMetadata, validate_only: true, ..Order::default() };
    let summary = fleet.admin.import_as(text.as_bytes(), order).await.unwrap().summary;
    assert_eq!((summary.updated, summary.expired), (1, 1));
}
