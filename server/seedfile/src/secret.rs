//! The text of a secret to its bytes, and what a text says about the encoding of its column. Guarantee: nothing here
//! puts a part of a secret into a message beyond the one character that decided an encoding.

use std::fmt;
use std::str::FromStr;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection, seed::Seed};
use zeroize::Zeroizing;

/// How a column writes its secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretEncoding {
    /// Two hex digits a byte.
    Hex,
    /// RFC 4648 Base32, either case, padded or not.
    Base32,
    /// RFC 4648 Base64, either alphabet, padded or not.
    Base64,
}

/// A text that names no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret encoding is hex, base32 or base64")]
pub struct BadEncoding;

impl SecretEncoding {
    /// Every encoding.
    pub const ALL: [Self; 3] = [Self::Hex, Self::Base32, Self::Base64];

    /// The word of `--secret-encoding`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base32 => "base32",
            Self::Base64 => "base64",
        }
    }

    fn bits(self) -> u32 {
        match self {
            Self::Hex => 4,
            Self::Base32 => 5,
            Self::Base64 => 6,
        }
    }

    fn value(self, c: char) -> Option<u32> {
        let c = u8::try_from(c).ok()?;
        let value = match (self, c) {
            (Self::Hex, _) => return char::from(c).to_digit(16),
            (Self::Base32 | Self::Base64, b'A'..=b'Z') => c - b'A',
            (Self::Base32, b'a'..=b'z') => c - b'a',
            (Self::Base32, b'2'..=b'7') => c - b'2' + 26,
            (Self::Base64, b'a'..=b'z') => c - b'a' + 26,
            (Self::Base64, b'0'..=b'9') => c - b'0' + 52,
            (Self::Base64, b'+' | b'-') => 62,
            (Self::Base64, b'/' | b'_') => 63,
            (Self::Base32 | Self::Base64, _) => return None,
        };
        Some(u32::from(value))
    }

    /// Characters of so many bytes, without padding.
    pub(crate) fn length(self, bytes: usize) -> usize {
        let bits = match self {
            Self::Hex => 4,
            Self::Base32 => 5,
            Self::Base64 => 6,
        };
        (bytes * 8).div_ceil(bits)
    }

    /// Characters that a padded text has a multiple of; None where nothing is padded.
    fn group(self) -> Option<usize> {
        match self {
            Self::Hex => None,
            Self::Base32 => Some(8),
            Self::Base64 => Some(4),
        }
    }

    /// Signs that people and vendors put into a secret and that mean nothing.
    fn is_filling(self, c: char) -> bool {
        match self {
            Self::Hex => c.is_whitespace() || c == '-',
            Self::Base32 => c.is_whitespace() || matches!(c, '-' | '='),
            Self::Base64 => c.is_whitespace() || c == '=',
        }
    }
}

impl FromStr for SecretEncoding {
    type Err = BadEncoding;

    fn from_str(text: &str) -> Result<Self, BadEncoding> {
        Self::ALL.into_iter().find(|encoding| encoding.as_str() == text).ok_or(BadEncoding)
    }
}

impl fmt::Display for SecretEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Base32 characters of 16 bytes, the one length whose last bits are dropped whatever they are: Microsoft's own sample
/// ends in bits that strict Base32 forbids.
const LENIENT_LENGTH: usize = 26;

/// Decodes a secret. Its end must be that of a whole text: bits that fill no byte are 0 and padding, if any, is complete,
/// or a character was lost or changed.
pub(crate) fn decode(text: &str, encoding: SecretEncoding) -> Result<Seed, Rejection> {
    let skipped = if encoding == SecretEncoding::Hex && has_hex_prefix(text) { 2 } else { 0 };
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut bits, mut held, mut length) = (0_u32, 0, 0_usize);
    for (at, c) in text.chars().enumerate().skip(skipped).filter(|(_, c)| !encoding.is_filling(*c)) {
        let value = encoding.value(c).ok_or_else(|| foreign_character(text, at + 1, encoding))?;
        bits = bits << encoding.bits() | value;
        held += encoding.bits();
        length += 1;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held).to_le_bytes()[0]);
            bits &= (1 << held) - 1;
        }
    }
    if length == 0 {
        return Err(Reason::SecretMissing.into());
    }
    if held >= encoding.bits() {
        return Err(lost_character(length, encoding));
    }
    let is_lenient = encoding == SecretEncoding::Base32 && length == LENIENT_LENGTH;
    if bits != 0 && !is_lenient || !is_padded_well(text, length, encoding) {
        return Err(cut_off(length, encoding));
    }
    Seed::new(std::mem::take(&mut *bytes)).ok_or_else(|| Reason::SecretMissing.into())
}

/// Letters and digits of a secret that reads, without what means nothing.
pub(crate) fn significant(text: &str, encoding: SecretEncoding) -> usize {
    let skipped = if encoding == SecretEncoding::Hex && has_hex_prefix(text) { 2 } else { 0 };
    text.chars().skip(skipped).filter(|c| !encoding.is_filling(*c)).count()
}

