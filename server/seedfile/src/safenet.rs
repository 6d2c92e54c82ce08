//! SafeNet's XML, as SafeNet, Aladdin and Thales ship it with eToken PASS and Alpine tokens, and tools of LinOTP and
//! privacyIDEA write it: button tokens, each with the application that it is for.
//!
//! ```text
//! <Tokens><Token serial="00040008CFA5"><ProductName>eToken PASS</ProductName>
//!   <Applications><Application ConnectorID="{…}"><Seed>0011…</Seed><MovingFactor>1</MovingFactor></Application>
//! ```

use std::collections::VecDeque;
use std::io::Read;

use tokenfleet_domain::{
    catalogue::Reason,
    ids::{KeyId, Serial},
    otp::code::{Algorithm, Digits, Moving, Profile},
    reject::{Arg, Rejection},
};
use zeroize::Zeroizing;

use crate::delimited::prefix::{Beginning, Replayed};
use crate::delimited::row;
use crate::evidence::{Evidence, Format};
use crate::record::{bad_element, encoding, entry, serial, unknown_part, unknown_part_of_file};
use crate::secret::{SecretEncoding, decode};
use crate::source::{Opened, Source};
use crate::xml::{Element, Reader};
use crate::{Entry, Key, ReadOptions};

/// Most applications of a token. Honest tokens have one.
const MAX_APPLICATIONS: usize = 16;

/// Bytes of a seed from which on the digest is SHA-256: nothing else in these files tells it. 24 bytes are usual, too.
const SHA256_SEED: usize = 32;

/// Every element whose meaning is known.
const ELEMENTS: [&str; 10] = [
    "Tokens",
    "Token",
    "CaseModel",
    "Model",
    "ProductionDate",
    "ProductName",
    "Applications",
    "Application",
    "Seed",
    "MovingFactor",
];

/// A file that is being read.
struct SafeNet<R> {
    xml: Reader<Replayed<R>>,
    encoding: SecretEncoding,
    /// Further keys of the token that was read last.
    waiting: VecDeque<Entry>,
    ended: bool,
}

/// Whether this is the root of such a file. Names of elements have their case.
pub(crate) fn is_root(root: &Element) -> bool {
    root.name == "Tokens" && root.namespace.is_empty()
}

/// Opens a file that is one.
pub(crate) fn open<'a, R: Read + 'a>(beginning: Beginning<R>, options: &ReadOptions) -> Result<Opened<'a>, Rejection> {
    let text = beginning.text_encoding();
    let secrets = encoding(SecretEncoding::Hex, options);
    let mut xml = Reader::new(beginning.into_text(), text);
    let root = xml.root()?;
    if root.plain_name(&[]).is_none() {
        return Err(unknown_part_of_file(&root.name, &ELEMENTS).with("line", root.line.to_string()));
    }
    let source = SafeNet { xml, encoding: secrets.0, waiting: VecDeque::new(), ended: false };
    Ok(Opened { source: Box::new(source), evidence: Evidence::of_records(Format::SafeNetXml, text, secrets) })
}

impl<R: Read> Source for SafeNet<R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        while self.waiting.is_empty() && !self.ended {
            match self.xml.next_child()? {
                Some(element) if element.name == "Token" => self.token(&element)?,
                Some(element) => {
                    // It may be a token in other letters: none is passed over in silence.
                    self.xml.skip()?;
                    self.waiting.push_back(entry(element.line, Err(bad_element("Token"))));
                }
                None => {
                    self.xml.finish()?;
                    self.ended = true;
                }
            }
        }
        Ok(self.waiting.pop_front())
    }
}

impl<R: Read> SafeNet<R> {
    fn token(&mut self, element: &Element) -> Result<(), Rejection> {
        let unknown = element.plain_name(&["serial"]).is_none().then(|| bad_element("Token"));
        let serial = serial(element.attribute("serial").unwrap_or_default());
        let mut token = Token { serial, model: None, unknown };
        let mut applications = Vec::new();
        while let Some(child) = self.xml.next_child()? {
            match child.plain_name(&[]) {
                Some("ProductName") => token.model = row::name(&self.xml.text()?),
                Some("Applications") => self.applications(&mut applications)?,
                Some("CaseModel" | "Model" | "ProductionDate") => self.xml.skip()?,
                Some(_) | None => {
                    token.unknown.get_or_insert_with(|| unknown_part(&child.name, &ELEMENTS));
                    self.xml.skip()?;
                }
            }
        }
        let keys = token.keys(&applications, element.line, self.encoding);
        self.waiting.extend(keys.into_iter().map(|key| entry(element.line, key)));
        Ok(())
    }

