//! Profiles as files: one that leaves as PKCS #12, as openssl finds it, and what several who write at once leave of one.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Output, Stdio};

use tokenfleet_proto::v1::Role;
use tokenfleet_tests::Fleet;
use tokenfleet_tests::command::{self, Ran, binary};
use tokenfleet_tests::terminal::{on_a_terminal, typed};
use tokio::process::Command;

const PASSWORD: &str = "correct horse battery";
const EXPORT: &str = "profile export --pkcs12 operator.pfx";

#[tokio::test(flavor = "multi_thread")]
async fn the_file_holds_the_key_and_the_certificates_and_opens_with_its_password_alone() {
    let fleet = Fleet::start().await;
    let folder = &fleet.admin.folder;
    let file = folder.join("operator.pfx");
    let document = export(&fleet, PASSWORD, &["--json"]).await.document();
    assert_eq!((&document["file"]["name"], &document["file"]["path"]), (&"admin".into(), &"operator.pfx".into()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(blocks(&opened(&file, PASSWORD, "-nocerts").await.unwrap()), blocks(&read("key.pem")));
    let certificates = read("cert.pem") + &read("ca.pem");
    assert_eq!(blocks(&opened(&file, PASSWORD, "-nokeys").await.unwrap()), blocks(&certificates));
    assert!(opened(&file, PASSWORD, "-nocerts").await.unwrap().contains("friendlyName: admin"));
    assert!(opened(&file, "correct horse batterx", "-nokeys").await.unwrap_err().contains("invalid password"));
    let mut changed = fs::read(&file).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(&file, changed).unwrap();
    opened(&file, PASSWORD, "-nokeys").await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_there_is_written_anew_only_with_yes() {
    let fleet = Fleet::start().await;
    let file = fleet.admin.folder.join("operator.pfx");
    fs::write(&file, "mine").unwrap();
    let ran = export(&fleet, PASSWORD, &[]).await;
    assert_eq!(ran.exit, 5, "{ran:?}");
    assert!(ran.stderr.contains("FILE_IN_USE") && ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(export(&fleet, PASSWORD, &["--yes"]).await.exit, 0);
    opened(&file, PASSWORD, "-nocerts").await.unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_without_a_good_password_or_with_a_key_of_another_certificate() {
    let fleet = Fleet::start().await;
    let folder = &fleet.admin.folder;
    for (password, reason) in [("too short", "PASSWORD_UNFIT"), ("パスワードを入力します", "PASSWORD_UNFIT")]
    {
        let ran = export(&fleet, password, &[]).await;
        assert_eq!(ran.exit, 2, "{ran:?}");
        assert!(ran.stderr.contains(reason) && !ran.stderr.contains(password), "{ran:?}");
    }
    let ran = fleet.tokenadm(&["profile", "export", "--pkcs12", "operator.pfx"]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("PASSWORD_MISSING"), "{ran:?}");
    let other = fleet.stranger("mallory");
    fs::copy(other.folder.join("key.pem"), folder.join("key.pem")).unwrap();
    let ran = export(&fleet, PASSWORD, &[]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("PROFILE_UNREADABLE"), "{ran:?}");
    assert!(!folder.join("operator.pfx").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_asked_twice_and_never_shows_the_password() {
    let fleet = Fleet::start().await;
    let folder = &fleet.admin.folder;
    let differ = typed(on_a_terminal(folder, EXPORT), ": ", &[PASSWORD, "correct horse batterx"]).await;
    assert!(differ.0 == 2 && differ.1.contains("PASSWORDS_DIFFER"), "{differ:?}");
    assert!(!folder.join("operator.pfx").exists());
    let same = typed(on_a_terminal(folder, EXPORT), ": ", &[PASSWORD, PASSWORD]).await;
    assert_eq!(same.0, 0, "{same:?}");
    assert!(!differ.1.contains("horse") && !same.1.contains("horse"), "{differ:?} {same:?}");
    opened(&folder.join("operator.pfx"), PASSWORD, "-nokeys").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_file_is_written_anew_and_nothing_is_left_of_what_was_refused() {
    let fleet = Fleet::start().await;
    let file = fleet.admin.folder.join("operator.pfx");
    let mine = fleet.admin.folder.join("mine");
    fs::write(fleet.admin.folder.join("operator.pfx.new"), "mine too").unwrap();
    fs::write(&mine, "mine").unwrap();
    fs::create_dir(&file).unwrap();
    let refused = async |what: &str| {
        let before = names(&fleet.admin.folder);
        let ran = export(&fleet, PASSWORD, &["--yes"]).await;
        assert!(ran.exit == 1 && ran.stderr.contains("WRITE_FAILED"), "{what}: {ran:?}");
        assert!(
            names(&fleet.admin.folder).iter().all(|name| before.contains(name) || name == "password.txt"),
            "{what}"
        );
    };
    refused("a folder").await;
    fs::remove_dir(&file).unwrap();
    symlink(&mine, &file).unwrap();
    refused("a link").await;
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().await.unwrap().success());
    refused("a pipe").await;
    fs::remove_file(&file).unwrap();
    fs::write(&file, "old").unwrap();
    assert_eq!(export(&fleet, PASSWORD, &["--yes"]).await.exit, 0);
    opened(&file, PASSWORD, "-nocerts").await.unwrap();
    assert_eq!(fs::read_to_string(fleet.admin.folder.join("operator.pfx.new")).unwrap(), "mine too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_renewal_of_a_profile_at_once_is_refused_and_the_profile_works() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    desk.done(&["operator", "renew"]).await;
    for _ in 0..6 {
        let renew = || desk.tokenadm(&["operator", "renew"]);
        let (one, another, third) = tokio::join!(renew(), renew(), renew());
        let all = [one, another, third];
        assert!(all.iter().any(|ran| ran.exit == 0), "{all:?}");
        for ran in all {
            assert!(ran.exit == 0 || ran.exit == 5 && ran.stderr.contains("RENEWAL_RUNNING"), "{ran:?}");
        }
        desk.done(&["whoami"]).await;
    }
    let lock = fs::File::open(&desk.folder).unwrap();
    lock.try_lock().unwrap();
    let ran = desk.tokenadm(&["operator", "renew", "--json"]).await;
    assert_eq!((ran.exit, &ran.error()["error"]["reason"]), (5, &"RENEWAL_RUNNING".into()));
    desk.done(&["whoami"]).await;
    drop(lock);
    desk.done(&["operator", "renew"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_follows_links_and_leaves_no_old_key_behind_them() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let (key, safe) = (desk.folder.join("key.pem"), fleet.path("safe"));
    fs::create_dir(&safe).unwrap();
    let kept = safe.join("desk.pem");
    fs::rename(&key, &kept).unwrap();
    symlink(&kept, &key).unwrap();
    let old = fs::read(&kept).unwrap();
    desk.done(&["operator", "renew"]).await;
    assert!(fs::symlink_metadata(&key).unwrap().is_symlink());
    assert_ne!(fs::read(&kept).unwrap(), old);
    assert_eq!(names(&safe), ["desk.pem"]);
    desk.done(&["whoami"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_there_stays_when_an_operator_is_refused() {
    let fleet = Fleet::start().await;
    let (mine, none) = (fleet.path("mine"), fleet.path("none"));
    fs::create_dir(&mine).unwrap();
    for (out, stays) in [(&mine, true), (&none, false)] {
        let out = out.to_str().unwrap();
        let ran = fleet.tokenadm(&["operator", "add", "admin", "--role", "desk", "--out", out]).await;
        assert_eq!(ran.exit, 5, "{ran:?}");
        assert_eq!(fs::exists(out).unwrap(), stays);
    }
    assert!(names(&mine).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_done_next_can_be_typed_where_a_path_has_blanks() {
    let fleet = Fleet::start().await;
    let out = fleet.path("profiles/it's new");
    let ran = fleet.done(&["operator", "add", "jiro", "--role", "desk", "--out", out.to_str().unwrap()]).await;
    let (_, line) = ran.stderr.split_once("there: ").unwrap();
    let line = line.lines().next().unwrap().replacen("tokenadm", binary("tokenadm").to_str().unwrap(), 1);
    let typed = Command::new("sh").args(["-c", &line]).stdin(Stdio::null()).output().await.unwrap();
    assert!(typed.status.success(), "{line} {typed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_never_ends_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("config.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
    let filling = {
        let pipe = pipe.clone();
        tokio::task::spawn_blocking(move || fs::write(pipe, " ".repeat(3 * 1024 * 1024)))
    };
    let ran = command::tokenadm(&pipe, &["whoami", "--lang", "en"]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("file too large"), "{ran:?}");
    assert!(filling.await.unwrap().is_err(), "it is not read to its end");
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

/// Exports the profile of the first operator, its password in a file.
async fn export(fleet: &Fleet, password: &str, more: &[&str]) -> Ran {
    fs::write(fleet.admin.folder.join("password.txt"), format!("{password}\r\n")).unwrap();
    let export = ["profile", "export", "--pkcs12", "operator.pfx", "--password-file", "password.txt"];
    fleet.tokenadm(&[&export, more].concat()).await
}

/// What openssl finds in a file, or why it does not open.
async fn opened(file: &Path, password: &str, what: &str) -> Result<String, String> {
    let password = format!("pass:{password}");
    let Output { status, stdout, stderr } = Command::new("openssl")
        .args(["pkcs12", "-nodes", what, "-passin", &password, "-in"])
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
}

/// The PEM blocks of a text, without what stands between them.
fn blocks(text: &str) -> Vec<String> {
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        let keep = inside || line.starts_with("-----BEGIN");
        inside = keep && !line.starts_with("-----END");
        keep
    });
    lines.map(str::to_owned).collect()
}
