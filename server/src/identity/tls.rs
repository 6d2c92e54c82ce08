//! What the server shows and whom it trusts in a TLS handshake: its certificate and key, and the authority of its
//! clients. Reloads as a whole; files that can't be used change nothing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chrono::DateTime;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokenfleet_domain::ports::{Clock, Timestamp};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::os::{self, KeyFileError};

/// The one protocol that is spoken.
const ALPN: &[u8] = b"h2";

/// Where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, with those between it and the authority.
    pub certificate: PathBuf,
    /// Its key, which only its owner may read.
    pub key: PathBuf,
    /// The certificates of the authorities whose clients may connect.
    pub client_authority: PathBuf,
}

/// The present settings of TLS.
pub struct Tls {
    files: TlsFiles,
    clock: Arc<dyn Clock>,
    current: ArcSwap<Loaded>,
}

struct Loaded {
    config: Arc<ServerConfig>,
    expires_at: Timestamp,
}

/// Why TLS can't be set up from these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// A file holds no certificate.
    #[error("{0} holds no certificate")]
    NoCertificate(PathBuf),
    /// A file holds something else than certificates.
    #[error("{path} can't be read: {why}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The file holds no private key.
    #[error("{0} holds no private key")]
    NoKey(PathBuf),
    /// The key is not that of the certificate.
    #[error("the key in {key} does not belong to the certificate in {certificate}")]
    KeyMismatch {
        /// The key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// A certificate has ended.
    #[error("the certificate in {path} ended at {ended}")]
    Expired {
        /// Which file.
        path: PathBuf,
        /// When.
        ended: Timestamp,
    },
    /// A certificate has not begun.
    #[error("the certificate in {path} is not valid before {begins}: is the clock right?")]
    NotYetValid {
        /// Which file.
        path: PathBuf,
        /// When.
        begins: Timestamp,
    },
    /// The library refuses.
    #[error("TLS can't be set up: {0}")]
    Setup(String),
}

impl Tls {
    /// Loads the files for the first time.
    pub fn load(files: TlsFiles, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let loaded = load(&files, &clock)?;
        Ok(Self { files, clock, current: ArcSwap::from_pointee(loaded) })
    }

    /// Loads them again. Where that fails, everything stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(load(&self.files, &self.clock)?));
        Ok(())
    }

    /// The settings for the next handshake.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().config)
    }

    /// When the server's certificate ends.
    pub fn expires_at(&self) -> Timestamp {
        self.current.load().expires_at
    }
}

fn load(files: &TlsFiles, clock: &Arc<dyn Clock>) -> Result<Loaded, TlsError> {
    let chain = certificates(&files.certificate)?;
    let authorities = certificates(&files.client_authority)?;
    let key = os::read_private(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::NoKey(files.key.clone()))?;

    let now = clock.now();
    let expires_at = check_dates(&chain[0], &files.certificate, now)?;
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        check_dates(&authority, &files.client_authority, now)?;
        roots.add(authority).map_err(|why| unreadable(&files.client_authority, why))?;
    }
    let config = config(roots, chain, key, Arc::clone(clock)).map_err(|why| {
        if matches!(why, rustls::Error::InconsistentKeys(_)) {
            TlsError::KeyMismatch { key: files.key.clone(), certificate: files.certificate.clone() }
        } else {
            TlsError::Setup(why.to_string())
        }
    })?;
    Ok(Loaded { config: Arc::new(config), expires_at })
}

fn config(
    roots: RootCertStore,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    clock: Arc<dyn Clock>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|why| rustls::Error::General(why.to_string()))?;
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(TlsClock(clock)))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // No session is resumed: each handshake looks at the client's certificate anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// The certificates of a file, one at least.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = os::read_text(path)?;
    let all = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|why| unreadable(path, why))?;
    if all.is_empty() { Err(TlsError::NoCertificate(path.to_owned())) } else { Ok(all) }
}

/// Checks that a certificate is valid now, and says when it ends.
fn check_dates(der: &CertificateDer<'_>, path: &Path, now: Timestamp) -> Result<Timestamp, TlsError> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|why| unreadable(path, why))?;
    let moment = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH);
    let begins = moment(certificate.validity().not_before.timestamp());
    let ended = moment(certificate.validity().not_after.timestamp());
    if now < begins {
        return Err(TlsError::NotYetValid { path: path.to_owned(), begins });
    }
    if ended <= now {
        return Err(TlsError::Expired { path: path.to_owned(), ended });
    }
    Ok(ended)
}

