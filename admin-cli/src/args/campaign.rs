//! `campaign`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use tokenfleet_proto::v1;

use super::{Confirm, DryRun, View};

/// `campaign`.
#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    /// Makes a campaign: the tokens that a filter takes now, with a deadline
    #[command(
        after_help = "Examples:\n  tokenadm campaign create battery-2027 --kind battery --filter 'lot = \"2026-11-24-a\" AND custody = LENT' --due 2027-03-31 --dry-run\n  tokenadm campaign create leavers-2027 --kind leavers --filter 'user = \"0123456789\" OR user = \"1111111111\"' --due 2027-03-31"
    )]
    Create(CampaignCreate),
    /// Lists campaigns and how far they have come, newest first
    #[command(after_help = "Example:\n  tokenadm campaign list")]
    List {
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Shows one campaign
    #[command(after_help = "Example:\n  tokenadm campaign show battery-2027")]
    Show {
        /// The name of the campaign
        campaign: String,
    },
    /// Lists the tokens of a campaign
    #[command(after_help = "Example:\n  tokenadm campaign tokens battery-2027 --open -o xlsx > left.xlsx")]
    Tokens {
        /// The name of the campaign
        campaign: String,
        #[command(flatten)]
        progress: CampaignProgress,
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Takes a token off the list of a campaign: its holder is not meant
    #[command(
        after_help = "Example:\n  tokenadm campaign exclude battery-2027 2600215704919 --note 'abroad until May'"
    )]
    Exclude {
        /// The name of the campaign
        campaign: String,
        /// The serial on the back of the token
        serial: String,
        /// Why
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Writes a letter in Japanese and English to everybody who still holds a token of a campaign
    ///
    /// A template of your own has places such as {user_id}, {serials}, {due_ja}, {due_en} and {campaign}.
    #[command(after_help = "Example:\n  tokenadm campaign letters battery-2027 --out letters")]
    Letters {
        /// The name of the campaign
        campaign: String,
        /// The text of the letter, in UTF-8; else one that comes with tokenadm
        #[arg(long, value_name = "FILE")]
        template: Option<PathBuf>,
        /// A new or empty folder for the letters, one file a person
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Stops the codes of some of what is left after the deadline, so that not everybody comes on one morning
    #[command(
        after_help = "Examples:\n  tokenadm campaign cut-off battery-2027 --limit 20 --dry-run\n  tokenadm campaign cut-off battery-2027 --limit 20 --confirm=battery-2027"
    )]
    CutOff {
        /// The name of the campaign
        campaign: String,
        /// How many tokens this stage stops at most, up to 200
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=200))]
        limit: i32,
        /// Only tokens that were lent through this department
        #[arg(long, value_name = "NAME")]
        department: Option<String>,
        #[command(flatten)]
        confirm: Confirm,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Ends a campaign; what is left stays on record as left
    #[command(after_help = "Example:\n  tokenadm campaign close battery-2027")]
    Close {
        /// The name of the campaign
        campaign: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// `campaign create`.
#[derive(Debug, Args)]
pub(crate) struct CampaignCreate {
    /// Its name: small letters, digits and hyphens
    pub(crate) campaign: String,
    /// What it is for
    #[arg(long, value_enum, default_value_t = CampaignKind::Other)]
    pub(crate) kind: CampaignKind,
    /// Which tokens: an expression as list --filter has it
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) filter: String,
    /// The last day, in Japan, such as 2027-03-31
    #[arg(long, value_name = "DATE")]
    pub(crate) due: String,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// What a campaign is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CampaignKind {
    /// A lot or a model is called back.
    Recall,
    /// Batteries are running out.
    Battery,
    /// People leave.
    Leavers,
    /// The fleet goes over to something else.
    Migration,
    /// None of the others.
    Other,
}

impl From<CampaignKind> for v1::CampaignKind {
    fn from(kind: CampaignKind) -> Self {
        match kind {
            CampaignKind::Recall => Self::Recall,
            CampaignKind::Battery => Self::Battery,
            CampaignKind::Leavers => Self::Leavers,
            CampaignKind::Migration => Self::Migration,
            CampaignKind::Other => Self::Other,
        }
    }
}

/// How far the tokens of a campaign are that are listed; all where nothing is said.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct CampaignProgress {
    /// Only those with which nothing has happened yet
    #[arg(long)]
    pub(crate) open: bool,
    /// Only those that are done
    #[arg(long)]
    pub(crate) done: bool,
    /// Only those that were taken off the list
    #[arg(long)]
    pub(crate) excluded: bool,
}

impl From<&CampaignProgress> for v1::CampaignProgress {
    fn from(progress: &CampaignProgress) -> Self {
        match (progress.open, progress.done, progress.excluded) {
            (true, _, _) => Self::Open,
            (_, true, _) => Self::Done,
            (_, _, true) => Self::Excluded,
            (false, false, false) => Self::Unspecified,
        }
    }
}
