//! Packages as they are written: the elements and attributes that are read, and nothing of what they mean.

use std::io::Read;

use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::pskc::misplaced;
use crate::pskc::policy::Policy;
use crate::xml::{Element, Reader};

/// The device of a package.
#[derive(Default)]
pub(super) struct Device {
    /// Whether its place has passed.
    pub(super) is_read: bool,
    pub(super) serial: Option<String>,
    /// Whether a serial number stands where it does not count.
    pub(super) has_foreign_serial: bool,
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
    pub(super) starts: Option<String>,
    pub(super) expires: Option<String>,
}

/// What drafts call the reference of a key to the properties that it shares, and what writers make of it.
const REFERENCES: [&str; 4] = ["KeyProperties", "KeyPropertiesId", "KeyPropertiesRef", "KeyPropertyRef"];

/// A key, or properties that keys share.
#[derive(Default)]
pub(super) struct RawKey {
    pub(super) line: u64,
    pub(super) id: Option<String>,
    pub(super) algorithm: Option<String>,
    /// The properties that it shares.
    pub(super) properties: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) suite: Option<String>,
    pub(super) response: Option<Response>,
    pub(super) secret: Option<Value>,
    pub(super) counter: Option<Value>,
    pub(super) time: Option<Value>,
    pub(super) interval: Option<Value>,
    /// Whether its secret is said to be somewhere else.
    pub(super) is_reference: bool,
    /// Whether what it does not say itself is agreed on somewhere else.
    pub(super) has_profile: bool,
    pub(super) policy: Policy,
    pub(super) starts: Option<String>,
    pub(super) expires: Option<String>,
    /// What stands in it twice.
    pub(super) twice: Option<&'static str>,
    /// Which of the parts that change its codes stand where they do not count: in another namespace, or in a place that is
    /// not theirs.
    pub(super) foreign: Vec<&'static str>,
}

/// How its codes look.
pub(super) struct Response {
    pub(super) length: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) check_digits: Option<String>,
}

/// A value, in the clear or encrypted.
#[derive(Default)]
pub(super) struct Value {
    pub(super) plain: Option<Zeroizing<String>>,
    pub(super) encrypted: Option<Encrypted>,
    pub(super) mac: Option<Zeroizing<String>>,
    /// Whether something in the clear stands in it where it does not count.
    pub(super) is_foreign: bool,
}

/// What is encrypted, in Base64, and with what.
#[derive(Default)]
pub(super) struct Encrypted {
    pub(super) line: u64,
    pub(super) algorithm: Option<String>,
    pub(super) cipher_value: Option<Zeroizing<String>>,
    mac: Option<Zeroizing<String>>,
}

impl Device {
    pub(super) fn read(&mut self, xml: &mut Reader<impl Read>, namespace: &str) -> Result<(), Rejection> {
        self.is_read = true;
        while let Some(element) = xml.next_child()? {
            let place = match element.name.as_str() {
                name if element.namespace != namespace => {
                    self.has_foreign_serial |= name == "SerialNo";
                    None
                }
                "SerialNo" => Some(&mut self.serial),
                "Manufacturer" => Some(&mut self.manufacturer),
                "Model" => Some(&mut self.model),
                "StartDate" => Some(&mut self.starts),
                "ExpiryDate" | "Expiry" => Some(&mut self.expires),
                _ => None,
            };
            match place {
                Some(Some(_)) => return Err(misplaced("DeviceInfo", element.line)),
                Some(place) => *place = Some(words(xml)?),
                None => xml.skip()?,
            }
        }
        Ok(())
    }
}

impl RawKey {
    pub(super) fn read(xml: &mut Reader<impl Read>, key: &Element, namespace: &str) -> Result<Self, Rejection> {
        let attribute =
            |names: &[&str]| names.iter().find_map(|name| key.attribute(name)).map(|value| value.trim().to_owned());
        let mut raw = Self {
            line: key.line,
            id: attribute(&["Id", "KeyId"]),
            algorithm: attribute(&["Algorithm", "KeyAlgorithm"]),
            properties: attribute(&REFERENCES),
            ..Self::default()
        };
        while let Some(element) = xml.next_child()? {
            if element.namespace == namespace {
                raw.read_part(xml, &element)?;
            } else {
                raw.pass_over(xml, &element)?;
            }
        }
        Ok(raw)
    }

