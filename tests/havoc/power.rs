//! T-02: the power goes. An XFS file system is shut down under the running server, so that only what had reached the disk
//! is there afterwards. The server stands still at that moment, so the cut falls between its calls of the system and never
//! into one. (ext4's shutdown loses what it should not even so.)

use std::fs;
use std::path::Path;

use tokenfleet_tests::Daemon;

use crate::image::Image;
use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;
use crate::victim::{Fault, Victim, Weak, at_a_random_moment, repeat};

/// Answers before the cut.
const ANSWERS: std::ops::Range<usize> = 100..300;
/// In so many cuts a server that does not wait for the disk must lose something.
const CONTROLS: usize = 100;

/// The disk of the newest fleet.
struct Cut {
    image: Image,
}

impl Fault for Cut {
    async fn fleet(&mut self, program: &Path) -> Victim {
        self.image = Image::xfs().unwrap();
        let victim = Victim::new(self.image.place(), program, &[]).await;
        self.image.sync();
        victim
    }

    async fn strike(&mut self, victim: &mut Victim, random: &mut Random) -> Result<(), Weak> {
        let (answers, mut moment) = (random.within(ANSWERS), random.branch());
        let fault = async || {
            at_a_random_moment(&mut moment).await;
            stand_still(&victim.daemon);
            self.image.cut();
            victim.daemon.signal("KILL");
        };
        let load = victim.load(answers, random, fault).await;
        victim.daemon.kill_if_running();
        self.image.power_on();
        load
    }
}

/// Stops the server, and waits until none of its threads is in the kernel any more. XFS tells a flush that is under way
/// when it is shut down now and then that it succeeded: a bare loop of appending and flushing a file lost its last record
/// in 7 of 221 cuts, and in none where it stood still.
fn stand_still(daemon: &Daemon) {
    daemon.signal("STOP");
    let threads = format!("/proc/{}/task", daemon.id());
    let is_still = |status: &str| status.rsplit(") ").next().is_some_and(|state| state.starts_with(['T', 'Z', 'X']));
    let all_still = || {
        let mut threads = fs::read_dir(&threads).unwrap().map(|thread| thread.unwrap().path().join("stat"));
        threads.all(|thread| fs::read_to_string(thread).map_or(true, |status| is_still(&status)))
    };
    while !all_still() {
        std::thread::yield_now();
    }
}

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    let image = match Image::xfs() {
        Ok(image) => image,
        Err(why) => {
            outcome.not_run = Some(format!("no XFS file system can be mounted here: {why}"));
            return;
        }
    };
    let (mut cut, mut random) = (Cut { image }, run.random("power"));
    repeat(&mut cut, &run.server, run.sizes.cuts, &mut random, outcome).await;
    let mut control = Outcome::until_found();
    repeat(&mut cut, &run.with_bug("normal"), CONTROLS, &mut random, &mut control).await;
    outcome.control("synchronous=NORMAL", &control);
}
