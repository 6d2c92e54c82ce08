//! What a container says before its first package: its version, what its secrets are encrypted with, and properties that
//! keys of drafts share.

use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};

use crate::pskc::misplaced;
use crate::pskc::raw::{Encrypted, RawKey};
use crate::secret::{SecretEncoding, decode};
use crate::xml::{Element, Reader};

/// Most properties that keys may refer to.
const MAX_PROPERTIES: usize = 64;

/// Most bytes of the file that they may take, since they are kept.
const MAX_PROPERTIES_BYTES: u64 = 1024 * 1024;

/// All of it.
#[derive(Default)]
pub(super) struct Header {
    pub(super) key: Option<EncryptionKey>,
    pub(super) mac: Option<MacMethod>,
    properties: Vec<(String, RawKey)>,
    properties_bytes: u64,
}

/// What the secrets are encrypted with.
#[derive(Default)]
pub(super) struct EncryptionKey {
    /// What its parties call it.
    pub(super) name: Option<String>,
    /// How it is made from a passphrase, if it is.
    pub(super) derivation: Option<KeyDerivation>,
    /// Whether only the private key of somebody opens it.
    pub(super) is_for_private_key: bool,
}

/// How a key is made from a passphrase, as the file says it.
#[derive(Default)]
pub(super) struct KeyDerivation {
    pub(super) algorithm: String,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) iterations: Option<u64>,
    pub(super) key_length: Option<u64>,
    pub(super) prf: Option<String>,
}

/// How values are protected against changes.
pub(super) struct MacMethod {
    pub(super) line: u64,
    pub(super) algorithm: String,
    pub(super) key: MacKey,
}

/// What the integrity codes are made with.
pub(super) enum MacKey {
    /// A key of their own, which the file holds.
    Encrypted(Encrypted),
    /// The key that encrypts.
    Same,
    /// A key that is not in the file.
    Elsewhere,
}

/// Version 1.0 is the only one that was ever published; drafts often say none.
pub(super) fn check_version(root: &Element) -> Result<(), Rejection> {
    let version = root.attribute("Version").or_else(|| root.attribute("version")).unwrap_or("1.0").trim();
    if matches!(version, "1.0" | "1") {
        return Ok(());
    }
    let is_plain = version.len() <= 16 && version.chars().all(|c| c.is_ascii_digit() || c == '.');
    let shown = if is_plain { version } else { "?" };
    Err(Rejection::from(Reason::FileVersion).with("format", "PSKC").with("version", shown))
}

impl Header {
    /// Whether an element of the container belongs to it.
    pub(super) fn has(name: &str) -> bool {
        matches!(
            name,
            "EncryptionKey" | "MACMethod" | "MACAlgorithm" | "EncryptionMethod" | "DigestMethod" | "KeyProperties"
        )
    }

    /// Whether there seems to be something encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.key.is_some() || self.mac.is_some()
    }

    /// The properties that a key refers to.
    pub(super) fn properties(&self, reference: &str) -> Option<&RawKey> {
        let name = reference.strip_prefix('#').unwrap_or(reference);
        self.properties.iter().find(|(id, _)| id == name).map(|(_, properties)| properties)
    }

    /// Reads an element that belongs to it.
    pub(super) fn read(&mut self, xml: &mut Reader<impl Read>, element: &Element) -> Result<(), Rejection> {
        match element.name.as_str() {
            "EncryptionKey" if self.key.is_some() => Err(misplaced("EncryptionKey", element.line)),
            "EncryptionKey" => {
                self.key = Some(EncryptionKey::read(xml)?);
                Ok(())
            }
            "MACMethod" | "MACAlgorithm" if self.mac.is_some() => Err(misplaced("MACMethod", element.line)),
            "MACMethod" => {
                self.mac = Some(MacMethod::read(xml, element)?);
                Ok(())
            }
            "MACAlgorithm" => {
                let algorithm = xml.text()?.trim().to_owned();
                self.mac = Some(MacMethod { line: element.line, algorithm, key: MacKey::Same });
                Ok(())
            }
            "EncryptionMethod" => {
                let algorithm = element.attribute("Algorithm").or_else(|| element.attribute("algorithm"));
                match algorithm {
                    Some(none) if none.eq_ignore_ascii_case("none") => xml.skip(),
                    Some(_) | None => Err(draft_encryption()),
                }
            }
            "KeyProperties" => self.read_properties(xml, element),
            _ => xml.skip(),
        }
    }

    /// Keys refer to them by a name, which must lead to one thing.
    fn read_properties(&mut self, xml: &mut Reader<impl Read>, element: &Element) -> Result<(), Rejection> {
        const XML: &str = "http://www.w3.org/XML/1998/namespace";
        let id = element.attribute_in(XML, "id");
        let id = id.or_else(|| ["Id", "KeyPropertiesId"].into_iter().find_map(|name| element.attribute(name)));
        let id = id.map(|id| id.trim().to_owned()).filter(|id| self.properties(id).is_none());
        let is_of_others = element.attribute("KeyProperties").is_some();
        match id {
            Some(id) if self.properties.len() < MAX_PROPERTIES && !is_of_others => {
                let begin = xml.position();
                self.properties.push((id, RawKey::read(xml, element, &element.namespace)?));
                self.properties_bytes += xml.position().saturating_sub(begin);
                self.check_properties_bytes(element.line)
            }
            Some(_) | None => Err(misplaced("KeyProperties", element.line)),
        }
    }

    fn check_properties_bytes(&self, line: u64) -> Result<(), Rejection> {
        if self.properties_bytes <= MAX_PROPERTIES_BYTES {
            return Ok(());
        }
        let rule = Arg::Word {
            en: "properties that keys share take at most 1 MiB".to_owned(),
            ja: "鍵の共通属性は合わせて1 MiBまで".to_owned(),
        };
        Err(Rejection::from(Reason::FileLimit).with("rule", rule).with("line", line.to_string()))
    }
}

