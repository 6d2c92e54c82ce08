//! Bringing the directory up to the university's own list: read whole, compared with what is there, written as the next
//! edition in small jobs, and then made to count by changing one row. Whatever ends it before that changes nothing.

mod file;

use chrono::TimeDelta;
use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::person::Person;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;

use crate::app::directory::file::{List, read_all, read_list};
use crate::app::import::{Hashed, Upload};
use crate::app::memory::{Facts, Remembered, Repeatable, count, counted, fact};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, fault};
use crate::store::{Edition, StoreError, Tx};

pub use file::BadRow;

/// How long an import may take from its first row to its last.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// People written in one job: a few milliseconds of the writer.
const SLICE: usize = 250;

/// People read at once.
const STRIDE: u32 = 1_000;

/// From how many missing people on, and from which share of the directory on, an import must have expected them.
const REMOVALS_FROM: i64 = 10;
const REMOVALS_PER_CENT: i64 = 5;

/// What is to be done with a file.
#[derive(Debug, Clone)]
pub struct DirectoryOrder {
    /// The file's name, without a path.
    pub file_name: String,
    /// How many people may be missing from it.
    pub expected_removals: Option<i64>,
    /// Check only.
    pub validate_only: bool,
}

/// What an import came to, or would come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectorySummary {
    /// Rows of the file.
    pub people: i64,
    /// People who are new.
    pub added: i64,
    /// People of whom something changed.
    pub changed: i64,
    /// People of whom nothing did.
    pub unchanged: i64,
    /// People who are missing now and were not before.
    pub gone: i64,
    /// Rows that can't be imported.
    pub refused: i64,
    /// Whether the directory is as the file says.
    pub applied: bool,
    /// SHA-256 of the file, in hex.
    pub file_sha256: String,
    /// The headings of the columns that were not read.
    pub ignored: Vec<String>,
}

impl DirectorySummary {
    fn counts(&self) -> Facts {
        vec![
            counted("people", self.people),
            counted("added", self.added),
            counted("changed", self.changed),
            counted("unchanged", self.unchanged),
            counted("gone", self.gone),
            counted("refused", self.refused),
            ("file_sha256".to_owned(), self.file_sha256.clone()),
        ]
    }
}

impl Remembered for DirectorySummary {
    fn facts(&self) -> Facts {
        let ignored = self.ignored.iter().map(|heading| ("ignored".to_owned(), heading.clone()));
        self.counts().into_iter().chain(ignored).collect()
    }

    /// Only what was applied is remembered.
    fn recall(facts: &Facts) -> Option<Self> {
        let ignored = facts.iter().filter(|(name, _)| name == "ignored");
        Some(Self {
            people: count(facts, "people")?,
            added: count(facts, "added")?,
            changed: count(facts, "changed")?,
            unchanged: count(facts, "unchanged")?,
            gone: count(facts, "gone")?,
            refused: count(facts, "refused")?,
            applied: true,
            file_sha256: fact(facts, "file_sha256")?.to_owned(),
            ignored: ignored.map(|(_, heading)| heading.clone()).collect(),
        })
    }
}

impl App {
    /// Imports a file. `tell` passes on the rows that can't be imported, and answers false when the caller has gone.
    pub async fn directory_import(
        &self,
        call: Call,
        order: DirectoryOrder,
        upload: Upload,
        tell: impl FnMut(BadRow) -> bool + Send + 'static,
    ) -> Answer<DirectorySummary> {
        if *call.scope() != Scope::All {
            return Err(Reason::DirectoryScope.into());
        }
        let _place = self.place_for_upload()?;
        let import = Import { app: self.clone(), runtime: tokio::runtime::Handle::current(), call, order };
        let work = move || import.run(upload, tell);
        let summary = tokio::task::spawn_blocking(work).await.map_err(|_| Reason::Internal)??;
        // What is left to do is tried again every minute.
        drop(self.person_tidy().await);
        Ok(summary)
    }
}

/// An import that is under way, on a thread of its own.
struct Import {
    app: App,
    runtime: tokio::runtime::Handle,
    call: Call,
    order: DirectoryOrder,
}

/// The next edition, as it is to be written.
struct Next {
    held: Edition,
    number: i64,
    people: Vec<Person>,
    summary: DirectorySummary,
}

