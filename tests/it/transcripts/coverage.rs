//! Whether the transcripts have everything: each command, each exit code, each complaint of tokenadm.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, HEXUPPER};
use tokenfleet_domain::audit::Act;
use tokenfleet_tests::{Device, command};

use super::Tokens;

/// Commands whose answer is a text by nature.
const NO_DOCUMENT: [&str; 1] = ["completions"];

/// Complaints that no transcript can show, and why.
const NOT_SHOWN: [(&str, &str); 10] = [
    ("TF-9008", "a connection has to break in the middle of a call"),
    ("TF-9009", "a server has to keep silent; tokenadm's own tests have one"),
    ("TF-9010", "a server has to forget half of its answer"),
    ("TF-9022", "a computer has to be without random numbers"),
    ("TF-9026", "a deed has to be interrupted between its sending and its answer"),
    ("TF-9029", "the same, when a key is made"),
    ("TF-9030", "a server has to answer without words; tokenadm's own tests have one"),
    ("TF-9069", "a list has to have more than a million rows"),
    ("TF-9082", "an upload has to be interrupted half way; the tests of importing do so"),
    ("TF-9091", "two renewals have to run at once; the tests of profiles do so"),
];

const DOCUMENTS: [&str; 2] = ["cli.md", "cli.ja.md"];

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_a_transcript_and_answers_programs_in_one() {
    let commands = leaf_commands().await;
    assert!(commands.len() > 20, "{commands:?}");
    for document in DOCUMENTS {
        let lines = typed(&read(document));
        for command in &commands {
            let of_command = || lines.iter().filter(|line| begins_with(line, command));
            let for_people = of_command().any(|line| !is_for_programs(line));
            let for_programs = of_command().any(|line| is_for_programs(line));
            assert!(for_people, "{document} has no transcript of {command}");
            let no_document = NO_DOCUMENT.contains(&command.as_str());
            assert!(for_programs || no_document, "{document} has no transcript of {command} in JSON");
        }
    }
}

#[test]
fn every_exit_code_stands_in_a_transcript() {
    for document in DOCUMENTS {
        let text = read(document);
        let met: BTreeSet<_> = text.lines().filter_map(|line| line.strip_prefix("(exit ")).collect();
        let expected: BTreeSet<_> = ["1)", "2)", "3)", "4)", "5)", "6)", "7)", "8)", "130)"].into();
        assert_eq!(met, expected, "{document}");
    }
}

#[test]
fn every_complaint_of_tokenadm_stands_in_a_transcript_or_is_excused() {
    let all = own_codes();
    assert!(all.len() > 40, "{all:?}");
    let excused: BTreeSet<_> = NOT_SHOWN.iter().map(|(code, _)| (*code).to_owned()).collect();
    for document in DOCUMENTS {
        let met = codes(&read(document));
        let missing: Vec<_> = all.difference(&met).filter(|code| !excused.contains(*code)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{document} does not show them");
        let shown: Vec<_> = excused.intersection(&met).collect();
        assert_eq!(shown, Vec::<&String>::new(), "{document} shows them: they need no excuse");
    }
}

#[test]
fn every_act_of_the_record_has_words_for_people() {
    let shapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../admin-cli/src/shapes.rs");
    let shapes = fs::read_to_string(shapes).unwrap();
    let wordless: Vec<_> =
        Act::ALL.map(Act::as_str).into_iter().filter(|act| !shapes.contains(&format!("\"{act}\" =>"))).collect();
    assert_eq!(wordless, Vec::<&str>::new());
}

#[test]
fn no_transcript_shows_a_seed() {
    let Tokens { good, slow, near, spare, shelf, button } = Tokens::new();
    for document in DOCUMENTS {
        let text = read(document).to_ascii_uppercase();
        for seed in [&good, &slow, &near, &spare, &shelf, &button].map(Device::seed) {
            for written in [HEXUPPER.encode(seed), BASE32_NOPAD.encode(seed), BASE64_NOPAD.encode(seed).to_uppercase()]
            {
                assert!(!text.contains(&written), "{document}");
            }
        }
    }
}

fn read(document: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document)).unwrap()
}

/// The commands that do something themselves, as their man pages are called: `lot-list`.
async fn leaf_commands() -> BTreeSet<String> {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().to_str().unwrap();
    let ran = command::tokenadm(&place.path().join("config.toml"), &["man", "--out", folder]).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    let name = |page: &str| page.strip_prefix("tokenadm-")?.strip_suffix(".1").map(str::to_owned);
    let pages = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = pages.filter_map(|page| name(&page)).filter(|name| !is_help(name)).collect();
    let has_children = |name: &String| names.iter().any(|other| other.starts_with(&format!("{name}-")));
    names.iter().filter(|name| !has_children(name)).cloned().collect()
}

fn is_help(name: &str) -> bool {
    name.split('-').any(|word| word == "help")
}

/// What was typed behind `tokenadm` in a transcript, without the options before the command.
fn typed(document: &str) -> Vec<String> {
    let lines = document.lines().filter_map(|line| line.strip_prefix("$ "));
    let calls = lines.flat_map(|line| line.split("tokenadm ").skip(1).map(str::trim_start));
    let call = |call: &str| match call.strip_prefix("--config ") {
        Some(rest) => rest.split_once(' ').map_or("", |(_, command)| command).to_owned(),
        None => call.to_owned(),
    };
    calls.map(call).collect()
}

fn begins_with(line: &str, command: &str) -> bool {
    let typed = line.split(' ').collect::<Vec<_>>().join("-");
    typed.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn is_for_programs(line: &str) -> bool {
    ["--json", "-o json"].iter().any(|option| line.contains(option))
}

/// The codes of tokenadm's own complaints, as its source has them.
fn own_codes() -> BTreeSet<String> {
    let words = Path::new(env!("CARGO_MANIFEST_DIR")).join("../admin-cli/src/words");
    let files = fs::read_dir(words).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.flat_map(|text| codes(&text)).collect()
}

/// Every code such as TF-9005 in a text.
fn codes(text: &str) -> BTreeSet<String> {
    let number =
        |rest: &str| rest.get(..3).filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned);
    text.split("TF-9").skip(1).filter_map(number).map(|rest| format!("TF-9{rest}")).collect()
}
