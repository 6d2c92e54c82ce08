//! A fleet whose server runs in this process: made by the real `init`, served on a free port from a real SQLite file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokenfleet_domain::ports::{Clock, Entropy, Timestamp};
use tokenfleet_proto::v1::{CreateOperatorRequest, Role};
use tokenfleetd::config::Config;
use tokenfleetd::identity::authority::Authority;
use tokenfleetd::init::{NewFleet, init};
use tokenfleetd::os::SystemEntropy;
use tokenfleetd::serve::{Running, ServeError, start};

use crate::caller::{Caller, new_operator, write_profile};
use crate::clock::TestClock;
use crate::command::Ran;
use crate::database::Database;
use crate::device::{Device, entra_file};

/// The fleet. Its first operator has the roles admin, stock and desk.
pub struct Fleet {
    /// The server's clock.
    pub clock: Arc<TestClock>,
    /// The first operator.
    pub admin: Caller,
    /// The server's settings; a restart reads them.
    pub config: Config,
    entropy: Arc<dyn Entropy>,
    folder: TempDir,
    running: Option<Running>,
}

impl Fleet {
    /// Makes a fleet, whose first operator is `admin`, and serves it.
    pub async fn start() -> Self {
        Self::start_with(TestClock::new(), Arc::new(SystemEntropy::default()), "admin").await
    }

    /// The same at a moment, for tests that name days.
    pub async fn start_at(moment: &str) -> Self {
        Self::start_with(TestClock::at(moment.parse().unwrap()), Arc::new(SystemEntropy::default()), "admin").await
    }

    /// Makes a fleet with this clock, this randomness and this first operator, and serves it.
    pub(crate) async fn start_with(clock: TestClock, entropy: Arc<dyn Entropy>, admin: &str) -> Self {
        let clock = Arc::new(clock);
        let folder = tempfile::tempdir().unwrap();
        let config = make(folder.path(), admin, &clock, &entropy).await;
        let running = serve(&config, &clock, &entropy).await.unwrap();
        // The same port after a restart, so that connections find the server again.
        let config = Config { listen: running.addr, ..config };
        let profile = folder.path().join("profiles").join(admin);
        write_profile(&profile, running.addr);
        let admin = Caller::of_profile(&profile);
        Self { clock, admin, config, entropy, folder, running: Some(running) }
    }

    /// Stops the server in good order.
    pub async fn stop(&mut self) {
        self.running.take().unwrap().stop().await;
    }

    /// Serves again.
    pub async fn resume(&mut self) {
        self.running = Some(self.try_resume().await.unwrap());
    }

    /// Serves again, or says why not.
    pub async fn try_resume(&self) -> Result<Running, ServeError> {
        assert!(self.running.is_none(), "it is running");
        serve(&self.config, &self.clock, &self.entropy).await
    }

    /// Stops and serves again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.resume().await;
    }

    /// Stops and serves again on another port, which the first operator is told: for tests that also open many connections,
    /// one of which may have taken the port meanwhile.
    pub async fn restart_elsewhere(&mut self) {
        self.stop().await;
        self.config.listen.set_port(0);
        self.resume().await;
        self.config.listen = self.running.as_ref().unwrap().addr;
        let profile = self.admin.folder.clone();
        write_profile(&profile, self.config.listen);
        self.admin = Caller::of_profile(&profile);
    }

    /// Adds an operator.
    pub async fn operator(&self, name: &str, roles: &[Role]) -> Caller {
        self.admin.add_operator(new_operator(name, roles), self.folder.path()).await
    }

    /// Adds an operator who acts for some departments.
    pub async fn operator_of(&self, name: &str, roles: &[Role], departments: &[&str]) -> Caller {
        let departments = departments.iter().map(ToString::to_string).collect();
        let request = CreateOperatorRequest { departments, ..new_operator(name, roles) };
        self.admin.add_operator(request, self.folder.path()).await
    }

    /// Adds an operator who has a UTokyo ID.
    pub async fn operator_with_id(&self, name: &str, roles: &[Role], user: &str) -> Caller {
        let request = CreateOperatorRequest { user_id: user.to_owned(), ..new_operator(name, roles) };
        self.admin.add_operator(request, self.folder.path()).await
    }

    /// Somebody with a good certificate of this fleet's own authority, whom nobody has added.
    pub fn stranger(&self, name: &str) -> Caller {
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        let authority = &self.config.authority;
        let authority = Authority::load(&read(&authority.certificate), &read(&authority.key)).unwrap();
        let issued = authority.client(&name.parse().unwrap(), self.now(), &SystemEntropy::default()).unwrap();
        self.profile(name, &issued.certificate_pem, &issued.key_pem)
    }

    /// Somebody with this certificate and key.
    pub fn profile(&self, name: &str, certificate: &str, key: &str) -> Caller {
        let folder = self.path("profiles").join(name);
        fs::create_dir(&folder).unwrap();
        for file in ["ca.pem", "config.toml"] {
            fs::copy(self.admin.folder.join(file), folder.join(file)).unwrap();
        }
        fs::write(folder.join("cert.pem"), certificate).unwrap();
        tokenfleetd::os::write_private(&folder.join("key.pem"), key.as_bytes()).unwrap();
        Caller::of_profile(&folder)
    }

    /// Puts tokens into stock, in one lot, which is named.
    pub async fn stock(&self, devices: &[&Device]) -> String {
        let done = self.admin.import(&entra_file(devices)).await.unwrap().summary;
        assert_eq!(usize::try_from(done.created).unwrap(), devices.len());
        done.lot
    }

    /// Puts a token into stock and lends it.
    pub async fn lend(&self, device: &Device, user: &str) {
        self.stock(&[device]).await;
        self.admin.assign(&device.serial, user).await.unwrap();
    }

    /// Runs `tokenadm` as the first operator.
    pub async fn tokenadm(&self, arguments: &[&str]) -> Ran {
        self.admin.tokenadm(arguments).await
    }

    /// Runs `tokenadm` as the first operator, and it must do what it was told.
    pub async fn done(&self, arguments: &[&str]) -> Ran {
        self.admin.done(arguments).await
    }

    /// Says whether the server trusts its clock, as the watch over a real one does.
    pub fn trust_clock(&self, trusted: bool) {
        self.running.as_ref().unwrap().app().trust_clock(trusted);
    }

    /// Removes what has served its time, as the server does once a minute.
    pub async fn tidy(&self) {
        self.running.as_ref().unwrap().app().tidy().await.unwrap();
    }

    /// Refreshes the directory if it is time to, as the server looks once a minute; a refresh under way is waited for.
    pub async fn look_at_directory(&self) {
        self.running.as_ref().unwrap().app().directory_refresh_if_due().await;
    }

    /// The server's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A file of the fleet's folder, or a place for a new one.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database, behind the server's back.
    pub fn database(&self) -> Database {
        Database::open(&self.config.database)
    }
}

async fn make(folder: &Path, admin: &str, clock: &Arc<TestClock>, entropy: &Arc<dyn Entropy>) -> Config {
    let new = NewFleet {
        folder: folder.to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        names: Vec::new(),
        admin: admin.parse().unwrap(),
    };
    let made = init(&new, Arc::clone(clock) as _, Arc::clone(entropy)).await.unwrap();
    Config::load(&made.config).unwrap()
}

async fn serve(config: &Config, clock: &Arc<TestClock>, entropy: &Arc<dyn Entropy>) -> Result<Running, ServeError> {
    start(config, Arc::clone(clock) as _, Arc::clone(entropy)).await
}
