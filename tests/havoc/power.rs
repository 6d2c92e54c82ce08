//! T-02: the power goes. An XFS file system is shut down under the running server, so that only what had reached the disk
//! is there afterwards. (ext4's shutdown loses what it should not, so it would not tell anything.)

use std::path::Path;

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
            self.image.cut();
            victim.daemon.signal("KILL");
        };
        let load = victim.load(answers, random, fault).await;
        victim.daemon.kill_if_running();
        self.image.power_on();
        load
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
