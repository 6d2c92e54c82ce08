//! What may be typed: every command, its arguments and its help.
//!
//! Knows words and shapes only; what a serial, an ID or a code is, the server says.

mod adopt;
mod audit;
mod campaign;
mod code;
mod directory;
mod glance;
mod import;
mod japanese;
mod lending;
mod lot;
mod moves;
mod operator;
mod practice;
mod profile;
mod report;
mod stock;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use adopt::Adopt;
pub(crate) use audit::Audit;
pub(crate) use campaign::{Campaign, CampaignCreate};
pub(crate) use code::{Identify, Resync, Verify};
pub(crate) use directory::{Directory, DirectoryImport, DirectoryRefresh};
pub(crate) use glance::Glance;
pub(crate) use import::{Import, Inspect, Reading};
pub(crate) use japanese::in_language;
pub(crate) use lending::{Assign, Return, Terms};
pub(crate) use lot::{Destroyed, Expect, Lot, Why};
pub(crate) use moves::{Found, Loans, Move, MoveUser, Ready, Rebind, Replace, Retire, Suspend};
pub(crate) use operator::{Operator, OperatorAdd, OperatorSet};
pub(crate) use practice::{OtpType, Practice, PracticeCode, PracticeNew, Vendor};
pub(crate) use profile::Profile;
pub(crate) use report::{Report, ReportName};
pub(crate) use stock::{
    Label, LabelFormat, Location, Model, ModelSet, Receive, Reservation, Reserve, Stock, StockNext, Stocktake,
    Transfer, Transfers,
};
#[cfg(test)]
pub(crate) use token::State;
pub(crate) use token::{List, Show};

use crate::output::Format;
use crate::words::Lang;

