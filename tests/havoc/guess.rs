//! T-05 and T-06: guessing. However many guesses come at once, few are looked at, and a restart forgives none; whoever hangs
//! up is charged for every guess that was looked at.

use std::path::Path;
use std::time::{Duration, Instant};

use tokenfleet_domain::otp::verify::delay_after;
use tokenfleet_tests::{Caller, Daemon, Device, Fleet, oath_file, refused};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::deed::Told;
use crate::outcome::Outcome;
use crate::random::Random;
use crate::run::Run;

const CONNECTIONS: usize = 16;
const USER: &str = "0123456789";
/// In so many guesses a server that charges for none must show it.
const CONTROLS: usize = 200;
/// Wrong codes that a token is given while clients hang up; at 20 it would be disabled.
const GUESSES_EACH: usize = 15;

/// T-05.
pub(crate) async fn at_once(run: &Run, outcome: &mut Outcome) {
    guess(&run.server, run.sizes.guesses, outcome).await;
    let mut control = Outcome::until_found();
    guess(&run.with_bug("uncharged"), CONTROLS, &mut control).await;
    outcome.control("a server that does not count wrong codes", &control);
}

async fn guess(program: &Path, guesses: usize, outcome: &mut Outcome) {
    let mut daemon = Daemon::make_in(tempfile::tempdir().unwrap(), program.to_owned());
    daemon.resume();
    let device = Device::button("HG000000");
    daemon.admin().import(&oath_file(&[&device])).await.unwrap();
    daemon.admin().assign(&device.serial, USER).await.unwrap();
    let codes: Vec<_> = {
        let shown = device.presses(0, 25);
        (0..).map(|code| format!("{code:06}")).filter(|code| !shown.contains(code)).take(guesses).collect()
    };
    let begun = Instant::now();
    let told = present(&daemon, &device, codes).await;
    let looked_at = count(&told, "CODE_WRONG");
    let most = looked_at_most(begun.elapsed());
    outcome.n += told.len();
    if looked_at == 0 || looked_at > most || looked_at + count(&told, "TOKEN_LOCKED_OUT") != guesses {
        outcome
            .fail(format!("{looked_at} of {guesses} guesses were looked at, {most} may be in {:?}", begun.elapsed()));
    }
    if recorded(&daemon.admin(), &device).await != looked_at {
        outcome.fail(format!("{looked_at} were told to be wrong, and the record has others"));
    }
    daemon.kill();
    daemon.resume();
    let failures = daemon.admin().token(&device.serial).await.unwrap().failures;
    if usize::try_from(failures).unwrap() != looked_at {
        outcome.fail(format!("{looked_at} were looked at, and after a restart {failures} count"));
    }
    outcome.remark(format!("{looked_at} of {guesses} were looked at in {} ms", begun.elapsed().as_millis()));
}

/// Guesses at once, over all connections.
async fn present(daemon: &Daemon, device: &Device, codes: Vec<String>) -> Vec<Told> {
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| daemon.admin()).collect();
    let mut guesses = JoinSet::new();
    for (nth, code) in codes.into_iter().enumerate() {
        let (desk, serial) = (connections[nth % CONNECTIONS].clone(), device.serial.clone());
        guesses.spawn(async move { Told::from(desk.verify(&serial, &code).await.map(drop)) });
    }
    guesses.join_all().await
}

fn count(told: &[Told], answer: &str) -> usize {
    told.iter().filter(|told| matches!(told, Told::Answer(given) if given == answer)).count()
}

/// How many may be looked at in a time: after each the delay has to pass.
fn looked_at_most(time: Duration) -> usize {
    let mut waited = Duration::ZERO;
    let delays = (1..).map(|failures| {
        waited += delay_after(failures);
        waited
    });
    1 + delays.take_while(|waited| *waited <= time).count()
}

/// How many codes of a token were looked at and found wrong, says the record.
async fn recorded(admin: &Caller, device: &Device) -> usize {
    let name = admin.token(&device.serial).await.unwrap().name;
    let filter = format!("subject = \"{name}\" AND action = \"code.verify\" AND outcome = \"CODE_WRONG\"");
    admin.audit(&filter).await.unwrap().len()
}

/// T-06: with a clock that is moved on, so that every guess may be looked at.
pub(crate) async fn hanging_up(run: &Run, outcome: &mut Outcome) {
    let mut random = run.random("hang up");
    let mut fleet = Fleet::start().await;
    let (mut charged, mut answered) = (0, 0);
    let devices: Vec<_> =
        (0..run.sizes.hang_ups.div_ceil(GUESSES_EACH)).map(|nth| Device::clock(&format!("HU{nth:06}"))).collect();
    for (nth, device) in devices.iter().enumerate() {
        fleet.lend(device, &format!("{nth:010}")).await;
        for code in device.wrong_codes(fleet.now(), GUESSES_EACH) {
            fleet.clock.advance(3600);
            answered += usize::from(hang_up(&fleet.admin, device, &code, &mut random).await);
            outcome.n += 1;
        }
    }
    // What was begun has ended when the server has.
    fleet.restart().await;
    fleet.admin = fleet.admin.on_another_connection();
    for device in &devices {
        let failures = usize::try_from(fleet.admin.token(&device.serial).await.unwrap().failures).unwrap();
        let looked_at = recorded(&fleet.admin, device).await;
        if looked_at != failures {
            outcome.fail(format!("{}: {looked_at} were looked at, {failures} were charged", device.serial));
        }
        charged += failures;
    }
    outcome.checked("calls were cut off after they were charged", charged > answered);
    outcome.remark(format!("{answered} were waited for, {charged} charged of {}", outcome.n));
}

/// Guesses, and goes away a random while later, mostly before the answer; whether it came.
async fn hang_up(desk: &Caller, device: &Device, code: &str, random: &mut Random) -> bool {
    let begun = Instant::now();
    desk.who_am_i().await.unwrap();
    let patience = begun.elapsed() * u32::try_from(random.below(20)).unwrap() / 10;
    match timeout(patience, desk.verify(&device.serial, code)).await {
        Ok(answer) => refused(answer).reason == "CODE_WRONG",
        Err(_) => false,
    }
}
