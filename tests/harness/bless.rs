//! Documents that are made from what the code does: what differs fails, and is written anew where that is asked for
//! with `TOKENFLEET_BLESS=1`.

use std::fs;
use std::path::Path;

/// Compares a document of docs/ with what it should be, or writes it where that is asked for; `filter` is how the test
/// that does so is named to cargo.
#[track_caller]
pub fn compare(name: &str, expected: &str, filter: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if blessing() {
        fs::write(path, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let bless = format!("TOKENFLEET_BLESS=1 cargo test -p tokenfleet-tests --test it {filter}");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (found, expected) = (lines(&found), lines(expected));
    let differs = found.iter().zip(&expected).enumerate().find(|(_, (found, expected))| found != expected);
    assert_eq!(differs, None, "docs/{name} is not in step; if this is meant: {bless}");
    assert_eq!(found.len(), expected.len(), "docs/{name} is not in step; if this is meant: {bless}");
}

/// Whether documents and records are to be written.
#[expect(clippy::disallowed_methods, reason = "a test that rewrites a document does so only where its caller says so")]
pub fn blessing() -> bool {
    std::env::var("TOKENFLEET_BLESS").is_ok_and(|value| value == "1")
}
