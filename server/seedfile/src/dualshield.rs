//! DualShield's XML, as Deepnet Security ships it with SafeID tokens: a header that holds for all, and pairs of serial and
//! seed.
//!
//! ```text
//! <data><header><productCode>ST</productCode><encrypt>NONE</encrypt><encode>HEX</encode><digits>6</digits>
//!   <timeWindow>60</timeWindow><crypto>HmacSHA1</crypto></header>
//!   <tokens><token><serial>10001001</serial><seed>0011…</seed></token>
//! ```

use std::io::Read;

use tokenfleet_domain::{
    catalogue::Reason,
    ids::KeyId,
    otp::code::{Algorithm, Digits, Moving, Profile},
    reject::{Arg, Rejection},
};

use crate::delimited::prefix::{Beginning, Replayed};
use crate::delimited::row;
use crate::evidence::{Evidence, Format, TextEncoding};
use crate::record::{bad_element, encoding, entry, serial, unknown_part, unknown_part_of_file};
use crate::secret::{SecretEncoding, decode};
use crate::source::{Opened, Source};
use crate::xml::{Element, Reader};
use crate::{Entry, Key, ReadOptions};

/// A file that is being read, from behind its header.
struct DualShield<R> {
    xml: Reader<Replayed<R>>,
    header: Header,
    encoding: SecretEncoding,
    in_tokens: bool,
    ended: bool,
}

/// Whether a file with these first bytes is one: its root holds a header before anything else.
pub(crate) fn is_dualshield(head: &[u8], text: TextEncoding) -> bool {
    let mut xml = Reader::new(head, text);
    let is_root = xml.root().is_ok_and(|root| root.name == "data" && root.namespace.is_empty());
    is_root && matches!(xml.next_child(), Ok(Some(child)) if child.name == "header")
}

/// Opens a file that is one, and reads its header.
pub(crate) fn open<'a, R: Read + 'a>(beginning: Beginning<R>, options: &ReadOptions) -> Result<Opened<'a>, Rejection> {
    let text = beginning.text_encoding();
    let mut xml = Reader::new(beginning.into_text(), text);
    let root = xml.root()?;
    check_plain(&root)?;
    let header = xml.next_child()?.unwrap_or(root);
    check_plain(&header)?;
    let line = header.line;
    let raw = RawHeader::read(&mut xml)?;
    let (header, declared) = raw.checked().map_err(|why| why.with("line", line.to_string()))?;
    let secrets = encoding(declared, options);
    let source = DualShield { xml, header, encoding: secrets.0, in_tokens: false, ended: false };
    Ok(Opened { source: Box::new(source), evidence: Evidence::of_records(Format::DualShieldXml, text, secrets) })
}

impl<R: Read> Source for DualShield<R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        while !self.ended {
            match self.xml.next_child()? {
                Some(element) if self.in_tokens => return self.token(&element).map(Some),
                Some(element) => self.section(&element)?,
                None if self.in_tokens => self.in_tokens = false,
                None => {
                    self.xml.finish()?;
                    self.ended = true;
                }
            }
        }
        Ok(None)
    }
}

impl<R: Read> DualShield<R> {
    /// What stands behind the header. Another header would hold for some tokens and not for others.
    fn section(&mut self, element: &Element) -> Result<(), Rejection> {
        check_plain(element)?;
        if element.name != "tokens" {
            return Err(unknown_element(element));
        }
        self.in_tokens = true;
        Ok(())
    }

    fn token(&mut self, element: &Element) -> Result<Entry, Rejection> {
        let (mut number, mut seed) = (None, None);
        let mut bad = (element.plain_name(&[]) != Some("token")).then(|| bad_element("token"));
        while let Some(child) = self.xml.next_child()? {
            let (place, name) = match child.plain_name(&[]) {
                Some("serial") => (&mut number, "serial"),
                Some("seed") => (&mut seed, "seed"),
                name => {
                    // What the header says of all is not said again, or it is unclear which holds.
                    if name != Some("description") {
                        bad.get_or_insert_with(|| unknown_part(&child.name, &ELEMENTS));
                    }
                    self.xml.skip()?;
                    continue;
                }
            };
            if place.replace(self.xml.text()?).is_some() {
                bad = Some(bad_element(name));
            }
        }
        let key = match bad {
            Some(why) => Err(why),
            None => self.key(element.line, &number.unwrap_or_default(), &seed.unwrap_or_default()),
        };
        Ok(entry(element.line, key))
    }

    fn key(&self, line: u64, number: &str, seed: &str) -> Result<Key, Rejection> {
        Ok(Key {
            line,
            serial: serial(number)?,
            key_id: KeyId::default(),
            manufacturer: self.header.manufacturer.clone(),
            model: self.header.model.clone(),
            profile: self.header.profile,
            counter: 0,
            starts: None,
            expires: None,
            seed: decode(seed, self.encoding)?,
            row: None,
        })
    }
}

