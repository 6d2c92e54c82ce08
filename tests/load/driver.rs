//! Calls in numbers: so many always in flight, or so many a second whether the last answer is there or not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::times::{Times, a_second};

/// What a run of calls came to.
pub(crate) struct Run {
    pub(crate) times: Times,
    /// Calls a second, from the first one sent to the last one answered.
    pub(crate) rate: f64,
}

impl Run {
    fn new(took: Vec<Duration>, lasted: Duration) -> Self {
        let rate = a_second(took.len(), lasted);
        Self { times: Times::new(took), rate }
    }
}

/// Calls for so long with so many in flight; `call` is told by which of them.
pub(crate) async fn in_flight<C, A>(many: usize, how_long: Duration, call: C) -> Run
where
    C: Fn(usize) -> A + Send + Sync + 'static,
    A: Future<Output = ()> + Send,
{
    let call = Arc::new(call);
    let started = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..many {
        let call = Arc::clone(&call);
        callers.spawn(async move {
            let mut took = Vec::new();
            while started.elapsed() < how_long {
                let sent = Instant::now();
                call(caller).await;
                took.push(sent.elapsed());
            }
            took
        });
    }
    let took = callers.join_all().await.into_iter().flatten().collect();
    Run::new(took, started.elapsed())
}

/// Whether so much time has not passed yet.
pub(crate) fn lasting(how_long: Duration) -> impl Fn() -> bool {
    let started = Instant::now();
    move || started.elapsed() < how_long
}

/// Calls so often a second, as long as something goes on and whether the last answer is there or not; a call that is late is
/// counted from when it was due.
pub(crate) async fn at_rate_while<C, A>(rate: f64, goes_on: impl Fn() -> bool, call: C) -> Run
where
    C: Fn(usize) -> A + Send + Sync + 'static,
    A: Future<Output = ()> + Send,
{
    let call = Arc::new(call);
    let started = Instant::now();
    let mut calls = JoinSet::new();
    let mut due = started;
    for number in 0.. {
        if !goes_on() {
            break;
        }
        due += Duration::from_secs_f64(1.0 / rate);
        // The timer counts whole milliseconds, so calls of one millisecond are sent together.
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        let call = Arc::clone(&call);
        calls.spawn(async move {
            call(number).await;
            due.elapsed()
        });
    }
    let took = calls.join_all().await;
    Run::new(took, started.elapsed())
}

/// Calls one after the other; what each took.
pub(crate) async fn one_by_one<A: Future>(calls: usize, mut call: impl FnMut(usize) -> A) -> Times {
    let mut took = Vec::new();
    for number in 0..calls {
        let sent = Instant::now();
        call(number).await;
        took.push(sent.elapsed());
    }
    Times::new(took)
}
