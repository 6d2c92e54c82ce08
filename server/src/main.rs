//! `tokenfleetd`: the fleet service. `init` makes a fleet, `run` serves it.

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tokenfleet_domain::catalogue::{Lang, Words};
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::ports::Clock;
use tokenfleet_domain::reject::Rejection;
use tokenfleetd::config::Config;
use tokenfleetd::init::{InitError, Made, NewFleet, init};
use tokenfleetd::logging;
use tokenfleetd::os::{SystemClock, SystemEntropy, harden, raise_file_limit};
use tokenfleetd::serve::{self, ServeError};
use tokio::runtime::Runtime;

/// The fleet service: seeds, loans, codes and the record of OATH hardware tokens.
#[derive(Parser)]
#[command(name = "tokenfleetd", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a fleet in a new or empty folder: keys, certificates, database, settings, the first operator
    Init {
        /// The folder
        #[arg(long, value_name = "DIR")]
        data_dir: PathBuf,
        /// Where the server will listen
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7443")]
        listen: SocketAddr,
        /// A host name or address the server is reached under, besides localhost; may be given several times
        #[arg(long = "name", value_name = "HOST")]
        names: Vec<String>,
        /// The first operator, with the roles admin, stock and desk
        #[arg(long, value_name = "NAME", default_value = "admin")]
        admin: OperatorName,
    },
    /// Serve a fleet until SIGTERM; SIGHUP reads the certificates again
    Run {
        /// The settings of the fleet
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Write the port to this file once it is open (for port 0)
        #[arg(long, value_name = "FILE")]
        port_file: Option<PathBuf>,
    },
    /// Check the settings without serving
    CheckConfig {
        /// The settings of the fleet
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Say which version this is
    Version,
}

/// How the process ends. clap ends it with 2 for a wrong command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done = 0,
    Failure = 1,
    Unreadable = 2,
    Conflict = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

pub(crate) fn main() -> ExitCode {
    let exit = match Args::parse().command {
        Command::Init { data_dir, listen, names, admin } => make(&NewFleet { folder: data_dir, listen, names, admin }),
        Command::Run { config, port_file } => run(&config, port_file.as_deref()),
        Command::CheckConfig { config } => check(&config),
        Command::Version => say(&format!("tokenfleetd {}", env!("CARGO_PKG_VERSION"))),
    };
    exit.into()
}

fn make(new: &NewFleet) -> Exit {
    let made =
        with_runtime(|runtime| runtime.block_on(init(new, Arc::new(SystemClock), Arc::new(SystemEntropy::default()))));
    match made {
        Ok(Ok(made)) => say(&report(new, &made)),
        Ok(Err(why @ (InitError::FleetThere(_) | InitError::NotEmpty(_)))) => {
            fail(Exit::Conflict, &why, Some("choose a new or empty folder with --data-dir"))
        }
        Ok(Err(why)) => fail(Exit::Failure, &why, Some("nothing was left behind; mend this and try again")),
        Err(why) => fail(Exit::Failure, &why, None),
    }
}

fn report(new: &NewFleet, made: &Made) -> String {
    let Made { config, profile, kek, authority_key, database } = made;
    format!(
        "A fleet was made in {}\n  {}  settings\n  {}  database\n  {}  opens the seeds: keep a copy, apart from the database\n  \
         {}  signs operators: keep a copy\n  {}  profile of {}, with the roles admin, stock and desk\n\
         Next: tokenfleetd run --config {}\n      tokenadm --config {} whoami",
        new.folder.display(),
        config.display(),
        database.display(),
        kek.display(),
        authority_key.display(),
        profile.display(),
        new.admin,
        config.display(),
        profile.display(),
    )
}

fn run(path: &Path, port_file: Option<&Path>) -> Exit {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(why) => return fail(Exit::Unreadable, &why, None),
    };
    if let Err(why) = logging::start(&config.log_level) {
        return fail(Exit::Failure, &why, None);
    }
    if let Err(why) = harden().and_then(|()| raise_file_limit()) {
        return fail(
            Exit::Failure,
            &why,
            Some("the limits of the process can't be set: no core dumps, more open files"),
        );
    }
    let ended = with_runtime(|runtime| {
        runtime.block_on(serve::run(&config, port_file, Arc::new(SystemClock), Arc::new(SystemEntropy::default())))
    });
    match ended {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(ServeError::AlreadyServed(no))) => refuse(Exit::Conflict, &no),
        Ok(Err(why)) => fail(Exit::Failure, &why, None),
        Err(why) => fail(Exit::Failure, &why, None),
    }
}

fn check(path: &Path) -> Exit {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(why) => return fail(Exit::Unreadable, &why, None),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match serve::check(&config, &clock) {
        Ok(()) => say(&format!("{}: the settings are good, and the files they name", path.display())),
        Err(why) => fail(Exit::Failure, &why, None),
    }
}

fn with_runtime<T>(work: impl FnOnce(&Runtime) -> T) -> io::Result<T> {
    let runtime = Runtime::new()?;
    let done = work(&runtime);
    // Connections that did not end in time are not waited for again.
    runtime.shutdown_background();
    Ok(done)
}

/// stdout is for what was asked for.
fn say(text: &str) -> Exit {
    match writeln!(io::stdout().lock(), "{text}") {
        Ok(()) => Exit::Done,
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(_) => Exit::Failure,
    }
}

/// As `fail`, for what stands in the catalogue: in the language of the locale.
fn refuse(exit: Exit, no: &Rejection) -> Exit {
    let lang = language();
    let Words { code, reason, .. } = no.reason.words();
    fail(exit, &format!("{}   [{code} {reason}]", no.message(lang)), Some(&no.hint(lang)))
}

#[expect(clippy::disallowed_methods, reason = "the one thing that this program takes from its environment")]
fn language() -> Lang {
    let mut locales = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
    locales.find(|locale| !locale.is_empty()).map_or(Lang::En, |locale| Lang::of_locale(&locale))
}

/// stderr is for what went wrong, and what to do.
fn fail(exit: Exit, why: &dyn Display, hint: Option<&str>) -> Exit {
    let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    let text = format!("error: {why}\n{hint}");
    // Where stderr is closed, the exit code has to do.
    drop(io::stderr().lock().write_all(text.as_bytes()));
    exit
}
