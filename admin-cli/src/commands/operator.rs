//! Operators: `operator add`, `list`, `set`, `renew`, `issue-cert`, `revoke`.
//!
//! Keys are made here and stay here; the server sees a request to certify one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use prost_types::FieldMask;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;

use super::{Session, folder_in_use, free_folder, held, new_folder};
use crate::args::{Operator, OperatorAdd, OperatorSet};
use crate::client::Client;
use crate::config::{PROFILE_FILE, PemFile, Profile, profile_text};
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::output::{Answer, Column, plain, yes_or_no};
use crate::renewal::Successors;
use crate::shapes::{self, bare, roles_text, show_bare, show_date, show_departments, show_roles, show_time};
use crate::words::{Complaint, Say};

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadOperator, show: show_bare },
    Column { key: "roles", title: Say::HeadRoles, show: show_roles },
    Column { key: "departments", title: Say::HeadDepartments, show: show_departments },
    Column { key: "user_id", title: Say::HeadUser, show: plain },
    Column { key: "revoked", title: Say::HeadRevoked, show: yes_or_no },
    Column { key: "create_time", title: Say::HeadTime, show: show_time },
];

/// `operator`.
pub(crate) async fn run(session: &mut Session, args: Operator) -> Outcome {
    match args {
        Operator::Add(args) => add(session, args).await,
        Operator::List { limit, view } => {
            let listing = session.listing("operators", COLUMNS, COLUMNS, &view)?;
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
            session.list(listing, limit, fetch).await
        }
        Operator::Set(args) => set(session, args).await,
        Operator::Renew { dry_run } if dry_run.on => try_renewal(session).await,
        Operator::Renew { .. } => renew(session).await,
        Operator::IssueCert { name, out, dry_run } => issue_certificate(session, name, &out, dry_run.on).await,
        Operator::Revoke { name, confirm, dry_run } => {
            if !dry_run.on {
                session.confirm(&name, &confirm, Say::ConfirmRevoke).await?;
            }
            revoke(session, name, dry_run.on).await
        }
    }
}

async fn add(session: &mut Session, args: OperatorAdd) -> Outcome {
    let client = session.client().await?;
    let (folder, key) = new_profile(&args.out, args.dry_run.on)?;
    let request = v1::CreateOperatorRequest {
        certificate_request_pem: certificate_request(&args.name, &key)?,
        operator_id: args.name,
        roles: args.roles.into_iter().map(|role| v1::Role::from(role).into()).collect(),
        departments: args.departments,
        user_id: args.user_id.unwrap_or_default(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).create_operator(request).await)
        .await?;
    let operator = held(answer.operator)?;
    let lang = session.printer.lang;
    let roles = roles_text(&operator, session.printer.lang);
    let shown = args.out.display().to_string();
    let places = [("name", bare(&operator.name)), ("roles", &roles), ("folder", &shown)];
    let Some(folder) = folder else {
        return tell(session, Say::WouldAddOperator.with(lang, &places), &operator, true);
    };
    folder.complete(&answer.certificate_pem, &answer.authority_pem, client.server())?;
    hand_over(session, Say::OperatorAdded.with(lang, &places), &operator, &args.out)
}

async fn set(session: &mut Session, args: OperatorSet) -> Outcome {
    let client = session.client().await?;
    let change = [
        ("roles", !args.roles.is_empty()),
        ("departments", args.all_departments || !args.departments.is_empty()),
        ("user_id", args.no_user_id || args.user_id.is_some()),
    ];
    let paths = change.into_iter().filter(|(_, named)| *named).map(|(path, _)| path.to_owned()).collect();
    let request = v1::UpdateOperatorRequest {
        operator: Some(v1::Operator {
            name: args.name,
            roles: args.roles.into_iter().map(|role| v1::Role::from(role).into()).collect(),
            departments: args.departments,
            user_id: args.user_id.unwrap_or_default(),
            ..v1::Operator::default()
        }),
        update_mask: Some(FieldMask { paths }),
        etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).update_operator(request).await)
        .await?;
    let operator = held(answer.operator)?;
    let lang = session.printer.lang;
    let roles = roles_text(&operator, session.printer.lang);
    let departments = show_departments(&shapes::operator(&operator)["departments"], lang);
    let places = [("name", bare(&operator.name)), ("roles", &roles), ("departments", &departments)];
    let say = if args.dry_run.on { Say::WouldSetOperator } else { Say::OperatorSet };
    tell(session, say.with(lang, &places), &operator, args.dry_run.on)
}

