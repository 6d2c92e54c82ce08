//! Crash, fault and load: what security.md asks of the real server, with real faults, and after each of them a look at
//! everything that must still hold. Every test shows too that it finds a fault that was built in on purpose.
//!
//! `tests/faults` builds and runs it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test program stops where something is not as it should be, and says what it found"
)]

mod clock;
mod deed;
mod disk;
mod full;
mod guess;
mod history;
mod image;
mod invariants;
mod kill;
mod ledger;
mod linear;
mod load;
mod log;
mod outcome;
mod overload;
mod power;
mod race;
mod random;
mod run;
mod seeds;
mod soak;
mod vectors;
mod victim;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use outcome::Outcome;
use run::{Run, USAGE};
use tokio::runtime::Runtime;

/// A test: its number, what it does, and its code.
type Test = (&'static str, &'static str, fn(&Runtime, &Run, &mut Outcome));

/// Every test.
const TESTS: &[Test] = &[
    ("T-01", "kill -9 under load", |runtime, run, outcome| runtime.block_on(kill::run(run, outcome))),
    ("T-02", "power cuts on XFS", |runtime, run, outcome| runtime.block_on(power::run(run, outcome))),
    ("T-03", "the N-th I/O fails", |runtime, run, outcome| runtime.block_on(disk::run(run, outcome))),
    ("T-03b", "a full disk", |runtime, run, outcome| runtime.block_on(full::run(run, outcome))),
    ("T-04", "double spending by 64 clients", |runtime, run, outcome| runtime.block_on(race::run(run, outcome))),
    ("T-05", "guessing in parallel", |runtime, run, outcome| runtime.block_on(guess::at_once(run, outcome))),
    ("T-06", "guessing and hanging up", |runtime, run, outcome| runtime.block_on(guess::hanging_up(run, outcome))),
    ("T-15", "the clock is set", |runtime, run, outcome| runtime.block_on(clock::run(run, outcome))),
    ("T-17", "four times overload", |runtime, run, outcome| runtime.block_on(overload::run(run, outcome))),
    ("T-18", "linearizable histories", |runtime, run, outcome| runtime.block_on(history::run(run, outcome))),
    ("T-23", "codes against oathtool", |_, run, outcome| vectors::run(run, outcome)),
    ("T-25", "soak", |runtime, run, outcome| runtime.block_on(soak::run(run, outcome))),
];

fn main() -> ExitCode {
    let Some(run) = Run::read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    println!("seed {} ({})", run.seed, run.sizes.name);
    let runtime = Runtime::new().unwrap();
    let mut outcomes = Vec::new();
    for test in TESTS.iter().filter(|(name, ..)| run.wants(name)) {
        let outcome = with_kept_seeds(&runtime, &run, test);
        print!("{outcome}");
        if run.ledger {
            ledger::append(&run, &outcome);
        }
        outcomes.push(outcome);
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    let failed = outcomes.iter().filter(|outcome| outcome.not_run.is_none()).count() - passed;
    println!("faults: {passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

/// Runs a test, after a smoke of it with every seed that it once failed with.
fn with_kept_seeds(runtime: &Runtime, run: &Run, test: &Test) -> Outcome {
    let (name, ..) = test;
    let kept = if run.is_smoke() { Vec::new() } else { seeds::of(name) };
    let again: Vec<_> = kept.into_iter().map(|seed| (seed, one(runtime, &run.again(seed), test))).collect();
    let mut outcome = one(runtime, run, test);
    if outcome.failures > 0 {
        seeds::keep(name, run.seed);
    }
    for (seed, failed) in again.iter().flat_map(|(seed, run)| run.words().iter().map(move |words| (seed, words))) {
        outcome.fail(format!("with the seed {seed} again: {failed}"));
    }
    outcome
}

fn one(runtime: &Runtime, run: &Run, (name, title, code): &Test) -> Outcome {
    let mut outcome = Outcome::of(name, title);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| code(runtime, run, &mut outcome))) {
        outcome.fail(format!("it broke off: {}", words_of(&*panic)));
    }
    outcome
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "a panic".to_owned())
}
