//! Admission: which keys of a file become tokens, and writing them in slices.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokenfleet_domain::admission::admit;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{KeyId, RowId, Serial, Vendor};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::otp::Moving;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Token;
use tokenfleet_seedfile::{Key, Remnant};

use crate::app::import::complete::Waiting;
use crate::app::import::existing::{Description, Existing, Redescribed, contradiction, may_be_described};
use crate::app::import::known::{Ahead, Known, known};
use crate::app::import::remarks::{Remark, Remarks};
use crate::app::import::{ImportOrder, RowProblem, is_expired};
use crate::app::{Answer, App, entropy_fault, seal_fault};
use crate::store::{Found, StoreError, Tx};

/// Writer time a slice aims at: a verification never waits much longer for an import.
const SLICE_TIME: Duration = Duration::from_millis(5);

/// Rows of the first slice, before anything is known of the machine.
const FIRST_SLICE: usize = 50;

/// Rows of a slice at most.
const LARGEST_SLICE: usize = 2_000;

/// Keys that were admitted and wait to be written.
pub(super) struct Slice {
    vendor: Option<Vendor>,
    location: Option<LocationName>,
    existing: Existing,
    /// Whether the file is held against its box.
    has_box: bool,
    keys: Vec<Admitted>,
    size: usize,
    /// The id of the newest row: the next stands behind it.
    last: Option<RowId>,
    /// Serials that carry key ids in this file: the first key of a serial is stored without its id until another comes.
    first_keys: HashMap<(Vendor, String), FirstKey>,
}

/// A key that may become a token.
struct Admitted {
    line: u64,
    row: Option<Remnant>,
    remark: Remark,
    token: Token,
    /// The first key of this serial, where this is the second: it needs its id from now on.
    first: Option<FirstKey>,
}

/// The first key of a serial that has key ids in the file.
#[derive(Clone)]
pub(super) struct FirstKey {
    /// Its row, if it was staged.
    row: RowId,
    /// Its id in the file.
    key_id: KeyId,
    /// Whether a second key has come, so that it has its id: a serial of many keys asks for that once.
    is_named: bool,
}

/// What became of a key.
pub(super) enum Stage {
    /// It waits for more.
    Wait,
    /// The slice is full: write it.
    Full,
    /// It is not admitted.
    Refused(Rejection),
}

impl Slice {
    pub(super) fn new(order: &ImportOrder) -> Self {
        Self {
            vendor: order.vendor.clone(),
            location: order.location.clone(),
            existing: order.existing,
            has_box: order.delivery.is_some(),
            keys: Vec::new(),
            size: FIRST_SLICE,
            last: None,
            first_keys: HashMap::new(),
        }
    }

    /// Admits a key, seals its seed and keeps it for the next write.
    pub(super) fn take(&mut self, app: &App, lot: RowId, key: Key) -> Answer<Stage> {
        if let Err(no) = admit(&key.seed, app.settings().shortest_seed) {
            return Ok(Stage::Refused(no));
        }
        let vendor = match key.manufacturer.as_deref().map(Vendor::from_manufacturer) {
            Some(vendor) if vendor != Vendor::unknown() => vendor,
            _ => self.vendor.clone().unwrap_or_else(Vendor::unknown),
        };
        let (line, row, remark) = (key.line, key.row.clone(), Remark::of(&key, app.now()));
        let id = RowId::draw_after(self.last, app.now(), &**app.entropy()).map_err(entropy_fault)?;
        self.last = Some(id);
        let (key_id, first) = self.name(&vendor, &key, id);
        let mut token = sealed_token(app, id, lot, vendor, key_id, key)?;
        token.location = self.location.as_ref().map(ToString::to_string);
        self.keys.push(Admitted { line, row, remark, token, first });
        Ok(if self.keys.len() >= self.size { Stage::Full } else { Stage::Wait })
    }

