//! Reads people from an LDAP server: connects, proves who it is and has the server do so, and asks page by page. A fault on
//! the way is a refusal of the whole; nothing is followed to other servers.
//!
//! Knows the protocol and the names of attributes; knows nothing of the store, nor of what becomes of the people.

mod attributes;
pub mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ldap3::adapters::PagedResults;
use ldap3::{Ldap as Connection, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ports::Clock;
use tokenfleet_domain::reject::{Arg, Rejection};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

use crate::app::Answer;
use crate::app::directory::source::{PeopleSource, ReadingPeople, TakeEntry};
use crate::identity::tls::{TlsClock, TlsError, certificates, unreadable};
use crate::ldap::attributes::Seen;
use crate::ldap::settings::LdapSettings;
use crate::os::{self, KeyFileError};

/// How long a connection may take, with its TLS.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long the server may take for the next answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long everything may take.
const READING_MAX: Duration = Duration::from_mins(10);

/// Result codes of the protocol (RFC 4511, appendix A).
const SUCCESS: u32 = 0;
const REFERRAL: u32 = 10;
const INVALID_CREDENTIALS: u32 = 49;

/// Why the settings of LDAP can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The password's file.
    #[error(transparent)]
    Password(#[from] KeyFileError),
    /// The password is empty: servers take that for nobody, and let nobody in.
    #[error("{0} holds no password")]
    NoPassword(PathBuf),
    /// The authority's certificates.
    #[error(transparent)]
    Authority(#[from] TlsError),
}

/// An LDAP server that the directory is read from.
pub struct Ldap {
    settings: LdapSettings,
    password: Zeroizing<String>,
    tls: Option<Arc<ClientConfig>>,
}

impl Ldap {
    /// Reads the files that the settings name.
    pub fn load(settings: LdapSettings, clock: Arc<dyn Clock>) -> Result<Self, LoadError> {
        let text = os::read_private(&settings.password_file)?;
        let password = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
        if password.is_empty() {
            return Err(LoadError::NoPassword(settings.password_file));
        }
        let tls = settings.authority.as_ref().map(|path| client_config(path, clock)).transpose()?;
        Ok(Self { settings, password, tls })
    }

    async fn read_all(&self, take: &mut TakeEntry<'_>) -> Answer<()> {
        let (mut connection, _driver) = self.connect().await.map_err(|fault| self.fault(&fault))?;
        self.bind(&mut connection).await?;
        let seen = self.search(&mut connection, take).await?;
        // The server hears of the end either way.
        drop(connection.unbind().await);
        self.need_everything(&seen)
    }

    /// A connection, encrypted where the settings don't say otherwise, and the task that keeps it going.
    async fn connect(&self) -> Result<(Connection, AbortOnDropHandle<()>), LdapError> {
        let mut settings = LdapConnSettings::new().set_conn_timeout(CONNECT_MAX);
        if let Some(tls) = &self.tls {
            settings = settings.set_config(Arc::clone(tls)).set_starttls(self.settings.uses_start_tls());
        }
        let (driver, connection) = LdapConnAsync::with_settings(settings, &self.settings.url).await?;
        // A connection that breaks is met again by whoever waits for an answer on it.
        let driver = tokio::spawn(async move { drop(driver.drive().await) });
        Ok((connection, AbortOnDropHandle::new(driver)))
    }

    async fn bind(&self, connection: &mut Connection) -> Answer<()> {
        let bind = connection.with_timeout(ANSWER_MAX).simple_bind(&self.settings.bind_dn, &self.password);
        let result = bind.await.map_err(|fault| self.fault(&fault))?;
        match result.rc {
            SUCCESS => Ok(()),
            INVALID_CREDENTIALS => Err(self.refused(Reason::LdapBindRefused)),
            _ => Err(self.no_success(&result)),
        }
    }

    async fn search(&self, connection: &mut Connection, take: &mut TakeEntry<'_>) -> Answer<Seen> {
        let attributes = &self.settings.attributes;
        let mut seen = Seen::default();
        let mut people = connection
            .with_timeout(ANSWER_MAX)
            .streaming_search_with(
                PagedResults::new(self.settings.page_size),
                &self.settings.base,
                Scope::Subtree,
                &self.settings.filter,
                attributes.asked_for(),
            )
            .await
            .map_err(|fault| self.fault(&fault))?;
        while let Some(found) = people.next().await.map_err(|fault| self.fault(&fault))? {
            if found.is_ref() {
                return Err(self.refused(Reason::LdapRefused).with("result", REFERRAL.to_string()));
            }
            if !found.is_intermediate() {
                take(attributes.entry(SearchEntry::construct(found), &mut seen))?;
            }
        }
        let result = people.finish().await;
        if result.rc == SUCCESS { Ok(seen) } else { Err(self.no_success(&result)) }
    }

    /// Nobody at all, or a fact that nobody has, is a base, a filter, a name or a right that is wrong: it must not end people
    /// or empty what is known of them.
    fn need_everything(&self, seen: &Seen) -> Answer<()> {
        if seen.entries == 0 {
            return Err(self.refused(Reason::LdapEmpty));
        }
        match self.settings.attributes.unseen(seen) {
            None => Ok(()),
            Some((attribute, column)) => {
                Err(self.refused(Reason::LdapAttributeMissing).with("attribute", attribute).with("column", column))
            }
        }
    }

    fn refused(&self, reason: Reason) -> Rejection {
        Rejection::from(reason).with("source", self.settings.url.as_str())
    }

    fn no_success(&self, result: &LdapResult) -> Rejection {
        self.refused(Reason::LdapRefused).with("result", result.rc.to_string())
    }

    /// What a fault of the connection comes to. What the server says in words is not passed on.
    fn fault(&self, fault: &LdapError) -> Rejection {
        if let LdapError::LdapResult { result } = fault {
            return self.no_success(result);
        }
        let reason = if is_untrusted(fault) { Reason::LdapUntrusted } else { Reason::LdapUnreachable };
        self.refused(reason).with("cause", cause(fault))
    }
}

impl PeopleSource for Ldap {
    fn name(&self) -> &str {
        &self.settings.url
    }

    fn read<'a>(&'a self, take: &'a mut TakeEntry<'_>) -> ReadingPeople<'a> {
        Box::pin(async move {
            timeout(READING_MAX, self.read_all(take))
                .await
                .unwrap_or_else(|_| Err(self.refused(Reason::LdapUnreachable).with("cause", no_answer())))
        })
    }
}

