//! Vendors' files: all of a file or nothing of it, and what is wrong with a row is said by its place.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::{self, Hold, LotState, import_tokens_response};
use tokenfleet_tests::caller::{Order, chunk, header, read_import};
use tokenfleet_tests::{Caller, Daemon, Device, Fleet, Import, entra_file, oath_file, refused};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

const USER: &str = "0123456789";
const HEADER: &str = "upn,serial number,secret key,time interval,manufacturer,model\n";
const PATIENCE: Duration = Duration::from_secs(20);

fn device(nth: usize) -> Device {
    Device::clock(&format!("26{nth:011}"))
}

/// A row that is not Base32, a serial that a spreadsheet spoiled, a seed that is too short, a seed of the RFC, and two
/// rows that are good.
fn file_with_bad_rows() -> String {
    format!(
        "{HEADER}{}upn,2600000000101,0189018901890189,30,,\nupn,2.30753E+12,{SOME},30,,\n\
         upn,2600000000103,MFRGGZDFMZTWQ,30,,\nupn,2600000000104,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,30,,\n{}",
        device(1).entra_row(),
        device(2).entra_row(),
    )
}

const SOME: &str = "NV2XE3LVOIQHG5DBPFZSAZLYMFWXA3DF";

fn places(problems: &[v1::RowProblem]) -> Vec<(i64, i32, &str)> {
    problems.iter().map(|problem| (problem.line, problem.column, problem.code.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_wrong_are_named_and_nothing_is_changed() {
    let fleet = Fleet::start().await;
    let import = fleet.admin.import(&file_with_bad_rows()).await.unwrap();
    let mut problems = import.problems.clone();
    problems.sort_by_key(|problem| problem.line);
    let wrong = [(3, 3, "TF-1206"), (4, 2, "TF-1211"), (5, 3, "TF-1240"), (6, 3, "TF-1241")];
    assert_eq!(places(&problems), wrong);
    assert!(problems.iter().all(|problem| problem.reason == "IMPORT_ROW_INVALID"));
    let v1::ImportSummary { lot, rows, created, refused, applied, .. } = import.summary;
    assert_eq!((lot.as_str(), rows, created, refused, applied), ("", 6, 2, 4, false));
    nothing_is_left(&fleet).await;
    let tried = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!(tried.iter().map(|event| event.outcome.as_str()).collect::<Vec<_>>(), ["IMPORT_ROW_INVALID"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokenadm_names_wrong_rows_and_leaves_them_out_where_it_is_told_to() {
    let fleet = Fleet::start().await;
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, file_with_bad_rows()).unwrap();
    let path = path.to_str().unwrap();

    for arguments in [&["import", path][..], &["import", path, "--dry-run"]] {
        let ran = fleet.tokenadm(arguments).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (6, ""), "{ran:?}");
        assert!(ran.stderr.contains("seeds.csv line 3, column 3 (secret key): "), "{ran:?}");
        assert!(ran.stderr.contains("[TF-1206]") && ran.stderr.contains("4 of 6 rows can't be imported"), "{ran:?}");
        assert!(!ran.stderr.contains("0189018901890189"), "nothing of a secret is shown");
        nothing_is_left(&fleet).await;
    }

    let ran = fleet.tokenadm(&["import", path, "--keep-going", "--dry-run"]).await;
    assert!(
        ran.exit == 6 && ran.stdout.contains("2 tokens of ") && ran.stdout.contains("could be imported"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("4 of 6 rows would be left out; nothing was changed"), "{ran:?}");
    assert!(!fleet.path("seeds.rejected.csv").exists());
    nothing_is_left(&fleet).await;

    let ran = fleet.tokenadm(&["import", path, "--keep-going", "--json"]).await;
    assert_eq!((ran.exit, &ran.error()["exit_code"]), (6, &6.into()));
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 2);
    let list = std::fs::read_to_string(fleet.path("seeds.rejected.csv")).unwrap();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!((lines.len(), format!("{}\n", lines[0])), (9, HEADER.to_owned()), "{list}");
    assert!(lines[1].starts_with("# line 3, column 3 (secret key): ") && lines[1].contains("[TF-1206]"), "{list}");
    assert_eq!(
        [lines[2], lines[4], lines[6], lines[8]],
        ["upn,2600000000101,,30,,", "upn,2.30753E+12,,30,,", "upn,2600000000103,,30,,", "upn,2600000000104,,30,,"]
    );
    for secret in ["0189018901890189", SOME, "MFRGGZDFMZTWQ", "GEZDGNBVGY3TQOJQ"] {
        assert!(!list.contains(secret) && !ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_imported_when_their_seeds_are_filled_in() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&device(1)]).await;
    let path = fleet.path("seeds.csv");
    let another = device(1).with_another_seed();
    let text = format!(
        "シリアル番号;シードキー;時間間隔;モデル\r\n{};{};30;表示器\r\n{};{};30;表示器\r\n{};{};30;表示器\r\n",
        device(2).serial,
        &HEXLOWER.encode(device(2).seed())[1..],
        device(3).serial,
        HEXLOWER.encode(device(3).seed()),
        another.serial,
        HEXLOWER.encode(another.seed()),
    );
    std::fs::write(&path, encoding_rs::SHIFT_JIS.encode(&text).0).unwrap();
    let import = ["import", path.to_str().unwrap(), "--keep-going", "--vendor", "contoso"];
    let ran = fleet.tokenadm(&import).await;
    assert!(ran.exit == 6 && ran.stdout.contains("✓ 1 token in stock"), "{ran:?}");

    let list = std::fs::read(fleet.path("seeds.rejected.csv")).unwrap();
    let (list, encoding, _) = encoding_rs::SHIFT_JIS.decode(&list);
    assert_eq!(encoding, encoding_rs::SHIFT_JIS);
    let row = |device: &Device| format!("\r\n{};;30;表示器\r\n", device.serial);
    let [lost, taken] = [row(&device(2)), row(&another)];
    assert!(list.starts_with("シリアル番号;シードキー;時間間隔;モデル\r\n# line 2, "), "{list}");
    assert!(list.contains(&lost) && list.ends_with(&taken), "{list}");
    let seed = HEXLOWER.encode(device(2).seed());
    let mended = list.replace(&lost, &lost.replace(";;", &format!(";{seed};"))).replace(&taken, "\r\n");
    let path = fleet.path("mended.csv");
    std::fs::write(&path, encoding_rs::SHIFT_JIS.encode(&mended).0).unwrap();
    let ran = fleet.done(&["import", path.to_str().unwrap(), "--vendor", "contoso"]).await;
    assert!(ran.stdout.contains("✓ 1 token in stock, lot "), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_rejected_rows_is_never_written_over_and_nothing_is_imported_then() {
    let fleet = Fleet::start().await;
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, file_with_bad_rows()).unwrap();
    let list = fleet.path("seeds.rejected.csv");
    std::fs::write(&list, "mine").unwrap();
    let import = ["import", path.to_str().unwrap(), "--keep-going"];
    let ran = fleet.tokenadm(&import).await;
    assert!(ran.exit == 5 && ran.stderr.contains("is there already; nothing was imported"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(&list).unwrap(), "mine");
    nothing_is_left(&fleet).await;

    std::fs::write(&list, "").unwrap();
    std::fs::write(&path, entra_file(&[&device(1)])).unwrap();
    fleet.done(&import).await;
    assert!(!list.exists(), "an import that was killed left it empty; no row was left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_map_reads_what_names_no_columns() {
    let fleet = Fleet::start().await;
    let path = fleet.path("seeds.txt");
    let row = |device: &Device| format!("box 7;{};-;{}\n", HEXLOWER.encode(device.seed()), device.serial);
    std::fs::write(&path, row(&device(1)) + &row(&device(2))).unwrap();
    let path = path.to_str().unwrap();
    let map = "serial=4,secret=2:hex,type=const:totp,period=const:30,vendor=const:Acme";
    assert_eq!(fleet.tokenadm(&["import", path]).await.exit, 2, "nobody says what is what");

    let inspected = fleet.done(&["inspect", path, "--map", map, "--json"]).await.document();
    assert_eq!((&inspected["evidence"]["layout"], &inspected["keys"][0]["period"]), (&"column map".into(), &30.into()));
    assert_eq!(inspected["keys"][0]["kcv"].as_str().unwrap(), check_value(device(1).seed()));

    for (map, exit, told) in [
        ("serial=4,secret=9:hex,type=const:totp", 2, "the secret key from column 9, but the rows have 4 "),
        ("serial=4,secret=2:base32,type=const:totp", 2, "from column 2, where none reads as base32"),
        (
            "serial=4,secret=2:hex,serial=1",
            2,
            "at character 23, behind \"serial=4,secret=2:hex,\": this field was named",
        ),
        ("acme", 3, "no profile keeps a column map acme"),
    ] {
        let ran = fleet.tokenadm(&["import", path, "--map", map]).await;
        assert!(ran.exit == exit && ran.stderr.contains(told), "{map}: {ran:?}");
        nothing_is_left(&fleet).await;
    }

    let config = fleet.admin.folder.join("config.toml");
    let profile = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{profile}\n[maps]\nacme = \"{map}\"\n")).unwrap();
    for name in ["acme", "@acme"] {
        let ran = fleet.done(&["import", path, "--map", name]).await;
        assert!(ran.stderr.contains("layout: column map; secrets: hex, as you said"), "{ran:?}");
    }
    let names: Vec<_> = fleet.admin.tokens("").await.unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(names, [1, 2].map(|nth| format!("tokens/acme~{}", device(nth).serial)));
    let begun = fleet.admin.audit("action = \"lot.import_begin\"").await.unwrap();
    assert_eq!(begun[0].details["column_map"], map, "{begun:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn short_serials_are_believed_when_somebody_compared_them_with_the_tokens() {
    let fleet = Fleet::start().await;
    let devices = ["9998", "9999", "10000", "10001", "10002"].map(Device::clock);
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, entra_file(&devices.iter().collect::<Vec<_>>())).unwrap();
    let path = path.to_str().unwrap();
    let ran = fleet.tokenadm(&["import", path]).await;
    assert!(
        ran.exit == 6 && ran.stderr.contains("[TF-1235]") && ran.stderr.contains("--serials-as-written"),
        "{ran:?}"
    );
    let ran = fleet.done(&["import", path, "--serials-as-written"]).await;
    assert!(ran.stdout.contains("✓ 5 tokens in stock"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_another_length_are_believed_when_somebody_asked_the_vendor() {
    let fleet = Fleet::start().await;
    let rows = (1..=4).map(|nth| (device(nth).serial, HEXLOWER.encode(device(nth).seed())));
    let lines =
        rows.map(|(serial, hex)| format!("{serial},{},totp\n", &hex[if serial.ends_with('4') { 2 } else { 0 }..]));
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, lines.collect::<String>()).unwrap();
    let import = ["import", path.to_str().unwrap(), "--vendor", "contoso"];
    let ran = fleet.tokenadm(&import).await;
    assert!(
        ran.exit == 6
            && ran.stderr.contains("38 characters where the others have 40")
            && ran.stderr.contains("[TF-1247]"),
        "{ran:?}"
    );
    let ran = fleet.done(&[&import[..], &["--secrets-as-written"]].concat()).await;
    assert!(ran.stdout.contains("✓ 4 tokens in stock"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_interrupted_says_that_nothing_was_imported() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..6000).map(device).collect();
    let file = entra_file(&devices.iter().collect::<Vec<_>>());
    let folder = fleet.admin.folder.clone();
    let mut tokenadm = tokio::process::Command::new(tokenfleet_tests::command::binary("tokenadm"))
        .args(["import", "-", "--keep-going"])
        .env_clear()
        .env("TOKENADM_CONFIG", folder.join("config.toml"))
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = tokenadm.stdin.take().unwrap();
    stdin.write_all(file.as_bytes()).await.unwrap();
    let staged = || fleet.database().number("SELECT count(*) FROM token") > 0;
    timeout(PATIENCE, async {
        while !staged() {
            fleet.admin.who_am_i().await.unwrap();
        }
    })
    .await
    .unwrap();
    let list = folder.join("stdin.rejected.csv");
    assert!(list.exists());

    let id = tokenadm.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ended = timeout(PATIENCE, tokenadm.wait_with_output()).await.unwrap().unwrap();
    let talk = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stdout).unwrap()), (Some(130), String::new()), "{talk}");
    assert!(
        talk.contains(
            "error: interrupted in the middle of standard input; nothing of it was imported   [TF-9082 INTERRUPTED]"
        ),
        "{talk}"
    );
    assert!(!list.exists(), "no row was left out");
    drop(stdin);
    timeout(PATIENCE, async { while fleet.admin.audit("action = \"lot.import\"").await.unwrap().is_empty() {} })
        .await
        .unwrap();
    nothing_is_left(&fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_told_how_far_an_import_is() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..2500).map(device).collect();
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, entra_file(&devices.iter().collect::<Vec<_>>())).unwrap();
    let command =
        format!("{} --color never import {}", tokenfleet_tests::command::binary("tokenadm").display(), path.display());
    let ran = tokio::process::Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("TOKENADM_CONFIG", fleet.admin.folder.join("config.toml"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let told = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success() && told.contains("1000 rows") && told.contains("2000 rows"), "{told}");
    let lot = &fleet.admin.lots().await.unwrap()[0].name;
    assert!(told.contains(&format!("2500 tokens in stock, lot {}", lot.strip_prefix("lots/").unwrap())), "{told}");
    assert!(told.contains("Undo: tokenadm lot revert"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_the_same_and_leaves_no_trace() {
    let fleet = Fleet::start().await;
    let order = Order { validate_only: true, ..Order::default() };
    let file = entra_file(&[&device(1), &device(2)]);
    let summary = fleet.admin.import_as(file.as_bytes(), order).await.unwrap().summary;
    assert_eq!((summary.created, summary.applied, summary.lot.as_str()), (2, false, ""));
    nothing_is_left(&fleet).await;
    assert!(fleet.admin.audit("action = \"lot.import\"").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_is_unchanged_and_makes_no_lot() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&device(1), &device(2)]).await;
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, entra_file(&[&device(1), &device(2)])).unwrap();
    let again = fleet.done(&["import", path.to_str().unwrap(), "--json"]).await.document();
    let report = &again["imports"][0];
    assert_eq!((&report["unchanged"], &report["created"], &report["lot"]), (&2.into(), &0.into(), &().into()));
    assert_eq!(fleet.admin.lots().await.unwrap().len(), 1);

    let grown = fleet.admin.import(&entra_file(&[&device(1), &device(2), &device(3)])).await.unwrap().summary;
    assert_eq!((grown.unchanged, grown.created), (2, 1));
    assert_eq!(fleet.admin.lots().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contradicts_the_stock_is_refused_and_the_stock_untouched() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(1), USER).await;
    let before = fleet.admin.token(&device(1).serial).await.unwrap();
    let longer = device(1).entra_row().replace(",30,", ",60,");
    for (row, reason, code) in [
        (device(1).with_another_seed().entra_row(), "SERIAL_EXISTS_DIFFERENT_SEED", "TF-1243"),
        (device(1).with_serial("2600000000999").entra_row(), "SEED_EXISTS_OTHER_SERIAL", "TF-1242"),
        (longer, "SERIAL_EXISTS_DIFFERENT_DATA", "TF-1244"),
    ] {
        let import = fleet.admin.import(&format!("{HEADER}{row}{}", device(2).entra_row())).await.unwrap();
        let problem = &import.problems[0];
        assert_eq!((problem.line, problem.reason.as_str(), problem.code.as_str()), (2, reason, code));
        assert_eq!((import.summary.conflicts, import.summary.applied), (1, false));
        let lot = before.lot.strip_prefix("lots/").unwrap();
        let names_lot = problem.hint.contains(&format!("tokenadm lot revert {lot}"));
        assert_eq!(names_lot, code == "TF-1243", "{problem:?}");
    }
    assert_eq!(fleet.admin.token(&device(1).serial).await.unwrap(), before);
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serial_with_two_seeds_in_one_file_loses_all_its_rows() {
    let fleet = Fleet::start().await;
    let file = entra_file(&[&device(1), &device(2), &device(1).with_another_seed()]);
    let order = Order { keep_going: true, ..Order::default() };
    let import = fleet.admin.import_as(file.as_bytes(), order).await.unwrap();
    let mut lines: Vec<_> = import.problems.iter().map(|problem| (problem.line, problem.code.as_str())).collect();
    lines.sort_unstable();
    assert_eq!(lines, [(2, "TF-1220"), (4, "TF-1220")]);
    assert_eq!((import.summary.created, import.summary.refused), (1, 2));
    let serials: Vec<_> = fleet.admin.tokens("").await.unwrap().into_iter().map(|token| token.serial).collect();
    assert_eq!(serials, [device(2).serial]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_one_serial_are_two_tokens_with_names_of_their_own() {
    let fleet = Fleet::start().await;
    let seeds = [device(1), device(1).with_another_seed(), device(2)].map(|device| HEXLOWER.encode(device.seed()));
    let rows = format!("A1,{},totp,left\nA1,{},totp,right\nB2,{},totp,left\n", seeds[0], seeds[1], seeds[2]);
    let order = Order { vendor: "acme".to_owned(), ..Order::default() };
    fleet.admin.import_as(format!("serial,seed,type,key id\n{rows}").as_bytes(), order).await.unwrap();
    let mut names: Vec<_> = fleet.admin.tokens("").await.unwrap().into_iter().map(|token| token.name).collect();
    names.sort();
    assert_eq!(names, ["tokens/acme~A1~left", "tokens/acme~A1~right", "tokens/acme~B2"]);

    let no = refused(fleet.admin.assign("A1", USER).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "SERIAL_AMBIGUOUS"));
    assert!(no.message.contains("tokens/acme~A1~left") || no.hint.contains("tokens/acme~A1~left"), "{no:?}");
    fleet.admin.assign("tokens/acme~A1~right", USER).await.unwrap();
    let code = device(1).with_another_seed().code(fleet.now());
    fleet.admin.verify("tokens/acme~A1~right", &code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_one_serial_are_unchanged_when_their_file_comes_again() {
    let fleet = Fleet::start().await;
    let path = fleet.path("seeds.csv");
    std::fs::write(&path, keys_file(&[("A1", Some(1), "left", ""), ("A1", Some(2), "right", "")])).unwrap();
    let import = ["import", path.to_str().unwrap(), "--vendor", "acme", "--json"];
    let first = fleet.done(&import).await.document();
    assert_eq!(first["imports"][0]["created"], 2, "{first}");
    let again = fleet.done(&import).await.document();
    let report = &again["imports"][0];
    assert_eq!((&report["unchanged"], &report["created"], &report["lot"]), (&2.into(), &0.into(), &().into()));
    assert_eq!(fleet.admin.lots().await.unwrap().len(), 1);
    shows(&fleet, &[("tokens/acme~A1~left", 1), ("tokens/acme~A1~right", 2)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_serial_with_and_without_key_ids_each_seed_keeps_its_name() {
    let fleet = Fleet::start().await;
    let file = keys_file(&[("A1", Some(0), "", ""), ("A1", Some(1), "k1", ""), ("A1", Some(2), "k2", "")]);
    let import = kept(&fleet, &file).await;
    assert_eq!(places(&import.problems), [(3, 0, "TF-1243")], "the first without an id has the serial's name");
    assert_eq!((import.summary.created, import.summary.conflicts), (2, 1));
    shows(&fleet, &[("tokens/acme~A1", 0), ("tokens/acme~A1~k2", 2)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_id_that_is_taken_back_takes_no_other_along() {
    let fleet = Fleet::start().await;
    let import = import_kept(&fleet, &keys_file(&REFUSED_AND_TAKEN_BACK)).await;
    let mut lines: Vec<_> = import.problems.iter().map(|problem| problem.line).collect();
    lines.dedup();
    assert_eq!(lines, [3, 4], "{:?}", import.problems);
    shows(&fleet, &[("tokens/acme~A1", 1)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_refused_and_is_taken_back_is_counted_once() {
    let fleet = Fleet::start().await;
    let import = kept(&fleet, &keys_file(&REFUSED_AND_TAKEN_BACK)).await;
    assert_eq!((import.summary.created, import.summary.refused), (1, 2));
}

/// One key, and another that is too short and then contradicted.
const REFUSED_AND_TAKEN_BACK: [(&str, Option<usize>, &str, &str); 3] =
    [("A1", Some(1), "k1", ""), ("A1", None, "k2", ""), ("A1", Some(2), "k2", "")];

#[tokio::test(flavor = "multi_thread")]
async fn a_serial_of_two_vendors_keeps_its_key_ids_apart() {
    let fleet = Fleet::start().await;
    let with_both = [("A1", Some(1), "k1", "Acme"), ("A1", Some(2), "", "Beta"), ("A1", Some(3), "k2", "Acme")];
    kept(&fleet, &keys_file(&with_both)).await;
    let all = [("tokens/acme~A1~k1", 1), ("tokens/acme~A1~k2", 3), ("tokens/beta~A1", 2)];
    shows(&fleet, &all).await;

    // Beta's key is contradicted and goes; Acme's stays, though it is stored without an id until another comes.
    let fleet = Fleet::start().await;
    let taken_back = [("A1", Some(1), "k1", "Acme"), ("A1", Some(2), "", "Beta"), ("A1", Some(4), "", "Beta")];
    let import = kept(&fleet, &keys_file(&taken_back)).await;
    assert_eq!((import.summary.created, import.summary.refused), (1, 2));
    shows(&fleet, &[("tokens/acme~A1", 1)]).await;
}

/// A file with serials, seeds by their number (none is one that is too short), key ids and manufacturers.
fn keys_file(rows: &[(&str, Option<usize>, &str, &str)]) -> String {
    let row = |(serial, seed, id, maker): &(&str, Option<usize>, &str, &str)| {
        let seed = seed.map_or_else(|| "0011223344556677".to_owned(), |nth| HEXLOWER.encode(device(nth).seed()));
        format!("{serial},{seed},totp,{id},{maker}\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!("serial,seed (hex),type,key id,manufacturer\n{rows}")
}

/// Imports what can be imported, of the vendor acme where the file names none.
async fn import_kept(fleet: &Fleet, file: &str) -> Import {
    let order = Order { keep_going: true, vendor: "acme".to_owned(), ..Order::default() };
    fleet.admin.import_as(file.as_bytes(), order).await.unwrap()
}

/// As `import_kept`, where every row is counted once.
async fn kept(fleet: &Fleet, file: &str) -> Import {
    let import = import_kept(fleet, file).await;
    let v1::ImportSummary { rows, created, unchanged, conflicts, refused, .. } = import.summary.clone();
    assert_eq!(created + unchanged + conflicts + refused, rows, "{:?}", import.summary);
    assert_eq!(usize::try_from(created).unwrap(), fleet.admin.tokens("").await.unwrap().len());
    import
}

/// The tokens are these, each with the seed of its number.
async fn shows(fleet: &Fleet, expected: &[(&str, usize)]) {
    let mut names: Vec<_> = fleet.admin.tokens("").await.unwrap().into_iter().map(|token| token.name).collect();
    names.sort();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (nth, (name, seed)) in expected.iter().enumerate() {
        fleet.admin.assign(name, &format!("{nth:010}")).await.unwrap();
        fleet.admin.verify(name, &device(*seed).code(fleet.now())).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_file_is_seen_until_all_of_it_is() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..2500).map(device).collect();
    let file = entra_file(&devices.iter().collect::<Vec<_>>());
    let cut = file.len() - 40;
    let mut upload = Upload::begin(&fleet.admin, &file.as_bytes()[..cut]).await;
    upload.heard_of_a_thousand_rows().await;
    assert!(fleet.database().number("SELECT count(*) FROM token") > 0, "some rows are staged");

    let other = fleet.operator("other", &[v1::Role::Desk, v1::Role::Stock]).await;
    assert!(other.tokens("").await.unwrap().is_empty());
    assert!(other.lots().await.unwrap().is_empty());
    assert!(other.status().await.unwrap().tokens.values().all(|count| *count == 0));
    for no in [refused(other.token(&device(0).serial).await), refused(other.assign(&device(0).serial, USER).await)] {
        assert_eq!(no.reason, "TOKEN_NOT_FOUND");
    }
    let no = refused(other.import(&entra_file(&[&device(9000)])).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Aborted, "IMPORT_RUNNING"));
    assert_eq!(no.facts["operator"], "admin");

    upload.send(&file.as_bytes()[cut..]).await;
    let summary = upload.end().await;
    assert_eq!(summary.created, 2500);
    assert_eq!(other.tokens("").await.unwrap().len(), 2500);
    other.import(&entra_file(&[&device(9000)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_leaves_nothing_and_the_next_one_works() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..2500).map(device).collect();
    let file = entra_file(&devices.iter().collect::<Vec<_>>());
    let mut upload = Upload::begin(&fleet.admin, file.as_bytes()).await;
    upload.heard_of_a_thousand_rows().await;
    drop(upload);
    timeout(PATIENCE, async { while fleet.admin.audit("action = \"lot.import\"").await.unwrap().is_empty() {} })
        .await
        .unwrap();
    let tried = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!(tried[0].outcome, "IMPORT_ABORTED");
    nothing_is_left(&fleet).await;
    assert_eq!(fleet.admin.import(&file).await.unwrap().summary.created, 2500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_died_in_the_middle_of_an_import_starts_clean() {
    let mut daemon = Daemon::start();
    let devices: Vec<_> = (0..2500).map(device).collect();
    let file = entra_file(&devices.iter().collect::<Vec<_>>());
    let mut upload = Upload::begin(&daemon.admin(), file.as_bytes()).await;
    upload.heard_of_a_thousand_rows().await;
    daemon.kill();
    assert!(daemon.database().number("SELECT count(*) FROM token") > 0, "some rows are staged");

    daemon.resume();
    let admin = daemon.admin();
    assert!(admin.tokens("").await.unwrap().is_empty());
    assert_eq!(admin.import(&file).await.unwrap().summary.created, 2500, "the lease is free");
    assert_eq!(daemon.database().number("SELECT count(*) FROM token"), 2500);
    assert_eq!(daemon.database().number("SELECT count(*) FROM lot"), 1);
    admin.import(&entra_file(&[&device(9000)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lots_have_names_of_their_own_though_one_before_them_is_gone() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..2500).map(device).collect();
    let mut upload = Upload::begin(&fleet.admin, entra_file(&devices.iter().collect::<Vec<_>>()).as_bytes()).await;
    upload.heard_of_a_thousand_rows().await;
    // It is given up, and its lot removed by the import that takes its place.
    fleet.clock.advance(16 * 60);
    let lots = [fleet.stock(&[&device(1)]).await, fleet.stock(&[&device(2)]).await, fleet.stock(&[&device(3)]).await];
    assert!(lots[0] != lots[1] && lots[1] != lots[2], "{lots:?}");
    assert_eq!(fleet.admin.lots().await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_that_was_interrupted_is_ended_at_the_next_start_or_import() {
    let mut fleet = Fleet::start().await;
    let devices: Vec<_> = (0..450).map(device).collect();
    let all: Vec<_> = devices.iter().collect();
    for restart in [true, false] {
        let lot = fleet.stock(&all).await;
        interrupted_revert(&fleet, &lot, &devices[300]).await;
        assert!(fleet.admin.tokens("").await.unwrap().is_empty());
        assert_eq!(fleet.database().number("SELECT count(*) FROM token"), 250);
        if restart {
            fleet.restart().await;
            fleet.admin = fleet.admin.on_another_connection();
            let left = || fleet.database().number("SELECT count(*) FROM token");
            timeout(PATIENCE, async {
                while left() > 0 {
                    fleet.admin.who_am_i().await.unwrap();
                }
            })
            .await
            .unwrap();
        }
        let summary = fleet.admin.import(&entra_file(&all)).await.unwrap().summary;
        assert_eq!((summary.created, summary.unchanged, summary.applied), (450, 0, true), "{summary:?}");
        assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 450);
        fleet.admin.revert(&summary.lot).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_lot_that_is_reverted_during_an_import_are_new_to_it() {
    let fleet = Fleet::start().await;
    let (known, new): (Vec<_>, Vec<_>) =
        (0..2900).map(device).partition(|device| device.serial < self::device(450).serial);
    let lot = fleet.stock(&known.iter().collect::<Vec<_>>()).await;
    let mut upload = Upload::begin(&fleet.admin, entra_file(&new.iter().collect::<Vec<_>>()).as_bytes()).await;
    upload.heard_of_a_thousand_rows().await;
    interrupted_revert(&fleet, &lot, &known[300]).await;
    let rows: String = known.iter().map(Device::entra_row).collect();
    upload.send(rows.as_bytes()).await;
    let summary = upload.end().await;
    assert_eq!((summary.created, summary.unchanged, summary.conflicts), (2900, 0, 0), "{summary:?}");
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 2900);
    assert_eq!(fleet.database().number("SELECT count(*) FROM token"), 2900);
}

/// Reverts a lot and lets the removing of its rows fail at the slice with this one in it.
async fn interrupted_revert(fleet: &Fleet, lot: &str, at: &Device) {
    let database = fleet.database();
    database.change(&format!(
        "CREATE TRIGGER stuck BEFORE DELETE ON token WHEN OLD.serial = '{}' BEGIN SELECT RAISE(ABORT, 'stuck'); END",
        at.serial
    ));
    assert_eq!(refused(fleet.admin.revert(lot).await).reason, "INTERNAL");
    database.change("DROP TRIGGER stuck");
    let state = fleet.admin.lots().await.unwrap().into_iter().find(|found| found.name == lot).unwrap().state();
    assert_eq!(state, LotState::Reverted, "it is reverted all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_is_taken_back_until_one_of_its_tokens_was_touched() {
    let fleet = Fleet::start().await;
    let lot = fleet.stock(&[&device(1), &device(2)]).await;
    let reverted = fleet.admin.revert(&lot).await.unwrap();
    assert_eq!(reverted.state(), LotState::Reverted);
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
    assert_eq!(refused(fleet.admin.revert(&lot).await).reason, "LOT_WRONG_STATE");

    let again = fleet.stock(&[&device(1), &device(2)]).await;
    assert_ne!(again, lot);
    let bare = again.strip_prefix("lots/").unwrap();
    let ran = fleet.tokenadm(&["lot", "revert", bare]).await;
    assert_eq!(ran.exit, 2, "severe actions are confirmed: {ran:?}");
    let ran = fleet.done(&["lot", "revert", bare, "--confirm", bare, "--dry-run"]).await;
    assert!(ran.stdout.contains("can be reverted (2 tokens)"), "{ran:?}");

    fleet.admin.assign(&device(1).serial, USER).await.unwrap();
    fleet.admin.take_back(&device(1).serial).await.unwrap();
    let no = refused(fleet.admin.revert(&again).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "LOT_TOUCHED"));
    assert_eq!((no.facts["count"].as_str(), no.facts["serial"].as_str()), ("1", device(1).serial.as_str()));
    let ran = fleet.tokenadm(&["lot", "revert", bare, "--confirm", bare]).await;
    assert_eq!(ran.exit, 5, "{ran:?}");
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_admitted_and_counted_and_never_verifies() {
    let fleet = Fleet::start().await;
    let row = |device: &Device, days: i64| {
        let end = (fleet.now() + TimeDelta::days(days)).format("%Y-%m-%d");
        format!("{},{},totp,{end}\n", device.serial, HEXLOWER.encode(device.seed()))
    };
    let file = format!("serial,seed (hex),type,expires\n{}{}", row(&device(1), -2), row(&device(2), 2));
    let summary = fleet.admin.import(&file).await.unwrap().summary;
    assert_eq!((summary.created, summary.expired), (2, 1));
    let no = refused(fleet.admin.assign(&device(1).serial, USER).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "TOKEN_EXPIRED"));

    fleet.admin.assign(&device(2).serial, USER).await.unwrap();
    fleet.admin.verify(&device(2).serial, &device(2).code(fleet.now())).await.unwrap();
    fleet.clock.advance(TimeDelta::days(3).num_seconds());
    let no = refused(fleet.admin.verify(&device(2).serial, &device(2).code(fleet.now())).await);
    assert_eq!(no.reason, "TOKEN_EXPIRED");
    assert_eq!(fleet.admin.token(&device(2).serial).await.unwrap().hold(), Hold::None);
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_lists_every_key_with_its_check_value_and_stores_nothing() {
    let fleet = Fleet::start().await;
    let button = Device::button("HT0001");
    let path = fleet.path("list.csv");
    std::fs::write(&path, oath_file(&[&device(1), &button])).unwrap();
    let document = fleet.done(&["inspect", path.to_str().unwrap(), "--json"]).await.document();
    assert_eq!(document["apiVersion"], "tokenadm/v1");
    assert_eq!(document["evidence"]["format"], "oath-csv");
    let [clock, press] = &document["keys"].as_array().unwrap()[..] else { panic!("{document}") };
    assert_eq!((&clock["serial"], &clock["key_id"]), (&device(1).serial.into(), &"".into()));
    assert_eq!((&clock["type"], &clock["digits"], &clock["period"]), (&"totp".into(), &6.into(), &30.into()));
    assert_eq!((&clock["algorithm"], clock.get("counter")), (&"SHA1".into(), None));
    assert_eq!(clock["kcv"].as_str().unwrap(), check_value(device(1).seed()));
    assert_eq!((&press["type"], &press["counter"], press.get("period")), (&"hotp".into(), &0.into(), None));
    assert_eq!(press["kcv"].as_str().unwrap(), check_value(button.seed()));
    nothing_is_left(&fleet).await;

    let path = fleet.path("bad.csv");
    std::fs::write(&path, file_with_bad_rows()).unwrap();
    let ran = fleet.tokenadm(&["inspect", path.to_str().unwrap(), "--json"]).await;
    let (keys, problems) = (&ran.document()["keys"], &ran.document()["problems"]);
    assert_eq!((ran.exit, problems.as_array().unwrap().len()), (6, 2), "a short seed is admission's business");
    assert_eq!(keys.as_array().unwrap().len(), 4);
    assert_eq!(problems[0]["line"], 3);
    let warnings: Vec<_> =
        ran.document()["warnings"].as_array().unwrap().iter().map(|warning| warning["line"].clone()).collect();
    assert_eq!(warnings, [5, 6], "but it is told");

    let path = fleet.path("seeds.dpx");
    std::fs::write(&path, "DIGIPASS export 1\n").unwrap();
    let ran = fleet.tokenadm(&["inspect", path.to_str().unwrap(), "--json"]).await;
    assert_eq!((ran.exit, &ran.error()["error"]["reason"]), (2, &"FILE_FORMAT_REFUSED".into()));
    assert_eq!(ran.document()["keys"].as_array().unwrap().len(), 0);
}

/// No token, no lot and no staged row is there.
async fn nothing_is_left(fleet: &Fleet) {
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
    assert!(fleet.admin.lots().await.unwrap().is_empty());
    let database = fleet.database();
    assert_eq!(database.number("SELECT (SELECT count(*) FROM token) + (SELECT count(*) FROM lot)"), 0);
}

/// The first six hex digits of SHA-256(`tokenfleet-kcv-v1` ‖ seed), as `sha256sum` has them.
fn check_value(seed: &[u8]) -> String {
    let mut sum = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    sum.stdin.take().unwrap().write_all(&[b"tokenfleet-kcv-v1", seed].concat()).unwrap();
    let output = sum.wait_with_output().unwrap();
    String::from_utf8(output.stdout[..6].to_vec()).unwrap()
}

/// A file on its way, in the hands of a test.
pub(super) struct Upload {
    parts: mpsc::Sender<v1::ImportTokensRequest>,
    news: Streaming<v1::ImportTokensResponse>,
}

impl Upload {
    async fn begin(caller: &Caller, bytes: &[u8]) -> Self {
        Self::begin_as(caller, &Order::default(), bytes).await
    }

    pub(super) async fn begin_as(caller: &Caller, order: &Order, bytes: &[u8]) -> Self {
        let (parts, incoming) = mpsc::channel(16);
        parts.send(header(order)).await.unwrap();
        let mut service = ImportServiceClient::new(caller.door());
        let news = service.import_tokens(ReceiverStream::new(incoming)).await.unwrap().into_inner();
        let mut upload = Self { parts, news };
        upload.send(bytes).await;
        upload
    }

    async fn send(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(tokenfleet_proto::CHUNK_MAX) {
            self.parts.send(chunk(piece)).await.unwrap();
        }
    }

    pub(super) async fn heard_of_a_thousand_rows(&mut self) {
        let heard = async {
            loop {
                let news = self.news.message().await.unwrap().unwrap().news.unwrap();
                if matches!(news, import_tokens_response::News::Progress(_)) {
                    return;
                }
            }
        };
        timeout(PATIENCE, heard).await.unwrap();
    }

    async fn end(self) -> v1::ImportSummary {
        drop(self.parts);
        read_import(self.news).await.unwrap().summary
    }
}