    /// A serial's only key has no id; where a second comes, both have theirs.
    fn name(&mut self, vendor: &Vendor, key: &Key, row: RowId) -> (KeyId, Option<FirstKey>) {
        if key.key_id == KeyId::default() {
            return (KeyId::default(), None);
        }
        let serial = (vendor.clone(), key.serial.key().to_owned());
        match self.first_keys.get_mut(&serial) {
            None => {
                self.first_keys.insert(serial, FirstKey { row, key_id: key.key_id.clone(), is_named: false });
                (KeyId::default(), None)
            }
            Some(first) if first.key_id == key.key_id => (KeyId::default(), None),
            Some(first) => {
                let unnamed = (!first.is_named).then(|| first.clone());
                first.is_named = true;
                (key.key_id.clone(), unnamed)
            }
        }
    }

    /// The first keys of a serial, whoever made them; the one that is taken back is no first key any more.
    pub(super) fn take_first_keys(&mut self, serial: &Serial, taken_back: &KeyId) -> Vec<FirstKey> {
        // Few files have key ids at all, and this is asked only for a serial that the file contradicts.
        let of_serial = self.first_keys.iter().filter(|((_, key), _)| key == serial.key());
        let firsts = of_serial.map(|(_, first)| first.clone()).collect();
        self.first_keys.retain(|(_, key), first| key != serial.key() || first.key_id != *taken_back);
        firsts
    }

    /// What is to be written now; None where nothing waits.
    pub(super) fn staging(&mut self, app: &App, lot: RowId, epoch: i64, lease: TimeDelta) -> Option<Staging> {
        let (existing, has_box, keys) = (self.existing, self.has_box, std::mem::take(&mut self.keys));
        (!keys.is_empty()).then(|| Staging { app: app.clone(), lot, epoch, lease, existing, has_box, keys })
    }

    /// Sizes the next slice by what the last one took.
    pub(super) fn learn(&mut self, took: (usize, Duration)) {
        let (rows, time) = took;
        let per_row = time.as_nanos().max(1) / u128::try_from(rows.max(1)).unwrap_or(1);
        let fits = usize::try_from(SLICE_TIME.as_nanos() / per_row.max(1)).unwrap_or(LARGEST_SLICE);
        self.size = fits.clamp(1, LARGEST_SLICE);
    }
}

fn sealed_token(app: &App, id: RowId, lot: RowId, vendor: Vendor, key_id: KeyId, key: Key) -> Answer<Token> {
    let now = app.now();
    let mut token = Token {
        manufacturer: key.manufacturer.unwrap_or_default(),
        model: key.model.unwrap_or_default(),
        expires_at: key.expires,
        fingerprint: Some(app.keyring().fingerprint(&key.seed)),
        ..Token::arrived(id, (vendor, key.serial, key_id), lot, key.profile, now)
    };
    if key.profile.moving == Moving::Event {
        token.last_step = key.counter - 1;
    }
    token.seed = Some(app.keyring().seal(&token, 1, &key.seed, &**app.entropy()).map_err(seal_fault)?);
    Ok(token)
}

/// A slice on its way to the database.
pub(super) struct Staging {
    app: App,
    lot: RowId,
    epoch: i64,
    lease: TimeDelta,
    existing: Existing,
    has_box: bool,
    keys: Vec<Admitted>,
}

/// What a slice came to.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) created: i64,
    /// The lines that were known already.
    pub(super) unchanged: Vec<u64>,
    pub(super) expired: i64,
    pub(super) without_vendor: i64,
    pub(super) conflicts: Vec<RowProblem>,
    /// Keys that tokens without a seed wait for.
    pub(super) waiting: Vec<Waiting>,
    /// Of an import that is held against its box: the tokens that were known already.
    pub(super) known: Vec<Token>,
    /// Rows that describe tokens anew.
    pub(super) redescribed: Vec<Redescribed>,
    /// What is worth knowing of the new tokens.
    pub(super) remarks: Remarks,
    /// Rows, and the writer time they took.
    pub(super) took: (usize, Duration),
}

