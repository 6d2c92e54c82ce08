//! What the readers of whole files are asked in tests: every key and problem as one line, and whether whatever bytes end
//! in keys, or in problems that lie within the file.

use proptest::prelude::*;
use tokenfleet_domain::catalogue::Lang;
use tokenfleet_domain::otp::code::Moving;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{Entry, Key, NoSecret, Problem, ReadOptions, Unlock, open, open_with};

/// One line for each entry, the last for a refusal.
pub(crate) fn told(bytes: &[u8], options: &ReadOptions) -> Vec<String> {
    told_with(bytes, options, Box::new(NoSecret))
}

/// The same for a file that may be encrypted.
pub(crate) fn told_with<'a>(bytes: &'a [u8], options: &ReadOptions, unlock: Box<dyn Unlock + 'a>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut file = match open_with(bytes, options, unlock) {
        Ok(file) => file,
        Err(refusal) => return vec![format!("refused {}", code(&refusal))],
    };
    loop {
        lines.push(match file.next_entry() {
            Ok(Some(Entry::Key(key))) => of_key(&key),
            Ok(Some(Entry::Problem(problem))) => of_problem("", &problem),
            Ok(Some(Entry::LeftOut(problem))) => of_problem("left out ", &problem),
            Ok(Some(Entry::Withdrawn(withdrawn))) => of_problem("withdrawn ", &withdrawn.problem),
            Ok(None) => return lines,
            Err(refusal) => {
                lines.push(format!("refused {}", code(&refusal)));
                return lines;
            }
        });
    }
}

/// The same as text, without options.
pub(crate) fn read(text: &str) -> Vec<String> {
    told(text.as_bytes(), &ReadOptions::default())
}

fn of_key(key: &Key) -> String {
    let moving = match key.profile.moving {
        Moving::Time { period, epoch: 0 } => format!("totp {period}"),
        Moving::Time { period, epoch } => format!("totp {period} from {epoch}"),
        Moving::Event => format!("hotp {}", key.counter),
    };
    let Key { line, serial, profile, seed, .. } = key;
    let id = if key.key_id.as_str().is_empty() { String::new() } else { format!("~{}", key.key_id.as_str()) };
    let (digits, algorithm) = (profile.digits.get(), profile.algorithm.as_str());
    format!("{line}: {}{id} {moving} {digits} {algorithm} {}", serial.shown(), seed.check_value())
}

fn of_problem(kind: &str, problem: &Problem) -> String {
    format!("{kind}{}: {}", problem.line, code(&problem.why))
}

fn code(refusal: &Rejection) -> &'static str {
    refusal.reason.words().code
}

/// Whatever bytes come, it does not panic, every problem names a line of the file, and every text is complete.
pub(crate) fn ends_well(bytes: &[u8]) -> Result<(), TestCaseError> {
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count() as u64 + 1;
    let mut file = match open(bytes, &ReadOptions::default()) {
        Ok(file) => file,
        Err(refusal) => return is_told(&refusal),
    };
    loop {
        match file.next_entry() {
            Ok(Some(Entry::Key(key))) => prop_assert!((1..=lines).contains(&key.line)),
            Ok(Some(Entry::Problem(problem) | Entry::LeftOut(problem))) => {
                prop_assert!((1..=lines).contains(&problem.line));
                is_told(&problem.why)?;
            }
            Ok(Some(Entry::Withdrawn(withdrawn))) => is_told(&withdrawn.problem.why)?,
            Ok(None) => return Ok(()),
            Err(refusal) => return is_told(&refusal),
        }
    }
}

fn is_told(refusal: &Rejection) -> Result<(), TestCaseError> {
    for text in [Lang::En, Lang::Ja].map(|lang| [refusal.message(lang), refusal.hint(lang)]).concat() {
        prop_assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
    }
    Ok(())
}

/// A file with some bytes changed, lost, added or doubled.
pub(crate) fn damaged(file: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let place = 0..file.len();
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"<>&\"'{}[]:,;=#\\ \r\n0aE".to_vec())];
    let change = (place, 0..4_u8, byte, 0..40_usize);
    prop::collection::vec(change, 1..4).prop_map(move |changes| {
        let mut bytes = file.as_bytes().to_vec();
        for (place, kind, byte, length) in changes {
            let place = place.min(bytes.len());
            let end = (place + length).min(bytes.len());
            match kind {
                0 => drop(bytes.drain(place..end)),
                1 => bytes.insert(place, byte),
                2 => bytes.truncate(place),
                _ => {
                    let piece = bytes[place..end].to_vec();
                    bytes.splice(place..place, piece);
                }
            }
        }
        bytes
    })
}
