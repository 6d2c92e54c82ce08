//! The stock: where tokens are kept, how many there are, and how they get from one place to another.

use serde_json::{Value, json};
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::{Caller, Device, Fleet, entra_file, refused, request_id};
use tonic::{Code, Status};

/// When it begins: 9:00 in Japan.
const BEGIN: &str = "2026-11-24T00:00:00Z";
const USER: &str = "0123456789";

fn device(number: u32) -> Device {
    Device::clock(&format!("26002157049{number:02}"))
}

fn serial(number: u32) -> String {
    device(number).serial
}

/// A fleet with two locations and so many tokens at Hongo.
async fn fleet(tokens: u32) -> Fleet {
    let fleet = Fleet::start_at(BEGIN).await;
    for arguments in [
        &["location", "add", "hongo", "--en", "Hongo", "--ja", "本郷"][..],
        &["location", "add", "komaba", "--en", "Komaba", "--ja", "駒場"],
    ] {
        fleet.done(arguments).await;
    }
    let devices: Vec<_> = (1..=tokens).map(device).collect();
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&devices.iter().collect::<Vec<_>>())).unwrap();
    fleet.done(&["import", file.to_str().unwrap(), "--location", "hongo"]).await;
    fleet
}

/// The stock as `location: free on-the-way lent faulty`.
async fn stock(fleet: &Fleet) -> Vec<String> {
    let document = fleet.done(&["stock", "--json"]).await.document();
    let line = |line: &Value| {
        let place = line["location"].as_str().unwrap_or("-").trim_start_matches("locations/").to_owned();
        format!("{place}: {} {} {} {}", line["free"], line["in_transit"], line["lent"], line["faulty"])
    };
    document["stock"].as_array().unwrap().iter().map(line).collect()
}

async fn send(by: &Caller, numbers: &[u32], to: &str) -> Result<v1::Transfer, Status> {
    let tokens = numbers.iter().map(|number| serial(*number)).collect();
    let request = v1::TransferTokensRequest { tokens, destination: to.to_owned(), ..Default::default() };
    let answer = StockServiceClient::new(by.door()).transfer_tokens(request).await?;
    Ok(answer.into_inner().transfer.unwrap())
}

async fn receive(by: &Caller, transfer: &str, numbers: &[u32]) -> Result<v1::Transfer, Status> {
    let tokens = numbers.iter().map(|number| serial(*number)).collect();
    let request = v1::ReceiveTransferRequest { transfer: transfer.to_owned(), tokens, ..Default::default() };
    let answer = StockServiceClient::new(by.door()).receive_transfer(request).await?;
    Ok(answer.into_inner().transfer.unwrap())
}

