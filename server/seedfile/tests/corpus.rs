//! The real files of `../shared/corpus`, each against what its manifest says. Where the corpus is absent the test says
//! that it was not run. No seed is printed: where bytes differ, the line says so and no more.
//!
//! `cargo test -p tokenfleet-seedfile --test corpus -- --nocapture` prints what became of each file.

#![expect(clippy::unwrap_used, reason = "a fault of the corpus itself fails the test")]

use std::fmt::Write as _;
use std::fs;
use std::io::{Write as _, stdout};
use std::path::PathBuf;

use serde_json::Value;
use tokenfleet_domain::{
    catalogue::{Lang, Reason},
    otp::code::Moving,
};
use tokenfleet_seedfile::{Entry, Key, NoSecret, ReadOptions, Secret, SecretEncoding, Unlock, open_with};
use zeroize::Zeroizing;

/// Formats of the manifest that are refused by their name.
const REFUSED: [&str; 1] = ["pgp-armored-oath-csv"];

/// What the operator says about files that do not say enough themselves.
const MAPS: [(&str, &str); 10] = [
    ("python-pskc/csv2pskc/inline04.csv", "serial=id,secret=secret:hex,counter=counter"),
    ("python-pskc/csv2pskc/inline05.csv", "serial=nr,secret=key:hex,type=const:hotp"),
    ("python-pskc/csv2pskc/inline06.csv", "serial=1,secret=2:hex,type=const:hotp"),
    ("python-pskc/csv2pskc/inline07.csv", "serial=id+serial,secret=secret:hex,type=const:hotp"),
    ("python-pskc/csv2pskc/inline08.csv", "serial=1,secret=2:hex,type=const:hotp"),
    ("python-pskc/csv2pskc/inline09.csv", "serial=1,secret=2:hex,type=const:hotp,header=2"),
    ("python-pskc/csv2pskc/inline10.csv", "serial=id,secret=secret,type=const:hotp"),
    ("python-pskc/csv2pskc/inline11.csv", "serial=id,secret=secret,type=const:hotp"),
    ("token2/duo.txt", "serial=1,secret=2:hex,type=const:totp,period=const:60"),
    (
        "OATH-Token-Loader/tokens.example.csv",
        "serial=serial_number,secret=seed:base32,type=const:totp,period=const:30,hash=const:SHA256",
    ),
];

/// The map of the script that writes Microsoft's names over hex.
const SCRIPT: (&str, &str) = (
    "vendor-docs/crowley-entra-hex.csv",
    "serial=SerialNumber,secret=SecretKey:hex,manufacturer=Manufacturer,model=Model,type=const:totp,period=const:60",
);

/// Of these the manifest names one key of several that stand under one serial. Nobody can tell which is right, so all
/// of them are problems here.
const REPEATED: &str = "duplicate_serials";

#[test]
fn every_file_of_the_corpus_is_read_or_refused_as_its_manifest_says() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(manifest) = fs::read_to_string(corpus.join("MANIFEST.jsonl")) else {
        say("not run: there is no ../shared/corpus beside the project\n");
        return;
    };
    let mut table = String::new();
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in manifest.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let file = text(&case, "file");
        let bytes = fs::read(corpus.join(file)).unwrap();
        let outcome = read(&bytes, &ReadOptions::default(), secret_of(&case["encrypted"]));
        writeln!(table, "{file:46} {:20} {}", text(&case, "format"), outcome.summary()).unwrap();
        wrong.extend(judge(&case, &bytes, &outcome).into_iter().map(|fault| format!("{file}: {fault}")));
        checked += 1;
    }
    say(&table);
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(checked, manifest.lines().count());
    assert!(checked > 0, "the manifest is empty");
}

