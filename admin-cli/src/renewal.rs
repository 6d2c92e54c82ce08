//! Puts a new key and certificate in the place of a profile's old ones, so that the profile works whatever happens.
//!
//! Two files can't be renamed at once. So both new ones are written beside the old ones, then the key moves, then the
//! certificate. A certificate that waits without its key was interrupted between the two: whoever reads the profile next
//! finishes that. Anything else that waits is of no use and is taken away by the next renewal.
//!
//! Guarantee: one at a time, by a lock on the key's folder; what waits is touched only by whoever has it. A profile's file
//! that is a link stays one, and what it leads to is replaced: an old key that is left behind would be a key still.
//!
//! Knows files; knows nothing of the server, or of what stands in them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::failure::{Failure, Outcome};
use crate::os::{self, LockedFolder};
use crate::words::Complaint;

/// A new key and certificate in the making; unless they are placed, they are taken away again.
pub(crate) struct Successors {
    old: Pair,
    moving: bool,
    _lock: LockedFolder,
}

impl Successors {
    /// Room for the successors of a key and its certificate.
    pub(crate) fn of(key: &Path, certificate: &Path) -> Outcome<Self> {
        let old = Pair::behind(key, certificate);
        for path in [&old.key, &old.certificate] {
            os::refuse_other_than_file(path).map_err(|error| Failure::unwritten(path, &error))?;
        }
        let lock = old.lock()?.ok_or_else(|| Failure::plain(Complaint::RenewalRunning))?;
        old.finish()?;
        old.clear().map_err(|error| Failure::unwritten(key, &error))?;
        Ok(Self { old, moving: false, _lock: lock })
    }

    /// Writes the new key; it comes first.
    pub(crate) fn write_key(&self, pem: &str) -> Outcome {
        write(&waiting(&self.old.key), pem)
    }

    /// Writes the new certificate.
    pub(crate) fn write_certificate(&self, pem: &str) -> Outcome {
        write(&waiting(&self.old.certificate), pem)
    }

    /// Puts both in the place of the old ones.
    pub(crate) fn place(mut self) -> Outcome {
        let Pair { key, certificate } = &self.old;
        fs::rename(waiting(key), key).map_err(|error| Failure::unwritten(key, &error))?;
        self.moving = true;
        self.old.finish()?;
        [key, certificate].into_iter().try_for_each(|path| {
            let folder = folder_of(path);
            os::sync_folder(folder).map_err(|error| Failure::unwritten(folder, &error))
        })
    }
}

impl Drop for Successors {
    fn drop(&mut self) {
        if !self.moving {
            drop(self.old.clear());
        }
    }
}

/// Finishes a renewal that was interrupted between the key and the certificate; one that is running finishes itself.
pub(crate) fn finish(key: &Path, certificate: &Path) -> Outcome {
    let pair = Pair::behind(key, certificate);
    if !pair.is_interrupted() {
        return Ok(());
    }
    match pair.lock()? {
        Some(_lock) => pair.finish(),
        None => Ok(()),
    }
}

/// The files that a key and its certificate are in.
struct Pair {
    key: PathBuf,
    certificate: PathBuf,
}

impl Pair {
    /// Those that a profile names, or what they are links to.
    fn behind(key: &Path, certificate: &Path) -> Self {
        Self { key: target(key), certificate: target(certificate) }
    }

    /// Nothing where another renewal has it.
    fn lock(&self) -> Outcome<Option<LockedFolder>> {
        let folder = folder_of(&self.key);
        os::lock_folder(folder).map_err(|error| Failure::unwritten(folder, &error))
    }

    /// The certificate is looked for first: the key of one that is there has been written before it.
    fn is_interrupted(&self) -> bool {
        waiting(&self.certificate).exists() && !waiting(&self.key).exists()
    }

    fn finish(&self) -> Outcome {
        if !self.is_interrupted() {
            return Ok(());
        }
        fs::rename(waiting(&self.certificate), &self.certificate)
            .map_err(|error| Failure::unwritten(&self.certificate, &error))
    }

