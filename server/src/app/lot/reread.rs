//! Reading all tokens of a lot anew, when a displayed code fits another reading than the stored one.
//!
//! Guarantee: no crash leaves a lot half one way. The reading stands in the lot's row from the moment the first token is
//! changed until the last one is, and as long as it stands there the lot is not open; whoever comes next (the start of the
//! service, or the next proof) finishes it. Which tokens are done is told by the generation of their seeds. Imports
//! wait meanwhile, so that none brings a seed that this is about to write.

use chrono::TimeDelta;
use tokenfleet_domain::admission::admit;
use tokenfleet_domain::audit::{Act, DONE, Event};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{OperatorName, RowId};
use tokenfleet_domain::lot::{Lot, LotName, LotState, Rereading};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::Fit;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Hold, Token};

use super::prove::{Deed, Proven, Subject, may_prove, once_of, opened, put_on_record, record, unchanged};
use crate::app::target::hold_if_broken;
use crate::app::{Answer, App, fault};
use crate::seal::SealError;
use crate::store::{Found, Order, StoreError, Tx};

/// Tokens that are read anew in one job, so that a verification never waits long for it.
const SLICE: u32 = 50;

/// Tokens that are looked at in one read.
const STRIDE: u32 = 500;

/// Serials named where a reading can't be.
const NAMED_MAX: usize = 5;

/// How long imports wait at most for a rereading that has died.
const LEASE: TimeDelta = TimeDelta::minutes(15);

impl App {
    /// Reads a whole lot anew and then opens it; refused where its tokens are in use, or where the other reading can't be.
    pub(super) async fn prove_other_reading(
        &self,
        deed: &Deed,
        subject: Subject,
        fit: Fit,
    ) -> Answer<Option<Answer<Proven>>> {
        let rereading = rereading(&subject, &fit);
        let epoch = match self.take_lease(&deed.call.operator.name).await? {
            Ok(epoch) => epoch,
            Err(no) => return self.prove_settle(deed.clone(), subject, Err(no)).await,
        };
        let answer = self.reread_lot(deed, subject, fit, rereading, epoch).await;
        self.release_lease(epoch).await?;
        answer
    }

    async fn reread_lot(
        &self,
        deed: &Deed,
        subject: Subject,
        fit: Fit,
        rereading: Rereading,
        epoch: i64,
    ) -> Answer<Option<Answer<Proven>>> {
        let clashes = self.clashes(&subject.lot, rereading).await?;
        if !clashes.is_empty() {
            let no = Rejection::from(Reason::LotReadingClash)
                .with("serial", subject.found.token.serial.shown())
                .with("lot", subject.lot.name.as_str())
                .with("reading", rereading.words())
                .with("serials", clashes.join(", "));
            return self.prove_settle(deed.clone(), subject, Err(no)).await;
        }
        let begun = self.begin_rereading(deed.clone(), subject, fit, rereading, epoch).await?;
        if begun.as_ref().is_some_and(Result::is_ok) {
            self.reread_rest(&deed.asked.lot, epoch).await?;
        }
        Ok(begun)
    }

