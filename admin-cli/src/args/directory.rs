//! `directory`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DryRun;

/// `directory`.
#[derive(Debug, Subcommand)]
pub(crate) enum Directory {
    /// Brings the directory up to the university's own list: all of it at once, or nothing
    ///
    /// Columns, in any order: user_id, name, kana, latin, department, kind (faculty, staff, student, other), until (the last
    /// day), merged_into, other_id; the first two are needed. Who is missing from the list is kept as gone.
    #[command(after_help = "Examples:\n  tokenadm directory import people.csv --dry-run\n  \
                            tokenadm directory import people.csv --expect-removals 3000")]
    Import(DirectoryImport),
    /// Reads the directory from LDAP now, as the server does by itself from time to time
    ///
    /// The server's owner names the LDAP directory in tokenfleetd.toml. It is read as a whole: all of it counts at once, or
    /// nothing is changed.
    #[command(after_help = "Examples:\n  tokenadm directory refresh --dry-run\n  \
                            tokenadm directory refresh --expect-removals 3000")]
    Refresh(DirectoryRefresh),
    /// Shows who an ID is, and whether a token may be lent to them
    #[command(after_help = "Example:\n  tokenadm directory show 0123456789")]
    Show {
        /// The 10-digit ID of the person
        #[arg(value_name = "USER-ID")]
        user: String,
    },
    /// Shows where the directory comes from, how many people it has, and how the last refresh went
    #[command(after_help = "Example:\n  tokenadm directory status")]
    Status,
}

/// `directory import`.
#[derive(Debug, Args)]
pub(crate) struct DirectoryImport {
    /// The list of people as CSV, in UTF-8 or Shift_JIS; - reads from stdin
    pub(crate) file: PathBuf,
    /// So many people may be missing from the list; asked for where more than 5 % of the directory, and at least 10, are
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) expect_removals: Option<i64>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}

/// `directory refresh`.
#[derive(Debug, Args)]
pub(crate) struct DirectoryRefresh {
    /// So many people may be missing; asked for where more of the directory are than the server's settings name (5 %), and at
    /// least 10
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) expect_removals: Option<i64>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
}
