//! People, as the university's own list has them: who somebody is, and whether a token may be lent to them today.

mod near;
mod row;

use chrono::NaiveDate;

use crate::catalogue::Reason;
use crate::ids::UserId;
use crate::lot::JAPAN;
use crate::ports::Timestamp;
use crate::reject::Rejection;

pub use near::near;
pub use row::{BadCell, Field, Headings};

/// What kind of member of the university a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonKind {
    /// 教員.
    Faculty,
    /// 職員.
    Staff,
    /// 学生.
    Student,
    /// Anybody else, or nobody said.
    Other,
}

impl PersonKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Faculty, Self::Staff, Self::Student, Self::Other];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Faculty => "faculty",
            Self::Staff => "staff",
            Self::Student => "student",
            Self::Other => "other",
        }
    }
}

/// There is no kind of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such kind of person")]
pub struct UnknownPersonKind;

impl std::str::FromStr for PersonKind {
    type Err = UnknownPersonKind;

    fn from_str(word: &str) -> Result<Self, UnknownPersonKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(UnknownPersonKind)
    }
}

/// A person. What is not known is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their ID.
    pub user: UserId,
    /// The name as it is written, in kanji.
    pub name: String,
    /// The name in kana.
    pub kana: String,
    /// The name in Latin letters.
    pub latin: String,
    /// Their department, in the same words as operators' departments.
    pub department: Option<String>,
    /// What kind of member they are.
    pub kind: PersonKind,
    /// Their last day.
    pub last_day: Option<NaiveDate>,
    /// The ID that theirs was merged into.
    pub merged_into: Option<UserId>,
    /// The other ID of the same person.
    pub other: Option<UserId>,
    /// Since when they have been missing from the list.
    pub gone_at: Option<Timestamp>,
    /// When their names were removed.
    pub forgotten_at: Option<Timestamp>,
}

/// How a person stands to the university.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// They belong to it.
    Current,
    /// Their last day has passed.
    Ended(NaiveDate),
    /// The list has not had them since that day.
    Gone(NaiveDate),
    /// They go on under another ID.
    Merged(UserId),
}

impl Person {
    /// How they stand at a moment.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if let Some(into) = &self.merged_into {
            return Standing::Merged(into.clone());
        }
        match (self.last_day, self.gone_at) {
            (Some(last_day), _) if last_day < day(now) => Standing::Ended(last_day),
            (_, Some(gone_at)) => Standing::Gone(day(gone_at)),
            (Some(_) | None, None) => Standing::Current,
        }
    }

    /// Whether a token may be lent to them; else the refusal that says why not.
    pub fn may_hold(&self, now: Timestamp) -> Result<(), Rejection> {
        let refused = |reason: Reason| Rejection::from(reason).with("user", self.user.as_str());
        match self.standing(now) {
            Standing::Current => Ok(()),
            Standing::Ended(last_day) => Err(refused(Reason::PersonEnded).with("day", last_day.to_string())),
            Standing::Gone(since) => Err(refused(Reason::PersonGone).with("day", since.to_string())),
            Standing::Merged(into) => Err(refused(Reason::PersonMerged).with("into", into.as_str())),
        }
    }
}

/// The day that a moment is in Japan.
fn day(at: Timestamp) -> NaiveDate {
    at.with_timezone(&JAPAN).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            user: "0123456789".parse().unwrap(),
            name: "山田 花子".to_owned(),
            kana: String::new(),
            latin: "Yamada Hanako".to_owned(),
            department: None,
            kind: PersonKind::Staff,
            last_day: None,
            merged_into: None,
            other: None,
            gone_at: None,
            forgotten_at: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn somebody_belongs_to_the_university_up_to_the_end_of_their_last_day_in_japan() {
        let last_day = NaiveDate::from_ymd_opt(2027, 3, 31);
        let person = Person { last_day, ..person() };
        assert_eq!(person.standing(at("2027-03-31T14:59:59Z")), Standing::Current);
        assert_eq!(person.standing(at("2027-03-31T15:00:00Z")), Standing::Ended(last_day.unwrap()));
    }

    #[test]
    fn a_merged_id_is_named_as_that_before_all_else_and_a_last_day_before_a_list_that_lost_somebody() {
        let gone = Person { gone_at: Some(at("2026-04-01T00:00:00Z")), ..person() };
        let now = at("2026-11-24T00:00:00Z");
        assert_eq!(gone.may_hold(now).unwrap_err().reason, Reason::PersonGone);
        let ended = Person { last_day: NaiveDate::from_ymd_opt(2026, 3, 31), ..gone };
        assert_eq!(ended.may_hold(now).unwrap_err().reason, Reason::PersonEnded);
        let merged = Person { merged_into: Some("9876543210".parse().unwrap()), ..ended };
        assert_eq!(merged.may_hold(now).unwrap_err().reason, Reason::PersonMerged);
        assert_eq!(person().may_hold(now), Ok(()));
    }
}
