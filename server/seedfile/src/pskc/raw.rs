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
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
    pub(super) starts: Option<String>,
    pub(super) expires: Option<String>,
}

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
    pub(super) interval: Option<Value>,
    /// Whether its secret is said to be somewhere else.
    pub(super) is_reference: bool,
    pub(super) policy: Policy,
    pub(super) starts: Option<String>,
    pub(super) expires: Option<String>,
    /// Whether something stands in it twice.
    pub(super) is_twice: bool,
}

/// How its codes look.
#[derive(Clone)]
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
                _ if element.namespace != namespace => None,
                "SerialNo" => Some(&mut self.serial),
                "Manufacturer" => Some(&mut self.manufacturer),
                "Model" => Some(&mut self.model),
                "StartDate" => Some(&mut self.starts),
                "ExpiryDate" | "Expiry" => Some(&mut self.expires),
                _ => None,
            };
            match place {
                Some(Some(_)) => return Err(misplaced("DeviceInfo", element.line)),
                Some(place) => *place = Some(xml.text()?.trim().to_owned()),
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
            properties: attribute(&["KeyProperties"]),
            ..Self::default()
        };
        while let Some(element) = xml.next_child()? {
            if element.namespace == namespace {
                raw.read_part(xml, &element)?;
            } else {
                xml.skip()?;
            }
        }
        Ok(raw)
    }

    fn read_part(&mut self, xml: &mut Reader<impl Read>, element: &Element) -> Result<(), Rejection> {
        match element.name.as_str() {
            "Issuer" => self.issuer = Some(xml.text()?.trim().to_owned()),
            "AlgorithmParameters" => self.read_parameters(xml, &element.namespace)?,
            "Usage" => {
                self.policy.note_draft_usage(element);
                self.read_parameters(xml, &element.namespace)?;
            }
            "Data" => match element.attribute("Name") {
                Some(name) => {
                    let value = Value::read(xml)?;
                    self.note(&name.to_ascii_uppercase(), value);
                }
                None => self.read_data(xml, &element.namespace)?,
            },
            "Policy" => self.policy.read(xml, &element.namespace)?,
            "StartDate" => self.starts = Some(xml.text()?.trim().to_owned()),
            "ExpiryDate" => self.expires = Some(xml.text()?.trim().to_owned()),
            "KeyReference" | "KeyProfileId" => {
                self.is_reference = true;
                xml.skip()?;
            }
            _ => xml.skip()?,
        }
        Ok(())
    }

    fn read_parameters(&mut self, xml: &mut Reader<impl Read>, namespace: &str) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "Suite" if element.namespace == namespace => {
                    self.is_twice |= self.suite.is_some();
                    self.suite = Some(xml.text()?.trim().to_owned());
                }
                "ResponseFormat" if element.namespace == namespace => {
                    self.is_twice |= self.response.is_some();
                    self.response = Some(Response::of(&element));
                    xml.skip()?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn read_data(&mut self, xml: &mut Reader<impl Read>, namespace: &str) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            let name = match element.name.as_str() {
                _ if element.namespace != namespace => None,
                "Secret" => Some("SECRET"),
                "Counter" => Some("COUNTER"),
                "TimeInterval" => Some("TIME_INTERVAL"),
                _ => None,
            };
            match name {
                Some(name) => {
                    let value = Value::read(xml)?;
                    self.note(name, value);
                }
                None => xml.skip()?,
            }
        }
        Ok(())
    }

    /// Where a clock stands (`Time`, `TimeDrift`) changes with every day and is found out by its first codes.
    fn note(&mut self, name: &str, value: Value) {
        let place = match name {
            "SECRET" => &mut self.secret,
            "COUNTER" => &mut self.counter,
            "TIME_INTERVAL" => &mut self.interval,
            _ => return,
        };
        self.is_twice |= place.is_some();
        *place = Some(value);
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
    fn read(xml: &mut Reader<impl Read>) -> Result<Self, Rejection> {
        let mut read = Self::default();
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
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
