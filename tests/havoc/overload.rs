//! T-17: four times as much is asked as the server can do, whether it answers or not. It goes on doing nearly as much as
//! without, refuses the rest, and its memory stays bounded.
//!
//! What is asked is the judgement of a used code: it is charged, computed, refunded, recorded and committed like any other,
//! and may come in any order.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokenfleet_tests::{Caller, Daemon, oath_file};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::deed::{Token, Told};
use crate::outcome::Outcome;
use crate::run::Run;
use crate::victim::rate;

const TOKENS: usize = 64;
/// Calls at a time that show what the server can do.
const AT_ONCE: usize = 128;
/// Connections of the flood: each takes 256 calls at a time, so all together more than the server lets wait.
const CONNECTIONS: usize = 40;
const TIMES: f64 = 4.0;
/// How often some of the flood is sent.
const TICK: Duration = Duration::from_millis(10);
/// What of its capacity must remain, and how much more memory it may take, in MiB.
const REMAINS: f64 = 0.8;
const MEMORY: f64 = 128.0;
/// More than the server lets wait, so that it has to refuse; and how long the flood is made for that at most.
const WAITING: f64 = 6_000.0;
const LONGEST: Duration = Duration::from_secs(20);
/// How long somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    let mut daemon = Daemon::start();
    let tokens: Arc<Vec<_>> = Arc::new((0..TOKENS).map(Token::numbered).collect());
    prepare(&daemon.admin(), &tokens).await;
    let capacity = capacity(&daemon, &tokens, run.sizes.overload).await;
    let before = resident(&daemon);
    let fills_the_queue = Duration::from_secs_f64(WAITING / ((TIMES - 1.0) * capacity)).min(LONGEST);
    let flood = flood(&daemon, &tokens, capacity * TIMES, run.sizes.overload.max(fills_the_queue)).await;
    let more = resident(&daemon) - before;
    outcome.n = flood.sent;
    outcome.fail_all(judge(&flood, capacity, more));
    outcome.remark(format!(
        "{capacity:.0}/s alone, {:.0}/s of {:.0}/s sent were done, {} refused (half within {} ms), {} unanswered, {more:.0} MiB more",
        flood.goodput, flood.rate, flood.refused, flood.median_refusal.as_millis(), flood.unanswered
    ));
    let doctored = Flood { goodput: 0.5 * capacity, ..flood };
    outcome.checked("half of the goodput", !judge(&doctored, capacity, more).is_empty());
    daemon.stop();
}

/// What a flood came to.
struct Flood {
    sent: usize,
    rate: f64,
    goodput: f64,
    refused: usize,
    wrong: usize,
    unanswered: usize,
    median_refusal: Duration,
}

fn judge(flood: &Flood, capacity: f64, more_memory: f64) -> Vec<String> {
    let mut failures = Vec::new();
    if flood.wrong > 0 {
        failures.push(format!("{} answers were wrong", flood.wrong));
    }
    if flood.goodput < REMAINS * capacity {
        failures.push(format!("{:.0}/s of {capacity:.0}/s remain", flood.goodput));
    }
    if more_memory > MEMORY {
        failures.push(format!("it took {more_memory:.0} MiB more"));
    }
    failures
}

/// Lends the tokens and uses the first code of each.
async fn prepare(admin: &Caller, tokens: &[Token]) {
    let devices: Vec<_> = tokens.iter().map(|token| &token.device).collect();
    admin.import(&oath_file(&devices)).await.unwrap();
    for token in tokens {
        admin.assign(&token.device.serial, &token.user).await.unwrap();
        admin.verify(&token.device.serial, &token.press(0)).await.unwrap();
    }
}

async fn ask(desk: &Caller, token: &Token) -> Told {
    Told::from(desk.verify(&token.device.serial, &token.press(0)).await.map(drop))
}

/// How many a second are done where each is asked for when the last one was answered.
async fn capacity(daemon: &Daemon, tokens: &Arc<Vec<Token>>, time: Duration) -> f64 {
    let done = Arc::new(AtomicUsize::new(0));
    let desks: Vec<_> = (0..8).map(|_| daemon.admin()).collect();
    let mut clients = JoinSet::new();
    let begun = Instant::now();
    for nth in 0..AT_ONCE {
        let (desk, tokens, done) = (desks[nth % desks.len()].clone(), Arc::clone(tokens), Arc::clone(&done));
        clients.spawn(async move {
            while begun.elapsed() < time {
                ask(&desk, &tokens[nth % TOKENS]).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    clients.join_all().await;
    rate(done.load(Ordering::Relaxed), begun.elapsed())
}

/// Sends so many a second.
async fn flood(daemon: &Daemon, tokens: &Arc<Vec<Token>>, a_second: f64, time: Duration) -> Flood {
    let desks: Vec<_> = (0..CONNECTIONS).map(|_| daemon.admin()).collect();
    for desk in &desks {
        desk.who_am_i().await.unwrap();
    }
    let mut calls = JoinSet::new();
    let mut ticks = interval(TICK);
    let begun = Instant::now();
    let mut sent = 0;
    while begun.elapsed() < time {
        ticks.tick().await;
        let due = begun.elapsed().as_secs_f64() * a_second;
        while f64::from(u32::try_from(sent).unwrap()) < due {
            let (desk, tokens) = (desks[sent % CONNECTIONS].clone(), Arc::clone(tokens));
            calls.spawn(async move {
                let asked = Instant::now();
                let told = timeout(PATIENCE, ask(&desk, &tokens[sent % TOKENS])).await;
                (told.unwrap_or(Told::Nothing), begun.elapsed(), asked.elapsed())
            });
            sent += 1;
        }
    }
    sum(calls.join_all().await, sent, time)
}

fn sum(answers: Vec<(Told, Duration, Duration)>, sent: usize, time: Duration) -> Flood {
    let (mut done, mut wrong, mut unanswered, mut refusals) = (0, 0, 0, Vec::new());
    let mut last = time;
    for (told, at, took) in answers {
        match told {
            Told::Answer(answer) if answer == "CODE_REPLAYED" => {
                done += 1;
                last = last.max(at);
            }
            Told::Answer(_) => wrong += 1,
            Told::Undone(_) => refusals.push(took),
            Told::Nothing => unanswered += 1,
        }
    }
    refusals.sort();
    let median_refusal = refusals.get(refusals.len() / 2).copied().unwrap_or_default();
    Flood {
        sent,
        rate: rate(sent, time),
        goodput: rate(done, last),
        refused: refusals.len(),
        wrong,
        unanswered,
        median_refusal,
    }
}

/// The server's memory, in MiB.
pub(crate) fn resident(daemon: &Daemon) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
