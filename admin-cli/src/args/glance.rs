//! A look at what was typed, for what has to be known even where it can't be parsed: the language and the form in which
//! that is said.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::words::Lang;

/// What was seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Glance {
    /// The language that is asked for, by an option or the environment.
    pub(crate) lang: Option<Lang>,
    /// The profile that is named, by an option or the environment.
    pub(crate) config: Option<PathBuf>,
    /// Whether an error is to be a document.
    pub(crate) documents: bool,
}

impl Glance {
    /// Looks at what was typed and at the environment.
    pub(crate) fn at(typed: &[OsString]) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let lang = [value_of(typed, &["--lang"]), variable("TOKENADM_LANG")];
        let config = value_of(typed, &["--config"]).or_else(|| variable("TOKENADM_CONFIG"));
        let output = value_of(typed, &["--output", "-o"]);
        Self {
            lang: lang.into_iter().flatten().find_map(|lang| Lang::from_str(lang.to_str()?, false).ok()),
            config: config.map(PathBuf::from),
            documents: options(typed).any(|argument| argument == "--json")
                || output.is_some_and(|format| format == "json" || format == "jsonl"),
        }
    }
}

/// The value of the first option of these names, in the next argument or in its own.
fn value_of(typed: &[OsString], names: &[&str]) -> Option<OsString> {
    let mut typed = options(typed);
    while let Some(argument) = typed.next() {
        for name in names {
            if argument == name {
                return typed.next().cloned();
            }
            if let Some(value) = argument.to_str().and_then(|argument| joined(argument, name)) {
                return Some(value.into());
            }
        }
    }
    None
}

/// The value of `--name=value`, or of `-nvalue`.
fn joined<'a>(argument: &'a str, name: &str) -> Option<&'a str> {
    let rest = argument.strip_prefix(name)?;
    if name.starts_with("--") { rest.strip_prefix('=') } else { Some(rest) }
}

/// What may be options: all behind the name of the program and before a bare `--`.
fn options(typed: &[OsString]) -> impl Iterator<Item = &OsString> {
    typed.iter().skip(1).take_while(|argument| *argument != "--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(line: &str) -> Glance {
        let typed: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Glance::at(&typed)
    }

    #[test]
    fn the_language_is_seen_wherever_it_stands() {
        for line in ["tokenadm --lang ja lot", "tokenadm lot --lang=ja --nonsense", "tokenadm --lang=ja --lang=en"] {
            assert_eq!(glance(line).lang, Some(Lang::Ja), "{line}");
        }
        for line in ["tokenadm show -- --lang ja", "tokenadm --lang fr", "tokenadm --lang", "tokenadm --language ja"] {
            assert_eq!(glance(line).lang, None, "{line}");
        }
    }

    #[test]
    fn the_profile_is_seen_in_either_spelling() {
        for line in ["tokenadm --config here x", "tokenadm x --config=here"] {
            assert_eq!(glance(line).config, Some(PathBuf::from("here")), "{line}");
        }
    }

    #[test]
    fn documents_are_wanted_in_every_spelling_of_json() {
        for asked in ["--json", "-o json", "-ojson", "-o jsonl", "--output json", "--output=jsonl"] {
            assert!(glance(&format!("tokenadm lot {asked}")).documents, "{asked}");
        }
        for asked in ["-o csv", "-- --json", "--output"] {
            assert!(!glance(&format!("tokenadm lot {asked}")).documents, "{asked}");
        }
    }
}