/// What holds for every token of a file.
struct Header {
    manufacturer: Option<String>,
    model: Option<String>,
    profile: Profile,
}

/// The elements of a header that are read, but for those that only name the tokens.
const HEADER: [&str; 6] = ["encrypt", "encode", "digits", "timeWindow", "synchronisation", "crypto"];

/// Every element that is read.
const ELEMENTS: [&str; 14] = [
    "data",
    "header",
    "manufacturerCode",
    "productCode",
    "encrypt",
    "encode",
    "digits",
    "timeWindow",
    "synchronisation",
    "crypto",
    "tokens",
    "token",
    "serial",
    "seed",
];

/// How many steps a server may search: no business of the token's.
const SEARCH: &str = "syncsize";

/// The texts of a header.
#[derive(Default)]
struct RawHeader {
    maker: Option<String>,
    product: Option<String>,
    /// In the order of `HEADER`.
    values: [Option<String>; HEADER.len()],
}

impl RawHeader {
    fn read<R: Read>(xml: &mut Reader<R>) -> Result<Self, Rejection> {
        let mut header = Self::default();
        while let Some(child) = xml.next_child()? {
            check_plain(&child)?;
            let text = xml.text()?.trim().to_owned();
            let name = child.name.as_str();
            let place = match HEADER.into_iter().position(|known| known == name) {
                Some(at) => &mut header.values[at],
                None if name == "manufacturerCode" => &mut header.maker,
                None if name == "productCode" => &mut header.product,
                None if name == SEARCH => continue,
                None => return Err(unknown_element(&child)),
            };
            if place.replace(text).is_some() {
                return Err(unknown_element(&child));
            }
        }
        Ok(header)
    }

    /// Takes the texts for what they mean; a refusal lacks its line.
    fn checked(&self) -> Result<(Header, SecretEncoding), Rejection> {
        let [encrypt, encode, digits, window, synchronisation, crypto] = self.values.each_ref().map(Option::as_deref);
        check_clear(encrypt)?;
        let encoding = encoding_of(encode).ok_or_else(|| bad_header("encode"))?;
        let profile = Profile {
            algorithm: crypto
                .map_or(Some(Algorithm::Sha1), |text| text.parse().ok())
                .ok_or_else(|| bad_header("crypto"))?,
            digits: digits.map_or(Some(Digits::SIX), row::digits).ok_or_else(|| bad_header("digits"))?,
            moving: clock(window, synchronisation).ok_or_else(|| bad_header("timeWindow"))?,
        };
        let manufacturer = match self.maker.as_deref() {
            Some("DN") => Some("Deepnet Security".to_owned()),
            other => other.and_then(row::name),
        };
        Ok((Header { manufacturer, model: self.product.as_deref().and_then(row::name), profile }, encoding))
    }
}

/// No element of a file's own parts has an attribute or a namespace, which would change what it means.
fn check_plain(element: &Element) -> Result<(), Rejection> {
    if element.plain_name(&[]).is_some() { Ok(()) } else { Err(unknown_element(element)) }
}

/// An element of a file's own parts that stands there twice, in other letters, with attributes, or that nobody has told
/// the meaning of.
fn unknown_element(element: &Element) -> Rejection {
    unknown_part_of_file(&element.name, &ELEMENTS).with("line", element.line.to_string())
}

/// A header without the element, or with another text than the format has.
fn bad_header(element: &'static str) -> Rejection {
    Rejection::from(Reason::FileElement).with("element", element)
}

/// Ciphertext is hex as well, so that a file has to say that it has none.
fn check_clear(encrypt: Option<&str>) -> Result<(), Rejection> {
    let cipher = |name: Arg| Err(Rejection::from(Reason::FileCipher).with("name", name));
    match encrypt.map(str::to_ascii_uppercase).as_deref() {
        Some("NONE") => Ok(()),
        Some("AES256") => cipher(Arg::from("DualShield AES256")),
        Some(_) => cipher(Arg::Word {
            en: "an unknown cipher of DualShield".to_owned(),
            ja: "DualShield の未知の方式".to_owned(),
        }),
        None => Err(bad_header("encrypt")),
    }
}

fn encoding_of(encode: Option<&str>) -> Option<SecretEncoding> {
    encode.and_then(|encode| encode.to_ascii_lowercase().parse().ok())
}

/// The interval has two names: the second stands in files for Google's app. Without either it is unknown whether these
/// are clocks at all.
fn clock(window: Option<&str>, synchronisation: Option<&str>) -> Option<Moving> {
    match (window, synchronisation) {
        (Some(window), Some(other)) => row::period(window).filter(|clock| row::period(other) == Some(*clock)),
        (Some(text), None) | (None, Some(text)) => row::period(text),
        (None, None) => None,
    }
}
