//! Adopting a fleet that somebody else kept: a list of who holds which token becomes loans, and tokens where there were
//! none. All of it in one transaction, or nothing.
//!
//! The list is read and ruled on row by row. A row that can't be adopted keeps the others back, unless the caller goes on
//! without it. Running the same list again changes nothing.

mod plan;
mod token;
mod write;

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, Serial, UserId, Vendor};
use tokenfleet_domain::lot::LotName;
use tokenfleet_domain::operator::{Role, Scope};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::TextEncoding;
use tokenfleet_seedfile::holdings::{self, Holdings, Item, ListFormat, ListOptions};

use crate::app::adoption::plan::{Plan, plan};
use crate::app::adoption::write::write;
use crate::app::import::{Hashed, Upload};
use crate::app::memory::{Facts, Remembered, Repeatable, count, counted, fact};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, entropy_fault, fault, on_a_core, to_the_end};
use crate::store::{StoreError, Tx};

/// Most rows of a list: they are written in one transaction, and nobody is to wait seconds for it.
const ROWS_MAX: usize = 5_000;

/// Lent tokens read at once, to see which of them the list does not know.
const STRIDE: u32 = 500;

/// A list, and what it is for.
#[derive(Debug, Clone)]
pub struct AdoptOrder {
    /// The file's name, without a path.
    pub file_name: String,
    /// Whose list it is, where its headings are not to decide.
    pub format: Option<ListFormat>,
    /// Who made the tokens, where a row does not say.
    pub vendor: Option<Vendor>,
    /// Adopt the good rows though others are refused.
    pub keep_going: bool,
    /// Check only.
    pub validate_only: bool,
}

/// What is told while a list is adopted.
#[derive(Debug, Clone)]
pub enum AdoptNews {
    /// What the file was taken for.
    Evidence(ListEvidence),
    /// What became of a row, or would.
    Row(AdoptedRow),
    /// A row that can't be adopted.
    Problem(AdoptProblem),
    /// What speaks against a row that is adopted all the same.
    Doubt(AdoptProblem),
    /// A token that is lent here and that the list does not know.
    Unmatched(Unmatched),
}

/// What a list was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEvidence {
    /// Whose list it is.
    pub format: ListFormat,
    /// How its text is written.
    pub encoding: TextEncoding,
    /// Headings of columns that nobody reads.
    pub ignored_columns: Vec<String>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// The token is lent, since the day of the row.
    Lent,
    /// A loan that is over stands in the ledger.
    Past,
    /// The token is recorded, in stock.
    Recorded,
    /// It was known already, here or by an earlier row.
    Unchanged,
}

/// A row that was adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedRow {
    /// Its line, from 1.
    pub line: u64,
    /// The serial number.
    pub serial: Serial,
    /// Who has it, or had it.
    pub user: Option<UserId>,
    /// Since when; for a loan whose beginning the list does not know, the moment of the adoption.
    pub since: Option<Timestamp>,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Whether no seed of the token is known.
    pub without_seed: bool,
}

/// A row that can't be adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptProblem {
    /// Its line, from 1.
    pub line: u64,
    /// Which column, from 1, and what it holds.
    pub place: Option<(u32, Item)>,
    /// Why.
    pub why: Rejection,
}

/// A token that is lent here and that the list does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// Its serial number.
    pub serial: Serial,
    /// Who has it.
    pub user: UserId,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// What a list came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdoptSummary {
    /// The lot of the tokens that were recorded without a seed.
    pub lot: Option<LotName>,
    /// Rows read.
    pub rows: i64,
    /// Loans that are open now.
    pub lent: i64,
    /// Loans that are over, in the ledger now.
    pub past: i64,
    /// Rows that were known already.
    pub unchanged: i64,
    /// Rows that can't be adopted.
    pub refused: i64,
    /// Rows that are passed over: other kinds of token.
    pub passed_over: i64,
    /// Tokens that were recorded without a seed, lent or in stock.
    pub without_seed: i64,
    /// Of these, the ones whose vendor nobody named.
    pub without_vendor: i64,
    /// Of the loans that are open now, those whose beginning the list does not say: they begin with the adoption.
    pub without_beginning: i64,
    /// Tokens lent here that the list does not know.
    pub unmatched: i64,
    /// Whether anything was to be kept.
    pub applied: bool,
    /// SHA-256 of the file, in hex.
    pub file_sha256: String,
}

