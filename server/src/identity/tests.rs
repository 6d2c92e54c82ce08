//! The gate and the accept loop together, over real TLS, with a directory of made-up operators; and the gate alone where
//! time or panics are at stake.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType};
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::operator::{Operator, Role, Scope};
use tokenfleet_domain::ports::{Clock, Timestamp};
use tokenfleet_domain::reject::Rejection;
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http::{self, Request as HttpRequest, Response as HttpResponse};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Server};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::authority::{Authority, Issued};
use super::certificate::ClientCertificate;
use super::layer::{Directory, Found, Gate};
use super::listener::{self, Peer};
use super::tls::{Tls, TlsFiles};
use super::{Caller, roles};
use crate::os::{self, SystemClock, SystemEntropy};

/// A moment for what needs no real time.
pub(super) fn now() -> Timestamp {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// A clock that stands still.
pub(super) struct StillClock(Timestamp);

impl StillClock {
    pub(super) fn at(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl Default for StillClock {
    fn default() -> Self {
        Self(now())
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Operators in memory; counts how often it is asked.
#[derive(Default)]
struct People {
    operators: Mutex<BTreeMap<OperatorName, Operator>>,
    asked: AtomicUsize,
    broken: std::sync::atomic::AtomicBool,
}

impl People {
    fn add(&self, name: &str, roles: &[Role]) {
        let operator = Operator {
            name: name.parse().unwrap(),
            roles: roles.to_vec(),
            scope: Scope::All,
            user: None,
            created_at: now(),
            revoked_at: None,
            version: 1,
        };
        self.operators.lock().unwrap().insert(operator.name.clone(), operator);
    }

    fn revoke(&self, name: &str) {
        let name = name.parse().unwrap();
        self.operators.lock().unwrap().get_mut(&name).unwrap().revoked_at = Some(now());
    }
}

impl Directory for People {
    fn find<'a>(&'a self, name: &'a OperatorName) -> Found<'a> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.broken.load(Ordering::SeqCst) {
                return Err(Reason::DatabaseUnavailable.into());
            }
            Ok(self.operators.lock().unwrap().get(name).cloned())
        })
    }
}

/// A server with health behind the gate.
struct Fleet {
    authority: Authority,
    people: Arc<People>,
    addr: SocketAddr,
    tls: Arc<Tls>,
    files: TlsFiles,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Fleet {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SystemEntropy::default();
        let (authority, _) = Authority::create(SystemClock.now(), &entropy).unwrap();
        let issued = authority.server(&[], SystemClock.now(), &entropy).unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = TlsFiles { certificate: path("s.pem"), key: path("s.key"), client_authority: path("ca.pem") };
        os::write_public(&files.certificate, issued.certificate_pem.as_bytes()).unwrap();
        os::write_private(&files.key, issued.key_pem.as_bytes()).unwrap();
        os::write_public(&files.client_authority, authority.certificate_pem().as_bytes()).unwrap();
        let tls = Arc::new(Tls::load(files.clone(), Arc::new(SystemClock)).unwrap());

        let people = Arc::new(People::default());
        let stop = CancellationToken::new();
        let gate = gate(&people, &stop);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = socket.local_addr().unwrap();
        let incoming = listener::accept(socket, Arc::clone(&tls), stop.clone());
        let (_reporter, health) = tonic_health::server::health_reporter();
        let server = Server::builder().layer(gate).add_service(health);
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(server.serve_with_incoming_shutdown(incoming, stopped));
        Self { authority, people, addr, tls, files, stop, _folder: folder }
    }

    fn client(&self, name: &str) -> Issued {
        self.authority.client(&name.parse().unwrap(), SystemClock.now(), &SystemEntropy::default()).unwrap()
    }

    /// A certificate of this authority with whatever the test wants in it.
    fn odd(&self, mend: impl FnOnce(&mut CertificateParams)) -> Issued {
        odd(&self.authority, mend)
    }

    /// Calls health's Check over a new connection.
    async fn check(&self, with: Option<Issued>) -> Result<(), Status> {
        check(self.channel(with)).await
    }

    fn channel(&self, with: Option<Issued>) -> Channel {
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.authority.certificate_pem()))
            .domain_name("localhost");
        if let Some(issued) = with {
            tls = tls.identity(Identity::from_pem(issued.certificate_pem, issued.key_pem.as_str()));
        }
        let url = format!("https://{}", self.addr);
        Endpoint::from_shared(url).unwrap().tls_config(tls).unwrap().connect_lazy()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn check(channel: Channel) -> Result<(), Status> {
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.map(drop)
}

fn odd(authority: &Authority, mend: impl FnOnce(&mut CertificateParams)) -> Issued {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "alice");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    mend(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate_pem = params.signed_by(&key, authority.issuer()).unwrap().pem();
    Issued { certificate_pem, key_pem: key.serialize_pem().into() }
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn gate(people: &Arc<People>, closing: &CancellationToken) -> Gate {
    let people = Arc::clone(people);
    Gate::new(people, Arc::new(SystemClock), Arc::new(SystemEntropy::default()), closing.clone())
        .rechecking(Duration::from_millis(20))
}

/// Asserts that the gate refused, with this reason.
#[track_caller]
fn refused(answer: Result<(), Status>, code: Code, reason: &str) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), code, "{status:?}");
    assert_eq!(status.get_details_error_info().unwrap().reason, reason);
    let id = status.metadata().get("x-request-id").unwrap().to_str().unwrap();
    assert_eq!(status.get_details_request_info().unwrap().request_id, id);
}

