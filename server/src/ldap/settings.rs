//! `[directory.ldap]` of `tokenfleetd.toml`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde::Deserialize;
use tokenfleet_domain::person::Field;

use crate::app::directory::REMOVALS_PER_CENT;
use crate::ldap::attributes::{Attributes, Ways};

/// Entries a page at most; servers allow about a thousand.
const PAGE_MAX: i32 = 10_000;
/// How often the server may be read.
const EVERY_LEAST: TimeDelta = TimeDelta::minutes(5);
const EVERY_MOST: TimeDelta = TimeDelta::days(30);

/// The LDAP server that the directory is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapSettings {
    /// Where it is: `ldaps://HOST` or `ldap://HOST`.
    pub(super) url: String,
    /// The certificates of those who may vouch for it; None where it is asked in the clear.
    pub(super) authority: Option<PathBuf>,
    /// As whom the service reads.
    pub(super) bind_dn: String,
    /// The file of the password, which only its owner may read.
    pub(super) password_file: PathBuf,
    /// Below which entry the people are.
    pub(super) base: String,
    /// Which entries are people.
    pub(super) filter: String,
    /// Which attribute says what.
    pub(super) attributes: Attributes,
    /// Entries asked for at once.
    pub(super) page_size: i32,
    /// How often it is read.
    pub every: TimeDelta,
    /// From which share of the directory on missing people must have been expected.
    pub removals_per_cent: i64,
}

impl LdapSettings {
    pub(super) fn uses_start_tls(&self) -> bool {
        self.url.starts_with("ldap://")
    }
}

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LdapSection {
    url: String,
    #[serde(default = "yes")]
    start_tls: bool,
    ca: Option<PathBuf>,
    bind_dn: String,
    password_file: PathBuf,
    base: String,
    filter: Option<String>,
    #[serde(default = "usual_page")]
    page_size: i32,
    #[serde(default)]
    refresh: Every,
    #[serde(default = "usual_removals")]
    removals_per_cent: i64,
    #[serde(default)]
    attributes: AttributesSection,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct AttributesSection {
    user_id: Option<Ways>,
    name: Option<Ways>,
    kana: Option<Ways>,
    latin: Option<Ways>,
    department: Option<Ways>,
    kind: Option<Ways>,
    until: Option<Ways>,
    merged_into: Option<Ways>,
    other_id: Option<Ways>,
}

/// A stretch of time, written as `30m`, `24h` or `7d`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Every(TimeDelta);

impl Default for Every {
    fn default() -> Self {
        Self(TimeDelta::hours(24))
    }
}

impl TryFrom<String> for Every {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("{text:?} is no time from 5m to 30d; write it as \"30m\", \"24h\" or \"7d\"");
        let (unit_at, unit) = text.char_indices().next_back().ok_or_else(bad)?;
        let number: u32 = text[..unit_at].parse().map_err(|_| bad())?;
        let every = match unit {
            'm' => TimeDelta::minutes(number.into()),
            'h' => TimeDelta::hours(number.into()),
            'd' => TimeDelta::days(number.into()),
            _ => return Err(bad()),
        };
        if (EVERY_LEAST..=EVERY_MOST).contains(&every) { Ok(Self(every)) } else { Err(bad()) }
    }
}

impl LdapSection {
    /// The settings, with paths relative to a folder; else what is wrong.
    pub(crate) fn settings(self, folder: &Path) -> Result<LdapSettings, String> {
        let host = host(&self.url)?;
        let is_clear = self.url.starts_with("ldap://") && !self.start_tls;
        if is_clear && !is_loopback(host) {
            return Err(
                "start_tls = false would send the password and people's names in the clear; it is for a server on \
                        this machine alone"
                    .to_owned(),
            );
        }
        let authority = match self.ca {
            _ if is_clear => None,
            Some(ca) => Some(folder.join(ca)),
            None => return Err("ca is missing: the certificates of those who may vouch for the server".to_owned()),
        };
        for (key, text) in [("bind_dn", &self.bind_dn), ("base", &self.base)] {
            if text.is_empty() {
                return Err(format!("{key} is empty"));
            }
        }
        if !(1..=PAGE_MAX).contains(&self.page_size) {
            return Err(format!("page_size = {} is not between 1 and {PAGE_MAX}", self.page_size));
        }
        if !(0..=100).contains(&self.removals_per_cent) {
            return Err(format!("removals_per_cent = {} is not between 0 and 100", self.removals_per_cent));
        }
        let attributes = self.attributes.read();
        let filter = self.filter.unwrap_or_else(|| format!("(&(objectClass=person)({}=*))", attributes.id()));
        ldap3::parse_filter(&filter).map_err(|()| format!("filter = {filter:?} is no filter of LDAP"))?;
        Ok(LdapSettings {
            url: self.url,
            authority,
            bind_dn: self.bind_dn,
            password_file: folder.join(self.password_file),
            base: self.base,
            filter,
            attributes,
            page_size: self.page_size,
            every: self.refresh.0,
            removals_per_cent: self.removals_per_cent,
        })
    }
}

