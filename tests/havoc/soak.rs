//! T-25: the mixed load for a stated time. Memory, open files, the log of changes and answering times stay level.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use tokenfleet_tests::Daemon;
use tokio::time::interval;

use crate::invariants;
use crate::outcome::Outcome;
use crate::overload::resident;
use crate::run::Run;
use crate::victim::{Victim, rate};

/// How many looks are taken, at even times.
const LOOKS: u32 = 12;
/// From which look on things are warm.
const WARM: usize = 4;
/// What may be more at the end than when it was warm: memory in MiB, open files; and the longest log of changes in MiB.
const MEMORY: f64 = 32.0;
const FILES: f64 = 4.0;
const LOG: f64 = 80.0;
/// How much slower the slow answers may be at the end, where a run is long enough to tell.
const SLOWER: f64 = 1.1;
const LONG_ENOUGH: Duration = Duration::from_hours(1);

/// One look.
#[derive(Debug, Clone, Copy)]
struct Look {
    memory: f64,
    files: f64,
    log: f64,
    p99: f64,
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, files, log, p99 } = self;
        write!(f, "{memory:.0} MiB, {files} files, {log:.0} MiB of log, p99 {p99:.0} ms")
    }
}

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    let (mut random, time) = (run.random("soak"), run.sizes.soak);
    let mut victim = Victim::new(tempfile::tempdir().unwrap(), &run.server, &[]).await;
    let (begun, before) = (Instant::now(), victim.load.log.count());
    let mut clients = victim.load.start(&victim.daemon, &mut random);
    let mut looks = Vec::new();
    let mut ticks = interval(time / LOOKS);
    ticks.tick().await;
    for _ in 0..LOOKS {
        ticks.tick().await;
        looks.push(look(&victim));
    }
    victim.load.log.stop(true);
    while clients.join_next().await.is_some() {}
    outcome.n = victim.load.log.count() - before;
    let a_second = rate(outcome.n, begun.elapsed());
    outcome.fail_all(invariants::farewell(&victim.daemon, &victim.load).await);
    outcome.fail_all(judge(&looks, time));
    let (warm, last) = (looks[WARM], looks[looks.len() - 1]);
    outcome.remark(format!("{} s, {a_second:.0} answers/s; warm: {warm}; at the end: {last}", time.as_secs()));
    let leak = Look { memory: warm.memory + 2.0 * MEMORY, files: warm.files + 10.0, ..last };
    outcome.checked("a leak in the figures", !judge(&[&looks[..], &[leak]].concat(), time).is_empty());
    victim.daemon.stop();
}

fn look(victim: &Victim) -> Look {
    let mut times = victim.load.log.take_times();
    times.sort();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    let log = fs::metadata(victim.daemon.path("tokenfleet.db-wal")).map_or(0, |file| file.len());
    Look {
        memory: resident(&victim.daemon),
        files: open_files(&victim.daemon),
        log: f64::from(u32::try_from(log >> 10).unwrap()) / 1024.0,
        p99: p99.as_secs_f64() * 1_000.0,
    }
}

fn open_files(daemon: &Daemon) -> f64 {
    let count = fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap().count();
    f64::from(u32::try_from(count).unwrap())
}

fn judge(looks: &[Look], time: Duration) -> Vec<String> {
    let (warm, last) = (looks[WARM], looks[looks.len() - 1]);
    let mut failures = Vec::new();
    if last.memory > warm.memory + MEMORY {
        failures.push(format!("memory went from {:.0} to {:.0} MiB", warm.memory, last.memory));
    }
    if last.files > warm.files + FILES {
        failures.push(format!("open files went from {} to {}", warm.files, last.files));
    }
    if let Some(longest) = looks.iter().map(|look| look.log).find(|log| *log > LOG) {
        failures.push(format!("the log of changes grew to {longest:.0} MiB"));
    }
    if time >= LONG_ENOUGH && last.p99 > warm.p99 * SLOWER {
        failures.push(format!("p99 went from {:.1} to {:.1} ms", warm.p99, last.p99));
    }
    failures
}
