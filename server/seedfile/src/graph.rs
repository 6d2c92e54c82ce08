//! JSON as Microsoft Graph takes tokens (`hardwareOathDevices`): one token, an array of them, or an array in `value`.
//! Thales and others ship it so, and scripts write it for Entra ID.

use std::io::Read;

use tokenfleet_domain::{
    catalogue::Reason,
    ids::{KeyId, Serial},
    otp::code::{Algorithm, Digits, Moving, Profile},
    reject::{Arg, Rejection},
    seed::Seed,
};
use zeroize::Zeroizing;

use crate::delimited::prefix::{Beginning, Replayed};
use crate::delimited::{damage, row};
use crate::evidence::{Evidence, Format};
use crate::foreign::Foreign;
use crate::json::{Event, Json};
use crate::record::{bad_element, encoding, entry, malformed, serial, unknown_part, unknown_part_of_file};
use crate::secret::{SecretEncoding, decode};
use crate::source::{Opened, Source};
use crate::{Entry, Key, ReadOptions};

/// Seconds that a token shows a code where the file does not say.
const USUAL_PERIOD: u32 = 30;

const SERIAL: &str = "serialNumber";
const SECRET: &str = "secretKey";
const PERIOD: &str = "timeIntervalInSeconds";
const HASH: &str = "hashFunction";
const MANUFACTURER: &str = "manufacturer";
const MODEL: &str = "model";

/// Members of a token that are read.
const READ: [&str; 6] = [SERIAL, SECRET, PERIOD, HASH, MANUFACTURER, MODEL];

/// Members of Microsoft Graph's `hardwareOathTokenAuthenticationMethodDevice` that say nothing about the key.
const PASSED_OVER: [&str; 6] = ["id", "displayName", "status", "lastUsedDateTime", "assignedTo", "assignTo"];

/// What OData says about an object or a member of it, behind the sign that begins it: `@odata.etag`, `@context`. A list
/// of which there is more has a `nextLink`.
const ANNOTATIONS: [&str; 10] =
    ["context", "contentId", "count", "deltaLink", "editLink", "etag", "id", "navigationLink", "readLink", "type"];
const NEXT_PAGE: &str = "nextLink";

/// A file that is being read.
struct Graph<R> {
    json: Json<Replayed<R>>,
    encoding: SecretEncoding,
    place: Place,
}

/// Where in the file it is.
enum Place {
    Start,
    /// In an array of tokens, with what stood beside it so far where it is `value`.
    List(Option<Box<Token>>),
    End,
}

/// Whether a file that begins as JSON does shows itself to be of Microsoft Graph.
pub(crate) fn is_graph(text: &str) -> bool {
    [SERIAL, SECRET].into_iter().any(|name| text.contains(&format!("\"{name}\"")))
}

/// Opens a file that is one.
pub(crate) fn open<'a, R: Read + 'a>(beginning: Beginning<R>, options: &ReadOptions) -> Opened<'a> {
    let secrets = encoding(SecretEncoding::Base32, options);
    let evidence = Evidence::of_records(Format::GraphJson, beginning.text_encoding(), secrets);
    let json = Json::new(beginning.into_text());
    let source = Graph { json, encoding: secrets.0, place: Place::Start };
    Opened { source: Box::new(source), evidence }
}

impl<R: Read> Source for Graph<R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        match std::mem::replace(&mut self.place, Place::End) {
            Place::Start => self.begin(),
            Place::List(around) => self.next_of_list(around),
            Place::End => Ok(None),
        }
    }
}

impl<R: Read> Graph<R> {
    fn begin(&mut self) -> Result<Option<Entry>, Rejection> {
        match self.event()? {
            Event::BeginArray => self.next_of_list(None),
            Event::BeginObject => {
                let mut token = Token::new(self.json.event_line());
                if self.members(&mut token, true)? {
                    return self.next_of_list(Some(Box::new(token)));
                }
                self.finish()?;
                if token.is_other() { Err(Foreign::OtherJson.refusal()) } else { Ok(Some(token.entry(self.encoding))) }
            }
            Event::EndObject
            | Event::EndArray
            | Event::Name
            | Event::Text
            | Event::Number
            | Event::Boolean
            | Event::Null => Err(Foreign::OtherJson.refusal()),
        }
    }

