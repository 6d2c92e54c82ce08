//! `profile`.

use std::path::PathBuf;

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
    /// Writes a profile's key and certificates into one file behind a password, as Windows programs take them
    ///
    /// The password has 12 to 128 characters of ASCII: letters, digits, signs and blanks within. It is asked for twice,
    /// unless a file has it; it is never an argument, since other users of a computer can see those.
    #[command(
        after_help = "Examples:\n  tokenadm profile export --pkcs12 operator.pfx\n  tokenadm profile export hanako.yamada --pkcs12 operator.pfx --password-file password.txt"
    )]
    Export {
        /// The name of its folder; without it the one in use
        name: Option<String>,
        /// The PKCS #12 file (.pfx, .p12) to write; one that is there is written anew with --yes only
        #[arg(long, value_name = "FILE")]
        pkcs12: PathBuf,
        /// The file whose first line is the password, without blanks around it; - is stdin
        #[arg(long, value_name = "FILE|-")]
        password_file: Option<PathBuf>,
    },
}