fn client_config(authority: &Path, clock: Arc<dyn Clock>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authority)? {
        roots.add(certificate).map_err(|why| unreadable(authority, why))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_details(provider, Arc::new(TlsClock(clock)))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|why| TlsError::Setup(why.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn is_untrusted(fault: &LdapError) -> bool {
    matches!(tls_fault(fault), Some(rustls::Error::InvalidCertificate(_)))
}

fn tls_fault(fault: &LdapError) -> Option<&rustls::Error> {
    if let LdapError::Rustls { source } = fault {
        return Some(source);
    }
    let LdapError::Io { source } = fault else { return None };
    source.get_ref()?.downcast_ref()
}

/// The cause, in the words of the system or of TLS where it is theirs.
fn cause(fault: &LdapError) -> Arg {
    if matches!(fault, LdapError::Timeout { .. }) {
        no_answer()
    } else if matches!(fault, LdapError::EndOfStream | LdapError::ResultRecv { .. } | LdapError::OpSend { .. }) {
        Arg::Word { en: "the connection was closed".to_owned(), ja: "接続が閉じられました".to_owned() }
    } else if let LdapError::Io { source } = fault {
        source.to_string().into()
    } else {
        fault.to_string().into()
    }
}

fn no_answer() -> Arg {
    Arg::Word { en: "it does not answer in time".to_owned(), ja: "時間内に応答がありません".to_owned() }
}
