//! What may be typed: every command, its arguments and its help.
//!
//! Knows words and shapes only; what a serial, an ID or a code is, the server says.

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgGroup, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use tokenfleet_proto::v1;

use crate::output::Format;
use crate::words::Lang;

/// How long a call may take where --timeout says nothing.
const CALL_SECONDS: u64 = 30;
/// How long the upload of a file may take where --timeout says nothing.
const UPLOAD_SECONDS: u64 = 3600;

/// Administers a fleet of OATH hardware tokens: seed files, loans, codes, clocks and the record of who did what.
#[derive(Debug, Parser)]
#[command(
    name = "tokenadm",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "\
Every day:
  tokenadm import seeds.csv
  tokenadm assign 2600215704919 0123456789 --code 492039
  tokenadm resync 2600215704919 123456 654321

Exit codes:
    0  done
    1  any other failure
    2  wrong usage or unreadable input
    3  not found
    4  not signed in, or not allowed
    5  conflict or wrong state
    6  rows of a file were refused
    7  server not reached, not in time, or a limit reached: try again later
    8  a code was refused
  130  interrupted

The options of every command are shown by --help."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// What was typed, the name of the program first.
    pub(crate) fn try_from_typed(typed: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(typed)?;
        let mut cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut Self::command()))?;
        cli.global.origins = Origins::of(&matches);
        Ok(cli)
    }
}

/// Options of every command, before or after it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The profile to sign in with, its folder or its config.toml; else the one of `profile use`, then ~/.config/tokenadm/config.toml, then /etc/tokenfleet/tokenadm.toml
    #[arg(long, value_name = "PATH", env = "TOKENADM_CONFIG", global = true, hide_short_help = true)]
    pub(crate) config: Option<PathBuf>,
    /// The same as -o json
    #[arg(long, global = true, conflicts_with = "output", hide_short_help = true)]
    pub(crate) json: bool,
    /// How answers are written; json is a documented contract, tables may change
    #[arg(short, long, value_name = "FORMAT", value_enum, global = true, hide_short_help = true)]
    pub(crate) output: Option<Format>,
    /// The language of messages; else the profile's, then that of the locale
    #[arg(long, value_enum, env = "TOKENADM_LANG", global = true, hide_short_help = true)]
    pub(crate) lang: Option<Lang>,
    /// Says nothing but answers and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", hide_short_help = true)]
    pub(crate) quiet: bool,
    /// Says more: where it connects, and the ids of requests
    #[arg(short, long, global = true, hide_short_help = true)]
    pub(crate) verbose: bool,
    /// Whether to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, global = true, hide_short_help = true)]
    pub(crate) color: Color,
    /// Never asks anything
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) no_input: bool,
    /// Answers yes to plain questions; severe actions still want --confirm
    #[arg(short, long, global = true, hide_short_help = true)]
    pub(crate) yes: bool,
    /// How long to wait for an answer; 30 for calls and 3600 for files where nothing is said
    #[arg(long, value_name = "SECONDS", env = "TOKENADM_TIMEOUT", global = true, value_parser = clap::value_parser!(u64).range(1..=86_400), hide_short_help = true)]
    pub(crate) timeout: Option<u64>,
    /// Where the settings above come from.
    #[arg(skip)]
    pub(crate) origins: Origins,
}

/// Where settings come from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origins {
    pub(crate) config: Origin,
    pub(crate) output: Origin,
    pub(crate) lang: Origin,
    pub(crate) color: Origin,
    pub(crate) timeout: Origin,
}

impl Origins {
    fn of(matches: &ArgMatches) -> Self {
        match matches.subcommand() {
            // What was typed before a command is known to it too.
            Some((_, inner)) => Self::of(inner),
            None => Self {
                config: Origin::of(matches, "config"),
                output: Origin::of(matches, "output").max(Origin::of(matches, "json")),
                lang: Origin::of(matches, "lang"),
                color: Origin::of(matches, "color"),
                timeout: Origin::of(matches, "timeout"),
            },
        }
    }
}

/// Where one setting comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Nobody said anything.
    #[default]
    Default,
    /// A variable of the environment.
    Environment,
    /// It was typed.
    Flag,
}

