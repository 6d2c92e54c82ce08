//! Doing a deed once: a request that is repeated with its id is answered from memory, not done again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use tokenfleet_domain::audit::{details_from_text, details_to_text};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::{Kind, Reason};
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::app::{Answer, App, Call, Decision};
use crate::store::{StoreError, Tx};

/// How long a deed is remembered.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// A caller's id for a deed: a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub [u8; 16]);

impl FromStr for RequestId {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        let bad = || Rejection::from(Reason::RequestIdInvalid).in_field("request_id");
        let dashed = text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes()[*at] == b'-');
        let hex: String = text.chars().filter(|c| *c != '-').collect();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).map_err(|_| bad())?;
        match <[u8; 16]>::try_from(bytes) {
            Ok(id) if dashed => Ok(Self(id)),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&tokenfleet_domain::ids::RowId(self.0), f)
    }
}

/// Facts of an outcome, few and small: what is needed to give the same answer again.
pub type Facts = Vec<(String, String)>;

/// An outcome that can be remembered.
pub trait Remembered: Sized + Send + 'static {
    /// What to keep.
    fn facts(&self) -> Facts;

    /// The outcome again.
    fn recall(facts: &Facts) -> Option<Self>;
}

/// The value of a fact.
pub fn fact<'a>(facts: &'a Facts, key: &str) -> Option<&'a str> {
    facts.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

/// A number as a fact.
pub fn counted(key: &str, count: i64) -> (String, String) {
    (key.to_owned(), count.to_string())
}

/// The number in a fact.
pub fn count(facts: &Facts, key: &str) -> Option<i64> {
    fact(facts, key)?.parse().ok()
}

/// A deed that may come again: who, what, and a keyed hash of its content.
#[derive(Debug, Clone)]
pub struct Repeatable {
    principal: String,
    method: &'static str,
    id: RequestId,
    /// The id as the memory in a token's row knows it: each caller's ids are their own.
    row_id: [u8; 16],
    hash: [u8; 32],
}

impl App {
    /// The memory key of a call, where the caller gave an id.
    pub(super) fn repeatable(&self, call: &Call, method: &'static str, content: Canon) -> Option<Repeatable> {
        let id = call.request?;
        let hash = self.keyring().caller_mac(content.text(method).text(call.operator.name.as_str()));
        let principal = call.operator.name.to_string();
        let row_mac = self.keyring().caller_mac(Canon::new("request-id/1").text(&principal).bytes(&id.0));
        let mut row_id = [0; 16];
        row_id.copy_from_slice(&row_mac[..16]);
        Some(Repeatable { principal, method, id, row_id, hash })
    }
}

impl Repeatable {
    /// The id and hash alone, for the memory in a token's row.
    pub fn key(&self) -> ([u8; 16], [u8; 32]) {
        (self.row_id, self.hash)
    }

    /// What was answered before, if anything was.
    pub fn recall<T: Remembered>(&self, tx: &mut Tx<'_>) -> Result<Option<Answer<T>>, StoreError> {
        let Some(stored) = tx.request_find(&self.principal, self.method, &self.id.0)? else { return Ok(None) };
        if stored.hash != self.hash {
            return Ok(Some(Err(Reason::RequestIdReused.into())));
        }
        let text = String::from_utf8_lossy(&stored.outcome);
        Ok(Some(read_outcome(&text).unwrap_or_else(|| Err(Reason::Internal.into()))))
    }

    /// Keeps an answer.
    pub fn keep<T: Remembered>(&self, tx: &mut Tx<'_>, answer: &Answer<T>) -> Result<(), StoreError> {
        // "Later" is no answer to keep: later it is asked again.
        if answer.as_ref().is_err_and(|no| no.kind() == Kind::Exhausted) {
            return Ok(());
        }
        let expires_at = tx.now() + REMEMBERED;
        let text = write_outcome(answer);
        tx.request_put(&self.principal, self.method, &self.id.0, &self.hash, text.as_bytes(), expires_at)
    }
}

