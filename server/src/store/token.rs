//! Reading tokens. A row's MAC is checked each time it is read; `token_write` makes it.
//!
//! Tokens of a lot that is being imported or was taken out again are invisible to all reads but those that guard
//! admission.

use tokenfleet_domain::ids::{KeyId, RowId, Serial, TokenName, TokenRef, UserId, Vendor};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::{Algorithm, Digits, Moving, Profile};
use tokenfleet_domain::ports::{RowAuthority, Timestamp};
use tokenfleet_domain::token::{Authenticator, Custody, Hold, LastRequest, ROW_FORMAT, SealedSeed, State, Token};

use super::conn::{Row, Value, args};
use super::error::{Result, StoreError};
use super::lot;
use super::tx::{Order, RowMac, Tx};

/// A token as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The token.
    pub token: Token,
    /// The name of its lot.
    pub lot: LotName,
    /// How far its lot is.
    pub lot_state: LotState,
    /// What keeps it from use: first its rows' authentication, then a recovery, then its lot.
    pub hold: Hold,
    /// Whether its row and its lot's row are what the service wrote.
    pub intact: bool,
}

/// A stretch of a walk over tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPage {
    /// Those in the scope.
    pub found: Vec<Found>,
    /// The last one that was looked at, to go on after; None at the end.
    pub next: Option<RowId>,
}

/// Most tokens of one plain serial.
const SERIAL_MAX: usize = 10;
/// Most tokens of one person that are shown.
const USER_MAX: usize = 20;
/// Most rows read for one of those answers, before the scope leaves some out.
const HITS_MAX: u32 = 200;

/// A token with its lot and its holds. The token comes first in every plan, whatever the statistics say.
macro_rules! found {
    ($($rest:literal),+) => {
        concat!(
            "SELECT t.id, t.vendor, t.serial, t.serial_key, t.key_id, t.manufacturer, t.model, t.lot, t.algorithm, \
             t.digits, t.moving, t.period, t.epoch, t.expires_at, t.custody, t.authenticator, t.user_id, t.loan, \
             t.lent_at, t.department, t.location, t.last_step, t.drift_steps, t.drift_at, t.last_ok_at, t.proven_at, \
             t.fail_count, t.next_try_at, t.last_request_id, t.last_request_hash, t.last_request_outcome, t.dek_id, \
             t.salt, t.seed_gen, t.sealed, t.fingerprint, t.version, t.created_at, t.updated_at, t.row_format, \
             t.mac_key_id, t.row_mac, hi.since, hr.since, l.id, l.name, l.state, l.file_name, l.file_sha256, \
             l.format, l.secret_encoding, l.tokens, l.imported_by, l.created_at, l.version, l.readings, l.rereading, \
             l.seed_gen, l.row_format, l.mac_key_id, l.row_mac \
             FROM token t CROSS JOIN lot l \
             LEFT JOIN token_hold hi ON hi.token = t.id AND hi.kind = 'integrity' \
             LEFT JOIN token_hold hr ON hr.token = t.id AND hr.kind = 'recovery' \
             WHERE l.id = t.lot AND ",
            $($rest),+
        )
    };
}
macro_rules! visible {
    ($($rest:literal),+) => {
        found!("l.state <> 'staging' AND l.state <> 'reverted' AND ", $($rest),+)
    };
}

/// Whether a token is with a person, or was lost by one: what `Token::is_out` says, in SQL.
macro_rules! is_out {
    () => {
        "CASE WHEN t.user_id IS NOT NULL OR t.custody IN ('lent', 'lost') THEN 1 ELSE 0 END"
    };
}
pub(super) use is_out;

const BY_ID: &str = visible!("t.id = ?1");
const BY_SERIAL: &str = visible!("t.serial_key = ?1 ORDER BY t.vendor, t.key_id LIMIT ?2");
const BY_NAME: &str = visible!("t.serial_key = ?1 AND t.vendor = ?2 AND t.key_id = ?3");
const OF_USER: &str = visible!("t.user_id = ?1 ORDER BY t.id LIMIT ?2");
const LENT: &str = visible!("t.user_id IS NOT NULL AND (t.user_id, t.id) > (?1, ?2) ORDER BY t.user_id, t.id LIMIT ?3");
const OF_LOT: &str = visible!("t.lot = ?3 AND t.id > ?1 ORDER BY t.id LIMIT ?2");
const OF_LOT_BACK: &str = visible!("t.lot = ?3 AND t.id < ?1 ORDER BY t.id DESC LIMIT ?2");
const PAGE: &str = visible!("t.id > ?1 ORDER BY t.id LIMIT ?2");
const PAGE_BACK: &str = visible!("t.id < ?1 ORDER BY t.id DESC LIMIT ?2");
const OF_LOT_BY_SERIAL: &str = found!("t.serial_key = ?2 AND t.lot = ?1 ORDER BY t.vendor, t.key_id");
const DROP: &str =
    "DELETE FROM token WHERE id = ?1 AND lot IN (SELECT id FROM lot WHERE state = 'staging' OR state = 'reverted')";
