//! A plan before the deed: what a dry run tells is applied as it was told, or not at all.

use tokenfleet_tests::{Device, Fleet, entra_file};

fn device(nth: usize) -> Device {
    Device::clock(&format!("26{nth:011}"))
}

/// Writes a file of these tokens; its path.
fn written(fleet: &Fleet, name: &str, tokens: &[usize]) -> String {
    let devices: Vec<_> = tokens.iter().copied().map(device).collect();
    let path = fleet.path(name);
    std::fs::write(&path, entra_file(&devices.iter().collect::<Vec<_>>())).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn planned(fleet: &Fleet, arguments: &[&str]) -> String {
    let document = fleet.done(&[&["import", "--dry-run", "--json"], arguments].concat()).await.document();
    document["imports"][0]["plan"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_applies_to_the_file_and_the_options_it_was_made_for_under_any_name() {
    let fleet = Fleet::start().await;
    let [seeds, same, other] = [("seeds.csv", &[1, 2][..]), ("copy.csv", &[1, 2]), ("other.csv", &[3, 4])]
        .map(|(name, tokens)| written(&fleet, name, tokens));
    let plan = planned(&fleet, &[&seeds]).await;
    assert_eq!(planned(&fleet, &[&same]).await, plan, "the bytes count, not the name");
    for (arguments, what) in [
        (vec![other.as_str()], "its file is not the same"),
        (vec![&seeds, "--vendor", "acme"], "its options are not the same"),
        (vec![&seeds, "--keep-going"], "its options are not the same"),
    ] {
        let ran = fleet.tokenadm(&[&["import", "--plan", &plan], &arguments[..]].concat()).await;
        assert!(ran.exit == 5 && ran.stderr.contains(what) && ran.stderr.contains("PLAN_MISMATCH"), "{ran:?}");
        assert!(fleet.admin.lots().await.unwrap().is_empty());
    }
    let tried = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!(tried.iter().filter(|event| event.outcome == "PLAN_MISMATCH").count(), 3, "each is on record");
    let ran = fleet.done(&["import", &same, "--plan", &plan.to_uppercase()]).await;
    assert!(ran.stdout.contains("✓ 2 tokens in stock, lot "), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_stale_once_the_import_would_come_to_something_else() {
    let fleet = Fleet::start().await;
    let seeds = written(&fleet, "seeds.csv", &[1, 2]);
    let plan = planned(&fleet, &[&seeds]).await;
    let lot = fleet.stock(&[&device(1)]).await;
    for more in [&[][..], &["--dry-run"]] {
        let ran = fleet.tokenadm(&[&["import", "--plan", &plan, &seeds], more].concat()).await;
        assert!(ran.exit == 5 && ran.stderr.contains("PLAN_STALE"), "{ran:?}");
    }
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 1);
    fleet.admin.revert(&lot).await.unwrap();
    fleet.done(&["import", "--plan", &plan, &seeds]).await;
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_its_plan_and_lists_its_rows_as_a_sheet() {
    let fleet = Fleet::start().await;
    let seeds = written(&fleet, "seeds.csv", &[1]);
    let plan = planned(&fleet, &[&seeds]).await;
    let ran = fleet.done(&["import", "-n", &seeds]).await;
    assert!(
        ran.stderr.contains(&format!("Next: the same again, with --plan {plan} in the place of --dry-run")),
        "{ran:?}"
    );
    let ran = fleet.tokenadm(&["import", "--plan", "x", &seeds]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("[TF-1253 PLAN_INVALID]"), "{ran:?}");
    let ran = fleet.tokenadm(&["import", "--plan", &plan, &seeds, &seeds]).await;
    assert!(ran.exit == 2 && ran.stderr.contains("[TF-9151 PLAN_FOR_ONE]"), "{ran:?}");

    let bad = fleet.path("bad.csv");
    std::fs::write(
        &bad,
        std::fs::read_to_string(&seeds).unwrap() + "upn,2.30753E+12,NV2XE3LVOIQHG5DBPFZSAZLYMFWXA3DF,30,,\n",
    )
    .unwrap();
    let bad = bad.to_str().unwrap();
    let ran = fleet.tokenadm(&["import", "-n", bad, "-o", "csv"]).await;
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!((ran.exit, lines.len()), (6, 2), "{ran:?}");
    assert_eq!(lines[0].trim_start_matches('\u{feff}'), "file,line,column,column_name,reason,code,message,hint");
    assert!(lines[1].contains("bad.csv,3,2,serial number,IMPORT_ROW_INVALID,TF-1211,"), "{ran:?}");
    let document = fleet.tokenadm(&["import", "-n", bad, "--json"]).await.document();
    assert!(document["imports"][0]["plan"].is_null(), "what would be refused has none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_stale_when_other_rows_would_be_refused_though_as_many() {
    let fleet = Fleet::start().await;
    let [first, second] = [Device::clock("2600215704919"), Device::clock("2600215704932")];
    let known = fleet.stock(&[&first.with_another_seed()]).await;
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&[&first, &second])).unwrap();
    let file = file.to_str().unwrap();
    let planned = fleet.admin.tokenadm(&["import", file, "--keep-going", "-n", "--json"]).await.document();
    let plan = planned["imports"][0]["plan"].as_str().unwrap().to_owned();
    fleet.admin.revert(&known).await.unwrap();
    fleet.stock(&[&second.with_another_seed()]).await;
    let ran = fleet.admin.tokenadm(&["import", file, "--keep-going", "--plan", &plan]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("PLAN_STALE"), "{ran:?}");
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 1, "nothing came in");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_to_a_place_that_is_not_there_is_on_record() {
    let fleet = Fleet::start().await;
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&[&Device::clock("2600215704919")])).unwrap();
    let ran = fleet.admin.tokenadm(&["import", file.to_str().unwrap(), "--location", "nowhere"]).await;
    assert_ne!(ran.exit, 0, "{ran:?}");
    let events = fleet.admin.audit("action = \"lot.import\"").await.unwrap();
    assert_eq!(events.iter().map(|event| event.outcome.as_str()).collect::<Vec<_>>(), ["LOCATION_NOT_FOUND"]);
}