/// Decides a deed once: from memory if it was done before, else anew and kept.
pub fn once<T: Remembered>(
    tx: &mut Tx<'_>,
    repeatable: Option<&Repeatable>,
    deed: impl FnOnce(&mut Tx<'_>) -> Decision<T>,
) -> Decision<T> {
    let Some(repeatable) = repeatable else { return deed(tx) };
    if let Some(answer) = repeatable.recall(tx)? {
        return Ok(answer);
    }
    let answer = deed(tx)?;
    repeatable.keep(tx, &answer)?;
    Ok(answer)
}

/// The fact that says that an answer is a rejection, and which. No outcome has a fact of this name.
const REJECTED: &str = "rejected_with";

/// An answer as text.
pub fn write_outcome<T: Remembered>(answer: &Answer<T>) -> String {
    let facts = match answer {
        Ok(outcome) => outcome.facts(),
        Err(no) => rejection_facts(no),
    };
    details_to_text(&facts)
}

/// The answer of a text.
pub fn read_outcome<T: Remembered>(text: &str) -> Option<Answer<T>> {
    let facts = details_from_text(text);
    match fact(&facts, REJECTED) {
        Some(code) => read_rejection(code, &facts).map(Err),
        None => T::recall(&facts).map(Ok),
    }
}

fn rejection_facts(no: &Rejection) -> Facts {
    let mut facts = vec![(REJECTED.to_owned(), no.reason.words().code.to_owned())];
    for (place, arg) in &no.args {
        match arg {
            Arg::Plain(text) => facts.push((format!("arg.{place}"), text.clone())),
            Arg::Word { en, ja } => {
                facts.push((format!("en.{place}"), en.clone()));
                facts.push((format!("ja.{place}"), ja.clone()));
            }
        }
    }
    facts.extend(no.field.iter().map(|field| ("field".to_owned(), field.to_string())));
    facts.extend(no.retry_after.iter().map(|wait| ("retry_after".to_owned(), wait.as_secs().to_string())));
    facts
}

fn read_rejection(code: &str, facts: &Facts) -> Option<Rejection> {
    let reason = Reason::ALL.iter().copied().find(|reason| reason.words().code == code)?;
    let mut no = Rejection::from(reason);
    for (key, value) in facts {
        if let Some(place) = key.strip_prefix("arg.") {
            no = no.with(place.to_owned(), value.as_str());
        } else if let Some(place) = key.strip_prefix("en.") {
            let ja = fact(facts, &format!("ja.{place}")).unwrap_or(value).to_owned();
            no = no.with(place.to_owned(), Arg::Word { en: value.clone(), ja });
        } else if key == "field" {
            no = no.in_field(value.clone());
        } else if key == "retry_after" {
            no = no.retry_after(Duration::from_secs(value.parse().ok()?));
        }
    }
    Some(no)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Remembered for String {
        fn facts(&self) -> Facts {
            vec![("said".to_owned(), self.clone())]
        }

        fn recall(facts: &Facts) -> Option<Self> {
            fact(facts, "said").map(str::to_owned)
        }
    }

    #[test]
    fn answers_of_both_kinds_are_remembered_whole() {
        let yes: Answer<String> = Ok("two\nlines: and more".to_owned());
        let no: Answer<String> = Err(Rejection::from(Reason::TokenWrongState)
            .with("serial", "HT0001")
            .with("state", Arg::Word { en: "lost".to_owned(), ja: "紛失".to_owned() })
            .in_field("token")
            .retry_after(Duration::from_secs(30)));
        for answer in [yes, no] {
            assert_eq!(read_outcome(&write_outcome(&answer)), Some(answer));
        }
    }

    #[test]
    fn a_request_id_is_a_uuid() {
        let text = "01234567-89ab-4def-8123-456789abcdef";
        assert_eq!(text.parse::<RequestId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for bad in [
            "",
            "0123456789ab4def8123456789abcdef",
            "01234567-89ab-4def-8123-456789abcdeg",
            "é1234567-89ab-4def-8123-456789abcde",
        ] {
            assert!(bad.parse::<RequestId>().is_err(), "{bad}");
        }
    }
}
