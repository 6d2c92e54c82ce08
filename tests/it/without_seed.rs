//! Tokens that are known by a list alone: tracked, lent to nobody anew, and never taken for tokens whose codes count.

use tokenfleet_proto::v1::{self, Met, ReadinessStep};
use tokenfleet_tests::{Device, Fleet, refused};

const USER: &str = "0123456789";
const OTHER: &str = "1111111111";

/// One lent to USER and one on the shelf, both without a seed.
async fn fleet() -> (Fleet, [Device; 2]) {
    let fleet = Fleet::start().await;
    let devices = ["2600215704919", "2600215704920"].map(Device::clock);
    let [held, shelf] = &devices;
    let list = fleet.path("loans.csv");
    let text = format!("serial,user id,since\n{},{USER},2024-04-01\n{},,\n", held.serial, shelf.serial);
    std::fs::write(&list, text).unwrap();
    fleet.done(&["adopt", list.to_str().unwrap()]).await;
    (fleet, devices)
}

async fn readiness(fleet: &Fleet) -> v1::GetReadinessResponse {
    let request = v1::GetReadinessRequest { user: USER.to_owned() };
    fleet.admin.lending().get_readiness(request).await.unwrap().into_inner()
}

fn counts(answer: &v1::GetReadinessResponse) -> Met {
    answer.steps.iter().find(|state| state.step() == ReadinessStep::Counts).unwrap().met()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_seed_is_neither_lent_nor_kept_for_anybody() {
    let (fleet, [_, shelf]) = fleet().await;
    assert_eq!(refused(fleet.admin.assign(&shelf.serial, OTHER).await).reason, "NO_SEED");
    let pairs = fleet.path("pairs.csv");
    std::fs::write(&pairs, format!("serial,user_id\n{},{OTHER}\n", shelf.serial)).unwrap();
    let ran = fleet.tokenadm(&["assign", "--from-file", pairs.to_str().unwrap()]).await;
    assert!(ran.exit != 0 && ran.stderr.contains("TF-2116"), "{ran:?}");
    let ran = fleet.tokenadm(&["reserve", &shelf.serial, "--for", OTHER]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("TF-2116"), "{ran:?}");

    // Nor in the place of another, and what is lent comes back.
    let ran = fleet.tokenadm(&["replace", "2600215704919", &shelf.serial]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("TF-2116"), "{ran:?}");
    fleet.done(&["return", "2600215704919", "--leaves-none"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_a_seed_shows_nothing_that_nobody_said_of_it() {
    let (fleet, [held, shelf]) = fleet().await;
    for device in [&held, &shelf] {
        let shown = fleet.done(&["show", &device.serial]).await.stdout;
        let begins = |head: &str| shown.lines().any(|line| line.starts_with(head));
        assert!(!["TYPE", "DIGITS", "PERIOD", "ALGORITHM"].into_iter().any(begins), "{shown}");
        assert!(shown.lines().any(|line| line.starts_with("CODES") && line.contains("no seed is known")), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_token_without_a_seed_waits_for_its_seed_file() {
    let (fleet, _) = fleet().await;
    assert_eq!(counts(&readiness(&fleet).await), Met::No);
    let ran = fleet.done(&["ready", USER]).await;
    assert!(ran.stderr.contains("Next: tokenadm import <file>"), "{ran:?}");
    for report in ["unproven", "dormant"] {
        let ran = fleet.done(&["report", report, "--json"]).await.document();
        assert_eq!(ran[report][0]["next"], "tokenadm import <file>", "{ran}");
    }

    // One whose codes count has got further, whichever was lent first.
    let whole = Device::clock("2600215704930");
    fleet.stock(&[&whole]).await;
    fleet.admin.assign(&whole.serial, USER).await.unwrap();
    let answer = readiness(&fleet).await;
    assert_eq!((counts(&answer), answer.token.unwrap().serial), (Met::Yes, whole.serial));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_without_a_seed_is_not_put_in_step_before_its_seed_file_is_imported() {
    let (fleet, [_, shelf]) = fleet().await;
    let ran = fleet.done(&["report", "drift", "--days", "3660", "--json"]).await.document();
    assert_eq!(
        (&ran["drift"][0]["serial"], &ran["drift"][0]["next"]),
        (&shelf.serial.into(), &"tokenadm import <file>".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_clock_was_outside_is_handed_out_with_a_warning() {
    let fleet = Fleet::start().await;
    let (slow, good) = (Device::clock("2600215704919").drifted(-300), Device::clock("2600215704920"));
    fleet.stock(&[&slow, &good]).await;
    fleet.admin.resync(&slow.serial, &slow.codes(fleet.now(), 2)).await.unwrap();
    let ran = fleet.done(&["assign", &slow.serial, USER]).await;
    let warned = "! its clock was −270 s when it was last seen, outside Entra's ±120 s";
    assert!(ran.stderr.contains(warned) && ran.stderr.contains("tokenadm resync 2600215704919"), "{ran:?}");

    // In the place of another no less; one that was never seen is not warned of.
    fleet.done(&["return", &slow.serial, "--leaves-none"]).await;
    let ran = fleet.done(&["assign", &good.serial, USER]).await;
    assert!(!ran.stderr.contains("its clock was"), "{ran:?}");
    let ran = fleet.done(&["replace", &good.serial, &slow.serial]).await;
    assert!(ran.stderr.contains(warned), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_advised_to_lend_to_somebody_who_may_not_hold_a_token() {
    let fleet = Fleet::start().await;
    let people = "user_id,name,department,until,merged_into\n\
                  0123456789,山田 花子,letters,,\n\
                  0000000001,鈴木 一郎,law,2020-03-31,\n\
                  0000000002,田中 次郎,law,,0123456789\n";
    let list = fleet.path("people.csv");
    assert_eq!(advice(&fleet, "0000000001").await.0, "", "while there is no directory, everybody may");
    std::fs::write(&list, people).unwrap();
    fleet.done(&["directory", "import", list.to_str().unwrap()]).await;
    for (user, said) in [
        ("0000000001", "! the last day of 0000000001 at the university was 2020-03-31"),
        ("0000000002", "! 0000000002 was merged into 0123456789"),
        ("9999999999", "! the directory does not know the ID 9999999999"),
    ] {
        let (first, advises) = advice(&fleet, user).await;
        assert!(first == said && !advises, "{user}: {first}");
    }
    assert_eq!(advice(&fleet, USER).await, (String::new(), true));
}

/// What `ready` warns of, and whether it says to lend a token.
async fn advice(fleet: &Fleet, user: &str) -> (String, bool) {
    let ran = fleet.done(&["ready", user]).await;
    let warning = ran.stderr.lines().find(|line| line.starts_with('!')).unwrap_or_default();
    (warning.to_owned(), ran.stderr.contains("tokenadm assign"))
}