/// Padding is left out, or stands behind everything and fills up the last group.
fn is_padded_well(text: &str, length: usize, encoding: SecretEncoding) -> bool {
    let Some(group) = encoding.group() else { return true };
    let padding = text.chars().filter(|c| *c == '=').count();
    let is_last = |at| text[at..].chars().all(|c| c == '=' || c.is_whitespace());
    padding == 0 || text.find('=').is_none_or(is_last) && padding == length.next_multiple_of(group) - length
}

fn has_hex_prefix(text: &str) -> bool {
    text.starts_with("0x") || text.starts_with("0X")
}

fn foreign_character(text: &str, position: usize, encoding: SecretEncoding) -> Rejection {
    match encoding {
        SecretEncoding::Hex => Rejection::from(Reason::SecretNotHex).with("position", position.to_string()),
        SecretEncoding::Base32 => Rejection::from(Reason::SecretNotBase32).with("position", position.to_string()),
        SecretEncoding::Base64 => not_base64(text.chars().count()),
    }
}

fn lost_character(length: usize, encoding: SecretEncoding) -> Rejection {
    match encoding {
        SecretEncoding::Hex => Rejection::from(Reason::SecretOddHex).with("length", length.to_string()),
        SecretEncoding::Base32 => Rejection::from(Reason::SecretLength).with("length", length.to_string()),
        SecretEncoding::Base64 => not_base64(length),
    }
}

fn cut_off(length: usize, encoding: SecretEncoding) -> Rejection {
    match encoding {
        SecretEncoding::Hex | SecretEncoding::Base32 => {
            Rejection::from(Reason::SecretCutOff).with("length", length.to_string())
        }
        SecretEncoding::Base64 => not_base64(length),
    }
}

fn not_base64(length: usize) -> Rejection {
    Rejection::from(Reason::SecretNotBase64).with("length", length.to_string())
}

/// What one secret says about its column, with the character that says it. Only characters speak: a length that fits
/// one encoding alone may as well be a lost character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vote {
    /// It can't be Base32.
    Hex(char),
    /// It can't be hex.
    Base32(char),
    /// It looks like neither, and reads as Base64.
    Base64,
    /// Every character is of both.
    Either,
    /// It is none of these: damaged.
    Neither,
    /// There is no secret.
    Nothing,
}

/// Letters of the other case that an error may leave in hex or Base32, which are written in one. Of 28 characters of
/// Base64, what 20 bytes need, one in thousands has so few.
const STRAY_LETTERS: usize = 2;

/// Lets a secret speak.
pub(crate) fn vote(text: &str) -> Vote {
    if is_of_mixed_case(text) {
        // Some such texts have no character that Base32 lacks: those of their column that have one show what they are.
        return if decode(text, SecretEncoding::Base64).is_ok() { Vote::Base64 } else { Vote::Neither };
    }
    let (mut hex, mut base32, mut any) = (None, None, false);
    if has_hex_prefix(text) {
        hex = Some('x');
    }
    for c in text.chars().skip(if hex.is_some() { 2 } else { 0 }).filter(|c| !SecretEncoding::Hex.is_filling(*c)) {
        any = true;
        match (SecretEncoding::Hex.value(c).is_some(), SecretEncoding::Base32.value(c).is_some() || c == '=') {
            (true, true) => {}
            (true, false) => hex = hex.or(Some(c)),
            (false, true) => base32 = base32.or(Some(c)),
            (false, false) => return Vote::Neither,
        }
    }
    match (hex, base32) {
        _ if !any => Vote::Nothing,
        (None, None) => Vote::Either,
        (Some(c), None) => Vote::Hex(c),
        (None, Some(c)) => Vote::Base32(c),
        (Some(_), Some(_)) => Vote::Neither,
    }
}