impl Import {
    fn run(self, upload: Upload, mut tell: impl FnMut(BadRow) -> bool) -> Answer<DirectorySummary> {
        let hashed = Hashed::new(upload);
        let hash = hashed.hash();
        let bytes = read_all(hashed).inspect_err(|no| self.record_refused(no, Facts::new()))?;
        let file_sha256 = hash.finish();
        let memory = self.memory(&file_sha256);
        if let Some(answer) = self.before(memory.as_ref())? {
            return answer;
        }
        let list = read_list(&bytes).inspect_err(|no| self.record_refused(no, Facts::new()))?;
        drop(bytes);
        if !list.bad_rows.is_empty() {
            return self.refuse_rows(list, file_sha256, &mut tell);
        }
        let epoch = self.take_lease()?;
        let done = self.bring_up(list, file_sha256, epoch, memory);
        self.give_back(epoch);
        done.inspect_err(|no| self.record_refused(no, Facts::new()))
    }

    /// Tells of every row that can't be imported; nothing is.
    fn refuse_rows(
        &self,
        list: List,
        file_sha256: String,
        tell: &mut impl FnMut(BadRow) -> bool,
    ) -> Answer<DirectorySummary> {
        let refused = i64::try_from(list.bad_rows.len()).unwrap_or(i64::MAX);
        let summary = DirectorySummary {
            people: list.rows,
            refused,
            file_sha256,
            ignored: list.ignored,
            ..DirectorySummary::default()
        };
        if !list.bad_rows.into_iter().all(tell) {
            return Err(Reason::ImportAborted.into());
        }
        let no = Rejection::from(Reason::DirectoryRowsRefused)
            .with("refused", refused.to_string())
            .with("rows", summary.people.to_string());
        self.record_refused(&no, summary.counts());
        Ok(summary)
    }

    /// Brings the directory up to a list that can be read.
    fn bring_up(
        &self,
        list: List,
        file_sha256: String,
        epoch: i64,
        memory: Option<Repeatable>,
    ) -> Answer<DirectorySummary> {
        // The lease is ours: whatever stands behind the edition that counts was left by an import that did not end.
        self.drop_unfinished()?;
        let mut next = self.compare(list)?;
        next.summary.file_sha256 = file_sha256;
        self.need_expected(&next)?;
        if self.order.validate_only {
            return Ok(next.summary);
        }
        for slice in next.people.chunks(SLICE) {
            self.stage(next.number, slice.to_vec(), epoch)?;
        }
        next.summary.applied = true;
        self.switch(next, epoch, memory)
    }

