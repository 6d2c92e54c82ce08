//! What is said of a loan: how the person was known, and what was agreed on: who asked for it, under which ticket, until
//! when.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use crate::app::Answer;
use crate::app::memory::Facts;

/// What was looked at to know the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// A staff card.
    StaffCard,
    /// A student card.
    StudentCard,
    /// Another document with a photograph.
    OtherPhotoId,
    /// Known at the desk.
    KnownPerson,
}

impl Checked {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StaffCard => "staff-card",
            Self::StudentCard => "student-card",
            Self::OtherPhotoId => "other-photo-id",
            Self::KnownPerson => "known-person",
        }
    }
}

/// By which route a loan was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// By the person who gets the token.
    Own,
    /// By an administrator of their department.
    Proxy,
}

impl Route {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Proxy => "proxy",
        }
    }
}

/// What is agreed on a loan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// By which route it was asked for.
    pub route: Option<Route>,
    /// The ticket it was asked for in.
    pub ticket: Option<String>,
    /// Until when.
    pub due: Option<Timestamp>,
}

impl Terms {
    /// As a part of what is asked for.
    pub(super) fn canon(&self, content: Canon) -> Canon {
        content
            .opt_text(self.route.map(Route::as_str))
            .opt_text(self.ticket.as_deref())
            .opt_int(self.due.map(|due| due.timestamp_micros()))
    }

    /// A loan can't be agreed on that is overdue at once.
    pub(super) fn may(&self, now: Timestamp) -> Answer<()> {
        match self.due {
            Some(due) if due <= now => Err(Rejection::from(Reason::DueInPast).in_field("due_time")),
            Some(_) | None => Ok(()),
        }
    }

    /// What was said of it, for the record.
    pub(super) fn details(&self) -> Facts {
        let route = self.route.map(|route| ("route".to_owned(), route.as_str().to_owned()));
        let ticket = self.ticket.clone().map(|ticket| ("ticket".to_owned(), ticket));
        let due = self.due.map(|due| ("due".to_owned(), due.format("%Y-%m-%dT%H:%M:%SZ").to_string()));
        [route, ticket, due].into_iter().flatten().collect()
    }
}