impl AttributesSection {
    fn read(mut self) -> Attributes {
        Attributes::of(|field| match field {
            Field::UserId => self.user_id.take(),
            Field::Name => self.name.take(),
            Field::Kana => self.kana.take(),
            Field::Latin => self.latin.take(),
            Field::Department => self.department.take(),
            Field::Kind => self.kind.take(),
            Field::LastDay => self.until.take(),
            Field::MergedInto => self.merged_into.take(),
            Field::OtherId => self.other_id.take(),
        })
    }
}

/// The host of an address that names a host and a port at most.
fn host(url: &str) -> Result<&str, String> {
    let bad = || format!("url = {url:?} is no server; write it as \"ldaps://ldap.example.ac.jp\"");
    let rest = url.strip_prefix("ldaps://").or_else(|| url.strip_prefix("ldap://")).ok_or_else(bad)?;
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "0"));
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if host.is_empty() || !host.chars().all(fits) || port.parse::<u16>().is_err() { Err(bad()) } else { Ok(host) }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn yes() -> bool {
    true
}

fn usual_page() -> i32 {
    500
}

fn usual_removals() -> i64 {
    REMOVALS_PER_CENT
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: &str = "url = \"ldaps://ldap.example.ac.jp\"\nca = \"ldap-ca.pem\"\nbind_dn = \"cn=fleet\"\n\
                          password_file = \"ldap.password\"\nbase = \"ou=people\"\n";

    fn settings(text: &str) -> Result<LdapSettings, String> {
        let section: LdapSection = toml::from_str(text).map_err(|no| no.to_string())?;
        section.settings(Path::new("/srv/fleet"))
    }

    #[test]
    fn what_is_left_out_has_its_default_and_paths_start_at_the_folder() {
        let settings = settings(NEEDED).unwrap();
        assert_eq!(settings.filter, "(&(objectClass=person)(uid=*))");
        assert_eq!((settings.page_size, settings.every, settings.removals_per_cent), (500, TimeDelta::days(1), 5));
        assert_eq!(settings.authority.as_deref(), Some(Path::new("/srv/fleet/ldap-ca.pem")));
        assert_eq!(settings.password_file, Path::new("/srv/fleet/ldap.password"));
    }

    #[test]
    fn what_is_encrypted_needs_an_authority_and_only_this_machine_is_asked_in_the_clear() {
        let with = |url: &str, more: &str| {
            settings(&NEEDED.replace("ldaps://ldap.example.ac.jp", url).replace("ca = \"ldap-ca.pem\"", more))
        };
        assert!(with("ldaps://localhost", "").unwrap_err().contains("ca is missing"));
        assert!(with("ldap://localhost", "").unwrap_err().contains("ca is missing"), "StartTLS");
        for url in ["ldap://localhost", "ldap://127.0.0.1:3890"] {
            assert_eq!(with(url, "start_tls = false").unwrap().authority, None, "{url}");
        }
        for url in ["ldap://ldap.example.ac.jp", "ldap://localhost.example.ac.jp", "ldap://10.0.0.1"] {
            assert!(with(url, "start_tls = false").unwrap_err().contains("in the clear"), "{url}");
        }
        for url in ["http://a", "ldaps://", "ldaps://a/b", "ldaps://a:b", "ldap://u:p@a", "ldapi://%2frun"] {
            assert!(with(url, "ca = \"a\"").unwrap_err().contains("is no server"), "{url}");
        }
    }

    #[test]
    fn what_is_out_of_range_or_unknown_is_refused() {
        for (line, told) in [
            ("refresh = \"24\"", "write it as"),
            ("refresh = \"1m\"", "write it as"),
            ("refresh = \"日\"", "write it as"),
            ("page_size = 0", "not between"),
            ("removals_per_cent = 101", "not between"),
            ("filter = \"(uid=*\"", "is no filter"),
            ("attributes.mail = \"mail\"", "unknown field"),
            ("attributes.kana = \"\"", "is no attribute"),
        ] {
            let no = settings(&format!("{NEEDED}{line}\n")).unwrap_err();
            assert!(no.contains(told), "{line}: {no}");
        }
    }
}
