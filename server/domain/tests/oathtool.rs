//! Some thousand codes against `oathtool`, which others wrote: every digest and length, usual and unusual periods, early and late
//! times, small and very large counters.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use std::io::{ErrorKind, Write};
use std::process::Command;

use tokenfleet_domain::otp::{Algorithm, Digits, Generator};
use tokenfleet_domain::seed::Seed;

/// How many codes are taken of each token.
const CODES: i64 = 100;

#[test]
fn codes_are_those_of_oathtool() {
    if Command::new("oathtool").arg("--version").output().is_err_and(|why| why.kind() == ErrorKind::NotFound) {
        // Past the test harness, which keeps the output of tests that pass.
        writeln!(std::io::stderr(), "oathtool.rs was not run: there is no oathtool here (package oathtool)").unwrap();
        return;
    }
    for (algorithm, digits) in Algorithm::ALL.into_iter().flat_map(|a| [6, 7, 8].map(|digits| (a, digits))) {
        let clocks = [(15, 0), (30, 1_700_000_010), (37, 1_234_567_890), (60, 4_000_000_000), (120, 20_000_000_000)];
        for (period, now) in clocks {
            let kind = format!("--totp={}", algorithm.as_str());
            let arguments = [kind, format!("--time-step-size={period}s"), format!("--now=@{now}")];
            compare(algorithm, digits, now / period, &arguments);
        }
    }
    // oathtool knows HOTP with SHA-1 only.
    for (digits, counter) in [6, 7, 8].into_iter().flat_map(|d| [0, 0xffff_ffb0, i64::MAX - 2 * CODES].map(|c| (d, c)))
    {
        compare(Algorithm::Sha1, digits, counter, &["--hotp".to_owned(), format!("--counter={counter}")]);
    }
}

/// Takes `CODES` codes from `first` on and compares each. The seeds are made up, and still never shown.
fn compare(algorithm: Algorithm, digits: u32, first: i64, arguments: &[String]) {
    let seed = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128 ^ u128::from(first.unsigned_abs());
    let output = Command::new("oathtool")
        .args(arguments)
        .args([format!("--digits={digits}"), format!("--window={}", CODES - 1), format!("{seed:032x}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "oathtool {arguments:?}: {}", output.status);
    let seed = Seed::new(seed.to_be_bytes().to_vec()).unwrap();
    let generator = Generator::new(&seed, algorithm, Digits::new(digits).unwrap());
    let codes = String::from_utf8(output.stdout).unwrap();
    assert_eq!(codes.lines().count(), usize::try_from(CODES).unwrap());
    for (step, code) in (first..).zip(codes.lines()) {
        let code = code.parse().unwrap_or_else(|_| panic!("oathtool {arguments:?} gave no code"));
        assert!(generator.shows(step, code), "{digits} digits, {arguments:?}, step {step}");
    }
}
