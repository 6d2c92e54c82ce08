//! Importing a vendor's file: read in `seedfile`, admitted here, staged in slices, visible all at once or not at all.
//!
//! Rows are written under a lot that is still staging, in jobs short enough that a verification never waits for a file.
//! Opening the lot is one row's update. Whatever ends an import before that (a refused row, a lost connection, a crash)
//! leaves nothing: the staged rows are removed in small jobs, at the latest when the service starts again.

mod admit;
mod begin;
mod complete;
mod earlier;
mod existing;
mod inspect;
mod known;
mod order;
mod plan;
mod remarks;
mod summary;
mod unlock;
mod upload;

use std::io::Read;

use chrono::TimeDelta;
use tokenfleet_domain::audit::Act;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::delivery::Comparison;
use tokenfleet_domain::ids::{RowId, Vendor};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{
    Column, Entry, Evidence, Field, Key, Lock, Problem, Remnant, SeedFile, Withdrawn, open_with,
};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::app::import::admit::{Slice, Stage, Staged};
use crate::app::import::begin::{Begun, begin, record_unread};
use crate::app::import::complete::{Completions, Kept};
use crate::app::import::existing::{Descriptions, Redescribed, Said};
use crate::app::import::order::order_content;
use crate::app::import::plan::Rows;
use crate::app::import::remarks::Remarks;
use crate::app::import::unlock::Keys;
pub(super) use crate::app::import::upload::Hashed;
use crate::app::lot::{Beside, ExpectedBox, Judged, lot_event};
use crate::app::memory::Repeatable;
use crate::app::places::Place;
use crate::app::{Answer, App, Call, fault, on_a_core};
use crate::store::{StoreError, Tx};

pub(super) use begin::free_name;
pub use earlier::EarlierLot;
pub use existing::Existing;
pub use inspect::{Finding, Inspected};
pub use order::ImportOrder;
pub use plan::Plan;
pub use summary::ImportSummary;
pub use unlock::{Secrets, SecretsEnd, secrets};
pub use upload::{Upload, UploadEnd, upload};

/// How long an import may be silent before another may take its place: as long as a call may last at all.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// Rows between two words on progress.
const PROGRESS_EVERY: i64 = 1_000;

/// A file as it is sent.
pub struct Sent {
    /// Its bytes.
    pub bytes: Upload,
    /// What opens it, where it is encrypted.
    pub secrets: Secrets,
}

/// What is told while a file is imported.
#[derive(Debug, Clone)]
pub enum News {
    /// What the file was taken for.
    Evidence(Evidence),
    /// A row that can't be imported.
    Problem(RowProblem),
    /// A key that is no OATH token's, and is left out.
    LeftOut(RowProblem),
    /// What opens the file is waited for.
    SecretWanted(Lock),
    /// How the file compares with what the box of its lot held.
    Compared(LotName, Comparison),
    /// Rows read so far.
    Progress(i64),
}

/// A row that can't be imported.
#[derive(Debug, Clone)]
pub struct RowProblem {
    /// Its line, from 1.
    pub line: u64,
    /// Where in the row.
    pub column: Option<Column>,
    /// Why.
    pub why: Rejection,
    /// The row without its secret, where the good rows are kept.
    pub row: Option<Remnant>,
}

impl From<Problem> for RowProblem {
    fn from(problem: Problem) -> Self {
        Self { line: problem.line, column: problem.column, why: problem.why, row: problem.row }
    }
}

impl App {
    /// Imports a file. `news` tells the caller what happens, and answers false when the caller has gone.
    pub async fn import(
        &self,
        call: Call,
        order: ImportOrder,
        sent: Sent,
        news: impl Fn(News) -> bool + Clone + Send + 'static,
    ) -> Answer<ImportSummary> {
        let memory = self.repeatable(&call, "ImportTokens", order_content(&order)).filter(|_| !order.validate_only);
        if let Some(memory) = memory.clone() {
            let before = self.store().read(move |tx| memory.recall(tx)).await.map_err(fault)?;
            if let Some(answer) = before {
                return on_a_core(move || for_the_same_file(answer, sent.bytes)).await?;
            }
        }
        let _place = self.place_for_upload(call.operator.name.as_str())?;
        let app = self.clone();
        let runtime = tokio::runtime::Handle::current();
        let work = move || Import::run(app, runtime, call, order, memory, sent, news);
        tokio::task::spawn_blocking(work).await.map_err(|_| Reason::Internal)?
    }

