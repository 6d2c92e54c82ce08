//! The admin CLI of tokenfleet: parses what was typed, runs one command, returns one exit code.

mod args;
mod charset;
mod client;
mod code128;
mod commands;
mod config;
mod conversation;
mod failure;
mod letters;
mod os;
mod output;
mod pkcs12;
mod practice;
mod renewal;
mod shapes;
mod surroundings;
mod usage;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use args::Cli;
use commands::Session;
use failure::{Failure, Outcome};
use output::{Manner, Printer};
use surroundings::Surroundings;

fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    match Cli::try_from_typed(typed.iter().cloned()) {
        Ok(cli) => run(cli),
        Err(found) => usage::explain(&typed, found),
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
    let pager = os::pager().filter(|_| world.data_on_terminal && !cli.global.no_pager);
    let printer = Printer::standard(manner, cli.global.color.into()).with_pager(pager);
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
            // A command that hears Ctrl-C itself says best what became of its deed.
            biased;
            done = commands::run(session, command) => Some(done),
            Ok(()) = tokio::signal::ctrl_c() => None,
        }
    });
    // A thread may still wait for stdin; the end of the process ends it.
    runtime.shutdown_background();
    done.unwrap_or_else(|| Err(session.interrupted()))
}
