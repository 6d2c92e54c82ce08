//! One record to one key, or to what is wrong with it.

use tokenfleet_domain::{
    catalogue::Reason,
    ids::KeyId,
    otp::code::{Algorithm, Digits, Moving, Profile},
    reject::{Arg, Rejection},
};
use zeroize::Zeroizing;

use crate::delimited::row;
use crate::record::{bad_element, problem, serial, unknown_part};
use crate::safeword::{DATA, SERIAL, SIGNATURE, is};
use crate::secret::{SecretEncoding, decode};
use crate::{Entry, Key};

/// Clocks of SafeWord tokens count from the first day of 2000, in seconds since 1970.
const EPOCH: i64 = 946_684_800;

/// How long such a clock shows a code where the record does not say.
const USUAL_PERIOD: u32 = 30;

/// What stands in a record of what makes a key.
pub(super) struct Record {
    line: u64,
    /// The serial in its distinguished name, if it is named by one.
    named: Option<String>,
    serial: Option<String>,
    model: Option<String>,
    data: Option<Zeroizing<String>>,
    /// Whether it is of the class of challenge-response tokens.
    is_des: bool,
    is_signed: bool,
    /// An attribute that stands there twice.
    repeated: Option<&'static str>,
    is_cut_off: bool,
}

impl Record {
    pub(super) fn new(line: u64) -> Self {
        Self {
            line,
            named: None,
            serial: None,
            model: None,
            data: None,
            is_des: false,
            is_signed: false,
            repeated: None,
            is_cut_off: false,
        }
    }

    pub(super) fn has_serial(&self) -> bool {
        self.serial.is_some()
    }

    /// Takes an attribute up. What says nothing about the key is left.
    pub(super) fn note(&mut self, name: &str, value: &str) {
        match () {
            () if is(name, "dn") => self.named = named_serial(value),
            () if is(name, "objectclass") => self.is_des |= is(value, "sccDesAuthenticator"),
            () if is(name, SERIAL) => self.serial = Some(value.to_owned()),
            () if is(name, "sccTokenType") => self.model = row::name(value),
            () if is(name, DATA) => {
                if self.data.replace(Zeroizing::new(value.to_owned())).is_some() {
                    self.repeated = Some(DATA);
                }
            }
            () if is(name, SIGNATURE) => self.is_signed = true,
            () => {}
        }
    }

    /// The same as the last record of a file. What has no signature while others have one was cut off, and so may a key
    /// or a counter be behind which not even the line ends.
    pub(super) fn at_end(self, is_whole: bool, has_signatures: bool) -> Self {
        let last = self.data.as_ref().map_or("", |data| data.rsplit(';').next().unwrap_or_default());
        let is_open = !is_whole && ["sccKey", "sccSeq"].into_iter().any(|name| is(parameter(last).0, name));
        Self { is_cut_off: !self.is_signed && (has_signatures || is_open), ..self }
    }

    /// What it holds; None of a record that is no token's.
    pub(super) fn entry(self, encoding: SecretEncoding) -> Option<Entry> {
        if self.serial.is_none() && self.data.is_none() {
            return None;
        }
        Some(self.key(encoding).unwrap_or_else(|why| Entry::Problem(problem(self.line, why))))
    }

    fn key(&self, encoding: SecretEncoding) -> Result<Entry, Rejection> {
        if self.is_cut_off {
            return Err(Reason::KeyCutOff.into());
        }
        if let Some(attribute) = self.repeated {
            return Err(bad_element(attribute));
        }
        let serial = serial(self.serial.as_deref().unwrap_or_default())?;
        if self.named.as_ref().is_some_and(|named| named != serial.shown()) {
            return Err(bad_element(SERIAL));
        }
        let data = Data::read(self.data.as_ref().map_or("", |data| data.as_str()))?;
        if self.is_des && !data.is_sealed() {
            let why = Rejection::from(Reason::KeyNotOath).with("type", "sccdesauthenticator");
            return Ok(Entry::LeftOut(problem(self.line, why)));
        }
        if let Some(why) = &data.unknown {
            return Err(why.clone());
        }
        let secret = data.key()?;
        let (moving, counter) = data.moving()?;
        Ok(Entry::Key(Key {
            line: self.line,
            serial,
            key_id: KeyId::default(),
            manufacturer: None,
            model: self.model.clone(),
            profile: Profile { algorithm: data.algorithm()?, digits: data.digits()?, moving },
            counter,
            starts: None,
            expires: None,
            seed: decode(secret, encoding)?,
            row: None,
        }))
    }
}