    /// Notes the reading in the lot, and reads the proven token anew; None where something has changed since.
    async fn begin_rereading(
        &self,
        deed: Deed,
        subject: Subject,
        fit: Fit,
        rereading: Rereading,
        epoch: i64,
    ) -> Answer<Option<Answer<Proven>>> {
        let app = self.clone();
        let job = move |tx: &mut Tx<'_>| {
            let Some(subject) = unchanged(tx, &deed, &subject)? else { return Ok(None) };
            let now = tx.now();
            if !tx.lease_renew(epoch, now, now + LEASE)? {
                return Ok(None);
            }
            let answer = once_of(tx, &deed, |tx| {
                let may = may_prove(&deed.call, &subject).and(untouched(tx, &subject, rereading)?);
                let answer = match &may {
                    Ok(()) => Ok(begin(tx, &app, &deed, &subject, &fit, rereading)?),
                    Err(no) => Err(no.clone()),
                };
                record(tx, &deed, &subject, &may, vec![("rereading".to_owned(), rereading.to_string())])?;
                Ok(answer)
            })?;
            Ok(Some(answer))
        };
        self.store().write(0, job).await.map_err(fault)
    }

    /// What crashes left half way; called once at start, beside all else.
    pub async fn lot_finish_rereadings(&self) -> Answer<()> {
        let names = |tx: &mut Tx<'_>| Ok(tx.lots_rereading()?.into_iter().map(|lot| lot.name).collect());
        let names: Vec<LotName> = self.store().read(names).await.map_err(fault)?;
        for name in names {
            self.lot_finish_rereading(&name).await?;
        }
        Ok(())
    }

    /// Finishes what was begun with a lot, if anything was.
    pub(super) async fn lot_finish_rereading(&self, name: &LotName) -> Answer<()> {
        let wanted = name.clone();
        let lot = self.store().read(move |tx| tx.lot_find(&wanted)).await.map_err(fault)?;
        let Some(lot) = lot.filter(|lot| lot.rereading.is_some()) else { return Ok(()) };
        let busy = || Rejection::from(Reason::LotBeingReread).with("lot", name.as_str());
        let epoch = self.take_lease(&lot.imported_by).await?.map_err(|_| busy())?;
        let finished = self.reread_rest(name, epoch).await;
        self.release_lease(epoch).await?;
        finished
    }

    /// The serials of tokens that can't be read so: their text does not allow it, or another token has that seed.
    async fn clashes(&self, lot: &Lot, rereading: Rereading) -> Answer<Vec<String>> {
        let mut clashes = Vec::new();
        let mut after = None;
        loop {
            let (app, lot) = (self.clone(), lot.id);
            let job = move |tx: &mut Tx<'_>| clashes_of_page(tx, &app, lot, rereading, after);
            let (found, next) = self.store().read(job).await.map_err(fault)?;
            clashes.extend(found);
            clashes.truncate(NAMED_MAX);
            after = next;
            if after.is_none() || clashes.len() == NAMED_MAX {
                return Ok(clashes);
            }
        }
    }

    /// Reads the tokens anew that are not yet, slice by slice, and settles the lot.
    async fn reread_rest(&self, name: &LotName, epoch: i64) -> Answer<()> {
        let mut after = None;
        loop {
            let (app, name) = (self.clone(), name.clone());
            let job = move |tx: &mut Tx<'_>| {
                let now = tx.now();
                if !tx.lease_renew(epoch, now, now + LEASE)? {
                    return Ok(Err(Rejection::from(Reason::ImportAborted)));
                }
                let Some(lot) = tx.lot_find(&name)? else { return Ok(Ok(None)) };
                let Some(rereading) = lot.rereading else { return Ok(Ok(None)) };
                let page = tx.tokens_of_lot(&Scope::All, lot.id, Order::Oldest, after, SLICE)?;
                for found in &page.found {
                    reread(tx, &app, &lot, rereading, found)?;
                }
                if page.next.is_none() {
                    settle(tx, &lot, rereading)?;
                }
                Ok(Ok(page.next))
            };
            after = self.store().write_background(job).await.map_err(fault)??;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Keeps imports waiting; the refusal names who imports now.
    async fn take_lease(&self, holder: &OperatorName) -> Answer<Answer<i64>> {
        let holder = holder.clone();
        let job = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.lease_take(holder.as_str(), now, now + LEASE)
        };
        let taken = self.store().write(0, job).await.map_err(fault)?;
        Ok(taken.map_err(|other| Rejection::from(Reason::ImportRunning).with("operator", other.as_str())))
    }

    async fn release_lease(&self, epoch: i64) -> Answer<()> {
        self.store().write(0, move |tx| tx.lease_release(epoch)).await.map_err(fault)
    }
}

fn rereading(Subject { lot, found }: &Subject, fit: &Fit) -> Rereading {
    let spelling = lot.spelling().zip(fit.spelling).filter(|(from, to)| from != to);
    Rereading { spelling, from: found.token.profile, to: fit.profile }
}

/// A lot that was never open, or whose reading is in doubt still, has tokens whose codes never counted, though people may
/// hold some whose seeds it brought later. One that was open is read anew only while none was touched, as it is taken out
/// again only then.
fn untouched(
    tx: &mut Tx<'_>,
    Subject { lot, found }: &Subject,
    rereading: Rereading,
) -> Result<Answer<()>, StoreError> {
    let never_counted = lot.state == LotState::Closed || !lot.readings.is_empty();
    if never_counted || tx.lot_touched(lot.id)?.0 == 0 {
        return Ok(Ok(()));
    }
    Ok(Err(Rejection::from(Reason::LotReadingInUse)
        .with("serial", found.token.serial.shown())
        .with("lot", lot.name.as_str())
        .with("reading", rereading.words())))
}