fn arrivals(transfer: &v1::Transfer) -> Vec<v1::Arrival> {
    transfer.items.iter().map(v1::TransferItem::arrival).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_where_they_are_kept() {
    let fleet = fleet(4).await;
    assert_eq!(stock(&fleet).await, ["hongo: 4 0 0 0"]);
    fleet.stock(&[&Device::clock("9000000001")]).await;
    fleet.admin.assign(&serial(1), USER).await.unwrap();
    fleet.admin.assign(&serial(2), USER).await.unwrap();
    fleet.done(&["return", &serial(2), "--reason", "battery"]).await;
    assert_eq!(stock(&fleet).await, ["-: 1 0 0 0", "hongo: 2 0 1 1"]);
    let token = fleet.admin.token(&serial(1)).await.unwrap();
    assert_eq!(token.location, "hongo", "where it belongs, though it is lent");
    let of = |arguments: &'static [&'static str]| async { fleet.done(arguments).await.stdout.lines().count() };
    assert_eq!(of(&["stock", "--location", "hongo", "-o", "csv", "--no-headers"]).await, 1);
    assert_eq!(of(&["stock", "--location", "komaba", "-o", "csv", "--no-headers"]).await, 0);
    assert_eq!(of(&["stock", "--model", "HardwareKey", "-o", "csv", "--no-headers"]).await, 2);
    assert_eq!(of(&["list", "--location", "hongo", "-o", "csv", "--no-headers"]).await, 4);
    let nowhere = fleet.tokenadm(&["stock", "--location", "asano"]).await;
    assert_eq!((nowhere.exit, nowhere.stderr.contains("TF-2202")), (3, true), "{nowhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_departments_counts_the_shelf_and_their_own_loans() {
    let fleet = fleet(3).await;
    for (number, department) in [(1, "dept-law"), (2, "dept-letters")] {
        let loan = v1::AssignTokenRequest {
            department: department.to_owned(),
            ..tokenfleet_tests::caller::assignment(&serial(number), USER)
        };
        fleet.admin.assign_as(loan).await.unwrap();
    }
    let law = fleet.operator_of("law", &[Role::Desk], &["dept-law"]).await;
    let line = |by: Caller| async move {
        let answer = StockServiceClient::new(by.door()).list_stock(v1::ListStockRequest::default()).await.unwrap();
        let line = answer.into_inner().lines.remove(0);
        (line.free, line.lent)
    };
    assert_eq!(line(fleet.admin.clone()).await, (1, 2));
    assert_eq!(line(law).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_is_added_once_and_asked_for_again_with_the_same_id() {
    let fleet = fleet(1).await;
    let request = |name: &str, id: &str| v1::CreateLocationRequest {
        location_id: name.to_owned(),
        request_id: id.to_owned(),
        ..Default::default()
    };
    let add = |request| async { StockServiceClient::new(fleet.admin.door()).create_location(request).await };
    let id = request_id();
    let first = add(request("kashiwa", &id)).await.unwrap().into_inner();
    assert_eq!(first.location.as_ref().unwrap().display_name_ja, "kashiwa", "a place without a name has its short one");
    assert_eq!(add(request("kashiwa", &id)).await.unwrap().into_inner(), first);
    assert_eq!(refused(add(request("asano", &id)).await).reason, "REQUEST_ID_REUSED");
    let no = refused(add(request("kashiwa", &request_id())).await);
    assert_eq!((no.status, no.code.as_str()), (Code::AlreadyExists, "TF-2203"));
    for bad in ["Hongo", "本郷", "a b", "-"] {
        assert_eq!(refused(add(request(bad, "")).await).code, "TF-2201", "{bad}");
    }
    let names = fleet.done(&["location", "list", "-o", "name"]).await.stdout;
    assert_eq!(names, "locations/hongo\nlocations/kashiwa\nlocations/komaba\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_to_a_place_nobody_knows_leaves_nothing() {
    let fleet = fleet(1).await;
    let file = fleet.path("more.csv");
    std::fs::write(&file, entra_file(&[&device(7)])).unwrap();
    let ran = fleet.tokenadm(&["import", file.to_str().unwrap(), "--location", "asano", "--json"]).await;
    assert_eq!((ran.exit, ran.error()["error"]["code"].as_str()), (3, Some("TF-2202")), "{ran:?}");
    assert_eq!(stock(&fleet).await, ["hongo: 1 0 0 0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_is_no_free_stock_and_belongs_there_once_it_has_come() {
    let fleet = fleet(4).await;
    let sent = send(&fleet.admin, &[1, 2, 3, 1], "locations/komaba").await.unwrap();
    assert_eq!((sent.name.as_str(), sent.items.len()), ("transfers/2026-11-24-a", 3), "scanned twice is one");
    assert_eq!(stock(&fleet).await, ["hongo: 1 3 0 0"]);
    let no = refused(fleet.admin.assign(&serial(1), USER).await);
    assert_eq!((no.status, no.code.as_str()), (Code::FailedPrecondition, "TF-2209"));
    assert_eq!(refused(send(&fleet.admin, &[4, 1], "komaba").await).reason, "TOKEN_IN_TRANSIT");

    let some = receive(&fleet.admin, "2026-11-24-a", &[2]).await.unwrap();
    assert_eq!(arrivals(&some), [v1::Arrival::InTransit, v1::Arrival::Received, v1::Arrival::InTransit]);
    assert_eq!((some.complete_time, some.items[1].origin.as_str()), (None, "locations/hongo"));
    assert_eq!(stock(&fleet).await, ["hongo: 1 2 0 0", "komaba: 1 0 0 0"]);
    assert_eq!(refused(receive(&fleet.admin, "2026-11-24-a", &[4]).await).code, "TF-2208");
    assert_eq!(refused(receive(&fleet.admin, "2026-11-24-a", &[2]).await).code, "TF-2208", "it has come");

    let retired = fleet.done(&["retire", &serial(3), &format!("--confirm={}", serial(3))]).await;
    assert_eq!(retired.exit, 0);
    let all = receive(&fleet.admin, "2026-11-24-a", &[]).await.unwrap();
    assert_eq!(arrivals(&all), [v1::Arrival::Received, v1::Arrival::Received, v1::Arrival::Gone]);
    assert!(all.complete_time.is_some());
    assert_eq!(refused(receive(&fleet.admin, "2026-11-24-a", &[]).await).code, "TF-2207");
    assert_eq!(stock(&fleet).await, ["hongo: 1 0 0 0", "komaba: 2 0 0 0"]);
    fleet.admin.assign(&serial(1), USER).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_with_one_wrong_token_sends_none() {
    let fleet = fleet(3).await;
    fleet.admin.assign(&serial(3), USER).await.unwrap();
    for (numbers, to, code) in [
        (&[1, 3][..], "komaba", "TF-2002"),
        (&[1, 9], "komaba", "TF-1101"),
        (&[1, 2], "hongo", "TF-2210"),
        (&[1, 2], "asano", "TF-2202"),
        (&[], "komaba", "TF-2206"),
    ] {
        assert_eq!(refused(send(&fleet.admin, numbers, to).await).code, code, "{numbers:?} {to}");
    }
    assert_eq!(refused(send(&fleet.admin, &[1; 501], "komaba").await).code, "TF-2206");
    assert_eq!(stock(&fleet).await, ["hongo: 2 0 1 0"]);
    assert_eq!(fleet.done(&["transfers", "--all", "-o", "name"]).await.stdout, "");
    let ran = fleet.done(&["transfer", &serial(1), &serial(2), "--to", "komaba", "--dry-run"]).await;
    assert!(ran.stdout.contains("2 tokens can be sent to komaba; nothing was changed"), "{ran:?}");
    assert_eq!(stock(&fleet).await, ["hongo: 2 0 1 0"]);
    for unknown in ["2026-11-24-a", "2020-01-01-zz"] {
        assert_eq!(refused(receive(&fleet.admin, unknown, &[]).await).code, "TF-2205");
    }
    assert_eq!(refused(receive(&fleet.admin, "hongo", &[]).await).code, "TF-2204");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_asked_for_again_is_made_once_and_each_token_remembers_it() {
    let fleet = fleet(2).await;
    let request = v1::TransferTokensRequest {
        tokens: vec![serial(1), serial(2)],
        destination: "komaba".to_owned(),
        note: "box 3".to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let ask = |request: v1::TransferTokensRequest| async {
        StockServiceClient::new(fleet.admin.door()).transfer_tokens(request).await.map(tonic::Response::into_inner)
    };
    let first = ask(request.clone()).await.unwrap();
    assert_eq!(ask(request.clone()).await.unwrap(), first);
    let other = v1::TransferTokensRequest { tokens: vec![serial(1)], ..request };
    assert_eq!(refused(ask(other).await).reason, "REQUEST_ID_REUSED");
    receive(&fleet.admin, "2026-11-24-a", &[1]).await.unwrap();
    let told = fleet.admin.audit(&format!("subject = \"tokens/unknown~{}\"", serial(1))).await;
    let name = fleet.admin.token(&serial(1)).await.unwrap().name;
    let events = match told {
        Ok(events) if !events.is_empty() => events,
        _ => fleet.admin.audit(&format!("subject = \"{name}\"")).await.unwrap(),
    };
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.details["transfer"].as_str())).collect();
    assert_eq!(told, [("token.transfer", "2026-11-24-a"), ("token.receive", "2026-11-24-a")]);
    assert_eq!((events[0].details["from"].as_str(), events[0].details["note"].as_str()), ("hongo", "box 3"));
    assert_eq!(events[1].details["location"], "komaba");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_whose_tokens_were_sent_is_not_taken_out() {
    let fleet = fleet(1).await;
    send(&fleet.admin, &[1], "komaba").await.unwrap();
    assert_eq!(refused(fleet.admin.revert("2026-11-24-a").await).reason, "LOT_TOUCHED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cli_names_what_did_not_come_and_lists_what_is_on_its_way() {
    let fleet = fleet(3).await;
    let ran = fleet.done(&["transfer", &serial(1), &serial(2), &serial(3), "--to", "komaba", "--note", "box 3"]).await;
    assert!(ran.stdout.contains("3 tokens are on the way to komaba: transfer 2026-11-24-a"), "{ran:?}");
    let ran = fleet.done(&["receive", "2026-11-24-a", &serial(1)]).await;
    assert!(ran.stdout.contains("1 of 3 tokens of transfer 2026-11-24-a came to komaba"), "{ran:?}");
    assert!(ran.stderr.contains(&format!("still on the way: {}, {}", serial(2), serial(3))), "{ran:?}");
    let document = fleet.done(&["transfers", "--json"]).await.document();
    let transfer = &document["transfers"][0];
    assert_eq!((&transfer["destination"], &transfer["note"]), (&json!("locations/komaba"), &json!("box 3")));
    let items = fleet.done(&["transfers", "2026-11-24-a", "-o", "csv", "--columns", "serial,arrival"]).await.stdout;
    assert_eq!(
        items.lines().skip(1).collect::<Vec<_>>(),
        [format!("{},received", serial(1)), format!("{},in_transit", serial(2)), format!("{},in_transit", serial(3)),]
    );
    fleet.done(&["receive", "2026-11-24-a"]).await;
    assert_eq!(fleet.done(&["transfers", "-o", "name"]).await.stdout, "");
    assert_eq!(fleet.done(&["transfers", "--all", "-o", "name"]).await.stdout, "transfers/2026-11-24-a\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_is_written_for_tokens_that_are_known_and_over_no_file_unasked() {
    let fleet = fleet(2).await;
    let file = fleet.path("label.svg");
    let path = file.to_str().unwrap();
    fleet.done(&["label", &serial(1), &serial(2), "--out", path]).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!(">{}</text>", serial(1))) && text.contains(&format!(">{}</text>", serial(2))));
    let again = fleet.tokenadm(&["label", &serial(1), "--out", path]).await;
    assert_eq!((again.exit, again.stderr.contains("TF-9088")), (5, true), "{again:?}");
    fleet.done(&["label", &serial(1), "--out", path, "--yes"]).await;
    let printed = fleet.done(&["label", &serial(2), "--format", "zpl"]).await.stdout;
    assert!(printed.contains(&format!("^FD{}^FS", serial(2))), "{printed}");
    let unknown = fleet.tokenadm(&["label", "9999999999999"]).await;
    assert_eq!((unknown.exit, unknown.stdout.as_str()), (3, ""), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_what_its_tokens_are_and_what_is_said_of_it() {
    let fleet = fleet(3).await;
    let said = fleet.done(&["model", "set", "contoso", "HardwareKey", "--battery-years", "5", "--json"]).await;
    assert_eq!(said.document()["model"]["battery_years"], 5);
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--drift-ppm", "3.9", "--low-stock", "9"]).await;
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--low-stock", "3", "--location", "hongo"]).await;
    let models = fleet.done(&["model", "list", "--json"]).await.document();
    assert_eq!(
        models["models"],
        json!([{
            "vendor": "contoso", "model": "HardwareKey", "type": "totp", "digits": 6, "period": 30, "algorithm": "SHA1",
            "battery_years": 5, "drift_ppm": 3.9,
            "levels": [
                {"location": null, "low_stock": 9},
                {"location": "locations/hongo", "low_stock": 3},
            ],
        }])
    );
    let exit = |arguments: &'static [&'static str]| {
        let fleet = &fleet;
        async move {
            let ran = fleet.tokenadm(&[&["model", "set"], arguments, &["--json"]].concat()).await;
            (ran.exit, ran.error()["error"]["code"].as_str().unwrap().to_owned())
        }
    };
    let no = |exit: i32, code: &str| (exit, code.to_owned());
    assert_eq!(exit(&["feitian", "C200", "--low-stock", "1"]).await, no(3, "TF-2222"));
    assert_eq!(exit(&["contoso", "HardwareKey", "--battery-years", "0"]).await, no(2, "TF-2223"));
    assert_eq!(exit(&["contoso", "HardwareKey", "--drift-ppm", "1001"]).await, no(2, "TF-2223"));
    assert_eq!(exit(&["contoso", "HardwareKey", "--low-stock", "1", "--location", "asano"]).await, no(3, "TF-2202"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fewer_than_wanted_is_told_beside_the_stock() {
    let fleet = fleet(3).await;
    let told = || async { fleet.done(&["stock"]).await.stderr };
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--low-stock", "3", "--location", "hongo"]).await;
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--low-stock", "3"]).await;
    assert_eq!(told().await, "");
    send(&fleet.admin, &[1], "komaba").await.unwrap();
    receive(&fleet.admin, "2026-11-24-a", &[]).await.unwrap();
    let there = "! low stock: 2 of HardwareKey by contoso are free in hongo, 3 are wanted\n";
    assert_eq!(told().await, there, "there are three in all");
    fleet.admin.assign(&serial(1), USER).await.unwrap();
    let in_all = "! low stock: 2 of HardwareKey by contoso are free in all locations, 3 are wanted\n";
    assert_eq!(told().await, format!("{in_all}{there}"));
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--low-stock", "0"]).await;
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--low-stock", "1", "--location", "hongo"]).await;
    assert_eq!(told().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_hold_or_has_no_seed_is_not_free() {
    let fleet = fleet(3).await;
    fleet.done(&["model", "set", "contoso", "HardwareKey", "--low-stock", "3"]).await;
    let line = async || fleet.done(&["stock", "--location", "hongo", "--json"]).await.document()["stock"][0].clone();
    let counts = async || {
        let line = line().await;
        ["free", "unusable", "in_transit", "reserved"].map(|key| line[key].as_i64().unwrap())
    };
    assert_eq!(counts().await, [3, 0, 0, 0]);
    fleet.done(&["reserve", &serial(2), "--for", USER]).await;
    fleet.database().change(&format!(
        "UPDATE token SET fail_count = 1 WHERE serial_key IN ('{}', '{}')",
        serial(1),
        serial(2)
    ));
    for number in [1, 2] {
        assert_eq!(fleet.tokenadm(&["assign", &serial(number), USER]).await.exit, 5);
    }
    assert_eq!(counts().await, [1, 2, 0, 0], "one was kept for somebody, and is counted once");
    let told = fleet.done(&["stock"]).await;
    assert!(told.stderr.contains("HardwareKey"), "fewer than three are free: {told:?}");

    let list = fleet.path("tokens.csv");
    std::fs::write(&list, "serial,user id,since\n4711,,\n").unwrap();
    fleet.done(&["adopt", list.to_str().unwrap()]).await;
    fleet.done(&["transfer", "4711", "--to", "komaba"]).await;
    let lines = fleet.done(&["stock", "--json"]).await.document()["stock"].clone();
    let seedless = lines.as_array().unwrap().iter().find(|line| line["vendor"] == "unknown").unwrap();
    assert_eq!((&seedless["free"], &seedless["unusable"], &seedless["in_transit"]), (&0.into(), &1.into(), &0.into()));
}
