//! Bringing the directory up to the university's own list: read whole, from a file or from LDAP, compared with what is
//! there, written as the next edition in small jobs, and then made to count by changing one row. Whatever ends it before
//! that changes nothing.

mod file;
mod list;
mod refresh;
pub mod source;
mod update;

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::Rejection;
use tokio::runtime::Handle;

use crate::app::directory::file::{read_all, read_list};
use crate::app::directory::update::{By, Origin, Removals, Update};
use crate::app::import::{Hashed, Upload};
use crate::app::memory::{Facts, Remembered, Repeatable, count, counted, fact};
use crate::app::{Answer, App, Call};

pub use file::Line;
pub use list::Bad;
pub(super) use refresh::Refreshing;
pub use refresh::{DirectoryStatus, EntryName, Refresh, RefreshOrder};

/// A row of a file that can't be imported.
pub type BadRow = Bad<Line>;

/// An entry of LDAP that can't be taken over.
pub type BadEntry = Bad<EntryName>;

/// From which share of the directory on an import must have expected that people are missing.
pub const REMOVALS_PER_CENT: i64 = 5;

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
    /// People on the list.
    pub people: i64,
    /// People who are new.
    pub added: i64,
    /// People of whom something changed.
    pub changed: i64,
    /// People of whom nothing did.
    pub unchanged: i64,
    /// People who are missing now and were not before.
    pub gone: i64,
    /// Those of them who can't be taken over.
    pub refused: i64,
    /// Whether the directory is as the list says.
    pub applied: bool,
    /// SHA-256 of the file, in hex; empty where there is none.
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

    fn changes_nothing(&self) -> bool {
        self.added + self.changed + self.gone == 0
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
        need_all_departments(&call)?;
        if let Some(source) = self.directory_source() {
            return Err(Rejection::from(Reason::DirectoryFromLdap).with("source", source.people.name()));
        }
        let _place = self.place_for_upload(call.operator.name.as_str())?;
        let update = Update {
            app: self.clone(),
            runtime: Handle::current(),
            by: By::Operator(call),
            origin: Origin::File(order.file_name.clone()),
            removals: Removals { expected: order.expected_removals, per_cent: REMOVALS_PER_CENT },
            validate_only: order.validate_only,
        };
        let work = move || import(&update, &order, upload, tell);
        let summary = tokio::task::spawn_blocking(work).await.map_err(|_| Reason::Internal)??;
        // What is left to do is tried again every minute.
        drop(self.person_tidy().await);
        Ok(summary)
    }
}

/// The directory is everybody's.
fn need_all_departments(call: &Call) -> Answer<()> {
    if *call.scope() == Scope::All { Ok(()) } else { Err(Reason::DirectoryScope.into()) }
}

fn import(
    update: &Update,
    order: &DirectoryOrder,
    upload: Upload,
    tell: impl FnMut(BadRow) -> bool,
) -> Answer<DirectorySummary> {
    let hashed = Hashed::new(upload);
    let hash = hashed.hash();
    let bytes = read_all(hashed).inspect_err(|no| update.record_refused(no, Facts::new()))?;
    let file_sha256 = hash.finish();
    let memory = memory(update, order, &file_sha256);
    if let Some(answer) = update.before(memory.as_ref())? {
        return answer;
    }
    let list = read_list(&bytes).inspect_err(|no| update.record_refused(no, Facts::new()))?;
    drop(bytes);
    update.apply(list, file_sha256, memory, tell)
}

fn memory(update: &Update, order: &DirectoryOrder, file_sha256: &str) -> Option<Repeatable> {
    let content = Canon::new("directory/1")
        .text(&order.file_name)
        .text(file_sha256)
        .opt_text(order.expected_removals.map(|expected| expected.to_string()).as_deref());
    update.memory("ImportDirectory", content)
}