/// What is wrong with an outcome.
fn judge(case: &Value, bytes: &[u8], outcome: &Outcome) -> Vec<String> {
    let (format, verdict) = (text(case, "format"), text(case, "verdict"));
    if REFUSED.contains(&format) {
        return outcome.unless_refused_by_name();
    }
    if verdict.starts_with("needs_mapping") {
        return judge_mapped(case, bytes, outcome);
    }
    let mut faults = outcome.keys_that_nobody_expects(case);
    if verdict.starts_with("must_accept") || verdict.starts_with("optional") {
        faults.extend(outcome.unless_exactly(case));
    }
    if verdict.starts_with("must_reject") {
        faults.extend(outcome.unless_nothing_was_read());
    }
    if verdict.contains("accept as hex only when the operator says so") {
        let as_hex = ReadOptions { secret_encoding: Some(SecretEncoding::Hex), ..ReadOptions::default() };
        faults.extend(read(bytes, &as_hex, Box::new(NoSecret)).unless_the_hex_keys(case));
    }
    if verdict.starts_with("partial") {
        faults.extend(outcome.unless_exactly(case));
    }
    if verdict.starts_with("accept_file_but_no_importable_key") {
        faults.extend(outcome.unless_nothing_was_read());
        faults.extend(outcome.refusal.map(|reason| format!("refused as a whole: {reason:?}")));
    }
    for negative in case["negative_cases"].as_array().into_iter().flatten() {
        let without = read(bytes, &ReadOptions::default(), secret_of(negative));
        faults.extend(without.unless_nothing_was_read().into_iter().map(|fault| format!("{negative}: {fault}")));
    }
    faults
}

/// Without a map nothing is read wrongly, and what refuses the file names the map as the way out; with it all is read.
fn judge_mapped(case: &Value, bytes: &[u8], outcome: &Outcome) -> Vec<String> {
    let file = text(case, "file");
    let Some((_, map)) = MAPS.into_iter().chain([SCRIPT]).find(|(known, _)| *known == file) else {
        return vec!["no map is known for it".to_owned()];
    };
    let options = ReadOptions { column_map: Some(map.parse().unwrap()), ..ReadOptions::default() };
    let mut faults = outcome.keys_that_nobody_expects(case);
    faults.extend(read(bytes, &options, Box::new(NoSecret)).unless_exactly(case));
    if outcome.keys.is_empty() && !outcome.hint.contains("--map ") {
        faults.push(format!("nobody would know of the map: {}", outcome.summary()));
    }
    faults
}

/// The key or passphrase of a file, as the manifest gives it.
fn secret_of(said: &Value) -> Box<dyn Unlock> {
    let passphrase = said["password"].as_str().map(|words| Secret::Passphrase(Zeroizing::new(words.to_owned())));
    let key = said["key_hex"].as_str().map(|hex| Secret::KeyFile(Zeroizing::new(hex.as_bytes().to_vec())));
    Box::new(passphrase.or(key))
}

/// What became of a file.
struct Outcome {
    keys: Vec<Key>,
    problems: Vec<(u64, Reason)>,
    refusal: Option<Reason>,
    /// What the refusal says to do.
    hint: String,
}

fn read(bytes: &[u8], options: &ReadOptions, unlock: Box<dyn Unlock>) -> Outcome {
    let mut outcome = Outcome { keys: Vec::new(), problems: Vec::new(), refusal: None, hint: String::new() };
    let mut file = match open_with(bytes, options, unlock) {
        Ok(file) => file,
        Err(refusal) => {
            return Outcome { refusal: Some(refusal.reason), hint: refusal.hint(Lang::En), ..outcome };
        }
    };
    loop {
        match file.next_entry() {
            Ok(Some(Entry::Key(key))) => outcome.keys.push(key),
            Ok(Some(Entry::Problem(problem) | Entry::LeftOut(problem))) => {
                outcome.problems.push((problem.line, problem.why.reason));
            }
            Ok(Some(Entry::Withdrawn(withdrawn))) => {
                outcome.keys.retain(|key| key.serial != withdrawn.serial || key.key_id != withdrawn.key_id);
                outcome.problems.push((withdrawn.problem.line, withdrawn.problem.why.reason));
            }
            Ok(None) => return outcome,
            Err(refusal) => return Outcome { keys: Vec::new(), refusal: Some(refusal.reason), ..outcome },
        }
    }
}

