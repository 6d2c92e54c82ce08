//! The profile: where the server is, whom to trust and who we are.
//!
//! Found by `--config` or `TOKENADM_CONFIG`, which may name the profile's folder too, else the one chosen among those
//! that are kept, else in the person's configuration folder, else in the computer's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use crate::failure::{Failure, Outcome};
use crate::words::{Complaint, Lang};
use crate::{os, renewal, words};

/// The largest profile file that is read.
const FILE_MAX: u64 = 1024 * 1024;

/// The file of a profile folder that names the others.
pub(crate) const PROFILE_FILE: &str = "config.toml";

/// The file beside the profiles that are kept which names the one in use.
const CHOICE_FILE: &str = "chosen";

/// A profile, its PEM files read.
pub(crate) struct Profile {
    pub(crate) path: PathBuf,
    pub(crate) server: String,
    pub(crate) authority: PemFile,
    pub(crate) certificate: PemFile,
    pub(crate) key: PemFile,
}

/// A PEM file of a profile, not looked into yet.
pub(crate) struct PemFile {
    pub(crate) path: PathBuf,
    pub(crate) content: Vec<u8>,
}

impl PemFile {
    fn read(path: PathBuf) -> Outcome<Self> {
        let content = read_bytes(&path)?;
        Ok(Self { path, content })
    }

    /// When the certificate in this file ends; nothing where there is none.
    pub(crate) fn expire_time(&self) -> Option<DateTime<Utc>> {
        let certificate = CertificateDer::from_pem_slice(&self.content).ok()?;
        let (_, certificate) = x509_parser::parse_x509_certificate(&certificate).ok()?;
        DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0)
    }

    /// A complaint about this file.
    pub(crate) fn complaint(&self, complaint: Complaint) -> Failure {
        Failure::with(complaint, [("path", &self.path.display().to_string())])
    }
}

/// What stands in a profile's `config.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    server: String,
    ca: PathBuf,
    cert: PathBuf,
    key: PathBuf,
    #[serde(default)]
    lang: Option<String>,
    /// Whom the people ask who are lent a token here.
    #[serde(default)]
    contact: Option<String>,
    /// Column maps of seed files, by name.
    #[serde(default)]
    maps: BTreeMap<String, String>,
}

impl Profile {
    /// Reads the profile that was named, or the first that is there.
    pub(crate) fn find(named: Option<&Path>) -> Outcome<Self> {
        Self::read(&locate(named).ok_or_else(missing)?.path)
    }

    /// Reads the profile of a `config.toml`.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let file = read_file(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let (certificate, key) = (folder.join(file.cert), folder.join(file.key));
        renewal::finish(&key, &certificate)?;
        Ok(Self {
            path: path.to_owned(),
            server: file.server,
            authority: PemFile::read(folder.join(file.ca))?,
            certificate: PemFile::read(certificate)?,
            key: PemFile::read(key)?,
        })
    }

    /// A complaint about this profile.
    pub(crate) fn unusable(&self, why: &str) -> Failure {
        unusable(&self.path, why)
    }
}

/// Who chose the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LanguageFrom {
    /// It was asked for, by a flag or the environment.
    Asked,
    /// The profile asks for it.
    Profile,
    /// It is the locale's.
    Locale,
    /// Nobody did.
    Nowhere,
}

/// What was asked for, else what the profile says, else the locale's.
pub(crate) fn language(asked: Option<Lang>, named: Option<&Path>) -> (Lang, LanguageFrom) {
    let asked = asked.map(|lang| (lang, LanguageFrom::Asked));
    let of_profile = || preferred_language(named).map(|lang| (lang, LanguageFrom::Profile));
    let of_locale = || os::locale().map(|locale| (Lang::of_locale(&locale), LanguageFrom::Locale));
    asked.or_else(of_profile).or_else(of_locale).unwrap_or((Lang::En, LanguageFrom::Nowhere))
}

/// The language that the profile asks for; a profile that can't be read says nothing here and complains later.
fn preferred_language(named: Option<&Path>) -> Option<Lang> {
    read_file(&locate(named)?.path).ok()?.lang.map(|lang| words::Lang::of_locale(&lang))
}

/// Whom the people ask who are lent a token: what the profile in use says, else the computer's.
pub(crate) fn contact(named: Option<&Path>) -> Outcome<Option<String>> {
    let of_profile = locate(named).map(|located| read_file(&located.path)).transpose()?.and_then(|file| file.contact);
    Ok(of_profile.or_else(|| read_file(&os::common_profile()).ok()?.contact))
}

