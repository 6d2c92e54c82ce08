//! T-18: histories. Several desks do things to the same tokens at once, the server is killed on the way, and what they were
//! told must be explained by some order of one thing after another.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokenfleet_tests::{Caller, Daemon, oath_file};
use tokio::task::JoinSet;

use crate::deed::{Token, Told, resume, suspend};
use crate::linear::{Answer, CALLS_MAX, Call, Op, Row, by_brute_force, is_linearizable};
use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;
use crate::victim::raise_limits;

/// Who asks at once, of how many tokens, how often before the kill and after it.
const DESKS: usize = 6;
const TOKENS: usize = 8;
const CALLS_EACH: usize = 40;
/// In so many histories a server that takes a used code again must be found.
const CONTROLS: usize = 10;
/// Small histories on which both judges are asked.
const SMALL: usize = 2_000;
/// How far around the last press that was presented the next one lies.
const NEAR: usize = 3;

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    let mut random = run.random("history");
    compare_judges(&mut random, outcome);
    histories(&run.server, run.sizes.histories, &mut random, outcome).await;
    let mut control = Outcome::until_found();
    histories(&run.with_bug("twice"), CONTROLS, &mut random, &mut control).await;
    outcome.control("a server that takes a used code again", &control);
}

/// Both judges say the same of made-up histories, good ones and bad ones.
fn compare_judges(random: &mut Random, outcome: &mut Outcome) {
    let (mut good, mut bad) = (0, 0);
    for _ in 0..SMALL {
        let calls = small(random);
        let (quick, sure) = (is_linearizable(&calls), by_brute_force(&calls));
        if quick != sure {
            outcome.fail(format!("the judges differ ({quick}, {sure}) on {calls:?}"));
        }
        if sure { good += 1 } else { bad += 1 }
    }
    outcome.remark(format!("both judges agree on {good} good and {bad} bad small histories"));
    outcome.checked("bad small histories", good > 0 && bad > 0);
}

/// Up to five calls that overlap, answered as one after another would be, with one answer changed in every second.
fn small(random: &mut Random) -> Vec<Call> {
    let mut row = Row::NEW;
    let count = random.within(2..6);
    let mut calls: Vec<_> = (0..count)
        .map(|nth| {
            let op = draw(random, 1);
            let (answer, next) = row.after(op);
            row = next;
            let answer = (random.below(6) > 0).then_some(answer);
            let to = if answer.is_some() { 10 * nth + random.within(5..30) } else { usize::MAX };
            Call { op, answer, from: 10 * nth, to }
        })
        .collect();
    if random.below(2) == 0 {
        let nth = random.below(count);
        calls[nth].answer = calls[nth].answer.map(|_| [Answer::Done, Answer::Replayed, Answer::No][random.below(3)]);
    }
    calls
}

/// Something to ask of a token whose presses are about at this one.
fn draw(random: &mut Random, press: i64) -> Op {
    match random.below(10) {
        0..5 => Op::Verify((press + i64::try_from(random.below(2 * NEAR)).unwrap() - 2).max(0)),
        5..7 => Op::Lend,
        7 => Op::GiveBack,
        8 => Op::Suspend,
        _ => Op::Resume,
    }
}

/// What was done to some tokens, in the order in which it was asked and answered.
struct History {
    tokens: Vec<Token>,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    moment: usize,
    calls: Vec<Vec<Call>>,
    presses: Vec<i64>,
}

