//! What is said of wrong usage, by what clap found; the English is clap's own.

use std::error::Error;
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Lang;

/// Options that clap takes for typed where the environment has their value.
const FROM_ENVIRONMENT: [&str; 3] = [" --config <PATH>", " --lang <LANG>", " --timeout <SECONDS>"];

/// What our own parsers of values say, and its Japanese.
const REFUSALS: [(&str, &str); 3] = [
    ("after @ comes a number from 1", "@ の後は1以上の数です"),
    ("seconds are a whole number", "秒数は整数です"),
    ("no clock is off by more than ten years", "時計が10年以上ずれることはありません"),
];

/// What is wrong, in one line.
pub(crate) fn sentence(error: &clap::Error, lang: Lang) -> String {
    match lang {
        Lang::En => english(error),
        Lang::Ja => japanese(error),
    }
}

/// What clap says before it goes on to advice.
fn english(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing".to_owned();
    }
    let text = error.to_string();
    let said = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect::<Vec<_>>().join(" ");
    said.trim_start_matches("error: ").to_owned()
}

fn japanese(error: &clap::Error) -> String {
    let argument = || string(error, ContextKind::InvalidArg);
    let value = || string(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidValue if value().is_empty() => format!("{} の値がありません", argument()),
        ErrorKind::InvalidValue => format!("{} の値 '{}' は正しくありません{}", argument(), value(), possible(error)),
        ErrorKind::ValueValidation => format!("{} の値 '{}' は正しくありません{}", argument(), value(), because(error)),
        ErrorKind::UnknownArgument => format!("'{}' という引数はありません", argument()),
        ErrorKind::InvalidSubcommand => {
            format!("'{}' というコマンドはありません", string(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("必要な引数がありません: {}", argument()),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "コマンドを指定してください".to_owned()
        }
        ErrorKind::ArgumentConflict => conflict(&argument(), &string(error, ContextKind::PriorArg)),
        ErrorKind::TooManyValues => format!("{} の値が多すぎます: '{}'", argument(), value()),
        ErrorKind::TooFewValues => {
            let least = string(error, ContextKind::MinValues);
            format!("{} の値が足りません（{least}個以上必要です）", argument())
        }
        ErrorKind::WrongNumberOfValues => {
            let expected = string(error, ContextKind::ExpectedNumValues);
            format!("{} の値は{expected}個必要です", argument())
        }
        ErrorKind::NoEquals => format!("{} の値は = に続けて書いてください", argument()),
        ErrorKind::InvalidUtf8 => "UTF-8 ではない文字が含まれています".to_owned(),
        // None of these is about usage, and a kind that is yet to come is not known.
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::Io | ErrorKind::Format | _ => {
            "コマンドの書き方が正しくありません".to_owned()
        }
    }
}

/// What may have been meant, or what to do instead; nothing where nobody knows.
pub(crate) fn advice(error: &clap::Error) -> Option<String> {
    let similar = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let similar = similar.into_iter().map(|kind| string(error, kind)).find(|similar| !similar.is_empty());
    similar.map(|similar| format!("もしかして: {similar}")).or_else(|| tip(&string(error, ContextKind::Suggested)))
}

/// How the command is written; nothing where clap says nothing.
pub(crate) fn synopsis(error: &clap::Error) -> Option<String> {
    let usage = string(error, ContextKind::Usage);
    let usage = usage.strip_prefix("Usage: ")?;
    Some(FROM_ENVIRONMENT.iter().fold(usage.to_owned(), |usage, option| usage.replace(option, "")))
}

fn conflict(argument: &str, prior: &str) -> String {
    if prior.is_empty() || prior == argument {
        format!("{argument} は一度しか指定できません")
    } else {
        format!("{argument} は {prior} と同時には指定できません")
    }
}

fn possible(error: &clap::Error) -> String {
    let values = string(error, ContextKind::ValidValue);
    if values.is_empty() { String::new() } else { format!("（指定できる値: {values}）") }
}

/// Why a value is refused, by the parser that refused it.
fn because(error: &clap::Error) -> String {
    let Some(cause) = error.source() else { return String::new() };
    let text = cause.to_string();
    let why = match cause.downcast_ref::<ParseIntError>().map(ParseIntError::kind) {
        Some(IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => "数が大きすぎるか小さすぎます",
        Some(IntErrorKind::Zero) => "1以上の数にしてください",
        Some(_) => "整数ではありません",
        None => match text.split_once(" is not in ") {
            Some((_, range)) => return format!("（{}）", between(range)),
            None => {
                REFUSALS.iter().find(|(english, _)| text == *english).map_or(text.as_str(), |(_, japanese)| japanese)
            }
        },
    };
    format!("（{why}）")
}

fn between(range: &str) -> String {
    match range.split_once("..=") {
        Some((least, most)) => format!("{least}から{most}までです"),
        None => range.to_owned(),
    }
}

/// What clap advises beside similar names.
fn tip(english: &str) -> Option<String> {
    let quoted = english.split('\'').nth(1)?;
    if english.starts_with("to pass") {
        Some(format!("値として渡すには: -- {quoted}"))
    } else if english.starts_with("subcommand") {
        Some(format!("{quoted} というコマンドを使うには，前の -- を除いてください"))
    } else {
        Some(format!("もしかして: {quoted}"))
    }
}

/// What clap found of one kind, as text.
fn string(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(several)) => several.join(", "),
        Some(ContextValue::StyledStr(styled)) => styled.to_string(),
        Some(ContextValue::StyledStrs(several)) => several.first().map(ToString::to_string).unwrap_or_default(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::{Cli, in_language};

    fn refused(line: &str) -> clap::Error {
        in_language(Cli::command(), Lang::Ja).try_get_matches_from(line.split(' ')).expect_err(line)
    }

    #[test]
    fn wrong_usage_is_named_in_japanese() {
        for (line, said) in [
            ("tokenadm nonsense", "'nonsense' というコマンドはありません"),
            ("tokenadm lot --json", "コマンドを指定してください"),
            ("tokenadm lot", "コマンドを指定してください"),
            ("tokenadm import", "必要な引数がありません: <FILE>..."),
            ("tokenadm assign", "必要な引数がありません: <SERIAL>, <USER-ID>"),
            ("tokenadm show 1 --serial --user", "--serial は --user と同時には指定できません"),
            ("tokenadm status --json --json", "--json は一度しか指定できません"),
            ("tokenadm status --color", "--color <WHEN> の値がありません"),
            ("tokenadm status --lang fr", "--lang <LANG> の値 'fr' は正しくありません（指定できる値: en, ja）"),
            ("tokenadm status --timeout 0", "--timeout <SECONDS> の値 '0' は正しくありません（1から86400までです）"),
            ("tokenadm status --timeout x", "--timeout <SECONDS> の値 'x' は正しくありません（整数ではありません）"),
            (
                "tokenadm status --timeout 99999999999999999999",
                "--timeout <SECONDS> の値 '99999999999999999999' は正しくありません（数が大きすぎるか小さすぎます）",
            ),
            ("tokenadm list --limit 0", "--limit <N> の値 '0' は正しくありません（1以上の数にしてください）"),
            ("tokenadm resync 1 1 2 3 4", "[CODE]... の値が多すぎます: '4'"),
            ("tokenadm list --nonsense", "'--nonsense' という引数はありません"),
        ] {
            assert_eq!(sentence(&refused(line), Lang::Ja), said, "{line}");
        }
    }

    #[test]
    fn what_our_own_parsers_refuse_is_explained_in_japanese() {
        for (drift, why) in [("x", REFUSALS[1].1), ("1@0", REFUSALS[0].1), ("9999999999", REFUSALS[2].1)] {
            let error = refused(&format!("tokenadm practice new --tokens 3 --out d --drift {drift}"));
            let said = format!("--drift <SECONDS[@N]> の値 '{drift}' は正しくありません（{why}）");
            assert_eq!(sentence(&error, Lang::Ja), said);
        }
    }

    #[test]
    fn what_may_have_been_meant_is_named() {
        for (line, said) in [
            ("tokenadm identfy", "もしかして: identify"),
            ("tokenadm list --stat lent", "もしかして: --state"),
            ("tokenadm list --state lentt", "もしかして: lent"),
            ("tokenadm show -x", "値として渡すには: -- -x"),
            ("tokenadm -- lot", "lot というコマンドを使うには，前の -- を除いてください"),
        ] {
            assert_eq!(advice(&refused(line)).as_deref(), Some(said), "{line}");
        }
        assert_eq!(advice(&refused("tokenadm import")), None);
    }

    #[test]
    fn the_synopsis_is_that_of_the_command_whatever_the_environment_has() {
        let error = refused("tokenadm import --lang ja --config here");
        assert_eq!(synopsis(&error).as_deref(), Some("tokenadm import <FILE>..."));
    }

    #[test]
    fn english_is_what_clap_says_in_one_line() {
        for (line, said) in [
            ("tokenadm import", "the following required arguments were not provided: <FILE>..."),
            ("tokenadm status --lang fr", "invalid value 'fr' for '--lang <LANG>' [possible values: en, ja]"),
            ("tokenadm", "a command is missing"),
        ] {
            let error = Cli::command().try_get_matches_from(line.split(' ')).expect_err(line);
            assert_eq!(sentence(&error, Lang::En), said, "{line}");
        }
    }
}
