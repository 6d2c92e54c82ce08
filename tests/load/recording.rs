//! Checking that the record is whole, beside the hash function alone over the same bytes.

use std::time::Instant;

use ring::digest;
use tokenfleet_domain::audit::{Entry, GENESIS};
use tokenfleet_tests::Daemon;

use crate::figures::Figures;
use crate::fleet::Maker;
use crate::process::{forget_peak, peak, resident};
use crate::reading::Read;
use crate::times::{a_second, number};

const WHY: &str = "The limit is SHA-256 over the very bytes that the chain hashes, already in memory, one event after the other. A check must \
read each event from the database and put its bytes together again before it can hash them, and recompute the MAC of each \
person's ID: what reading alone costs bare SQLite is told beside it.";

/// Events that are hashed for the limit.
const SAMPLE: u32 = 50_000;

/// Hashes a second of the events of a fleet that is not served.
pub(crate) async fn limit(daemon: &Daemon) -> f64 {
    let maker = Maker::open(daemon);
    let entries = maker.store.read(|tx| tx.audit_of_chain("0", 0, SAMPLE)).await.unwrap();
    maker.store.close().await;
    let bytes: Vec<_> = entries.iter().map(|entry: &Entry| entry.canonical(&GENESIS)).collect();
    let started = Instant::now();
    for bytes in &bytes {
        std::hint::black_box(digest::digest(&digest::SHA256, bytes));
    }
    a_second(bytes.len(), started.elapsed())
}

/// Measures a check of the whole record.
pub(crate) async fn measure(daemon: &Daemon, fleet: &Read, limit: f64, figures: &mut Figures) {
    figures.chapter("The record", WHY);
    let before = resident(daemon);
    forget_peak(daemon);
    let started = Instant::now();
    let chains = fleet.auditor.chains().await.unwrap();
    let took = started.elapsed();
    let events: usize = chains.iter().map(|chain| usize::try_from(chain.events).unwrap()).sum();
    assert!(chains.iter().all(|chain| chain.intact));
    let rate = a_second(events, took);
    figures.at_least(&format!("audit verify of {events} events, a second"), rate, limit, 0.5);
    figures.at_most("audit verify: memory beyond what was resident, MiB", peak(daemon) - before, 32.0, 1.0);
    let started = Instant::now();
    let read = daemon.database().number(
        "SELECT COUNT(length(operator) + length(action) + length(outcome) + length(subject) + length(user_id) + \
         length(user_mac) + length(details) + length(hash)) FROM (SELECT * FROM audit_event ORDER BY chain, seq)",
    );
    figures.plain(
        "reading the same events in order by bare SQLite, a second",
        number(usize::try_from(read).unwrap()) / started.elapsed().as_secs_f64(),
    );
}
