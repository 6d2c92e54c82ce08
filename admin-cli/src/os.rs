//! The one module that knows how operating systems differ: where profiles live, the environment, private files.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The character set of the locale, such as `eucJP` of `ja_JP.eucJP`. A console of Windows has none: it takes UTF-16.
pub(crate) fn codeset() -> Option<String> {
    if cfg!(windows) {
        return None;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable)?;
    codeset_of(locale.to_str()?).map(str::to_owned)
}

fn codeset_of(locale: &str) -> Option<&str> {
    let (_, codeset) = locale.split_once('.')?;
    Some(codeset.split_once('@').map_or(codeset, |(codeset, _)| codeset))
}

/// Whether the terminal can do nothing but print lines.
pub(crate) fn terminal_is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term.as_os_str() == "dumb")
}

/// The command that people page with: `TOKENADM_PAGER`, then `PAGER`, then less where it is found. Nothing, or `cat`,
/// is none. Windows has no pager by default: its `more` would take UTF-8 for the characters of an old code page.
pub(crate) fn pager() -> Option<OsString> {
    let named = ["TOKENADM_PAGER", "PAGER"].into_iter().find_map(std::env::var_os);
    let default = || !cfg!(windows) && !terminal_is_dumb() && is_in_path("less");
    let command = named.or_else(|| default().then(|| "less -FRX".into()))?;
    (!command.is_empty() && command != "cat").then_some(command)
}

/// A pager as it is to be run: by the shell, as other tools do, so that it may have options of its own.
pub(crate) fn pager_process(pager: &OsStr) -> Command {
    let [shell, option] = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
    let mut command = Command::new(shell);
    command.arg(option).arg(pager);
    if variable("LESS").is_none() {
        // A `PAGER=less` without options: short lists just end, and the screen stays as it was.
        command.env("LESS", "FRX");
    }
    command
}

/// How the output of a command gets into a file as it is: Windows PowerShell would take it for text.
pub(crate) fn redirected(command: &str, file: &str) -> String {
    if cfg!(windows) { format!("cmd /c \"{command} > {file}\"") } else { format!("{command} > {file}") }
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
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    write_private(&beside, content)?;
    fs::rename(beside, path)
}

/// Nothing that is typed is shown until this is dropped, but for the end of the line.
#[cfg(unix)]
pub(crate) struct Hidden {
    before: rustix::termios::Termios,
}

/// Hides what is typed at the terminal.
#[cfg(unix)]
pub(crate) fn hide_typing() -> io::Result<Hidden> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let terminal = io::stdin();
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes -= LocalModes::ECHO;
    hidden.local_modes |= LocalModes::ECHONL;
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
    Ok(Hidden { before })
}

/// Hides what is typed at the terminal: on Windows that takes unsafe code, which this crate has none of.
#[cfg(not(unix))]
pub(crate) fn hide_typing() -> io::Result<std::convert::Infallible> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        // Nobody could do anything about a terminal that is gone.
        tcsetattr(io::stdin(), OptionalActions::Flush, &self.before).ok();
    }
}

fn configuration_folder() -> Option<PathBuf> {
    if cfg!(windows) {
        variable("APPDATA")
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")))
    }
}

fn is_in_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codeset_of_a_locale_stands_behind_a_point() {
        for (locale, codeset) in
            [("ja_JP.eucJP", Some("eucJP")), ("ja_JP.SJIS@cjknarrow", Some("SJIS")), ("ja_JP", None), ("C", None)]
        {
            assert_eq!(codeset_of(locale), codeset, "{locale}");
        }
    }

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
