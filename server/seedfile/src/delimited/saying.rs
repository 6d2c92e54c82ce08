//! What a cell that nobody reads may say of how codes are made. Guarantee: nothing is read from it; a cell with a unit or
//! a name of its own (`60 sec`, `8桁`, `SHA-256`) is told from a bare number, which means something only beside others.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::field::{Field, fold};
use crate::foreign::is_number;
use crate::kind::{Kind, Said, other, said};

/// Characters of a cell that are looked at; a longer one is prose.
const LONGEST: usize = 256;

/// Seconds above which an interval is no token's: 300 and 600 are, an hour is a delivery.
const LONGEST_PERIOD: u32 = 600;

/// Parts of a cell that name a kind of token.
#[rustfmt::skip] // A list of words, not of lines.
const KINDS: [&str; 14] = [
    "hotp", "totp", "motp", "ocra", "eventbased", "timebased", "timesync", "challenge", "yubi", "securid", "時刻",
    "イベント", "カウンタ", "チャレンジ",
];

/// What cells say of a secret that is as it stands, folded.
#[rustfmt::skip] // A list of words, not of lines.
const PLAIN: [&str; 25] = [
    "none", "no", "n", "na", "0", "off", "false", "plain", "plaintext", "clear", "cleartext", "unencrypted",
    "notencrypted", "hex", "hexadecimal", "base16", "base32", "なし", "無し", "無", "いいえ", "平文", "16進", "16進数",
    "暗号化なし",
];

/// A cell as it is looked at.
pub(crate) struct Cell(Zeroizing<String>);

impl Cell {
    /// None of one that says nothing: an empty one, a dash, prose.
    pub(crate) fn new(text: &str) -> Option<Self> {
        // A column of secrets may be among those that nobody reads.
        let mut plain = Zeroizing::new(String::with_capacity(2 * text.len()));
        plain.extend(text.trim().nfkc().take(LONGEST).flat_map(char::to_lowercase));
        plain.contains(char::is_alphanumeric).then_some(Self(plain))
    }

    /// The parameter that it names otherwise than is usual, of those that are wanted.
    pub(crate) fn names_unusual(&self, is_wanted: impl Fn(Field) -> bool, usual: Option<Kind>) -> bool {
        let named = [
            (Field::Period, self.names_period()),
            (Field::Digits, self.names_digits()),
            (Field::Hash, self.names_sha2()),
            (Field::Type, matches!(said(&self.0), Ok(Said::Kind(kind)) if usual != Some(kind))),
        ];
        named.into_iter().any(|(field, is_named)| is_named && is_wanted(field))
    }

    /// Whether it names a kind of token, other than the one that nobody needs to say.
    pub(crate) fn names_kind(&self, usual: Option<Kind>) -> bool {
        match said(&self.0) {
            Ok(Said::Kind(kind)) => usual != Some(kind),
            Ok(Said::Nothing | Said::Hash(_)) | Err(_) => {
                let folded = fold(&self.0).unwrap_or_default();
                other(&self.0).is_some() || KINDS.into_iter().any(|part| folded.contains(part))
            }
        }
    }

    /// Whether it says that a secret stands there as it is.
    pub(crate) fn is_plain(&self) -> bool {
        fold(&self.0).is_some_and(|folded| PLAIN.contains(&folded.as_str()))
    }

    /// What it would be as a number alone, and whether that is other than is usual.
    pub(crate) fn bare(&self) -> Option<Bare> {
        let text = self.0.as_str();
        is_number(text).then(|| match text {
            "30" | "60" => Bare::Of { field: Field::Period, is_unusual: text != "30" },
            "6" | "7" | "8" => Bare::Of { field: Field::Digits, is_unusual: text != "6" },
            _ => Bare::Other,
        })
    }

    fn names_period(&self) -> bool {
        let seconds = self.amounts().into_iter().filter_map(|(number, unit)| number.checked_mul(seconds(unit)?));
        let is_unusual = |seconds: u32| seconds != 30 && (1..=LONGEST_PERIOD).contains(&seconds);
        seconds.chain(self.clock()).any(is_unusual)
    }

    fn names_digits(&self) -> bool {
        self.amounts().into_iter().any(|(number, unit)| is_length(unit) && number != 6 && (4..=10).contains(&number))
    }

    /// `SHA-256`, `HMAC-SHA-2-256`, `SHA2 (512)`; no word that merely ends in these letters.
    fn names_sha2(&self) -> bool {
        self.0.match_indices("sha").any(|(at, _)| {
            let before = &self.0[..at];
            let digits = self.0[at + 3..].trim_start_matches([' ', '-', '_', '/', '(']);
            let is_word = before.ends_with("hmac") || !before.ends_with(char::is_alphabetic);
            let is_sha1 = digits.strip_prefix('1').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
            is_word && digits.starts_with(|c: char| c.is_ascii_digit()) && !is_sha1
        })
    }