/// Asserts that TLS failed: no answer came from the gate, and nobody was looked up.
#[track_caller]
fn not_connected(fleet: &Fleet, answer: Result<(), Status>) {
    let status = answer.unwrap_err();
    assert!(status.get_details_error_info().is_none(), "{status:?}");
    assert_eq!(fleet.people.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_known_operator_is_let_in() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    fleet.check(Some(fleet.client("alice"))).await.unwrap();
}

#[tokio::test]
async fn an_operator_who_is_unknown_or_revoked_is_refused_in_their_language() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    fleet.people.revoke("alice");
    refused(fleet.check(Some(fleet.client("alice"))).await, Code::Unauthenticated, "CERTIFICATE_UNKNOWN");
    refused(fleet.check(Some(fleet.client("nobody"))).await, Code::Unauthenticated, "CERTIFICATE_UNKNOWN");

    let mut request = tonic::Request::new(HealthCheckRequest::default());
    request.metadata_mut().insert("accept-language", "ja".parse().unwrap());
    let mut client = HealthClient::new(fleet.channel(Some(fleet.client("nobody"))));
    let status = client.check(request).await.unwrap_err();
    assert_eq!(status.get_details_localized_message().unwrap().locale, "ja");
}

#[tokio::test]
async fn a_revoked_operator_is_out_at_the_next_call_of_an_open_connection() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    let channel = fleet.channel(Some(fleet.client("alice")));
    check(channel.clone()).await.unwrap();
    fleet.people.revoke("alice");
    refused(check(channel).await, Code::Unauthenticated, "CERTIFICATE_UNKNOWN");
}

#[tokio::test]
async fn a_running_stream_of_a_revoked_operator_ends() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    let mut client = HealthClient::new(fleet.channel(Some(fleet.client("alice"))));
    let mut stream = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().is_some());
    fleet.people.revoke("alice");
    let status = stream.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.get_details_error_info().unwrap().reason, "CERTIFICATE_UNKNOWN");
}

#[tokio::test]
async fn what_only_watches_ends_at_once_when_the_server_stops() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    let mut client = HealthClient::new(fleet.channel(Some(fleet.client("alice"))));
    let mut stream = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().is_some());
    fleet.stop.cancel();
    let status = stream.message().await.unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "SHUTTING_DOWN");
}

