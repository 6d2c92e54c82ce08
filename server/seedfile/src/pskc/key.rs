//! What a key means: the key itself, or the first thing that is wrong with it.

use tokenfleet_domain::{
    catalogue::Reason,
    ids::{KeyId, Serial},
    otp::code::{Algorithm, Digits, Moving, Profile},
    ports::Timestamp,
    reject::{Arg, Rejection},
    seed::Seed,
};
use zeroize::Zeroizing;

use crate::delimited::row::{digits, name, serial_reason};
use crate::kind::Kind;
use crate::pskc::header::Header;
use crate::pskc::number::{self, plain_number};
use crate::pskc::policy::Policy;
use crate::pskc::raw::{Device, RawKey, Response, Value};
use crate::pskc::vault::Vault;
use crate::record::{self, bad_element};
use crate::secret::{SecretEncoding, decode};
use crate::{Entry, Key, Problem};

/// Length of a code and interval, where a file does not say.
const USUAL_DIGITS: Digits = Digits::SIX;
const USUAL_PERIOD: u32 = 30;

/// Types of keys that are known and no OATH one-time-password keys. Another word of a file is not repeated.
const OTHER_TYPES: [&str; 14] = [
    "ocra",
    "pin",
    "pw",
    "password",
    "static",
    "motp",
    "securid",
    "securid-aes",
    "securid-aes-counter",
    "actividentity",
    "actividentity-3des",
    "actividentity-aes",
    "yubikey-aes",
    "aes",
];

/// What a key is to whoever reads the file. An error refuses the file.
pub(super) fn entry(raw: &RawKey, device: &Device, header: &Header, vault: &mut Vault<'_>) -> Result<Entry, Rejection> {
    let shared = raw.properties.as_deref().map(|reference| header.properties(reference));
    let reading = Reading { raw, device, header, shared: shared.flatten() };
    if shared.is_some() && reading.shared.is_none() {
        return Ok(Entry::Problem(reading.problem(bad_element("KeyProperties"))));
    }
    let kind = match reading.kind() {
        Ok(Type::Oath(kind)) => kind,
        Ok(Type::Other(word)) => {
            let why = Rejection::from(Reason::KeyNotOath).with("type", word);
            return Ok(Entry::LeftOut(reading.problem(why)));
        }
        Err(why) => return Ok(Entry::Problem(reading.problem(why))),
    };
    Ok(match reading.key(kind, vault)? {
        Ok(key) => Entry::Key(key),
        Err(why) => Entry::Problem(reading.problem(why)),
    })
}

/// HOTP and TOTP, or what a key is instead.
enum Type {
    Oath(Kind),
    Other(&'static str),
}

/// A key with all that it depends on.
struct Reading<'k> {
    raw: &'k RawKey,
    device: &'k Device,
    header: &'k Header,
    shared: Option<&'k RawKey>,
}

/// A fault of this key inside, one of the whole file outside.
type Part<T> = Result<Result<T, Rejection>, Rejection>;

impl<'k> Reading<'k> {
    fn key(&self, kind: Kind, vault: &mut Vault<'_>) -> Part<Key> {
        let profile = match self.sound_but_for_values(kind) {
            Ok(profile) => profile,
            Err(why) => return Ok(Err(why)),
        };
        let moving = match kind {
            Kind::Hotp => Ok(Moving::Event),
            Kind::Totp => self.moving(vault)?,
        };
        let counter = match kind {
            Kind::Hotp => self.counter(vault)?,
            Kind::Totp => Ok(0),
        };
        let seed = self.seed(vault)?;
        Ok(self.assembled(profile, moving, counter, seed))
    }

    /// Everything that is written in the clear, so that nobody is asked for a key in vain.
    fn sound_but_for_values(&self, kind: Kind) -> Result<(Serial, KeyId, Algorithm, Digits), Rejection> {
        if self.raw.is_twice {
            return Err(bad_element("Data"));
        }
        let refusals = [Some(&self.raw.policy), self.shared.map(|shared| &shared.policy)];
        if let Some(refusal) = refusals.into_iter().flatten().find_map(Policy::refusal) {
            return Err(refusal);
        }
        let (serial, key_id) = self.names()?;
        self.starts()?;
        self.expires()?;
        Ok((serial, key_id, self.algorithm(kind)?, self.digits()?))
    }