/// The column maps that are kept, by name: those of the profile in use, and of the computer's where it has no such name.
pub(crate) fn maps(named: Option<&Path>) -> Outcome<BTreeMap<String, String>> {
    let common = read_file(&os::common_profile()).map(|file| file.maps);
    let mut maps = common.unwrap_or_default();
    if let Some(located) = locate(named) {
        maps.extend(read_file(&located.path)?.maps);
    }
    Ok(maps)
}

/// The text of a new profile's `config.toml`.
pub(crate) fn profile_text(server: &str) -> String {
    let server = toml::Value::String(server.to_owned());
    format!("server = {server}\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\n")
}

/// A profile, and why it is that one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) path: PathBuf,
    pub(crate) by: By,
}

/// Why a profile is the one that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// It was named, by a flag or the environment.
    Name,
    /// It was chosen among those that are kept.
    Choice,
    /// It is the person's only one.
    Person,
    /// It is the computer's.
    Computer,
}

/// The profile that was named, by its file or its folder, or the first that is there. One that was chosen counts even
/// where it is gone: nobody is to sign in as somebody else unawares.
pub(crate) fn locate(named: Option<&Path>) -> Option<Located> {
    let by = |by| move |path| Located { path, by };
    match named {
        Some(folder) if folder.is_dir() => Some(folder.join(PROFILE_FILE)).map(by(By::Name)),
        Some(file) => Some(file.to_owned()).map(by(By::Name)),
        None => {
            let chosen = os::kept_profiles().and_then(|kept| chosen_in(&kept));
            let existing = |path: &PathBuf| path.exists();
            chosen
                .map(by(By::Choice))
                .or_else(|| os::personal_profile().filter(existing).map(by(By::Person)))
                .or_else(|| Some(os::common_profile()).filter(existing).map(by(By::Computer)))
        }
    }
}

/// A profile that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The name of its folder.
    pub(crate) name: String,
    /// Its `config.toml`.
    pub(crate) path: PathBuf,
    /// Whether it is used where no other is named.
    pub(crate) chosen: bool,
}

/// The profiles that are kept, by name.
pub(crate) fn stored() -> Outcome<Vec<Stored>> {
    os::kept_profiles().map_or(Ok(Vec::new()), |kept| stored_in(&kept))
}

/// Makes a profile that is kept the one that is used.
pub(crate) fn choose(stored: &Stored) -> Outcome {
    os::kept_profiles().map_or(Ok(()), |kept| choose_in(&kept, &stored.name))
}

fn stored_in(kept: &Path) -> Outcome<Vec<Stored>> {
    let chosen = chosen_in(kept);
    let entries = match fs::read_dir(kept) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unusable(kept, &error.to_string()))?,
    };
    let profiles = entries.filter_map(Result::ok).filter_map(|entry| {
        let path = entry.path().join(PROFILE_FILE);
        let name = entry.file_name().into_string().ok()?;
        path.exists().then(|| Stored { name, chosen: chosen.as_ref() == Some(&path), path })
    });
    let mut profiles: Vec<_> = profiles.collect();
    profiles.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(profiles)
}

fn chosen_in(kept: &Path) -> Option<PathBuf> {
    let name = String::from_utf8(read_capped(&kept.join(CHOICE_FILE)).ok()?).ok()?;
    let name = Path::new(name.trim_end()).file_name()?;
    Some(kept.join(name).join(PROFILE_FILE))
}

fn choose_in(kept: &Path, name: &str) -> Outcome {
    let path = kept.join(CHOICE_FILE);
    os::replace_private(&path, format!("{name}\n").as_bytes()).map_err(|error| Failure::unwritten(&path, &error))
}

fn missing() -> Failure {
    let path = os::personal_profile().unwrap_or_else(os::common_profile);
    Failure::with(Complaint::ProfileMissing, [("path", &path.display().to_string())])
}

fn read_file(path: &Path) -> Outcome<ProfileFile> {
    let text = String::from_utf8(read_bytes(path)?).map_err(|_invalid| unusable(path, "not UTF-8"))?;
    toml::from_str(&text).map_err(|error| unusable(path, &place_and_cause(&text, &error)))
}

