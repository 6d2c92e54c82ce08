//! T-23: codes against `oathtool`, which others wrote: every digest, length, period and epoch that is served.

use std::process::Command;

use data_encoding::HEXLOWER;
use tokenfleet_domain::otp::code::{Algorithm, Digits, Generator, Moving, Profile};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::seed::Seed;

use crate::deed::shown;
use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;

/// Codes that one process of `oathtool` gives.
const BATCH: usize = 1_000;
/// The latest moment that is tried, in seconds since 1970: the year 2500.
const LATEST: usize = 16_725_225_600;
/// The highest counter that a batch begins with.
const HIGHEST: i64 = i64::MAX - 1_000;

/// Runs it.
pub(crate) fn run(run: &Run, outcome: &mut Outcome) {
    let mut random = run.random("vectors");
    for batch in 0..run.sizes.vectors / BATCH {
        let sample = Sample::draw(&mut random);
        let (ours, theirs) = (sample.ours(), sample.theirs());
        outcome.n += ours.len();
        if ours != theirs {
            outcome.fail(format!("batch {batch}: {} differs", sample.how().join(" ")));
        }
        if batch == 0 {
            let mut doctored = theirs;
            doctored.swap(0, BATCH / 2);
            outcome.checked("two codes of a batch swapped", ours != doctored);
        }
    }
}

/// One token, and from where its codes are computed.
struct Sample {
    seed: Vec<u8>,
    profile: Profile,
    first: i64,
}

impl Sample {
    fn draw(random: &mut Random) -> Self {
        let seed: Vec<u8> = (0..random.within(16..65)).map(|_| random.next().to_le_bytes()[0]).collect();
        let digits = Digits::new(u32::try_from(random.within(6..9)).unwrap()).unwrap();
        if random.below(3) == 0 {
            let profile = Profile { algorithm: Algorithm::Sha1, digits, moving: Moving::Event };
            let first = if random.below(4) == 0 { HIGHEST } else { i64::try_from(random.below(1 << 40)).unwrap() };
            return Self { seed, profile, first };
        }
        let algorithm = Algorithm::ALL[random.below(3)];
        let epoch = if random.below(2) == 0 { 0 } else { i64::try_from(random.below(1_000_000_000)).unwrap() };
        let moving = Moving::Time { period: u32::try_from(random.within(15..121)).unwrap(), epoch };
        let profile = Profile { algorithm, digits, moving };
        let at = epoch + i64::try_from(random.below(LATEST)).unwrap();
        let first = profile.step_at(Timestamp::from_timestamp(at, 0).unwrap()).unwrap();
        Self { seed, profile, first }
    }

    fn ours(&self) -> Vec<String> {
        let generator =
            Generator::new(&Seed::new(self.seed.clone()).unwrap(), self.profile.algorithm, self.profile.digits);
        (self.first..).take(BATCH).map(|step| shown(&generator, step)).collect()
    }

    fn theirs(&self) -> Vec<String> {
        let ran = Command::new("oathtool").args(self.how()).arg(HEXLOWER.encode(&self.seed)).output().unwrap();
        assert!(ran.status.success(), "oathtool {}: {}", self.how().join(" "), String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    fn how(&self) -> Vec<String> {
        let Self { profile, first, .. } = self;
        let mut how = match profile.moving {
            Moving::Event => vec!["--hotp".to_owned(), format!("--counter={first}")],
            Moving::Time { period, epoch } => {
                let now = epoch + first * i64::from(period);
                let kind = format!("--totp={}", profile.algorithm.as_str());
                let start = Timestamp::from_timestamp(epoch, 0).unwrap().format("%Y-%m-%d %H:%M:%S UTC");
                vec![
                    kind,
                    format!("--time-step-size={period}s"),
                    format!("--now=@{now}"),
                    format!("--start-time={start}"),
                ]
            }
        };
        how.extend([format!("--digits={}", profile.digits.get()), format!("--window={}", BATCH - 1)]);
        how
    }
}
