//! Lots: the tokens that came in one file. A lot that is not open keeps all its tokens from use.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, NaiveDate};

use crate::ids::{OperatorName, RowId};
use crate::ports::Timestamp;

/// How far a lot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LotState {
    /// Being imported; its tokens are visible to nobody.
    Staging,
    /// Waiting for proof of how it is to be read.
    Closed,
    /// In use.
    Open,
    /// Kept from use.
    Quarantined,
    /// Called back.
    Recalled,
    /// Taken out again; its tokens are gone.
    Reverted,
}

impl LotState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Staging, Self::Closed, Self::Open, Self::Quarantined, Self::Recalled, Self::Reverted];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Quarantined => "quarantined",
            Self::Recalled => "recalled",
            Self::Reverted => "reverted",
        }
    }

    /// The word people read, in Japanese.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Staging => "取り込み中",
            Self::Closed => "確認待ち",
            Self::Open => "使用中",
            Self::Quarantined => "隔離",
            Self::Recalled => "回収",
            Self::Reverted => "取り消し済み",
        }
    }
}

impl FromStr for LotState {
    type Err = UnknownLotState;

    fn from_str(word: &str) -> Result<Self, UnknownLotState> {
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or(UnknownLotState)
    }
}

/// There is no state of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such state of a lot")]
pub struct UnknownLotState;

/// The name of a lot: the day it came, in Japan, and a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotName(String);

/// Why a text is no name of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lot is called like 2026-11-24-a")]
pub struct BadLotName;

/// Japan has one offset and no summer time: +09:00.
pub const JAPAN: FixedOffset = match FixedOffset::east_opt(9 * 3600) {
    Some(offset) => offset,
    None => unreachable!(),
};

impl LotName {
    /// The `index`-th lot (from 0) of the day that `now` is in Japan: -a, -b … -z, -aa, -ab …
    pub fn nth(now: Timestamp, index: u64) -> Self {
        Self(format!("{}{}", Self::day_prefix(now), letters(index)))
    }

    /// What all lots of the day begin with.
    pub fn day_prefix(now: Timestamp) -> String {
        format!("{}-", now.with_timezone(&JAPAN).format("%Y-%m-%d"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Spreadsheet columns: a … z, aa, ab …
fn letters(mut index: u64) -> String {
    let mut reversed = Vec::new();
    loop {
        reversed.push(char::from(b'a' + u8::try_from(index % 26).unwrap_or(0)));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    reversed.into_iter().rev().collect()
}

impl FromStr for LotName {
    type Err = BadLotName;

    fn from_str(text: &str) -> Result<Self, BadLotName> {
        let name = text.strip_prefix("lots/").unwrap_or(text);
        let (day, letters) = name.rsplit_once('-').ok_or(BadLotName)?;
        let named = (1..=4).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_lowercase());
        if named && day.len() == 10 && NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok() {
            Ok(Self(name.to_owned()))
        } else {
            Err(BadLotName)
        }
    }
}

impl fmt::Display for LotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A lot, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The id of the row.
    pub id: RowId,
    /// The name people use.
    pub name: LotName,
    /// How far it is.
    pub state: LotState,
    /// The file's name, without a path.
    pub file_name: String,
    /// SHA-256 of the file, in hex; empty while it is being read.
    pub file_sha256: String,
    /// The format it was read as.
    pub format: String,
    /// How its secrets were read.
    pub secret_encoding: String,
    /// How many tokens it brought.
    pub tokens: i64,
    /// Who imported it.
    pub imported_by: OperatorName,
    /// When.
    pub created_at: Timestamp,
    /// Counts changes of the row.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_named_by_the_day_in_japan() {
        let late: Timestamp = "2026-11-23T15:00:00Z".parse().unwrap();
        assert_eq!(LotName::nth(late, 0).as_str(), "2026-11-24-a");
        assert_eq!(LotName::nth(late, 25).as_str(), "2026-11-24-z");
        assert_eq!(LotName::nth(late, 26).as_str(), "2026-11-24-aa");
        assert_eq!(LotName::nth(late, 27 * 26).as_str(), "2026-11-24-aaa");
    }

    #[test]
    fn names_of_lots_read_back() {
        assert_eq!("lots/2026-11-24-a".parse(), Ok(LotName("2026-11-24-a".to_owned())));
        for text in ["", "2026-11-24", "2026-11-24-A", "2026-13-24-a", "2026-11-24-aaaaa", "x-2026-11-24-a"] {
            assert_eq!(text.parse::<LotName>(), Err(BadLotName), "{text}");
        }
    }
}
