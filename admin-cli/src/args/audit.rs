//! `audit`.

use std::num::NonZeroU64;

use clap::Subcommand;

use super::View;

/// `audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Lists events, oldest first
    ///
    /// Actions, and the reasons of refusals, stay in English in every language: they are the words that --filter takes.
    #[command(after_help = "Example:\n  tokenadm audit list --filter 'action = \"token.assign\"' -o jsonl")]
    List {
        /// Comparisons joined by AND, on subject, user, operator, action and outcome
        #[arg(long, value_name = "EXPRESSION")]
        filter: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Checks every link of the record
    #[command(after_help = "Example:\n  tokenadm audit verify --json")]
    Verify,
}