impl AdoptSummary {
    fn counts(&self) -> Facts {
        vec![
            counted("rows", self.rows),
            counted("lent", self.lent),
            counted("past", self.past),
            counted("unchanged", self.unchanged),
            counted("refused", self.refused),
            counted("passed_over", self.passed_over),
            counted("without_seed", self.without_seed),
            counted("without_vendor", self.without_vendor),
            counted("without_beginning", self.without_beginning),
            ("file_sha256".to_owned(), self.file_sha256.clone()),
        ]
    }
}

impl Remembered for AdoptSummary {
    fn facts(&self) -> Facts {
        let mut facts = self.counts();
        facts.extend(self.lot.iter().map(|lot| ("lot".to_owned(), lot.to_string())));
        facts.push(("applied".to_owned(), self.applied.to_string()));
        facts
    }

    fn recall(facts: &Facts) -> Option<Self> {
        Some(Self {
            lot: fact(facts, "lot").and_then(|lot| lot.parse().ok()),
            rows: count(facts, "rows")?,
            lent: count(facts, "lent")?,
            past: count(facts, "past")?,
            unchanged: count(facts, "unchanged")?,
            refused: count(facts, "refused")?,
            passed_over: count(facts, "passed_over")?,
            without_seed: count(facts, "without_seed")?,
            without_vendor: count(facts, "without_vendor")?,
            without_beginning: count(facts, "without_beginning")?,
            // Counted anew each time it is asked.
            unmatched: 0,
            applied: fact(facts, "applied")? == "true",
            file_sha256: fact(facts, "file_sha256")?.to_owned(),
        })
    }
}

impl App {
    /// Adopts a list. `news` is told what becomes of each row and answers false when the caller has gone, which no longer
    /// matters once the rows are written.
    pub async fn adopt(
        &self,
        call: Call,
        order: AdoptOrder,
        upload: Upload,
        mut news: impl FnMut(AdoptNews) -> bool + Send + 'static,
    ) -> Answer<AdoptSummary> {
        may_adopt(&call)?;
        let _place = self.place_for_upload(call.operator.name.as_str())?;
        let options = ListOptions { format: order.format, max_rows: ROWS_MAX };
        let hashed = Hashed::new(upload);
        let hash = hashed.hash();
        let list = on_a_core(move || holdings::read(hashed, options)).await??;
        let app = self.clone();
        let sha256 = hash.finish();
        let content = Canon::new("adopt/1")
            .text(&order.file_name)
            .text(&sha256)
            .opt_text(order.format.map(ListFormat::as_str))
            .opt_text(order.vendor.as_ref().map(Vendor::as_str))
            .int(i64::from(order.keep_going));
        let memory = self.repeatable(&call, "AdoptLoans", content).filter(|_| !order.validate_only);
        let ids = self.new_ids(list.rows.len())?;
        let evidence = AdoptNews::Evidence(ListEvidence {
            format: list.format,
            encoding: list.encoding,
            ignored_columns: list.ignored_columns.clone(),
        });
        let serials = list
            .rows
            .iter()
            .filter_map(|row| row.as_ref().map_or_else(|bad| bad.serial.as_ref(), |row| Some(&row.serial)));
        let known = serials.map(|serial| serial.key().to_owned()).collect();
        let job = Job { call, order, list, sha256, ids, most: self.settings().limits.tokens_per_user };
        to_the_end(async move {
            let Done { mut summary, told } = app.adopt_all(job, memory).await?;
            let unmatched = app.unmatched(known).await?;
            summary.unmatched = i64::try_from(unmatched.len()).unwrap_or(i64::MAX);
            let told = std::iter::once(evidence).chain(told).chain(unmatched.into_iter().map(AdoptNews::Unmatched));
            // The deed stands, whether somebody hears of it or not.
            on_a_core(move || told.map_while(|told| news(told).then_some(())).count()).await?;
            Ok(summary)
        })
        .await
    }