    /// A place among the files that are read at a time; given back when it is dropped.
    pub(super) fn place_for_upload(&self, holder: &str) -> Answer<Place> {
        self.inner.uploads.take(holder)
    }

    /// What imports left behind that a crash or a stop ended. Called once at start, before anybody calls.
    pub async fn import_leftovers(&self) -> Answer<Leftovers> {
        // One process owns an SQLite file: whoever held the lease is gone.
        let alone = self.store().backend_name() == "sqlite";
        let job = move |tx: &mut Tx<'_>| if alone { tx.lease_clear() } else { Ok(()) };
        self.store().write(0, job).await.map_err(fault)?;
        self.unfinished().await.map(Leftovers)
    }

    /// Removes them, in small jobs beside all else.
    pub async fn import_drop(&self, Leftovers(lots): Leftovers) -> Answer<()> {
        for lot in lots {
            self.drop_rows(lot).await?;
            self.store().write_background(move |tx| tx.lot_delete(lot)).await.map_err(fault)?;
        }
        Ok(())
    }

    async fn unfinished(&self) -> Answer<Vec<RowId>> {
        let ids = |tx: &mut Tx<'_>| Ok(tx.lots_unfinished()?.into_iter().map(|lot| lot.id).collect());
        self.store().read(ids).await.map_err(fault)
    }
}

/// Lots that were being imported or taken out when the service stopped.
pub struct Leftovers(Vec<RowId>);

/// An import that is under way, on a thread of its own.
struct Import<N> {
    app: App,
    runtime: tokio::runtime::Handle,
    call: Call,
    order: ImportOrder,
    lot: Lot,
    epoch: i64,
    summary: ImportSummary,
    told: i64,
    /// Lines that were known already, that contradict the stock, and that were not admitted, each in their order.
    unchanged: Vec<u64>,
    conflicts: Vec<u64>,
    not_admitted: Vec<u64>,
    completions: Completions,
    descriptions: Descriptions,
    remarks: Remarks,
    rows: Rows,
    /// The box that the file is held against.
    expected: Option<ExpectedBox>,
    /// The slice that is being written.
    on_its_way: Option<JoinHandle<Result<Option<Staged>, StoreError>>>,
    /// Where in a row the secret stands.
    secret: Option<Column>,
    news: N,
}

