//! Writing tokens: whole rows, by insert or compare-and-swap, each with its MAC.

use tokenfleet_domain::otp::Moving;
use tokenfleet_domain::token::{ROW_FORMAT, Token};

use super::conn::{Insert, Kind, Value};
use super::error::{Result, StoreError, swapped};
use super::tx::Tx;

pub(super) static INSERT: Insert = Insert {
    table: "token",
    columns: &[
        ("id", Kind::Blob),
        ("vendor", Kind::Text),
        ("serial", Kind::Text),
        ("serial_key", Kind::Text),
        ("key_id", Kind::Text),
        ("manufacturer", Kind::Text),
        ("model", Kind::Text),
        ("lot", Kind::Blob),
        ("algorithm", Kind::Text),
        ("digits", Kind::Int),
        ("moving", Kind::Text),
        ("period", Kind::Int),
        ("epoch", Kind::Int),
        ("expires_at", Kind::Int),
        ("custody", Kind::Text),
        ("authenticator", Kind::Text),
        ("user_id", Kind::Text),
        ("loan", Kind::Blob),
        ("lent_at", Kind::Int),
        ("department", Kind::Text),
        ("location", Kind::Text),
        ("last_step", Kind::Int),
        ("drift_steps", Kind::Int),
        ("drift_at", Kind::Int),
        ("last_ok_at", Kind::Int),
        ("proven_at", Kind::Int),
        ("fail_count", Kind::Int),
        ("next_try_at", Kind::Int),
        ("last_request_id", Kind::Blob),
        ("last_request_hash", Kind::Blob),
        ("last_request_outcome", Kind::Text),
        ("dek_id", Kind::Int),
        ("salt", Kind::Blob),
        ("seed_gen", Kind::Int),
        ("sealed", Kind::Blob),
        ("fingerprint", Kind::Blob),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
        ("row_format", Kind::Int),
        ("mac_key_id", Kind::Int),
        ("row_mac", Kind::Blob),
    ],
};

macro_rules! swap {
    ($($more:literal)?) => {
        concat!(
            "UPDATE token SET vendor = ?2, serial = ?3, serial_key = ?4, key_id = ?5, manufacturer = ?6, model = ?7, \
             lot = ?8, algorithm = ?9, digits = ?10, moving = ?11, period = ?12, epoch = ?13, expires_at = ?14, \
             custody = ?15, authenticator = ?16, user_id = ?17, loan = ?18, lent_at = ?19, department = ?20, \
             location = ?21, last_step = ?22, drift_steps = ?23, drift_at = ?24, last_ok_at = ?25, proven_at = ?26, \
             fail_count = ?27, next_try_at = ?28, last_request_id = ?29, last_request_hash = ?30, \
             last_request_outcome = ?31, dek_id = ?32, salt = ?33, seed_gen = ?34, sealed = ?35, fingerprint = ?36, \
             version = ?37, created_at = ?38, updated_at = ?39, row_format = ?40, mac_key_id = ?41, row_mac = ?42 \
             WHERE id = ?1 AND version = ?43"
            $(, $more)?
        )
    };
}
const SWAP: &str = swap!();
const ACCEPT: &str = swap!(" AND last_step < ?44");

/// What judging a code changes. A column that is named in an UPDATE costs every index that it stands in, changed or not, so a
/// row that differs in nothing else is written without the others; its MAC covers them all the same.
macro_rules! judged {
    ($set:literal, $only:literal) => {
        concat!(
            "UPDATE token SET last_step = ?3, drift_steps = ?4, drift_at = ?5, fail_count = ?6, next_try_at = ?7, \
             last_request_id = ?8, last_request_hash = ?9, last_request_outcome = ?10, version = ?11, updated_at = ?12, \
             row_format = ?13, mac_key_id = ?14, row_mac = ?15",
            $set,
            " WHERE id = ?1 AND version = ?2",
            $only
        )
    };
}
const SWAP_JUDGED: &str = judged!("", "");
const ACCEPT_JUDGED: &str = judged!(", last_ok_at = ?16", " AND last_step < ?3");