    fn next_of_list(&mut self, around: Option<Box<Token>>) -> Result<Option<Entry>, Rejection> {
        match self.event()? {
            Event::BeginObject => {
                let mut token = Token::new(self.json.event_line());
                self.members(&mut token, false)?;
                self.place = Place::List(around);
                Ok(Some(token.entry(self.encoding)))
            }
            Event::EndArray => self.end_of_list(around).map(|()| None),
            Event::BeginArray
            | Event::EndObject
            | Event::Name
            | Event::Text
            | Event::Number
            | Event::Boolean
            | Event::Null => Err(malformed("JSON", self.json.event_line())),
        }
    }

    /// What holds a list is no token itself, and says nothing about its tokens.
    fn end_of_list(&mut self, around: Option<Box<Token>>) -> Result<(), Rejection> {
        if let Some(mut around) = around {
            self.members(&mut around, false)?;
            around.check_is_no_token()?;
        }
        self.finish()
    }

    /// Reads the members of an object to its end, or, where it may hold a list, up to the beginning of that; whether
    /// there is one.
    fn members(&mut self, token: &mut Token, may_hold_list: bool) -> Result<bool, Rejection> {
        while self.event()? == Event::Name {
            let (name, line) = (Zeroizing::new(self.json.text().to_owned()), self.json.event_line());
            if annotation(&name).is_some_and(|name| name.eq_ignore_ascii_case(NEXT_PAGE)) {
                return Err(Rejection::from(Reason::FileOnePage).with("line", line.to_string()));
            }
            let event = self.event()?;
            if may_hold_list && name.as_str() == "value" && event == Event::BeginArray {
                return Ok(true);
            }
            match token.place(&name) {
                Some(place) => *place = Value::of(event, self.json.text()),
                None => token.note_other(name, line),
            }
            self.json.skip(event)?;
        }
        Ok(false)
    }

    fn event(&mut self) -> Result<Event, Rejection> {
        self.json.next_event()?.ok_or_else(|| malformed("JSON", self.json.event_line()))
    }

    /// There is nothing behind the value, or reading on refuses the file.
    fn finish(&mut self) -> Result<(), Rejection> {
        self.json.next_event().map(|_| ())
    }
}

/// What an object says of a token.
struct Token {
    line: u64,
    serial: Value,
    secret: Value,
    period: Value,
    hash: Value,
    manufacturer: Value,
    model: Value,
    /// The first member that nobody has told the meaning of, and its line.
    unknown: Option<(Zeroizing<String>, u64)>,
}

/// One of its members.
enum Value {
    Missing,
    Null,
    Text(Zeroizing<String>),
    Number(Zeroizing<String>),
    /// An object, an array or a truth.
    Other,
}

impl Value {
    fn of(event: Event, text: &str) -> Self {
        match event {
            Event::Text => Self::Text(Zeroizing::new(text.to_owned())),
            Event::Number => Self::Number(Zeroizing::new(text.to_owned())),
            Event::Null => Self::Null,
            Event::BeginObject
            | Event::EndObject
            | Event::BeginArray
            | Event::EndArray
            | Event::Name
            | Event::Boolean => Self::Other,
        }
    }
}

impl Token {
    fn new(line: u64) -> Self {
        Self {
            line,
            serial: Value::Missing,
            secret: Value::Missing,
            period: Value::Missing,
            hash: Value::Missing,
            manufacturer: Value::Missing,
            model: Value::Missing,
            unknown: None,
        }
    }

    /// Where a member belongs that is read.
    fn place(&mut self, name: &str) -> Option<&mut Value> {
        match name {
            SERIAL => Some(&mut self.serial),
            SECRET => Some(&mut self.secret),
            PERIOD => Some(&mut self.period),
            HASH => Some(&mut self.hash),
            MANUFACTURER => Some(&mut self.manufacturer),
            MODEL => Some(&mut self.model),
            _ => None,
        }
    }