#[tokio::test]
async fn a_certificate_that_does_not_name_one_operator_by_uri_names_nobody() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    fleet.people.add("bob", &[Role::Desk]);
    let alice = || uri("tokenfleet:operator:alice");
    let cn_only = fleet.odd(|_| ());
    let other_uri = fleet.odd(|params| params.subject_alt_names = vec![uri("https://example.org/alice")]);
    let dns = fleet.odd(|params| params.subject_alt_names = vec![SanType::DnsName("alice".try_into().unwrap())]);
    let two = fleet.odd(|params| params.subject_alt_names = vec![alice(), uri("tokenfleet:operator:bob")]);
    let twice = fleet.odd(|params| params.subject_alt_names = vec![alice(), alice()]);
    let upper = fleet.odd(|params| params.subject_alt_names = vec![uri("tokenfleet:operator:Alice")]);
    let path = fleet.odd(|params| params.subject_alt_names = vec![uri("tokenfleet:operator:operators/alice")]);
    let empty = fleet.odd(|params| params.subject_alt_names = vec![uri("tokenfleet:operator:")]);
    let any_purpose = fleet.odd(|params| {
        params.subject_alt_names = vec![alice()];
        params.extended_key_usages = Vec::new();
    });
    for certificate in [cn_only, other_uri, dns, two, twice, upper, path, empty, any_purpose] {
        refused(fleet.check(Some(certificate)).await, Code::Unauthenticated, "CERTIFICATE_UNKNOWN");
    }
    assert_eq!(fleet.people.asked.load(Ordering::SeqCst), 0);

    let with_more = fleet.odd(|params| params.subject_alt_names = vec![alice(), uri("https://example.org/alice")]);
    fleet.check(Some(with_more)).await.unwrap();
}