impl Origin {
    /// The word that programs read.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Environment => "env",
            Self::Flag => "flag",
        }
    }

    fn of(matches: &ArgMatches, argument: &str) -> Self {
        match matches.value_source(argument) {
            Some(ValueSource::CommandLine) => Self::Flag,
            Some(ValueSource::EnvVariable) => Self::Environment,
            _ => Self::Default,
        }
    }
}

impl Global {
    /// The format that was asked for.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.output.unwrap_or(Format::Table) }
    }

    /// How long a call may take.
    pub(crate) fn call_deadline(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(CALL_SECONDS))
    }

    /// How long the upload of a file may take.
    pub(crate) fn upload_deadline(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(UPLOAD_SECONDS))
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Imports vendors' seed files; every file becomes a lot, all of it at once or nothing
    ///
    /// A file that is refused does not keep the next from being tried; the exit code is then 6 where rows were refused,
    /// and 2 where a whole file was. What is no matter of one file, such as a server that is not reached, ends the
    /// command.
    #[command(after_help = "Example:\n  tokenadm import seeds.csv --dry-run")]
    Import(Import),
    /// Says how a seed file is read, every key with its check value; stores nothing
    #[command(after_help = "Example:\n  tokenadm inspect seeds.csv --json")]
    Inspect(Inspect),
    /// Lends a token to a person
    ///
    /// With --scan, an error of one line does not stop the next, and the exit code is the highest of all lines.
    #[command(
        after_help = "Examples:\n  tokenadm assign 2600215704919 0123456789 --code 492039 --checked staff-card\n  \
                            tokenadm assign --scan --checked staff-card"
    )]
    Assign(Assign),
    /// Takes a lent token back
    ///
    /// With --scan, an error of one line does not stop the next, and the exit code is the highest of all lines.
    #[command(after_help = "Examples:\n  tokenadm return 2600215704919 --reason battery\n  tokenadm return --scan")]
    Return(Return),
    /// Checks one displayed code and uses it up
    ///
    /// With --scan, an error of one line does not stop the next, and the exit code is the highest of all lines.
    #[command(after_help = "Examples:\n  tokenadm verify 2600215704919 492039\n  tokenadm verify --scan")]
    Verify(Verify),
    /// Finds a token's clock or counter again from codes that follow each other
    ///
    /// On a terminal it asks for what is not passed: the serial, the code shown now, then, with a countdown, the next one.
    #[command(
        after_help = "Examples:\n  tokenadm resync\n  tokenadm resync 2600215704919\n  tokenadm resync 2600215704919 123456 654321"
    )]
    Resync(Resync),
    /// Lists tokens
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  tokenadm list --state in_stock\n  tokenadm list --filter 'vendor = \"feitian\"' -o csv\n  \
                      tokenadm list --columns serial,user_id,lent_time --no-headers"
    )]
    List(List),
    /// Shows one token, by its serial or the person who holds it
    ///
    /// A person who holds several is answered with the list of them (in JSON `tokens` in the place of `token`).
    #[command(after_help = "Example:\n  tokenadm show 0123456789 --user")]
    Show(Target),
    /// Looks at lots and takes them out again
    #[command(subcommand, after_help = "Example:\n  tokenadm lot list")]
    Lot(Lot),
    /// Says who may do what
    #[command(subcommand, after_help = "Example:\n  tokenadm operator list")]
    Operator(Operator),
    /// Reads and checks the record of who did what
    #[command(subcommand, after_help = "Example:\n  tokenadm audit list --limit 20")]
    Audit(Audit),
    /// Shows how the fleet and the service are
    #[command(after_help = "Example:\n  tokenadm status --json")]
    Status,
    /// Checks all it takes to work, here and at the server, and says how to mend what is wrong
    ///
    /// Exits with 0 where nothing failed; warnings do not count.
    #[command(after_help = "Example:\n  tokenadm doctor")]
    Doctor,
    /// Lists, shows and chooses the profiles that are kept in ~/.config/tokenadm/profiles
    #[command(subcommand, after_help = "Example:\n  tokenadm profile list")]
    Profile(Profile),
    /// Shows the settings that count, and where each comes from
    ///
    /// A flag counts before the environment, that before the profile, a profile of one's own before the computer's, and
    /// all before the default.
    #[command(after_help = "Example:\n  tokenadm config --json")]
    Config,
    /// Makes made-up tokens and plays them, for training and tests; needs no server
    #[command(subcommand, after_help = "Example:\n  tokenadm practice new --tokens 5 --out practice")]
    Practice(Practice),
    /// Shows who you are and what you may do
    #[command(after_help = "Example:\n  tokenadm whoami")]
    Whoami,
    /// Prints the completion script of a shell
    #[command(
        after_help = "Example:\n  tokenadm completions bash > ~/.local/share/bash-completion/completions/tokenadm"
    )]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Writes the man pages, one for each command
    #[command(hide = true, after_help = "Example:\n  tokenadm man --out man1")]
    Man {
        /// The folder to write to; pages that are there already are written anew
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Prints the version of tokenadm
    #[command(after_help = "Example:\n  tokenadm version --json")]
    Version,
}