fn begin(
    tx: &mut Tx<'_>,
    app: &App,
    deed: &Deed,
    Subject { lot, found }: &Subject,
    fit: &Fit,
    rereading: Rereading,
) -> Result<Proven, StoreError> {
    let state = if lot.state == LotState::Open { LotState::Closed } else { lot.state };
    let begun = Lot { state, rereading: Some(rereading), version: lot.version + 1, ..lot.clone() };
    tx.lot_swap(lot, &begun)?;
    let Some(token) = reread(tx, app, &begun, rereading, found)? else {
        return Err(StoreError::Broken { what: "the token that proved its lot can't be read anew".to_owned() });
    };
    put_on_record(tx, deed, &begun, &token, fit, true)
}

/// Reads one token anew; the token as it is then, or None where that was done before or can't be.
fn reread(
    tx: &mut Tx<'_>,
    app: &App,
    lot: &Lot,
    rereading: Rereading,
    found: &Found,
) -> Result<Option<Token>, StoreError> {
    let held = &found.token;
    if !is_to_do(lot, found) {
        return Ok(None);
    }
    let Ok(next) = read_anew(app, held, rereading) else {
        // A seed that does not open is as bad as a row that does not verify.
        hold_if_broken(tx, &Found { intact: false, hold: Hold::Integrity, ..found.clone() })?;
        return Ok(None);
    };
    let Some(next) = next else { return Ok(None) };
    let next = Token { version: held.version + 1, updated_at: tx.now(), ..next };
    tx.token_swap(held, &next)?;
    Ok(Some(next))
}

/// Whether a token is still read as the lot was.
fn is_to_do(lot: &Lot, found: &Found) -> bool {
    found.intact && found.token.seed.as_ref().is_some_and(|seed| seed.generation <= lot.seed_generation)
}

/// A token with its seed and profile read anew; None where its text can't be read so.
fn read_anew(app: &App, held: &Token, rereading: Rereading) -> Result<Option<Token>, SealError> {
    let seed = app.keyring().open_seed(held)?;
    let Some(seed) = rereading.seed(&seed) else { return Ok(None) };
    let generation = held.seed.as_ref().map_or(0, |sealed| sealed.generation) + 1;
    let mut next = Token {
        profile: rereading.profile(held.profile),
        fingerprint: Some(app.keyring().fingerprint(&seed)),
        ..held.clone()
    };
    next.seed = Some(app.keyring().seal(&next, generation, &seed, &**app.entropy())?);
    Ok(Some(next))
}

fn clashes_of_page(
    tx: &mut Tx<'_>,
    app: &App,
    lot: RowId,
    rereading: Rereading,
    after: Option<RowId>,
) -> Result<(Vec<String>, Option<RowId>), StoreError> {
    let page = tx.tokens_of_lot(&Scope::All, lot, Order::Oldest, after, STRIDE)?;
    let shortest = app.settings().shortest_seed;
    let mut clashes = Vec::new();
    for token in page.found.iter().map(|found| &found.token) {
        // A seed that does not open is no matter of how it is read; a token without one has none to read.
        let Ok(seed) = app.keyring().open_seed(token) else { continue };
        let fits = match rereading.seed(&seed) {
            Some(seed) => admit(&seed, shortest).is_ok() && !is_taken(tx, token, &app.keyring().fingerprint(&seed))?,
            None => false,
        };
        if !fits {
            clashes.push(token.serial.shown().to_owned());
        }
    }
    Ok((clashes, page.next))
}

/// Whether another token that is still there has a seed.
fn is_taken(tx: &mut Tx<'_>, token: &Token, fingerprint: &[u8; 32]) -> Result<bool, StoreError> {
    let other = tx.token_by_fingerprint(fingerprint)?;
    Ok(other.is_some_and(|other| other.token.id != token.id && other.lot_state != LotState::Reverted))
}

/// All tokens are read anew: the lot is open, unless something else keeps it from use.
fn settle(tx: &mut Tx<'_>, lot: &Lot, rereading: Rereading) -> Result<(), StoreError> {
    let spelt = rereading.spelling.map(|(_, to)| to.as_str().to_owned());
    let settled = Lot {
        state: opened(lot.state),
        secret_encoding: spelt.unwrap_or_else(|| lot.secret_encoding.clone()),
        readings: Vec::new(),
        rereading: None,
        seed_generation: lot.seed_generation + 1,
        version: lot.version + 1,
        ..lot.clone()
    };
    tx.lot_swap(lot, &settled)?;
    tx.audit_append(Event {
        operator: "system".to_owned(),
        action: Act::LotReread.as_str().to_owned(),
        outcome: DONE.to_owned(),
        subject: Some(format!("lots/{}", lot.name)),
        user: None,
        details: vec![("rereading".to_owned(), rereading.to_string())],
        request_id: None,
    })
}
