//! Who calls: a relying system on several connections, an auditor, the first operator; and the tokens whose codes are shown.

use std::fs;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use tokenfleet_proto::v1::Role;
use tokenfleet_tests::caller::new_operator;
use tokenfleet_tests::{Caller, Daemon};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::driver::{Run, at_rate_while, in_flight, lasting};
use crate::fleet::LENT;
use crate::tokens::{Dice, code_at, step_now, user};

/// Connections of the relying system; calls are spread over them.
const CONNECTIONS: usize = 8;
const NAME: &str = "sso";

/// A relying system.
#[derive(Clone)]
pub(crate) struct Relying(Vec<Caller>);

impl Relying {
    /// Adds one to a fleet, and opens its connections.
    pub(crate) async fn join(daemon: &Daemon) -> Self {
        daemon.admin().add_operator(new_operator(NAME, &[Role::Verifier]), &daemon.path("")).await;
        Self::join_again(daemon).await
    }

    /// Opens the connections of one that was added before, to wherever the fleet is served now.
    pub(crate) async fn join_again(daemon: &Daemon) -> Self {
        let profile = daemon.path("profiles").join(NAME);
        fs::copy(daemon.path("profiles/admin/config.toml"), profile.join("config.toml")).unwrap();
        let callers = Self((0..CONNECTIONS).map(|_| Caller::of_profile(&profile)).collect());
        for at in 0..CONNECTIONS {
            callers.check_health(at).await;
        }
        callers
    }

    fn at(&self, number: usize) -> &Caller {
        &self.0[number % CONNECTIONS]
    }

    /// The least a call through the same connections can be.
    pub(crate) async fn check_health(&self, number: usize) {
        let mut health = HealthClient::new(self.at(number).door());
        health.check(HealthCheckRequest::default()).await.unwrap();
    }

    /// Health calls, so many in flight, for so long.
    pub(crate) async fn health_in_flight(&self, many: usize, how_long: Duration) -> Run {
        let own = self.clone();
        let call = move |caller| {
            let own = own.clone();
            async move { own.check_health(caller).await }
        };
        in_flight(many, how_long, call).await
    }

    /// Health calls, so many a second, for so long.
    pub(crate) async fn health_at_rate(&self, rate: f64, how_long: Duration) -> Run {
        let own = self.clone();
        let call = move |number| {
            let own = own.clone();
            async move { own.check_health(number).await }
        };
        at_rate_while(rate, lasting(how_long), call).await
    }

    /// Shows the next token's code, which counts.
    pub(crate) async fn verify(&self, number: usize, codes: &Codes) {
        let (index, code) = codes.next();
        if !self.at(number).passes(&user(index), &code).await.unwrap() {
            codes.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Shows a code of somebody.
    pub(crate) async fn show(&self, number: usize, index: usize, code: &str) {
        self.at(number).passes(&user(index), code).await.unwrap();
    }
}

/// Codes of lent tokens in an order that looks random, each of a step that was not shown before.
pub(crate) struct Codes {
    order: Vec<usize>,
    at: AtomicUsize,
    last_steps: Vec<AtomicI64>,
    pub(crate) refused: AtomicUsize,
}

impl Codes {
    pub(crate) fn of(tokens: usize) -> Self {
        let last_steps = (0..tokens).map(|_| AtomicI64::new(-1)).collect();
        Self { order: Dice::new(2).shuffled(tokens), at: AtomicUsize::new(0), last_steps, refused: AtomicUsize::new(0) }
    }

    /// A token, and a code of it that counts.
    pub(crate) fn next(&self) -> (usize, String) {
        loop {
            let index = self.order[self.at.fetch_add(1, Ordering::Relaxed) % self.order.len()];
            if let Some(code) = self.code_of(index) {
                return (index, code);
            }
        }
    }

    /// A code of a token that counts: of this step, or where that was shown already of the next, which is within the window.
    pub(crate) fn code_of(&self, index: usize) -> Option<String> {
        let now = step_now();
        let step = now.max(self.last_steps[index].load(Ordering::Relaxed) + 1);
        let may_count = step <= now + 1;
        may_count.then(|| {
            self.last_steps[index].store(step, Ordering::Relaxed);
            code_at(LENT, index, step)
        })
    }

    /// The code that was shown last, if one was.
    pub(crate) fn shown_code_of(&self, index: usize) -> Option<String> {
        let step = self.last_steps[index].load(Ordering::Relaxed);
        (step >= 0).then(|| code_at(LENT, index, step))
    }

    /// All that were shown must have counted; a few may have met the turn of a step.
    pub(crate) fn check(&self) {
        let (shown, refused) = (self.at.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed));
        assert!(refused * 100 <= shown, "{refused} of {shown} codes were refused");
    }
}