/// `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Seed files; - is stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
    /// Imports the good rows and lists the others in FILE's name with .rejected.csv (no seeds in it)
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// `inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The seed file; - is stdin
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How a file is to be read, where it does not say itself.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Who made the tokens, where the file names no manufacturer
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Option<String>,
    /// How secrets are written, where the layout does not say
    #[arg(long, value_name = "ENCODING", value_enum)]
    pub(crate) secret_encoding: Option<SecretEncoding>,
}

/// How secrets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretEncoding {
    /// Hexadecimal.
    Hex,
    /// Base32.
    Base32,
    /// Base64.
    Base64,
}

impl From<&Reading> for v1::ReadingOptions {
    fn from(reading: &Reading) -> Self {
        let encoding = match reading.secret_encoding {
            None => v1::SecretEncoding::Unspecified,
            Some(SecretEncoding::Hex) => v1::SecretEncoding::Hex,
            Some(SecretEncoding::Base32) => v1::SecretEncoding::Base32,
            Some(SecretEncoding::Base64) => v1::SecretEncoding::Base64,
        };
        Self { secret_encoding: encoding.into(), vendor: reading.vendor.clone().unwrap_or_default() }
    }
}

/// Looks before it leaps.
#[derive(Debug, Args)]
pub(crate) struct DryRun {
    /// Checks everything, changes nothing
    #[arg(short = 'n', long = "dry-run")]
    pub(crate) on: bool,
}

/// A token, by its serial or by the person who holds it.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The serial on the back of the token, or the 10-digit ID of the person who holds it
    #[arg(value_name = "SERIAL|USER-ID")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
}

/// Which of the two a target of ten digits is.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TargetKind {
    /// Takes it for a serial, even where it looks like an ID
    #[arg(long, conflicts_with = "user")]
    pub(crate) serial: bool,
    /// Takes it for the ID of a person
    #[arg(long)]
    pub(crate) user: bool,
}

/// `assign`.
#[derive(Debug, Args)]
pub(crate) struct Assign {
    /// The serial on the back of the token
    #[arg(value_name = "SERIAL", required_unless_present = "scan")]
    pub(crate) serial: Option<String>,
    /// The 10-digit ID of the person
    #[arg(value_name = "USER-ID", required_unless_present = "scan")]
    pub(crate) user: Option<String>,
    /// Reads loans from stdin until it ends: a serial, then an ID, on two lines or on one; codes may follow on that line
    #[arg(long, conflicts_with_all = ["serial", "user", "codes"])]
    pub(crate) scan: bool,
    /// A code the token shows: one proves that it is this token, two that follow each other also set its clock
    #[arg(long = "code", value_name = "CODE")]
    pub(crate) codes: Vec<String>,
    /// What was looked at to know the person
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) checked: Option<Checked>,
    /// The department the loan goes through
    #[arg(long)]
    pub(crate) department: Option<String>,
    /// Anything worth recording, such as a ticket number
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) dry_run: DryRun,
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
    /// Reads serials from stdin until it ends, one a line
    #[arg(long, conflicts_with = "target")]
    pub(crate) scan: bool,
    /// Why; faulty and battery put the token aside, all others back to stock
    #[arg(long, value_enum, default_value_t = ReturnReason::Other)]
    pub(crate) reason: ReturnReason,
    /// Anything worth recording
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

