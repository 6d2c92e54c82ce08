//! A profile that leaves as one PKCS #12 file: what openssl finds in it, and how it comes by its password.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use tokenfleet_tests::Fleet;
use tokenfleet_tests::command::binary;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

const PASSWORD: &str = "correct horse battery";

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
    let differ = typed(on_a_terminal(folder), &[PASSWORD, "correct horse batterx"]).await;
    assert!(differ.0 == 2 && differ.1.contains("PASSWORDS_DIFFER"), "{differ:?}");
    assert!(!folder.join("operator.pfx").exists());
    let same = typed(on_a_terminal(folder), &[PASSWORD, PASSWORD]).await;
    assert_eq!(same.0, 0, "{same:?}");
    assert!(!differ.1.contains("horse") && !same.1.contains("horse"), "{differ:?} {same:?}");
    opened(&folder.join("operator.pfx"), PASSWORD, "-nokeys").await.unwrap();
}

/// Exports the profile of the first operator, its password in a file.
async fn export(fleet: &Fleet, password: &str, more: &[&str]) -> tokenfleet_tests::command::Ran {
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

/// An export at a terminal of its own, which asks for the password.
fn on_a_terminal(folder: &Path) -> Child {
    let line = format!("'{}' profile export --pkcs12 operator.pfx", binary("tokenadm").display());
    Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs([("TERM", "dumb"), ("SHELL", "/bin/sh"), ("LC_ALL", "C.UTF-8")])
        .envs([("TOKENADM_CONFIG", folder), ("HOME", folder)])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Types a line at each prompt, and says how it ended and what was seen.
async fn typed(mut child: Child, lines: &[&str]) -> (i32, String) {
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = String::new();
    for line in lines {
        let before = seen.len();
        while !seen[before..].ends_with(": ") {
            let mut bytes = [0; 1];
            assert_eq!(screen.read(&mut bytes).await.unwrap(), 1, "it ended after {seen:?}");
            seen.push(bytes[0].into());
        }
        keyboard.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
    screen.read_to_string(&mut seen).await.unwrap();
    (child.wait().await.unwrap().code().unwrap(), seen)
}
