//! The file of the rows that were left out: as the server wrote them, in the layout of the file they come from, without
//! seeds.
//!
//! It is begun before anything is imported, so that nobody learns afterwards that it can't be written, and it never takes
//! the place of another. Where no row is left out, or the import ends otherwise, it goes away again.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokenfleet_proto::v1;

use super::report::Report;
use super::upload::is_stdin;
use crate::failure::{Failure, Outcome};
use crate::words::Complaint;

/// `seeds.csv` has its rejected rows in `seeds.rejected.csv`, beside it.
pub(super) fn rejected_list(file: &Path) -> PathBuf {
    let file = if is_stdin(file) { Path::new("stdin") } else { file };
    let is_dots = |stem: &OsStr| stem.as_encoded_bytes().iter().all(|byte| *byte == b'.');
    if file.file_stem().is_some_and(is_dots) {
        // All of `..hidden` is its name.
        return [file.as_os_str(), OsStr::new(".rejected.csv")].into_iter().collect::<OsString>().into();
    }
    file.with_extension("rejected.csv")
}

/// A file of rejected rows, empty as yet.
pub(super) struct Rejects {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Rejects {
    pub(super) fn begin(path: PathBuf) -> Outcome<Self> {
        let new = OpenOptions::new().write(true).create_new(true).open(&path);
        let opened = match new {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => left_empty(&path).ok_or(error),
            new => new.inspect(|file| {
                // Where there are no locks, an empty file stays in the way.
                drop(file.try_lock());
            }),
        };
        match opened {
            Ok(file) => Ok(Self { path, file, is_kept: false }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::with(Complaint::RejectsInTheWay, [("list", &path.display().to_string())]))
            }
            Err(error) => Err(Failure::unwritten(&path, &error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(mut self, report: &Report) -> Outcome {
        // What is there of it may be worth something, even where the disk is full.
        self.is_kept = true;
        let written = self.file.write_all(&content(report)).and_then(|()| self.file.sync_all());
        written.map_err(|error| Failure::unwritten(&self.path, &error))
    }
}

impl Drop for Rejects {
    fn drop(&mut self) {
        if !self.is_kept {
            // An empty file that can't be removed is no harm.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// A file that an import left empty which was ended from outside. One that still runs holds its lock.
fn left_empty(path: &Path) -> Option<File> {
    let is_empty = |data: &Metadata| data.is_file() && data.len() == 0;
    fs::symlink_metadata(path).ok().filter(is_empty)?;
    let file = OpenOptions::new().write(true).open(path).ok()?;
    file.try_lock().ok()?;
    file.metadata().ok().filter(is_empty)?;
    Some(file)
}

/// The rows in the order of their lines, with what stood above them. A row of which two things are wrong stands there once,
/// as it was told first: what is told of it later may know less of it.
fn content(report: &Report) -> Vec<u8> {
    let mut problems: Vec<&v1::RowProblem> = report.problems.iter().collect();
    problems.sort_by_key(|problem| problem.line);
    problems.dedup_by_key(|problem| problem.line);
    let head = report.evidence.iter().map(|evidence| evidence.rejected_head.as_slice());
    head.chain(problems.into_iter().map(|problem| problem.rejected_lines.as_slice())).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;
    use crate::words::Lang;

    #[test]
    fn the_rows_stand_in_the_order_of_their_lines_below_the_heading() {
        let folder = tempfile::tempdir().unwrap();
        let list = rejected_list(&folder.path().join("seeds.csv"));
        let row = |line, text: &str| v1::RowProblem { line, rejected_lines: text.into(), ..v1::RowProblem::default() };
        let head =
            v1::SeedFileEvidence { rejected_head: b"serial,secret\n".to_vec(), ..v1::SeedFileEvidence::default() };
        let problems = vec![row(9, "# line 9\n9,\n"), row(2, "# line 2\n2,\n"), row(9, "# line 9 again\n9,\n")];
        let report = Report { evidence: Some(head), problems, ..Report::default() };
        Rejects::begin(list.clone()).unwrap().write(&report).unwrap();
        let expected = "serial,secret\n# line 2\n2,\n# line 9\n9,\n";
        assert_eq!(fs::read_to_string(folder.path().join("seeds.rejected.csv")).unwrap(), expected);
        assert_eq!(list.file_name().unwrap(), "seeds.rejected.csv");
    }

    #[test]
    fn a_list_has_the_name_of_its_file() {
        for (file, list) in [
            ("new/seeds.csv", "new/seeds.rejected.csv"),
            ("seeds", "seeds.rejected.csv"),
            (".hidden", ".hidden.rejected.csv"),
            ("..hidden", "..hidden.rejected.csv"),
            ("-", "stdin.rejected.csv"),
        ] {
            assert_eq!(rejected_list(Path::new(file)), Path::new(list));
        }
    }

    #[test]
    fn a_list_that_is_there_is_left_alone_and_one_that_is_not_needed_goes() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("seeds.rejected.csv");
        drop(Rejects::begin(list.clone()).unwrap());
        assert!(!list.exists());
        fs::write(&list, "").unwrap();
        let left_behind = Rejects::begin(list.clone()).unwrap();
        assert!(Rejects::begin(list.clone()).is_err(), "another import holds it");
        drop(left_behind);
        fs::write(&list, "mine").unwrap();
        let failure = Rejects::begin(list.clone()).err().unwrap();
        assert_eq!((failure.exit(), failure.reason()), (Some(Exit::Conflict), "REJECTS_IN_THE_WAY"));
        assert!(failure.describe(Lang::En).unwrap().message.contains("nothing was imported"));
        assert_eq!(fs::read_to_string(&list).unwrap(), "mine");
        let nowhere = Rejects::begin(folder.path().join("no").join("seeds.rejected.csv")).err().unwrap();
        assert_eq!(nowhere.reason(), "WRITE_FAILED");
    }
}