/// The heading of the options that every command has.
const EVERY_COMMAND: &str = "Options of every command";
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
#[command(next_help_heading = EVERY_COMMAND)]
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
    /// Writes long lists to the terminal at once, not through TOKENADM_PAGER, PAGER or less
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) no_pager: bool,
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
    #[command(
        after_help = "Examples:\n  tokenadm import seeds.csv --dry-run\n  tokenadm import seeds.csv --plan mzxw6ytb-onsw-k4tj\n  tokenadm import seeds.xml --key-file key.txt\n  tokenadm import delivery.zip --passphrase-file archive.txt --passphrase-file seeds.txt\n  tokenadm import delivery.zip --part seeds.xlsx:Sheet1"
    )]
    Import(Import),
    /// Says how a seed file is read, every key with its check value; stores nothing
    #[command(
        after_help = "Examples:\n  tokenadm inspect seeds.csv --json\n  tokenadm inspect seeds.xlsx --part Sheet1"
    )]
    Inspect(Inspect),
    /// Adopts a list of who holds which token: a spreadsheet of loans, or what Entra, privacyIDEA or LinOTP say
    ///
    /// All rows, or none; at most 5,000. Loans begin on the days of the list, and a token that is not known is recorded
    /// without its seed: it is tracked, and its codes can be checked once its seed file is imported. It takes both roles,
    /// stock and desk. Adopting the same list again changes nothing.
    #[command(
        after_help = "Examples:\n  tokenadm adopt loans.csv --dry-run\n  tokenadm adopt entra.csv --format entra"
    )]
    Adopt(Adopt),
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
    /// Lends another token in the place of one, to the same person; both or neither
    ///
    /// The old token is handed in now, is lost, or, with --later, is handed in another day.
    #[command(
        after_help = "Examples:\n  tokenadm replace 2600215704919 2600215704920 --reason battery --code 492039\n  \
                            tokenadm replace 0123456789 2600215704920 --reason lost --checked staff-card"
    )]
    Replace(Replace),
    /// Records a lent token as lost; its codes count no more
    ///
    /// The loan stays open until the token is found or replaced.
    #[command(after_help = "Example:\n  tokenadm lost 2600215704919 --note TICKET-17")]
    Lost(Move),
    /// Takes a lost token back: to stock, or, with two codes it shows, to the person who had it
    #[command(after_help = "Examples:\n  tokenadm found 2600215704919\n  tokenadm found 2600215704919 123456 654321")]
    Found(Found),
    /// Stops a lent token for a while; its codes count no more
    #[command(after_help = "Example:\n  tokenadm suspend 2600215704919 --leaves-none")]
    Suspend(Suspend),
    /// Lets a suspended token go on
    #[command(after_help = "Example:\n  tokenadm resume 2600215704919")]
    Resume(Move),
    /// Lets a token count again that too many wrong codes have disabled
    #[command(after_help = "Example:\n  tokenadm rebind 2600215704919 123456 654321")]
    Rebind(Rebind),
    /// Moves all tokens of one ID to the other ID of the same person
    #[command(after_help = "Example:\n  tokenadm move 0123456789 9876543210 --note TICKET-18")]
    Move(MoveUser),
    /// Puts tokens out of service for good; their seeds are destroyed, their record stays
    ///
    /// Of several, one that can't be retired does not keep the next from being tried; the exit code is the highest of all.
    /// --confirm takes the serial again, or the number of tokens where there are several.
    #[command(after_help = "Examples:\n  tokenadm retire 2600215704919 --confirm=2600215704919\n  \
                            tokenadm retire 2600215704919 2600215704920 --confirm=2")]
    Retire(Retire),
    /// Shows how far a person has got towards signing in with a token, and what comes next
    #[command(after_help = "Example:\n  tokenadm ready 0123456789")]
    Ready(Ready),
    /// Shows who held a token, or what a person held, newest first
    #[command(
        after_help = "Examples:\n  tokenadm loans 2600215704919\n  tokenadm loans 2600215704919 --at 2024-03\n  \
                            tokenadm loans 0123456789 --user"
    )]
    Loans(Loans),
    /// Checks one displayed code and uses it up
    ///
    /// With --scan, an error of one line does not stop the next, and the exit code is the highest of all lines.
    #[command(after_help = "Examples:\n  tokenadm verify 2600215704919 492039\n  tokenadm verify --scan")]
    Verify(Verify),
    /// Sets a token's clock or counter right again, from codes shown one after the other
    ///
    /// On a terminal it asks for what is not passed: the serial, the code shown now, then, with a countdown, the next one.
    #[command(
        after_help = "Examples:\n  tokenadm resync\n  tokenadm resync 2600215704919\n  tokenadm resync 2600215704919 123456 654321"
    )]
    Resync(Resync),
    /// Finds the token that shows two codes in a row, where its serial can't be read; uses no code up
    ///
    /// Every token whose clock is not far off is tried. Exits with 3 where none shows them.
    #[command(after_help = "Example:\n  tokenadm identify 123456 654321")]
    Identify(Identify),
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
    #[command(after_help = "Examples:\n  tokenadm show 0123456789 --user\n  tokenadm show 2600215704919 --history")]
    Show(Show),
    /// Calls tokens in: a list from a filter, with a deadline, letters and its progress
    #[command(subcommand, after_help = "Example:\n  tokenadm campaign list")]
    Campaign(Campaign),
    /// Shows who an ID is, and brings the directory of people up to the university's own list
    #[command(subcommand, after_help = "Example:\n  tokenadm directory show 0123456789")]
    Directory(Directory),
    /// Lists lots (what one import brought), proves how they are to be read, keeps them from use
    #[command(subcommand, after_help = "Example:\n  tokenadm lot list")]
    Lot(Lot),
    /// Shows how many tokens of which kind are where
    #[command(after_help = "Examples:\n  tokenadm stock\n  tokenadm stock --location hongo")]
    Stock(Stock),
    /// Lists models and says what is known of them
    #[command(subcommand, after_help = "Example:\n  tokenadm model list")]
    Model(Model),
    /// Sends tokens to another location; all of them, or none
    ///
    /// On their way they are no free stock. What is scanned is sent when the input has ended.
    #[command(after_help = "Examples:\n  tokenadm transfer 2600215704919 2600215704920 --to komaba\n  \
                            tokenadm transfer --scan --to komaba")]
    Transfer(Transfer),
    /// Receives tokens that were sent from another location: those that are named, or all
    ///
    /// What did not come is named, and stays on its way. With --scan, an error of one line does not stop the next, and the
    /// exit code is the highest of all lines.
    #[command(after_help = "Examples:\n  tokenadm receive 2026-11-24-a\n  tokenadm receive 2026-11-24-a --scan")]
    Receive(Receive),
    /// Lists transfers with tokens on their way, or the tokens of one
    #[command(after_help = "Examples:\n  tokenadm transfers\n  tokenadm transfers 2026-11-24-a")]
    Transfers(Transfers),
    /// Keeps a token for a person until a day
    ///
    /// It is lent to nobody else meanwhile; when it is lent to the person, or the day has passed, it is kept no more.
    #[command(after_help = "Examples:\n  tokenadm reserve --model C200 --location hongo --for 0123456789\n  \
                            tokenadm reserve 2600215704919 --for 0123456789 --until 2027-03-31")]
    Reserve(Reserve),
    /// Lists tokens that are kept for people, and sets them free
    #[command(subcommand, after_help = "Example:\n  tokenadm reservation list")]
    Reservation(Reservation),
    /// Counts what is in a location by scanning it, and lists what is missing and what is surplus
    #[command(subcommand, after_help = "Example:\n  tokenadm stocktake start --location hongo")]
    Stocktake(Stocktake),
    /// Makes labels with the serial as a bar code (Code 128) and as text
    #[command(after_help = "Examples:\n  tokenadm label 2600215704919 --out label.svg\n  \
                            tokenadm label 2600215704919 2600215704920 --format zpl --out labels.zpl")]
    Label(Label),
    /// Lists and adds the places where tokens are kept
    #[command(subcommand, after_help = "Example:\n  tokenadm location list")]
    Location(Location),
    /// Answers a worklist (tokens to look after, with the next command) or a report (sums, forecasts)
    ///
    /// It exits with 0 whenever it could answer; an empty worklist is a good one. With -o svg it is drawn.
    #[command(
        after_help = "Examples:\n  tokenadm report unproven\n  tokenadm report dormant --since 2026-04-01 -o csv\n  \
                            tokenadm report forecast -o svg > forecast.svg"
    )]
    Report(Report),
    /// Adds, changes and ends operators: who may do what
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
        /// The shell that is used
        shell: clap_complete::Shell,
    },
    /// Writes the man pages, one for each command
    #[command(after_help = "Example:\n  tokenadm man --out man1")]
    Man {
        /// The folder to write to; pages that are there already are written anew
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Prints the version of tokenadm
    #[command(after_help = "Example:\n  tokenadm version --json")]
    Version,
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

/// Which columns a list shows.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct View {
    /// Only these columns, in this order, by the names that -o csv has; tables, csv and xlsx only
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Without the line of headings; tables, csv and xlsx only
    #[arg(long)]
    pub(crate) no_headers: bool,
    /// Begins with a byte order mark, so that Excel reads the characters right; csv only
    #[arg(long)]
    pub(crate) bom: bool,
}

/// Confirms a severe action.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// The same name again; without it a terminal asks for it
    #[arg(long = "confirm", value_name = "NAME")]
    pub(crate) again: Option<String>,
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
            // What stands in quotes is one argument.
            let typed: String =
                example.split(" > ").next().unwrap().split('\'').step_by(2).collect::<Vec<_>>().join("x");
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
            let Command::List(list) = parse(line).unwrap().command else { panic!("{line}") };
            assert_eq!(list.state, [State::InStock]);
        }
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
