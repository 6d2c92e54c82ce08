//! What every fuzz target does with a file: reads it to its end and holds what comes to the crate's promises.

use tokenfleet_domain::catalogue::Lang;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{Entry, Problem, ReadOptions, Secret, open_with};

/// Longest sentence that people would read.
const LONGEST_MESSAGE: usize = 1000;

/// Reads a file. Panics where a promise is broken.
pub fn read(bytes: &[u8], options: &ReadOptions, secret: Option<Secret>) {
    let file = open_with(bytes, options, Box::new(secret));
    let mut file = match file {
        Ok(file) => file,
        Err(refusal) => return check_refusal(&refusal),
    };
    let mut keys = 0_usize;
    loop {
        match file.next_entry() {
            Ok(Some(Entry::Key(key))) => {
                assert!(!key.seed.is_empty() && !key.serial.shown().is_empty() && key.line > 0);
                keys += 1;
            }
            Ok(Some(Entry::Problem(problem) | Entry::LeftOut(problem))) => check_problem(&problem),
            Ok(Some(Entry::Withdrawn(withdrawn))) => {
                check_problem(&withdrawn.problem);
                keys = keys.checked_sub(1).expect("only a key that was given out is taken back");
            }
            Ok(None) => return,
            Err(refusal) => {
                check_refusal(&refusal);
                assert_eq!(file.next_entry().err().as_ref(), Some(&refusal), "a refusal stays");
                return;
            }
        }
    }
}

fn check_problem(problem: &Problem) {
    assert!(problem.line > 0, "a problem has a line");
    check_refusal(&problem.why);
}

/// Every place of the sentence and the hint is filled, with what people can read.
fn check_refusal(refusal: &Rejection) {
    for lang in [Lang::En, Lang::Ja] {
        for text in [refusal.message(lang), refusal.hint(lang)] {
            assert!(text.len() <= LONGEST_MESSAGE, "too long: {text}");
            assert!(!text.contains(char::is_control), "control characters: {text:?}");
        }
    }
}