    /// The certificate goes first: one that waits without its key would be moved.
    fn clear(&self) -> io::Result<()> {
        for path in [&self.certificate, &self.key] {
            match fs::remove_file(waiting(path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

/// What a link leads to; anything else is it itself.
fn target(path: &Path) -> PathBuf {
    let linked = path.is_symlink().then(|| fs::canonicalize(path).ok());
    linked.flatten().unwrap_or_else(|| path.to_owned())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write(path: &Path, pem: &str) -> Outcome {
    os::write_private(path, pem.as_bytes()).map_err(|error| Failure::unwritten(path, &error))
}

/// Where the successor of a file waits: `key.pem.new`.
fn waiting(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile's files, their names after what is in them.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            fs::write(folder.key(), "old key").unwrap();
            fs::write(folder.certificate(), "old certificate").unwrap();
            folder
        }

        fn key(&self) -> PathBuf {
            self.0.path().join("key.pem")
        }

        fn certificate(&self) -> PathBuf {
            self.0.path().join("cert.pem")
        }

        fn successors(&self) -> Successors {
            let successors = Successors::of(&self.key(), &self.certificate()).unwrap();
            successors.write_key("new key").unwrap();
            successors.write_certificate("new certificate").unwrap();
            successors
        }

        fn holds(&self, age: &str) {
            assert_eq!(fs::read_to_string(self.key()).unwrap(), format!("{age} key"));
            assert_eq!(fs::read_to_string(self.certificate()).unwrap(), format!("{age} certificate"));
        }

        fn files(&self) -> usize {
            fs::read_dir(self.0.path()).unwrap().count()
        }
    }

    #[test]
    fn both_are_replaced_and_nothing_is_left_beside() {
        let folder = Folder::new();
        folder.successors().place().unwrap();
        folder.holds("new");
        assert_eq!(folder.files(), 2);
    }

    #[test]
    fn what_is_not_placed_is_taken_away_and_the_old_ones_stay() {
        let folder = Folder::new();
        drop(folder.successors());
        folder.holds("old");
        assert_eq!(folder.files(), 2);
    }

    #[test]
    fn a_stop_before_the_key_moves_leaves_the_old_ones_and_does_not_block_the_next_renewal() {
        for certificate_too in [false, true] {
            let folder = Folder::new();
            fs::write(waiting(&folder.key()), "unused key").unwrap();
            if certificate_too {
                fs::write(waiting(&folder.certificate()), "unused certificate").unwrap();
            }
            finish(&folder.key(), &folder.certificate()).unwrap();
            folder.holds("old");
            folder.successors().place().unwrap();
            folder.holds("new");
        }
    }

    #[test]
    fn a_stop_between_the_key_and_the_certificate_is_finished_by_the_next_reader() {
        let folder = Folder::new();
        fs::write(folder.key(), "new key").unwrap();
        fs::write(waiting(&folder.certificate()), "new certificate").unwrap();
        finish(&folder.key(), &folder.certificate()).unwrap();
        folder.holds("new");
        assert_eq!(folder.files(), 2);
        finish(&folder.key(), &folder.certificate()).unwrap();
        folder.holds("new");
    }

    #[test]
    fn a_second_renewal_is_refused_and_touches_nothing_of_the_first() {
        let folder = Folder::new();
        let first = folder.successors();
        let second = || Successors::of(&folder.key(), &folder.certificate());
        assert_eq!(second().err().unwrap().reason(), "RENEWAL_RUNNING");
        first.place().unwrap();
        folder.holds("new");
        second().unwrap();
    }

    #[test]
    fn a_reader_leaves_a_renewal_that_is_running_alone() {
        let folder = Folder::new();
        let running = folder.successors();
        fs::remove_file(waiting(&folder.key())).unwrap();
        finish(&folder.key(), &folder.certificate()).unwrap();
        folder.holds("old");
        drop(running);
    }

    #[test]
    fn an_interrupted_renewal_is_finished_before_the_next_one_begins() {
        let folder = Folder::new();
        fs::write(folder.key(), "new key").unwrap();
        fs::write(waiting(&folder.certificate()), "new certificate").unwrap();
        drop(Successors::of(&folder.key(), &folder.certificate()).unwrap());
        folder.holds("new");
    }

    #[test]
    fn a_key_that_is_no_file_is_refused_and_stays() {
        let folder = Folder::new();
        fs::remove_file(folder.key()).unwrap();
        fs::create_dir(folder.key()).unwrap();
        let refused = Successors::of(&folder.key(), &folder.certificate()).err().unwrap();
        assert_eq!(refused.reason(), "WRITE_FAILED");
        assert_eq!(folder.files(), 2);
    }

    #[test]
    fn a_certificate_that_can_not_be_moved_is_kept_for_the_next_reader() {
        let folder = Folder::new();
        let successors = folder.successors();
        fs::remove_file(folder.certificate()).unwrap();
        fs::create_dir(folder.certificate()).unwrap();
        assert_eq!(successors.place().unwrap_err().reason(), "WRITE_FAILED");
        fs::remove_dir(folder.certificate()).unwrap();
        finish(&folder.key(), &folder.certificate()).unwrap();
        folder.holds("new");
    }
}
