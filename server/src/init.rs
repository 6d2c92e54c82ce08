//! `tokenfleetd init`: makes a fleet in a folder of its own: authority, certificates, keys, database, settings, and the
//! first operator with a ready profile. Never touches a folder that holds anything; takes back what it made where it
//! can't finish.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokenfleet_domain::ids::{OperatorName, RowId};
use tokenfleet_domain::ports::{Clock, Entropy, NoEntropy};
use tokenfleet_domain::reject::Rejection;

use crate::config::{Config, ConfigError};
use crate::identity::authority::{Authority, AuthorityError};
use crate::os;
use crate::seal::{Kek, Keyring, SealError};
use crate::serve::{self, ServeError};
use crate::store::{Backend, Database, StoreError};

/// The name of the settings in a fleet's folder.
pub const CONFIG_FILE: &str = "tokenfleetd.toml";
const DATABASE_FILE: &str = "tokenfleet.db";

/// What to make.
#[derive(Debug, Clone)]
pub struct NewFleet {
    /// The folder: new, or empty.
    pub folder: PathBuf,
    /// Where the server will listen.
    pub listen: SocketAddr,
    /// Further names it is reached under.
    pub names: Vec<String>,
    /// The first operator.
    pub admin: OperatorName,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The settings.
    pub config: PathBuf,
    /// The first operator's profile.
    pub profile: PathBuf,
    /// The key that opens all others.
    pub kek: PathBuf,
    /// The authority's key.
    pub authority_key: PathBuf,
    /// The database.
    pub database: PathBuf,
}

/// Why no fleet was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The folder holds a fleet.
    #[error("{0} holds a fleet already; nothing was changed")]
    FleetThere(PathBuf),
    /// The folder holds something else.
    #[error("{0} is not empty; nothing was changed")]
    NotEmpty(PathBuf),
    /// A file or folder can't be made.
    #[error("{path}: {cause}")]
    Files {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A certificate can't be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The keys can't be made.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The database can't be made.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// What was made can't be read back.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was made does not work.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The first operator can't be added.
    #[error("the first operator: {0}")]
    Operator(Rejection),
}

