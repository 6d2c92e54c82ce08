//! Disks that can fail: an XFS file system in a file, whose power can be cut, and a small one in memory, which fills up.
//! Both take a mount, which only root may do, and not everywhere.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The least that mkfs.xfs takes. The file has holes, so little of it is really written.
const XFS_SIZE: &str = "300M";

/// A file system of our own.
pub(crate) struct Image {
    folder: TempDir,
    mounted: bool,
}

impl Image {
    /// An XFS file system in a file.
    pub(crate) fn xfs() -> Result<Self, String> {
        let image = Self::folder();
        run("truncate", &["-s".as_ref(), XFS_SIZE.as_ref(), &image.file()])?;
        run("mkfs.xfs", &["-q".as_ref(), &image.file()])?;
        image.mount_xfs()
    }

    /// A file system in memory of this size, such as `24m`.
    pub(crate) fn memory(size: &str) -> Result<Self, String> {
        let mut image = Self::folder();
        let size = format!("size={size}");
        run(
            "mount",
            &["-t", "tmpfs", "-o", &size, "tmpfs"]
                .map(Path::new)
                .into_iter()
                .chain([&*image.root()])
                .collect::<Vec<_>>(),
        )?;
        image.mounted = true;
        Ok(image)
    }

    fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("root")).unwrap();
        Self { folder, mounted: false }
    }

    /// Where it is mounted.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// A folder on it.
    pub(crate) fn place(&self) -> TempDir {
        tempfile::tempdir_in(self.root()).unwrap()
    }

    /// Writes everything to the disk, as before anything is done that is tested.
    pub(crate) fn sync(&self) {
        run("sync", &["-f".as_ref(), &*self.root()]).unwrap();
    }

    /// Takes its power away: nothing that was not written yet ever is.
    pub(crate) fn cut(&self) {
        run("xfs_io", &["-x", "-c", "shutdown"].map(Path::new).into_iter().chain([&*self.root()]).collect::<Vec<_>>())
            .unwrap();
    }

    /// Mounts it again after a cut, with the server gone.
    pub(crate) fn power_on(&mut self) {
        self.unmount();
        run("mount", &["-o".as_ref(), "loop".as_ref(), &*self.file(), &*self.root()]).unwrap();
        self.mounted = true;
    }

    fn mount_xfs(mut self) -> Result<Self, String> {
        run("mount", &["-o".as_ref(), "loop".as_ref(), &*self.file(), &*self.root()])?;
        self.mounted = true;
        Ok(self)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn unmount(&mut self) {
        if std::mem::take(&mut self.mounted) {
            run("umount", &[&*self.root()]).unwrap();
        }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // Whatever still uses it, it is gone from the tree.
        if self.mounted {
            drop(run("umount", &["-l".as_ref(), &*self.root()]));
        }
    }
}

/// Runs a program; what it says where it fails.
fn run(program: &str, arguments: &[&Path]) -> Result<(), String> {
    let ran = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let ran = ran.map_err(|why| format!("{program}: {why}"))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&ran.stderr).trim()))
}
