//! PSKC, RFC 6030, and the drafts before it that tokens are still delivered with: a container of packages, each with a
//! device and its keys. Known by its root, `KeyContainer`; prefixes and the drafts' other names mean the same.
//!
//! One key is held at a time. An encrypted file is read ahead to its first encrypted secret, within 4 MiB, so that a
//! wrong key shows before anything is given out.

mod algorithm;
mod header;
mod key;
mod number;
mod policy;
mod raw;
mod vault;

use std::collections::VecDeque;
use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::delimited::prefix::{Beginning, Replayed};
use crate::evidence::{Evidence, Format};
use crate::pskc::header::{Header, check_version};
use crate::pskc::raw::{Device, RawKey};
use crate::pskc::vault::Vault;
use crate::record;
use crate::secret::SecretEncoding;
use crate::source::{Opened, Source};
use crate::unlock::Opener;
use crate::xml::{Element, Reader};
use crate::{Entry, ReadOptions};

/// How far a file is read before anything is given out.
const MAX_AHEAD: u64 = 4 * 1024 * 1024;

/// Most entries that wait meanwhile; as many as fit into that where each has a device, and a bound where none has.
const MAX_WAITING: usize = 10_000;

/// Whether a root is that of PSKC, in whichever namespace its draft has.
pub(crate) fn is_root(root: &Element) -> bool {
    root.name == "KeyContainer"
}

/// Opens a file whose root is a key container.
pub(crate) fn open<'a, R: Read + 'a>(
    beginning: Beginning<R>,
    options: &ReadOptions,
    opener: Opener<'a>,
) -> Result<Opened<'a>, Rejection> {
    let text = beginning.text_encoding();
    let mut xml = Reader::new(beginning.into_text(), text);
    let root = xml.root()?;
    check_version(&root)?;
    let mut file = Pskc {
        xml,
        namespace: root.namespace,
        header: Header::default(),
        vault: Vault::new(opener),
        asked: options.secret_encoding,
        device: None,
        ahead: VecDeque::new(),
        has_package: false,
        is_ended: false,
    };
    file.read_ahead()?;
    let evidence = Evidence {
        format: Format::Pskc,
        layout: None,
        text: Some(text),
        columns: 0,
        ignored_columns: Vec::new(),
        secrets: Some(record::encoding(SecretEncoding::Base64, options)),
        protection: file.vault.protection(),
        part: None,
        passed_over: Vec::new(),
        head: Vec::new(),
    };
    Ok(Opened { source: Box::new(file), evidence })
}

/// A file that is being read.
struct Pskc<'a, R> {
    xml: Reader<Replayed<R>>,
    namespace: String,
    header: Header,
    vault: Vault<'a>,
    /// How its secrets in the clear are written, where the operator says it.
    asked: Option<SecretEncoding>,
    /// The device whose package is being read.
    device: Option<Device>,
    ahead: VecDeque<Entry>,
    has_package: bool,
    is_ended: bool,
}

impl<R: Read> Source for Pskc<'_, R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        match self.ahead.pop_front() {
            Some(entry) => Ok(Some(entry)),
            None => self.read_entry(),
        }
    }
}

impl<R: Read> Pskc<'_, R> {
    /// Reads to the first encrypted value, or in a file that seems to have none to its first key.
    fn read_ahead(&mut self) -> Result<(), Rejection> {
        while let Some(entry) = self.read_entry()? {
            self.ahead.push_back(entry);
            let is_far = self.xml.position() > MAX_AHEAD || self.ahead.len() == MAX_WAITING;
            if self.vault.is_open() || !self.header.is_encrypted() || is_far {
                break;
            }
        }
        Ok(())
    }

    fn read_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        while !self.is_ended {
            match (self.xml.next_child()?, self.device.is_some()) {
                (Some(element), true) => {
                    if let Some(entry) = self.read_in_package(&element)? {
                        return Ok(Some(entry));
                    }
                }
                (None, true) => self.device = None,
                (Some(element), false) => self.read_in_container(&element)?,
                (None, false) => {
                    self.xml.finish()?;
                    self.is_ended = true;
                }
            }
        }
        Ok(None)
    }

    fn read_in_container(&mut self, element: &Element) -> Result<(), Rejection> {
        let is_ours = element.namespace == self.namespace;
        match element.name.as_str() {
            "KeyPackage" | "Device" if is_ours => {
                self.has_package = true;
                self.device = Some(Device::default());
                Ok(())
            }
            // What is said of the encryption behind the first key would have been read too late.
            name if is_ours && Header::has(name) && self.has_package => Err(misplaced("EncryptionKey", element.line)),
            name if is_ours && Header::has(name) => self.header.read(&mut self.xml, element),
            // A key must not be passed over for its prefix.
            "KeyPackage" | "Device" => Err(misplaced("KeyPackage", element.line)),
            _ => self.xml.skip(),
        }
    }

    fn read_in_package(&mut self, element: &Element) -> Result<Option<Entry>, Rejection> {
        let Some(device) = self.device.as_mut().filter(|_| element.namespace == self.namespace) else {
            return match element.name.as_str() {
                "Key" => Err(misplaced("Key", element.line)),
                "DeviceInfo" | "DeviceId" => Err(misplaced("DeviceInfo", element.line)),
                _ => self.xml.skip().map(|()| None),
            };
        };
        match element.name.as_str() {
            "DeviceInfo" | "DeviceId" if device.is_read => Err(misplaced("DeviceInfo", element.line)),
            "DeviceInfo" | "DeviceId" => {
                device.read(&mut self.xml, &self.namespace)?;
                Ok(None)
            }
            "Key" => {
                device.is_read = true;
                let raw = RawKey::read(&mut self.xml, element, &self.namespace)?;
                key::entry(&raw, device, &self.header, self.asked, &mut self.vault).map(Some)
            }
            name => {
                device.has_foreign_serial |= name == "SerialNo";
                self.xml.skip()?;
                Ok(None)
            }
        }
    }
}

fn misplaced(element: &'static str, line: u64) -> Rejection {
    Rejection::from(Reason::FileElement).with("element", element).with("line", line.to_string())
}