    /// Rules on every row and writes what may be written, in one transaction.
    async fn adopt_all(&self, job: Job, memory: Option<Repeatable>) -> Answer<Done> {
        if job.order.validate_only {
            let check = move |tx: &mut Tx<'_>| Ok(job.done(&job.plan(tx)?, false));
            return self.store().read(check).await.map_err(fault);
        }
        let deed = move |tx: &mut Tx<'_>| {
            if let Some(answer) = memory.as_ref().map_or(Ok(None), |memory| memory.recall(tx))? {
                return Ok(answer.map(|summary| Done { summary, told: Vec::new() }));
            }
            let operator = tx.operator_find(&job.call.operator.name)?;
            if operator.is_none_or(|operator| operator.revoked_at.is_some()) {
                return Ok(Err(Reason::CertificateUnknown.into()));
            }
            let plan = job.plan(tx)?;
            let mut done = job.done(&plan, true);
            if done.summary.applied {
                done.summary.lot = write(tx, &job.call, &job.order, &plan, &job.sha256)?;
            }
            tx.audit_append(job.event(&done.summary))?;
            if let (true, Some(memory)) = (done.summary.applied, &memory) {
                memory.keep(tx, &Ok(done.summary.clone()))?;
            }
            Ok(Ok(done))
        };
        self.store().write_background(deed).await.map_err(fault)?
    }

    /// The tokens that are lent and that a list does not know.
    async fn unmatched(&self, known: std::collections::HashSet<String>) -> Answer<Vec<Unmatched>> {
        let mut unmatched = Vec::new();
        let mut after: Option<(UserId, RowId)> = None;
        loop {
            let place = after.clone();
            let lent = self.store().read(move |tx| tx.tokens_lent(place, STRIDE)).await.map_err(fault)?;
            let Some((last, user)) = lent.last().and_then(|last| Some((last, last.token.user.clone()?))) else {
                return Ok(unmatched);
            };
            after = Some((user, last.token.id));
            unmatched.extend(lent.into_iter().filter(|found| !known.contains(found.token.serial.key())).filter_map(
                |found| {
                    let (serial, since) = (found.token.serial, found.token.lent_at);
                    Some(Unmatched { serial, user: found.token.user?, since })
                },
            ));
        }
    }

    /// Ids for whatever the rows may need: a token and a loan each, and a lot.
    fn new_ids(&self, rows: usize) -> Answer<Vec<RowId>> {
        let mut ids: Vec<RowId> = Vec::with_capacity(2 * rows + 1);
        for _ in 0..=2 * rows {
            let id = RowId::draw_after(ids.last().copied(), self.now(), &**self.entropy()).map_err(entropy_fault)?;
            ids.push(id);
        }
        Ok(ids)
    }
}

/// Tokens are recorded and loans are written, for the whole university.
fn may_adopt(call: &Call) -> Answer<()> {
    let has = |role| call.operator.has_any(&[role]);
    if !has(Role::Stock) || !has(Role::Desk) {
        return Err(Rejection::from(Reason::AdoptRoles).with("operator", call.operator.name.as_str()));
    }
    if *call.scope() == Scope::All { Ok(()) } else { Err(Reason::AdoptScope.into()) }
}

/// A list that is being adopted.
struct Job {
    call: Call,
    order: AdoptOrder,
    list: Holdings,
    sha256: String,
    ids: Vec<RowId>,
    /// Tokens one person may hold.
    most: usize,
}

/// What was done, and what is to be told of it.
struct Done {
    summary: AdoptSummary,
    told: Vec<AdoptNews>,
}

impl Job {
    fn plan(&self, tx: &mut Tx<'_>) -> Result<Plan, StoreError> {
        plan(tx, &self.call, &self.order, &self.list, &self.ids, self.most)
    }

    fn done(&self, plan: &Plan, deed: bool) -> Done {
        let mut summary = AdoptSummary {
            rows: i64::try_from(self.list.rows.len()).unwrap_or(i64::MAX),
            passed_over: i64::try_from(self.list.passed_over).unwrap_or(i64::MAX),
            file_sha256: self.sha256.clone(),
            ..plan.counts()
        };
        summary.applied = deed && (summary.refused == 0 || self.order.keep_going);
        Done { summary, told: plan.told.clone() }
    }

    fn event(&self, summary: &AdoptSummary) -> Event {
        let outcome = if summary.applied { Ok(()) } else { Err(Reason::AdoptRowsRefused.into()) };
        let mut details = vec![("file".to_owned(), self.order.file_name.clone())];
        details.extend(summary.counts());
        Event {
            operator: self.call.operator.name.to_string(),
            action: Act::FleetAdopt.as_str().to_owned(),
            outcome: outcome_word(&outcome),
            subject: summary.lot.as_ref().map(|lot| format!("lots/{lot}")),
            user: None,
            details,
            request_id: self.call.request.map(|id| id.to_string()),
        }
    }
}
