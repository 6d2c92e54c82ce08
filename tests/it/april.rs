//! The first day of April: two people lend three hundred tokens with their scanners, side by side.

use std::fmt::Write as _;
use std::fs::File;
use std::process::{Output, Stdio};

use tokenfleet_proto::v1::Role;
use tokenfleet_tests::{Caller, Device, Fleet};

/// What each of the two lends.
const EACH: usize = 150;

fn serial(nth: usize) -> String {
    format!("2600{:09}", 11 * nth + 100)
}

/// What a scanner types: a serial, an ID, a serial, an ID, and so on.
fn pairs(tokens: std::ops::Range<usize>) -> String {
    tokens.fold(String::new(), |mut typed, nth| {
        writeln!(typed, "{}\n{:010}", serial(nth), 100_000_000 + 7 * nth).unwrap();
        typed
    })
}

async fn lend(fleet: &Fleet, by: &Caller, typed: &str) -> Output {
    let input = fleet.path(&format!("typed-{}", by.name));
    std::fs::write(&input, typed).unwrap();
    let mut command = tokio::process::Command::new(tokenfleet_tests::command::binary("tokenadm"));
    command.args(["assign", "--scan", "--config", by.folder.join("config.toml").to_str().unwrap()]);
    command.env("LANG", "en_US.UTF-8").stdin(Stdio::from(File::open(&input).unwrap()));
    command.output().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_lend_three_hundred_tokens_side_by_side() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..=2 * EACH).map(|nth| Device::clock(&serial(nth))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    let [left, right] = [fleet.operator("left", &[Role::Desk]).await, fleet.operator("right", &[Role::Desk]).await];

    // Both reach for the last token of the shelf.
    let last = 2 * EACH;
    let first = pairs(0..EACH) + &format!("{}\n0000000001\n", serial(last));
    let second = pairs(EACH..last) + &format!("{}\n0000000002\n", serial(last));
    let (first, second) = tokio::join!(lend(&fleet, &left, &first), lend(&fleet, &right, &second));

    let mut ends = [first, second].map(|ran| {
        let talk = String::from_utf8(ran.stderr).unwrap();
        (ran.status.code(), talk.lines().last().unwrap().to_owned())
    });
    ends.sort();
    let [won, lost] = [(Some(0), "151 done, 0 refused"), (Some(5), "150 done, 1 refused")];
    assert_eq!(ends.each_ref().map(|(exit, talk)| (*exit, talk.as_str())), [won, lost]);
    let count = |sql| fleet.database().number(sql);
    assert_eq!(count("SELECT COUNT(*) FROM loan WHERE ended_at IS NULL"), 301);
    assert_eq!(count("SELECT COUNT(DISTINCT token) FROM loan"), 301, "no token twice");
    assert_eq!(count("SELECT COUNT(DISTINCT user_id) FROM loan"), 301, "no person twice");
    for by in [&left, &right] {
        let own = by.audit("action = \"token.assign\" AND outcome = \"done\"").await.unwrap().len();
        assert!(own == EACH || own == EACH + 1, "{}: {own}", by.name);
    }
}
