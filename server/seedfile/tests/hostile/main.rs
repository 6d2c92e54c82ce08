//! Hostile files, several hundred of them, made up by this test: each is refused, as a whole or row by row, under the
//! code that says why; none makes the reader panic, costs more than two seconds of computing (six in a development
//! build) or 64 MiB of memory, yields a key that is not sound, or finds its own content in a message.
//!
//! `cargo test -p tokenfleet-seedfile --test hostile -- --nocapture` prints what each class cost.

#![expect(clippy::unwrap_used, reason = "a fault of the generator itself fails the test")]

mod archives;
mod cells;
mod coding;
mod encrypted;
mod hostile;
mod pskc;
mod records;
mod text;
mod workbooks;
mod xml;
mod zipped;

use std::io::{Write as _, stdout};

use crate::hostile::{ALONE, Hostile, hold};

/// A class of attacks, and its files.
type Class = (&'static str, fn() -> Vec<Hostile>);

const CLASSES: [Class; 29] = [
    ("zeros and control characters", text::zeros),
    ("giant lines", text::giant_lines),
    ("floods of what is no row", text::floods),
    ("texts in other encodings", coding::files),
    ("formulas in cells", cells::formulas),
    ("characters that are not what they look like", cells::disguises),
    ("numbers out of range", cells::numbers),
    ("serials that are there twice", cells::repeated),
    ("quotes and delimiters", text::quotes),
    ("external entities", xml::external_entities),
    ("entities that grow", xml::bombs),
    ("depth, attributes and namespaces", xml::crowds),
    ("names and texts without end", xml::giants),
    ("XML that is none", xml::malformed),
    ("XML in other encodings", xml::encodings),
    ("changed bits of a first value", encrypted::changed_first_values),
    ("changed bits of a later value", encrypted::changed_later_values),
    ("ciphers and codes", encrypted::unprotected),
    ("keys from passphrases", encrypted::derivations),
    ("what an encrypted file waits for", encrypted::floods),
    ("parts of PSKC", pskc::parts),
    ("JSON that is none, or too much", records::json),
    ("members of JSON", records::tokens),
    ("SafeWord's records", records::safeword),
    ("archives that grow", archives::bombs),
    ("members of archives", archives::members),
    ("headers of archives", archives::headers),
    ("parts of workbooks", workbooks::parts),
    ("cells of workbooks", workbooks::cells),
];

/// Fewer would not be worth the name.
const LEAST: usize = 300;

#[test]
fn hostile_files_are_refused_by_code_within_two_seconds_and_64_mebibytes() {
    let _alone = ALONE.lock();
    let (mut count, mut faults) = (0, Vec::new());
    for (class, files) in CLASSES {
        let mut most = hostile::Cost::default();
        let files = files();
        count += files.len();
        let number = files.len();
        for file in files {
            let name = format!("{class}, {}", file.name);
            let (cost, found) = hold(file);
            most = most.max(cost);
            faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
        }
        say(&format!("{number:4} {class:44} {most}\n"));
    }
    say(&format!("{count:4} files\n"));
    assert_eq!(faults, Vec::<String>::new());
    assert!(count >= LEAST, "only {count} files");
}

#[test]
fn changed_codes_and_changed_paddings_are_answered_alike() {
    let _alone = ALONE.lock();
    let answers = encrypted::answers();
    let said: Vec<_> = answers.iter().map(|(name, outcome)| (name, outcome.to_string(), &outcome.problems)).collect();
    let (_, text, problems) = &said[0];
    for (name, other, others) in &said {
        assert_eq!((text, problems), (other, others), "{name}");
    }
}

/// Through the handle, since the print macros are for the programs.
fn say(text: &str) {
    stdout().lock().write_all(text.as_bytes()).unwrap();
}
