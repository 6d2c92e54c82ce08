//! Operators: `operator add`, `operator list`, `operator revoke`.
//!
//! The key of a new operator is made here and stays here; the server sees a request to certify it.

use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;

use super::{Session, held, new_folder};
use crate::args::{Operator, OperatorAdd};
use crate::config::profile_text;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::output::{Answer, Column, Listing, plain, yes_or_no};
use crate::shapes::{self, bare, show_bare, show_departments, show_time};
use crate::words::{Complaint, Say};

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadOperator, show: show_bare },
    Column { key: "roles", title: Say::HeadRoles, show: plain },
    Column { key: "departments", title: Say::HeadDepartments, show: show_departments },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "revoked", title: Say::HeadRevoked, show: yes_or_no },
    Column { key: "create_time", title: Say::HeadTime, show: show_time },
];

/// `operator`.
pub(crate) async fn run(session: &mut Session, args: Operator) -> Outcome {
    match args {
        Operator::Add(args) => add(session, args).await,
        Operator::List { limit } => {
            let client = session.client().await?;
            let fetch = async |page_size, page_token| {
                let request = v1::ListOperatorsRequest { page_size, page_token };
                let page = client
                    .ask(request, async |channel, request| {
                        OperatorServiceClient::new(channel).list_operators(request).await
                    })
                    .await?;
                Ok((page.operators.iter().map(shapes::operator).collect(), page.next_page_token))
            };
            session.list(Listing::new("operators", COLUMNS), limit, fetch).await
        }
        Operator::Revoke { name, confirm } => {
            session.confirm("operator revoke", &name, &confirm, Say::ConfirmRevoke).await?;
            revoke(session, name).await
        }
    }
}

async fn add(session: &mut Session, args: OperatorAdd) -> Outcome {
    let client = session.client().await?;
    // The key is on disk before anybody is asked to certify it: a certificate without its key helps nobody.
    let folder = NewFolder::make(&args.out)?;
    let key = KeyPair::generate().map_err(|_fault| Failure::plain(Complaint::KeyNotMade))?;
    folder.write("key.pem", key.serialize_pem().as_bytes())?;
    let request = v1::CreateOperatorRequest {
        certificate_request_pem: certificate_request(&args.name, &key)?,
        operator_id: args.name,
        roles: args.roles.into_iter().map(|role| v1::Role::from(role).into()).collect(),
        departments: args.departments,
        user_id: args.user_id.unwrap_or_default(),
        request_id: session.new_request_id()?,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).create_operator(request).await)
        .await?;
    let operator = held(answer.operator)?;
    folder.write("cert.pem", answer.certificate_pem.as_bytes())?;
    folder.write("ca.pem", answer.authority_pem.as_bytes())?;
    folder.write("config.toml", profile_text(client.server()).as_bytes())?;
    folder.keep();
    tell_added(session, &operator, &args.out)
}

async fn revoke(session: &mut Session, name: String) -> Outcome {
    let client = session.client().await?;
    let request = v1::RevokeOperatorRequest { name, request_id: session.new_request_id()? };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).revoke_operator(request).await)
        .await?;
    let operator = held(answer.operator)?;
    session.printer.answer(&Answer {
        sentence: Say::OperatorRevoked.with(session.printer.lang, &[("name", bare(&operator.name))]),
        noun: "operator",
        record: shapes::operator(&operator),
        columns: COLUMNS,
        beside: Vec::new(),
    })
}

fn tell_added(session: &mut Session, operator: &v1::Operator, folder: &Path) -> Outcome {
    let lang = session.printer.lang;
    let roles = operator.roles().map(shapes::role).collect::<Vec<_>>().join(", ");
    let folder = folder.display().to_string();
    let places = [("name", bare(&operator.name)), ("roles", &roles), ("folder", &folder)];
    session.printer.answer(&Answer {
        sentence: Say::OperatorAdded.with(lang, &places),
        noun: "operator",
        record: shapes::operator(operator),
        columns: COLUMNS,
        beside: vec![("profile", json!(folder))],
    })?;
    session.printer.label(Say::Next, &Say::HandOver.with(lang, &[("folder", &folder)]));
    Ok(())
}

/// A PKCS #10 request in PEM.
fn certificate_request(name: &str, key: &KeyPair) -> Outcome<String> {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params
        .serialize_request(key)
        .and_then(|request| request.pem())
        .map_err(|_fault| Failure::plain(Complaint::KeyNotMade))
}

/// A profile folder in the making; unless it is kept, what was written is taken away again.
struct NewFolder<'a> {
    path: &'a Path,
    kept: bool,
}

impl<'a> NewFolder<'a> {
    fn make(path: &'a Path) -> Outcome<Self> {
        new_folder(path)?;
        Ok(Self { path, kept: false })
    }

    fn write(&self, name: &str, content: &[u8]) -> Outcome {
        let path = self.path.join(name);
        os::write_private(&path, content).map_err(|error| Failure::unwritten(&path, &error))
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFolder<'_> {
    fn drop(&mut self) {
        if !self.kept {
            for name in ["key.pem", "cert.pem", "ca.pem", "config.toml"] {
                drop(fs::remove_file(self.path.join(name)));
            }
            drop(fs::remove_dir(self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::session;
    use crate::output::Format;
    use crate::words::Lang;

    #[test]
    fn an_operator_without_departments_is_listed_with_all() {
        let (mut session, data, _) = session(Lang::En, Format::Table);
        let operator = v1::Operator { name: "operators/hanako".to_owned(), ..v1::Operator::default() };
        session.printer.page(&mut Listing::new("operators", COLUMNS), vec![shapes::operator(&operator)]).unwrap();
        session.printer.flush().unwrap();
        assert!(data.text().lines().any(|line| line.starts_with("hanako") && line.contains("all")), "{}", data.text());
    }

    #[test]
    fn a_certificate_request_is_for_an_ecdsa_p_256_key() {
        let key = KeyPair::generate().unwrap();
        assert_eq!(key.algorithm(), &rcgen::PKCS_ECDSA_P256_SHA256);
        let request = certificate_request("hanako.yamada", &key).unwrap();
        assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"), "{request}");
    }

    #[test]
    fn a_folder_that_is_not_kept_is_taken_away_with_its_key() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("hanako");
        let folder = NewFolder::make(&path).unwrap();
        folder.write("key.pem", b"key").unwrap();
        drop(folder);
        assert!(!path.exists());
        let folder = NewFolder::make(&path).unwrap();
        folder.write("key.pem", b"key").unwrap();
        folder.keep();
        assert!(path.join("key.pem").exists());
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("key.pem"), "mine").unwrap();
        assert_eq!(NewFolder::make(base.path()).err().unwrap().reason(), "FOLDER_IN_USE");
        assert_eq!(fs::read_to_string(base.path().join("key.pem")).unwrap(), "mine");
    }
}