    fn read_part(&mut self, xml: &mut Reader<impl Read>, element: &Element) -> Result<(), Rejection> {
        match element.name.as_str() {
            "Issuer" => keep(&mut self.issuer, words(xml)?, "Issuer", &mut self.twice),
            "AlgorithmParameters" => self.read_parameters(xml, &element.namespace)?,
            "Usage" => {
                self.policy.note_draft_usage(element);
                self.read_parameters(xml, &element.namespace)?;
            }
            "Data" => match element.attribute("Name") {
                Some(name) => {
                    let value = Value::read(xml, &element.namespace)?;
                    if let Some(part) = part_of_draft(name) {
                        self.note(part, value);
                    }
                }
                None => self.read_data(xml, &element.namespace)?,
            },
            "Policy" => self.policy.read(xml, &element.namespace)?,
            "StartDate" => keep(&mut self.starts, words(xml)?, "StartDate", &mut self.twice),
            "ExpiryDate" => keep(&mut self.expires, words(xml)?, "ExpiryDate", &mut self.twice),
            "KeyReference" => {
                self.is_reference = true;
                xml.skip()?;
            }
            "KeyProfileId" => {
                self.is_reference = true;
                self.has_profile = true;
                xml.skip()?;
            }
            _ => self.pass_over(xml, element)?,
        }
        Ok(())
    }

    fn read_parameters(&mut self, xml: &mut Reader<impl Read>, namespace: &str) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "Suite" if element.namespace == namespace => {
                    keep(&mut self.suite, words(xml)?, "Suite", &mut self.twice);
                }
                "ResponseFormat" if element.namespace == namespace => {
                    keep(&mut self.response, Response::of(&element), "ResponseFormat", &mut self.twice);
                    xml.skip()?;
                }
                _ => self.pass_over(xml, &element)?,
            }
        }
        Ok(())
    }

    fn read_data(&mut self, xml: &mut Reader<impl Read>, namespace: &str) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            match data_part(&element.name).filter(|_| element.namespace == namespace) {
                Some(part) => {
                    let value = Value::read(xml, namespace)?;
                    self.note(part, value);
                }
                None => self.pass_over(xml, &element)?,
            }
        }
        Ok(())
    }

    /// Passes over an extension, or whatever else is not known. What is called as a part that changes the codes is noted,
    /// so that its usual value is not taken without a word.
    fn pass_over(&mut self, xml: &mut Reader<impl Read>, element: &Element) -> Result<(), Rejection> {
        match element.name.as_str() {
            "AlgorithmParameters" | "Usage" | "Data" => {
                self.note_foreign(element.attribute("Name").and_then(part_of_draft));
                while let Some(inner) = xml.next_child()? {
                    self.note_foreign(parameter(&inner.name).or_else(|| data_part(&inner.name)));
                    xml.skip()?;
                }
                Ok(())
            }
            "Policy" => self.policy.skip_unknown(xml),
            name => {
                self.note_foreign(parameter(name).or_else(|| data_part(name)));
                xml.skip()
            }
        }
    }

    /// Each name once, so that the list is short.
    fn note_foreign(&mut self, part: Option<&'static str>) {
        self.foreign.extend(part.filter(|part| !self.foreign.contains(part)));
    }

    /// How far a clock is off (`TimeDrift`) changes with every day and is found out by its first codes.
    fn note(&mut self, part: &'static str, value: Value) {
        let place = match part {
            "Secret" => &mut self.secret,
            "Counter" => &mut self.counter,
            "Time" => &mut self.time,
            "TimeInterval" => &mut self.interval,
            _ => return,
        };
        keep(place, value, part, &mut self.twice);
    }
}

/// The text of an element, without the blanks around it.
pub(super) fn words(xml: &mut Reader<impl Read>) -> Result<String, Rejection> {
    Ok(xml.text()?.trim().to_owned())
}