/// `verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The serial on the back of the token, or the 10-digit ID of the person who holds it
    #[arg(value_name = "SERIAL|USER-ID", required_unless_present = "scan")]
    pub(crate) target: Option<String>,
    /// The code the token shows
    #[arg(value_name = "CODE", required_unless_present = "scan")]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
    /// Reads from stdin until it ends: a serial, then a code, on two lines or on one
    #[arg(long, conflicts_with_all = ["target", "code"])]
    pub(crate) scan: bool,
}

/// `resync`.
#[derive(Debug, Args)]
pub(crate) struct Resync {
    /// The serial on the back of the token, or the 10-digit ID of the person who holds it
    #[arg(value_name = "SERIAL|USER-ID")]
    pub(crate) target: Option<String>,
    /// Two codes in the order shown, or three; with fewer, a terminal asks for the next
    #[arg(value_name = "CODE", num_args = 0..=3)]
    pub(crate) codes: Vec<String>,
    #[command(flatten)]
    pub(crate) kind: TargetKind,
}

/// Which columns a list shows.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct View {
    /// Only these columns, in this order, by the names that -o csv has; tables and csv only
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Without the line of heads; tables and csv only
    #[arg(long)]
    pub(crate) no_headers: bool,
}

/// `list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Comparisons joined by AND, on vendor, model, lot, custody, authenticator, hold, state and user
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) filter: Option<String>,
    /// Only tokens in this state
    #[arg(long, value_enum)]
    pub(crate) state: Option<State>,
    /// Only tokens of this person
    #[arg(long, value_name = "USER-ID")]
    pub(crate) user: Option<String>,
    /// Only tokens of this lot
    #[arg(long)]
    pub(crate) lot: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) view: View,
}

/// The word people see for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum State {
    /// Announced by the vendor.
    Ordered,
    /// On the shelf.
    #[value(alias = "in-stock")]
    InStock,
    /// Lent, but no code of it was accepted yet.
    #[value(alias = "lent-not-proven")]
    LentNotProven,
    /// Lent and proven by a code.
    Lent,
    /// Lent and stopped for a while.
    Suspended,
    /// Lent and stopped after too many wrong codes.
    Disabled,
    /// Lost.
    Lost,
    /// Broken.
    Faulty,
    /// Kept from use by a hold.
    #[value(alias = "on-hold")]
    OnHold,
    /// Out of service for good.
    Retired,
}

impl State {
    /// The word in a filter.
    pub(crate) fn filter_word(self) -> &'static str {
        match self {
            Self::Ordered => "ORDERED",
            Self::InStock => "IN_STOCK",
            Self::LentNotProven => "LENT_NOT_PROVEN",
            Self::Lent => "LENT",
            Self::Suspended => "SUSPENDED",
            Self::Disabled => "DISABLED",
            Self::Lost => "LOST",
            Self::Faulty => "FAULTY",
            Self::OnHold => "ON_HOLD",
            Self::Retired => "RETIRED",
        }
    }
}

