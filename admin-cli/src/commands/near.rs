//! Serials that somebody may have meant who mistyped one: each one digit away, which is
//! wrong, left out or one too many, or two neighbours in the wrong order.
//!
//! Guarantee: few questions to the server, and never another failure in the place of the first.

use std::collections::BTreeSet;

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use unicode_normalization::UnicodeNormalization;

use crate::client::Client;
use crate::failure::{Failure, Outcome};

/// How many serials are proposed at most.
const PROPOSED_MAX: usize = 3;
/// How many questions are asked at most.
const QUESTIONS_MAX: usize = 6;
/// How long a question may be; a server takes a little more.
const QUESTION_CHARS: usize = 1900;
/// How many comparisons a question may have.
const QUESTION_COMPARISONS: usize = 90;
/// The lengths of serials that are worth a guess.
const SERIAL_CHARS: std::ops::RangeInclusive<usize> = 5..=24;

/// The same outcome; where a token was not found, the failure proposes what was perhaps meant by `typed`.
pub(crate) async fn propose<T>(client: &Client, typed: &str, outcome: Outcome<T>) -> Outcome<T> {
    match outcome {
        Err(failure) if matches!(failure.reason(), "TOKEN_NOT_FOUND" | "TARGET_NOT_FOUND") => {
            let near = near(client, typed).await;
            Err(if near.is_empty() { failure } else { failure.proposing(near) })
        }
        outcome => outcome,
    }
}

async fn near(client: &Client, typed: &str) -> Vec<String> {
    let mut found = Vec::new();
    for filter in questions(&candidates(typed)).into_iter().take(QUESTIONS_MAX) {
        let request = v1::ListTokensRequest {
            page_size: i32::try_from(PROPOSED_MAX).unwrap_or_default(),
            filter,
            ..v1::ListTokensRequest::default()
        };
        let answer = client
            .ask(request, async |channel, request| TokenServiceClient::new(channel).list_tokens(request).await)
            .await;
        // Whoever may not list tokens is told what they would have been told anyway.
        let Ok(answer) = answer else { break };
        found.extend(answer.tokens.into_iter().map(|token| token.serial));
        if found.len() >= PROPOSED_MAX {
            break;
        }
    }
    found.truncate(PROPOSED_MAX);
    found
}

/// Every serial that is one mistake away. Two neighbours in the wrong order come first: that is mistyped most often.
fn candidates(typed: &str) -> Vec<String> {
    let serial: Vec<char> = bare_serial(typed).chars().collect();
    if !SERIAL_CHARS.contains(&serial.len()) || !serial.iter().all(char::is_ascii_alphanumeric) {
        return Vec::new();
    }
    let swapped = (1..serial.len()).map(|at| {
        let mut other = serial.clone();
        other.swap(at - 1, at);
        other
    });
    let replaced = (0..serial.len()).filter(|at| serial[*at].is_ascii_digit()).flat_map(|at| {
        let serial = &serial;
        ('0'..='9').map(move |digit| {
            let mut other = serial.clone();
            other[at] = digit;
            other
        })
    });
    let shortened = (0..serial.len()).filter(|at| serial[*at].is_ascii_digit()).map(|at| {
        let mut other = serial.clone();
        other.remove(at);
        other
    });
    let lengthened = (0..=serial.len()).flat_map(|at| {
        let serial = &serial;
        ('0'..='9').map(move |digit| {
            let mut other = serial.clone();
            other.insert(at, digit);
            other
        })
    });
    let mut seen = BTreeSet::from([serial.clone()]);
    let new = swapped.chain(replaced).chain(shortened).chain(lengthened).filter(|other| seen.insert(other.clone()));
    new.map(String::from_iter).collect()
}

fn bare_serial(typed: &str) -> String {
    let folded: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    folded.rsplit_once('~').map_or(folded.as_str(), |(_, serial)| serial).to_owned()
}

/// Filters that together ask for every candidate.
fn questions(candidates: &[String]) -> Vec<String> {
    let Some(longest) = candidates.iter().map(|candidate| comparison(candidate).len() + " OR ".len()).max() else {
        return Vec::new();
    };
    let at_once = (QUESTION_CHARS / longest).clamp(1, QUESTION_COMPARISONS);
    let question = |some: &[String]| some.iter().map(|serial| comparison(serial)).collect::<Vec<_>>().join(" OR ");
    candidates.chunks(at_once).map(question).collect()
}

fn comparison(serial: &str) -> String {
    format!("serial = \"{serial}\"")
}

impl Failure {
    fn proposing(self, near: Vec<String>) -> Self {
        Self::Near(near, Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Complaint, Lang};

    #[test]
    fn one_wrong_missing_or_added_digit_or_two_swapped_ones_are_near_and_more_is_not() {
        let near = candidates("2600215704919");
        let same_length = near.iter().filter(|other| other.len() == 13).count();
        assert_eq!(same_length, 13 * 9 + 11, "00 stays what it is where it is swapped");
        for meant in ["6200215704919", "2600215704991", "2600215704910", "260021570491", "26002157049190"] {
            assert!(near.iter().any(|other| other == meant), "{meant}");
        }
        for other in ["2600215704919", "2600215704900", "26002157049"] {
            assert!(near.iter().all(|near| near != other), "{other}");
        }
    }

    #[test]
    fn a_name_is_looked_at_for_its_serial_and_what_is_no_serial_for_nothing() {
        assert!(candidates("tokens/feitian~２６００２").iter().any(|near| near == "26003"));
        assert!(candidates("ab12c").iter().all(|near| (4..=6).contains(&near.len())));
        for typed in ["", "1234", "26002\"5704919", &"1".repeat(25)] {
            assert_eq!(candidates(typed), Vec::<String>::new(), "{typed}");
        }
    }

    #[test]
    fn few_short_questions_ask_for_all() {
        let near = candidates("2600215704919");
        let questions = questions(&near);
        assert!(questions.len() <= QUESTIONS_MAX && questions.iter().all(|text| text.len() <= 2000));
        assert!(near.iter().all(|near| questions.iter().any(|text| text.contains(near))));
        assert!(questions.iter().all(|text| text.matches(" OR ").count() < 100));
    }

    #[test]
    fn what_was_perhaps_meant_stands_before_the_hint() {
        let failure = Failure::with(Complaint::TargetNotFound, [("target", "0123456789")]);
        let hint = failure.describe(Lang::En).unwrap().hint;
        let near = failure.proposing(vec!["1023456789".to_owned(), "0123456780".to_owned()]);
        let told = near.describe(Lang::En).unwrap();
        assert_eq!(told.hint, format!("did you mean 1023456789, 0123456780? Else {hint}"));
        assert_eq!((near.reason(), near.exit()), ("TARGET_NOT_FOUND", Some(crate::failure::Exit::NotFound)));
    }
}