const OF_LOT_READY: &str =
    visible!("t.lot = ?1 AND t.custody = 'lent' AND t.authenticator = 'ready' ORDER BY t.id LIMIT ?2");
const KNOWN: &str = found!("t.serial_key = ?1 AND t.vendor = ?2 AND t.key_id = ?3");
const BY_FINGERPRINT: &str = found!("t.fingerprint = ?1 ORDER BY t.id LIMIT 1");
const COUNTS: &str = "SELECT t.custody, t.authenticator, CASE WHEN t.proven_at IS NULL THEN 0 ELSE 1 END, COUNT(*) \
     FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND (l.state = 'open' OR l.state = 'recalled' AND t.custody IN ('lent', 'lost')) \
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
const COUNTS_BY_DEPARTMENT: &str = concat!(
    "SELECT t.custody, t.authenticator, CASE WHEN t.proven_at IS NULL THEN 0 ELSE 1 END, COUNT(*), t.department, ",
    is_out!(),
    " FROM lot l CROSS JOIN token t WHERE t.lot = l.id AND (l.state = 'open' OR l.state = 'recalled' AND t.custody IN ('lent', 'lost')) \
     GROUP BY 1, 2, 3, 5, 6 ORDER BY 1, 2, 3, 5, 6"
);

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[
    BY_ID,
    BY_NAME,
    BY_SERIAL,
    OF_USER,
    LENT,
    OF_LOT,
    OF_LOT_BACK,
    OF_LOT_BY_SERIAL,
    OF_LOT_READY,
    PAGE,
    PAGE_BACK,
    KNOWN,
    BY_FINGERPRINT,
];