/// The new key and certificate take the place of the old ones only when the server has accepted them.
async fn renew(session: &mut Session) -> Outcome {
    let (lang, deadline) = (session.printer.lang, session.global.call_deadline());
    let named = renewable_profile(session)?;
    let successors = Successors::of(&named.key.path, &named.certificate.path)?;
    // It is read anew: another renewal may have replaced its files before this one had its turn.
    let profile = Profile::read(&named.path)?;
    let client = Client::connect(&profile, lang, deadline).await?;
    let key = new_key()?;
    let key_pem = key.serialize_pem();
    successors.write_key(&key_pem)?;
    let request = v1::RenewCertificateRequest {
        certificate_request_pem: certificate_request("renewal", &key)?,
        request_id: session.new_request_id()?,
        validate_only: false,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).renew_certificate(request).await)
        .await?;
    successors.write_certificate(&answer.certificate_pem)?;
    let next = Profile {
        certificate: PemFile { content: answer.certificate_pem.into_bytes(), ..profile.certificate },
        key: PemFile { content: key_pem.into_bytes(), ..profile.key },
        ..profile
    };
    let me = who_am_i(&Client::connect(&next, lang, deadline).await?).await?;
    successors.place()?;
    tell_renewed(session, me)
}

/// Asks whether a renewal would be accepted; the key it asks for is thrown away.
async fn try_renewal(session: &mut Session) -> Outcome {
    let profile = renewable_profile(session)?;
    let client = Client::connect(&profile, session.printer.lang, session.global.call_deadline()).await?;
    let request = v1::RenewCertificateRequest {
        certificate_request_pem: certificate_request("renewal", &new_key()?)?,
        request_id: String::new(),
        validate_only: true,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).renew_certificate(request).await)
        .await?;
    let operator = held(answer.operator)?;
    let places = [("name", bare(&operator.name))];
    tell(session, Say::WouldRenewCertificate.with(session.printer.lang, &places), &operator, true)
}

fn renewable_profile(session: &Session) -> Outcome<Profile> {
    let profile = Profile::find(session.global.config.as_deref())?;
    if profile.key.path == profile.certificate.path {
        return Err(profile.unusable("key and cert are the same file"));
    }
    Ok(profile)
}

async fn who_am_i(client: &Client) -> Outcome<v1::GetCurrentOperatorResponse> {
    let call = async |channel, request| OperatorServiceClient::new(channel).get_current_operator(request).await;
    client.ask(v1::GetCurrentOperatorRequest {}, call).await
}

fn tell_renewed(session: &mut Session, me: v1::GetCurrentOperatorResponse) -> Outcome {
    let ends = shapes::time(me.certificate_expire_time.as_ref());
    let operator = held(me.operator)?;
    let places = [("name", bare(&operator.name)), ("date", &show_date(&ends))];
    session.printer.answer(&Answer {
        sentence: Say::CertificateRenewed.with(session.printer.lang, &places),
        noun: "operator",
        record: shapes::operator(&operator),
        columns: COLUMNS,
        beside: vec![("certificate_expire_time", ends), ("dry_run", json!(false))],
    })
}

async fn issue_certificate(session: &mut Session, name: String, out: &Path, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let (folder, key) = new_profile(out, dry_run)?;
    let request = v1::IssueCertificateRequest {
        certificate_request_pem: certificate_request(bare(&name), &key)?,
        name,
        request_id: session.new_request_id()?,
        validate_only: dry_run,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).issue_certificate(request).await)
        .await?;
    let operator = held(answer.operator)?;
    let shown = out.display().to_string();
    let places = [("name", bare(&operator.name)), ("folder", shown.as_str())];
    let Some(folder) = folder else {
        return tell(session, Say::WouldIssueCertificate.with(session.printer.lang, &places), &operator, true);
    };
    folder.complete(&answer.certificate_pem, &answer.authority_pem, client.server())?;
    hand_over(session, Say::CertificateIssued.with(session.printer.lang, &places), &operator, out)
}

async fn revoke(session: &mut Session, name: String, dry_run: bool) -> Outcome {
    let client = session.client().await?;
    let request = v1::RevokeOperatorRequest {
        name,
        request_id: session.new_request_id()?,
        etag: String::new(),
        validate_only: dry_run,
    };
    let answer = client
        .ask(request, async |channel, request| OperatorServiceClient::new(channel).revoke_operator(request).await)
        .await?;
    let operator = held(answer.operator)?;
    let say = if dry_run { Say::WouldRevokeOperator } else { Say::OperatorRevoked };
    tell(session, say.with(session.printer.lang, &[("name", bare(&operator.name))]), &operator, dry_run)
}