    /// Takes up a member that is not read.
    fn note_other(&mut self, name: Zeroizing<String>, line: u64) {
        let is_known = PASSED_OVER.contains(&name.as_str())
            || annotation(&name).is_some_and(|annotation| ANNOTATIONS.contains(&annotation));
        if !is_known {
            self.unknown.get_or_insert((name, line));
        }
    }

    /// Whether it is no token.
    fn is_other(&self) -> bool {
        matches!((&self.serial, &self.secret), (Value::Missing, Value::Missing))
    }

    /// An interval beside a list may be meant for all that is in it.
    fn check_is_no_token(&self) -> Result<(), Rejection> {
        if let Some((name, line)) = &self.unknown {
            return Err(unknown_part_of_file(name, &READ).with("line", line.to_string()));
        }
        let values = [&self.serial, &self.secret, &self.period, &self.hash, &self.manufacturer, &self.model];
        if values.into_iter().all(|value| matches!(value, Value::Missing)) {
            return Ok(());
        }
        Err(malformed("JSON", self.line))
    }

    fn entry(&self, encoding: SecretEncoding) -> Entry {
        entry(self.line, self.key(encoding))
    }

    fn key(&self, encoding: SecretEncoding) -> Result<Key, Rejection> {
        if let Some((name, _)) = &self.unknown {
            return Err(unknown_part(name, &READ));
        }
        Ok(Key {
            line: self.line,
            serial: self.serial()?,
            key_id: KeyId::default(),
            manufacturer: name(&self.manufacturer, MANUFACTURER)?,
            model: name(&self.model, MODEL)?,
            profile: Profile { algorithm: self.algorithm()?, digits: Digits::SIX, moving: self.moving()? },
            counter: 0,
            starts: None,
            expires: None,
            seed: self.seed(encoding)?,
            row: None,
        })
    }

    fn serial(&self) -> Result<Serial, Rejection> {
        match &self.serial {
            Value::Text(text) => serial(text),
            Value::Number(_) => Err(Reason::KeySerialNumber.into()),
            Value::Missing | Value::Null => Err(Reason::RowSerialMissing.into()),
            Value::Other => Err(bad_element(SERIAL)),
        }
    }

    fn seed(&self, encoding: SecretEncoding) -> Result<Seed, Rejection> {
        match &self.secret {
            Value::Text(text) => damage::of_secret(text).map_or_else(|| decode(text, encoding), |why| Err(why.into())),
            Value::Missing => Err(Reason::SecretMissing.into()),
            Value::Null => {
                let rule = Arg::Word {
                    en: "Microsoft Graph takes secrets and never gives them back".to_owned(),
                    ja: "Microsoft Graph は登録されたシードを返しません".to_owned(),
                };
                Err(Rejection::from(Reason::KeyNoSecret).with("rule", rule))
            }
            Value::Number(_) | Value::Other => Err(bad_element(SECRET)),
        }
    }

    fn moving(&self) -> Result<Moving, Rejection> {
        let moving = match &self.period {
            Value::Text(text) | Value::Number(text) => row::period(text),
            Value::Missing | Value::Null => Moving::time(USUAL_PERIOD).ok(),
            Value::Other => None,
        };
        moving.ok_or_else(|| Reason::RowPeriod.into())
    }

    fn algorithm(&self) -> Result<Algorithm, Rejection> {
        match &self.hash {
            Value::Text(text) => text.parse().map_err(|_| Reason::RowAlgorithm.into()),
            Value::Missing | Value::Null => Ok(Algorithm::Sha1),
            Value::Number(_) | Value::Other => Err(Reason::RowAlgorithm.into()),
        }
    }
}

/// What an annotation is called, if a member is one: `etag` of `@odata.etag`, `context` of `assignedTo@odata.context`.
fn annotation(name: &str) -> Option<&str> {
    let (_, annotation) = name.split_once('@')?;
    Some(annotation.strip_prefix("odata.").unwrap_or(annotation))
}

fn name(value: &Value, element: &'static str) -> Result<Option<String>, Rejection> {
    match value {
        Value::Text(text) => Ok(row::name(text)),
        Value::Missing | Value::Null => Ok(None),
        Value::Number(_) | Value::Other => Err(bad_element(element)),
    }
}