impl Tx<'_> {
    /// The tokens a name or a plain serial may mean; of a plain serial at most ten.
    pub fn token_find(&mut self, scope: &Scope, token: &TokenRef) -> Result<Vec<Found>> {
        let mut found = match token {
            TokenRef::Serial(serial) => self.found(BY_SERIAL, args![serial.key(), HITS_MAX]),
            TokenRef::Name(TokenName { vendor, serial_key, key_id }) => {
                self.found(BY_NAME, args![serial_key, vendor.as_str(), key_id.as_str()])
            }
        }?;
        found.retain(|found| found.is_in(scope));
        found.truncate(SERIAL_MAX);
        Ok(found)
    }

    /// The token of a row id.
    pub fn token_by_id(&mut self, scope: &Scope, id: RowId) -> Result<Option<Found>> {
        Ok(self.found(BY_ID, args![id])?.pop().filter(|found| found.is_in(scope)))
    }

    /// What a person holds, the oldest loan first; at most twenty.
    pub fn tokens_of_user(&mut self, scope: &Scope, user: &UserId) -> Result<Vec<Found>> {
        let mut found = self.found(OF_USER, args![user, HITS_MAX])?;
        found.retain(|found| found.is_in(scope));
        found.sort_by_key(|found| (found.token.lent_at, found.token.id));
        found.truncate(USER_MAX);
        Ok(found)
    }

    /// Tokens that somebody has, by their ID, after one of them; whatever their department.
    pub fn tokens_lent(&mut self, after: Option<(UserId, RowId)>, limit: u32) -> Result<Vec<Found>> {
        let (user, id) =
            after.map_or((Value::from(""), Value::Blob(Vec::new())), |(user, id)| ((&user).into(), id.into()));
        self.found(LENT, &[user, id, limit.into()])
    }

    /// Tokens of a lot by id, after one: of the next `limit` those in the scope.
    pub fn tokens_of_lot(
        &mut self,
        scope: &Scope,
        lot: RowId,
        order: Order,
        after: Option<RowId>,
        limit: u32,
    ) -> Result<TokenPage> {
        self.page((OF_LOT, OF_LOT_BACK), &[lot.into()], scope, order, after, limit)
    }

    /// Tokens of a lot whose codes count, the oldest first, whatever their department.
    pub fn tokens_of_lot_ready(&mut self, lot: RowId, limit: u32) -> Result<Vec<Found>> {
        self.found(OF_LOT_READY, args![lot, limit])
    }

    /// All tokens by id, after one: of the next `limit` those in the scope.
    pub fn token_page(&mut self, scope: &Scope, order: Order, after: Option<RowId>, limit: u32) -> Result<TokenPage> {
        self.page((PAGE, PAGE_BACK), &[], scope, order, after, limit)
    }

    /// The keys of one serial in a lot, whoever made them and whatever state the lot is in.
    pub fn tokens_of_lot_by_serial(&mut self, lot: RowId, serial_key: &str) -> Result<Vec<Found>> {
        self.found(OF_LOT_BY_SERIAL, args![lot, serial_key])
    }

    /// Deletes a token of a lot that is being imported or was taken out; how many rows it was.
    pub fn token_drop(&mut self, id: RowId) -> Result<u64> {
        self.conn.execute(DROP, args![id])
    }

    /// The token of that key, in whatever lot: what an import must not bring again.
    pub fn token_known(&mut self, vendor: &Vendor, serial_key: &str, key_id: &KeyId) -> Result<Option<Found>> {
        Ok(self.found(KNOWN, args![serial_key, vendor.as_str(), key_id.as_str()])?.pop())
    }

    /// A token with that seed, in whatever lot.
    pub fn token_by_fingerprint(&mut self, fingerprint: &[u8; 32]) -> Result<Option<Found>> {
        Ok(self.found(BY_FINGERPRINT, args![fingerprint])?.pop())
    }

    /// How many tokens of open lots, and how many that are out of recalled ones, are in which state, and whether proven: those in the scope. One state may come
    /// several times.
    pub fn token_counts(&mut self, scope: &Scope) -> Result<Vec<(Custody, Authenticator, bool, i64)>> {
        let mut counts = Vec::new();
        let whole = *scope == Scope::All;
        for row in self.conn.query(if whole { COUNTS } else { COUNTS_BY_DEPARTMENT }, &[])? {
            let mut row = row.of("token");
            let count = (row.parsed()?, row.parsed()?, row.truth()?, row.int()?);
            if whole || is_counted(&mut row, scope)? {
                counts.push(count);
            }
        }
        Ok(counts)
    }

    fn found(&mut self, sql: &'static str, args: &[Value]) -> Result<Vec<Found>> {
        let rows = self.conn.query(sql, args)?;
        rows.into_iter().map(|row| read(row, self.authority)).collect()
    }

    fn page(
        &mut self,
        (page, back): (&'static str, &'static str),
        more: &[Value],
        scope: &Scope,
        order: Order,
        after: Option<RowId>,
        limit: u32,
    ) -> Result<TokenPage> {
        // No id is empty, so an empty one stands before all of them; 17 bytes stand behind all.
        let (sql, outside) = match order {
            Order::Oldest => (page, Vec::new()),
            Order::Newest => (back, vec![0xff; 17]),
        };
        let after = after.map_or(Value::Blob(outside), Value::from);
        let mut found = self.found(sql, &[&[after, limit.into()], more].concat())?;
        let last = found.last().map(|found| found.token.id);
        let next = last.filter(|_| found.len() == limit as usize);
        found.retain(|found| found.is_in(scope));
        Ok(TokenPage { found, next })
    }
}

impl Found {
    /// Whether the token was recorded without a seed and waits for one. A row that can't be read waits for nothing.
    pub fn has_no_seed(&self) -> bool {
        self.intact && self.token.has_no_seed()
    }

    fn is_in(&self, scope: &Scope) -> bool {
        scope.covers(self.token.department.as_deref(), self.token.is_out())
    }
}

/// Whether tokens that were counted by department and whether they are out, the next two columns, are in a scope.
pub(super) fn is_counted(row: &mut Row, scope: &Scope) -> Result<bool> {
    let (department, out) = (row.opt_text()?, row.truth()?);
    Ok(scope.covers(department.as_deref(), out))
}

fn read(row: Row, authority: &dyn RowAuthority) -> Result<Found> {
    let row = row.of("token");
    let (token, token_is_right) = match read_token(&mut row.at(0), authority) {
        Err(StoreError::Broken { what }) => (unreadable(&row, &what)?, false),
        read => read?,
    };
    let mut row = row.at(TOKEN_COLUMNS);
    let (on_integrity, on_recovery) = (row.opt_int()?.is_some(), row.opt_int()?.is_some());
    let (lot, lot_is_right) = lot::read(&mut row, authority)?;
    let intact = token_is_right && lot_is_right;
    let hold = match () {
        () if !intact || on_integrity => Hold::Integrity,
        () if on_recovery => Hold::Recovery,
        () => hold_of(&lot, &token),
    };
    Ok(Found { token, lot_state: lot.state, lot: lot.name, hold, intact })
}

/// How many columns a token has in `found`; its holds and its lot come after them.
const TOKEN_COLUMNS: usize = 42;

