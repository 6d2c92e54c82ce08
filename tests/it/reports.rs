//! Worklists and reports, from the loans and codes they are made of to the words and pictures people see.

use std::collections::BTreeSet;

use prost_types::Timestamp;
use tokenfleet_proto::v1::report_service_client::ReportServiceClient;
use tokenfleet_proto::v1::stock_service_client::StockServiceClient;
use tokenfleet_proto::v1::{self, Report, Role, report_cell};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, refused};
use tonic::Status;

const USER: &str = "0123456789";
const OTHER: &str = "1111111111";
const DAY: i64 = 86_400;

const ALL: [Report; 13] = [
    Report::Unproven,
    Report::Overdue,
    Report::Dormant,
    Report::Failing,
    Report::Expiring,
    Report::Inventory,
    Report::Forecast,
    Report::Purchase,
    Report::Drift,
    Report::Rates,
    Report::Loans,
    Report::FleetClock,
    Report::Leavers,
];

/// The names that `tokenadm report` takes.
const NAMES: [&str; 13] = [
    "unproven",
    "overdue",
    "dormant",
    "failing",
    "expiring",
    "inventory",
    "forecast",
    "purchase",
    "drift",
    "rates",
    "loans",
    "fleet-clock",
    "leavers",
];

fn of(report: Report) -> v1::RunReportRequest {
    v1::RunReportRequest { report: report.into(), ..v1::RunReportRequest::default() }
}

fn in_days(report: Report, days: i32) -> v1::RunReportRequest {
    v1::RunReportRequest { days, ..of(report) }
}

async fn run(caller: &Caller, request: v1::RunReportRequest) -> Result<v1::RunReportResponse, Status> {
    Ok(ReportServiceClient::new(caller.door()).run_report(request).await?.into_inner())
}

/// The values of a column, as text, of all pages.
async fn column(caller: &Caller, mut request: v1::RunReportRequest, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    loop {
        let page = run(caller, request.clone()).await.unwrap();
        let at = page.columns.iter().position(|column| column.name == name).unwrap();
        assert!(page.rows.iter().all(|row| row.cells.len() == page.columns.len()), "{page:?}");
        values.extend(page.rows.iter().map(|row| written(&row.cells[at])));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return values;
        }
    }
}

fn written(cell: &v1::ReportCell) -> String {
    match &cell.value {
        None => String::new(),
        Some(report_cell::Value::Text(text)) => text.clone(),
        Some(report_cell::Value::Number(number)) => number.to_string(),
        Some(report_cell::Value::Decimal(number)) => number.to_string(),
        Some(report_cell::Value::Time(at)) => at.seconds.to_string(),
    }
}

/// Tokens whose serials differ in more than one digit.
fn devices(count: usize) -> Vec<Device> {
    (0..count).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect()
}

async fn stocked(count: usize) -> (Fleet, Vec<Device>) {
    let fleet = Fleet::start().await;
    let devices = devices(count);
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    (fleet, devices)
}

