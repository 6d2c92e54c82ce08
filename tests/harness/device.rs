//! Tokens as people hold them: a made-up seed, a clock that may be off, or a button. Their codes come from `oathtool`.
//!
//! Without `oathtool` there is no independent source of codes, so what needs one fails and says that it was not run.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::process::Command;

use chrono::TimeDelta;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use tokenfleet_domain::ports::Timestamp;

/// A token.
#[derive(Debug, Clone)]
pub struct Device {
    /// The serial on its back.
    pub serial: String,
    seed: Vec<u8>,
    period: i64,
    drift: i64,
}

impl Device {
    /// A token with a clock, 30 s. Its seed is made up from the serial.
    pub fn clock(serial: &str) -> Self {
        Self { serial: serial.to_owned(), seed: seed(serial), period: 30, drift: 0 }
    }

    /// A token with a button.
    pub fn button(serial: &str) -> Self {
        Self { period: 0, ..Self::clock(serial) }
    }

    /// The same with a seed that is given.
    #[must_use]
    pub fn with_seed(self, seed: Vec<u8>) -> Self {
        Self { seed, ..self }
    }

    /// The same with a new code every so many seconds.
    #[must_use]
    pub fn every(self, seconds: i64) -> Self {
        Self { period: seconds, ..self }
    }

    /// The same with a clock that is off by so many seconds.
    #[must_use]
    pub fn drifted(self, seconds: i64) -> Self {
        Self { drift: seconds, ..self }
    }

    /// Another token with the same serial.
    #[must_use]
    pub fn with_another_seed(&self) -> Self {
        Self { seed: seed(&format!("another {}", self.serial)), ..self.clone() }
    }

    /// The same token under another serial.
    #[must_use]
    pub fn with_serial(&self, serial: &str) -> Self {
        Self { serial: serial.to_owned(), ..self.clone() }
    }

    /// What it shows at a moment of the right time.
    pub fn code(&self, at: Timestamp) -> String {
        self.codes(at, 1).remove(0)
    }

    /// What it shows from a moment on, code after code.
    pub fn codes(&self, at: Timestamp, count: usize) -> Vec<String> {
        let shown = (at + TimeDelta::seconds(self.drift)).timestamp();
        let how = ["--totp=sha1".to_owned(), format!("--time-step-size={}s", self.period), format!("--now=@{shown}")];
        oathtool(&how, &self.seed, count)
    }

    /// What it shows after so many presses, press after press.
    pub fn presses(&self, counter: u64, count: usize) -> Vec<String> {
        oathtool(&["--hotp".to_owned(), format!("--counter={counter}")], &self.seed, count)
    }

    /// Codes that it does not show within 25 steps of a moment.
    pub fn wrong_codes(&self, at: Timestamp, count: usize) -> Vec<String> {
        let shown: HashSet<_> = self.codes(at - TimeDelta::seconds(25 * self.period), 51).into_iter().collect();
        (0..).map(|code| format!("{code:06}")).filter(|code| !shown.contains(code)).take(count).collect()
    }

    /// A row of a file as Entra ID documents it.
    pub fn entra_row(&self) -> String {
        let secret = BASE32_NOPAD.encode(&self.seed);
        format!("upn@example.com,{},{secret},{},Contoso,HardwareKey\n", self.serial, self.period)
    }

    /// A row of an OATH list.
    pub fn oath_row(&self) -> String {
        let kind = if self.period == 0 { "hotp" } else { "totp" };
        format!("{},{},{kind},6\n", self.serial, HEXLOWER.encode(&self.seed))
    }

    /// Its seed, to look for where it must not be.
    pub fn seed(&self) -> &[u8] {
        &self.seed
    }
}

/// A file with the header that Entra ID documents.
pub fn entra_file(devices: &[&Device]) -> String {
    let rows: String = devices.iter().map(|device| device.entra_row()).collect();
    format!("upn,serial number,secret key,time interval,manufacturer,model\n{rows}")
}

/// An OATH list, which has no header.
pub fn oath_file(devices: &[&Device]) -> String {
    devices.iter().map(|device| device.oath_row()).collect()
}

fn oathtool(how: &[String], seed: &[u8], count: usize) -> Vec<String> {
    let output = Command::new("oathtool")
        .args(how)
        .args(["--digits=6".to_owned(), format!("--window={}", count - 1), HEXLOWER.encode(seed)])
        .output()
        .unwrap_or_else(|why| {
            assert!(why.kind() != ErrorKind::NotFound, "NOT RUN: there is no oathtool here (Debian package oathtool)");
            panic!("oathtool: {why}")
        });
    assert!(output.status.success(), "oathtool {how:?}: {}", output.status);
    let codes: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), count);
    codes
}

/// 20 bytes that look random and are the same for the same text (splitmix64).
fn seed(text: &str) -> Vec<u8> {
    let mut state =
        text.bytes().fold(0x5eed_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    });
    words.by_ref().take(3).flat_map(u64::to_be_bytes).take(20).collect()
}
