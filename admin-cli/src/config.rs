//! The profile: where the server is, whom to trust and who we are.
//!
//! Found by `--config` or `TOKENADM_CONFIG`, which may name the profile's folder too, else in the person's configuration
//! folder, else in the computer's.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

use crate::failure::{Failure, Outcome};
use crate::words::{Complaint, Lang};
use crate::{os, words};

/// The largest profile file that is read.
const FILE_MAX: u64 = 1024 * 1024;

/// The file of a profile folder that names the others.
const PROFILE_FILE: &str = "config.toml";

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
}

impl Profile {
    /// Reads the profile that was named, or the first that is there.
    pub(crate) fn find(named: Option<&Path>) -> Outcome<Self> {
        Self::read(&locate(named).ok_or_else(missing)?)
    }

    fn read(path: &Path) -> Outcome<Self> {
        let file = read_file(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Ok(Self {
            path: path.to_owned(),
            server: file.server,
            authority: PemFile::read(folder.join(file.ca))?,
            certificate: PemFile::read(folder.join(file.cert))?,
            key: PemFile::read(folder.join(file.key))?,
        })
    }

    /// A complaint about this profile.
    pub(crate) fn unusable(&self, why: &str) -> Failure {
        unusable(&self.path, why)
    }
}

/// The language that the profile asks for; a profile that can't be read says nothing here and complains later.
pub(crate) fn preferred_language(named: Option<&Path>) -> Option<Lang> {
    read_file(&locate(named)?).ok()?.lang.map(|lang| words::Lang::of_locale(&lang))
}

/// The text of a new profile's `config.toml`.
pub(crate) fn profile_text(server: &str) -> String {
    let server = toml::Value::String(server.to_owned());
    format!("server = {server}\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\n")
}

/// The profile that was named, by its file or its folder, or the first that is there.
fn locate(named: Option<&Path>) -> Option<PathBuf> {
    match named {
        Some(folder) if folder.is_dir() => Some(folder.join(PROFILE_FILE)),
        Some(file) => Some(file.to_owned()),
        None => first_existing(),
    }
}

fn first_existing() -> Option<PathBuf> {
    os::personal_profile().into_iter().chain([os::common_profile()]).find(|path| path.exists())
}

fn missing() -> Failure {
    let path = os::personal_profile().unwrap_or_else(os::common_profile);
    Failure::with(Complaint::ProfileMissing, [("path", &path.display().to_string())])
}

fn read_file(path: &Path) -> Outcome<ProfileFile> {
    let text = String::from_utf8(read_bytes(path)?).map_err(|_invalid| unusable(path, "not UTF-8"))?;
    // The message names line and column; the text itself may hold anything and is not repeated.
    toml::from_str(&text).map_err(|error| unusable(path, error.message()))
}

fn read_bytes(path: &Path) -> Outcome<Vec<u8>> {
    read_capped(path).map_err(|error| unusable(path, &error.to_string()))
}

fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_MAX {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    fs::read(path)
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
    fn a_missing_key_file_is_named() {
        let folder = folder_with(&profile_text("https://127.0.0.1:7443"));
        fs::remove_file(folder.path().join("key.pem")).unwrap();
        let failure = Profile::find(Some(&folder.path().join("config.toml"))).err().unwrap();
        assert!(failure.describe(Lang::En).unwrap().message.contains("key.pem"));
    }

    #[test]
    fn the_profile_chooses_the_language() {
        let folder = folder_with(&format!("{}lang = \"ja\"\n", profile_text("https://127.0.0.1:7443")));
        for named in [folder.path(), &folder.path().join("config.toml")] {
            assert_eq!(preferred_language(Some(named)), Some(Lang::Ja));
        }
    }
}
