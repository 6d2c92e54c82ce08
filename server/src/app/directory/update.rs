//! The next edition of the directory: compared, written and made to count, under the one lease of imports.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, UserId};
use tokenfleet_domain::person::Person;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokio::runtime::Handle;

use crate::app::directory::DirectorySummary;
use crate::app::directory::list::{Bad, List, Position};
use crate::app::memory::{Facts, Repeatable};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, fault};
use crate::store::{Edition, StoreError, Tx};

/// How long an import may take from its first row to its last.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// People written in one job: a few milliseconds of the writer.
const SLICE: usize = 250;

/// People read at once.
const STRIDE: u32 = 1_000;

/// From how many missing people on they must have been expected, whatever their share.
const REMOVALS_FROM: i64 = 10;

/// The directory while it is brought up to a list, on a thread that may wait.
pub(super) struct Update {
    pub(super) app: App,
    pub(super) runtime: Handle,
    pub(super) by: By,
    pub(super) origin: Origin,
    pub(super) removals: Removals,
    /// Check only.
    pub(super) validate_only: bool,
}

/// Who does it.
pub(super) enum By {
    /// An operator.
    Operator(Call),
    /// The service itself, who tried before and was refused for this.
    Service(Option<Reason>),
}

/// Where the list comes from.
pub(super) enum Origin {
    /// A file of this name.
    File(String),
    /// An LDAP server of this name.
    Ldap(String),
}

/// How many people may be missing from the list.
pub(super) struct Removals {
    /// As somebody said.
    pub(super) expected: Option<i64>,
    /// As a share of the directory that surprises nobody.
    pub(super) per_cent: i64,
}

/// The next edition, as it is to be written. Where nothing changes it is the one that counts, and has nobody to write.
struct Next {
    held: Edition,
    number: i64,
    people: Vec<Person>,
    summary: DirectorySummary,
}

impl Update {
    /// Brings the directory up to a list that was read. `tell` passes on who can't be taken over, and answers false when the
    /// caller has gone.
    pub(super) fn apply<P: Position>(
        &self,
        list: List<P>,
        file_sha256: String,
        memory: Option<Repeatable>,
        tell: impl FnMut(Bad<P>) -> bool,
    ) -> Answer<DirectorySummary> {
        let ignored = list.ignored().to_vec();
        let summary = DirectorySummary { people: list.rows, file_sha256, ignored, ..DirectorySummary::default() };
        if !list.bad.is_empty() {
            return self.refuse(list.bad, summary, tell);
        }
        let epoch = self.take_lease()?;
        let done = self.bring_up(list.people, summary, epoch, memory);
        self.give_back(epoch);
        done.inspect_err(|no| self.record_refused(no, Facts::new()))
    }

    /// Tells of everybody who can't be taken over; nobody is.
    fn refuse<P>(
        &self,
        bad: Vec<Bad<P>>,
        summary: DirectorySummary,
        tell: impl FnMut(Bad<P>) -> bool,
    ) -> Answer<DirectorySummary> {
        let summary = DirectorySummary { refused: i64::try_from(bad.len()).unwrap_or(i64::MAX), ..summary };
        if !bad.into_iter().all(tell) {
            return Err(Reason::ImportAborted.into());
        }
        self.record_refused(&self.origin.rows_refused(&summary), summary.counts());
        Ok(summary)
    }

    fn bring_up(
        &self,
        people: BTreeMap<UserId, Person>,
        summary: DirectorySummary,
        epoch: i64,
        memory: Option<Repeatable>,
    ) -> Answer<DirectorySummary> {
        // The lease is ours: whatever stands behind the edition that counts was left by an import that did not end.
        self.drop_unfinished()?;
        let mut next = self.compare(people, summary)?;
        self.need_expected(&next)?;
        if self.validate_only {
            return Ok(next.summary);
        }
        for slice in next.people.chunks(SLICE) {
            self.stage(next.number, slice.to_vec(), epoch)?;
        }
        next.summary.applied = true;
        self.switch(next, epoch, memory)
    }

