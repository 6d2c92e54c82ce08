//! Admission: which keys of a file become tokens, and writing them in slices.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokenfleet_domain::admission::admit;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{KeyId, RowId, Serial, Vendor};
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::lot::{LotName, LotState};
use tokenfleet_domain::otp::Moving;
use tokenfleet_domain::reject::{Arg, Rejection};
use tokenfleet_domain::token::Token;
use tokenfleet_seedfile::{Key, Remnant};

use crate::app::import::complete::Waiting;
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
            keys: Vec::new(),
            size: FIRST_SLICE,
            last: None,
            first_keys: HashMap::new(),
        }
    }

    /// Admits a key, seals its seed and keeps it for the next write.
    pub(super) fn take(&mut self, app: &App, lot: RowId, key: Key) -> Answer<Stage> {
        if let Err(no) = admit(&key.seed) {
            return Ok(Stage::Refused(no));
        }
        let vendor = match key.manufacturer.as_deref().map(Vendor::from_manufacturer) {
            Some(vendor) if vendor != Vendor::unknown() => vendor,
            _ => self.vendor.clone().unwrap_or_else(Vendor::unknown),
        };
        let (line, row) = (key.line, key.row.clone());
        let id = RowId::draw_after(self.last, app.now(), &**app.entropy()).map_err(entropy_fault)?;
        self.last = Some(id);
        let (key_id, first) = self.name(&vendor, &key, id);
        let mut token = sealed_token(app, id, lot, vendor, key_id, key)?;
        token.location = self.location.as_ref().map(ToString::to_string);
        self.keys.push(Admitted { line, row, token, first });
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
        let keys = std::mem::take(&mut self.keys);
        (!keys.is_empty()).then(|| Staging { app: app.clone(), lot, epoch, lease, keys })
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
        let mut new: Vec<&Token> = Vec::new();
        for key in &self.keys {
            if let Some(first) = &key.first {
                // Write what waits, so that the first key of the serial is there to be named.
                flush(tx, &mut new)?;
                name_first(tx, &self.app, self.lot, &key.token, first)?;
            }
            match known(tx, &new, &key.token)? {
                Known::New => {
                    staged.expired += i64::from(is_expired(key.token.expires_at, now));
                    staged.without_vendor += i64::from(key.token.vendor == Vendor::unknown());
                    staged.created += 1;
                    new.push(&key.token);
                }
                Known::Unchanged => staged.unchanged.push(key.line),
                Known::Waits(held) => {
                    staged.waiting.push(Waiting { line: key.line, held: *held, key: key.token.clone() });
                }
                Known::Conflict(why) => {
                    staged.conflicts.push(RowProblem { line: key.line, column: None, why, row: key.row.clone() });
                }
            }
        }
        flush(tx, &mut new)?;
        staged.took = (self.keys.len(), started.elapsed());
        Ok(Some(staged))
    }
}

/// How a key stands to what is known.
enum Known {
    New,
    Unchanged,
    /// A token that was recorded without a seed waits for it.
    Waits(Box<Token>),
    Conflict(Rejection),
}

