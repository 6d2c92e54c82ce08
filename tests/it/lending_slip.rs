//! The slip that goes with a token: written with the loan, and never in the way of it.

use std::fs;

use tokenfleet_tests::{Device, Fleet};

const USER: &str = "0123456789";

async fn stocked(count: usize) -> (Fleet, Vec<Device>) {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..count).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    (fleet, devices)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_and_a_replacement_come_with_a_slip_that_holds_no_secret() {
    let (fleet, devices) = stocked(2).await;
    let config = fleet.admin.folder.join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}contact = \"Token desk <tel. 12345>\"\n")).unwrap();
    let slip = fleet.path("slip.html");
    let path = slip.to_str().unwrap();
    let lend = ["assign", &devices[0].serial, USER, "--until", "2030-03-31", "--ticket", "R-7", "--slip", path];
    let checked = fleet.done(&[&lend[..], &["-n"]].concat()).await;
    assert!(!slip.exists(), "nothing was lent: {checked:?}");
    let ran = fleet.done(&lend).await;
    assert!(ran.stderr.contains(&format!("the slip for the person is in {path}")), "{ran:?}");
    let page = fs::read_to_string(&slip).unwrap();
    for part in [&devices[0].serial, USER, "2030-03-31", "R-7", "Token desk &lt;tel. 12345&gt;"] {
        assert!(page.contains(part), "{part}");
    }

    let replace = ["replace", USER, &devices[1].serial, "--reason", "battery", "--slip", path];
    let in_the_way = fleet.tokenadm(&replace).await;
    assert_eq!(in_the_way.exit, 5, "{in_the_way:?}");
    assert!(in_the_way.stderr.contains("TF-9088"), "{in_the_way:?}");
    assert_eq!(fleet.admin.token_of(USER).await.unwrap().serial, devices[0].serial, "nothing was done");
    fleet.done(&[&replace[..], &["-y"]].concat()).await;
    let page = fs::read_to_string(&slip).unwrap();
    assert!(page.contains(&devices[1].serial) && page.contains("2030-03-31"), "due when the old one was");
    assert!(!page.contains(&devices[0].serial));
    for device in &devices {
        let seed = data_encoding::HEXLOWER.encode(device.seed());
        assert!(!page.to_lowercase().contains(&seed[..8]), "no part of a seed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_that_can_not_be_written_does_not_hide_that_the_loan_was_made() {
    let (fleet, devices) = stocked(2).await;
    let nowhere = fleet.path("no-such-folder/slip.html");
    let ran = fleet.tokenadm(&["assign", &devices[0].serial, USER, "--slip", nowhere.to_str().unwrap()]).await;
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stdout.contains(&format!("is lent to {USER}")), "{ran:?}");
    assert!(ran.stderr.contains("TF-9049") && ran.stderr.contains("the loan stands"), "{ran:?}");
    assert_eq!(fleet.admin.token_of(USER).await.unwrap().serial, devices[0].serial);

    let ran =
        fleet.tokenadm(&["--json", "replace", USER, &devices[1].serial, "--slip", nowhere.to_str().unwrap()]).await;
    assert_eq!(ran.document()["token"]["serial"], devices[1].serial.as_str(), "the answer comes first");
    assert_eq!((ran.exit, &ran.error()["error"]["reason"]), (1, &"WRITE_FAILED".into()));
    let stdout = fleet.tokenadm(&["assign", &devices[0].serial, USER, "--slip", "-"]).await;
    assert_eq!(stdout.exit, 2, "{stdout:?}");
}
