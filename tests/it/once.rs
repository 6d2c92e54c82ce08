//! One code counts once, and guesses are counted whatever the guesser does.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokenfleet_proto::v1::{Authenticator, Role, TokenState};
use tokenfleet_tests::{Caller, Device, Fleet, refused};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tonic::Status;

const USER: &str = "0123456789";
const CONNECTIONS: usize = 8;

/// Calls so often at the same time, over several connections; what each came to.
async fn at_once<T, F>(caller: &Caller, count: usize, call: impl Fn(Caller, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| caller.on_another_connection()).collect();
    for connection in &connections {
        connection.who_am_i().await.unwrap();
    }
    let barrier = Arc::new(Barrier::new(count));
    let mut calls = JoinSet::new();
    for nth in 0..count {
        let barrier = Arc::clone(&barrier);
        let call = call(connections[nth % CONNECTIONS].clone(), nth);
        calls.spawn(async move {
            barrier.wait().await;
            call.await
        });
    }
    calls.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_parallel_presentations_of_a_code_to_a_relying_system_one_is_accepted() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    for _ in 0..5 {
        let code = device.code(fleet.now());
        let ask = |system: Caller, _| {
            let code = code.clone();
            async move { system.passes(USER, &code).await.unwrap() }
        };
        let answers = at_once(&system, 64, ask).await;
        assert_eq!(answers.iter().filter(|accepted| **accepted).count(), 1);
        fleet.clock.advance(30);
    }
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_parallel_presentations_of_a_code_at_desks_one_is_accepted() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let code = device.code(fleet.now());
    let ask = |desk: Caller, _| {
        let code = code.clone();
        async move { desk.verify("2600215704919", &code).await.map(drop) }
    };
    let (accepted, others): (Vec<_>, Vec<_>) =
        at_once(&fleet.admin, 64, ask).await.into_iter().partition(Result::is_ok);
    assert_eq!(accepted.len(), 1);
    for no in others {
        assert_eq!(refused(no).reason, "CODE_REPLAYED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_parallel_loans_of_a_token_one_is_made() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let lend = |desk: Caller, nth| async move { desk.assign("2600215704919", &format!("{nth:010}")).await.map(drop) };
    let answers = at_once(&fleet.admin, 64, lend).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(fleet.database().number("SELECT count(*) FROM loan"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_code_stays_used_when_the_server_starts_again() {
    let mut fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let code = device.code(fleet.now());
    fleet.admin.verify(&device.serial, &code).await.unwrap();
    fleet.restart().await;
    let desk = fleet.admin.on_another_connection();
    assert_eq!(refused(desk.verify(&device.serial, &code).await).reason, "CODE_REPLAYED");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_300_parallel_guesses_three_are_looked_at() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let guesses = Arc::new(device.wrong_codes(fleet.now(), 300));
    let guess = |desk: Caller, nth: usize| {
        let guesses = Arc::clone(&guesses);
        async move { refused(desk.verify("2600215704919", &guesses[nth]).await).reason }
    };
    let reasons = at_once(&fleet.admin, 300, guess).await;
    let wrong = reasons.iter().filter(|reason| *reason == "CODE_WRONG").count();
    let locked = reasons.iter().filter(|reason| *reason == "TOKEN_LOCKED_OUT").count();
    assert_eq!((wrong, locked), (3, 297));
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().failures, 3);
    assert_eq!(evaluated(&fleet, &device).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn during_the_delay_even_the_right_code_waits_and_after_it_counts() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    for code in device.wrong_codes(fleet.now(), 3) {
        assert_eq!(refused(fleet.admin.verify(&device.serial, &code).await).reason, "CODE_WRONG");
    }
    let no = refused(fleet.admin.verify(&device.serial, &device.code(fleet.now())).await);
    assert_eq!((no.reason.as_str(), no.code.as_str()), ("TOKEN_LOCKED_OUT", "TF-2103"));
    assert_eq!(no.retry, Some(Duration::from_secs(30)));
    let ran = fleet.tokenadm(&["verify", &device.serial, &device.code(fleet.now())]).await;
    assert_eq!(ran.exit, 7, "{ran:?}");

    fleet.clock.advance(29);
    let no = refused(fleet.admin.verify(&device.serial, &device.code(fleet.now())).await);
    assert_eq!(no.retry, Some(Duration::from_secs(1)));
    fleet.clock.advance(1);
    let token = fleet.admin.verify(&device.serial, &device.code(fleet.now())).await.unwrap().token.unwrap();
    assert_eq!((token.failures, token.next_try_time), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn delays_double_and_twenty_wrong_codes_in_a_row_disable_a_token() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let delays = [0, 0, 30, 60, 120, 240, 480, 960, 1920].into_iter().chain(std::iter::repeat_n(3600, 11));
    for (failures, delay) in (1..).zip(delays) {
        let wrong = device.wrong_codes(fleet.now(), 1).remove(0);
        assert_eq!(refused(fleet.admin.verify(&device.serial, &wrong).await).reason, "CODE_WRONG");
        let token = fleet.admin.token(&device.serial).await.unwrap();
        assert_eq!(token.failures, failures);
        let expected = (delay > 0).then(|| (fleet.now() + TimeDelta::seconds(delay)).timestamp());
        assert_eq!(token.next_try_time.map(|at| at.seconds), expected, "after {failures}");
        fleet.clock.advance(delay);
    }
    let token = fleet.admin.token(&device.serial).await.unwrap();
    assert_eq!((token.authenticator(), token.state()), (Authenticator::Disabled, TokenState::Disabled));
    let code = device.code(fleet.now());
    assert_eq!(refused(fleet.admin.verify(&device.serial, &code).await).reason, "TOKEN_WRONG_STATE");
    let codes = device.codes(fleet.now(), 2);
    assert_eq!(refused(fleet.admin.resync(&device.serial, &codes).await).reason, "TOKEN_WRONG_STATE");
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    assert!(!system.passes(USER, &code).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_of_a_persons_tokens_is_no_guess_at_the_others() {
    let fleet = Fleet::start().await;
    let devices = [Device::clock("2600215704919"), Device::clock("2600215704920")];
    for device in &devices {
        fleet.lend(device, USER).await;
        fleet.clock.advance(1);
    }
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let failures = async || {
        let [first, second] = [&devices[0], &devices[1]].map(|device| fleet.admin.token(&device.serial));
        [first.await.unwrap().failures, second.await.unwrap().failures]
    };
    let wrong = devices[0].wrong_codes(fleet.now(), 40);
    let wrong = wrong.iter().find(|code| devices[1].wrong_codes(fleet.now(), 40).contains(code)).unwrap();
    assert!(!system.passes(USER, wrong).await.unwrap());
    assert_eq!(failures().await, [1, 1], "a code of neither is a guess at both");
    // The right code of each, found first among the person's tokens and last; both have no failures then.
    for device in &devices {
        assert!(system.passes(USER, &device.code(fleet.now())).await.unwrap());
    }
    assert_eq!(failures().await, [0, 0]);

    for (device, other) in [(&devices[0], &devices[1]), (&devices[1], &devices[0])] {
        fleet.clock.advance(30);
        let code = device.code(fleet.now());
        assert!(system.passes(USER, &code).await.unwrap());
        assert_eq!(failures().await, [0, 0], "an acceptance takes the other's charge back");
        for _ in 0..25 {
            assert!(!system.passes(USER, &code).await.unwrap());
        }
        assert_eq!(failures().await, [0, 0]);
        let token = fleet.admin.token(&other.serial).await.unwrap();
        assert_eq!((token.state(), token.next_try_time), (TokenState::Lent, None));
        assert!(system.passes(USER, &other.code(fleet.now())).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_whose_hour_is_used_up_uses_up_no_tokens() {
    let mut fleet = Fleet::start().await;
    fleet.config.settings.limits.resyncs_per_operator = 2;
    fleet.config.settings.limits.resyncs_per_token = 2;
    fleet.restart().await;
    fleet.admin = fleet.admin.on_another_connection();
    let devices = [Device::clock("2600215704919"), Device::clock("2600215704931")];
    for (device, user) in devices.iter().zip([USER, "1111111111"]) {
        fleet.lend(device, user).await;
    }
    let wrong = devices[0].wrong_codes(fleet.now(), 2);
    for _ in 0..2 {
        assert_eq!(refused(fleet.admin.resync(&devices[0].serial, &wrong).await).reason, "NO_MATCH");
    }
    let no = refused(fleet.admin.resync(&devices[0].serial, &wrong).await);
    assert_eq!(no.reason, "RATE_LIMITED");
    assert!(no.message.contains("one operator") && no.retry.is_some(), "{no:?}");
    for _ in 0..5 {
        assert_eq!(refused(fleet.admin.resync(&devices[1].serial, &wrong).await).reason, "RATE_LIMITED");
    }

    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let codes = devices[1].codes(fleet.now(), 2);
    fleet.clock.advance(30);
    desk.resync(&devices[1].serial, &codes).await.unwrap();
    let no = refused(desk.resync(&devices[0].serial, &wrong).await);
    assert_eq!(no.reason, "RATE_LIMITED");
    assert!(no.message.contains("one token"), "{no:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_while_guessing_is_charged_for_every_guess_that_was_looked_at() {
    let mut fleet = Fleet::start().await;
    let devices: Vec<_> = (0..5).map(|nth| Device::clock(&format!("260021570490{nth}"))).collect();
    let mut answered = 0;
    for (nth, device) in devices.iter().enumerate() {
        fleet.lend(device, &format!("{nth:010}")).await;
        for (guess, of_all) in device.wrong_codes(fleet.now(), 15).iter().zip(15 * nth..) {
            fleet.clock.advance(3600);
            let answer = hang_up(&fleet.admin, device, guess, of_all).await;
            answered += i32::from(answer.is_some_and(|answer| refused(answer).reason == "CODE_WRONG"));
        }
    }
    // What was begun has ended when the server has.
    fleet.restart().await;
    fleet.admin = fleet.admin.on_another_connection();
    let mut charged = 0;
    for device in &devices {
        let failures = fleet.admin.token(&device.serial).await.unwrap().failures;
        assert_eq!(i32::try_from(evaluated(&fleet, device).await).unwrap(), failures);
        charged += failures;
    }
    assert!(charged > answered, "{charged} charged, {answered} answered: somebody who hung up was charged");
    assert!(answered < 65, "{answered} of 75 were waited for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_of_somebody_who_hangs_up_counts_once_or_is_still_good() {
    let mut fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    for nth in 0..30 {
        fleet.clock.advance(30);
        let code = device.code(fleet.now());
        hang_up(&fleet.admin, &device, &code, nth).await;
        drop(fleet.admin.verify(&device.serial, &code).await);
    }
    fleet.restart().await;
    let desk = fleet.admin.on_another_connection();
    let accepted = desk.audit("action = \"code.verify\" AND outcome = \"done\"").await.unwrap();
    assert_eq!(accepted.len(), 30);
}

/// Presents a code and goes away a random while later; the answer, where it came before.
async fn hang_up(desk: &Caller, device: &Device, code: &str, nth: usize) -> Option<Result<(), Status>> {
    let begun = Instant::now();
    desk.who_am_i().await.unwrap();
    // From at once to about the time an answer takes, in an order that looks random.
    let patience = begun.elapsed() * u32::try_from(nth * 7 % 20).unwrap() / 10;
    let answer = timeout(patience, desk.verify(&device.serial, code)).await;
    answer.ok().map(|answer| answer.map(drop))
}

/// How many codes of a token were looked at and found wrong, says the record.
async fn evaluated(fleet: &Fleet, device: &Device) -> usize {
    let name = fleet.admin.token(&device.serial).await.unwrap().name;
    let filter = format!("subject = \"{name}\" AND action = \"code.verify\" AND outcome = \"CODE_WRONG\"");
    fleet.admin.audit(&filter).await.unwrap().len()
}
