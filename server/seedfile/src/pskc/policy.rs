//! What a key may be used for. RFC 6030 forbids to use a key under a policy that is not understood or can't be kept.

use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};

use crate::pskc::raw::{keep, words};
use crate::xml::{Element, Reader};

const PIN_ATTRIBUTES: [&str; 6] =
    ["PINKeyId", "PINUsageMode", "MaxFailedAttempts", "MinLength", "MaxLength", "PINEncoding"];

/// The policy of one key.
#[derive(Default)]
pub(super) struct Policy {
    pub(super) starts: Option<String>,
    pub(super) expires: Option<String>,
    /// What stands in it twice.
    pub(super) twice: Option<&'static str>,
    has_usage: bool,
    is_for_otp: bool,
    broken: Option<Broken>,
}

/// What can't be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Usage,
    Transactions,
    Pin,
    Unknown,
}

impl Policy {
    pub(super) fn read(&mut self, xml: &mut Reader<impl Read>, namespace: &str) -> Result<(), Rejection> {
        while let Some(element) = xml.next_child()? {
            match element.name.as_str() {
                _ if element.namespace != namespace => self.skip_unknown(xml)?,
                "StartDate" => keep(&mut self.starts, words(xml)?, "StartDate", &mut self.twice),
                "ExpiryDate" => keep(&mut self.expires, words(xml)?, "ExpiryDate", &mut self.twice),
                "KeyUsage" => {
                    let usage = xml.text()?;
                    self.note_usage(usage.trim(), true);
                }
                "NumberOfTransactions" => {
                    self.breaks(Broken::Transactions);
                    xml.skip()?;
                }
                "PINPolicy" => self.read_pin(xml, &element)?,
                _ => self.skip_unknown(xml)?,
            }
        }
        Ok(())
    }

    /// What the `Usage` of a draft says in its attributes.
    pub(super) fn note_draft_usage(&mut self, usage: &Element) {
        for name in ["OTP", "CR", "Integrity", "Encrypt", "Unlock"] {
            if let Some(value) = usage.attribute(name) {
                self.note_usage(name, matches!(value.trim(), "true" | "1"));
            }
        }
    }

    /// Why its key must not be used.
    pub(super) fn refusal(&self) -> Option<Rejection> {
        let is_for_others = (self.has_usage && !self.is_for_otp).then_some(Broken::Usage);
        let (en, ja) = match self.broken.or(is_for_others)? {
            Broken::Usage => ("it is not for one-time passwords", "ワンタイムパスワード用ではない"),
            Broken::Transactions => ("only so many uses", "使用回数の上限"),
            Broken::Pin => ("a PIN goes with each code", "コードと PIN の併用"),
            Broken::Unknown => ("a rule that is not known here", "未知の規則"),
        };
        let policy = Arg::Word { en: en.to_owned(), ja: ja.to_owned() };
        Some(Rejection::from(Reason::KeyPolicy).with("policy", policy))
    }

    fn note_usage(&mut self, usage: &str, is_allowed: bool) {
        self.has_usage |= is_allowed;
        self.is_for_otp |= is_allowed && usage == "OTP";
    }

    /// A PIN that the token itself checks is no matter here.
    fn read_pin(&mut self, xml: &mut Reader<impl Read>, pin: &Element) -> Result<(), Rejection> {
        if !matches!(pin.attribute("PINUsageMode"), None | Some("Local")) {
            self.breaks(Broken::Pin);
        }
        if pin.has_other_attributes(&PIN_ATTRIBUTES) {
            self.breaks(Broken::Unknown);
        }
        while xml.next_child()?.is_some() {
            self.skip_unknown(xml)?;
        }
        Ok(())
    }

    /// Passes over a rule that is not known here, so that its key is not used.
    pub(super) fn skip_unknown(&mut self, xml: &mut Reader<impl Read>) -> Result<(), Rejection> {
        self.breaks(Broken::Unknown);
        xml.skip()
    }

    fn breaks(&mut self, broken: Broken) {
        self.broken.get_or_insert(broken);
    }
}
