//! The stock: `location`, `model`, `stock`, `reserve`, `reservation`, `transfer`, `receive`, `transfers`, `stocktake`, `label`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{DryRun, View};

/// `location`.
#[derive(Debug, Subcommand)]
pub(crate) enum Location {
    /// Adds a place where tokens are kept
    #[command(after_help = "Example:\n  tokenadm location add hongo --en Hongo --ja 本郷")]
    Add {
        /// The short name of the place: 1 to 32 of a-z, 0-9 and hyphen
        #[arg(value_name = "LOCATION")]
        name: String,
        /// What people call it, in English; else its short name
        #[arg(long, value_name = "NAME")]
        en: Option<String>,
        /// What people call it, in Japanese; else its short name
        #[arg(long, value_name = "NAME")]
        ja: Option<String>,
    },
    /// Lists the places where tokens are kept
    #[command(after_help = "Example:\n  tokenadm location list")]
    List {
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
}

/// `model`.
#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// Says something of a model; what is not said stays as it is
    #[command(after_help = "Examples:\n  tokenadm model set feitian C200 --battery-years 5 --drift-ppm 20\n  \
                            tokenadm model set feitian C200 --low-stock 10 --location hongo")]
    Set(ModelSet),
    /// Lists models, with what their tokens are like and what is known of them
    #[command(after_help = "Example:\n  tokenadm model list")]
    List {
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
}

/// `model set`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("said").required(true).multiple(true).args(["battery_years", "drift_ppm", "low_stock"]))]
pub(crate) struct ModelSet {
    /// Who makes it, as stock shows it
    #[arg(value_name = "VENDOR")]
    pub(crate) vendor: String,
    /// The model, as stock shows it
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// How many years its battery lasts
    #[arg(long, value_name = "YEARS")]
    pub(crate) battery_years: Option<i32>,
    /// How far its clock may drift, in millionths; 10 is about a second a day
    #[arg(long, value_name = "PPM")]
    pub(crate) drift_ppm: Option<f64>,
    /// How few may be left free before stock says so; 0 says so no more
    #[arg(long, value_name = "TOKENS")]
    pub(crate) low_stock: Option<i32>,
    /// Where --low-stock counts; without it, in all locations together
    #[arg(long, requires = "low_stock")]
    pub(crate) location: Option<String>,
}

/// `stock`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Stock {
    #[command(subcommand)]
    pub(crate) next: Option<StockNext>,
    /// Only what belongs to this location
    #[arg(long)]
    pub(crate) location: Option<String>,
    /// Only this model
    #[arg(long)]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) view: View,
}

/// `stock next`.
#[derive(Debug, Subcommand)]
pub(crate) enum StockNext {
    /// Names the next free token of a model in a location: the oldest import first
    #[command(after_help = "Example:\n  tokenadm stock next --model C200 --location hongo")]
    Next {
        /// The model, as stock shows it
        #[arg(long)]
        model: String,
        /// The location it is taken from
        #[arg(long)]
        location: String,
    },
}

