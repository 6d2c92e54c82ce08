//! What happens to a token after it was lent: `replace`, `lost`, `found`, `suspend`, `resume`, `rebind`, `move`, `retire`,
//! and `loans`, which tells it later.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokenfleet_proto::v1;

use super::lending::{Checked, Terms};
use super::{Confirm, DryRun, Target, TargetKind, View};

/// `replace`.
#[derive(Debug, Args)]
pub(crate) struct Replace {
    /// The old token: its serial, or the 10-digit ID of the person who holds it
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The serial on the back of the new token
    #[arg(value_name = "NEW-SERIAL")]
    pub(crate) new: String,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
    /// Why; faulty and battery put the old token aside, lost leaves it recorded as lost, all others bring it back to stock
    #[arg(long, value_enum, default_value_t = ReplaceReason::Other)]
    pub(crate) reason: ReplaceReason,
    /// The old token is not here: it counts no more, stays with the person, and is handed in later
    #[arg(long)]
    pub(crate) later: bool,
    /// A code the new token shows: one proves that it is this token, two that follow each other also set its clock
    #[arg(long = "code", value_name = "CODE")]
    pub(crate) codes: Vec<String>,
    /// How the person was identified
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) checked: Option<Checked>,
    #[command(flatten)]
    pub(crate) terms: Terms,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// Writes a slip for the person to FILE: one page of HTML to print, in Japanese and English, without any secret
    #[arg(long, value_name = "FILE")]
    pub(crate) slip: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// Why a token is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplaceReason {
    /// None of the others.
    Other,
    /// It does not work.
    Faulty,
    /// Its battery is empty.
    Battery,
    /// It is lost.
    Lost,
    /// It is exchanged for another kind.
    Exchange,
}

impl From<ReplaceReason> for v1::ReplaceReason {
    fn from(reason: ReplaceReason) -> Self {
        match reason {
            ReplaceReason::Other => Self::Other,
            ReplaceReason::Faulty => Self::Faulty,
            ReplaceReason::Battery => Self::Battery,
            ReplaceReason::Lost => Self::Lost,
            ReplaceReason::Exchange => Self::Exchange,
        }
    }
}

/// `lost` and `resume`.
#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `suspend`.
#[derive(Debug, Args)]
pub(crate) struct Suspend {
    #[command(flatten)]
    pub(crate) order: Move,
    /// Even where the person is left with no token to sign in with
    #[arg(long)]
    pub(crate) leaves_none: bool,
}

/// `found`.
#[derive(Debug, Args)]
pub(crate) struct Found {
    #[command(flatten)]
    pub(crate) order: Move,
    /// Two codes in the order shown, or three: the person has it back; without codes it goes to stock
    #[arg(value_name = "CODE", num_args = 0..=3)]
    pub(crate) codes: Vec<String>,
}

/// `rebind`.
#[derive(Debug, Args)]
pub(crate) struct Rebind {
    #[command(flatten)]
    pub(crate) order: Move,
    /// Two codes in the order shown, or three
    #[arg(value_name = "CODE", num_args = 2..=3, required = true)]
    pub(crate) codes: Vec<String>,
}

/// `move`.
#[derive(Debug, Args)]
pub(crate) struct MoveUser {
    /// The 10-digit ID that holds the tokens
    #[arg(value_name = "USER-ID")]
    pub(crate) from: String,
    /// The other 10-digit ID of the same person
    #[arg(value_name = "NEW-USER-ID")]
    pub(crate) to: String,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `retire`.
#[derive(Debug, Args)]
pub(crate) struct Retire {
    /// Serials on the backs of the tokens
    #[arg(value_name = "SERIAL", required = true)]
    pub(crate) serials: Vec<String>,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `ready`.
#[derive(Debug, Args)]
pub(crate) struct Ready {
    /// The 10-digit ID of the person
    #[arg(value_name = "USER-ID")]
    pub(crate) user: String,
}

/// `loans`.
#[derive(Debug, Args)]
pub(crate) struct Loans {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Says in a line who held it then: in a month such as 2026-03, on a day such as 2026-03-31, or at a moment such as 2026-03-31T09:00:00+09:00
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Shows at most N
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) view: View,
}
