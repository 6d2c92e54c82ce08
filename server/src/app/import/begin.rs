//! How an import begins: the lease, the lot that its rows are staged under, and the record of one that came to neither.

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::spelling::Spelling;
use tokenfleet_seedfile::{Because, Evidence};
use tokio::runtime::Handle;

use crate::app::import::{Existing, ImportOrder, LEASE, Leftovers};
use crate::app::location::location;
use crate::app::lot::{ExpectedBox, lot_event, lot_name};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, entropy_fault, fault};
use crate::store::{StoreError, Tx};

/// An import that has begun.
pub(super) struct Begun {
    /// The staging lot.
    pub(super) lot: Lot,
    /// Which taking of the lease it is.
    pub(super) epoch: i64,
    /// The box that the file is held against.
    pub(super) expected: Option<ExpectedBox>,
}

/// Takes the lease and makes the staging lot.
pub(super) fn begin(
    app: &App,
    runtime: &Handle,
    call: &Call,
    order: &ImportOrder,
    evidence: &Evidence,
) -> Answer<Begun> {
    let (order, evidence, call) = (order.clone(), evidence.clone(), call.clone());
    let id = RowId::draw(app.now(), &**app.entropy()).map_err(entropy_fault)?;
    let job = move |tx: &mut Tx<'_>| {
        let now = tx.now();
        if let Some(name) = &order.location
            && let Err(no) = location(tx, name)?
        {
            return Ok(Err(no));
        }
        let epoch = match tx.lease_take(call.operator.name.as_str(), now, now + LEASE)? {
            Ok(epoch) => epoch,
            Err(holder) => {
                return Ok(Err(Rejection::from(Reason::ImportRunning).with("operator", holder.as_str())));
            }
        };
        let (name, expected) = match lot_name(tx, order.delivery.as_ref())? {
            Ok(found) => found,
            Err(no) => {
                tx.lease_release(epoch)?;
                return Ok(Err(no));
            }
        };
        let lot = Lot {
            id,
            name,
            state: LotState::Staging,
            file_name: order.file_name.clone(),
            file_sha256: String::new(),
            format: evidence.format.as_str().to_owned(),
            secret_encoding: evidence.secrets.map_or("", |(encoding, _)| encoding.as_str()).to_owned(),
            tokens: 0,
            imported_by: call.operator.name.clone(),
            created_at: now,
            version: 1,
            readings: readings(&evidence),
            rereading: None,
            seed_generation: 1,
            destruction: None,
        };
        tx.lot_insert(&lot)?;
        if !order.validate_only {
            let mut details = vec![("file".to_owned(), order.file_name.clone())];
            details.extend(order.column_map.iter().map(|map| ("column_map".to_owned(), map.as_str().to_owned())));
            details.extend(evidence.part.iter().map(|part| ("part".to_owned(), part.clone())));
            let existing = Some(order.existing).filter(|existing| *existing != Existing::default());
            details.extend(existing.map(|existing| ("existing".to_owned(), existing.as_str().to_owned())));
            details.extend(order.location.iter().map(|name| ("location".to_owned(), name.to_string())));
            tx.audit_append(lot_event(&call, Act::LotImportBegin, &lot.name, &Ok(()), details))?;
        }
        Ok(Ok(Begun { lot, epoch, expected }))
    };
    let begun = runtime.block_on(app.store().write_background(job)).map_err(fault)??;
    // The lease is ours: every other such lot was left by an import or a revert that did not end. Their rows must be gone
    // before any of ours is held against the stock.
    let others = runtime.block_on(app.unfinished())?.into_iter().filter(|lot| *lot != begun.lot.id).collect();
    runtime.block_on(app.import_drop(Leftovers(others)))?;
    Ok(begun)
}

/// The ways in which the secrets may be spelt, where the file does not tell.
fn readings(evidence: &Evidence) -> Vec<Spelling> {
    match evidence.secrets {
        Some((_, Because::Undecided)) => Spelling::ALL.to_vec(),
        Some((_, Because::Layout | Because::Heading | Because::Asked | Because::Row { .. })) | None => Vec::new(),
    }
}

/// The first name of the day, from the number of its lots on, that no lot has and no delivery waits under.
pub(in crate::app) fn free_name(tx: &mut Tx<'_>, now: Timestamp) -> Result<LotName, StoreError> {
    let earlier = tx.lot_count_of_day(&LotName::day_prefix(now))?;
    let mut index = u64::try_from(earlier).unwrap_or(0);
    loop {
        let name = LotName::nth(now, index);
        match tx.lot_find(&name) {
            Ok(None) if tx.delivery_find(&name)?.is_none() => return Ok(name),
            // A row that can't be read has its name all the same.
            Ok(_) | Err(StoreError::Broken { .. }) => index += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A file that was refused as a whole is on record too.
pub(super) fn record_unread(app: &App, runtime: &Handle, call: &Call, order: &ImportOrder, no: &Rejection) {
    if order.validate_only {
        return;
    }
    let event = Event {
        operator: call.operator.name.to_string(),
        action: Act::LotImport.as_str().to_owned(),
        outcome: outcome_word(&Err(no.clone())),
        subject: None,
        user: None,
        details: vec![("file".to_owned(), order.file_name.clone())],
        request_id: call.request.map(|id| id.to_string()),
    };
    let job = move |tx: &mut Tx<'_>| tx.audit_append(event.clone());
    // The file is refused either way; a fault of the database is in the log.
    drop(runtime.block_on(app.store().write_background(job)).map_err(fault));
}
