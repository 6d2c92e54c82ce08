//! The way to the server: one connection over mutual TLS, a deadline on every call, the caller's language, and a quiet
//! repetition of what the server could not take just now.
//!
//! Guarantee: before the first byte of a request is sent the server has accepted our certificate, or said why not, or
//! kept silent for a moment; so a refused certificate is always told as one.

use std::error::Error;
use std::fmt;
use std::io::{self, Cursor};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Response, Status, TimeoutExpired};

use crate::config::{PemFile, Profile};
use crate::failure::{Failure, Outcome};
use crate::words::{Complaint, Lang};

/// How long a connection may take to come about.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long the server's first bytes, which say that our certificate is accepted, are waited for.
const GREETING_MAX: Duration = Duration::from_secs(2);
/// The pauses before a request is repeated; there are as many repetitions as pauses.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// A connection to the server of a profile.
pub(crate) struct Client {
    channel: Channel,
    server: String,
    lang: Lang,
    deadline: Duration,
}

impl Client {
    /// Connects to the server of a profile.
    pub(crate) async fn connect(profile: &Profile, lang: Lang, deadline: Duration) -> Outcome<Self> {
        let dial = Arc::new(Dial::new(profile, CONNECT_MAX.min(deadline))?);
        let connector = tower::service_fn(move |_: Uri| {
            let dial = Arc::clone(&dial);
            async move { dial.connect().await.map(TokioIo::new) }
        });
        let channel = endpoint(profile)?
            .connect_with_connector(connector)
            .await
            .map_err(|error| failure_of_transport(&error, &profile.server))?;
        Ok(Self { channel, server: profile.server.clone(), lang, deadline })
    }

    /// Where the server is, as the profile says.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// How long one call may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The connection, for a call of one's own.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Asks once, and again where the server could not take it just now; the message, with its `request_id`, stays the
    /// same, so nothing is done twice.
    pub(crate) async fn ask<M, R, F>(&self, message: M, call: F) -> Outcome<R>
    where
        M: Clone,
        F: AsyncFn(Channel, Request<M>) -> Result<Response<R>, Status>,
    {
        let answer = repeated(&PAUSES, async || call(self.channel(), self.request(message.clone())).await).await;
        answer.map(Response::into_inner).map_err(|status| self.failure(&status))
    }

    /// A request with its deadline and the caller's language.
    pub(crate) fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        request.metadata_mut().insert("accept-language", MetadataValue::from_static(self.lang.tag()));
        request
    }

    /// What a status means, whether the server said it or it came about on the way.
    pub(crate) fn failure(&self, status: &Status) -> Failure {
        match status.source() {
            Some(cause) if sources(cause).any(<dyn Error>::is::<TimeoutExpired>) => self.timed_out(),
            Some(cause) => failure_of_transport(cause, &self.server),
            None => Failure::of_status(status),
        }
    }

    /// The deadline has passed.
    pub(crate) fn timed_out(&self) -> Failure {
        Failure::with(Complaint::TimedOut, [("seconds", &self.deadline.as_secs().to_string())])
    }
}

/// Repeats a call that the server could not take just now, after each of the pauses in turn.
async fn repeated<R>(
    pauses: &[Duration],
    call: impl AsyncFn() -> Result<Response<R>, Status>,
) -> Result<Response<R>, Status> {
    for pause in pauses {
        match call().await {
            Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(*pause).await,
            answer => return answer,
        }
    }
    call().await
}

fn endpoint(profile: &Profile) -> Outcome<Endpoint> {
    let origin: Uri = profile.server.parse().map_err(|_invalid| no_address(profile))?;
    // The connector does TLS itself; to tonic the connection is a plain one.
    let plain = profile.server.replacen("https://", "http://", 1);
    Ok(Endpoint::from_shared(plain).map_err(|_invalid| no_address(profile))?.origin(origin))
}

fn no_address(profile: &Profile) -> Failure {
    let path = profile.path.display().to_string();
    Failure::with(Complaint::AddressUnreadable, [("path", &path), ("server", &profile.server)])
}

/// All it takes to connect.
struct Dial {
    host: String,
    port: u16,
    name: ServerName<'static>,
    tls: TlsConnector,
    patience: Duration,
}

