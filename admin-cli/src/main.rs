//! The admin CLI of tokenfleet: parses what was typed, runs one command, returns one exit code.

mod args;
mod client;
mod commands;
mod config;
mod conversation;
mod failure;
mod os;
mod output;
mod practice;
mod renewal;
mod shapes;
mod surroundings;
mod words;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use args::Cli;
use commands::Session;
use failure::{Exit, Failure, Outcome};
use output::{Format, Manner, Printer};
use surroundings::Surroundings;
use words::{Complaint, Lang};

fn main() -> ExitCode {
    match Cli::try_from_typed(std::env::args_os()) {
        Ok(cli) => run(cli),
        Err(usage) => explain(&usage),
    }
}

/// Runs one command to its end, or to Ctrl-C.
fn run(cli: Cli) -> ExitCode {
    let (lang, _) = config::language(cli.global.lang, cli.global.config.as_deref());
    let world = Surroundings::real(cli.global.no_input);
    let manner = Manner {
        lang,
        format: cli.global.format(),
        quiet: cli.global.quiet,
        verbose: cli.global.verbose,
        progress: world.progress,
    };
    let printer = Printer::standard(manner, cli.global.color.into());
    let mut session = Session::new(world, printer, cli.global);
    let done = in_runtime(&mut session, cli.command);
    session.end(done)
}

fn in_runtime(session: &mut Session, command: args::Command) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of_output(&error))?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = commands::run(session, command) => done,
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::plain(Complaint::Interrupted)),
        }
    });
    // A thread may still wait for stdin; the end of the process ends it.
    runtime.shutdown_background();
    done
}

/// Help and version go to stdout and are success; wrong usage goes to stderr, as a document where documents are wanted.
fn explain(usage: &clap::Error) -> ExitCode {
    if usage.use_stderr() && wants_documents() {
        let what = usage.to_string();
        let what = what.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let failure = Failure::with(Complaint::Usage, [("what", what)]);
        let manner = Manner { lang: Lang::En, format: Format::Json, quiet: false, verbose: false, progress: false };
        Printer::standard(manner, anstream::ColorChoice::Never).complain(&failure);
        return Exit::Usage.into();
    }
    match usage.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Exit::Failed.into(),
        Ok(()) | Err(_) if usage.use_stderr() => Exit::Usage.into(),
        Ok(()) | Err(_) => ExitCode::SUCCESS,
    }
}

/// What was typed can't be parsed, so it is only looked at.
fn wants_documents() -> bool {
    let typed: Vec<_> = std::env::args_os().collect();
    let is = |argument: &OsString, words: &[&str]| words.iter().any(|word| argument == word);
    typed.iter().any(|argument| is(argument, &["--json", "--output=json", "--output=jsonl", "-ojson", "-ojsonl"]))
        || typed.windows(2).any(|pair| is(&pair[0], &["-o", "--output"]) && is(&pair[1], &["json", "jsonl"]))
}
