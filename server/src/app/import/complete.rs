//! Seeds for tokens that were recorded without one: they wait until the lot is opened, and are written with it.
//!
//! Until then they are kept here, sealed for the token they are for. A token keeps its row, its loan and its past; the
//! file says what it is, and its lot is the one that brought its seed.

use std::collections::{BTreeMap, HashSet};

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, Serial};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::Token;

use crate::app::import::remarks::Remark;
use crate::app::{Answer, App, Decision, seal_fault};
use crate::store::{Found, StoreError, Tx};

/// Most tokens that one file completes: they are written with the lot, in one transaction.
const COMPLETED_MAX: usize = 10_000;

/// A key of a file, and the token that waits for it.
pub(super) struct Waiting {
    /// The line of the key.
    pub(super) line: u64,
    /// What is worth knowing of it.
    pub(super) remark: Remark,
    /// The token, as it was found.
    pub(super) held: Token,
    /// The key, as a token of its own.
    pub(super) key: Token,
}

/// Seeds that wait for their lot.
#[derive(Clone, Default)]
pub(super) struct Completions {
    /// By the line that brought it.
    by_line: BTreeMap<u64, Completion>,
    tokens: HashSet<RowId>,
}

#[derive(Clone)]
struct Completion {
    id: RowId,
    /// The token as the file describes it, its seed sealed for the row that waits.
    described: Token,
}

/// What became of a key that a token waits for.
pub(super) enum Kept {
    /// It waits for the lot.
    Anew,
    /// An earlier line brought the same.
    Before,
}

impl Completions {
    /// Keeps a key for the token that waits for it.
    pub(super) fn keep(&mut self, app: &App, Waiting { line, held, key, .. }: Waiting) -> Answer<Kept> {
        if self.tokens.contains(&held.id) {
            return Ok(Kept::Before);
        }
        if self.tokens.len() == COMPLETED_MAX {
            return Err(Rejection::from(Reason::CompletesTooMany).with("limit", COMPLETED_MAX.to_string()));
        }
        let seed = app.keyring().open_seed(&key).map_err(seal_fault)?;
        let mut described = Token { id: held.id, serial: held.serial, seed: None, ..key };
        described.seed = Some(app.keyring().seal(&described, 1, &seed, &**app.entropy()).map_err(seal_fault)?);
        self.tokens.insert(held.id);
        self.by_line.insert(line, Completion { id: held.id, described });
        Ok(Kept::Anew)
    }

    /// Takes back what a line brought; whether there was anything.
    pub(super) fn withdraw(&mut self, line: u64) -> bool {
        let gone = self.by_line.remove(&line);
        gone.is_some_and(|gone| self.tokens.remove(&gone.id))
    }

    /// The serials of what waits.
    pub(super) fn serials(&self) -> Vec<Serial> {
        self.by_line.values().map(|completion| completion.described.serial.clone()).collect()
    }

    /// Writes the seeds into the tokens that still wait for them; how many these were.
    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Decision<i64> {
        if let Some(serial) = self.seed_of_two(tx)? {
            return Ok(Err(Rejection::from(Reason::SeedElsewhere).with("serial", serial)));
        }
        let mut written = 0;
        for Completion { id, described } in self.by_line.values() {
            // A token that was put out of service while the file was read wants no seed any more.
            let Some(found) = tx.token_by_id(&Scope::All, *id)?.filter(Found::has_no_seed) else { continue };
            tx.token_swap(&found.token, &completed(&found.token, described, tx.now()))?;
            written += 1;
        }
        Ok(Ok(written))
    }

    /// A serial whose seed is that of another token: of those that wait here, or of one that came in beside them.
    fn seed_of_two(&self, tx: &mut Tx<'_>) -> Result<Option<String>, StoreError> {
        let mut seen = HashSet::new();
        for Completion { described, .. } in self.by_line.values() {
            let Some(print) = &described.fingerprint else { continue };
            if !seen.insert(*print) || tx.token_by_fingerprint(print)?.is_some() {
                return Ok(Some(described.serial.shown().to_owned()));
            }
        }
        Ok(None)
    }
}

/// The next version of a token that got its seed.
fn completed(held: &Token, described: &Token, now: tokenfleet_domain::ports::Timestamp) -> Token {
    let Token { vendor, manufacturer, model, lot, profile, expires_at, last_step, seed, fingerprint, .. } =
        described.clone();
    let or_held = |said: String, held: &String| if said.is_empty() { held.clone() } else { said };
    Token {
        vendor,
        manufacturer: or_held(manufacturer, &held.manufacturer),
        model: or_held(model, &held.model),
        lot,
        profile,
        expires_at,
        last_step,
        seed,
        fingerprint,
        version: held.version + 1,
        updated_at: now,
        ..held.clone()
    }
}