impl<N: Fn(News) -> bool + Clone + 'static> Import<N> {
    fn run(
        app: App,
        runtime: tokio::runtime::Handle,
        call: Call,
        order: ImportOrder,
        memory: Option<Repeatable>,
        sent: Sent,
        news: N,
    ) -> Answer<ImportSummary> {
        let unread = |no: &Rejection| record_unread(&app, &runtime, &call, &order, no);
        if let Some(plan) = &order.plan {
            plan.fits_options(app.keyring(), &order).inspect_err(unread)?;
        }
        // Of tokens that others lend nobody changes when they expire.
        if order.existing == Existing::UpdateMetadata && *call.scope() != Scope::All {
            return Err(Rejection::from(Reason::LotScope)).inspect_err(unread);
        }
        let hashed = Hashed::new(sent.bytes);
        let hash = hashed.hash();
        let asks = news.clone();
        let keys = Keys::new(sent.secrets, move |lock: &Lock| asks(News::SecretWanted(lock.clone())));
        let gone = keys.gone();
        let file = open_with(hashed, &order.reading(), Box::new(keys)).map_err(|no| gone.or(no)).inspect_err(unread)?;
        if !news(News::Evidence(file.evidence().clone())) {
            return Err(Reason::ImportAborted.into());
        }
        let Begun { lot, epoch, expected } =
            begin(&app, &runtime, &call, &order, file.evidence()).inspect_err(unread)?;
        let closed = !lot.readings.is_empty();
        let mut import = Self {
            app,
            runtime,
            call,
            order,
            lot,
            epoch,
            summary: ImportSummary { closed, ..ImportSummary::default() },
            told: 0,
            unchanged: Vec::new(),
            conflicts: Vec::new(),
            not_admitted: Vec::new(),
            completions: Completions::default(),
            descriptions: Descriptions::default(),
            remarks: Remarks::default(),
            rows: Rows::default(),
            expected,
            on_its_way: None,
            secret: file.column(Field::Secret),
            news,
        };
        let ended = import.read(file).map_err(|no| gone.or(no)).and_then(|()| {
            import.summary.file_sha256 = hash.finish();
            import.summary.earlier = import.earlier_lot()?;
            import.end(memory)
        });
        if let Err(no) = &ended {
            // Whatever it was, nothing stays; what can't be removed now is removed at the next start or import.
            drop(import.on_its_way.take().map(|write| import.runtime.block_on(write)));
            drop(import.drop_all(&Err(no.clone())));
        }
        ended
    }

    /// Reads the file to its end and stages what is admitted.
    fn read(&mut self, mut file: SeedFile<'_>) -> Answer<()> {
        let mut slice = Slice::new(&self.order);
        while let Some(entry) = file.next_entry()? {
            match entry {
                Entry::Key(key) => {
                    self.summary.rows += 1;
                    self.admit(&mut slice, key)?;
                }
                Entry::Problem(problem) => {
                    self.summary.rows += 1;
                    self.refuse(problem.into())?;
                }
                Entry::LeftOut(problem) => {
                    self.summary.rows += 1;
                    self.summary.left_out += 1;
                    self.tell(News::LeftOut(problem.into()))?;
                }
                Entry::Withdrawn(withdrawn) => {
                    self.stage(&mut slice)?;
                    self.settle(&mut slice)?;
                    self.withdraw(&mut slice, withdrawn)?;
                }
            }
            if self.summary.rows - self.told >= PROGRESS_EVERY {
                self.told = self.summary.rows;
                self.tell(News::Progress(self.told))?;
            }
        }
        self.stage(&mut slice)?;
        self.settle(&mut slice)
    }

    /// Takes a key back that a later row contradicts: it is refused, and nothing else any more.
    fn withdraw(&mut self, slice: &mut Slice, Withdrawn { serial, key_id, problem }: Withdrawn) -> Answer<()> {
        if self.not_admitted.binary_search(&problem.line).is_ok() {
            return Ok(());
        }
        let lot = self.lot.id;
        let firsts = slice.take_first_keys(&serial, &key_id);
        let gone = self.write(move |tx| admit::withdraw(tx, lot, &serial, &key_id, &firsts))?;
        self.remarks.withdraw(problem.line);
        if let Some(token) = gone {
            self.summary.created -= 1;
            self.summary.expired -= i64::from(is_expired(token.expires_at, self.app.now()));
            self.summary.without_vendor -= i64::from(token.vendor == Vendor::unknown());
        } else if self.completions.withdraw(problem.line) {
            self.summary.completed -= 1;
        } else if self.descriptions.withdraw(problem.line) {
            self.summary.updated -= 1;
        } else if self.unchanged.binary_search(&problem.line).is_ok() {
            self.summary.unchanged -= 1;
        } else if self.conflicts.binary_search(&problem.line).is_ok() {
            self.summary.conflicts -= 1;
        }
        self.refuse(problem.into())
    }

    fn admit(&mut self, slice: &mut Slice, key: Key) -> Answer<()> {
        let (line, row) = (key.line, key.row.clone());
        match slice.take(&self.app, self.lot.id, key)? {
            Stage::Wait => Ok(()),
            Stage::Full => self.stage(slice),
            Stage::Refused(why) => {
                self.not_admitted.push(line);
                self.refuse(RowProblem { line, column: self.secret, why, row })
            }
        }
    }

    /// Hands a slice to the writer, in one job. What became of it is heard when the next one is ready: the rows behind it
    /// are read and sealed meanwhile.
    fn stage(&mut self, slice: &mut Slice) -> Answer<()> {
        let Some(mut staging) = slice.staging(&self.app, self.lot.id, self.epoch, LEASE) else { return Ok(()) };
        self.settle(slice)?;
        let app = self.app.clone();
        let write = async move { app.store().write_background(move |tx| staging.write(tx)).await };
        self.on_its_way = Some(self.runtime.spawn(write));
        Ok(())
    }

    /// Waits for the slice that is on its way, and counts what became of it.
    fn settle(&mut self, slice: &mut Slice) -> Answer<()> {
        let Some(write) = self.on_its_way.take() else { return Ok(()) };
        let staged = self.runtime.block_on(write).map_err(|_| Reason::ImportAborted)?.map_err(fault)?;
        let Some(staged) = staged else { return Err(Reason::ImportAborted.into()) };
        slice.learn(staged.took);
        self.summary.created += staged.created;
        self.summary.unchanged += i64::try_from(staged.unchanged.len()).unwrap_or(i64::MAX);
        self.summary.expired += staged.expired;
        self.summary.without_vendor += staged.without_vendor;
        self.remarks.join(staged.remarks);
        if let Some(expected) = &mut self.expected {
            staged.known.iter().for_each(|token| expected.see_known(token));
        }
        let mut unchanged = staged.unchanged;
        for waiting in staged.waiting {
            let (line, remark) = (waiting.line, waiting.remark);
            match self.completions.keep(&self.app, waiting)? {
                Kept::Anew => {
                    self.summary.completed += 1;
                    self.rows.note(line, "completed");
                    self.remarks.note(line, remark);
                }
                Kept::Before => {
                    self.summary.unchanged += 1;
                    unchanged.push(line);
                }
            }
        }
        let mut conflicts = staged.conflicts;
        for redescribed in staged.redescribed {
            match self.descriptions.keep(&redescribed)? {
                Said::First => {
                    self.summary.updated += 1;
                    self.rows.note(redescribed.line, "updated");
                }
                Said::Again => {
                    self.summary.unchanged += 1;
                    unchanged.push(redescribed.line);
                }
                Said::Otherwise(why) => {
                    let Redescribed { line, row, .. } = redescribed;
                    conflicts.push(RowProblem { line, column: None, why, row });
                }
            }
        }
        conflicts.sort_by_key(|conflict| conflict.line);
        unchanged.sort_unstable();
        for line in &unchanged {
            self.rows.note(*line, "unchanged");
        }
        self.unchanged.extend(unchanged);
        for conflict in conflicts {
            self.summary.conflicts += 1;
            self.conflicts.push(conflict.line);
            self.tell(News::Problem(conflict))?;
        }
        Ok(())
    }

    fn refuse(&mut self, problem: RowProblem) -> Answer<()> {
        self.summary.refused += 1;
        self.tell(News::Problem(problem))
    }

    fn tell(&mut self, news: News) -> Answer<()> {
        if let News::Problem(problem) | News::LeftOut(problem) = &news {
            self.rows.note(problem.line, problem.why.reason.words().code);
        }
        if (self.news)(news) { Ok(()) } else { Err(Reason::ImportAborted.into()) }
    }

    /// What the file became when it was imported before.
    fn earlier_lot(&self) -> Answer<Option<EarlierLot>> {
        let found = EarlierLot::of_file(&self.app, self.summary.file_sha256.clone());
        self.runtime.block_on(found).map_err(fault)
    }

    /// Keeps what came in, or takes all of it back.
    fn end(&mut self, memory: Option<Repeatable>) -> Answer<ImportSummary> {
        let summary = &mut self.summary;
        summary.short_seeds = self.remarks.short();
        summary.not_yet = self.remarks.not_yet();
        summary.starts_at = self.remarks.starts_at();
        summary.expired += self.descriptions.expired(self.app.now());
        let refused = summary.is_refused(&self.order);
        let judged = self.judge_delivery(refused)?;
        let summary = &mut self.summary;
        let now = Plan::of(self.app.keyring(), &self.order, summary, self.rows);
        if let Some(plan) = &self.order.plan {
            plan.fits(&now)?;
        }
        summary.plan = Some(now).filter(|_| self.order.validate_only && !refused);
        summary.applied = !self.order.validate_only && !refused;
        if !summary.applied || summary.changes_nothing() {
            self.take_back(refused, memory)?;
        } else {
            self.keep(judged, memory)?;
        }
        Ok(self.summary.clone())
    }

    /// Takes everything back: of a dry run, of what is refused, and of what brings nothing.
    fn take_back(&self, refused: bool, memory: Option<Repeatable>) -> Answer<()> {
        let outcome = if refused {
            Err(Rejection::from(Reason::ImportRowsRefused)
                .with("refused", (self.summary.refused + self.summary.conflicts).to_string())
                .with("rows", self.summary.rows.to_string()))
        } else {
            Ok(())
        };
        self.drop_all(&outcome)?;
        if let (Some(memory), false) = (memory, refused) {
            let summary = self.summary.clone();
            self.write(move |tx| memory.keep(tx, &Ok(summary.clone())))?;
        }
        Ok(())
    }

    /// Opens the lot, or closes it until it is proven, and writes what waited for it. Where nothing is new there is no lot.
    fn keep(&mut self, judged: Option<Judged>, memory: Option<Repeatable>) -> Answer<()> {
        let opened = (!self.summary.brings_none()).then(|| self.opened());
        self.summary.lot = opened.as_ref().map(|lot| lot.name.clone());
        let (lot, epoch, call) = (self.lot.clone(), self.epoch, self.call.clone());
        let (completions, descriptions) = (self.completions.clone(), self.descriptions.clone());
        let summary = self.summary.clone();
        self.summary = self.write(move |tx| {
            let now = tx.now();
            if !tx.lease_renew(epoch, now, now + LEASE)? {
                return Ok(Err(Rejection::from(Reason::ImportAborted)));
            }
            let operator = tx.operator_find(&call.operator.name)?;
            if operator.is_none_or(|operator| operator.revoked_at.is_some()) {
                return Ok(Err(Reason::CertificateUnknown.into()));
            }
            // A refusal takes nothing back, so all of them come before the first write.
            if let Some(Err(no)) = judged.as_ref().map(|judged| judged.still_holds(tx)).transpose()? {
                return Ok(Err(no));
            }
            let completed = match completions.write(tx)? {
                Ok(completed) => completed,
                Err(no) => return Ok(Err(no)),
            };
            let updated = descriptions.write(tx, &call, &summary.file_sha256)?;
            let summary = ImportSummary { completed, updated, ..summary.clone() };
            let mut details = summary.counts();
            match &opened {
                Some(opened) => {
                    tx.lot_swap(&lot, &Lot { tokens: summary.created + completed, ..opened.clone() })?;
                    if let Some(judged) = &judged {
                        judged.end(tx, &call)?;
                        details.extend(judged.facts());
                    }
                }
                None => tx.lot_delete(lot.id)?,
            }
            tx.lease_release(epoch)?;
            tx.audit_append(lot_event(&call, Act::LotImport, &lot.name, &Ok(()), details))?;
            memory.as_ref().map_or(Ok(()), |memory| memory.keep(tx, &Ok(summary.clone())))?;
            Ok(Ok(summary))
        })??;
        Ok(())
    }

    /// The lot as it is once all has come in.
    fn opened(&self) -> Lot {
        Lot {
            state: if self.summary.closed { LotState::Closed } else { LotState::Open },
            file_sha256: self.summary.file_sha256.clone(),
            version: self.lot.version + 1,
            ..self.lot.clone()
        }
    }

    /// Holds the file against the box of its lot, and tells how the two compare. A file whose rows are refused is refused
    /// for these.
    fn judge_delivery(&mut self, refused: bool) -> Answer<Option<Judged>> {
        let Some(expected) = self.expected.take() else { return Ok(None) };
        let beside = Beside { waiting: self.completions.serials(), unchanged: self.summary.unchanged };
        let judged = self.runtime.block_on(self.app.judge_delivery(&self.lot, expected, beside))?;
        self.tell(judged.news())?;
        if !refused {
            judged.may_come()?;
        }
        Ok(Some(judged))
    }

    /// Removes every staged row and the lot itself; what is left is the record that it was tried.
    fn drop_all(&self, outcome: &Answer<()>) -> Answer<()> {
        self.runtime.block_on(self.app.drop_rows(self.lot.id))?;
        let (lot, epoch, call) = (self.lot.clone(), self.epoch, self.call.clone());
        let counts = self.summary.counts();
        let (outcome, on_record) = (outcome.clone(), !self.order.validate_only);
        self.write(move |tx| {
            tx.lot_delete(lot.id)?;
            tx.lease_release(epoch)?;
            if on_record {
                tx.audit_append(lot_event(&call, Act::LotImport, &lot.name, &outcome, counts.clone()))?;
            }
            Ok(())
        })
    }

    fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<T> {
        self.runtime.block_on(self.app.store().write_background(job)).map_err(fault)
    }
}

/// What was answered before, if it was about these bytes; all of them have to pass to tell.
fn for_the_same_file(before: Answer<ImportSummary>, upload: Upload) -> Answer<ImportSummary> {
    let mut hashed = Hashed::new(upload);
    let mut passing = Zeroizing::new([0; 8 * 1024]);
    while hashed.read(&mut passing[..]).map_err(|_| Reason::ImportAborted)? > 0 {}
    match before {
        Ok(summary) if summary.file_sha256 != hashed.hash().finish() => Err(Reason::RequestIdReused.into()),
        answer => answer,
    }
}

/// Whether the vendor's date has passed.
fn is_expired(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|end| end < now)
}
