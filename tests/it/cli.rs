//! `tokenadm` as people and programs meet it: every command, its exit code, what it says and where.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use chrono::TimeDelta;
use tokenfleet_domain::ports::{Clock, Timestamp};
use tokenfleet_proto::v1::Role;
use tokenfleet_tests::command::binary;
use tokenfleet_tests::{Caller, Daemon, Device, Fleet, entra_file};
use tokenfleetd::os::SystemClock;

const USER: &str = "0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_looks_answers_in_every_format() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let lots = fleet.admin.lots().await.unwrap();
    let lot = lots[0].name.strip_prefix("lots/").unwrap();
    for (command, has) in [
        (&["whoami"][..], "admin"),
        (&["list"], "2600215704919"),
        (&["ls", "--state", "lent-not-proven"], "2600215704919"),
        (&["list", "--user", USER], "2600215704919"),
        (&["list", "--lot", lot], "2600215704919"),
        (&["list", "--filter", "vendor = \"contoso\""], "2600215704919"),
        (&["show", "2600215704919"], USER),
        (&["show", USER], "2600215704919"),
        (&["lot", "list"], lot),
        (&["lot", "show", lot], "seeds.csv"),
        (&["operator", "list"], "admin"),
        (&["audit", "list"], "token.assign"),
        (&["audit", "verify"], ""),
        (&["status"], "sqlite"),
        (&["version"], env!("CARGO_PKG_VERSION")),
    ] {
        for format in ["table", "json", "jsonl", "csv"] {
            let ran = fleet.done(&[command, &["-o", format]].concat()).await;
            assert!(ran.stdout.contains(has), "{command:?} {format}: {ran:?}");
            if format == "json" {
                assert_eq!(ran.document()["apiVersion"], "tokenadm/v1", "{command:?}");
            }
            for line in ran.stdout.lines().filter(|_| format == "jsonl") {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
        fleet.done(&[command, &["--lang", "ja"]].concat()).await;
    }
    let ran = fleet.done(&["list", "-o", "name"]).await;
    assert_eq!(ran.stdout, "tokens/contoso~2600215704919\n");
    let none = fleet.done(&["list", "--state", "lost", "--json"]).await.document();
    assert_eq!(none["tokens"].as_array().unwrap().len(), 0);
    for shell in ["bash", "zsh", "fish"] {
        assert!(fleet.done(&["completions", shell]).await.stdout.contains("tokenadm"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exit_code_of_the_table_is_met() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let wrong = device.wrong_codes(fleet.now(), 1).remove(0);
    let bad = fleet.path("bad.csv");
    std::fs::write(&bad, entra_file(&[&device.with_another_seed()])).unwrap();
    for (caller, command, exit) in [
        (&fleet.admin, &["status"][..], 0),
        (&fleet.admin, &["show"], 2),
        (&fleet.admin, &["nonsense"], 2),
        (&fleet.admin, &["list", "--filter", "colour = 1"], 2),
        (&fleet.admin, &["show", "4711"], 3),
        (&fleet.admin, &["lot", "show", "2020-01-01-a"], 3),
        (&fleet.admin, &["operator", "revoke", "nobody", "--confirm", "nobody"], 3),
        (&counter, &["return", "2600215704919"], 4),
        (&counter, &["operator", "list"], 4),
        (&fleet.admin, &["assign", "2600215704919", "1111111111"], 5),
        (&fleet.admin, &["operator", "revoke", "admin", "--confirm", "admin"], 5),
        (&fleet.admin, &["import", bad.to_str().unwrap()], 6),
        (&fleet.admin, &["verify", "2600215704919", &wrong], 8),
    ] {
        let ran = caller.tokenadm(&[command, &["--json"]].concat()).await;
        assert_eq!(ran.exit, exit, "{command:?}: {ran:?}");
        if exit != 0 {
            let error = ran.error();
            assert_eq!(error["exit_code"], exit, "{command:?}");
            assert!(error["error"]["code"].as_str().unwrap().starts_with("TF-"), "{error}");
            let plain = caller.tokenadm(command).await;
            assert_eq!((plain.exit, plain.stdout.as_str()), (exit, ""), "{command:?}: {plain:?}");
            assert!(plain.stderr.contains("error: "), "{plain:?}");
        }
    }
    let mut fleet = fleet;
    fleet.stop().await;
    assert_eq!(fleet.tokenadm(&["status"]).await.exit, 7);
    std::fs::remove_file(fleet.admin.folder.join("config.toml")).unwrap();
    assert!([2, 4].contains(&fleet.tokenadm(&["status"]).await.exit));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_digits_that_are_a_serial_and_an_id_are_asked_about() {
    let fleet = Fleet::start().await;
    let like_an_id = Device::clock(USER);
    let other = Device::clock("2600215704919");
    fleet.stock(&[&like_an_id, &other]).await;
    let shown = fleet.done(&["show", USER, "--json"]).await.document();
    assert_eq!(shown["token"]["serial"], USER, "the one hit is taken");

    fleet.admin.assign(&other.serial, USER).await.unwrap();
    let ran = fleet.tokenadm(&["show", USER]).await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (5, ""), "{ran:?}");
    assert!(
        ran.stderr.contains("[TF-9011 TARGET_AMBIGUOUS]") && ran.stderr.contains("hint: say which: --serial or --user"),
        "{ran:?}"
    );
    let by_serial = fleet.done(&["show", USER, "--serial", "--json"]).await.document();
    assert_eq!(by_serial["token"]["serial"], USER);
    let by_user = fleet.done(&["show", USER, "--user", "--json"]).await.document();
    assert_eq!(by_user["token"]["serial"], other.serial);
    let ran = fleet.tokenadm(&["return", USER]).await;
    assert_eq!(ran.exit, 5, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_several_tokens_says_which() {
    let fleet = Fleet::start().await;
    let devices = [Device::clock("2600215704919"), Device::clock("2600215704920")];
    for device in &devices {
        fleet.lend(device, USER).await;
    }
    let shown = fleet.done(&["show", USER]).await;
    assert!(devices.iter().all(|device| shown.stdout.contains(&device.serial)), "looking shows them all: {shown:?}");
    for command in [&["return", USER][..], &["verify", USER, "123456"]] {
        let ran = fleet.tokenadm(command).await;
        assert_eq!(ran.exit, 5, "{command:?}: {ran:?}");
        assert!(ran.stderr.contains("2600215704919") && ran.stderr.contains("2600215704920"), "{ran:?}");
    }
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    for (used, other) in [(0, 1), (1, 0)] {
        let code = devices[used].code(fleet.now());
        assert!(system.passes(USER, &code).await.unwrap(), "either is the person's");
        let other = fleet.admin.token(&devices[other].serial).await.unwrap();
        assert_eq!((other.failures, other.next_try_time), (0, None), "the other one is not charged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_add_writes_a_profile_that_works_until_it_is_revoked() {
    let fleet = Fleet::start().await;
    let folder = fleet.path("hanako");
    let out = folder.to_str().unwrap();
    let add = ["operator", "add", "hanako", "--role", "desk", "--role", "stock", "--user-id", USER, "--out", out];
    let ran = fleet.done(&add).await;
    assert!(ran.stderr.contains("hand the folder over safely"), "{ran:?}");
    let hanako = Caller::of_profile(&folder);
    let me = hanako.done(&["whoami", "--json"]).await.document();
    assert_eq!((&me["operator"]["name"], &me["operator"]["user_id"]), (&"operators/hanako".into(), &USER.into()));
    let mode = std::fs::metadata(folder.join("key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fleet.tokenadm(&add).await.exit, 5, "the folder is in use");
    let elsewhere = fleet.path("elsewhere");
    let again = [&add[..add.len() - 1], &[elsewhere.to_str().unwrap()]].concat();
    let ran = fleet.tokenadm(&again).await;
    assert_eq!(ran.exit, 5, "a name is never used again: {ran:?}");

    assert_eq!(fleet.tokenadm(&["operator", "revoke", "hanako"]).await.exit, 2, "severe actions are confirmed");
    fleet.done(&["operator", "revoke", "hanako", "--confirm", "hanako"]).await;
    let ran = hanako.tokenadm(&["whoami"]).await;
    assert_eq!(ran.exit, 4, "{ran:?}");
    assert!(ran.stderr.contains("[TF-3001 CERTIFICATE_UNKNOWN]"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dash_is_stdin() {
    let fleet = Fleet::start().await;
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&[&Device::clock("2600215704919")])).unwrap();
    let output = tokio::process::Command::new(binary("tokenadm"))
        .args(["import", "-"])
        .env_clear()
        .env("TOKENADM_CONFIG", fleet.admin.folder.join("config.toml"))
        .stdin(Stdio::from(std::fs::File::open(&file).unwrap()))
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_tried_without_doing_it_changes_nothing() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let before = fleet.admin.token(&device.serial).await.unwrap();
    fleet.done(&["assign", &device.serial, USER, "--dry-run"]).await;
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap(), before);
    fleet.admin.assign(&device.serial, USER).await.unwrap();
    fleet.done(&["return", &device.serial, "--leaves-none", "--dry-run"]).await;
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().user_id, USER);
    assert_eq!(fleet.tokenadm(&["assign", &device.serial, USER, "--dry-run"]).await.exit, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_can_read_is_warned_of_with_the_command_that_closes_it() {
    let fleet = Fleet::start().await;
    let key = fleet.admin.folder.join("key.pem");
    let command = format!("chmod 600 {}\n", key.display());
    for (mode, told) in [(0o600, false), (0o640, true), (0o604, true), (0o600, false)] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let ran = fleet.done(&["status"]).await;
        assert_eq!(ran.stderr.contains(&command), told, "{mode:o}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_set_plays_a_whole_day() {
    let daemon = Daemon::start();
    let admin = daemon.admin();
    let set = daemon.folder().join("set");
    let set = set.to_str().unwrap();
    admin.done(&["practice", "new", "--tokens", "2", "--out", set, "--drift", "-310@2"]).await;
    admin.done(&["import", &format!("{set}/seeds.csv")]).await;
    let mut serials: Vec<_> = admin.tokens("").await.unwrap().into_iter().map(|token| token.serial).collect();
    serials.sort();
    let shown = async |serial: &str, at: Timestamp| {
        let at = at.to_rfc3339();
        admin.done(&["practice", "code", serial, "--dir", set, "--at", &at]).await.stdout.trim().to_owned()
    };
    let mut drifted = Vec::new();
    for (nth, serial) in serials.iter().enumerate() {
        admin.done(&["assign", serial, &format!("{nth:010}")]).await;
        let ran = admin.tokenadm(&["verify", serial, &shown(serial, SystemClock.now()).await]).await;
        if ran.exit != 0 {
            assert_eq!(ran.exit, 8, "{ran:?}");
            drifted.push(serial);
        }
    }
    assert_eq!(drifted.len(), 1);
    let now = SystemClock.now();
    let codes = [shown(drifted[0], now).await, shown(drifted[0], now + TimeDelta::seconds(30)).await];
    admin.done(&["resync", drifted[0], &codes[0], &codes[1]]).await;
}
