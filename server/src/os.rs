//! The one module that asks the operating system for anything but sockets: the time, random bytes, files that only the
//! owner may read, and the hardening of the process. It knows nothing of tokens, TLS or gRPC.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{SubsecRound, Utc};
use ring::rand::{SecureRandom, SystemRandom};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use tokenfleet_domain::ports::{Clock, Entropy, NoEntropy, Timestamp};
use zeroize::Zeroizing;

/// The largest key or certificate file that is read, in bytes.
const KEY_FILE_MAX: u64 = 1024 * 1024;

/// The system's clock, to the microsecond.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the system clock that everybody else takes the time from")]
    fn now(&self) -> Timestamp {
        Utc::now().trunc_subsecs(6)
    }
}

/// The time since boot, suspends included: what nobody can set, to hold the clock against. None where the clock was read
/// so slowly that the two would not belong together.
pub fn clock_and_uptime(clock: &dyn Clock) -> Option<(Timestamp, Duration)> {
    let before = uptime();
    let now = clock.now();
    (uptime().saturating_sub(before) < Duration::from_millis(100)).then_some((now, before))
}

fn uptime() -> Duration {
    let since = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(since.tv_sec).unwrap_or(0), u32::try_from(since.tv_nsec).unwrap_or(0))
}

/// The system's random number generator.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl Default for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the system's randomness that everybody else draws from")]
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.0.fill(out).map_err(|_| NoEntropy)
    }
}

/// Keeps keys out of core dumps and away from debuggers of the same user.
pub fn harden() -> io::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

/// Lets the process have as many open files as the system allows it: the usual soft limit is too low for a server.
pub fn raise_file_limit() -> io::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(())
}

/// Writes a new file that only the owner can read or write, so that it survives a power cut. Never overwrites.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    write_new(path, content, 0o600)
}

/// Writes a new file that everybody may read, so that it survives a power cut. Never overwrites.
pub fn write_public(path: &Path, content: &[u8]) -> io::Result<()> {
    write_new(path, content, 0o644)
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    sync_folder(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Writes a file in the place of any that is there; a reader sees the old content or the new.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, content)?;
    fs::rename(&beside, path)
}

/// A file that is held as a lock until this is dropped, or the process ends in whatever way.
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing it is not enough: a program that is just being started has it open too for a moment.
        drop(self.0.unlock());
    }
}

/// Takes a file as a lock; None where somebody else holds it.
pub fn lock(path: &Path) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(why),
    }
}

/// Makes a new folder that only the owner may enter.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes the names in a folder survive a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Why a key file is not used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It can't be read.
    #[error("{path} can't be read: {cause}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Others than its owner can read or change it.
    #[error("{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")]
    NotPrivate {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is far too large for a key or a certificate.
    #[error("{path} is too large")]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
}

/// Refuses a key file that others can read or change.
pub fn check_private(path: &Path) -> Result<(), KeyFileError> {
    let metadata = fs::metadata(path).map_err(|cause| KeyFileError::Unreadable { path: path.to_owned(), cause })?;
    let mode = metadata.mode() & 0o7777;
    if is_private(metadata.uid(), mode) {
        Ok(())
    } else {
        Err(KeyFileError::NotPrivate { path: path.to_owned(), mode })
    }
}

/// A file of root's may be readable by a group: so systemd hands credentials to a service (as mode 0440).
fn is_private(owner: u32, mode: u32) -> bool {
    let forbidden = if owner == 0 { 0o037 } else { 0o077 };
    mode & forbidden == 0
}

/// Reads a key file, after [`check_private`].
pub fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    check_private(path)?;
    read_text(path).map(Zeroizing::new)
}

/// Reads a small text file such as a certificate.
pub fn read_text(path: &Path) -> Result<String, KeyFileError> {
    let unreadable = |cause| KeyFileError::Unreadable { path: path.to_owned(), cause };
    if fs::metadata(path).map_err(unreadable)?.len() > KEY_FILE_MAX {
        return Err(KeyFileError::TooLarge { path: path.to_owned() });
    }
    fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_clock_has_no_more_than_microseconds() {
        let now = SystemClock.now();
        assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    fn random_bytes_differ() {
        let (mut a, mut b) = ([0; 16], [0; 16]);
        SystemEntropy::default().fill(&mut a).unwrap();
        SystemEntropy::default().fill(&mut b).unwrap();
        assert_ne!(a, b);
    }

    #[test]
    fn a_private_file_is_new_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_private(&path, b"made up").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read_private(&path).unwrap().as_str(), "made up");
        assert_eq!(write_private(&path, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"made up");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_public(&path, b"made up").unwrap();
        let no = read_private(&path).unwrap_err();
        assert!(matches!(no, KeyFileError::NotPrivate { mode: 0o644, .. }), "{no}");
        assert!(no.to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(check_private(&path).is_ok());
    }

    #[test]
    fn only_a_file_of_root_may_be_readable_by_its_group() {
        for (owner, mode, private) in [
            (1000, 0o600, true),
            (1000, 0o640, false),
            (1000, 0o604, false),
            (0, 0o440, true),
            (0, 0o460, false),
            (0, 0o644, false),
        ] {
            assert_eq!(is_private(owner, mode), private, "{owner} {mode:o}");
        }
    }

    #[test]
    fn a_missing_key_file_is_named() {
        let no = read_private(Path::new("/nowhere/kek.key")).unwrap_err();
        assert!(no.to_string().starts_with("/nowhere/kek.key can't be read"), "{no}");
    }
}
