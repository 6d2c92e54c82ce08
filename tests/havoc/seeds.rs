//! Seeds of runs that failed: `tests/havoc/seeds`, a test and a seed a line. Each is tried again before anything else.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use crate::ledger::repository;

/// The seeds with which a test failed.
pub(crate) fn of(test: &str) -> Vec<u64> {
    let kept = fs::read_to_string(file()).unwrap();
    let words = kept.lines().filter_map(|line| line.split_once(' '));
    words.filter(|(of, _)| *of == test).map(|(_, seed)| seed.parse().unwrap()).collect()
}

/// Keeps a seed with which a test failed.
pub(crate) fn keep(test: &str, seed: u64) {
    if !of(test).contains(&seed) {
        let mut kept = OpenOptions::new().append(true).open(file()).unwrap();
        writeln!(kept, "{test} {seed}").unwrap();
    }
}

fn file() -> PathBuf {
    repository().join("tests/havoc/seeds")
}
