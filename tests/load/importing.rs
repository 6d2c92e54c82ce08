//! A large CSV file through the real server, beside a bare insert of the rows that it left: same table, same indexes, one
//! transaction. While it runs, a desk goes on verifying codes.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use data_encoding::BASE32_NOPAD;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tokenfleet_domain::otp::code::{Algorithm, Digits, Generator};
use tokenfleet_domain::ports::Clock;
use tokenfleet_domain::seed::Seed;
use tokenfleet_tests::{Caller, Daemon};
use tokenfleetd::os::SystemClock;

use crate::figures::Figures;

/// Rows that are read at a time for the bare insert.
const SLICE: usize = 20_000;

/// Codes that are verified in each of the two runs, and how long apart they are sent.
const CODES: usize = 300;
const APART: Duration = Duration::from_millis(10);

/// Measures an import of so many rows.
pub(crate) async fn measure(rows: usize, figures: &mut Figures) {
    let mut daemon = Daemon::make();
    raise_limits(&daemon.path("tokenfleetd.toml"));
    daemon.resume();
    let admin = daemon.admin();
    lend(&admin).await;
    let alone = verify(&admin, 0..CODES).await;

    let file = csv("B", rows);
    let before = memory(&daemon, "VmRSS:");
    reset_peak(&daemon);
    let started = Instant::now();
    let (import, meanwhile) = tokio::join!(admin.import(&file), verify(&admin, CODES..2 * CODES));
    let took = started.elapsed().as_secs_f64();
    assert_eq!(import.unwrap().summary.created, i64::try_from(rows).unwrap());
    let more = memory(&daemon, "VmHWM:") - before;
    daemon.stop();

    let (count, bare) = bare_insert(&daemon.path("tokenfleet.db"), daemon.folder());
    figures.at_least(
        &format!("import of {rows} CSV rows, rows/s"),
        per_second(rows, took),
        per_second(count, bare),
        0.5,
    );
    figures.at_most("  its memory beyond what was resident, MiB", more, 64.0, 1.0);
    figures.at_most("  verify p99 meanwhile, ms", p99(meanwhile), p99(alone), 3.0);
}

fn per_second(rows: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(rows).unwrap()) / seconds
}

/// Lets one operator lend as many tokens as the run takes.
fn raise_limits(config: &Path) {
    let text = std::fs::read_to_string(config).unwrap();
    let line = text.lines().find(|line| line.starts_with("loans_per_operator_per_hour")).unwrap().to_owned();
    std::fs::write(config, text.replace(&line, "loans_per_operator_per_hour = 1000000")).unwrap();
}

async fn lend(admin: &Caller) {
    let file = csv("A", 2 * CODES);
    assert_eq!(admin.import(&file).await.unwrap().summary.created, i64::try_from(2 * CODES).unwrap());
    for index in 0..2 * CODES {
        admin.assign(&serial("A", index), &format!("{:010}", 1_000_000_000 + index)).await.unwrap();
    }
}

/// Verifies one code of each token at a steady pace, whether the last answer is there or not: how long each took, in
/// milliseconds.
async fn verify(admin: &Caller, tokens: std::ops::Range<usize>) -> Vec<f64> {
    let mut asked = Vec::new();
    let mut ticks = tokio::time::interval(APART);
    for index in tokens {
        ticks.tick().await;
        let (admin, due) = (admin.clone(), Instant::now());
        asked.push(tokio::spawn(async move {
            admin.verify(&serial("A", index), &code("A", index)).await.unwrap();
            due.elapsed().as_secs_f64() * 1_000.0
        }));
    }
    let mut took = Vec::new();
    for asked in asked {
        took.push(asked.await.unwrap());
    }
    took
}

fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

fn code(series: &str, index: usize) -> String {
    let step = SystemClock.now().timestamp() / 30;
    let generator = Generator::new(&Seed::new(seed(series, index)).unwrap(), Algorithm::Sha1, Digits::SIX);
    // A code shows itself to nobody but a hash: its length, then its number.
    let [_, number @ ..] = generator.code_at(step).unwrap().hash_input();
    format!("{:06}", u32::from_be_bytes(number))
}

/// A file as Entra ID documents it.
fn csv(series: &str, rows: usize) -> String {
    let mut file = String::from("upn,serial number,secret key,time interval,manufacturer,model\n");
    for index in 0..rows {
        let secret = BASE32_NOPAD.encode(&seed(series, index));
        writeln!(file, "upn@example.com,{},{secret},30,Contoso,HardwareKey", serial(series, index)).unwrap();
    }
    file
}

fn serial(series: &str, index: usize) -> String {
    format!("{series}{index:09}")
}

/// 20 bytes that look random.
fn seed(series: &str, index: usize) -> Vec<u8> {
    let mut state = u64::try_from(index).unwrap() + u64::from(series.as_bytes()[0]) * 1_000_000_007;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    let words = [next(), next(), next()];
    words.iter().flat_map(|word| word.to_le_bytes()).take(20).collect()
}

/// A line of what the system says of the server's memory, in MiB.
fn memory(daemon: &Daemon, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let found = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    found.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// Forgets the highest memory so far.
fn reset_peak(daemon: &Daemon) {
    std::fs::write(format!("/proc/{}/clear_refs", daemon.id()), "5").unwrap();
}

/// Inserts the sealed rows of a fleet into a fresh table of the same kind: how many, and the seconds that took.
fn bare_insert(fleet: &Path, folder: &Path) -> (usize, f64) {
    let from = Connection::open(fleet).unwrap();
    let to = Connection::open(folder.join("bare.db")).unwrap();
    to.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF").unwrap();
    let mut schema = from
        .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'token' AND sql IS NOT NULL ORDER BY type = 'index'")
        .unwrap();
    let schema: Vec<String> = schema.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for statement in schema {
        to.execute_batch(&statement).unwrap();
    }
    let mut rows = from.prepare("SELECT * FROM token ORDER BY id").unwrap();
    let columns = rows.column_count();
    let places = (1..=columns).map(|at| format!("?{at}")).collect::<Vec<_>>().join(", ");
    let mut insert = to.prepare(&format!("INSERT INTO token VALUES ({places})")).unwrap();
    let mut all = rows.query([]).unwrap();
    let (mut count, mut took) = (0, Duration::ZERO);
    to.execute_batch("BEGIN IMMEDIATE").unwrap();
    loop {
        let mut slice: Vec<Vec<Value>> = Vec::with_capacity(SLICE);
        while slice.len() < SLICE
            && let Some(row) = all.next().unwrap()
        {
            slice.push((0..columns).map(|at| row.get_unwrap(at)).collect());
        }
        if slice.is_empty() {
            break;
        }
        count += slice.len();
        let started = Instant::now();
        for row in &slice {
            insert.execute(params_from_iter(row)).unwrap();
        }
        took += started.elapsed();
    }
    let started = Instant::now();
    to.execute_batch("COMMIT").unwrap();
    (count, (took + started.elapsed()).as_secs_f64())
}
