//! `audit`.

use std::num::NonZeroU64;

use clap::Subcommand;

use super::View;

/// `audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Lists events, oldest first unless asked otherwise
    ///
    /// Actions are shown in your language; --filter takes the English words, which -o json shows. The reasons of refusals
    /// are the same in every language.
    #[command(after_help = "Examples:\n  tokenadm audit list --newest-first --limit 20\n  \
                            tokenadm audit list --filter 'action = \"token.assign\"' -o jsonl")]
    List {
        /// Only events of which this is true: comparisons joined by AND, OR and NOT, on subject, user, operator, action, outcome, record_time and request_id
        #[arg(long, value_name = "EXPRESSION")]
        filter: Option<String>,
        /// Newest first, instead of oldest first
        #[arg(long)]
        newest_first: bool,
        /// Shows at most N
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Checks every link of the record
    #[command(after_help = "Example:\n  tokenadm audit verify --json")]
    Verify,
}
