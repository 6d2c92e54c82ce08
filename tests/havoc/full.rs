//! T-03b: the disk fills up under load. Nothing is accepted that can't be recorded, nothing that was told is lost, and when
//! there is room again the server goes on by itself.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use crate::image::Image;
use crate::invariants;
use crate::load::CLIENTS;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;
use crate::victim::{Victim, Weak};

/// The disk: room for a fleet and its load, and soon full.
const SIZE: &str = "48m";
/// Answers before it is full, and after there is room again.
const ANSWERS: std::ops::Range<usize> = 100..200;
/// In so many full disks a server that answers too early must lose something.
const CONTROLS: usize = 10;
/// How long a server is given to refuse something when it can write nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    if let Err(why) = Image::memory(SIZE) {
        outcome.not_run = Some(format!("no small disk can be mounted here: {why}"));
        return;
    }
    let mut random = run.random("full");
    fill_up(&run.server, run.sizes.full_disks, &mut random, outcome).await;
    let mut control = Outcome::until_found();
    fill_up(&run.with_bug("early"), CONTROLS, &mut random, &mut control).await;
    outcome.control("a server that answers before its commit", &control);
}

/// Fills a disk so often, a fleet each.
async fn fill_up(program: &Path, times: usize, random: &mut Random, outcome: &mut Outcome) {
    for _ in 0..times {
        let image = Image::memory(SIZE).unwrap();
        let mut victim = Victim::new(image.place(), program, &[]).await;
        let ballast = image.root().join("ballast");
        let full = async || fill(&victim.load.log, &ballast).await;
        let answers = random.within(ANSWERS);
        match victim.load(answers, random, full).await {
            Ok(()) => outcome.n += 1,
            Err(why) => outcome.void(why),
        }
        if victim.load.log.undone() == 0 {
            outcome.fail("nothing was refused on a full disk".to_owned());
        }
        fs::remove_file(&ballast).unwrap();
        // With room again the same server takes deeds again.
        let again = victim.load(random.within(ANSWERS), random, async || victim.load.log.stop(true));
        if let Err(why @ (Weak::Unanswered | Weak::NoFault)) = again.await {
            outcome.fail(format!("with room again it did not go on: {why}"));
        }
        let breaches = invariants::farewell(&victim.daemon, &victim.load).await;
        outcome.fail_all(breaches);
        victim.daemon.kill_if_running();
        if outcome.is_broken_enough() {
            return;
        }
    }
}

/// Takes all the room there is, waits until deeds are refused for want of it, and ends the load.
async fn fill(log: &Log, ballast: &Path) {
    // The file system says itself where it ends.
    drop(fs::write(ballast, vec![0; 64 << 20]));
    drop(timeout(PATIENCE, log.refusals(CLIENTS)).await);
    log.stop(true);
}