impl Tx<'_> {
    /// Adds tokens, leaving out those whose key is taken; the number added.
    pub fn token_insert_many<'t>(&mut self, tokens: impl IntoIterator<Item = &'t Token>) -> Result<u64> {
        let rows = tokens.into_iter().map(|token| self.token_values(token)).collect();
        self.conn.insert_many(&INSERT, rows)
    }

    /// Writes the next version of a token over the one that is held.
    pub fn token_swap(&mut self, held: &Token, next: &Token) -> Result<()> {
        is_next(held, next)?;
        let rows = if *next == judged(held, next) {
            self.conn.execute(SWAP_JUDGED, &self.judged_values(held, next))
        } else {
            self.conn.execute(SWAP, &self.next_values(held, next))
        };
        swapped(rows?)
    }

    /// As `token_swap`, for a code that was accepted: the step of the row must be before the one that is written, so
    /// that no code is ever accepted twice.
    pub fn token_accept(&mut self, held: &Token, next: &Token) -> Result<()> {
        is_next(held, next)?;
        let rows = if *next == (Token { last_ok_at: next.last_ok_at, ..judged(held, next) }) {
            let mut values = self.judged_values(held, next);
            values.push(next.last_ok_at.into());
            self.conn.execute(ACCEPT_JUDGED, &values)
        } else {
            let mut values = self.next_values(held, next);
            values.push(next.last_step.into());
            self.conn.execute(ACCEPT, &values)
        };
        swapped(rows?)
    }

    fn next_values(&self, held: &Token, next: &Token) -> Vec<Value> {
        let mut values = self.token_values(next);
        values.push(held.version.into());
        values
    }

    fn judged_values(&self, held: &Token, next: &Token) -> Vec<Value> {
        let last_request = next.last_request.as_ref();
        let mut values = vec![
            next.id.into(),
            held.version.into(),
            next.last_step.into(),
            next.drift_steps.into(),
            next.drift_at.into(),
            next.fail_count.into(),
            next.next_try_at.into(),
            last_request.map(|last| &last.id).into(),
            last_request.map(|last| &last.hash).into(),
            last_request.map(|last| &last.outcome).into(),
            next.version.into(),
            next.updated_at.into(),
        ];
        values.extend(self.authenticated(ROW_FORMAT, |key_id| next.canonical(key_id)));
        values
    }

    /// A whole row, in the order of the columns.
    fn token_values(&self, token: &Token) -> Vec<Value> {
        let Token { profile, state, last_request, seed, .. } = token;
        let (moving, period, epoch) = match profile.moving {
            Moving::Time { period, epoch } => ("totp", Some(period), Some(epoch)),
            Moving::Event => ("hotp", None, None),
        };
        let mut values = vec![
            token.id.into(),
            token.vendor.as_str().into(),
            token.serial.shown().into(),
            token.serial.key().into(),
            token.key_id.as_str().into(),
            (&token.manufacturer).into(),
            (&token.model).into(),
            token.lot.into(),
            profile.algorithm.as_str().into(),
            profile.digits.get().into(),
            moving.into(),
            period.into(),
            epoch.into(),
            token.expires_at.into(),
            state.custody.as_str().into(),
            state.authenticator.as_str().into(),
            token.user.as_ref().into(),
            token.loan.into(),
            token.lent_at.into(),
            token.department.as_deref().into(),
            token.location.as_deref().into(),
            token.last_step.into(),
            token.drift_steps.into(),
            token.drift_at.into(),
            token.last_ok_at.into(),
            token.proven_at.into(),
            token.fail_count.into(),
            token.next_try_at.into(),
            last_request.as_ref().map(|last| &last.id).into(),
            last_request.as_ref().map(|last| &last.hash).into(),
            last_request.as_ref().map(|last| &last.outcome).into(),
            seed.as_ref().map(|seed| seed.dek_id).into(),
            seed.as_ref().map(|seed| &seed.salt).into(),
            seed.as_ref().map(|seed| seed.generation).into(),
            seed.as_ref().map(|seed| seed.blob.as_slice()).into(),
            token.fingerprint.as_ref().into(),
            token.version.into(),
            token.created_at.into(),
            token.updated_at.into(),
        ];
        values.extend(self.authenticated(ROW_FORMAT, |key_id| token.canonical(key_id)));
        values
    }
}

/// The row as it is held, with what judging a code changed.
fn judged(held: &Token, next: &Token) -> Token {
    Token {
        last_step: next.last_step,
        drift_steps: next.drift_steps,
        drift_at: next.drift_at,
        fail_count: next.fail_count,
        next_try_at: next.next_try_at,
        last_request: next.last_request.clone(),
        version: next.version,
        updated_at: next.updated_at,
        ..held.clone()
    }
}

fn is_next(held: &Token, next: &Token) -> Result<()> {
    if next.id == held.id && next.version == held.version + 1 {
        Ok(())
    } else {
        Err(StoreError::broken("token: a swap writes the next version of the same row"))
    }
}
