//! How a key of a file stands to what is known: to the stock, and to the rows before it.

use std::collections::HashMap;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::Vendor;
use tokenfleet_domain::lot::{LotName, LotState};
use tokenfleet_domain::reject::{Arg, Rejection};
use tokenfleet_domain::token::Token;

use crate::app::import::existing::{Description, another};
use crate::store::{Found, StoreError, Tx};

/// How a key stands to what is known.
pub(super) enum Known {
    New,
    Unchanged,
    /// A token that was recorded without a seed waits for it.
    Waits(Box<Token>),
    /// A token of the stock with the same seed and codes; the first field that is described otherwise.
    DescribedOtherwise(Box<Token>, (&'static str, &'static str)),
    Conflict(Rejection),
}

/// New tokens of a job that are not written yet, and are found as those that are.
#[derive(Default)]
pub(super) struct Ahead<'a> {
    rows: Vec<&'a Token>,
    by_name: HashMap<(&'a str, &'a str, &'a str), &'a Token>,
    by_seed: HashMap<[u8; 32], &'a Token>,
}

impl<'a> Ahead<'a> {
    /// One more.
    pub(super) fn push(&mut self, token: &'a Token) {
        self.rows.push(token);
        self.by_name.insert(name_of(token), token);
        if let Some(print) = token.fingerprint {
            self.by_seed.insert(print, token);
        }
    }

    /// Writes them.
    pub(super) fn flush(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Self { rows, .. } = std::mem::take(self);
        let written = tx.token_insert_many(rows.iter().copied())?;
        let expected = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        // Every row was looked up in this very transaction: one less means another writer, so look again.
        if written == expected { Ok(()) } else { Err(StoreError::Stale) }
    }
}

fn name_of(token: &Token) -> (&str, &str, &str) {
    (token.vendor.as_str(), token.serial.key(), token.key_id.as_str())
}

/// Holds a key against the stock, and against what waits in the same job.
pub(super) fn known(tx: &mut Tx<'_>, ahead: &Ahead<'_>, token: &Token) -> Result<Known, StoreError> {
    let same_serial = |other: &Token| other.vendor == token.vendor && other.serial == token.serial;
    if let Some(other) = ahead.by_name.get(&name_of(token)) {
        return Ok(against(other, token, None));
    }
    let found = tx.token_known(&token.vendor, token.serial.key(), &token.key_id)?;
    let by_key = still_there(tx, found)?;
    let waiting_token = match by_key {
        Some(known) if !known.has_no_seed() => return Ok(against(&known.token, token, Some(&known))),
        Some(known) => Some(known.token),
        None => of_no_vendor(tx, token)?,
    };
    let waits_with_seed = token.fingerprint.and_then(|print| ahead.by_seed.get(&print).copied());
    let found = match (&waits_with_seed, &token.fingerprint) {
        (None, Some(print)) => {
            let found = tx.token_by_fingerprint(print)?;
            still_there(tx, found)?
        }
        (Some(_), _) | (None, None) => None,
    };
    let by_seed = waits_with_seed.or_else(|| found.as_ref().map(|found| &found.token));
    Ok(match by_seed {
        // The same key under the id it got when its serial's second key came.
        Some(other) if same_serial(other) => against(other, token, found.as_ref()),
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
fn against(known: &Token, token: &Token, found: Option<&Found>) -> Known {
    let in_stock = found.filter(|found| found.lot_state != LotState::Staging);
    if known.fingerprint != token.fingerprint {
        let whence = whence(in_stock.map(|found| &found.lot));
        return Known::Conflict(Rejection::from(Reason::SerialExistsDifferentSeed).with("whence", whence));
    }
    if let Some(field) = other_codes(known, token) {
        return Known::Conflict(another(field));
    }
    match (Description::of(known).difference(&Description::of(token)), in_stock) {
        (None, _) => Known::Unchanged,
        // A row that somebody else wrote is never written over.
        (Some(field), Some(found)) if found.intact => Known::DescribedOtherwise(Box::new(known.clone()), field),
        (Some(field), _) => Known::Conflict(another(field)),
    }
}

/// The first thing that decides codes, besides the seed, in which two tokens differ.
fn other_codes(known: &Token, token: &Token) -> Option<(&'static str, &'static str)> {
    let differences = [
        (known.profile.digits != token.profile.digits, ("digits", "桁数")),
        (known.profile.algorithm != token.profile.algorithm, ("algorithm", "アルゴリズム")),
        (known.profile.moving != token.profile.moving, ("time interval", "時間間隔")),
    ];
    differences.into_iter().find(|(differs, _)| *differs).map(|(_, field)| field)
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