#[tokio::test]
async fn without_a_valid_certificate_there_is_no_connection() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    let alice = || vec![uri("tokenfleet:operator:alice")];
    not_connected(&fleet, fleet.check(None).await);

    let (stranger, _) = Authority::create(SystemClock.now(), &SystemEntropy::default()).unwrap();
    let foreign = stranger.client(&"alice".parse().unwrap(), SystemClock.now(), &SystemEntropy::default()).unwrap();
    not_connected(&fleet, fleet.check(Some(foreign)).await);

    let long_ago = SystemClock.now() - TimeDelta::days(366);
    let ended = fleet.authority.client(&"alice".parse().unwrap(), long_ago, &SystemEntropy::default()).unwrap();
    not_connected(&fleet, fleet.check(Some(ended)).await);

    let soon = SystemClock.now() + TimeDelta::days(1);
    let early = fleet.authority.client(&"alice".parse().unwrap(), soon, &SystemEntropy::default()).unwrap();
    not_connected(&fleet, fleet.check(Some(early)).await);

    let of_a_server = fleet.odd(|params| {
        params.subject_alt_names = alice();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    not_connected(&fleet, fleet.check(Some(of_a_server)).await);

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = alice();
    let certificate_pem = params.self_signed(&key).unwrap().pem();
    not_connected(&fleet, fleet.check(Some(Issued { certificate_pem, key_pem: key.serialize_pem().into() })).await);
}

#[tokio::test]
async fn after_a_reload_new_handshakes_trust_the_new_authority_only() {
    let fleet = Fleet::start().await;
    fleet.people.add("alice", &[Role::Desk]);
    fleet.check(Some(fleet.client("alice"))).await.unwrap();
    let asked = fleet.people.asked.load(Ordering::SeqCst);
    let (new, _) = Authority::create(SystemClock.now(), &SystemEntropy::default()).unwrap();
    std::fs::write(&fleet.files.client_authority, new.certificate_pem()).unwrap();
    fleet.tls.reload().unwrap();
    fleet.check(Some(fleet.client("alice"))).await.unwrap_err();
    assert_eq!(fleet.people.asked.load(Ordering::SeqCst), asked);
    let of_new = new.client(&"alice".parse().unwrap(), SystemClock.now(), &SystemEntropy::default()).unwrap();
    fleet.check(Some(of_new)).await.unwrap();
}

// From here on the gate alone.

/// The extensions of a request as the accept loop leaves them.
fn peer(certificate: &Issued) -> Peer {
    use rustls::pki_types::pem::PemObject;
    let der = rustls::pki_types::CertificateDer::from_pem_slice(certificate.certificate_pem.as_bytes()).unwrap();
    Peer { addr: "192.0.2.1:4242".parse().unwrap(), certificate: Arc::new(ClientCertificate::read(&der)) }
}

/// Operators, and a certificate for one.
struct Alone {
    people: Arc<People>,
    authority: Authority,
    closing: CancellationToken,
}

impl Alone {
    fn new() -> Self {
        let (authority, _) = Authority::create(SystemClock.now(), &SystemEntropy::default()).unwrap();
        Self { people: Arc::default(), authority, closing: CancellationToken::new() }
    }

    fn request(&self, name: &str, path: &str) -> HttpRequest<Body> {
        let name: OperatorName = name.parse().unwrap();
        let issued = self.authority.client(&name, SystemClock.now(), &SystemEntropy::default()).unwrap();
        let mut request = HttpRequest::builder().uri(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(peer(&issued));
        request
    }

    async fn call<S>(&self, request: HttpRequest<Body>, handler: S) -> HttpResponse<Body>
    where
        S: Service<HttpRequest<Body>, Response = HttpResponse<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let Ok(response) = gate(&self.people, &self.closing).layer(handler).oneshot(request).await;
        response
    }
}

fn status_of(response: &HttpResponse<Body>) -> Option<Status> {
    Status::from_header_map(response.headers())
}

fn reason_of(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// A handler that answers without a body, as if all were well.
async fn fine(_: HttpRequest<Body>) -> Result<HttpResponse<Body>, Infallible> {
    Ok(HttpResponse::new(Body::empty()))
}

const GET_TOKEN: &str = "/tokenfleet.v1.TokenService/GetToken";
const IMPORT: &str = "/tokenfleet.v1.ImportService/ImportTokens";

#[tokio::test]
async fn every_rpc_lets_in_exactly_the_roles_of_its_row() {
    let alone = Alone::new();
    for role in Role::ALL {
        alone.people.add(role.as_str(), &[role]);
    }
    for rpc in roles::RPCS {
        for role in Role::ALL {
            let response = alone.call(alone.request(role.as_str(), rpc.path), service_fn(fine)).await;
            let may = match rpc.access {
                roles::Access::Any => true,
                roles::Access::Roles(allowed) => allowed.contains(&role),
            };
            let status = status_of(&response);
            assert_eq!(status.is_none(), may, "{role:?} at {}", rpc.path);
            if let Some(status) = status {
                assert_eq!(status.code(), Code::PermissionDenied);
                let info = status.get_details_error_info().unwrap();
                assert_eq!(info.reason, "ROLE_MISSING");
                assert_eq!(info.metadata["needed"], rpc.access.needed());
            }
        }
    }
}

#[tokio::test]
async fn an_rpc_that_is_not_in_the_table_is_refused_before_its_handler() {
    let alone = Alone::new();
    alone.people.add("root", &Role::ALL);
    let handler = service_fn(|_: HttpRequest<Body>| async { panic!("nobody may get here") });
    let response = alone.call(alone.request("root", "/tokenfleet.v1.TokenService/ExportSeeds"), handler).await;
    assert_eq!(reason_of(&status_of(&response).unwrap()), "RPC_UNKNOWN");
    // A stranger does not learn which RPCs there are.
    let response =
        alone.call(alone.request("nobody", "/tokenfleet.v1.TokenService/ExportSeeds"), service_fn(fine)).await;
    assert_eq!(reason_of(&status_of(&response).unwrap()), "CERTIFICATE_UNKNOWN");
}

#[tokio::test]
async fn a_handler_finds_its_caller() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Desk]);
    let handler = service_fn(|request: HttpRequest<Body>| async move {
        let caller: &Caller = request.extensions().get().unwrap();
        assert_eq!(caller.operator.name.as_str(), "alice");
        assert_eq!(caller.peer, "192.0.2.1:4242".parse().unwrap());
        let mut response = HttpResponse::new(Body::empty());
        response.headers_mut().insert("seen-id", caller.request_id.parse().unwrap());
        Ok::<_, Infallible>(response)
    });
    let response = alone.call(alone.request("alice", GET_TOKEN), handler).await;
    assert_eq!(response.headers()["seen-id"], response.headers()["x-request-id"]);
}