/// Keeps a part, and notes which one stands there again.
pub(super) fn keep<T>(place: &mut Option<T>, value: T, part: &'static str, twice: &mut Option<&'static str>) {
    if place.replace(value).is_some() {
        twice.get_or_insert(part);
    }
}

/// A parameter of the algorithm.
fn parameter(name: &str) -> Option<&'static str> {
    ["Suite", "ResponseFormat"].into_iter().find(|part| *part == name)
}

/// A part of the data that changes the codes.
fn data_part(name: &str) -> Option<&'static str> {
    ["Secret", "Counter", "Time", "TimeInterval"].into_iter().find(|part| *part == name)
}

/// The same as drafts write it, in an attribute.
fn part_of_draft(name: &str) -> Option<&'static str> {
    match name.to_ascii_uppercase().as_str() {
        "SECRET" => Some("Secret"),
        "COUNTER" => Some("Counter"),
        "TIME" => Some("Time"),
        "TIME_INTERVAL" => Some("TimeInterval"),
        _ => None,
    }
}

impl Response {
    fn of(element: &Element) -> Self {
        let attribute =
            |names: &[&str]| names.iter().find_map(|name| element.attribute(name)).map(|value| value.trim().to_owned());
        Self {
            length: attribute(&["Length", "length"]),
            encoding: attribute(&["Encoding", "Format", "format"]),
            check_digits: attribute(&["CheckDigits", "CheckDigit"]),
        }
    }
}

impl Value {
    /// What is encrypted shows by its integrity code that it is meant, wherever its elements stand.
    fn read(xml: &mut Reader<impl Read>, namespace: &str) -> Result<Self, Rejection> {
        let mut read = Self::default();
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "PlainValue" | "Value" if element.namespace != namespace => {
                    read.is_foreign = true;
                    xml.skip()?;
                }
                "PlainValue" | "Value" if read.plain.is_none() => read.plain = Some(xml.text()?),
                "EncryptedValue" if read.encrypted.is_none() => read.encrypted = Some(Encrypted::read(xml, &element)?),
                "ValueMAC" if read.mac.is_none() => read.mac = Some(xml.text()?),
                "PlainValue" | "Value" | "EncryptedValue" | "ValueMAC" => {
                    return Err(misplaced("PlainValue, EncryptedValue, ValueMAC", element.line));
                }
                _ => xml.skip()?,
            }
        }
        if let Some(mac) = read.encrypted.as_mut().and_then(|encrypted| encrypted.mac.take()) {
            read.mac.get_or_insert(mac);
        }
        Ok(read)
    }
}

impl Encrypted {
    /// Of the children of other namespaces only the names count, since writers mix these up.
    pub(super) fn read(xml: &mut Reader<impl Read>, value: &Element) -> Result<Self, Rejection> {
        let mut read = Self { line: value.line, ..Self::default() };
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "EncryptionMethod" if read.algorithm.is_some() => {
                    return Err(misplaced("EncryptionMethod", element.line));
                }
                "EncryptionMethod" => read.read_method(xml, &element)?,
                "CipherData" => read.read_cipher_data(xml)?,
                // Drafts have it here.
                "ValueMAC" => read.mac = Some(xml.text()?),
                _ => xml.skip()?,
            }
        }
        Ok(read)
    }

    /// Of PBES2 the scheme inside is what encrypts; the passphrase is the container's business.
    fn read_method(&mut self, xml: &mut Reader<impl Read>, method: &Element) -> Result<(), Rejection> {
        self.algorithm = method.attribute("Algorithm").map(str::to_owned);
        while let Some(element) = xml.next_child()? {
            if let Some(scheme) = element.attribute("Algorithm").filter(|_| element.name == "EncryptionScheme") {
                self.algorithm = Some(scheme.to_owned());
            }
            xml.skip()?;
        }
        Ok(())
    }

    fn read_cipher_data(&mut self, xml: &mut Reader<impl Read>) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "CipherValue" if self.cipher_value.is_none() => self.cipher_value = Some(xml.text()?),
                "CipherValue" => return Err(misplaced("CipherValue", element.line)),
                _ => xml.skip()?,
            }
        }
        Ok(())
    }
}
