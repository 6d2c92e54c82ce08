//! Counting what is in a location: what is missing and what is surplus is told, and nothing is changed by it unasked.

use std::process::Stdio;

use tokenfleet_proto::v1::stock_service_client::StockServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused};
use tonic::Status;

/// When it begins: 9:00 in Japan.
const BEGIN: &str = "2026-11-24T00:00:00Z";
const USER: &str = "0123456789";

fn serial(number: u32) -> String {
    format!("26002157049{number:02}")
}

/// Tokens 1 to 4 at Hongo, 5 and 6 at Komaba, 7 nowhere.
async fn fleet() -> Fleet {
    let fleet = Fleet::start_at(BEGIN).await;
    for (place, numbers) in [("hongo", 1..=4), ("komaba", 5..=6)] {
        fleet.done(&["location", "add", place]).await;
        let devices: Vec<_> = numbers.map(|number| Device::clock(&serial(number))).collect();
        let file = fleet.path(&format!("{place}.csv"));
        std::fs::write(&file, entra_file(&devices.iter().collect::<Vec<_>>())).unwrap();
        fleet.done(&["import", file.to_str().unwrap(), "--location", place]).await;
    }
    fleet.stock(&[&Device::clock(&serial(7))]).await;
    fleet
}

async fn scanned(by: &Caller, what: &str) -> Result<(v1::StocktakeWord, bool), Status> {
    let request =
        v1::ScanStocktakeRequest { stocktake: "2026-11-24-a".to_owned(), token: what.to_owned(), ..Default::default() };
    let answer = StockServiceClient::new(by.door()).scan_stocktake(request).await?.into_inner();
    Ok((answer.word(), answer.again))
}