    fn applications(&mut self, applications: &mut Vec<Application>) -> Result<(), Rejection> {
        while let Some(child) = self.xml.next_child()? {
            if applications.len() == MAX_APPLICATIONS {
                let rule = Arg::Word {
                    en: "a token has at most 16 applications".to_owned(),
                    ja: "トークンのアプリケーションは16個まで".to_owned(),
                };
                return Err(Rejection::from(Reason::FileLimit).with("rule", rule).with("line", child.line.to_string()));
            }
            let application = self.application(&child)?;
            applications.push(application);
        }
        Ok(())
    }

    fn application(&mut self, element: &Element) -> Result<Application, Rejection> {
        let connector = element.attribute("ConnectorID").map(|id| id.trim_matches(['{', '}']).to_owned());
        let unknown = (element.plain_name(&["ConnectorID"]) != Some("Application")).then(|| bad_element("Application"));
        let mut application = Application { connector, seed: None, counter: None, unknown };
        while let Some(child) = self.xml.next_child()? {
            let place = match child.plain_name(&[]) {
                Some("Seed") => &mut application.seed,
                Some("MovingFactor") => &mut application.counter,
                Some(_) | None => {
                    application.unknown.get_or_insert_with(|| unknown_part(&child.name, &ELEMENTS));
                    self.xml.skip()?;
                    continue;
                }
            };
            if place.replace(self.xml.text()?).is_some() {
                application.unknown.get_or_insert_with(|| unknown_part(&child.name, &ELEMENTS));
            }
        }
        Ok(application)
    }
}

/// What a token says beside its applications.
struct Token {
    serial: Result<Serial, Rejection>,
    model: Option<String>,
    /// What it says that nobody has told the meaning of.
    unknown: Option<Rejection>,
}

/// One application, and with it one key.
struct Application {
    connector: Option<String>,
    seed: Option<Zeroizing<String>>,
    counter: Option<Zeroizing<String>>,
    /// What it says beside a seed and a counter, each once.
    unknown: Option<Rejection>,
}

impl Token {
    /// The keys of a token, or what is wrong with each. Several are told apart by what they are for.
    fn keys(&self, applications: &[Application], line: u64, encoding: SecretEncoding) -> Vec<Result<Key, Rejection>> {
        let serial = match (&self.serial, &self.unknown) {
            (Ok(serial), None) => serial,
            (Err(why), _) | (Ok(_), Some(why)) => return vec![Err(why.clone())],
        };
        let key = |application: &Application| {
            let key_id = if applications.len() == 1 { KeyId::default() } else { application.key_id()? };
            self.key(serial, key_id, application, line, encoding)
        };
        match applications {
            [] => vec![Err(Reason::SecretMissing.into())],
            applications => applications.iter().map(key).collect(),
        }
    }

    fn key(
        &self,
        serial: &Serial,
        key_id: KeyId,
        application: &Application,
        line: u64,
        encoding: SecretEncoding,
    ) -> Result<Key, Rejection> {
        if let Some(why) = &application.unknown {
            return Err(why.clone());
        }
        let seed = decode(application.seed.as_ref().map_or("", |seed| seed.as_str()), encoding)?;
        let algorithm = if seed.len() == SHA256_SEED { Algorithm::Sha256 } else { Algorithm::Sha1 };
        Ok(Key {
            line,
            serial: serial.clone(),
            key_id,
            manufacturer: None,
            model: self.model.clone(),
            profile: Profile { algorithm, digits: Digits::SIX, moving: Moving::Event },
            counter: application.counter()?,
            starts: None,
            expires: None,
            seed,
            row: None,
        })
    }
}

impl Application {
    fn key_id(&self) -> Result<KeyId, Rejection> {
        let id: Option<KeyId> = self.connector.as_ref().and_then(|connector| connector.parse().ok());
        id.filter(|id| !id.as_str().is_empty()).ok_or_else(|| bad_element("ConnectorID"))
    }

    fn counter(&self) -> Result<i64, Rejection> {
        match &self.counter {
            Some(text) => row::counter(text.trim()).ok_or_else(|| Reason::RowCounter.into()),
            None => Ok(0),
        }
    }
}
