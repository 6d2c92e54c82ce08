//! How long calls took.

use std::time::Duration;

/// Durations, in milliseconds and in order.
#[derive(Clone)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Of at least one call.
    pub(crate) fn new(took: Vec<Duration>) -> Self {
        let mut millis: Vec<f64> = took.into_iter().map(millis).collect();
        assert!(!millis.is_empty(), "nothing was called");
        millis.sort_by(f64::total_cmp);
        Self(millis)
    }

    pub(crate) fn count(&self) -> f64 {
        number(self.0.len())
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.count()
    }

    pub(crate) fn median(&self) -> f64 {
        self.at_permille(500)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.at_permille(990)
    }

    pub(crate) fn p999(&self) -> f64 {
        self.at_permille(999)
    }

    fn at_permille(&self, permille: usize) -> f64 {
        self.0[(self.0.len() * permille / 1_000).min(self.0.len() - 1)]
    }
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// A count as a number to reckon with.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// How many a second.
pub(crate) fn a_second(count: usize, took: Duration) -> f64 {
    number(count) / took.as_secs_f64()
}
