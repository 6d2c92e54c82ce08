//! HOTP or TOTP, and with which digest: what the words in the cells for type, algorithm and hash mean.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, otp::code::Algorithm};
use unicode_normalization::UnicodeNormalization;

use crate::field::fold;
use crate::foreign::fold_word;

/// What makes the code change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A button.
    Hotp,
    /// A clock.
    Totp,
}

/// What one cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Nothing,
    Kind(Kind),
    Hash(Algorithm),
}

/// Types of keys that are sound and no OATH ones, as peers' lists and PSKC name them, folded.
const OTHERS: [&str; 32] = [
    "ocra",
    "ocra2",
    "motp",
    "pin",
    "tan",
    "pw",
    "password",
    "spass",
    "dpw",
    "static",
    "staticpassword",
    "yubikey",
    "yubikeyaes",
    "yubicootp",
    "yubicoaes",
    "challengeresponse",
    "fido",
    "u2f",
    "radius",
    "remote",
    "sms",
    "securid",
    "securidaes",
    "securidaescounter",
    "securidaes128counter",
    "securidalgor",
    "actividentity",
    "actividentity3des",
    "actividentitydes",
    "actividentityaes",
    "actividentityevent",
    "aes",
];

/// Names a type that is known and no OATH one; never in the file's own words.
pub(crate) fn other(cell: &str) -> Option<&'static str> {
    if is_usual(cell) {
        return None;
    }
    // `OCRA-1:HOTP-SHA1-6:QN08` is the suite of such a key.
    let plain = plain(cell);
    let cell = plain.as_ref();
    let word = fold_word(cell.rsplit([':', '#']).next().unwrap_or(cell));
    let suite = cell.get(..7).filter(|begin| begin.eq_ignore_ascii_case("ocra-1:")).map(|_| "ocra");
    suite.or_else(|| OTHERS.into_iter().find(|other| *other == word))
}

/// The two words that nearly every row has.
fn is_usual(cell: &str) -> bool {
    cell.is_empty() || cell.eq_ignore_ascii_case("totp") || cell.eq_ignore_ascii_case("hotp")
}

/// Reads a cell. Files put types into a column called algorithm and algorithms into one called type, as words or as
/// the names PSKC gives them (`urn:ietf:params:xml:ns:keyprov:pskc:hotp`).
pub(crate) fn said(cell: &str) -> Result<Said, Reason> {
    if is_usual(cell) {
        let kind = |cell: &str| if cell.eq_ignore_ascii_case("totp") { Kind::Totp } else { Kind::Hotp };
        return Ok(if cell.is_empty() { Said::Nothing } else { Said::Kind(kind(cell)) });
    }
    let plain = plain(cell);
    let cell = plain.as_ref();
    let is_name = cell.contains([':', '#']);
    let word = fold_word(cell.rsplit([':', '#']).next().unwrap_or(cell));
    match word.as_str() {
        "hotp" | "oathhotp" | "hmac" | "event" | "eventbased" | "eventsync" | "counterbased" => {
            Ok(Said::Kind(Kind::Hotp))
        }
        "totp" | "oathtotp" | "time" | "timebased" | "timesync" => Ok(Said::Kind(Kind::Totp)),
        _ if is_name => Err(Reason::RowType),
        "" => in_japanese(cell).map(Said::Kind).ok_or(Reason::RowAlgorithm),
        _ => cell.parse().map(Said::Hash).map_err(|_| Reason::RowAlgorithm),
    }
}

/// A cell with its full-width letters as the usual ones.
fn plain(cell: &str) -> Cow<'_, str> {
    if cell.is_ascii() { Cow::Borrowed(cell) } else { Cow::Owned(cell.nfkc().collect()) }
}

/// 時刻同期 and イベント, with what may stand behind them.
fn in_japanese(cell: &str) -> Option<Kind> {
    let folded = fold(cell)?;
    let word = ["方式", "式", "型", "ベース", "同期"]
        .into_iter()
        .fold(folded.as_str(), |word, end| word.trim_end_matches(end));
    match word {
        "時刻" | "時間" | "時計" | "タイム" => Some(Kind::Totp),
        "イベント" | "カウンタ" | "カウンター" | "ボタン" => Some(Kind::Hotp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_digests_are_read_in_all_their_spellings() {
        for cell in ["hotp", "HOTP", "OATH-HOTP", "urn:ietf:params:xml:ns:keyprov:pskc:hotp", "keyprov/pskc#hotp"] {
            assert_eq!(said(cell), Ok(Said::Kind(Kind::Hotp)), "{cell}");
        }
        for cell in ["totp", "ＴＯＴＰ", "OATH TOTP", "Time-based", "urn:ietf:params:xml:ns:keyprov:pskc:totp"] {
            assert_eq!(said(cell), Ok(Said::Kind(Kind::Totp)), "{cell}");
        }
        for cell in ["時刻同期", "時刻同期方式", "タイムベース", "時計式", "TOTP（時刻同期）"]
        {
            assert_eq!(said(cell), Ok(Said::Kind(Kind::Totp)), "{cell}");
        }
        for cell in ["イベント", "イベント同期型", "カウンタ方式", "ボタン式"] {
            assert_eq!(said(cell), Ok(Said::Kind(Kind::Hotp)), "{cell}");
        }
        for cell in ["sha256", "ＳＨＡ－２５６", "HMAC-SHA256", "hmacsha256"] {
            assert_eq!(said(cell), Ok(Said::Hash(Algorithm::Sha256)), "{cell}");
        }
        assert_eq!(said(""), Ok(Said::Nothing));
    }

    #[test]
    fn keys_that_are_no_oath_ones_are_named_in_our_own_words() {
        for (cell, word) in [
            ("OCRA", "ocra"),
            ("ＯＣＲＡ", "ocra"),
            ("OCRA-1:HOTP-SHA1-8:QH40", "ocra"),
            ("mOTP", "motp"),
            ("urn:ietf:params:xml:ns:keyprov:pskc:pin", "pin"),
            ("http://www.yubico.com/#yubikey-aes", "yubikeyaes"),
            ("Static Password", "staticpassword"),
        ] {
            assert_eq!(other(cell), Some(word), "{cell}");
        }
        for cell in ["", "totp", "HOTP", "OATH-HOTP", "sha1", "md5", "secret", "ピン"] {
            assert_eq!(other(cell), None, "{cell}");
        }
    }

    #[test]
    fn other_words_are_refused() {
        for (cell, reason) in [
            ("urn:ietf:params:xml:ns:keyprov:pskc:pin", Reason::RowType),
            ("OCRA-1:HOTP-SHA1-8:QH40", Reason::RowType),
            ("md5", Reason::RowAlgorithm),
            ("電池", Reason::RowAlgorithm),
            ("ocra", Reason::RowAlgorithm),
        ] {
            assert_eq!(said(cell), Err(reason), "{cell}");
        }
    }
}
