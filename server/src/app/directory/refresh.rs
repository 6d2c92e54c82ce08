//! The directory from its source: read in time and by hand, one reading after another. A source that fails changes nothing
//! and is asked again in time; that it fails is told once, until it works or fails for another reason.

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::person::{Field, Headings};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokio::runtime::Handle;

use crate::app::directory::list::{List, PEOPLE_MAX, Position};
use crate::app::directory::source::{DirectorySource, Entry};
use crate::app::directory::update::{By, Origin, Removals, Update};
use crate::app::directory::{BadEntry, DirectorySummary, need_all_departments};
use crate::app::memory::Facts;
use crate::app::{Answer, App, Call, fault, to_the_end};
use crate::store::Tx;

/// How the source names an entry.
#[derive(Debug, Clone)]
pub struct EntryName(pub String);

impl Position for EntryName {
    fn repeated(&self) -> Rejection {
        Rejection::from(Reason::LdapRepeated).with("other", self.0.as_str())
    }
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct RefreshOrder {
    /// How many people may be missing.
    pub expected_removals: Option<i64>,
    /// Check only.
    pub validate_only: bool,
}

/// Where the directory comes from, and how it is.
#[derive(Debug, Clone)]
pub struct DirectoryStatus {
    /// People whom its source has.
    pub people: i64,
    /// When it was last brought up to its source.
    pub updated_at: Option<Timestamp>,
    /// Its source and how often that is read; None where lists are imported.
    pub source: Option<(String, TimeDelta)>,
    /// The last refresh since the server started.
    pub last: Option<Refresh>,
}

impl DirectoryStatus {
    /// When it will be read next; where it was not yet, that is now.
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let (_, every) = self.source.as_ref()?;
        Some(self.last.as_ref().map_or(now, |last| last.at + *every))
    }
}

/// A refresh that was tried.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub outcome: Answer<DirectorySummary>,
}

/// The source of the directory, if it has one, and how it went with it.
pub(in crate::app) struct Refreshing {
    source: Option<DirectorySource>,
    /// One reads at a time.
    turn: tokio::sync::Mutex<()>,
    last: Mutex<Option<Refresh>>,
}

impl Refreshing {
    pub(in crate::app) fn of(source: Option<DirectorySource>) -> Self {
        Self { source, turn: tokio::sync::Mutex::new(()), last: Mutex::new(None) }
    }

    fn last(&self) -> Option<Refresh> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, refresh: Refresh) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(refresh);
    }
}

impl App {
    /// Refreshes the directory because an operator asks. `tell` passes on the entries that can't be taken over, and answers
    /// false when the caller has gone; a refresh that goes well goes on without them.
    pub async fn directory_refresh(
        &self,
        call: Call,
        order: RefreshOrder,
        tell: impl FnMut(BadEntry) -> bool + Send + 'static,
    ) -> Answer<DirectorySummary> {
        need_all_departments(&call)?;
        let source = self.directory_source().cloned().ok_or(Reason::LdapNotSet)?;
        let app = self.clone();
        to_the_end(async move {
            let _turn = app.inner.directory.turn.lock().await;
            app.refresh(source, By::Operator(call), order, tell).await
        })
        .await
    }

    /// Refreshes the directory if it is time to. Called once a minute.
    pub async fn directory_refresh_if_due(&self) {
        let Some(source) = self.directory_source().cloned() else { return };
        let _turn = self.inner.directory.turn.lock().await;
        let last = self.inner.directory.last();
        let now = self.now();
        // A clock that was set back must not put it off.
        if last.as_ref().is_some_and(|last| (now - last.at).abs() < source.every) {
            return;
        }
        let before = last.and_then(|last| last.outcome.err()).map(|no| no.reason);
        let order = RefreshOrder { expected_removals: None, validate_only: false };
        // Whatever it comes to has been told.
        drop(self.refresh(source, By::Service(before), order, |_| true).await);
    }

    /// Where the directory comes from, and how its last refresh went.
    pub async fn directory_status(&self) -> Answer<DirectoryStatus> {
        let job = |tx: &mut Tx<'_>| Ok((tx.directory_edition()?, tx.directory_imported_at()?));
        let (edition, updated_at) = self.store().read(job).await.map_err(fault)?;
        let source = self.directory_source().map(|source| (source.people.name().to_owned(), source.every));
        Ok(DirectoryStatus { people: edition.people, updated_at, source, last: self.inner.directory.last() })
    }

    pub(super) fn directory_source(&self) -> Option<&DirectorySource> {
        self.inner.directory.source.as_ref()
    }

    async fn refresh(
        &self,
        source: DirectorySource,
        by: By,
        order: RefreshOrder,
        tell: impl FnMut(BadEntry) -> bool + Send + 'static,
    ) -> Answer<DirectorySummary> {
        let _place = self.place_for_upload(&by.name())?;
        let update = Update {
            app: self.clone(),
            runtime: Handle::current(),
            by,
            origin: Origin::Ldap(source.people.name().to_owned()),
            removals: Removals { expected: order.expected_removals, per_cent: source.removals_per_cent },
            validate_only: order.validate_only,
        };
        let done = update.from(&source, tell).await;
        // What is left to do is tried again every minute.
        drop(self.person_tidy().await);
        done
    }

