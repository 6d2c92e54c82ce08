//! Made-up tokens: serials, seeds, codes and the file a vendor would send.

use std::fmt::Write as _;

use data_encoding::BASE32_NOPAD;
use tokenfleet_domain::otp::code::{Algorithm, Digits, Generator};
use tokenfleet_domain::ports::Clock;
use tokenfleet_domain::seed::Seed;
use tokenfleetd::os::SystemClock;

/// Seconds a code is shown.
pub(crate) const PERIOD: u32 = 30;

/// The serial of a token of a series, which is one letter.
pub(crate) fn serial(series: char, index: usize) -> String {
    format!("{series}{index:09}")
}

/// Who holds a token, where it is lent.
pub(crate) fn user(index: usize) -> String {
    format!("{:010}", 1_000_000_000 + index)
}

pub(crate) fn seed(series: char, index: usize) -> Seed {
    Seed::new(seed_bytes(series, index)).unwrap()
}

pub(crate) fn generator(series: char, index: usize) -> Generator {
    Generator::new(&seed(series, index), Algorithm::Sha1, Digits::SIX)
}

/// The step that a right clock is in.
pub(crate) fn step_now() -> i64 {
    SystemClock.now().timestamp() / i64::from(PERIOD)
}

/// What a token shows in a step.
pub(crate) fn code_at(series: char, index: usize, step: i64) -> String {
    // A code shows itself to nobody but a hash: its length, then its number.
    let [_, number @ ..] = generator(series, index).code_at(step).unwrap().hash_input();
    format!("{:06}", u32::from_be_bytes(number))
}

/// A file as Entra ID documents it.
pub(crate) fn csv(series: char, rows: usize) -> String {
    let mut file = String::from("upn,serial number,secret key,time interval,manufacturer,model\n");
    for index in 0..rows {
        let secret = BASE32_NOPAD.encode(&seed_bytes(series, index));
        writeln!(file, "upn@example.com,{},{secret},{PERIOD},Contoso,HardwareKey", serial(series, index)).unwrap();
    }
    file
}

/// 20 bytes that look random.
fn seed_bytes(series: char, index: usize) -> Vec<u8> {
    let mut dice = Dice::new(u64::try_from(index).unwrap() + u64::from(u32::from(series)) * 1_000_000_007);
    let words = [dice.roll(), dice.roll(), dice.roll()];
    words.iter().flat_map(|word| word.to_le_bytes()).take(20).collect()
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// Every number below a limit once.
    pub(crate) fn shuffled(&mut self, limit: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..limit).collect();
        for at in (1..limit).rev() {
            numbers.swap(at, self.below(at + 1));
        }
        numbers
    }
}
