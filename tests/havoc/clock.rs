//! T-15: the server's clock is set, by seconds and by years, both ways, while tokens go on showing the right time. No code
//! counts twice, nothing panics, and once the clock is right again every token is accepted within two steps.

use std::collections::HashSet;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use tokenfleet_domain::otp::code::Generator;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_tests::{Device, Fleet};

use crate::deed::{generator, shown};
use crate::outcome::Outcome;
use crate::run::Run;

/// By how many seconds the clock is set.
const STEPS: [i64; 12] = [1, 30, 90, 3_600, 86_400, 315_360_000, -1, -30, -90, -3_600, -86_400, -315_360_000];
const TOKENS: usize = 4;
const PERIOD: i64 = 30;

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    let panics = count_panics();
    let mut random = run.random("clock");
    let mut fleet = Fleet::start().await;
    let devices: Vec<_> = (0..TOKENS).map(|nth| Device::clock(&format!("HK{nth:06}"))).collect();
    for (nth, device) in devices.iter().enumerate() {
        fleet.lend(device, &format!("{nth:010}")).await;
    }
    let generators: Vec<_> = devices.iter().map(generator).collect();
    let mut seen = Accepted::default();
    let mut right = fleet.now();
    for _ in 0..run.sizes.clock_steps {
        right += TimeDelta::seconds(PERIOD * i64::try_from(random.within(2..5)).unwrap());
        let nth = random.below(TOKENS);
        let (device, generator) = (&devices[nth], &generators[nth]);
        let by = STEPS[random.below(STEPS.len())];
        fleet.clock.set(right + TimeDelta::seconds(by));
        // A server that was away from the time for so long is asked over a new connection.
        fleet.admin = fleet.admin.on_another_connection();
        for _ in 0..2 {
            present(&fleet, device, generator, right, &mut seen, outcome).await;
        }
        fleet.clock.set(right);
        fleet.admin = fleet.admin.on_another_connection();
        right = recover(&fleet, device, generator, right, &mut seen, outcome).await;
        outcome.n += 1;
    }
    let panics = panics.load(Ordering::Relaxed);
    if panics > 0 {
        outcome.fail(format!("{panics} panics"));
    }
    outcome.remark(format!("{} codes were accepted, each once", seen.0.len()));
    let mut doctored = Accepted::default();
    outcome.checked("a history with one step twice", doctored.note("HK000000", 7) && !doctored.note("HK000000", 7));
}

/// The steps that were accepted, by token.
#[derive(Default)]
struct Accepted(HashSet<(String, i64)>);

impl Accepted {
    /// Notes one; false where it was accepted before.
    fn note(&mut self, serial: &str, step: i64) -> bool {
        self.0.insert((serial.to_owned(), step))
    }
}

/// Presents what a token shows at the right time; whether it was accepted.
async fn present(
    fleet: &Fleet,
    device: &Device,
    generator: &Generator,
    right: Timestamp,
    seen: &mut Accepted,
    outcome: &mut Outcome,
) -> bool {
    let step = right.timestamp() / PERIOD;
    let accepted = fleet.admin.verify(&device.serial, &shown(generator, step)).await.is_ok();
    if accepted && !seen.note(&device.serial, step) {
        outcome.fail(format!("{} was accepted twice at step {step}", device.serial));
    }
    accepted
}

/// With the clock right again, the token's next code or the one after it counts, once a delay for wrong codes is over.
async fn recover(
    fleet: &Fleet,
    device: &Device,
    generator: &Generator,
    mut right: Timestamp,
    seen: &mut Accepted,
    outcome: &mut Outcome,
) -> Timestamp {
    let token = fleet.admin.token(&device.serial).await.unwrap();
    if let Some(next) = token.next_try_time.filter(|next| next.seconds - right.timestamp() <= 3_600) {
        right = right.max(Timestamp::from_timestamp(next.seconds, 0).unwrap());
    }
    for _ in 0..2 {
        right += TimeDelta::seconds(PERIOD);
        fleet.clock.set(right);
        if present(fleet, device, generator, right, seen, outcome).await {
            return right;
        }
    }
    let token = fleet.admin.token(&device.serial).await.unwrap();
    outcome.fail(format!("{} does not count two steps after the clock was right: {token:?}", device.serial));
    right
}

/// Counts every panic of this process, the server's threads among them.
fn count_panics() -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let (before, counted) = (panic::take_hook(), Arc::clone(&count));
    panic::set_hook(Box::new(move |why| {
        counted.fetch_add(1, Ordering::Relaxed);
        before(why);
    }));
    count
}