#[tokio::test]
async fn headers_that_claim_to_be_somebody_are_worth_nothing() {
    let alone = Alone::new();
    alone.people.add("root", &Role::ALL);
    let mut request = HttpRequest::builder().uri(GET_TOKEN).body(Body::empty()).unwrap();
    for (name, value) in [("x-forwarded-client-cert", "URI=tokenfleet:operator:root"), ("authorization", "root")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let response = alone.call(request, service_fn(fine)).await;
    assert_eq!(reason_of(&status_of(&response).unwrap()), "CERTIFICATE_UNKNOWN");
}

#[tokio::test]
async fn a_certificate_that_ends_on_an_open_connection_ends_the_access() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Desk]);
    let mut request = alone.request("alice", GET_TOKEN);
    let long_ago = SystemClock.now() - TimeDelta::days(365);
    let alice = "alice".parse().unwrap();
    let ended = alone.authority.client(&alice, long_ago, &SystemEntropy::default()).unwrap();
    request.extensions_mut().insert(peer(&ended));
    let response = alone.call(request, service_fn(fine)).await;
    assert_eq!(reason_of(&status_of(&response).unwrap()), "CERTIFICATE_EXPIRED");
}

#[tokio::test]
async fn a_database_that_is_gone_lets_nobody_in() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Desk]);
    alone.people.broken.store(true, Ordering::SeqCst);
    let response = alone.call(alone.request("alice", GET_TOKEN), service_fn(fine)).await;
    assert_eq!(reason_of(&status_of(&response).unwrap()), "DATABASE_UNAVAILABLE");
}

#[tokio::test]
async fn a_panicking_handler_fails_its_own_call_only() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Counter]);
    let handler = service_fn(|_: HttpRequest<Body>| async { panic!("123456") });
    let response = alone.call(alone.request("alice", GET_TOKEN), handler).await;
    let status = status_of(&response).unwrap();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Internal, "INTERNAL"));
    assert!(!format!("{status:?}").contains("123456"));
    assert_eq!(response.headers()["x-request-id"], status.get_details_request_info().unwrap().request_id);
    let response = alone.call(alone.request("alice", GET_TOKEN), service_fn(fine)).await;
    assert!(status_of(&response).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_answered_while_its_spawned_work_goes_on() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Counter]);
    let done = CancellationToken::new();
    let finished = done.clone();
    let handler = service_fn(move |_: HttpRequest<Body>| {
        let done = finished.clone();
        async move {
            let work = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_mins(1)).await;
                done.cancel();
            });
            work.await.unwrap();
            fine(HttpRequest::new(Body::empty())).await
        }
    });
    for (asked, given) in [(None, 30), (Some("3S"), 3), (Some("9H"), 30)] {
        let begun = tokio::time::Instant::now();
        let mut request = alone.request("alice", GET_TOKEN);
        if let Some(asked) = asked {
            request.headers_mut().insert("grpc-timeout", asked.parse().unwrap());
        }
        let handler = handler.clone();
        let response = alone.call(request, handler).await;
        let status = status_of(&response).unwrap();
        assert_eq!((status.code(), reason_of(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
        assert_eq!(begun.elapsed().as_secs(), given);
    }
    done.cancelled().await;
}

#[tokio::test]
async fn what_tonic_refuses_itself_gets_our_words() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Counter]);
    for (theirs, ours, reason) in [
        (Status::internal("failed to decode Protobuf message"), Code::InvalidArgument, "FIELD_INVALID"),
        (Status::out_of_range("decoded message length too large"), Code::InvalidArgument, "FIELD_INVALID"),
        (Status::unimplemented(""), Code::Unimplemented, "RPC_UNKNOWN"),
    ] {
        let handler = service_fn(move |_: HttpRequest<Body>| {
            let theirs = theirs.clone();
            async move { Ok::<_, Infallible>(theirs.into_http()) }
        });
        let response = alone.call(alone.request("alice", GET_TOKEN), handler).await;
        let status = status_of(&response).unwrap();
        assert_eq!((status.code(), reason_of(&status).as_str()), (ours, reason));
    }
    let own =
        crate::grpc::status::status(&Rejection::from(Reason::Internal), tokenfleet_domain::catalogue::Lang::En, "1");
    let handler = service_fn(move |_: HttpRequest<Body>| {
        let own = own.clone();
        async move { Ok::<_, Infallible>(own.into_http()) }
    });
    let response = alone.call(alone.request("alice", GET_TOKEN), handler).await;
    assert_eq!(status_of(&response).unwrap().code(), Code::Internal);
}

