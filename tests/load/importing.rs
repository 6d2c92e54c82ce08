//! A large CSV file through the real server, beside a bare insert of the rows that it left: same table, same indexes, one
//! transaction. While it runs, sign-ins go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokenfleet_tests::Caller;

use crate::bare;
use crate::callers::Relying;
use crate::figures::Figures;
use crate::fleet;
use crate::process::{Used, forget_peak, peak, resident};
use crate::signins::{STEADY, SignIns};
use crate::times::{a_second, number};
use crate::tokens::csv;

const WHY: &str = "The limit is bare SQLite that inserts the rows the import left, sealed beforehand, into a fresh table with the same \
indexes, in one transaction. The import reads the file, opens and seals every key on its own thread, holds each key against \
what is known (two look-ups), and writes in small jobs, so that sign-ins go on; they are what commits so often.";

/// Tokens whose codes are shown meanwhile.
const LENT: usize = 20_000;
const ALONE: Duration = Duration::from_secs(4);

/// Measures an import of so many rows.
pub(crate) async fn measure(rows: usize, figures: &mut Figures) {
    figures.chapter("Import", WHY);
    let mut daemon = fleet::make(LENT, 0).await;
    daemon.resume();
    let (admin, sign_ins) = (daemon.admin(), SignIns::of(Relying::join(&daemon).await, LENT));
    let alone = sign_ins.at_rate(STEADY, ALONE).await.times;

    let file = csv('B', rows);
    let resident = resident(&daemon);
    forget_peak(&daemon);
    let before = Used::by(&daemon);
    let at_work = AtomicBool::new(true);
    let goes_on = || at_work.load(Ordering::Relaxed);
    let (took, run) = tokio::join!(import(&admin, &file, rows, &at_work), sign_ins.at_rate_while(STEADY, goes_on));
    let meanwhile = run.times;
    let used = Used::by(&daemon).since(before);
    let more = peak(&daemon) - resident;
    sign_ins.codes.check();
    daemon.stop();

    let (count, bare) = bare::insert(&daemon.path("tokenfleet.db"), daemon.folder());
    let name = format!("import of {rows} CSV rows, rows a second");
    figures.at_least(&name, a_second(rows, took), a_second(count, bare), 0.5);
    figures.at_most("import: memory beyond what was resident, MiB", more, 64.0, 1.0);
    figures.at_most("verify p99 while a file is imported, ms", meanwhile.p99(), alone.p99(), 3.0);
    figures.plain("verify p99.9 while a file is imported, ms", meanwhile.p999());
    figures.plain("processor time of the server a row, µs", used.cpu * 1e6 / number(rows));
    figures.plain("bytes written a row", used.written / number(rows));
}

/// Imports a file, and says how long it took.
async fn import(admin: &Caller, file: &str, rows: usize, at_work: &AtomicBool) -> Duration {
    let started = Instant::now();
    let import = admin.import(file).await.unwrap();
    at_work.store(false, Ordering::Relaxed);
    assert_eq!(import.summary.created, i64::try_from(rows).unwrap());
    started.elapsed()
}