impl Dial {
    fn new(profile: &Profile, patience: Duration) -> Outcome<Self> {
        let uri: Uri = profile.server.parse().map_err(|_invalid| no_address(profile))?;
        let (Some("https"), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(no_address(profile)) };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|_invalid| no_address(profile))?;
        let tls = TlsConnector::from(Arc::new(tls_config(profile)?));
        Ok(Self { host, port: uri.port_u16().unwrap_or(443), name, tls, patience })
    }

    async fn connect(&self) -> Result<impl AsyncRead + AsyncWrite + Unpin + use<>, Trouble> {
        let connection = tokio::time::timeout(self.patience, self.connect_patiently()).await;
        let (greeting, tls) = connection.map_err(|_elapsed| Trouble::late())??;
        let (reader, writer) = tokio::io::split(tls);
        Ok(tokio::io::join(Cursor::new(greeting).chain(reader), writer))
    }

    async fn connect_patiently(&self) -> Result<(Vec<u8>, TlsStream<TcpStream>), Trouble> {
        let connected = async {
            let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
            tcp.set_nodelay(true)?;
            let mut tls = self.tls.connect(self.name.clone(), tcp).await?;
            Ok((greeting(&mut tls).await?, tls))
        };
        connected.await.map_err(|error| Trouble::of(&error))
    }
}

/// The server's first bytes. An HTTP/2 server speaks at once, but under TLS 1.3 only after it has looked at our
/// certificate; one that refuses it says so here, before anything of ours could be lost in the closing connection.
async fn greeting(tls: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut first = vec![0; 1024];
    let read = match tokio::time::timeout(GREETING_MAX, tls.read(&mut first)).await {
        Ok(Ok(0)) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
        Ok(read) => read?,
        Err(_silent) => 0,
    };
    first.truncate(read);
    Ok(first)
}

/// What it takes to sign in as a profile; it says what is wrong where its files do not belong together.
pub(crate) fn tls_config(profile: &Profile) -> Outcome<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    for authority in certificates(&profile.authority)? {
        roots.add(authority).map_err(|_unfit| profile.authority.complaint(Complaint::CertificateUnreadable))?;
    }
    let chain = certificates(&profile.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&profile.key.content)
        .map_err(|_invalid| profile.key.complaint(Complaint::KeyUnreadable))?;
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| profile.unusable(&error.to_string()))?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(|error| unfit_pair(profile, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The certificates of a PEM file.
pub(crate) fn certificates(file: &PemFile) -> Outcome<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.content).collect();
    let found = found.ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| file.complaint(Complaint::CertificateUnreadable))
}

/// What keeps a certificate and a key, each readable as PEM, from signing in together.
fn unfit_pair(profile: &Profile, error: &rustls::Error) -> Failure {
    if matches!(error, rustls::Error::InconsistentKeys(_)) {
        let paths = [&profile.key, &profile.certificate].map(|file| file.path.display().to_string());
        return Failure::with(Complaint::KeyForeign, [("key", &paths[0]), ("cert", &paths[1])]);
    }
    if matches!(error, rustls::Error::InvalidCertificate(_)) {
        return profile.certificate.complaint(Complaint::CertificateUnreadable);
    }
    // What is left is a key that is none, or of a kind nobody here makes.
    profile.key.complaint(Complaint::KeyUnreadable)
}

/// Why a connection did not come about.
#[derive(Debug)]
enum Trouble {
    NotReached(String),
    Untrusted(String),
    Refused(String),
}

impl Trouble {
    fn late() -> Self {
        Self::NotReached(io::Error::from(io::ErrorKind::TimedOut).to_string())
    }

    fn of(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(why)) => Self::Untrusted(why.to_string()),
            Some(rustls::Error::AlertReceived(alert)) => Self::Refused(format!("{alert:?}")),
            Some(other) => Self::NotReached(other.to_string()),
            None => Self::NotReached(error.to_string()),
        }
    }

    fn failure(&self, server: &str) -> Failure {
        let (complaint, why) = match self {
            Self::NotReached(why) => (Complaint::ServerNotReached, why),
            Self::Untrusted(why) => (Complaint::ServerUntrusted, why),
            Self::Refused(why) => (Complaint::CertificateRefused, why),
        };
        Failure::with(complaint, [("server", server), ("why", why)])
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached(why) | Self::Untrusted(why) | Self::Refused(why) => f.write_str(why),
        }
    }
}

impl Error for Trouble {}

