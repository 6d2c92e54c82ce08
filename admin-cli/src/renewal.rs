//! Puts a new key and certificate in the place of a profile's old ones, so that the profile works whatever happens.
//!
//! Two files can't be renamed at once. So both new ones are written beside the old ones, then the key moves, then the
//! certificate. A certificate that waits without its key was interrupted between the two: whoever reads the profile next
//! finishes that. Anything else that waits is of no use and is taken away by the next renewal.
//!
//! Knows files; knows nothing of the server, or of what stands in them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::failure::{Failure, Outcome};
use crate::os;

/// A new key and certificate in the making; unless they are placed, they are taken away again.
pub(crate) struct Successors {
    key: PathBuf,
    certificate: PathBuf,
    moving: bool,
}

impl Successors {
    /// Room for the successors of a key and its certificate.
    pub(crate) fn of(key: &Path, certificate: &Path) -> Outcome<Self> {
        let successors = Self { key: key.to_owned(), certificate: certificate.to_owned(), moving: false };
        successors.clear().map_err(|error| Failure::unwritten(key, &error))?;
        Ok(successors)
    }

    /// Writes the new key; it comes first.
    pub(crate) fn write_key(&self, pem: &str) -> Outcome {
        write(&waiting(&self.key), pem)
    }

    /// Writes the new certificate.
    pub(crate) fn write_certificate(&self, pem: &str) -> Outcome {
        write(&waiting(&self.certificate), pem)
    }

    /// Puts both in the place of the old ones.
    pub(crate) fn place(mut self) -> Outcome {
        let unwritten = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| Failure::unwritten(&path, &error)
        };
        fs::rename(waiting(&self.key), &self.key).map_err(unwritten(&self.key))?;
        self.moving = true;
        finish(&self.key, &self.certificate)?;
        [&self.key, &self.certificate].into_iter().filter_map(|path| path.parent()).try_for_each(|folder| {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            os::sync_folder(folder).map_err(unwritten(folder))
        })
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

impl Drop for Successors {
    fn drop(&mut self) {
        if !self.moving {
            drop(self.clear());
        }
    }
}

/// Finishes a renewal that was interrupted between the key and the certificate.
pub(crate) fn finish(key: &Path, certificate: &Path) -> Outcome {
    let next = waiting(certificate);
    if waiting(key).exists() || !next.exists() {
        return Ok(());
    }
    match fs::rename(&next, certificate) {
        // Somebody else has just finished it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved.map_err(|error| Failure::unwritten(certificate, &error)),
    }
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
        std::mem::forget(folder.successors());
        fs::rename(waiting(&folder.key()), folder.key()).unwrap();
        finish(&folder.key(), &folder.certificate()).unwrap();
        folder.holds("new");
        assert_eq!(folder.files(), 2);
        finish(&folder.key(), &folder.certificate()).unwrap();
        folder.holds("new");
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
