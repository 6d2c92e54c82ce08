//! The keyring: every key the service works with, unwrapped at start and held in memory only.

use std::collections::BTreeMap;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::ports::{Entropy, RowAuthority, Timestamp, WrappedKey};
use tokenfleet_domain::seed::Seed;
use tokenfleet_domain::token::{SealedSeed, Token};
use zeroize::Zeroizing;

use super::{Kek, SealError};

const DEK: &str = "dek";
const MAC: &str = "mac";
const FINGERPRINT: &str = "fingerprint";
const AUDIT: &str = "audit";
const PAGE: &str = "page";

/// What keys are for; each kind has its own.
const KINDS: [&str; 5] = [DEK, MAC, FINGERPRINT, AUDIT, PAGE];

/// Every key the service works with.
pub struct Keyring {
    fleet: [u8; 16],
    /// Data keys by id; the newest seals, all open.
    data: BTreeMap<i64, Zeroizing<Vec<u8>>>,
    newest_data: i64,
    /// MAC keys by id; the newest signs, all verify.
    macs: BTreeMap<i64, hmac::Key>,
    newest_mac: (i64, hmac::Key),
    fingerprint: hmac::Key,
    audit: hmac::Key,
    page: hmac::Key,
}

impl Keyring {
    /// Draws the first key of every kind for a new fleet, wrapped for the database.
    pub fn create(
        kek: &Kek,
        fleet: [u8; 16],
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Vec<WrappedKey>, SealError> {
        KINDS
            .into_iter()
            .map(|kind| {
                let mut key = Zeroizing::new([0; 32]);
                entropy.fill(key.as_mut())?;
                let wrapped = kek.wrap(&place(fleet, kind, 1), key.as_ref(), entropy)?;
                Ok(WrappedKey { kind: kind.to_owned(), id: 1, kek_id: kek.id(), wrapped, created_at: now })
            })
            .collect()
    }

    /// Unwraps the keys of a fleet.
    pub fn open(kek: &Kek, fleet: [u8; 16], rows: &[WrappedKey]) -> Result<Self, SealError> {
        let of_kind = |kind: &str| -> Result<BTreeMap<i64, Zeroizing<Vec<u8>>>, SealError> {
            rows.iter()
                .filter(|row| row.kind == kind)
                .map(|row| Ok((row.id, kek.unwrap(&place(fleet, kind, row.id), &row.wrapped)?)))
                .collect()
        };
        let newest = |keys: &BTreeMap<i64, Zeroizing<Vec<u8>>>| {
            keys.last_key_value().map(|(id, key)| (*id, hmac_key(key))).ok_or(SealError::KeyMissing)
        };
        let data = of_kind(DEK)?;
        let macs = of_kind(MAC)?;
        Ok(Self {
            fleet,
            newest_data: *data.last_key_value().ok_or(SealError::KeyMissing)?.0,
            data,
            newest_mac: newest(&macs)?,
            macs: macs.iter().map(|(id, key)| (*id, hmac_key(key))).collect(),
            fingerprint: newest(&of_kind(FINGERPRINT)?)?.1,
            audit: newest(&of_kind(AUDIT)?)?.1,
            page: newest(&of_kind(PAGE)?)?.1,
        })
    }

    /// Which fleet the keys are of.
    pub fn fleet(&self) -> [u8; 16] {
        self.fleet
    }

    /// Seals a seed for the row it will stand in.
    pub fn seal(
        &self,
        token: &Token,
        generation: i64,
        seed: &Seed,
        entropy: &dyn Entropy,
    ) -> Result<SealedSeed, SealError> {
        let mut salt = [0; 32];
        entropy.fill(&mut salt)?;
        let dek_id = self.newest_data;
        let context = token.seed_context(&self.fleet, dek_id, generation);
        let mut sealed = Zeroizing::new(seed.expose().to_vec());
        self.cipher(dek_id, &salt)?
            .seal_in_place_append_tag(zero_nonce(), Aad::from(&context), &mut *sealed)
            .map_err(|_| SealError::Seed)?;
        Ok(SealedSeed { dek_id, salt, generation, blob: sealed.to_vec() })
    }

    /// Opens the seed of a row.
    pub fn open_seed(&self, token: &Token) -> Result<Seed, SealError> {
        let sealed = token.seed.as_ref().ok_or(SealError::Shredded)?;
        let context = token.seed_context(&self.fleet, sealed.dek_id, sealed.generation);
        let mut bytes = Zeroizing::new(sealed.blob.clone());
        let length = self
            .cipher(sealed.dek_id, &sealed.salt)?
            .open_in_place(zero_nonce(), Aad::from(&context), &mut bytes)
            .map_err(|_| SealError::Seed)?
            .len();
        Seed::new(bytes[..length].to_vec()).ok_or(SealError::Seed)
    }

    /// The keyed fingerprint of a seed, for finding one seed under two serials.
    pub fn fingerprint(&self, seed: &Seed) -> [u8; 32] {
        seed.fingerprint(&self.fingerprint)
    }

    /// A MAC over what callers carry or repeat: page tokens, the content of requests. The encoding begins with a label,
    /// so one use can't stand for another.
    pub fn caller_mac(&self, canon: Canon) -> [u8; 32] {
        mac(&self.page, &canon.finish())
    }

    /// The key of one row: never used for a second message, so its nonce may be zero.
    fn cipher(&self, dek_id: i64, salt: &[u8; 32]) -> Result<LessSafeKey, SealError> {
        let dek = self.data.get(&dek_id).ok_or(SealError::KeyMissing)?;
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(dek);
        let okm = prk.expand(&[b"tokenfleet seed v1"], &AES_256_GCM).map_err(|_| SealError::KeyMissing)?;
        Ok(LessSafeKey::new(UnboundKey::from(okm)))
    }
}

impl RowAuthority for Keyring {
    fn key_id(&self) -> i64 {
        self.newest_mac.0
    }