/// Makes a fleet.
pub async fn init(new: &NewFleet, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Made, InitError> {
    let mut workshop = Workshop::open(&new.folder)?;
    let made = make(&mut workshop, new, &clock, &entropy).await?;
    workshop.keep();
    Ok(made)
}

async fn make(
    workshop: &mut Workshop,
    new: &NewFleet,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Made, InitError> {
    let now = clock.now();
    let (authority, authority_key) = Authority::create(now, &**entropy)?;
    workshop.folder("ca")?;
    workshop.public("ca/ca.pem", authority.certificate_pem())?;
    let authority_key = workshop.private("ca/ca.key", &authority_key)?;

    let server = authority.server(&names(new), now, &**entropy)?;
    workshop.public("server.pem", &server.certificate_pem)?;
    workshop.private("server.key", &server.key_pem)?;

    let kek = Kek::draw(&**entropy)?;
    let kek_file = workshop.private("kek.key", &kek.to_text())?;
    // Empty, so that it is private before SQLite writes the first row.
    let database = workshop.private(DATABASE_FILE, "")?;
    workshop.takes_back(format!("{DATABASE_FILE}-wal"));
    workshop.takes_back(format!("{DATABASE_FILE}-shm"));
    workshop.takes_back(format!("{DATABASE_FILE}.lock"));
    found(&database, &kek, &**clock, &**entropy)?;

    let config = workshop.public(CONFIG_FILE, &Config::template(new.listen))?;
    let profile = write_profile(workshop, new, &authority, clock, entropy)?;

    // The first operator is added by the service itself, which so proves that all of this fits together.
    let opened = serve::open(&Config::load(&config)?, clock, entropy)?;
    let added = opened.app.operator_add_first(new.admin.clone()).await;
    opened.close().await;
    added.map_err(InitError::Operator)?;
    Ok(Made { config, profile, kek: kek_file, authority_key, database })
}

fn found(path: &Path, kek: &Kek, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<(), InitError> {
    let now = clock.now();
    let fleet = RowId::draw(now, entropy)?.0;
    let keys = Keyring::create(kek, fleet, now, entropy)?;
    let mut database = Database::open(&Backend::Sqlite { path: path.to_owned() }, clock, None)?;
    Ok(database.found(fleet, &keys, now)?)
}

fn write_profile(
    workshop: &mut Workshop,
    new: &NewFleet,
    authority: &Authority,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<PathBuf, InitError> {
    let issued = authority.client(&new.admin, clock.now(), &**entropy)?;
    let folder = format!("profiles/{}", new.admin);
    workshop.folder("profiles")?;
    workshop.folder(&folder)?;
    workshop.public(&format!("{folder}/ca.pem"), authority.certificate_pem())?;
    workshop.public(&format!("{folder}/cert.pem"), &issued.certificate_pem)?;
    workshop.private(&format!("{folder}/key.pem"), &issued.key_pem)?;
    let profile = format!(
        "# How tokenadm reaches this fleet as {}. Paths are relative to this file.\n\
         server = \"{}\"\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\n",
        new.admin,
        server_url(new)
    );
    workshop.public(&format!("{folder}/config.toml"), &profile)
}

/// The names in the server's certificate: those asked for, and the address it listens on.
fn names(new: &NewFleet) -> Vec<String> {
    let address = new.listen.ip();
    let own = (!address.is_unspecified()).then(|| address.to_string());
    let mut names = new.names.clone();
    names.extend(own.filter(|own| !new.names.contains(own)));
    names
}

fn server_url(new: &NewFleet) -> String {
    let host = match new.listen {
        SocketAddr::V4(addr) if !addr.ip().is_unspecified() => addr.ip().to_string(),
        SocketAddr::V6(addr) if !addr.ip().is_unspecified() => format!("[{}]", addr.ip()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => new.names.first().map_or("localhost", String::as_str).to_owned(),
    };
    format!("https://{host}:{}", new.listen.port())
}

/// The folder under construction. Dropped before it is kept, it takes back all that was made in it.
struct Workshop {
    folder: PathBuf,
    made: Vec<PathBuf>,
    kept: bool,
}

impl Workshop {
    fn open(folder: &Path) -> Result<Self, InitError> {
        let fault = |cause| InitError::Files { path: folder.to_owned(), cause };
        let mut workshop = Self { folder: folder.to_owned(), made: Vec::new(), kept: false };
        match fs::read_dir(folder) {
            Ok(mut entries) => {
                if folder.join(CONFIG_FILE).exists() || folder.join(DATABASE_FILE).exists() {
                    return Err(InitError::FleetThere(folder.to_owned()));
                }
                if entries.next().is_some() {
                    return Err(InitError::NotEmpty(folder.to_owned()));
                }
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                os::make_folder(folder).map_err(fault)?;
                workshop.made.push(folder.to_owned());
            }
            Err(why) => return Err(fault(why)),
        }
        Ok(workshop)
    }

    fn folder(&mut self, name: &str) -> Result<PathBuf, InitError> {
        self.make(name, os::make_folder)
    }

    fn private(&mut self, name: &str, content: &str) -> Result<PathBuf, InitError> {
        self.make(name, |path| os::write_private(path, content.as_bytes()))
    }

    fn public(&mut self, name: &str, content: &str) -> Result<PathBuf, InitError> {
        self.make(name, |path| os::write_public(path, content.as_bytes()))
    }

    fn make(&mut self, name: &str, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<PathBuf, InitError> {
        let path = self.folder.join(name);
        make(&path).map_err(|cause| InitError::Files { path: path.clone(), cause })?;
        self.made.push(path.clone());
        Ok(path)
    }

    /// A file that somebody else makes there.
    fn takes_back(&mut self, name: String) {
        self.made.push(self.folder.join(name));
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for path in self.made.iter().rev() {
            let gone = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
            match gone {
                Err(why) if why.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(path = %path.display(), %why, "could not be taken back");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::os::{SystemClock, SystemEntropy};

    fn new_fleet(folder: &Path) -> NewFleet {
        NewFleet {
            folder: folder.to_owned(),
            listen: "127.0.0.1:7443".parse().unwrap(),
            names: vec!["otp.example.ac.jp".to_owned()],
            admin: "admin".parse().unwrap(),
        }
    }

    async fn make_in(folder: &Path) -> Result<Made, InitError> {
        init(&new_fleet(folder), Arc::new(SystemClock), Arc::new(SystemEntropy::default())).await
    }

    /// What lies in a folder; the files that SQLite keeps beside a database come and go.
    fn listing(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_fleet_is_made_with_private_keys_and_a_ready_profile() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("fleet");
        let made = make_in(&folder).await.unwrap();
        let keys = ["ca", "kek.key", "profiles", "server.key", "server.pem"];
        let files = ["tokenfleet.db", "tokenfleet.db.lock", "tokenfleetd.toml"];
        assert_eq!(listing(&folder), [&keys[..], &files].concat());
        assert_eq!(listing(&folder.join("profiles/admin")), ["ca.pem", "cert.pem", "config.toml", "key.pem"]);
        let mode = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        for name in ["ca/ca.key", "server.key", "kek.key", files[0], files[1], "profiles/admin/key.pem"] {
            assert_eq!(mode(name), 0o600, "{name}");
        }
        assert_eq!(mode("profiles"), 0o700);
        let profile = fs::read_to_string(&made.profile).unwrap();
        assert!(profile.contains("server = \"https://127.0.0.1:7443\""), "{profile}");
        assert!(Config::load(&made.config).is_ok());
    }

    #[tokio::test]
    async fn an_empty_folder_will_do_and_a_second_init_changes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let made = make_in(place.path()).await.unwrap();
        let before = fs::read(&made.database).unwrap();
        let no = make_in(place.path()).await.unwrap_err();
        assert!(matches!(no, InitError::FleetThere(_)), "{no}");
        assert_eq!(fs::read(&made.database).unwrap(), before);
    }

    #[tokio::test]
    async fn a_folder_that_holds_anything_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("thesis.tex"), "").unwrap();
        let no = make_in(place.path()).await.unwrap_err();
        assert!(matches!(no, InitError::NotEmpty(_)), "{no}");
        assert_eq!(listing(place.path()), ["thesis.tex"]);
    }

    #[tokio::test]
    async fn what_can_not_be_finished_is_taken_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("fleet");
        let mut new = new_fleet(&folder);
        // The authority is made and written before this name is looked at.
        new.names = vec!["no host name".to_owned()];
        let no = init(&new, Arc::new(SystemClock), Arc::new(SystemEntropy::default())).await.unwrap_err();
        assert!(matches!(no, InitError::Authority(_)), "{no}");
        assert!(!folder.exists());
        new.folder = place.path().to_owned();
        init(&new, Arc::new(SystemClock), Arc::new(SystemEntropy::default())).await.unwrap_err();
        assert!(listing(place.path()).is_empty());
    }

    #[test]
    fn a_profile_reaches_the_server_where_it_listens() {
        let mut new = new_fleet(Path::new("x"));
        for (listen, names, url) in [
            ("127.0.0.1:7443", vec!["otp.example.ac.jp"], "https://127.0.0.1:7443"),
            ("192.0.2.7:443", vec![], "https://192.0.2.7:443"),
            ("[::1]:7443", vec![], "https://[::1]:7443"),
            ("0.0.0.0:7443", vec!["otp.example.ac.jp"], "https://otp.example.ac.jp:7443"),
            ("[::]:7443", vec![], "https://localhost:7443"),
        ] {
            new.listen = listen.parse().unwrap();
            new.names = names.into_iter().map(str::to_owned).collect();
            assert_eq!(server_url(&new), url);
        }
    }
}
