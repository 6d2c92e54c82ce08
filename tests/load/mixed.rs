//! A university's day in small: mostly sign-ins that go well, some wrong codes, and what desks do meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokenfleet_tests::{Caller, Daemon};

use crate::driver::in_flight;
use crate::figures::Figures;
use crate::fleet::LENT;
use crate::process::Used;
use crate::signins::SignIns;
use crate::tokens::{Dice, serial, user};

const WHY: &str = "Of 100 calls 70 show a code that counts, 20 a wrong one, 4 one that was used, 3 ask for a token, 2 take one back and lend \
it anew, 1 looks for a clock; 64 in flight. Some tokens are much more popular than others (Zipf, 0.99), so many meet the \
wait after wrong codes. This has no limit of its own; it is here to be compared with itself.";

const LASTING: Duration = Duration::from_secs(6);
const IN_FLIGHT: usize = 64;
const SKEW: f64 = 0.99;

/// Measures the mix over a fleet's tokens.
pub(crate) async fn measure(daemon: &Daemon, sign_ins: &SignIns, tokens: usize, figures: &mut Figures) {
    figures.chapter("A day in small", WHY);
    let day = Arc::new(Day {
        sign_ins: sign_ins.clone(),
        desk: daemon.admin(),
        popular: Popular::of(tokens),
        dice: Mutex::new(Dice::new(3)),
    });
    let before = Used::by(daemon);
    let run = in_flight(IN_FLIGHT, LASTING, move |caller| {
        let day = Arc::clone(&day);
        async move { day.call(caller).await }
    })
    .await;
    let used = Used::by(daemon).since(before);
    figures.plain("calls, 64 in flight, a second", run.rate);
    for (what, time) in [("p50", run.times.median()), ("p99", run.times.p99()), ("p99.9", run.times.p999())] {
        figures.plain(&format!("{what} of a call, ms"), time);
    }
    figures.plain("processor time of the server a mixed call, µs", used.cpu * 1e6 / run.times.count());
    figures.plain("bytes written a mixed call", used.written / run.times.count());
}

struct Day {
    sign_ins: SignIns,
    desk: Caller,
    popular: Popular,
    dice: Mutex<Dice>,
}

impl Day {
    async fn call(&self, caller: usize) {
        let (kind, index) = {
            let mut dice = self.dice.lock().unwrap();
            (dice.below(100), self.popular.one(&mut dice))
        };
        let SignIns { relying, codes } = &self.sign_ins;
        match kind {
            0..70 => match codes.code_of(index) {
                Some(code) => relying.show(caller, index, &code).await,
                None => relying.verify(caller, codes).await,
            },
            70..90 => relying.show(caller, index, "000000").await,
            90..94 => match codes.shown_code_of(index) {
                Some(code) => relying.show(caller, index, &code).await,
                None => relying.verify(caller, codes).await,
            },
            94..97 => drop(self.desk.token(&serial(LENT, index)).await.unwrap()),
            97..99 => {
                // Two desks may have the same token in hand: then one of them is refused.
                drop(self.desk.take_back(&serial(LENT, index)).await);
                drop(self.desk.assign(&serial(LENT, index), &user(index)).await);
            }
            // A pair that fits nowhere, mostly; it costs the same if it does.
            _ => drop(self.desk.resync(&serial(LENT, index), &["123456".to_owned(), "654321".to_owned()]).await),
        }
    }
}

/// Numbers of which the lower ones come much more often.
struct Popular(Vec<f64>);

impl Popular {
    fn of(limit: usize) -> Self {
        let mut sum = 0.0;
        let weights = (1..=u32::try_from(limit).unwrap()).map(|rank| f64::from(rank).powf(-SKEW));
        Self(
            weights
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    fn one(&self, dice: &mut Dice) -> usize {
        let share = f64::from(u32::try_from(dice.roll() >> 32).unwrap()) / f64::from(u32::MAX);
        let wanted = share * self.0.last().unwrap();
        self.0.partition_point(|sum| *sum < wanted).min(self.0.len() - 1)
    }
}