    fn sign(&self, canonical: &[u8]) -> [u8; 32] {
        mac(&self.newest_mac.1, canonical)
    }

    fn verify(&self, key_id: i64, canonical: &[u8], mac: &[u8]) -> bool {
        self.macs.get(&key_id).is_some_and(|key| hmac::verify(key, canonical, mac).is_ok())
    }

    fn audit_key(&self) -> &hmac::Key {
        &self.audit
    }
}

/// Where a wrapped key lives: it unwraps nowhere else.
fn place(fleet: [u8; 16], kind: &str, id: i64) -> Vec<u8> {
    Canon::new("keyring/1").bytes(&fleet).text(kind).int(id).finish()
}

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn hmac_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

fn mac(key: &hmac::Key, bytes: &[u8]) -> [u8; 32] {
    let mut mac = [0; 32];
    mac.copy_from_slice(hmac::sign(key, bytes).as_ref());
    mac
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use tokenfleet_domain::ids::{RowId, Vendor};
    use tokenfleet_domain::otp::{Algorithm, Digits, Moving, Profile};
    use tokenfleet_domain::ports::NoEntropy;

    use super::*;

    /// Different bytes at every draw, the same in every run.
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
            out.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
            Ok(())
        }
    }

    const FLEET: [u8; 16] = [7; 16];

    fn entropy() -> Counting {
        Counting(AtomicU8::new(0))
    }

    fn now() -> Timestamp {
        Timestamp::from_timestamp_micros(1_700_000_000_000_000).unwrap()
    }

    fn ring(entropy: &Counting) -> Keyring {
        let kek = Kek::draw(entropy).unwrap();
        let rows = Keyring::create(&kek, FLEET, now(), entropy).unwrap();
        Keyring::open(&kek, FLEET, &rows).unwrap()
    }

    fn token() -> Token {
        let profile = Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::time(30).unwrap() };
        let key = (Vendor::unknown(), "HT0001".parse().unwrap(), "".parse().unwrap());
        Token::arrived(RowId([1; 16]), key, RowId([2; 16]), profile, now())
    }

    fn sealed(ring: &Keyring, entropy: &Counting) -> Token {
        let mut token = token();
        let seed = Seed::new(b"twenty bytes of seed".to_vec()).unwrap();
        token.seed = Some(ring.seal(&token, 1, &seed, entropy).unwrap());
        token
    }

    #[test]
    fn a_sealed_seed_opens_for_its_row_and_shows_nothing_of_itself() {
        let entropy = entropy();
        let ring = ring(&entropy);
        let token = sealed(&ring, &entropy);
        assert!(ring.open_seed(&token).unwrap().expose() == b"twenty bytes of seed");
        let blob = &token.seed.as_ref().unwrap().blob;
        assert!(!blob.windows(6).any(|part| b"twenty bytes of seed".windows(6).any(|seed| seed == part)));
        let again = sealed(&ring, &entropy);
        assert_ne!(blob, &again.seed.unwrap().blob, "the same seed is never sealed to the same bytes");
    }

    #[test]
    fn a_seed_opens_for_no_other_row_profile_or_generation() {
        let entropy = entropy();
        let ring = ring(&entropy);
        let changes: &[fn(&mut Token)] = &[
            |t| t.id = RowId([9; 16]),
            |t| t.vendor = Vendor::from_manufacturer("Feitian"),
            |t| t.serial = "HT0002".parse().unwrap(),
            |t| t.key_id = "2".parse().unwrap(),
            |t| t.profile.digits = Digits::new(8).unwrap(),
            |t| t.profile.algorithm = Algorithm::Sha256,
            |t| t.profile.moving = Moving::time(60).unwrap(),
            |t| t.profile.moving = Moving::Time { period: 30, epoch: 1 },
            |t| t.profile.moving = Moving::Event,
            |t| t.seed.as_mut().unwrap().generation = 2,
            |t| t.seed.as_mut().unwrap().salt[0] ^= 1,
            |t| t.seed.as_mut().unwrap().blob[0] ^= 1,
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut token = sealed(&ring, &entropy);
            change(&mut token);
            assert_eq!(ring.open_seed(&token).err(), Some(SealError::Seed), "change {at}");
        }
        let mut token = sealed(&ring, &entropy);
        token.seed.as_mut().unwrap().dek_id = 2;
        assert_eq!(ring.open_seed(&token).err(), Some(SealError::KeyMissing));
        token.seed = None;
        assert_eq!(ring.open_seed(&token).err(), Some(SealError::Shredded));
    }

    #[test]
    fn a_keyring_opens_only_with_its_own_key_for_its_own_fleet() {
        let entropy = entropy();
        let kek = Kek::draw(&entropy).unwrap();
        let rows = Keyring::create(&kek, FLEET, now(), &entropy).unwrap();
        let other = Kek::draw(&entropy).unwrap();
        assert_eq!(Keyring::open(&other, FLEET, &rows).err(), Some(SealError::WrongKey));
        assert_eq!(Keyring::open(&kek, [8; 16], &rows).err(), Some(SealError::WrongKey));
        assert_eq!(Keyring::open(&kek, FLEET, &rows[1..]).err(), Some(SealError::KeyMissing));
        let mut moved = rows.clone();
        moved[0].wrapped = rows[1].wrapped.clone();
        assert_eq!(Keyring::open(&kek, FLEET, &moved).err(), Some(SealError::WrongKey));
        let read_back = Kek::parse(&kek.to_text()).unwrap();
        assert!(Keyring::open(&read_back, FLEET, &rows).is_ok());
        assert_eq!(Kek::parse("00").err(), Some(SealError::KeyFile));
    }

    #[test]
    fn a_row_mac_is_of_its_bytes_and_key() {
        let entropy = entropy();
        let ring = ring(&entropy);
        let mac = ring.sign(b"row");
        assert!(ring.verify(ring.key_id(), b"row", &mac));
        assert!(!ring.verify(ring.key_id(), b"raw", &mac));
        assert!(!ring.verify(ring.key_id() + 1, b"row", &mac));
    }
}
