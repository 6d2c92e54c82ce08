//! `assign` and `return`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tokenfleet_proto::v1;

use super::{DryRun, TargetKind};

/// `assign`.
#[derive(Debug, Args)]
pub(crate) struct Assign {
    /// The serial on the back of the token
    #[arg(value_name = "SERIAL", required_unless_present_any = ["scan", "from_file"])]
    pub(crate) serial: Option<String>,
    /// The 10-digit ID of the person
    #[arg(value_name = "USER-ID", required_unless_present_any = ["scan", "from_file"])]
    pub(crate) user: Option<String>,
    /// Reads loans from stdin until it ends: a serial, then an ID, on two lines or on one; codes may follow on that line
    #[arg(long, conflicts_with_all = ["serial", "user", "codes"])]
    pub(crate) scan: bool,
    /// Makes the loans of a list, all or none: a CSV file with the columns serial and user and, where they are needed, department, route, ticket, until, note, checked; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["serial", "user", "codes", "scan"])]
    pub(crate) from_file: Option<PathBuf>,
    /// A code the token shows: one proves that it is this token, two that follow each other also set its clock
    #[arg(long = "code", value_name = "CODE")]
    pub(crate) codes: Vec<String>,
    /// How the person was identified
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) checked: Option<Checked>,
    /// The department the loan goes through
    #[arg(long)]
    pub(crate) department: Option<String>,
    #[command(flatten)]
    pub(crate) terms: Terms,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// Writes a slip for the person to FILE: one page of HTML to print, in Japanese and English, without any secret
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scan", "from_file"])]
    pub(crate) slip: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// What is agreed on a loan.
#[derive(Debug, Default, Args)]
pub(crate) struct Terms {
    /// Who asked for it
    #[arg(long, value_enum)]
    pub(crate) route: Option<Route>,
    /// The ticket it was asked for in
    #[arg(long)]
    pub(crate) ticket: Option<String>,
    /// The last day of the loan in Japan, such as 2027-03-31; without it a loan lasts until the token is returned, and a replacement as long as the old one
    #[arg(long, value_name = "DATE", conflicts_with = "today")]
    pub(crate) until: Option<String>,
    /// Lends it for today only
    #[arg(long)]
    pub(crate) today: bool,
}

/// By which route a loan was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Route {
    /// The person who gets the token.
    #[value(name = "self")]
    Own,
    /// An administrator of their department.
    Proxy,
}

impl From<Route> for v1::LoanRoute {
    fn from(route: Route) -> Self {
        match route {
            Route::Own => Self::Self_,
            Route::Proxy => Self::Proxy,
        }
    }
}

/// What was looked at to know a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checked {
    /// A staff card.
    StaffCard,
    /// A student card.
    StudentCard,
    /// Another document with a photograph.
    OtherPhotoId,
    /// The person is known at the desk.
    KnownPerson,
}

impl From<Checked> for v1::Checked {
    fn from(checked: Checked) -> Self {
        match checked {
            Checked::StaffCard => Self::StaffCard,
            Checked::StudentCard => Self::StudentCard,
            Checked::OtherPhotoId => Self::OtherPhotoId,
            Checked::KnownPerson => Self::KnownPerson,
        }
    }
}

/// `return`.
#[derive(Debug, Args)]
pub(crate) struct Return {
    /// The serial on the back of the token, or the 10-digit ID of the person who holds it
    #[arg(value_name = "SERIAL|USER-ID", required_unless_present = "scan")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
    /// Reads serials from stdin until it ends, one a line; codes may follow on that line
    #[arg(long, conflicts_with_all = ["target", "codes"])]
    pub(crate) scan: bool,
    /// A code the token shows: one proves that it is this token, two that follow each other also set its clock
    #[arg(long = "code", value_name = "CODE")]
    pub(crate) codes: Vec<String>,
    /// Even where the person is left with no token to sign in with; not needed for leaving and merged
    #[arg(long)]
    pub(crate) leaves_none: bool,
    /// Why it comes back; faulty and battery set it aside, all others put it back in stock
    #[arg(long, value_enum, default_value_t = ReturnReason::Other)]
    pub(crate) reason: ReturnReason,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// Why a token comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReturnReason {
    /// None of the others.
    Other,
    /// It does not work.
    Faulty,
    /// Its battery is empty.
    Battery,
    /// The person leaves.
    Leaving,
    /// It is exchanged for another.
    Exchange,
    /// The person's two IDs became one.
    Merged,
}

impl From<ReturnReason> for v1::ReturnReason {
    fn from(reason: ReturnReason) -> Self {
        match reason {
            ReturnReason::Other => Self::Other,
            ReturnReason::Faulty => Self::Faulty,
            ReturnReason::Battery => Self::Battery,
            ReturnReason::Leaving => Self::Leaving,
            ReturnReason::Exchange => Self::Exchange,
            ReturnReason::Merged => Self::Merged,
        }
    }
}