pub(crate) fn unreadable(path: &Path, why: impl fmt::Display) -> TlsError {
    TlsError::Unreadable { path: path.to_owned(), why: why.to_string() }
}

/// Our clock, as rustls asks for the time.
pub(crate) struct TlsClock(pub(crate) Arc<dyn Clock>);

impl fmt::Debug for TlsClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsClock")
    }
}

impl TimeProvider for TlsClock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::TimeDelta;
    use tempfile::TempDir;

    use super::*;
    use crate::identity::authority::Authority;
    use crate::identity::tests::{StillClock, now};
    use crate::os::SystemEntropy;

    /// A folder with a server's files, as `init` makes them.
    fn folder(authority: &Authority) -> (TempDir, TlsFiles) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = TlsFiles { certificate: path("s.pem"), key: path("s.key"), client_authority: path("ca.pem") };
        let issued = authority.server(&[], now(), &SystemEntropy::default()).unwrap();
        os::write_public(&files.certificate, issued.certificate_pem.as_bytes()).unwrap();
        os::write_private(&files.key, issued.key_pem.as_bytes()).unwrap();
        os::write_public(&files.client_authority, authority.certificate_pem().as_bytes()).unwrap();
        (folder, files)
    }

    fn authority() -> Authority {
        Authority::create(now(), &SystemEntropy::default()).unwrap().0
    }

    fn refused(files: &TlsFiles, clock: StillClock) -> String {
        Tls::load(files.clone(), Arc::new(clock)).err().unwrap().to_string()
    }

    #[test]
    fn files_as_init_makes_them_are_loaded() {
        let (_folder, files) = folder(&authority());
        let tls = Tls::load(files, Arc::new(StillClock::default())).unwrap();
        assert_eq!(tls.expires_at(), now() + TimeDelta::days(730));
        assert_eq!(tls.config().alpn_protocols, [b"h2"]);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let authority = authority();
        let (_folder, files) = folder(&authority);
        let other = authority.server(&[], now(), &SystemEntropy::default()).unwrap();
        fs::write(&files.key, other.key_pem.as_bytes()).unwrap();
        assert!(refused(&files, StillClock::default()).contains("does not belong"));
    }

    #[test]
    fn an_empty_chain_a_missing_key_and_a_public_key_file_are_refused_by_name() {
        let (_folder, files) = folder(&authority());
        let certificate = fs::read(&files.certificate).unwrap();
        fs::write(&files.certificate, "").unwrap();
        assert!(refused(&files, StillClock::default()).ends_with("s.pem holds no certificate"));
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.client_authority, "").unwrap();
        assert!(refused(&files, StillClock::default()).ends_with("ca.pem holds no certificate"));
        let (_folder, files) = folder(&authority());
        fs::write(&files.key, "").unwrap();
        assert!(refused(&files, StillClock::default()).ends_with("s.key holds no private key"));
        fs::remove_file(&files.key).unwrap();
        os::write_public(&files.key, b"").unwrap();
        assert!(refused(&files, StillClock::default()).contains("can be read by others"));
    }

    #[test]
    fn certificates_outside_their_time_are_refused() {
        let (_folder, files) = folder(&authority());
        assert!(refused(&files, StillClock::at(now() + TimeDelta::days(731))).contains("ended at"));
        assert!(refused(&files, StillClock::at(now() - TimeDelta::days(1))).contains("is not valid before"));
    }

    #[test]
    fn a_reload_takes_new_files_and_a_failed_one_keeps_the_old() {
        let authority = authority();
        let (_folder, files) = folder(&authority);
        let tls = Tls::load(files.clone(), Arc::new(StillClock::default())).unwrap();
        let first = tls.config();
        fs::write(&files.certificate, "nonsense").unwrap();
        assert!(tls.reload().is_err());
        assert!(Arc::ptr_eq(&first, &tls.config()));
        let later = authority.server(&[], now() + TimeDelta::minutes(30), &SystemEntropy::default()).unwrap();
        fs::write(&files.certificate, later.certificate_pem).unwrap();
        fs::write(&files.key, later.key_pem.as_bytes()).unwrap();
        tls.reload().unwrap();
        assert!(!Arc::ptr_eq(&first, &tls.config()));
        assert_eq!(tls.expires_at(), now() + TimeDelta::days(730) + TimeDelta::minutes(30));
    }
}
