//! Who and what: UTokyo IDs, serials, vendors, tokens, operators. Each is built only by parsing; inside the service no
//! identity is a bare `String`.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::ports::{Entropy, NoEntropy, Timestamp};

/// A UTokyo ID (共通ID): ten digits, which may begin with zeros.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

/// Why a text is no UTokyo ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUserId {
    /// Nine digits: the first zero was probably lost in a spreadsheet.
    #[error("a UTokyo ID has 10 digits; this one has 9")]
    NineDigits,
    /// Any other text.
    #[error("a UTokyo ID has 10 digits")]
    NotTenDigits,
    /// An address of another domain.
    #[error("a sign-in name ends in @utac.u-tokyo.ac.jp")]
    OtherDomain,
}

impl UserId {
    /// The domain of sign-in names.
    pub const DOMAIN: &'static str = "utac.u-tokyo.ac.jp";

    /// The ten digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID with all but its last four digits hidden.
    pub fn masked(&self) -> String {
        format!("******{}", &self.0[6..])
    }
}

impl FromStr for UserId {
    type Err = BadUserId;

    /// Accepts full-width digits, blanks and hyphens, and the sign-in name `0123456789@utac.u-tokyo.ac.jp`.
    fn from_str(text: &str) -> Result<Self, BadUserId> {
        // A sign-in name is 29 characters; ten times that is no ID, however it is folded.
        if text.len() > 300 {
            return Err(BadUserId::NotTenDigits);
        }
        let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
        let id = match plain.split_once('@') {
            Some((id, domain)) if domain.eq_ignore_ascii_case(Self::DOMAIN) => id.to_owned(),
            Some(_) => return Err(BadUserId::OtherDomain),
            None => plain.chars().filter(|c| *c != '-').collect(),
        };
        match id.len() {
            _ if !id.bytes().all(|b| b.is_ascii_digit()) => Err(BadUserId::NotTenDigits),
            10 => Ok(Self(id)),
            9 => Err(BadUserId::NineDigits),
            _ => Err(BadUserId::NotTenDigits),
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A serial number as printed on a token, with the key that decides whether two spellings are one serial.
#[derive(Debug, Clone)]
pub struct Serial {
    shown: String,
    key: String,
}

/// Why a text is no serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSerial {
    /// Nothing there.
    #[error("the serial number is empty")]
    Empty,
    /// More than 64 characters.
    #[error("a serial number has at most 64 characters")]
    TooLong,
    /// Anything but letters, digits and `-_.:+` between them.
    #[error("a serial number has letters, digits and -_.:+ only, and begins with a letter or digit")]
    Character,
    /// `2.30753E+12`: a spreadsheet turned the serial into a number and lost its digits.
    #[error("the serial number was damaged by a spreadsheet")]
    Scientific,
}

impl Serial {
    /// Most characters of a serial.
    pub const MAX: usize = 64;

    /// The serial as the vendor wrote it, without outer blanks.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What makes it unique: NFKC, without blanks, ASCII upper case.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Serial {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Serial {}

impl std::hash::Hash for Serial {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl FromStr for Serial {
    type Err = BadSerial;

    fn from_str(text: &str) -> Result<Self, BadSerial> {
        let shown = text.trim();
        if shown.len() > Self::MAX * 4 {
            return Err(BadSerial::TooLong);
        }
        let key = serial_key(shown);
        if key.is_empty() {
            return Err(BadSerial::Empty);
        }
        if key.chars().count() > Self::MAX || shown.chars().count() > Self::MAX {
            return Err(BadSerial::TooLong);
        }
        if is_scientific(&key) {
            return Err(BadSerial::Scientific);
        }
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '+');
        if !key.starts_with(char::is_alphanumeric) || !key.chars().all(fits) || shown.contains(char::is_control) {
            return Err(BadSerial::Character);
        }
        Ok(Self { shown: shown.to_owned(), key })
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn serial_key(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

/// `2.30753E+12`, `1E+15`: a mantissa, an E, a sign, an exponent. `12E4` is a possible serial and stays one.
fn is_scientific(key: &str) -> bool {
    let Some((mantissa, exponent)) = key.split_once('E') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let signed = exponent.strip_prefix(['+', '-']);
    let (whole, fraction) = mantissa.split_once(['.', ',']).map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && fraction.is_none_or(digits)
        && digits(signed.unwrap_or(exponent))
        && (signed.is_some() || fraction.is_some())
}

/// Who makes a token, as a short word for names: `feitian`, `token2`, `deepnet`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vendor(String);

/// Why a text is no vendor slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a vendor is 1 to 32 of a-z, 0-9 and hyphen")]
pub struct BadVendor;

/// What vendors call themselves in files, folded, and the one word for them here.
const VENDOR_ALIASES: &[(&str, &str)] = &[
    ("deepnet", "deepnet"),
    ("deepnet-security", "deepnet"),
    ("excelsecu", "excelsecu"),
    ("feitian", "feitian"),
    ("feitian-technologies", "feitian"),
    ("feitian-technologies-co-ltd", "feitian"),
    ("ft", "feitian"),
    ("ftsafe", "feitian"),
    ("ga", "thales"),
    ("gemalto", "thales"),
    ("safenet", "thales"),
    ("safenet-inc", "thales"),
    ("thales", "thales"),
    ("token2", "token2"),
    ("token2-sarl", "token2"),
    ("yubico", "yubico"),
];

impl Vendor {
    /// The vendor of a file that names none.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// Folds a manufacturer's name as a file gives it: aliases to one word, any other name to its own slug.
    pub fn from_manufacturer(name: &str) -> Self {
        let slug = slug(name);
        match VENDOR_ALIASES.iter().find(|(alias, _)| *alias == slug) {
            Some((_, vendor)) => Self((*vendor).to_owned()),
            None if slug.is_empty() => Self::unknown(),
            None => Self(slug),
        }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Vendor {
    type Err = BadVendor;

    fn from_str(text: &str) -> Result<Self, BadVendor> {
        if !text.is_empty() && text.len() <= 32 && slug(text) == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadVendor)
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case ASCII letters and digits, everything between them one hyphen, at most 32 characters.
fn slug(name: &str) -> String {
    let folded: String =
        name.nfkc().take(256).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let joined = folded.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    joined.chars().take(32).collect::<String>().trim_end_matches('-').to_owned()
}

/// Which key of a serial that carries several; empty for nearly all tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The id as the file gives it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = BadSerial;

    /// An empty text is the usual, unnamed key; otherwise the rules of serials hold.
    fn from_str(text: &str) -> Result<Self, BadSerial> {
        match text.trim() {
            "" => Ok(Self::default()),
            id => id.parse().map(|serial: Serial| Self(serial.shown)),
        }
    }
}

/// The resource name of a token: `tokens/{vendor}~{serial}`, with `~{key_id}` where one serial has several keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenName {
    /// Who made it.
    pub vendor: Vendor,
    /// The key of its serial.
    pub serial_key: String,
    /// Which key of that serial.
    pub key_id: KeyId,
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tokens/{}~{}", self.vendor, self.serial_key)?;
        if self.key_id.0.is_empty() { Ok(()) } else { write!(f, "~{}", self.key_id.0) }
    }
}

/// How a request names a token: by its whole name, or by a plain serial that may be anybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRef {
    /// A serial alone.
    Serial(Serial),
    /// The resource name.
    Name(TokenName),
}

impl FromStr for TokenRef {
    type Err = BadSerial;

    /// Reads `tokens/feitian~2600215704919`, `feitian~2600215704919` and `2600215704919`.
    fn from_str(text: &str) -> Result<Self, BadSerial> {
        let text = text.trim();
        let plain = text.strip_prefix("tokens/").unwrap_or(text);
        let mut parts = plain.split('~');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(serial), None, None, None) => serial.parse().map(Self::Serial),
            (Some(vendor), Some(serial), key_id, None) => {
                let vendor = vendor.parse().map_err(|_| BadSerial::Character)?;
                let serial: Serial = serial.parse()?;
                let key_id = key_id.unwrap_or_default().parse()?;
                Ok(Self::Name(TokenName { vendor, serial_key: serial.key, key_id }))
            }
            _ => Err(BadSerial::Character),
        }
    }
}

/// The 16-byte id of a row: a `UUIDv7`, so that rows stand in the order they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub [u8; 16]);

impl RowId {
    /// Draws a new id for `now`.
    pub fn draw(now: Timestamp, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut id = [0; 16];
        entropy.fill(&mut id)?;
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        id[6] = 0x70 | (id[6] & 0x0f);
        id[8] = 0x80 | (id[8] & 0x3f);
        Ok(Self(id))
    }
}

impl RowId {
    /// Draws a new id that stands behind `last`, though both may be of one millisecond: rows of one file keep their
    /// order.
    pub fn draw_after(last: Option<Self>, now: Timestamp, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let id = Self::draw(now, entropy)?;
        let Some(last) = last.filter(|last| id <= *last) else { return Ok(id) };
        let mut step = [0; 4];
        entropy.fill(&mut step)?;
        // The low 62 bits are free; a file would need billions of rows in a millisecond to overflow them.
        let next = u128::from_be_bytes(last.0) + u128::from(u32::from_be_bytes(step)) + 1;
        Ok(Self(next.to_be_bytes()))
    }
}

/// As a UUID is written: 8-4-4-4-12 hex digits.
impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for RowId {
    type Err = BadRowId;

    fn from_str(text: &str) -> Result<Self, BadRowId> {
        let hex: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
        if hex.len() != 32 || !hex.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadRowId);
        }
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0]) << 4 | digit(pair[1]);
        }
        Ok(Self(id))
    }
}

