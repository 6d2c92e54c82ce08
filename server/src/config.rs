//! `tokenfleetd.toml`: what the owner of a server may set. Unknown keys are refused, so that a typing error never
//! means a default. Relative paths start at the folder of the file.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde::Deserialize;
use tokenfleet_domain::admission;

use crate::app::settings::{Limits, Policy, Settings};
use crate::identity::tls::TlsFiles;
use crate::ldap::settings::{LdapSection, LdapSettings};
use crate::logging;

/// The largest number an hourly limit may be.
const LIMIT_MAX: i64 = 1_000_000;
/// The widest clock window that is believed of a relying system, in seconds.
const WINDOW_MAX: i64 = 900;
/// How many days something may be kept at most.
const DAYS_MAX: i64 = 36_500;
/// The longest seed that may be asked for, in bytes: as much as SHA-512 gives.
const SHORTEST_SEED_MAX: usize = 64;
/// The most tokens a person may be allowed.
const TOKENS_PER_USER_MAX: usize = 20;

/// The settings of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The database file.
    pub database: PathBuf,
    /// The file with the key-encryption key.
    pub kek: PathBuf,
    /// The certificate, the key and whom it trusts.
    pub tls: TlsFiles,
    /// The authority that signs certificates of operators.
    pub authority: AuthorityFiles,
    /// What the use cases need.
    pub settings: Settings,
    /// The LDAP server that the directory is read from, where it is.
    pub ldap: Option<LdapSettings>,
    /// What is logged, as tracing's filters are written.
    pub log_level: String,
}

/// Where the authority is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityFiles {
    /// Its certificate.
    pub certificate: PathBuf,
    /// Its key, which only its owner may read.
    pub key: PathBuf,
}

