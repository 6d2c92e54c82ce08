//! `docs/verification.md`: what was run, when, of which commit, from which seed, and what came of it. Rows are appended here
//! and by nobody's hand.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tokenfleet_domain::ports::Clock;
use tokenfleetd::os::SystemClock;

use crate::outcome::{Control, Outcome};
use crate::run::Run;

const HEAD: &str = "# Verification

What `tests/faults --ledger` was seen to find. The program appends a row for each test that it ran; nobody types here.
N counts kills, cuts, faults, rounds, calls, histories, codes or answers, whichever the test is about; void runs are not
counted. Under \"control\" stands the fault that was built in on purpose, and whether the same test found it.

Never run, here or elsewhere: power loss of real drives, failing blocks below the file system, more than one machine, and
a server on PostgreSQL, which is not served from yet. The load has button tokens only (a clock token shows one code in half
a minute); clocks are in T-04, T-06, T-15 and T-23. The server was a debug build.

The failures of T-02 with the seed 1795550359 were the test's own: it cut the power while a flush was under way, which XFS
then told to have succeeded. A bare loop of appending and flushing a file lost its last record so in 7 of 221 cuts. Since
then the server stands still when the power goes.

| date | version | form | seed | test | N | failures | control | remarks |
|---|---|---|---|---|---|---|---|---|
";

/// Appends what came of a test.
pub(crate) fn append(run: &Run, outcome: &Outcome) {
    let path = repository().join("docs/verification.md");
    if !path.exists() {
        fs::write(&path, HEAD).unwrap();
    }
    let mut ledger = OpenOptions::new().append(true).open(path).unwrap();
    let Outcome { test, title, n, failures, .. } = outcome;
    let (date, version) = (SystemClock.now().format("%Y-%m-%d"), version());
    let begin = format!("| {date} | {version} | {} | {} | {test} {title} |", run.sizes.name, run.seed);
    let end = match &outcome.not_run {
        Some(why) => format!(" – | – | – | not run: {} |", cell(why)),
        None => format!(" {n} | {failures} | {} | {} |", control(outcome), cell(&outcome.remarks.join("; "))),
    };
    writeln!(ledger, "{begin}{end}").unwrap();
}

fn control(outcome: &Outcome) -> String {
    match &outcome.control {
        Control::Missing => "none".to_owned(),
        Control::Caught(fault) => format!("caught: {}", cell(fault)),
        Control::Missed(fault) => format!("MISSED: {}", cell(fault)),
    }
}

/// A text as it may stand in a cell.
fn cell(text: &str) -> String {
    text.replace(['|', '\n'], " ")
}

/// The release and the commit, and whether the tree had anything else in it.
fn version() -> String {
    let commit = git(&["rev-parse", "--short=10", "HEAD"]);
    let changed = !git(&[
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ".",
        ":!docs/verification.md",
        ":!tests/havoc/seeds",
    ])
    .is_empty();
    format!("{} ({commit}{})", env!("CARGO_PKG_VERSION"), if changed { ", changed" } else { "" })
}

fn git(arguments: &[&str]) -> String {
    let ran = Command::new("git").args(arguments).current_dir(repository()).output();
    ran.map_or_else(|_| "no git".to_owned(), |ran| String::from_utf8_lossy(&ran.stdout).trim().to_owned())
}

/// Where the repository lies.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
