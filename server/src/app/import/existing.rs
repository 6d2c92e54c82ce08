//! Tokens that are known with the same seed, and that a file describes otherwise.
//!
//! A description is who made a token, its model and its date. What decides its codes (the seed, digits, digest, interval,
//! counter) is never changed by an import. New descriptions wait here until the import ends, and are written with its
//! lot; each is on record with what stood there before.

use std::collections::{BTreeMap, HashMap};

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::{Arg, Rejection};
use tokenfleet_domain::token::{Custody, Token};
use tokenfleet_seedfile::Remnant;

use crate::app::import::is_expired;
use crate::app::memory::Facts;
use crate::app::target::token_event;
use crate::app::{Answer, Call};
use crate::store::{StoreError, Tx};

/// Most tokens that one file describes anew: they are written with the lot, in one transaction.
const DESCRIBED_MAX: usize = 5_000;

/// What becomes of a row whose token is known with the same seed, where the file describes it otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// It is refused.
    #[default]
    Reject,
    /// It is passed over: what is known stays.
    SkipIdentical,
    /// The token is described as the file does, where the file says anything.
    UpdateMetadata,
}

impl Existing {
    /// The word that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::SkipIdentical => "skip-identical",
            Self::UpdateMetadata => "update-metadata",
        }
    }
}

/// What is said of a token and decides none of its codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    manufacturer: String,
    model: String,
    expires_at: Option<Timestamp>,
}

impl Description {
    pub(super) fn of(token: &Token) -> Self {
        Self { manufacturer: token.manufacturer.clone(), model: token.model.clone(), expires_at: token.expires_at }
    }

    /// The first thing in which two differ, as people call it.
    pub(super) fn difference(&self, other: &Self) -> Option<(&'static str, &'static str)> {
        let differences = [
            (self.manufacturer != other.manufacturer, ("manufacturer", "製造元")),
            (self.model != other.model, ("model", "モデル")),
            (self.expires_at != other.expires_at, ("expiry date", "有効期限")),
        ];
        differences.into_iter().find(|(differs, _)| *differs).map(|(_, field)| field)
    }

    /// What a file says; what it leaves out stays as it was known.
    pub(super) fn over(self, known: Self) -> Self {
        let or_known = |said: String, known: String| if said.is_empty() { known } else { said };
        Self {
            manufacturer: or_known(self.manufacturer, known.manufacturer),
            model: or_known(self.model, known.model),
            expires_at: self.expires_at.or(known.expires_at),
        }
    }

    /// For the record: what stood there before and what stands there now.
    fn changes(&self, before: &Self) -> Facts {
        let date = |at: Option<Timestamp>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
        let fields = [
            ("manufacturer", before.manufacturer.clone(), self.manufacturer.clone()),
            ("model", before.model.clone(), self.model.clone()),
            ("expires", date(before.expires_at), date(self.expires_at)),
        ];
        let changed = fields.into_iter().filter(|(_, before, now)| before != now);
        changed.flat_map(|(name, before, now)| [(format!("{name}_before"), before), (name.to_owned(), now)]).collect()
    }
}

/// A row that describes a token anew.
pub(super) struct Redescribed {
    /// Its line.
    pub(super) line: u64,
    /// The row without its secret.
    pub(super) row: Option<Remnant>,
    /// The token.
    pub(super) id: RowId,
    /// What it is from now on.
    pub(super) description: Description,
}

/// What becomes of a row that describes a token anew.
pub(super) enum Said {
    /// It waits for the end of the import.
    First,
    /// An earlier row says the same.
    Again,
    /// An earlier row says something else.
    Otherwise(Rejection),
}

/// Descriptions that wait for the end of the import.
#[derive(Clone, Default)]
pub(super) struct Descriptions {
    /// The token that a line is about.
    by_line: BTreeMap<u64, RowId>,
    by_token: HashMap<RowId, Description>,
}

impl Descriptions {
    pub(super) fn keep(&mut self, redescribed: &Redescribed) -> Answer<Said> {
        let Redescribed { line, id, description, .. } = redescribed;
        if let Some(earlier) = self.by_token.get(id) {
            return Ok(earlier.difference(description).map_or(Said::Again, |field| Said::Otherwise(another(field))));
        }
        if self.by_token.len() == DESCRIBED_MAX {
            return Err(Rejection::from(Reason::DescribesTooMany).with("limit", DESCRIBED_MAX.to_string()));
        }
        self.by_line.insert(*line, *id);
        self.by_token.insert(*id, description.clone());
        Ok(Said::First)
    }

