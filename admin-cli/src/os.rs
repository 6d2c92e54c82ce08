//! The one module that knows how operating systems differ: where profiles live, the environment, private files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the profile of this person is looked for.
pub(crate) fn personal_profile() -> Option<PathBuf> {
    configuration_folder().map(|folder| folder.join("tokenadm").join("config.toml"))
}

/// Where the profiles of this person are kept, each in a folder of its name.
pub(crate) fn kept_profiles() -> Option<PathBuf> {
    configuration_folder().map(|folder| folder.join("tokenadm").join("profiles"))
}

/// Where the profile of this computer is looked for.
pub(crate) fn common_profile() -> PathBuf {
    if cfg!(windows) {
        variable("PROGRAMDATA")
            .unwrap_or_else(|| PathBuf::from("C:\\ProgramData"))
            .join("tokenfleet")
            .join("tokenadm.toml")
    } else {
        PathBuf::from("/etc/tokenfleet/tokenadm.toml")
    }
}

/// The locale of messages, such as `ja_JP.UTF-8`.
pub(crate) fn locale() -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(variable)
        .and_then(|path| path.into_os_string().into_string().ok())
}

/// Makes a folder that only its owner may enter; existing ones are left as they are.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a new file that only its owner may read; refuses one that is there.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes sure that what was renamed in a folder stays so when the power fails.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// Makes sure that what was renamed in a folder stays so when the power fails: other systems do so themselves.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether others than its owner may read a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

/// Whether others than its owner may read a file: without modes that is not known, so it is not claimed.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// Puts a new content in the place of a private file, whole or not at all.
pub(crate) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    write_private(&beside, content)?;
    fs::rename(beside, path)
}

fn configuration_folder() -> Option<PathBuf> {
    if cfg!(windows) {
        variable("APPDATA")
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")))
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn private_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        create_private_folder(&inner).unwrap();
        let file = inner.join("key.pem");
        write_private(&file, b"one").unwrap();
        replace_private(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!is_open_to_others(&file));
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert!(is_open_to_others(&file), "{mode:o}");
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(write_private(&file, b"three").is_err(), "an existing file is never overwritten");
    }
}