fn user(nth: usize) -> String {
    format!("40000{nth:05}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_is_unproven_until_a_code_is_accepted() {
    let (fleet, devices) = stocked(3).await;
    for (nth, device) in devices.iter().enumerate() {
        fleet.admin.assign(&device.serial, &user(nth)).await.unwrap();
        fleet.clock.advance(DAY);
    }
    let all: Vec<_> = devices.iter().map(|device| device.serial.clone()).collect();
    assert_eq!(column(&fleet.admin, of(Report::Unproven), "serial").await, all, "the oldest loan first");
    let paged = v1::RunReportRequest { page_size: 1, ..of(Report::Unproven) };
    assert_eq!(column(&fleet.admin, paged, "serial").await, all, "page by page too");
    assert_eq!(column(&fleet.admin, in_days(Report::Unproven, 2), "serial").await, all[..2]);

    fleet.admin.verify(&all[0], &devices[0].code(fleet.now())).await.unwrap();
    fleet.admin.take_back(&all[1]).await.unwrap();
    assert_eq!(column(&fleet.admin, of(Report::Unproven), "serial").await, all[2..]);
    let told = fleet.done(&["report", "unproven"]).await;
    assert!(told.stdout.contains(&format!("tokenadm verify {} <code>", all[2])), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_is_overdue_from_the_moment_it_was_due() {
    let (fleet, devices) = stocked(3).await;
    let due = |days: i64| Some(Timestamp { seconds: fleet.now().timestamp() + days * DAY, nanos: 0 });
    for ((nth, device), days) in devices.iter().enumerate().zip([20, 10, 30]) {
        let request = v1::AssignTokenRequest { due_time: due(days), ..assignment(&device.serial, &user(nth)) };
        fleet.admin.assign_as(request).await.unwrap();
    }
    let overdue = async || column(&fleet.admin, of(Report::Overdue), "serial").await;
    fleet.clock.advance(10 * DAY);
    assert!(overdue().await.is_empty(), "a loan lasts to its last moment");
    fleet.clock.advance(11 * DAY);
    assert_eq!(overdue().await, [devices[1].serial.clone(), devices[0].serial.clone()], "the first one first");
    assert_eq!(column(&fleet.admin, of(Report::Overdue), "days_overdue").await, ["11", "1"]);
    fleet.admin.take_back(&devices[1].serial).await.unwrap();
    assert_eq!(overdue().await, [devices[0].serial.clone()]);
    let told = fleet.done(&["report", "overdue", "--json"]).await.document();
    assert_eq!(told["overdue"][0]["next"], format!("tokenadm return {}", devices[0].serial));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_dormant_that_was_neither_lent_nor_seen_for_long() {
    let (fleet, devices) = stocked(3).await;
    for (nth, device) in devices.iter().take(2).enumerate() {
        fleet.admin.assign(&device.serial, &user(nth)).await.unwrap();
    }
    fleet.clock.advance(40 * DAY);
    fleet.admin.verify(&devices[0].serial, &devices[0].code(fleet.now())).await.unwrap();
    fleet.admin.assign(&devices[2].serial, &user(2)).await.unwrap();
    assert_eq!(column(&fleet.admin, in_days(Report::Dormant, 30), "serial").await, [devices[1].serial.clone()]);
    assert!(column(&fleet.admin, of(Report::Dormant), "serial").await.is_empty(), "a year is usual");
    fleet.clock.advance(40 * DAY);
    let since = (fleet.now() - chrono::TimeDelta::days(20)).format("%Y-%m-%d").to_string();
    let told = fleet.done(&["report", "dormant", "--since", &since, "-o", "name"]).await.stdout;
    assert_eq!(told.lines().count(), 3, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_left_is_on_the_list_with_their_token() {
    let (fleet, devices) = stocked(5).await;
    for (nth, device) in devices.iter().enumerate() {
        fleet.admin.assign(&device.serial, &user(nth)).await.unwrap();
    }
    let leavers = async |days| column(&fleet.admin, in_days(Report::Leavers, days), "serial").await;
    assert!(leavers(30).await.is_empty(), "nobody is known to have left");
    let day = |days: i64| (fleet.now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let row = |nth: usize, until: &str, into: &str| format!("{},氏名,Name,law,{until},{into}\n", user(nth));
    let list = [row(0, &day(-3), ""), row(1, &day(20), ""), row(2, "", &user(9)), row(3, "", ""), row(9, "", "")];
    let import = async |rows: &[String]| {
        let list = format!("user_id,name,latin,department,until,merged_into\n{}", rows.concat());
        std::fs::write(fleet.admin.folder.join("people.csv"), list).unwrap();
        fleet.done(&["directory", "import", "people.csv"]).await;
    };
    let serials = |places: &[usize]| places.iter().map(|nth| devices[*nth].serial.clone()).collect::<Vec<_>>();
    import(&[&list[..], &[row(4, "", "")]].concat()).await;
    assert_eq!([leavers(0).await, leavers(30).await], [serials(&[0, 2]), serials(&[0, 1, 2])]);
    import(&list).await;
    assert_eq!(leavers(0).await, serials(&[0, 2, 4]), "the last one is missing from the list now");

    let told = fleet.done(&["report", "leavers"]).await.stdout;
    assert!(told.contains(&format!("tokenadm return {} --reason leaving", devices[0].serial)), "{told}");
    assert!(told.contains(&format!("tokenadm move {} {}", user(2), user(9))), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_put_a_lent_token_on_the_list_and_a_good_one_takes_it_off() {
    let (fleet, devices) = stocked(2).await;
    let device = &devices[0];
    fleet.admin.assign(&device.serial, USER).await.unwrap();
    for (nth, code) in device.wrong_codes(fleet.now(), 3).iter().enumerate() {
        let listed = column(&fleet.admin, of(Report::Failing), "serial").await;
        assert!(listed.is_empty(), "{nth} wrong codes are no pattern");
        fleet.clock.advance(3600);
        fleet.admin.verify(&device.serial, code).await.unwrap_err();
    }
    assert_eq!(column(&fleet.admin, of(Report::Failing), "failures").await, ["3"]);
    let told = fleet.done(&["report", "failing"]).await.stdout;
    assert!(told.contains(&format!("tokenadm resync {} <code> <code>", device.serial)), "{told}");

    fleet.clock.advance(3600);
    fleet.admin.resync(&device.serial, &device.codes(fleet.now(), 2)).await.unwrap();
    assert!(column(&fleet.admin, of(Report::Failing), "serial").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn batteries_end_five_years_after_their_import_and_are_forecast_and_bought_for() {
    let (fleet, first) = stocked(3).await;
    fleet.admin.assign(&first[0].serial, USER).await.unwrap();
    fleet.clock.advance(10 * DAY);
    let second = Device::clock("9900000000017");
    fleet.stock(&[&second]).await;
    assert!(column(&fleet.admin, of(Report::Expiring), "serial").await.is_empty());
    // Five years have a leap day or two.
    let soon = v1::RunReportRequest { page_size: 2, ..in_days(Report::Expiring, 5 * 365 - 7) };
    let serials: Vec<_> = first.iter().map(|device| device.serial.clone()).collect();
    assert_eq!(column(&fleet.admin, soon, "serial").await, serials);
    let later = v1::RunReportRequest { page_size: 1, ..in_days(Report::Expiring, 5 * 365 + 3) };
    assert_eq!(column(&fleet.admin, later, "serial").await.len(), 4, "over lots too");

    let ending = column(&fleet.admin, of(Report::Forecast), "ending").await;
    assert_eq!(ending.iter().map(|count| count.parse::<i64>().unwrap()).sum::<i64>(), 4);
    let bought = column(&fleet.admin, of(Report::Purchase), "proposed").await;
    assert_eq!(bought.iter().map(|count| count.parse::<i64>().unwrap()).sum::<i64>(), 4);
    let told = fleet.done(&["report", "purchase"]).await;
    assert!(told.stderr.contains("last 5 years from its import"), "{told:?}");
    assert!(told.stderr.contains("losses are not counted"), "{told:?}");
    let document = fleet.done(&["report", "purchase", "--json"]).await.document();
    assert_eq!(document["assumptions"]["battery_years_default"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_is_gone_between_two_pages_hides_nothing_of_the_next() {
    let fleet = Fleet::start().await;
    let [recorded, taken_out, new] = ["2600215704919", "2600215704930", "2600215704941"].map(Device::clock);
    // It is recorded first, and its seed comes with the last lot: its row is older than that lot.
    let list = fleet.path("tokens.csv");
    std::fs::write(&list, format!("serial,user id,since\n{},,\n", recorded.serial)).unwrap();
    fleet.done(&["adopt", list.to_str().unwrap()]).await;
    fleet.clock.advance(DAY);
    let lot = fleet.stock(&[&taken_out]).await;
    fleet.clock.advance(DAY);
    fleet.admin.import(&tokenfleet_tests::entra_file(&[&recorded, &new])).await.unwrap();

    let request = v1::RunReportRequest { page_size: 1, ..in_days(Report::Expiring, 3_660) };
    let first = run(&fleet.admin, request.clone()).await.unwrap();
    assert_eq!((first.rows.len(), written(&first.rows[0].cells[0])), (1, taken_out.serial));
    fleet.admin.revert(&lot).await.unwrap();
    let rest = v1::RunReportRequest { page_token: first.next_page_token, ..request };
    assert_eq!(column(&fleet.admin, rest, "serial").await, [recorded.serial, new.serial]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inventory_and_the_loans_are_added_up() {
    let (fleet, devices) = stocked(4).await;
    for (nth, department) in [(0, "law"), (1, "law"), (2, "")] {
        let request = v1::AssignTokenRequest {
            department: department.to_owned(),
            ..assignment(&devices[nth].serial, &user(nth))
        };
        fleet.admin.assign_as(request).await.unwrap();
    }
    fleet.admin.take_back(&devices[0].serial).await.unwrap();
    let sum = async |report, name: &str| {
        let values = column(&fleet.admin, of(report), name).await;
        values.iter().map(|value| value.parse::<i64>().unwrap()).sum::<i64>()
    };
    assert_eq!((sum(Report::Inventory, "in_stock").await, sum(Report::Inventory, "lent").await), (2, 2));
    assert_eq!(sum(Report::Inventory, "tokens").await, 4);
    assert_eq!((sum(Report::Loans, "began").await, sum(Report::Loans, "ended").await), (3, 1));
    let departments = column(&fleet.admin, of(Report::Loans), "department").await;
    assert_eq!(departments.iter().map(String::as_str).collect::<BTreeSet<_>>(), ["", "law"].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_on_the_shelf_leaves_the_window_by_its_own_rate_or_that_of_its_lot() {
    let (fleet, mut devices) = stocked(5).await;
    let resync = async |device: &Device| {
        fleet.admin.resync(&device.serial, &device.codes(fleet.now(), 2)).await.unwrap();
    };
    for device in &devices[..4] {
        resync(device).await;
    }
    fleet.clock.advance(90 * DAY);
    for device in &mut devices[..4] {
        // The second of two codes is a step ahead of the moment at which both are typed.
        *device = device.clone().drifted(60);
        resync(device).await;
    }
    let drift = async |name: &str| column(&fleet.admin, of(Report::Drift), name).await;
    let serials: BTreeSet<_> = drift("serial").await.into_iter().collect();
    assert_eq!(serials.len(), 5, "{serials:?}");
    let of_lot = drift("rate_of").await;
    assert_eq!(of_lot.iter().filter(|of| *of == "lot").count(), 1, "one was never seen: {of_lot:?}");
    let now = fleet.now().timestamp();
    let leaves: Vec<i64> =
        drift("leave_time").await.iter().map(|at| (at.parse::<i64>().unwrap() - now) / DAY).collect();
    // Two thirds of a second a day; 30 s are left of those that were seen, and 60 s more of the one that was not.
    assert_eq!(leaves, [45, 45, 45, 45, 90]);
    let paged = v1::RunReportRequest { page_size: 2, ..of(Report::Drift) };
    assert_eq!(column(&fleet.admin, paged, "serial").await, drift("serial").await);

    let rates = run(&fleet.admin, of(Report::Rates)).await.unwrap();
    let cells: Vec<_> = rates.rows[0].cells.iter().map(written).collect();
    assert_eq!(cells[3..5], ["4", "0.666"], "four clocks: {cells:?}");
    let told = fleet.done(&["report", "drift"]).await;
    assert!(told.stdout.contains("+0.7 s") && told.stderr.contains("±120 s"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_model_takes_the_place_of_what_is_usual() {
    let (fleet, _) = stocked(1).await;
    let years = async || column(&fleet.admin, of(Report::Forecast), "fiscal_year").await[0].parse::<i64>().unwrap();
    let (usual, leaves) = (years().await, column(&fleet.admin, of(Report::Drift), "leave_time").await);
    let request = v1::UpdateModelRequest {
        vendor: "contoso".to_owned(),
        model: "HardwareKey".to_owned(),
        battery_years: Some(3),
        drift_ppm: Some(10.0),
        ..v1::UpdateModelRequest::default()
    };
    StockServiceClient::new(fleet.admin.door()).update_model(request).await.unwrap();
    assert_eq!(years().await, usual - 2);
    assert_eq!(column(&fleet.admin, of(Report::Drift), "rate_of").await, ["specified"]);
    let sooner = column(&fleet.admin, of(Report::Drift), "leave_time").await;
    assert!(sooner < leaves, "{sooner:?} {leaves:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_clocks_that_move_together_make_the_servers_clock_suspect() {
    let (fleet, devices) = stocked(10).await;
    for device in &devices {
        fleet.admin.resync(&device.serial, &device.codes(fleet.now(), 2)).await.unwrap();
    }
    fleet.clock.advance(5 * DAY);
    for device in &devices[..9] {
        let moved = device.clone().drifted(150);
        fleet.admin.resync(&moved.serial, &moved.codes(fleet.now(), 2)).await.unwrap();
    }
    let verdicts = async || column(&fleet.admin, of(Report::FleetClock), "verdict").await;
    assert_eq!(verdicts().await, ["normal"], "nine may have been lying in the cold");
    let last = devices[9].clone().drifted(150);
    fleet.admin.resync(&last.serial, &last.codes(fleet.now(), 2)).await.unwrap();
    assert_eq!(verdicts().await, ["suspect"]);
    // The clocks of this computer and of the fleet differ, which doctor finds too.
    let examined = fleet.tokenadm(&["doctor"]).await.stdout;
    assert!(examined.contains("tokenadm report fleet-clock"), "{examined}");
    let told = fleet.done(&["report", "fleet-clock", "--lang", "ja"]).await.stdout;
    assert!(told.contains("疑いあり"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_of_the_loans_of_other_departments() {
    let (fleet, devices) = stocked(4).await;
    let law = fleet.operator_of("law", &[Role::Desk, Role::Admin], &["dept-law"]).await;
    let due_time = Some(Timestamp { seconds: fleet.now().timestamp() + DAY, nanos: 0 });
    for (nth, department) in [(0, "dept-law"), (1, "dept-medicine"), (2, "")] {
        let department = department.to_owned();
        let request = v1::AssignTokenRequest { department, due_time, ..assignment(&devices[nth].serial, &user(nth)) };
        fleet.admin.assign_as(request).await.unwrap();
        let device = &devices[nth];
        fleet.admin.resync(&device.serial, &device.codes(fleet.now(), 2)).await.unwrap();
    }
    fleet.clock.advance(3 * DAY);
    for device in &devices[..3] {
        for code in device.wrong_codes(fleet.now(), 3) {
            fleet.clock.advance(3600);
            fleet.admin.verify(&device.serial, &code).await.unwrap_err();
        }
    }
    let mut own = 0;
    for report in ALL {
        let days = if matches!(report, Report::Expiring | Report::Drift | Report::Leavers) { 3_660 } else { 0 };
        let answer = format!("{:?}", run(&law, in_days(report, days)).await.unwrap());
        for foreign in [&devices[1].serial, &devices[2].serial, &user(1), &user(2), "dept-medicine"] {
            assert!(!answer.contains(foreign), "{report:?}: {answer}");
        }
        own += usize::from(answer.contains(&devices[0].serial));
    }
    assert!(own >= 3, "their own loans are listed: {own}");
    for (report, name, mine, all) in [
        (Report::Inventory, "lent", 1, 3),
        (Report::Forecast, "ending", 2, 4),
        (Report::Purchase, "ending", 2, 4),
        (Report::Loans, "began", 1, 3),
    ] {
        let sum = async |caller: &Caller| {
            let values = column(caller, of(report), name).await;
            values.iter().map(|value| value.parse::<i64>().unwrap()).sum::<i64>()
        };
        assert_eq!((sum(&law).await, sum(&fleet.admin).await), (mine, all), "{report:?}");
    }
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    assert_eq!(refused(run(&counter, of(Report::Inventory)).await).reason, "ROLE_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_report_does_not_take_is_refused_and_an_empty_one_is_an_answer() {
    let fleet = Fleet::start().await;
    let since_time = Some(Timestamp { seconds: fleet.now().timestamp() - DAY, nanos: 0 });
    let no = refused(run(&fleet.admin, in_days(Report::Overdue, 3)).await);
    assert_eq!((no.code.as_str(), no.fields.as_slice()), ("TF-1035", &["days".to_owned()][..]));
    let no = refused(run(&fleet.admin, v1::RunReportRequest { since_time, ..of(Report::Drift) }).await);
    assert_eq!((no.code.as_str(), no.fields.as_slice()), ("TF-1035", &["since_time".to_owned()][..]));
    for request in [of(Report::Unspecified), in_days(Report::Dormant, -1), in_days(Report::Dormant, 3_661)] {
        assert_eq!(refused(run(&fleet.admin, request).await).code, "TF-1015");
    }
    let forged = v1::RunReportRequest { page_token: "AAAA".to_owned(), ..of(Report::Unproven) };
    assert_eq!(refused(run(&fleet.admin, forged).await).reason, "PAGE_TOKEN_MISMATCH");

    for name in NAMES {
        let told = fleet.done(&["report", name]).await;
        assert!(told.stdout.is_empty() && told.stderr.contains("nothing matches"), "{name}: {told:?}");
        let document = fleet.done(&["report", name, "--json"]).await.document();
        assert_eq!(document["apiVersion"], "tokenadm/v1");
        let picture = fleet.done(&["report", name, "-o", "svg", "--lang", "ja"]).await.stdout;
        assert!(picture.starts_with("<svg") && picture.contains("該当するものはありません"), "{name}: {picture}");
    }
    let typo = fleet.tokenadm(&["--json", "report", "dormant", "--since", "April"]).await;
    assert_eq!((typo.exit, &typo.error()["error"]["reason"]), (2, &"TIME_UNREADABLE".into()), "{typo:?}");
    let no = fleet.tokenadm(&["--json", "report", "failing", "--days", "3"]).await;
    assert_eq!((no.exit, &no.error()["error"]["code"]), (2, &"TF-1035".into()), "{no:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_comes_in_every_form_and_only_a_report_is_drawn() {
    let (fleet, devices) = stocked(2).await;
    let request = v1::AssignTokenRequest { department: "<法>".to_owned(), ..assignment(&devices[0].serial, OTHER) };
    fleet.admin.assign_as(request).await.unwrap();
    let serial = devices[0].serial.as_str();
    let csv = fleet.done(&["report", "unproven", "-o", "csv", "--columns", "serial,user_id,next"]).await.stdout;
    assert_eq!(csv, format!("serial,user_id,next\n{serial},{OTHER},tokenadm verify {serial} <code>\n"));
    let line = fleet.done(&["report", "unproven", "-o", "jsonl"]).await.document();
    assert_eq!((&line["serial"], &line["department"]), (&serial.into(), &"<法>".into()));
    let names = fleet.done(&["report", "unproven", "-o", "name"]).await.stdout;
    assert_eq!(names.trim_end(), line["name"].as_str().unwrap());

    let picture = fleet.done(&["report", "loans", "-o", "svg"]).await.stdout;
    assert!(picture.contains("Loans by month") && picture.contains("&lt;法&gt;"), "{picture}");
    assert!(!picture.contains("href") && picture.matches("http").count() == 1, "it stands alone: {picture}");
    let undrawn = fleet.tokenadm(&["list", "-o", "svg"]).await;
    assert_eq!(undrawn.exit, 2);
    assert!(undrawn.stdout.is_empty() && undrawn.stderr.contains("NO_PICTURE"), "{undrawn:?}");
    let assigned = fleet.tokenadm(&["assign", &devices[1].serial, USER, "-o", "svg"]).await;
    assert_eq!(assigned.exit, 2, "nothing is done that could not be told: {assigned:?}");
    assert_eq!(fleet.admin.token(&devices[1].serial).await.unwrap().user_id, "");
}
