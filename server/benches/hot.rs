//! What a verification spends its processor time on, piece by piece: `cargo bench --package tokenfleetd --bench hot`.
//!
//! The figures are of this machine at this moment. They tell which piece is worth a change; whether it was worth it,
//! `tests/bench` tells.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops where something is not as it should be"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use tokenfleet_domain::audit::{Act, DONE, Event, Head};
use tokenfleet_domain::ids::{RowId, Vendor};
use tokenfleet_domain::otp::verify::{Track, verify};
use tokenfleet_domain::otp::{Algorithm, Digits, Generator, Moving, Profile};
use tokenfleet_domain::ports::{Clock, RowAuthority};
use tokenfleet_domain::seed::Seed;
use tokenfleet_domain::token::Token;
use tokenfleetd::os::{SystemClock, SystemEntropy};
use tokenfleetd::seal::{Kek, Keyring};

const LASTING: Duration = Duration::from_millis(300);
/// Rounds between two looks at the clock.
const STRIDE: u32 = 100;
/// How often each is measured; the best counts, since what disturbs only ever slows down.
const TRIES: u32 = 5;

const PROFILE: Profile =
    Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Time { period: 30, epoch: 0 } };

fn main() {
    let keyring = keyring();
    let token = token(&keyring);
    let seed = keyring.open_seed(&token).unwrap();
    let generator = Generator::new(&seed, PROFILE.algorithm, PROFILE.digits);
    let now = SystemClock.now();
    let code = generator.code_at(1).unwrap();
    let mac = keyring.sign(&token.canonical(1));
    let mut head = Head::genesis("0");

    time("prepare the key of a seed", || Generator::new(&seed, PROFILE.algorithm, PROFILE.digits));
    time("one code", || generator.code_at(black_box(57_000_000)).is_some());
    time("judge a code, three steps", || verify(&generator, &PROFILE, Track::NEW, code, now, 1));
    time("open a seed", || keyring.open_seed(&token).is_ok());
    time("a row as its MAC covers it", || token.canonical(1));
    time("check a row's MAC", || keyring.verify(1, &token.canonical(1), &mac));
    time("chain an event", || head.append(event(), now, keyring.audit_key()));
}

/// Prints how long a piece of work takes.
fn time<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut once = || {
        let (started, mut rounds) = (Instant::now(), 0);
        while started.elapsed() < LASTING {
            for _ in 0..STRIDE {
                black_box(work());
            }
            rounds += STRIDE;
        }
        started.elapsed().as_secs_f64() / f64::from(rounds)
    };
    let best = (0..TRIES).map(|_| once()).fold(f64::INFINITY, f64::min);
    println!("{name:32} {:>10.0} ns", best * 1e9);
}

fn keyring() -> Keyring {
    let entropy = SystemEntropy::default();
    let kek = Kek::draw(&entropy).unwrap();
    let rows = Keyring::create(&kek, [7; 16], SystemClock.now(), &entropy).unwrap();
    Keyring::open(&kek, [7; 16], &rows).unwrap()
}

fn token(keyring: &Keyring) -> Token {
    let key = (Vendor::from_manufacturer("Contoso"), "A000000001".parse().unwrap(), "".parse().unwrap());
    let mut token = Token::arrived(RowId([1; 16]), key, RowId([2; 16]), PROFILE, SystemClock.now());
    token.user = "0123456789".parse().ok();
    let seed = Seed::new(b"twenty bytes of seed".to_vec()).unwrap();
    token.seed = Some(keyring.seal(&token, 1, &seed, &SystemEntropy::default()).unwrap());
    token
}

fn event() -> Event {
    Event {
        operator: "sso".to_owned(),
        action: Act::CodeVerify.as_str().to_owned(),
        outcome: DONE.to_owned(),
        subject: Some("tokens/contoso~A000000001".to_owned()),
        user: "0123456789".parse().ok(),
        details: vec![("clock_offset_seconds".to_owned(), "0".to_owned())],
        request_id: None,
    }
}