async fn lines(by: &Caller) -> Vec<(String, v1::StocktakeWord)> {
    let request = v1::ListStocktakeLinesRequest { stocktake: "2026-11-24-a".to_owned(), ..Default::default() };
    let answer = StockServiceClient::new(by.door()).list_stocktake_lines(request).await.unwrap().into_inner();
    answer.lines.iter().map(|line| (line.serial.clone(), line.word())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_and_what_is_surplus_is_told_and_put_on_record() {
    use v1::StocktakeWord::{Elsewhere, Found, InTransit, Lent, Missing, Unknown};
    let fleet = fleet().await;
    fleet.admin.assign(&serial(4), USER).await.unwrap();
    fleet.done(&["transfer", &serial(6), "--to", "hongo"]).await;
    fleet.done(&["stocktake", "start", "--location", "hongo"]).await;
    for (what, word) in [
        (serial(1), Found),
        (serial(5), Elsewhere),
        (serial(7), Elsewhere),
        (serial(6), InTransit),
        (serial(4), Lent),
        ("9999999999999".to_owned(), Unknown),
    ] {
        assert_eq!(scanned(&fleet.admin, &what).await.unwrap(), (word, false), "{what}");
        assert_eq!(scanned(&fleet.admin, &what).await.unwrap(), (word, true), "{what}");
    }
    let dry = fleet.done(&["stocktake", "close", "2026-11-24-a", "--dry-run"]).await;
    assert!(dry.stdout.contains("would end with 1 found, 2 missing, 5 surplus; nothing was changed"), "{dry:?}");
    let ran = fleet.done(&["stocktake", "close", "2026-11-24-a", "-o", "csv"]).await;
    let said: Vec<_> = ran.stdout.lines().map(str::to_owned).collect();
    assert_eq!(said.len(), 8, "{ran:?}");
    let mut told = lines(&fleet.admin).await;
    assert_eq!(told.split_off(5), [(serial(2), Missing), (serial(3), Missing)]);
    told.sort();
    let surplus = [
        (serial(4), Lent),
        (serial(5), Elsewhere),
        (serial(6), InTransit),
        (serial(7), Elsewhere),
        ("9999999999999".to_owned(), Unknown),
    ];
    assert_eq!(told, surplus);
    assert_eq!(fleet.admin.token(&serial(5)).await.unwrap().location, "komaba", "nothing was changed");
    let name = fleet.admin.token(&serial(2)).await.unwrap().name;
    let events = fleet.admin.audit(&format!("subject = \"{name}\"")).await.unwrap();
    let counted: Vec<_> =
        events.iter().map(|event| (event.action.as_str(), event.details["counted"].as_str())).collect();
    assert_eq!(counted, [("token.count", "missing")]);
    assert_eq!(fleet.admin.audit("subject = \"stocktakes/2026-11-24-a\"").await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_lie_here_belong_here_where_that_is_asked_for() {
    let fleet = fleet().await;
    fleet.done(&["stocktake", "start", "--location", "hongo"]).await;
    for number in [1, 2, 3, 4, 5, 7] {
        scanned(&fleet.admin, &serial(number)).await.unwrap();
    }
    fleet.admin.assign(&serial(7), USER).await.unwrap();
    fleet.done(&["stocktake", "close", "2026-11-24-a", "--apply"]).await;
    for (number, place) in [(5, "hongo"), (6, "komaba")] {
        assert_eq!(fleet.admin.token(&serial(number)).await.unwrap().location, place);
    }
    assert_eq!(fleet.admin.token(&serial(7)).await.unwrap().location, "", "it was lent meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_at_a_time_in_a_location_and_an_ended_one_stays_as_it_is() {
    let fleet = &fleet().await;
    let exit = |arguments: &'static [&'static str]| async move {
        let ran = fleet.tokenadm(&[&["stocktake"], arguments, &["--json"]].concat()).await;
        (
            ran.exit,
            if ran.exit == 0 { String::new() } else { ran.error()["error"]["code"].as_str().unwrap().to_owned() },
        )
    };
    let no = |exit: i32, code: &str| (exit, code.to_owned());
    assert_eq!(exit(&["start", "--location", "asano"]).await, no(3, "TF-2202"));
    assert_eq!(exit(&["start", "--location", "hongo"]).await.0, 0);
    assert_eq!(exit(&["start", "--location", "hongo"]).await, no(5, "TF-2213"));
    assert_eq!(exit(&["start", "--location", "komaba"]).await.0, 0);
    assert_eq!(exit(&["show", "2026-11-24-a"]).await, no(5, "TF-2215"));
    assert_eq!(exit(&["scan", "2026-11-24-c", "2600215704901"]).await, no(3, "TF-2212"));
    assert_eq!(exit(&["scan", "hongo", "2600215704901"]).await, no(2, "TF-2211"));
    assert_eq!(exit(&["close", "2026-11-24-a"]).await.0, 0);
    assert_eq!(exit(&["close", "2026-11-24-a"]).await, no(5, "TF-2214"));
    assert_eq!(exit(&["scan", "2026-11-24-a", "2600215704901"]).await, no(5, "TF-2214"));
    let names = fleet.done(&["stocktake", "list", "-o", "name"]).await.stdout;
    assert_eq!(names, "stocktakes/2026-11-24-b\nstocktakes/2026-11-24-a\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_a_department_is_told_nothing_of_loans_through_others() {
    use v1::StocktakeWord::{Lent, Unknown};
    let fleet = fleet().await;
    let loan = v1::AssignTokenRequest { department: "dept-letters".to_owned(), ..assignment(&serial(1), USER) };
    fleet.admin.assign_as(loan).await.unwrap();
    let law = fleet.operator_of("law", &[Role::Desk], &["dept-law"]).await;
    fleet.done(&["stocktake", "start", "--location", "komaba"]).await;
    assert_eq!(scanned(&law, &serial(1)).await.unwrap(), (Unknown, false));
    assert_eq!(scanned(&fleet.admin, &serial(1)).await.unwrap(), (Lent, true));
    for number in [5, 6] {
        scanned(&law, &serial(number)).await.unwrap();
    }
    fleet.done(&["stocktake", "close", "2026-11-24-a"]).await;
    assert!(lines(&fleet.admin).await.contains(&(serial(1), Lent)));
    assert!(lines(&law).await.iter().all(|(_, word)| *word == Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_counted_once_whoever_scans_it() {
    use v1::StocktakeWord::{Lent, Unknown};
    let fleet = fleet().await;
    let loan = v1::AssignTokenRequest { department: "letters".to_owned(), ..assignment(&serial(4), USER) };
    fleet.admin.assign_as(loan).await.unwrap();
    let law = fleet.operator_of("ken", &[Role::Stock], &["law"]).await;
    fleet.done(&["stocktake", "start", "--location", "hongo"]).await;
    assert_eq!(scanned(&law, &serial(4)).await.unwrap(), (Unknown, false), "a loan of another department");
    assert_eq!(scanned(&fleet.admin, &serial(4)).await.unwrap(), (Lent, true));
    fleet.done(&["stocktake", "close", "2026-11-24-a"]).await;
    let of_it = |lines: Vec<(String, v1::StocktakeWord)>| {
        lines.into_iter().filter(|(of, _)| *of == serial(4)).map(|(_, word)| word).collect::<Vec<_>>()
    };
    assert_eq!(of_it(lines(&fleet.admin).await), [Lent]);
    assert_eq!(of_it(lines(&law).await), [Unknown]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_a_code_is_kept_nowhere() {
    let fleet = fleet().await;
    fleet.done(&["stocktake", "start", "--location", "hongo"]).await;
    let no = refused(scanned(&fleet.admin, "492039").await);
    assert_eq!((no.code.as_str(), no.message.contains("492039")), ("TF-1109", false));
    fleet.done(&["stocktake", "close", "2026-11-24-a"]).await;
    assert!(lines(&fleet.admin).await.iter().all(|(serial, _)| serial != "492039"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_loop_that_is_fed_garbage_goes_on() {
    let fleet = fleet().await;
    fleet.done(&["stocktake", "start", "--location", "hongo"]).await;
    let typed = format!("{}\n\u{1b}[2J\n{}\n{{}}\n{}\n", serial(1), serial(2), serial(5));
    let ran = scan(&fleet, &typed).await;
    assert_eq!(ran.status.code(), Some(2));
    let (stdout, stderr) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert_eq!(stdout.lines().count(), 3, "{stdout}");
    assert!(stdout.contains("surplus: it belongs elsewhere"), "{stdout}");
    assert!(stderr.contains("line 2: ") && stderr.contains("line 4: "), "{stderr}");
    assert!(stderr.ends_with("3 done, 2 refused\n"), "{stderr}");
}

async fn scan(fleet: &Fleet, typed: &str) -> std::process::Output {
    let input = fleet.path("typed");
    std::fs::write(&input, typed).unwrap();
    let config = fleet.admin.folder.join("config.toml");
    let mut command = tokio::process::Command::new(tokenfleet_tests::command::binary("tokenadm"));
    command.args(["stocktake", "scan", "2026-11-24-a", "--config", config.to_str().unwrap()]);
    command.env("LANG", "en_US.UTF-8").stdin(Stdio::from(std::fs::File::open(&input).unwrap()));
    command.output().await.unwrap()
}
