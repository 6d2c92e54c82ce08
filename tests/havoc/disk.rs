//! T-03: the N-th write or flush of the server fails, once, as on a disk that is going. `strace` makes it fail, in the real
//! server. What it was told of the flush of a commit is all that a server ever learns, so it stops; and what it had told
//! its callers is there when it starts again.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;
use crate::victim::{Fault, Victim, Weak, repeat};

/// What fails, and in which of its calls; counted by thread, and the writer is one.
const CALLS: [(&str, std::ops::Range<usize>); 3] = [("fsync", 5..60), ("pwrite64", 5..300), ("pread64", 2..40)];
/// Answers after which a fault that never came is void.
const ANSWERS: usize = 400;
/// In so many faults a server that answers too early must lose something.
const CONTROLS: usize = 40;

#[derive(Default)]
struct BadDisk {
    /// How often the server has stopped by itself.
    stops: usize,
}

impl Fault for BadDisk {
    async fn fleet(&mut self, program: &Path) -> Victim {
        Victim::new(tempfile::tempdir().unwrap(), program, &[]).await
    }

    async fn strike(&mut self, victim: &mut Victim, random: &mut Random) -> Result<(), Weak> {
        let (call, range) = CALLS[random.below(CALLS.len())].clone();
        let inject = format!("inject={call}:error=EIO:when={}", random.within(range));
        victim.daemon.stop();
        let database = victim.daemon.path("tokenfleet.db");
        let log = victim.daemon.path("tokenfleet.db-wal");
        let trace = tempfile::NamedTempFile::new().unwrap();
        let [database, log, trace_file] = [&database, &log, trace.path()].map(|path| path.to_str().unwrap());
        let strace = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", trace_file, "-e", &inject];
        let what = format!("trace={call}");
        // Where it meets the fault before it serves, it says so and ends.
        let went_on = match victim.resume(&[&strace[..], &["-e", &what, "-P", database, "-P", log]].concat()) {
            Ok(_) => victim.load(ANSWERS, random, async || victim.load.log.stop(true)).await,
            Err(_) => Err(Weak::Unanswered),
        };
        self.stops += usize::from(matches!(went_on, Err(Weak::Unanswered)));
        victim.daemon.kill_if_running();
        let traced = std::fs::read_to_string(trace.path()).unwrap();
        traced.contains("(INJECTED)").then_some(()).ok_or(Weak::NoFault)
    }
}

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    if let Err(why) = strace_works() {
        outcome.not_run = Some(why);
        return;
    }
    let mut random = run.random("disk");
    let mut disk = BadDisk::default();
    repeat(&mut disk, &run.server, run.sizes.io_faults, &mut random, outcome).await;
    outcome.remark(format!("{} times the server stopped; else it refused what failed, and went on", disk.stops));
    let mut control = Outcome::until_found();
    repeat(&mut disk, &run.with_bug("early"), CONTROLS, &mut random, &mut control).await;
    outcome.control("a server that answers before its commit", &control);
}

fn strace_works() -> Result<(), String> {
    let tried = Command::new("strace")
        .args(["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync", "true"])
        .stdin(Stdio::null())
        .output();
    match tried {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(format!("strace: {}", String::from_utf8_lossy(&ran.stderr).trim())),
        Err(why) => Err(format!("strace: {why}")),
    }
}
