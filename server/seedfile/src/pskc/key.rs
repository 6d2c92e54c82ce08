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

use crate::base64::{check_binary, decode_declared};
use crate::delimited::row::{digits, name, serial_reason};
use crate::kind::Kind;
use crate::pskc::algorithm::{self, Type};
use crate::pskc::header::Header;
use crate::pskc::number::{self, plain_number};
use crate::pskc::raw::{Device, Encrypted, RawKey, Response, Value};
use crate::pskc::vault::Vault;
use crate::record::{self, bad_element};
use crate::secret::{SecretEncoding, decode};
use crate::{Entry, Key, Problem};

/// Length of a code and interval, where a file does not say.
const USUAL_DIGITS: Digits = Digits::SIX;
const USUAL_PERIOD: u32 = 30;

/// What a key is to whoever reads the file. An error refuses the file.
pub(super) fn entry(
    raw: &RawKey,
    device: &Device,
    header: &Header,
    asked: Option<SecretEncoding>,
    vault: &mut Vault<'_>,
) -> Result<Entry, Rejection> {
    let shared = raw.properties.as_deref().map(|reference| header.properties(reference));
    let reading = Reading { raw, device, header, shared: shared.flatten(), asked };
    if shared.is_some() && reading.shared.is_none() {
        return Ok(Entry::Problem(reading.problem(bad_element("KeyProperties"))));
    }
    let kind = match algorithm::kind(reading.part(|key| key.algorithm.as_deref()).unwrap_or_default()) {
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

/// A key with all that it depends on.
struct Reading<'k> {
    raw: &'k RawKey,
    device: &'k Device,
    header: &'k Header,
    shared: Option<&'k RawKey>,
    /// How secrets in the clear are written, where the operator says it.
    asked: Option<SecretEncoding>,
}

/// What stands in a value.
enum Content<'v> {
    Nothing,
    Plain(&'v str),
    Encrypted(&'v Encrypted),
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

    /// What the key says, else what it shares.
    fn part<T: ?Sized>(&self, of: impl Fn(&'k RawKey) -> Option<&'k T>) -> Option<&'k T> {
        of(self.raw).or_else(|| of(self.shared?))
    }

    /// The key, and the properties that it shares.
    fn both(&self) -> impl Iterator<Item = &'k RawKey> {
        [Some(self.raw), self.shared].into_iter().flatten()
    }

    /// Everything that is written in the clear, so that nobody is asked for a key in vain.
    fn sound_but_for_values(&self, kind: Kind) -> Result<(Serial, KeyId, Algorithm, Digits), Rejection> {
        if let Some(twice) = self.both().find_map(|key| key.twice.or(key.policy.twice)) {
            return Err(bad_element(twice));
        }
        if let Some(refusal) = self.both().find_map(|key| key.policy.refusal()) {
            return Err(refusal);
        }
        self.check_foreign(kind)?;
        let (serial, key_id) = self.names()?;
        if let (Some(starts), Some(expires)) = (self.starts()?, self.expires()?)
            && starts > expires
        {
            return Err(Reason::KeyDates.into());
        }
        Ok((serial, key_id, self.algorithm(kind)?, self.digits()?))
    }

    /// A part that stands where it does not count, and that nothing else says, would be taken for the usual one.
    fn check_foreign(&self, kind: Kind) -> Result<(), Rejection> {
        let is_said = |part: &str| match part {
            "Suite" => self.part(|key| key.suite.as_ref()).is_some(),
            "ResponseFormat" => self.part(|key| key.response.as_ref()).is_some(),
            "Secret" => self.part(|key| key.secret.as_ref()).is_some(),
            "Counter" => kind == Kind::Totp || self.part(|key| key.counter.as_ref()).is_some(),
            "Time" => kind == Kind::Hotp || self.part(|key| key.time.as_ref()).is_some(),
            "TimeInterval" => kind == Kind::Hotp || self.part(|key| key.interval.as_ref()).is_some(),
            _ => true,
        };
        let foreign = self.both().flat_map(|key| key.foreign.iter().copied()).find(|part| !is_said(part));
        foreign.map_or(Ok(()), |part| Err(elsewhere(part)))
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

    /// Without a serial number the key id is all that a token is known by.
    fn names(&self) -> Result<(Serial, KeyId), Rejection> {
        let id = self.raw.id.as_deref().unwrap_or_default();
        let serial = self.device.serial.as_deref().filter(|serial| !serial.is_empty());
        if serial.is_none() && self.device.has_foreign_serial {
            return Err(elsewhere("SerialNo"));
        }
        let key_id = id.parse().map_err(|bad| Rejection::from(serial_reason(bad)))?;
        Ok((record::serial(serial.unwrap_or(id))?, key_id))
    }

    /// `oath.` and `iana.` say who keeps the list that the name is from.
    fn manufacturer(&self) -> Option<String> {
        let issuer = || self.part(|key| key.issuer.as_deref());
        let said = self.device.manufacturer.as_deref().filter(|name| !name.is_empty()).or_else(issuer)?;
        let plain = ["oath.", "iana."].into_iter().find_map(|list| said.strip_prefix(list));
        name(plain.filter(|rest| !rest.is_empty()).unwrap_or(said))
    }

    /// A key may say one attribute of its format and share the others.
    fn digits(&self) -> Result<Digits, Rejection> {
        let attribute = |of: fn(&Response) -> Option<&String>| self.part(|key| of(key.response.as_ref()?));
        if attribute(|response| response.encoding.as_ref()).is_some_and(|word| !word.eq_ignore_ascii_case("decimal")) {
            return Err(Reason::RowType.into());
        }
        let check_digits = attribute(|response| response.check_digits.as_ref());
        if !matches!(check_digits.map(String::as_str), None | Some("false" | "0")) {
            return Err(Reason::KeyCheckDigit.into());
        }
        match attribute(|response| response.length.as_ref()) {
            Some(length) => digits(length).ok_or_else(|| Reason::RowDigits.into()),
            None if self.part(|key| key.response.as_ref()).is_some() => Err(bad_element("ResponseFormat")),
            None => self.usual("ResponseFormat", USUAL_DIGITS),
        }
    }

    /// What is usual, unless a profile that is not in the file says something else.
    fn usual<T>(&self, element: &'static str, usual: T) -> Result<T, Rejection> {
        if self.both().any(|key| key.has_profile) { Err(bad_element(element)) } else { Ok(usual) }
    }

    fn algorithm(&self, kind: Kind) -> Result<Algorithm, Rejection> {
        algorithm::digest(self.part(|key| key.suite.as_deref()).unwrap_or_default(), kind)
    }

    fn starts(&self) -> Result<Option<Timestamp>, Rejection> {
        let key = [self.part(|key| key.starts.as_ref()), self.part(|key| key.policy.starts.as_ref())];
        let dates = said(key.into_iter().flatten().chain(&self.device.starts));
        let moments: Option<Vec<_>> = dates.map(|date| number::start(date)).collect();
        moments.map(|moments| moments.into_iter().max()).ok_or_else(|| Reason::KeyStart.into())
    }

    fn expires(&self) -> Result<Option<Timestamp>, Rejection> {
        let key = [self.part(|key| key.expires.as_ref()), self.part(|key| key.policy.expires.as_ref())];
        let dates = said(key.into_iter().flatten().chain(&self.device.expires));
        let moments: Option<Vec<_>> = dates.map(|date| number::end(date)).collect();
        moments.map(|moments| moments.into_iter().min()).ok_or_else(|| Reason::RowExpiry.into())
    }

    fn moving(&self, vault: &mut Vault<'_>) -> Part<Moving> {
        if let Err(why) = self.check_time(vault)? {
            return Ok(Err(why));
        }
        let period = match self.part(|key| key.interval.as_ref()) {
            Some(value) => {
                self.number(value, vault)?.map(|number| number.and_then(|number| u32::try_from(number).ok()))
            }
            None => self.usual("TimeInterval", USUAL_PERIOD).map(Some),
        };
        Ok(period.and_then(|period| {
            period.and_then(|period| Moving::time(period).ok()).ok_or_else(|| Reason::RowPeriod.into())
        }))
    }

    /// RFC 6030 has the intervals that have passed there, python-pskc an offset, and others a moment. Of 0 all is one.
    fn check_time(&self, vault: &mut Vault<'_>) -> Part<()> {
        let Some(value) = self.part(|key| key.time.as_ref()) else { return Ok(Ok(())) };
        Ok(self.number(value, vault)?.and_then(|time| match time {
            Some(0) => Ok(()),
            Some(_) | None => Err(Reason::KeyTime.into()),
        }))
    }

    fn counter(&self, vault: &mut Vault<'_>) -> Part<i64> {
        match self.part(|key| key.counter.as_ref()) {
            Some(value) => {
                Ok(self.number(value, vault)?.and_then(|number| number.ok_or_else(|| Reason::RowCounter.into())))
            }
            None => Ok(Ok(0)),
        }
    }

    /// A number; None where it is none.
    fn number(&self, value: &Value, vault: &mut Vault<'_>) -> Part<Option<i64>> {
        match self.content(value) {
            Ok(Content::Plain(plain)) => Ok(Ok(plain_number(plain))),
            Ok(Content::Encrypted(encrypted)) => {
                Ok(vault.open(value, encrypted, self.header)?.map(|bytes| number::number(&bytes)))
            }
            Ok(Content::Nothing) => Ok(Ok(None)),
            Err(why) => Ok(Err(why)),
        }
    }

    fn seed(&self, vault: &mut Vault<'_>) -> Part<Seed> {
        let Some(value) = self.part(|key| key.secret.as_ref()) else { return Ok(Err(self.no_secret())) };
        match (self.content(value), self.asked) {
            (Ok(Content::Plain(plain)), _) if plain.trim().is_empty() => Ok(Err(self.no_secret())),
            (Ok(Content::Plain(plain)), Some(encoding)) => Ok(decode(plain, encoding)),
            (Ok(Content::Plain(plain)), None) => Ok(decode_declared(plain)),
            (Ok(Content::Encrypted(encrypted)), _) => {
                let opened = vault.open(value, encrypted, self.header)?;
                Ok(opened.and_then(seed_of))
            }
            (Ok(Content::Nothing), _) => Ok(Err(self.no_secret())),
            (Err(why), _) => Ok(Err(why)),
        }
    }

    fn content<'v>(&self, value: &'v Value) -> Result<Content<'v>, Rejection> {
        match (&value.plain, &value.encrypted) {
            // What has an integrity code among encrypted values is encrypted too, whatever it is called.
            (Some(_), None) if value.mac.is_some() && self.header.is_encrypted() => Err(bad_element("EncryptedValue")),
            (Some(plain), None) => Ok(Content::Plain(plain)),
            (None, Some(encrypted)) => Ok(Content::Encrypted(encrypted)),
            (Some(_), Some(_)) => Err(bad_element("EncryptedValue")),
            (None, None) if value.is_foreign => Err(elsewhere("PlainValue")),
            (None, None) => Ok(Content::Nothing),
        }
    }

    fn no_secret(&self) -> Rejection {
        if !self.both().any(|key| key.is_reference) {
            return Reason::SecretMissing.into();
        }
        let rule = Arg::Word {
            en: "it only names a key that its maker keeps".to_owned(),
            ja: "製造元が保管する鍵の名前しかありません".to_owned(),
        };
        Rejection::from(Reason::KeyNoSecret).with("rule", rule)
    }
}

/// Dates that are not left blank.
fn said<'k>(dates: impl Iterator<Item = &'k String>) -> impl Iterator<Item = &'k String> {
    dates.filter(|date| !date.is_empty())
}

/// A part that does not count where it stands.
fn elsewhere(element: &'static str) -> Rejection {
    Rejection::from(Reason::KeyNamespace).with("element", element)
}

fn seed_of(mut bytes: Zeroizing<Vec<u8>>) -> Result<Seed, Rejection> {
    let seed = Seed::new(std::mem::take(&mut *bytes)).ok_or(Reason::SecretMissing)?;
    check_binary(&seed)?;
    Ok(seed)
}