/// Holds a key against the stock, and against what waits in the same job.
fn known(tx: &mut Tx<'_>, waiting: &[&Token], token: &Token) -> Result<Known, StoreError> {
    let same_serial = |other: &Token| other.vendor == token.vendor && other.serial == token.serial;
    let waits = |is: &dyn Fn(&Token) -> bool| waiting.iter().find(|other| is(other)).map(|other| (*other).clone());
    if let Some(other) = waits(&|other| same_serial(other) && other.key_id == token.key_id) {
        return Ok(against(&other, token, None));
    }
    let found = tx.token_known(&token.vendor, token.serial.key(), &token.key_id)?;
    let by_key = still_there(tx, found)?;
    let waiting_token = match by_key {
        Some(known) if !known.has_no_seed() => return Ok(against(&known.token, token, Some(&known.lot))),
        Some(known) => Some(known.token),
        None => of_no_vendor(tx, token)?,
    };
    let by_seed = match (waits(&|other| other.fingerprint == token.fingerprint), &token.fingerprint) {
        (None, Some(print)) => {
            let found = tx.token_by_fingerprint(print)?;
            still_there(tx, found)?.map(|found| found.token)
        }
        (waiting, _) => waiting,
    };
    Ok(match by_seed {
        // The same key under the id it got when its serial's second key came.
        Some(other) if same_serial(&other) => against(&other, token, None),
        Some(other) if other.serial == token.serial => {
            let no = Rejection::from(Reason::SerialOfOtherVendor).with("name", other.name().to_string());
            Known::Conflict(no.with("vendor", token.vendor.as_str()))
        }
        Some(other) => Known::Conflict(Rejection::from(Reason::SeedElsewhere).with("serial", other.serial.shown())),
        None => waiting_token.map_or(Known::New, |held| Known::Waits(Box::new(held))),
    })
}

/// A token that was recorded without a seed before anybody knew who makes it.
fn of_no_vendor(tx: &mut Tx<'_>, token: &Token) -> Result<Option<Token>, StoreError> {
    if token.vendor == Vendor::unknown() {
        return Ok(None);
    }
    let found = tx.token_known(&Vendor::unknown(), token.serial.key(), &token.key_id)?;
    Ok(found.filter(Found::has_no_seed).map(|found| found.token))
}

/// A token of a lot that was taken out is none any more: what a revert has not removed yet goes now.
fn still_there(tx: &mut Tx<'_>, found: Option<Found>) -> Result<Option<Found>, StoreError> {
    match found {
        Some(found) if found.lot_state == LotState::Reverted => {
            tx.token_drop(found.token.id)?;
            Ok(None)
        }
        found => Ok(found),
    }
}

/// A serial that is known, from a lot or from this file: the same key again, or a contradiction.
fn against(known: &Token, token: &Token, lot: Option<&LotName>) -> Known {
    if known.fingerprint != token.fingerprint {
        return Known::Conflict(Rejection::from(Reason::SerialExistsDifferentSeed).with("whence", whence(lot)));
    }
    let differences = [
        (known.profile.digits != token.profile.digits, "digits", "桁数"),
        (known.profile.algorithm != token.profile.algorithm, "algorithm", "アルゴリズム"),
        (known.profile.moving != token.profile.moving, "time interval", "時間間隔"),
        (known.manufacturer != token.manufacturer, "manufacturer", "製造元"),
        (known.model != token.model, "model", "モデル"),
        (known.expires_at != token.expires_at, "expiry date", "有効期限"),
    ];
    match differences.into_iter().find(|(differs, _, _)| *differs) {
        None => Known::Unchanged,
        Some((_, en, ja)) => Known::Conflict(
            Rejection::from(Reason::SerialExistsDifferentData)
                .with("field", Arg::Word { en: en.to_owned(), ja: ja.to_owned() }),
        ),
    }
}

/// Where a known token came from, and how that is undone.
fn whence(lot: Option<&LotName>) -> Arg {
    let (en, ja) = match lot {
        Some(lot) => (
            format!(
                "it came with lot {lot}; if that was wrong, and while none of them was used: tokenadm lot revert {lot}"
            ),
            format!(
                "ロット {lot} のものです．そちらが誤りであれば，未使用のうちに取り消せます: tokenadm lot revert {lot}"
            ),
        ),
        None => ("it stands further up in this file".to_owned(), "このファイルの前の行にあります".to_owned()),
    };
    Arg::Word { en, ja }
}

fn flush(tx: &mut Tx<'_>, new: &mut Vec<&Token>) -> Result<(), StoreError> {
    let rows: Vec<Token> = new.drain(..).cloned().collect();
    let written = tx.token_insert_many(&rows)?;
    let expected = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    // Every row was looked up in this very transaction: one less means another writer, so look again.
    if written == expected { Ok(()) } else { Err(StoreError::Stale) }
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
    flush(tx, &mut vec![&named])
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
