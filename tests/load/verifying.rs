//! Verifications: as many as go, at a steady pace, one at a time, and as a university's day mixes them.

use std::time::Duration;

use tokenfleet_domain::ports::Clock;
use tokenfleet_tests::Daemon;
use tokenfleetd::os::SystemClock;

use crate::bare::Bare;
use crate::figures::Figures;
use crate::process::{Used, resident};
use crate::signins::SignIns;
use crate::times::number;

const WHY: &str = "C is a durable commit of bare SQLite with the rows of one verification: the token's row twice (charged, then settled), an \
event with its four indexes, the end of the chain. B(n) is the health call with n in flight through the same mutual-TLS \
connections, which passes the same gate. Each verification is durable and on record before it is answered; those that wait \
meanwhile share the next commit. At 256 in flight, two things bound the rate: the processor, which client and server share \
here and which B has for itself, and the writer, which is one thread. At half that rate a verification waits for \
the commit that is under way, then for its own.";

const SHORT: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(6);
/// Most in flight.
const MOST: usize = 256;
/// From so many milliseconds a commit on, commits must be shared.
const SLOW_COMMIT: f64 = 3.0;

/// What others are held against.
pub(crate) struct Basis {
    /// A commit of one verification by bare SQLite, in milliseconds.
    pub(crate) commit: f64,
    /// A health call alone, in milliseconds.
    pub(crate) call: f64,
}

/// Measures verifications of a fleet's tokens.
pub(crate) async fn measure(daemon: &Daemon, sign_ins: &SignIns, mut bare: Bare, figures: &mut Figures) -> Basis {
    figures.chapter("Verifications", WHY);
    let commit = bare.commits(1_000, 1).mean();
    figures.plain("C: bare commit of one verification, ms", commit);
    let mut alone = (0.0, 0.0);
    let mut full = None;
    for many in [1, 16, 64, MOST] {
        let lasting = if many == MOST { LONG } else { SHORT };
        let calls = sign_ins.relying.health_in_flight(many, lasting).await;
        let (before, since) = (Used::by(daemon), micros());
        let verified = sign_ins.in_flight(many, lasting).await;
        let used = Used::by(daemon).since(before);
        figures.plain(&format!("B({many}): health calls with {many} in flight, a second"), calls.rate);
        figures.plain(&format!("verifications with {many} in flight, a second"), verified.rate);
        for (what, time) in
            [("p50", verified.times.median()), ("p99", verified.times.p99()), ("p99.9", verified.times.p999())]
        {
            figures.plain(&format!("verifications with {many} in flight, {what}, ms"), time);
        }
        let count = verified.times.count();
        figures.plain(&format!("processor time of the server a call, {many} in flight, µs"), used.cpu * 1e6 / count);
        figures.plain(&format!("bytes written a call, {many} in flight"), used.written / count);
        if many == 1 {
            alone = (calls.times.median(), verified.times.median());
        }
        full = Some((calls, verified, decisions_a_commit(daemon, since)));
    }
    let (calls, verified, shared) = full.unwrap();
    let waits = 2.0 * commit + calls.times.mean();
    let bound = (0.35 * calls.rate).min(0.7 * number(MOST) / waits * 1_000.0);
    figures.at_least("verify, 256 in flight, a second", verified.rate, bound, 1.0);
    if commit >= SLOW_COMMIT {
        figures.at_least("decisions a commit, 256 in flight", shared, 30.0, 1.0);
    } else {
        figures.plain("decisions a commit, 256 in flight", shared);
    }
    paced(daemon, sign_ins, &mut bare, (verified.rate / 2.0, commit), figures).await;
    figures.at_most("verify, one client, one in flight, median, ms", alone.1, alone.0 + 1.3 * commit, 1.0);
    sign_ins.codes.check();
    figures.plain("resident memory after all of that, MiB", resident(daemon));
    Basis { commit, call: alone.0 }
}

async fn paced(
    daemon: &Daemon,
    sign_ins: &SignIns,
    bare: &mut Bare,
    (rate, commit): (f64, f64),
    figures: &mut Figures,
) {
    let calls = sign_ins.relying.health_at_rate(rate, SHORT).await;
    let since = micros();
    let verified = sign_ins.at_rate(rate, LONG).await;
    let shared = decisions_a_commit(daemon, since);
    let batch = bare.commits(200, shared_jobs(shared)).mean();
    figures.plain("health calls at half that rate, p99, ms", calls.times.p99());
    figures.plain("decisions a commit at half that rate", shared);
    figures.plain("bare commit of so many, ms", batch);
    figures.plain("verify at half that rate, p99.9, ms", verified.times.p999());
    figures.at_most(
        "verify at half that rate, p99, ms",
        verified.times.p99(),
        calls.times.p99() + 3.0 * commit + batch,
        1.0,
    );
}

fn shared_jobs(shared: f64) -> usize {
    (1..=128).min_by(|a, b| (number(*a) - shared).abs().total_cmp(&(number(*b) - shared).abs())).unwrap()
}

/// All decisions of one commit have one moment, so their moments tell how many commits there were.
fn decisions_a_commit(daemon: &Daemon, since: i64) -> f64 {
    let of = format!("FROM audit_event WHERE recorded_at > {since} AND action = 'code.verify'");
    let database = daemon.database();
    let one = |what: &str| number(usize::try_from(database.number(&format!("SELECT {what} {of}"))).unwrap());
    one("COUNT(*)") / one("COUNT(DISTINCT recorded_at)")
}

fn micros() -> i64 {
    SystemClock.now().timestamp_micros()
}
