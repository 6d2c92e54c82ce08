//! The pager that a list on a terminal is read with.
//!
//! Guarantee: it is started for the first line only, and waited for; one that was quit is a closed pipe, which is
//! success, and one that could not be run is not.

use std::ffi::{OsStr, OsString};
use std::io::{BufWriter, Write};
use std::process::{Child, ExitStatus, Stdio};

use crate::charset::Charset;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::words::Complaint;

/// What a shell exits with where the command can't be run, or is not found.
const NOT_RUN: [i32; 2] = [126, 127];

/// A pager that runs.
pub(super) struct Pager {
    command: OsString,
    child: Child,
    /// Nothing once there is no more to read.
    to: Option<Box<dyn Write>>,
}

impl Pager {
    /// Starts the pager.
    pub(super) fn start(command: OsString, charset: Charset) -> Outcome<Self> {
        let mut child = match os::pager_process(&command).stdin(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => return Err(not_run(&command, &error.to_string())),
        };
        let to = child.stdin.take().map(|stdin| charset.writer(BufWriter::new(stdin)));
        Ok(Self { command, child, to })
    }

    /// A line to read.
    pub(super) fn line(&mut self, text: &str) -> Outcome {
        let Some(to) = &mut self.to else { return Err(Failure::PipeClosed) };
        match writeln!(to, "{text}") {
            Ok(()) => Ok(()),
            Err(error) => {
                self.to = None;
                self.wait()?;
                Err(Failure::of_output(&error))
            }
        }
    }

    /// There is no more to read: waits until it is quit.
    pub(super) fn finish(mut self) -> Outcome {
        if let Some(mut to) = self.to.take() {
            // A pager that was quit before the end has shown what was wanted of it.
            drop(to.flush());
        }
        self.wait()
    }

    fn wait(&mut self) -> Outcome {
        match self.child.wait() {
            Ok(status) if was_run(status) => Ok(()),
            Ok(status) => Err(not_run(&self.command, &status.to_string())),
            Err(error) => Err(not_run(&self.command, &error.to_string())),
        }
    }
}

fn was_run(status: ExitStatus) -> bool {
    status.code().is_none_or(|code| !NOT_RUN.contains(&code))
}

fn not_run(command: &OsStr, why: &str) -> Failure {
    Failure::with(Complaint::PagerFailed, [("pager", &command.display().to_string()), ("why", why)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_by(command: &str, lines: usize) -> (usize, Outcome) {
        let mut pager = Pager::start(command.into(), Charset::UTF_8).unwrap();
        for written in 0..lines {
            if let Err(failure) = pager.line(&"x".repeat(1000)) {
                return (written, Err(failure));
            }
        }
        (lines, pager.finish())
    }

    #[test]
    fn a_pager_that_is_quit_ends_the_list_and_is_success() {
        let (written, ended) = read_by("head -c 1 >/dev/null", 100_000);
        assert!(written < 100_000, "it is written on");
        assert_eq!(ended.unwrap_err().exit(), None);
    }

    #[test]
    fn a_pager_that_can_not_be_run_is_told_however_short_the_list_is() {
        for lines in [1, 100_000] {
            let (_, ended) = read_by("no-such-pager 2>/dev/null", lines);
            assert_eq!(ended.unwrap_err().reason(), "PAGER_FAILED", "{lines} lines");
        }
    }

    #[test]
    fn a_pager_reads_everything() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("read");
        let (_, ended) = read_by(&format!("cat >'{}'", file.display()), 1000);
        ended.unwrap();
        assert_eq!(std::fs::metadata(file).unwrap().len(), 1000 * 1001);
    }
}
