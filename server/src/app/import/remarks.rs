//! What is worth knowing of the keys of a file though it keeps none of them out, by the lines that brought them.

use std::collections::{BTreeMap, BTreeSet};

use tokenfleet_domain::admission::is_shorter_than_recommended;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_seedfile::Key;

/// What is worth knowing of a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remark {
    /// Whether its seed is shorter than recommended.
    is_short: bool,
    /// When it may be used first, where that is to come.
    starts: Option<Timestamp>,
}

impl Remark {
    pub(super) fn of(key: &Key, now: Timestamp) -> Self {
        Self {
            is_short: is_shorter_than_recommended(&key.seed, key.profile.algorithm),
            starts: key.starts.filter(|starts| *starts > now),
        }
    }
}

/// What is worth knowing of the keys that became tokens.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    short: BTreeSet<u64>,
    not_yet: BTreeMap<u64, Timestamp>,
}

impl Remarks {
    pub(super) fn note(&mut self, line: u64, remark: Remark) {
        if remark.is_short {
            self.short.insert(line);
        }
        self.not_yet.extend(remark.starts.map(|starts| (line, starts)));
    }

    pub(super) fn withdraw(&mut self, line: u64) {
        self.short.remove(&line);
        self.not_yet.remove(&line);
    }

    pub(super) fn join(&mut self, mut more: Self) {
        self.short.append(&mut more.short);
        self.not_yet.append(&mut more.not_yet);
    }

    /// How many seeds are shorter than recommended.
    pub(super) fn short(&self) -> i64 {
        i64::try_from(self.short.len()).unwrap_or(i64::MAX)
    }

    /// How many keys may not be used yet.
    pub(super) fn not_yet(&self) -> i64 {
        i64::try_from(self.not_yet.len()).unwrap_or(i64::MAX)
    }

    /// From when on all of them may be used, where some may not yet.
    pub(super) fn starts_at(&self) -> Option<Timestamp> {
        self.not_yet.values().max().copied()
    }
}