/// A text that is no row id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row id is a UUID")]
pub struct BadRowId;

/// The name of an operator, as it stands in a certificate: `tokenfleet:operator:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorName(String);

/// Why a text is no operator's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an operator's name is 1 to 64 of a-z, 0-9, dot, hyphen and underscore, and begins with a letter or digit")]
pub struct BadOperatorName;

impl OperatorName {
    /// What the record calls the service itself.
    pub const RESERVED: &'static str = "system";

    /// What stands before the name in the URI of a certificate.
    pub const URI_PREFIX: &'static str = "tokenfleet:operator:";

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OperatorName {
    type Err = BadOperatorName;

    fn from_str(text: &str) -> Result<Self, BadOperatorName> {
        let plain = text.strip_prefix("operators/").unwrap_or(text);
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
        let first = plain.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if first && plain.len() <= 64 && plain.bytes().all(fits) && plain != Self::RESERVED {
            Ok(Self(plain.to_owned()))
        } else {
            Err(BadOperatorName)
        }
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_read_however_it_is_pasted() {
        for text in [
            "0123456789",
            " 0123456789\n",
            "０１２３４５６７８９",
            "0123 456 789",
            "01234-56789",
            "0123456789@utac.u-tokyo.ac.jp",
            "0123456789@UTAC.u-tokyo.ac.jp",
            "０１２３４５６７８９＠utac.u-tokyo.ac.jp",
        ] {
            assert_eq!(text.parse::<UserId>().map(|id| id.0), Ok("0123456789".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_wrong_user_id_says_what_is_wrong() {
        assert_eq!("123456789".parse::<UserId>(), Err(BadUserId::NineDigits));
        assert_eq!("0123456789@g.ecc.u-tokyo.ac.jp".parse::<UserId>(), Err(BadUserId::OtherDomain));
        for text in ["", "12345678901", "012345678x", "٠١٢٣٤٥٦٧٨٩", "-", &"1".repeat(400)] {
            assert_eq!(text.parse::<UserId>(), Err(BadUserId::NotTenDigits), "{text}");
        }
    }

    #[test]
    fn spellings_of_one_serial_are_one_serial() {
        let serial: Serial = " ga lt１１420104 ".parse().unwrap();
        assert_eq!(serial.key(), "GALT11420104");
        assert_eq!(serial.shown(), "ga lt１１420104");
        assert_eq!(serial, "GALT11420104".parse().unwrap());
        assert_ne!(serial, "0GALT11420104".parse().unwrap());
    }

    #[test]
    fn serials_that_spreadsheets_damaged_are_refused() {
        for text in ["2.30753E+12", "1E+15", "2,30753e+12", "1.5E3"] {
            assert_eq!(text.parse::<Serial>(), Err(BadSerial::Scientific), "{text}");
        }
        for text in ["12E4", "00040008CFA5", "1E10", "E12", "306EUO4-00960"] {
            assert!(text.parse::<Serial>().is_ok(), "{text}");
        }
        for text in ["a~b", "a/b", "#REF!", "=1+1", "-12", "a\u{7}b", "12,34"] {
            assert_eq!(text.parse::<Serial>(), Err(BadSerial::Character), "{text}");
        }
        assert_eq!(" ".parse::<Serial>(), Err(BadSerial::Empty));
        assert_eq!("x".repeat(65).parse::<Serial>(), Err(BadSerial::TooLong));
    }

    #[test]
    fn manufacturers_fold_to_vendors() {
        for (name, vendor) in [
            ("Feitian", "feitian"),
            ("FEITIAN Technologies Co., Ltd.", "feitian"),
            ("Deepnet Security", "deepnet"),
            ("GA", "thales"),
            ("Contoso", "contoso"),
            ("飛天", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(Vendor::from_manufacturer(name).as_str(), vendor, "{name}");
        }
    }

    #[test]
    fn token_names_read_back() {
        for name in ["tokens/feitian~2600215704919", "tokens/unknown~9999999~3"] {
            let TokenRef::Name(parsed) = name.parse().unwrap() else { panic!("{name} is a name") };
            assert_eq!(parsed.to_string(), name);
        }
        assert!(matches!("9999999".parse(), Ok(TokenRef::Serial(_))));
        assert_eq!("a~b~c~d".parse::<TokenRef>(), Err(BadSerial::Character));
    }

    #[test]
    fn row_ids_are_version_7_and_in_order() {
        struct Ones;
        impl Entropy for Ones {
            fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
                out.fill(0xff);
                Ok(())
            }
        }
        let at = |millis| RowId::draw(Timestamp::from_timestamp_millis(millis).unwrap(), &Ones).unwrap();
        assert_eq!(at(0x0123_4567_89ab).to_string(), "01234567-89ab-7fff-bfff-ffffffffffff");
        assert!(at(1) < at(2));
        let now = Timestamp::from_timestamp_millis(1).unwrap();
        let mut ids = vec![RowId([0; 16])];
        ids.extend([at(0), at(1), at(1)].map(|last| RowId::draw_after(Some(last), now, &Ones).unwrap()));
        assert!(ids[1] == at(1) && ids[2] > at(1) && ids[3] > at(1));
        assert_eq!(at(1).to_string().parse(), Ok(at(1)));
        assert_eq!("01234567".parse::<RowId>(), Err(BadRowId));
    }
}