async fn histories(program: &Path, times: usize, random: &mut Random, outcome: &mut Outcome) {
    let mut daemon = Daemon::make_in(tempfile::tempdir().unwrap(), program.to_owned());
    raise_limits(&daemon.path("tokenfleetd.toml"));
    daemon.resume();
    let mut calls = 0;
    for nth in 0..times {
        let tokens: Vec<_> = (0..TOKENS).map(|token| Token::numbered(TOKENS * nth + token)).collect();
        let devices: Vec<_> = tokens.iter().map(|token| &token.device).collect();
        daemon.admin().import(&oath_file(&devices)).await.unwrap();
        let noted = Noted { calls: vec![Vec::new(); TOKENS], presses: vec![0; TOKENS], ..Noted::default() };
        let history = Arc::new(History { tokens, noted: Mutex::new(noted) });
        let mut desks = start(&history, &daemon, random);
        desks.join_next().await;
        daemon.signal("KILL");
        desks.join_all().await;
        daemon.kill_if_running();
        daemon.resume();
        start(&history, &daemon, random).join_all().await;
        calls += judge(&history, outcome);
        outcome.n += 1;
        if outcome.is_broken_enough() {
            return;
        }
    }
    outcome.remark(format!("{calls} calls in {} histories of {TOKENS} tokens each, a kill in each", outcome.n));
    daemon.stop();
}

/// Holds each token's history against the judge; how many calls there were.
fn judge(history: &History, outcome: &mut Outcome) -> usize {
    let noted = history.noted.lock().unwrap();
    for (token, calls) in noted.calls.iter().enumerate() {
        if !is_linearizable(calls) {
            let serial = &history.tokens[token].device.serial;
            outcome.fail(format!("no order explains what was told of {serial}: {calls:?}"));
        }
    }
    noted.calls.iter().map(Vec::len).sum()
}

fn start(history: &Arc<History>, daemon: &Daemon, random: &mut Random) -> JoinSet<()> {
    let mut desks = JoinSet::new();
    for _ in 0..DESKS {
        let (history, desk, mut random) = (Arc::clone(history), daemon.admin(), random.branch());
        desks.spawn(async move {
            for _ in 0..CALLS_EACH {
                if !history.call(&desk, &mut random).await {
                    return;
                }
            }
        });
    }
    desks
}

impl History {
    /// Asks for one thing; false where nobody answered.
    async fn call(&self, desk: &Caller, random: &mut Random) -> bool {
        let token = random.below(TOKENS);
        let Some((nth, op)) = self.note(token, random) else { return true };
        let told = ask(desk, &self.tokens[token], op).await;
        self.answered(token, nth, &told)
    }

    fn note(&self, token: usize, random: &mut Random) -> Option<(usize, Op)> {
        let mut noted = self.noted.lock().unwrap();
        if noted.calls[token].len() == CALLS_MAX {
            return None;
        }
        let op = draw(random, noted.presses[token]);
        if let Op::Verify(press) = op {
            noted.presses[token] = noted.presses[token].max(press);
        }
        noted.moment += 1;
        let call = Call { op, answer: None, from: noted.moment, to: usize::MAX };
        noted.calls[token].push(call);
        Some((noted.calls[token].len() - 1, op))
    }

    fn answered(&self, token: usize, nth: usize, told: &Told) -> bool {
        let answer = match told {
            Told::Nothing => return false,
            // It was said to be undone: as if it had been refused before anything was looked at, and so no call.
            Told::Undone(_) => None,
            Told::Answer(answer) => Some(match answer.as_str() {
                "done" => Answer::Done,
                "CODE_REPLAYED" => Answer::Replayed,
                "CODE_WRONG" => Answer::Wrong,
                "TOKEN_LOCKED_OUT" => Answer::Locked,
                _ => Answer::No,
            }),
        };
        let mut noted = self.noted.lock().unwrap();
        noted.moment += 1;
        let moment = noted.moment;
        let call = &mut noted.calls[token][nth];
        (call.answer, call.to) = (answer, answer.map_or(usize::MAX, |_| moment));
        true
    }
}

async fn ask(desk: &Caller, token: &Token, op: Op) -> Told {
    let serial = &token.device.serial;
    Told::from(match op {
        Op::Verify(press) => desk.verify(serial, &token.press(press)).await.map(drop),
        Op::Lend => desk.assign(serial, &token.user).await.map(drop),
        Op::GiveBack => desk.take_back(serial).await.map(drop),
        Op::Suspend => suspend(desk, serial).await,
        Op::Resume => resume(desk, serial).await,
    })
}
