//! The service and this program: `status`, `whoami`, `completions`, `man`, `version`.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::{Map, Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::system_service_client::SystemServiceClient;

use super::doctor::work_together;
use super::{Session, held};
use crate::args::{Cli, in_language};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, plain, yes_or_no};
use crate::shapes::{self, show_bare, show_departments, show_roles, show_state, show_time};
use crate::words::{Lang, Say, wrap};

const STATUS: &[Column] = &[
    Column { key: "version", title: Say::HeadVersion, show: plain },
    Column { key: "fleet_id", title: Say::HeadFleet, show: plain },
    Column { key: "database", title: Say::HeadDatabase, show: plain },
    Column { key: "start_time", title: Say::HeadStarted, show: show_time },
    Column { key: "server_time", title: Say::HeadServerTime, show: show_time },
    Column { key: "clock_trusted", title: Say::HeadClockTrusted, show: yes_or_no },
    Column { key: "certificate_expire_time", title: Say::HeadCertificate, show: show_time },
    Column { key: "integrity_holds", title: Say::HeadIntegrity, show: plain },
    Column { key: "tokens", title: Say::HeadTokens, show: show_counts },
];

const WHOAMI: &[Column] = &[
    Column { key: "name", title: Say::HeadOperator, show: show_bare },
    Column { key: "roles", title: Say::HeadRoles, show: show_roles },
    Column { key: "departments", title: Say::HeadDepartments, show: show_departments },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "certificate_expire_time", title: Say::HeadCertificate, show: show_time },
];

const PAGES: &[Column] = &[Column { key: "folder", title: Say::HeadFolder, show: plain }];

const VERSION: &[Column] = &[Column { key: "version", title: Say::HeadVersion, show: plain }];

/// The headings of a man page as they come, and in Japanese.
const MAN_HEADINGS: [(&str, &str); 5] =
    [("NAME", "名前"), ("SYNOPSIS", "書式"), ("DESCRIPTION", "説明"), ("EXTRA", "例"), ("VERSION", "版")];

/// `status`.
pub(crate) async fn status(session: &mut Session) -> Outcome {
    let client = session.client().await?;
    let server = client
        .ask(v1::GetServerInfoRequest {}, async |channel, request| {
            SystemServiceClient::new(channel).get_server_info(request).await
        })
        .await?;
    let status = client
        .ask(v1::GetStatusRequest {}, async |channel, request| {
            SystemServiceClient::new(channel).get_status(request).await
        })
        .await?;
    session.printer.card("status", STATUS, &status_record(&server, &status))?;
    let here = env!("CARGO_PKG_VERSION");
    if !work_together(here, &server.version) {
        let places = [("here", here), ("there", &server.version)];
        session.printer.warn(&Say::VersionsDiffer.with(session.printer.lang, &places));
    }
    Ok(())
}

/// `whoami`.
pub(crate) async fn whoami(session: &mut Session) -> Outcome {
    let client = session.client().await?;
    let answer = client
        .ask(v1::GetCurrentOperatorRequest {}, async |channel, request| {
            OperatorServiceClient::new(channel).get_current_operator(request).await
        })
        .await?;
    let mut record = shapes::operator(&held(answer.operator)?);
    record["certificate_expire_time"] = shapes::time(answer.certificate_expire_time.as_ref());
    session.printer.card("operator", WHOAMI, &record)
}

/// `completions`.
pub(crate) fn completions(session: &mut Session, shell: Shell) -> Outcome {
    let mut commands = in_language(Cli::command(), script_language(shell, session.printer.lang));
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut commands, "tokenadm", &mut script);
    session.printer.data_bytes(&script)
}

/// The language of a script's descriptions. Windows PowerShell takes a script for one in the computer's old code page,
/// and Japanese that is misread so may well be no script at all.
fn script_language(shell: Shell, lang: Lang) -> Lang {
    if shell == Shell::PowerShell { Lang::En } else { lang }
}

/// `man`.
pub(crate) fn man(session: &mut Session, folder: &Path) -> Outcome {
    let lang = session.printer.lang;
    let mut commands = in_language(Cli::command().disable_help_subcommand(true), lang);
    commands.build();
    let written = fs::create_dir_all(folder).and_then(|()| write_pages(&commands, lang, folder));
    written.map_err(|error| Failure::unwritten(folder, &error))?;
    let folder = folder.display().to_string();
    match session.printer.format() {
        Format::Table => session.printer.done(&Say::PagesWritten.with(lang, &[("folder", &folder)])),
        Format::Json | Format::Jsonl => {
            session.printer.document(Map::from_iter([("folder".to_owned(), json!(folder))]))
        }
        Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
            session.printer.card("man", PAGES, &json!({"folder": folder}))
        }
    }
}