impl EncryptionKey {
    fn read(xml: &mut Reader<impl Read>) -> Result<Self, Rejection> {
        let mut key = Self::default();
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "KeyName" => key.name = shown(&xml.text()?),
                "DerivedKey" if key.derivation.is_some() => return Err(misplaced("DerivedKey", element.line)),
                "DerivedKey" => key.read_derived(xml)?,
                "X509Data" | "EncryptedKey" | "KeyValue" | "PGPData" | "SPKIData" => {
                    key.is_for_private_key = true;
                    xml.skip()?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(key)
    }

    fn read_derived(&mut self, xml: &mut Reader<impl Read>) -> Result<(), Rejection> {
        let mut derivation = None;
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "KeyDerivationMethod" if derivation.is_some() => {
                    return Err(misplaced("KeyDerivationMethod", element.line));
                }
                "KeyDerivationMethod" => derivation = Some(KeyDerivation::read(xml, &element)?),
                "MasterKeyName" | "CarriedKeyName" => self.name = shown(&xml.text()?),
                _ => xml.skip()?,
            }
        }
        self.derivation = Some(derivation.unwrap_or_default());
        Ok(())
    }
}

impl KeyDerivation {
    /// Writers put the parameters into one namespace or another, or none, so that their names alone count.
    fn read(xml: &mut Reader<impl Read>, method: &Element) -> Result<Self, Rejection> {
        let algorithm = method.attribute("Algorithm").unwrap_or_default().to_owned();
        let mut derivation = Self { algorithm, ..Self::default() };
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "PBKDF2-params" => derivation.read_parameters(xml)?,
                _ => xml.skip()?,
            }
        }
        Ok(derivation)
    }

    fn read_parameters(&mut self, xml: &mut Reader<impl Read>) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            let name = element.name.as_str();
            if self.says(name) {
                return Err(misplaced("PBKDF2-params", element.line));
            }
            match name {
                "Salt" => self.read_salt(xml)?,
                "IterationCount" => self.iterations = Some(number(xml, &element, "IterationCount")?),
                "KeyLength" => self.key_length = Some(number(xml, &element, "KeyLength")?),
                "PRF" if element.attribute("Algorithm").is_some() => {
                    self.prf = element.attribute("Algorithm").map(str::to_owned);
                    xml.skip()?;
                }
                // python-pskc writes it as text.
                "PRF" => self.prf = Some(xml.text()?.trim().to_owned()).filter(|prf| !prf.is_empty()),
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// Whether a parameter was read already.
    fn says(&self, parameter: &str) -> bool {
        match parameter {
            "Salt" => self.salt.is_some(),
            "IterationCount" => self.iterations.is_some(),
            "KeyLength" => self.key_length.is_some(),
            "PRF" => self.prf.is_some(),
            _ => false,
        }
    }

    fn read_salt(&mut self, xml: &mut Reader<impl Read>) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "Specified" if self.salt.is_some() => return Err(misplaced("Salt", element.line)),
                "Specified" => {
                    let text = xml.text()?;
                    let salt = decode(&text, SecretEncoding::Base64).map_err(|_| misplaced("Salt", element.line))?;
                    self.salt = Some(salt.expose().to_vec());
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }
}

impl MacMethod {
    fn read(xml: &mut Reader<impl Read>, method: &Element) -> Result<Self, Rejection> {
        let algorithm = method.attribute("Algorithm").unwrap_or_default().to_owned();
        let mut key = MacKey::Same;
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                "MACKey" | "MACKeyReference" if !matches!(key, MacKey::Same) => {
                    return Err(misplaced("MACKey", element.line));
                }
                "MACKey" => key = MacKey::Encrypted(Encrypted::read(xml, &element)?),
                "MACKeyReference" => {
                    key = MacKey::Elsewhere;
                    xml.skip()?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(Self { line: method.line, algorithm, key })
    }
}

fn number(xml: &mut Reader<impl Read>, element: &Element, name: &'static str) -> Result<u64, Rejection> {
    xml.text()?.trim().parse().map_err(|_| misplaced(name, element.line))
}

/// A name for people, who are asked for the key by it.
fn shown(text: &str) -> Option<String> {
    let name: String = text.trim().chars().filter(|c| !c.is_control()).take(64).collect();
    (!name.is_empty()).then_some(name)
}

/// Drafts encrypted the whole container in one way, and made their integrity codes from what is to be protected.
fn draft_encryption() -> Rejection {
    let name = Arg::Word {
        en: "the method of a draft before RFC 6030".to_owned(),
        ja: "RFC 6030 以前の草案の方式".to_owned(),
    };
    Rejection::from(Reason::FileCipher).with("name", name)
}
