//! From the start of the process to the first answer, and what one command of `tokenadm` costs.

use std::time::{Duration, Instant};

use tokenfleet_tests::{Caller, Daemon};

use crate::callers::Relying;
use crate::driver::one_by_one;
use crate::figures::Figures;
use crate::fleet::LENT;
use crate::process::resident;
use crate::signins::SignIns;
use crate::times::Times;
use crate::tokens::{Dice, serial};

const WHY: &str = "A start is timed from the process to its word that it serves: keys are unwrapped, the schema is looked at, rows that a broken \
import left are looked for; nothing grows with the fleet. After a `kill -9` under load, SQLite reads its log once more. A \
command of `tokenadm` is a process: it reads its profile, connects over mutual TLS, asks, and prints; the limit is a connection \
and the same call by a process that runs already.";

const STARTS: usize = 3;
const LOAD: Duration = Duration::from_secs(3);
const IN_FLIGHT: usize = 64;
const COMMANDS: usize = 30;

/// Measures a fleet that is served, and serves it again.
pub(crate) async fn measure(daemon: &mut Daemon, tokens: usize, figures: &mut Figures) {
    figures.chapter("Start, and one command", WHY);
    Relying::join(daemon).await;
    let mut clean = Vec::new();
    for _ in 0..STARTS {
        daemon.stop();
        clean.push(start(daemon));
    }
    figures.at_most(&format!("start after a clean stop, {tokens} tokens, s"), seconds(clean), 1.0, 1.0);
    figures.at_most("resident memory after a start, MiB", resident(daemon), 100.0, 1.0);
    let mut crashed = Vec::new();
    for _ in 0..STARTS {
        SignIns::of(Relying::join_again(daemon).await, tokens).in_flight(IN_FLIGHT, LOAD).await;
        daemon.kill();
        crashed.push(start(daemon));
    }
    figures.at_most(&format!("start after kill -9 under load, {tokens} tokens, s"), seconds(crashed), 5.0, 1.0);
    figures.at_most("resident memory after that start, MiB", resident(daemon), 100.0, 1.0);
    command(&daemon.admin(), tokens, figures).await;
}

fn start(daemon: &mut Daemon) -> Duration {
    let started = Instant::now();
    daemon.resume();
    started.elapsed()
}

fn seconds(starts: Vec<Duration>) -> f64 {
    Times::new(starts).median() / 1_000.0
}

async fn command(admin: &Caller, tokens: usize, figures: &mut Figures) {
    let mut dice = Dice::new(5);
    let mut any = move || serial(LENT, dice.below(tokens));
    let commands: Vec<_> = (0..COMMANDS).map(|_| any()).collect();
    let whole = one_by_one(COMMANDS, |call| {
        let serial = &commands[call];
        async move { admin.done(&["show", serial]).await }
    })
    .await;
    let bare = one_by_one(COMMANDS, |call| {
        let serial = &commands[call];
        async move { admin.on_another_connection().token(serial).await.unwrap() }
    })
    .await;
    figures.at_most("tokenadm show, whole process, median, ms", whole.median(), bare.median(), 3.0);
}
