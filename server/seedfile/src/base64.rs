//! Secrets where a format declares Base64. Hex and Base32 read as Base64 too, and give a wrong seed. Guarantee: what looks
//! like either is refused, never decoded; whoever knows better says the encoding.

use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection, seed::Seed};

use crate::secret::{SecretEncoding, decode};

/// Characters from which on a text is hex or Base32 by no chance.
const LOOKS: usize = 16;

/// Lengths that secrets have as text.
const HEX_LENGTHS: [usize; 4] = [32, 40, 64, 128];
const BASE32_LENGTHS: [usize; 4] = [16, 26, 32, 52];

/// Decodes a secret that is Base64 because its format says so.
pub(crate) fn decode_declared(text: &str) -> Result<Seed, Rejection> {
    if let Some(encoding) = looks_like(text) {
        return Err(Rejection::from(Reason::SecretOtherEncoding).with("encoding", words(encoding)));
    }
    let seed = decode(text, SecretEncoding::Base64)?;
    check_binary(&seed)?;
    Ok(seed)
}

/// Refuses the text of a secret that stands in the place of the secret itself, in one of the lengths that secrets have.
/// Bytes are never so by chance. The samples of the RFCs are digits alone.
pub(crate) fn check_binary(seed: &Seed) -> Result<(), Rejection> {
    let bytes = seed.expose();
    let is_all = |is_of: fn(&u8) -> bool| bytes.iter().all(is_of);
    if is_all(u8::is_ascii_digit) {
        return Ok(());
    }
    let encoding = match bytes.len() {
        length if HEX_LENGTHS.contains(&length) && is_all(u8::is_ascii_hexdigit) => SecretEncoding::Hex,
        length if BASE32_LENGTHS.contains(&length) && is_all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')) => {
            SecretEncoding::Base32
        }
        _ => return Ok(()),
    };
    Err(Rejection::from(Reason::SecretEncodedTwice).with("encoding", words(encoding)))
}

/// What a text seems to be instead of Base64. Its characters tell, also where one was lost; but padding that Base32 does
/// not have tells against it.
fn looks_like(text: &str) -> Option<SecretEncoding> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let letters = text.trim_end_matches('=');
    let padding = text.len() - letters.len();
    let length = significant(letters).count();
    let is_hex = significant(digits).all(|c| c.is_ascii_hexdigit());
    let is_padded = matches!(padding, 1 | 3 | 4 | 6) && (length + padding).is_multiple_of(8);
    let is_base32 = significant(letters).all(|c| matches!(c, 'A'..='Z' | '2'..='7'))
        || significant(letters).all(|c| matches!(c, 'a'..='z' | '2'..='7'));
    match () {
        () if length < LOOKS => None,
        () if is_hex => Some(SecretEncoding::Hex),
        () if is_base32 && (padding == 0 || is_padded) => Some(SecretEncoding::Base32),
        () => None,
    }
}

/// Without the signs that vendors put into hex and Base32.
fn significant(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-')
}

fn words(encoding: SecretEncoding) -> Arg {
    let (en, ja) = match encoding {
        SecretEncoding::Hex => ("hex", "16進"),
        SecretEncoding::Base32 => ("Base32", "Base32"),
        SecretEncoding::Base64 => ("Base64", "Base64"),
    };
    Arg::Word { en: en.to_owned(), ja: ja.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_known_by_their_characters() {
        for (text, expected) in [
            ("6d6164652d757020736565642077697468203230", Some(SecretEncoding::Hex)),
            ("6d6164652d75702073656564207769746820323", Some(SecretEncoding::Hex)),
            ("0X6D616465 2D757020-73656564", Some(SecretEncoding::Hex)),
            ("12345678901234567890", Some(SecretEncoding::Hex)),
            ("NVQWIZJNOVYCA43FMVSCA53JORUCAMRQ", Some(SecretEncoding::Base32)),
            ("nvqwizjnovyca43fmvsca53jorucamrq", Some(SecretEncoding::Base32)),
            ("NVQWIZJNOVYCA43FMVSCA53JO4======", Some(SecretEncoding::Base32)),
            ("NVQWIZJNOVYCA43", None),
            ("bWFkZS11cCBzZWVkIHdpdGggMjA=", None),
            // Base64 of 20 and of 16 bytes, of capital letters alone.
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZA=", None),
            ("ABCDEFGHIJKLMNOPQRSTUA==", None),
            ("NVQWIZJNOVYCA43fmvsca53jorucamrq", None),
            ("", None),
        ] {
            assert_eq!(looks_like(text), expected, "{text}");
        }
    }

    #[test]
    fn text_in_the_place_of_bytes_is_refused() {
        let seed = |bytes: &[u8]| Seed::new(bytes.to_vec()).unwrap();
        for text in ["6d6164652d757020736565642077697468203230", "NVQWIZJNOVYCA43FMVSCA53JORUCAMRQ"] {
            let why = check_binary(&seed(text.as_bytes())).unwrap_err();
            assert_eq!(why.reason, Reason::SecretEncodedTwice, "{text}");
        }
        for text in ["12345678901234567890123456789012", "made-up seed with 20", "6d6164652d"] {
            assert!(check_binary(&seed(text.as_bytes())).is_ok(), "{text}");
        }
    }
}