/// An answer that never ends, from a stream of frames.
struct Frames<S>(S);

impl<S: Stream<Item = ()> + Unpin> http_body::Body for Frames<S> {
    type Data = tonic::codegen::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Status>>> {
        let next = Pin::new(&mut self.0).poll_next(cx);
        next.map(|next| next.map(|()| Ok(http_body::Frame::data(tonic::codegen::Bytes::from_static(b"x")))))
    }
}

/// The trailers of an answer, after all its data.
async fn trailers(response: HttpResponse<Body>) -> http::HeaderMap {
    let mut body = response.into_body();
    loop {
        let next = std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut body), cx)).await;
        if let Ok(trailers) = next.unwrap().unwrap().into_trailers() {
            return trailers;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_that_never_pauses_ends_when_its_operator_is_revoked() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Stock]);
    let handler = service_fn(|_: HttpRequest<Body>| async {
        let frames = Frames(tokio_stream::iter(std::iter::repeat(())));
        Ok::<_, Infallible>(HttpResponse::new(Body::new(frames)))
    });
    let response = alone.call(alone.request("alice", IMPORT), handler).await;
    assert!(response.headers().contains_key("x-request-id"));
    alone.people.revoke("alice");
    let status = Status::from_header_map(&trailers(response).await).unwrap();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Unauthenticated, "CERTIFICATE_UNKNOWN"));
}

#[tokio::test]
async fn an_upload_whose_answer_has_not_begun_ends_when_its_operator_is_revoked() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Stock]);
    let people = Arc::clone(&alone.people);
    let handler = service_fn(move |_: HttpRequest<Body>| {
        people.revoke("alice");
        std::future::pending::<Result<HttpResponse<Body>, Infallible>>()
    });
    let response = alone.call(alone.request("alice", IMPORT), handler).await;
    assert_eq!(reason_of(&status_of(&response).unwrap()), "CERTIFICATE_UNKNOWN");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_time_is_up() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Stock]);
    let begun = tokio::time::Instant::now();
    let handler = service_fn(|_: HttpRequest<Body>| async {
        let frames = Frames(tokio_stream::pending());
        Ok::<_, Infallible>(HttpResponse::new(Body::new(frames)))
    });
    let response = alone.call(alone.request("alice", IMPORT), handler).await;
    let status = Status::from_header_map(&trailers(response).await).unwrap();
    assert_eq!(reason_of(&status), "DEADLINE_EXCEEDED");
    assert_eq!(begun.elapsed(), Duration::from_mins(15));
}

#[tokio::test]
async fn a_stream_that_panics_ends_as_internal() {
    let alone = Alone::new();
    alone.people.add("alice", &[Role::Stock]);
    let handler = service_fn(|_: HttpRequest<Body>| async {
        let frames = Frames(tokio_stream::iter([0, 1, 2]).map(|at| assert!(at < 2, "the third frame breaks")));
        Ok::<_, Infallible>(HttpResponse::new(Body::new(frames)))
    });
    let response = alone.call(alone.request("alice", IMPORT), handler).await;
    let status = Status::from_header_map(&trailers(response).await).unwrap();
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Internal, "INTERNAL"));
}