/// What a fault on the way means: our own trouble with connecting where there is one, else a broken connection.
fn failure_of_transport(error: &(dyn Error + 'static), server: &str) -> Failure {
    match sources(error).find_map(|error| error.downcast_ref::<Trouble>()) {
        Some(trouble) => trouble.failure(server),
        None => Failure::plain(Complaint::ConnectionLost),
    }
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use tokenfleet_proto::v1;
    use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
    use tokenfleet_proto::v1::token_service_server::{TokenService, TokenServiceServer};
    use tokio::net::TcpListener;
    use tokio_stream::wrappers::TcpListenerStream;
    use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

    use super::*;
    use crate::failure::Exit;

    const NO_PAUSES: [Duration; 2] = [Duration::ZERO; 2];
    const PATIENCE: Duration = Duration::from_secs(20);

    async fn calls_for(answers: &[Code]) -> (usize, Result<(), Code>) {
        let calls = Cell::new(0);
        let answer = repeated(&NO_PAUSES, async || {
            let code = answers[calls.get()];
            calls.set(calls.get() + 1);
            if code == Code::Ok { Ok(Response::new(())) } else { Err(Status::new(code, "")) }
        })
        .await;
        (calls.get(), answer.map(Response::into_inner).map_err(|status| status.code()))
    }

    #[tokio::test]
    async fn what_the_server_can_not_take_just_now_is_asked_twice_more() {
        assert_eq!(calls_for(&[Code::Unavailable, Code::Unavailable, Code::Ok]).await, (3, Ok(())));
        assert_eq!(calls_for(&[Code::Unavailable; 3]).await, (3, Err(Code::Unavailable)));
    }

    #[tokio::test]
    async fn any_other_answer_stands() {
        assert_eq!(calls_for(&[Code::FailedPrecondition]).await, (1, Err(Code::FailedPrecondition)));
        assert_eq!(calls_for(&[Code::Unavailable, Code::DeadlineExceeded]).await, (2, Err(Code::DeadlineExceeded)));
        assert_eq!(calls_for(&[Code::Ok]).await, (1, Ok(())));
    }

    /// Somebody who signs certificates.
    struct Authority(CertifiedIssuer<'static, KeyPair>);

    impl Authority {
        fn new() -> Self {
            let mut params = CertificateParams::default();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
        }

        /// A certificate and its key, in PEM.
        fn sign(&self, last_year: i32) -> (String, String) {
            let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
            params.not_after = rcgen::date_time_ymd(last_year, 1, 1);
            let key = KeyPair::generate().unwrap();
            (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
        }
    }

    /// Answers with what it was told about the call, and by the serial it is asked for.
    #[derive(Default)]
    struct FakeTokens {
        calls: AtomicUsize,
    }

    #[tonic::async_trait]
    impl TokenService for FakeTokens {
        async fn get_token(
            &self,
            request: Request<v1::GetTokenRequest>,
        ) -> Result<Response<v1::GetTokenResponse>, Status> {
            let calls = self.calls.fetch_add(1, Ordering::SeqCst);
            let told = |key: &str| request.metadata().get(key).unwrap().to_str().unwrap().to_owned();
            let token = v1::Token { name: told("accept-language"), serial: told("grpc-timeout"), ..Default::default() };
            match request.into_inner().target {
                Some(v1::get_token_request::Target::Token(serial)) if serial == "slow" => std::future::pending().await,
                Some(v1::get_token_request::Target::Token(serial)) if serial == "busy" && calls < 2 => {
                    Err(Status::unavailable("busy"))
                }
                _ => Ok(Response::new(v1::GetTokenResponse { token: Some(token), loan: None })),
            }
        }

        async fn list_tokens(
            &self,
            _: Request<v1::ListTokensRequest>,
        ) -> Result<Response<v1::ListTokensResponse>, Status> {
            Err(Status::unimplemented(""))
        }

        async fn retire_token(
            &self,
            _: Request<v1::RetireTokenRequest>,
        ) -> Result<Response<v1::RetireTokenResponse>, Status> {
            Err(Status::unimplemented(""))
        }
    }

    /// A server over mutual TLS, and where it is.
    async fn serve(authority: &Authority) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (certificate, key) = authority.sign(4000);
        let tls = ServerTlsConfig::new()
            .identity(Identity::from_pem(certificate, key))
            .client_ca_root(Certificate::from_pem(authority.0.pem()));
        let mut server = Server::builder().tls_config(tls).unwrap();
        let server = server.add_service(TokenServiceServer::new(FakeTokens::default()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        format!("https://{address}")
    }

    fn profile(server: &str, trusted: &Authority, (certificate, key): (String, String)) -> Profile {
        let file = |name: &str, text: String| PemFile { path: PathBuf::from(name), content: text.into_bytes() };
        Profile {
            path: PathBuf::from("config.toml"),
            server: server.to_owned(),
            authority: file("ca.pem", trusted.0.pem()),
            certificate: file("cert.pem", certificate),
            key: file("key.pem", key),
        }
    }

    async fn ask(profile: &Profile, serial: &str, deadline: Duration) -> Result<v1::Token, (String, Option<Exit>)> {
        let asked = async {
            let client = Client::connect(profile, Lang::Ja, deadline).await?;
            let target = Some(v1::get_token_request::Target::Token(serial.to_owned()));
            client
                .ask(v1::GetTokenRequest { target }, async |channel, request| {
                    TokenServiceClient::new(channel).get_token(request).await
                })
                .await
        };
        let answer: Outcome<v1::GetTokenResponse> = asked.await;
        answer.map(|answer| answer.token.unwrap()).map_err(|failure| (failure.reason().to_owned(), failure.exit()))
    }

    #[tokio::test]
    async fn every_call_carries_the_language_and_a_deadline() {
        let authority = Authority::new();
        let profile = profile(&serve(&authority).await, &authority, authority.sign(4000));
        let token = ask(&profile, "1", PATIENCE).await.unwrap();
        assert_eq!(token.name, "ja");
        assert_eq!(token.serial, "20000000u");
    }

    #[tokio::test]
    async fn a_server_that_is_busy_for_a_moment_is_asked_again() {
        let authority = Authority::new();
        let profile = profile(&serve(&authority).await, &authority, authority.sign(4000));
        assert!(ask(&profile, "busy", PATIENCE).await.is_ok());
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_in_time_is_told() {
        let authority = Authority::new();
        let profile = profile(&serve(&authority).await, &authority, authority.sign(4000));
        let slow = ask(&profile, "slow", Duration::from_millis(300)).await;
        assert_eq!(slow, Err(("TIMED_OUT".to_owned(), Some(Exit::TryAgain))));
    }

    #[tokio::test]
    async fn a_refused_certificate_is_always_told_as_one() {
        let (authority, other) = (Authority::new(), Authority::new());
        let server = serve(&authority).await;
        for _ in 0..10 {
            for certificate in [authority.sign(2000), other.sign(4000)] {
                let refused = ask(&profile(&server, &authority, certificate), "1", PATIENCE).await;
                assert_eq!(refused, Err(("CERTIFICATE_REFUSED".to_owned(), Some(Exit::NotAllowed))));
            }
        }
    }

    #[tokio::test]
    async fn a_server_of_another_fleet_is_not_trusted() {
        let (authority, other) = (Authority::new(), Authority::new());
        let profile = profile(&serve(&authority).await, &other, other.sign(4000));
        let untrusted = ask(&profile, "1", PATIENCE).await;
        assert_eq!(untrusted, Err(("SERVER_UNTRUSTED".to_owned(), Some(Exit::NotAllowed))));
    }

    #[tokio::test]
    async fn where_nobody_listens_or_nobody_speaks_tls_the_server_is_not_reached() {
        let authority = Authority::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let plain = tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            let (mut connection, _) = listener.accept().await.unwrap();
            connection.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
        });
        let profile = profile(&address, &authority, authority.sign(4000));
        let not_reached = Err(("SERVER_NOT_REACHED".to_owned(), Some(Exit::TryAgain)));
        assert_eq!(ask(&profile, "1", PATIENCE).await, not_reached);
        plain.await.unwrap();
        assert_eq!(ask(&profile, "1", PATIENCE).await, not_reached);
    }

    #[tokio::test]
    async fn a_profile_that_can_not_work_is_wrong_usage() {
        let authority = Authority::new();
        for server in ["127.0.0.1:7443", "http://127.0.0.1:7443", "https://", "https://a b"] {
            let unusable = ask(&profile(server, &authority, authority.sign(4000)), "1", PATIENCE).await;
            assert_eq!(unusable, Err(("PROFILE_UNREADABLE".to_owned(), Some(Exit::Usage))), "{server}");
        }
    }

    #[tokio::test]
    async fn a_broken_file_of_a_profile_is_named_with_what_is_wrong() {
        let authority = Authority::new();
        let (certificate, key) = authority.sign(4000);
        let no_pem = || "-----BEGIN NONSENSE-----\n".to_owned();
        let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned();
        let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
        for (certificate, key, wrong) in [
            (no_pem(), key.clone(), "cert.pem is no PEM certificate"),
            (no_der, key.clone(), "cert.pem is no PEM certificate"),
            (String::new(), key, "cert.pem is no PEM certificate"),
            (certificate.clone(), no_pem(), "key.pem is no PEM private key"),
            (certificate.clone(), no_key, "key.pem is no PEM private key"),
            (certificate, authority.sign(4000).1, "the key key.pem does not belong to the certificate cert.pem"),
        ] {
            let broken = profile("https://127.0.0.1:7443", &authority, (certificate, key));
            let failure = Client::connect(&broken, Lang::En, PATIENCE).await.err().unwrap();
            assert_eq!((failure.reason(), failure.exit()), ("PROFILE_UNREADABLE", Some(Exit::Usage)));
            assert_eq!(failure.describe(Lang::En).unwrap().message, wrong);
        }
        let mut broken = profile("https://127.0.0.1:7443", &authority, authority.sign(4000));
        broken.authority.content.clear();
        let failure = Client::connect(&broken, Lang::En, PATIENCE).await.err().unwrap();
        assert_eq!(failure.describe(Lang::En).unwrap().message, "ca.pem is no PEM certificate");
    }
}