    /// Holds a list against what is there, and takes over from there whoever it does not name.
    fn compare(&self, people: BTreeMap<UserId, Person>, mut summary: DirectorySummary) -> Answer<Next> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "a method is not general over the lifetime of its Tx"
        )]
        let held = self.read(|tx| tx.directory_edition())?;
        let now = self.app.now();
        let mut missing = Vec::new();
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page = self.read(move |tx| tx.person_page(held.number, &from, STRIDE))?;
            let Some(last) = page.last() else { break };
            after = last.user.to_string();
            for person in page {
                match people.get(&person.user) {
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
        if summary.changes_nothing() {
            return Ok(Next { held, number: held.number, people: Vec::new(), summary });
        }
        let people = people.into_values().chain(missing).collect();
        Ok(Next { held, number: held.number + 1, people, summary })
    }

    /// A list that was cut off must not end half the university.
    fn need_expected(&self, next: &Next) -> Answer<()> {
        let (gone, people) = (next.summary.gone, next.held.people);
        let many = gone >= REMOVALS_FROM && gone * 100 > people * self.removals.per_cent;
        if !many || self.removals.expected.is_some_and(|expected| gone <= expected) {
            return Ok(());
        }
        Err(self.origin.too_many_gone(gone, people))
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
        let (operator, done) = (self.by.operator(), summary.clone());
        self.write(move |tx| {
            let now = tx.now();
            if !tx.lease_renew(epoch, now, now + LEASE)? {
                return Ok(Err(Rejection::from(Reason::ImportAborted)));
            }
            if let Some(name) = &operator {
                let operator = tx.operator_find(name)?;
                if operator.is_none_or(|operator| operator.revoked_at.is_some()) {
                    return Ok(Err(Reason::CertificateUnknown.into()));
                }
            }
            tx.directory_switch(held, Edition { number, people: done.people })?;
            tx.audit_append(event.clone())?;
            memory.as_ref().map_or(Ok(()), |memory| memory.keep(tx, &Ok(done.clone())))?;
            Ok(Ok(()))
        })??;
        Ok(summary)
    }

    fn take_lease(&self) -> Answer<i64> {
        let holder = self.by.name();
        self.write(move |tx| {
            let now = tx.now();
            let taken = tx.lease_take(&holder, now, now + LEASE)?;
            Ok(taken.map_err(|holder| Rejection::from(Reason::ImportRunning).with("operator", holder)))
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

    /// The memory of a deed that an operator may ask for again; a dry run is none.
    pub(super) fn memory(&self, method: &'static str, content: Canon) -> Option<Repeatable> {
        match &self.by {
            By::Operator(call) if !self.validate_only => self.app.repeatable(call, method, content),
            By::Operator(_) | By::Service(_) => None,
        }
    }

    /// What was answered before, if anything was.
    pub(super) fn before(&self, memory: Option<&Repeatable>) -> Answer<Option<Answer<DirectorySummary>>> {
        match memory.cloned() {
            Some(memory) => self.read(move |tx| memory.recall(tx)),
            None => Ok(None),
        }
    }

    /// Puts on record that a list was refused. A dry run is not, nor what the service is refused again and again.
    pub(super) fn record_refused(&self, no: &Rejection, counts: Facts) {
        let known = matches!(self.by, By::Service(Some(before)) if before == no.reason);
        if !self.validate_only && !known {
            let event = self.event(&Err(no.clone()), counts);
            // The list is refused either way; a fault of the database is in the log.
            drop(self.write(move |tx| tx.audit_append(event.clone())));
        }
    }

    /// The one event of an import. It names nobody.
    fn event(&self, outcome: &Answer<()>, counts: Facts) -> Event {
        let (act, origin) = self.origin.recorded();
        Event {
            operator: self.by.name(),
            action: act.as_str().to_owned(),
            outcome: outcome_word(outcome),
            subject: None,
            user: None,
            details: std::iter::once(origin).chain(counts).collect(),
            request_id: self.by.request_id(),
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

impl By {
    /// As the record calls them.
    pub(super) fn name(&self) -> String {
        self.operator().map_or_else(|| OperatorName::RESERVED.to_owned(), |name| name.to_string())
    }

    fn operator(&self) -> Option<OperatorName> {
        match self {
            Self::Operator(call) => Some(call.operator.name.clone()),
            Self::Service(_) => None,
        }
    }

    fn request_id(&self) -> Option<String> {
        match self {
            Self::Operator(call) => call.request.map(|id| id.to_string()),
            Self::Service(_) => None,
        }
    }
}

impl Origin {
    /// What is recorded, and where the list came from.
    fn recorded(&self) -> (Act, (String, String)) {
        match self {
            Self::File(name) => (Act::DirectoryImport, ("file".to_owned(), name.clone())),
            Self::Ldap(name) => (Act::DirectoryRefresh, ("source".to_owned(), name.clone())),
        }
    }

    /// The refusal of a list on which some can't be taken over.
    pub(super) fn rows_refused(&self, summary: &DirectorySummary) -> Rejection {
        let reason = match self {
            Self::File(_) => Reason::DirectoryRowsRefused,
            Self::Ldap(_) => Reason::LdapEntriesRefused,
        };
        Rejection::from(reason).with("refused", summary.refused.to_string()).with("rows", summary.people.to_string())
    }

    fn too_many_gone(&self, gone: i64, people: i64) -> Rejection {
        let no = match self {
            Self::File(_) => Rejection::from(Reason::RemovalsUnexpected),
            Self::Ldap(name) => Rejection::from(Reason::LdapRemovals).with("source", name.as_str()),
        };
        no.with("gone", gone.to_string()).with("people", people.to_string())
    }
}

/// Somebody whom the list does not name, as they are kept.
fn gone(person: Person, now: Timestamp) -> Person {
    Person { gone_at: person.gone_at.or(Some(now)), ..person }
}
