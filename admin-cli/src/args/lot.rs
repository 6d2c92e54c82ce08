//! `lot`.

use std::num::NonZeroU64;

use clap::Subcommand;

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
