//! Running the real binaries.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The exit code.
    pub exit: i32,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Ran {
    /// The document on stdout.
    #[track_caller]
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// The document of an error, on stderr.
    #[track_caller]
    pub fn error(&self) -> Value {
        serde_json::from_str(self.stderr.lines().last().unwrap_or_default())
            .unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
}

/// Runs `tokenadm` with a profile and nothing else of this environment.
pub async fn tokenadm(profile: &Path, arguments: &[&str]) -> Ran {
    let folder = profile.parent().unwrap();
    let output = tokio::process::Command::new(binary("tokenadm"))
        .args(arguments)
        .env_clear()
        .env("TOKENADM_CONFIG", profile)
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    ran(&output)
}

/// Runs `tokenfleetd` to its end.
pub fn tokenfleetd<S: AsRef<OsStr>>(arguments: &[S]) -> Ran {
    tokenfleetd_in("C.UTF-8", arguments)
}

/// Runs `tokenfleetd` to its end in a locale.
pub fn tokenfleetd_in<S: AsRef<OsStr>>(locale: &str, arguments: &[S]) -> Ran {
    let mut command = Command::new(binary("tokenfleetd"));
    ran(&command.args(arguments).env("LC_ALL", locale).stdin(Stdio::null()).output().unwrap())
}

fn ran(output: &std::process::Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ran { exit: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// A binary of this workspace. `cargo test -p` builds those of its own package only, so cargo is asked once; where
/// they are fresh that is done at once.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(build).join(name)
}

fn build() -> PathBuf {
    let test = fs::canonicalize(env::current_exe().unwrap()).unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().to_owned();
    let profile = match folder.file_name().and_then(OsStr::to_str).unwrap() {
        "debug" => "dev",
        other => other,
    };
    // What cargo tells a test of its package would make build scripts of others run again.
    let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in env::vars_os().filter(|(name, _)| told.iter().any(|of| name.to_string_lossy().starts_with(of))) {
        cargo.env_remove(name);
    }
    let built = cargo
        .args(["build", "--quiet", "--package", "tokenadm", "--package", "tokenfleetd", "--bins"])
        .args(["--profile", profile, "--target-dir"])
        .arg(folder.parent().unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success(), "the binaries can't be built");
    folder
}
