//! How fast rows are read, layout by layout: `cargo bench -p tokenfleet-seedfile --bench throughput`.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is not as it should be")]

use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::time::Instant;

use tokenfleet_seedfile::{Entry, ReadOptions, open};

/// A layout: its name, its heading, and how its rows are written.
type Written<'a> = (&'a str, &'a str, &'a dyn Fn(u32) -> String);

const ROWS: u32 = 300_000;

/// A made-up seed for each row, as hex.
fn seed(row: u32) -> String {
    (0..5).fold(String::new(), |hex, part| {
        hex + &format!("{:08x}", row.wrapping_mul(2_654_435_761).rotate_left(part * 5))
    })
}

/// The same in letters that are Base32 whatever they are.
fn base32(row: u32) -> String {
    seed(row).bytes().take(32).map(|byte| char::from(b"ABCDEFGHIJKLMNOP"[usize::from(byte) % 16])).collect()
}

fn main() {
    let entra = |row| {
        format!("user{row}@example.com,{},{},60,Maker,Model 1", 2_600_000_000_000_u64 + u64::from(row), base32(row))
    };
    let headed = |row| format!("{},{},TOTP,6,60", 2_600_000_000_000_u64 + u64::from(row), seed(row));
    let list = |row| format!("tok{row:07}, {}, totp, 6, 60", seed(row));
    let log = |row| format!("{},,0,{},,2013-12-12T08:41:07,", 1_000_000 + row, seed(row));
    let layouts: [Written<'_>; 4] = [
        ("Entra", "upn,serial number,secret key,time interval,manufacturer,model\n", &entra),
        ("header", "serial,secret,type,digits,period\n", &headed),
        ("OATH CSV", "", &list),
        ("Yubico log", "", &log),
    ];
    let mut told = String::new();
    for (name, heading, row) in layouts {
        let text = (0..ROWS).fold(heading.to_owned(), |text, at| text + &row(at) + "\n");
        let start = Instant::now();
        let mut file = open(text.as_bytes(), &ReadOptions::default()).unwrap();
        let mut keys = 0;
        while let Some(entry) = file.next_entry().unwrap() {
            keys += u32::from(matches!(entry, Entry::Key(_)));
        }
        let rate = f64::from(ROWS) / start.elapsed().as_secs_f64();
        writeln!(told, "{name:12} {rate:>10.0} rows/s").unwrap();
        assert_eq!(keys, ROWS, "{name}");
    }
    stdout().lock().write_all(told.as_bytes()).unwrap();
}
