//! A hostile file, what it must come to, and what it cost.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};
use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{Entry, ReadOptions, Secret, open_with};

/// Counts every allocation of this binary.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Held by a test while it runs: what another has allocated meanwhile would be counted as its own.
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

/// What a file may cost. A development build wipes memory byte by byte: there an archive of a thousand members and a
/// workbook of a million empty strings take longer than two seconds.
const MOST: Cost =
    Cost { time: Duration::from_secs(if cfg!(debug_assertions) { 6 } else { 2 }), bytes: 64 * 1024 * 1024 };

/// Longest sentence that people would read.
const LONGEST_MESSAGE: usize = 2_000;

/// The secret of the sound rows of hostile files, in its two spellings. No message may show eight characters of one.
pub(crate) const HEX: &str = "6d6164652d757020736565642077697468203230";
pub(crate) const BASE32: &str = "NVQWIZJNOVYCA43FMVSCA53JORUCAMRQ";

/// A file, and what must become of it.
pub(crate) struct Hostile {
    /// Which of its class.
    pub(crate) name: String,
    secret: Option<Secret>,
    make: Box<dyn FnOnce() -> Vec<u8>>,
    end: End,
}

/// What must become of a file.
#[derive(Clone, Copy)]
enum End {
    /// It is refused as a whole, for one of these reasons.
    Refused(&'static [Reason]),
    /// A row or key of it is refused, for one of these reasons; so many others are sound.
    Problem(&'static [Reason], usize),
    /// It only looks like an attack: so many keys are read, and nothing else.
    Harmless(usize),
}

impl Hostile {
    /// A file that is refused as a whole.
    pub(crate) fn refused(
        name: impl Into<String>,
        why: &'static [Reason],
        make: impl FnOnce() -> Vec<u8> + 'static,
    ) -> Self {
        Self { name: name.into(), secret: None, make: Box::new(make), end: End::Refused(why) }
    }

    /// A file of which a row is refused, and so many keys are read.
    pub(crate) fn problem(
        name: impl Into<String>,
        why: &'static [Reason],
        keys: usize,
        make: impl FnOnce() -> Vec<u8> + 'static,
    ) -> Self {
        Self { name: name.into(), secret: None, make: Box::new(make), end: End::Problem(why, keys) }
    }

    /// A file that only looks like an attack, of which so many keys are read.
    pub(crate) fn harmless(name: impl Into<String>, keys: usize, make: impl FnOnce() -> Vec<u8> + 'static) -> Self {
        Self { name: name.into(), secret: None, make: Box::new(make), end: End::Harmless(keys) }
    }

    /// The same with what opens it.
    pub(crate) fn opened_by(self, secret: Secret) -> Self {
        Self { secret: Some(secret), ..self }
    }
}

/// Pieces with a number each, one behind another.
pub(crate) fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// Computing and memory.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    time: Duration,
    bytes: usize,
}

impl Cost {
    pub(crate) fn max(self, other: Self) -> Self {
        Self { time: self.time.max(other.time), bytes: self.bytes.max(other.bytes) }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {:4} ms, {:6} KiB", self.time.as_millis(), self.bytes / 1024)
    }
}

/// What became of a file.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Sound keys.
    pub(crate) keys: usize,
    /// Rows that were refused.
    pub(crate) problems: Vec<Rejection>,
    /// Why it was refused as a whole.
    pub(crate) refusal: Option<Rejection>,
}

/// Reads a file to its end; what it cost, and what is wrong with that or with what became of it.
pub(crate) fn hold(file: Hostile) -> (Cost, Vec<String>) {
    let Hostile { secret, make, end, .. } = file;
    let bytes = make();
    let (cost, outcome) = measured(|| catch_unwind(AssertUnwindSafe(|| read(&bytes, secret))));
    let Ok(outcome) = outcome else { return (cost, vec!["it panics".to_owned()]) };
    let mut faults = outcome.faults(end);
    if cost.time > MOST.time {
        faults.push(format!("it takes {} ms", cost.time.as_millis()));
    }
    if cost.bytes > MOST.bytes {
        faults.push(format!("it takes {} KiB", cost.bytes / 1024));
    }
    (cost, faults)
}

/// What became of a file.
pub(crate) fn read(bytes: &[u8], secret: Option<Secret>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut file = match open_with(bytes, &ReadOptions::default(), Box::new(secret)) {
        Ok(file) => file,
        Err(refusal) => return Outcome { refusal: Some(refusal), ..outcome },
    };
    loop {
        match file.next_entry() {
            Ok(Some(Entry::Key(_))) => outcome.keys += 1,
            Ok(Some(Entry::Problem(problem) | Entry::LeftOut(problem))) => outcome.note(problem.why),
            Ok(Some(Entry::Withdrawn(withdrawn))) => {
                outcome.keys -= 1;
                outcome.note(withdrawn.problem.why);
            }
            Ok(None) => return outcome,
            Err(refusal) => return Outcome { keys: 0, refusal: Some(refusal), ..outcome },
        }
    }
}

impl Outcome {
    /// One of each kind is enough, and a million would be counted as the reader's memory.
    fn note(&mut self, why: Rejection) {
        if self.problems.iter().all(|noted| noted.reason != why.reason) {
            self.problems.push(why);
        }
    }

    fn faults(&self, end: End) -> Vec<String> {
        let said = self.problems.iter().chain(&self.refusal);
        let mut faults: Vec<_> = said.flat_map(|why| [Lang::En, Lang::Ja].map(|lang| why.message(lang))).collect();
        faults.retain(|message| !is_fit_to_show(message));
        let is_as_told = match (end, &self.refusal) {
            (End::Refused(reasons), Some(why)) => reasons.contains(&why.reason),
            (End::Problem(reasons, keys), None) => {
                keys == self.keys && self.problems.iter().any(|why| reasons.contains(&why.reason))
            }
            (End::Harmless(keys), None) => keys == self.keys && self.problems.is_empty(),
            (End::Refused(_), None) | (End::Problem(..) | End::Harmless(_), Some(_)) => false,
        };
        if !is_as_told {
            faults.push(self.to_string());
        }
        faults
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.keys)?;
        self.problems.iter().try_for_each(|why| write!(f, ", {:?} {why}", why.reason))?;
        self.refusal.iter().try_for_each(|why| write!(f, ", refused: {:?} {why}", why.reason))
    }
}

/// Short, of characters that a terminal only shows, and without a part of a secret.
fn is_fit_to_show(message: &str) -> bool {
    let shows = |secret: &str| {
        secret
            .as_bytes()
            .windows(8)
            .any(|part| message.to_ascii_uppercase().contains(&String::from_utf8_lossy(part).to_ascii_uppercase()))
    };
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    message.len() <= LONGEST_MESSAGE && message.chars().all(is_plain) && !shows(HEX) && !shows(BASE32)
}

/// The computing of this thread, since others run too, and the memory that was had at once beyond what there was.
fn measured<T>(work: impl FnOnce() -> T) -> (Cost, T) {
    MEMORY.reset_peak_usage();
    let (bytes, time) = (MEMORY.current_usage(), spent());
    let done = work();
    (Cost { time: spent().saturating_sub(time), bytes: MEMORY.peak_usage().saturating_sub(bytes) }, done)
}

fn spent() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}
