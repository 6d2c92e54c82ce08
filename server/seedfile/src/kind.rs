//! HOTP or TOTP, and with which digest: what the words in the cells for type, algorithm and hash mean.

use tokenfleet_domain::{catalogue::Reason, otp::code::Algorithm};

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

/// Reads a cell. Files put types into a column called algorithm and algorithms into one called type, as words or as
/// the names PSKC gives them (`urn:ietf:params:xml:ns:keyprov:pskc:hotp`).
pub(crate) fn said(cell: &str) -> Result<Said, Reason> {
    let is_name = cell.contains([':', '#']);
    let word = fold_word(cell.rsplit([':', '#']).next().unwrap_or(cell));
    match word.as_str() {
        "" if cell.is_empty() => Ok(Said::Nothing),
        "hotp" | "oathhotp" | "hmac" | "event" | "eventbased" => Ok(Said::Kind(Kind::Hotp)),
        "totp" | "oathtotp" | "time" | "timebased" => Ok(Said::Kind(Kind::Totp)),
        _ if is_name => Err(Reason::RowType),
        _ => cell.parse().map(Said::Hash).map_err(|_| Reason::RowAlgorithm),
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
        for cell in ["totp", "OATH TOTP", "Time-based", "urn:ietf:params:xml:ns:keyprov:pskc:totp"] {
            assert_eq!(said(cell), Ok(Said::Kind(Kind::Totp)), "{cell}");
        }
        for cell in ["sha256", "HMAC-SHA256", "hmacsha256"] {
            assert_eq!(said(cell), Ok(Said::Hash(Algorithm::Sha256)), "{cell}");
        }
        assert_eq!(said(""), Ok(Said::Nothing));
    }

    #[test]
    fn other_words_are_refused() {
        for (cell, reason) in [
            ("urn:ietf:params:xml:ns:keyprov:pskc:pin", Reason::RowType),
            ("OCRA-1:HOTP-SHA1-8:QH40", Reason::RowType),
            ("md5", Reason::RowAlgorithm),
            ("ocra", Reason::RowAlgorithm),
        ] {
            assert_eq!(said(cell), Err(reason), "{cell}");
        }
    }
}
