//! The service and this program: `status`, `whoami`, `completions`, `version`.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use serde_json::{Map, Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::system_service_client::SystemServiceClient;

use super::{Session, held};
use crate::args::Cli;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Format, plain, yes_or_no};
use crate::shapes::{self, show_bare, show_departments, show_state, show_time};
use crate::words::{Lang, Say};

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
    Column { key: "roles", title: Say::HeadRoles, show: plain },
    Column { key: "departments", title: Say::HeadDepartments, show: show_departments },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "certificate_expire_time", title: Say::HeadCertificate, show: show_time },
];

const VERSION: &[Column] = &[Column { key: "version", title: Say::HeadVersion, show: plain }];

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
    session.printer.card("status", STATUS, &status_record(&server, &status))
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
pub(crate) fn completions(session: &mut Session, shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tokenadm", &mut script);
    session.printer.data_bytes(&script)
}

/// `man`.
pub(crate) fn man(session: &mut Session, folder: &Path) -> Outcome {
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.map_err(|error| Failure::unwritten(folder, &error))?;
    let folder = folder.display().to_string();
    if session.printer.format() == Format::Table {
        return session.printer.done(&Say::PagesWritten.with(session.printer.lang, &[("folder", &folder)]));
    }
    session.printer.document(Map::from_iter([("folder".to_owned(), json!(folder))]))
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
        Format::Csv | Format::Name => session.printer.card("version", VERSION, &record),
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
    fn every_shell_gets_a_script() {
        use clap_complete::Shell;
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let (mut session, data, _) = session(Lang::En, Format::Table);
            completions(&mut session, shell).unwrap();
            session.printer.flush().unwrap();
            assert!(data.text().contains("resync"), "{shell}");
        }
    }
}
