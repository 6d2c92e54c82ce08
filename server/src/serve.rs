//! A whole server: takes the parts that a configuration names, puts the gate before the services, and ends in good
//! order. This is the one file outside `grpc` and `identity` that mounts tonic services.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::guard::ClockGuard;
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::ports::{Clock, Entropy};
use tokenfleet_domain::reject::Rejection;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::app::App;
use crate::app::directory::source::DirectorySource;
use crate::app::import::Leftovers;
use crate::config::Config;
use crate::grpc;
use crate::identity::authority::{Authority, AuthorityError};
use crate::identity::listener;
use crate::identity::roles::RPCS;
use crate::identity::signer::Signer;
use crate::identity::tls::{Tls, TlsError};
use crate::identity::{Directory, Found, Gate};
use crate::ldap::{Ldap, LoadError};
use crate::os::{self, KeyFileError, Lock};
use crate::seal::{Kek, Keyring, SealError};
use crate::store::{Backend, Database, Store, StoreError};

/// Calls at a time on one connection.
const STREAMS_MAX: u32 = 256;
/// The largest head of a request, in bytes.
const HEAD_MAX: u32 = 16 * 1024;
/// The largest question to the reflection service, in bytes.
const REFLECTION_MESSAGE_MAX: usize = 64 * 1024;
/// How often a silent connection is asked whether it is still there, and how long it may take to say so.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// After that a connection takes no new calls and ends with its last one. tonic's grace stays unset: with one it would
/// cut calls off without telling the client first. Each call has its deadline, so none holds the connection for ever.
const CONNECTION_AGE: Duration = Duration::from_hours(1);
/// Between "no longer SERVING" and the end of accepting, so that balancers look elsewhere.
const LAME_DUCK: Duration = Duration::from_secs(1);
/// How long calls may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// How often what has served its time is removed.
const TIDY_EVERY: Duration = Duration::from_mins(1);
/// How often it is looked whether the directory is to be read again.
const LOOK_AT_DIRECTORY_EVERY: Duration = Duration::from_mins(1);
/// How often the clock is held against the time since boot.
const LOOK_AT_CLOCK_EVERY: Duration = Duration::from_secs(1);

/// Why a server did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no fleet to serve.
    #[error("there is no fleet at {0}; make one with: tokenfleetd init")]
    NoFleet(PathBuf),
    /// A key or certificate file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The server's certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The LDAP server that the directory is read from.
    #[error("[directory.ldap] {0}")]
    Ldap(#[from] LoadError),
    /// The keys.
    #[error("{path}: {cause}")]
    Keys {
        /// The file of the key-encryption key.
        path: PathBuf,
        /// What is wrong.
        cause: SealError,
    },
    /// The database, at the start.
    #[error("{path}: {cause}")]
    Store {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        cause: StoreError,
    },
    /// Another process serves the database.
    #[error(transparent)]
    AlreadyServed(Rejection),
    /// The address.
    #[error("can't listen on {addr}: {cause}")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// The descriptors for reflection.
    #[error("reflection can't be set up: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Something of the system's.
    #[error("{what}: {cause}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// The database, before the first call.
    #[error("the database can't be made ready: {0}")]
    Prepare(Rejection),
    /// The database, later on.
    #[error("the database met a fault after which nothing may be written")]
    StoreFailed,
}

/// Everything behind the network.
pub struct Opened {
    /// The use cases.
    pub app: App,
    store: Store,
    tls: Arc<Tls>,
    /// Held as long as the store is open.
    _lock: Lock,
}

impl Opened {
    /// Ends the threads of the store.
    pub async fn close(self) {
        drop(self.app);
        self.store.close().await;
    }
}

