//! A university that already lends tokens comes over with its list: `tokenadm adopt`, from end to end.

use serde_json::Value;
use tokenfleet_proto::v1::adoption_service_client::AdoptionServiceClient;
use tokenfleet_proto::v1::{self, Custody, Role, TokenState};
use tokenfleet_tests::{Device, Fleet, entra_file, refused, request_id};

const USER: &str = "0123456789";
const OTHER: &str = "1234567890";

/// Writes a list into the fleet's folder; its path.
fn list(fleet: &Fleet, name: &str, text: &str) -> String {
    let path = fleet.path(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn count(document: &Value, name: &str) -> i64 {
    document[name].as_i64().unwrap_or_else(|| panic!("{name}: {document}"))
}

/// Lines and codes of the rows that can't be adopted.
fn problems(document: &Value) -> Vec<(i64, String)> {
    let problem = |problem: &Value| (count(problem, "line"), problem["code"].as_str().unwrap().to_owned());
    document["problems"].as_array().unwrap().iter().map(problem).collect()
}

/// Everything that stands in the database of a fleet and of its people.
fn everything(fleet: &Fleet) -> String {
    let tables = ["lot", "token", "loan", "audit_event", "audit_chain", "request", "token_hold", "drift_observation"];
    let rows =
        |table: &&str| format!("{table}: {:?}", fleet.database().rows(&format!("SELECT * FROM {table} ORDER BY 1, 2")));
    tables.iter().map(rows).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_stock_is_lent_since_the_day_of_the_list() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let text = format!("シリアル番号,共通ID,貸出日,備考\n{},{USER},2024/4/1,研究室\n", device.serial);
    let path = list(&fleet, "loans.csv", &text);

    let ran = fleet.done(&["adopt", &path]).await;
    assert!(ran.stdout.contains("1 loan adopted"), "{ran:?}");
    let token = fleet.admin.token(&device.serial).await.unwrap();
    assert_eq!((token.user_id.as_str(), token.state()), (USER, TokenState::LentNotProven));
    assert_eq!(token.lent_time.unwrap().seconds, 1_711_897_200, "2024-04-01 in Japan");
    assert!(!token.without_seed);

    let loans = fleet.done(&["loans", &device.serial, "--json"]).await.document();
    let loan = &loans["loans"][0];
    assert_eq!(
        [&loan["start_note"], &loan["source"], &loan["start_operator"]],
        ["研究室", "loans.csv", "operators/admin"],
        "who adopted it did not lend it"
    );
    let told = fleet.done(&["loans", &device.serial]).await.stdout;
    assert!(told.contains("loans.csv (adopted by admin)"), "{told}");
    let record = fleet.admin.audit("action = \"token.adopt\"").await.unwrap();
    assert_eq!((record[0].details["source"].as_str(), record[0].user_id.as_str()), ("adopted:loans.csv", USER));

    // Its codes count at once.
    fleet.admin.verify(&device.serial, &device.code(fleet.now())).await.unwrap();
    let again = fleet.done(&["adopt", &path, "--json"]).await.document();
    assert_eq!((count(&again, "unchanged"), count(&again, "lent")), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_token_is_tracked_without_its_seed_until_that_comes() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    let shelf = Device::clock("2600215704920");
    let text = format!("serial,user id,since\n{},{USER},2024-04-01\n{},,\n", device.serial, shelf.serial);
    let path = list(&fleet, "loans.csv", &text);
    let report = fleet.done(&["adopt", &path, "--json"]).await.document();
    assert_eq!((count(&report, "without_seed"), count(&report, "without_vendor"), count(&report, "lent")), (2, 2, 1));

    let token = fleet.admin.token(&device.serial).await.unwrap();
    assert!(token.without_seed && token.custody() == Custody::Lent, "{token:?}");
    let shown = fleet.done(&["show", &device.serial]).await.stdout;
    assert!(shown.lines().any(|line| line.starts_with("SEED") && line.ends_with("none known")), "{shown}");

    let waiting = fleet.admin.tokens("without_seed = true").await.unwrap();
    assert_eq!(waiting.len(), 2);

    // Nothing that takes its codes works, and each says why.
    let code = device.code(fleet.now());
    assert_eq!(refused(fleet.admin.verify(&device.serial, &code).await).reason, "NO_SEED");
    let codes = device.codes(fleet.now(), 2);
    assert_eq!(refused(fleet.admin.resync(&device.serial, &codes).await).reason, "NO_SEED");
    let ran = fleet.tokenadm(&["assign", &shelf.serial, OTHER, "--code", &shelf.code(fleet.now())]).await;
    assert!(ran.stderr.contains("no seed of 2600215704920 is known here"), "{ran:?}");
    assert_eq!(fleet.tokenadm(&["identify", &codes[0], &codes[1]]).await.exit, 3);
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().failures, 0, "nothing was charged");
    let verifier = fleet.operator("entra", &[Role::Verifier]).await;
    assert!(!verifier.passes(USER, &code).await.unwrap());

    let seeds = list(&fleet, "seeds.csv", &entra_file(&[&device, &shelf]));
    let tried = fleet.done(&["import", &seeds, "--dry-run"]).await;
    assert!(tried.stdout.contains("would give 2 tokens that were recorded without a seed their own"), "{tried:?}");
    assert!(fleet.admin.token(&device.serial).await.unwrap().without_seed);
    let ran = fleet.done(&["import", &seeds]).await;
    assert!(ran.stdout.contains("2 tokens that were recorded without a seed have one now"), "{ran:?}");
    let token = fleet.admin.token(&device.serial).await.unwrap();
    assert!(!token.without_seed && token.vendor == "contoso", "{token:?}");
    assert_eq!((token.user_id.as_str(), token.lent_time.unwrap().seconds), (USER, 1_711_897_200));
    fleet.admin.verify(&device.serial, &device.code(fleet.now())).await.unwrap();
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 2);

    assert!(fleet.admin.tokens("without_seed = true").await.unwrap().is_empty());

    // Known now, from both sides.
    let again = fleet.done(&["import", &seeds, "--json"]).await.document();
    assert_eq!((count(&again["imports"][0], "unchanged"), count(&again["imports"][0], "completed")), (2, 0));
    let again = fleet.done(&["adopt", &path, "--json"]).await.document();
    assert_eq!((count(&again, "unchanged"), count(&again, "without_seed")), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_comes_with_its_whole_file_or_not_at_all() {
    let fleet = Fleet::start().await;
    let devices = ["2600215704919", "2600215704920"].map(Device::clock);
    let [one, two] = &devices;
    let path = list(&fleet, "loans.csv", &format!("serial,user id\n{},{USER}\n{},{OTHER}\n", one.serial, two.serial));
    fleet.done(&["adopt", &path]).await;
    let all_wait = async || {
        let waiting = fleet.admin.tokens("without_seed = true").await.unwrap();
        assert_eq!((waiting.len(), fleet.admin.tokens("").await.unwrap().len()), (2, 2));
    };

    // A row that is wrong keeps the others back.
    let bad = format!("{}upn,2600215704921,0189,30,,\n", entra_file(&[one, two]));
    let import = fleet.admin.import(&bad).await.unwrap();
    assert_eq!((import.summary.completed, import.summary.refused, import.summary.applied), (2, 1, false));
    all_wait().await;

    // Two rows of one serial with two seeds: nobody can tell which is right.
    let import = fleet.admin.import(&entra_file(&[one, two, &one.with_another_seed()])).await.unwrap();
    assert_eq!((import.summary.completed, import.summary.refused, import.summary.applied), (1, 2, false));
    all_wait().await;

    // One seed for two serials, waiting or new.
    for other in [&two.serial, "2600215704922"] {
        let import = fleet.admin.import(&entra_file(&[one, &one.with_serial(other)])).await;
        assert_eq!(refused(import).reason, "SEED_EXISTS_OTHER_SERIAL", "{other}");
        all_wait().await;
    }
    let known = Device::clock("2600215704923");
    fleet.stock(&[&known]).await;
    let import = fleet.admin.import(&entra_file(&[&known.with_serial(&one.serial)])).await.unwrap();
    assert_eq!((import.summary.completed, import.summary.conflicts), (0, 1));

    // One of them goes out of service without a seed.
    fleet.done(&["return", &one.serial, "--leaves-none"]).await;
    fleet.done(&["retire", &one.serial, &format!("--confirm={}", one.serial)]).await;
    let import = fleet.admin.import(&entra_file(&[two])).await.unwrap();
    assert_eq!((import.summary.completed, import.summary.applied), (1, true));
    fleet.admin.verify(&two.serial, &two.code(fleet.now())).await.unwrap();
}

/// A serial of the messy list.
fn serial(nth: usize) -> String {
    format!("26000000{nth:05}")
}

/// An ID of the messy list; none of them is met elsewhere.
fn person(nth: usize) -> String {
    format!("01000{nth:05}")
}

/// A desk's spreadsheet as it comes: a title, columns in an order of their own, gaps, duplicates, damage. The first ten
/// serials are in stock, of these the seventh is lent to somebody else and the eighth is retired.
fn messy_list() -> String {
    let mut lines = vec![
        "ハードウェアトークン貸出簿,,,,,".to_owned(),
        ",,,,,".to_owned(),
        "貸出日,備考,シリアル番号,返却日,共通ID,部局".to_owned(),
    ];
    let mut row = |since: &str, note: &str, serial: &str, returned: &str, user: &str, department: &str| {
        lines.push([since, note, serial, returned, user, department].join(","));
    };
    // 4 to 9: in stock here, lent there, with days as people write them.
    for (nth, since) in (1..).zip(["2023/4/1", "2023-04-01", "令和5年4月1日", "R5.4.1", "", "不明"]) {
        row(since, "", &serial(nth), "", &person(nth), "文学部");
    }
    // 10, 11: lent here to somebody else, and out of service here.
    row("2023/4/1", "", &serial(7), "", &person(7), "");
    row("2023/4/1", "", &serial(8), "", &person(8), "");
    // 12 to 14: two that ended and one that is open, of one token.
    row("2021/4/1", "", &serial(9), "2022/3/31", &person(21), "");
    row("2022/4/1", "", &serial(9), "2023/3/31", &person(22), "");
    row("2023/4/1", "電池交換済み", &serial(9), "", &person(23), "理学部");
    // 15, 16: one that ended runs into the open one.
    row("2021/4/1", "", &serial(10), "2023/9/30", &person(24), "");
    row("2023/4/1", "", &serial(10), "", &person(25), "");
    // 17 to 46: nobody knows them here.
    for nth in 11..41 {
        row("2024/4/1", "旧在庫", &serial(nth), "", &person(nth), "工学部");
    }
    // 47, 48: in stock there.
    row("", "予備", &serial(41), "", "", "");
    row("", "", &serial(42), "", "－", "");
    // 49, 50: the same row twice.
    row("2024/5/1", "", &serial(43), "", &person(43), "");
    row("2024/5/1", "", &serial(43), "", &person(43), "");
    // 51, 52: two people at once.
    row("2024/5/1", "", &serial(44), "", &person(44), "");
    row("2024/6/1", "", &serial(44), "", &person(45), "");
    // 53 to 60: what spreadsheets and hands spoil.
    row("2024/5/1", "", "2.6E+12", "", &person(46), "");
    row("2024/5/1", "", &serial(47), "", "100000047", "");
    row("45383", "", &serial(48), "", &person(48), "");
    row("04/05/2024", "", &serial(49), "", &person(49), "");
    row("2099/4/1", "", &serial(50), "", &person(50), "");
    row("2024/5/1", "", "", "", &person(51), "");
    row("2024/5/1", "", &serial(52), "", "", "");
    row("2024/5/1", "", &serial(53), "2024/4/1", &person(53), "");
    lines.push(String::new());
    lines.join("\r\n")
}

/// The lines of the messy list that can't be adopted, and why.
const WRONG: [(i64, &str); 13] = [
    (10, "TF-2814"),
    (11, "TF-2002"),
    (15, "TF-2812"),
    (51, "TF-2811"),
    (52, "TF-2811"),
    (53, "TF-1211"),
    (54, "TF-1002"),
    (55, "TF-2806"),
    (56, "TF-2805"),
    (57, "TF-2809"),
    (58, "TF-1004"),
    (59, "TF-2810"),
    (60, "TF-2807"),
];

/// The fleet that the messy list meets, and the path of the list.
async fn messy_fleet() -> (Fleet, String) {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (1..=10).map(|nth| Device::clock(&serial(nth))).collect();
    let elsewhere = Device::clock("2699999999999");
    fleet.stock(&devices.iter().chain([&elsewhere]).collect::<Vec<_>>()).await;
    fleet.admin.assign(&serial(7), OTHER).await.unwrap();
    fleet.done(&["retire", &serial(8), &format!("--confirm={}", serial(8))]).await;
    fleet.admin.assign(&elsewhere.serial, USER).await.unwrap();
    let path = fleet.path("貸出簿.csv");
    std::fs::write(&path, encoding_rs::SHIFT_JIS.encode(&messy_list()).0).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (fleet, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_messy_spreadsheet_is_all_or_nothing_and_a_dry_run_is_nothing() {
    let (fleet, path) = messy_fleet().await;
    assert_eq!(messy_list().lines().count(), 60);
    let before = everything(&fleet);

    let ran = fleet.tokenadm(&["adopt", &path, "--dry-run", "--json"]).await;
    assert_eq!(
        (ran.exit, ran.error()["reason"].as_str().or(ran.error()["error"]["reason"].as_str())),
        (6, Some("ADOPT_ROW_INVALID")),
        "{ran:?}"
    );
    assert_eq!(problems(&ran.document()), WRONG.map(|(line, code)| (line, code.to_owned())));
    assert_eq!(ran.document()["text_encoding"], "Shift_JIS (CP932)");
    fleet.tokenadm(&["adopt", &path, "--dry-run", "--keep-going"]).await;
    assert_eq!(everything(&fleet), before, "a dry run changes nothing");

    // Without --keep-going nothing is done either, but that it was tried.
    let ran = fleet.tokenadm(&["adopt", &path]).await;
    assert_eq!(ran.exit, 6, "{ran:?}");
    assert!(ran.stderr.contains("13 of 57 rows can't be adopted; nothing was changed"), "{ran:?}");
    assert!(ran.stderr.contains("line 54, column 5 (user id): "), "{ran:?}");
    let tables =
        |text: &str| text.lines().filter(|line| !line.starts_with("audit_")).map(ToOwned::to_owned).collect::<Vec<_>>();
    assert_eq!(tables(&everything(&fleet)), tables(&before));
    let tried = fleet.admin.audit("action = \"fleet.adopt\"").await.unwrap();
    assert_eq!(tried.iter().map(|event| event.outcome.as_str()).collect::<Vec<_>>(), ["ADOPT_ROW_INVALID"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_messy_spreadsheet_is_adopted_without_its_bad_rows_and_twice_is_once() {
    let (fleet, path) = messy_fleet().await;
    let ran = fleet.tokenadm(&["adopt", &path, "--keep-going", "--json"]).await;
    assert_eq!(ran.exit, 6, "{ran:?}");
    let report = ran.document();
    let counts = ["row_count", "lent", "past", "unchanged", "refused", "without_seed", "unmatched_count"]
        .map(|name| count(&report, name));
    // 6 of stock, the open ones of 9 and 10, 30 unknown ones and the one that stands there twice are lent.
    assert_eq!(counts, [57, 39, 2, 1, 13, 33, 1], "{report:#}");
    assert_eq!((&report["applied"], &report["unmatched"][0]["serial"]), (&true.into(), &"2699999999999".into()));

    let unknown_day = fleet.done(&["loans", &serial(5), "--json"]).await.document();
    assert_eq!(unknown_day["loans"][0]["start_note"], "since unknown");
    let history = fleet.done(&["loans", &serial(9), "--json"]).await.document();
    let spans: Vec<_> = history["loans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|loan| (loan["user_id"].clone(), loan["end_reason"].clone()))
        .collect();
    assert_eq!(
        spans,
        [
            (person(23).into(), Value::Null),
            (person(22).into(), "adopted".into()),
            (person(21).into(), "adopted".into())
        ]
    );
    let then = fleet.done(&["loans", &serial(9), "--at", "2022-12-01", "--json"]).await.document();
    assert_eq!(then["loans"][0]["user_id"].as_str(), Some(person(22).as_str()));
    assert!(fleet.admin.chains().await.unwrap().iter().all(|chain| chain.intact));

    let before = everything(&fleet);
    let tables = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("audit_") && !line.starts_with("request"))
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    let again = fleet.tokenadm(&["adopt", &path, "--keep-going", "--json"]).await;
    let counts = ["lent", "past", "unchanged", "refused", "without_seed"].map(|name| count(&again.document(), name));
    assert_eq!((again.exit, counts), (6, [0, 0, 44, 13, 0]));
    assert_eq!(tables(&everything(&fleet)), tables(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn entras_list_and_those_of_other_systems_are_known_by_their_headings() {
    let fleet = Fleet::start().await;
    let entra = format!(
        "upn,serial number,time interval,manufacturer,model,activated\n\
         {USER}@utac.u-tokyo.ac.jp,FT-000001,30,Feitian,c200,True\n,FT-000002,30,Feitian,c200,False\n"
    );
    let path = list(&fleet, "entra.csv", &entra);
    let report = fleet.done(&["adopt", &path, "--json"]).await.document();
    assert_eq!(
        (&report["format"], count(&report, "without_seed"), count(&report, "without_vendor")),
        (&"entra".into(), 2, 0)
    );
    assert_eq!(fleet.admin.token("feitian~FT-000001").await.unwrap().user_id, USER);
    assert_eq!(fleet.admin.token("feitian~FT-000002").await.unwrap().custody(), Custody::InStock);

    let privacyidea = format!(
        "'active', 'info', 'revoked', 'serial', 'tokentype', 'username', \n\
         'True', '{{'hashlib': 'sha1'}}', 'False', 'TOTP0001', 'totp', '{OTHER}', \n\
         'False', '{{}}', 'False', 'TOTP0002', 'totp', '{OTHER}', \n\
         'True', '{{}}', 'False', 'PIPU0001', 'push', '{OTHER}', \n"
    );
    let path = list(&fleet, "privacyidea.csv", &privacyidea);
    let report = fleet.done(&["adopt", &path, "--vendor", "token2", "--json"]).await.document();
    assert_eq!(
        (&report["format"], count(&report, "lent"), count(&report, "passed_over")),
        (&"privacyidea".into(), 2, 1)
    );
    assert_eq!(fleet.admin.token("token2~TOTP0001").await.unwrap().state(), TokenState::LentNotProven);
    assert_eq!(fleet.admin.token("token2~TOTP0002").await.unwrap().state(), TokenState::Suspended);

    let linotp = format!(
        "'LinOtp.Isactive'; 'LinOtp.TokenSerialnumber'; 'LinOtp.TokenType'; 'User.username'; \n'True'; 'F722362'; 'HMAC'; '{USER}'; \n"
    );
    let path = list(&fleet, "linotp.csv", &linotp);
    let report = fleet.done(&["adopt", &path, "--json"]).await.document();
    assert_eq!(
        (&report["format"], count(&report, "lent"), count(&report, "unmatched_count")),
        (&"linotp".into(), 1, 3)
    );
    let csv = fleet.done(&["adopt", &path, "-o", "csv"]).await.stdout;
    assert!(
        csv.starts_with("line,outcome,serial,user_id,since_time,without_seed,code,message\n2,unchanged,F722362,"),
        "{csv}"
    );
    assert!(csv.contains(",unmatched,TOTP0001,1234567890,"), "{csv}");

    // A seed file is no list, and nothing of it is shown.
    let seeds = list(&fleet, "seeds.csv", &entra_file(&[&Device::clock("2600215704919")]));
    let ran = fleet.tokenadm(&["adopt", &seeds]).await;
    assert_eq!((ran.exit, ran.stderr.contains("TF-2803 FILE_HOLDS_SECRETS")), (2, true), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_both_roles_and_all_departments_and_nobody_lends_to_themselves() {
    let fleet = Fleet::start().await;
    let path = list(&fleet, "loans.csv", &format!("serial,user id\nFT-1,{USER}\n"));
    let stock = fleet.operator("stock", &[Role::Stock]).await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let law = fleet.operator_of("law", &[Role::Desk], &["law"]).await;
    let own = fleet.operator_with_id("own", &[Role::Stock, Role::Desk], USER).await;
    for (caller, exit, code) in
        [(&stock, 4, "TF-2801"), (&desk, 4, "TF-3002"), (&law, 4, "TF-3002"), (&own, 6, "TF-2005")]
    {
        let ran = caller.tokenadm(&["adopt", &path]).await;
        assert!(ran.exit == exit && ran.stderr.contains(code), "{}: {ran:?}", caller.name);
    }
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_of_tokens_that_were_adopted_is_taken_out_only_while_none_was_lent() {
    let fleet = Fleet::start().await;
    let path = list(&fleet, "shelf.csv", "serial,user id\nFT-1,\nFT-2,\n");
    let lot = fleet.done(&["adopt", &path, "--json"]).await.document()["lot"].as_str().unwrap().to_owned();
    fleet.admin.revert(&lot).await.unwrap();
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
    let path = list(&fleet, "past.csv", &format!("serial,user id,since,returned\nFT-1,{USER},2021-04-01,2022-03-31\n"));
    let lot = fleet.done(&["adopt", &path, "--json"]).await.document()["lot"].as_str().unwrap().to_owned();
    assert_eq!(refused(fleet.admin.revert(&lot).await).reason, "LOT_TOUCHED");
    assert_eq!(fleet.admin.token("FT-1").await.unwrap().custody(), Custody::InStock);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_longer_than_one_transaction_may_be_is_refused() {
    let fleet = Fleet::start().await;
    let rows: Vec<_> = (0..5_001).map(|nth| format!("{},{}", serial(nth), person(nth))).collect();
    let path = list(&fleet, "loans.csv", &format!("serial,user id\n{}\n", rows.join("\n")));
    let ran = fleet.tokenadm(&["adopt", &path]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("the list has more than 5000 rows"), "{ran:?}");
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_repeated_is_answered_from_memory() {
    let fleet = Fleet::start().await;
    let id = request_id();
    let text = format!("serial,user id\nFT-1,{USER}\n");
    let first = adopt(&fleet, &text, &id).await.unwrap();
    assert_eq!((first.lent, first.applied), (1, true));
    let again = adopt(&fleet, &text, &id).await.unwrap();
    assert_eq!((again.lent, again.lot.as_str()), (1, first.lot.as_str()), "what was done then, not what is new now");
    let other = format!("serial,user id\nFT-2,{OTHER}\n");
    assert_eq!(refused(adopt(&fleet, &other, &id).await).reason, "REQUEST_ID_REUSED");
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 1);
}

/// Adopts a list through the contract itself.
async fn adopt(fleet: &Fleet, text: &str, id: &str) -> Result<v1::AdoptionSummary, tonic::Status> {
    use v1::adopt_loans_request::Part;
    let header = v1::AdoptLoansHeader {
        file_name: "loans.csv".to_owned(),
        request_id: id.to_owned(),
        ..v1::AdoptLoansHeader::default()
    };
    let parts = [Part::Header(header), Part::Chunk(text.as_bytes().to_vec())];
    let parts = parts.map(|part| v1::AdoptLoansRequest { part: Some(part) });
    let mut service = AdoptionServiceClient::new(fleet.admin.door());
    let mut news = service.adopt_loans(tokio_stream::iter(parts)).await?.into_inner();
    let mut summary = None;
    while let Some(message) = news.message().await? {
        assert!(summary.is_none(), "nothing comes after the summary");
        if let Some(v1::adopt_loans_response::News::Summary(last)) = message.news {
            summary = Some(last);
        }
    }
    Ok(summary.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_on_its_way_is_not_lent_by_a_list() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&Device::clock("2600215704901")]).await;
    fleet.done(&["location", "add", "komaba"]).await;
    fleet.done(&["transfer", "2600215704901", "--to", "komaba"]).await;
    let path = list(&fleet, "loans.csv", "serial,user,from\n2600215704901,0123456789,2024-04-01\n");
    let refused = fleet.tokenadm(&["adopt", &path]).await;
    assert_eq!((refused.exit, refused.stderr.contains("TF-2209")), (6, true), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_is_held_against_all_earlier_ones_however_many() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&Device::clock("2600215704901")]).await;
    let days = (0..1_200).map(|nth| chrono::NaiveDate::from_ymd_opt(2015, 1, 1).unwrap() + chrono::Days::new(2 * nth));
    let rows: Vec<_> = days.map(|day| format!("2600215704901,0123456789,{day},{}", day.succ_opt().unwrap())).collect();
    let path = list(&fleet, "many.csv", &format!("serial,user,from,returned on\n{}\n", rows.join("\n")));
    fleet.done(&["adopt", &path]).await;
    let over = "serial,user,from,returned on\n2600215704901,1111111111,2015-01-01,2015-03-01\n";
    let refused = fleet.tokenadm(&["adopt", &list(&fleet, "over.csv", over)]).await;
    assert_eq!(refused.exit, 6, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_belongs_to_the_persons_department_where_the_list_names_none() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&Device::clock("2600215704901"), &Device::clock("2600215704902")]).await;
    let people = "共通ID,氏名,部局,期限\n0123456789,山田 花子,Letters,\n1234567890,佐藤 太郎,Law,\n";
    fleet.done(&["directory", "import", &list(&fleet, "people.csv", people)]).await;
    let loans = format!(
        "serial,user,from,department\n2600215704901,{USER},2024-04-01,\n2600215704902,{OTHER},2024-04-01,Science\n"
    );
    fleet.done(&["adopt", &list(&fleet, "loans.csv", &loans)]).await;
    for (serial, department) in [("2600215704901", "Letters"), ("2600215704902", "Science")] {
        assert_eq!(fleet.admin.token(serial).await.unwrap().department, department);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_should_look_at_is_told_and_refuses_nothing() {
    let fleet = Fleet::start().await;
    let people =
        list(&fleet, "people.csv", &format!("user_id,name,until\n{USER},山田 花子,\n{OTHER},佐藤 太郎,2020-03-31\n"));
    fleet.done(&["directory", "import", &people]).await;
    let text = format!(
        "serial,user id,since,電話番号\n1001,{USER},2024-04-01,1\n1002,{OTHER},2024-04-01,2\n1003,5555555555,,3\n\
         1004,{OTHER},,4\n"
    );
    let path = list(&fleet, "loans.csv", &text);
    for arguments in [&["adopt", &path, "--dry-run"][..], &["adopt", &path]] {
        let told = fleet.done(arguments).await.stderr;
        assert!(told.contains("! columns that were not read: 電話番号"), "{told}");
        assert!(told.contains("does not say when 2 of these loans began"), "{told}");
        for (line, code) in [(3, "TF-2303"), (4, "TF-2301"), (5, "TF-2303")] {
            let place = format!("! {path} line {line}: ");
            assert!(
                told.lines().any(|told| told.starts_with(&place) && told.ends_with(&format!("[{code}]"))),
                "{told}"
            );
        }
        assert!(!told.contains("line 2"), "{told}");
    }
    let again = fleet.done(&["adopt", &path, "--json"]).await.document();
    assert_eq!((count(&again, "unchanged"), count(&again, "without_beginning")), (4, 0));
    assert_eq!((&again["warnings"], &again["ignored_columns"][0]), (&Value::Array(Vec::new()), &"電話番号".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_that_goes_on_says_what_would_be_left_out() {
    let fleet = Fleet::start().await;
    let path =
        list(&fleet, "loans.csv", &format!("serial,user id,since\n1001,{USER},2024-04-01\n1002,12345,2024-04-01\n"));
    let ran = fleet.tokenadm(&["adopt", &path, "--keep-going", "-n"]).await;
    assert!(ran.exit == 6 && ran.stderr.contains("TF-9131"), "{ran:?}");
    assert!(ran.stdout.contains("would adopt 1 loan"), "{ran:?}");
    assert!(ran.stderr.contains("without --dry-run the others are adopted"), "{ran:?}");
    assert!(fleet.admin.tokens("").await.unwrap().is_empty());
}
