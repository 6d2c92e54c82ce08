//! Transcripts: commands as people type them, each with what it answered, in a story that is test and document at once.
//!
//! A story has a fleet and a desk of its own, with one clock and randomness that is none, so what it shows is the same in
//! every run; `stand_ins` has the few exceptions. The server runs in this process; the shell, `tokenadm` and the terminal
//! are real.

mod desk;
mod stand_ins;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tokenfleet_domain::ports::Timestamp;

use crate::caller::Caller;
use crate::clock::TestClock;
use crate::command::Ran;
use crate::entropy::TestEntropy;
use crate::fleet::Fleet;
use desk::{Desk, Piece};
use stand_ins::StandIns;

pub use desk::{CTRL_C, CTRL_D};
pub use stand_ins::StandIn;

/// English and Japanese.
pub type Words = [&'static str; 2];

/// How a line of talk, on stderr, begins in a transcript.
const TALK: &str = "» ";
/// What is shown for the server's address.
const SERVER: &str = "otp.example:443";

/// Who reads the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who reads English.
    English,
    /// Somebody who reads Japanese.
    Japanese,
}

impl Reader {
    /// What they read.
    pub fn of(self, [english, japanese]: Words) -> &'static str {
        match self {
            Self::English => english,
            Self::Japanese => japanese,
        }
    }
}

/// A story in the making.
pub struct Story {
    /// Where it happens.
    pub fleet: Fleet,
    reader: Reader,
    desk: Desk,
    stand_ins: StandIns,
    text: String,
    in_block: bool,
}

impl Story {
    /// Begins at a moment, with a fleet and its first operator.
    pub async fn begin(reader: Reader, moment: Timestamp, admin: &str) -> Self {
        let fleet = Fleet::start_with(TestClock::at(moment), Arc::new(TestEntropy::default()), admin).await;
        let mut stand_ins = StandIns::default();
        stand_ins.add(&fleet.config.listen.to_string(), SERVER);
        let desk = Desk::new(reader.of(["C.UTF-8", "ja_JP.UTF-8"]));
        Self { fleet, reader, desk, stand_ins, text: String::new(), in_block: false }
    }

    /// Begins a chapter.
    pub fn chapter(&mut self, title: Words) {
        self.leave_block();
        write!(self.text, "\n## {}\n", self.reader.of(title)).unwrap();
    }

    /// Says something between commands.
    pub fn say(&mut self, words: Words) {
        self.leave_block();
        write!(self.text, "\n{}\n", self.reader.of(words)).unwrap();
    }

    /// Runs a line in the shell, which must do what it says.
    pub async fn done(&mut self, line: &str) -> Ran {
        self.run(0, line).await
    }

    /// Runs a line in the shell, which must end so.
    pub async fn run(&mut self, exit: i32, line: &str) -> Ran {
        self.run_and_learn(exit, line, |_| Vec::new()).await
    }

    /// Runs a line whose answer says itself what differs in it from run to run.
    pub async fn run_and_learn(&mut self, exit: i32, line: &str, learn: impl FnOnce(&Ran) -> Vec<StandIn>) -> Ran {
        let (ran, pieces) = self.desk.run(line, self.fleet.now()).await;
        assert_eq!(ran.exit, exit, "{line}: {ran:?}");
        let repeated =
            codes(line).find(|code| codes(&ran.stdout).chain(codes(&ran.stderr)).any(|other| other == *code));
        assert_eq!(repeated, None, "{line}: no code that was typed is said again: {ran:?}");
        let learned = learn(&ran);
        self.write_step(line, &as_shown(&pieces), exit, &learned);
        ran
    }

    /// Runs a line on a terminal and answers its questions, in their order.
    pub async fn run_on_terminal(&mut self, exit: i32, line: &str, answers: &[&str]) {
        let (ended, screen) = self.desk.run_on_terminal(line, answers, self.fleet.now()).await;
        assert_eq!(ended, exit, "{line}: {screen}");
        self.write_step(line, &screen, exit, &[]);
    }

    /// Writes a file to the desk, and shows nothing of it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Copies the profile of an operator to the desk.
    pub fn profile(&self, of: &Caller, name: &str) {
        for file in ["config.toml", "ca.pem", "cert.pem"] {
            self.file(&format!("{name}/{file}"), fs::read(of.folder.join(file)).unwrap());
        }
        let key = fs::read(of.folder.join("key.pem")).unwrap();
        tokenfleetd::os::write_private(&self.path(&format!("{name}/key.pem")), &key).unwrap();
    }

    /// A file of the desk, or a place for a new one.
    pub fn path(&self, name: &str) -> PathBuf {
        self.desk.path(name)
    }

    /// Lets so many seconds pass.
    pub fn later(&self, seconds: i64) {
        self.fleet.clock.advance(seconds);
    }

    /// From now on shows this in the place of a value that differs from run to run.
    pub fn stand_in(&mut self, value: &str, shown: &str) {
        self.stand_ins.add(value, shown);
    }

    /// All that was told since it was last taken.
    pub fn take(&mut self) -> String {
        self.leave_block();
        std::mem::take(&mut self.text)
    }

    fn write_step(&mut self, line: &str, answer: &str, exit: i32, learned: &[StandIn]) {
        self.text.push_str(if self.in_block { "\n" } else { "\n```console\n" });
        self.in_block = true;
        let [line, answer] = [line, answer].map(|text| self.stand_ins.tidy(text, learned));
        writeln!(self.text, "$ {}", line.replace('\n', "\n> ")).unwrap();
        self.text.push_str(&answer);
        if exit != 0 {
            writeln!(self.text, "(exit {exit})").unwrap();
        }
    }

    fn leave_block(&mut self) {
        if std::mem::take(&mut self.in_block) {
            self.text.push_str("```\n");
        }
    }
}

/// Words that may be codes.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What was written as a transcript shows it: talk is marked, line by line.
fn as_shown(pieces: &[Piece]) -> String {
    let mark = |piece: &Piece| if piece.is_talk { TALK } else { "" };
    let line = |piece: &Piece, text: &str| format!("{}{text}", mark(piece)).trim_end().to_owned() + "\n";
    pieces.iter().flat_map(|piece| piece.text.lines().map(move |text| line(piece, text))).collect()
}