/// `lot`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lot {
    /// Lists lots, newest first
    #[command(after_help = "Example:\n  tokenadm lot list --limit 5")]
    List {
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<NonZeroU64>,
        #[command(flatten)]
        view: View,
    },
    /// Shows one lot
    #[command(after_help = "Example:\n  tokenadm lot show 2026-11-24-a")]
    Show {
        /// The lot
        lot: String,
    },
    /// Takes a whole lot out again, while none of its tokens was touched
    #[command(after_help = "Example:\n  tokenadm lot revert 2026-11-24-a --confirm=2026-11-24-a")]
    Revert {
        /// The lot
        lot: String,
        #[command(flatten)]
        confirm: Confirm,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// Confirms a severe action.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// The same name again; without it a terminal asks for it
    #[arg(long = "confirm", value_name = "NAME")]
    pub(crate) again: Option<String>,
}

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
        /// At most so many
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
        after_help = "Example:\n  tokenadm operator renew\n\nFor a Windows program, in the folder of the profile:\n  openssl pkcs12 -export -inkey key.pem -in cert.pem -certfile ca.pem -out operator.pfx"
    )]
    Renew,
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
    },
    /// Ends an operator and all certificates of that name, on open connections too
    #[command(after_help = "Example:\n  tokenadm operator revoke hanako.yamada --confirm=hanako.yamada")]
    Revoke {
        /// The operator's name
        name: String,
        #[command(flatten)]
        confirm: Confirm,
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

/// `practice`.
#[derive(Debug, Subcommand)]
pub(crate) enum Practice {
    /// Makes a set: DIR/seeds.csv as a vendor would ship it, and DIR/devices to play the tokens
    #[command(after_help = "Examples:\n  tokenadm practice new --tokens 5 --out practice\n  \
                            tokenadm practice new --tokens 5 --out practice --vendor feitian --drift -310@3")]
    New(PracticeNew),
    /// Prints what a made-up token shows
    #[command(after_help = "Examples:\n  tokenadm practice code 9912345678901 --dir practice\n  \
                            tokenadm practice code 9912345678901 --dir practice --next")]
    Code(PracticeCode),
}

/// `practice new`.
#[derive(Debug, Args)]
pub(crate) struct PracticeNew {
    /// How many tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) tokens: u32,
    /// The folder to write; it must be new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Whose file layout
    #[arg(long, value_enum, default_value_t = Vendor::Entra)]
    pub(crate) vendor: Vendor,
    /// Clock or button; hotp with oath-csv only
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = OtpType::Totp)]
    pub(crate) otp: OtpType,
    /// Seconds a code is shown; else the vendor's usual
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(15..=120))]
    pub(crate) period: Option<u32>,
    /// Digits of a code; 7 and 8 with oath-csv only
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(6..=8))]
    pub(crate) digits: u32,
    /// How far clocks are off: SECONDS for all, SECONDS@N for the N-th token; negative is slow, repeatable
    #[arg(long, visible_alias = "drift-spec", value_name = "SECONDS[@N]", allow_hyphen_values = true)]
    pub(crate) drift: Vec<Drift>,
}

/// Whose file layout a practice file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Vendor {
    /// The header that Entra ID documents, Base32, 30 s.
    Entra,
    /// The same header, 13-digit serials, 60 s.
    Feitian,
    /// A header without upn, 60 s.
    Deepnet,
    /// A header with timeinterval, 30 s.
    Token2,
    /// No header, hex, TOTP or HOTP, 30 s.
    OathCsv,
}

/// Clock or button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OtpType {
    /// The clock.
    Totp,
    /// The button.
    Hotp,
}

/// How far the clock of one token, or of all, is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Drift {
    /// Seconds; negative is slow.
    pub(crate) seconds: i64,
    /// The token it is for, from 1; all where there is none.
    pub(crate) nth: Option<NonZeroU32>,
}

/// The largest drift that a practice token may have: ten years.
const DRIFT_MAX: i64 = 10 * 366 * 86_400;

impl std::str::FromStr for Drift {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seconds, nth) = match text.split_once('@') {
            Some((seconds, nth)) => (seconds, Some(nth.parse().map_err(|_invalid| "after @ comes a number from 1")?)),
            None => (text, None),
        };
        let seconds: i64 =
            seconds.strip_suffix('s').unwrap_or(seconds).parse().map_err(|_invalid| "seconds are a whole number")?;
        if seconds.abs() > DRIFT_MAX {
            return Err("no clock is off by more than ten years".to_owned());
        }
        Ok(Self { seconds, nth })
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.nth {
            Some(nth) => write!(f, "{}@{nth}", self.seconds),
            None => write!(f, "{}", self.seconds),
        }
    }
}

