//! Where tokens are kept: Hongo, Komaba, Kashiwa.

use std::fmt;
use std::str::FromStr;

use crate::ids::OperatorName;
use crate::ports::Timestamp;

/// The short name of a place, as it is typed and stands in tokens: `hongo`, `kashiwa-2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationName(String);

/// Why a text is no name of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a location is 1 to 32 of a-z, 0-9 and hyphen, and begins and ends with a letter or digit")]
pub struct BadLocationName;

impl LocationName {
    /// Most characters of a name.
    const MAX: usize = 32;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LocationName {
    type Err = BadLocationName;

    /// Reads `locations/hongo` and `hongo`.
    fn from_str(text: &str) -> Result<Self, BadLocationName> {
        let plain = text.strip_prefix("locations/").unwrap_or(text);
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let edges = plain.starts_with('-') || plain.ends_with('-');
        if (1..=Self::MAX).contains(&plain.len()) && plain.bytes().all(fits) && !edges {
            Ok(Self(plain.to_owned()))
        } else {
            Err(BadLocationName)
        }
    }
}

impl fmt::Display for LocationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place where tokens are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its short name.
    pub name: LocationName,
    /// What people call it, in English.
    pub title_en: String,
    /// What people call it, in Japanese.
    pub title_ja: String,
    /// Since when it is known.
    pub created_at: Timestamp,
    /// Who added it.
    pub created_by: OperatorName,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_short_word_with_or_without_its_prefix() {
        for text in ["hongo", "locations/hongo"] {
            assert_eq!(text.parse::<LocationName>().map(|name| name.to_string()), Ok("hongo".to_owned()));
        }
        assert!("kashiwa-2".parse::<LocationName>().is_ok());
        for bad in ["", "Hongo", "本郷", "-a", "a-", "a b", "locations/", "a/b", &"x".repeat(33)] {
            assert_eq!(bad.parse::<LocationName>(), Err(BadLocationName), "{bad}");
        }
    }
}
