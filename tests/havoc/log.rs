//! What was asked and what was told: the acknowledgement log. It lies in a file that no fault reaches; an entry stands
//! there before the next deed of its token is asked for. From it follows what the database must hold.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::deed::{Deed, State, Told};

/// How often each deed stands in the record: `code.verify done` so many times.
pub(crate) type Counts = BTreeMap<String, usize>;

/// How long nobody may be answered.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is known of one token.
pub(crate) struct Track {
    /// Its row, by all that was told.
    pub(crate) state: State,
    /// What was asked and not answered.
    pub(crate) open: Option<Deed>,
    /// What was last told not to have been done.
    pub(crate) undone: Option<String>,
    /// What the record must have of it.
    pub(crate) record: Counts,
}

/// The log of one fleet.
pub(crate) struct Log {
    inner: Mutex<Inner>,
    told: watch::Sender<usize>,
    refused: watch::Sender<usize>,
    stopped: AtomicBool,
}

struct Inner {
    file: File,
    tracks: Vec<Track>,
    breaches: Vec<String>,
    times: Vec<Duration>,
}

impl Log {
    /// An empty log of so many new tokens.
    pub(crate) fn new(folder: &Path, tokens: usize) -> Self {
        let file = File::create(folder.join("acknowledged.log")).unwrap();
        let new = || Track { state: State::NEW, open: None, undone: None, record: Counts::new() };
        let tracks = std::iter::repeat_with(new).take(tokens).collect();
        let inner = Inner { file, tracks, breaches: Vec::new(), times: Vec::new() };
        Self {
            inner: Mutex::new(inner),
            told: watch::channel(0).0,
            refused: watch::channel(0).0,
            stopped: AtomicBool::new(false),
        }
    }

    /// Notes what is asked of a token, which `choose` says by its state, unless an earlier deed is open still.
    pub(crate) fn ask(&self, token: usize, choose: impl FnOnce(State) -> Deed) -> Option<(State, Deed)> {
        let mut inner = self.inner.lock().unwrap();
        let track = &mut inner.tracks[token];
        if track.open.is_some() {
            return None;
        }
        let (state, deed) = (track.state, choose(track.state));
        track.open = Some(deed);
        writeln!(inner.file, "{token} asks {deed:?}").unwrap();
        Some((state, deed))
    }

    /// Notes what was told. An answer other than the right one is a breach.
    pub(crate) fn tell(&self, token: usize, deed: Deed, told: &Told, took: Duration) {
        let mut inner = self.inner.lock().unwrap();
        writeln!(inner.file, "{token} told {told:?}").unwrap();
        match told {
            Told::Nothing => return,
            Told::Undone(reason) => {
                self.refused.send_modify(|refused| *refused += 1);
                let track = &mut inner.tracks[token];
                track.undone = track.open.take().map(|deed| format!("{deed:?} was told to be undone: {reason}"));
                return;
            }
            Told::Answer(answer) if answer == deed.answer() => inner.tracks[token].done(deed),
            Told::Answer(answer) => {
                let state = inner.tracks[token].state;
                inner.breaches.push(format!("token {token}, {state:?}: {deed:?} was answered {answer}"));
            }
        }
        inner.times.push(took);
        drop(inner);
        self.told.send_modify(|told| *told += 1);
    }

    /// Waits for so many answers more; false where a minute passes without one.
    pub(crate) async fn answers(&self, more: usize) -> bool {
        let mut told = self.told.subscribe();
        let enough = *told.borrow() + more;
        loop {
            let seen = *told.borrow_and_update();
            if seen >= enough {
                return true;
            }
            if tokio::time::timeout(PATIENCE, told.changed()).await.is_err() {
                return false;
            }
        }
    }

    /// How many answers there were.
    pub(crate) fn count(&self) -> usize {
        *self.told.borrow()
    }

    /// How often it was said that nothing was done.
    pub(crate) fn undone(&self) -> usize {
        *self.refused.borrow()
    }

    /// Waits until that was said so often.
    pub(crate) async fn refusals(&self, enough: usize) {
        drop(self.refused.subscribe().wait_for(|refused| *refused >= enough).await);
    }

    /// Lets the clients stop after what they are doing, or begin again.
    pub(crate) fn stop(&self, stopped: bool) {
        self.stopped.store(stopped, Ordering::Relaxed);
    }

    /// Whether the clients are to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Takes what was answered wrongly.
    pub(crate) fn take_breaches(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().breaches)
    }

    /// Takes how long the answers took since the last time.
    pub(crate) fn take_times(&self) -> Vec<Duration> {
        std::mem::take(&mut self.inner.lock().unwrap().times)
    }

    /// Lets `settle` hold every track against what is there.
    pub(crate) fn settle(&self, settle: impl FnMut((usize, &mut Track))) {
        self.inner.lock().unwrap().tracks.iter_mut().enumerate().for_each(settle);
    }
}

impl Track {
    /// What was open was done.
    pub(crate) fn done(&mut self, deed: Deed) {
        self.state = self.state.after(deed);
        self.open = None;
        if let Some(record) = deed.record() {
            *self.record.entry(record).or_default() += 1;
        }
    }
}

/// Times what is asked.
pub(crate) async fn timed<T>(asked: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    (asked.await, begun.elapsed())
}