/// Why a configuration is not used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{path} can't be read: {cause}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is no TOML, or has a key or value that is none. Says the line.
    #[error("{path}: {cause}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What and where.
        cause: Box<toml::de::Error>,
    },
    /// A number outside its range.
    #[error("{path}: {key} = {value} is not between {least} and {most}")]
    Range {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What stands there.
        value: i64,
        /// The least it may be.
        least: i64,
        /// The most.
        most: i64,
    },
    /// The level is no filter.
    #[error("{path}: [log] level: {why}")]
    Level {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The LDAP server is not described well.
    #[error("{path}: [directory.ldap] {why}")]
    Ldap {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// PostgreSQL is not served from yet.
    #[error("{path}: database: this version serves from an SQLite file only; PostgreSQL comes with a later one")]
    Postgres {
        /// Which file.
        path: PathBuf,
    },
}

impl Config {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(&text, path)
    }

    /// Reads a text as if it stood in the file `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text)
            .map_err(|cause| ConfigError::Syntax { path: path.to_owned(), cause: Box::new(cause) })?;
        file.check(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let at = |name: &Path| folder.join(name);
        let ldap = file.directory.ldap.map(|ldap| ldap.settings(folder)).transpose();
        let ldap = ldap.map_err(|why| ConfigError::Ldap { path: path.to_owned(), why })?;
        Ok(Self {
            listen: file.listen,
            database: at(&file.database),
            kek: at(&file.kek),
            tls: TlsFiles {
                certificate: at(&file.tls.certificate),
                key: at(&file.tls.key),
                client_authority: at(&file.tls.client_ca),
            },
            authority: AuthorityFiles { certificate: at(&file.authority.certificate), key: at(&file.authority.key) },
            settings: Settings {
                limits: Limits {
                    resyncs_per_token: file.limits.resyncs_per_token_per_hour,
                    resyncs_per_operator: file.limits.resyncs_per_operator_per_hour,
                    loans_per_operator: file.limits.loans_per_operator_per_hour,
                    tokens_per_user: file.limits.tokens_per_user,
                },
                policy: Policy {
                    proof_at_assign: file.policy.proof_at_assign,
                    proof_at_return: file.policy.proof_at_return,
                },
                shortest_seed: file.import.shortest_seed_bytes,
                people_kept: TimeDelta::days(file.retention.people.0),
                loans_kept: TimeDelta::days(file.retention.loans.0),
                entra_window_seconds: file.entra.window_seconds,
            },
            ldap,
            log_level: file.log.level,
        })
    }

    /// The file that `init` writes: every key with what it means.
    pub fn template(listen: SocketAddr) -> String {
        let Limits { resyncs_per_token, resyncs_per_operator, loans_per_operator, tokens_per_user } = Limits::default();
        let Settings { entra_window_seconds: window, people_kept, loans_kept, policy, shortest_seed, .. } =
            Settings::default();
        let Policy { proof_at_assign, proof_at_return } = policy;
        let (people_days, loan_days) = (people_kept.num_days(), loans_kept.num_days());
        format!(
            r#"# Settings of tokenfleetd. Paths are relative to this file.
# Check it with: tokenfleetd check-config --config tokenfleetd.toml
# A running server reads its certificate files again on SIGHUP; everything else needs a restart.

listen = "{listen}"
database = "tokenfleet.db"
kek = "kek.key"                # opens the keys in the database; back it up apart from it

[tls]
certificate = "server.pem"
key = "server.key"
client_ca = "ca/ca.pem"        # whose clients may connect

[authority]                    # signs the certificates of operators
certificate = "ca/ca.pem"
key = "ca/ca.key"

[limits]
resyncs_per_token_per_hour = {resyncs_per_token}
resyncs_per_operator_per_hour = {resyncs_per_operator}
loans_per_operator_per_hour = {loans_per_operator}
tokens_per_user = {tokens_per_user}

[entra]
window_seconds = {window}           # how far a token's clock may be off at Microsoft Entra ID

[policy]
proof_at_assign = {proof_at_assign}        # whether a token has to show a code when it is lent
proof_at_return = {proof_at_return}        # and when it comes back, unless it is faulty

[import]
shortest_seed_bytes = {shortest_seed}       # shorter secret keys are refused; RFC 4226 asks for 16

[retention]
people = "{people_days}d"                # how long the names of people are kept who have left and hold no token
loans = "{loan_days}d"                # how long it is kept whose a loan was that has ended, and whom an event was about

# Where the directory of people is read from LDAP instead of lists (see docs/operations.md):
#[directory.ldap]
#url = "ldaps://ldap.example.ac.jp"        # or ldap://, which is then encrypted by StartTLS
#ca = "ldap-ca.pem"                        # who may vouch for that server
#bind_dn = "cn=tokenfleet,dc=example,dc=ac,dc=jp"
#password_file = "ldap.password"           # mode 0600
#base = "ou=people,dc=example,dc=ac,dc=jp"
#filter = "(&(objectClass=person)(uid=*))"
#page_size = 500
#refresh = "24h"
#removals_per_cent = 5                     # if more of the directory are missing, and at least 10, nothing is changed
#
#[directory.ldap.attributes]               # until, merged_into and other_id have no default
#user_id = "uid"
#name = "displayName;lang-ja"              # or "sn;lang-ja + givenName;lang-ja", or [FIRST, ELSE]
#kana = "displayName;lang-ja;phonetic"
#latin = "cn"
#department = "ou"
#kind = "eduPersonPrimaryAffiliation"

[log]
level = "info"                 # error, warn, info, debug, or a filter such as "info,tokenfleetd=debug"
"#
        )
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    database: PathBuf,
    kek: PathBuf,
    tls: TlsSection,
    authority: AuthoritySection,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    entra: EntraSection,
    #[serde(default)]
    policy: PolicySection,
    #[serde(default)]
    import: ImportSection,
    #[serde(default)]
    retention: RetentionSection,
    #[serde(default)]
    directory: DirectorySection,
    #[serde(default)]
    log: LogSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSection {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthoritySection {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LimitsSection {
    resyncs_per_token_per_hour: i64,
    resyncs_per_operator_per_hour: i64,
    loans_per_operator_per_hour: i64,
    tokens_per_user: usize,
}

impl Default for LimitsSection {
    fn default() -> Self {
        let Limits { resyncs_per_token, resyncs_per_operator, loans_per_operator, tokens_per_user } = Limits::default();
        Self {
            resyncs_per_token_per_hour: resyncs_per_token,
            resyncs_per_operator_per_hour: resyncs_per_operator,
            loans_per_operator_per_hour: loans_per_operator,
            tokens_per_user,
        }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EntraSection {
    window_seconds: i64,
}

impl Default for EntraSection {
    fn default() -> Self {
        Self { window_seconds: Settings::default().entra_window_seconds }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct PolicySection {
    proof_at_assign: bool,
    proof_at_return: bool,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ImportSection {
    shortest_seed_bytes: usize,
}

impl Default for ImportSection {
    fn default() -> Self {
        Self { shortest_seed_bytes: Settings::default().shortest_seed }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RetentionSection {
    people: Days,
    loans: Days,
}

impl Default for RetentionSection {
    fn default() -> Self {
        let Settings { people_kept, loans_kept, .. } = Settings::default();
        Self { people: Days(people_kept.num_days()), loans: Days(loans_kept.num_days()) }
    }
}

/// A number of days, written as `400d`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Days(i64);

impl TryFrom<String> for Days {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        days.map(Self).ok_or_else(|| format!("{text:?} is no number of days; write it as \"400d\""))
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct DirectorySection {
    ldap: Option<LdapSection>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LogSection {
    level: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "info".to_owned() }
    }
}

impl File {
    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let path = path.to_owned();
        let database = self.database.to_string_lossy();
        if database.starts_with("postgres:") || database.starts_with("postgresql:") || database.contains("host=") {
            return Err(ConfigError::Postgres { path });
        }
        let number = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        let tokens_per_user = number(self.limits.tokens_per_user);
        let most_tokens = number(TOKENS_PER_USER_MAX);
        let shortest_seed = number(self.import.shortest_seed_bytes);
        let (least_seed, most_seed) = (number(admission::SHORTEST_EVER), number(SHORTEST_SEED_MAX));
        for (key, value, least, most) in [
            ("resyncs_per_token_per_hour", self.limits.resyncs_per_token_per_hour, 1, LIMIT_MAX),
            ("resyncs_per_operator_per_hour", self.limits.resyncs_per_operator_per_hour, 1, LIMIT_MAX),
            ("loans_per_operator_per_hour", self.limits.loans_per_operator_per_hour, 1, LIMIT_MAX),
            ("tokens_per_user", tokens_per_user, 1, most_tokens),
            ("window_seconds", self.entra.window_seconds, 0, WINDOW_MAX),
            ("shortest_seed_bytes", shortest_seed, least_seed, most_seed),
            ("people", self.retention.people.0, 1, DAYS_MAX),
            ("loans", self.retention.loans.0, 1, DAYS_MAX),
        ] {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::Range { path, key, value, least, most });
            }
        }
        logging::check_level(&self.log.level).map_err(|why| ConfigError::Level { path, why: why.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> String {
        Config::template("127.0.0.1:7443".parse().unwrap())
    }

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/srv/fleet/tokenfleetd.toml")).map_err(|no| no.to_string())
    }

    #[test]
    fn what_init_writes_is_read_with_the_defaults() {
        let config = parse(&template()).unwrap();
        assert_eq!(config.listen, "127.0.0.1:7443".parse().unwrap());
        assert_eq!(config.database, Path::new("/srv/fleet/tokenfleet.db"));
        assert_eq!(config.authority.key, Path::new("/srv/fleet/ca/ca.key"));
        assert_eq!(config.tls.client_authority, Path::new("/srv/fleet/ca/ca.pem"));
        assert_eq!(config.settings, Settings::default());
        assert_eq!(config.log_level, "info");
    }

    #[test]
    fn what_is_left_out_has_its_default_and_absolute_paths_stay() {
        let text = template();
        let (needed, _) = text.split_once("[limits]").unwrap();
        let config = parse(&needed.replace("\"kek.key\"", "\"/run/credentials/kek\"")).unwrap();
        assert_eq!(config.settings, Settings::default());
        assert_eq!(config.kek, Path::new("/run/credentials/kek"));
    }

    #[test]
    fn limits_are_read() {
        let text = template().replace("loans_per_operator_per_hour = 200", "loans_per_operator_per_hour = 7");
        assert_eq!(parse(&text).unwrap().settings.limits.loans_per_operator, 7);
    }

    #[test]
    fn the_shortest_seed_is_read_and_is_never_below_what_vendors_ship() {
        let with = |bytes: &str| {
            parse(&template().replace("shortest_seed_bytes = 16", &format!("shortest_seed_bytes = {bytes}")))
        };
        for bytes in [10, 20, 64] {
            assert_eq!(with(&bytes.to_string()).unwrap().settings.shortest_seed, bytes);
        }
        assert!(with("9").unwrap_err().ends_with("shortest_seed_bytes = 9 is not between 10 and 64"));
        assert!(with("65").unwrap_err().ends_with("shortest_seed_bytes = 65 is not between 10 and 64"));
    }

    #[test]
    fn a_key_nobody_knows_is_refused_with_its_line() {
        let no = parse(&template().replace("[entra]", "[entra]\nwindow = 90")).unwrap_err();
        assert!(no.contains("unknown field `window`") && no.contains("line 25"), "{no}");
        assert!(parse(&format!("{}\n[surprise]\n", template())).is_err());
    }

    #[test]
    fn numbers_outside_their_range_and_levels_that_are_none_are_refused() {
        let no = parse(&template().replace("tokens_per_user = 5", "tokens_per_user = 0")).unwrap_err();
        assert!(no.ends_with("tokens_per_user = 0 is not between 1 and 20"), "{no}");
        let no = parse(&template().replace("level = \"info\"", "level = \"loud=very\"")).unwrap_err();
        assert!(no.contains("[log] level"), "{no}");
    }

    #[test]
    fn days_of_retention_are_read_and_say_that_they_are_days() {
        let with = |days: &str| parse(&template().replace("people = \"400d\"", &format!("people = {days}")));
        assert_eq!(with("\"90d\"").unwrap().settings.people_kept, TimeDelta::days(90));
        let loans = parse(&template().replace("loans = \"3650d\"", "loans = \"1000d\"")).unwrap();
        assert_eq!(loans.settings.loans_kept, TimeDelta::days(1000));
        assert!(with("\"90\"").unwrap_err().contains("write it as"));
        assert!(with("90").is_err());
        assert!(with("\"0d\"").unwrap_err().ends_with("people = 0 is not between 1 and 36500"));
    }

    #[test]
    fn the_example_of_an_ldap_directory_is_read_and_what_is_wrong_with_one_is_told_with_the_file() {
        let example = template().replace("\n#", "\n");
        let (_, section) = example.split_once("[directory.ldap]").unwrap();
        let (section, _) = section.split_once("\n[log]").unwrap();
        let with = |section: &str| parse(&format!("{}\n[directory.ldap]{section}", template()));
        assert_eq!(parse(&template()).unwrap().ldap, None);
        let ldap = with(section).unwrap().ldap.unwrap();
        let only_needed: Vec<_> = section.lines().take_while(|line| !line.starts_with("filter")).collect();
        // The example names what is the default; only what is named must be found with somebody.
        assert_eq!(ldap.every, with(&only_needed.join("\n")).unwrap().ldap.unwrap().every);
        let no = with(&section.replace("ca = ", "#ca = ")).unwrap_err();
        assert!(no.starts_with("/srv/fleet/tokenfleetd.toml: [directory.ldap] ca is missing"), "{no}");
    }

    #[test]
    fn postgresql_is_said_to_come_later() {
        for url in ["postgres://fleet@db/fleet", "host=db user=fleet"] {
            let no = parse(&template().replace("tokenfleet.db", url)).unwrap_err();
            assert!(no.contains("comes with a later one"), "{no}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let no = Config::load(Path::new("/nowhere/tokenfleetd.toml")).unwrap_err().to_string();
        assert!(no.starts_with("/nowhere/tokenfleetd.toml can't be read"), "{no}");
    }
}
