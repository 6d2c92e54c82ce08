//! `adopt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokenfleet_proto::v1;

use super::DryRun;

/// `adopt`.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The list, as CSV; - reads from stdin
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
    /// Adopts the good rows though others are refused
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Whose list it is, where its headings are not to decide
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<ListFormat>,
    /// Who made the tokens, where the file names no manufacturer
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<String>,
}

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A spreadsheet of loans.
    Loans,
    /// Entra's list of hardware tokens.
    Entra,
    /// The token list of privacyIDEA.
    Privacyidea,
    /// The token list of LinOTP.
    Linotp,
}

impl From<ListFormat> for v1::ListFormat {
    fn from(format: ListFormat) -> Self {
        match format {
            ListFormat::Loans => Self::Loans,
            ListFormat::Entra => Self::Entra,
            ListFormat::Privacyidea => Self::Privacyidea,
            ListFormat::Linotp => Self::Linotp,
        }
    }
}
