//! The same commands with their help in Japanese: for help, man pages, completions and errors.
//!
//! What clap itself says beside a help text is English for good, so it is hidden, and said by our own texts. The values
//! that such a tree parses are plain strings.

use std::iter;

use clap::builder::{PossibleValue, PossibleValuesParser, Resettable, Str, StyledStr, Styles};
use clap::{Arg, Command};

use super::EVERY_COMMAND;
use crate::words::{Lang, help};

/// Clap breaks lines at blanks only; Japanese lines are broken when they are shown.
const UNBROKEN: usize = 0;

/// Looks up the Japanese of an English text.
type Lookup<'a> = &'a mut dyn FnMut(&str) -> String;

/// A tree of commands with its help in a language.
pub(crate) fn in_language(command: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => command,
        Lang::Ja => with(command, &mut |english| help::japanese(english).unwrap_or(english).to_owned()),
    }
}

fn with(command: Command, lookup: Lookup<'_>) -> Command {
    let mut command = command.term_width(UNBROKEN);
    // Only now the options of every command stand at each of them, and those for help and version are there at all.
    command.build();
    translated(command, lookup)
}

fn translated(command: Command, lookup: Lookup<'_>) -> Command {
    let about = command.get_about().map(|about| paragraphs(about, lookup) + &command_aliases(&command));
    let long_about = command.get_long_about().map(|about| paragraphs(about, lookup));
    let after_help = command.get_after_help().map(|text| below(text, lookup));
    let aliases: Vec<String> = command.get_all_aliases().map(str::to_owned).collect();
    command
        .about(styled(about))
        .long_about(styled(long_about))
        .after_help(styled(after_help))
        .visible_alias(Resettable::<Str>::Reset)
        .aliases(aliases)
        .help_template(template())
        .subcommand_help_heading("コマンド")
        .mut_args(|argument| explained(argument, lookup))
        .mut_subcommands(|command| translated(command, lookup))
}

fn styled(text: Option<String>) -> Resettable<StyledStr> {
    text.map(StyledStr::from).into()
}

/// The parts of a command's help.
fn template() -> String {
    let styles = Styles::styled();
    let heading = styles.get_usage();
    format!(
        "{{before-help}}{{about-with-newline}}\n{heading}使い方:{heading:#} {{usage}}\n\n{{all-args}}{{after-help}}"
    )
}

fn explained(argument: Arg, lookup: Lookup<'_>) -> Arg {
    let short = argument.get_help().map(|help| paragraphs(help, lookup)).unwrap_or_default();
    let long = argument.get_long_help().map_or_else(|| short.clone(), |help| paragraphs(help, lookup));
    let values = possible_values(&argument, lookup);
    let remarks = remarks(&argument);
    let heading = heading(&argument, lookup);
    let aliases: Vec<String> = argument.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect();
    let argument = argument
        .help(joined(" ", [short, values_in_line(&values), remarks.join(" ")]))
        .long_help(joined("\n\n", [long, values_in_lines(&values), remarks.join("\n\n")]))
        .help_heading(heading)
        .visible_alias(Resettable::<Str>::Reset)
        .aliases(aliases)
        .hide_possible_values(true)
        .hide_default_value(true)
        .hide_env(true);
    let argument = if values.is_empty() { argument } else { argument.value_parser(PossibleValuesParser::new(values)) };
    match argument.get_index() {
        // Below a heading of ours they would stand in the order of the alphabet.
        Some(index) => argument.display_order(index),
        None => argument,
    }
}

fn heading(argument: &Arg, lookup: Lookup<'_>) -> String {
    match argument.get_help_heading() {
        Some(heading) => lookup(heading),
        None if ["help", "version"].iter().any(|own| argument.get_id() == own) => lookup(EVERY_COMMAND),
        None if argument.is_positional() => "引数".to_owned(),
        None => "オプション".to_owned(),
    }
}

/// What clap would say in brackets.
fn remarks(argument: &Arg) -> Vec<String> {
    let mut remarks = Vec::new();
    if argument.get_action().takes_values() && !argument.get_default_values().is_empty() {
        let values: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        remarks.push(format!("[既定値: {}]", values.join(", ")));
    }
    if let Some(aliases) = argument.get_visible_aliases().filter(|aliases| !aliases.is_empty()) {
        let aliases: Vec<_> = aliases.iter().map(|alias| format!("--{alias}")).collect();
        remarks.push(format!("[別名: {}]", aliases.join(", ")));
    }
    if let Some(variable) = argument.get_env() {
        remarks.push(format!("[環境変数: {}]", variable.to_string_lossy()));
    }
    remarks
}

fn command_aliases(command: &Command) -> String {
    let aliases: Vec<_> = command.get_visible_aliases().collect();
    if aliases.is_empty() { String::new() } else { format!(" [別名: {}]", aliases.join(", ")) }
}

