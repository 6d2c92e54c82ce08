//! `lot`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use tokenfleet_proto::v1;

use super::{Confirm, DryRun, View};

/// `lot`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lot {
    /// Lists lots, newest first
    #[command(
        after_help = "Examples:\n  tokenadm lot list --limit 5\n  tokenadm lot list --undestroyed\n  tokenadm lot list --expected"
    )]
    List {
        /// Only lots whose seed file nobody confirmed was destroyed
        #[arg(long)]
        undestroyed: bool,
        /// The boxes whose seed file is still waited for, in the place of lots
        #[arg(long, conflicts_with = "undestroyed")]
        expected: bool,
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
    /// Writes down what the box of a lot held, when it came; import --lot then holds the seed file against it
    #[command(
        after_help = "Examples:\n  tokenadm lot expect --vendor deepnet --model SafeID/Diamond --order PO-4711 --count 500\n  tokenadm lot expect 2026-11-24-a --vendor deepnet --model SafeID/Diamond --order PO-4711 --serials box.txt\n  tokenadm lot expect 2026-11-24-a --cancel"
    )]
    Expect(Expect),
    /// Holds a lot against what its box held, and names every token that is missing or surplus
    #[command(
        after_help = "Examples:\n  tokenadm lot compare 2026-11-24-a\n  tokenadm lot compare 2026-11-24-a -o xlsx > differences.xlsx"
    )]
    Compare {
        /// The name of the lot, as lot list shows it
        lot: String,
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Confirms that the seed file of a lot was destroyed
    #[command(
        after_help = "Examples:\n  tokenadm lot destroyed 2026-11-24-a --file seeds.csv --method deleted\n  tokenadm lot destroyed 2026-11-24-a --sha256 DIGEST --method media-destroyed --by 'records office' --on 2026-11-24"
    )]
    Destroyed(Destroyed),
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

/// `lot expect`.
#[derive(Debug, Args)]
pub(crate) struct Expect {
    /// The lot that the seed file becomes, or became; the next of the day where none is named
    #[arg(required_if_eq("cancel", "true"))]
    pub(crate) lot: Option<String>,
    /// Who made the tokens
    #[arg(long, value_name = "VENDOR", required_unless_present = "cancel")]
    pub(crate) vendor: Option<String>,
    /// Their model, as seed files name it; see model list
    #[arg(long, value_name = "MODEL", required_unless_present = "cancel")]
    pub(crate) model: Option<String>,
    /// The purchase order
    #[arg(long, value_name = "ORDER", required_unless_present = "cancel")]
    pub(crate) order: Option<String>,
    /// How many tokens the box held
    #[arg(long, value_name = "N", required_unless_present_any = ["serials", "cancel"], conflicts_with = "serials")]
    pub(crate) count: Option<NonZeroU64>,
    /// The serials that were scanned from the box, one a line; - reads from stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) serials: Option<PathBuf>,
    /// It is the first delivery of the model: nobody knows it yet
    #[arg(long)]
    pub(crate) new_model: bool,
    /// Where the seed file came first: it is right that it is not what the box held
    #[arg(long)]
    pub(crate) accept_difference: bool,
    /// Gives up waiting for the seed file
    #[arg(long, conflicts_with_all = ["vendor", "model", "order", "count", "serials", "new_model", "accept_difference"])]
    pub(crate) cancel: bool,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `lot destroyed`.
#[derive(Debug, Args)]
pub(crate) struct Destroyed {
    /// The name of the lot, as lot list shows it
    pub(crate) lot: String,
    /// The SHA-256 of the file, as lot show shows it
    #[arg(long, value_name = "DIGEST", required_unless_present = "file", conflicts_with = "file")]
    pub(crate) sha256: Option<String>,
    /// The file itself, just before it is destroyed: its SHA-256 is computed here, and nothing of it is sent
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// How it was destroyed
    #[arg(long, value_enum)]
    pub(crate) method: DestructionMethod,
    /// Who destroyed it, where it was not you
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// On which day, such as 2026-11-24; today where none is said
    #[arg(long = "on", value_name = "DATE")]
    pub(crate) day: Option<String>,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// How a seed file was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DestructionMethod {
    /// The file and its copies were deleted.
    Deleted,
    /// It was overwritten before it was deleted.
    Overwritten,
    /// The disk, stick or paper it was on was destroyed.
    MediaDestroyed,
    /// The key that opens it was destroyed.
    KeyDestroyed,
    /// None of the others; the note says how.
    Other,
}

impl From<DestructionMethod> for v1::DestructionMethod {
    fn from(method: DestructionMethod) -> Self {
        match method {
            DestructionMethod::Deleted => Self::Deleted,
            DestructionMethod::Overwritten => Self::Overwritten,
            DestructionMethod::MediaDestroyed => Self::MediaDestroyed,
            DestructionMethod::KeyDestroyed => Self::KeyDestroyed,
            DestructionMethod::Other => Self::Other,
        }
    }
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
