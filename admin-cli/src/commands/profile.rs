//! Profiles and settings of this person: `profile list`, `profile show`, `profile use`, `profile export`, `config`.
//!
//! Needs no server; looks into files only.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Session, export};
use crate::args::{Global, Origin, Profile as Command};
use crate::config::{self, By, LanguageFrom, Profile, Stored};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Column, Format, Listing, plain, yes_or_no};
use crate::shapes::{self, show_time};
use crate::words::{Complaint, Lang, Say};

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadName, show: plain },
    Column { key: "chosen", title: Say::HeadChosen, show: yes_or_no },
    Column { key: "server", title: Say::HeadServer, show: plain },
    Column { key: "certificate_expire_time", title: Say::HeadCertificate, show: show_time },
    Column { key: "path", title: Say::HeadFile, show: plain },
];

const SETTINGS: &[Column] = &[
    Column { key: "setting", title: Say::HeadSetting, show: plain },
    Column { key: "value", title: Say::HeadValue, show: plain },
    Column { key: "source", title: Say::HeadSource, show: show_source },
];

/// `profile`.
pub(crate) async fn run(session: &mut Session, command: Command) -> Outcome {
    match command {
        Command::List { view } => {
            let mut listing = session.listing("profiles", COLUMNS, COLUMNS, &view)?;
            let records: Vec<_> = config::stored()?.iter().map(record).collect();
            if records.is_empty() {
                session.printer.say(Say::NothingMatches.plain(session.printer.lang));
            }
            session.printer.page(&mut listing, records)?;
            session.printer.finish_list(listing)
        }
        Command::Show { name } => {
            let stored = named_or_in_use(session, name.as_deref())?;
            session.printer.card("profile", COLUMNS, &record(&stored))
        }
        Command::Use { name } => {
            let stored = named(&name)?;
            config::choose(&stored)?;
            let chosen = Stored { chosen: true, ..stored };
            session.printer.answer(&Answer {
                sentence: Say::ProfileChosen.with(session.printer.lang, &[("name", &chosen.name)]),
                noun: "profile",
                record: record(&chosen),
                columns: COLUMNS,
                beside: Vec::new(),
            })?;
            if session.global.config.is_some() {
                session.printer.warn(Say::ProfileOverruled.plain(session.printer.lang));
            }
            Ok(())
        }
        Command::Export { name, pkcs12, password_file } => {
            let stored = named_or_in_use(session, name.as_deref())?;
            export::run(session, &stored.path, &pkcs12, password_file.as_deref()).await
        }
    }
}

/// `config`.
pub(crate) fn show_settings(session: &mut Session) -> Outcome {
    let records = settings(&session.global, session.printer.format());
    let mut listing = Listing::new("settings", SETTINGS);
    session.printer.page(&mut listing, records)?;
    session.printer.finish_list(listing)
}

fn named(name: &str) -> Outcome<Stored> {
    let stored = config::stored()?;
    let names = stored.iter().map(|stored| stored.name.clone()).collect::<Vec<_>>().join(", ");
    let found = stored.into_iter().find(|stored| stored.name == name);
    found.ok_or_else(|| Failure::with(Complaint::ProfileUnknown, [("name", name), ("names", &names)]))
}

fn named_or_in_use(session: &Session, name: Option<&str>) -> Outcome<Stored> {
    name.map_or_else(|| in_use(session), named)
}

/// A stored profile; what can't be read of it is null.
fn record(stored: &Stored) -> Value {
    let profile = Profile::read(&stored.path).ok();
    let end = profile.as_ref().and_then(|profile| profile.certificate.expire_time());
    json!({
        "name": stored.name,
        "chosen": stored.chosen,
        "server": profile.map(|profile| profile.server),
        "certificate_expire_time": end.map(shapes::utc),
        "path": stored.path.display().to_string(),
    })
}

/// The profile that commands sign in with now, stored or not; it is reason enough to complain where it can't be read.
fn in_use(session: &Session) -> Outcome<Stored> {
    let profile = Profile::find(session.global.config.as_deref())?;
    let stored = config::stored()?.into_iter().find(|stored| stored.path == profile.path);
    Ok(stored.unwrap_or(Stored { name: String::new(), chosen: false, path: profile.path }))
}

