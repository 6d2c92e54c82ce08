//! What the machine can do at all: the disk by itself, and the arithmetic of codes and seals by itself.

use std::fs::File;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::figures::Figures;
use crate::times::{Times, a_second};
use crate::tokens::generator;

const WHY: &str = "What everything below is held against. The disk alone: 4 KiB appended and made durable by `fdatasync`, one after the \
other. The arithmetic alone: codes computed by the service's own generator (HMAC-SHA-1 of ring, the key prepared), and 20 \
bytes sealed with AES-256-GCM, on one core and on all.";

const APPENDS: usize = 500;
const LASTING: Duration = Duration::from_secs(1);
/// Operations between two looks at the clock.
const STRIDE: usize = 1_000;

/// Codes computed a second.
pub(crate) struct Limits {
    pub(crate) codes_on_one_core: f64,
    pub(crate) codes_on_all: f64,
}

/// Measures the machine.
pub(crate) fn measure(folder: &Path, figures: &mut Figures) -> Limits {
    figures.chapter("Limits of the machine", WHY);
    let cores = cores();
    let appends = append(folder);
    let limits = Limits { codes_on_one_core: rate_on(1, codes), codes_on_all: rate_on(cores, codes) };
    figures.plain("cores", crate::times::number(cores));
    figures.plain("durable appends of 4 KiB, a second", 1_000.0 / appends.mean());
    figures.plain("durable append of 4 KiB, p99, ms", appends.p99());
    figures.plain("codes on one core, a second", limits.codes_on_one_core);
    figures.plain("codes on all cores, a second", limits.codes_on_all);
    figures.plain("seals on one core, a second", rate_on(1, seals));
    figures.plain("seals on all cores, a second", rate_on(cores, seals));
    limits
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn append(folder: &Path) -> Times {
    let mut file = File::create(folder.join("appends")).unwrap();
    let took = (0..APPENDS).map(|_| {
        let started = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        started.elapsed()
    });
    Times::new(took.collect())
}

/// How often a second threads can do something, together.
fn rate_on(threads: usize, work: fn(usize)) -> f64 {
    let one = move || {
        let (started, mut done) = (Instant::now(), 0);
        while started.elapsed() < LASTING {
            work(done);
            done += STRIDE;
        }
        a_second(done, started.elapsed())
    };
    let at_work: Vec<_> = (0..threads).map(|_| std::thread::spawn(one)).collect();
    at_work.into_iter().map(|thread| thread.join().unwrap()).sum()
}

fn codes(from: usize) {
    let generator = generator('L', from);
    for step in 0..i64::try_from(STRIDE).unwrap() {
        std::hint::black_box(generator.code_at(step));
    }
}

fn seals(_from: usize) {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    for number in 0..u32::try_from(STRIDE).unwrap() {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&number.to_be_bytes());
        let mut seed = vec![7; 20];
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(b"a row"), &mut seed).unwrap();
        std::hint::black_box(seed);
    }
}
