//! `profile`.

use clap::Subcommand;

use super::View;

/// `profile`.
#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Lists the profiles that are kept
    #[command(after_help = "Example:\n  tokenadm profile list")]
    List {
        #[command(flatten)]
        view: View,
    },
    /// Shows one profile; without a name the one in use
    #[command(after_help = "Examples:\n  tokenadm profile show\n  tokenadm profile show hanako.yamada")]
    Show {
        /// The name of its folder
        name: Option<String>,
    },
    /// Makes a profile that is kept the one in use
    #[command(after_help = "Example:\n  tokenadm profile use hanako.yamada")]
    Use {
        /// The name of its folder
        name: String,
    },
}