/// Writes the page of a command, and those of the commands below it.
fn write_pages(command: &clap::Command, lang: Lang, folder: &Path) -> io::Result<()> {
    let page = clap_mangen::Man::new(command.clone()).source(concat!("tokenadm ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render(&mut text)?;
    fs::write(folder.join(page.get_filename()), for_readers(&String::from_utf8_lossy(&text), lang))?;
    command.get_subcommands().filter(|sub| !sub.is_hide_set()).try_for_each(|sub| write_pages(sub, lang, folder))
}

/// A page as readers of a language want it; the crate that writes it knows English only.
fn for_readers(page: &str, lang: Lang) -> String {
    match lang {
        Lang::En => page.replace(".SH EXTRA\n", ".SH EXAMPLES\n"),
        Lang::Ja => page.lines().map(japanese_line).collect(),
    }
}

fn japanese_line(line: &str) -> String {
    let heading =
        line.strip_prefix(".SH ").and_then(|heading| MAN_HEADINGS.iter().find(|(english, _)| *english == heading));
    match heading {
        Some((_, japanese)) => format!(".SH {japanese}\n"),
        // Blanks that are stretched, and Latin words that are hyphenated, look odd in Japanese.
        None if line.starts_with(".TH ") => format!("{line}\n.nh\n.ad l\n"),
        None if line.starts_with(['.', '\'']) => format!("{line}\n"),
        None => wrap::with_breaks(line, "\\:") + "\n",
    }
}

/// `version`.
pub(crate) fn version(session: &mut Session) -> Outcome {
    let version = env!("CARGO_PKG_VERSION");
    let record = json!({"version": version});
    match session.printer.format() {
        Format::Table => session.printer.data_line(&format!("tokenadm {version}")),
        Format::Json | Format::Jsonl => {
            session.printer.document(Map::from_iter([("version".to_owned(), json!(version))]))
        }
        Format::Csv | Format::Name | Format::Xlsx | Format::Svg => session.printer.card("version", VERSION, &record),
    }
}

fn status_record(server: &v1::GetServerInfoResponse, status: &v1::GetStatusResponse) -> Value {
    let mut tokens: Vec<_> = status.tokens.iter().collect();
    tokens.sort();
    let tokens: Map<_, _> = tokens.into_iter().map(|(state, count)| (state.clone(), json!(count))).collect();
    json!({
        "version": server.version,
        "fleet_id": server.fleet_id,
        "server_time": shapes::time(server.server_time.as_ref()),
        "database": status.database,
        "start_time": shapes::time(status.start_time.as_ref()),
        "clock_trusted": status.clock_trusted,
        "certificate_expire_time": shapes::time(status.certificate_expire_time.as_ref()),
        "integrity_holds": status.integrity_holds,
        "tokens": tokens,
    })
}

fn show_counts(value: &Value, lang: Lang) -> String {
    let counts = value.as_object().into_iter().flatten();
    let words: Vec<_> = counts.map(|(state, count)| format!("{} {count}", show_state(&json!(state), lang))).collect();
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::commands::tests::session;

    fn status() -> Value {
        let tokens = HashMap::from([("lent".to_owned(), 20), ("in_stock".to_owned(), 480)]);
        let status = v1::GetStatusResponse { tokens, ..v1::GetStatusResponse::default() };
        let server = v1::GetServerInfoResponse { version: "0.1.0".to_owned(), ..v1::GetServerInfoResponse::default() };
        status_record(&server, &status)
    }

    #[test]
    fn people_see_the_fleet_in_their_language() {
        for (lang, line) in [(Lang::En, "in stock 480 · lent 20"), (Lang::Ja, "在庫 480 · 貸出中 20")] {
            let (mut session, data, _) = session(lang, Format::Table);
            session.printer.card("status", STATUS, &status()).unwrap();
            session.printer.flush().unwrap();
            assert!(data.text().contains(line), "{}", data.text());
        }
    }

    #[test]
    fn programs_see_counts_by_state() {
        let (mut session, data, _) = session(Lang::Ja, Format::Json);
        session.printer.card("status", STATUS, &status()).unwrap();
        session.printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(document["status"]["tokens"], json!({"in_stock": 480, "lent": 20}));
    }

    #[test]
    fn the_version_is_written_in_every_format() {
        let number = env!("CARGO_PKG_VERSION");
        for (format, text) in [
            (Format::Table, format!("tokenadm {number}\n")),
            (Format::Csv, format!("version\n{number}\n")),
            (Format::Jsonl, format!("{{\"apiVersion\":\"tokenadm/v1\",\"version\":\"{number}\"}}\n")),
            (Format::Name, String::new()),
        ] {
            let (mut session, data, _) = session(Lang::En, format);
            version(&mut session).unwrap();
            session.printer.flush().unwrap();
            assert_eq!(data.text(), text);
        }
    }

    #[test]
    fn every_command_has_a_man_page() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("man1");
        let (mut session, _, _) = session(Lang::En, Format::Table);
        man(&mut session, &out).unwrap();
        for page in ["tokenadm.1", "tokenadm-assign.1", "tokenadm-lot-list.1", "tokenadm-doctor.1"] {
            let text = fs::read_to_string(out.join(page)).unwrap();
            assert!(text.contains(".SH NAME") && text.contains("tokenadm"), "{page}: {text}");
        }
    }

    #[test]
    fn a_japanese_page_is_japanese_and_may_be_broken_between_words() {
        let folder = tempfile::tempdir().unwrap();
        let (mut session, _, _) = session(Lang::Ja, Format::Table);
        man(&mut session, folder.path()).unwrap();
        let page = fs::read_to_string(folder.path().join("tokenadm-return.1")).unwrap();
        let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let every = "すべてのコマンドで使えるオプション";
        assert_eq!(headings, ["名前", "書式", "説明", "引数", "オプション", every, "例", "版"], "{page}");
        assert!(page.contains("，\\:または\\:借りている\\:人の\\:共通ID\\:（10桁の\\:数字）\n"), "{page}");
    }

    #[test]
    fn every_shell_gets_a_script() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let (mut session, data, _) = session(Lang::En, Format::Table);
            completions(&mut session, shell).unwrap();
            session.printer.flush().unwrap();
            assert!(data.text().contains("resync"), "{shell}");
        }
    }
}
