//! Sign-ins: a relying system that shows the codes of lent tokens, as many as go or at a steady pace.

use std::sync::Arc;
use std::time::Duration;

use crate::callers::{Codes, Relying};
use crate::driver::{Run, at_rate_while, in_flight, lasting};

/// Sign-ins a second while others are at work.
pub(crate) const STEADY: f64 = 100.0;

/// A relying system, and the codes it shows.
#[derive(Clone)]
pub(crate) struct SignIns {
    pub(crate) relying: Relying,
    pub(crate) codes: Arc<Codes>,
}

impl SignIns {
    /// Of the first tokens of a fleet.
    pub(crate) fn of(relying: Relying, tokens: usize) -> Self {
        Self { relying, codes: Arc::new(Codes::of(tokens)) }
    }

    /// So many in flight, for so long.
    pub(crate) async fn in_flight(&self, many: usize, how_long: Duration) -> Run {
        let own = self.clone();
        in_flight(many, how_long, move |caller| own.clone().one(caller)).await
    }

    /// So many a second, for so long.
    pub(crate) async fn at_rate(&self, rate: f64, how_long: Duration) -> Run {
        self.at_rate_while(rate, lasting(how_long)).await
    }

    /// So many a second, as long as something goes on.
    pub(crate) async fn at_rate_while(&self, rate: f64, goes_on: impl Fn() -> bool) -> Run {
        let own = self.clone();
        at_rate_while(rate, goes_on, move |number| own.clone().one(number)).await
    }

    async fn one(self, number: usize) {
        self.relying.verify(number, &self.codes).await;
    }
}
