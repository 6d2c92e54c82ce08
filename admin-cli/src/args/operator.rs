//! `operator`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use tokenfleet_proto::v1;

use super::{Confirm, DryRun, View};

/// `operator`.
#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Adds an operator: makes the key here, has the server sign its certificate, writes a profile folder
    #[command(
        after_help = "Example:\n  tokenadm operator add hanako.yamada --role desk --role stock --out hanako.yamada"
    )]
    Add(OperatorAdd),
    /// Lists operators
    #[command(after_help = "Example:\n  tokenadm operator list -o csv")]
    List {
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Changes what an operator may do, from their next call on
    #[command(
        after_help = "Examples:\n  tokenadm operator set hanako.yamada --role desk --role stock\n  tokenadm operator set hanako.yamada --department letters"
    )]
    Set(OperatorSet),
    /// Renews your own certificate: makes a new key here and puts both into your profile
    ///
    /// The profile is changed only when the server has accepted the new ones. The old certificate is no longer in the
    /// profile; the server takes it until it ends, or until the operator is revoked.
    #[command(
        after_help = "Example:\n  tokenadm operator renew\n\nFor a Windows program, when it is renewed:\n  tokenadm profile export --pkcs12 operator.pfx --yes"
    )]
    Renew {
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Makes a new profile folder for an operator who lost theirs, or whose certificate has ended
    ///
    /// A lost certificate is good until it ends. Where somebody else may have its key, revoke the operator and add them
    /// under a new name instead.
    #[command(after_help = "Example:\n  tokenadm operator issue-cert hanako.yamada --out hanako.yamada")]
    IssueCert {
        /// The operator's name
        name: String,
        /// The profile folder to write; it must be new or empty
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Ends an operator and all certificates of that name, on open connections too
    #[command(after_help = "Example:\n  tokenadm operator revoke hanako.yamada --confirm=hanako.yamada")]
    Revoke {
        /// The operator's name
        name: String,
        #[command(flatten)]
        confirm: Confirm,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// `operator add`.
#[derive(Debug, Args)]
pub(crate) struct OperatorAdd {
    /// The name: a-z, 0-9, dot, hyphen and underscore
    pub(crate) name: String,
    /// What the operator may do; repeat it for several
    #[arg(long = "role", value_name = "ROLE", value_enum, required = true)]
    pub(crate) roles: Vec<Role>,
    /// A department the operator acts for; repeat it for several, leave it out for all
    #[arg(long = "department", value_name = "DEPARTMENT")]
    pub(crate) departments: Vec<String>,
    /// The operator's own 10-digit ID, so that nobody lends to themselves
    #[arg(long, value_name = "USER-ID")]
    pub(crate) user_id: Option<String>,
    /// The profile folder to write; it must be new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `operator set`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("change").required(true).multiple(true)))]
pub(crate) struct OperatorSet {
    /// The operator's name
    pub(crate) name: String,
    /// What the operator may do, in place of all roles so far; repeat it for several
    #[arg(long = "role", value_name = "ROLE", value_enum, group = "change")]
    pub(crate) roles: Vec<Role>,
    /// The department the operator acts for, in place of those so far; repeat it for several
    #[arg(long = "department", value_name = "DEPARTMENT", group = "change")]
    pub(crate) departments: Vec<String>,
    /// Lets the operator act for all departments
    #[arg(long, group = "change", conflicts_with = "departments")]
    pub(crate) all_departments: bool,
    /// The operator's own 10-digit ID, so that nobody lends to themselves
    #[arg(long, value_name = "USER-ID", group = "change")]
    pub(crate) user_id: Option<String>,
    /// Forgets the operator's own ID
    #[arg(long, group = "change", conflicts_with = "user_id")]
    pub(crate) no_user_id: bool,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// What an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Look up, verify, resync.
    Counter,
    /// Also lend and take back.
    Desk,
    /// Import, lots, stock.
    Stock,
    /// A relying system: ask whether a code counts.
    Verifier,
    /// Read and check everything recorded.
    Auditor,
    /// Operators and settings.
    Admin,
}

impl From<Role> for v1::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Counter => Self::Counter,
            Role::Desk => Self::Desk,
            Role::Stock => Self::Stock,
            Role::Verifier => Self::Verifier,
            Role::Auditor => Self::Auditor,
            Role::Admin => Self::Admin,
        }
    }
}