/// `sccAuthenticatorId=AB01,ou=tokens`.
fn named_serial(name: &str) -> Option<String> {
    let first = name.split(',').next()?;
    let (attribute, serial) = first.split_once('=')?;
    is(attribute.trim(), SERIAL).then(|| serial.trim().to_owned())
}

/// Parameters that are read, and those that say nothing about the key: the version, and the moment of programming.
const READ: [&str; 6] = ["sccKey", "sccMode", "sccPwLen", "sccTick", "crypto", "sccSeq"];
const PASSED_OVER: [&str; 2] = ["sccVer", "sccPrTime"];

/// The parameters of a token: `sccKey=0011;sccMode=E;sccPwLen=6;`.
#[derive(Default)]
struct Data<'a> {
    key: Option<&'a str>,
    mode: Option<&'a str>,
    digits: Option<&'a str>,
    tick: Option<&'a str>,
    crypto: Option<&'a str>,
    sequence: Option<&'a str>,
    /// A parameter that nobody has told the meaning of.
    unknown: Option<Rejection>,
}

impl<'a> Data<'a> {
    fn read(text: &'a str) -> Result<Self, Rejection> {
        let mut data = Self::default();
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, value) = parameter(part);
            let place = match () {
                () if is(name, "sccKey") => &mut data.key,
                () if is(name, "sccMode") => &mut data.mode,
                () if is(name, "sccPwLen") => &mut data.digits,
                () if is(name, "sccTick") => &mut data.tick,
                () if is(name, "crypto") => &mut data.crypto,
                () if is(name, "sccSeq") => &mut data.sequence,
                () if value.is_none() => return Err(bad_element(DATA)),
                () => {
                    if !PASSED_OVER.into_iter().any(|known| is(name, known)) {
                        data.unknown.get_or_insert_with(|| unknown_part(name, &READ));
                    }
                    continue;
                }
            };
            if place.replace(value.ok_or_else(|| bad_element(DATA))?).is_some() {
                return Err(bad_element(DATA));
            }
        }
        Ok(data)
    }

    /// `sccKey=(aes:0011…)`, as the server's own database has it.
    fn is_sealed(&self) -> bool {
        self.key.is_some_and(|key| key.starts_with('('))
    }

    fn key(&self) -> Result<&'a str, Rejection> {
        if self.is_sealed() {
            let rule = Arg::Word {
                en: "it is encrypted with the SafeWord server's own key".to_owned(),
                ja: "SafeWord サーバー自身の鍵で暗号化されています".to_owned(),
            };
            return Err(Rejection::from(Reason::KeyNoSecret).with("rule", rule));
        }
        self.key.ok_or_else(|| Reason::SecretMissing.into())
    }

    fn moving(&self) -> Result<(Moving, i64), Rejection> {
        match self.mode.unwrap_or_default() {
            "E" | "e" => Ok((Moving::Event, self.counter()?)),
            "T" | "t" => Ok((self.clock()?, 0)),
            "" => Err(Reason::RowTypeMissing.into()),
            _ => Err(Reason::RowType.into()),
        }
    }

    fn counter(&self) -> Result<i64, Rejection> {
        self.sequence.map_or(Ok(0), |text| row::counter(text).ok_or_else(|| Reason::RowCounter.into()))
    }

    fn clock(&self) -> Result<Moving, Rejection> {
        match self.tick.map_or_else(|| Moving::time(USUAL_PERIOD).ok(), row::period) {
            Some(Moving::Time { period, .. }) => Ok(Moving::Time { period, epoch: EPOCH }),
            Some(Moving::Event) | None => Err(Reason::RowPeriod.into()),
        }
    }

    fn digits(&self) -> Result<Digits, Rejection> {
        self.digits.map_or(Ok(Digits::SIX), |text| row::digits(text).ok_or_else(|| Reason::RowDigits.into()))
    }

    fn algorithm(&self) -> Result<Algorithm, Rejection> {
        self.crypto.map_or(Ok(Algorithm::Sha1), |text| text.parse().map_err(|_| Reason::RowAlgorithm.into()))
    }
}

/// The name and the value of a parameter, without blanks.
fn parameter(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (text.trim(), None),
    }
}