/// Opens the files, keys and database that a configuration names, and checks that they fit together.
pub fn open(config: &Config, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> Result<Opened, ServeError> {
    let Files { tls, authority, kek, directory } = Files::load(config, clock)?;
    let keys_fault = |cause| ServeError::Keys { path: config.kek.clone(), cause };
    let store_fault = |cause| ServeError::Store { path: config.database.clone(), cause };
    let lock = lock(&config.database)?;
    let backend = Backend::Sqlite { path: config.database.clone() };
    let mut database = Database::open(&backend, &**clock, None).map_err(store_fault)?;
    let fleet = database.cluster().map_err(store_fault)?;
    let fleet = fleet.ok_or_else(|| ServeError::NoFleet(config.database.clone()))?;
    let keys = database.keyring().map_err(store_fault)?;
    let keyring = Arc::new(Keyring::open(&kek, fleet, &keys).map_err(keys_fault)?);
    let store = database.start(Arc::clone(&keyring) as _, Arc::clone(clock)).map_err(store_fault)?;

    let signer = Arc::new(Signer::new(authority, Arc::clone(&tls), Arc::clone(entropy)));
    let (clock, entropy) = (Arc::clone(clock), Arc::clone(entropy));
    let app = App::new(store.clone(), keyring, signer, clock, entropy, config.settings, directory);
    Ok(Opened { app, store, tls, _lock: lock })
}

/// Keeps a second process away from a SQLite file: each would take the other's running import for one that a crash left
/// behind, and each would keep the head of the one chain of the record.
///
/// The lock lies beside the file itself, whatever links lead to it.
fn lock(database: &Path) -> Result<Lock, ServeError> {
    let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let lock = os::lock(&lock_file(&real));
    let lock = lock.map_err(|cause| ServeError::System { what: "locking the database", cause })?;
    let shown = database.display().to_string();
    lock.ok_or_else(|| ServeError::AlreadyServed(Rejection::from(Reason::AlreadyServed).with("path", shown)))
}

/// The file that a process locks while it serves a database: `tokenfleet.db.lock`.
pub fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Checks everything that a configuration names but the inside of the database.
pub fn check(config: &Config, clock: &Arc<dyn Clock>) -> Result<(), ServeError> {
    Files::load(config, clock).map(drop)
}

/// What lies in files.
struct Files {
    tls: Arc<Tls>,
    authority: Authority,
    kek: Kek,
    directory: Option<DirectorySource>,
}

impl Files {
    fn load(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self, ServeError> {
        // SQLite would make an empty file in the place of a mistyped one.
        if !config.database.exists() {
            return Err(ServeError::NoFleet(config.database.clone()));
        }
        let tls = Arc::new(Tls::load(config.tls.clone(), Arc::clone(clock))?);
        let certificate = os::read_text(&config.authority.certificate)?;
        let authority = Authority::load(&certificate, &os::read_private(&config.authority.key)?)?;
        let kek = Kek::parse(&os::read_private(&config.kek)?);
        let kek = kek.map_err(|cause| ServeError::Keys { path: config.kek.clone(), cause })?;
        let directory = directory_source(config, clock)?;
        Ok(Self { tls, authority, kek, directory })
    }
}

fn directory_source(config: &Config, clock: &Arc<dyn Clock>) -> Result<Option<DirectorySource>, LoadError> {
    let Some(settings) = config.ldap.clone() else { return Ok(None) };
    let (every, removals_per_cent) = (settings.every, settings.removals_per_cent);
    let people = Arc::new(Ldap::load(settings, Arc::clone(clock))?);
    Ok(Some(DirectorySource { people, every, removals_per_cent }))
}

/// The operators, as the gate asks for them.
struct Operators(App);

impl Directory for Operators {
    fn find<'a>(&'a self, name: &'a OperatorName) -> Found<'a> {
        Box::pin(self.0.operator_for(name))
    }
}

/// A server that answers.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    opened: Opened,
    health: HealthReporter,
    closing: CancellationToken,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
}

/// Starts a server on the address of the configuration; port 0 is any free one.
pub async fn start(config: &Config, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Running, ServeError> {
    let opened = open(config, &clock, &entropy)?;
    let leftovers = opened.app.import_leftovers().await.map_err(ServeError::Prepare)?;
    opened.app.campaign_leftovers().await.map_err(ServeError::Prepare)?;
    let listen_fault = |cause| ServeError::Listen { addr: config.listen, cause };
    let socket = TcpListener::bind(config.listen).await.map_err(listen_fault)?;
    let addr = socket.local_addr().map_err(listen_fault)?;

    let closing = CancellationToken::new();
    let operators = Arc::new(Operators(opened.app.clone()));
    let gate = Gate::new(operators, clock, entropy, closing.clone());
    let (health, health_service) = tonic_health::server::health_reporter();
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(tokenfleet_proto::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    let reflection_v1 = reflection().build_v1()?.max_decoding_message_size(REFLECTION_MESSAGE_MAX);
    let reflection_v1alpha = reflection().build_v1alpha()?.max_decoding_message_size(REFLECTION_MESSAGE_MAX);
    let router = Server::builder()
        .layer(gate)
        .max_concurrent_streams(STREAMS_MAX)
        .http2_max_header_list_size(HEAD_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(CONNECTION_AGE)
        .add_routes(grpc::routes(&opened.app))
        .add_service(health_service)
        .add_service(reflection_v1)
        .add_service(reflection_v1alpha);
    set_health(&health, ServingStatus::Serving).await;

    let incoming = listener::accept(socket, Arc::clone(&opened.tls), closing.clone());
    tokio::spawn(housekeeping(opened.app.clone(), leftovers, closing.clone()));
    tokio::spawn(refreshing(opened.app.clone(), closing.clone()));
    let server = tokio::spawn(router.serve_with_incoming_shutdown(incoming, closing.clone().cancelled_owned()));
    Ok(Running { addr, opened, health, closing, server })
}

impl Running {
    /// The use cases, for what needs no network.
    pub fn app(&self) -> &App {
        &self.opened.app
    }

    /// Reads the certificate files again; a fault keeps what is in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.opened.tls.reload()
    }

    /// Resolves when the store met a fault after which nothing may be written.
    pub async fn store_failed(&self) {
        self.opened.store.failed().await;
    }

    /// Says that it is going away, while it still answers.
    pub async fn lame_duck(&self) {
        set_health(&self.health, ServingStatus::NotServing).await;
        sleep(LAME_DUCK).await;
    }

    /// Takes no new calls, lets those under way end within a deadline, and closes the database.
    pub async fn stop(mut self) {
        set_health(&self.health, ServingStatus::NotServing).await;
        self.closing.cancel();
        if timeout(DRAIN, &mut self.server).await.is_err() {
            tracing::warn!(seconds = DRAIN.as_secs(), "calls were still running when the time for stopping was over");
            self.server.abort();
        }
        self.opened.close().await;
    }
}

/// What nobody waits for: the rows of imports and the lots half read anew that a stop left, and what has served its time.
async fn housekeeping(app: App, leftovers: Leftovers, closing: CancellationToken) {
    let work = async {
        // A fault is in the log already; the next start, or the next minute, tries again.
        drop(app.import_drop(leftovers).await);
        drop(app.lot_finish_rereadings().await);
        loop {
            drop(app.tidy().await);
            sleep(TIDY_EVERY).await;
        }
    };
    closing.run_until_cancelled(work).await;
}

/// Keeps the directory up to its source, from the start on.
async fn refreshing(app: App, closing: CancellationToken) {
    let work = async {
        loop {
            app.directory_refresh_if_due().await;
            sleep(LOOK_AT_DIRECTORY_EVERY).await;
        }
    };
    closing.run_until_cancelled(work).await;
}

/// Tells the use cases whether the clock may judge tokens.
async fn watch_clock(app: App, clock: Arc<dyn Clock>) -> ! {
    let mut guard = ClockGuard::default();
    loop {
        if let Some((now, uptime)) = os::clock_and_uptime(&*clock) {
            app.trust_clock(guard.look(now, uptime));
        }
        sleep(LOOK_AT_CLOCK_EVERY).await;
    }
}

async fn set_health(health: &HealthReporter, status: ServingStatus) {
    let mut services: Vec<_> = RPCS.iter().filter_map(|rpc| rpc.path.split('/').nth(1)).collect();
    services.dedup();
    for service in services.into_iter().chain([""]) {
        health.set_service_status(service, status).await;
    }
}

/// Runs a server until SIGTERM or SIGINT. SIGHUP reads the certificates again.
pub async fn run(
    config: &Config,
    port_file: Option<&Path>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<(), ServeError> {
    let mut signals = Signals::listen()?;
    let running = start(config, Arc::clone(&clock), entropy).await?;
    let clock_watch = tokio::spawn(watch_clock(running.app().clone(), clock));
    if let Some(path) = port_file {
        let port = format!("{}\n", running.addr.port());
        os::replace(path, port.as_bytes())
            .map_err(|cause| ServeError::System { what: "writing --port-file", cause })?;
    }
    tracing::info!(addr = %running.addr, version = env!("CARGO_PKG_VERSION"), "serving");
    let ended = until_the_end(&running, &mut signals).await;
    clock_watch.abort();
    if ended.is_ok() {
        running.lame_duck().await;
    }
    running.stop().await;
    tracing::info!("stopped");
    ended
}

async fn until_the_end(running: &Running, signals: &mut Signals) -> Result<(), ServeError> {
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return Ok(()),
            _ = signals.interrupt.recv() => return Ok(()),
            () = running.store_failed() => {
                tracing::error!("the database met a fault after which nothing may be written");
                return Err(ServeError::StoreFailed);
            }
            _ = signals.hang_up.recv() => match running.reload() {
                Ok(()) => tracing::info!("the certificates were read again"),
                Err(reason) => tracing::error!(%reason, "the certificates could not be read again; the old ones stay"),
            },
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self, ServeError> {
        let on = |kind| signal(kind).map_err(|cause| ServeError::System { what: "listening for signals", cause });
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hang_up: on(SignalKind::hangup())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokenfleet_proto::v1::GetCurrentOperatorRequest;
    use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
    use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    use super::*;
    use crate::init::{NewFleet, init};
    use crate::os::{SystemClock, SystemEntropy};

    struct Place {
        folder: tempfile::TempDir,
        config: Config,
    }

    impl Place {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let new = NewFleet {
                folder: folder.path().to_owned(),
                listen: "127.0.0.1:0".parse().unwrap(),
                names: Vec::new(),
                admin: "root".parse().unwrap(),
            };
            let made = init(&new, Arc::new(SystemClock), Arc::new(SystemEntropy::default())).await.unwrap();
            let config = Config::load(&made.config).unwrap();
            Self { folder, config }
        }

        async fn start(&self) -> Running {
            start(&self.config, Arc::new(SystemClock), Arc::new(SystemEntropy::default())).await.unwrap()
        }

        /// A connection with the first operator's profile.
        fn channel(&self, running: &Running) -> Channel {
            let read = |name: &str| fs::read(self.folder.path().join("profiles/root").join(name)).unwrap();
            let tls = ClientTlsConfig::new()
                .ca_certificate(Certificate::from_pem(read("ca.pem")))
                .identity(Identity::from_pem(read("cert.pem"), read("key.pem")));
            let url = format!("https://{}", running.addr);
            Endpoint::from_shared(url).unwrap().tls_config(tls).unwrap().connect_lazy()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_fleet_knows_its_first_operator_and_describes_itself() {
        let place = Place::new().await;
        let running = place.start().await;
        let channel = place.channel(&running);

        let mut operators = OperatorServiceClient::new(channel.clone());
        let answer = operators.get_current_operator(GetCurrentOperatorRequest {}).await.unwrap();
        assert_eq!(answer.metadata().get("x-request-id").unwrap().len(), 16);
        let operator = answer.into_inner().operator.unwrap();
        assert_eq!(operator.name, "operators/root");
        assert_eq!(operator.roles.len(), 3);

        let question = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut reflection = ServerReflectionClient::new(channel);
        let answer = reflection.server_reflection_info(tokio_stream::iter([question])).await.unwrap();
        let answer = answer.into_inner().message().await.unwrap().unwrap().message_response;
        let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
        let names: Vec<_> = services.service.iter().map(|service| service.name.as_str()).collect();
        assert!(names.contains(&"tokenfleet.v1.LendingService"), "{names:?}");
        running.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn health_says_serving_for_each_service_and_not_before_the_end() {
        let place = Place::new().await;
        let running = place.start().await;
        let mut health = HealthClient::new(place.channel(&running));
        for service in ["", "tokenfleet.v1.TokenService", "grpc.health.v1.Health"] {
            let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap();
            assert_eq!(answer.into_inner().status, ServingStatus::Serving as i32, "{service}");
        }
        let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
        assert_eq!(watch.message().await.unwrap().unwrap().status, ServingStatus::Serving as i32);
        let lame = async { running.lame_duck().await };
        let ((), seen) = tokio::join!(lame, watch.message());
        assert_eq!(seen.unwrap().unwrap().status, ServingStatus::NotServing as i32);
        // Neither the watch nor the open connection holds the server up.
        timeout(DRAIN / 2, running.stop()).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stopped_fleet_starts_again() {
        let place = Place::new().await;
        place.start().await.stop().await;
        let running = place.start().await;
        let mut health = HealthClient::new(place.channel(&running));
        health.check(HealthCheckRequest::default()).await.unwrap();
        running.stop().await;
    }

    #[tokio::test]
    async fn what_does_not_fit_together_is_not_served() {
        let (one, other) = (Place::new().await, Place::new().await);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::default());
        let refused = |config: &Config| open(config, &clock, &entropy).err().unwrap().to_string();

        let mut config = one.config.clone();
        config.kek.clone_from(&other.config.kek);
        assert!(refused(&config).contains("another fleet's key"));
        config = one.config.clone();
        config.authority.key.clone_from(&other.config.authority.key);
        assert!(refused(&config).contains("does not belong to its certificate"));
        config = one.config.clone();
        config.database = one.folder.path().join("mistyped.db");
        assert!(refused(&config).contains("there is no fleet at"));
        assert!(!config.database.exists());
        assert!(check(&one.config, &clock).is_ok());
    }
}