/// `practice code`.
#[derive(Debug, Args)]
pub(crate) struct PracticeCode {
    /// The serial of the made-up token
    pub(crate) serial: String,
    /// The folder that practice new wrote
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The code after the present one: waits for nothing on a clock token, presses the button of a button token
    #[arg(long)]
    pub(crate) next: bool,
    /// The code of another moment, such as 2026-11-24T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    fn refused(line: &str) -> ErrorKind {
        parse(line).map(|_| ()).expect_err(line).kind()
    }

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_help_text_and_an_example() {
        fn walk(command: &clap::Command) {
            for sub in command.get_subcommands() {
                assert!(sub.get_about().is_some(), "{}", sub.get_name());
                let example = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(example.contains("tokenadm"), "{} has no example", sub.get_name());
                walk(sub);
            }
        }
        walk(&Cli::command());
    }

    #[test]
    fn every_example_can_be_typed() {
        fn walk(command: &clap::Command, found: &mut Vec<String>) {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            found.extend(text.lines().filter_map(|line| line.strip_prefix("  tokenadm")).map(str::to_owned));
            command.get_subcommands().for_each(|sub| walk(sub, found));
        }
        let mut examples = Vec::new();
        walk(&Cli::command(), &mut examples);
        assert!(examples.len() > 20);
        for example in examples {
            let typed = example
                .split(" > ")
                .next()
                .unwrap()
                .replace("'vendor = \"feitian\"'", "x")
                .replace("'action = \"token.assign\"'", "x");
            if let Err(error) = parse(&format!("tokenadm{typed}")) {
                panic!("tokenadm{typed}: {error}");
            }
        }
    }

    #[test]
    fn short_help_is_about_the_command_and_long_help_has_the_options_of_every_command_too() {
        let help = |line: &str| parse(line).unwrap_err().to_string();
        for line in ["tokenadm", "tokenadm assign", "tokenadm lot list"] {
            let (short, long) = (help(&format!("{line} -h")), help(&format!("{line} --help")));
            assert!(!short.contains("--no-input"), "{short}");
            assert!(long.contains("--no-input") && long.contains("--timeout"), "{long}");
        }
        assert!(
            help("tokenadm -h")
                .contains("\n    7  server not reached, not in time, or a limit reached: try again later\n")
        );
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in ["tokenadm --json --lang ja status", "tokenadm status --lang ja --json"] {
            let global = parse(line).unwrap().global;
            assert_eq!((global.format(), global.lang), (Format::Json, Some(Lang::Ja)));
        }
    }

    #[test]
    fn what_contradicts_itself_is_wrong_usage() {
        assert_eq!(refused("tokenadm status --json -o csv"), ErrorKind::ArgumentConflict);
        assert_eq!(refused("tokenadm status -q -v"), ErrorKind::ArgumentConflict);
        assert_eq!(refused("tokenadm show 1 --serial --user"), ErrorKind::ArgumentConflict);
        assert_eq!(refused("tokenadm import"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("tokenadm operator add x --out d"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("tokenadm return 1 --reason lost"), ErrorKind::InvalidValue);
        assert_eq!(parse("tokenadm nonsense").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn resync_takes_a_target_and_up_to_three_codes() {
        let codes = |line: &str| {
            let Command::Resync(resync) = parse(line).unwrap().command else { panic!("{line}") };
            (resync.target, resync.codes.len())
        };
        assert_eq!(codes("tokenadm resync"), (None, 0));
        assert_eq!(codes("tokenadm resync 1"), (Some("1".to_owned()), 0));
        assert_eq!(codes("tokenadm resync 1 111111"), (Some("1".to_owned()), 1));
        assert_eq!(codes("tokenadm resync 1 111111 222222"), (Some("1".to_owned()), 2));
        assert_eq!(codes("tokenadm resync 1 111111 222222 333333"), (Some("1".to_owned()), 3));
        assert_eq!(parse("tokenadm resync 1 1 2 3 4").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_state_may_be_typed_with_hyphens() {
        for line in ["tokenadm ls --state in_stock", "tokenadm list --state in-stock"] {
            assert!(matches!(parse(line).unwrap().command, Command::List(List { state: Some(State::InStock), .. })));
        }
    }

    #[test]
    fn a_drift_is_for_all_or_for_one() {
        let third = NonZeroU32::new(3);
        assert_eq!("-310s@3".parse(), Ok(Drift { seconds: -310, nth: third }));
        assert_eq!("+14".parse(), Ok(Drift { seconds: 14, nth: None }));
        for wrong in ["", "x", "1@0", "1@", "9999999999"] {
            assert!(wrong.parse::<Drift>().is_err(), "{wrong}");
        }
        assert!(parse("tokenadm practice new --tokens 3 --out d --drift -310@3 --drift 5").is_ok());
    }

    #[test]
    fn a_file_may_take_longer_than_a_call() {
        let global = parse("tokenadm status").unwrap().global;
        assert_eq!(global.call_deadline(), Duration::from_secs(30));
        assert_eq!(global.upload_deadline(), Duration::from_hours(1));
        let global = parse("tokenadm status --timeout 5").unwrap().global;
        assert_eq!(
            (global.call_deadline(), global.upload_deadline()),
            (Duration::from_secs(5), Duration::from_secs(5))
        );
    }
}
