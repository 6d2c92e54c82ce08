//! `profile export`: a profile's key and certificates as one PKCS #12 file, for programs that don't read PEM.
//!
//! Guarantee: nothing is written unless the profile's files belong together, and no file is overwritten unasked. The
//! password comes from a person or a file, never from an argument or the environment.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::json;
use zeroize::Zeroizing;

use super::Session;
use crate::config::Profile;
use crate::conversation::{Conversation, Terminal};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Column, plain};
use crate::pkcs12::{self, Identity, PASSWORD_MAX, PASSWORD_MIN, Password};
use crate::shapes::{self, show_time};
use crate::words::{Complaint, Say};
use crate::{client, os};

/// Bytes of a password file that are read; a password is far shorter.
const PASSWORD_FILE_MAX: u64 = 4096;

const COLUMNS: &[Column] = &[
    Column { key: "name", title: Say::HeadName, show: plain },
    Column { key: "certificate_expire_time", title: Say::HeadCertificate, show: show_time },
    Column { key: "path", title: Say::HeadFile, show: plain },
];

/// `profile export`, of the profile with this `config.toml`.
pub(super) async fn run(session: &mut Session, config: &Path, file: &Path, password: Option<&Path>) -> Outcome {
    let profile = Profile::read(config)?;
    let bundle = Bundle::of(&profile)?;
    let shown = file.display().to_string();
    if file.exists() && !session.global.yes {
        return Err(Failure::with(Complaint::FileInUse, [("file", &shown)]));
    }
    let password = match password {
        Some(path) => fit(first_line(path)?)?,
        None => ask(session).await?,
    };
    let content = pkcs12::file(&bundle.identity(), &password, &*session.world.entropy)?;
    let write = if session.global.yes { os::replace_private } else { os::write_private };
    write(file, &content).map_err(|error| Failure::unwritten(file, &error))?;
    let lang = session.printer.lang;
    session.printer.answer(&Answer {
        sentence: Say::ProfileExported.with(lang, &[("name", &bundle.name), ("file", &shown)]),
        noun: "file",
        record: json!({
            "name": bundle.name,
            "certificate_expire_time": profile.certificate.expire_time().map(shapes::utc),
            "path": shown,
        }),
        columns: COLUMNS,
        beside: Vec::new(),
    })?;
    session.printer.label(Say::Next, Say::NextInstall.plain(lang));
    Ok(())
}

/// What a profile signs in with.
struct Bundle {
    name: String,
    key: Zeroizing<PrivatePkcs8KeyDer<'static>>,
    chain: Vec<CertificateDer<'static>>,
    authorities: Vec<CertificateDer<'static>>,
}

impl Bundle {
    fn of(profile: &Profile) -> Outcome<Self> {
        client::tls_config(profile)?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(&profile.key.content)
            .map_err(|_other| profile.key.complaint(Complaint::KeyUnreadable))?;
        let chain = client::certificates(&profile.certificate)?;
        let authorities = client::certificates(&profile.authority)?;
        Ok(Self { name: common_name(&chain).unwrap_or_default(), key: Zeroizing::new(key), chain, authorities })
    }

    fn identity(&self) -> Identity<'_> {
        let mut certificates = self.chain.iter().chain(&self.authorities).map(AsRef::as_ref);
        Identity {
            name: &self.name,
            key: self.key.secret_pkcs8_der(),
            certificate: certificates.next().unwrap_or_default(),
            authorities: certificates.collect(),
        }
    }
}

/// The operator's name, as the server writes it into a certificate.
fn common_name(chain: &[CertificateDer<'_>]) -> Option<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(chain.first()?).ok()?;
    Some(certificate.subject().iter_common_name().next()?.as_str().ok()?.to_owned())
}

/// Asks for a new password twice, since nobody sees what is typed.
async fn ask(session: &mut Session) -> Outcome<Password> {
    let missing = || Failure::plain(Complaint::PasswordMissing);
    if !session.world.interactive {
        return Err(missing());
    }
    let _hidden = os::hide_typing().map_err(|_unable| missing())?;
    let mut person = Terminal::listen();
    session.printer.question(Say::AskPassword.plain(session.printer.lang));
    let first = Zeroizing::new(person.line().await?);
    session.printer.answered();
    let password = fit(first.clone())?;
    session.printer.question(Say::AskPasswordAgain.plain(session.printer.lang));
    let second = Zeroizing::new(person.line().await?);
    session.printer.answered();
    if first == second { Ok(password) } else { Err(Failure::plain(Complaint::PasswordsDiffer)) }
}

/// The first line of a file, or of stdin where it is `-`, without blanks around it.
fn first_line(path: &Path) -> Outcome<Zeroizing<String>> {
    let reader: Outcome<Box<dyn Read>> = if path == Path::new("-") {
        Ok(Box::new(io::stdin()))
    } else {
        File::open(path).map(|file| Box::new(file) as Box<dyn Read>).map_err(|error| unreadable(path, &error))
    };
    let mut bytes = Zeroizing::new(Vec::new());
    reader?.take(PASSWORD_FILE_MAX).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // What is no UTF-8 is no ASCII either, and is refused with what it becomes here.
    Ok(Zeroizing::new(String::from_utf8_lossy(line).trim().to_owned()))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::with(Complaint::FileUnreadable, [("file", &path.display().to_string()), ("why", &error.to_string())])
}

fn fit(text: Zeroizing<String>) -> Outcome<Password> {
    let places = [("min", &*PASSWORD_MIN.to_string()), ("max", &*PASSWORD_MAX.to_string())];
    Password::new(text).ok_or_else(|| Failure::with(Complaint::PasswordUnfit, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    /// The first line of a file with this content.
    fn line(content: &[u8]) -> Zeroizing<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password.txt");
        std::fs::write(&path, content).unwrap();
        first_line(&path).unwrap()
    }

    #[test]
    fn the_first_line_of_a_file_is_the_password_however_the_line_ends() {
        for content in ["a long password", "a long password\n", "  a long password \r\nsomething else\n"] {
            assert_eq!(*line(content.as_bytes()), "a long password");
        }
    }

    #[test]
    fn what_is_no_password_is_refused_with_how_long_one_is() {
        for content in
            [&b""[..], b"too short", b"\xff\xfea\0 \0l\0o\0n\0g\0 \0o\0n\0e\0", "パスワードを入力".as_bytes()]
        {
            let no = fit(line(content)).err().unwrap();
            assert_eq!(no.reason(), "PASSWORD_UNFIT");
            assert!(no.describe(Lang::En).unwrap().message.contains("12 to 128"));
        }
    }

    #[test]
    fn a_password_file_that_is_not_there_is_named() {
        let no = first_line(Path::new("nowhere/password.txt")).err().unwrap();
        assert!(no.describe(Lang::En).unwrap().message.contains("nowhere/password.txt"));
    }
}
