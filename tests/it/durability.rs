//! Nothing is accepted that is not on the disk, and what was accepted stays so: full disks, kills, stops, reloads.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokenfleet_domain::ports::Clock;
use tokenfleet_tests::command::{tokenfleetd, tokenfleetd_in};
use tokenfleet_tests::{Caller, Daemon, Device, Fleet, Refusal, oath_file, refused};
use tokenfleetd::identity::Authority;
use tokenfleetd::os::{SystemClock, SystemEntropy};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Code;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_can_be_written_nothing_is_accepted_and_nothing_is_lost() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, "0123456789").await;
    let code = device.code(fleet.now());
    let database = fleet.database();
    database.change("BEGIN IMMEDIATE");
    let no = refused(fleet.admin.verify(&device.serial, &code).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
    assert!(no.retry.is_some());
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().failures, 0, "reading goes on");
    database.change("ROLLBACK");
    fleet.admin.verify(&device.serial, &code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_that_takes_no_more_nothing_is_accepted_and_what_was_accepted_stays() {
    let mut daemon = Daemon::start();
    let device = Device::button("HT0001");
    daemon.admin().import(&oath_file(&[&device])).await.unwrap();
    daemon.admin().assign(&device.serial, "0123456789").await.unwrap();
    daemon.stop();
    // Files may be a little larger than the database. A write beyond is refused as by a full disk, and not answered by a signal.
    let largest = fs::metadata(daemon.path("tokenfleet.db")).unwrap().len() / 1024 + 256;
    let limited = format!("trap '' XFSZ; ulimit -f {largest}; exec \"$@\"");
    daemon.resume_under(&["bash", "-c", &limited, "limited"]);

    let presses = device.presses(0, 400);
    let admin = daemon.admin();
    let mut accepted = 0;
    let status = loop {
        match admin.verify(&device.serial, &presses[accepted]).await {
            Ok(_) => accepted += 1,
            Err(status) => break status,
        }
    };
    assert!(accepted > 0 && accepted < 390, "{accepted}");
    if !status.details().is_empty() {
        let no = Refusal::of(&status);
        assert_eq!(no.status, Code::Unavailable, "{no:?}");
        assert!(["DATABASE_UNAVAILABLE", "UNKNOWN_OUTCOME"].contains(&no.reason.as_str()), "{no:?}");
    }
    for _ in 0..3 {
        assert!(admin.verify(&device.serial, &presses[accepted]).await.is_err(), "full is full");
    }
    daemon.kill_if_running();

    daemon.resume();
    let admin = daemon.admin();
    let no = refused(admin.verify(&device.serial, &presses[accepted - 1]).await);
    assert_eq!(no.reason, "CODE_REPLAYED", "what was accepted stays so");
    admin.verify(&device.serial, &presses[accepted + 1]).await.unwrap();
    assert!(admin.chains().await.unwrap().iter().all(|chain| chain.intact));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_under_load_loses_no_code_that_was_told_to_be_accepted() {
    let mut daemon = Daemon::start();
    let devices: Vec<_> = (0..6).map(|nth| Device::button(&format!("HT000{nth}"))).collect();
    daemon.admin().import(&oath_file(&devices.iter().collect::<Vec<_>>())).await.unwrap();
    for (nth, device) in devices.iter().enumerate() {
        daemon.admin().assign(&device.serial, &format!("{nth:010}")).await.unwrap();
    }
    let presses: Arc<Vec<_>> = Arc::new(devices.iter().map(|device| device.presses(0, 600)).collect());
    let mut next = vec![0; devices.len()];
    for round in 0..4 {
        let told = present_until(&daemon, 25 + 20 * round, &devices, &presses, &next).await;
        daemon.kill_if_running();
        daemon.resume();
        let admin = daemon.admin();
        for (nth, device) in devices.iter().enumerate() {
            if told[nth] > next[nth] {
                let no = refused(admin.verify(&device.serial, &presses[nth][told[nth] - 1]).await);
                assert_eq!(no.reason, "CODE_REPLAYED", "{} in round {round}", device.serial);
            }
            // One may have been written and not told.
            let fresh = told[nth] + 1;
            admin.verify(&device.serial, &presses[nth][fresh]).await.unwrap();
            next[nth] = fresh + 1;
        }
        assert!(admin.chains().await.unwrap().iter().all(|chain| chain.intact));
        assert_eq!(admin.status().await.unwrap().integrity_holds, 0);
    }
}

/// Presents codes of all tokens at once, kills the server after so many acceptances, and says which press comes next
/// for each token by what was told.
async fn present_until(
    daemon: &Daemon,
    enough: usize,
    devices: &[Device],
    presses: &Arc<Vec<Vec<String>>>,
    next: &[usize],
) -> Vec<usize> {
    let (count, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut desks = JoinSet::new();
    for (nth, device) in devices.iter().enumerate() {
        let (desk, serial) = (daemon.admin(), device.serial.clone());
        let (presses, count, reached) = (Arc::clone(presses), Arc::clone(&count), Arc::clone(&reached));
        let mut press = next[nth];
        desks.spawn(async move {
            while desk.verify(&serial, &presses[nth][press]).await.is_ok() {
                press += 1;
                if count.fetch_add(1, Ordering::Relaxed) + 1 >= enough {
                    reached.notify_one();
                }
            }
            (nth, press)
        });
    }
    timeout(PATIENCE, reached.notified()).await.unwrap();
    daemon.signal("KILL");
    let mut told: Vec<_> = desks.join_all().await;
    told.sort_unstable();
    told.into_iter().map(|(_, press)| press).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_in_good_order_within_its_deadline() {
    let mut daemon = Daemon::start();
    let admin = daemon.admin();
    admin.who_am_i().await.unwrap();
    let stopped = tokio::task::spawn_blocking(move || {
        daemon.stop();
        daemon
    });
    // An open connection holds nothing up.
    let mut daemon = timeout(Duration::from_secs(15), stopped).await.unwrap().unwrap();
    assert!(daemon.logged.contains("\"stopped\""), "{}", daemon.logged);
    assert!(admin.who_am_i().await.is_err());
    let ran = admin.tokenadm(&["whoami"]).await;
    assert_eq!(ran.exit, 7, "{ran:?}");
    daemon.resume();
    daemon.admin().who_am_i().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_takes_up_a_new_certificate_and_keeps_the_old_one_where_the_new_is_none() {
    let mut daemon = Daemon::start();
    let before = daemon.admin().status().await.unwrap().certificate_expire_time.unwrap();
    let later = SystemClock.now() + chrono::TimeDelta::minutes(30);
    let read = |name: &str| fs::read_to_string(daemon.path(name)).unwrap();
    let authority = Authority::load(&read("ca/ca.pem"), &read("ca/ca.key")).unwrap();
    let issued = authority.server(&[], later, &SystemEntropy::default()).unwrap();
    fs::write(daemon.path("server.pem"), &issued.certificate_pem).unwrap();
    fs::write(daemon.path("server.key"), issued.key_pem.as_bytes()).unwrap();
    daemon.signal("HUP");
    daemon.wait_for_log("the certificates were read again");
    let renewed = daemon.admin().status().await.unwrap().certificate_expire_time.unwrap();
    assert!(renewed.seconds >= before.seconds + 1000, "{before:?} {renewed:?}");

    fs::write(daemon.path("server.pem"), "nothing").unwrap();
    daemon.signal("HUP");
    daemon.wait_for_log("the certificates could not be read again; the old ones stay");
    assert_eq!(daemon.admin().status().await.unwrap().certificate_expire_time.unwrap(), renewed);
}

#[tokio::test(flavor = "multi_thread")]
async fn init_and_run_say_what_is_wrong_with_their_folder() {
    let daemon = Daemon::make();
    let fleet = daemon.path("");
    let ran = tokenfleetd(&["init", "--data-dir", fleet.to_str().unwrap()]);
    assert_eq!(ran.exit, 5, "{ran:?}");
    assert!(ran.stderr.contains("holds a fleet already") && ran.stderr.contains("hint: "), "{ran:?}");
    let config = daemon.path("tokenfleetd.toml");
    assert_eq!(tokenfleetd(&["check-config", "--config", config.to_str().unwrap()]).exit, 0);
    fs::write(&config, "listen = 4\n").unwrap();
    for command in ["run", "check-config"] {
        let ran = tokenfleetd(&[command, "--config", config.to_str().unwrap()]);
        assert_eq!(ran.exit, 2, "{ran:?}");
    }
    for key in ["kek.key", "ca/ca.key", "server.key", "tokenfleet.db"] {
        assert_eq!(fs::metadata(daemon.path(key)).unwrap().permissions().mode() & 0o777, 0o600, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_data_folder_is_refused_and_does_no_harm_to_the_first() {
    let mut daemon = Daemon::start();
    // On the first one's port, so that a second that is not refused ends all the same.
    let port = fs::read_to_string(daemon.path("port")).unwrap();
    let settings = fs::read_to_string(daemon.path("tokenfleetd.toml")).unwrap();
    let config = daemon.path("second.toml");
    fs::write(&config, settings.replace("127.0.0.1:0", &format!("127.0.0.1:{}", port.trim()))).unwrap();
    let run = ["run", "--config", config.to_str().unwrap()];
    for (locale, message, hint) in [
        ("C.UTF-8", "error: another tokenfleetd serves ", "hint: stop that one first"),
        ("ja_JP.UTF-8", "は別の tokenfleetd が使用中です", "先にそれを止めるか"),
    ] {
        let ran = tokenfleetd_in(locale, &run);
        assert_eq!(ran.exit, 5, "{ran:?}");
        assert!(ran.stderr.contains(message) && ran.stderr.contains(hint), "{ran:?}");
        assert!(ran.stderr.contains("[TF-5005 ALREADY_SERVED]"), "{ran:?}");
    }
    daemon.admin().who_am_i().await.unwrap();
    // A lock that a killed process left behind is none.
    daemon.kill();
    daemon.resume();
    daemon.admin().who_am_i().await.unwrap();
    daemon.stop();
    daemon.resume();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_reaches_a_server_that_came_back_without_a_new_connection() {
    let mut fleet = Fleet::start().await;
    let desk: Caller = fleet.admin.clone();
    desk.who_am_i().await.unwrap();
    fleet.restart().await;
    let mut tries = HashSet::new();
    // The first call may still find the old connection.
    while tries.len() < 3 {
        match desk.who_am_i().await {
            Ok(_) => return,
            Err(status) => assert!(tries.insert(tries.len()), "{status:?}"),
        }
    }
    panic!("the channel never came back");
}
