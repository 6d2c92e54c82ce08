//! A fleet that faults are done to, one after another: load, fault, start again, check.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokenfleet_tests::Daemon;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::invariants;
use crate::load::Load;
use crate::outcome::Outcome;
use crate::random::Random;

/// After so many faults a new fleet takes over: what is checked after each grows with the record.
const FAULTS_OF_A_FLEET: usize = 20;
/// A fault counts only if so many answers a second came before it.
const LEAST_RATE: f64 = 100.0;
/// How soon the server must serve again, by I12.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(5);

/// The fleet.
pub(crate) struct Victim {
    /// Its server.
    pub(crate) daemon: Daemon,
    /// Its tokens, and what was done to them.
    pub(crate) load: Arc<Load>,
    /// Where the log lies: on no disk that fails.
    _log: TempDir,
}

impl Victim {
    /// Makes a fleet in a folder, served by this program under this wrapper, and lends its tokens.
    pub(crate) async fn new(folder: TempDir, program: &Path, wrapper: &[&str]) -> Self {
        let mut daemon = Daemon::make_in(folder, program.to_owned());
        raise_limits(&daemon.path("tokenfleetd.toml"));
        daemon.resume_under(wrapper);
        let log = tempfile::tempdir().unwrap();
        let load = Load::begin(&daemon, log.path()).await;
        Self { daemon, load, _log: log }
    }

    /// Loads the server until so many answers more came, and has a fault happen; whether that was load enough.
    pub(crate) async fn load(
        &self,
        answers: usize,
        random: &mut Random,
        fault: impl AsyncFnOnce(),
    ) -> Result<(), Weak> {
        let mut clients = self.load.start(&self.daemon, random);
        // Connections take their time; what counts is the pace of the answers.
        self.load.log.answers(1).await;
        let begun = Instant::now();
        let came = tokio::select! {
            came = self.load.log.answers(answers) => came,
            () = end(&mut clients) => false,
        };
        let rate = rate(answers, begun.elapsed());
        fault().await;
        // The first client that learns nothing more is the sign; the others end with what they are doing.
        clients.join_next().await;
        self.load.log.stop(true);
        end(&mut clients).await;
        match came {
            true if rate >= LEAST_RATE => Ok(()),
            true => Err(Weak::Slow(rate)),
            false => Err(Weak::Unanswered),
        }
    }

    /// Starts the server again; how long it took, or the log of one that did not come to serve.
    pub(crate) fn resume(&mut self, wrapper: &[&str]) -> Result<Duration, String> {
        let begun = Instant::now();
        self.daemon.try_resume_under(wrapper).map(|()| begun.elapsed())
    }
}

async fn end(clients: &mut JoinSet<()>) {
    while clients.join_next().await.is_some() {}
}

/// Why a load was none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weak {
    /// Only so many answers a second.
    Slow(f64),
    /// They stopped coming.
    Unanswered,
    /// What was to happen did not.
    NoFault,
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(rate) => write!(f, "{rate:.0} answers/s before the fault"),
            Self::Unanswered => f.write_str("the clients were not answered"),
            Self::NoFault => f.write_str("the fault did not happen"),
        }
    }
}

/// A kind of fault: what it is done to, and how.
pub(crate) trait Fault {
    /// A fleet to do it to.
    async fn fleet(&mut self, program: &Path) -> Victim;

    /// Loads the fleet, does it, and has the server down at the end; or why the load was none.
    async fn strike(&mut self, victim: &mut Victim, random: &mut Random) -> Result<(), Weak>;
}

/// Does a fault so often, and checks what must hold after each. Void ones are done again, but not for ever.
pub(crate) async fn repeat(
    fault: &mut impl Fault,
    program: &Path,
    times: usize,
    random: &mut Random,
    outcome: &mut Outcome,
) {
    let mut slowest = Duration::ZERO;
    let mut victim = None;
    for attempt in 0..2 * times {
        if outcome.n >= times {
            break;
        }
        if attempt % FAULTS_OF_A_FLEET == 0 {
            part(victim.take(), outcome).await;
        }
        let fleet = match victim.take() {
            Some(fleet) => fleet,
            None => fault.fleet(program).await,
        };
        match strike(fault, fleet, random, outcome).await {
            Some((ready, fleet)) => {
                slowest = slowest.max(ready);
                victim = Some(fleet);
            }
            None if outcome.is_broken_enough() => return,
            None => {}
        }
    }
    part(victim, outcome).await;
    outcome.remark(format!("ready again within {} ms", slowest.as_millis()));
}

/// One fault; the fleet after it, unless something is broken in it.
async fn strike(
    fault: &mut impl Fault,
    mut fleet: Victim,
    random: &mut Random,
    outcome: &mut Outcome,
) -> Option<(Duration, Victim)> {
    let load = fault.strike(&mut fleet, random).await;
    let ready = match fleet.resume(&[]) {
        Ok(ready) => ready,
        Err(log) => {
            outcome.fail(format!("the server did not start again:\n{log}"));
            return None;
        }
    };
    let breaches = invariants::breaches(&fleet.daemon, &fleet.load).await;
    let sound = breaches.is_empty();
    match load {
        Err(why) if sound => outcome.void(why),
        Ok(()) | Err(_) => outcome.n += 1,
    }
    outcome.fail_all(breaches);
    if ready > READY_WITHIN {
        outcome.fail(format!("I12: ready again only after {} ms", ready.as_millis()));
    }
    sound.then_some((ready, fleet))
}

async fn part(fleet: Option<Victim>, outcome: &mut Outcome) {
    let Some(mut fleet) = fleet else { return };
    let breaches = invariants::farewell(&fleet.daemon, &fleet.load).await;
    outcome.fail_all(breaches);
    fleet.daemon.kill_if_running();
}

/// Waits for a moment that has nothing to do with what the server is at, or, every second time, for none: just after an
/// answer one that answers too early is caught. Nothing depends on how long it is.
pub(crate) async fn at_a_random_moment(random: &mut Random) {
    if random.below(2) == 0 {
        return;
    }
    sleep(Duration::from_micros(random.below(20_000) as u64)).await;
}

/// Lets one operator do as much in an hour as a load takes.
pub(crate) fn raise_limits(config: &PathBuf) {
    let text = fs::read_to_string(config).unwrap();
    let raised = text.lines().map(|line| match line.split_once("_per_hour = ") {
        Some((limit, _)) => format!("{limit}_per_hour = 1000000\n"),
        None => format!("{line}\n"),
    });
    fs::write(config, raised.collect::<String>()).unwrap();
}

/// So many in so long, a second.
pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
}