impl Staging {
    /// Holds every key against what is known and writes the new ones; None where the lease was lost.
    pub(super) fn write(&mut self, tx: &mut Tx<'_>) -> Result<Option<Staged>, StoreError> {
        let started = Instant::now();
        let now = tx.now();
        if !tx.lease_renew(self.epoch, now, now + self.lease)? {
            return Ok(None);
        }
        let mut staged = Staged::default();
        let mut ahead = Ahead::default();
        for key in &self.keys {
            if let Some(first) = &key.first {
                // Write what waits, so that the first key of the serial is there to be named.
                ahead.flush(tx)?;
                name_first(tx, &self.app, self.lot, &key.token, first)?;
            }
            match known(tx, &ahead, &key.token)? {
                Known::New => {
                    staged.expired += i64::from(is_expired(key.token.expires_at, now));
                    staged.without_vendor += i64::from(key.token.vendor == Vendor::unknown());
                    staged.created += 1;
                    staged.remarks.note(key.line, key.remark);
                    ahead.push(&key.token);
                }
                Known::Unchanged => {
                    staged.known.extend(self.has_box.then(|| key.token.clone()));
                    staged.unchanged.push(key.line);
                }
                Known::Waits(held) => {
                    let (line, remark) = (key.line, key.remark);
                    staged.waiting.push(Waiting { line, remark, held: *held, key: key.token.clone() });
                }
                Known::DescribedOtherwise(held, field) => {
                    staged.known.extend(self.has_box.then(|| key.token.clone()));
                    staged.describe(key, &held, field, self.existing);
                }
                Known::Conflict(why) => staged.conflict(key, why),
            }
        }
        ahead.flush(tx)?;
        staged.took = (self.keys.len(), started.elapsed());
        Ok(Some(staged))
    }
}

impl Staged {
    /// What becomes of a key whose token is known with the same seed, and that the file describes otherwise.
    fn describe(&mut self, key: &Admitted, held: &Token, field: (&str, &str), existing: Existing) {
        match existing {
            Existing::Reject => self.conflict(key, contradiction(Reason::DescribedOtherwise, field)),
            Existing::SkipIdentical => self.unchanged.push(key.line),
            Existing::UpdateMetadata => {
                let known = Description::of(held);
                let description = Description::of(&key.token).over(known.clone());
                if description == known || !may_be_described(held) {
                    self.unchanged.push(key.line);
                } else {
                    let (line, row) = (key.line, key.row.clone());
                    self.redescribed.push(Redescribed { line, row, id: held.id, description });
                }
            }
        }
    }

    fn conflict(&mut self, key: &Admitted, why: Rejection) {
        self.conflicts.push(RowProblem { line: key.line, column: None, why, row: key.row.clone() });
    }
}

/// Gives the first key of a serial its id, now that a second one has come. A token that was in stock before keeps its
/// name.
fn name_first(tx: &mut Tx<'_>, app: &App, lot: RowId, second: &Token, first: &FirstKey) -> Result<(), StoreError> {
    let staged = tx.tokens_of_lot_by_serial(lot, second.serial.key())?;
    let unnamed = |found: &Found| found.token.id == first.row && found.token.key_id == KeyId::default();
    let Some(found) = staged.into_iter().find(unnamed) else { return Ok(()) };
    let broken = |_| StoreError::Broken { what: "a staged seed does not open".to_owned() };
    let seed = app.keyring().open_seed(&found.token).map_err(broken)?;
    let mut named = Token { key_id: first.key_id.clone(), seed: None, ..found.token };
    named.seed = Some(app.keyring().seal(&named, 1, &seed, &**app.entropy()).map_err(broken)?);
    tx.token_drop(named.id)?;
    let mut ahead = Ahead::default();
    ahead.push(&named);
    ahead.flush(tx)
}

/// Removes a staged key that a later row of the file contradicts; the row that went.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    lot: RowId,
    serial: &Serial,
    key_id: &KeyId,
    firsts: &[FirstKey],
) -> Result<Option<Token>, StoreError> {
    let id_in_file = |token: &Token| {
        let first = firsts.iter().find(|first| first.row == token.id);
        first.map_or_else(|| token.key_id.clone(), |first| first.key_id.clone())
    };
    let mut staged = tx.tokens_of_lot_by_serial(lot, serial.key())?.into_iter().map(|found| found.token);
    let Some(token) = staged.find(|token| id_in_file(token) == *key_id) else { return Ok(None) };
    tx.token_drop(token.id)?;
    Ok(Some(token))
}