    /// Holds a list against what is there, and takes over from there whoever it does not name.
    fn compare(&self, list: List) -> Answer<Next> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "a method is not general over the lifetime of its Tx"
        )]
        let held = self.read(|tx| tx.directory_edition())?;
        let now = self.app.now();
        let mut summary = DirectorySummary { people: list.rows, ignored: list.ignored, ..DirectorySummary::default() };
        let mut missing = Vec::new();
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page = self.read(move |tx| tx.person_page(held.number, &from, STRIDE))?;
            let Some(last) = page.last() else { break };
            after = last.user.to_string();
            for person in page {
                match list.people.get(&person.user) {
                    Some(same) if *same == person => summary.unchanged += 1,
                    Some(_) => summary.changed += 1,
                    None => {
                        summary.gone += i64::from(person.gone_at.is_none());
                        missing.push(gone(person, now));
                    }
                }
            }
        }
        summary.added = summary.people - summary.changed - summary.unchanged;
        let people = list.people.into_values().chain(missing).collect();
        Ok(Next { held, number: held.number + 1, people, summary })
    }

    /// A list that was cut off must not end half the university.
    fn need_expected(&self, next: &Next) -> Answer<()> {
        let (gone, people) = (next.summary.gone, next.held.people);
        let many = gone >= REMOVALS_FROM && gone * 100 > people * REMOVALS_PER_CENT;
        if !many || self.order.expected_removals.is_some_and(|expected| gone <= expected) {
            return Ok(());
        }
        Err(Rejection::from(Reason::RemovalsUnexpected)
            .with("gone", gone.to_string())
            .with("people", people.to_string()))
    }

    fn stage(&self, edition: i64, people: Vec<Person>, epoch: i64) -> Answer<()> {
        self.write(move |tx| {
            let now = tx.now();
            if !tx.lease_renew(epoch, now, now + LEASE)? {
                return Ok(Err(Rejection::from(Reason::ImportAborted)));
            }
            tx.person_add(edition, &people).map(Ok)
        })?
    }

    /// Lets the next edition count, if whoever imports it still may.
    fn switch(&self, next: Next, epoch: i64, memory: Option<Repeatable>) -> Answer<DirectorySummary> {
        let Next { held, number, summary, .. } = next;
        let event = self.event(&Ok(()), summary.counts());
        let (call, done) = (self.call.clone(), summary.clone());
        self.write(move |tx| {
            let now = tx.now();
            if !tx.lease_renew(epoch, now, now + LEASE)? {
                return Ok(Err(Rejection::from(Reason::ImportAborted)));
            }
            let operator = tx.operator_find(&call.operator.name)?;
            if operator.is_none_or(|operator| operator.revoked_at.is_some()) {
                return Ok(Err(Reason::CertificateUnknown.into()));
            }
            tx.directory_switch(held, Edition { number, people: done.people })?;
            tx.audit_append(event.clone())?;
            memory.as_ref().map_or(Ok(()), |memory| memory.keep(tx, &Ok(done.clone())))?;
            Ok(Ok(()))
        })??;
        Ok(summary)
    }

    fn take_lease(&self) -> Answer<i64> {
        let call = self.call.clone();
        self.write(move |tx| {
            let now = tx.now();
            let taken = tx.lease_take(&call.operator.name, now, now + LEASE)?;
            Ok(taken.map_err(|holder| Rejection::from(Reason::ImportRunning).with("operator", holder.as_str())))
        })?
    }

    /// Gives the lease back; what was written and does not count goes with the next tidying. A lease that can't be given
    /// back runs out.
    fn give_back(&self, epoch: i64) {
        drop(self.write(move |tx| tx.lease_release(epoch)));
    }

    fn drop_unfinished(&self) -> Answer<()> {
        while self.write(|tx| tx.person_drop_later(STRIDE))? > 0 {}
        Ok(())
    }

    fn memory(&self, file_sha256: &str) -> Option<Repeatable> {
        let content = Canon::new("directory/1")
            .text(&self.order.file_name)
            .text(file_sha256)
            .opt_text(self.order.expected_removals.map(|expected| expected.to_string()).as_deref());
        self.app.repeatable(&self.call, "ImportDirectory", content).filter(|_| !self.order.validate_only)
    }

    /// What was answered before, if anything was.
    fn before(&self, memory: Option<&Repeatable>) -> Answer<Option<Answer<DirectorySummary>>> {
        match memory.cloned() {
            Some(memory) => self.read(move |tx| memory.recall(tx)),
            None => Ok(None),
        }
    }

    /// Puts on record that a file was refused; a dry run is not.
    fn record_refused(&self, no: &Rejection, counts: Facts) {
        if !self.order.validate_only {
            let event = self.event(&Err(no.clone()), counts);
            // The file is refused either way; a fault of the database is in the log.
            drop(self.write(move |tx| tx.audit_append(event.clone())));
        }
    }

    /// The one event of an import. It names nobody.
    fn event(&self, outcome: &Answer<()>, counts: Facts) -> Event {
        let mut details = vec![("file".to_owned(), self.order.file_name.clone())];
        details.extend(counts);
        Event {
            operator: self.call.operator.name.to_string(),
            action: Act::DirectoryImport.as_str().to_owned(),
            outcome: outcome_word(outcome),
            subject: None,
            user: None,
            details,
            request_id: self.call.request.map(|id| id.to_string()),
        }
    }

    fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<T> {
        self.runtime.block_on(self.app.store().read(job)).map_err(fault)
    }

    fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<T> {
        self.runtime.block_on(self.app.store().write_background(job)).map_err(fault)
    }
}

/// Somebody whom the list does not name, as they are kept.
fn gone(person: Person, now: Timestamp) -> Person {
    Person { gone_at: person.gone_at.or(Some(now)), ..person }
}