impl Outcome {
    fn summary(&self) -> String {
        let code = |reason: &Reason| reason.words().code;
        if let Some(reason) = &self.refusal {
            return format!("refused: {} {}", code(reason), reason.words().reason);
        }
        let problems: Vec<_> = self.problems.iter().map(|(line, why)| format!("{line}: {}", code(why))).collect();
        format!("{} keys {}", self.keys.len(), problems.join(", "))
    }

    fn unless_refused_by_name(&self) -> Vec<String> {
        if self.refusal == Some(Reason::FileFormatRefused) {
            Vec::new()
        } else {
            vec![format!("is not refused by name but {}", self.summary())]
        }
    }

    fn unless_nothing_was_read(&self) -> Vec<String> {
        if self.keys.is_empty() { Vec::new() } else { vec![format!("{} keys were read", self.keys.len())] }
    }

    fn keys_that_nobody_expects(&self, case: &Value) -> Vec<String> {
        let expected = case["expected"].as_array().unwrap();
        let unexpected =
            self.keys.iter().filter(|key| !expected.iter().any(|wanted| differences(key, wanted).is_empty()));
        unexpected.map(|key| format!("line {} was read wrongly", key.line)).collect()
    }

    fn unless_exactly(&self, case: &Value) -> Vec<String> {
        let repeated = |key: &Value| case[REPEATED].as_array().is_some_and(|all| all.contains(&key["serial"]));
        let expected = case["expected"].as_array().unwrap();
        let expected: Vec<_> = expected.iter().filter(|key| !repeated(key)).cloned().collect();
        self.unless_keys(&expected)
    }

    fn unless_the_hex_keys(&self, case: &Value) -> Vec<String> {
        self.unless_keys(case["rejected_keys"].as_array().unwrap())
    }

    fn unless_keys(&self, expected: &[Value]) -> Vec<String> {
        if self.keys.len() != expected.len() || expected.is_empty() {
            return vec![format!("{} keys expected, but {}", expected.len(), self.summary())];
        }
        let pairs = self.keys.iter().zip(expected);
        pairs
            .flat_map(|(key, wanted)| {
                differences(key, wanted).into_iter().map(|what| format!("line {}: {what}", key.line))
            })
            .collect()
    }
}

/// The fields in which a key is not what was expected. What the manifest leaves open is no difference, nor is a key
/// without an id where the manifest repeats its serial as one.
fn differences(key: &Key, wanted: &Value) -> Vec<&'static str> {
    let (kind, period, counter) = match key.profile.moving {
        Moving::Time { period, .. } => ("totp", Some(i64::from(period)), None),
        Moving::Event => ("hotp", None, Some(key.counter)),
    };
    let said = |field: &str| wanted[field].as_str();
    let number = |field: &str| wanted[field].as_i64();
    let same_number = |wanted: Option<i64>, is: Option<i64>| wanted.is_none() || wanted == is;
    let algorithm = said("algorithm").map(str::to_ascii_lowercase);
    let checks = [
        // Without a serial number its key id is all that a token is known by.
        ("serial", said("serial").or(said("key_id")) == Some(key.serial.shown())),
        ("secret", said("secret_hex").is_some_and(|hex| bytes_of(hex) == key.seed.expose())),
        ("type", said("type").is_none_or(|wanted| wanted == kind)),
        ("digits", same_number(number("digits"), Some(i64::from(key.profile.digits.get())))),
        ("period", same_number(number("period"), period)),
        // A clock has no counter, whatever a file says.
        ("counter", kind == "totp" || same_number(number("counter"), counter)),
        ("algorithm", algorithm.is_none_or(|wanted| wanted == key.profile.algorithm.as_str())),
        (
            "key id",
            said("key_id").is_none_or(|wanted| {
                wanted == key.key_id.as_str() || key.key_id.as_str().is_empty() && wanted == key.serial.shown()
            }),
        ),
    ];
    checks.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

/// Through the handle, since the print macros are for the programs.
fn say(text: &str) {
    stdout().lock().write_all(text.as_bytes()).unwrap();
}