    fn assembled(
        &self,
        (serial, key_id, algorithm, digits): (Serial, KeyId, Algorithm, Digits),
        moving: Result<Moving, Rejection>,
        counter: Result<i64, Rejection>,
        seed: Result<Seed, Rejection>,
    ) -> Result<Key, Rejection> {
        Ok(Key {
            line: self.raw.line,
            serial,
            key_id,
            manufacturer: self.manufacturer(),
            model: self.device.model.as_deref().and_then(name),
            profile: Profile { algorithm, digits, moving: moving? },
            counter: counter?,
            starts: self.starts()?,
            expires: self.expires()?,
            seed: seed?,
            row: None,
        })
    }

    fn problem(&self, why: Rejection) -> Problem {
        Problem { line: self.raw.line, column: None, why, row: None }
    }

    /// The last part of a name like `urn:ietf:params:xml:ns:keyprov:pskc:hotp` or `http://www.ietf.org/keyprov/pskc#hotp`.
    fn kind(&self) -> Result<Type, Rejection> {
        let algorithm = self.raw.algorithm.as_deref().or_else(|| self.shared?.algorithm.as_deref()).unwrap_or_default();
        let word = algorithm.rsplit([':', '#', '/']).next().unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "hotp" => Ok(Type::Oath(Kind::Hotp)),
            "totp" => Ok(Type::Oath(Kind::Totp)),
            "" => Err(Reason::RowTypeMissing.into()),
            _ => {
                let known = OTHER_TYPES.into_iter().find(|other| *other == word);
                Ok(Type::Other(known.unwrap_or("unknown")))
            }
        }
    }

    /// Without a serial number the key id is all that a token is known by.
    fn names(&self) -> Result<(Serial, KeyId), Rejection> {
        let id = self.raw.id.as_deref().unwrap_or_default();
        let serial = self.device.serial.as_deref().filter(|serial| !serial.is_empty()).unwrap_or(id);
        let key_id = id.parse().map_err(|bad| Rejection::from(serial_reason(bad)))?;
        Ok((record::serial(serial)?, key_id))
    }

    /// `oath.` and `iana.` say who keeps the list that the name is from.
    fn manufacturer(&self) -> Option<String> {
        let issuer = || self.raw.issuer.as_deref().or_else(|| self.shared?.issuer.as_deref());
        let said = self.device.manufacturer.as_deref().filter(|name| !name.is_empty()).or_else(issuer)?;
        let plain = ["oath.", "iana."].into_iter().find_map(|list| said.strip_prefix(list));
        name(plain.filter(|rest| !rest.is_empty()).unwrap_or(said))
    }

    fn response(&self) -> Option<&'k Response> {
        self.raw.response.as_ref().or_else(|| self.shared?.response.as_ref())
    }

    fn digits(&self) -> Result<Digits, Rejection> {
        let Some(response) = self.response() else { return Ok(USUAL_DIGITS) };
        if response.encoding.as_ref().is_some_and(|encoding| !encoding.eq_ignore_ascii_case("decimal")) {
            return Err(Reason::RowType.into());
        }
        if !matches!(response.check_digits.as_deref(), None | Some("false" | "0")) {
            return Err(Reason::KeyCheckDigit.into());
        }
        match &response.length {
            None => Ok(USUAL_DIGITS),
            Some(length) => digits(length).ok_or_else(|| Reason::RowDigits.into()),
        }
    }

    fn algorithm(&self, kind: Kind) -> Result<Algorithm, Rejection> {
        let suite = self.raw.suite.as_deref().or_else(|| self.shared?.suite.as_deref()).unwrap_or_default();
        let word = suite.rsplit(['#', ':']).next().unwrap_or_default();
        let own = match kind {
            Kind::Hotp => "hotp",
            Kind::Totp => "totp",
        };
        // Some writers repeat the type there.
        if word.is_empty() || word.eq_ignore_ascii_case(own) {
            return Ok(Algorithm::Sha1);
        }
        word.parse().map_err(|_| Reason::RowAlgorithm.into())
    }

    fn starts(&self) -> Result<Option<Timestamp>, Rejection> {
        let dates = self.dates(|key| [key.starts.as_ref(), key.policy.starts.as_ref()]).chain(&self.device.starts);
        let moments: Option<Vec<_>> = dates.map(|date| number::start(date)).collect();
        moments.map(|moments| moments.into_iter().max()).ok_or_else(|| Reason::KeyStart.into())
    }

    fn expires(&self) -> Result<Option<Timestamp>, Rejection> {
        let dates = self.dates(|key| [key.expires.as_ref(), key.policy.expires.as_ref()]).chain(&self.device.expires);
        let moments: Option<Vec<_>> = dates.map(|date| number::end(date)).collect();
        moments.map(|moments| moments.into_iter().min()).ok_or_else(|| Reason::RowExpiry.into())
    }

    /// The dates of the key and of what it shares.
    fn dates(&self, of_key: fn(&RawKey) -> [Option<&String>; 2]) -> impl Iterator<Item = &'k String> {
        let keys = [Some(self.raw), self.shared].into_iter().flatten();
        keys.flat_map(of_key).flatten().filter(|date| !date.is_empty())
    }

    fn moving(&self, vault: &mut Vault<'_>) -> Part<Moving> {
        let period = match &self.raw.interval {
            Some(value) => self.number(value, vault)?.map(|number| u32::try_from(number?).ok()),
            None => Ok(Some(USUAL_PERIOD)),
        };
        Ok(period.and_then(|period| {
            period.and_then(|period| Moving::time(period).ok()).ok_or_else(|| Reason::RowPeriod.into())
        }))
    }

    fn counter(&self, vault: &mut Vault<'_>) -> Part<i64> {
        match &self.raw.counter {
            Some(value) => {
                Ok(self.number(value, vault)?.and_then(|number| number.ok_or_else(|| Reason::RowCounter.into())))
            }
            None => Ok(Ok(0)),
        }
    }

    /// A number; None where it is none.
    fn number(&self, value: &Value, vault: &mut Vault<'_>) -> Part<Option<i64>> {
        match (&value.plain, &value.encrypted) {
            (Some(plain), None) => Ok(Ok(plain_number(plain))),
            (None, Some(encrypted)) => {
                Ok(vault.open(value, encrypted, self.header)?.map(|bytes| number::number(&bytes)))
            }
            (None, None) | (Some(_), Some(_)) => Ok(Ok(None)),
        }
    }

    fn seed(&self, vault: &mut Vault<'_>) -> Part<Seed> {
        let Some(value) = &self.raw.secret else { return Ok(Err(self.no_secret())) };
        match (&value.plain, &value.encrypted) {
            (Some(plain), None) if plain.trim().is_empty() => Ok(Err(self.no_secret())),
            (Some(plain), None) => Ok(decode(plain, SecretEncoding::Base64)),
            (None, Some(encrypted)) => {
                let opened = vault.open(value, encrypted, self.header)?;
                Ok(opened.and_then(seed_of))
            }
            (Some(_), Some(_)) => Ok(Err(bad_element("Secret"))),
            (None, None) => Ok(Err(self.no_secret())),
        }
    }

    fn no_secret(&self) -> Rejection {
        if !self.raw.is_reference {
            return Reason::SecretMissing.into();
        }
        let rule = Arg::Word {
            en: "it only names a key that its maker keeps".to_owned(),
            ja: "製造元が保管する鍵の名前しかありません".to_owned(),
        };
        Rejection::from(Reason::KeyNoSecret).with("rule", rule)
    }
}

fn seed_of(mut bytes: Zeroizing<Vec<u8>>) -> Result<Seed, Rejection> {
    Seed::new(std::mem::take(&mut *bytes)).ok_or_else(|| Reason::SecretMissing.into())
}