fn settings(global: &Global, format: Format) -> Vec<Value> {
    let named = global.config.as_deref();
    let located = config::locate(named);
    let server = Profile::find(named).ok().map(|profile| profile.server);
    let (lang, from) = config::language(global.lang, named);
    let timeout = global.timeout.map_or(json!("30, 3600"), |seconds| json!(seconds));
    let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
    let setting = |key: &str, value: Value, source: &str| json!({"setting": key, "value": value, "source": source});
    let origins = global.origins;
    vec![
        setting(
            "config",
            json!(located.as_ref().map(|located| located.path.display().to_string())),
            located.map_or("none", |located| match located.by {
                By::Name => origins.config.word(),
                By::Choice => "chosen",
                By::Person => "personal",
                By::Computer => "system",
            }),
        ),
        setting("server", json!(server), if server.is_some() { "profile" } else { "none" }),
        setting(
            "lang",
            json!(lang.tag()),
            match from {
                LanguageFrom::Asked => origins.lang.word(),
                LanguageFrom::Profile => "profile",
                LanguageFrom::Locale => "locale",
                LanguageFrom::Nowhere => Origin::Default.word(),
            },
        ),
        setting("timeout", timeout, origins.timeout.word()),
        setting("output", json!(name(format.to_possible_value())), origins.output.word()),
        setting("color", json!(name(global.color.to_possible_value())), origins.color.word()),
    ]
}

/// Where a setting comes from, for people.
fn show_source(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "flag" => Say::SourceFlag,
        "env" => Say::SourceEnvironment,
        "chosen" => Say::SourceChoice,
        "personal" => Say::SourcePerson,
        "system" => Say::SourceComputer,
        "profile" => Say::SourceProfile,
        "locale" => Say::SourceLocale,
        "default" => Say::SourceDefault,
        _ => Say::SourceNone,
    };
    say.plain(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use crate::config::profile_text;

    fn sources(line: &str, lang: &str) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let profile = format!("{}{lang}", profile_text("https://127.0.0.1:7443"));
        std::fs::write(folder.path().join("config.toml"), profile).unwrap();
        for name in ["ca.pem", "cert.pem", "key.pem"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let path = folder.path().to_str().unwrap();
        let typed = line.replace("DIR", path);
        let global = Cli::try_from_typed(typed.split(' ').map(Into::into)).unwrap().global;
        let format = global.format();
        let text = |value: &Value| value.as_str().map_or(value.to_string(), |text| text.replace(path, "DIR"));
        settings(&global, format).iter().map(|record| (text(&record["value"]), text(&record["source"]))).collect()
    }

    #[test]
    fn a_setting_says_where_it_comes_from() {
        let of = |line, lang| sources(line, lang).into_iter().map(|(_, source)| source).collect::<Vec<_>>();
        let flags = "tokenadm --config DIR config --lang en --timeout 5 -o csv --color never";
        assert_eq!(of(flags, "lang = \"ja\"\n"), ["flag", "profile", "flag", "flag", "flag", "flag"]);
        let few = of("tokenadm config --config DIR --json", "lang = \"ja\"\n");
        assert_eq!(few, ["flag", "profile", "profile", "default", "flag", "default"]);
    }

    #[test]
    fn a_setting_shows_the_value_that_counts() {
        let values: Vec<_> = sources("tokenadm config --config DIR -o jsonl", "lang = \"ja\"\n")
            .into_iter()
            .map(|(value, _)| value)
            .collect();
        assert_eq!(values, ["DIR/config.toml", "https://127.0.0.1:7443", "ja", "30, 3600", "jsonl", "auto"]);
    }

    #[test]
    fn every_source_has_a_word() {
        for source in ["flag", "env", "chosen", "personal", "system", "profile", "locale", "default"] {
            assert_ne!(show_source(&json!(source), Lang::Ja), Say::SourceNone.plain(Lang::Ja), "{source}");
        }
    }
}
