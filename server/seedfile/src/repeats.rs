//! Serials that stand in one file twice. Keeps 16 bytes a key, so that two million rows need less than 128 MiB.

use std::collections::{HashMap, HashSet, hash_map::Entry, hash_map::RandomState};
use std::hash::BuildHasher;

use crate::Key;

/// What the keys so far say about the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Its serial is new, or stood there with the same secret.
    No,
    /// Its serial stood there with another secret: neither row can be believed.
    First { line: u64 },
    /// Its serial was found to be repeated before.
    Again { line: u64 },
}

/// The keys so far. Names and secrets are kept as keyed hashes: 64 bits tell two million serials apart, and 32 bits
/// two secrets of one serial, which admission compares in full.
#[derive(Default)]
pub(crate) struct Repeats {
    hasher: RandomState,
    seen: HashMap<u64, (u32, u32)>,
    refused: HashSet<u64>,
}

impl Repeats {
    pub(crate) fn note(&mut self, key: &Key) -> Repeat {
        let name = self.hasher.hash_one((&key.serial, &key.key_id));
        let [a, b, c, d, ..] = self.hasher.hash_one(key.seed.expose()).to_be_bytes();
        let seed = u32::from_be_bytes([a, b, c, d]);
        // A file has at most 512 Mi lines.
        let line = u32::try_from(key.line).unwrap_or(u32::MAX);
        match self.seen.entry(name) {
            Entry::Vacant(place) => {
                place.insert((seed, line));
                Repeat::No
            }
            Entry::Occupied(first) => {
                let (first_seed, first_line) = *first.get();
                let line = u64::from(first_line);
                match first_seed == seed {
                    _ if self.refused.contains(&name) => Repeat::Again { line },
                    true => Repeat::No,
                    false => {
                        self.refused.insert(name);
                        Repeat::First { line }
                    }
                }
            }
        }
    }
}