/// Says what was done, or would be.
fn tell(session: &mut Session, sentence: String, operator: &v1::Operator, dry_run: bool) -> Outcome {
    session.printer.answer(&Answer {
        sentence,
        noun: "operator",
        record: shapes::operator(operator),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(dry_run))],
    })
}

/// Says what was done, and what to do with the new profile folder.
fn hand_over(session: &mut Session, sentence: String, operator: &v1::Operator, folder: &Path) -> Outcome {
    session.printer.answer(&Answer {
        sentence,
        noun: "operator",
        record: shapes::operator(operator),
        columns: COLUMNS,
        beside: vec![("profile", json!(folder.display().to_string())), ("dry_run", json!(false))],
    })?;
    let file = os::typed(&folder.join(PROFILE_FILE));
    session.printer.label(Say::Next, &Say::HandOver.with(session.printer.lang, &[("file", &file)]));
    Ok(())
}

fn new_key() -> Outcome<KeyPair> {
    KeyPair::generate().map_err(|_fault| Failure::plain(Complaint::KeyNotMade))
}

/// A key for a new profile folder, and the folder it was written to; in a dry run none is made.
fn new_profile(path: &Path, dry_run: bool) -> Outcome<(Option<NewFolder<'_>>, KeyPair)> {
    if dry_run {
        free_folder(path)?;
        return Ok((None, new_key()?));
    }
    let mut folder = NewFolder::make(path)?;
    let key = folder.new_key()?;
    Ok((Some(folder), key))
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

/// A profile folder in the making; unless it is kept, what was made here of it is taken away again, and nothing else.
struct NewFolder<'a> {
    path: &'a Path,
    /// Whether the folder itself was made here.
    made: bool,
    written: Vec<PathBuf>,
    kept: bool,
}

impl<'a> NewFolder<'a> {
    fn make(path: &'a Path) -> Outcome<Self> {
        let made = new_folder(path)?;
        Ok(Self { path, made, written: Vec::new(), kept: false })
    }

    /// A key, on disk before anybody is asked to certify it: a certificate without its key helps nobody.
    fn new_key(&mut self) -> Outcome<KeyPair> {
        let key = new_key()?;
        self.write("key.pem", key.serialize_pem().as_bytes())?;
        Ok(key)
    }

    /// Writes what a profile has besides its key, and keeps it all.
    fn complete(mut self, certificate: &str, authority: &str, server: &str) -> Outcome {
        self.write("cert.pem", certificate.as_bytes())?;
        self.write("ca.pem", authority.as_bytes())?;
        self.write(PROFILE_FILE, profile_text(server).as_bytes())?;
        self.kept = true;
        Ok(())
    }

    fn write(&mut self, name: &str, content: &[u8]) -> Outcome {
        let path = self.path.join(name);
        os::write_private(&path, content).map_err(|error| {
            // Where it is there by now, somebody else makes a profile here, and was faster.
            let taken = error.kind() == io::ErrorKind::AlreadyExists;
            if taken { folder_in_use(self.path) } else { Failure::unwritten(&path, &error) }
        })?;
        self.written.push(path);
        Ok(())
    }
}

impl Drop for NewFolder<'_> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for path in &self.written {
            drop(fs::remove_file(path));
        }
        if self.made {
            // It stays where somebody else has written into it.
            drop(fs::remove_dir(self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::session;
    use crate::output::{Format, Listing};
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
        let mut folder = NewFolder::make(&path).unwrap();
        folder.new_key().unwrap();
        assert!(path.join("key.pem").exists());
        drop(folder);
        assert!(!path.exists());
        let mut folder = NewFolder::make(&path).unwrap();
        folder.new_key().unwrap();
        folder.complete("certificate", "authority", "https://127.0.0.1:7443").unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 4);
    }

    #[test]
    fn a_folder_that_was_there_stays_and_so_does_what_somebody_else_wrote_into_it() {
        let base = tempfile::tempdir().unwrap();
        let mine = base.path().join("mine");
        fs::create_dir(&mine).unwrap();
        drop(NewFolder::make(&mine).unwrap());
        assert!(mine.exists());
        let path = base.path().join("hanako");
        let (mut first, mut second) = (NewFolder::make(&path).unwrap(), NewFolder::make(&path).unwrap());
        second.new_key().unwrap();
        assert_eq!(first.new_key().err().unwrap().reason(), "FOLDER_IN_USE");
        drop(first);
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