fn possible_values(argument: &Arg, lookup: Lookup<'_>) -> Vec<PossibleValue> {
    let values = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let explained = values.map(|value| match value.get_help().map(ToString::to_string) {
        Some(help) => value.help(lookup(&help)),
        None => value,
    });
    explained.collect()
}

fn values_in_line(values: &[PossibleValue]) -> String {
    let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
    if names.is_empty() { String::new() } else { format!("[指定できる値: {}]", names.join(", ")) }
}

fn values_in_lines(values: &[PossibleValue]) -> String {
    if values.iter().all(|value| value.get_help().is_none()) {
        return values_in_line(values);
    }
    let width = values.iter().map(|value| value.get_name().len()).max().unwrap_or_default() + 1;
    let lines = values.iter().map(|value| {
        let (name, help) = (format!("{}:", value.get_name()), value.get_help().map(ToString::to_string));
        format!("  - {name:<width$}  {}", help.unwrap_or_default())
    });
    iter::once("指定できる値:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// What stands below a command's help: examples stay as they are typed, everything else is said line by line.
fn below(text: &StyledStr, lookup: Lookup<'_>) -> String {
    let is_typed =
        |line: &str| line.starts_with("  ") && !line.trim_start().starts_with(|char: char| char.is_ascii_digit());
    let text = text.to_string();
    let lines = text.lines().map(|line| if line.is_empty() || is_typed(line) { line.to_owned() } else { lookup(line) });
    lines.collect::<Vec<_>>().join("\n")
}

fn paragraphs(text: &StyledStr, lookup: Lookup<'_>) -> String {
    text.to_string().split("\n\n").map(lookup).collect::<Vec<_>>().join("\n\n")
}

fn joined<const N: usize>(separator: &str, parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::args::Cli;
    use crate::words::wrap::wrap;

    /// Every English text of the help.
    fn asked_for() -> BTreeSet<String> {
        let mut asked = BTreeSet::new();
        with(Cli::command(), &mut |english| {
            asked.insert(english.to_owned());
            english.to_owned()
        });
        asked
    }

    #[test]
    fn every_text_of_the_help_has_its_japanese_and_no_other_is_kept() {
        let asked = asked_for();
        let kept: BTreeSet<String> = help::ALL.iter().map(|(english, _)| (*english).to_owned()).collect();
        let missing: Vec<_> = asked.difference(&kept).collect();
        let stale: Vec<_> = kept.difference(&asked).collect();
        assert!(missing.is_empty(), "words/help.rs lacks the Japanese of {missing:#?}");
        assert!(stale.is_empty(), "words/help.rs has what the help no longer says: {stale:#?}");
        assert_eq!(kept.len(), help::ALL.len(), "a text stands twice in words/help.rs");
    }

    #[test]
    fn the_university_writes_full_width_commas_and_stops() {
        for (english, japanese) in help::ALL {
            assert!(!japanese.contains(['、', '。', ',']) || english.contains("=1,secret="), "{japanese}");
            assert!(!japanese.ends_with('．') || english.ends_with('.'), "{japanese}");
        }
    }

    /// Every command with its help, as it is shown on a terminal of so many columns.
    fn helps(columns: usize) -> Vec<(String, String)> {
        fn walk(command: &mut Command, columns: usize, helps: &mut Vec<(String, String)>) {
            let name = command.get_bin_name().unwrap_or_default().to_owned();
            for help in [command.render_help(), command.render_long_help()] {
                helps.push((name.clone(), wrap(&help.to_string(), columns)));
            }
            command.get_subcommands_mut().for_each(|sub| walk(sub, columns, helps));
        }
        let mut helps = Vec::new();
        walk(&mut in_language(Cli::command(), Lang::Ja), columns, &mut helps);
        helps
    }

    #[test]
    fn nothing_that_clap_says_is_left_in_english() {
        let helps = helps(100);
        assert!(helps.len() > 80);
        for (name, help) in helps {
            for english in ["Usage", "Options", "Commands", "Arguments", "ossible", "default", "env:", "alias", "Print"]
            {
                assert!(!help.contains(english), "{name} says {english}:\n{help}");
            }
        }
    }

    #[test]
    fn arguments_stand_in_the_order_in_which_they_are_typed() {
        let (_, help) = helps(100).into_iter().find(|(name, _)| name == "tokenadm verify").unwrap();
        assert!(help.find("  [SERIAL|USER-ID]  ").unwrap() < help.find("  [CODE]  ").unwrap(), "{help}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_but_those_that_are_typed() {
        for columns in [80, 100] {
            for (name, help) in helps(columns) {
                let wide = help
                    .lines()
                    .filter(|line| line.width() > columns && !line.contains("tokenadm ") && !line.contains("=const:"));
                assert_eq!(wide.collect::<Vec<_>>(), [""; 0], "{name} at {columns} columns");
            }
        }
    }
}
