//! T-01: `kill -9` at random moments under load.

use std::path::Path;

use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;
use crate::victim::{Fault, Victim, Weak, at_a_random_moment, repeat};

/// Answers before the kill.
const ANSWERS: std::ops::Range<usize> = 100..200;
/// How often a server that answers too early is killed at most until that is found.
const CONTROLS: usize = 60;

struct Kill;

impl Fault for Kill {
    async fn fleet(&mut self, program: &Path) -> Victim {
        Victim::new(tempfile::tempdir().unwrap(), program, &[]).await
    }

    async fn strike(&mut self, victim: &mut Victim, random: &mut Random) -> Result<(), Weak> {
        let (answers, mut moment) = (random.within(ANSWERS), random.branch());
        let fault = async || {
            at_a_random_moment(&mut moment).await;
            victim.daemon.signal("KILL");
        };
        let load = victim.load(answers, random, fault).await;
        victim.daemon.kill_if_running();
        load
    }
}

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    let mut random = run.random("kill");
    repeat(&mut Kill, &run.server, run.sizes.kills, &mut random, outcome).await;
    let mut control = Outcome::until_found();
    repeat(&mut Kill, &run.with_bug("early"), CONTROLS, &mut random, &mut control).await;
    outcome.control("a server that answers before its commit", &control);
}