/// What is left of a row that this service can't have written: who it was, where that can still be read. It fails its
/// authentication, so it is shown as on hold and never used.
fn unreadable(row: &Row, what: &str) -> Result<Token> {
    let id = row.at(0).id()?;
    tracing::error!(token = %id, what, "a token's row can't be read");
    let vendor = row.at(1).parsed().unwrap_or_else(|_| Vendor::unknown());
    let serial = row.at(2).parsed().or_else(|_| id.to_string().parse()).map_err(|_| row.broken("can't be read"))?;
    let key = (vendor, serial, row.at(4).parsed().unwrap_or_default());
    let profile = Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Event };
    let mut token = Token::arrived(id, key, row.at(7).id()?, profile, Timestamp::UNIX_EPOCH);
    if let (Ok(custody), Ok(authenticator)) = (row.at(14).parsed(), row.at(15).parsed()) {
        token.state = State { custody, authenticator };
    }
    token.user = row.at(16).opt_parsed().unwrap_or_default();
    token.department = row.at(19).opt_text().unwrap_or_default();
    Ok(token)
}

fn hold_of(lot: &Lot, token: &Token) -> Hold {
    match lot.state {
        LotState::Open => Hold::None,
        // Codes of what was called back count until they are stopped, each by itself.
        LotState::Recalled if token.is_out() => Hold::None,
        LotState::Staging | LotState::Closed | LotState::Quarantined | LotState::Recalled | LotState::Reverted => {
            Hold::Lot
        }
    }
}

/// Reads a token, and whether its row is what the service wrote.
fn read_token(row: &mut Row, authority: &dyn RowAuthority) -> Result<(Token, bool)> {
    let (id, vendor, serial) = (row.id()?, row.parsed()?, row.parsed::<Serial>()?);
    // The key of the serial is a column only for its index: what counts is derived from the serial that is shown.
    let key_is_right = row.text()? == serial.key();
    let token = Token {
        id,
        vendor,
        serial,
        key_id: row.parsed()?,
        manufacturer: row.text()?,
        model: row.text()?,
        lot: row.id()?,
        profile: read_profile(row)?,
        expires_at: row.opt_time()?,
        state: State { custody: row.parsed()?, authenticator: row.parsed()? },
        user: row.opt_parsed()?,
        loan: row.opt_id()?,
        lent_at: row.opt_time()?,
        department: row.opt_text()?,
        location: row.opt_text()?,
        last_step: row.int()?,
        drift_steps: row.int()?,
        drift_at: row.opt_time()?,
        last_ok_at: row.opt_time()?,
        proven_at: row.opt_time()?,
        fail_count: row.int()?,
        next_try_at: row.opt_time()?,
        last_request: read_last_request(row)?,
        seed: read_seed(row)?,
        fingerprint: row.opt_bytes()?,
        version: row.int()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    };
    let mac_is_right = RowMac::read(row)?.is_right(authority, ROW_FORMAT, |key_id| token.canonical(key_id));
    Ok((token, key_is_right && mac_is_right))
}

pub(super) fn read_profile(row: &mut Row) -> Result<Profile> {
    let algorithm = row.parsed()?;
    let digits = u32::try_from(row.int()?).ok().and_then(|digits| Digits::new(digits).ok());
    let digits = digits.ok_or_else(|| row.broken("is no number of digits"))?;
    let (moving, period, epoch) = (row.text()?, row.opt_int()?, row.opt_int()?);
    let moving = match (moving.as_str(), period.map(u32::try_from), epoch) {
        ("totp", Some(Ok(period)), Some(epoch)) => Moving::Time { period, epoch },
        ("hotp", None, None) => Moving::Event,
        _ => return Err(row.broken("is no clock and no counter")),
    };
    Ok(Profile { algorithm, digits, moving })
}

fn read_last_request(row: &mut Row) -> Result<Option<LastRequest>> {
    match (row.opt_bytes()?, row.opt_bytes()?, row.opt_text()?) {
        (Some(id), Some(hash), Some(outcome)) => Ok(Some(LastRequest { id, hash, outcome })),
        (None, None, None) => Ok(None),
        _ => Err(row.broken("is half a request")),
    }
}

pub(super) fn read_seed(row: &mut Row) -> Result<Option<SealedSeed>> {
    match (row.opt_int()?, row.opt_bytes()?, row.opt_int()?, row.opt_blob()?) {
        (Some(dek_id), Some(salt), Some(generation), Some(blob)) => {
            Ok(Some(SealedSeed { dek_id, salt, generation, blob }))
        }
        (None, None, None, None) => Ok(None),
        _ => Err(row.broken("is half a sealed seed")),
    }
}