    /// Takes back what a line said; whether there was anything.
    pub(super) fn withdraw(&mut self, line: u64) -> bool {
        let gone = self.by_line.remove(&line);
        gone.is_some_and(|id| self.by_token.remove(&id).is_some())
    }

    /// How many say that the vendor's date has passed.
    pub(super) fn expired(&self, now: Timestamp) -> i64 {
        self.by_token.values().map(|description| i64::from(is_expired(description.expires_at, now))).sum()
    }

    /// Writes them into the tokens, each with an event of its own; how many there were.
    pub(super) fn write(&self, tx: &mut Tx<'_>, call: &Call, file_sha256: &str) -> Result<i64, StoreError> {
        let mut written = 0;
        for (id, description) in self.by_line.values().filter_map(|id| self.by_token.get_key_value(id)) {
            // A token that was put out of service while the file was read stays as it is.
            let Some(found) = tx.token_by_id(&Scope::All, *id)?.filter(|found| found.intact) else { continue };
            let held = found.token;
            let changes = description.changes(&Description::of(&held));
            if changes.is_empty() || !may_be_described(&held) {
                continue;
            }
            tx.token_swap(&held, &described(&held, description, tx.now()))?;
            tx.audit_append(describe_event(call, &held, changes, file_sha256))?;
            written += 1;
        }
        Ok(written)
    }
}

/// Whether what is said of a token may change at all: not once it is out of service for good.
pub(super) fn may_be_described(token: &Token) -> bool {
    token.state.custody != Custody::Retired
}

/// The refusal of a row that contradicts what is known of its token, or an earlier row of its file.
pub(super) fn another((en, ja): (&str, &str)) -> Rejection {
    contradiction(Reason::SerialExistsDifferentData, (en, ja))
}

/// A contradiction in a field that people know by these words.
pub(super) fn contradiction(reason: Reason, (en, ja): (&str, &str)) -> Rejection {
    Rejection::from(reason).with("field", Arg::Word { en: en.to_owned(), ja: ja.to_owned() })
}

/// The next version of a token; its codes are what they were.
fn described(held: &Token, description: &Description, now: Timestamp) -> Token {
    let Description { manufacturer, model, expires_at } = description.clone();
    Token { manufacturer, model, expires_at, version: held.version + 1, updated_at: now, ..held.clone() }
}

fn describe_event(call: &Call, held: &Token, mut changes: Facts, file_sha256: &str) -> Event {
    changes.push(("file_sha256".to_owned(), file_sha256.to_owned()));
    Event { details: changes, ..token_event(call, Act::TokenDescribe, held, &Ok(())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(manufacturer: &str, model: &str, expires: Option<i64>) -> Description {
        let expires_at = expires.map(|seconds| Timestamp::from_timestamp(seconds, 0).unwrap());
        Description { manufacturer: manufacturer.to_owned(), model: model.to_owned(), expires_at }
    }

    #[test]
    fn what_a_file_leaves_out_stays_as_it_was_known() {
        let known = description("Feitian", "C100", Some(1));
        assert_eq!(description("", "", None).over(known.clone()), known);
        let said = description("", "C200", Some(2)).over(known.clone());
        assert_eq!(said, description("Feitian", "C200", Some(2)));
        assert_eq!(said.difference(&known), Some(("model", "モデル")));
    }

    #[test]
    fn the_record_has_what_changed_and_what_stood_there_before() {
        let [before, now] = [description("Feitian", "C100", None), description("Feitian", "C200", Some(0))];
        let facts = [
            ("model_before", "C100"),
            ("model", "C200"),
            ("expires_before", ""),
            ("expires", "1970-01-01T00:00:00+00:00"),
        ];
        assert_eq!(now.changes(&before), facts.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(now.changes(&now).is_empty());
    }

    #[test]
    fn the_first_row_of_a_token_says_what_it_is_and_the_others_agree_or_are_refused() {
        let mut waiting = Descriptions::default();
        let id: RowId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
        let row = |line, model| Redescribed { line, row: None, id, description: description("", model, None) };
        assert!(matches!(waiting.keep(&row(2, "C200")), Ok(Said::First)));
        assert!(matches!(waiting.keep(&row(3, "C200")), Ok(Said::Again)));
        assert!(matches!(waiting.keep(&row(4, "C300")), Ok(Said::Otherwise(_))));
        assert!(!waiting.withdraw(3) && waiting.withdraw(2));
        assert!(matches!(waiting.keep(&row(4, "C300")), Ok(Said::First)));
    }
}
