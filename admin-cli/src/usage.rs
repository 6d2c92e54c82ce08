//! What is said instead of doing something: help and the version, and what is wrong with what was typed.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap::builder::Styles;
use clap::error::ErrorKind;
use terminal_size::{Height, Width, terminal_size};

use crate::args::{Cli, Glance, in_language};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Manner, Printer, in_locale};
use crate::words::wrap::wrap;
use crate::words::{Complaint, Lang, Say, usage};

/// No line of help is wider, on however wide a terminal.
const COLUMNS_MAX: u16 = 100;

/// Help and version go to stdout and are success; wrong usage goes to stderr, as a document where documents are wanted.
pub(crate) fn explain(typed: &[OsString], found: clap::Error) -> ExitCode {
    let glance = Glance::at(typed);
    let (lang, _) = config::language(glance.lang, glance.config.as_deref());
    let found = found_in(lang, typed, found);
    if !found.use_stderr() {
        return written(&mut in_locale(anstream::stdout()), &found, lang)
            .map_or_else(|error| unwritten(&error), |()| ExitCode::SUCCESS);
    }
    if glance.documents {
        complain(&found, lang);
    } else {
        // What can't be said on stderr can't be said at all.
        drop(written(&mut in_locale(anstream::stderr()), &found, lang));
    }
    Exit::Usage.into()
}

/// The same finding in a language: clap finds it again in a tree of commands that speaks it.
fn found_in(lang: Lang, typed: &[OsString], found: clap::Error) -> clap::Error {
    match lang {
        Lang::En => found,
        Lang::Ja => in_language(Cli::command(), lang).try_get_matches_from(typed).err().unwrap_or(found),
    }
}

fn written(out: &mut dyn Write, found: &clap::Error, lang: Lang) -> io::Result<()> {
    let text = match lang {
        Lang::En => found.render().ansi().to_string(),
        Lang::Ja if is_help(found) => wrap(&found.render().ansi().to_string(), columns()),
        Lang::Ja => in_japanese_words(found),
    };
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn is_help(found: &clap::Error) -> bool {
    matches!(
        found.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

fn columns() -> usize {
    let (Width(width), _) = terminal_size().unwrap_or((Width(COLUMNS_MAX), Height(0)));
    width.min(COLUMNS_MAX).into()
}

/// An error in the shape that clap gives it in English.
fn in_japanese_words(found: &clap::Error) -> String {
    let styles = Styles::styled();
    let (error, heading) = (styles.get_error(), styles.get_usage());
    let sentence = format!("{error}{}:{error:#} {}", Say::Error.plain(Lang::Ja), usage::sentence(found, Lang::Ja));
    let advice = usage::advice(found).map(|advice| format!("  {advice}"));
    let synopsis = usage::synopsis(found).map(|synopsis| format!("{heading}使い方:{heading:#} {synopsis}"));
    let more = "詳しくは --help を付けて実行してください．\n".to_owned();
    let parts = [Some(sentence), advice, synopsis, Some(more)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn complain(found: &clap::Error, lang: Lang) {
    let failure = Failure::with(Complaint::Usage, [("what", &usage::sentence(found, lang))]);
    let manner = Manner { lang, format: Format::Json, quiet: false, verbose: false, progress: false };
    Printer::standard(manner, anstream::ColorChoice::Never).complain(&failure);
}

/// Nobody reads help any more, which is success, or it can't be written.
fn unwritten(error: &io::Error) -> ExitCode {
    if error.kind() == io::ErrorKind::BrokenPipe { ExitCode::SUCCESS } else { Exit::Failed.into() }
}
