//! Where the commands of a story are run: a folder, a shell, a terminal, and the fleet's time of day.

use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;
use tokenfleet_domain::ports::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdout, Command};
use tokio::time::timeout;

use crate::command::{Ran, binary};

/// What a terminal takes for the end of what is typed.
pub const CTRL_D: &str = "\u{4}";
/// What a terminal interrupts a program for.
pub const CTRL_C: &str = "\u{3}";

/// How long anything may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// The largest piece that a program writes at once.
const PIECE_MAX: usize = 256 * 1024;

/// A desk.
pub(super) struct Desk {
    folder: TempDir,
    locale: &'static str,
}

/// Something that was written: data or talk.
pub(super) struct Piece {
    pub(super) is_talk: bool,
    pub(super) text: String,
}

impl Desk {
    /// A new one, where this locale is spoken.
    pub(super) fn new(locale: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The home folder is named as everybody names it, so paths are those of no machine, and as wide everywhere.
        symlink(".", folder.path().join("~")).unwrap();
        Self { folder, locale }
    }

    /// A file of the desk, or a place for a new one.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line in the shell.
    pub(super) async fn run(&self, line: &str, now: Timestamp) -> (Ran, Vec<Piece>) {
        let mut shell = self.command("sh", now);
        shell.args(["-c", line]);
        observed(shell).await
    }

    /// Runs a line on a terminal of its own, and answers its questions, each of which ends with a colon and a blank. What
    /// comes out is how it ended and what stands on the screen.
    pub(super) async fn run_on_terminal(&self, line: &str, answers: &[&str], now: Timestamp) -> (i32, String) {
        // `script` is the terminal: it reads what is typed and writes what is shown.
        let mut script = self.command("script", now);
        script.args(["-q", "-e", "-c", &format!("stty cols 100; {line}"), "/dev/null"]);
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut seen = Vec::new();
        for answer in answers {
            let answered = seen.len();
            while !asks(&seen[answered..]) {
                see_more(&mut screen, &mut seen).await;
            }
            let enter = if [CTRL_C, CTRL_D].contains(answer) { "" } else { "\r" };
            keys.write_all(format!("{answer}{enter}").as_bytes()).await.unwrap();
        }
        timeout(PATIENCE, screen.read_to_end(&mut seen)).await.unwrap().unwrap();
        let exit = child.wait().await.unwrap().code().unwrap_or(-1);
        let screen = String::from_utf8(seen).unwrap();
        (exit, screen.lines().map(|line| line.trim_end().to_owned() + "\n").collect())
    }

    /// A program that sees the world as one does at this desk.
    fn command(&self, program: &str, now: Timestamp) -> Command {
        let programs = binary("tokenadm").parent().unwrap().to_owned();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
            .env("HOME", "~")
            .env("TERM", "dumb")
            .env("LC_ALL", self.locale)
            .env("LD_PRELOAD", clock())
            .env("TOKENFLEET_TEST_TIME", now.timestamp().to_string())
            .current_dir(self.folder.path());
        command
    }
}

/// Whether the last line on a screen is a question that waits.
fn asks(screen: &[u8]) -> bool {
    screen.ends_with(b": ")
}

async fn see_more(screen: &mut ChildStdout, seen: &mut Vec<u8>) {
    let read = timeout(PATIENCE, screen.read_buf(seen)).await;
    let read = read.unwrap_or_else(|_| panic!("it asks nothing: {}", String::from_utf8_lossy(seen))).unwrap();
    assert!(read > 0, "it ended without asking: {}", String::from_utf8_lossy(seen));
}

/// Runs a command and sees what it writes in the order in which it does: two senders, one receiver.
async fn observed(mut command: Command) -> (Ran, Vec<Piece>) {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let receiver = tokio::net::UnixDatagram::bind(at("receiver")).unwrap();
    let sender = |name: &str| {
        let sender = UnixDatagram::bind(at(name)).unwrap();
        sender.connect(at("receiver")).unwrap();
        Stdio::from(OwnedFd::from(sender))
    };
    let mut child = command.stdin(Stdio::null()).stdout(sender("data")).stderr(sender("talk")).spawn().unwrap();
    let full_stop = tokio::net::UnixDatagram::bind(at("end")).unwrap();
    let run = async {
        let ended = child.wait().await.unwrap();
        full_stop.send_to(b".", at("receiver")).await.unwrap();
        ended
    };
    let (ended, written) = timeout(PATIENCE, async { tokio::join!(run, heard(&receiver)) }).await.unwrap();
    let all = |talk: bool| text(written.iter().filter(|(is_talk, _)| *is_talk == talk));
    let ran = Ran { exit: ended.code().unwrap_or(-1), stdout: all(false), stderr: all(true) };
    // A character may stand in two writes, so neighbours of one stream go together.
    let pieces = written.chunk_by(|(one, _), (other, _)| one == other);
    (ran, pieces.map(|piece| Piece { is_talk: piece[0].0, text: text(piece.iter()) }).collect())
}

/// All that is written until the end is: whether it is talk, and what.
async fn heard(receiver: &tokio::net::UnixDatagram) -> Vec<(bool, Vec<u8>)> {
    let mut written = Vec::new();
    let mut buffer = vec![0; PIECE_MAX];
    loop {
        let (length, from) = receiver.recv_from(&mut buffer).await.unwrap();
        let from = from.as_pathname().and_then(Path::file_name).unwrap();
        if from == "end" {
            return written;
        }
        written.push((from == "talk", buffer[..length].to_vec()));
    }
}

fn text<'a>(written: impl Iterator<Item = &'a (bool, Vec<u8>)>) -> String {
    String::from_utf8(written.flat_map(|(_, bytes)| bytes.clone()).collect()).unwrap()
}

/// The library that gives programs another time of day, made from clock.c.
fn clock() -> &'static Path {
    static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = LIBRARY.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/transcript/clock.c");
        let library = place.path().join("clock.so");
        let mut compiler = std::process::Command::new("cc");
        let made = compiler.args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status().unwrap();
        assert!(made.success(), "clock.c can't be compiled");
        (place, library)
    });
    library
}