/// Whether a text has too many letters of both cases for Base32, and others than those of hex.
fn is_of_mixed_case(text: &str) -> bool {
    let digits = if has_hex_prefix(text) { &text[2..] } else { text };
    let letters = |is_case: fn(&u8) -> bool| digits.bytes().filter(is_case).count();
    letters(u8::is_ascii_uppercase).min(letters(u8::is_ascii_lowercase)) > STRAY_LETTERS
        && digits.bytes().any(|c| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{SecretEncoding::*, *};

    fn bytes(text: &str, encoding: SecretEncoding) -> Vec<u8> {
        decode(text, encoding).unwrap().expose().to_vec()
    }

    fn why(text: &str, encoding: SecretEncoding) -> Rejection {
        decode(text, encoding).err().unwrap()
    }

    #[test]
    fn all_spellings_of_a_secret_are_the_same_bytes() {
        let seed = b"made-up seed no. 20!";
        let hex = "6d6164652d7570207365656420 6e6f2e20323021";
        for text in [hex, &hex.to_uppercase(), &format!("0x{hex}"), &hex.replace(' ', "-")] {
            assert_eq!(bytes(text, Hex), seed, "{text}");
        }
        for text in ["NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB", "nvqw izjn-ovyc a43f mvsc a3tp fyqd embb"] {
            assert_eq!(bytes(text, Base32), seed, "{text}");
        }
        for text in ["bWFkZS11cCBzZWVkIG5vLiAyMCE=", "bWFkZS11cCBzZWVkIG5vLiAyMCE"] {
            assert_eq!(bytes(text, Base64), seed, "{text}");
        }
        assert_eq!(bytes("+/8", Base64), bytes("-_8", Base64));
    }

    #[test]
    fn bits_that_fill_no_byte_are_none_unless_in_the_length_of_microsofts_sample() {
        assert_eq!(bytes("AA", Base32), [0]);
        assert_eq!(bytes("2234567abcdef2234567abcdef", Base32).len(), 16);
        let sound = "NVQWIZJNOVYCA43FMVSCA3TPFYQDEMBB";
        for text in ["AB", &sound[1..], &sound[..31], &sound[..28], &sound[3..], &format!("{}=", &sound[..31])] {
            assert_eq!(why(text, Base32).reason, Reason::SecretCutOff, "{text}");
        }
        for text in ["WFkZS11cCBzZWVkIG5vLiAyMCE", "WFkZS11cCBzZWVkIG5vLiAyMCE="] {
            assert_eq!(why(text, Base64).reason, Reason::SecretNotBase64, "{text}");
        }
    }

    #[test]
    fn padding_is_whole_or_left_out() {
        for text in ["MFRGG===", "MFRGG", "MFRGG=== ", "MFRGGZDF"] {
            assert!(decode(text, Base32).is_ok(), "{text}");
        }
        for text in ["MFRGG=", "MFRG=G==", "MFRGGZDF=", "MFRGG===="] {
            assert_eq!(why(text, Base32).reason, Reason::SecretCutOff, "{text}");
        }
        assert_eq!(why("bWFkZS11cCBzZWVkIG5vLiAyMCE==", Base64).reason, Reason::SecretNotBase64);
    }

    #[test]
    fn a_lost_character_is_told_by_the_length() {
        assert_eq!(why("12345", Hex), Rejection::from(Reason::SecretOddHex).with("length", "5"));
        for length in [1, 3, 6, 9, 11, 14] {
            let expected = Rejection::from(Reason::SecretLength).with("length", length.to_string());
            assert_eq!(why(&"A".repeat(length), Base32), expected, "{length}");
        }
        assert_eq!(why("AAAAA", Base64).reason, Reason::SecretNotBase64);
    }

    #[test]
    fn a_foreign_character_is_told_by_its_position_alone() {
        assert_eq!(why("12 g4", Hex), Rejection::from(Reason::SecretNotHex).with("position", "4"));
        assert_eq!(why("AB1D", Base32), Rejection::from(Reason::SecretNotBase32).with("position", "3"));
        assert_eq!(why("ＡＢ", Base32).reason, Reason::SecretNotBase32);
        assert_eq!(why("a?c", Base64).reason, Reason::SecretNotBase64);
        for (text, encoding) in [("", Hex), ("0x", Hex), (" - ", Base32), ("==", Base64)] {
            assert_eq!(why(text, encoding).reason, Reason::SecretMissing, "{text}");
        }
    }

    #[test]
    fn a_secret_votes_by_its_characters() {
        for (text, expected) in [
            ("abcdef234567", Vote::Either),
            ("abcdef 0 34567", Vote::Hex('0')),
            ("0xabcd", Vote::Hex('x')),
            ("ABCG", Vote::Base32('G')),
            ("ABCD====", Vote::Base32('=')),
            ("ABG1", Vote::Neither),
            ("AB+", Vote::Neither),
            ("bWFkZS11cCBzZWVkIG5vLiAyMCE=", Vote::Base64),
            ("MjQgYnl0ZXMgc29tZXRpbWVz", Vote::Base64),
            ("MjQgYnl0ZXMgc29tZXRpbWVzA", Vote::Neither),
            ("JBSWY3DPEHPK3PXPjbswy3dpehpk3pxp", Vote::Base64),
            ("JBSWY3DPEHPK3PXpJBSWY3DPEHPk3PXP", Vote::Base32('J')),
            ("0xABCDEF", Vote::Hex('x')),
            ("abcdefABCDEF", Vote::Either),
            ("", Vote::Nothing),
            (" - ", Vote::Nothing),
        ] {
            assert_eq!(vote(text), expected, "{text}");
        }
    }

    #[test]
    fn encodings_read_back() {
        for encoding in SecretEncoding::ALL {
            assert_eq!(encoding.to_string().parse(), Ok(encoding));
        }
        assert_eq!("HEX32".parse::<SecretEncoding>(), Err(BadEncoding));
    }
}
