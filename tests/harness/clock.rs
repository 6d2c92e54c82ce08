//! A clock that stands still until a test moves it.

use std::sync::Mutex;

use chrono::{DurationRound, TimeDelta};
use tokenfleet_domain::ports::{Clock, Timestamp};
use tokenfleetd::os::SystemClock;

/// The server's clock in tests.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// One that begins at the last full hour: clients check certificates against the real time.
    pub(crate) fn new() -> Self {
        Self::at(SystemClock.now().duration_trunc(TimeDelta::hours(1)).unwrap())
    }

    /// One that begins at a moment, for clients that live by it too.
    pub(crate) fn at(moment: Timestamp) -> Self {
        Self(Mutex::new(moment))
    }

    /// Moves it on.
    pub fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    /// Moves it to a moment.
    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap() = moment;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
