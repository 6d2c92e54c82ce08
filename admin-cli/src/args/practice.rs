//! `practice`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `practice`.
#[derive(Debug, Subcommand)]
pub(crate) enum Practice {
    /// Makes a set: DIR/seeds.csv as a vendor would ship it, and DIR/devices to play the tokens
    #[command(after_help = "Examples:\n  tokenadm practice new --tokens 5 --out practice\n  \
                            tokenadm practice new --tokens 5 --out practice --vendor feitian --drift -310@3")]
    New(PracticeNew),
    /// Prints what a made-up token shows
    #[command(after_help = "Examples:\n  tokenadm practice code 9912345678901 --dir practice\n  \
                            tokenadm practice code 9912345678901 --dir practice --next")]
    Code(PracticeCode),
}

/// `practice new`.
#[derive(Debug, Args)]
pub(crate) struct PracticeNew {
    /// How many tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) tokens: u32,
    /// The folder to write; it must be new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The vendor whose file layout is used
    #[arg(long, value_enum, default_value_t = Vendor::Entra)]
    pub(crate) vendor: Vendor,
    /// Whether a clock or a button makes the codes; hotp with oath-csv only
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = OtpType::Totp)]
    pub(crate) otp: OtpType,
    /// How long a code is shown; else as long as usual with the vendor
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(15..=120))]
    pub(crate) period: Option<u32>,
    /// How many digits a code has; 7 and 8 with oath-csv only
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(6..=8))]
    pub(crate) digits: u32,
    /// How far clocks are off: SECONDS for all, SECONDS@N for the N-th token; negative is slow; may be repeated
    #[arg(long, visible_alias = "drift-spec", value_name = "SECONDS[@N]", allow_hyphen_values = true)]
    pub(crate) drift: Vec<Drift>,
}

/// Whose file layout a practice file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Vendor {
    /// The header that Entra ID documents, Base32, 30 s.
    Entra,
    /// The same header, 13-digit serials, 60 s.
    Feitian,
    /// A header without upn, 60 s.
    Deepnet,
    /// A header with timeinterval, 30 s.
    Token2,
    /// No header, hex, TOTP or HOTP, 30 s.
    OathCsv,
}

/// Clock or button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OtpType {
    /// The clock.
    Totp,
    /// The button.
    Hotp,
}

/// How far the clock of one token, or of all, is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Drift {
    /// Seconds; negative is slow.
    pub(crate) seconds: i64,
    /// The token it is for, from 1; all where there is none.
    pub(crate) nth: Option<NonZeroU32>,
}

/// The largest drift that a practice token may have: ten years.
const DRIFT_MAX: i64 = 10 * 366 * 86_400;

impl std::str::FromStr for Drift {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seconds, nth) = match text.split_once('@') {
            Some((seconds, nth)) => (seconds, Some(nth.parse().map_err(|_invalid| "after @ comes a number from 1")?)),
            None => (text, None),
        };
        let seconds: i64 =
            seconds.strip_suffix('s').unwrap_or(seconds).parse().map_err(|_invalid| "seconds are a whole number")?;
        if seconds.abs() > DRIFT_MAX {
            return Err("no clock is off by more than ten years".to_owned());
        }
        Ok(Self { seconds, nth })
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.nth {
            Some(nth) => write!(f, "{}@{nth}", self.seconds),
            None => write!(f, "{}", self.seconds),
        }
    }
}

/// `practice code`.
#[derive(Debug, Args)]
pub(crate) struct PracticeCode {
    /// The serial of the made-up token
    pub(crate) serial: String,
    /// The folder that practice new wrote
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The code after the present one; a button token counts this as a press of its button
    #[arg(long)]
    pub(crate) next: bool,
    /// The code at another time, such as 2026-11-24T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn a_drift_is_for_all_or_for_one() {
        let third = NonZeroU32::new(3);
        assert_eq!("-310s@3".parse(), Ok(Drift { seconds: -310, nth: third }));
        assert_eq!("+14".parse(), Ok(Drift { seconds: 14, nth: None }));
        for wrong in ["", "x", "1@0", "1@", "9999999999"] {
            assert!(wrong.parse::<Drift>().is_err(), "{wrong}");
        }
        let typed = "tokenadm practice new --tokens 3 --out d --drift -310@3 --drift 5";
        assert!(Cli::try_parse_from(typed.split(' ')).is_ok());
    }
}
