//! The papers of the stock: transfers between locations, and counts of what is there. Each is named by its day.

use std::fmt;
use std::str::FromStr;

use crate::ids::OperatorName;
use crate::location::LocationName;
use crate::lot::LotName;
use crate::ports::Timestamp;
use crate::token::{Custody, Token};

/// Names that are made as those of lots are: the day, in Japan, and a letter.
macro_rules! named_by_day {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $(#[$bad_doc:meta])* $bad:ident, $error:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(LotName);

        $(#[$bad_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error($error)]
        pub struct $bad;

        impl $name {
            /// The `index`-th (from 0) of the day that `now` is in Japan.
            pub fn nth(now: Timestamp, index: u64) -> Self {
                Self(LotName::nth(now, index))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = $bad;

            fn from_str(text: &str) -> Result<Self, $bad> {
                let plain = text.strip_prefix($prefix).unwrap_or(text);
                if plain.contains('/') {
                    return Err($bad);
                }
                plain.parse().map(Self).map_err(|_| $bad)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

named_by_day!(
    /// The name of a transfer.
    TransferName,
    "transfers/",
    /// Why a text is no name of a transfer.
    BadTransferName,
    "a transfer is called like 2026-11-24-a"
);

named_by_day!(
    /// The name of a stocktake.
    StocktakeName,
    "stocktakes/",
    /// Why a text is no name of a stocktake.
    BadStocktakeName,
    "a stocktake is called like 2026-11-24-a"
);

/// Tokens on their way from one location to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its name.
    pub name: TransferName,
    /// Where they go.
    pub to: LocationName,
    /// Anything worth recording; often empty.
    pub note: String,
    /// When they were sent.
    pub sent_at: Timestamp,
    /// Who sent them.
    pub sent_by: OperatorName,
    /// When the last one had come; None while one is on its way.
    pub completed_at: Option<Timestamp>,
}

/// What became of a token that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It came.
    Received,
    /// It was put out of service on its way.
    Gone,
}

impl Arrival {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Gone => "gone",
        }
    }
}

/// There is no such end of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such end of a transfer")]
pub struct UnknownArrival;

impl FromStr for Arrival {
    type Err = UnknownArrival;

    fn from_str(word: &str) -> Result<Self, UnknownArrival> {
        [Self::Received, Self::Gone].into_iter().find(|arrival| arrival.as_str() == word).ok_or(UnknownArrival)
    }
}

/// A count of what is in a location, by scanning all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stocktake {
    /// Its name.
    pub name: StocktakeName,
    /// Where.
    pub location: LocationName,
    /// When it began.
    pub started_at: Timestamp,
    /// Who began it.
    pub started_by: OperatorName,
    /// How it ended; None while it goes on.
    pub closed: Option<StocktakeEnd>,
}

/// The end of a stocktake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StocktakeEnd {
    /// When.
    pub at: Timestamp,
    /// Who ended it.
    pub by: OperatorName,
    /// Tokens that were where they belong.
    pub found: i64,
    /// Tokens that were not scanned.
    pub missing: i64,
    /// Tokens that were scanned and do not belong there.
    pub surplus: i64,
}

/// What a stocktake says of a token, or of a serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StocktakeWord {
    /// It is where it belongs.
    Found,
    /// It should be there and was not scanned.
    Missing,
    /// It belongs to another location, or to none.
    Elsewhere,
    /// It is on its way with a transfer.
    InTransit,
    /// It is lent.
    Lent,
    /// It was reported lost.
    Lost,
    /// It was put out of service.
    Retired,
    /// No token is known by that serial.
    Unknown,
}

impl StocktakeWord {
    /// Every word.
    pub const ALL: [Self; 8] = [
        Self::Found,
        Self::Missing,
        Self::Elsewhere,
        Self::InTransit,
        Self::Lent,
        Self::Lost,
        Self::Retired,
        Self::Unknown,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Missing => "missing",
            Self::Elsewhere => "elsewhere",
            Self::InTransit => "in_transit",
            Self::Lent => "lent",
            Self::Lost => "lost",
            Self::Retired => "retired",
            Self::Unknown => "unknown",
        }
    }

    /// What a token that was scanned in a location is there.
    pub fn of(token: &Token, location: &LocationName, in_transit: bool) -> Self {
        match token.state.custody {
            Custody::Lent => Self::Lent,
            Custody::Lost => Self::Lost,
            Custody::Retired => Self::Retired,
            Custody::Ordered | Custody::InStock | Custody::Faulty if in_transit => Self::InTransit,
            Custody::Ordered | Custody::InStock | Custody::Faulty => {
                if token.location.as_deref() == Some(location.as_str()) { Self::Found } else { Self::Elsewhere }
            }
        }
    }
}

/// There is no such word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such word of a stocktake")]
pub struct UnknownStocktakeWord;

impl FromStr for StocktakeWord {
    type Err = UnknownStocktakeWord;

    fn from_str(word: &str) -> Result<Self, UnknownStocktakeWord> {
        Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or(UnknownStocktakeWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_is_named_by_its_day_with_or_without_its_prefix() {
        let now = "2026-11-24T16:00:00Z".parse().unwrap();
        let name = TransferName::nth(now, 1);
        assert_eq!(name.to_string(), "2026-11-25-b");
        for text in ["2026-11-25-b", "transfers/2026-11-25-b"] {
            assert_eq!(text.parse(), Ok(name.clone()), "{text}");
        }
        for bad in ["", "lots/2026-11-25-b", "transfers/lots/2026-11-25-b", "2600215704919"] {
            assert_eq!(bad.parse::<TransferName>(), Err(BadTransferName), "{bad}");
        }
    }
}