    /// Notes how a refresh went, and tells what is new of it. Where an import was in its way, the next minute will do.
    fn refreshed(&self, at: Timestamp, source: &DirectorySource, done: &Answer<DirectorySummary>) {
        if done.as_ref().is_err_and(|no| no.reason == Reason::ImportRunning) {
            return;
        }
        let outcome = match done {
            Ok(summary) if summary.refused > 0 => {
                Err(Origin::Ldap(source.people.name().to_owned()).rows_refused(summary))
            }
            Ok(_) | Err(_) => done.clone(),
        };
        let before = self.inner.directory.last();
        match &outcome {
            Ok(summary) => tracing::info!(
                people = summary.people,
                added = summary.added,
                changed = summary.changed,
                gone = summary.gone,
                "the directory was refreshed"
            ),
            Err(no) if is_news(before.as_ref(), no.reason) => {
                let (code, why) = (no.reason.words().code, no.message(Lang::En));
                tracing::warn!(code, why, "the directory could not be refreshed; it stays as it was");
            }
            Err(_) => {}
        }
        self.inner.directory.note(Refresh { at, outcome });
    }
}

impl Update {
    /// Reads the source and brings the directory up to it. Nothing is held while it is read.
    async fn from(
        self,
        source: &DirectorySource,
        tell: impl FnMut(BadEntry) -> bool + Send + 'static,
    ) -> Answer<DirectorySummary> {
        let content = Canon::new("refresh/1")
            .text(source.people.name())
            .opt_text(self.removals.expected.map(|expected| expected.to_string()).as_deref());
        let memory = self.memory("RefreshDirectory", content);
        if let Some(memory) = memory.clone()
            && let Some(answer) = self.app.store().read(move |tx| memory.recall(tx)).await.map_err(fault)?
        {
            return answer;
        }
        let (app, at, is_deed) = (self.app.clone(), self.app.now(), !self.validate_only);
        let mut list = List::new(Headings::of(&Field::ALL));
        let read = source.people.read(&mut |entry| take(&mut list, entry, source.people.name())).await;
        let work = move || match read {
            Ok(()) => {
                list.look_for_merged();
                self.apply(list, String::new(), memory, tell)
            }
            Err(no) => {
                self.record_refused(&no, Facts::new());
                Err(no)
            }
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(|_| Reason::Internal)?;
        if is_deed {
            app.refreshed(at, source, &done);
        }
        done
    }
}

fn take(list: &mut List<EntryName>, entry: Entry, source: &str) -> Answer<()> {
    if list.is_full() {
        let no = Rejection::from(Reason::LdapTooLarge).with("source", source);
        return Err(no.with("limit", PEOPLE_MAX.to_string()));
    }
    let name = EntryName(entry.name);
    let mut cells = Vec::with_capacity(Field::ALL.len());
    for (field, cell) in Field::ALL.into_iter().zip(&entry.cells) {
        match cell {
            Ok(cell) => cells.push(cell.as_str()),
            Err(why) => {
                list.refuse(name, field, why.clone());
                return Ok(());
            }
        }
    }
    list.take(name, &cells);
    Ok(())
}

/// Whether a failure is not the one that was told before.
fn is_news(before: Option<&Refresh>, reason: Reason) -> bool {
    before.and_then(|before| before.outcome.as_ref().err()).is_none_or(|no| no.reason != reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, user: &str) -> Entry {
        let cells = [user, "山田 花子", "", "", "", "", "", "", ""].map(|cell| Ok(cell.to_owned()));
        Entry { name: name.to_owned(), cells }
    }

    #[test]
    fn two_entries_with_one_id_are_named_by_each_other() {
        let mut list = List::new(Headings::of(&Field::ALL));
        for name in ["uid=0123456789", "cn=Yamada Hanako"] {
            take(&mut list, entry(name, "0123456789"), "ldaps://ldap.example.ac.jp").unwrap();
        }
        let [bad] = list.bad.try_into().unwrap();
        assert_eq!((bad.place.0.as_str(), bad.why.reason), ("cn=Yamada Hanako", Reason::LdapRepeated));
        assert_eq!(bad.why.message(Lang::En), "uid=0123456789 has the same ID");
    }

    fn refresh(outcome: Answer<DirectorySummary>) -> Refresh {
        Refresh { at: Timestamp::UNIX_EPOCH, outcome }
    }

    #[test]
    fn a_failure_is_told_once_until_another_takes_its_place_or_the_source_works() {
        let failed = refresh(Err(Reason::LdapUnreachable.into()));
        assert!(is_news(None, Reason::LdapUnreachable));
        assert!(!is_news(Some(&failed), Reason::LdapUnreachable));
        assert!(is_news(Some(&failed), Reason::LdapBindRefused));
        assert!(is_news(Some(&refresh(Ok(DirectorySummary::default()))), Reason::LdapUnreachable));
    }
}