    /// `00:01:00`, in seconds.
    fn clock(&self) -> Option<u32> {
        let (minutes, seconds) = self.0.strip_prefix("00:")?.split_once(':')?;
        let part = |text: &str| if text.len() == 2 && is_number(text) { text.parse::<u32>().ok() } else { None };
        Some(part(minutes)? * 60 + part(seconds)?)
    }

    /// Its numbers, each with the word behind it. A number within a word is none: `ft-60s` is a name.
    fn amounts(&self) -> Vec<(u32, &str)> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(begin) = self.0[from..].find(|c: char| c.is_ascii_digit()).map(|at| from + at) {
            let end = self.0[begin..].find(|c: char| !c.is_ascii_digit()).map_or(self.0.len(), |at| begin + at);
            let behind = self.0[end..].trim_start_matches([' ', '-']);
            let unit = &behind[..behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len())];
            let is_free = !self.0[..begin].ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '.');
            found.extend(self.0[begin..end].parse().ok().filter(|_| is_free).map(|number| (number, unit)));
            from = end;
        }
        found
    }
}

/// What a number alone would be.
#[derive(Clone, Copy)]
pub(crate) enum Bare {
    Of { field: Field, is_unusual: bool },
    Other,
}

impl Bare {
    /// What two of them are together.
    pub(crate) fn and(self, one: Self) -> Self {
        match (self, one) {
            (Self::Of { field, is_unusual }, Self::Of { field: other, is_unusual: also }) if field == other => {
                Self::Of { field, is_unusual: is_unusual || also }
            }
            (Self::Of { .. } | Self::Other, Self::Of { .. } | Self::Other) => Self::Other,
        }
    }
}

/// Seconds of a unit of time.
fn seconds(unit: &str) -> Option<u32> {
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "min" | "mins" | "minute" | "minutes" => Some(60),
        _ if unit.starts_with('秒') => Some(1),
        _ if unit.starts_with('分') => Some(60),
        _ => None,
    }
}

fn is_length(unit: &str) -> bool {
    let english = ["digit", "digits", "char", "chars", "character", "characters", "number", "numbers"];
    english.contains(&unit) || unit.starts_with('桁') || unit.starts_with("文字")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<Field> {
        let cell = Cell::new(text).unwrap();
        let fields = [Field::Period, Field::Digits, Field::Hash, Field::Type];
        fields.into_iter().filter(|field| cell.names_unusual(|wanted| wanted == *field, None)).collect()
    }

    #[test]
    fn what_a_cell_names_is_known_in_all_its_spellings() {
        for text in ["60s", "60 sec.", "６０秒", "1分", "1 min", "60 s (1 min)", "00:01:00", "毎 60秒間", "45 seconds"]
        {
            assert_eq!(named(text), [Field::Period], "{text}");
        }
        for text in ["8 digits", "8-digit", "８桁", "8桁表示", "8 numbers", "8 chars"] {
            assert_eq!(named(text), [Field::Digits], "{text}");
        }
        for text in ["SHA-256", "HMAC-SHA-2-256", "SHA-2 (256)", "SHA2", "HmacSHA512", "c200 sha256"] {
            assert_eq!(named(text), [Field::Hash], "{text}");
        }
        assert_eq!(named("60s/8digits"), [Field::Period, Field::Digits]);
        assert_eq!(named("HOTP"), [Field::Type]);
    }

    #[test]
    fn what_is_usual_or_about_something_else_is_not_unusual() {
        for text in
            ["30 sec", "6桁", "SHA-1", "HMAC-SHA1", "ft-60s", "Natasha 24", "3 years", "24 months", "60", "2026-01"]
        {
            assert_eq!(named(text), [], "{text}");
        }
        assert!(["", "-", "—", " "].into_iter().all(|text| Cell::new(text).is_none()));
    }

    #[test]
    fn kinds_are_told_from_other_words() {
        for text in ["OCRA", "OATH-OCRA", "mOTP token", "YubiKey AES", "HOTP", "チャレンジレスポンス", "event"]
        {
            assert!(Cell::new(text).unwrap().names_kind(None), "{text}");
        }
        for text in ["OTP card", "hardware", "full time", "カード型", "CR2032", "staff"] {
            assert!(!Cell::new(text).unwrap().names_kind(None), "{text}");
        }
        assert!(!Cell::new("totp").unwrap().names_kind(Some(Kind::Totp)));
    }
}
