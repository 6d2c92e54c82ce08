//! T-04: double spending. Somebody presents one code over many connections at the same moment; it counts once.

use std::sync::Arc;

use tokenfleet_domain::otp::code::Generator;
use tokenfleet_domain::ports::Clock;
use tokenfleet_tests::{Caller, Daemon, Device, oath_file};
use tokenfleetd::os::SystemClock;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::deed::{Told, generator, shown};
use crate::outcome::Outcome;
use crate::run::Run;
use crate::victim::raise_limits;

/// Who presents the code, and over how many connections.
const CLIENTS: usize = 64;
const CONNECTIONS: usize = 8;
/// In so many rounds a server that lets a code count twice must do so.
const CONTROLS: usize = 5;
/// The button token that takes every second round; each of the others has a clock token of its own.
const BUTTON: usize = 0;

/// Runs it.
pub(crate) async fn run(run: &Run, outcome: &mut Outcome) {
    rounds(&run.server, run.sizes.races, outcome).await;
    let mut control = Outcome::until_found();
    rounds(&run.with_bug("twice"), CONTROLS, &mut control).await;
    outcome.control("a server that takes a used code again", &control);
}

async fn rounds(program: &std::path::Path, times: usize, outcome: &mut Outcome) {
    let mut daemon = Daemon::make_in(tempfile::tempdir().unwrap(), program.to_owned());
    raise_limits(&daemon.path("tokenfleetd.toml"));
    daemon.resume();
    let devices = devices(times);
    lend(&daemon.admin(), &devices).await;
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| daemon.admin()).collect();
    for round in 0..times {
        let (device, code) = code_of(&devices, round);
        let answers = at_once(&connections, &device.serial, &code).await;
        let accepted = answers.iter().filter(|told| **told == Told::Answer("done".to_owned())).count();
        let replayed = answers.iter().filter(|told| **told == Told::Answer("CODE_REPLAYED".to_owned())).count();
        outcome.n += 1;
        if (accepted, replayed) != (1, CLIENTS - 1) {
            outcome.fail(format!("round {round}: {accepted} acceptances and {replayed} replays of {CLIENTS}"));
        }
        if outcome.is_broken_enough() {
            return;
        }
    }
    daemon.stop();
}

/// A button, and a clock for every second round.
fn devices(rounds: usize) -> Vec<Device> {
    let clocks = (0..=rounds / 2).map(|nth| Device::clock(&format!("HC{nth:06}")));
    [Device::button("HB000000")].into_iter().chain(clocks).collect()
}

/// What is presented in a round.
fn code_of(devices: &[Device], round: usize) -> (&Device, String) {
    let half = round / 2;
    if round.is_multiple_of(2) {
        let device = &devices[BUTTON];
        return (device, shown(&generator(device), i64::try_from(half).unwrap()));
    }
    let device = &devices[1 + half];
    (device, now_shown(&generator(device)))
}

/// What a clock token shows at this moment.
pub(crate) fn now_shown(generator: &Generator) -> String {
    shown(generator, SystemClock.now().timestamp() / 30)
}

async fn lend(admin: &Caller, devices: &[Device]) {
    admin.import(&oath_file(&devices.iter().collect::<Vec<_>>())).await.unwrap();
    for (nth, device) in devices.iter().enumerate() {
        admin.assign(&device.serial, &format!("{nth:010}")).await.unwrap();
    }
}

/// Presents a code so often at once.
async fn at_once(connections: &[Caller], serial: &str, code: &str) -> Vec<Told> {
    let barrier = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for nth in 0..CLIENTS {
        let (desk, barrier) = (connections[nth % CONNECTIONS].clone(), Arc::clone(&barrier));
        let (serial, code) = (serial.to_owned(), code.to_owned());
        clients.spawn(async move {
            barrier.wait().await;
            Told::from(desk.verify(&serial, &code).await.map(drop))
        });
    }
    clients.join_all().await
}
