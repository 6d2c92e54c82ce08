//! A token's row, whole, and the bytes its authentication covers.
//!
//! A row is written whole, never column by column, so that its MAC is always right. The encoding has a version that
//! stands in the row: a row is checked by its own version and written in the newest.

use super::state::{Authenticator, Custody, State};
use crate::canon::Canon;
use crate::ids::{KeyId, RowId, Serial, TokenName, UserId, Vendor};
use crate::otp::{Moving, Profile};
use crate::ports::Timestamp;

/// The newest version of the encoding.
pub const ROW_FORMAT: i64 = 1;

/// A seed as it lies in the database: nobody can read it without the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSeed {
    /// Which data key sealed it.
    pub dek_id: i64,
    /// What its own key is derived with.
    pub salt: [u8; 32],
    /// Counts the seeds this token has had.
    pub generation: i64,
    /// The ciphertext with its tag.
    pub blob: Vec<u8>,
}

/// The last verification that carried a request_id, so that asking again gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRequest {
    /// The id.
    pub id: [u8; 16],
    /// Keyed hash of what was asked.
    pub hash: [u8; 32],
    /// How it ended.
    pub outcome: String,
}

/// A token, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The id of the row.
    pub id: RowId,
    /// Who made it.
    pub vendor: Vendor,
    /// The serial number on its back.
    pub serial: Serial,
    /// Which key of that serial.
    pub key_id: KeyId,
    /// The manufacturer as the file names it.
    pub manufacturer: String,
    /// The model as the file names it.
    pub model: String,
    /// The lot it came with.
    pub lot: RowId,
    /// What decides its codes, besides the seed.
    pub profile: Profile,
    /// When the vendor says it ends.
    pub expires_at: Option<Timestamp>,
    /// Where it is and whether its codes count.
    pub state: State,
    /// Who holds it.
    pub user: Option<UserId>,
    /// The loan by which.
    pub loan: Option<RowId>,
    /// When it was lent.
    pub lent_at: Option<Timestamp>,
    /// The department it is lent through.
    pub department: Option<String>,
    /// Where it is kept.
    pub location: Option<String>,
    /// The step of the last code that was accepted; −1 before any. A button token stores its next counter − 1.
    pub last_step: i64,
    /// How many steps its clock is ahead.
    pub drift_steps: i64,
    /// When that was observed.
    pub drift_at: Option<Timestamp>,
    /// When a code was last accepted.
    pub last_ok_at: Option<Timestamp>,
    /// When a code was first accepted while lent.
    pub proven_at: Option<Timestamp>,
    /// Wrong codes in a row.
    pub fail_count: i64,
    /// Before this moment no code is looked at.
    pub next_try_at: Option<Timestamp>,
    /// The last verification.
    pub last_request: Option<LastRequest>,
    /// The seed, sealed; None once it was shredded.
    pub seed: Option<SealedSeed>,
    /// A keyed fingerprint of the seed.
    pub fingerprint: Option<[u8; 32]>,
    /// Counts changes of the row.
    pub version: i64,
    /// When it was imported.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Token {
    /// Whether it is with a person, or was lost by one. A row that is damaged may say so in one place only.
    pub fn is_out(&self) -> bool {
        self.user.is_some() || matches!(self.state.custody, Custody::Lent | Custody::Lost)
    }

    /// Whether it was recorded without a seed and still waits for one: it is tracked, and its codes can't be checked. A
    /// token that is out of service had one.
    pub fn has_no_seed(&self) -> bool {
        self.seed.is_none() && self.fingerprint.is_none() && self.state.custody != Custody::Retired
    }

    /// A token that has just come in: in stock, with no past and no seed yet.
    pub fn arrived(
        id: RowId,
        (vendor, serial, key_id): (Vendor, Serial, KeyId),
        lot: RowId,
        profile: Profile,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            vendor,
            serial,
            key_id,
            manufacturer: String::new(),
            model: String::new(),
            lot,
            profile,
            expires_at: None,
            state: State::of(Custody::InStock, Authenticator::None),
            user: None,
            loan: None,
            lent_at: None,
            department: None,
            location: None,
            last_step: -1,
            drift_steps: 0,
            drift_at: None,
            last_ok_at: None,
            proven_at: None,
            fail_count: 0,
            next_try_at: None,
            last_request: None,
            seed: None,
            fingerprint: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The resource name.
    pub fn name(&self) -> TokenName {
        TokenName { vendor: self.vendor.clone(), serial_key: self.serial.key().to_owned(), key_id: self.key_id.clone() }
    }

    /// What a caller sends back to change only what it has seen.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// What the row's MAC covers: every column but the MAC itself.
    pub fn canonical(&self, mac_key_id: i64) -> Vec<u8> {
        let micros = |at: Option<Timestamp>| at.map(|at| at.timestamp_micros());
        let State { custody, authenticator } = self.state;
        let last = self.last_request.as_ref();
        let seed = self.seed.as_ref();
        identity(Canon::new("token-row/1"), &self.id, &self.vendor, &self.serial, &self.key_id)
            .text(self.serial.shown())
            .text(&self.manufacturer)
            .text(&self.model)
            .bytes(&self.lot.0)
            .bytes(&profile(&self.profile))
            .opt_int(micros(self.expires_at))
            .text(Custody::as_str(custody))
            .text(Authenticator::as_str(authenticator))
            .opt_text(self.user.as_ref().map(UserId::as_str))
            .opt_bytes(self.loan.as_ref().map(|loan| loan.0.as_slice()))
            .opt_int(micros(self.lent_at))
            .opt_text(self.department.as_deref())
            .opt_text(self.location.as_deref())
            .int(self.last_step)
            .int(self.drift_steps)
            .opt_int(micros(self.drift_at))
            .opt_int(micros(self.last_ok_at))
            .opt_int(micros(self.proven_at))
            .int(self.fail_count)
            .opt_int(micros(self.next_try_at))
            .opt_bytes(last.map(|last| last.id.as_slice()))
            .opt_bytes(last.map(|last| last.hash.as_slice()))
            .opt_text(last.map(|last| last.outcome.as_str()))
            .opt_int(seed.map(|seed| seed.dek_id))
            .opt_bytes(seed.map(|seed| seed.salt.as_slice()))
            .opt_int(seed.map(|seed| seed.generation))
            .opt_bytes(seed.map(|seed| seed.blob.as_slice()))
            .opt_bytes(self.fingerprint.as_ref().map(<[u8; 32]>::as_slice))
            .int(self.version)
            .int(self.created_at.timestamp_micros())
            .int(self.updated_at.timestamp_micros())
            .int(ROW_FORMAT)
            .int(mac_key_id)
            .finish()
    }

    /// What the seed is bound to: a blob moved to another row, or a row given another profile, does not open.
    pub fn seed_context(&self, fleet: &[u8; 16], dek_id: i64, generation: i64) -> Vec<u8> {
        identity(Canon::new("token-seed/1").bytes(fleet), &self.id, &self.vendor, &self.serial, &self.key_id)
            .bytes(&profile(&self.profile))
            .int(generation)
            .int(dek_id)
            .finish()
    }
}

fn identity(canon: Canon, id: &RowId, vendor: &Vendor, serial: &Serial, key_id: &KeyId) -> Canon {
    canon.bytes(&id.0).text(vendor.as_str()).text(serial.key()).text(key_id.as_str())
}

fn profile(profile: &Profile) -> Vec<u8> {
    let canon = Canon::new("profile/1").text(profile.algorithm.as_str()).int(i64::from(profile.digits.get()));
    match profile.moving {
        Moving::Time { period, epoch } => canon.text("totp").int(i64::from(period)).int(epoch),
        Moving::Event => canon.text("hotp"),
    }
    .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::{Algorithm, Digits};

    #[test]
    fn a_token_is_out_wherever_its_row_says_so() {
        let profile = Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Event };
        let key = (Vendor::unknown(), "1".parse().unwrap(), KeyId::default());
        let stock = Token::arrived(RowId([1; 16]), key, RowId([2; 16]), profile, Timestamp::UNIX_EPOCH);
        assert!(!stock.is_out());
        assert!(Token { user: "0123456789".parse().ok(), ..stock.clone() }.is_out());
        for custody in [Custody::Lent, Custody::Lost] {
            assert!(Token { state: State { custody, ..stock.state }, ..stock.clone() }.is_out());
        }
    }
}
