//! The real `tokenfleetd`, as a process of its own with the real clock: to be killed, starved and told to stop.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::caller::{Caller, write_profile};
use crate::command::{binary, tokenfleetd};
use crate::database::Database;

/// How long anything may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A fleet whose server is a process.
pub struct Daemon {
    folder: TempDir,
    child: Option<Child>,
    program: PathBuf,
    log: Receiver<String>,
    /// Every line of the log that was read.
    pub logged: String,
}

impl Daemon {
    /// Makes a fleet with `tokenfleetd init` and serves it.
    pub fn start() -> Self {
        let mut daemon = Self::make();
        daemon.resume();
        daemon
    }

    /// Makes a fleet and does not serve it yet.
    pub fn make() -> Self {
        Self::make_in(tempfile::tempdir().unwrap(), binary("tokenfleetd"))
    }

    /// The same in a folder that is given, on a disk that is to fail, and for a build of `tokenfleetd` that is given.
    pub fn make_in(folder: TempDir, program: PathBuf) -> Self {
        let data: OsString = folder.path().join("fleet").into();
        let init = ["init".into(), "--data-dir".into(), data, "--listen".into(), "127.0.0.1:0".into()];
        let made = tokenfleetd::<OsString>(&init);
        assert_eq!(made.exit, 0, "{made:?}");
        Self { folder, child: None, program, log: channel().1, logged: String::new() }
    }

    /// Serves it, and waits until it does.
    pub fn resume(&mut self) {
        self.resume_under(&[]);
    }

    /// Serves it under another command, such as one that limits what it may write.
    pub fn resume_under(&mut self, wrapper: &[&str]) {
        self.try_resume_under(wrapper).unwrap_or_else(|log| panic!("it never served:\n{log}"));
    }

    /// The same, or the log of one that did not come to serve.
    pub fn try_resume_under(&mut self, wrapper: &[&str]) -> Result<(), String> {
        let port_file = self.path("port");
        drop(fs::remove_file(&port_file));
        let mut words: Vec<OsString> = wrapper.iter().map(OsString::from).collect();
        words.push(self.program.clone().into());
        words.extend(["run".into(), "--config".into(), self.path("tokenfleetd.toml").into()]);
        words.extend(["--port-file".into(), port_file.clone().into()]);
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        (self.child, self.log) = (Some(child), log);
        self.try_wait_for_log("serving")?;
        let port: u16 = fs::read_to_string(&port_file).unwrap().trim().parse().unwrap();
        write_profile(&self.path("profiles/admin"), SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Ok(())
    }

    /// The first operator, with the roles admin, stock and desk.
    pub fn admin(&self) -> Caller {
        Caller::of_profile(&self.path("profiles/admin"))
    }

    /// Waits for a line of the log with this message.
    pub fn wait_for_log(&mut self, message: &str) -> Value {
        self.try_wait_for_log(message).unwrap_or_else(|log| panic!("the log never said {message:?}:\n{log}"))
    }

    fn try_wait_for_log(&mut self, message: &str) -> Result<Value, String> {
        loop {
            let Ok(line) = self.log.recv_timeout(PATIENCE) else { return Err(self.logged.clone()) };
            self.logged.push_str(&line);
            self.logged.push('\n');
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry.is_null() {
                return Err(format!("no JSON: {line}"));
            }
            if entry["message"] == message {
                return Ok(entry);
            }
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Waits until the process has ended, and reads its log to the end.
    pub fn wait(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.logged.push_str(&line);
            self.logged.push('\n');
        }
        child.wait().unwrap()
    }

    /// Tells it to stop, and checks that it did so in good order.
    pub fn stop(&mut self) {
        self.signal("TERM");
        assert!(self.wait().success(), "{}", self.logged);
    }

    /// Kills it where it stands.
    pub fn kill(&mut self) {
        self.signal("KILL");
        assert_eq!(self.wait().signal(), Some(9));
    }

    /// Kills it, if it has not ended by itself.
    pub fn kill_if_running(&mut self) {
        drop(self.child.as_mut().unwrap().kill());
        self.wait();
    }

    /// A file of the fleet's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("fleet").join(name)
    }

    /// The folder of the fleet.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database, behind the server's back.
    pub fn database(&self) -> Database {
        Database::open(&self.path("tokenfleet.db"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
