//! What is asked of this program: how much of which tests, from which seed, and with which servers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokenfleet_domain::ports::Clock;
use tokenfleet_tests::command::binary;
use tokenfleetd::os::SystemClock;

use crate::random::Random;

/// How to call it.
pub(crate) const USAGE: &str = "usage: tests/faults [--smoke | --long] [--seed N] [--soak MINUTES] [--ledger] [T-NN...]

  --smoke         a little of each, for tests/run
  --long          as much as before a release; takes hours
  --seed N        does again what a run with this seed did
  --soak MINUTES  how long T-25 lasts
  --ledger        appends what came of it to docs/verification.md
  T-NN            only these tests

Seeds of runs that failed are kept in tests/havoc/seeds, and are tried first, but for a smoke.";

/// How often each test does what it does.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    /// The form's name.
    pub(crate) name: &'static str,
    /// T-01.
    pub(crate) kills: usize,
    /// T-02.
    pub(crate) cuts: usize,
    /// T-03.
    pub(crate) io_faults: usize,
    /// T-03b.
    pub(crate) full_disks: usize,
    /// T-04.
    pub(crate) races: usize,
    /// T-05.
    pub(crate) guesses: usize,
    /// T-06.
    pub(crate) hang_ups: usize,
    /// T-15.
    pub(crate) clock_steps: usize,
    /// T-17, each of its halves.
    pub(crate) overload: Duration,
    /// T-18.
    pub(crate) histories: usize,
    /// T-23.
    pub(crate) vectors: usize,
    /// T-25.
    pub(crate) soak: Duration,
}

const SMOKE: Sizes = Sizes {
    name: "smoke",
    kills: 30,
    cuts: 10,
    io_faults: 8,
    full_disks: 2,
    races: 200,
    guesses: 500,
    hang_ups: 75,
    clock_steps: 60,
    overload: Duration::from_secs(3),
    histories: 5,
    vectors: 10_000,
    soak: Duration::from_secs(6),
};

const SHORT: Sizes = Sizes {
    name: "short",
    kills: 200,
    cuts: 40,
    io_faults: 40,
    full_disks: 5,
    races: 1_000,
    guesses: 5_000,
    hang_ups: 300,
    clock_steps: 1_000,
    overload: Duration::from_secs(10),
    histories: 100,
    vectors: 100_000,
    soak: Duration::from_mins(1),
};

const LONG: Sizes = Sizes {
    name: "long",
    kills: 1_000,
    cuts: 300,
    io_faults: 400,
    full_disks: 20,
    races: 10_000,
    guesses: 5_000,
    hang_ups: 1_000,
    clock_steps: 10_000,
    overload: Duration::from_mins(5),
    histories: 1_000,
    vectors: 1_000_000,
    soak: Duration::from_hours(2),
};

/// A run of this program.
pub(crate) struct Run {
    /// How much.
    pub(crate) sizes: Sizes,
    /// From where all its chance comes.
    pub(crate) seed: u64,
    /// The server that is tested.
    pub(crate) server: PathBuf,
    /// Whether what came of it goes into the ledger.
    pub(crate) ledger: bool,
    only: Vec<String>,
    bugs: TempDir,
}

impl Run {
    /// Reads the arguments; None where they are none.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Option<Self> {
        let (mut sizes, mut seed, mut soak, mut ledger, mut only) = (SHORT, None, None, false, Vec::new());
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--smoke" => sizes = SMOKE,
                "--long" => sizes = LONG,
                "--ledger" => ledger = true,
                "--seed" => seed = Some(words.next()?.parse().ok()?),
                "--soak" => soak = Some(Duration::from_mins(words.next()?.parse().ok()?)),
                // What cargo says to every benchmark.
                "--bench" => {}
                name if name.starts_with("T-") => only.push(word),
                _ => return None,
            }
        }
        sizes.soak = soak.unwrap_or(sizes.soak);
        let seed = seed.unwrap_or_else(|| SystemClock.now().timestamp().unsigned_abs());
        let bugs = tempfile::tempdir().unwrap();
        Some(Self { sizes, seed, server: binary("tokenfleetd"), ledger, only, bugs })
    }

    /// The same as a smoke with another seed, to try a failure of the past again.
    pub(crate) fn again(&self, seed: u64) -> Self {
        let bugs = tempfile::tempdir().unwrap();
        Self { sizes: SMOKE, seed, server: self.server.clone(), ledger: false, only: Vec::new(), bugs }
    }

    /// Whether this is the one for every build.
    pub(crate) fn is_smoke(&self) -> bool {
        self.sizes.name == SMOKE.name
    }

    /// Whether a test was asked for.
    pub(crate) fn wants(&self, test: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == test)
    }

    /// The chance of one test.
    pub(crate) fn random(&self, test: &str) -> Random {
        Random::of(self.seed, test)
    }

    /// A server with a fault on purpose.
    pub(crate) fn with_bug(&self, bug: &str) -> PathBuf {
        let program = self.server.with_file_name("tokenfleetd-with-bugs");
        assert!(program.exists(), "{} is not there; tests/faults builds it", program.display());
        let script = self.bugs.path().join(bug);
        fs::write(&script, format!("#!/bin/sh\nTOKENFLEET_BUG={bug} exec '{}' \"$@\"\n", program.display())).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        script
    }
}