/// `reserve`.
#[derive(Debug, Args)]
pub(crate) struct Reserve {
    /// The serial on the back of the token; else the next free one of --model in --location
    #[arg(value_name = "SERIAL", conflicts_with_all = ["model", "location"], required_unless_present_all = ["model", "location"])]
    pub(crate) serial: Option<String>,
    /// The model, as stock shows it
    #[arg(long, requires = "location")]
    pub(crate) model: Option<String>,
    /// The location it is taken from
    #[arg(long, requires = "model")]
    pub(crate) location: Option<String>,
    /// The 10-digit ID of the person it is kept for
    #[arg(long = "for", value_name = "USER-ID")]
    pub(crate) user: String,
    /// The last day in Japan on which it is kept, such as 2027-03-31; 14 days from now where nothing is said
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<String>,
    /// The department it is kept through
    #[arg(long)]
    pub(crate) department: Option<String>,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `reservation`.
#[derive(Debug, Subcommand)]
pub(crate) enum Reservation {
    /// Lists what is to be picked up, those that end first first
    #[command(after_help = "Example:\n  tokenadm reservation list --location hongo")]
    List {
        /// Only what belongs to this location
        #[arg(long)]
        location: Option<String>,
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Sets a token free that is kept for somebody
    #[command(after_help = "Example:\n  tokenadm reservation cancel 2600215704919")]
    Cancel {
        /// The serial on the back of the token
        #[arg(value_name = "SERIAL")]
        serial: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// `transfer`.
#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// Serials on the backs of the tokens that are sent
    #[arg(value_name = "SERIAL", required_unless_present = "scan", conflicts_with = "scan")]
    pub(crate) serials: Vec<String>,
    /// The location they are sent to
    #[arg(long, value_name = "LOCATION")]
    pub(crate) to: String,
    /// Reads serials line by line, as a scanner types them, until the input ends; then sends what was read
    #[arg(long)]
    pub(crate) scan: bool,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `receive`.
#[derive(Debug, Args)]
pub(crate) struct Receive {
    /// The name of the transfer, as transfers shows it
    #[arg(value_name = "TRANSFER")]
    pub(crate) transfer: String,
    /// Serials of those that came; without any, all came
    #[arg(value_name = "SERIAL", conflicts_with = "scan")]
    pub(crate) serials: Vec<String>,
    /// Reads serials line by line, as a scanner types them; each is received at once
    #[arg(long)]
    pub(crate) scan: bool,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `transfers`.
#[derive(Debug, Args)]
pub(crate) struct Transfers {
    /// Only this one, with its tokens
    #[arg(value_name = "TRANSFER", conflicts_with_all = ["all", "limit"])]
    pub(crate) transfer: Option<String>,
    /// Complete ones too, not only those with tokens on their way
    #[arg(long)]
    pub(crate) all: bool,
    /// Shows at most N
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) view: View,
}

/// `stocktake`.
#[derive(Debug, Subcommand)]
pub(crate) enum Stocktake {
    /// Begins to count what is in a location; one stocktake at a time in each
    #[command(after_help = "Example:\n  tokenadm stocktake start --location hongo")]
    Start {
        /// The location that is counted
        #[arg(long)]
        location: String,
    },
    /// Takes down what lies there: serials line by line, as a scanner types them, until the input ends
    ///
    /// An error of one line does not stop the next, and the exit code is the highest of all lines. Several people may scan
    /// for one stocktake, and go on another time.
    #[command(after_help = "Examples:\n  tokenadm stocktake scan 2026-11-24-a\n  \
                            tokenadm stocktake scan 2026-11-24-a 2600215704919")]
    Scan {
        /// The name of the stocktake, as stocktake list shows it
        #[arg(value_name = "STOCKTAKE")]
        stocktake: String,
        /// Serials, in the place of scanning
        #[arg(value_name = "SERIAL")]
        serials: Vec<String>,
    },
    /// Ends a stocktake and lists what is missing and what is surplus; each stands in the record of its token
    #[command(after_help = "Examples:\n  tokenadm stocktake close 2026-11-24-a --dry-run\n  \
                            tokenadm stocktake close 2026-11-24-a --apply -o csv")]
    Close {
        /// The name of the stocktake, as stocktake list shows it
        #[arg(value_name = "STOCKTAKE")]
        stocktake: String,
        /// Says of tokens on the shelf that lie there and belong elsewhere that they belong there from now on
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        dry_run: DryRun,
        #[command(flatten)]
        view: View,
    },
    /// Lists what a closed stocktake found missing and surplus
    #[command(after_help = "Example:\n  tokenadm stocktake show 2026-11-24-a -o csv")]
    Show {
        /// The name of the stocktake, as stocktake list shows it
        #[arg(value_name = "STOCKTAKE")]
        stocktake: String,
        #[command(flatten)]
        view: View,
    },
    /// Lists stocktakes, newest first
    #[command(after_help = "Example:\n  tokenadm stocktake list --limit 5")]
    List {
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
}

/// `label`.
#[derive(Debug, Args)]
pub(crate) struct Label {
    /// Serials of the tokens that get a label
    #[arg(value_name = "SERIAL", required = true)]
    pub(crate) serials: Vec<String>,
    /// What the labels are written in
    #[arg(long, value_enum, default_value_t = LabelFormat::Svg)]
    pub(crate) format: LabelFormat,
    /// The file to write; else they go to stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// What labels are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelFormat {
    /// A picture of all labels, in their size.
    Svg,
    /// The language of Zebra's label printers.
    Zpl,
}

impl LabelFormat {
    /// The word that programs read.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Zpl => "zpl",
        }
    }
}