/// Where a file is wrong, and how; the line itself may hold anything and is not repeated.
fn place_and_cause(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.as_bytes().get(..span.start));
    let line = before.map(|before| before.split(|byte| *byte == b'\n').count());
    line.map_or_else(|| error.message().to_owned(), |line| format!("line {line}: {}", error.message()))
}

fn read_bytes(path: &Path) -> Outcome<Vec<u8>> {
    read_capped(path).map_err(|error| unusable(path, &error.to_string()))
}

/// What a file says of its size is not asked: a device has none, and never ends.
fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    if File::open(path)?.take(FILE_MAX + 1).read_to_end(&mut content)? as u64 > FILE_MAX {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(content)
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::with(Complaint::ProfileUnreadable, [("path", &path.display().to_string()), ("why", why)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    fn folder_with(config: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), config).unwrap();
        for name in ["ca.pem", "cert.pem", "key.pem"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        folder
    }

    #[test]
    fn a_written_profile_is_read_again_with_its_files_beside_it() {
        let folder = folder_with(&profile_text("https://127.0.0.1:7443"));
        for named in [folder.path(), &folder.path().join("config.toml")] {
            let profile = Profile::find(Some(named)).unwrap();
            assert_eq!(profile.server, "https://127.0.0.1:7443");
            assert_eq!(profile.authority.content, b"ca.pem");
            assert_eq!(
                (profile.key.content.as_slice(), &profile.key.path),
                (&b"key.pem"[..], &folder.path().join("key.pem"))
            );
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let folder = folder_with("server = \"a\"\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\nkee = 1\n");
        let failure = Profile::find(Some(&folder.path().join("config.toml"))).err().unwrap();
        assert_eq!(failure.exit(), Some(Exit::Usage));
        assert!(failure.describe(Lang::En).unwrap().message.contains("kee"));
    }

    #[test]
    fn a_file_of_a_profile_is_read_up_to_a_limit() {
        let folder = folder_with(&profile_text("https://127.0.0.1:7443"));
        let key = folder.path().join("key.pem");
        let large = File::options().write(true).open(&key).unwrap();
        large.set_len(FILE_MAX).unwrap();
        assert_eq!(read_capped(&key).unwrap().len() as u64, FILE_MAX);
        large.set_len(10 * 1024 * FILE_MAX).unwrap();
        let failure = Profile::find(Some(folder.path())).err().unwrap();
        assert!(failure.describe(Lang::En).unwrap().message.contains("key.pem"), "{failure:?}");
    }

    #[test]
    fn a_missing_key_file_is_named() {
        let folder = folder_with(&profile_text("https://127.0.0.1:7443"));
        fs::remove_file(folder.path().join("key.pem")).unwrap();
        let failure = Profile::find(Some(&folder.path().join("config.toml"))).err().unwrap();
        assert!(failure.describe(Lang::En).unwrap().message.contains("key.pem"));
    }

    #[test]
    fn kept_profiles_are_listed_by_name_and_one_of_them_is_chosen() {
        let kept = tempfile::tempdir().unwrap();
        for name in ["b", "a", "no-profile"] {
            fs::create_dir(kept.path().join(name)).unwrap();
        }
        for name in ["b", "a"] {
            fs::write(kept.path().join(name).join("config.toml"), "").unwrap();
        }
        let listed = || {
            let profiles = stored_in(kept.path()).unwrap();
            profiles.into_iter().map(|profile| (profile.name, profile.chosen)).collect::<Vec<_>>()
        };
        assert_eq!(listed(), [("a".to_owned(), false), ("b".to_owned(), false)]);
        for name in ["a", "b"] {
            choose_in(kept.path(), name).unwrap();
            assert_eq!(chosen_in(kept.path()), Some(kept.path().join(name).join("config.toml")));
        }
        assert_eq!(listed(), [("a".to_owned(), false), ("b".to_owned(), true)]);
        fs::remove_dir_all(kept.path().join("b")).unwrap();
        assert_eq!(chosen_in(kept.path()), Some(kept.path().join("b").join("config.toml")), "nobody else's is taken");
        assert_eq!(stored_in(&kept.path().join("none")).unwrap(), []);
    }

    #[test]
    fn the_profile_chooses_the_language() {
        let folder = folder_with(&format!("{}lang = \"ja\"\n", profile_text("https://127.0.0.1:7443")));
        for named in [folder.path(), &folder.path().join("config.toml")] {
            assert_eq!(preferred_language(Some(named)), Some(Lang::Ja));
        }
    }
}
