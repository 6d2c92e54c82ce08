//! The one module that knows how operating systems differ: where profiles live, the environment, private files.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What ends the input on a terminal.
pub(crate) const END_OF_INPUT: &str = if cfg!(windows) { "Ctrl-Z, Enter" } else { "Ctrl-D" };

/// Files that may wait beside one until they take its place; so many are left by nothing but crashes.
const WAITING_MAX: u32 = 100;

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
    pages(&command).then_some(command)
}

fn pages(command: &OsStr) -> bool {
    !matches!(command.as_encoded_bytes().trim_ascii(), b"" | b"cat")
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

/// Whether the shell understands a pager. Where it does not, it ends as it does for a pager that was quit, so that nobody
/// would see what was lost; it is asked before.
pub(crate) fn is_understood(pager: &OsStr) -> bool {
    let ask = || Command::new("sh").args(["-n", "-c"]).arg(pager).stdin(Stdio::null()).stderr(Stdio::null()).status();
    cfg!(windows) || ask().is_ok_and(|status| status.success())
}

/// A path as it is typed at a shell: quoted where the shell would take it for something else.
pub(crate) fn typed(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |sign: char| sign.is_alphanumeric() || "_-./:,+@%".contains(sign) || cfg!(windows) && sign == '\\';
    if !path.is_empty() && path.chars().all(is_plain) {
        return path;
    }
    if cfg!(windows) { format!("\"{path}\"") } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// How the output of a command gets into a file as it is: Windows PowerShell would take it for text.
pub(crate) fn redirected(command: &str, file: &str) -> String {
    if cfg!(windows) { format!("cmd /c \"{command} > {file}\"") } else { format!("{command} > {file}") }
}

/// Makes a folder that only its owner may enter, and those above it, and says whether it is new; existing ones are left
/// as they are.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<bool> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if let Some(above) = path.parent() {
        builder.recursive(true).create(above)?;
    }
    match builder.recursive(false).create(path) {
        Err(_) if path.is_dir() => Ok(false),
        made => made.map(|()| true),
    }
}

/// Writes a new file that only its owner may read, whole or not at all; refuses one that is there.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.inspect_err(|_error| drop(fs::remove_file(path)))
}

/// A folder that nobody else has locked meanwhile, until it is dropped.
pub(crate) struct LockedFolder {
    _lock: File,
}

/// Locks a folder for others who lock it too; nothing where another has it.
pub(crate) fn lock_folder(path: &Path) -> io::Result<Option<LockedFolder>> {
    let lock = what_is_locked(path)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(LockedFolder { _lock: lock })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The folder itself, so that nothing is left in it.
#[cfg(unix)]
fn what_is_locked(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// A file in the folder, where folders can't be locked. It stays: if it were taken away, somebody who has just opened it
/// would lock what nobody else sees.
#[cfg(not(unix))]
fn what_is_locked(folder: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("renewal.lock"))
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

/// Puts a new content in the place of a private file, whole or not at all; what is there and no file is refused.
pub(crate) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    refuse_other_than_file(path)?;
    let waiting = write_beside(path, content)?;
    fs::rename(&waiting, path).inspect_err(|_error| drop(fs::remove_file(&waiting)))
}

/// Folders, links and devices are not what a file takes the place of; what is not there is.
pub(crate) fn refuse_other_than_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes a private file beside another, under the first free name: `key.pem.1.new`.
fn write_beside(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    for number in 1..=WAITING_MAX {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}.new"));
        let name = PathBuf::from(name);
        match write_private(&name, content) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => return written.map(|()| name),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

/// Whether what is typed can be hidden.
pub(crate) const HIDES_TYPING: bool = cfg!(unix);

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

    #[test]
    fn a_folder_is_new_once_and_a_file_is_none() {
        let base = tempfile::tempdir().unwrap();
        let inner = base.path().join("outer").join("inner");
        assert!(create_private_folder(&inner).unwrap());
        assert!(!create_private_folder(&inner).unwrap());
        fs::write(inner.join("file"), "").unwrap();
        assert_eq!(create_private_folder(&inner.join("file")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn what_waits_takes_no_other_files_name_and_is_gone_when_it_is_not_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("operator.pfx");
        let others = ["operator.pfx.new", "operator.pfx.1.new"].map(|name| folder.path().join(name));
        for other in &others {
            fs::write(other, "mine").unwrap();
        }
        replace_private(&file, b"one").unwrap();
        replace_private(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(replace_private(&file, b"three").unwrap_err().to_string(), "not a regular file");
        assert!(others.iter().all(|other| fs::read(other).unwrap() == b"mine"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_folder_is_locked_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock_folder(folder.path()).unwrap();
        assert!(held.is_some());
        assert!(lock_folder(folder.path()).unwrap().is_none());
        drop(held);
        assert!(lock_folder(folder.path()).unwrap().is_some());
    }

    #[test]
    fn blanks_and_cat_are_no_pager() {
        for (command, is_one) in [("", false), (" ", false), ("\t", false), (" cat ", false), (" less -F", true)] {
            assert_eq!(pages(command.as_ref()), is_one, "{command:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_path_is_quoted_where_a_shell_would_change_it() {
        for (path, typed_as) in [
            ("profiles/hanako", "profiles/hanako"),
            ("練習/花子", "練習/花子"),
            ("p ver sp", "'p ver sp'"),
            ("it's", r"'it'\''s'"),
            ("~", "'~'"),
            ("$HOME", "'$HOME'"),
            ("a;b", "'a;b'"),
            ("", "''"),
            ("全角\u{3000}空白", "'全角\u{3000}空白'"),
        ] {
            assert_eq!(typed(Path::new(path)), typed_as);
        }
    }
}
