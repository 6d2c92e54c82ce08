//! `lot`.

use std::num::NonZeroU64;

use clap::{Args, Subcommand, ValueEnum};
use tokenfleet_proto::v1;

use super::{Confirm, DryRun, View};

/// `lot`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lot {
    /// Lists lots, newest first
    #[command(after_help = "Example:\n  tokenadm lot list --limit 5")]
    List {
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Shows one lot
    #[command(after_help = "Example:\n  tokenadm lot show 2026-11-24-a")]
    Show {
        /// The name of the lot, as lot list shows it
        lot: String,
    },
    /// Proves how a lot is to be read, by a code that one of its tokens shows, and opens it
    #[command(
        after_help = "Examples:\n  tokenadm lot prove 2026-11-24-a 2600215704919 123456\n  tokenadm lot prove 2026-11-24-a 2600215704919 123456 654321"
    )]
    Prove {
        /// The name of the lot, as lot list shows it
        lot: String,
        /// The serial on the back of the token in hand
        serial: String,
        /// The code it shows; or two in the order shown, which also find a clock that is far off
        #[arg(value_name = "CODE", num_args = 1..=2, required = true)]
        codes: Vec<String>,
        /// Anything worth recording, such as a ticket number
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Keeps a lot from use at once: nothing of it is lent, and no code of it counts
    #[command(
        after_help = "Example:\n  tokenadm lot quarantine 2026-11-24-a --reason seeds-exposed --confirm=2026-11-24-a"
    )]
    Quarantine {
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        confirm: Confirm,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Calls a lot back: nothing of it is lent any more; lists who holds its tokens, and stops their codes when asked to
    #[command(
        after_help = "Examples:\n  tokenadm lot recall 2026-11-24-a --reason vendor-notice\n  tokenadm lot recall 2026-11-24-a -o csv\n  tokenadm lot recall 2026-11-24-a --stop 2600215704919\n  tokenadm lot recall 2026-11-24-a --stop-all --confirm=2026-11-24-a"
    )]
    Recall {
        #[command(flatten)]
        why: Why,
        /// Stops the codes of these tokens, which counted until now
        #[arg(long, value_name = "SERIAL", num_args = 1.., conflicts_with = "stop_all")]
        stop: Vec<String>,
        /// Stops the codes of all its tokens
        #[arg(long)]
        stop_all: bool,
        #[command(flatten)]
        confirm: Confirm,
        /// Lists at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Lets a lot be used again that was quarantined or recalled
    #[command(after_help = "Example:\n  tokenadm lot open 2026-11-24-a --reason resolved")]
    Open {
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Takes a whole lot out of stock again, while none of its tokens was used
    #[command(after_help = "Example:\n  tokenadm lot revert 2026-11-24-a --confirm=2026-11-24-a")]
    Revert {
        /// The name of the lot, as lot list shows it
        lot: String,
        #[command(flatten)]
        confirm: Confirm,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// Which lot, and why.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The name of the lot, as lot list shows it
    pub(crate) lot: String,
    /// Why
    #[arg(long, value_enum, default_value_t = LotReason::Other)]
    pub(crate) reason: LotReason,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
}

/// Why a lot is kept from use, called back, or let go again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LotReason {
    /// None of the others.
    Other,
    /// The vendor says so.
    VendorNotice,
    /// Its devices fail.
    Faulty,
    /// Others may know its seeds.
    SeedsExposed,
    /// What was wrong is mended.
    Resolved,
}

impl From<LotReason> for v1::LotReason {
    fn from(reason: LotReason) -> Self {
        match reason {
            LotReason::Other => Self::Other,
            LotReason::VendorNotice => Self::VendorNotice,
            LotReason::Faulty => Self::Faulty,
            LotReason::SeedsExposed => Self::SeedsExposed,
            LotReason::Resolved => Self::Resolved,
        }
    }
}
