//! `verify` and `resync`.

use clap::Args;

use super::TargetKind;

/// `verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The serial on the back of the token, or the 10-digit ID of the person who holds it
    #[arg(value_name = "SERIAL|USER-ID", required_unless_present = "scan")]
    pub(crate) target: Option<String>,
    /// The code the token shows
    #[arg(value_name = "CODE", required_unless_present = "scan")]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
    /// The 10-digit ID of the person it is for: a token of somebody else is refused
    #[arg(long = "for", value_name = "USER-ID", conflicts_with = "scan")]
    pub(crate) for_user: Option<String>,
    /// Reads from stdin until it ends: a serial, then a code, on two lines or on one
    #[arg(long, conflicts_with_all = ["target", "code"])]
    pub(crate) scan: bool,
}

/// `resync`.
#[derive(Debug, Args)]
pub(crate) struct Resync {
    /// The serial on the back of the token, or the 10-digit ID of the person who holds it
    #[arg(value_name = "SERIAL|USER-ID")]
    pub(crate) target: Option<String>,
    /// Two codes in the order shown, or three; with fewer, a terminal asks for the next
    #[arg(value_name = "CODE", num_args = 0..=3)]
    pub(crate) codes: Vec<String>,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
    /// The 10-digit ID of the person it is for: a token of somebody else is refused
    #[arg(long = "for", value_name = "USER-ID")]
    pub(crate) for_user: Option<String>,
}

/// `identify`.
#[derive(Debug, Args)]
pub(crate) struct Identify {
    /// Two codes in the order shown, or three
    #[arg(value_name = "CODE", num_args = 2..=3, required = true)]
    pub(crate) codes: Vec<String>,
    /// The 10-digit ID of the person it is for: a token of somebody else is refused
    #[arg(long = "for", value_name = "USER-ID")]
    pub(crate) for_user: Option<String>,
}
