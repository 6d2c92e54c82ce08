//! `import` and `inspect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokenfleet_proto::v1;

use super::DryRun;

/// `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The seed files, as the vendor sent them; - reads from stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
    /// Imports the good rows and lists the others in FILE's name with .rejected.csv (no seeds in it)
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// What becomes of rows whose token is known with the same seed, where they describe it otherwise (manufacturer, model, expiry date); they are refused where this is not said
    #[arg(long, value_name = "WAY", value_enum)]
    pub(crate) existing: Option<Existing>,
    /// Where the new tokens are kept; see location list
    #[arg(long)]
    pub(crate) location: Option<String>,
    /// Applies what a dry run came to, or nothing: the same file with the same options, and a stock that makes no other of it
    #[arg(long, value_name = "PLAN")]
    pub(crate) plan: Option<String>,
    /// The lot that the file becomes: it is held against what lot expect wrote down of its box
    #[arg(long, value_name = "LOT")]
    pub(crate) lot: Option<String>,
    /// It is right that the file is not what the box held
    #[arg(long, requires = "lot")]
    pub(crate) accept_difference: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// `inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The seed file, as the vendor sent it; - reads from stdin
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How a file is to be read, where it does not say itself.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Who made the tokens, where the file names no manufacturer
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<String>,
    /// How secrets are written, where the layout does not say
    #[arg(long, value_name = "ENCODING", value_enum)]
    pub(crate) secret_encoding: Option<SecretEncoding>,
    /// Which column holds what, as in serial=1,secret=3:hex,type=const:totp,period=const:60; or the name of a map that the profile keeps under [maps]
    #[arg(long, value_name = "MAP")]
    pub(crate) map: Option<String>,
    /// Short serials are right as they stand: you compared them with the tokens, and no spreadsheet took zeros away
    #[arg(long)]
    pub(crate) serials_as_written: bool,
    /// Secrets of an unusual length are right as they stand: you asked the vendor, and no character was lost
    #[arg(long)]
    pub(crate) secrets_as_written: bool,
    /// The key of an encrypted file, as hex or as it is; - reads from stdin. Given again, each is tried in turn
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Vec<PathBuf>,
    /// The passphrase of an encrypted file, without its line end; - reads from stdin. Given again, each is tried in turn, as for an archive and a file in it. On a terminal it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Vec<PathBuf>,
    /// Which member of an archive, or which sheet of a workbook, holds the keys
    #[arg(long, value_name = "NAME")]
    pub(crate) part: Option<String>,
}

/// What becomes of rows whose token is known, where they describe it otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Existing {
    /// They are refused
    Reject,
    /// They are passed over, and what is known stays
    SkipIdentical,
    /// What they say is taken over; seeds and what decides codes never change
    UpdateMetadata,
}

impl From<Existing> for v1::ExistingTokens {
    fn from(existing: Existing) -> Self {
        match existing {
            Existing::Reject => Self::Reject,
            Existing::SkipIdentical => Self::SkipIdentical,
            Existing::UpdateMetadata => Self::UpdateMetadata,
        }
    }
}

/// How secrets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretEncoding {
    /// Hexadecimal.
    Hex,
    /// Base32.
    Base32,
    /// Base64.
    Base64,
}

/// All but the map, which may be kept in a profile, and whether somebody can be asked.
impl From<&Reading> for v1::ReadingOptions {
    fn from(reading: &Reading) -> Self {
        let encoding = match reading.secret_encoding {
            None => v1::SecretEncoding::Unspecified,
            Some(SecretEncoding::Hex) => v1::SecretEncoding::Hex,
            Some(SecretEncoding::Base32) => v1::SecretEncoding::Base32,
            Some(SecretEncoding::Base64) => v1::SecretEncoding::Base64,
        };
        Self {
            secret_encoding: encoding.into(),
            vendor: reading.vendor.clone().unwrap_or_default(),
            column_map: String::new(),
            serials_as_written: reading.serials_as_written,
            secrets_as_written: reading.secrets_as_written,
            part: reading.part.clone().unwrap_or_default(),
            can_be_asked: false,
        }
    }
}
